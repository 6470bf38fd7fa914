"""Putting a held object down where the task wants it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.episode import FailureReason
from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.contracts.task import PlaceGoal, TaskSpec
from blueprint.motion.cartesian import shifted
from blueprint.motion.collision import Clearance
from blueprint.motion.context import MotionContext, PlanningError
from blueprint.motion.route import Route, straight_path

__all__ = ["Place", "PlaceConfiguration", "goal_pose", "place_configurations"]

Array = NDArray[np.float64]

RELEASE_HEIGHTS_M = (0.003, 0.008, 0.015)
OVER = np.array([0.0, 0.0, 0.01])
RELEASE_HEIGHTS_CONTAINER_M = (0.004, 0.02, 0.04, 0.07)
YAWS_RAD = tuple(np.pi / 6 * k for k in (0, 1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6))
DESCENTS_M = (0.10, 0.06, 0.16, 0.035, 0.02)
RETREATS_M = (0.10, 0.06, 0.035, 0.02)
OPEN_BY_M = (0.03, 0.012)  # beside a wall or a plate's rim the fingers open less
LOWERING_PACE = 0.6
OPEN_SETTLE_TICKS = 6
NEAR_GOAL_M = 0.06


@dataclass(frozen=True)
class PlaceConfiguration:
    """Where the hand lets go: configuration `q` (7,), and the world pose (4, 4) of the grasp frame there."""

    q: Array
    pose_world_grasp: Array


class Place:
    """Carry the object over the goal, lower it, open slowly, retreat along the approach."""

    name = "place"

    def __init__(self, task: TaskSpec) -> None:
        assert isinstance(task.goal, PlaceGoal)
        self.task = task
        self.goal = task.goal
        self.instruction = f"place the {task.target_object} on the {task.goal.support_id}"

    def plan(self, ctx: MotionContext) -> NDArray[np.float32]:
        """Return actions (n, 8); raises PlanningError DROPPED, UNREACHABLE or NO_PATH."""
        target = self.task.target_object
        if not any(ctx.finger_contacts(target)):
            raise PlanningError(FailureReason.DROPPED, f"{target} is no longer in the hand")
        ctx.planning.sync(ctx.data)
        pose_world_object = ctx.link_pose(target, ctx.scene.asset(target).links[0].name)
        pose_grasp_object = np.linalg.inv(ctx.pose_world_grasp) @ pose_world_object
        ctx.planning.hold(target, pose_grasp_object)
        opening = ctx.memory["grasp"].opening_m
        found = place_configurations(
            ctx, self.goal, goal_pose(ctx, self.goal), pose_grasp_object, ctx.commanded_q, opening, limit=6
        )
        if not found:
            raise PlanningError(FailureReason.UNREACHABLE, f"no way to hold {target} at its goal")
        problem = PlanningError(FailureReason.NO_PATH, f"no straight way down to the goal of {target}")
        for configuration in found:
            try:
                route = self._route(ctx, configuration, pose_grasp_object, opening)
            except PlanningError as error:
                problem = error
                continue
            if route is not None:
                return route.actions
        raise problem

    def verify(self, ctx: MotionContext) -> None:
        """Raise GOAL_MISSED unless the hand has let go and the object stands within 6 cm of its goal."""
        target = self.task.target_object
        wanted = goal_pose(ctx, self.goal)[:3, 3]
        actual = ctx.link_pose(target, ctx.scene.asset(target).links[0].name)[:3, 3]
        distance = float(np.linalg.norm(wanted - actual))
        if ctx.robot_touches(target) or distance > NEAR_GOAL_M:
            touching = "still touches the hand" if ctx.robot_touches(target) else "was let go"
            raise PlanningError(
                FailureReason.GOAL_MISSED, f"{target} {touching} and is {1000 * distance:.0f} mm from its goal"
            )

    def _route(
        self, ctx: MotionContext, configuration: PlaceConfiguration, pose_grasp_object: Array, opening: float
    ) -> Route | None:
        target = self.task.target_object
        ctx.planning.sync(ctx.data)
        ctx.planning.hold(target, pose_grasp_object)
        near = _near(ctx, self.goal)
        lowering = Clearance(pad_m=0.001, near=near)
        for height in DESCENTS_M:
            above = shifted(configuration.pose_world_grasp, np.array([0.0, 0.0, height]))
            upwards = straight_path(ctx, configuration.q, above, opening, lowering)
            if upwards is not None:
                break
        else:
            return None
        route = Route(ctx)
        ctx.planning.is_free(route.q, opening, lowering)
        route.move_free(upwards[-1], near=ctx.planning.near_held(), planned_opening_m=opening)
        route.move_along(upwards[::-1], pace=LOWERING_PACE)
        route.wait(4)
        letting_go = Clearance(pad_m=0.0, near=near | {int(ctx.model.body(target).id)}, near_depth_m=0.002)
        for open_by in OPEN_BY_M:
            wide = min(opening + open_by, ctx.arm_spec.opening_max_m)
            ctx.planning.hold(target, pose_grasp_object)
            ctx.planning.is_free(configuration.q, wide, lowering)
            ctx.planning.release()
            for distance in RETREATS_M:
                back = np.eye(4)
                back[2, 3] = -distance
                retreat = straight_path(ctx, route.q, configuration.pose_world_grasp @ back, wide, letting_go)
                if retreat is not None:
                    route.move_gripper(opening, settle_ticks=1)
                    route.move_gripper(wide, settle_ticks=OPEN_SETTLE_TICKS, speed_factor=0.4)
                    route.move_along(retreat)
                    route.wait(6)
                    return route
        return None


def goal_pose(ctx: MotionContext, goal: PlaceGoal) -> Array:
    """Return the wanted pose (4, 4) of the object in the world, from where the goal's region is now."""
    return ctx.region_pose(goal.support_id, goal.region) @ goal.pose_region_object.matrix()


def place_configurations(
    ctx: MotionContext,
    goal: PlaceGoal,
    pose_world_goal: Array,
    pose_grasp_object: Array,
    q_near: Array,
    opening_m: float,
    limit: int,
) -> list[PlaceConfiguration]:
    """Return up to `limit` collision-free configurations that hold the object just above its goal.

    The planning scene must hold the object. Low releases come first, then small turns about the vertical.
    """
    region = ctx.scene.region(goal.support_id, goal.region)
    clearance = Clearance(pad_m=0.001, near=_near(ctx, goal))
    to_base = np.linalg.inv(ctx.pose_world_base)
    pose_object_grasp = np.linalg.inv(pose_grasp_object)
    found: list[PlaceConfiguration] = []
    for height in RELEASE_HEIGHTS_CONTAINER_M if region.is_container else RELEASE_HEIGHTS_M:
        for yaw in YAWS_RAD:
            turned = pose_world_goal @ Pose.of((0, 0, 0), quat_wxyz_from_yaw(yaw)).matrix()
            pose = shifted(turned @ pose_object_grasp, np.array([0.0, 0.0, height]))
            for q in ctx.kinematics.solutions(to_base @ pose, q_near, ctx.rng, attempts=3)[:1]:
                over = ctx.kinematics.descend(to_base @ shifted(pose, OVER), q, max_iterations=25)
                # a finger under the rim of a plate below is free where it is, but cannot have come there
                if over is not None and all(ctx.planning.is_free(at, opening_m, clearance) for at in (q, over)):
                    found.append(PlaceConfiguration(q, pose))
            if len(found) >= limit:
                return found
    return found


def _near(ctx: MotionContext, goal: PlaceGoal) -> frozenset[int]:
    return frozenset({int(ctx.model.body(goal.support_id).id)})
