"""A thing in the room as support inference sees it: what is seen of it and what is solid, where it stands."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, QhullError

from blueprint.assets.geometry import Asset
from blueprint.contracts.frames import Pose, quat_multiply, rotate
from blueprint.physics.extent import shape_points

__all__ = ["Thing", "thing_of"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Thing:
    """`seen` and `solid` are triangles (F, 3, 3) in the asset frame, m: visuals, and the hulls of the colliders (the
    visuals again where it has none). `pose` maps the asset frame to the world."""

    object_id: str
    category: str
    sim_role: str
    pose: Pose
    seen: Array
    solid: Array
    says_floor: bool = False

    def at(self, pose: Pose) -> "Thing":
        return replace(self, pose=pose)

    def moved(self, shift: Array) -> "Thing":
        """The thing moved by (3,) m in the world."""
        return self.at(Pose.of(np.asarray(self.pose.position) + shift, self.pose.quat_wxyz))

    def turned(self, quat_wxyz: Array) -> "Thing":
        """The thing turned about the middle of its box by a rotation of the world."""
        middle = (self.low + self.high) / 2
        position = middle + rotate(quat_wxyz, np.asarray(self.pose.position) - middle)
        return self.at(Pose.of(position, quat_multiply(quat_wxyz, self.pose.quat_wxyz)))

    @cached_property
    def seen_world(self) -> Array:
        return self.pose.apply(self.seen)

    @cached_property
    def solid_world(self) -> Array:
        return self.pose.apply(self.solid)

    @cached_property
    def low(self) -> Array:
        """Lower corner (3,) of what is solid, in the world."""
        return np.asarray(self.solid_world.min(axis=(0, 1)))

    @cached_property
    def high(self) -> Array:
        return np.asarray(self.solid_world.max(axis=(0, 1)))

    @property
    def size(self) -> Array:
        return self.high - self.low

    @property
    def middle(self) -> Array:
        return (self.low + self.high) / 2


def thing_of(object_id: str, asset: Asset, pose: Pose, *, says_floor: bool = False) -> Thing:
    """Return an asset's thing; joints rest."""
    model = asset.model
    poses = model.poses_asset_link()
    seen, solid = [], []
    for link in model.links:
        for visual in link.visuals:
            shape = asset.meshes[visual.mesh]
            seen.append(poses[link.name].apply(shape.vertices)[shape.faces])
        for collider in link.colliders:
            points = (poses[link.name] @ collider.pose_link_shape).apply(shape_points(collider.shape))
            solid.append(_hull(points))
    shown = np.concatenate(seen or solid)
    hard = np.concatenate(solid) if solid else shown
    return Thing(object_id, model.category, model.sim_role, pose, shown, hard, says_floor)


def _hull(points: Array) -> Array:
    """Triangles (F, 3, 3) of the hull, wound to the outside; the box of points that have none."""
    try:
        hull = ConvexHull(points)
    except QhullError:
        low, high = points.min(axis=0) - 1e-4, points.max(axis=0) + 1e-4
        corners = np.array([(x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 1)]) * (high - low) + low
        hull = ConvexHull(corners)
        points = corners
    triangles = points[hull.simplices]
    normals = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    inward = (normals * hull.equations[:, :3]).sum(axis=1) < 0
    triangles[inward] = triangles[inward][:, ::-1]
    return triangles
