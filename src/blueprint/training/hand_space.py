"""Where a hand is and where it is told to go: between joints, in which robots act, and poses, in which tasks repeat."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.transform import Rotation

from blueprint.contracts.errors import InputError
from blueprint.motion.ik import kinematics_of
from blueprint.robots.embodiment import Embodiment

__all__ = ["HandSpace", "moved", "offset_of"]

Array = NDArray[np.float64]
_ITERATIONS = 30


class HandSpace:
    """The acting arm of a robot. Poses are (4, 4), of the grasp frame in the frame of the robot's base.

    Raises InputError for a robot whose base drives about: then the hand does not tell where the robot is.
    """

    def __init__(self, embodiment: Embodiment, arm: str | None = None) -> None:
        if embodiment.base_joints:
            raise InputError(
                f"robot {embodiment.name} drives about; policies are learned for robots that stand.",
                remedy="train on demonstrations of a robot with a fixed base.",
            )
        self.embodiment = embodiment
        self.slots = embodiment.slots(arm)
        self.opening_max_m = embodiment.arm(arm).opening_max_m
        self._kinematics = kinematics_of(embodiment.name, arm)

    def poses(self, rows: ArrayLike) -> Array:
        """Return the hand's poses (T, 4, 4) at states or at the targets of actions (T, A)."""
        joints = np.asarray(rows, np.float64)[:, self.slots.joints]
        return np.array([self._kinematics.forward(q) for q in joints])

    def openings(self, rows: ArrayLike) -> Array:
        """Return the opening (T,) of states or actions (T, A), m."""
        return np.asarray(rows, np.float64)[:, self.slots.gripper]

    def action(self, pose: Array, opening_m: float, last: NDArray[np.float32]) -> NDArray[np.float32] | None:
        """Return the action (A,) that leads the hand from the last action to a pose; None where the arm cannot follow.

        The joints are the nearest that give the pose; whatever is not of this arm stays as it was.
        """
        q = self._kinematics.descend(pose, np.asarray(last[self.slots.joints], np.float64), _ITERATIONS)
        if q is None:
            return None
        action = np.array(last, np.float32)
        action[self.slots.joints] = q
        action[self.slots.gripper] = np.clip(opening_m, 0.0, self.opening_max_m)
        return action


def offset_of(poses: Array, targets: Array) -> Array:
    """Return (…, 6): where targets (…, 4, 4) are as seen from poses (…, 4, 4): position m, rotation vector rad."""
    relative = np.linalg.inv(poses) @ targets
    turns = Rotation.from_matrix(relative[..., :3, :3].reshape(-1, 3, 3)).as_rotvec()
    return np.concatenate([relative[..., :3, 3], turns.reshape(*relative.shape[:-2], 3)], axis=-1)


def moved(poses: Array, offsets: Array) -> Array:
    """Return poses (…, 4, 4) moved by offsets (…, 6) in their own frames: the inverse of `offset_of`."""
    steps = np.zeros((*offsets.shape[:-1], 4, 4))
    steps[..., :3, :3] = (
        Rotation.from_rotvec(offsets[..., 3:].reshape(-1, 3)).as_matrix().reshape(*offsets.shape[:-1], 3, 3)
    )
    steps[..., :3, 3] = offsets[..., :3]
    steps[..., 3, 3] = 1.0
    return poses @ steps
