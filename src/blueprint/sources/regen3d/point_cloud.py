"""Points of PLY clouds and of mesh files: bounded, finite, and in the order in which the file has them."""

import io
import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import y_up_frame
from blueprint.sources.imported.files import GARBAGE, inside, read_bounded
from blueprint.sources.imported.mesh_file import MAX_FILE_BYTES, load_obj_points

__all__ = ["MAX_POINTS", "MeshPoints", "read_cloud", "read_mesh_points", "thinned"]

Array = NDArray[np.float64]
MAX_POINTS = 5_000_000
_MAX_CLOUD_BYTES = 256 << 20
_MAX_HEADER_BYTES = 64 << 10
_MAX_NODES = 10_000
_MAX_EXTENT = 1e3  # of a mesh, as where its surfaces are read; clouds may hold a far point or two
_MAX_CLOUD_EXTENT = 1e5
_FORMATS = ("ascii", "binary_little_endian")
_BYTES = {
    "char": 1, "uchar": 1, "int8": 1, "uint8": 1, "short": 2, "ushort": 2, "int16": 2, "uint16": 2,
    "int": 4, "uint": 4, "int32": 4, "uint32": 4, "float": 4, "float32": 4, "double": 8, "float64": 8,
}  # fmt: skip


@dataclass(frozen=True)
class MeshPoints:
    """Vertices (V, 3) and triangles (F, 3) of a whole file, Z-up for glTF; the order of the file is kept."""

    vertices: Array
    faces: NDArray[np.int64]

    @property
    def diagonal(self) -> float:
        """The diagonal of the axis-aligned box."""
        return float(np.linalg.norm(np.ptp(self.vertices, axis=0)))


def read_cloud(path: Path, root: Path) -> Array:
    """Return the points (N, 3) of a PLY file inside `root`, in its own frame: ascii or binary little endian.

    Raises InputError for more than 256 MiB or 5,000,000 points, a header that promises more than the file holds,
    another byte order, and NaN; UnsafePathError for a link that leaves `root`.
    """
    loaded = _load(path, root, _check_ply, _MAX_CLOUD_BYTES)
    points = np.asarray(getattr(loaded, "vertices", np.zeros((0, 3))), float).reshape(-1, 3)
    return _checked(path, points, _MAX_CLOUD_EXTENT)


def read_mesh_points(path: Path, root: Path) -> MeshPoints:
    """Return the vertices of a GLB, PLY or OBJ inside `root`, turned as `load_parts` turns them: glTF by +90° about X.

    Unlike there no vertex is merged, split or dropped. An OBJ has no triangles here. Raises InputError as
    `read_cloud`, and for more than 128 MiB.
    """
    suffix = path.suffix.lower()
    if suffix == ".obj":
        points = load_obj_points(inside(root, path.relative_to(root).as_posix()))
        return MeshPoints(_checked(path, points, _MAX_EXTENT), np.zeros((0, 3), np.int64))
    if suffix == ".ply":
        loaded = _load(path, root, _check_ply)
        vertices, faces = np.asarray(loaded.vertices, float), np.asarray(getattr(loaded, "faces", np.zeros((0, 3))))
    elif suffix == ".glb":
        vertices, faces = _glb_triangles(path, root)
    else:
        raise InputError(f"{path.name}: {suffix!r} is not read as a mesh.", remedy="convert it to GLB.")
    vertices, faces = _checked(path, vertices, _MAX_EXTENT), np.asarray(faces, np.int64).reshape(-1, 3)
    if len(faces) and (faces.min() < 0 or faces.max() >= len(vertices)):
        raise InputError(f"{path.name}: triangles point past the vertices.", remedy="export it again.")
    return MeshPoints(vertices, faces)


def thinned(points: Array, limit: int) -> Array:
    """Return at most `limit` of the points, evenly taken."""
    return points if len(points) <= limit else points[np.linspace(0, len(points) - 1, limit).astype(int)]


def _glb_triangles(path: Path, root: Path) -> tuple[Array, Array]:
    """All triangles of a GLB in the order of its meshes, each node's transform applied, Z-up."""
    import trimesh

    loaded, turn = _load(path, root, _check_glb), y_up_frame((0, 0, 0)).matrix()
    vertices, faces, start = [np.zeros((0, 3))], [np.zeros((0, 3), np.int64)], 0
    try:
        nodes = {name: sorted(found) for name, found in loaded.graph.geometry_nodes.items()}
        for name, shape in loaded.geometry.items():
            if not isinstance(shape, trimesh.Trimesh):
                continue
            for node in nodes.get(name, []):
                if start + len(shape.vertices) > MAX_POINTS:
                    raise InputError(f"{path.name} has over {MAX_POINTS} vertices.", remedy="decimate the mesh.")
                matrix = turn @ np.asarray(loaded.graph[node][0], float)
                vertices.append(np.asarray(shape.vertices, float) @ matrix[:3, :3].T + matrix[:3, 3])
                faces.append(np.asarray(shape.faces, np.int64) + start)
                start += len(shape.vertices)
    except GARBAGE as error:
        raise _damaged(path, error) from error
    return np.concatenate(vertices), np.concatenate(faces)


def _load(path: Path, root: Path, check: Callable[[Path, bytes], None], limit_bytes: int = MAX_FILE_BYTES) -> Any:
    """What trimesh makes of a file, nothing merged and no materials; files that it refers to are not read."""
    import trimesh

    inside(root, path.relative_to(root).as_posix())
    data = read_bounded(path, limit_bytes)
    try:
        check(path, data)
        kind = path.suffix.lower()[1:]
        with np.errstate(all="ignore"):  # what is not finite is refused by name
            if kind == "glb":
                return trimesh.load_scene(
                    io.BytesIO(data), file_type=kind, process=False, allow_remote=False, skip_materials=True
                )
            return trimesh.load(io.BytesIO(data), file_type=kind, process=False, skip_materials=True)
    except GARBAGE as error:
        raise _damaged(path, error) from error


def _check_ply(path: Path, data: bytes) -> None:
    """Refuse a header that promises more than the file holds, before a parser allocates it."""
    end = data.find(b"end_header", 0, _MAX_HEADER_BYTES)
    lines = data[: max(0, end)].decode("latin-1").split("\n")
    if end < 0 or lines[0].strip() != "ply":
        raise InputError(f"{path.name} has no PLY header of at most {_MAX_HEADER_BYTES} bytes.", remedy="export it.")
    words = [line.split() for line in lines]
    form = next((line[1] for line in words if line[:1] == ["format"] and len(line) > 1), "no")
    if form not in _FORMATS:
        remedy = f"export it as one of {list(_FORMATS)}."
        raise InputError(f"{path.name} has {form[:40]!r} format, which is not read.", remedy=remedy)
    needed, count = 0, 0
    for line in words:
        if line[:1] == ["element"]:
            count = int(line[2])
            if not 0 <= count <= MAX_POINTS:
                raise InputError(
                    f"{path.name} announces {count} elements, the limit is {MAX_POINTS}.", remedy="thin it."
                )
        elif line[:1] == ["property"]:  # a list holds its length at least, a number of text a digit and a space
            width = 2 if form == "ascii" else _BYTES[line[2 if line[1] == "list" else 1]]
            needed += count * width
    if needed > len(data) - end:
        raise InputError(f"{path.name} announces {needed} bytes and holds {len(data) - end}.", remedy="copy it again.")


def _check_glb(path: Path, data: bytes) -> None:
    magic, _, _, size, kind = struct.unpack_from("<4sIII4s", data)
    if magic != b"glTF" or kind != b"JSON":
        raise InputError(f"{path.name} is no binary glTF.", remedy="export it as GLB.")
    header = json.loads(data[20 : 20 + size])
    counts = [int(item["count"]) for item in header.get("accessors", [])]
    if len(header.get("nodes", [])) > _MAX_NODES:
        raise InputError(f"{path.name} has {len(header['nodes'])} nodes, the limit is {_MAX_NODES}.", remedy="join it.")
    if any(count < 0 for count in counts) or sum(counts) > 8 * MAX_POINTS:
        raise InputError(f"{path.name} announces {sum(counts)} elements.", remedy="decimate the mesh.")


def _checked(path: Path, points: Array, extent: float) -> Array:
    if not len(points):
        raise InputError(f"{path.name} holds no points.", remedy="export it again.")
    if not np.isfinite(points).all() or np.abs(points).max() > extent:
        raise InputError(
            f"{path.name} has points that are NaN or over {extent:g} units away.", remedy="export it again."
        )
    return points


def _damaged(path: Path, error: BaseException) -> InputError:
    detail = ascii(str(error))[1:-1][:200]
    return InputError(f"cannot read {path.name}: {type(error).__name__}: {detail}.", remedy="export it again.")
