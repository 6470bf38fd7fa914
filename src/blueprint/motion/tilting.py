"""How a vessel moves while it is poured out: its lip stays over one spot while the vessel turns about it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import AssetModel, Region
from blueprint.contracts.frames import Pose, quat_wxyz_from_axis_angle, quat_wxyz_from_yaw

__all__ = ["Rim", "Tilting", "rim_of", "vessel_region"]

Array = NDArray[np.float64]

UP = np.array([0.0, 0.0, 1.0])
OVER_RIM_M = 0.012  # of the vessel over the container's rim


@dataclass(frozen=True)
class Rim:
    """The edge of an open container in its asset's frame: centre (3,), radius and height over the foot, m."""

    center: Array
    radius: float
    height: float


@dataclass(frozen=True)
class Tilting:
    """A way to pour: the lip that points along `heading` (rad, world) tips over `spot` (3,), at the height of the
    container's rim and `inside_m` within it. `yaw` is that of the upright vessel."""

    rim: Rim
    spot: Array
    heading: float
    yaw: float
    inside_m: float

    def poses(self, tilts_rad: Sequence[float]) -> list[Array]:
        """Return the poses (4, 4) of the vessel's frame in the world at each angle from upright.

        The vessel is over the container while it stands, and sinks as it turns: what of it is over the container
        keeps its height, so that nothing falls far.
        """
        ahead = np.array([np.cos(self.heading), np.sin(self.heading), 0.0])
        axis = np.cross(UP, ahead)
        upright = Pose.of((0, 0, 0), quat_wxyz_from_yaw(self.yaw)).matrix()
        lip = self.rim.center + self.rim.radius * (upright[:3, :3].T @ ahead)
        found = []
        for tilt in tilts_rad:
            turn = Pose.of((0, 0, 0), quat_wxyz_from_axis_angle(tuple(axis), tilt)).matrix()
            pose: Array = turn @ upright
            length = min(self.rim.height, self.inside_m / max(np.sin(tilt), 1e-6))
            over = OVER_RIM_M + max(0.0, length * np.cos(tilt))
            pose[:3, 3] = self.spot + over * UP - pose[:3, :3] @ lip
            found.append(pose)
        return found


def vessel_region(asset: AssetModel) -> Region | None:
    """Return the region inside an open vessel, or None for what is none: a lid or a door would be in the way."""
    found = [region for region in asset.regions if region.is_container and region.kind == "interior"]
    return found[0] if found and not asset.is_articulated else None


def rim_of(asset: AssetModel, region: Region) -> Rim:
    """Return the rim over a container's region. A handle at one side makes a box wider, not its rim."""
    center = asset.pose_asset_region(region).apply((0.0, 0.0, region.clearance_m))
    radius = max(min(region.half_extents), min(asset.size_m[:2]) / 2)
    return Rim(np.array(center), float(radius), float(center[2]))
