"""Paths of one arm: free of obstacles in joint space, or along a straight line of the hand."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.episode import FailureReason
from blueprint.contracts.frames import Pose
from blueprint.motion.context import PlanningError
from blueprint.motion.dual_arm.chain import arm_chain, carrier_pose
from blueprint.motion.dual_arm.collision import ArmScene
from blueprint.motion.dual_arm.ik import descend
from blueprint.motion.rrt import plan_path
from blueprint.motion.trajectory import smooth_path, spline_points
from blueprint.robots.agibot.robot import Side

__all__ = ["line_poses", "plan_free", "plan_linear"]

Array = NDArray[np.float64]

STEP_M = 0.01
STEP_RAD = 0.05
MAX_JUMP_RAD = 0.25
EXTRA_PADS_M = (0.006, 0.0)  # room for rounding corners, given up where there is none
SPACINGS_RAD = (0.2, 0.1, 0.05, 0.02)  # of the smoothed path: finer where rounding corners would touch something
FINE_RAD = 0.02
LINE_SPACING_RAD = 0.03


def plan_free(scene: ArmScene, side: Side, q_start: Array, q_goal: Array, rng: np.random.Generator) -> Array:
    """Return control points (m, 7) of a smooth, collision-free path between configurations (7,), rad.

    Straight in joint space where that is free, else by RRT-Connect. Raises PlanningError NO_PATH, or COLLISION where
    the start or the goal itself touches something.
    """
    chain = arm_chain(scene.index.robot, side)
    for where, q in (("start", q_start), ("goal", q_goal)):
        if text := scene.collision(side, q):
            raise PlanningError(FailureReason.COLLISION, f"at the {where} {text}")

    for extra in EXTRA_PADS_M:
        path = plan_path(q_start, q_goal, partial(scene.is_free, side, extra_m=extra), chain.lower, chain.upper, rng)
        if path is None:
            continue
        for spacing in SPACINGS_RAD:
            control = smooth_path(path, spacing)
            if len(path) == 2 or all(scene.is_free(side, q) for q in _samples(control, spacing)):
                return control
    raise PlanningError(FailureReason.NO_PATH, f"no collision-free path of the {side} arm")


def plan_linear(
    scene: ArmScene, side: Side, q_start: Array, pose_world_goal: Pose, *, avoid_obstacles: bool = True
) -> Array:
    """Return control points (m, 7) that take the center link along a straight line in space to a pose in the world.

    Position is interpolated linearly, orientation by slerp, every centimetre or 0.05 rad; each configuration continues
    the last. Raises PlanningError: UNREACHABLE where the arm cannot follow, COLLISION where something is too close.
    """
    chain = arm_chain(scene.index.robot, side)
    to_carrier = np.linalg.inv(carrier_pose(scene.data, scene.index, side))
    start = chain.forward(q_start)[7]
    path = [np.asarray(q_start, float)]
    poses = line_poses(start, to_carrier @ pose_world_goal.matrix())
    for number, pose in enumerate(poses, start=1):
        q = descend(chain, pose, path[-1])
        if q is None or np.abs(q - path[-1]).max() > MAX_JUMP_RAD:
            raise PlanningError(FailureReason.UNREACHABLE, f"the line breaks off at {number} of {len(poses)} points")
        if avoid_obstacles and (text := scene.collision(side, q)):
            raise PlanningError(FailureReason.COLLISION, f"at {number} of {len(poses)} points of the line {text}")
        path.append(q)
    return smooth_path(np.array(path), LINE_SPACING_RAD)


def line_poses(start: Array, end: Array) -> list[Array]:
    """Return poses (4, 4) on the straight line from start (excluded) to end, orientations by slerp."""
    from scipy.spatial.transform import Rotation, Slerp

    turns = Rotation.from_matrix(np.array([start[:3, :3], end[:3, :3]]))
    angle = float((turns[0].inv() * turns[1]).magnitude())
    length = float(np.linalg.norm(end[:3, 3] - start[:3, 3]))
    count = max(1, int(np.ceil(max(length / STEP_M, angle / STEP_RAD))))
    fractions = np.arange(1, count + 1) / count
    poses = np.tile(np.eye(4), (count, 1, 1))
    poses[:, :3, :3] = Slerp([0.0, 1.0], turns)(fractions).as_matrix()
    poses[:, :3, 3] = start[:3, 3] + fractions[:, None] * (end[:3, 3] - start[:3, 3])
    return list(poses)


def _samples(control: Array, spacing: float) -> Array:
    return spline_points(control, np.linspace(0, 1, 2 + int(len(control) * spacing / FINE_RAD)))
