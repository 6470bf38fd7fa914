"""Grasp files of an asset package: `grasp_pose.npz`, and the pickle that the Genie Sim client reads.

A grasp is a pose (4, 4) of GraspNet's gripper frame in the package frame: column 0 is the approach, column 1 the
direction in which the fingers close; its origin is where `gripper_*_center_link` goes.
"""

import io
import pickle
import zipfile
from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import AssetModel
from blueprint.contracts.errors import ContractError
from blueprint.export.geniesim.frame import PackageFrame
from blueprint.motion.grasps import grasp_candidates
from blueprint.robots.agibot import AgibotRobot
from blueprint.robots.agibot.model import agibot_spec

__all__ = ["GraspSet", "grasp_set", "npz_bytes", "pickle_bytes", "read_npz", "tip_beyond_center_m"]

Array = NDArray[np.float64]
MAX_GRASPS = 240  # the client looks at 300 poses at once, and thins out more than 60
_PICKLE_PROTOCOL = 4  # Python 3.4 and later
# Ours: +Z approaches, ±Y closes. GraspNet's: column 0 approaches, column 1 closes.
_OURS_FROM_GRASPNET = np.array([[0.0, 0.0, -1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
_HAND_DOWN = np.diag([1.0, -1.0, -1.0, 1.0])


@dataclass(frozen=True)
class GraspSet:
    """`poses` (N, 4, 4) and `width` (N,) m, best grasp first; N may be 0."""

    poses: Array
    width: Array

    def __len__(self) -> int:
        return len(self.width)


def grasp_set(model: AssetModel, frame: PackageFrame, opening_m: float, tip_beyond_m: float) -> GraspSet:
    """Return the grasps of a free asset for a gripper that opens to `opening_m`: the declared ones, turned where the
    asset is round, each also with the fingers swapped, and those across simple colliders.

    Our grasps say where the finger tips go; the gripper's centre stays `tip_beyond_m` behind along the approach.
    """
    poses_asset_link = {name: pose.matrix() for name, pose in model.poses_asset_link().items()}
    candidates = grasp_candidates(model, poses_asset_link, _HAND_DOWN, opening_m)[:MAX_GRASPS]
    to_package = frame.pose_asset_package.inverse().matrix()
    poses = np.zeros((len(candidates), 4, 4))
    for k, candidate in enumerate(candidates):
        pose = to_package @ poses_asset_link[candidate.link] @ candidate.pose_link_grasp
        poses[k] = pose
        poses[k, :3, :3] = pose[:3, :3] @ _OURS_FROM_GRASPNET
        poses[k, :3, 3] = pose[:3, 3] - tip_beyond_m * pose[:3, 2]
    return GraspSet(np.round(poses, 9) + 0.0, np.array([candidate.width_m for candidate in candidates]))


def tip_beyond_center_m(robot: AgibotRobot) -> float:
    """Return how far the pads reach beyond `gripper_r_center_link` along its Z, fingers parallel (half open), m."""
    model = agibot_spec(robot).compile()
    data = mujoco.MjData(model)
    gripper = robot.arm("right").gripper
    qpos = robot.complete({gripper.control_joint: (gripper.open + gripper.closed) / 2})
    for name, value in zip(robot.dof_order, qpos, strict=True):
        data.qpos[model.joint(name).qposadr[0]] = value
    mujoco.mj_kinematics(model, data)
    center = data.body(gripper.center_link)
    axis = center.xmat.reshape(3, 3)[:, 2]
    reach = [
        float(axis @ (data.geom_xpos[geom] - center.xpos)) + _reach_along(model, data, geom, axis)
        for link in gripper.pad_links
        for geom in range(model.ngeom)
        if model.geom_bodyid[geom] == model.body(link).id and model.geom_contype[geom]
    ]
    return round(max(reach), 6)


def _reach_along(model: mujoco.MjModel, data: mujoco.MjData, geom: int, axis: Array) -> float:
    """How far a box reaches from its middle along an axis; other shapes by their bounding radius."""
    if model.geom_type[geom] != mujoco.mjtGeom.mjGEOM_BOX:
        return float(model.geom_rbound[geom])
    return float(np.abs(data.geom_xmat[geom].reshape(3, 3).T @ axis) @ model.geom_size[geom])


def pickle_bytes(grasps: GraspSet) -> bytes:
    """Return the pickle `{"grasp_pose": …, "width": …}` of nested lists: it names no class, so loading it runs nothing
    and does not depend on the reader's NumPy; the client makes arrays of the lists itself."""
    data = {"grasp_pose": grasps.poses.tolist(), "width": grasps.width.tolist()}
    return pickle.dumps(data, protocol=_PICKLE_PROTOCOL)


def npz_bytes(grasps: GraspSet) -> bytes:
    """Return `grasp_pose` (N, 4, 4) and `width` (N,) as float64 arrays of an .npz; the same grasps, the same bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, values in (("grasp_pose", grasps.poses), ("width", grasps.width)):
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, np.ascontiguousarray(values, "<f8"), (1, 0))
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0)), buffer.getvalue())
    return stream.getvalue()


def read_npz(data: bytes) -> GraspSet:
    """Read `npz_bytes`; raises ContractError where arrays are missing, misshapen, not finite, or no rotations."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            poses, width = np.asarray(arrays["grasp_pose"], float), np.asarray(arrays["width"], float)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ContractError(f"not a grasp file: {error}.", remedy="export the package again.") from error
    if poses.ndim != 3 or poses.shape[1:] != (4, 4) or width.shape != (len(poses),):
        message = f"grasp_pose {poses.shape} and width {width.shape} do not fit together."
        raise ContractError(message, remedy="they are (N, 4, 4) and (N,).")
    rotations = poses[:, :3, :3]
    rigid = np.isfinite(poses).all() and np.allclose(rotations @ rotations.swapaxes(1, 2), np.eye(3), atol=1e-6)
    if not (rigid and np.isfinite(width).all() and (np.linalg.det(rotations) > 0).all() and (width >= 0).all()):
        raise ContractError("a grasp is not a rigid pose with a width.", remedy="export the package again.")
    return GraspSet(poses, width)
