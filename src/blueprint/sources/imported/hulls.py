"""Convex colliders of foreign meshes: hulls of given pieces, or pieces found by cutting where hulls waste least."""

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.errors import InputError

__all__ = ["MAX_HULL_VERTICES", "convex_pieces", "hull_vertices", "hull_volume"]

Array = NDArray[np.float64]
MAX_HULL_VERTICES = 128
_FLAT_M = 0.0005
_CUTS = 5
_PLANES = 4
_BESIDE_M = 0.0015
_NUDGE_M = 1.7e-6  # cuts do not go through vertices
_WORTH = 0.12  # a cut must save this share of its piece's hull
_WORTH_OF_WHOLE = 0.004
_SCORED_FACES = 2500
_GRIDS = (64, 40, 28, 20, 14)


def hull_vertices(points: Array) -> Array:
    """Return at most 128 points (N, 3) whose convex hull stands for that of `points`, m.

    All extreme points where they are few; else the extremes along 128 directions, the six axes among them, so that the
    extent is kept. Thinner than 0.5 mm is thickened to it. Raises InputError for fewer than four points.
    """
    from scipy.spatial import ConvexHull

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
    from scipy.spatial import ConvexHull, QhullError

    try:
        return float(ConvexHull(points).volume)
    except (QhullError, ValueError):
        return 0.0


def convex_pieces(vertices: Array, faces: NDArray[np.int32], max_pieces: int = 12) -> list[Array]:
    """Return point sets (each (N, 3)) that cover the surface and whose hulls stand for the solid.

    Greedy: of all pieces and up to 13 axis-aligned cuts per axis, take the one that saves the most hull volume, as long
    as that is 12 % of its piece's hull and 0.4 % of the whole one's, up to `max_pieces`. A table becomes a top and
    legs, so that a chair can stand under it. Cuts are chosen on at most 2,500 triangles, the pieces hold the mesh's own
    vertices and the points where it is cut. Deterministic.
    """
    own = vertices[np.unique(faces)]
    first = _Piece(*_coarse(vertices, faces), np.full(3, -np.inf), np.full(3, np.inf))
    pieces = [first]
    while len(pieces) < max_pieces:
        i = max(range(len(pieces)), key=lambda k: pieces[k].gain(first.volume))
        if pieces[i].gain(first.volume) <= 0:
            break
        pieces[i : i + 1] = pieces[i].halves()
    return [points for piece in pieces if len(points := piece.points(own)) >= 4]


class _Piece:
    """Triangles inside a box that cuts have bounded: its hull's volume, and the best cut of it."""

    def __init__(self, vertices: Array, faces: NDArray[np.int32], low: Array, high: Array) -> None:
        self.vertices, self.faces, self.low, self.high = vertices, faces, low, high
        self.volume = hull_volume(vertices)
        self.saved, self.axis, self.at = self._best_cut()

    def gain(self, whole: float) -> float:
        """What the best cut saves, m³, or 0 where it is not worth another collider."""
        return self.saved if self.saved >= max(_WORTH * self.volume, _WORTH_OF_WHOLE * whole, 1e-12) else 0.0

    def halves(self) -> list["_Piece"]:
        from trimesh.intersections import slice_faces_plane

        cap_vertices, cap_faces = _cap(_segments(self.vertices, self.faces, self.axis, self.at))
        found = []
        for side in (-1.0, 1.0):
            normal, origin = np.zeros(3), np.zeros(3)
            normal[self.axis], origin[self.axis] = side, self.at
            vertices, faces, _ = slice_faces_plane(self.vertices, self.faces, normal, origin)
            low, high = self.low.copy(), self.high.copy()
            (high if side < 0 else low)[self.axis] = self.at
            closed = np.concatenate([np.asarray(faces, np.int64), cap_faces + len(vertices)]).astype(np.int32)
            found.append(_Piece(np.concatenate([np.asarray(vertices, float), cap_vertices]), closed, low, high))
        return found

    def points(self, own: Array) -> Array:
        """The mesh's own vertices inside the box, and the points on its cut sides."""
        inside = own[((own >= self.low - 1e-9) & (own <= self.high + 1e-9)).all(axis=1)]
        on_cut = (np.abs(self.vertices - self.low) < 1e-9) | (np.abs(self.vertices - self.high) < 1e-9)
        return np.concatenate([inside, self.vertices[on_cut.any(axis=1)]])

    def _best_cut(self) -> tuple[float, int, float]:
        best = (0.0, 0, 0.0)
        if self.volume <= 0:
            return best
        for axis in range(3):
            values = self.vertices[:, axis]
            for at in _candidates(values):
                across = _segments(self.vertices, self.faces, axis, at).reshape(-1, 3)
                below, above = self.vertices[values <= at], self.vertices[values >= at]
                kept = hull_volume(np.concatenate([below, across])) + hull_volume(np.concatenate([above, across]))
                if self.volume - kept > best[0] + 1e-12:
                    best = (self.volume - kept, axis, at)
        return best


def _coarse(vertices: Array, faces: NDArray[np.int32]) -> tuple[Array, NDArray[np.int32]]:
    """Merge the vertices of each cell of a grid, the finest that leaves few triangles: thin legs survive that, while
    edge collapses may remove them."""
    used, corners = np.unique(faces, return_inverse=True)
    points, triangles = vertices[used], corners.reshape(-1, 3)
    for cells in (0, *_GRIDS):
        if cells:
            step = float(np.ptp(vertices[used], axis=0).max()) / cells
            keys = np.floor((vertices[used] - vertices[used].min(axis=0)) / max(step, 1e-9) + 0.5)
            _, first, cell = np.unique(keys, axis=0, return_index=True, return_inverse=True)
            points, triangles = vertices[used][first], cell.reshape(-1)[corners.reshape(-1, 3)]
            a, b, c = triangles.T
            triangles = np.unique(triangles[(a != b) & (b != c) & (a != c)], axis=0)
        if len(triangles) <= _SCORED_FACES:
            break
    return points, triangles.astype(np.int32)


def _segments(vertices: Array, faces: NDArray[np.int32], axis: int, at: float) -> Array:
    """Return the segments (N, 2, 3) in which the triangles cross the plane."""
    heights = vertices[:, axis][faces] - at
    rows = (heights.min(axis=1) < 0) & (heights.max(axis=1) > 0)
    corners, heights = vertices[faces[rows]], heights[rows]
    start, end = corners, corners[:, [1, 2, 0]]
    a, b = heights, heights[:, [1, 2, 0]]
    crossing = a * b < 0
    two = crossing.sum(axis=1) == 2  # a triangle with a corner in the plane is left to its neighbours
    share = np.divide(a, a - b, out=np.zeros_like(a), where=crossing)[..., None]
    points = start + share * (end - start)
    return points[two][crossing[two]].reshape(-1, 2, 3)


def _cap(segments: Array) -> tuple[Array, NDArray[np.int64]]:
    """Close a cut: a fan from the middle of every connected outline to its segments."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not len(segments):
        return np.zeros((0, 3)), np.zeros((0, 3), np.int64)
    _, ends = np.unique(np.round(segments.reshape(-1, 3), 7), axis=0, return_inverse=True)
    a, b = ends.reshape(-1, 2).T
    links = coo_array((np.ones(len(a)), (a, b)), shape=(ends.max() + 1,) * 2)
    _, outline = connected_components(links, directed=False)
    of_segment = outline[a]
    middles = np.stack([segments[of_segment == k].reshape(-1, 3).mean(axis=0) for k in range(of_segment.max() + 1)])
    corners = np.arange(2 * len(segments)).reshape(-1, 2)
    faces = np.column_stack([corners, 2 * len(segments) + of_segment])
    return np.concatenate([segments.reshape(-1, 3), middles]), faces


def _candidates(values: Array) -> list[float]:
    """Coordinates to cut at: evenly spread ones, and just beside planes that hold many points (under a table's top)."""
    low, high = float(values.min()), float(values.max())
    cuts = {low + (high - low) * k / (_CUTS + 1) for k in range(1, _CUTS + 1)}
    levels, counts = np.unique(np.round(values, 3), return_counts=True)
    for level in levels[np.argsort(-counts, kind="stable")[:_PLANES]]:
        cuts |= {float(level) - _BESIDE_M, float(level) + _BESIDE_M}
    return sorted(at + _NUDGE_M for at in cuts if low < at < high - 2 * _NUDGE_M)


def _directions() -> Array:
    """The six axes and 122 directions spread over the sphere (Fibonacci lattice), (128, 3) unit."""
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
