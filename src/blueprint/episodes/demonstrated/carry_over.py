"""Carrying a demonstration over: each segment moves with the thing that it is about, travel between them is planned.

The scheme is that of MimicGen (Mandlekar et al., "MimicGen: A Data Generation System for Scalable Robot Learning Using
Human Demonstrations", 2023), with planned travel between segments in the place of straight interpolation (as in
Garrett et al., "SkillMimicGen", 2024). What comes out is judged in physics like any attempt.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.episode import FailureReason
from blueprint.contracts.task import TaskSpec
from blueprint.episodes.demonstrated.segments import Segment, reference_pose
from blueprint.motion import MotionContext, PlanningError, Skill
from blueprint.motion.collision import Clearance
from blueprint.motion.route import Route
from blueprint.motion.trajectory import CONTROL_RATE_HZ, SPEED

__all__ = ["CarriedOver", "carried_over"]

Array = NDArray[np.float64]

MAX_JUMP_RAD = 0.25
IK_ATTEMPTS = 12


class CarriedOver:
    """One segment of a demonstration as a skill: travel to its first pose, then follow it."""

    def __init__(self, segment: Segment, task: TaskSpec) -> None:
        self.segment, self.task = segment, task
        self.name, self.instruction = segment.name, segment.instruction

    def plan(self, ctx: MotionContext) -> NDArray[np.float32]:
        """Return actions (n, A); raises PlanningError UNREACHABLE or NO_PATH where the arm cannot follow."""
        reference = reference_pose(ctx, self.task, self.name)
        poses = np.linalg.inv(ctx.pose_world_base) @ reference @ self.segment.poses_reference_hand
        problem: PlanningError | None = None
        for q in ctx.kinematics.solutions(poses[0], ctx.commanded_q, ctx.rng, attempts=IK_ATTEMPTS):
            try:
                return self._route(ctx, q, self._follow(ctx, q, poses))
            except PlanningError as error:
                problem = problem or error
        raise problem or PlanningError(FailureReason.UNREACHABLE, f"{self.name}: its first pose is out of reach")

    def verify(self, ctx: MotionContext) -> None:
        """Nothing of its own: the step is judged when it is done."""

    def _follow(self, ctx: MotionContext, q: Array, poses: Array) -> Array:
        """Return configurations (n, dof) through the poses, each the continuation of the one before."""
        path = [q]
        for tick, pose in enumerate(poses[1:], start=1):
            q_next = ctx.kinematics.descend(pose, path[-1])
            if q_next is None or np.abs(q_next - path[-1]).max() > MAX_JUMP_RAD:
                reason = FailureReason.UNREACHABLE if q_next is None else FailureReason.NO_PATH
                raise PlanningError(reason, f"{self.name}: the arm cannot follow from tick {tick} of {len(poses)} on")
            path.append(q_next)
        return np.array(path)

    def _route(self, ctx: MotionContext, q: Array, path: Array) -> NDArray[np.float32]:
        route = Route(ctx)
        target = self.task.target_object
        ctx.planning.sync(ctx.data)
        near = frozenset({int(ctx.model.body(target).id)})
        held = any(ctx.finger_contacts(target))
        if held:
            root = ctx.link_pose(target, ctx.scene.asset(target).links[0].name)
            ctx.planning.hold(target, np.linalg.inv(ctx.pose_world_grasp) @ root)
            ctx.planning.is_free(route.q, self._measured_opening(ctx), Clearance())
            near |= ctx.planning.near_held()
        elif abs(route.opening_m - self.segment.openings[0]) > 1e-3:
            route.move_gripper(float(self.segment.openings[0]), settle_ticks=0)
        route.move_free(q, near=near, planned_opening_m=self._measured_opening(ctx) if held else None)
        ticks = self._within_limits(ctx, path)
        slots = ctx.embodiment.slots(ctx.arm)
        actions = np.tile(route.last_action, (len(ticks), 1))
        numbers = np.arange(len(path))
        for column, values in enumerate(path.T):
            actions[:, slots.joints.start + column] = np.interp(ticks, numbers, values)
        actions[:, slots.gripper] = np.interp(ticks, numbers, self.segment.openings)
        route.append(actions.astype(np.float32))
        return route.actions

    def _within_limits(self, ctx: MotionContext, path: Array) -> Array:
        """Return where on the path (0 to n - 1) each tick is: slower where a joint would exceed its speed."""
        speeds = np.abs(np.diff(path, axis=0)) * CONTROL_RATE_HZ / (ctx.arm_spec.velocity_limits * SPEED * 1.5)
        slowness = np.maximum(speeds.max(axis=1, initial=0.0), 1.0)
        arrival = np.concatenate([[0.0], np.cumsum(slowness)])
        return np.interp(np.arange(1, int(np.ceil(arrival[-1])) + 1), arrival, np.arange(len(path)))

    def _measured_opening(self, ctx: MotionContext) -> float:
        state = ctx.embodiment.read_state(ctx.index, ctx.data)
        return float(state[ctx.embodiment.slots(ctx.arm).gripper])


def carried_over(segments: Sequence[Segment]) -> Callable[[TaskSpec], list[Skill]]:
    """Return what gives the skills of a step: the demonstration's segments of the same kind of step, in order.

    Raises PlanningError (NO_PATH) for a step that the demonstration has nothing for.
    """
    steps: dict[int, list[Segment]] = {}
    for segment in segments:
        steps.setdefault(segment.step, []).append(segment)
    waiting = [steps[number] for number in sorted(steps)]

    def skills_of(step: TaskSpec) -> list[Skill]:
        if not waiting:
            raise PlanningError(FailureReason.NO_PATH, f"the demonstration has no segment for {step.instruction!r}")
        return [CarriedOver(segment, step) for segment in waiting.pop(0)]

    return skills_of
