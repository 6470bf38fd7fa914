"""Meshes in files of other programs (glTF, GLB, OBJ, PLY) → triangles in metres, Z-up, with their surfaces."""

import io
import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from blueprint.assets.geometry import TriangleMesh
from blueprint.assets.mesh import smooth_normals
from blueprint.contracts.errors import InputError, UnsafePathError
from blueprint.contracts.frames import Vec3
from blueprint.sources.imported.files import inside, read_bounded

if TYPE_CHECKING:
    import trimesh
    from trimesh.resolvers import Resolver

__all__ = ["MAX_FACES", "MAX_FILE_BYTES", "MeshPart", "Surface", "load_image", "load_obj_points", "load_parts"]

MAX_FILE_BYTES = 128 << 20
MAX_FACES = 400_000
MAX_VERTICES = 1_200_000
_MAX_SHADED_FACES = 60_000  # above, shading by creases takes seconds and changes little
_MAX_IMAGE_PX = 8192
_TEXTURE_PX = 1024  # larger images are scaled down: an imported room has a hundred of them
# What trimesh raises on damaged files: its parsers check little, so nearly anything; none of these is a bug of ours.
_GARBAGE = (
    ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, MemoryError, NameError, OSError,
    RuntimeError, TypeError, ValueError, struct.error,
)  # fmt: skip
_SUFFIXES = {".gltf", ".glb", ".obj", ".ply"}


@dataclass(frozen=True)
class Surface:
    """Linear RGB or a texture (H, W, 3) uint8 sRGB, and the PBR factors 0..1."""

    color: Vec3 = (0.6, 0.6, 0.6)
    roughness: float = 0.7
    metallic: float = 0.0
    opacity: float = 1.0
    texture: NDArray[np.uint8] | None = None


@dataclass(frozen=True)
class MeshPart:
    """One mesh with one surface."""

    mesh: TriangleMesh
    surface: Surface


def load_parts(path: Path, root: Path) -> list[MeshPart]:
    """Return the meshes of a file inside `root`, m, Z-up: glTF (Y-up by its standard) is turned by +90° about X.

    Files that it refers to (buffers, images) are read from inside `root` only. Raises InputError for a file that is
    damaged, empty, too large (128 MiB, 400,000 triangles) or holds NaN, UnsafePathError for one outside.
    """
    import trimesh

    suffix = path.suffix.lower()
    if suffix not in _SUFFIXES:
        raise InputError(f"{path.name}: {suffix!r} is not read; there are {sorted(_SUFFIXES)}.", remedy="convert it.")
    data = read_bounded(path, MAX_FILE_BYTES)
    has_normals = _check_header(path, data)
    resolver = cast("Resolver", _FolderResolver(root, path.parent))
    try:
        with np.errstate(all="ignore"):  # what is not finite is refused below, by name
            loaded = trimesh.load_scene(
                io.BytesIO(data), file_type=suffix[1:], resolver=resolver, process=False, allow_remote=False
            )
            found = list(_parts(loaded, suffix in (".gltf", ".glb")))
    except UnsafePathError:
        raise
    except InputError as error:
        raise InputError(f"{path.name}: {error}") from error
    except _GARBAGE as error:
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


def load_image(path: Path) -> NDArray[np.uint8]:
    """Return an image file as (H, W, 3) uint8, at most 1024 pixels a side; raises InputError where it is damaged."""
    try:
        with Image.open(io.BytesIO(read_bounded(path, MAX_FILE_BYTES)), formats=("PNG", "JPEG")) as image:
            return _pixels(image)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise InputError(f"cannot read image {path.name}: {error}.", remedy="replace it.") from error


class _FolderResolver:
    """A `trimesh.resolvers.Resolver`: gives it the files that a mesh refers to, from inside the scene folder only."""

    def __init__(self, root: Path, base: Path) -> None:
        self._root, self._base = root, base

    def get(self, key: str) -> bytes:
        name = key.decode() if isinstance(key, bytes) else str(key)
        return read_bounded(inside(self._root, name.removeprefix("./"), self._base), MAX_FILE_BYTES)

    def __getitem__(self, key: str) -> bytes:
        return self.get(key)

    def keys(self) -> list[str]:
        return []

    def namespaced(self, namespace: str) -> "Resolver":
        raise InputError(f"a mesh asks for the folder {namespace[:100]!r}.", remedy="put its files beside it.")

    def write(self, name: str, data: Any) -> None:
        raise InputError(f"a mesh wants to write {name[:100]!r}.", remedy="export it again.")


def _check_header(path: Path, data: bytes) -> bool:
    """Refuse sizes that the header promises before a parser allocates them; say whether the file has normals."""
    try:
        if path.suffix.lower() in (".gltf", ".glb"):
            header = json.loads(data if path.suffix.lower() == ".gltf" else _glb_header(data))
            counts = [int(item["count"]) for item in header.get("accessors", [])]
            shapes = [part["attributes"] for item in header.get("meshes", []) for part in item["primitives"]]
            has_normals = bool(shapes) and all("NORMAL" in attributes for attributes in shapes)
        elif path.suffix.lower() == ".ply":
            lines = data[: max(0, data.find(b"end_header"))].decode("latin-1").splitlines()
            counts = [int(line.split()[2]) for line in lines if line.startswith("element")]
            has_normals = any(line.startswith("property") and line.split()[-1] == "nx" for line in lines)
        else:
            counts, has_normals = [], b"\nvn " in data
    except _GARBAGE as error:
        raise _damaged(path, error) from error
    if any(count < 0 for count in counts) or sum(counts) > 8 * MAX_VERTICES:
        raise InputError(f"{path.name} announces {sum(counts)} elements.", remedy="decimate the mesh.")
    return has_normals


def _glb_header(data: bytes) -> bytes:
    magic, _, _, size, kind = struct.unpack_from("<4sIII4s", data)
    if magic != b"glTF" or kind != b"JSON":
        raise ValueError("no binary glTF header")
    return data[20 : 20 + size]


def _parts(loaded: "trimesh.Scene", y_up: bool) -> Iterator[MeshPart]:
    import trimesh

    turn = np.array([[1, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]], float) if y_up else np.eye(4)
    for node in sorted(loaded.graph.nodes_geometry):
        matrix, name = loaded.graph[node]
        shape = loaded.geometry[name]
        if isinstance(shape, trimesh.Trimesh) and len(shape.faces):
            transform = turn @ np.asarray(matrix, float)
            yield MeshPart(_triangles(shape, transform), _surface(shape))


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


def _surface(shape: "trimesh.Trimesh") -> Surface:
    from trimesh.visual.texture import TextureVisuals

    visual = shape.visual
    if not isinstance(visual, TextureVisuals):
        if visual is None or not visual.defined:
            return Surface()
        rgba = np.asarray(visual.main_color, float) / 255
        return Surface(color=_linear(rgba[:3]))
    material = visual.material
    if hasattr(material, "to_pbr"):
        material = material.to_pbr()
    factor = getattr(material, "baseColorFactor", None)
    rgba = np.asarray(factor if factor is not None else (153, 153, 153, 255), float)
    rgba = rgba / 255 if rgba.max(initial=0) > 1 else rgba
    image = getattr(material, "baseColorTexture", None)
    roughness, metallic = getattr(material, "roughnessFactor", None), getattr(material, "metallicFactor", None)
    return Surface(
        color=_clipped(rgba[:3]),
        roughness=float(np.clip(0.7 if roughness is None else roughness, 0, 1)),
        metallic=float(np.clip(0.0 if metallic is None or image is not None else metallic, 0, 1)),
        opacity=float(np.clip(rgba[3] if len(rgba) > 3 else 1.0, 0.05, 1)),
        texture=_pixels(image) if image is not None and _has_uvs(shape) else None,
    )


def _has_uvs(shape: "trimesh.Trimesh") -> bool:
    uvs = getattr(shape.visual, "uv", None)
    return uvs is not None and len(uvs) == len(shape.vertices)


def _pixels(image: Image.Image) -> NDArray[np.uint8]:
    if max(image.size) > _MAX_IMAGE_PX:
        raise InputError(f"an image is {image.size} pixels, more than {_MAX_IMAGE_PX} a side.", remedy="scale it down.")
    rgb = image.convert("RGB")
    if max(rgb.size) > _TEXTURE_PX:
        factor = _TEXTURE_PX / max(rgb.size)
        size = (max(1, round(rgb.size[0] * factor)), max(1, round(rgb.size[1] * factor)))
        rgb = rgb.resize(size, Image.Resampling.BOX)
    return np.asarray(rgb, np.uint8).copy()


def _linear(srgb: NDArray[np.float64]) -> Vec3:
    """sRGB 0..1 → linear (IEC 61966-2-1)."""
    values = np.where(srgb <= 0.04045, srgb / 12.92, ((np.clip(srgb, 0, 1) + 0.055) / 1.055) ** 2.4)
    return _clipped(values)


def _clipped(values: NDArray[np.float64]) -> Vec3:
    r, g, b = (round(float(value), 4) for value in np.clip(np.nan_to_num(values, nan=0.6), 0, 1))
    return r, g, b


def _check_parts(path: Path, parts: list[MeshPart]) -> None:
    faces = sum(len(part.mesh.faces) for part in parts)
    if faces > MAX_FACES:
        raise InputError(f"{path.name} has {faces} triangles, more than {MAX_FACES}.", remedy="decimate the mesh.")
    for part in parts:
        _check_finite(path, part.mesh.vertices)
        if part.mesh.faces.min() < 0 or part.mesh.faces.max() >= len(part.mesh.vertices):
            raise InputError(f"{path.name}: triangles point past the vertices.", remedy="export it again.")


def _check_finite(path: Path, points: NDArray[np.float64]) -> None:
    if not np.isfinite(points).all() or np.abs(points).max(initial=0.0) > 1e3:
        raise InputError(f"{path.name} has vertices that are NaN or over 1 km away.", remedy="export it in metres.")


def _damaged(path: Path, error: BaseException) -> InputError:
    detail = ascii(str(error))[1:-1][:200]
    return InputError(f"cannot read mesh {path.name}: {type(error).__name__}: {detail}.", remedy="export it again.")
