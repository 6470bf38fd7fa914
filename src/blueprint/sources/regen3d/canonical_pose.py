"""`pose.json` ↔ a rigid pose and one scale: which of its two forms counts, and what no rigid body can have."""

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose, matrix_from_quat_wxyz
from blueprint.contracts.reconstruction import ReconstructedPose

__all__ = ["pose_and_scale"]

_UNEVEN = 0.01  # between the scales of the axes
_AGREE = 1e-3
_MAX_LENGTH = 1e6


def pose_and_scale(document: ReconstructedPose) -> tuple[Pose, float, str | None]:
    """Return pose_world_file, the uniform scale, and a note where the document's two forms disagree.

    `transform_matrix` wins where it is further than 0.1 % from translation · rotation · scale. Raises InputError for
    a matrix that mirrors, shears, projects, or scales the axes differently by more than 1 %.
    """
    matrix = np.array(document.transform_matrix)
    if np.abs(matrix[3] - (0, 0, 0, 1)).max() > 1e-6:
        raise InputError(f"transform_matrix ends with {matrix[3].tolist()}, expected 0, 0, 0, 1.", remedy=_ROW_MAJOR)
    if np.abs(matrix).max() > _MAX_LENGTH:
        raise InputError("transform_matrix has values over 1e6.", remedy="write it again.")
    rotation, scale = _rotation_and_scale(matrix[:3, :3])
    composed = _composed(document)
    if composed is not None and _agree(matrix, composed, scale):
        stated = np.array(document.scale)
        return Pose.of(document.translation, document.rotation_quaternion), _rounded(stated.mean()), None
    rigid = np.eye(4)
    rigid[:3, :3], rigid[:3, 3] = rotation, matrix[:3, 3]
    return (
        Pose.from_matrix(rigid),
        _rounded(scale),
        "transform_matrix disagrees with translation, rotation and scale, and counts",
    )


_ROW_MAJOR = "write it row by row, the translation in the last column."


def _rounded(scale: float) -> float:
    return float(f"{scale:.9g}")


def _rotation_and_scale(linear: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    lengths = np.linalg.norm(linear, axis=0)
    if lengths.min() < 1e-9:
        raise InputError("transform_matrix scales an axis to nothing.", remedy="write it again.")
    if lengths.max() / lengths.min() > 1 + _UNEVEN:
        text = ", ".join(f"{value:.4g}" for value in lengths)
        remedy = "apply the scale to the mesh."
        raise InputError(f"the axes are scaled differently, by {text}, which no rigid body is.", remedy=remedy)
    if np.linalg.det(linear) < 0:
        raise InputError("transform_matrix mirrors the mesh.", remedy="mirror the mesh itself.")
    u, spectrum, vt = np.linalg.svd(linear)
    if spectrum[0] / spectrum[-1] > 1 + 2 * _UNEVEN:
        raise InputError("transform_matrix shears the mesh.", remedy="apply it to the mesh.")
    return u @ vt, float(lengths.mean())


def _composed(document: ReconstructedPose) -> NDArray[np.float64] | None:
    quat = np.array(document.rotation_quaternion)
    if abs(float(np.linalg.norm(quat)) - 1) > _AGREE:
        return None
    stated = np.eye(4)
    stated[:3, :3] = matrix_from_quat_wxyz(quat / np.linalg.norm(quat)) * np.array(document.scale)
    stated[:3, 3] = document.translation
    return stated


def _agree(matrix: NDArray[np.float64], composed: NDArray[np.float64], scale: float) -> bool:
    apart = np.abs(matrix - composed)
    reach = scale + float(np.abs(matrix[:3, 3]).max())
    return bool(apart[:3, :3].max() <= _AGREE * scale and apart[:3, 3].max() <= _AGREE * reach)
