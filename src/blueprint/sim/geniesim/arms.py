"""The arms of the served robot: inverse kinematics for many poses, and motions that end where they say they end."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.episode import FailureReason
from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose, quat_angle
from blueprint.contracts.seeds import rng_for
from blueprint.motion.context import PlanningError
from blueprint.motion.dual_arm.chain import arm_chain, carrier_pose
from blueprint.motion.dual_arm.collision import ArmScene
from blueprint.motion.dual_arm.ik import RESTARTS, IkResult, solve_arm_ik_batch
from blueprint.motion.dual_arm.motion import ArmMotion, ArmTrajectory, time_path
from blueprint.motion.dual_arm.path import plan_free, plan_linear
from blueprint.motion.trajectory import smooth_path
from blueprint.robots.agibot.robot import Side
from blueprint.services.logs import logger
from blueprint.sim.geniesim.joint_drive import gripper_target
from blueprint.sim.geniesim.scene_model import SceneModel
from blueprint.sim.geniesim.stepping import CONTROL_PERIOD_S, CallStoppedError, Stepper

__all__ = ["Arms", "IkAnswer", "MoveRequest"]

Array = NDArray[np.float64]
REACHED_M = 0.01
REACHED_RAD = 0.1
PACE = 1.0  # of the speeds that motion.trajectory allows
PACE_HOLDING = 0.6  # what is held by friction is not swung
MAX_POSES = 20_000  # a client asks for every grasp at every place at once
FEW_POSES = 8
POSTURES = 4  # how many ways to hold the arm at a goal are tried
RESTARTS_OF_MANY = 6  # finds 99 % of what 24 find, in half the time
_PIECE = 256
_SPACING_RAD = 0.2


@dataclass(frozen=True)
class MoveRequest:
    """One `linear_move`. Planned: pose in the robot's base frame; otherwise interpolated, pose in the world.

    goal_offset: added to the goal, in the goal's frame or the base's · line: a path constraint asks for a straight line
    run_ratio: the share of the motion that is executed · gripper: (command, share of the motion, side)
    """

    side: Side
    pose: Pose
    planned: bool
    straight: bool = False
    goal_offset: Pose | None = None
    offset_in_goal_frame: bool = True
    from_current_pose: bool = False
    disable_links: Sequence[str] = ()
    run_ratio: float = 1.0
    gripper: tuple[str, float, Side] | None = None


@dataclass(frozen=True)
class IkAnswer:
    """One pose's solution: joint positions by name, rad, and links' poses in the robot's base frame where asked for."""

    success: bool
    joints: dict[str, float]
    links: dict[str, Pose]


class Arms:
    """Plans on a copy of the scene and moves the real one. `held` and `passable` tell the planner what to avoid."""

    def __init__(self, scene: SceneModel, stepper: Stepper) -> None:
        self.scene, self.stepper = scene, stepper
        self.held: dict[str, Side] = {}  # prim path → arm: bookkeeping, nothing is fixed to a hand
        self.passable: set[str] = set()
        self._planner: ArmScene | None = None
        self._planner_version = -1
        self._calls = 0

    def solve(self, side: Side, poses: Array, *, avoid: bool, with_links: bool) -> list[IkAnswer]:
        """Return a solution for each pose (n, 4, 4) of the gripper's center in the world.

        avoid: it must be free of collisions, as planned motions are. Raises InputError for matrices that are no poses.
        """
        _check_poses(poses)
        if not len(poses):
            return []
        planner = self._synced_planner(())
        seed = np.array(self.scene.data.qpos[self.scene.scene.robot.arms[side].qpos])
        results = self._ik(planner, side, poses, seed, avoid=avoid)
        chain = arm_chain(self.scene.robot, side)
        names = self.scene.robot.arms[side].joints
        links: list[dict[str, Pose]] = [{} for _ in results]
        if with_links:
            to_base = self.scene.pose_world_base.inverse().matrix() @ carrier_pose(
                planner.data, self.scene.scene.robot, side
            )
            frames = to_base @ chain.forward(np.array([result.q for result in results]))
            links = [
                {name: Pose.from_matrix(frame) for name, frame in zip(chain.link_names, row, strict=True)}
                for row in frames
            ]
        return [
            IkAnswer(result.success, dict(zip(names, map(float, result.q), strict=True)), poses_of)
            for result, poses_of in zip(results, links, strict=True)
        ]

    def move(self, request: MoveRequest) -> bool:
        """Execute a motion; return whether the gripper's center is measured to be where it should be.

        Within 10 mm and 0.1 rad of the goal. False too where there is no way there, and then nothing moves.
        """
        goal = self._goal(request)
        try:
            trajectory = self._trajectory(request, goal)
        except PlanningError as error:
            logger().info("no motion", side=request.side, goal=goal.position, reason=str(error))
            return False
        ratio = request.run_ratio if 0.0 < request.run_ratio < 1.0 else 1.0
        if ratio < 1.0:
            count = max(1, int(np.ceil(len(trajectory.q) * ratio)))
            trajectory = ArmTrajectory(trajectory.side, trajectory.rate_hz, trajectory.q[:count])
            goal = self._forward(request.side, trajectory.q[-1])
        self._execute(request, trajectory)
        self.scene.refresh()
        reached = self.scene.scene.pose_center(self.scene.data, request.side)
        distance = float(np.linalg.norm(np.subtract(reached.position, goal.position)))
        angle = quat_angle(reached.quat_wxyz, goal.quat_wxyz)
        logger().debug("moved", side=request.side, error_mm=1000 * distance, error_rad=angle)
        return distance <= REACHED_M and angle <= REACHED_RAD

    def _goal(self, request: MoveRequest) -> Pose:
        """Return the goal in the world."""
        if not request.planned:
            return request.pose
        base = self.scene.pose_world_base
        pose = request.pose
        if request.from_current_pose:
            self.scene.refresh()
            pose = base.inverse() @ self.scene.scene.pose_center(self.scene.data, request.side)
        if request.goal_offset is not None:
            offset = request.goal_offset
            pose = pose @ offset if request.offset_in_goal_frame else offset @ pose
        return base @ pose

    def _trajectory(self, request: MoveRequest, goal: Pose) -> ArmTrajectory:
        side, robot = request.side, self.scene.robot
        planner = self._synced_planner(request.disable_links)
        start = np.array(self.scene.data.qpos[self.scene.scene.robot.arms[side].qpos])
        if request.planned:
            control = self._planned(planner, request, start, goal)
        elif request.straight:
            control = plan_linear(planner, side, start, goal, avoid_obstacles=False)
        else:
            result = self._ik(planner, side, goal.matrix()[None], start, avoid=False)[0]
            if not result.success:
                raise _unreachable(side, result)
            control = smooth_path(np.array([start, result.q]), _SPACING_RAD)
        pace = PACE_HOLDING if side in self.held.values() else PACE
        return time_path(robot, side, control, 1 / CONTROL_PERIOD_S, pace)

    def _planned(self, planner: ArmScene, request: MoveRequest, start: Array, goal: Pose) -> Array:
        """Return a collision-free path to a pose: to the posture nearest to now, else to others of the same pose.

        A line is followed where there is one: to the real planner a path constraint is a cost, not a condition.
        """
        side = request.side
        if request.straight:
            try:
                return plan_linear(planner, side, start, goal)
            except PlanningError as error:
                logger().info("no line", side=side, goal=goal.position, reason=str(error))
        chain, rng = arm_chain(self.scene.robot, side), self._rng()
        seeds = [start, chain.home, *rng.uniform(chain.lower, chain.upper, (POSTURES - 2, 7))]
        failure: PlanningError | None = None
        for seed in seeds:
            result = self._ik(planner, side, goal.matrix()[None], seed, avoid=True)[0]
            if not result.success:
                failure = failure or _unreachable(side, result)
                break
            try:
                return plan_free(planner, side, start, result.q, rng)
            except PlanningError as error:
                failure = error
        assert failure is not None
        raise failure

    def _execute(self, request: MoveRequest, trajectory: ArmTrajectory) -> None:
        motion = ArmMotion(self.scene.scene.robot, trajectory)
        timed = request.gripper
        while motion.step(self.scene.data):
            if timed is not None and motion.progress >= timed[1]:
                gripper_target(self.stepper, timed[2], timed[0])
                timed = None
            self.stepper.tick()

    def _ik(self, planner: ArmScene, side: Side, poses: Array, seed: Array, *, avoid: bool) -> list[IkResult]:
        """Solve in pieces, so that a call that was given up ends soon."""
        robot = self.scene.scene.robot
        accepted = (lambda q: planner.is_free(side, q)) if avoid else None
        restarts = RESTARTS if len(poses) <= FEW_POSES else RESTARTS_OF_MANY
        rng, results = self._rng(), []
        for start in range(0, len(poses), _PIECE):
            if self.stepper.should_stop():
                raise CallStoppedError("the call was given up while solutions were sought.")
            results += solve_arm_ik_batch(
                planner.model,
                planner.data,
                robot,
                side,
                poses[start : start + _PIECE],
                seed,
                rng,
                restarts=restarts,
                is_accepted=accepted,
            )
        return results

    def _synced_planner(self, disable_links: Sequence[str]) -> ArmScene:
        if self._planner is None or self._planner_version != self.scene.version:
            self._planner = ArmScene(self.scene.model, self.scene.scene.robot)
            self._planner_version = self.scene.version
        planner = self._planner
        planner.sync(self.scene.data)
        objects = self.scene.scene.objects
        ignored = {objects[path].body for path in self.passable if path in objects}
        ignored |= _matching([link.name for link in self.scene.robot.links], disable_links)
        planner.ignore(ignored)
        for path, side in self.held.items():
            free = path in objects and objects[path].free_joint is not None and path not in self.passable
            # Clients also attach what a failed attempt has left on the table.
            if free and planner.touches(side, objects[path].body):
                planner.hold(side, objects[path].body)
        return planner

    def _forward(self, side: Side, q: Array) -> Pose:
        data = self.scene.planning_data()
        data.qpos[self.scene.scene.robot.arms[side].qpos] = q
        mujoco.mj_kinematics(self.scene.model, data)
        return self.scene.scene.pose_center(data, side)

    def _rng(self) -> np.random.Generator:
        self._calls += 1
        return rng_for(0, "geniesim", "arms", self._calls)


def _unreachable(side: Side, result: IkResult) -> PlanningError:
    detail = f"the {side} arm's best solution misses by {1000 * result.position_error_m:.1f} mm or collides"
    return PlanningError(FailureReason.UNREACHABLE, detail)


def _matching(links: Sequence[str], patterns: Sequence[str]) -> set[str]:
    """Return the links whose names begin with one of the regular expressions."""
    if len(patterns) > 100 or any(len(pattern) > 100 for pattern in patterns):
        raise InputError("disable_collision_links is too long.", remedy="give at most 100 patterns of 100 characters.")
    try:
        compiled = [re.compile(pattern) for pattern in patterns]
    except re.error as error:
        raise InputError(f"disable_collision_links: {error}.", remedy="give regular expressions.") from error
    return {link for link in links if any(pattern.match(link) for pattern in compiled)}


def _check_poses(poses: Array) -> None:
    if len(poses) > MAX_POSES:
        raise InputError(f"{len(poses)} poses in one call.", remedy=f"give at most {MAX_POSES}.")
    rotations = poses[:, :3, :3]
    proper = np.isfinite(poses).all() and np.allclose(rotations @ rotations.swapaxes(1, 2), np.eye(3), atol=1e-3)
    if not proper or (np.linalg.det(rotations) < 0).any():
        raise InputError("a target matrix is no pose.", remedy="give rotation and translation, row by row.")
