"""Meshes in files of other programs (glTF, OBJ, PLY, STL, OpenUSD) → triangles, Z-up, with their surfaces."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from blueprint.assets.geometry import TriangleMesh
from blueprint.assets.mesh import smooth_normals
from blueprint.contracts.errors import InputError, UnsafePathError
from blueprint.sources.imported.files import GARBAGE, inside, read_bounded
from blueprint.sources.imported.gltf_check import check_gltf
from blueprint.sources.imported.mesh_surface import Surface, load_image, painted, surface_of, vertex_colors
from blueprint.sources.imported.obj_check import check_obj, check_ply
from blueprint.sources.imported.stl_check import check_stl
from blueprint.sources.imported.usd_package import unpacked

if TYPE_CHECKING:
    import trimesh
    from trimesh.resolvers import Resolver

__all__ = ["MAX_FACES", "MAX_FILE_BYTES", "MeshPart", "Surface", "load_image", "load_obj_points", "load_parts"]

MAX_FILE_BYTES = 128 << 20
MAX_FACES = 400_000
MAX_VERTICES = 1_200_000
_FAR_M = 1e3
_FAR_WITHOUT_UNIT = 1e5  # an STL is often in millimetres; whoever reads it scales it
_MAX_SHADED_FACES = 60_000  # above, shading by creases takes seconds and changes little
_SUFFIXES = {".gltf", ".glb", ".obj", ".ply", ".stl"}
_USD_SUFFIXES = {".usd", ".usda", ".usdc", ".usdz"}
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")


@dataclass(frozen=True)
class MeshPart:
    """One mesh with one surface."""

    mesh: TriangleMesh
    surface: Surface


def load_parts(path: Path, root: Path) -> list[MeshPart]:
    """Return the meshes of a file inside `root`, m, Z-up.

    glTF (Y-up and metres by its standard) is turned by +90° about X, OpenUSD is read by its `upAxis` and
    `metersPerUnit`; OBJ, PLY and STL say neither and are taken as they are. Vertex colours become a texture. Files
    that it refers to (buffers, materials, images) are read from inside `root` only. Raises InputError for a file that
    is damaged, empty, too large (128 MiB, 400,000 triangles), holds NaN or lacks a texture, UnsafePathError for one
    outside.
    """
    import trimesh

    suffix = path.suffix.lower()
    if not path.resolve().is_relative_to(root.resolve()):
        raise UnsafePathError(f"{path.name} lies outside {root}.", remedy="replace the link by the file.")
    if suffix in _USD_SUFFIXES:
        return _usd_parts(path, root)
    if suffix not in _SUFFIXES:
        known = sorted(_SUFFIXES | _USD_SUFFIXES)
        raise InputError(f"{path.name}: {suffix!r} is not read; there are {known}.", remedy="convert it.")
    data = read_bounded(path, MAX_FILE_BYTES)
    resolver = _FolderResolver(root, path, quoted=suffix in (".gltf", ".glb"))
    try:
        has_normals = _check_header(path, data, resolver)
        with np.errstate(all="ignore"):  # what is not finite is refused below, by name
            loaded = trimesh.load_scene(
                io.BytesIO(data),
                file_type=suffix[1:],
                resolver=cast("Resolver", resolver),
                process=False,
                allow_remote=False,
            )
            found = list(_parts(path.name, loaded, suffix in (".gltf", ".glb")))
    except InputError:
        raise
    except GARBAGE as error:
        raise _damaged(path, error) from error
    if not found:
        raise InputError(f"{path.name} holds no triangles.", remedy="export it again.")
    _check_parts(path, found)
    if has_normals or sum(len(part.mesh.faces) for part in found) > _MAX_SHADED_FACES:
        return found
    shaded = [replace(part, mesh=smooth_normals(part.mesh)) for part in found]
    kept = [part for part in shaded if len(part.mesh.faces)]  # shading drops triangles without area
    if not kept:
        raise InputError(f"{path.name} holds no triangles with an area.", remedy="export it again.")
    return kept


def load_obj_points(path: Path) -> NDArray[np.float64]:
    """Return the vertices (N, 3) of a Wavefront OBJ, in its own frame; raises InputError as `load_parts` does."""
    text = read_bounded(path, MAX_FILE_BYTES).decode("latin-1")
    try:
        rows = [line.split()[1:4] for line in text.splitlines() if line.startswith(("v ", "v\t"))]
        points = np.array(rows, float).reshape(-1, 3)
    except ValueError as error:
        raise _damaged(path, error) from error
    if len(points) < 4 or len(points) > MAX_VERTICES:
        raise InputError(
            f"{path.name} has {len(points)} vertices, expected 4 to {MAX_VERTICES}.", remedy="decimate it."
        )
    _check_finite(path, points)
    return points


def _usd_parts(path: Path, root: Path) -> list[MeshPart]:
    # Here, because it reads through MuJoCo's loader of OpenUSD, which takes a second to import, and uses this module.
    from blueprint.sources.retrieval.usd_mesh import load_usd_parts

    if path.suffix.lower() != ".usdz":
        return load_usd_parts(path, root)
    with unpacked(path) as layer:
        return load_usd_parts(layer, layer.parent)


class _FolderResolver:
    """A `trimesh.resolvers.Resolver`: gives it the files that a mesh refers to, from inside the scene folder only."""

    def __init__(self, root: Path, mesh: Path, *, quoted: bool) -> None:
        self._root, self._mesh, self._quoted = root, mesh, quoted

    def get(self, key: str) -> bytes:
        name = key.decode() if isinstance(key, bytes) else str(key)
        if _URL.match(name):
            message = f"{self._mesh.name} refers to {name[:200]!r}: only files beside it are read."
            raise UnsafePathError(message, remedy="copy it there.")
        name = unquote(name) if self._quoted else name
        try:
            return read_bounded(inside(self._root, name.removeprefix("./"), self._mesh.parent), MAX_FILE_BYTES)
        except InputError as error:
            raise type(error)(f"{self._mesh.name}: {error.args[0]}", remedy=error.remedy) from error

    def __getitem__(self, key: str) -> bytes:
        return self.get(key)

    def keys(self) -> list[str]:
        return []

    def namespaced(self, namespace: str) -> "Resolver":
        raise InputError(f"a mesh asks for the folder {namespace[:100]!r}.", remedy="put its files beside it.")

    def write(self, name: str, data: Any) -> None:
        raise InputError(f"a mesh wants to write {name[:100]!r}.", remedy="export it again.")


def _check_header(path: Path, data: bytes, resolver: _FolderResolver) -> bool:
    """Refuse what a parser would believe, or read half of; say whether the file has normals."""
    suffix, elements = path.suffix.lower(), 0
    if suffix in (".gltf", ".glb"):
        return check_gltf(path.name, data, resolver.get)
    if suffix == ".obj":
        return check_obj(path.name, data, resolver.get)
    if suffix == ".ply":
        has_normals, elements = check_ply(path.name, data, resolver.get)
    else:
        has_normals, elements = False, check_stl(path.name, data)
    if elements > 8 * MAX_VERTICES:
        raise InputError(f"{path.name} announces {elements} elements.", remedy="decimate the mesh.")
    return has_normals


def _parts(name: str, loaded: "trimesh.Scene", y_up: bool) -> Iterator[MeshPart]:
    import trimesh

    turn = np.array([[1, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]], float) if y_up else np.eye(4)
    faces = 0
    for node in sorted(loaded.graph.nodes_geometry):
        matrix, geometry = loaded.graph[node]
        shape = loaded.geometry[geometry]
        if not isinstance(shape, trimesh.Trimesh) or not len(shape.faces):
            continue
        faces += len(shape.faces)
        if faces > MAX_FACES:
            raise InputError(f"{name} has more than {MAX_FACES} triangles.", remedy="decimate the mesh.")
        if shape.faces.min() < 0 or shape.faces.max() >= len(shape.vertices):
            raise InputError(f"{name}: triangles point past the vertices.", remedy="export it again.")
        triangles, surface = _triangles(shape, turn @ np.asarray(matrix, float)), surface_of(shape)
        colors = vertex_colors(shape)
        if colors is not None:
            triangles, texture = painted(triangles, colors)
            surface = replace(surface, texture=texture)
        yield MeshPart(triangles, surface)


def _triangles(shape: "trimesh.Trimesh", transform: NDArray[np.float64]) -> TriangleMesh:
    vertices = np.asarray(shape.vertices, float) @ transform[:3, :3].T + transform[:3, 3]
    faces = np.asarray(shape.faces, np.int32)
    if np.linalg.det(transform[:3, :3]) < 0:
        faces = faces[:, ::-1].copy()
    normals = np.asarray(shape.vertex_normals, float) @ np.linalg.inv(transform[:3, :3])
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    normals = np.where(lengths > 1e-9, normals / np.maximum(lengths, 1e-9), (0.0, 0.0, 1.0))
    uvs = getattr(shape.visual, "uv", None)
    if uvs is None or np.shape(uvs) != (len(vertices), 2):
        uvs = _texcoord_element(shape)
    return TriangleMesh(vertices, normals, np.asarray(uvs, float), faces)


def _texcoord_element(shape: "trimesh.Trimesh") -> NDArray[np.float64]:
    """Return per-vertex UVs of a PLY element `texcoord`, else zeros: trimesh keeps unknown elements as they are."""
    raw = shape.metadata.get("_ply_raw", {}).get("texcoord", {})
    data = raw.get("data")
    if data is not None and len(data) == len(shape.vertices) and getattr(data, "dtype", None) is not None:
        names = data.dtype.names or ()
        if len(names) == 2:
            return np.column_stack([np.asarray(data[name], float) for name in names])
    return np.zeros((len(shape.vertices), 2))


def _check_parts(path: Path, parts: list[MeshPart]) -> None:
    for part in parts:
        _check_finite(path, part.mesh.vertices, _FAR_WITHOUT_UNIT if path.suffix.lower() == ".stl" else _FAR_M)


def _check_finite(path: Path, points: NDArray[np.float64], far: float = _FAR_M) -> None:
    if not np.isfinite(points).all() or np.abs(points).max(initial=0.0) > far:
        raise InputError(f"{path.name} has vertices that are NaN or over 1 km away.", remedy="export it in metres.")


def _damaged(path: Path, error: BaseException) -> InputError:
    detail = ascii(str(error))[1:-1][:200]
    return InputError(f"cannot read mesh {path.name}: {type(error).__name__}: {detail}.", remedy="export it again.")
