"""The frame of an asset package: Y up, its origin in the middle of what is seen of the asset."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blueprint.assets.geometry import Asset
from blueprint.contracts.frames import Pose, Vec3, y_up_frame

__all__ = ["PackageFrame", "package_frame"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class PackageFrame:
    """`pose_asset_package` maps package coordinates (Y up) to the asset's (Z up); `size` is along the package's axes.

    The Genie Sim client puts an object's origin half its height above the support, so the origin is the middle of the
    extent of the meshes, which is all that the client looks at.
    """

    pose_asset_package: Pose
    size: Vec3

    def pose_world_package(self, pose_world_object: Pose) -> Pose:
        """Return where the package's frame is when the asset's frame is at `pose_world_object`."""
        return pose_world_object @ self.pose_asset_package

    def points(self, points_asset: Array) -> Array:
        """Map points (N, 3) of the asset frame to the package frame."""
        return self.pose_asset_package.inverse().apply(points_asset)


def package_frame(asset: Asset) -> PackageFrame:
    """Return the package frame of an asset with its joints closed."""
    poses = asset.model.poses_asset_link()
    points = np.concatenate(
        [
            poses[link.name].apply(asset.meshes[visual.mesh].vertices)
            for link in asset.model.links
            for visual in link.visuals
        ]
    )
    low, high = points.min(axis=0), points.max(axis=0)
    x, y, z = (float(value) for value in high - low)
    return PackageFrame(y_up_frame((low + high) / 2), (x, z, y))
