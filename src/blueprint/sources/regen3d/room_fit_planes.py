"""Planes of a room in a noisy mesh: where along an axis much area faces along it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Faces", "ceiling_height", "faces_of", "floor_extent", "turn_of_walls", "wall_line"]

Array = NDArray[np.float64]
_BIN_M = 0.02
_WINDOW = 5  # bins that count together: a scanned wall is a decimetre thick
_NEAR_M = 0.07
_FACING = 0.6  # |cosine| between a face's normal and the axis: scanned faces waver
_WALL_AREA_M2 = 0.5
_WALL_SHARE = 0.12  # of the side's length times 2 m
_OUTER_SHARE = 0.4  # of the largest plane's area that one further out needs to be the wall
_CEILING_SHARE = 0.15
_CEILING_M = 1.8
_FLOOR_M = 0.15
_FLOOR_AREA_M2 = 0.5
_CONCENTRATED = 0.5
_ABOVE_FLOOR_M = 0.4
_YAW_STEP_DEG = 0.5
_SHARP_BIN_M = 0.05
_SHARP = 1.3  # times the median over all yaws


@dataclass(frozen=True)
class Faces:
    """Triangles as their centres (N, 3), unit normals (N, 3), areas (N,) and corners (N, 3, 3), metres."""

    centers: Array
    normals: Array
    areas: Array
    corners: Array

    @classmethod
    def none(cls) -> "Faces":
        return cls(np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0), np.zeros((0, 3, 3)))


def faces_of(vertices: Array, faces: NDArray[np.int64]) -> Faces:
    """Return the triangles that have an area."""
    corners = vertices[faces]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(cross, axis=1)
    rows = length > 1e-12
    corners, cross, length = corners[rows], cross[rows], length[rows]
    return Faces(corners.mean(axis=1), cross / length[:, None], length / 2, corners)


def wall_line(faces: Faces, axis: int, sign: int, middle: float) -> float | None:
    """Return the coordinate of the wall on the `sign` side of `middle` along x (0) or y (1), None where none is seen.

    Faces that look into the room count first, so that the inside of a wall with two sides is found; where the mesh's
    winding says nothing, all do. Of the planes found, the outermost that has 0.4 of the largest one's area is the wall.
    """
    upright = (np.abs(faces.normals[:, axis]) > _FACING) & (sign * (faces.centers[:, axis] - middle) > 0)
    if not upright.any():
        return None
    along = faces.corners[upright][:, :, 1 - axis]
    needed = max(_WALL_AREA_M2, _WALL_SHARE * 2.0 * float(np.ptp(along)))
    inward = upright & (sign * faces.normals[:, axis] < 0)
    for rows in (inward, upright):
        found = _outermost_plane(faces, rows, axis, sign, needed)
        if found is not None:
            return found
    return None


def ceiling_height(faces: Faces, floor_area_m2: float) -> float | None:
    """Return the height of the topmost level plane above 1.8 m of at least 15 % of the floor's area, else None."""
    rows = (np.abs(faces.normals[:, 2]) > _FACING) & (faces.centers[:, 2] > _CEILING_M)
    return _outermost_plane(faces, rows, 2, 1, max(_WALL_AREA_M2, _CEILING_SHARE * floor_area_m2))


def floor_extent(faces: Faces) -> tuple[Array, Array] | None:
    """Return the (lower, upper) corners (2,) of what is seen of the floor, without its outermost 1 %, else None."""
    rows = (np.abs(faces.normals[:, 2]) > _FACING) & (np.abs(faces.centers[:, 2]) < _FLOOR_M)
    if faces.areas[rows].sum() < _FLOOR_AREA_M2:
        return None
    points = faces.corners[rows].reshape(-1, 3)[:, :2]
    return np.quantile(points, 0.01, axis=0), np.quantile(points, 0.99, axis=0)


def turn_of_walls(faces: Faces) -> float:
    """Return the yaw, -45 to 45 degrees in rad, by which upright faces are turned out of the x and y axes.

    The area-weighted mean direction of four times their angle. Where the normals of a noisy mesh have none, the yaw
    under which what is above the floor projects to the sharpest lines; 0 where that is not sharp either.
    """
    upright = np.abs(faces.normals[:, 2]) < 1 - _FACING
    if faces.areas[upright].sum() < _WALL_AREA_M2:
        return 0.0
    angles = np.arctan2(faces.normals[upright, 1], faces.normals[upright, 0])
    mean = np.average(np.exp(4j * angles), weights=faces.areas[upright])
    if abs(mean) > _CONCENTRATED:
        return float(np.angle(mean) / 4)
    rows = faces.centers[:, 2] > _ABOVE_FLOOR_M
    return _sharpest_yaw(faces.centers[rows, :2], faces.areas[rows]) if rows.any() else 0.0


def _sharpest_yaw(points: Array, weights: Array) -> float:
    yaws = np.radians(np.arange(-45, 45, _YAW_STEP_DEG))
    sharpness = np.array([_sharpness(points, weights, yaw) for yaw in yaws])
    best = int(sharpness.argmax())
    return float(yaws[best]) if sharpness[best] > _SHARP * np.median(sharpness) else 0.0


def _sharpness(points: Array, weights: Array, yaw: float) -> float:
    """The sum of squared shares of 5 cm bins along both axes of a frame turned by `yaw`."""
    total = 0.0
    for axis in ((np.cos(yaw), np.sin(yaw)), (-np.sin(yaw), np.cos(yaw))):
        at = points @ np.array(axis)
        counts = np.bincount(((at - at.min()) / _SHARP_BIN_M).astype(int), weights=weights)
        shares = np.convolve(counts, (0.25, 0.5, 0.25), mode="same") / weights.sum()
        total += float((shares**2).sum())
    return total


def _outermost_plane(faces: Faces, rows: NDArray[np.bool_], axis: int, sign: int, needed_m2: float) -> float | None:
    at = faces.centers[rows, axis]
    weights = faces.areas[rows] * np.abs(faces.normals[rows, axis])
    if weights.sum() < needed_m2:
        return None
    low = float(at.min()) - _WINDOW * _BIN_M
    counts = np.bincount(((at - low) / _BIN_M).astype(int), weights=weights, minlength=1)
    area = np.convolve(counts, np.ones(_WINDOW), mode="same")
    peaks = np.flatnonzero((area >= needed_m2) & (area >= _OUTER_SHARE * area.max()))
    if not len(peaks):
        return None
    edge = peaks[-1] if sign > 0 else peaks[0]
    near = peaks[np.abs(peaks - edge) <= 2 * _WINDOW]
    best = near[np.argmax(area[near])]
    center = low + (best + 0.5) * _BIN_M
    close = np.abs(at - center) <= _NEAR_M
    return _weighted_median(at[close], weights[close])


def _weighted_median(values: Array, weights: Array) -> float:
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])
