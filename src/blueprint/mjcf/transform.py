"""Matrices taken apart into what MuJoCo can hold: a rigid pose, and a stretch that is baked into sizes and vertices."""

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose, quat_wxyz_from_matrix

__all__ = ["is_diagonal", "rigid_and_stretch", "rigid_pose"]

Array = NDArray[np.float64]
_IDENTITY = np.eye(3)
_ORTHONORMAL = 1e-6 + 1e-5 * _IDENTITY  # how far the product of a rotation with its transpose may be from identity


def rigid_and_stretch(matrix: Array, where: str) -> tuple[Pose, Array]:
    """Return (R, t) as a pose and the stretch S (3×3) with matrix = [R S | t], by polar decomposition.

    A mirroring (negative determinant) stays in S. Raises InputError for a matrix that is singular or not finite.
    """
    linear = matrix[:3, :3]
    determinant = np.linalg.det(linear)
    if not np.isfinite(matrix).all() or abs(determinant) < 1e-18:
        raise InputError(f"{where}: its transform is singular or not finite.", remedy="remove zero scales.")
    lengths = np.linalg.norm(linear, axis=0)
    candidate = linear / lengths
    if (np.abs(candidate.T @ candidate - _IDENTITY) <= _ORTHONORMAL).all():
        rotation, stretch = candidate, np.diag(lengths)  # plain rotate-then-scale: keep the axes as authored
    else:
        u, singular, vt = np.linalg.svd(linear)
        rotation = u @ vt
        stretch = vt.T @ np.diag(singular) @ vt
    if determinant < 0:
        rotation, stretch = -rotation, -stretch
    return Pose.of(matrix[:3, 3], quat_wxyz_from_matrix(rotation)), stretch


def rigid_pose(matrix: Array, where: str) -> Pose:
    """Return the pose of a frame whose scale is dropped."""
    return rigid_and_stretch(matrix, where)[0]


def is_diagonal(stretch: Array) -> bool:
    """Say whether a stretch only scales along the axes."""
    return bool((np.abs(stretch[~_IDENTITY.astype(bool)]) <= 1e-6 * max(1.0, float(np.abs(stretch).max()))).all())
