"""Poses of the canonical tree (Y-up) ↔ poses of a reconstruction in memory (Z-up), for each kind of mesh file."""

from pathlib import Path

import numpy as np

from blueprint.contracts.frames import Pose, y_up_frame

__all__ = ["canonical_pose", "pose_from_canonical", "stored"]

_TURN = y_up_frame((0, 0, 0))
_DIGITS = 9


def pose_from_canonical(pose_world_file: Pose, mesh: Path | None, y_up: bool = True) -> Pose:
    """Return the pose, in the Z-up world, of a mesh as `load_parts` returns it.

    `pose_world_file` is that of the points as the file has them. glTF is turned on loading, so its own turn is undone
    here; OBJ and PLY are not, and neither is a camera (`mesh` None).
    """
    world = _TURN @ pose_world_file if y_up else pose_world_file
    return stored(world @ _TURN.inverse() if _is_gltf(mesh) else world)


def canonical_pose(pose_world_mesh: Pose, mesh: Path | None) -> Pose:
    """Return the pose, in the Y-up world, of the points as the file has them: the inverse of `pose_from_canonical`."""
    return _TURN.inverse() @ (pose_world_mesh @ _TURN if _is_gltf(mesh) else pose_world_mesh)


def stored(pose: Pose) -> Pose:
    """Return the pose rounded to nine digits, its quaternion with a positive first part: equal poses are equal.

    The quaternion is not normalised again, which would change its last digit at every reading.
    """
    position = np.round(pose.position, _DIGITS) + 0.0
    # The sign of a half turn hangs on the last bit, so it is chosen after rounding.
    quat = np.round(pose.quat_wxyz, _DIGITS) + 0.0
    first = quat[np.flatnonzero(quat)[0]]
    return Pose.of(position, quat if first > 0 else -quat + 0.0)


def _is_gltf(mesh: Path | None) -> bool:
    return mesh is not None and mesh.suffix.lower() in (".glb", ".gltf")
