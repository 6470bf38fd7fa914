"""Where a thing can be hung: the hole of its handle or ring, and how it comes to rest on a bar through that hole."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from blueprint.contracts.asset import AssetModel, CapsuleShape, Collider, SphereShape
from blueprint.physics.extent import shape_points

__all__ = ["Loop", "loop_of"]

Array = NDArray[np.float64]

PLAY_M = 0.003  # on every side of the bar, so that an arm gets it in
TOUCHES_M = 1e-4
AXES = ((1, 2, 0), (0, 1, 2), (2, 0, 1))  # the hole's normal, and the two axes of its plane: Y first, as of a mug


@dataclass(frozen=True)
class Loop:
    """A hole through a thing, in its asset's frame, m.

    A bar along `normal` (3,) goes in at `center` (3,); the thing comes to rest with the bar at `rest` (3,), its
    direction `up` (3,) upwards. It reaches from `low` to `high` along the normal, its loop `half` to either side.
    """

    normal: Array
    center: Array
    rest: Array
    up: Array
    low: float
    high: float
    half: float


def loop_of(asset: AssetModel, bar_radius_m: float) -> Loop | None:
    """Return the widest hole of a rigid thing that a bar goes through, or None where there is none.

    Holes are those of its colliders' silhouette along an axis. Hung on a bar, a thing rests with its centre of mass
    as far below the bar as it can be, so the bar is at the point of the hole that is farthest from it.
    """
    link = asset.links[0]
    if len(asset.links) != 1 or link.inertial is None:
        return None
    vessel = any(region.is_container for region in asset.regions)  # its floor and walls are closed, if not by colliders
    for normal, u, v in AXES[: 1 if vessel else 3]:
        shapes = [_silhouette(item, u, v) for item in link.colliders]
        whole = shapely.union_all(shapes)
        parts = whole.geoms if isinstance(whole, shapely.MultiPolygon) else [whole]
        holes = [shapely.Polygon(ring) for part in parts for ring in part.interiors]
        if not holes:
            continue
        hole = max(holes, key=lambda item: item.area)
        free = hole.buffer(-bar_radius_m)
        if hole.buffer(-bar_radius_m - PLAY_M).is_empty or not isinstance(free, shapely.Polygon):
            continue
        around = [item for item, shape in zip(link.colliders, shapes, strict=True) if shape.distance(hole) < TOUCHES_M]
        return _loop(asset, hole, free, (normal, u, v), _thin(around, normal))
    return None


def _loop(
    asset: AssetModel,
    hole: shapely.Polygon,
    free: shapely.Polygon,
    axes: tuple[int, int, int],
    span: tuple[float, float],
) -> Loop:
    normal, u, v = axes
    inertial = asset.links[0].inertial
    assert inertial is not None
    middle = (span[0] + span[1]) / 2
    mass = np.array(inertial.center_of_mass)

    def point(x: float, y: float) -> Array:
        found = np.zeros(3)
        found[[normal, u, v]] = middle, x, y
        return found

    corners = np.array(free.exterior.coords)
    farthest = corners[int(np.argmax(np.linalg.norm(corners - mass[[u, v]], axis=1)))]
    center = shapely.maximum_inscribed_circle(hole).coords[0]
    rest = point(*farthest)
    up = rest - mass
    up[normal] = 0.0
    ends = np.concatenate([_points(item)[:, normal] for item in asset.links[0].colliders])
    axis = np.zeros(3)
    axis[normal] = 1.0
    return Loop(
        normal=axis,
        center=point(*center),
        rest=rest,
        up=up / np.linalg.norm(up),
        low=float(ends.min()) - middle,
        high=float(ends.max()) - middle,
        half=(span[1] - span[0]) / 2,
    )


def _thin(colliders: list[Collider], axis: int) -> tuple[float, float]:
    """Return the span along an axis of the thinnest of some colliders: the handle, not the vessel it is on."""
    spans = [(float(points.min()), float(points.max())) for points in (_points(item)[:, axis] for item in colliders)]
    return min(spans, key=lambda span: span[1] - span[0])


def _silhouette(item: Collider, u: int, v: int) -> shapely.Geometry:
    shape, pose = item.shape, item.pose_link_shape
    if isinstance(shape, SphereShape):
        return shapely.Point(np.array(pose.position)[[u, v]]).buffer(shape.radius)
    if isinstance(shape, CapsuleShape):
        ends = pose.apply([[0, 0, -shape.half_length], [0, 0, shape.half_length]])[:, [u, v]]
        return shapely.LineString(ends).buffer(shape.radius)
    return shapely.MultiPoint(_points(item)[:, [u, v]]).convex_hull


def _points(item: Collider) -> Array:
    """Return points (N, 3) on a collider's outline: for a round one, on its bounding box along the axes."""
    shape, pose = item.shape, item.pose_link_shape
    if isinstance(shape, SphereShape | CapsuleShape):
        length = shape.half_length if isinstance(shape, CapsuleShape) else 0.0
        ends = pose.apply([[0, 0, -length], [0, 0, length]])
        return np.concatenate([ends - shape.radius, ends + shape.radius])
    return np.asarray(pose.apply(shape_points(shape)), np.float64)
