"""Places for a robot's base beside the furniture that carries what it is to reach."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.contracts.scene import Scene
from blueprint.contracts.task import JointGoal, TaskSpec
from blueprint.motion.needs import link_pose_at
from blueprint.motion.standing_room import StandingRoom

__all__ = ["Target", "carrier_of", "stances", "target_of"]

Array = NDArray[np.float64]

STAND_OFFS_M = (0.15, 0.20, 0.30, 0.42, 0.54, 0.66)  # from the furniture's edge to the base's centre
SIDE_SHIFTS_M = (0.0, -0.2, 0.2, -0.4, 0.4)
LONG_M = 0.8  # targets further apart along an edge have stances all along it
STEP_M = 0.25
DROPS_M = (0.0, 0.2, 0.4, 0.6)
TALL_M = 0.4  # targets further apart in height have stances for the lowest and for the highest, too
MAX_HEIGHT_M = 1.1
FOOTPRINT_MARGIN_M = 0.03


@dataclass(frozen=True)
class Target:
    """What a base is for: a thing of the scene and the point (3,) on it that the hand goes to, world."""

    object_id: str
    position: Array


def target_of(scene: Scene, task: TaskSpec) -> Target:
    """Return a task's target; of a drawer or door, its handle while it is closed."""
    pose = scene.pose_world_object(task.target_object)
    if isinstance(task.goal, JointGoal):
        asset = scene.asset(task.target_object)
        for grasp in asset.grasps:
            link = asset.link(grasp.link)
            if link.joint and link.joint.name == task.goal.joint:
                handle = (link_pose_at(asset, link, 0.0) @ grasp.pose_link_grasp.matrix())[:3, 3]
                return Target(task.target_object, pose.apply(handle))
    return Target(task.target_object, np.array(pose.position))


def carrier_of(scene: Scene, object_id: str) -> str:
    """Return the object on the floor or wall that, through whatever is between, carries an object."""
    current = object_id
    while True:
        placement = scene.object(current).placement
        parent = placement.parent_id if placement else None
        if parent is None or scene.object(parent).is_architecture:
            return current
        current = parent


def stances(
    scene: Scene,
    targets: Sequence[Target],
    room: StandingRoom,
    half_width_m: float,
    home_points: Array,
    height_m: float | None = None,
) -> list[Pose]:
    """Return free upright base poses on the sides of the furniture, front first, in order of preference.

    The base is as high as the targets ask for, unless `height_m` says how high it always is.

    `home_points` (n, 3) are points of the arm at home in the base frame, which keep away from everything. The
    furniture that carries most targets comes first.
    """
    by_carrier: dict[str, list[Array]] = {}
    for target in targets:
        by_carrier.setdefault(carrier_of(scene, target.object_id), []).append(target.position)
    found: list[Pose] = []
    for furniture in sorted(by_carrier, key=lambda name: (-len(by_carrier[name]), name)):
        positions = np.array(by_carrier[furniture])
        spots = [spot for spot in _spots(scene, furniture, positions, half_width_m) if room.is_free(spot)]
        for height in _heights(positions[:, 2]) if height_m is None else [height_m]:
            for spot in spots:
                stance = Pose.of((*spot.position[:2], height), spot.quat_wxyz).rounded()
                if room.is_clear(stance.apply(home_points)):
                    found.append(stance)
    return found


def _spots(scene: Scene, furniture: str, positions: Array, half_width_m: float) -> list[Pose]:
    """Poses on the floor around a piece of furniture, looking at it."""
    pose = scene.pose_world_object(furniture)
    size = scene.asset(furniture).size_m
    local = pose.inverse().apply(positions)[:, :2]
    found = []
    for side in range(4):  # -Y is the front; then the right, the back, the left
        yaw = np.pi / 2 * (side + 1)
        outward = np.array([np.sin(np.pi / 2 * side), -np.cos(np.pi / 2 * side)])
        along = np.array([-outward[1], outward[0]])
        edge = np.abs(outward) @ np.array([size[0], size[1]]) / 2
        for at in _stations(local @ along):
            for stand_off in STAND_OFFS_M:
                if stand_off >= half_width_m + FOOTPRINT_MARGIN_M:
                    place = outward * (edge + stand_off) + along * at
                    world = pose @ Pose.of((place[0], place[1], 0.0), quat_wxyz_from_yaw(yaw))
                    found.append(Pose.of((*world.position[:2], 0.0), world.quat_wxyz))
    return found


def _stations(values: Array) -> list[float]:
    """Where along an edge to stand: around the middle of the targets, or all along where they are far apart."""
    low, high, middle = float(values.min()), float(values.max()), float(values.mean())
    if high - low <= LONG_M:
        return [middle + shift for shift in SIDE_SHIFTS_M]
    count = int(np.ceil((high - low) / STEP_M))
    return [low + (high - low) * k / count for k in range(count + 1)]


def _heights(values: Array) -> list[float]:
    middle = float(np.median(values))
    tops = {middle} if np.ptp(values) <= TALL_M else {float(values.min()), middle, float(values.max())}
    heights = {round(max(0.0, _clipped(top) - drop), 3) for top in tops for drop in DROPS_M}
    return sorted(heights, reverse=True)


def _clipped(top: float) -> float:
    return float(np.clip(np.round(top, 3), 0.0, MAX_HEIGHT_M))
