"""Whether a robot can start before a surface: nothing touches it, and it reaches grasps of what it is to take."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.geniesim.grasp_file import GraspSet
from blueprint.contracts.scene import Scene
from blueprint.contracts.seeds import rng_for
from blueprint.export.geniesim.background import background_file
from blueprint.export.geniesim.object_usd import COLLISION
from blueprint.export.geniesim.package import AssetPackage
from blueprint.export.geniesim.work_surface import WorkSurface
from blueprint.mjcf.usd_loader import add_usd_object, load_usd
from blueprint.motion.dual_arm import ArmScene, solve_arm_ik_batch
from blueprint.robots.agibot import AgibotIndex, AgibotRobot
from blueprint.robots.agibot.robot import Side

__all__ = ["CENTER_FROM_GRASPNET", "StartReport", "center_poses", "judge_start"]

Array = NDArray[np.float64]
# The client turns GraspNet's gripper frame into that of `gripper_*_center_link` by multiplying this from the right.
CENTER_FROM_GRASPNET = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
_GRASPS_TRIED = 16
_ENOUGH_GRASPS = 3
_RESTARTS = 6
_TOUCH_M = -0.001


@dataclass(frozen=True)
class StartReport:
    """`touching` names what is in contact with the robot at the start; `reached` maps a target to how many of its
    `tried` grasps each arm gets to without touching anything. Nothing is tried where something touches."""

    touching: tuple[str, ...]
    reached: dict[str, dict[Side, int]]
    tried: dict[str, int]

    def best(self, target: str) -> int:
        """How many grasps of a target the better arm gets to."""
        return max(self.reached[target].values())

    def is_reached(self, target: str) -> bool:
        """Whether the better arm gets to enough of a target's grasps: a single one is lost when the base stands a few
        centimetres off, as templates let it."""
        return self.best(target) >= min(_ENOUGH_GRASPS, self.tried[target])

    def arm(self, target: str) -> Literal["left", "right", "auto"]:
        """The arm to take a target with; `auto` where the one gets to at least half as many grasps as the other."""
        better: Side = "left" if self.reached[target]["left"] > self.reached[target]["right"] else "right"
        return "auto" if 2 * min(self.reached[target].values()) >= self.best(target) else better


def center_poses(pose_world_package: Array, grasps: GraspSet, grasp_offset_m: float) -> Array:
    """Return where `gripper_*_center_link` goes for each grasp, world (N, 4, 4)."""
    poses = grasps.poses.copy()
    poses[:, :3, 3] += grasp_offset_m * poses[:, :3, 0]
    poses[:, :3, :3] = poses[:, :3, :3] @ CENTER_FROM_GRASPNET
    return np.asarray(pose_world_package @ poses)


def judge_start(
    scene: Scene,
    surface: WorkSurface,
    robot: AgibotRobot,
    posture: Mapping[str, float],
    packages: Mapping[str, AssetPackage],
    root: Path,
    targets: Sequence[str],
    grasp_offset_m: float,
) -> StartReport:
    """Put the robot before the certified arrangement, as it was written below the asset root, and look.

    A spread of each target's grasps is tried with both arms by inverse kinematics with collision checks.
    """
    model, data, index = _world(scene, surface, robot, posture, packages, root)
    touching = {
        _owner(model, int(geom))
        for contact in data.contact[: data.ncon]
        for geom, other in (contact.geom, contact.geom[::-1])
        if contact.dist < _TOUCH_M
        and int(model.geom_bodyid[other]) in index.bodies
        and int(model.geom_bodyid[geom]) not in index.bodies
    }
    if touching:
        return StartReport(tuple(sorted(touching)), {}, {})
    arms = ArmScene(model, index)
    arms.sync(data)
    reached: dict[str, dict[Side, int]] = {}
    tried: dict[str, int] = {}
    for name in targets:
        package = packages[scene.object(name).asset.asset_id or ""]
        world = package.frame.pose_world_package(scene.pose_world_object(name)).matrix()
        poses = center_poses(world, package.grasps, grasp_offset_m)
        spread = poses[np.unique(np.linspace(0, len(poses) - 1, _GRASPS_TRIED).astype(int))]
        tried[name] = len(spread)
        reached[name] = {side: _reached(model, data, index, arms, side, spread, name) for side in index.arms}
    return StartReport((), reached, tried)


def _reached(
    model: mujoco.MjModel,
    data: mujoco.MjData,
    index: AgibotIndex,
    arms: ArmScene,
    side: Side,
    poses: Array,
    name: str,
) -> int:
    seed = data.qpos[index.arms[side].qpos]
    rng = rng_for(0, "geniesim_start", index.robot.name, side, name)
    found = solve_arm_ik_batch(
        model, data, index, side, poses, seed, rng, restarts=_RESTARTS, is_accepted=lambda q: arms.is_free(side, q)
    )
    arms.move(side, seed)
    return sum(result.success for result in found)


def _world(
    scene: Scene,
    surface: WorkSurface,
    robot: AgibotRobot,
    posture: Mapping[str, float],
    packages: Mapping[str, AssetPackage],
    root: Path,
) -> tuple[mujoco.MjModel, mujoco.MjData, AgibotIndex]:
    spec = load_usd(root / background_file(scene.scene_id, surface), root=root, visuals=False)
    for name in surface.objects:
        package = packages[scene.object(name).asset.asset_id or ""]
        pose = package.frame.pose_world_package(scene.pose_world_object(name))
        add_usd_object(spec, root / package.folder / COLLISION, name, pose, root=root)
    robot.attach(spec, surface.pose_world_base)
    model = spec.compile()
    data = mujoco.MjData(model)
    index = robot.index(model)
    index.teleport(data, robot.complete(dict(posture)))
    mujoco.mj_forward(model, data)
    return model, data, index


def _owner(model: mujoco.MjModel, geom: int) -> str:
    """The object that a shape belongs to; whatever is fixed is one body, the world."""
    name = str(model.body(model.geom_bodyid[geom]).name).removeprefix("background/").partition("/")[0]
    return "fixed furniture or the room" if name == "world" else name
