"""Opening and closing drawers, doors and lids by their handles."""

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import Joint, Link, Region
from blueprint.contracts.episode import FailureReason
from blueprint.contracts.frames import Pose, quat_wxyz_from_axis_angle
from blueprint.contracts.task import JointGoal, TaskSpec
from blueprint.motion.cartesian import follow
from blueprint.motion.collision import Clearance
from blueprint.motion.context import ChosenGrasp, MotionContext, PlanningError
from blueprint.motion.grasps import GraspCandidate, handle_candidates
from blueprint.motion.release import grip_along
from blueprint.motion.route import Route, straight_path

__all__ = ["MoveJoint", "joint_motion", "skills"]

Array = NDArray[np.float64]

APPROACHES_M = (0.08, 0.05, 0.03)
STEP_M, STEP_RAD = 0.01, 0.03
TURN_FRACTIONS = (1.0, 0.75, 0.5, 0.25, 0.0)  # how much of a door's turning the hand follows; the rest slips
PULL_PACE = 0.4
REACHED_FRACTION = 0.85
DEPTH_M = 0.002
MARGIN_M = 0.01


class MoveJoint:
    """Grip the handle, take it along the joint's path, let go, retreat."""

    def __init__(self, task: TaskSpec) -> None:
        assert isinstance(task.goal, JointGoal)
        self.task = task
        self.goal = task.goal
        self.name: str = task.task_type
        self.instruction = task.instruction

    def plan(self, ctx: MotionContext) -> NDArray[np.float32]:
        """Return actions (n, 8); raises PlanningError NO_GRASP, UNREACHABLE or NO_PATH."""
        target = self.task.target_object
        link = self._link(ctx)
        candidates = handle_candidates(ctx.scene.asset(target), link.name, ctx.arm_spec.opening_max_m)
        if not candidates:
            raise PlanningError(FailureReason.NO_GRASP, f"{target} has no handle on {link.name}")
        problem = PlanningError(FailureReason.UNREACHABLE, f"the handle of {target}/{link.name} is out of reach")
        for candidate in candidates:
            for turning in TURN_FRACTIONS if link.joint and link.joint.type == "revolute" else (1.0,):
                ctx.planning.sync(ctx.data)
                try:
                    route = self._route(ctx, link, candidate, turning)
                except PlanningError as error:
                    problem = error
                    continue
                if route is not None:
                    return route.actions
        raise problem

    def verify(self, ctx: MotionContext) -> None:
        """Raise JOINT_STUCK unless the joint made at least 85 % of the way."""
        before = ctx.memory["grasp"].height_before_m
        value = ctx.joint_value(self.task.target_object, self.goal.joint)
        wanted = self.goal.value - before
        if (value - before) / wanted < REACHED_FRACTION:
            raise PlanningError(
                FailureReason.JOINT_STUCK,
                f"{self.task.target_object}/{self.goal.joint} is at {value:.3f}, wanted {self.goal.value:.3f}",
            )

    def _route(self, ctx: MotionContext, link: Link, candidate: GraspCandidate, turning: float) -> Route | None:
        target = self.task.target_object
        near = frozenset({int(ctx.model.body(target).id)})
        clearance = Clearance(pad_m=0.001, near=near, near_depth_m=DEPTH_M)
        body = ctx.link_body(target, link.name)
        grasp = ctx.body_pose(body) @ candidate.pose_link_grasp
        to_base = np.linalg.inv(ctx.pose_world_base)
        before = ctx.joint_value(target, self.goal.joint)
        opening = min(candidate.width_m + 0.035, ctx.arm_spec.opening_max_m)
        poses = [to_base @ pose for pose in self._hand_poses(ctx, link, candidate, before, turning)]
        riders = self._riders(ctx, link)
        for q in ctx.kinematics.solutions(to_base @ grasp, ctx.kinematics.home, ctx.rng, attempts=10)[:4]:
            if not ctx.planning.is_free(q, opening, clearance):
                continue
            pull = follow(ctx.kinematics, q, poses)
            if pull is None or not self._is_free_along(ctx, link, riders, pull, before, candidate.width_m, clearance):
                continue
            approach = self._straight_back(ctx, q, grasp, opening, clearance)
            if approach is None:
                continue
            self._set_joint(ctx, link, riders, self.goal.value)
            last = ctx.pose_world_base @ poses[-1]
            retreat = self._straight_back(ctx, pull[-1], last, opening, clearance)
            ctx.planning.sync(ctx.data)
            if retreat is None:
                continue
            route = grip_along(
                ctx,
                approach=approach,
                moving=pull,
                retreat=retreat,
                opening_m=opening,
                width_m=candidate.width_m,
                pace=PULL_PACE,
            )
            ctx.memory["grasp"] = ChosenGrasp(
                candidate.name, target, link.name, candidate.pose_link_grasp, candidate.width_m, before
            )
            return route
        return None

    def _straight_back(
        self, ctx: MotionContext, q: Array, pose: Array, opening: float, clearance: Clearance
    ) -> Array | None:
        for distance in APPROACHES_M:
            back = np.eye(4)
            back[2, 3] = -distance
            path = straight_path(ctx, q, pose @ back, opening, clearance)
            if path is not None:
                return path
        return None

    def _hand_poses(
        self, ctx: MotionContext, link: Link, candidate: GraspCandidate, before: float, turning: float
    ) -> list[Array]:
        """Return world poses (4, 4) of the grasp frame along the joint's path, the start excluded."""
        joint = link.joint
        assert joint is not None
        pose_world_link = ctx.link_pose(self.task.target_object, link.name)
        step = STEP_M if joint.type == "prismatic" else STEP_RAD
        count = max(1, int(np.ceil(abs(self.goal.value - before) / step)))
        poses = []
        for k in range(1, count + 1):
            moved = (self.goal.value - before) * k / count
            pose = pose_world_link @ joint_motion(joint, moved) @ candidate.pose_link_grasp
            if turning < 1.0:
                pose[:3, :3] = (
                    pose_world_link[:3, :3]
                    @ joint_motion(joint, moved * turning)[:3, :3]
                    @ candidate.pose_link_grasp[:3, :3]
                )
            poses.append(pose)
        return poses

    def _is_free_along(
        self,
        ctx: MotionContext,
        link: Link,
        riders: dict[str, Array],
        path: Array,
        before: float,
        opening: float,
        clearance: Clearance,
    ) -> bool:
        count = len(path) - 1
        for k, q in enumerate(path):
            self._set_joint(ctx, link, riders, before + (self.goal.value - before) * k / count)
            if not ctx.planning.is_free(q, opening, clearance):
                ctx.planning.sync(ctx.data)
                return False
        ctx.planning.sync(ctx.data)
        return True

    def _riders(self, ctx: MotionContext, link: Link) -> dict[str, Array]:
        """Return the loose things in or on the regions of the moving link, with their poses (4, 4) in its frame."""
        target = self.task.target_object
        to_link = np.linalg.inv(ctx.link_pose(target, link.name))
        regions = [region for region in ctx.scene.asset(target).regions if region.link == link.name]
        found = {}
        for item in ctx.scene.objects:
            if item.is_fixed or item.is_architecture or item.id == target:
                continue
            pose = to_link @ ctx.link_pose(item.id, ctx.scene.asset(item.id).links[0].name)
            if any(_is_over(region, pose[:3, 3]) for region in regions):
                found[item.id] = pose
        return found

    def _set_joint(self, ctx: MotionContext, link: Link, riders: dict[str, Array], value: float) -> None:
        """Move the joint in the planning copy, and with it what is in the drawer."""
        target = self.task.target_object
        ctx.planning.set_joint(target, self.goal.joint, value)
        pose = ctx.planning.link_pose(ctx.link_body(target, link.name))
        for rider, pose_link_rider in riders.items():
            ctx.planning.put(rider, pose @ pose_link_rider)

    def _link(self, ctx: MotionContext) -> Link:
        links = ctx.scene.asset(self.task.target_object).links
        return next(link for link in links if link.joint and link.joint.name == self.goal.joint)


def _is_over(region: Region, point_link: Array) -> bool:
    x, y, z = region.pose_link_region.inverse().apply(point_link)
    inside = abs(x) <= region.half_extents[0] + MARGIN_M and abs(y) <= region.half_extents[1] + MARGIN_M
    return bool(inside and -MARGIN_M <= z <= region.clearance_m)


def skills(task: TaskSpec) -> list[MoveJoint]:
    """Return the skill that moves a joint by its handle to the value of a JointGoal."""
    return [MoveJoint(task)]


def joint_motion(joint: Joint, value: float) -> Array:
    """Return the pose (4, 4) that a joint's motion by `value` adds in the child link's frame."""
    if joint.type == "prismatic":
        return Pose.of(np.asarray(joint.axis) * value).matrix()
    return Pose.of((0, 0, 0), quat_wxyz_from_axis_angle(joint.axis, value)).matrix()
