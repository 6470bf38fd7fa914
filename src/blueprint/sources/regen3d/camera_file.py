"""The camera of 3D-RE-GEN, `pre_3D/camera.npz`: focal length, image size and where the first picture was taken."""

import io
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose, y_up_frame
from blueprint.sources.imported.files import inside, read_bounded
from blueprint.sources.regen3d.reconstruction import Camera

__all__ = ["read_camera"]

_MAX_BYTES = 1 << 20
_MAX_PIXELS = 100_000
_UNITS_PER_VGGT_UNIT = 2.0  # `vggt_scene_scale`: meshes and clouds are larger than the extrinsics by this
_OPENGL_FROM_OPENCV = np.diag([1.0, -1.0, -1.0])


def read_camera(path: Path, root: Path) -> Camera:
    """Return the pinhole camera; its pose is in the reconstruction's camera frame turned Z-up: (x, -z, y).

    `extrinsic` (4, 4) is R_fix · cam_from_world of OpenCV, where R_fix turns Y-up to Z-up, as Blender's `matrix_world`
    of a camera at the origin. The world is the first camera's frame, so it is R_fix alone up to the network's error.
    Raises InputError for a file that is damaged, larger than 1 MiB unpacked, or holds pickles or NaN.
    """
    inside(root, path.relative_to(root).as_posix())
    arrays = _arrays(path)
    width, height = (int(value) for value in _array(path, arrays, "image_size", 2))
    focal = float(_array(path, arrays, "focal", None)[0])
    if not (0 < width <= _MAX_PIXELS and 0 < height <= _MAX_PIXELS and 0 < focal <= 1e6):
        raise InputError(f"{path.name}: focal {focal:g} px of {width}×{height} px.", remedy="write it again.")
    matrix = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]])
    return Camera(matrix, width, height, _pose(path, _array(path, arrays, "extrinsic", 16).reshape(4, 4)))


def _arrays(path: Path) -> dict[str, NDArray[np.float64]]:
    data = read_bounded(path, _MAX_BYTES)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(item.file_size for item in archive.infolist())
        if size > _MAX_BYTES:
            raise InputError(f"{path.name} unpacks to {size} bytes, the limit is {_MAX_BYTES}.", remedy="check it.")
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            return {name: np.asarray(archive[name], float) for name in archive.files}
    except (ArithmeticError, EOFError, LookupError, MemoryError, OSError, RuntimeError, TypeError, ValueError) as error:
        detail = ascii(str(error))[1:-1][:200]
        raise InputError(f"cannot read {path.name}: {detail}.", remedy="write it with numpy.savez.") from error
    except zipfile.BadZipFile as error:
        raise InputError(f"{path.name} is no npz archive.", remedy="write it with numpy.savez.") from error


def _array(path: Path, arrays: dict[str, NDArray[np.float64]], name: str, size: int | None) -> NDArray[np.float64]:
    if name not in arrays:
        raise InputError(f"{path.name} has no {name!r}; there are {sorted(arrays)[:20]}.", remedy="write it again.")
    values = arrays[name].ravel()
    if not len(values) or (size is not None and len(values) != size) or not np.isfinite(values).all():
        raise InputError(f"{path.name}: {name!r} is not usable: shape {arrays[name].shape}.", remedy="write it again.")
    return values


def _pose(path: Path, extrinsic: NDArray[np.float64]) -> Pose:
    turn = y_up_frame((0, 0, 0)).matrix()
    rotation_camera_world = turn[:3, :3].T @ extrinsic[:3, :3]
    if np.abs(rotation_camera_world @ rotation_camera_world.T - np.eye(3)).max() > 1e-2:
        raise InputError(f"{path.name}: 'extrinsic' holds no rotation.", remedy="write it again.")
    if np.linalg.det(rotation_camera_world) < 0:
        raise InputError(f"{path.name}: 'extrinsic' mirrors.", remedy="write it again.")
    pose_world_camera = np.eye(4)
    flip = _OPENGL_FROM_OPENCV
    pose_world_camera[:3, :3] = flip @ rotation_camera_world.T @ flip
    center = -rotation_camera_world.T @ (turn[:3, :3].T @ extrinsic[:3, 3])
    pose_world_camera[:3, 3] = flip @ center * _UNITS_PER_VGGT_UNIT
    return Pose.from_matrix(turn @ pose_world_camera)
