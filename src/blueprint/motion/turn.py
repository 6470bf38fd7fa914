"""Turning a knob: grip it, turn the hand about its axis, let go."""

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import AssetModel, Joint, Link
from blueprint.contracts.episode import FailureReason
from blueprint.contracts.frames import Pose, quat_wxyz_from_axis_angle
from blueprint.contracts.scene import Scene
from blueprint.contracts.task import JointGoal, TaskSpec
from blueprint.motion.articulate import joint_motion
from blueprint.motion.cartesian import follow, shifted
from blueprint.motion.collision import Clearance
from blueprint.motion.context import ChosenGrasp, MotionContext, PlanningError, body_name
from blueprint.motion.finger_tips import finger_tips
from blueprint.motion.grasps import GraspCandidate
from blueprint.motion.needs import Need, link_pose_at
from blueprint.motion.release import grip_along
from blueprint.motion.route import Route, straight_path
from blueprint.robots.embodiment import Embodiment

__all__ = ["Turn", "is_knob", "need", "skills"]

Array = NDArray[np.float64]

ON_AXIS_M, ALONG_AXIS_COSINE = 0.005, 0.9
SPINS = 12  # ways to put the fingers around a round knob
STEP_RAD = 0.05
COARSE_STEP_RAD = 0.2  # where a base is looked for
AWAY_M = 10.0
APPROACHES_M = (0.08, 0.05, 0.03)
DECLARED_REACH_M = 0.010  # declared grasps are for tips that reach so far beyond the grasp frame
ROOM_M = 0.03  # around the knob, between open fingers
DEPTH_M = 0.002
TURN_PACE = 0.5
REACHED_FRACTION = 0.85


class Turn:
    """Put the fingers around a knob in such a way that the wrist can go on turning, close, turn, open, draw back."""

    name = "turn"

    def __init__(self, task: TaskSpec) -> None:
        assert isinstance(task.goal, JointGoal)
        self.task = task
        self.goal = task.goal
        self.instruction = task.instruction
        self._before = 0.0

    def plan(self, ctx: MotionContext) -> NDArray[np.float32]:
        """Return actions (n, A); raises PlanningError NO_GRASP, UNREACHABLE or NO_PATH."""
        target = self.task.target_object
        asset, link = ctx.scene.asset(target), _link_of(ctx.scene, self.task)
        candidates = _grips(asset, link, ctx.arm_spec.opening_max_m)
        if not candidates:
            raise PlanningError(FailureReason.NO_GRASP, f"{target}/{link.name} is no knob that the gripper can hold")
        self._before = ctx.joint_value(target, self.goal.joint)
        problem = PlanningError(FailureReason.UNREACHABLE, f"the wrist cannot turn {target}/{link.name} that far")
        for candidate in candidates:
            ctx.planning.sync(ctx.data)
            try:
                route = self._route(ctx, link, candidate)
            except PlanningError as error:
                problem = error
                continue
            if route is not None:
                return route.actions
        raise problem

    def verify(self, ctx: MotionContext) -> None:
        """Raise JOINT_STUCK unless the knob made at least 85 % of the way."""
        value = ctx.joint_value(self.task.target_object, self.goal.joint)
        if (value - self._before) / (self.goal.value - self._before) < REACHED_FRACTION:
            text = f"{self.task.target_object}/{self.goal.joint} is at {value:.3f}, wanted {self.goal.value:.3f}"
            raise PlanningError(FailureReason.JOINT_STUCK, text)

    def _route(self, ctx: MotionContext, link: Link, candidate: GraspCandidate) -> Route | None:
        target, joint = self.task.target_object, link.joint
        assert joint is not None
        planning = ctx.planning
        near = Clearance(pad_m=0.001, near=frozenset({int(ctx.model.body(target).id)}), near_depth_m=DEPTH_M)
        opening = min(candidate.width_m + ROOM_M, ctx.arm_spec.opening_max_m)
        to_base = np.linalg.inv(ctx.pose_world_base)
        pose_world_link = ctx.link_pose(target, link.name)
        # Fingers that swing reach further as they close, and longer ones than grasps are declared for stay higher up.
        reach = max(finger_tips(ctx, width).reach_m for width in (candidate.width_m, opening))
        pose_link_grasp = candidate.pose_link_grasp @ _back(max(0.0, reach - DECLARED_REACH_M))
        poses = [
            to_base @ pose_world_link @ joint_motion(joint, moved) @ pose_link_grasp
            for moved in _steps(self.goal.value - self._before)
        ]
        for q in ctx.kinematics.solutions(poses[0], ctx.arm_spec.home_qpos, ctx.rng, attempts=6)[:3]:
            if not planning.is_free(q, opening, near):
                continue
            turning = follow(ctx.kinematics, q, poses[1:])
            if turning is None or not all(planning.is_free(at, candidate.width_m, near) for at in turning):
                continue
            approach = _straight_back(ctx, q, ctx.pose_world_base @ poses[0], opening, near)
            retreat = _straight_back(ctx, turning[-1], ctx.pose_world_base @ poses[-1], opening, near)
            if approach is None or retreat is None:
                continue
            route = grip_along(
                ctx,
                approach=approach,
                moving=turning,
                retreat=retreat,
                opening_m=opening,
                width_m=candidate.width_m,
                pace=TURN_PACE,
            )
            ctx.memory["grasp"] = ChosenGrasp(
                candidate.name, target, link.name, pose_link_grasp, candidate.width_m, self._before
            )
            return route
        return None


def skills(task: TaskSpec) -> list[Turn]:
    """Return the skill that turns a knob to its JointGoal."""
    return [Turn(task)]


def need(scene: Scene, task: TaskSpec, embodiment: Embodiment) -> Need:
    """Return the hand poses all along the turn, for some ways to put the fingers around the knob.

    The knob itself is taken out of the way there: the fingers are to be around it.
    """
    assert isinstance(task.goal, JointGoal)
    target = task.target_object
    asset, link = scene.asset(target), _link_of(scene, task)
    start = task.initial_joints.get(f"{target}/{task.goal.joint}", 0.0)
    pose = scene.pose_world_object(target).matrix()
    steps = _steps(task.goal.value - start, COARSE_STEP_RAD)
    along = [pose @ link_pose_at(asset, link, start + moved) for moved in steps]
    grips = _grips(asset, link, embodiment.arm(task.arm).opening_max_m)[:: SPINS // 6]
    chains = [_with_approach([there @ grip.pose_link_grasp for there in along]) for grip in grips]
    closed = pose @ link_pose_at(asset, link, 0.0)
    away = tuple(shifted(closed, np.array([0.0, 0.0, -AWAY_M])) for _ in chains[0]) if chains else ()
    return Need(tuple(chains), continuous=True, moving=body_name(target, link), along=away, closed=closed)


def _with_approach(poses: list[Array]) -> tuple[Array, ...]:
    """Return hand poses with the straight way to the first before them, and from the last after them."""
    ways = [_back(APPROACHES_M[1]), _back(APPROACHES_M[1] / 2)]
    return (*(poses[0] @ back for back in ways), *poses, *(poses[-1] @ back for back in ways[::-1]))


def is_knob(asset: AssetModel, link: Link) -> bool:
    """Return whether a link turns about the middle of its own handle: one grips it and turns the wrist."""
    return bool(_grips(asset, link, np.inf))


def _grips(asset: AssetModel, link: Link, opening_max_m: float) -> list[GraspCandidate]:
    """Return the grasps that lie on a link's axis, at every spin about it, so that some suit the wrist."""
    joint = link.joint
    if joint is None or joint.type != "revolute":
        return []
    axis = np.asarray(joint.axis, float)
    found = []
    for grasp in asset.grasps:
        pose = grasp.pose_link_grasp.matrix()
        off = pose[:3, 3] - axis * float(axis @ pose[:3, 3])
        on_axis = float(np.linalg.norm(off)) < ON_AXIS_M and abs(float(axis @ pose[:3, 2])) > ALONG_AXIS_COSINE
        if grasp.link == link.name and on_axis and grasp.width_m < opening_max_m:
            found += [
                GraspCandidate(f"{grasp.name}@{k}", link.name, _spun(joint, k) @ pose, grasp.width_m, 0.0)
                for k in range(SPINS)
            ]
    return found


def _spun(joint: Joint, k: int) -> Array:
    return Pose.of((0, 0, 0), quat_wxyz_from_axis_angle(joint.axis, 2 * np.pi * k / SPINS)).matrix()


def _steps(way: float, step: float = STEP_RAD) -> Array:
    """How far the knob has turned at each step of the way, 0 included."""
    return np.linspace(0.0, way, 2 + int(abs(way) / step))


def _straight_back(ctx: MotionContext, q: Array, pose: Array, opening: float, clearance: Clearance) -> Array | None:
    for distance in APPROACHES_M:
        path = straight_path(ctx, q, pose @ _back(distance), opening, clearance)
        if path is not None:
            return path
    return None


def _back(distance: float) -> Array:
    """Return the pose (4, 4), in the grasp frame, that is drawn back along the approach."""
    pose = np.eye(4)
    pose[2, 3] = -distance
    return pose


def _link_of(scene: Scene, task: TaskSpec) -> Link:
    assert isinstance(task.goal, JointGoal)
    joint = task.goal.joint
    return next(link for link in scene.asset(task.target_object).links if link.joint and link.joint.name == joint)
