"""How large a mesh is: its extent and the volume of its hull after scaling."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import QhullError

from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import IDENTITY, Pose
from blueprint.sources.imported.asset import ImportedLink
from blueprint.sources.imported.hulls import hull_vertices, hull_volume
from blueprint.sources.imported.mesh_file import MeshPart, load_parts
from blueprint.sources.meshes.mesh_input import MeshInput

__all__ = ["MAX_SCALE", "MeasuredItem", "item_parts", "measured", "posed_parts"]

Array = NDArray[np.float64]
MAX_SCALE = 1e4
_MAX_SIZE_M = 200.0
_FLAT_M3 = 1e-12  # a cube of 0.1 mm


@dataclass(frozen=True)
class MeasuredItem:
    """An item and its scaled mesh: extent x, y, z in m and hull volume in m³; both None, with the reason, where the
    mesh cannot be read."""

    item: MeshInput
    size_m: tuple[float, float, float] | None
    hull_volume_m3: float | None
    problem: str | None = None


def measured(item: MeshInput) -> MeasuredItem:
    """Measure an item. An unreadable or absurdly large mesh is noted in `problem`: its preparation will refuse it."""
    try:
        points = np.concatenate([pose.apply(part.mesh.vertices) for pose, part in posed_parts(item)])
        size = np.ptp(points, axis=0)
        if not 0 < size.max() <= _MAX_SIZE_M:
            raise InputError(f"{item.name!r} is {size.max():.3g} m large.", remedy="check its scale.")
        # Of a flat thing (a sheet of paper, a poster) the hull that would collide: half a millimetre thick.
        volume = hull_volume(points)
        if volume < _FLAT_M3:
            volume = hull_volume(hull_vertices(points))
    except InputError as error:
        return MeasuredItem(item, None, None, str(error)[:300])
    except QhullError:
        return MeasuredItem(item, None, None, f"{item.name!r} is a line or a point.")
    x, y, z = (round(float(value), 6) for value in size)
    return MeasuredItem(item, (x, y, z), float(f"{volume:.9g}") if volume > 0 else None)


def posed_parts(item: MeshInput) -> list[tuple[Pose, MeshPart]]:
    """Return the item's scaled parts, each with the pose of its link in the item's frame; raises InputError."""
    if not item.links:
        return [(IDENTITY, part) for part in item_parts(item)]
    poses: dict[str, Pose] = {}
    found = []
    for link in item.links:
        poses[link.name] = _parent_pose(link, poses, item.name) @ link.pose_parent_link
        found += [(poses[link.name], part) for part in link.parts]
    if not found:
        raise InputError(f"{item.name!r} has links without meshes.", remedy="export its visuals.")
    return found


def item_parts(item: MeshInput) -> list[MeshPart]:
    """Return the parts of the item's file, scaled; raises InputError for a scale that is not above 0 and up to 1e4."""
    if not 0 < item.scale <= MAX_SCALE:
        raise InputError(f"{item.name!r} has scale {item.scale}.", remedy=f"use a scale above 0, up to {MAX_SCALE:g}.")
    return [_scaled(part, item.scale) for part in load_parts(item.path, item.root)]


def _scaled(part: MeshPart, scale: float) -> MeshPart:
    mesh = part.mesh
    return MeshPart(type(mesh)(mesh.vertices * scale, mesh.normals, mesh.uvs, mesh.faces), part.surface)


def _parent_pose(link: ImportedLink, poses: dict[str, Pose], name: str) -> Pose:
    if link.parent is None:
        return IDENTITY
    if link.parent not in poses:
        raise InputError(f"{name!r}: link {link.name!r} comes before its parent.", remedy="list parents first.")
    return poses[link.parent]
