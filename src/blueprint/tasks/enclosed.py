"""What stands behind a closed door, under a lid or in a closed drawer: nothing gets there in a straight line."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import BoxShape, CapsuleShape, Collider, ConvexShape, CylinderShape
from blueprint.contracts.scene import Scene

__all__ = ["hidden_things", "is_enclosed"]

Array = NDArray[np.float64]

BESIDE_M = 0.03  # a way out is at least twice as wide as this: the gap between two doors is none
WAYS = np.array([(0, -1, 0), (0, 0, 1), (1, 0, 0), (-1, 0, 0), (0, 1, 0)], float)


def is_enclosed(scene: Scene, owner: str, point_world: Array) -> bool:
    """Return whether furniture `owner`, with its joints closed, surrounds a point (3,) of the world on all sides but
    below. What carries `owner` counts, too: a cup on a saucer in a cupboard."""
    boxes = list(_boxes(scene, owner))
    if not boxes:
        return False
    inverses, halves = (np.stack(parts) for parts in zip(*boxes, strict=True))
    rotation = scene.pose_world_object(owner).matrix()[:3, :3]
    for way in WAYS:
        first, second = np.roll(way, 1), np.roll(way, 2)
        offsets = BESIDE_M * np.array([0 * way, first, -first, second, -second])
        starts = np.asarray(point_world) + offsets @ rotation.T
        if not _is_hit(starts, rotation @ way, inverses, halves):
            return False
    return True


def hidden_things(scene: Scene) -> frozenset[str]:
    """Return the objects that stand in something closed."""
    found = []
    for item in scene.objects:
        owner = item.placement.parent_id if item.placement else None
        if owner is not None:
            middle = (0.0, 0.0, scene.asset(item.id).size_m[2] / 2)
            if is_enclosed(scene, owner, scene.pose_world_object(item.id).apply(middle)):
                found.append(item.id)
    return frozenset(found)


def _boxes(scene: Scene, owner: str) -> Iterator[tuple[Array, Array]]:
    """Boxes around the colliders of `owner` and of what carries it: (box ← world (4, 4), half extents (3,))."""
    current: str | None = owner
    while current is not None:
        item, asset = scene.object(current), scene.asset(current)
        if item.is_architecture:
            return
        poses = asset.poses_asset_link()
        for link in asset.links:
            for collider in link.colliders:
                center, half = _extent(collider)
                pose = scene.pose_world_object(current) @ poses[link.name] @ collider.pose_link_shape
                inverse = pose.inverse().matrix()
                inverse[:3, 3] -= center
                yield inverse, half
        current = item.placement.parent_id if item.placement else None


def _extent(collider: Collider) -> tuple[Array, Array]:
    """The middle and half size of a shape's box, in its own frame."""
    shape = collider.shape
    if isinstance(shape, BoxShape):
        return np.zeros(3), np.array(shape.half_extents)
    if isinstance(shape, ConvexShape):
        points = np.array(shape.vertices)
        return (points.min(axis=0) + points.max(axis=0)) / 2, np.ptp(points, axis=0) / 2
    if isinstance(shape, CylinderShape):
        return np.zeros(3), np.array([shape.radius, shape.radius, shape.half_length])
    if isinstance(shape, CapsuleShape):
        return np.zeros(3), np.array([shape.radius, shape.radius, shape.half_length + shape.radius])
    return np.zeros(3), np.full(3, shape.radius)


def _is_hit(starts: Array, way: Array, inverses: Array, halves: Array) -> bool:
    """Whether one of the rays meets one of the boxes, by slabs (Kay and Kajiya, 1986); one that starts inside does."""
    origins = np.einsum("bij,nj->bni", inverses[:, :3, :3], starts) + inverses[:, None, :3, 3]
    direction = (inverses[:, :3, :3] @ way)[:, None]
    half = halves[:, None]
    parallel = np.abs(direction) < 1e-9
    safe = np.where(parallel, 1.0, direction)
    to_low, to_high = (-half - origins) / safe, (half - origins) / safe
    enter = np.where(parallel, -np.inf, np.minimum(to_low, to_high)).max(axis=2)
    leave = np.where(parallel, np.inf, np.maximum(to_low, to_high)).min(axis=2)
    beside = np.any(parallel & (np.abs(origins) > half), axis=2)
    return bool(np.any(~beside & (leave >= np.maximum(enter, 0.0))))
