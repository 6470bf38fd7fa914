"""Holes of a surface for physics: small ones and open undersides are closed, mouths of vessels are not."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["ClosedSurface", "fill_holes"]

Array = NDArray[np.float64]
Faces = NDArray[np.int32]
_SMALL = 0.3  # of the diagonal, around a hole
_FLAT = 0.01  # of the diagonal: an underside that lies in one plane at the bottom


@dataclass(frozen=True)
class ClosedSurface:
    """The surface with its new faces last, how many holes they close, and how many are left open."""

    vertices: Array
    faces: Faces
    filled: int
    left_open: int


def fill_holes(vertices: Array, faces: Faces) -> ClosedSurface:
    """Return the surface with small holes closed, and with the open underside closed that reconstructions from
    pictures have where a thing stood.

    A hole is a loop of edges of one face each; it gets a fan around its middle. Larger ones stay open: they may be the
    mouth of a vessel.
    """
    loops, tangled = _loops(faces)
    used = vertices[np.unique(faces)]
    diagonal, bottom = float(np.linalg.norm(np.ptp(used, axis=0))), float(used[:, 2].min())
    points, triangles, filled = [vertices], [faces], 0
    count = len(vertices)
    for loop in loops:
        ring = vertices[loop]
        around = float(np.linalg.norm(ring - np.roll(ring, 1, axis=0), axis=1).sum())
        if around > _SMALL * diagonal and ring[:, 2].max() > bottom + _FLAT * diagonal:
            continue
        filled += 1
        after = np.roll(loop, -1)
        if len(loop) == 3:
            triangles.append(np.array([[loop[1], loop[0], loop[2]]], np.int32))
            continue
        points.append(ring.mean(axis=0, keepdims=True))
        triangles.append(np.column_stack([after, loop, np.full(len(loop), count)]).astype(np.int32))
        count += 1
    return ClosedSurface(np.concatenate(points), np.concatenate(triangles), filled, len(loops) - filled + tangled)


def _loops(faces: Faces) -> tuple[list[NDArray[np.int64]], int]:
    """Return the closed walks along open edges, and how many walks are not simple loops."""
    edges = faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    _, first, times = np.unique(np.sort(edges, axis=1), axis=0, return_index=True, return_counts=True)
    following: dict[int, int] = {}
    forked = set()
    for a, b in edges[np.sort(first[times == 1])].tolist():
        if a in following:
            forked.add(a)
        following[a] = b
    found, tangled = [], 0
    while following:
        start, at = next(iter(following.items()))
        del following[start]
        walk = [start]
        while at != start and at in following:
            walk.append(at)
            at = following.pop(at)
        if at == start and len(walk) >= 3 and not forked.intersection(walk):
            found.append(np.array(walk, np.int64))
        else:
            tangled += 1
    return found, tangled
