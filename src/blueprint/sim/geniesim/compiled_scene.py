"""One version of a served scene's model: what is where in it, and how its state passes to the next version."""

from collections.abc import Mapping
from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import ArrayLike, NDArray

from blueprint.contracts.frames import Pose
from blueprint.robots.agibot import AgibotIndex
from blueprint.robots.agibot.robot import Side
from blueprint.sim.geniesim.objects import PlacedObject

__all__ = ["CompiledScene", "body_pose", "camera_pose", "carry_over", "is_near", "opencv_pose"]

_FAR_M = 50.0  # where clients park what they do not need any more
_OPENCV_FROM_MUJOCO = Pose.of((0, 0, 0), (0.0, 1.0, 0.0, 0.0))


@dataclass(frozen=True)
class CompiledScene:
    """One version of the model with what is where in it; `cameras` maps prim paths to camera names."""

    model: mujoco.MjModel
    robot: AgibotIndex
    objects: Mapping[str, PlacedObject]
    cameras: Mapping[str, str]

    def pose_object(self, data: mujoco.MjData, prim_path: str) -> Pose:
        """Return an object's prim in the world; `data` must hold up-to-date kinematics."""
        placed = self.objects[prim_path]
        return body_pose(data, self.model.body(placed.body).id) @ placed.pose_body_prim

    def pose_link(self, data: mujoco.MjData, link: str) -> Pose:
        return body_pose(data, self.robot.links[link])

    def pose_center(self, data: mujoco.MjData, side: Side) -> Pose:
        """Return gripper_{l,r}_center_link of an arm ("left", "right") in the world."""
        return body_pose(data, self.robot.arms[side].center_body)

    def joint_values(self, data: mujoco.MjData, placed: PlacedObject) -> dict[str, float]:
        return {name: float(data.qpos[self.model.joint(joint).qposadr[0]]) for name, joint in placed.joints.items()}

    def free_dofs(self, data: mujoco.MjData) -> NDArray[np.int64]:
        """Return the first velocity address of every free body that is where the robot could be."""
        free = self.model.jnt_type == mujoco.mjtJoint.mjJNT_FREE
        places = data.qpos[self.model.jnt_qposadr[free][:, None] + np.arange(3)]
        near = np.array([is_near(place) for place in places], bool)
        return np.asarray(self.model.jnt_dofadr[free][near], np.int64)


def is_near(position: ArrayLike) -> bool:
    """Say whether something is where the robot could be: not parked far off, not fallen out of the world."""
    x, y, z = np.asarray(position, float)
    return bool(abs(x) < _FAR_M and abs(y) < _FAR_M and z > -_FAR_M / 10)


def body_pose(data: mujoco.MjData, body: int) -> Pose:
    """Return a body in the world."""
    return Pose.of(data.xpos[body], data.xquat[body])


def camera_pose(data: mujoco.MjData, camera: int) -> Pose:
    """Return a camera in the world, USD and MuJoCo axes (looks along -Z, +Y up)."""
    quat = np.empty(4)
    mujoco.mju_mat2Quat(quat, data.cam_xmat[camera])
    return Pose.of(data.cam_xpos[camera], quat)


def opencv_pose(data: mujoco.MjData, camera: int) -> Pose:
    """Return a camera in the world, OpenCV axes (looks along +Z, +Y down)."""
    return camera_pose(data, camera) @ _OPENCV_FROM_MUJOCO


def carry_over(
    old_model: mujoco.MjModel, old: mujoco.MjData, model: mujoco.MjModel, data: mujoco.MjData, fresh: set[str]
) -> None:
    """Copy the state of every joint and motor that both models have, but for those of `fresh` objects."""
    data.time = old.time
    sizes = {mujoco.mjtJoint.mjJNT_FREE: (7, 6), mujoco.mjtJoint.mjJNT_BALL: (4, 3)}
    for index in range(model.njnt):
        name = model.joint(index).name
        before = mujoco.mj_name2id(old_model, mujoco.mjtObj.mjOBJ_JOINT, name)
        if before < 0 or name.split("/")[0] in fresh or old_model.jnt_type[before] != model.jnt_type[index]:
            continue
        nq, nv = sizes.get(mujoco.mjtJoint(int(model.jnt_type[index])), (1, 1))
        q, was_q = int(model.jnt_qposadr[index]), int(old_model.jnt_qposadr[before])
        v, was_v = int(model.jnt_dofadr[index]), int(old_model.jnt_dofadr[before])
        data.qpos[q : q + nq] = old.qpos[was_q : was_q + nq]
        data.qvel[v : v + nv] = old.qvel[was_v : was_v + nv]
        data.qacc_warmstart[v : v + nv] = old.qacc_warmstart[was_v : was_v + nv]
    for index in range(model.nu):
        before = mujoco.mj_name2id(old_model, mujoco.mjtObj.mjOBJ_ACTUATOR, model.actuator(index).name)
        if before >= 0:
            data.ctrl[index] = old.ctrl[before]
