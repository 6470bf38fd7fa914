"""Contact between a thing and what is under it, along vertical lines through its footprint."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blueprint.sources.regen3d.supports_thing import Thing

__all__ = ["Level", "Underside", "levels_under", "underside"]

Array = NDArray[np.float64]
_GRID = 13
_UPWARD = 0.5  # cosine: scanned tops are bumpy, bowls are curved
_SAME_LEVEL_M = 0.025
_BASE_SHARE, _BASE_M = 0.15, 0.02  # of the height above its lowest point that counts as a thing's base
_LOWEST = 64
_CHUNK = 2_000_000
_EDGE_M = 1e-9


@dataclass(frozen=True)
class Underside:
    """Vertical lines through a thing: where (N, 2), its lowest point there (N,), and which belong to its base (N,)."""

    xy: Array
    z: Array
    is_base: NDArray[np.bool_]
    middle: int

    @property
    def lowest(self) -> float:
        return float(self.z.min())


@dataclass(frozen=True)
class Level:
    """A surface under a thing, m: its height, how far the thing must rise (or, below 0, sink) until it touches, the
    share of the thing's base over it, whether its middle is, and how the body that bears the surface goes down."""

    z: float
    shift: float
    overlap: float
    under_middle: bool
    body_bottom: float


def underside(thing: Thing, *, solid: bool) -> Underside:
    """Return the underside of a thing as seen, or of what is solid of it."""
    triangles = thing.solid_world if solid else thing.seen_world
    points = triangles.reshape(-1, 3)
    order = np.argsort(points[:, 2], kind="stable")
    lowest = points[order[:_LOWEST]]
    middle = thing.middle[:2]
    xy = np.concatenate([middle[None], _grid(points[:, :2]), lowest[:, :2]])
    index, z = _crossings(triangles, xy)
    bottom = np.full(len(xy), np.inf)
    np.minimum.at(bottom, index, z)
    tail = np.arange(len(xy) - len(lowest), len(xy))
    bottom[tail] = np.minimum(bottom[tail], lowest[:, 2])
    known = np.isfinite(bottom)
    at_middle = 0 if known[0] else -1
    xy, bottom = xy[known], bottom[known]
    height = float(points[:, 2].max() - bottom.min())
    is_base = bottom <= bottom.min() + max(_BASE_M, _BASE_SHARE * height)
    if at_middle < 0:
        at_middle = int(np.argmin(np.linalg.norm(xy - middle, axis=1)))
    return Underside(xy, bottom, is_base, at_middle)


def levels_under(base: Thing, under: Underside, *, solid: bool) -> list[Level]:
    """Return the upward surfaces of `base` that the thing's vertical lines meet, highest first.

    Heights less than 2.5 cm apart are one surface; of it the topmost point on each line counts, so that a thing moved
    by `shift` touches and does not penetrate (on these lines).
    """
    triangles = base.solid_world if solid else base.seen_world
    normals = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    length = np.maximum(np.linalg.norm(normals, axis=1), 1e-15)
    slope = normals[:, 2] / length
    index, z = _crossings(triangles[slope > _UPWARD], under.xy)
    if not len(index):
        return []
    down_index, down_z = _crossings(triangles[slope < -_UPWARD], under.xy)
    order = np.argsort(z, kind="stable")
    index, z = index[order], z[order]
    starts = np.flatnonzero(np.diff(z) > _SAME_LEVEL_M) + 1
    found = []
    for rows in np.split(np.arange(len(z)), starts):
        top = np.full(len(under.xy), -np.inf)
        np.maximum.at(top, index[rows], z[rows])
        hit = np.isfinite(top)
        at_base = hit & under.is_base
        overlap = float(at_base.sum() / max(1, under.is_base.sum()))
        found.append(
            Level(
                z=float(np.median(top[hit])),
                shift=float((top[hit] - under.z[hit]).max()),
                overlap=overlap,
                under_middle=bool(hit[under.middle]),
                body_bottom=_body_bottom(top, hit, down_index, down_z, float(base.low[2])),
            )
        )
    return found[::-1]


def _body_bottom(top: Array, hit: NDArray[np.bool_], index: NDArray[np.int64], z: Array, floor: float) -> float:
    """The median height at which the body under a surface ends: the next downward face, else the thing's lowest."""
    rows = hit[index] & (z < top[index] - 1e-4)
    bottom = np.full(len(top), floor)
    np.maximum.at(bottom, index[rows], z[rows])
    return float(np.median(bottom[hit]))


def _grid(points: Array) -> Array:
    """A grid (N, 2) over the oriented rectangle of points seen from above, along their principal axes."""
    middle = points.mean(axis=0)
    axes = np.linalg.svd(points[:: max(1, len(points) // 5000)] - middle, full_matrices=False)[2]
    local = (points - middle) @ axes.T
    low, high = local.min(axis=0), local.max(axis=0)
    steps = (np.arange(_GRID) + 0.5) / _GRID
    x, y = np.meshgrid(low[0] + steps * (high[0] - low[0]), low[1] + steps * (high[1] - low[1]))
    return np.column_stack([x.ravel(), y.ravel()]) @ axes + middle


def _crossings(triangles: Array, xy: Array) -> tuple[NDArray[np.int64], Array]:
    """Return where vertical lines at xy (N, 2) cross triangles (F, 3, 3): the line's index and z of every crossing."""
    low, high = xy.min(axis=0), xy.max(axis=0)
    flat = triangles[:, :, :2]
    near = (flat.max(axis=1) >= low).all(axis=1) & (flat.min(axis=1) <= high).all(axis=1)
    triangles = triangles[near]
    order = np.argsort(xy[:, 0], kind="stable")
    lines, heights = [np.zeros(0, np.int64)], [np.zeros(0)]
    step = max(1, _CHUNK // max(1, len(xy)))
    for start in range(0, len(triangles), step):
        part = triangles[start : start + step]
        face, line = _pairs(part, xy[order])
        line = order[line]
        hit, z = _heights(part[face], xy[line])
        lines.append(line[hit])
        heights.append(z[hit])
    return np.concatenate(lines), np.concatenate(heights)


def _pairs(triangles: Array, xy: Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the triangles and the lines, sorted by x, whose boxes meet: indices (P,) of both."""
    low, high = triangles[:, :, :2].min(axis=1), triangles[:, :, :2].max(axis=1)
    first = np.searchsorted(xy[:, 0], low[:, 0] - _EDGE_M)
    count = np.searchsorted(xy[:, 0], high[:, 0] + _EDGE_M, side="right") - first
    face = np.repeat(np.arange(len(triangles)), count)
    line = np.arange(len(face)) - np.repeat(np.cumsum(count) - count, count) + first[face]
    near = (xy[line, 1] >= low[face, 1] - _EDGE_M) & (xy[line, 1] <= high[face, 1] + _EDGE_M)
    return face[near], line[near]


def _heights(triangles: Array, xy: Array) -> tuple[NDArray[np.bool_], Array]:
    """Return which of P lines cross their triangle, edges included, and z where: barycentric, seen from above."""
    a, ab, ac = triangles[:, 0], triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    area = ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]
    upright = np.abs(area) < 1e-14
    area = np.where(upright, 1.0, area)
    p = xy - a[:, :2]
    v = (p[:, 0] * ac[:, 1] - p[:, 1] * ac[:, 0]) / area
    w = (ab[:, 0] * p[:, 1] - ab[:, 1] * p[:, 0]) / area
    return (v >= -1e-9) & (w >= -1e-9) & (v + w <= 1 + 1e-9) & ~upright, a[:, 2] + v * ab[:, 2] + w * ac[:, 2]
