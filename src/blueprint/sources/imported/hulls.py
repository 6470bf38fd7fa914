"""Convex colliders of foreign meshes: hulls of given pieces, or pieces found by cutting where hulls waste least."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, QhullError
from trimesh.remesh import subdivide_to_size

from blueprint.contracts.errors import InputError

__all__ = ["MAX_HULL_VERTICES", "convex_pieces", "hull_vertices", "hull_volume"]

Array = NDArray[np.float64]
MAX_HULL_VERTICES = 64
_FLAT_M = 0.0005
_CUTS = 7
_PLANES = 4
_BESIDE_M = 0.0015
_WORTH = 0.06  # a cut must save this share of the whole hull
_SPACING = 1 / 24  # of the largest extent: how densely large triangles are sampled
_MAX_POINTS = 20_000
_SCORED_POINTS = 700


def hull_vertices(points: Array) -> Array:
    """Return at most 64 points (N, 3) whose convex hull stands for that of `points`, m.

    All extreme points where they are few; else the extremes along 64 directions, the six axes among them, so that the
    extent is kept. Thinner than 0.5 mm is thickened to it. Raises InputError for fewer than four points.
    """
    if len(points) < 4:
        raise InputError(f"a collider of {len(points)} points has no volume.", remedy="give it at least four points.")
    solid = _thickened(np.unique(np.round(points, 6), axis=0))
    corners = solid[np.sort(ConvexHull(solid).vertices)]
    if len(corners) <= MAX_HULL_VERTICES:
        return corners
    picked = np.unique(np.argmax(corners @ _directions().T, axis=0))
    return corners[picked]


def hull_volume(points: Array) -> float:
    """Return the volume of the convex hull, m³; 0 where the points are flat."""
    try:
        return float(ConvexHull(points).volume)
    except (QhullError, ValueError):
        return 0.0


def convex_pieces(vertices: Array, faces: NDArray[np.int32], max_pieces: int = 12) -> list[Array]:
    """Return point sets (each (N, 3)) that cover the surface and whose hulls stand for the solid.

    Greedy: of all pieces and up to 15 axis-aligned cuts per axis, take the one that saves the most hull volume, until
    one saves less than 6 % of the whole hull or there are `max_pieces`. A table becomes a top and legs, so that a
    chair can stand under it; the surface of every piece lies on the mesh. Deterministic.
    """
    points = _dense_points(vertices, faces)
    whole = hull_volume(points)
    pieces = [(points, whole, _best_cut(points))]
    while len(pieces) < max_pieces and whole > 0:
        i = max(range(len(pieces)), key=lambda k: pieces[k][2][0])
        saved, axis, at = pieces[i][2]
        if saved < _WORTH * whole:
            break
        parent = pieces.pop(i)[0]
        for half in (parent[parent[:, axis] <= at], parent[parent[:, axis] >= at]):
            pieces.append((half, hull_volume(half), _best_cut(half)))
    return [piece for piece, _, _ in pieces]


def _dense_points(vertices: Array, faces: NDArray[np.int32]) -> Array:
    """Vertices, and points inside triangles that are large: a cut needs points near it."""
    extent = float(np.ptp(vertices[np.unique(faces)], axis=0).max())
    longest = np.linalg.norm(np.diff(vertices[faces[:, [0, 1, 2, 0]]], axis=1), axis=2).max()
    spacing = max(extent * _SPACING, 1e-4)
    points = vertices[np.unique(faces)]
    if longest > spacing and len(faces) < 5000:
        points = np.asarray(subdivide_to_size(vertices, faces, max_edge=spacing, max_iter=12)[0], float)
    points = np.unique(np.round(points, 6), axis=0)
    if len(points) > _MAX_POINTS:
        keep = np.unique(np.concatenate([np.arange(0, len(points), len(points) // _MAX_POINTS + 1), _extremes(points)]))
        points = points[keep]
    return points


def _best_cut(points: Array) -> tuple[float, int, float]:
    """Return (saved hull volume, axis, coordinate) of the best cut of one piece."""
    step = max(1, len(points) // _SCORED_POINTS)
    sample = points[np.unique(np.concatenate([np.arange(0, len(points), step), _extremes(points)]))]
    whole = hull_volume(sample)
    best = (0.0, 0, 0.0)
    for axis in range(3):
        for at in _candidates(sample[:, axis]):
            below, above = sample[sample[:, axis] <= at], sample[sample[:, axis] >= at]
            if len(below) < 5 or len(above) < 5:
                continue
            saved = whole - hull_volume(below) - hull_volume(above)
            if saved > best[0] + 1e-12:
                best = (saved, axis, at)
    return best


def _candidates(values: Array) -> list[float]:
    """Coordinates to cut at: evenly spread ones, and just beside planes that hold many points (under a table's top).

    An even cut goes through a point, which both halves keep; one beside a plane keeps that plane whole on one side.
    """
    low, high = values.min(), values.max()
    even = [low + (high - low) * k / (_CUTS + 1) for k in range(1, _CUTS + 1)]
    cuts = {float(values[np.argmin(np.abs(values - at))]) for at in even}
    levels, counts = np.unique(np.round(values, 3), return_counts=True)
    for level in levels[np.argsort(-counts, kind="stable")[:_PLANES]]:
        cuts |= {float(level) - _BESIDE_M, float(level) + _BESIDE_M}
    return sorted(at for at in cuts if low < at < high)


def _extremes(points: Array) -> NDArray[np.int64]:
    return np.unique(np.argmax(points @ _directions().T, axis=0))


def _directions() -> Array:
    """The six axes and 58 directions spread over the sphere (Fibonacci lattice), (64, 3) unit."""
    axes = np.concatenate([np.eye(3), -np.eye(3)])
    count = MAX_HULL_VERTICES - len(axes)
    k = np.arange(count) + 0.5
    polar, turn = np.arccos(1 - 2 * k / count), np.pi * (1 + 5**0.5) * k
    spread = np.column_stack([np.cos(turn) * np.sin(polar), np.sin(turn) * np.sin(polar), np.cos(polar)])
    return np.concatenate([axes, spread])


def _thickened(points: Array) -> Array:
    """Give a flat point set a thickness of 0.5 mm across its thinnest direction (principal axis)."""
    centered = points - points.mean(axis=0)
    normal = np.linalg.svd(centered, full_matrices=False)[2][-1]
    heights = centered @ normal
    if np.ptp(heights) >= _FLAT_M:
        return points
    return np.concatenate([points - normal * _FLAT_M / 2, points + normal * _FLAT_M / 2])
