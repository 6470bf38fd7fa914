"""Footprints: convex polygons seen from above with a height interval, and how far two of them are apart."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import AssetModel, BoxShape, ConvexShape, CylinderShape
from blueprint.contracts.frames import Pose

__all__ = ["Footprint", "are_apart", "convex_hull", "footprints", "polygon_gap"]

Array = NDArray[np.float64]
_RING = 16
_WHOLE_BELOW_M = 0.45  # a thing smaller than this is one polygon, larger ones one per collider (a table has room below)
_SWEEP = (0.0, 0.25, 0.5, 0.75, 1.0)
_HEIGHT_TOLERANCE_M = 0.002  # what stands on a surface does not collide with it


@dataclass(frozen=True)
class Footprint:
    """`polygon`: (N, 2) convex, counter-clockwise, world x and y, m; it reaches from `low` to `high` (world z, m)."""

    polygon: Array
    low: float
    high: float

    def moved(self, delta: Pose) -> "Footprint":
        """Return it after a motion of the world frame that turns about the vertical only."""
        points = np.column_stack([self.polygon, np.zeros(len(self.polygon))])
        lift = delta.position[2]
        return Footprint(delta.apply(points)[:, :2], self.low + lift, self.high + lift)


def footprints(model: AssetModel, pose_world_object: Pose, *, swept: bool = True) -> list[Footprint]:
    """Return the footprints of an asset's colliders; joints are shown all over their range if `swept`."""
    fractions = _SWEEP if swept and model.is_articulated else (0.0,)
    clouds: list[Array] = []
    for fraction in fractions:
        poses = model.poses_asset_link(fraction)
        for link in model.links:
            if fraction and poses[link.name] == model.poses_asset_link()[link.name]:
                continue
            pose_world_link = pose_world_object @ poses[link.name]
            clouds += [
                (pose_world_link @ collider.pose_link_shape).apply(_points(collider.shape))
                for collider in link.colliders
            ]
    if not clouds:
        return []
    if not model.is_articulated and max(model.size_m) < _WHOLE_BELOW_M:
        clouds = [np.concatenate(clouds)]
    return [Footprint(convex_hull(cloud[:, :2]), cloud[:, 2].min(), cloud[:, 2].max()) for cloud in clouds]


def are_apart(first: list[Footprint], second: list[Footprint], gap_m: float) -> bool:
    """Return whether every pair that overlaps in height is at least `gap_m` apart seen from above."""
    for a in first:
        for b in second:
            overlap = min(a.high, b.high) - max(a.low, b.low)
            if overlap > _HEIGHT_TOLERANCE_M and polygon_gap(a.polygon, b.polygon) < gap_m:
                return False
    return True


def polygon_gap(a: Array, b: Array) -> float:
    """Return a lower bound of the distance of two convex polygons, m; negative where they overlap.

    Separating axes: the edge normals of both (exact but between two corners, where it is too small, never too large).
    """
    normals = np.concatenate([_normals(a), _normals(b)])
    on_a, on_b = normals @ a.T, normals @ b.T
    gaps = np.maximum(on_b.min(axis=1) - on_a.max(axis=1), on_a.min(axis=1) - on_b.max(axis=1))
    return float(gaps.max())


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


def _turn(a: Array, b: Array, c: Array) -> float:
    return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))


def _normals(polygon: Array) -> Array:
    edges = np.roll(polygon, -1, axis=0) - polygon
    lengths = np.linalg.norm(edges, axis=1)
    edges = edges[lengths > 1e-12] / lengths[lengths > 1e-12, None]
    if not len(edges):
        return np.eye(2)
    return np.column_stack([edges[:, 1], -edges[:, 0]])


def _points(shape: Any) -> Array:
    """Return points (N, 3) in the shape frame whose hull holds the shape, to within 2 % of its radius."""
    signs = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
    if isinstance(shape, BoxShape):
        return signs * np.asarray(shape.half_extents)
    if isinstance(shape, ConvexShape):
        return np.asarray(shape.vertices, float)
    angles = np.arange(_RING) * 2 * np.pi / _RING
    radius = shape.radius / np.cos(np.pi / _RING)  # the polygon around the circle, not the one inside
    ring = np.column_stack([np.cos(angles), np.sin(angles), np.zeros(_RING)]) * radius
    half_length = getattr(shape, "half_length", 0.0)
    up = np.array([0.0, 0.0, half_length])
    if isinstance(shape, CylinderShape):
        return np.concatenate([ring + up, ring - up])
    ball = np.concatenate([ring, ring[:, [2, 0, 1]], ring[:, [0, 2, 1]]])
    return np.concatenate([ball + up, ball - up])
