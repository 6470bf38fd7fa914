"""The camera of a canonical tree: `camera/intrinsics.json` and `camera/extrinsics.json`."""

from pathlib import Path

import numpy as np

from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose, matrix_from_quat_wxyz
from blueprint.contracts.reconstruction import CameraIntrinsics
from blueprint.sources.regen3d.canonical_documents import OurExtrinsics
from blueprint.sources.regen3d.canonical_frames import canonical_pose, pose_from_canonical
from blueprint.sources.regen3d.canonical_tree import CanonicalTree
from blueprint.sources.regen3d.reconstruction import Camera

__all__ = ["extrinsics_of", "pose_of", "read_tree_camera", "write_tree_camera"]

_INTRINSICS, _EXTRINSICS = "intrinsics.json", "extrinsics.json"
_SAME = 1e-6


def write_tree_camera(camera: Camera, folder: Path) -> None:
    """Write both documents into `folder`."""
    inner = CameraIntrinsics(matrix=camera.matrix.tolist(), width=camera.width_px, height=camera.height_px)
    inner.write(folder / _INTRINSICS)
    extrinsics_of(camera.pose_world_camera).write(folder / _EXTRINSICS)


def read_tree_camera(tree: CanonicalTree) -> Camera | None:
    """Return the camera, or None where a document is missing, or wrong, which is noted."""
    if not (tree.has(f"camera/{_INTRINSICS}") and tree.has(f"camera/{_EXTRINSICS}")):
        return None
    try:
        inner = tree.document(CameraIntrinsics, f"camera/{_INTRINSICS}")
        pose = pose_of(tree.document(OurExtrinsics, f"camera/{_EXTRINSICS}"), tree.y_up)
    except InputError as error:
        tree.note(f"the camera is not known: {error}")
        return None
    return Camera(np.array(inner.matrix), inner.width, inner.height, pose)


def extrinsics_of(pose_world_camera: Pose) -> OurExtrinsics:
    """Return the document of a pose in the Z-up world."""
    pose = canonical_pose(pose_world_camera, None)
    return OurExtrinsics(matrix=(pose.matrix() + 0.0).tolist(), rotation_quaternion=pose.quat_wxyz)


def pose_of(document: OurExtrinsics, y_up: bool = True) -> Pose:
    """Return the pose in the Z-up world; raises InputError for a matrix that is no rotation and translation.

    Our own quaternion counts where it says the same as the matrix, of which the last digits would be lost.
    """
    matrix = np.array(document.matrix)
    rotation = matrix[:3, :3]
    if np.abs(rotation @ rotation.T - np.eye(3)).max() > 1e-2 or np.linalg.det(rotation) < 0:
        raise InputError(f"{_EXTRINSICS} holds no rotation.", remedy="write world-from-camera.")
    quat = document.rotation_quaternion
    if quat is not None and np.abs(matrix_from_quat_wxyz(quat) - rotation).max() < _SAME:
        return pose_from_canonical(Pose.of(matrix[:3, 3], quat), None, y_up)
    return pose_from_canonical(Pose.from_matrix(matrix), None, y_up)
