"""Wiping a surface: take the sponge, move it in contact to and fro over a rectangle, put it down."""

import itertools
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.episode import FailureReason
from blueprint.contracts.frames import Pose, Vec2, quat_wxyz_from_yaw
from blueprint.contracts.scene import Scene
from blueprint.contracts.task import TaskSpec, WipeGoal
from blueprint.motion.cartesian import follow, line, shifted
from blueprint.motion.collision import Clearance
from blueprint.motion.context import MotionContext, PlanningError
from blueprint.motion.insert import held_pose
from blueprint.motion.needs import Need, grasp_need, link_pose_at
from blueprint.motion.pick import Pick
from blueprint.motion.release import let_go
from blueprint.motion.route import Route, straight_path
from blueprint.motion.skills import Skill
from blueprint.robots.embodiment import Embodiment

__all__ = ["LetGo", "Wipe", "need", "skills", "strokes"]

Array = NDArray[np.float64]

QUARTERS = 4  # ways to lay a rectangular tool on a rectangle
OVERLAP = 0.8  # from lane to lane, of the tool's width
BEYOND_M = 0.01  # past the edges of the rectangle
PRESS_M = 0.0015  # into the surface, as commanded: the hold of the fingers gives
HOLD_DEPTH_M = 0.004
DESCENTS_M = (0.08, 0.05, 0.03)
WIPE_PACE = 0.5
LOWERING_PACE = 0.5
OPEN_BY_M = (0.03, 0.012, 0.006)
RETREATS_M = (0.10, 0.06, 0.035)
SETTLE_TICKS = 6


class Wipe:
    """Carry the held tool over the rectangle, lower it into contact, and go to and fro, lane by lane."""

    name = "wipe"

    def __init__(self, task: TaskSpec) -> None:
        assert isinstance(task.goal, WipeGoal)
        self.task = task
        self.goal = task.goal
        self.instruction = task.instruction

    def plan(self, ctx: MotionContext) -> NDArray[np.float32]:
        """Return actions (n, A); raises PlanningError DROPPED, UNREACHABLE or NO_PATH."""
        target = self.task.target_object
        if not any(ctx.finger_contacts(target)):
            raise PlanningError(FailureReason.DROPPED, f"{target} is no longer in the hand")
        pose_grasp_object = held_pose(ctx, target)
        problem = PlanningError(FailureReason.UNREACHABLE, f"the arm cannot move {target} over all of the rectangle")
        for poses in self._ways(ctx, pose_grasp_object):
            ctx.planning.sync(ctx.data)
            ctx.planning.hold(target, pose_grasp_object)
            try:
                route = self._route(ctx, poses)
            except PlanningError as error:
                problem = error
                continue
            if route is not None:
                return route.actions
        raise problem

    def verify(self, ctx: MotionContext) -> None:
        """Raise DROPPED unless the tool is still in the hand."""
        if not any(ctx.finger_contacts(self.task.target_object)):
            raise PlanningError(FailureReason.DROPPED, f"{self.task.target_object} was lost on the way")

    def _ways(self, ctx: MotionContext, pose_grasp_object: Array) -> Iterator[list[Array]]:
        """Yield world poses of the grasp frame at the corners of the strokes, for every way to lay the tool down."""
        region = ctx.region_pose(self.goal.support_id, self.goal.region)
        size = ctx.scene.asset(self.task.target_object).size_m
        for quarter in range(QUARTERS):
            lay = Pose.of((0, 0, 0), quat_wxyz_from_yaw(np.pi / 2 * quarter)).matrix()
            along, across = (size[0], size[1]) if quarter % 2 == 0 else (size[1], size[0])
            corners = strokes(self.goal.center, self.goal.half_extents, (along, across))
            for ordered in (corners, corners[::-1]):
                objects = [region @ Pose.of((x, y, -PRESS_M)).matrix() @ lay for x, y in ordered]
                yield [pose @ np.linalg.inv(pose_grasp_object) for pose in objects]

    def _route(self, ctx: MotionContext, poses: list[Array]) -> Route | None:
        planning = ctx.planning
        opening = ctx.memory["grasp"].opening_m
        support = frozenset({int(ctx.model.body(self.goal.support_id).id)})
        wiping = Clearance(pad_m=0.001, near=support, near_depth_m=HOLD_DEPTH_M)
        to_base = np.linalg.inv(ctx.pose_world_base)
        for q in ctx.kinematics.solutions(to_base @ poses[0], ctx.commanded_q, ctx.rng, attempts=6)[:3]:
            if not planning.is_free(q, opening, wiping):
                continue
            moves = [to_base @ pose for here, there in itertools.pairwise(poses) for pose in line(here, there)]
            wiped = follow(ctx.kinematics, q, moves)
            if wiped is None or not all(planning.is_free(at, opening, wiping) for at in wiped):
                continue
            for height in DESCENTS_M:
                above = shifted(poses[0], np.array([0.0, 0.0, height]))
                upwards = straight_path(ctx, q, above, opening, wiping)
                if upwards is not None:
                    break
            else:
                continue
            route = Route(ctx)
            planning.is_free(route.q, opening, wiping)
            route.move_free(upwards[-1], near=planning.near_held(), planned_opening_m=opening)
            route.move_along(upwards[::-1], pace=LOWERING_PACE)
            route.move_along(wiped, pace=WIPE_PACE)
            route.wait(SETTLE_TICKS)
            return route
        return None


class LetGo:
    """Open where the tool lies, and draw the hand back."""

    name = "release"

    def __init__(self, task: TaskSpec) -> None:
        assert isinstance(task.goal, WipeGoal)
        self.task = task
        self.goal = task.goal
        self.instruction = f"let go of the {task.target_object}"

    def plan(self, ctx: MotionContext) -> NDArray[np.float32]:
        """Return actions (n, A); raises PlanningError NO_PATH."""
        target = self.task.target_object
        ctx.planning.sync(ctx.data)
        route = Route(ctx)
        here = ctx.pose_world_base @ ctx.kinematics.forward(route.q)
        roots = frozenset(int(ctx.model.body(name).id) for name in (target, self.goal.support_id))
        clear = Clearance(pad_m=0.0, near=roots, near_depth_m=HOLD_DEPTH_M)
        opening = ctx.memory["grasp"].opening_m
        if let_go(ctx, route, here, opening, clear, open_by_m=OPEN_BY_M, retreats_m=RETREATS_M):
            return route.actions
        raise PlanningError(FailureReason.NO_PATH, f"no way for the hand away from {target}")

    def verify(self, ctx: MotionContext) -> None:
        """Raise GOAL_MISSED where the hand still touches the tool."""
        if ctx.robot_touches(self.task.target_object):
            raise PlanningError(FailureReason.GOAL_MISSED, f"the hand still touches {self.task.target_object}")


def skills(task: TaskSpec) -> list[Skill]:
    """Return the skills that do a WipeGoal."""
    return [Pick(task), Wipe(task), LetGo(task)]


def need(scene: Scene, task: TaskSpec, embodiment: Embodiment) -> Need:
    """Return the hand poses of a few grasps of the tool, where it lies, at and over two corners of the rectangle."""
    assert isinstance(task.goal, WipeGoal)
    target, goal = task.target_object, task.goal
    support = scene.asset(goal.support_id)
    region = support.region(goal.region)
    pose_world_region = (
        scene.pose_world_object(goal.support_id).matrix()
        @ link_pose_at(support, support.link(region.link), 0.0)
        @ region.pose_link_region.matrix()
    )
    taken = grasp_need(scene, target, embodiment)
    pose = scene.pose_world_object(target).matrix()
    corners = strokes(goal.center, goal.half_extents, scene.asset(target).size_m[:2])
    chains = []
    for (hand,) in taken.chains:
        for quarter in range(2):
            lay = Pose.of((0, 0, 0), quat_wxyz_from_yaw(np.pi * quarter)).matrix()
            there = [
                pose_world_region @ Pose.of((x, y, z)).matrix() @ lay @ np.linalg.inv(pose) @ hand
                for z in (0.0, DESCENTS_M[-2])
                for x, y in (corners[0], corners[-1])
            ]
            chains.append((hand, *there))
    return Need(tuple(chains), continuous=False, touched=taken.touched)


def strokes(center: Vec2, half_extents: Vec2, size: tuple[float, ...]) -> list[Vec2]:
    """Return where the middle of a tool of `size` (along X, along Y) goes to and fro so that it covers a rectangle.

    Strokes run along the rectangle's longer side; their ends are 1 cm past its edges, lanes overlap by a fifth. Of a
    tool that is as wide as the rectangle, one lane is left.
    """
    first = 0 if half_extents[0] >= half_extents[1] else 1
    second = 1 - first
    reach = max(0.0, half_extents[first] + BEYOND_M - size[first] / 2)
    aside = max(0.0, half_extents[second] + BEYOND_M / 2 - size[second] / 2)
    count = 1 + int(np.ceil(2 * aside / (OVERLAP * size[second]))) if aside > 0.0 else 1
    corners: list[Vec2] = []
    for lane, offset in enumerate(np.linspace(-aside, aside, count) if count > 1 else [0.0]):
        ends = (-reach, reach) if lane % 2 == 0 else (reach, -reach)
        for end in ends:
            point = [0.0, 0.0]
            point[first], point[second] = end, float(offset)
            corners.append((center[0] + point[0], center[1] + point[1]))
    return corners
