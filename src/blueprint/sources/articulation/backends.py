"""Each backend asked for one object: bodies in the mesh's frame, or why there are none."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from blueprint.assets import mesh
from blueprint.assets.builder import OWN_LICENSE
from blueprint.contracts.articulation import ArticulationAttempt
from blueprint.contracts.asset import Grasp, License
from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import rotate
from blueprint.contracts.seeds import derive_seed
from blueprint.services.articulation import PHYSX_ANYTHING_LICENSE, ArticulationPayload, ArticulationServiceError
from blueprint.sources.articulation.dress import CASES, dressed
from blueprint.sources.articulation.heuristic import NoFitError, fit, upright_turns
from blueprint.sources.articulation.links import placed
from blueprint.sources.articulation.paint import mean_color, painted
from blueprint.sources.articulation.part_file import part_glb
from blueprint.sources.articulation.payload_links import payload_links
from blueprint.sources.articulation.restore import restored, stretched
from blueprint.sources.articulation.settings import ArticulationSettings
from blueprint.sources.imported.asset import ImportedLink
from blueprint.sources.imported.files import read_bounded
from blueprint.sources.imported.mesh_file import MeshPart
from blueprint.sources.imported.nouns import category_of
from blueprint.sources.regen3d.reconstruction import ReconstructedObject

__all__ = ["Articulated", "Subject", "attempts_at", "backends_of", "subject_of"]

Array = NDArray[np.float64]
_CROPS = ("crop.png", "crop.jpg", "image.png", "image.jpg")  # the picture of one object, beside its mesh
_MAX_CROP_BYTES = 32 << 20
_DRESSED_DIFFERENCE = 0.35  # above, the seams of the mesh are not surely those of the fitted fronts
_INFINIGEN_LICENSE = License(spdx="BSD-3-Clause", source="made by Infinigen's sim-ready generators")


@dataclass(frozen=True)
class Subject:
    """One rigid mesh: its parts in metres in its own frame, against gravity there, and which of ours would be it."""

    object_id: str
    label: str
    generator: str
    parts: list[MeshPart]
    up: Array
    crop: Path | None
    seed: int

    @property
    def box(self) -> tuple[Array, Array]:
        points = [part.mesh.vertices for part in self.parts]
        return np.min([some.min(axis=0) for some in points], axis=0), np.max(
            [some.max(axis=0) for some in points], axis=0
        )


@dataclass(frozen=True)
class Articulated:
    """Bodies in the mesh's frame, m. `license` is that of new geometry, None where the mesh's own was divided;
    `handles` are in the links' frames."""

    links: list[ImportedLink]
    backend: str
    rescaled_by: float | None
    license: License | None
    detail: str
    handles: list[Grasp] = field(default_factory=list)


def subject_of(item: ReconstructedObject, parts: list[MeshPart], generator: str, factor: float) -> Subject:
    """Return what the backends are asked about; `factor` is metres per unit of the mesh file."""
    crops = [item.mesh.parent / name for name in _CROPS]
    return Subject(
        object_id=item.object_id,
        label=item.label,
        generator=generator,
        parts=[replace(part, mesh=mesh.scaled(part.mesh, factor)) for part in parts],
        up=rotate(item.pose_world_mesh.inverse().quat_wxyz, (0.0, 0.0, 1.0)),
        crop=next((path for path in crops if path.is_file() and not path.is_symlink()), None),
        seed=derive_seed(0, "articulation", item.object_id),
    )


def backends_of(settings: ArticulationSettings) -> list[str]:
    """Return the backends to ask, in order. PhysX-Anything is asked by name only: its licence is not for all uses."""
    if settings.backend != "auto":
        return [settings.backend]
    configured = {
        "particulate": settings.particulate is not None or settings.is_mock,
        "infinigen": settings.infinigen is not None,
        "heuristic": True,
    }
    return [name for name, is_there in configured.items() if is_there]


def attempts_at(
    subject: Subject, settings: ArticulationSettings
) -> tuple[Articulated | None, list[ArticulationAttempt]]:
    """Ask the backends in order until one gives joints; every attempt is recorded."""
    attempts: list[ArticulationAttempt] = []
    for name in backends_of(settings):
        try:
            found = _BACKENDS[name](subject, settings)
        except _PlaceholderError as error:
            attempts.append(ArticulationAttempt(backend=name, outcome="placeholder", detail=_words(error)))
        except ArticulationServiceError as error:
            attempts.append(ArticulationAttempt(backend=name, outcome=error.outcome, detail=_words(error)))
        except NoFitError as error:
            attempts.append(ArticulationAttempt(backend=name, outcome="no_fit", detail=_words(error)))
        except InputError as error:
            attempts.append(ArticulationAttempt(backend=name, outcome="unusable", detail=_words(error)))
        else:
            attempts.append(ArticulationAttempt(backend=name, outcome="articulated", detail=found.detail))
            return found, attempts
    return None, attempts


class _PlaceholderError(InputError):
    """A backend has no model and says so."""


def _particulate(subject: Subject, settings: ArticulationSettings) -> Articulated:
    if settings.particulate is None:
        raise _PlaceholderError("PARTICULATE_MODE is mock.", remedy="export PARTICULATE_MODE=remote.")
    payload = _real(settings.particulate.articulate(part_glb(subject.parts)))
    try:
        links, factor = restored(payload_links(payload, subject.object_id), *subject.box)
    except InputError:
        if payload.whole is None:
            raise
        # A wrapper that follows the glTF standard turns what the model wrote: then the boxes agree this way only.
        links, factor = restored(payload_links(payload, subject.object_id, is_y_up=True), *subject.box)
    return Articulated(links, "particulate", factor, None, f"the mesh divided by {payload.generator}")


def _infinigen(subject: Subject, settings: ArticulationSettings) -> Articulated:
    if settings.infinigen is None:
        raise InputError("INFINIGEN_ENDPOINT is not set.", remedy="set it.")
    payload = _real(settings.infinigen.articulate(category_of(subject.label), subject.seed))
    return _new_thing(subject, payload, "infinigen", _INFINIGEN_LICENSE)


def _physx_anything(subject: Subject, settings: ArticulationSettings) -> Articulated:
    if settings.physx_anything is None:
        raise InputError("PHYSX_ANYTHING_ENDPOINT is not set.", remedy="set it.")
    if subject.crop is None:
        raise ArticulationServiceError(f"{subject.object_id} has no picture of its own ({_CROPS}).", "refused")
    payload = _real(settings.physx_anything.articulate(read_bounded(subject.crop, _MAX_CROP_BYTES), subject.seed))
    return _new_thing(subject, payload, "physx_anything", PHYSX_ANYTHING_LICENSE)


def _new_thing(subject: Subject, payload: ArticulationPayload, backend: str, license: License) -> Articulated:
    """Put a thing that a service made (Z-up) into the box of the mesh, turned so that it has to be stretched least."""
    links = payload_links(payload, subject.object_id)
    best: tuple[float, Articulated] | None = None
    refused: InputError | None = None
    for turn in upright_turns(subject.up):
        corners = np.stack([turn.apply(corner) for corner in subject.box])
        try:
            made = stretched(links, corners.min(axis=0), corners.max(axis=0))
        except InputError as error:
            refused = error
            continue
        if best is None or made.strain < best[0] - 1e-6:
            detail = f"a new thing by {payload.generator}, out of proportion by {made.strain:.3f}; {license.spdx}"
            placed_links = placed(made.links, turn.inverse())
            best = made.strain, Articulated(placed_links, backend, made.mean, license, detail)
    if best is None:
        raise refused or InputError("nothing fits.", remedy="ask again.")
    return best[1]


def _heuristic(subject: Subject, settings: ArticulationSettings) -> Articulated:
    found = fit(subject.generator, subject.parts, subject.up)
    links = painted(found.upright, mean_color(subject.parts))
    is_close = found.difference <= _DRESSED_DIFFERENCE and subject.generator in CASES
    divided = dressed(links, found.seen) if is_close else None
    look = "in the colour of the mesh" if divided is None else "dressed in the mesh"
    detail = f"{found.variant}, {look}, fronts differ by {found.difference:.3f}, {found.tried} tried"
    links = placed(divided or links, found.turn.inverse())
    return Articulated(links, "heuristic", found.factor, OWN_LICENSE, detail[:600], found.handles)


def _real(payload: ArticulationPayload) -> ArticulationPayload:
    if payload.placeholder:
        raise _PlaceholderError(f"{payload.generator} answered a placeholder.", remedy="deploy it with its model.")
    return payload


def _words(error: Exception) -> str:
    return str(error.args[0])[:600]


_BACKENDS: dict[str, Callable[[Subject, ArticulationSettings], Articulated]] = {
    "particulate": _particulate,
    "infinigen": _infinigen,
    "physx_anything": _physx_anything,
    "heuristic": _heuristic,
}
