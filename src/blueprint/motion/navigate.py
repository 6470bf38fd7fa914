"""Driving: a robot on a mobile base goes to where its arm reaches what the next skill needs."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.episode import FailureReason
from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw, yaw_from_quat_wxyz
from blueprint.contracts.task import PlaceGoal, TaskSpec
from blueprint.motion.base import BaseFinder
from blueprint.motion.base_path import plan_drive
from blueprint.motion.collision import Clearance
from blueprint.motion.context import MotionContext, PlanningError, body_name
from blueprint.motion.grasps import GraspCandidate
from blueprint.motion.needs import Need, is_far, task_need
from blueprint.motion.pick import Pick
from blueprint.motion.place import Place, goal_pose
from blueprint.motion.route import Route
from blueprint.motion.stances import Target, target_of

if TYPE_CHECKING:
    from blueprint.motion.skills import Skill

__all__ = ["Navigate", "mobile_skills"]

Array = NDArray[np.float64]

BASES = 4
YAWS_RAD = tuple(np.pi / 6 * k for k in range(12))
OVER_GOAL_M = 0.05
ARRIVED_M = 0.02
ARRIVED_RAD = 0.03
SETTLE_TICKS = 10
Destination = Literal["target", "goal"]


@dataclass
class _Tour:
    """What the skills of one task agree on: whether everything is done from one place."""

    one_place: bool = True


def mobile_skills(task: TaskSpec, skills: list["Skill"]) -> list["Skill"]:
    """Return the skills of a one-step task with the driving that a mobile base does before them.

    It drives to the target first, unless all is within reach from where it is. What is put far away is picked up, then
    driven there.
    """
    tour = _Tour()
    if isinstance(task.goal, PlaceGoal):
        return [
            Navigate(task, "target", tour),
            _PickToCarry(task, tour),
            Navigate(task, "goal", tour),
            Place(task),
        ]
    return [Navigate(task, "target", tour), *skills]


class Navigate:
    """Drive to the target, or with the thing in the hand to its goal. Where that is reached already, do nothing."""

    name = "navigate"

    def __init__(self, task: TaskSpec, destination: Destination, tour: _Tour) -> None:
        self.task, self.destination, self._tour = task, destination, tour
        where = task.target_object
        if destination == "goal":
            assert isinstance(task.goal, PlaceGoal)
            where = task.goal.support_id
        self.instruction = f"drive to the {where}"
        self._wanted: Array | None = None

    def plan(self, ctx: MotionContext) -> NDArray[np.float32]:
        """Return actions (n, A), none where it may stay; raises PlanningError UNREACHABLE, DROPPED or NO_PATH."""
        self._wanted = None
        finder = BaseFinder(ctx.scene, ctx.embodiment, ctx.rng, ctx.arm)
        here = Pose.from_matrix(ctx.pose_world_base)
        if self.destination == "target":
            self._tour.one_place = not is_far(ctx.scene, self.task)
            need = task_need(ctx.scene, self.task, ctx.embodiment)
            if finder.meets(need, here):
                return _stay(ctx)
            return self._drive(ctx, finder, need, target_of(ctx.scene, self.task))
        if self._tour.one_place:
            return _stay(ctx)
        assert isinstance(self.task.goal, PlaceGoal)
        need = self._goal_need(ctx, self.task.goal)
        position = goal_pose(ctx, self.task.goal)[:3, 3]
        return self._drive(ctx, finder, need, Target(self.task.goal.support_id, position))

    def verify(self, ctx: MotionContext) -> None:
        """Raise GOAL_MISSED unless the base stands within 2 cm and 0.03 rad of where it was to go, DROPPED unless the
        hand still holds what it carries."""
        if self._wanted is None:
            return
        away = np.abs(ctx.data.qpos[ctx.index.base_qpos] - self._wanted)
        if np.hypot(*away[:2]) > ARRIVED_M or away[2] > ARRIVED_RAD:
            text = f"the base is {1000 * np.hypot(*away[:2]):.0f} mm and {away[2]:.3f} rad from where it was to stand"
            raise PlanningError(FailureReason.GOAL_MISSED, text)
        if self.destination == "goal" and not all(ctx.finger_contacts(self.task.target_object)):
            raise PlanningError(FailureReason.DROPPED, f"{self.task.target_object} fell on the way")

    def _drive(self, ctx: MotionContext, finder: BaseFinder, need: Need, target: Target) -> NDArray[np.float32]:
        stances = finder.bases_meeting(need, [target], BASES)
        if not stances:
            raise PlanningError(FailureReason.UNREACHABLE, f"no base on free floor reaches {target.object_id}")
        route = Route(ctx)
        opening, near = self._fold(ctx, route)
        problem = ""
        for stance in stances:
            path = plan_drive(ctx, _base_joints(ctx, stance), route.q, opening, near)
            if path is None:
                problem = f"{problem} no way to ({stance.position[0]:.2f}, {stance.position[1]:.2f})"
                continue
            actions = np.tile(_last(ctx, route), (len(path), 1))
            actions[:, : path.shape[1]] = path
            route.append(actions.astype(np.float32))
            route.wait(SETTLE_TICKS)
            self._wanted = path[-1]
            return route.actions
        raise PlanningError(FailureReason.NO_PATH, f"the base cannot drive to {target.object_id}:{problem}")

    def _fold(self, ctx: MotionContext, route: Route) -> tuple[float, frozenset[int]]:
        """Bring the arm home, with what it holds; return the fingers' true opening and what may touch what is held."""
        ctx.planning.sync(ctx.data)
        if self.destination == "target":
            route.move_free(ctx.kinematics.home)
            return route.opening_m, frozenset()
        target = self.task.target_object
        if not any(ctx.finger_contacts(target)):
            raise PlanningError(FailureReason.DROPPED, f"{target} is no longer in the hand")
        opening = ctx.memory["grasp"].opening_m
        ctx.planning.hold(target, _pose_grasp_object(ctx, target))
        ctx.planning.is_free(route.q, opening, Clearance())
        near = ctx.planning.near_held()
        route.move_free(ctx.kinematics.home, near=near, planned_opening_m=opening)
        return opening, near

    def _goal_need(self, ctx: MotionContext, goal: PlaceGoal) -> Need:
        """Return the hand poses that hold the thing as it is held now just above its goal, turned in any way."""
        pose_object_grasp = np.linalg.inv(_pose_grasp_object(ctx, self.task.target_object))
        above = goal_pose(ctx, goal)
        above[2, 3] += OVER_GOAL_M
        turns = [Pose.of((0, 0, 0), quat_wxyz_from_yaw(yaw)).matrix() for yaw in YAWS_RAD]
        owners = (self.task.target_object, goal.support_id)
        touched = {body_name(owner, link) for owner in owners for link in ctx.scene.asset(owner).links}
        chains = tuple((above @ turn @ pose_object_grasp,) for turn in turns)
        return Need(chains, continuous=False, touched=frozenset(touched))


class _PickToCarry(Pick):
    """A pick that asks whether the goal is within reach only where the robot does not drive there."""

    def __init__(self, task: TaskSpec, tour: _Tour) -> None:
        super().__init__(task)
        self._tour = tour

    def _goal_is_reachable(
        self, ctx: MotionContext, q: Array, pose_link_grasp: Array, candidate: GraspCandidate
    ) -> bool:
        if not self._tour.one_place:
            return True
        return super()._goal_is_reachable(ctx, q, pose_link_grasp, candidate)


def _stay(ctx: MotionContext) -> NDArray[np.float32]:
    return np.zeros((0, ctx.embodiment.action_size), np.float32)


def _last(ctx: MotionContext, route: Route) -> Array:
    """Return the action (A,) at a route's end."""
    last = ctx.commanded_action
    slots = ctx.embodiment.slots(ctx.arm)
    last[slots.joints], last[slots.gripper] = route.q, route.opening_m
    return last


def _pose_grasp_object(ctx: MotionContext, object_id: str) -> Array:
    pose_world_object = ctx.link_pose(object_id, ctx.scene.asset(object_id).links[0].name)
    pose: Array = np.linalg.inv(ctx.pose_world_grasp) @ pose_world_object
    return pose


def _base_joints(ctx: MotionContext, stance: Pose) -> Array:
    """Return the positions (3,) x, y, yaw of the base's joints at a pose in the world, with the nearer of two turns."""
    body = ctx.index.base_body
    at_zero = Pose.of(ctx.model.body_pos[body], ctx.model.body_quat[body])
    local = at_zero.inverse() @ stance
    now = ctx.commanded_base[2]
    yaw = yaw_from_quat_wxyz(local.quat_wxyz)
    yaw += 2 * np.pi * round((now - yaw) / (2 * np.pi))
    return np.array([local.position[0], local.position[1], yaw])
