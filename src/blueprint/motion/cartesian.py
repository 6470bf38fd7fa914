"""Straight lines and arcs of the grasp frame, followed by inverse kinematics from point to point."""

import numpy as np
from numpy.typing import NDArray

from blueprint.motion.ik import ArmKinematics

__all__ = ["follow", "line", "shifted"]

Array = NDArray[np.float64]

STEP_M = 0.01
MAX_JUMP_RAD = 0.25


def shifted(pose: Array, offset: Array) -> Array:
    """Return `pose` (4, 4) moved by `offset` (3,) in the parent frame, m."""
    moved = pose.copy()
    moved[:3, 3] += offset
    return moved


def line(start: Array, end: Array) -> list[Array]:
    """Return poses (4, 4) on the straight line from start (excluded) to end, every centimetre, end's orientation."""
    delta = end[:3, 3] - start[:3, 3]
    count = max(1, int(np.ceil(float(np.linalg.norm(delta)) / STEP_M)))
    return [shifted(end, -delta * (1 - k / count)) for k in range(1, count + 1)]


def follow(kinematics: ArmKinematics, q_start: Array, poses_base_grasp: list[Array]) -> Array | None:
    """Return configurations (n + 1, dof) from `q_start` through the poses, or None where the arm cannot follow.

    Each solution is the continuation of the previous one; a jump over 0.25 rad between points is refused.
    """
    path = [q_start]
    for pose in poses_base_grasp:
        q = kinematics.descend(pose, path[-1], max_iterations=25)
        if q is None or np.abs(q - path[-1]).max() > MAX_JUMP_RAD:
            return None
        path.append(q)
    return np.array(path)
