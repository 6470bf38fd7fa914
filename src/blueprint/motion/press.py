"""Pressing a button or a switch with closed fingers, and drawing back."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import Joint, Link
from blueprint.contracts.episode import FailureReason
from blueprint.contracts.frames import Pose, quat_wxyz_from_axis_angle
from blueprint.contracts.scene import Scene
from blueprint.contracts.task import PressGoal, TaskSpec
from blueprint.motion.articulate import joint_motion
from blueprint.motion.cartesian import follow, shifted
from blueprint.motion.collision import Clearance
from blueprint.motion.context import ChosenGrasp, MotionContext, PlanningError, body_name
from blueprint.motion.finger_tips import FingerTips, finger_tips
from blueprint.motion.needs import Need, link_pose_at
from blueprint.motion.press_points import PressPoint, press_points
from blueprint.motion.route import Route, straight_path
from blueprint.robots.embodiment import Embodiment

__all__ = ["Press", "Withdraw", "need", "skills"]

Array = NDArray[np.float64]

APPROACHES_M = (0.08, 0.05, 0.03)
ROLLS = 8  # of the hand about its approach
TILTS_RAD = (0.0, 0.35, -0.35)
MAX_POINTS = 4
STEPS = 12  # of the way that the button goes
OVER_M = 0.0015  # pressed so much deeper than asked: fingers and servo give a little
TOUCH_DEPTH_M = 0.004
SEARCH_M, SEARCH_STEP_M = 0.012, 0.001  # around where the fingers should touch
PRESS_PACE = 0.4
HOLD_TICKS = 6
SETTLE_TICKS = 6
IN_NEED = FingerTips(0.01, 0.01, 0.018)  # before there is a model to measure: tips of the usual size


class Press:
    """Close the hand, come up to the button, push it in along its joint's path, and stay there."""

    name = "press"

    def __init__(self, task: TaskSpec) -> None:
        assert isinstance(task.goal, PressGoal)
        self.task = task
        self.goal = task.goal
        self.instruction = task.instruction

    def plan(self, ctx: MotionContext) -> NDArray[np.float32]:
        """Return actions (n, A); raises PlanningError NO_GRASP, UNREACHABLE or NO_PATH."""
        target = self.task.target_object
        link = _link_of(ctx.scene, self.task)
        points = press_points(ctx.scene.asset(target), link)[:MAX_POINTS]
        if not points:
            raise PlanningError(FailureReason.NO_GRASP, f"{target}/{link.name} has no face that can be pressed")
        problem = PlanningError(FailureReason.UNREACHABLE, f"{target}/{link.name} is out of reach of closed fingers")
        ctx.planning.sync(ctx.data)
        tips = finger_tips(ctx, 0.0)
        for point in points:
            for turn in _turns(point.inward):
                ctx.planning.sync(ctx.data)
                try:
                    route = self._route(ctx, link, point, turn, tips)
                except PlanningError as error:
                    problem = error
                    continue
                if route is not None:
                    return route.actions
        raise problem

    def verify(self, ctx: MotionContext) -> None:
        """Raise JOINT_STUCK unless the joint is where the goal wants it, while the fingers still hold it there."""
        value = ctx.joint_value(self.task.target_object, self.goal.joint)
        if value < self.goal.value:
            text = f"{self.task.target_object}/{self.goal.joint} is at {value:.4f}, wanted {self.goal.value:.4f}"
            raise PlanningError(FailureReason.JOINT_STUCK, text)

    def _route(self, ctx: MotionContext, link: Link, point: PressPoint, turn: Array, tips: FingerTips) -> Route | None:
        """`turn` is the rotation (3, 3) of the grasp frame in the link's frame at 0."""
        target, joint = self.task.target_object, link.joint
        assert joint is not None
        planning = ctx.planning
        near = frozenset({int(ctx.model.body(target).id)})
        touching = Clearance(pad_m=0.001, near=near, near_depth_m=TOUCH_DEPTH_M)
        before = ctx.joint_value(target, self.goal.joint)
        after = min(self.goal.value + OVER_M / point.travel, joint.upper)
        # The body's pose holds the joint's own motion so far: what is needed is the link at 0.
        pose_world_rest = ctx.link_pose(target, link.name) @ np.linalg.inv(joint_motion(joint, before))
        to_base = np.linalg.inv(ctx.pose_world_base)
        values = np.linspace(before, after, STEPS)
        estimates = [to_base @ _hand_pose(pose_world_rest, joint, point, turn, tips, value) for value in values]
        inward = to_base[:3, :3] @ pose_world_rest[:3, :3] @ point.inward
        for start in ctx.kinematics.solutions(estimates[0], ctx.arm_spec.home_qpos, ctx.rng, attempts=4)[:2]:
            offset = self._contact(ctx, link, start, estimates[0], inward)
            if offset is None:
                continue
            poses = [shifted(pose, offset * inward) for pose in estimates]
            q = ctx.kinematics.descend(poses[0], start)
            if q is None or not planning.is_free(q, 0.0, touching):
                continue
            press = follow(ctx.kinematics, q, poses[1:])
            if press is None or not self._is_free_along(ctx, press, values, touching):
                continue
            for distance in APPROACHES_M:
                back = np.eye(4)
                back[2, 3] = -distance
                away = straight_path(ctx, q, ctx.pose_world_base @ poses[0] @ back, 0.0, touching)
                if away is not None:
                    break
            else:
                continue
            route = Route(ctx)
            route.move_gripper(0.0, settle_ticks=2)
            route.move_free(away[-1])
            route.move_along(away[::-1])
            route.move_along(press, pace=PRESS_PACE)
            route.wait(HOLD_TICKS)
            tip = pose_world_rest @ np.append(point.point, 1.0)
            pose_link_grasp = np.linalg.inv(pose_world_rest) @ ctx.pose_world_base @ poses[0]
            height = float(tip[2])
            ctx.memory["grasp"] = ChosenGrasp("closed_fingers", target, link.name, pose_link_grasp, 0.0, height)
            return route
        return None

    def _contact(self, ctx: MotionContext, link: Link, q: Array, pose: Array, inward: Array) -> float | None:
        """How far from `pose` (4, 4, in the base) inward the fingers first touch the button at rest, m.

        Fingers are not the box that they are taken for at first. None where they meet something else before.
        """
        button = body_name(self.task.target_object, link)
        count = round(2 * SEARCH_M / SEARCH_STEP_M)
        offsets = np.linspace(-SEARCH_M, SEARCH_M, count + 1)
        away = ctx.kinematics.descend(shifted(pose, offsets[0] * inward), q)
        if away is None:
            return None
        path = follow(ctx.kinematics, away, [shifted(pose, offset * inward) for offset in offsets[1:]])
        if path is None:
            return None
        for at, offset in zip(path, offsets, strict=True):
            met = ctx.planning.collision(at, 0.0, Clearance(pad_m=0.0))
            if met is not None:
                return float(offset) if button in met.split() else None
        return None

    def _is_free_along(self, ctx: MotionContext, path: Array, values: Array, clearance: Clearance) -> bool:
        target, joint = self.task.target_object, self.goal.joint
        for q, value in zip(path, values, strict=True):
            ctx.planning.set_joint(target, joint, float(value))
            if not ctx.planning.is_free(q, 0.0, clearance):
                ctx.planning.sync(ctx.data)
                return False
        ctx.planning.sync(ctx.data)
        return True


class Withdraw:
    """Draw the closed fingers back along their approach."""

    name = "withdraw"

    def __init__(self, task: TaskSpec) -> None:
        self.task = task
        self.instruction = "draw back"

    def plan(self, ctx: MotionContext) -> NDArray[np.float32]:
        """Return actions (n, A); raises PlanningError NO_PATH."""
        target = self.task.target_object
        ctx.planning.sync(ctx.data)
        near = frozenset({int(ctx.model.body(target).id)})
        touching = Clearance(pad_m=0.0, near=near, near_depth_m=TOUCH_DEPTH_M)
        route = Route(ctx)
        here = ctx.pose_world_base @ ctx.kinematics.forward(route.q)
        for distance in APPROACHES_M:
            back = np.eye(4)
            back[2, 3] = -distance
            path = straight_path(ctx, route.q, here @ back, 0.0, touching)
            if path is not None:
                route.move_along(path)
                route.wait(SETTLE_TICKS)
                return route.actions
        raise PlanningError(FailureReason.NO_PATH, f"no straight way back from {target}")

    def verify(self, ctx: MotionContext) -> None:
        """Raise GOAL_MISSED where the hand still touches the thing."""
        if ctx.robot_touches(self.task.target_object):
            raise PlanningError(FailureReason.GOAL_MISSED, f"the hand still touches {self.task.target_object}")


def skills(task: TaskSpec) -> list[Press | Withdraw]:
    """Return the skills that do a PressGoal."""
    return [Press(task), Withdraw(task)]


def need(scene: Scene, task: TaskSpec, embodiment: Embodiment) -> Need:
    """Return hand poses in front of the button and where it is pressed in."""
    target = task.target_object
    asset, link = scene.asset(target), _link_of(scene, task)
    assert isinstance(task.goal, PressGoal)
    assert link.joint is not None
    pose_world_rest = scene.pose_world_object(target).matrix() @ link_pose_at(asset, link, 0.0)
    chains = []
    for point in press_points(asset, link)[:1]:
        for turn in _turns(point.inward):
            pressed = _hand_pose(pose_world_rest, link.joint, point, turn, IN_NEED, task.goal.value)
            back = np.eye(4)
            back[2, 3] = -APPROACHES_M[1]
            chains.append((pressed @ back, pressed))
    touched = frozenset(body_name(target, item) for item in asset.links)
    return Need(tuple(chains), continuous=False, touched=touched)


def _hand_pose(
    pose_world_rest: Array, joint: Joint, point: PressPoint, turn: Array, tips: FingerTips, value: float
) -> Array:
    """Return the grasp frame (4, 4, world) whose tips press on the point of a link with its joint at `value`; the hand
    follows the point and keeps its orientation. Of a hand that leans, an edge of the tips touches first."""
    moved = joint_motion(joint, value) @ np.append(point.point, 1.0)
    middle = tips.reach_m * turn[:, 2]
    aslant = np.abs(turn[:, :2].T @ point.inward)
    edge = tips.half_x_m * float(aslant[0]) + tips.half_y_m * float(aslant[1])
    pose = np.eye(4)
    pose[:3, :3] = turn
    pose[:3, 3] = moved[:3] - middle - edge * point.inward
    return np.asarray(pose_world_rest @ pose, np.float64)


def _turns(way: Array) -> Iterator[Array]:
    """Yield rotations (3, 3) whose +Z goes along the unit vector `way`, then a little aslant, each with every roll."""
    helper = np.eye(3)[int(np.argmin(np.abs(way)))]
    x = np.cross(helper, way)
    x /= np.linalg.norm(x)
    straight = np.column_stack([x, np.cross(way, x), way])
    for tilt in TILTS_RAD:
        for k in range(ROLLS):
            roll = Pose.of((0, 0, 0), quat_wxyz_from_axis_angle((0, 0, 1), 2 * np.pi * k / ROLLS)).matrix()[:3, :3]
            lean = Pose.of((0, 0, 0), quat_wxyz_from_axis_angle((1, 0, 0), tilt)).matrix()[:3, :3]
            yield straight @ roll @ lean


def _link_of(scene: Scene, task: TaskSpec) -> Link:
    assert isinstance(task.goal, PressGoal)
    joint = task.goal.joint
    return next(link for link in scene.asset(task.target_object).links if link.joint and link.joint.name == joint)
