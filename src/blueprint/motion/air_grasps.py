"""Grasps of a thing that a hand holds up: from every side, for another hand to take it."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import AssetModel, BoxShape, CapsuleShape, Collider, CylinderShape, Link, SphereShape
from blueprint.motion.grasps import FINGER_DEPTH_M, WIDTH_MARGIN_M, GraspCandidate, grasp_candidates

__all__ = ["air_grasps"]

Array = NDArray[np.float64]

TIP_M = 0.012  # how far fingers reach beyond the grasp frame
OFFSETS = (0.0, 0.65, -0.65)  # where along a long side, as a fraction of what is free of the ends
SPINS = 8
MIN_HALF_M = 0.008  # thinner parts are left to declared grasps
MAX_COLLIDERS = 6  # what is made of more is a vessel's wall: declared grasps know better


def air_grasps(asset: AssetModel, opening_max_m: float) -> list[GraspCandidate]:
    """Return grasps of a free thing from all sides, both ways round: those declared, and pinches of its colliders.

    `cost` is 0 for pinches and 0.2 for declared ones. Those wider than the gripper are left out.
    """
    still = {link.name: np.eye(4) for link in asset.links}
    declared = grasp_candidates(asset, still, np.eye(4), opening_max_m)
    found = [GraspCandidate(item.name, item.link, item.pose_link_grasp, item.width_m, 0.2) for item in declared]
    for link in asset.links:
        if link.parent is None:
            found += _pinches(link, opening_max_m - WIDTH_MARGIN_M)
    return found


def _pinches(link: Link, widest_m: float) -> list[GraspCandidate]:
    if len(link.colliders) > MAX_COLLIDERS:
        return []
    found: list[GraspCandidate] = []
    for collider in link.colliders:
        base = collider.pose_link_shape.matrix()
        for number, (pose, width) in enumerate(_shape_pinches(collider)):
            if width <= widest_m:
                name = f"air_{collider.name}#{number}"
                found.append(GraspCandidate(name, link.name, base @ pose, width, 0.0))
    return found


def _shape_pinches(collider: Collider) -> Iterator[tuple[Array, float]]:
    """Yield grasp poses (4, 4) in the shape's frame and their widths, m."""
    shape = collider.shape
    if isinstance(shape, BoxShape):
        yield from _box_pinches(np.array(shape.half_extents))
    elif isinstance(shape, SphereShape):
        yield from _box_pinches(np.full(3, shape.radius))
    elif isinstance(shape, CylinderShape | CapsuleShape):
        cap = shape.radius if isinstance(shape, CapsuleShape) else 0.0
        yield from _cylinder_pinches(shape.radius, shape.half_length + cap)


def _box_pinches(half: Array) -> Iterator[tuple[Array, float]]:
    """Every face from outside, closing along either of its axes, in the middle and near the ends of the other."""
    if half.min() < MIN_HALF_M:
        return
    axes = np.eye(3)
    for into in range(3):
        for sign in (1.0, -1.0):
            approach = sign * axes[into]
            for closing in (k for k in range(3) if k != into):
                along = 3 - into - closing
                for offset in OFFSETS if half[along] > 2 * TIP_M else (0.0,):
                    at = -approach * _stand_off(half[into]) + axes[along] * offset * (half[along] - TIP_M)
                    for way in (1.0, -1.0):
                        yield _frame(at, approach, way * axes[closing]), float(2 * half[closing])


def _cylinder_pinches(radius: float, half_length: float) -> Iterator[tuple[Array, float]]:
    """Around the side at three heights, and onto both ends."""
    if radius < MIN_HALF_M:
        return
    up = np.array([0.0, 0.0, 1.0])
    for angle in 2 * np.pi * np.arange(SPINS) / SPINS:
        outward = np.array([np.cos(angle), np.sin(angle), 0.0])
        across = np.cross(up, outward)
        for offset in OFFSETS if half_length > 2 * TIP_M else (0.0,):
            at = outward * _stand_off(radius) + up * offset * (half_length - TIP_M)
            for way in (1.0, -1.0):
                yield _frame(at, -outward, way * across), 2 * radius
        for end in (1.0, -1.0):
            yield _frame(end * up * _stand_off(half_length), -end * up, across), 2 * radius


def _stand_off(half_m: float) -> float:
    """How far before the middle of a body the grasp frame stays, so that the palm does not touch it, m."""
    return max(0.0, half_m - (FINGER_DEPTH_M - 0.005))


def _frame(position: Array, approach: Array, closing: Array) -> Array:
    """Return the pose (4, 4) whose Z is the approach and whose Y is the closing direction."""
    pose = np.eye(4)
    pose[:3, :3] = np.column_stack([np.cross(closing, approach), closing, approach])
    pose[:3, 3] = position
    return pose
