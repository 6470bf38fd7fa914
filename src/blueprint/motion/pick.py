"""Picking up a free object."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.episode import FailureReason
from blueprint.contracts.task import PlaceGoal, TaskSpec
from blueprint.motion.cartesian import shifted
from blueprint.motion.collision import Clearance
from blueprint.motion.context import ChosenGrasp, MotionContext, PlanningError
from blueprint.motion.grasps import GraspCandidate, grasp_candidates
from blueprint.motion.place import Place, goal_pose, place_configurations
from blueprint.motion.route import Route, straight_path

__all__ = ["Pick", "skills"]

Array = NDArray[np.float64]

APPROACHES_M = (0.10, 0.06, 0.035, 0.02)
LIFTS_M = (0.12, 0.07, 0.04, 0.025)
BACK_OFFS_M = (0.0, 0.005, 0.010, 0.015)  # a finger tip that would touch the table moves up by one of these
CLOSE_SETTLE_TICKS = 6
LIFT_SETTLE_TICKS = 3
CONTACT_PACE = 0.7
MAX_CANDIDATES = 48


@dataclass(frozen=True)
class _Reach:
    """A grasp that the arm reaches: configurations before, on the straight way to, and after grasping."""

    candidate: GraspCandidate
    pose_link_grasp: Array
    opening_m: float
    q_before: Array
    approach: Array
    lift: Array


class Pick:
    """Open, approach, close, lift. Chooses a grasp from which the task's goal can be reached, too."""

    name = "pick"

    def __init__(self, task: TaskSpec) -> None:
        self.task = task
        self.instruction = f"pick up the {task.target_object}"
        self._missed: set[str] = set()  # grasps that closed on nothing: the last ones to be tried again

    def plan(self, ctx: MotionContext) -> NDArray[np.float32]:
        """Return actions (n, 8); raises PlanningError UNREACHABLE, NO_GRASP or NO_PATH."""
        target = self.task.target_object
        ctx.planning.sync(ctx.data)
        refusals: dict[str, int] = {}
        problem: PlanningError | None = None
        for candidate in self._candidates(ctx)[:MAX_CANDIDATES]:
            reach = self._reach(ctx, candidate, refusals)
            if reach is None:
                continue
            try:
                return self._route(ctx, reach)
            except PlanningError as error:
                problem = error
                ctx.planning.sync(ctx.data)
        if problem is not None:
            raise problem
        if not refusals:
            raise PlanningError(FailureReason.NO_GRASP, f"{target} has no grasp that fits the gripper")
        reason = FailureReason.UNREACHABLE if set(refusals) == {"out of reach"} else FailureReason.NO_GRASP
        summary = ", ".join(f"{count} {text}" for text, count in sorted(refusals.items()))
        raise PlanningError(reason, f"no grasp of {target} works: {summary}")

    def verify(self, ctx: MotionContext) -> None:
        """Raise GRASP_MISSED unless both fingers touch the object and it is lifted by 15 mm."""
        target = self.task.target_object
        left, right = ctx.finger_contacts(target)
        lifted = ctx.link_pose(target, ctx.scene.asset(target).links[0].name)[2, 3]
        rise = float(lifted - ctx.memory["grasp"].height_before_m)
        if not (left and right and rise > 0.015):
            self._missed.add(ctx.memory["grasp"].name)
            raise PlanningError(
                FailureReason.GRASP_MISSED,
                f"{target}: contact left {left}, right {right}, lifted {1000 * rise:.0f} mm",
            )

    def _candidates(self, ctx: MotionContext) -> list[GraspCandidate]:
        target = self.task.target_object
        asset = ctx.scene.asset(target)
        poses = {link.name: ctx.link_pose(target, link.name) for link in asset.links}
        home = ctx.pose_world_base @ ctx.kinematics.forward(ctx.kinematics.home)
        found = grasp_candidates(asset, poses, home, ctx.arm_spec.opening_max_m)
        return sorted(found, key=lambda candidate: candidate.name in self._missed)

    def _reach(self, ctx: MotionContext, candidate: GraspCandidate, refusals: dict[str, int]) -> _Reach | None:
        """Return the way to, and up from, a grasp, or None with the reason counted in `refusals`."""

        def refuse(text: str) -> None:
            refusals[text] = refusals.get(text, 0) + 1

        target = self.task.target_object
        root = frozenset({int(ctx.model.body(target).id)})
        pose_world_link = ctx.link_pose(target, candidate.link)
        to_base = np.linalg.inv(ctx.pose_world_base)
        openings = (ctx.arm_spec.opening_max_m, min(candidate.width_m + 0.02, ctx.arm_spec.opening_max_m))
        text = "out of reach"
        for back_off in BACK_OFFS_M:
            pose_link_grasp = candidate.pose_link_grasp @ _along_z(-back_off)
            pose = pose_world_link @ pose_link_grasp
            solutions = ctx.kinematics.solutions(to_base @ pose, ctx.kinematics.home, ctx.rng, attempts=4)
            for q in solutions[:2]:
                for opening in openings:
                    collision = ctx.planning.collision(q, opening, Clearance(pad_m=0.001, near=root))
                    if collision is not None:
                        text = "in collision"
                        continue
                    if not self._goal_is_reachable(ctx, q, pose_link_grasp, candidate):
                        text = "from which the goal is out of reach"
                        break
                    reach = self._way(ctx, candidate, pose_link_grasp, q, opening, root)
                    if reach is not None:
                        return reach
                    text = "without a straight way in and up"
            if not solutions:
                break
        refuse(text)
        return None

    def _goal_is_reachable(
        self, ctx: MotionContext, q: Array, pose_link_grasp: Array, candidate: GraspCandidate
    ) -> bool:
        if not isinstance(self.task.goal, PlaceGoal):
            return True
        pose_object_link = np.linalg.inv(ctx.link_pose(self.task.target_object, _root(ctx, self.task)))
        pose_object_link = pose_object_link @ ctx.link_pose(self.task.target_object, candidate.link)
        pose_grasp_object: Array = np.asarray(np.linalg.inv(pose_object_link @ pose_link_grasp), np.float64)
        ctx.planning.hold(self.task.target_object, pose_grasp_object)
        found = place_configurations(
            ctx, self.task.goal, goal_pose(ctx, self.task.goal), pose_grasp_object, q, candidate.width_m, limit=1
        )
        ctx.planning.sync(ctx.data)
        return bool(found)

    def _way(
        self,
        ctx: MotionContext,
        candidate: GraspCandidate,
        pose_link_grasp: Array,
        q: Array,
        opening: float,
        root: frozenset[int],
    ) -> _Reach | None:
        pose = ctx.link_pose(self.task.target_object, candidate.link) @ pose_link_grasp
        near_target = Clearance(pad_m=0.001, near=root)
        for distance in APPROACHES_M:
            backwards = straight_path(ctx, q, pose @ _along_z(-distance), opening, near_target)
            if backwards is not None:
                break
        else:
            return None
        pose_world_object = ctx.link_pose(self.task.target_object, _root(ctx, self.task))
        ctx.planning.is_free(q, opening, near_target)
        ctx.planning.hold(self.task.target_object, np.linalg.inv(pose) @ pose_world_object)
        surroundings = Clearance(pad_m=0.001, near=ctx.planning.near_held())
        lift = None
        for height in LIFTS_M:
            up = shifted(pose, np.array([0.0, 0.0, height]))
            lift = straight_path(ctx, q, up, candidate.width_m, surroundings)
            if lift is not None:
                break
        ctx.planning.sync(ctx.data)
        if lift is None:
            return None
        return _Reach(candidate, pose_link_grasp, opening, backwards[-1], backwards[::-1], lift)

    def _route(self, ctx: MotionContext, reach: _Reach) -> NDArray[np.float32]:
        route = Route(ctx)
        if abs(route.opening_m - reach.opening_m) > 1e-3:
            route.move_gripper(reach.opening_m, settle_ticks=0)
        route.move_free(reach.q_before)
        route.move_along(reach.approach, pace=CONTACT_PACE)
        route.wait(4)
        route.move_gripper(0.0, settle_ticks=CLOSE_SETTLE_TICKS)
        route.move_along(reach.lift, pace=CONTACT_PACE)
        route.wait(LIFT_SETTLE_TICKS)
        target = self.task.target_object
        ctx.memory["grasp"] = ChosenGrasp(
            name=reach.candidate.name,
            object_id=target,
            link=reach.candidate.link,
            pose_link_grasp=reach.pose_link_grasp,
            opening_m=reach.candidate.width_m,
            height_before_m=float(ctx.link_pose(target, _root(ctx, self.task))[2, 3]),
        )
        return route.actions


def skills(task: TaskSpec) -> list[Pick | Place]:
    """Return the skills that take a thing and put it where its PlaceGoal says."""
    return [Pick(task), Place(task)]


def _root(ctx: MotionContext, task: TaskSpec) -> str:
    return ctx.scene.asset(task.target_object).links[0].name


def _along_z(distance: float) -> Array:
    pose = np.eye(4)
    pose[2, 3] = distance
    return pose
