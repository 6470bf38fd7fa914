"""Where things can stand on a foreign mesh: its flat, upward parts, as rectangles."""

import numpy as np
from numpy.typing import NDArray

from blueprint.assets.geometry import TriangleMesh
from blueprint.contracts.asset import Region
from blueprint.contracts.frames import Pose

__all__ = ["top_regions"]

_UPWARD = 0.95
_LEVEL_M = 0.01
_MIN_AREA_M2 = 0.01
_MIN_HALF_M = 0.04
_FILL = 0.85  # of its bounding rectangle that a level must cover to count as one flat place
_FREE_M = 0.5
_MAX_REGIONS = 6


def top_regions(shape: TriangleMesh, link: str) -> list[Region]:
    """Return the flat places of a mesh, largest first: upward faces (n·z > 0.95) that lie within 1 cm in height.

    Only levels that fill 85 % of their bounding rectangle count, so that a region is nowhere over nothing; the free
    height is that to the lowest upward or downward face above it, at most 0.5 m.
    """
    corners = shape.vertices[shape.faces]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    areas = np.linalg.norm(cross, axis=1) / 2
    upward = cross[:, 2] > _UPWARD * 2 * np.maximum(areas, 1e-15)
    heights = corners[:, :, 2].mean(axis=1)
    found = []
    for level in np.unique(np.round(heights[upward] / _LEVEL_M)):
        rows = upward & (np.round(heights / _LEVEL_M) == level)
        region = _rectangle(corners[rows], areas[rows])
        if region is not None:
            found.append(region)
    found.sort(key=lambda item: (-item[1][0] * item[1][1], item[0][2]))
    return [
        Region(
            name=f"top_{i}",
            link=link,
            kind="top",
            pose_link_region=Pose.of(center).rounded(7),
            half_extents=(round(half[0], 6), round(half[1], 6)),
            clearance_m=round(_clearance(corners, center, half), 4),
        )
        for i, (center, half) in enumerate(found[:_MAX_REGIONS])
        if _clearance(corners, center, half) > 0.03
    ]


def _rectangle(
    triangles: NDArray[np.float64], areas: NDArray[np.float64]
) -> tuple[tuple[float, float, float], tuple[float, float]] | None:
    points = triangles.reshape(-1, 3)
    low, high = points.min(axis=0), points.max(axis=0)
    spread = (high - low)[:2]
    area = float(areas.sum())
    if area < _MIN_AREA_M2 or area < _FILL * float(spread.prod()) or spread.min() < 2 * _MIN_HALF_M:
        return None
    x, y = ((low + high) / 2)[:2]
    return (float(x), float(y), float(high[2])), (float(spread[0] / 2 - 0.005), float(spread[1] / 2 - 0.005))


def _clearance(corners: NDArray[np.float64], center: tuple[float, float, float], half: tuple[float, float]) -> float:
    low, high = corners.min(axis=1), corners.max(axis=1)
    over = (
        (high[:, 0] > center[0] - half[0])
        & (low[:, 0] < center[0] + half[0])
        & (high[:, 1] > center[1] - half[1])
        & (low[:, 1] < center[1] + half[1])
        & (low[:, 2] > center[2] + 0.02)
    )
    return float(min(_FREE_M, low[over, 2].min() - center[2])) if over.any() else _FREE_M
