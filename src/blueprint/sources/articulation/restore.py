"""An answer in a frame and unit of its own → the place and size of the mesh that was asked about."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose
from blueprint.sources.articulation.links import bounds, parallel, placed, poses_root_first, scaled
from blueprint.sources.imported.asset import ImportedLink

__all__ = ["EXTENT_TOLERANCE", "Stretched", "restored", "stretched"]

Array = NDArray[np.float64]
EXTENT_TOLERANCE = 0.05  # of the largest extent
_UNIT_TOLERANCE = 0.02
_MAX_STRETCH = 1.6  # the largest over the smallest factor
_MAX_TRAVEL = 1.5  # of the extent along a slide


def restored(links: list[ImportedLink], low: Array, high: Array) -> tuple[list[ImportedLink], float]:
    """Return a segmentation of the mesh in the mesh's frame, and the factor it was scaled by; `low`, `high`: its box.

    An answer of unit largest extent about the origin was normalised (Particulate): its inverse is applied exactly.
    Another is scaled and moved so that the boxes agree. Raises InputError where the extents then differ by more than
    5 % of the largest, or a joint lies outside.
    """
    links = parallel(links)
    low_in, high_in = bounds(links)
    size_in, size = high_in - low_in, high - low
    if not size_in.max() > 0:
        raise InputError("the answer has no extent.", remedy="ask again.")
    center_in, center = (low_in + high_in) / 2, (low + high) / 2
    is_normalised = abs(size_in.max() - 1) < _UNIT_TOLERANCE and np.abs(center_in).max() < _UNIT_TOLERANCE
    factor = float(size.max() if is_normalised else size.max() / size_in.max())
    shift = center if is_normalised else center - factor * center_in
    found = placed(scaled(links, factor), Pose.of(shift))
    off = np.abs(np.stack(bounds(found)) - np.stack([low, high])).max()
    if off > EXTENT_TOLERANCE * size.max():
        raise InputError(
            f"the answer reaches {off:.3g} m beyond or short of the mesh: extents {np.round(size_in, 4).tolist()} for "
            f"{np.round(size, 4).tolist()} m.",
            remedy="ask again, or check PARTICULATE_UP_DIR.",
        )
    _check_joints(found, low, high)
    return found, factor


@dataclass(frozen=True)
class Stretched:
    """A thing in the box of a mesh, and the factors (x, y, z) that brought it there."""

    links: list[ImportedLink]
    factors: Array

    @property
    def mean(self) -> float:
        return float(np.prod(self.factors) ** (1 / 3))

    @property
    def strain(self) -> float:
        """The largest over the smallest factor: 1 where the proportions were right."""
        return float(self.factors.max() / self.factors.min())


def stretched(links: list[ImportedLink], low: Array, high: Array) -> Stretched:
    """Return a new thing (front -Y, Z-up) stretched axis by axis into the box of the mesh.

    Raises InputError where the proportions are so different that it is another thing.
    """
    links = parallel(links)
    low_in, high_in = bounds(links)
    factors = (high - low) / np.maximum(high_in - low_in, 1e-9)
    if factors.max() > _MAX_STRETCH * factors.min():
        raise InputError(
            f"it would be stretched by {np.round(factors, 3).tolist()}.", remedy="its proportions are others."
        )
    found = placed(scaled(links, factors), Pose.of(low - factors * low_in))
    _check_joints(found, low, high)
    return Stretched(found, factors)


def _check_joints(links: list[ImportedLink], low: Array, high: Array) -> None:
    """A hinge whose axis misses the thing, or a slide that leaves it far behind, was found for something else."""
    size = high - low
    margin = EXTENT_TOLERANCE * size.max()
    poses = poses_root_first(links)
    for link in links:
        joint = link.joint
        if joint is None:
            continue
        axis, origin = np.asarray(joint.axis), np.asarray(poses[link.name].position)
        if joint.type == "prismatic":
            if joint.upper - joint.lower > _MAX_TRAVEL * float(np.abs(axis) @ size):
                raise InputError(f"slide {joint.name} is {joint.upper:.3g} m long.", remedy="ask again.")
        elif not _line_meets_box(origin, axis, low - margin, high + margin):
            raise InputError(f"hinge {joint.name} lies outside of the thing.", remedy="ask again.")


def _line_meets_box(origin: Array, axis: Array, low: Array, high: Array) -> bool:
    """Whether a line meets a box (slab method)."""
    enter, leave = -np.inf, np.inf
    for start, step, lowest, highest in zip(origin, axis, low, high, strict=True):
        if abs(step) < 1e-9:
            if not lowest <= start <= highest:
                return False
            continue
        first, second = sorted(((lowest - start) / step, (highest - start) / step))
        enter, leave = max(enter, first), min(leave, second)
    return enter <= leave
