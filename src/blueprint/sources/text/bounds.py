"""Where an asset's colliders reach: points, extents with joints open or closed, and footprints seen from above."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import (
    AssetModel,
    BoxShape,
    CapsuleShape,
    ConvexShape,
    CylinderShape,
    Region,
    SphereShape,
)
from blueprint.contracts.frames import Pose

__all__ = ["Footprint", "asset_points", "collider_points", "extent", "footprints_overlap", "pose_object_region"]

Array = NDArray[np.float64]
_RING = 16


def asset_points(model: AssetModel, fraction: float = 0.0) -> Array:
    """Return points (N, 3) in the asset frame whose box is the colliders' box (rings of 16 for round shapes)."""
    poses = model.poses_asset_link(fraction)
    parts = [
        (poses[link.name] @ collider.pose_link_shape).apply(collider_points(collider.shape))
        for link in model.links
        for collider in link.colliders
    ]
    if not parts:
        x, y, z = model.size_m
        return np.array([[-x / 2, -y / 2, 0.0], [x / 2, y / 2, z]])
    return np.concatenate(parts)


def extent(model: AssetModel, fraction: float = 0.0) -> tuple[Array, Array]:
    """Return (lower, upper) corners (3,) of the colliders' box in the asset frame."""
    points = asset_points(model, fraction)
    return points.min(axis=0), points.max(axis=0)


def pose_object_region(model: AssetModel, region: Region) -> Pose:
    """Return the region's frame in the asset frame with joints closed."""
    return model.poses_asset_link()[region.link] @ region.pose_link_region


def collider_points(shape: Any) -> Array:
    """Return points (N, 3) in the shape frame whose box is the shape's box."""
    signs = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
    if isinstance(shape, BoxShape):
        return signs * np.asarray(shape.half_extents)
    if isinstance(shape, ConvexShape):
        return np.asarray(shape.vertices, float)
    angles = np.arange(_RING) * 2 * np.pi / _RING
    ring = np.stack([np.cos(angles), np.sin(angles), np.zeros(_RING)], axis=1) * shape.radius
    if isinstance(shape, CylinderShape):
        up = np.array([0.0, 0.0, shape.half_length])
        return np.concatenate([ring + up, ring - up])
    pole = np.array([[0.0, 0.0, shape.radius]])
    sphere = np.concatenate([ring, ring[:, [2, 0, 1]], ring[:, [0, 2, 1]], pole, -pole])
    if isinstance(shape, SphereShape):
        return sphere
    assert isinstance(shape, CapsuleShape)
    up = np.array([0.0, 0.0, shape.half_length])
    return np.concatenate([sphere + up, sphere - up])


@dataclass(frozen=True)
class Footprint:
    """An oriented rectangle (and a circle, both around the same centre) that holds a thing seen from above, metres."""

    x: float
    y: float
    half_x: float
    half_y: float
    yaw: float
    radius: float

    def moved(self, x: float, y: float, yaw: float) -> "Footprint":
        """The footprint of the thing when its frame, now at the origin and not turned, stands at (x, y), turned."""
        c, s = np.cos(yaw), np.sin(yaw)
        return Footprint(
            x + float(c * self.x - s * self.y),
            y + float(s * self.x + c * self.y),
            self.half_x,
            self.half_y,
            yaw,
            self.radius,
        )

    @classmethod
    def of(cls, points: Array, x: float, y: float, yaw: float) -> "Footprint":
        """The footprint of points (N, 3) given in a frame that stands at (x, y) and is turned by `yaw`."""
        flat = points[:, :2]
        low, high = flat.min(axis=0), flat.max(axis=0)
        middle = (low + high) / 2
        radius = float(np.linalg.norm(flat - middle, axis=1).max())
        half = (high - low) / 2
        still = cls(float(middle[0]), float(middle[1]), float(half[0]), float(half[1]), 0.0, radius)
        return still.moved(x, y, yaw)

    def corners(self) -> Array:
        """Return the rectangle's corners (4, 2), counter-clockwise."""
        c, s = np.cos(self.yaw), np.sin(self.yaw)
        local = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * (self.half_x, self.half_y)
        return local @ np.array([[c, s], [-s, c]]) + (self.x, self.y)

    def box(self) -> tuple[Array, Array]:
        """Return (lower, upper) corners (2,) of the axis-aligned box."""
        corners = self.corners()
        return corners.min(axis=0), corners.max(axis=0)


def footprints_overlap(a: Footprint, b: Footprint, gap: float) -> bool:
    """Whether two footprints come closer than `gap`: separating axes of the rectangles, or apart circles."""
    if np.hypot(a.x - b.x, a.y - b.y) >= a.radius + b.radius + gap:
        return False
    corners_a, corners_b = a.corners(), b.corners()
    for yaw in (a.yaw, a.yaw + np.pi / 2, b.yaw, b.yaw + np.pi / 2):
        axis = np.array([np.cos(yaw), np.sin(yaw)])
        pa, pb = corners_a @ axis, corners_b @ axis
        if pa.max() + gap <= pb.min() or pb.max() + gap <= pa.min():
            return False
    return True
