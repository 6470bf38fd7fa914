"""Pushing a thing along the surface that it stands on, with closed fingers."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.episode import FailureReason
from blueprint.contracts.frames import Pose, quat_wxyz_from_axis_angle
from blueprint.contracts.scene import Scene
from blueprint.contracts.task import PushGoal, TaskSpec
from blueprint.motion.cartesian import follow, shifted
from blueprint.motion.collision import Clearance
from blueprint.motion.context import MotionContext, PlanningError, body_name
from blueprint.motion.finger_tips import finger_tips
from blueprint.motion.needs import Need, link_pose_at
from blueprint.motion.route import Route, straight_path
from blueprint.robots.embodiment import Embodiment

__all__ = ["Push", "need", "skills"]

Array = NDArray[np.float64]

TILTS_RAD = (0.0, 0.4, 0.8, 1.1)  # how far the hand leans back, so that it passes beside tall things
HEIGHTS = (0.4, 0.25)  # of the thing, where the tips push it
LOWEST_TIP_M, HIGHEST_TIP_M = 0.004, 0.02  # above the surface: low pushes topple nothing
GAP_M = 0.02  # between the tips and the thing, when they come down behind it
DESCENTS_M = (0.12, 0.08, 0.05, 0.03)
STEP_M = 0.004
PUSH_PACE = 0.35
SETTLE_TICKS = 6
BACK_OFFS_M = (0.03, 0.015)
IN_NEED_TIP_M = 0.01  # before there is a model to measure: how far tips reach beyond the grasp frame


@dataclass(frozen=True)
class _Way:
    """Configurations on the way down behind the thing, along the push, and back and up from there."""

    down: Array
    push: Array
    back: Array
    up: Array


class Push:
    """Close the hand, come down behind the thing, slide it to the goal, draw back."""

    name = "push"

    def __init__(self, task: TaskSpec) -> None:
        assert isinstance(task.goal, PushGoal)
        self.task = task
        self.goal = task.goal
        self.instruction = task.instruction

    def plan(self, ctx: MotionContext) -> NDArray[np.float32]:
        """Return actions (n, A); raises PlanningError UNREACHABLE or NO_PATH."""
        problem = PlanningError(FailureReason.UNREACHABLE, f"no place behind {self.task.target_object} to push it from")
        for pose in self._starts(ctx):
            ctx.planning.sync(ctx.data)
            way = self._way(ctx, pose)
            if way is None:
                continue
            try:
                return self._route(ctx, way)
            except PlanningError as error:
                problem = error
        raise problem

    def verify(self, ctx: MotionContext) -> None:
        """Raise GOAL_MISSED unless the thing is within the tolerance of its goal and the hand has let go of it."""
        target = self.task.target_object
        missed = float(np.linalg.norm(self._shift(ctx)))
        if missed > self.goal.tolerance_m or ctx.robot_touches(target):
            touching = "still touches the hand" if ctx.robot_touches(target) else "was let go"
            text = f"{target} {touching} and is {1000 * missed:.0f} mm from its goal"
            raise PlanningError(FailureReason.GOAL_MISSED, text)

    def _shift(self, ctx: MotionContext) -> Array:
        """How the thing has yet to move (3,), level, in the world."""
        region = ctx.region_pose(self.goal.support_id, self.goal.region)
        wanted = region @ np.array([*self.goal.position, 0.0, 1.0])
        shift = np.asarray(wanted[:3] - ctx.body_pose(ctx.link_body(self.task.target_object, self._root(ctx)))[:3, 3])
        shift[2] = 0.0
        return shift

    def _root(self, ctx: MotionContext) -> str:
        return ctx.scene.asset(self.task.target_object).links[0].name

    def _starts(self, ctx: MotionContext) -> Iterator[Array]:
        """Yield world poses (4, 4) of the grasp frame behind the thing, the least tilted first."""
        ctx.planning.sync(ctx.data)
        tips = finger_tips(ctx, 0.0)
        pose = ctx.link_pose(self.task.target_object, self._root(ctx))
        size = ctx.scene.asset(self.task.target_object).size_m
        shift = self._shift(ctx)
        distance = float(np.linalg.norm(shift))
        if distance < 1e-3:
            raise PlanningError(FailureReason.UNREACHABLE, f"{self.task.target_object} is at its goal already")
        for tilt in TILTS_RAD:
            for height in HEIGHTS:
                for flip in (False, True):
                    yield _start(pose, size, shift / distance, height, tilt, tips.reach_m, tips.half_x_m, flip)

    def _way(self, ctx: MotionContext, pose: Array) -> _Way | None:
        target, planning = self.task.target_object, ctx.planning
        root = frozenset({int(ctx.model.body(target).id)})
        free = Clearance(pad_m=0.001)
        beside = Clearance(pad_m=0.001, near=root, near_depth_m=1.0)  # whatever the thing itself may be
        to_base = np.linalg.inv(ctx.pose_world_base)
        shift = self._shift(ctx)
        for q in ctx.kinematics.solutions(to_base @ pose, ctx.arm_spec.home_qpos, ctx.rng, attempts=6)[:3]:
            if not planning.is_free(q, 0.0, free):
                continue
            upwards = self._up(ctx, q, pose, free)
            if upwards is None:
                continue
            contact = self._contact(ctx, q, pose, shift, beside)
            if contact is None:
                continue
            until = contact + float(np.linalg.norm(shift))
            push = self._follow(ctx, q, pose, shift, until)
            if push is None or not self._is_free_along(ctx, push, contact, pose, shift, root):
                continue
            planning.sync(ctx.data)
            end = shifted(pose, shift / np.linalg.norm(shift) * until)
            for back_off in BACK_OFFS_M:
                back = self._follow(ctx, push[-1], end, -shift, back_off)
                if back is None or not all(planning.is_free(at, 0.0, beside) for at in back):
                    continue
                behind = shifted(end, -shift / np.linalg.norm(shift) * back_off)
                up = self._up(ctx, back[-1], behind, beside)
                if up is not None:
                    return _Way(upwards[::-1], push, back, up)
        return None

    def _up(self, ctx: MotionContext, q: Array, pose: Array, clearance: Clearance) -> Array | None:
        for height in DESCENTS_M:
            path = straight_path(ctx, q, shifted(pose, np.array([0.0, 0.0, height])), 0.0, clearance)
            if path is not None:
                return path
        return None

    def _follow(self, ctx: MotionContext, q: Array, pose: Array, way: Array, distance: float) -> Array | None:
        """Configurations (n, dof) along a level straight line of the grasp frame, which keeps its orientation."""
        to_base = np.linalg.inv(ctx.pose_world_base)
        direction = way / np.linalg.norm(way)
        count = max(1, int(np.ceil(distance / STEP_M)))
        poses = [to_base @ shifted(pose, direction * distance * k / count) for k in range(1, count + 1)]
        return follow(ctx.kinematics, q, poses)

    def _contact(self, ctx: MotionContext, q: Array, pose: Array, shift: Array, beside: Clearance) -> float | None:
        """How far the tips go before they touch the thing, m; None where they meet something else or nothing."""
        size = ctx.scene.asset(self.task.target_object).size_m
        furthest = GAP_M + float(np.hypot(size[0], size[1]))
        path = self._follow(ctx, q, pose, shift, furthest)
        touching = Clearance(pad_m=0.0)
        if path is None:  # what is reached of the way may do
            path = self._follow(ctx, q, pose, shift, 2 * GAP_M)
            furthest = 2 * GAP_M
        if path is None:
            return None
        for k, at in enumerate(path):
            if not ctx.planning.is_free(at, 0.0, beside):
                return None
            if not ctx.planning.is_free(at, 0.0, touching):
                return furthest * k / (len(path) - 1)
        return None

    def _is_free_along(
        self, ctx: MotionContext, path: Array, contact: float, pose: Array, shift: Array, root: frozenset[int]
    ) -> bool:
        """Whether nothing is in the way of the hand, nor of the thing once the tips have met it."""
        planning, target = ctx.planning, self.task.target_object
        touched = shifted(pose, shift / np.linalg.norm(shift) * contact)
        pose_world_object = ctx.link_pose(target, self._root(ctx))
        before = round((len(path) - 1) * contact / (contact + float(np.linalg.norm(shift))))
        beside = Clearance(pad_m=0.001, near=root, near_depth_m=1.0)
        if not all(planning.is_free(q, 0.0, beside) for q in path[: before + 1]):
            return False
        planning.hold(target, np.linalg.inv(touched) @ pose_world_object)
        planning.is_free(path[before], 0.0, beside)
        sliding = Clearance(pad_m=0.001, near=planning.near_held())
        return all(planning.is_free(q, 0.0, sliding) for q in path[before:])

    def _route(self, ctx: MotionContext, way: _Way) -> NDArray[np.float32]:
        route = Route(ctx)
        route.move_gripper(0.0, settle_ticks=2)
        route.move_free(way.down[0])
        route.move_along(way.down)
        route.move_along(way.push, pace=PUSH_PACE)
        route.wait(SETTLE_TICKS)
        route.move_along(way.back, pace=PUSH_PACE)
        route.move_along(way.up)
        route.wait(SETTLE_TICKS)
        return route.actions


def skills(task: TaskSpec) -> list[Push]:
    """Return the skill that does a PushGoal."""
    return [Push(task)]


def need(scene: Scene, task: TaskSpec, embodiment: Embodiment) -> Need:
    """Return hand poses over the place behind the thing, there, where the push ends, and over that."""
    assert isinstance(task.goal, PushGoal)
    target, support = task.target_object, scene.asset(task.goal.support_id)
    region = support.region(task.goal.region)
    pose = scene.pose_world_object(target).matrix()
    on_support = link_pose_at(support, support.link(region.link), 0.0) @ region.pose_link_region.matrix()
    wanted = scene.pose_world_object(task.goal.support_id).matrix() @ on_support @ [*task.goal.position, 0.0, 1.0]
    shift = np.asarray(wanted[:3] - pose[:3, 3], np.float64)
    shift[2] = 0.0
    size = scene.asset(target).size_m
    way = shift / max(float(np.linalg.norm(shift)), 1e-6)
    starts = [
        _start(pose, size, way, HEIGHTS[0], tilt, IN_NEED_TIP_M, IN_NEED_TIP_M, flip)
        for tilt in TILTS_RAD
        for flip in (False, True)
    ]
    touched = frozenset(body_name(target, link) for link in scene.asset(target).links)
    up = np.array([0.0, 0.0, DESCENTS_M[-2]])
    ends = [(start, shifted(start, shift)) for start in starts]
    chains = tuple((shifted(start, up), start, end, shifted(end, up)) for start, end in ends)
    return Need(chains, continuous=False, touched=touched)


def _start(
    pose_world_object: Array,
    size: tuple[float, float, float],
    way: Array,
    height: float,
    tilt: float,
    reach: float,
    half_x: float,
    flip: bool,
) -> Array:
    """Return the grasp frame behind a thing: pointing down, its X along the push (or against it, if `flip`), leaning
    back by `tilt`; its tips stand `GAP_M` behind the thing's box, at `height` of the thing above its foot."""
    side = np.cross([0.0, 0.0, 1.0], way)
    lean = Pose.of((0, 0, 0), quat_wxyz_from_axis_angle(tuple(side), -tilt)).matrix()[:3, :3]
    sign = -1.0 if flip else 1.0
    down = np.array([0.0, 0.0, -1.0])
    rotation = lean @ np.column_stack([sign * way, np.cross(down, sign * way), down])
    corners = np.array([(x * size[0] / 2, y * size[1] / 2, 0.0) for x in (-1, 1) for y in (-1, 1)])
    behind = float((corners @ pose_world_object[:3, :3].T @ way).min())
    tip_z = float(np.clip(height * size[2], LOWEST_TIP_M, HIGHEST_TIP_M))
    # The lowest and the foremost point of the tips' box, seen from the grasp frame's origin.
    ends = np.array([(x * half_x, 0.0, reach) for x in (-1, 1)]) @ rotation.T
    origin = pose_world_object[:3, 3] + way * (behind - GAP_M - float((ends @ way).max()))
    origin = origin + np.array([0.0, 0.0, tip_z - float(ends[:, 2].min())])
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = rotation, origin
    return pose
