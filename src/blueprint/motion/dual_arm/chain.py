"""Kinematics of one arm, many configurations at once, in the frame of the link that carries the arm."""

from functools import lru_cache
from itertools import pairwise

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.robots.agibot import AgibotIndex, AgibotRobot, load_agibot
from blueprint.robots.agibot.robot import RobotLink, Side

__all__ = ["ArmChain", "arm_chain", "body_pose", "carrier_pose"]

Array = NDArray[np.float64]


class ArmChain:
    """Seven hinges from the carrier link to the gripper's center link. q is (..., 7) rad, poses are 4×4 matrices."""

    def __init__(self, robot: AgibotRobot, side: Side) -> None:
        links = {link.name: link for link in robot.links}
        arm = robot.arms[side]
        self.carrier = str(links[arm.links[0]].parent)
        self.link_names = [*arm.links, arm.center_link]
        joints = [robot.joints[name] for name in arm.joints]
        self.lower = np.array([joint.lower for joint in joints])
        self.upper = np.array([joint.upper for joint in joints])
        self.home = np.array([robot.initial_positions.get(name, 0.0) for name in arm.joints])
        names = [self.carrier, *self.link_names]
        fixed = [_pose_between(links, above, below) for above, below in pairwise(names)]
        self._rotations = np.array([pose[:3, :3] for pose in fixed])
        self._offsets = np.array([pose[:3, 3] for pose in fixed])
        axes = np.array([joint.axis for joint in joints])
        self._axes = axes / np.linalg.norm(axes, axis=1, keepdims=True)
        self._crosses = np.array([_cross_matrix(axis) for axis in self._axes])
        self.shoulder = fixed[0][:3, 3]
        self.reach = float(np.linalg.norm(self._offsets[1:], axis=1).sum())  # no configuration puts the hand farther

    def frames(self, q: Array) -> tuple[Array, Array]:
        """Return rotations (..., 8, 3, 3) and origins (..., 8, 3) of `link_names` in the carrier's frame."""
        batch = q.shape[:-1]
        turns = self._turns(q)
        rotations, origins = np.empty((*batch, 8, 3, 3)), np.empty((*batch, 8, 3))
        rotation, origin = np.broadcast_to(np.eye(3), (*batch, 3, 3)), np.zeros((*batch, 3))
        for k in range(8):
            origin = origin + rotation @ self._offsets[k]
            rotation = rotation @ self._rotations[k]
            if k < 7:
                rotation = rotation @ turns[..., k, :, :]
            rotations[..., k, :, :], origins[..., k, :] = rotation, origin
        return rotations, origins

    def forward(self, q: Array) -> Array:
        """Return poses (..., 8, 4, 4) of `link_names` (links 1 to 7, then the center link) in the carrier's frame."""
        rotations, origins = self.frames(q)
        poses = np.zeros((*origins.shape[:-1], 4, 4))
        poses[..., :3, :3], poses[..., :3, 3], poses[..., 3, 3] = rotations, origins, 1.0
        return poses

    def jacobian(self, frames: tuple[Array, Array]) -> Array:
        """Return d(position m, rotation rad)/dq (..., 6, 7) of the center link from `frames`, carrier's frame."""
        rotations, origins = frames
        axes = np.einsum("...kij,kj->...ki", rotations[..., :7, :, :], self._axes)
        arms = origins[..., 7:8, :] - origins[..., :7, :]
        return np.concatenate([np.cross(axes, arms), axes], axis=-1).swapaxes(-1, -2)

    def _turns(self, q: Array) -> Array:
        """Return R = I + sin q K + (1 - cos q) K² (Rodrigues) for each joint, (..., 7, 3, 3)."""
        sine, cosine = np.sin(q)[..., None, None], np.cos(q)[..., None, None]
        turns: Array = np.eye(3) + sine * self._crosses + (1 - cosine) * (self._crosses @ self._crosses)
        return turns


def arm_chain(robot: AgibotRobot, side: Side) -> ArmChain:
    """Return the (shared, per process) kinematics of an arm."""
    return _chain(robot.name, side)


@lru_cache
def _chain(name: str, side: Side) -> ArmChain:
    return ArmChain(load_agibot(name), side)


def body_pose(data: mujoco.MjData, body: int) -> Array:
    """Return the pose (4, 4) of a body in the world; positions must be up to date."""
    pose = np.eye(4)
    pose[:3, :3] = data.xmat[body].reshape(3, 3)
    pose[:3, 3] = data.xpos[body]
    return pose


def carrier_pose(data: mujoco.MjData, index: AgibotIndex, side: Side) -> Array:
    """Return the pose (4, 4) in the world of the link that carries an arm."""
    return body_pose(data, index.links[arm_chain(index.robot, side).carrier])


def _pose_between(links: dict[str, RobotLink], ancestor: str, name: str) -> Array:
    """Return the pose (4, 4) of a link in an ancestor with all joints between at zero."""
    pose = np.eye(4)
    while name != ancestor:
        pose = links[name].pose_parent_link.matrix() @ pose
        name = str(links[name].parent)
    return pose


def _cross_matrix(axis: Array) -> Array:
    x, y, z = axis
    return np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
