"""Convex polygons seen from above: hulls, rectangles, and how far two polygons are apart."""

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.frames import Pose

__all__ = ["convex_hull", "gap_along", "polygon_gap", "rectangle"]

Array = NDArray[np.float64]


def convex_hull(points: Array) -> Array:
    """Return the hull (M, 2) of points (N, 2), counter-clockwise (Andrew's monotone chain)."""
    unique = np.unique(np.round(points, 9), axis=0)
    if len(unique) < 3:
        return unique

    def chain(ordered: Array) -> list[Array]:
        kept: list[Array] = []
        for point in ordered:
            while len(kept) >= 2 and _turn(kept[-2], kept[-1], point) <= 1e-12:
                kept.pop()
            kept.append(point)
        return kept[:-1]

    return np.array(chain(unique) + chain(unique[::-1]))


def rectangle(pose: Pose, half_extents: tuple[float, float]) -> Array:
    """Return the corners (4, 2), counter-clockwise, of a rectangle around an upright pose."""
    hx, hy = half_extents
    return pose.apply([(-hx, -hy, 0.0), (hx, -hy, 0.0), (hx, hy, 0.0), (-hx, hy, 0.0)])[:, :2]


def polygon_gap(a: Array, b: Array) -> float:
    """Return a lower bound of the distance of two convex polygons, m; negative where they overlap.

    Separating axes: the edge normals of both (exact but between two corners, where it is too small, never too large).
    """
    return gap_along(a, b, np.concatenate([_normals(a), _normals(b)]))


def gap_along(a: Array, b: Array, axes: Array) -> float:
    """Return the widest gap between points a (N, 2) and b (M, 2) along unit axes (K, 2); negative: they overlap."""
    on_a, on_b = axes @ a.T, axes @ b.T
    gaps = np.maximum(on_b.min(axis=1) - on_a.max(axis=1), on_a.min(axis=1) - on_b.max(axis=1))
    return float(gaps.max())


def _turn(a: Array, b: Array, c: Array) -> float:
    return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))


def _normals(polygon: Array) -> Array:
    edges = np.roll(polygon, -1, axis=0) - polygon
    lengths = np.linalg.norm(edges, axis=1)
    edges = edges[lengths > 1e-12] / lengths[lengths > 1e-12, None]
    if not len(edges):
        return np.eye(2)
    return np.column_stack([edges[:, 1], -edges[:, 0]])
