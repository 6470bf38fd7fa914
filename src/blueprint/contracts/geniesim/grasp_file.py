"""Grasp files of an asset package: `grasp_pose.npz`, and the pickle that AgiBot's client reads.

A grasp is a pose (4, 4) of GraspNet's gripper frame in the package frame: column 0 is the approach, column 1 the
direction in which the fingers close; its origin is where `gripper_*_center_link` goes.
"""

import io
import pickle
import zipfile
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.errors import ContractError

__all__ = ["MAX_GRASPS", "GraspSet", "npz_bytes", "pickle_bytes", "read_npz"]

MAX_GRASPS = 240  # AgiBot's client looks at 300 poses at once, and thins out more than 60
MAX_BYTES = 16 << 20
_PICKLE_PROTOCOL = 4  # Python 3.4 and later


@dataclass(frozen=True)
class GraspSet:
    """`poses` (N, 4, 4) and `width` (N,) m, best grasp first; N may be 0."""

    poses: NDArray[np.float64]
    width: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.width)


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
    if len(data) > MAX_BYTES:
        raise ContractError(f"a grasp file of {len(data)} bytes.", remedy=f"at most {MAX_BYTES} bytes.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(item.file_size for item in archive.infolist())
        if unpacked > MAX_BYTES:
            raise ContractError(f"a grasp file that unpacks to {unpacked} bytes.", remedy=f"at most {MAX_BYTES} bytes.")
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
