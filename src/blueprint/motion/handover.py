"""Handing over: one arm takes a thing and holds it up, the other grips it too, and only then the first lets go."""

from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.episode import FailureReason
from blueprint.contracts.scene import Scene
from blueprint.contracts.task import HandoverGoal, TaskSpec
from blueprint.motion.collision import Clearance
from blueprint.motion.context import ChosenGrasp, MotionContext, PlanningError
from blueprint.motion.grasps import GraspCandidate
from blueprint.motion.meeting import Meeting, Reach, meetings, taker_reach, ways_to_take
from blueprint.motion.needs import Need, grasp_need
from blueprint.motion.pick import Pick
from blueprint.motion.release import let_go
from blueprint.motion.route import Route
from blueprint.robots.embodiment import Embodiment

__all__ = ["LetGo", "Present", "Receive", "Take", "need", "skills"]

Array = NDArray[np.float64]

RECEIVED = "received"  # the taker's grasp, beside the giver's "grasp" in the context's memory
CONTACT_PACE = 0.6
CLOSE_TICKS = 8
OPEN_TICKS = 8
STEADY_TICKS = 6
MEETINGS = 4  # places to meet that are tried, where the arm finds no way to the first
OPEN_BY_M = (0.03, 0.02, 0.012)
RETREATS_M = (0.12, 0.08, 0.05, 0.035)
TOUCH_DEPTH_M = 0.004
BRUSH_DEPTH_M = 0.002  # fingers of two hands on a small thing brush against each other


def skills(task: TaskSpec) -> list["_Handing"]:
    """Return what the arms do one after the other: take, present, receive, let go."""
    arrangement = _Arrangement()
    return [Take(task, arrangement), Present(task, arrangement), Receive(task, arrangement), LetGo(task)]


def need(scene: Scene, task: TaskSpec, embodiment: Embodiment) -> Need:
    """Return the hand poses with which the giving arm can take the thing from where it stands."""
    return grasp_need(scene, task.target_object, embodiment)


@dataclass
class _Arrangement:
    """Where the hands have agreed to meet: `Take` proposes, `Present` decides, `Receive` starts from it."""

    meeting: Meeting | None = None


class _Handing:
    """What the steps of a handover share: the task, its goal and whose turn it is."""

    name = ""

    def __init__(self, task: TaskSpec) -> None:
        assert isinstance(task.goal, HandoverGoal)
        self.task, self.goal, self.target = task, task.goal, task.target_object
        self.instruction = ""

    def plan(self, ctx: MotionContext) -> NDArray[np.float32]:
        raise NotImplementedError

    def verify(self, ctx: MotionContext) -> None:
        raise NotImplementedError

    def giver(self, ctx: MotionContext) -> MotionContext:
        return ctx.as_arm(self.goal.from_arm)

    def taker(self, ctx: MotionContext) -> MotionContext:
        return ctx.as_arm(self.goal.to_arm)

    def pose_world_object(self, ctx: MotionContext) -> Array:
        return ctx.link_pose(self.target, ctx.scene.asset(self.target).links[0].name)

    def is_held(self, ctx: MotionContext) -> bool:
        """Whether both fingers of the context's arm touch the thing."""
        return all(ctx.finger_contacts(self.target))


class Take(_Handing):
    """Pick the thing up with a grasp that leaves room for the other hand."""

    name = "pick"

    def __init__(self, task: TaskSpec, arrangement: _Arrangement) -> None:
        super().__init__(task)
        self._pick = _PickToGive(task, arrangement)
        self.instruction = self._pick.instruction

    def plan(self, ctx: MotionContext) -> NDArray[np.float32]:
        """Return actions (n, A); raises PlanningError UNREACHABLE, NO_GRASP or NO_PATH."""
        return self._pick.plan(self.giver(ctx))

    def verify(self, ctx: MotionContext) -> None:
        """Raise GRASP_MISSED unless both fingers touch the thing and it is lifted."""
        self._pick.verify(self.giver(ctx))


class _PickToGive(Pick):
    """A pick that only takes grasps with which the hands can meet."""

    def __init__(self, task: TaskSpec, arrangement: _Arrangement) -> None:
        super().__init__(task)
        assert isinstance(task.goal, HandoverGoal)
        self._to_arm, self._arrangement = task.goal.to_arm, arrangement

    def _goal_is_reachable(
        self, ctx: MotionContext, q: Array, pose_link_grasp: Array, candidate: GraspCandidate
    ) -> bool:
        pose_grasp_object: Array = np.asarray(np.linalg.inv(pose_link_grasp), np.float64)
        found = meetings(
            ctx, ctx.as_arm(self._to_arm), self.task.target_object, pose_grasp_object, candidate.width_m, q
        )
        self._arrangement.meeting = next(found, None)
        ctx.planning.sync(ctx.data)
        return self._arrangement.meeting is not None


class Present(_Handing):
    """Bring the thing to where the other hand can take it."""

    name = "present"

    def __init__(self, task: TaskSpec, arrangement: _Arrangement) -> None:
        super().__init__(task)
        self._arrangement = arrangement
        self.instruction = f"hold the {self.target} up for the {self.goal.to_arm} hand"

    def plan(self, ctx: MotionContext) -> NDArray[np.float32]:
        """Return actions (n, A); raises PlanningError DROPPED, UNREACHABLE or NO_PATH."""
        giver, taker = self.giver(ctx), self.taker(ctx)
        if not any(giver.finger_contacts(self.target)):
            raise PlanningError(FailureReason.DROPPED, f"{self.target} is no longer in the {self.goal.from_arm} hand")
        giver.planning.sync(ctx.data)
        pose_grasp_object = np.linalg.inv(giver.pose_world_grasp) @ self.pose_world_object(ctx)
        opening = ctx.memory["grasp"].opening_m
        found = meetings(
            giver, taker, self.target, pose_grasp_object, opening, giver.commanded_q, self._arrangement.meeting
        )
        problem = PlanningError(
            FailureReason.UNREACHABLE, f"the hands find no place to meet with {self.target} between them"
        )
        for meeting in islice(found, MEETINGS):
            giver.planning.sync(ctx.data)
            giver.planning.hold(self.target, pose_grasp_object)
            route = Route(giver)
            giver.planning.is_free(route.q, opening, Clearance())
            try:
                route.move_free(meeting.q_giver, near=giver.planning.near_held(), planned_opening_m=opening)
            except PlanningError as error:
                problem = error
                continue
            route.wait(STEADY_TICKS)
            self._arrangement.meeting = meeting
            return route.actions
        raise problem

    def verify(self, ctx: MotionContext) -> None:
        """Raise DROPPED unless the giver holds the thing."""
        if not self.is_held(self.giver(ctx)):
            raise PlanningError(FailureReason.DROPPED, f"{self.target} slipped out of the {self.goal.from_arm} hand")


class Receive(_Handing):
    """Grip the thing with the other hand, while the first still holds it."""

    name = "receive"

    def __init__(self, task: TaskSpec, arrangement: _Arrangement) -> None:
        super().__init__(task)
        self._arrangement = arrangement
        self.instruction = f"take hold of the {self.target} with the {self.goal.to_arm} hand"

    def plan(self, ctx: MotionContext) -> NDArray[np.float32]:
        """Return actions (n, A); raises PlanningError UNREACHABLE or NO_PATH."""
        giver, taker = self.giver(ctx), self.taker(ctx)
        taker.planning.sync(ctx.data)
        problem = PlanningError(
            FailureReason.UNREACHABLE, f"the {self.goal.to_arm} hand reaches no grasp of {self.target}"
        )
        for candidate, q_near in self._candidates(giver, taker):
            reach = taker_reach(taker, candidate, self.target, self.pose_world_object(ctx), q_near)
            if reach is None:
                continue
            try:
                actions = self._actions(taker, reach)
            except PlanningError as error:
                problem = error
                continue
            self._remember(ctx, candidate)
            return actions
        raise problem

    def _candidates(self, giver: MotionContext, taker: MotionContext) -> list[tuple[GraspCandidate, Array | None]]:
        """The grasp that was agreed on, near its configuration, then whatever else is within reach now."""
        agreed = self._arrangement.meeting
        first: list[tuple[GraspCandidate, Array | None]] = [(agreed.candidate, agreed.q_taker)] if agreed else []
        others = ways_to_take(taker, self.target, giver.pose_world_grasp, self.pose_world_object(giver))
        return [*first, *((candidate, None) for candidate in others)]

    def _remember(self, ctx: MotionContext, candidate: GraspCandidate) -> None:
        ctx.memory[RECEIVED] = ChosenGrasp(
            name=candidate.name,
            object_id=self.target,
            link=candidate.link,
            pose_link_grasp=candidate.pose_link_grasp,
            opening_m=candidate.width_m,
            height_before_m=float(self.pose_world_object(ctx)[2, 3]),
        )

    def _actions(self, taker: MotionContext, reach: Reach) -> NDArray[np.float32]:
        route = Route(taker)
        route.move_gripper(reach.opening_m, settle_ticks=0)
        route.move_free(reach.approach[0])
        route.move_along(reach.approach, pace=CONTACT_PACE)
        route.wait(4)
        route.move_gripper(0.0, settle_ticks=CLOSE_TICKS)
        return route.actions

    def verify(self, ctx: MotionContext) -> None:
        """Raise GRASP_MISSED unless both hands hold the thing with both fingers."""
        held = {arm: self.is_held(ctx.as_arm(arm)) for arm in (self.goal.from_arm, self.goal.to_arm)}
        if not all(held.values()):
            raise PlanningError(FailureReason.GRASP_MISSED, f"{self.target} is not held by both hands: {held}")


class LetGo(_Handing):
    """Open the first hand and draw it back; the thing stays in the other."""

    name = "let_go"

    def __init__(self, task: TaskSpec) -> None:
        super().__init__(task)
        self.instruction = f"let go of the {self.target} with the {self.goal.from_arm} hand"

    def plan(self, ctx: MotionContext) -> NDArray[np.float32]:
        """Return actions (n, A); raises PlanningError NO_PATH."""
        giver = self.giver(ctx)
        giver.planning.sync(ctx.data)
        opening = ctx.memory["grasp"].opening_m
        touched = frozenset({int(ctx.model.body(self.target).id)})
        clearance = Clearance(0.002, near=touched, near_depth_m=TOUCH_DEPTH_M, self_depth_m=BRUSH_DEPTH_M)
        route = Route(giver)
        pose = giver.pose_world_base @ giver.kinematics.forward(route.q)
        if let_go(
            giver,
            route,
            pose,
            opening,
            clearance,
            open_by_m=OPEN_BY_M,
            retreats_m=RETREATS_M,
            open_ticks=OPEN_TICKS,
            pace=CONTACT_PACE,
            wait_ticks=STEADY_TICKS,
        ):
            return route.actions
        raise PlanningError(FailureReason.NO_PATH, f"the {self.goal.from_arm} hand cannot draw back from {self.target}")

    def verify(self, ctx: MotionContext) -> None:
        """Raise DROPPED or GOAL_MISSED unless the taker alone holds the thing."""
        if not self.is_held(self.taker(ctx)):
            raise PlanningError(FailureReason.DROPPED, f"{self.target} fell when the {self.goal.from_arm} hand let go")
        if any(self.giver(ctx).finger_contacts(self.target)):
            text = f"the {self.goal.from_arm} hand still touches {self.target}"
            raise PlanningError(FailureReason.GOAL_MISSED, text)
