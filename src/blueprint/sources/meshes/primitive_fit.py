"""A box, cylinder, sphere or capsule that a closed surface turns out to be."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blueprint.assets import colliders
from blueprint.contracts.asset import Collider
from blueprint.contracts.frames import Pose, quat_wxyz_from_matrix
from blueprint.physics.shapes import solid_properties
from blueprint.sources.meshes.deviation import deviation

__all__ = ["PrimitiveFit", "fit_primitive"]

Array = NDArray[np.float64]
_VOLUME = 0.05  # that the primitive's volume may differ
_POINTS = 500


@dataclass(frozen=True)
class PrimitiveFit:
    """The collider, and the 95th percentile of its deviation, m."""

    collider: Collider
    p95_m: float


def fit_primitive(vertices: Array, faces: NDArray[np.int32], volume: float, tolerance_m: float) -> PrimitiveFit | None:
    """Return the primitive that deviates less than `tolerance_m` (95th percentile, both ways) and has the volume of the
    closed surface within 5 %, or None.

    The first kind that fits well wins: a box along the axes, a turned one, a sphere, a cylinder, a capsule.
    """
    best: PrimitiveFit | None = None
    for collider in _candidates(vertices):
        own = solid_properties(collider.shape).volume
        if not abs(own / max(volume, 1e-12) - 1) <= _VOLUME:
            continue
        found = PrimitiveFit(collider, deviation(vertices, faces, [collider], _POINTS).p95)
        if found.p95_m <= 0.1 * tolerance_m:
            return found
        if found.p95_m <= tolerance_m and (best is None or found.p95_m < best.p95_m):
            best = found
    return best


def _candidates(vertices: Array) -> Iterator[Collider]:
    from trimesh.bounds import oriented_bounds
    from trimesh.convex import convex_hull

    corners = np.asarray(convex_hull(vertices).vertices, float)
    low, high = corners.min(axis=0), corners.max(axis=0)
    if (high - low).min() < 1e-6:
        return
    yield colliders.box("box", high - low, (low + high) / 2)
    to_box, size = oriented_bounds(corners)
    axes = np.asarray(to_box, float)[:3, :3]
    center = -axes.T @ np.asarray(to_box, float)[:3, 3]
    if size.min() > 1e-6:
        yield colliders.box("box", size, center, quat_wxyz_from_matrix(axes.T))
    yield colliders.sphere("sphere", _radius(corners, (low + high) / 2), (low + high) / 2)
    for axis in (np.eye(3)[2], np.eye(3)[0], np.eye(3)[1], *axes):
        yield from _round_ones(corners, axis)


def _round_ones(corners: Array, axis: Array) -> Iterator[Collider]:
    frame = _frame(axis)
    own = corners @ frame
    low, high = own.min(axis=0), own.max(axis=0)
    middle = (low + high) / 2
    radius = _radius(own[:, :2], middle[:2])
    half, center, quat = float(high[2] - low[2]) / 2, frame @ middle, quat_wxyz_from_matrix(frame)
    cylinder = colliders.cylinder("cylinder", radius, -half, half)
    yield cylinder.model_copy(update={"pose_link_shape": Pose.of(center, quat).rounded(7)})
    if half > radius * 1.01:
        yield colliders.capsule("capsule", radius, half - radius, center, quat)


def _radius(points: Array, center: Array) -> float:
    return float(np.linalg.norm(points - center, axis=1).max())


def _frame(axis: Array) -> Array:
    """Columns x, y, z with z along the axis; the identity for +Z."""
    if axis[2] > 0.999999:
        return np.eye(3)
    side = np.eye(3)[int(np.argmin(np.abs(axis)))]
    x = side - (side @ axis) * axis
    x /= np.linalg.norm(x)
    return np.column_stack([x, np.cross(axis, x), axis])
