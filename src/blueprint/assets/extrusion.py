"""Prisms over simple polygons."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from blueprint.assets.geometry import TriangleMesh
from blueprint.assets.mesh import merge

__all__ = ["extrude"]

Array = NDArray[np.float64]


def extrude(polygon: ArrayLike, height: float) -> TriangleMesh:
    """Return the prism over a simple `polygon` (N, 2) in the XY plane, m, from z = 0 to `height`; flat sides."""
    outline = np.asarray(polygon, float)
    if _area(outline) < 0:
        outline = outline[::-1]
    n = len(outline)
    triangles = _ear_clip(outline)
    low = np.column_stack([outline, np.zeros(n)])
    high = np.column_stack([outline, np.full(n, height)])
    origin = outline.min(axis=0)
    top = TriangleMesh(high, np.tile([0.0, 0, 1], (n, 1)), outline - origin, triangles)
    bottom = TriangleMesh(low, np.tile([0.0, 0, -1], (n, 1)), outline - origin, triangles[:, ::-1].copy())
    following = np.roll(np.arange(n), -1)
    edge = outline[following] - outline
    size = np.linalg.norm(edge, axis=1)
    along = np.concatenate([[0.0], np.cumsum(size)])
    corners = np.stack([low, low[following], high[following], high], axis=1)
    out = np.column_stack([edge[:, 1], -edge[:, 0], np.zeros(n)]) / size[:, None]
    uvs = np.zeros((n, 4, 2))
    uvs[:, [0, 3], 0], uvs[:, [1, 2], 0], uvs[:, 2:, 1] = along[:-1, None], along[1:, None], height
    quads = (4 * np.arange(n))[:, None, None] + np.array([[0, 1, 2], [0, 2, 3]])
    sides = TriangleMesh(
        corners.reshape(-1, 3), np.repeat(out, 4, axis=0), uvs.reshape(-1, 2), quads.reshape(-1, 3).astype(np.int32)
    )
    return merge([bottom, top, sides])


def _area(outline: Array) -> float:
    x, y = outline.T
    return float(0.5 * np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)))


def _ear_clip(outline: Array) -> NDArray[np.int32]:
    """Triangulate a counter-clockwise simple polygon by cutting ears."""
    left = list(range(len(outline)))
    triangles = []
    while len(left) > 3:
        for i in range(len(left)):
            a, b, c = left[i - 1], left[i], left[(i + 1) % len(left)]
            if _is_ear(outline, a, b, c, left):
                triangles.append((a, b, c))
                left.pop(i)
                break
        else:
            break
    if len(left) > 3 or _area(outline[left]) < -1e-12:
        raise ValueError(f"polygon of {len(outline)} points crosses itself: {outline.tolist()}")
    triangles.append((left[0], left[1], left[2]))
    return np.array(triangles, np.int32)


def _is_ear(outline: Array, a: int, b: int, c: int, left: list[int]) -> bool:
    corner = outline[[a, b, c]]
    if _area(corner) <= 1e-14:
        return False
    others = outline[[i for i in left if i not in (a, b, c)]]
    edge = np.roll(corner, -1, axis=0) - corner
    relative = others[:, None] - corner
    inside = (edge[:, 0] * relative[..., 1] - edge[:, 1] * relative[..., 0]) > -1e-12
    return not bool(np.any(np.all(inside, axis=1)))
