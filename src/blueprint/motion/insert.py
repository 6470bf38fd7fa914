"""Lowering a held thing into a slot: a hole of a board, a place of a rack."""

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.episode import FailureReason
from blueprint.contracts.task import InsertGoal, PlaceGoal, TaskSpec
from blueprint.motion.cartesian import shifted
from blueprint.motion.collision import Clearance
from blueprint.motion.context import MotionContext, PlanningError
from blueprint.motion.pick import Pick
from blueprint.motion.place import PlaceConfiguration, goal_pose, place_configurations
from blueprint.motion.release import let_go
from blueprint.motion.route import Route, straight_path
from blueprint.motion.skills import Skill

__all__ = ["Align", "Insert", "placing_instead", "skills"]

Array = NDArray[np.float64]

OVER_RIMS_M = (0.015, 0.008, 0.003)
LOWERING_PACE = 0.5
OPEN_BY_M = (0.02, 0.01, 0.005)
RETREATS_M = (0.10, 0.06, 0.035, 0.02)
STILL_TICKS = 6  # of holding still before it is measured how the thing hangs in the hand
FLOOR_GAP_M = 0.003  # it is let go this far above the slot's floor
LATERAL_M = 0.006
HEIGHT_M = 0.015


def skills(task: TaskSpec) -> list[Skill]:
    """Return the skills of an insert task: take the thing, hold it over the slot, lower it into the slot."""
    align = Align(task)
    return [Pick(placing_instead(task)), align, Insert(task, align)]


def placing_instead(task: TaskSpec) -> TaskSpec:
    """Return the task of placing the thing where it is to be inserted: a grasp is chosen as for that."""
    return task.model_copy(update={"goal": _place_goal(task)})


class Align:
    """Carry the thing over the slot and stop there, upright and still, its foot a little above the rim."""

    name = "align"

    def __init__(self, task: TaskSpec) -> None:
        self.task = task
        self.goal = _place_goal(task)
        self.instruction = f"hold the {task.target_object} over the {self.goal.support_id}"
        self.pose_region_object = np.eye(4)

    def plan(self, ctx: MotionContext) -> NDArray[np.float32]:
        """Return actions (n, k); raises PlanningError DROPPED, UNREACHABLE or NO_PATH."""
        target = self.task.target_object
        if not any(ctx.finger_contacts(target)):
            raise PlanningError(FailureReason.DROPPED, f"{target} is no longer in the hand")
        pose_grasp_object = held_pose(ctx, target)
        ctx.planning.sync(ctx.data)
        ctx.planning.hold(target, pose_grasp_object)
        opening = ctx.memory["grasp"].opening_m
        wanted = goal_pose(ctx, self.goal)
        found = place_configurations(ctx, self.goal, wanted, pose_grasp_object, ctx.commanded_q, opening, limit=6)
        if not found:
            raise PlanningError(FailureReason.UNREACHABLE, f"no way to hold {target} in {self.goal.region}")
        problem = PlanningError(FailureReason.NO_PATH, f"no straight way down into {self.goal.region} for {target}")
        for configuration in found:
            try:
                route = self._route(ctx, configuration, opening)
            except PlanningError as error:
                problem = error
                continue
            if route is not None:
                pose_world_object = configuration.pose_world_grasp @ pose_grasp_object
                pose_world_object[2, 3] = wanted[2, 3]
                region = ctx.region_pose(self.goal.support_id, self.goal.region)
                self.pose_region_object = np.linalg.inv(region) @ pose_world_object
                return route.actions
        raise problem

    def verify(self, ctx: MotionContext) -> None:
        """Raise DROPPED unless the thing is still in the hand."""
        if not any(ctx.finger_contacts(self.task.target_object)):
            raise PlanningError(FailureReason.DROPPED, f"{self.task.target_object} fell on the way to its slot")

    def _route(self, ctx: MotionContext, configuration: PlaceConfiguration, opening: float) -> Route | None:
        goal = _goal(self.task)
        clearance = Clearance(pad_m=0.001, near=slot_owner(ctx, goal))
        depth = ctx.scene.region(goal.support_id, goal.region).clearance_m
        for over in OVER_RIMS_M:
            above = shifted(configuration.pose_world_grasp, np.array([0.0, 0.0, depth + over]))
            upwards = straight_path(ctx, configuration.q, above, opening, clearance)
            if upwards is not None:
                break
        else:
            return None
        route = Route(ctx)
        ctx.planning.is_free(route.q, opening, clearance)
        route.move_free(upwards[-1], near=ctx.planning.near_held(), planned_opening_m=opening)
        route.wait(STILL_TICKS)
        return route


class Insert:
    """Lower the thing straight down, let go, and withdraw the hand.

    How it hangs in the hand is measured over the slot, so that what slipped or leans since is set right.
    """

    name = "insert"

    def __init__(self, task: TaskSpec, align: Align) -> None:
        self.task, self.align = task, align
        self.instruction = f"insert the {task.target_object} into the {_goal(task).support_id}"

    def plan(self, ctx: MotionContext) -> NDArray[np.float32]:
        """Return actions (n, k); raises PlanningError DROPPED or NO_PATH."""
        target, goal = self.task.target_object, _goal(self.task)
        if not any(ctx.finger_contacts(target)):
            raise PlanningError(FailureReason.DROPPED, f"{target} is no longer in the hand")
        pose_grasp_object = held_pose(ctx, target)
        opening = ctx.memory["grasp"].opening_m
        ctx.planning.sync(ctx.data)
        ctx.planning.hold(target, pose_grasp_object)
        clearance = Clearance(pad_m=0.001, near=slot_owner(ctx, goal))
        region = ctx.region_pose(goal.support_id, goal.region)
        bottom = shifted(region @ self.align.pose_region_object, np.array([0.0, 0.0, FLOOR_GAP_M]))
        bottom = bottom @ np.linalg.inv(pose_grasp_object)
        top = bottom.copy()
        top[2, 3] = (ctx.pose_world_base @ ctx.kinematics.forward(ctx.commanded_q))[2, 3]
        route = Route(ctx)
        for end, pace in ((top, 1.0), (bottom, LOWERING_PACE)):
            path = straight_path(ctx, route.q, end, opening, clearance)
            if path is None:
                raise PlanningError(FailureReason.NO_PATH, f"no straight way down into {goal.region} for {target}")
            route.move_along(path, pace=pace)
            route.wait(4)
        if not self._let_go(ctx, route, bottom, opening):
            raise PlanningError(FailureReason.NO_PATH, f"no way for the hand out of {goal.region}")
        return route.actions

    def _let_go(self, ctx: MotionContext, route: Route, pose: Array, opening: float) -> bool:
        target = self.task.target_object
        near = slot_owner(ctx, _goal(self.task)) | {int(ctx.model.body(target).id)}
        clearance = Clearance(pad_m=0.0, near=near, near_depth_m=0.002)
        ctx.planning.is_free(route.q, opening, clearance)
        ctx.planning.release()
        return let_go(ctx, route, pose, opening, clearance, open_by_m=OPEN_BY_M, retreats_m=RETREATS_M)

    def verify(self, ctx: MotionContext) -> None:
        """Raise GOAL_MISSED unless the hand has let go and the thing is in its slot."""
        target, goal = self.task.target_object, _goal(self.task)
        region = ctx.region_pose(goal.support_id, goal.region)
        pose = ctx.link_pose(target, ctx.scene.asset(target).links[0].name)
        error = (np.linalg.inv(region) @ pose)[:3, 3] - goal.pose_region_object.position
        if ctx.robot_touches(target) or np.hypot(*error[:2]) > LATERAL_M or abs(error[2]) > HEIGHT_M:
            touching = "still touches the hand" if ctx.robot_touches(target) else "was let go"
            text = (
                f"{target} {touching}, {1000 * np.hypot(*error[:2]):.0f} mm beside and {1000 * error[2]:.0f} mm above"
            )
            raise PlanningError(FailureReason.GOAL_MISSED, f"{text} its place in {goal.region}")


def held_pose(ctx: MotionContext, target: str) -> Array:
    """Return the pose (4, 4) of a held thing in the frame of the grasp as commanded, not as measured.

    An arm under load stands a little off its command; seen from the command, that error is the thing's.
    """
    pose_world_grasp = ctx.pose_world_base @ ctx.kinematics.forward(ctx.commanded_q)
    pose_world_object = ctx.link_pose(target, ctx.scene.asset(target).links[0].name)
    found: Array = np.linalg.inv(pose_world_grasp) @ pose_world_object
    return found


def slot_owner(ctx: MotionContext, goal: InsertGoal) -> frozenset[int]:
    return frozenset({int(ctx.model.body(goal.support_id).id)})


def _place_goal(task: TaskSpec) -> PlaceGoal:
    goal = _goal(task)
    return PlaceGoal(support_id=goal.support_id, region=goal.region, pose_region_object=goal.pose_region_object)


def _goal(task: TaskSpec) -> InsertGoal:
    assert isinstance(task.goal, InsertGoal)
    return task.goal
