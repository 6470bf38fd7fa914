"""Moving things within the region that they stand in, without touching a neighbour."""

from dataclasses import dataclass, field

import numpy as np

from blueprint.contracts.asset import Region
from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw, rotate
from blueprint.contracts.scene import Scene
from blueprint.randomize.footprint import Footprint, are_apart, footprints
from blueprint.randomize.regions import pose_world_region
from blueprint.randomize.space import descendants

__all__ = ["GAP_M", "Placing"]

GAP_M = 0.01
_LEVEL = 0.9998  # cosine of 1.1°: on a tilted surface a thing would slide


@dataclass
class Placing:
    """Where every object of a scene is while a variation is being drawn."""

    scene: Scene
    poses: dict[str, Pose] = field(init=False)
    _footprints: dict[str, list[Footprint]] = field(init=False)

    def __post_init__(self) -> None:
        self.poses = {item.id: self.scene.pose_world_object(item.id) for item in self.scene.objects}
        self._footprints = {
            object_id: footprints(self.scene.asset(object_id), pose) for object_id, pose in self.poses.items()
        }

    def region_of(self, object_id: str) -> tuple[Region, Pose]:
        """Return the region that an object is placed in, and its frame in the world as its owner stands now."""
        place = self.scene.object(object_id).placement
        assert place is not None
        assert place.parent_id is not None
        assert place.region is not None
        region = self.scene.region(place.parent_id, place.region)
        return region, pose_world_region(self.scene, place.parent_id, region, self.poses[place.parent_id])

    def is_level(self, object_id: str) -> bool:
        """Return whether the region of an object is horizontal."""
        return is_level(self.region_of(object_id)[1])

    def try_move(self, object_id: str, dx: float, dy: float, dyaw: float) -> bool:
        """Move an object, and what stands on it, along its region (m, rad) and return True if it is free there.

        It must lie within the region as a whole, and 1 cm from every object that reaches its height, its supports
        excepted; doors and drawers count wherever they may swing.
        """
        region, pose_world_region_ = self.region_of(object_id)
        old = self.poses[object_id]
        local = pose_world_region_.inverse() @ old
        turned = Pose.of((0, 0, 0), quat_wxyz_from_yaw(dyaw)) @ Pose.of((0, 0, 0), local.quat_wxyz)
        moved = Pose.of(np.add(local.position, (dx, dy, 0.0)), turned.quat_wxyz)
        delta = pose_world_region_ @ moved @ old.inverse()
        if not within(region, pose_world_region_, [part.moved(delta) for part in self._footprints[object_id]]):
            return False
        group = [object_id, *descendants(self.scene, object_id)]
        parts = {member: [part.moved(delta) for part in self._footprints[member]] for member in group}
        if not self.is_free([part for member in group for part in parts[member]], {*group, *self._supports(object_id)}):
            return False
        for member in group:
            self.poses[member] = delta @ self.poses[member]
            self._footprints[member] = parts[member]
        return True

    def is_free(self, parts: list[Footprint], ignored: set[str]) -> bool:
        """Return whether footprints are `GAP_M` away from every object that is not ignored."""
        return all(
            are_apart(parts, others, GAP_M) for other, others in self._footprints.items() if other not in ignored
        )

    def add(self, object_id: str, parts: list[Footprint]) -> None:
        """Take an extra object into account from now on."""
        self._footprints[object_id] = parts

    def footprints_of(self, object_id: str) -> list[Footprint]:
        return self._footprints[object_id]

    def _supports(self, object_id: str) -> set[str]:
        found: set[str] = set()
        item = self.scene.object(object_id)
        while item.placement and item.placement.parent_id and item.placement.parent_id not in found:
            found.add(item.placement.parent_id)
            item = self.scene.object(item.placement.parent_id)
        return found


def is_level(pose_world_region: Pose) -> bool:
    """Return whether a region's normal points up."""
    return bool(rotate(pose_world_region.quat_wxyz, (0, 0, 1))[2] > _LEVEL)


def within(region: Region, pose_world_region: Pose, parts: list[Footprint]) -> bool:
    """Return whether the footprints lie inside the outline of a level region and below its free height."""
    inverse = pose_world_region.inverse()
    base = pose_world_region.position[2]
    for part in parts:
        points = np.column_stack([part.polygon, np.full(len(part.polygon), base)])
        local = inverse.apply(points)[:, :2]
        if region.outline == "disc":
            inside = np.linalg.norm(local, axis=1) <= region.half_extents[0]
        else:
            inside = (np.abs(local) <= np.asarray(region.half_extents)).all(axis=1)
        if not inside.all() or part.high - base > region.clearance_m:
            return False
    return True
