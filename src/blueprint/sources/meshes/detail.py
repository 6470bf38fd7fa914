"""Fewer triangles for what is seen: rendering costs by the vertex, and reconstructions bring a hundred thousand."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from blueprint.assets.geometry import TriangleMesh
from blueprint.assets.mesh import smooth_normals
from blueprint.sources.imported.mesh_file import MeshPart, Surface

__all__ = ["SHOWN_TRIANGLES", "Detail", "thinned"]

Array = NDArray[np.float64]
SHOWN_TRIANGLES = 20_000
_LEAST_TRIANGLES = 60
_SAMPLES_A_PART = 120_000
_SEAM_POINTS = 2000
_BESIDE = 0.1  # how much a distance in the texture counts against one in space
_SEAM_ERROR = 16.0  # of 255: mean difference of the texture as it is seen, beyond which a part stays as it was


@dataclass(frozen=True)
class Detail:
    """The parts to show, and in words what was done to them."""

    parts: list[MeshPart]
    notes: list[str]
    warnings: list[str]


def thinned(parts: list[MeshPart], limit: int = SHOWN_TRIANGLES) -> Detail:
    """Return the parts with about `limit` triangles in all (quadric edge collapse, each part by the same fraction).

    Texture coordinates are taken over from the nearest place of the same chart, so that no triangle reaches across a
    seam; where the texture looks different afterwards a part keeps all its triangles, and a warning says so.
    """
    count = sum(len(part.mesh.faces) for part in parts)
    if count <= limit:
        return Detail(parts, [], [])
    found, warnings = [], []
    for part in parts:
        wanted = max(_LEAST_TRIANGLES, round(len(part.mesh.faces) * limit / count))
        if wanted >= len(part.mesh.faces):
            found.append(part)
            continue
        source = _Source(part.mesh)
        coarse = source.transferred(*_collapsed(part.mesh, wanted))
        error = _texture_error(source, coarse, part.surface)
        if error > _SEAM_ERROR:
            warnings.append(f"a part keeps its {len(part.mesh.faces)} triangles: fewer would shift its texture")
            found.append(part)
        else:
            found.append(replace(part, mesh=coarse))
    left = sum(len(part.mesh.faces) for part in found)
    return Detail(found, [f"thinned from {count} to {left} triangles"] if left < count else [], warnings)


def _collapsed(shape: TriangleMesh, wanted: int) -> tuple[Array, NDArray[np.int32]]:
    """Collapse edges of the surface welded by place: else every seam is a border and is torn apart."""
    import fast_simplification

    low, size = shape.vertices.min(axis=0), max(float(np.ptp(shape.vertices, axis=0).max()), 1e-9)
    keys = np.round((shape.vertices - low) / size * 1e6)
    _, first, place = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    faces = place.reshape(-1)[shape.faces].astype(np.int32)
    faces = faces[(faces != np.roll(faces, 1, axis=1)).all(axis=1)]
    points = ((shape.vertices[first] - low) / size).astype(np.float32)
    vertices, triangles = fast_simplification.simplify(points, faces, target_count=wanted)
    return np.asarray(vertices, float) * size + low, np.asarray(triangles, np.int32)


class _Source:
    """Places spread over a mesh, to look up its texture coordinates by place and chart."""

    def __init__(self, shape: TriangleMesh) -> None:
        from scipy.spatial import KDTree
        from trimesh import Trimesh
        from trimesh.sample import sample_surface

        self.shape = shape
        count = int(np.clip(4 * len(shape.faces), 4000, _SAMPLES_A_PART))
        points, faces = sample_surface(Trimesh(shape.vertices, shape.faces, process=False), count, seed=0)
        centers = shape.vertices[shape.faces].mean(axis=1)  # so that every triangle has a place
        self._points = np.concatenate([np.asarray(points, float), centers])
        self._faces = np.concatenate([np.asarray(faces), np.arange(len(shape.faces))])
        self._chart = _charts(shape)[self._faces]
        self._uvs = _uvs_at(shape, self._points, self._faces)
        self._apart = 4 * float(np.ptp(shape.vertices, axis=0).max()) + 1.0
        self._uv_m = _BESIDE * _metres_per_uv(shape)
        self._tree = KDTree(self._points)
        self._by_chart = KDTree(self._keys(self._points, self._chart, self._uvs))

    def _keys(self, points: Array, chart: NDArray[np.int64], uvs: Array) -> Array:
        """Places of other charts are far away, those on the other side of a seam of the same chart far enough."""
        return np.column_stack([points, chart * self._apart, uvs * self._uv_m])

    def transferred(self, vertices: Array, faces: NDArray[np.int32]) -> TriangleMesh:
        """Return the mesh (one vertex per corner where charts meet) with texture coordinates, and shaded."""
        corners = vertices[faces]
        middle = self._tree.query(corners.mean(axis=1))[1]
        places = corners.reshape(-1, 3)
        keys = self._keys(places, np.repeat(self._chart[middle], 3), np.repeat(self._uvs[middle], 3, axis=0))
        uvs = _uvs_at(self.shape, places, self._faces[self._by_chart.query(keys)[1]])
        blank = np.zeros((len(places), 3))
        split = TriangleMesh(places, blank, uvs, np.arange(len(places), dtype=np.int32).reshape(-1, 3))
        return smooth_normals(split)

    def nearest_uvs(self, points: Array) -> Array:
        """Texture coordinates (N, 2) at the places nearest to points (N, 3), whatever their chart."""
        return _uvs_at(self.shape, points, self._faces[self._tree.query(points)[1]])


def _uvs_at(shape: TriangleMesh, points: Array, faces: NDArray[np.int64]) -> Array:
    """Texture coordinates (N, 2) of points (N, 3) on triangles (N,): barycentric, kept inside the triangle."""
    from trimesh.triangles import points_to_barycentric

    with np.errstate(all="ignore"):
        weights = np.asarray(points_to_barycentric(shape.vertices[shape.faces[faces]], points, method="cramer"), float)
    weights = np.clip(np.nan_to_num(weights, nan=1 / 3, posinf=1 / 3, neginf=1 / 3), 0, 1)
    weights = weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)
    return np.asarray(np.einsum("nk,nkd->nd", weights, shape.uvs[shape.faces[faces]]))


def _metres_per_uv(shape: TriangleMesh) -> float:
    """How many metres of the surface a unit of texture coordinates covers, 0 where there is no texture."""
    uv, corners = shape.uvs[shape.faces], shape.vertices[shape.faces]
    a, b = uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]
    textured = float(np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum())
    area = float(np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1).sum())
    return float(np.sqrt(area / textured)) if textured > 1e-12 else 0.0


def _charts(shape: TriangleMesh) -> NDArray[np.int64]:
    """A number per face (F,): faces that share a vertex, texture coordinates and all, are one chart."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    _, places = np.unique(np.round(np.column_stack([shape.vertices, shape.uvs]), 6), axis=0, return_inverse=True)
    faces = places.reshape(-1)[shape.faces]
    a, b = np.concatenate([faces[:, 0], faces[:, 1]]), np.concatenate([faces[:, 1], faces[:, 2]])
    count = int(faces.max()) + 1
    _, label = connected_components(coo_array((np.ones(len(a)), (a, b)), shape=(count, count)), directed=False)
    return np.asarray(label[faces[:, 0]], np.int64)


def _texture_error(source: _Source, coarse: TriangleMesh, surface: Surface) -> float:
    """The mean difference (0..255) of the texture at points of the coarse mesh; 0 without a texture."""
    from trimesh import Trimesh
    from trimesh.sample import sample_surface

    if surface.texture is None or not len(coarse.faces):
        return 0.0
    points, faces = sample_surface(Trimesh(coarse.vertices, coarse.faces, process=False), _SEAM_POINTS, seed=0)
    own = _uvs_at(coarse, np.asarray(points, float), np.asarray(faces))
    shown, wanted = (_pixels(surface.texture, uvs) for uvs in (own, source.nearest_uvs(np.asarray(points, float))))
    return float(np.abs(shown - wanted).mean())


def _pixels(image: NDArray[np.uint8], uvs: Array) -> Array:
    height, width = image.shape[:2]
    column = np.floor((uvs[:, 0] % 1.0) * width).astype(int) % width
    row = np.floor((1.0 - uvs[:, 1] % 1.0) * height).astype(int) % height
    return image[row, column].astype(float)
