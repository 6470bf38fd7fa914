"""Footprints: convex polygons seen from above with a height interval, and whether they are apart."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import AssetModel
from blueprint.contracts.frames import Pose
from blueprint.physics.extent import shape_points
from blueprint.physics.polygon import convex_hull, polygon_gap

__all__ = ["Footprint", "are_apart", "footprints"]

Array = NDArray[np.float64]
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
                (pose_world_link @ collider.pose_link_shape).apply(shape_points(collider.shape, around=True))
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
