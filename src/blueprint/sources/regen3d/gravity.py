"""Which way is down in a reconstruction, where its floor is and how its room is turned: the pose that levels it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.frames import Pose, quat_wxyz_from_axis_angle
from blueprint.contracts.seeds import rng_for
from blueprint.sources.regen3d.point_cloud import thinned

__all__ = ["UP", "Level", "Plane", "fit_plane", "floor_in_points", "level_at", "min_area_yaw", "usable"]

Array = NDArray[np.float64]
UP = np.array([0.0, 0.0, 1.0])
MAX_TILT_RAD = np.radians(60)  # a camera that looks steeper than this sees no room; a wall was taken for the floor
_FLATNESS = 0.2  # of a plane's points: thickness over the shorter extent
_RANSAC_DRAWS = 512
_RANSAC_BAND = 0.01  # of the cloud's diagonal
_MIN_INLIERS = 0.3
_CELLS = 40
_STRAY = 0.2  # of the median number of points in a cell


@dataclass(frozen=True)
class Plane:
    """`normal` (3,) is a unit vector that points to the camera at the origin; `point` (3,) lies in it."""

    normal: Array
    point: Array
    thickness: float


@dataclass(frozen=True)
class Level:
    """`pose_world_source` makes the source's Z-up camera frame level, with the floor at z = 0."""

    pose_world_source: Pose
    how: str
    tilt_rad: float


def fit_plane(points: Array) -> Plane | None:
    """Return the plane of least squares through points (N, 3), or None where they do not spread over one."""
    if len(points) < 3:
        return None
    center = points.mean(axis=0)
    _, spectrum, axes = np.linalg.svd(thinned(points, 20_000) - center, full_matrices=False)
    if spectrum[1] < 1e-9 or spectrum[2] > _FLATNESS * spectrum[1]:
        return None
    normal = axes[2]
    # The camera, at the origin, is above its floor; in the plane itself only its own up can tell.
    above = -normal @ center
    side = above if abs(above) > 1e-6 * (1 + np.linalg.norm(center)) else normal @ UP
    return Plane(normal if side >= 0 else -normal, center, float(spectrum[2] / spectrum[1]))


def usable(plane: Plane | None) -> bool:
    """Whether a plane can be the floor of a picture: the camera's up is within 60° of its normal."""
    return plane is not None and float(plane.normal @ UP) >= np.cos(MAX_TILT_RAD)


def floor_in_points(points: Array) -> tuple[Plane, float] | None:
    """Return the floor among noisy points (N, 3) and the share that lies on it, or None where there is none.

    RANSAC with 512 draws of a fixed seed, then least squares over what lies within 1 % of the cloud's diagonal.
    """
    points = thinned(points, 20_000)
    if len(points) < 3:
        return None
    band = _RANSAC_BAND * float(np.linalg.norm(np.ptp(points, axis=0)))
    rng = rng_for(0, "regen3d", "floor")
    best = np.zeros(len(points), bool)
    for _ in range(_RANSAC_DRAWS):
        a, b, c = points[rng.choice(len(points), 3, replace=False)]
        normal = np.cross(b - a, c - a)
        length = float(np.linalg.norm(normal))
        if length < 1e-12 or abs(normal @ UP) / length < np.cos(MAX_TILT_RAD):
            continue
        on = np.abs((points - a) @ normal / length) <= band
        if on.sum() > best.sum():
            best = on
    plane = fit_plane(points[best])
    share = float(best.mean())
    return (plane, share) if plane is not None and usable(plane) and share >= _MIN_INLIERS else None


def level_at(normal: Array, height: float | Callable[[Pose], float], how: str) -> Level:
    """Return the level frame of an up direction (3,) of the source.

    `height` is the floor's, along the normal, or says so of the turned frame. The turn is the smallest that there is.
    """
    unit = normal / np.linalg.norm(normal)
    axis, cosine = np.cross(unit, UP), float(np.clip(unit @ UP, -1, 1))
    angle = float(np.arctan2(np.linalg.norm(axis), cosine))
    turn = Pose.of((0, 0, 0), quat_wxyz_from_axis_angle(axis, angle) if angle > 1e-9 else (1, 0, 0, 0))
    floor = height(turn) if callable(height) else height
    return Level(Pose.of((0.0, 0.0, -floor)) @ turn, how, angle)


def min_area_yaw(points: Array) -> float | None:
    """Return by how much the smallest rectangle around points (N, 2) is turned, rad, -π/4 to π/4; None on a line.

    One side of it lies along their hull (Freeman and Shapira, 1975). Stray points are left out first: those that have
    a cell of a 40 × 40 grid nearly to themselves.
    """
    from scipy.spatial import ConvexHull, QhullError

    points = _without_strays(points)
    try:
        corners = points[ConvexHull(points).vertices]
    except (QhullError, ValueError):  # ValueError: no points
        return None
    edges = np.roll(corners, -1, axis=0) - corners
    angles = np.arctan2(edges[:, 1], edges[:, 0])
    along = np.column_stack([np.cos(angles), np.sin(angles)]) @ corners.T
    across = np.column_stack([-np.sin(angles), np.cos(angles)]) @ corners.T
    yaw = float(angles[int(np.argmin(np.ptp(along, axis=1) * np.ptp(across, axis=1)))])
    return (yaw + np.pi / 4) % (np.pi / 2) - np.pi / 4


def _without_strays(points: Array) -> Array:
    low, extent = points.min(axis=0, initial=np.inf), np.ptp(points, axis=0) if len(points) else np.zeros(2)
    if len(points) < _CELLS**2 or extent.min() <= 0:
        return points
    cell = np.minimum((points - low) / extent * _CELLS, _CELLS - 1).astype(int)
    index = cell[:, 0] * _CELLS + cell[:, 1]
    counts = np.bincount(index, minlength=_CELLS**2)
    return points[counts[index] > _STRAY * np.median(counts[counts > 0])]
