"""What a generator of meshes does to a clean one: waves, fewer triangles, missing pieces, other vertices."""

from collections.abc import Callable
from dataclasses import replace

import fast_simplification
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from blueprint.assets.geometry import TriangleMesh
from blueprint.assets.mesh import smooth_normals
from blueprint.sources.regen3d.synthesis.room import ThingPart

__all__ = ["decimated", "waved", "welded", "without_piece"]

Array = NDArray[np.float64]
_WAVES = 12
_LEAST_FACES = 120  # a box of twelve triangles cannot be made coarser
_KEPT_FACES = 0.5


def waved(parts: list[ThingPart], deviation_m: float, rng: np.random.Generator) -> list[ThingPart]:
    """Return the parts with every vertex moved by a smooth random field of this standard deviation per axis.

    The field depends on the place alone, so that corners which meet still meet.
    """
    if deviation_m == 0:
        return parts
    points = np.concatenate([part.mesh.vertices for part in parts])
    diagonal = float(np.linalg.norm(np.ptp(points, axis=0)))
    wavelengths = rng.uniform(0.1, 0.5, _WAVES) * diagonal
    directions = rng.standard_normal((_WAVES, 3))
    waves = 2 * np.pi * directions / np.linalg.norm(directions, axis=1, keepdims=True) / wavelengths[:, None]
    phases, strengths = rng.uniform(0, 2 * np.pi, _WAVES), rng.standard_normal((_WAVES, 3))
    strengths *= deviation_m * np.sqrt(2 / _WAVES)

    def move(part: ThingPart) -> ThingPart:
        shift = np.sin(part.mesh.vertices @ waves.T + phases) @ strengths
        return replace(part, mesh=replace(part.mesh, vertices=part.mesh.vertices + shift))

    return [move(part) for part in parts]


def decimated(parts: list[ThingPart]) -> list[ThingPart]:
    """Return the parts with about half of their triangles; UVs are those of the nearest vertex before."""
    return [replace(part, mesh=_coarser(part.mesh)) for part in parts]


def welded(parts: list[ThingPart]) -> list[ThingPart]:
    """Return the same surfaces with equal positions merged: other vertices, in another order."""
    return [replace(part, mesh=_with_attributes(*_weld(part.mesh), part.mesh)) for part in parts]


def without_piece(parts: list[ThingPart], share: float, rng: np.random.Generator) -> tuple[list[ThingPart], float]:
    """Return the parts without the triangles furthest in a random direction, and the share that was taken."""
    direction = rng.standard_normal(3)
    heights = [part.mesh.vertices[part.mesh.faces].mean(axis=1) @ direction for part in parts]
    limit = float(np.quantile(np.concatenate(heights), 1 - share))
    kept = [_only(part, height <= limit) for part, height in zip(parts, heights, strict=True)]
    left = [part for part in kept if len(part.mesh.faces)]
    before, after = (sum(len(part.mesh.faces) for part in some) for some in (parts, left))
    return left, 1 - after / before


def _only(part: ThingPart, chosen: NDArray[np.bool_]) -> ThingPart:
    faces = part.mesh.faces[chosen]
    used = np.unique(faces)
    place = np.zeros(len(part.mesh.vertices), np.int32)
    place[used] = np.arange(len(used))
    take: Callable[[Array], Array] = lambda values: values[used]  # noqa: E731
    shape = TriangleMesh(
        take(part.mesh.vertices), take(part.mesh.normals), take(part.mesh.uvs), place[faces].astype(np.int32)
    )
    return replace(part, mesh=shape)


def _coarser(shape: TriangleMesh) -> TriangleMesh:
    if len(shape.faces) < _LEAST_FACES:
        return shape
    points, faces = _weld(shape)
    points, faces = fast_simplification.simplify(
        points.astype(np.float32), faces.astype(np.int32), target_count=int(_KEPT_FACES * len(faces))
    )
    return _with_attributes(points.astype(float), faces, shape) if len(faces) else shape


def _weld(shape: TriangleMesh) -> tuple[Array, NDArray[np.int32]]:
    points, place = np.unique(np.round(shape.vertices, 6), axis=0, return_inverse=True)
    faces = place.reshape(-1)[shape.faces]
    flat = (faces[:, 0] == faces[:, 1]) | (faces[:, 1] == faces[:, 2]) | (faces[:, 0] == faces[:, 2])
    return points, faces[~flat].astype(np.int32)


def _with_attributes(points: Array, faces: NDArray[np.int32], before: TriangleMesh) -> TriangleMesh:
    nearest = KDTree(before.vertices).query(points)[1]
    plain = TriangleMesh(points, before.normals[nearest], before.uvs[nearest], faces.astype(np.int32))
    return smooth_normals(plain)
