"""How large the things of a reconstruction are: boxes of their meshes, in the reconstruction's own unit."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import matrix_from_quat_wxyz
from blueprint.sources.imported.mesh_file import load_parts
from blueprint.sources.regen3d.reconstruction import ReconstructedObject, Reconstruction
from blueprint.sources.regen3d.roles import category_of_label

__all__ = ["Measured", "Triangles", "background_triangles", "measure"]

Array = NDArray[np.float64]
_UPRIGHT_RAD = 0.35


@dataclass(frozen=True)
class Triangles:
    """vertices: (V, 3) in the world · faces: (F, 3)."""

    vertices: Array
    faces: NDArray[np.int64]


@dataclass(frozen=True)
class Measured:
    """One object and the box of its mesh: `low` and `high` (3,) are in the mesh's frame, times the object's scale."""

    item: ReconstructedObject
    category: str
    low: Array
    high: Array

    @property
    def size(self) -> Array:
        """Extents (3,) along the mesh's own axes."""
        return self.high - self.low

    @property
    def is_upright(self) -> bool:
        """Whether the mesh's own up axis is within 20 degrees of the world's."""
        return bool(self._rotation()[2, 2] > np.cos(_UPRIGHT_RAD))

    @property
    def height(self) -> float:
        """Extent along the mesh's own up axis where it stands, else along the world's."""
        return float(self.size[2]) if self.is_upright else float(np.abs(self._rotation()[2]) @ self.size)

    @property
    def length(self) -> float:
        """The longer horizontal extent in the mesh's own frame."""
        return float(self.size[:2].max())

    def corners(self) -> Array:
        """Corners (8, 3) of the box in the world."""
        bits = np.array([(x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)
        return self.item.pose_world_mesh.apply(self.low + bits * self.size)

    def _rotation(self) -> Array:
        return matrix_from_quat_wxyz(self.item.pose_world_mesh.quat_wxyz)


def measure(reconstruction: Reconstruction) -> tuple[list[Measured], dict[str, str]]:
    """Return the objects whose meshes can be read, in their order, and why the others cannot."""
    found, refused = [], {}
    for item in reconstruction.objects:
        try:
            low, high = _box(item.mesh, reconstruction.root)
        except InputError as error:
            refused[item.object_id] = str(error)
            continue
        found.append(Measured(item, category_of_label(item.label), low * item.scale, high * item.scale))
    return found, refused


def background_triangles(reconstruction: Reconstruction) -> Triangles | None:
    """Return the background mesh in the reconstruction's world and unit, None where there is none.

    Raises InputError where its file cannot be read.
    """
    if reconstruction.background is None:
        return None
    vertices, faces, count = [], [], 0
    for part in load_parts(reconstruction.background, reconstruction.root):
        vertices.append(part.mesh.vertices)
        faces.append(part.mesh.faces.astype(np.int64) + count)
        count += len(part.mesh.vertices)
    points = np.concatenate(vertices) * reconstruction.scale_background
    return Triangles(reconstruction.pose_world_background.apply(points), np.concatenate(faces))


def _box(path: Path, root: Path) -> tuple[Array, Array]:
    if not path.is_file():
        raise InputError(f"there is no mesh {path.name}.", remedy="copy the whole folder.")
    status = path.stat()
    low, high = _box_of_file(path, root, status.st_size, status.st_mtime_ns)
    return np.array(low), np.array(high)


@lru_cache(maxsize=4096)
def _box_of_file(path: Path, root: Path, size: int, changed_ns: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The box of a mesh file; remembered while the file stays as it is, for a scene is measured several times."""
    corners = [
        bound for part in load_parts(path, root) for bound in (part.mesh.vertices.min(0), part.mesh.vertices.max(0))
    ]
    return tuple(np.min(corners, axis=0).tolist()), tuple(np.max(corners, axis=0).tolist())
