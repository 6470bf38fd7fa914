"""Footprints: the oriented rectangle and the circle that hold a thing seen from above."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blueprint.physics.polygon import gap_along

__all__ = ["Footprint", "footprints_overlap"]

Array = NDArray[np.float64]


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

    def to_world(self, local: Array) -> Array:
        """Return points (N, 2) given along its sides, from its centre, in the frame that it stands in."""
        c, s = np.cos(self.yaw), np.sin(self.yaw)
        return local @ np.array([[c, s], [-s, c]]) + (self.x, self.y)

    def covers(self, points: Array) -> NDArray[np.bool_]:
        """Return (N,) which of the points (N, 2) are in the rectangle, its edge included."""
        c, s = np.cos(self.yaw), np.sin(self.yaw)
        local = (points - (self.x, self.y)) @ np.array([[c, -s], [s, c]])
        return np.asarray((np.abs(local) <= (self.half_x, self.half_y)).all(axis=1))

    def corners(self) -> Array:
        """Return the rectangle's corners (4, 2), counter-clockwise."""
        return self.to_world(np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * (self.half_x, self.half_y))

    def box(self) -> tuple[Array, Array]:
        """Return (lower, upper) corners (2,) of the axis-aligned box."""
        corners = self.corners()
        return corners.min(axis=0), corners.max(axis=0)


def footprints_overlap(a: Footprint, b: Footprint, gap: float) -> bool:
    """Whether two footprints come closer than `gap`: separating axes of the rectangles, or apart circles."""
    if np.hypot(a.x - b.x, a.y - b.y) >= a.radius + b.radius + gap:
        return False
    yaws = np.array([a.yaw, a.yaw + np.pi / 2, b.yaw, b.yaw + np.pi / 2])
    axes = np.column_stack([np.cos(yaws), np.sin(yaws)])
    return gap_along(a.corners(), b.corners(), axes) < gap
