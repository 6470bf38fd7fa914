"""How high the walls around a place rise."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["wall_height"]

Array = NDArray[np.float64]
_BINS = 48
_ENCLOSED = 0.95
_WINDOW = 0.75
_STEPS = 16


def wall_height(
    vertices: Array, faces: NDArray[np.int32], center: tuple[float, float], level: float
) -> tuple[float, bool]:
    """Return the height above `level` up to which walls stand around `center` (95 % of all directions), m, and whether
    less than a quarter of the directions is open just above the level."""
    top = float(vertices[:, 2].max())
    wall, first = 0.0, None
    for k in range(1, _STEPS + 1):
        height = (top - level) * (k - 0.5) / _STEPS
        share = _share_around(vertices, faces, center, level + height)
        first = share if first is None else first
        if share < _ENCLOSED:
            break
        wall = (top - level) * k / _STEPS
    return wall, bool(first is not None and first > _WINDOW)


def _share_around(vertices: Array, faces: NDArray[np.int32], center: tuple[float, float], height: float) -> float:
    """The share of directions in which the surface crosses the horizontal plane at `height`."""
    above = vertices[:, 2][faces] - height
    rows = (above.min(axis=1) < 0) & (above.max(axis=1) > 0)
    corners, a = vertices[faces[rows]], above[rows]
    after, b = np.roll(corners, -1, axis=1), np.roll(a, -1, axis=1)
    crossing = (a * b < 0) | ((a == 0) & (b != 0))
    share = np.divide(a, a - b, out=np.zeros_like(a), where=crossing)[..., None]
    points = (corners + share * (after - corners))[..., :2] - center
    two = crossing.sum(axis=1) == 2
    ends = points[two][crossing[two]].reshape(-1, 2, 2)
    if not len(ends):
        return 0.0
    steps = np.linspace(0, 1, 17)[:, None, None]
    spread = ends[:, 0] + steps * (ends[:, 1] - ends[:, 0])
    angles = np.arctan2(spread[..., 1], spread[..., 0]).ravel()
    bins = np.floor((angles + np.pi) / (2 * np.pi) * _BINS).astype(int) % _BINS
    return len(np.unique(bins)) / _BINS
