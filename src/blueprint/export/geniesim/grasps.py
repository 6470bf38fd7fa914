"""Grasps of an asset for the omnipicker, in the convention of Genie Sim's grasp files."""

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import AssetModel
from blueprint.contracts.frames import Pose, quat_wxyz_from_axis_angle
from blueprint.contracts.geniesim.grasp_file import MAX_GRASPS, GraspSet
from blueprint.export.geniesim.frame import PackageFrame
from blueprint.motion.grasps import grasp_candidates
from blueprint.robots.agibot import AgibotRobot
from blueprint.robots.agibot.model import agibot_spec

__all__ = ["TILTS_DEG", "grasp_set", "tip_beyond_center_m"]

Array = NDArray[np.float64]
TILTS_DEG = (0, 20, -20, 40, -40)  # about the closing axis: an arm rarely comes straight down
_TILT_COST = 0.15  # per 20°
_FROM_BELOW = 0.1  # approaches whose upward part is more than this run into the support
# Ours: +Z approaches, ±Y closes. GraspNet's: column 0 approaches, column 1 closes.
_OURS_FROM_GRASPNET = np.array([[0.0, 0.0, -1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
_HAND_DOWN = np.diag([1.0, -1.0, -1.0, 1.0])


def grasp_set(model: AssetModel, frame: PackageFrame, opening_m: float, tip_beyond_m: float) -> GraspSet:
    """Return the grasps of a free asset for a gripper that opens to `opening_m`: the declared ones and those across
    simple colliders, turned where the asset is round, with the fingers swapped, and tilted about the closing axis.

    Our grasps say where the finger tips go; the gripper's centre stays `tip_beyond_m` behind along the approach.
    """
    poses_asset_link = {name: pose.matrix() for name, pose in model.poses_asset_link().items()}
    found: list[tuple[float, Array, float]] = []
    for candidate in grasp_candidates(model, poses_asset_link, _HAND_DOWN, opening_m):
        for tilt in TILTS_DEG:
            pose = poses_asset_link[candidate.link] @ candidate.pose_link_grasp @ _about_closing_axis(tilt)
            if tilt == 0 or pose[2, 2] <= _FROM_BELOW:
                found.append((candidate.cost + _TILT_COST * abs(tilt) / 20, pose, candidate.width_m))
    found.sort(key=lambda item: item[0])  # stable: the candidates come best first
    found = found[:MAX_GRASPS]
    to_package = frame.pose_asset_package.inverse().matrix()
    poses = np.zeros((len(found), 4, 4))
    for k, (_, pose_asset_grasp, _) in enumerate(found):
        pose = to_package @ pose_asset_grasp
        poses[k] = pose
        poses[k, :3, :3] = pose[:3, :3] @ _OURS_FROM_GRASPNET
        poses[k, :3, 3] = pose[:3, 3] - tip_beyond_m * pose[:3, 2]
    return GraspSet(np.round(poses, 9) + 0.0, np.array([width for _, _, width in found]))


def _about_closing_axis(angle_deg: float) -> Array:
    return Pose.of((0, 0, 0), quat_wxyz_from_axis_angle((0, 1, 0), np.deg2rad(angle_deg))).matrix()


def tip_beyond_center_m(robot: AgibotRobot) -> float:
    """Return how far the pads reach beyond `gripper_r_center_link` along its Z, the gripper half open, m."""
    model = agibot_spec(robot).compile()
    data = mujoco.MjData(model)
    gripper = robot.arm("right").gripper
    qpos = robot.complete({gripper.control_joint: (gripper.open + gripper.closed) / 2})
    for name, value in zip(robot.dof_order, qpos, strict=True):
        data.qpos[model.joint(name).qposadr[0]] = value
    mujoco.mj_kinematics(model, data)
    center = data.body(gripper.center_link)
    axis = center.xmat.reshape(3, 3)[:, 2]
    pads = {model.body(link).id for link in gripper.pad_links}
    reach = [
        float(axis @ (data.geom_xpos[geom] - center.xpos)) + _reach_along(model, data, geom, axis)
        for geom in range(model.ngeom)
        if model.geom_bodyid[geom] in pads and model.geom_contype[geom]
    ]
    return round(max(reach), 6)


def _reach_along(model: mujoco.MjModel, data: mujoco.MjData, geom: int, axis: Array) -> float:
    """How far a box reaches from its middle along an axis; other shapes by their bounding radius."""
    if model.geom_type[geom] != mujoco.mjtGeom.mjGEOM_BOX:
        return float(model.geom_rbound[geom])
    return float(np.abs(data.geom_xmat[geom].reshape(3, 3).T @ axis) @ model.geom_size[geom])
