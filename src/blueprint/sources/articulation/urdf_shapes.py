"""The shapes of a URDF's links: meshes from files of one folder, and the primitives that URDF knows."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import yourdfpy
from numpy.typing import NDArray

from blueprint.assets import mesh
from blueprint.assets.geometry import TriangleMesh
from blueprint.contracts.errors import InputError, UnsafePathError
from blueprint.contracts.frames import IDENTITY, Pose
from blueprint.sources.articulation.urdf_tree import Shapes
from blueprint.sources.imported.files import inside
from blueprint.sources.imported.mesh_file import MeshPart, Surface, load_obj_points, load_parts

__all__ = ["file_shapes", "origin_of", "raw", "scaled_by", "seen_shapes"]

Array = NDArray[np.float64]
_MAX_SCALE, _MAX_LENGTH = 1e4, 1e3


def file_shapes(folder: Path, *, has_collisions: bool = False) -> Shapes:
    """Return the reader of shapes whose files lie in a folder. Collision shapes are read where they are convex."""

    def read(link: yourdfpy.Link, _: Pose) -> tuple[list[MeshPart], list[Array]]:
        parts = [part for item in seen_shapes(link) for part in _parts(folder, item)]
        return parts, [_points(folder, item) for item in link.collisions] if has_collisions else []

    return read


def seen_shapes(link: yourdfpy.Link) -> list[yourdfpy.Visual] | list[yourdfpy.Collision]:
    """Return what is seen of a link, else what it collides with: some exporters write only that."""
    return link.visuals or link.collisions


def raw(part: MeshPart) -> MeshPart:
    """Undo the turn from glTF's Y-up to Z-up: a URDF takes the numbers of a mesh file as they are."""
    return replace(
        part,
        mesh=TriangleMesh(_unturned(part.mesh.vertices), _unturned(part.mesh.normals), part.mesh.uvs, part.mesh.faces),
    )


def scaled_by(part: MeshPart, scale: float | Array | None) -> MeshPart:
    """Return the part scaled as `<mesh scale>` says; raises InputError for a factor that is not positive."""
    factors = np.broadcast_to(np.asarray(1.0 if scale is None else scale, float), (3,))
    if not (np.isfinite(factors).all() and (factors > 1 / _MAX_SCALE).all() and (factors < _MAX_SCALE).all()):
        raise InputError(f"a mesh is scaled by {factors.tolist()}.", remedy="look into the service's log.")
    return part if np.all(factors == 1) else replace(part, mesh=mesh.scaled(part.mesh, factors))


def origin_of(item: yourdfpy.Visual | yourdfpy.Collision) -> Pose:
    """Return where a shape lies in its link; raises InputError for NaN."""
    if item.origin is None:
        return IDENTITY
    if not np.isfinite(item.origin).all() or np.abs(item.origin).max() > _MAX_LENGTH:
        raise InputError("the origin of a shape is not finite.", remedy="look into the service's log.")
    return Pose.from_matrix(item.origin)


def _unturned(points: Array) -> Array:
    x, y, z = points.T
    return np.column_stack([x, z, -y])


def _parts(folder: Path, item: yourdfpy.Visual | yourdfpy.Collision) -> list[MeshPart]:
    geometry = item.geometry
    origin = origin_of(item)
    if geometry is None:
        return []
    if geometry.mesh is None:
        return [MeshPart(mesh.transformed(_primitive(geometry), origin), Surface())]
    path = _path(folder, geometry.mesh.filename)
    found = load_parts(path, folder)
    if path.suffix.lower() in (".glb", ".gltf"):
        found = [raw(part) for part in found]
    scaled = [scaled_by(part, geometry.mesh.scale) for part in found]
    return [replace(part, mesh=mesh.transformed(part.mesh, origin)) for part in scaled]


def _path(folder: Path, name: str | None) -> Path:
    """Return the file that a URDF names: a relative path, or one in a package, which is the folder itself."""
    name = name or ""
    if name.startswith("package://"):
        _, _, rest = name.removeprefix("package://").partition("/")
        name = rest
    elif "://" in name:
        raise UnsafePathError(f"{name[:200]!r} is no file of the payload.", remedy="use relative paths.")
    while name.startswith("./"):
        name = name[2:]
    return inside(folder, name)


def _primitive(geometry: yourdfpy.Geometry) -> TriangleMesh:
    sizes = (
        geometry.box.size if geometry.box is not None else
        (geometry.cylinder.radius, geometry.cylinder.length) if geometry.cylinder is not None else
        (geometry.sphere.radius,) if geometry.sphere is not None else ()
    )  # fmt: skip
    size = np.asarray(sizes, float).ravel()
    if not len(size) or not (np.isfinite(size).all() and (size > 0).all() and (size < _MAX_LENGTH).all()):
        raise InputError(f"a primitive has the sizes {size.tolist()}.", remedy="look into the service's log.")
    if geometry.box is not None and len(size) == 3:
        return mesh.beveled_box(size, 0.0)
    if geometry.cylinder is not None:
        return mesh.moved(mesh.cylinder(float(size[0]), float(size[1])), (0, 0, -size[1] / 2))
    return mesh.sphere(float(size[0]))


def _points(folder: Path, item: yourdfpy.Collision) -> Array:
    """Return the corners of a convex collision shape, in its link's frame."""
    geometry, origin = item.geometry, origin_of(item)
    if geometry is not None and geometry.mesh is not None:
        return origin.apply(load_obj_points(_path(folder, geometry.mesh.filename)))
    if geometry is None:
        raise InputError("a collision has no geometry.", remedy="look into the file.")
    return origin.apply(np.unique(_primitive(geometry).vertices, axis=0))
