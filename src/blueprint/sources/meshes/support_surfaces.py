"""Where things can stand on or in a mesh: its tops, its shelves and the floors of its open cavities."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import Collider, Region, RegionKind
from blueprint.contracts.frames import Pose
from blueprint.sources.meshes.decomposition_solids import coarse
from blueprint.sources.meshes.deviation import collider_planes
from blueprint.sources.meshes.support_surfaces_outline import Outline, inscribed
from blueprint.sources.meshes.support_surfaces_walls import wall_height

__all__ = ["find_surfaces"]

Array = NDArray[np.float64]
Faces = NDArray[np.int32]
_CELLS = 56
_LEAST_CELL_M = 0.0015
_UPWARD = 0.92
_FREE_M = 0.5
_TALLEST_M = 2.0
_LEAST_FREE_M = 0.03
_TRIANGLES = 8000
_MAX_REGIONS = 8
_BAND = 0.008  # of the largest extent: how uneven a level may be, within the limits below
_BANDS_M = (0.004, 0.015)
_HELD_M = 0.015  # colliders may lie this much lower than what is seen
_INSET_M = 0.005
_LEAST_HALF_M = 0.04  # of a place that is no container
_WALL_M, _WALL = 0.012, 0.2  # of the smaller half extent: lower walls are a rim
_OVERHUNG = 0.5  # of the usual free height, below which a cell belongs to no place


@dataclass(frozen=True)
class _Columns:
    """Vertical lines on a grid that cross a surface: per upward crossing its cell, height and free height above."""

    xs: Array
    ys: Array
    cell: NDArray[np.int64]
    z: Array
    free: Array


def find_surfaces(vertices: Array, faces: Faces, shapes: list[Collider], link: str) -> list[Region]:
    """Return the flat places of a link (its frame, Z up), largest first, at most 8.

    Vertical lines on a grid of up to 56 × 56 find upward faces with at least 3 cm free above; connected cells of one
    height make a level, in which the largest rectangle, or disc where that is larger, counts. Walls all around make it
    the inside of a container; a lid over those, or none of the colliders below, makes it no place at all. The height is
    that of the colliders, which carry what stands there.
    """
    vertices, faces = coarse(vertices, faces, _TRIANGLES)
    size = np.ptp(vertices, axis=0)
    columns = _columns(vertices, faces)
    planes = [collider_planes(item) for item in shapes]
    if not len(columns.z) or not planes:
        return []
    band = float(np.clip(_BAND * size.max(), *_BANDS_M))
    found: list[Region] = []
    for level, mask, free in _levels(columns, band):
        for outline in inscribed(columns.xs, columns.ys, mask, least_m=min(0.04, 0.15 * float(size[:2].max()))):
            region = _region(vertices, faces, planes, outline, level, _free(outline, columns, free), link)
            if region is not None:
                found.append(region)
    found.sort(key=lambda item: (-item.half_extents[0] * item.half_extents[1], item.pose_link_region.position))
    counts: dict[str, int] = {}
    named = []
    for region in found[:_MAX_REGIONS]:
        number = counts.get(region.kind, 0)
        counts[region.kind] = number + 1
        named.append(region.model_copy(update={"name": f"{region.kind}_{number}"}))
    return named


def _columns(vertices: Array, faces: Faces) -> _Columns:
    """Cross every cell's middle with every triangle over it (barycentric coordinates in the plane)."""
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    step = max(float((high - low)[:2].max()) / _CELLS, _LEAST_CELL_M)
    xs, ys = (_spread(low[k], high[k], step) for k in range(2))
    corners = vertices[faces]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    steep = np.abs(normal[:, 2]) <= 1e-9 * np.maximum(np.linalg.norm(normal, axis=1), 1e-300)
    corners, normal = corners[~steep], normal[~steep]
    cells, heights, rises = [], [], []
    starts = np.searchsorted(xs, corners[:, :, 0].min(axis=1)), np.searchsorted(ys, corners[:, :, 1].min(axis=1))
    ends = np.searchsorted(xs, corners[:, :, 0].max(axis=1)), np.searchsorted(ys, corners[:, :, 1].max(axis=1))
    for k in np.flatnonzero((ends[0] > starts[0]) & (ends[1] > starts[1])):
        i, j = np.meshgrid(np.arange(starts[0][k], ends[0][k]), np.arange(starts[1][k], ends[1][k]), indexing="ij")
        a, b, c = corners[k]
        x, y = xs[i.ravel()], ys[j.ravel()]
        inside = np.ones(len(x), bool)
        for p, q in ((a, b), (b, c), (c, a)):
            turn = (q[0] - p[0]) * (y - p[1]) - (q[1] - p[1]) * (x - p[0])
            inside &= turn * np.sign(normal[k, 2]) >= 0
        if inside.any():
            x, y = x[inside], y[inside]
            heights.append(a[2] - (normal[k, 0] * (x - a[0]) + normal[k, 1] * (y - a[1])) / normal[k, 2])
            cells.append((i.ravel() * len(ys) + j.ravel())[inside])
            rises.append(np.full(len(x), normal[k, 2] / np.linalg.norm(normal[k])))
    if not cells:
        return _Columns(xs, ys, np.zeros(0, np.int64), np.zeros(0), np.zeros(0))
    cell, z, rise = np.concatenate(cells), np.concatenate(heights), np.concatenate(rises)
    order = np.lexsort((z, cell))
    cell, z, rise = cell[order], z[order], rise[order]
    free = _to_next(cell, z, step)
    kept = (rise > _UPWARD) & (free >= _LEAST_FREE_M)
    return _Columns(xs, ys, cell[kept], z[kept], free[kept])


def _spread(low: float, high: float, step: float) -> Array:
    count = max(1, int((high - low) / step + 1e-9))
    return np.asarray((low + high) / 2 + (np.arange(count) - (count - 1) / 2) * step, float)


def _to_next(cell: NDArray[np.int64], z: Array, step: float) -> Array:
    """Distance to the next crossing above in the same column; crossings within 2 mm are one, as noise makes them."""
    free = np.full(len(z), np.inf)
    for ahead in (1, 2, 3):
        gap = np.full(len(z), np.inf)
        same = cell[ahead:] == cell[:-ahead]
        gap[:-ahead][same] = (z[ahead:] - z[:-ahead])[same]
        free = np.where(np.isinf(free) & (gap > 0.002), gap, free)
    return free


def _levels(columns: _Columns, band: float) -> list[tuple[float, NDArray[np.bool_], Array]]:
    """Heights that many cells share, most first: the height, its cells, and the free height over each."""
    shape = (len(columns.xs), len(columns.ys))
    left = np.ones(len(columns.z), bool)
    found = []
    for _ in range(12):
        if left.sum() < 9:
            break
        values = np.sort(columns.z[left])
        ends = np.searchsorted(values, values + 2 * band, side="right")
        start = int(np.argmax(ends - np.arange(len(values))))
        rows = left & (columns.z >= values[start]) & (columns.z <= values[start] + 2 * band)
        mask, free = np.zeros(shape, bool), np.full(shape, np.inf)
        mask.reshape(-1)[columns.cell[rows]] = True
        np.minimum.at(free.reshape(-1), columns.cell[rows], columns.free[rows])
        mask &= free >= _OVERHUNG * min(_FREE_M, float(np.median(free[mask])))
        left &= ~rows
        found.append((float(np.percentile(columns.z[rows], 90)), mask, free))
    return found


def _free(outline: Outline, columns: _Columns, free: Array) -> tuple[float, float]:
    """The free heights that nearly all of the outline has, and that half of it has."""
    x, y = np.meshgrid(columns.xs, columns.ys, indexing="ij")
    values = np.sort(free[outline.covers(x, y)])
    return (float(values[len(values) // 50]), float(values[len(values) // 2])) if len(values) else (0.0, 0.0)


def _region(
    vertices: Array,
    faces: Faces,
    planes: list[Array],
    outline: Outline,
    level: float,
    frees: tuple[float, float],
    link: str,
) -> Region | None:
    free, usual = frees
    height = _carried(planes, outline, level, free)
    if height is None:
        return None
    kind: RegionKind = "shelf" if np.isfinite(free) else "top"
    wall, enclosed = wall_height(vertices, faces, outline.center, level)
    is_container = wall >= max(_WALL_M, _WALL * min(outline.half))
    if is_container:
        if np.isfinite(usual):
            return None  # a lid: nothing gets in
        kind = "interior"
    elif (kind == "shelf" and enclosed) or min(outline.half) < _LEAST_HALF_M:
        return None
    depth = float(vertices[:, 2].max()) - height
    a, b = (round(max(value - _INSET_M * (not is_container), 0.005), 6) for value in outline.half)
    return Region(
        name=kind,
        link=link,
        kind=kind,
        pose_link_region=Pose.of((*outline.center, height)).rounded(7),
        half_extents=(a, b),
        outline="disc" if outline.is_disc else "rect",
        clearance_m=round(min(free, depth) if is_container else min(free, _FREE_M if kind == "top" else _TALLEST_M), 4),
        is_container=is_container,
    )


def _carried(planes: list[Array], outline: Outline, level: float, free: float) -> float | None:
    """The height of the colliders below, or None where they do not carry all of the outline or stand into its space."""
    points = outline.points(0.85)
    tops = np.full(len(points), -np.inf)
    for rows in planes:
        base = points @ rows[:, :2].T + rows[:, 3]  # (N, P): c z <= -base
        c = rows[:, 2]
        with np.errstate(divide="ignore", invalid="ignore"):
            bound = -base / c
        high = np.where(c > 1e-9, bound, np.inf).min(axis=1)
        low = np.where(c < -1e-9, bound, -np.inf).max(axis=1)
        beside = (np.where(np.abs(c) <= 1e-9, base, -np.inf) > 0).any(axis=1)
        rows_hit = ~beside & (low <= high) & (low < level + min(_LEAST_FREE_M, free / 2))
        tops = np.maximum(tops, np.where(rows_hit, high, -np.inf))
    if tops.min() < level - _HELD_M or tops.max() > level + _HELD_M:
        return None
    return float(tops.max())
