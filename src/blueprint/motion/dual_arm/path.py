"""Paths of one arm: free of obstacles in joint space, or along a straight line of the hand."""

from collections.abc import Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.episode import FailureReason
from blueprint.contracts.frames import Pose
from blueprint.motion.context import PlanningError
from blueprint.motion.dual_arm.chain import ArmChain, arm_chain, carrier_pose
from blueprint.motion.dual_arm.collision import ArmScene
from blueprint.motion.dual_arm.ik import descend, postures
from blueprint.motion.rrt import plan_path
from blueprint.motion.trajectory import smooth_path, spline_points
from blueprint.robots.agibot.robot import Side

__all__ = ["line_poses", "plan_free", "plan_linear"]

Array = NDArray[np.float64]

STEP_M = 0.01
STEP_RAD = 0.05
MAX_JUMP_RAD = 0.25
MAX_POSTURES = 8
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

    Position is interpolated linearly, orientation by slerp, every centimetre or 0.05 rad. Where plain continuation runs
    into a joint's limit or an obstacle, the elbow is led to other postures of the goal. Raises PlanningError:
    UNREACHABLE where the arm cannot follow, COLLISION where something is too close.
    """
    chain = arm_chain(scene.index.robot, side)
    to_carrier = np.linalg.inv(carrier_pose(scene.data, scene.index, side))
    poses = line_poses(chain.forward(q_start)[7], to_carrier @ pose_world_goal.matrix())
    refusal = collision = ""
    for path in _lines(chain, q_start, poses):
        if len(path) <= len(poses):
            refusal = refusal or f"the line breaks off at {len(path)} of {len(poses)} points"
            continue
        texts = (scene.collision(side, q) for q in path[1:]) if avoid_obstacles else ()
        text = next((text for text in texts if text), None)
        if text is None:
            return smooth_path(np.array(path), LINE_SPACING_RAD)
        collision = collision or text
    if collision:
        raise PlanningError(FailureReason.COLLISION, f"on the line {collision}")
    raise PlanningError(FailureReason.UNREACHABLE, refusal)


def _lines(chain: ArmChain, q_start: Array, poses: list[Array]) -> Iterator[list[Array]]:
    """Yield what `_follow` returns by plain continuation, then led to the postures of the last pose, nearest first."""
    yield _follow(chain, q_start, poses, None)
    for q_end in postures(chain, poses[-1], q_start)[:MAX_POSTURES]:
        yield _follow(chain, q_start, poses, q_end)


def _follow(chain: ArmChain, q_start: Array, poses: list[Array], q_end: Array | None) -> list[Array]:
    """Return configurations from `q_start` through the poses, as far as the arm can follow without a jump.

    Each continues the last; with `q_end` the elbow is on its way there all along.
    """
    path = [np.asarray(q_start, float)]
    for number, pose in enumerate(poses):
        guess = path[-1] if q_end is None else path[-1] + (q_end - path[-1]) / (len(poses) - number)
        q = descend(chain, pose, guess)
        if q is None or np.abs(q - path[-1]).max() > MAX_JUMP_RAD:
            break
        path.append(q)
    return path


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
