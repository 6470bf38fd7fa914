"""Where the regions of a scene are, and where a task's goal is, before anything has moved."""

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import Region
from blueprint.contracts.frames import Pose
from blueprint.contracts.scene import Scene
from blueprint.contracts.task import HangGoal, InsertGoal, PlaceGoal, PourGoal, PushGoal, TaskSpec, WipeGoal

__all__ = ["distance", "goal_position", "parent", "region_pose"]


def region_pose(scene: Scene, owner: str, region: Region) -> Pose:
    """Return the pose of a region in the world, joints closed."""
    return scene.pose_world_object(owner) @ scene.asset(owner).pose_asset_region(region)


def distance(scene: Scene, object_id: str, pose: Pose) -> float:
    """Return how far an object's origin is from that of a pose in the world, m."""
    return float(np.linalg.norm(np.subtract(scene.pose_world_object(object_id).position, pose.position)))


def parent(scene: Scene, object_id: str) -> str | None:
    """Return what an object stands on or in, or None."""
    placement = scene.object(object_id).placement
    return placement.parent_id if placement else None


def goal_position(scene: Scene, task: TaskSpec) -> NDArray[np.float64] | None:
    """Return the point (3,) of the world at which a task's target ends or acts, m; None for a joint or a hand."""
    goal = task.goal
    match goal:
        case PlaceGoal() | InsertGoal() | HangGoal():
            local = goal.pose_region_object.position
            owner, name = goal.support_id, goal.region
        case PushGoal():
            local = (*goal.position, 0.0)
            owner, name = goal.support_id, goal.region
        case WipeGoal():
            local = (*goal.center, 0.0)
            owner, name = goal.support_id, goal.region
        case PourGoal():
            local = (0.0, 0.0, 0.0)
            owner, name = goal.container_id, goal.region
        case _:
            return None
    return np.array(region_pose(scene, owner, scene.region(owner, name)).apply(local))
