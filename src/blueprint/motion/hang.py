"""Hanging a held thing on a hook: its loop goes over the tip, along the hook, and down onto it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import Region
from blueprint.contracts.episode import FailureReason
from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose, Vec3, quat_wxyz_from_axis_angle
from blueprint.contracts.scene import Scene
from blueprint.contracts.task import HangGoal, TaskSpec
from blueprint.motion.cartesian import shifted
from blueprint.motion.collision import Clearance
from blueprint.motion.context import MotionContext, PlanningError
from blueprint.motion.grasps import GraspCandidate, grasp_candidates
from blueprint.motion.insert import held_pose
from blueprint.motion.loops import Loop, loop_of
from blueprint.motion.needs import Need
from blueprint.motion.pick import Pick
from blueprint.motion.release import let_go
from blueprint.motion.route import Route, straight_path
from blueprint.motion.skills import Skill
from blueprint.robots.embodiment import Embodiment

__all__ = ["Hang", "PickToHang", "hang_pose", "need", "skills"]

Array = NDArray[np.float64]

ROLLS_RAD = (0.0, 0.3, -0.3, 0.6, -0.6, 0.9, -0.9, 1.2, -1.2)  # from how it will hang, least first
BEYOND_TIP_M = 0.015
GAP_M = 0.001  # between loop and hook where it is let go
BEFORE_ROOT_M = 0.006
BEHIND_TIP_M = 0.008
ALONG_SHARE = 0.6
NEAR_PACE = 0.5
OPEN_BY_M = (0.03, 0.015, 0.006)
RETREATS_M = (0.12, 0.08, 0.05, 0.03)
SWING_TICKS = 30
WAYS = 6
NEEDED_GRASPS = 24
NEEDED_ROLLS = 5
MAX_OFF_M = 0.05


def skills(task: TaskSpec) -> list[Skill]:
    """Return the skills of a hang task: take the thing so that its loop is free, and hang it up."""
    return [PickToHang(task), Hang(task)]


def hang_pose(loop: Loop, hook: Region) -> Pose | None:
    """Return how a thing hangs on a hook, its frame in the hook's region, or None where the hook is too short.

    The loop is well along the hook, no nearer to its root than the thing is thick, and not at its very tip.
    """
    length = hook.clearance_m
    nearest, farthest = BEFORE_ROOT_M - loop.low, length - BEHIND_TIP_M - loop.half
    if nearest > farthest:
        return None
    at = float(np.clip(ALONG_SHARE * length, nearest, farthest))
    rotation = np.eye(4)
    own = np.column_stack([np.cross(loop.up, loop.normal), loop.up, loop.normal])  # the hook's X, Y and Z in the thing
    rotation[:3, :3] = own.T
    rotation[:3, 3] = np.array([0.0, 0.0, at]) - own.T @ loop.rest
    return Pose.from_matrix(rotation).rounded()


def need(scene: Scene, task: TaskSpec, embodiment: Embodiment) -> Need:
    """Return hand poses at grasps of the thing, each where it stands, beyond the hook's tip, and on the hook."""
    goal, target = _goal(task), task.target_object
    asset, pose = scene.asset(target), scene.pose_world_object(target).matrix()
    home = np.diag([1.0, -1.0, -1.0, 1.0])
    poses = {link.name: pose @ asset.poses_asset_link()[link.name].matrix() for link in asset.links}
    owner = scene.asset(goal.support_id)
    hook = owner.region(goal.region)
    frame = (scene.pose_world_object(goal.support_id) @ owner.pose_asset_region(hook)).matrix()
    moves = list(_moves(scene, task, frame, NEEDED_ROLLS))
    chains = []
    for grasp in grasp_candidates(asset, poses, home, embodiment.opening_max_m)[:NEEDED_GRASPS]:
        held = np.linalg.inv(pose) @ poses[grasp.link] @ grasp.pose_link_grasp
        chains += [(pose @ held, move.outside @ held, move.hung @ held) for move in moves]
    return Need(tuple(chains), continuous=False, touched=frozenset({target, goal.support_id}))


class PickToHang(Pick):
    """Take the thing with a grasp from which it can be brought onto the hook."""

    def _goal_is_reachable(
        self, ctx: MotionContext, q: Array, pose_link_grasp: Array, candidate: GraspCandidate
    ) -> bool:
        pose_grasp_object = np.asarray(np.linalg.inv(pose_link_grasp), np.float64)  # what has a loop is one link
        ctx.planning.hold(self.task.target_object, pose_grasp_object)
        found = next(_ways(ctx, self.task, pose_grasp_object, q, candidate.width_m), None)
        ctx.planning.sync(ctx.data)
        return found is not None


class Hang:
    """Bring the loop before the tip, over it, down onto the hook; let go, draw back, and let it swing out."""

    name = "hang"

    def __init__(self, task: TaskSpec) -> None:
        self.task = task
        self.instruction = f"hang the {task.target_object} on the {_goal(task).support_id}"

    def plan(self, ctx: MotionContext) -> NDArray[np.float32]:
        """Return actions (n, k); raises PlanningError DROPPED, UNREACHABLE or NO_PATH."""
        target = self.task.target_object
        if not any(ctx.finger_contacts(target)):
            raise PlanningError(FailureReason.DROPPED, f"{target} is no longer in the hand")
        pose_grasp_object = held_pose(ctx, target)
        ctx.planning.sync(ctx.data)
        ctx.planning.hold(target, pose_grasp_object)
        opening = ctx.memory["grasp"].opening_m
        problem = PlanningError(FailureReason.UNREACHABLE, f"no way to bring {target} onto {_goal(self.task).region}")
        for number, way in enumerate(_ways(ctx, self.task, pose_grasp_object, ctx.commanded_q, opening)):
            if number == WAYS:
                break
            try:
                return self._route(ctx, way, pose_grasp_object, opening)
            except PlanningError as error:
                problem = error
                ctx.planning.sync(ctx.data)
                ctx.planning.hold(target, pose_grasp_object)
        raise problem

    def _route(self, ctx: MotionContext, way: "_Way", pose_grasp_object: Array, opening: float) -> NDArray[np.float32]:
        route = Route(ctx)
        near = _near(ctx, self.task)
        ctx.planning.is_free(route.q, opening, Clearance(near=near))
        route.move_free(way.path[0], near=ctx.planning.near_held(), planned_opening_m=opening)
        route.move_along(way.path, pace=NEAR_PACE)
        route.wait(4)
        ctx.planning.is_free(way.path[-1], opening, Clearance(near=near))
        ctx.planning.release()
        clearance = Clearance(
            pad_m=0.0, near=near | {int(ctx.model.body(self.task.target_object).id)}, near_depth_m=0.002
        )
        pose = ctx.pose_world_base @ ctx.kinematics.forward(route.q)
        if let_go(
            ctx,
            route,
            pose,
            opening,
            clearance,
            open_by_m=OPEN_BY_M,
            retreats_m=RETREATS_M,
            open_ticks=4,
            speed_factor=0.6,
            wait_ticks=SWING_TICKS,
        ):
            return route.actions
        raise PlanningError(FailureReason.NO_PATH, f"no way for the hand from {self.task.target_object} on its hook")

    def verify(self, ctx: MotionContext) -> None:
        """Raise GOAL_MISSED unless the hand has let go and the thing is where it hangs, off the ground."""
        target, goal = self.task.target_object, _goal(self.task)
        frame = ctx.region_pose(goal.support_id, goal.region)
        loop, hook = _loop(ctx.scene, self.task), ctx.scene.region(goal.support_id, goal.region)
        pose = ctx.link_pose(target, ctx.scene.asset(target).links[0].name)
        x, y, z = (np.linalg.inv(frame) @ pose @ [*loop.rest, 1.0])[:3]
        off = float(np.hypot(x, y))
        if ctx.robot_touches(target) or off > MAX_OFF_M or not 0.0 < z < hook.clearance_m:
            touching = "still touches the hand" if ctx.robot_touches(target) else "was let go"
            text = f"{target} {touching}, its loop {1000 * off:.0f} mm from {goal.region}, {1000 * z:.0f} mm along it"
            raise PlanningError(FailureReason.GOAL_MISSED, text)


@dataclass(frozen=True)
class _Move:
    """Poses (4, 4) of a thing in the world: before the tip, on the hook without touching it, and let down onto it."""

    outside: Array
    inside: Array
    hung: Array


@dataclass(frozen=True)
class _Way:
    """The arm's configurations (n, dof) of a move, from before the tip on."""

    path: Array


def _moves(scene: Scene, task: TaskSpec, frame: Array, rolls: int = len(ROLLS_RAD)) -> Iterator[_Move]:
    """Yield moves onto the hook at `frame` (4, 4): as it will hang or rolled from that about the hook, either way
    round."""
    goal, loop = _goal(task), _loop(scene, task)
    hook = scene.region(goal.support_id, goal.region)
    hanging = goal.pose_region_object.matrix()
    at = hanging[:3, :3] @ loop.rest + hanging[:3, 3]
    about = np.eye(4)
    about[:3, 3] = at
    for roll in ROLLS_RAD[:rolls]:
        for turn in (0.0, np.pi):
            rotation = _turn((0, 0, 1), roll) @ _turn((0, 1, 0), turn)
            pose: Array = frame @ about @ rotation @ np.linalg.inv(about) @ hanging
            play = pose[:3, :3] @ (loop.rest - loop.center)
            gap = GAP_M * play / max(float(np.linalg.norm(play)), 1e-9)
            inside = shifted(pose, play)
            out = frame[:3, 2] * (hook.clearance_m - at[2] + loop.half + BEYOND_TIP_M)
            yield _Move(shifted(inside, out), inside, shifted(pose, gap))


def _ways(ctx: MotionContext, task: TaskSpec, pose_grasp_object: Array, q: Array, opening: float) -> Iterator[_Way]:
    """Yield moves of the held thing that the arm can follow, touching nothing but the hook's owner lightly."""
    goal = _goal(task)
    to_base = np.linalg.inv(ctx.pose_world_base)
    pose_object_grasp = np.asarray(np.linalg.inv(pose_grasp_object), np.float64)
    clearance = Clearance(pad_m=0.001, near=_near(ctx, task))
    for move in _moves(ctx.scene, task, ctx.region_pose(goal.support_id, goal.region)):
        outside, inside, hung = (pose @ pose_object_grasp for pose in (move.outside, move.inside, move.hung))
        first = np.asarray(to_base @ outside, np.float64)
        for start in ctx.kinematics.solutions(first, q, ctx.rng, attempts=3)[:2]:
            if not ctx.planning.is_free(start, opening, clearance):
                continue
            along = straight_path(ctx, start, inside, opening, clearance)
            down = None if along is None else straight_path(ctx, along[-1], hung, opening, clearance)
            if along is not None and down is not None:
                yield _Way(np.concatenate([along, down[1:]]))
                break


def _turn(axis: Vec3, angle: float) -> Array:
    found: Array = Pose.of((0, 0, 0), quat_wxyz_from_axis_angle(axis, angle)).matrix()
    return found


def _near(ctx: MotionContext, task: TaskSpec) -> frozenset[int]:
    return frozenset({int(ctx.model.body(_goal(task).support_id).id)})


def _loop(scene: Scene, task: TaskSpec) -> Loop:
    goal = _goal(task)
    loop = loop_of(scene.asset(task.target_object), scene.region(goal.support_id, goal.region).half_extents[0])
    if loop is None:
        raise InputError(f"{task.target_object} has no loop for {goal.region}.", remedy="hang something else.")
    return loop


def _goal(task: TaskSpec) -> HangGoal:
    assert isinstance(task.goal, HangGoal)
    return task.goal
