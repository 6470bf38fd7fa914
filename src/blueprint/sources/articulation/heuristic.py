"""Our own cabinets, drawers and appliances, fitted to what is seen of a rigid mesh."""

from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from blueprint.assets import mesh
from blueprint.contracts.asset import Grasp
from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose
from blueprint.sources.articulation.candidates import links_of_asset, variants
from blueprint.sources.articulation.front_view import difference, front_view, triangles_of
from blueprint.sources.articulation.handles import handles_of
from blueprint.sources.articulation.links import mirrored, placed, whole
from blueprint.sources.articulation.restore import stretched
from blueprint.sources.imported.asset import ImportedLink
from blueprint.sources.imported.mesh_file import MeshPart

__all__ = ["MAX_DIFFERENCE", "Fit", "NoFitError", "fit", "upright_turns"]

Array = NDArray[np.float64]
MAX_DIFFERENCE = 0.55  # as `front_view.difference` measures: ours, bent a little, are below; others above
_MIRRORED = 0.01  # of two that look alike, the one as our generators make it: knobs turn, drawers slide the usual way


class NoFitError(InputError):
    """None of our things looks like the mesh."""


@dataclass(frozen=True)
class Fit:
    """The thing `upright` with its front to -Y, and what was `seen` after the `turn` that brings the mesh there.

    `difference` is that of the fronts, `factor` the mean stretch, `tried` how many
    variants and sides were compared; `handles` are in the frames of the links.
    """

    upright: list[ImportedLink]
    seen: list[MeshPart]
    turn: Pose
    handles: list[Grasp]
    variant: str
    difference: float
    factor: float
    tried: int

    @property
    def links(self) -> list[ImportedLink]:
        """The thing in the mesh's frame."""
        return placed(self.upright, self.turn.inverse())


def fit(generator: str, parts: list[MeshPart], up: Array) -> Fit:
    """Return the variant of a generator whose front is most like one of the mesh's four sides, in the mesh's frame.

    `parts` are in metres; `up` (3,) is against gravity in their frame. Mirror images are tried, too: a door may be
    hinged on either side. Raises NoFitError where nothing of these proportions comes near.
    """
    best: Fit | None = None
    tried = 0
    nearest = np.inf
    for turn in upright_turns(up):
        seen = [replace(part, mesh=mesh.transformed(part.mesh, turn)) for part in parts]
        shape = triangles_of(seen)
        low, high = shape.vertices.min(axis=0), shape.vertices.max(axis=0)
        view = front_view(shape, low, high)
        for asset, is_mirrored in product(variants(generator, high - low), (False, True)):
            links = links_of_asset(asset)
            try:
                made = stretched(mirrored(links) if is_mirrored else links, low, high)
            except InputError:
                continue  # of other proportions than this side: another may fit, and none is said below
            tried += 1
            error = difference(view, front_view(triangles_of(whole(made.links)), low, high)) + _MIRRORED * is_mirrored
            nearest = min(nearest, error)
            if error <= MAX_DIFFERENCE and (best is None or error < best.difference - 1e-9):
                words = ", ".join(f"{key} {value}" for key, value in sorted(asset.model.params.items()))
                name = f"{generator}{' mirrored' if is_mirrored else ''} ({words})"
                handles = handles_of(asset, made.factors, is_mirrored=is_mirrored)
                best = Fit(made.links, seen, turn, handles, name, error, made.mean, tried)
    if best is None:
        reason = f"{tried} tried, the nearest differs by {nearest:.2f}, the limit is {MAX_DIFFERENCE:g}"
        raise NoFitError(
            f"no {generator} of ours looks like it: {reason if tried else 'none has its proportions'}.",
            remedy="configure an articulation service.",
        )
    return replace(best, tried=tried)


def upright_turns(up: Array) -> list[Pose]:
    """Return the four turns by right angles after which the mesh's axis nearest to `up` points to +Z."""
    axis = int(np.argmax(np.abs(up)))
    sign = float(np.sign(up[axis]))
    third = np.zeros(3)
    third[axis] = sign
    first = np.zeros(3)
    first[(axis + 1) % 3] = 1.0
    if axis == 2 and sign > 0:
        first = np.array([1.0, 0.0, 0.0])
    second = np.cross(third, first)
    turns = []
    for x, y in ((first, second), (second, -first), (-first, -second), (-second, first)):
        rotation = np.eye(4)
        rotation[:3, :3] = np.stack([x, y, third])
        turns.append(Pose.from_matrix(rotation))
    return turns
