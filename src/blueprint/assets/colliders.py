"""Convex collision shapes of vessels and other hollow things, by construction instead of by decomposition."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from blueprint.contracts.asset import BoxShape, CapsuleShape, Collider, ConvexShape, CylinderShape, SphereShape
from blueprint.contracts.frames import Pose

__all__ = ["box", "capsule", "capsule_between", "convex", "cylinder", "ring", "sphere", "vessel"]


def box(name: str, size: ArrayLike, center: ArrayLike = (0, 0, 0), quat_wxyz: ArrayLike = (1, 0, 0, 0)) -> Collider:
    """Return a box collider of extent `size` (x, y, z), m."""
    hx, hy, hz = (round(float(value) / 2, 7) for value in np.asarray(size, float))
    return Collider(name=name, shape=BoxShape(half_extents=(hx, hy, hz)), pose_link_shape=_pose(center, quat_wxyz))


def cylinder(
    name: str, radius: float, z0: float, z1: float, axis_xy: ArrayLike = (0, 0), quat_wxyz: ArrayLike = (1, 0, 0, 0)
) -> Collider:
    """Return a cylinder collider from `z0` to `z1` (rotated about its own centre by `quat_wxyz`)."""
    x, y = np.asarray(axis_xy, float)
    shape = CylinderShape(radius=round(float(radius), 7), half_length=round(float(z1 - z0) / 2, 7))
    return Collider(name=name, shape=shape, pose_link_shape=_pose((x, y, (z0 + z1) / 2), quat_wxyz))


def sphere(name: str, radius: float, center: ArrayLike = (0, 0, 0)) -> Collider:
    """Return a sphere collider."""
    return Collider(
        name=name, shape=SphereShape(radius=round(float(radius), 7)), pose_link_shape=_pose(center, (1, 0, 0, 0))
    )


def capsule(name: str, radius: float, half_length: float, center: ArrayLike, quat_wxyz: ArrayLike) -> Collider:
    """Return a capsule collider; `half_length` without the caps, axis along its Z."""
    shape = CapsuleShape(radius=round(float(radius), 7), half_length=round(float(half_length), 7))
    return Collider(name=name, shape=shape, pose_link_shape=_pose(center, quat_wxyz))


def capsule_between(name: str, radius: float, start: ArrayLike, end: ArrayLike) -> Collider:
    """Return the capsule whose cap centres are `start` and `end`."""
    a, b = np.asarray(start, float), np.asarray(end, float)
    axis = (b - a) / np.linalg.norm(b - a)
    quat = np.array([1 + axis[2], -axis[1], axis[0], 0.0])  # the shortest rotation from +Z to the axis
    quat = np.array([0.0, 1, 0, 0]) if np.linalg.norm(quat) < 1e-6 else quat / np.linalg.norm(quat)
    return capsule(name, radius, float(np.linalg.norm(b - a)) / 2, (a + b) / 2, quat)


def convex(name: str, vertices: ArrayLike) -> Collider:
    """Return the convex hull collider of `vertices` (N, 3), given in the link frame."""
    points = np.round(np.asarray(vertices, float), 6) + 0.0
    return Collider(name=name, shape=ConvexShape(vertices=[(float(x), float(y), float(z)) for x, y, z in points]))


def ring(
    name: str,
    sections: Sequence[tuple[float, float, float]],
    count: int = 14,
    axis_xy: ArrayLike = (0, 0),
) -> list[Collider]:
    """Return a vessel's wall as convex wedges, `count` around per pair of neighbouring sections.

    `sections` are (outer radius, inner radius, z) from bottom to top. Wedges share faces and do not overlap. Their
    corners lie on a circle a little outside the wall, so that the wall's true surface is at most `r (1 - cos(π/2n))`
    from the wedge (0.25 mm at r = 40 mm, n = 14).
    """
    grow = 1 / np.cos(np.pi / (2 * count))
    angle = 2 * np.pi * np.arange(count + 1) / count
    spoke = np.column_stack([np.cos(angle), np.sin(angle)])
    origin = np.asarray(axis_xy, float)
    found = []
    for layer, (low, high) in enumerate(pairwise(sections)):
        for i in range(count):
            corners = [
                (*(origin + radius * grow * spoke[j]), section[2])
                for section in (low, high)
                for radius in section[:2]
                for j in (i, i + 1)
            ]
            found.append(convex(f"{name}_{layer}_{i}", corners))
    return found


def vessel(
    sections: Sequence[tuple[float, float, float]], floor: float, count: int = 14, axis_xy: ArrayLike = (0, 0)
) -> list[Collider]:
    """Return floor disc and wall of an open vessel that stands on z = 0 with a floor `floor` thick.

    `sections` as in `ring`, the first at z = 0 (its outer radius is the floor disc's); the wall starts on the disc.
    """
    bottom = sections[0][0]
    first, second = sections[0], sections[1]
    share = (floor - first[2]) / (second[2] - first[2])
    start = (
        first[0] + share * (second[0] - first[0]),
        first[1] + share * (second[1] - first[1]),
        floor,
    )
    disc = cylinder("floor", bottom, 0.0, floor, axis_xy)
    return [disc, *ring("wall", [start, *sections[1:]], count, axis_xy)]


def _pose(center: ArrayLike, quat_wxyz: ArrayLike) -> Pose:
    return Pose.of(center, quat_wxyz).rounded(7)
