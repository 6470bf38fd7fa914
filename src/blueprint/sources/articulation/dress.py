"""The mesh of a photo divided among the doors, the drawers and the case that were fitted to it, so that its look stays.

Where the mesh has been cut it is open: behind it, a little further in, stands the fitted thing.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from trimesh.intersections import slice_faces_plane

from blueprint.assets import mesh
from blueprint.assets.geometry import TriangleMesh
from blueprint.sources.articulation.links import link_bounds, poses_root_first
from blueprint.sources.imported.asset import ImportedLink
from blueprint.sources.imported.mesh_file import MeshPart

__all__ = ["CASES", "dressed"]

Array = NDArray[np.float64]
Box = tuple[Array, Array]
# Closed boxes whose whole front moves: what of the mesh lies inside of one is not seen.
CASES = frozenset(
    {
        "base_cabinet", "chest_of_drawers", "dishwasher", "drawer_unit", "filing_cabinet", "fridge", "locker",
        "medicine_cabinet", "microwave", "nightstand", "tool_chest", "wall_cabinet", "wardrobe",
    }
)  # fmt: skip
_INSET_M = 0.005  # more than the dents of a mesh
_SLIVER_M = 0.002
_SHELL_M = 0.015  # what of the case lies deeper is inside
_MARGIN_M = 0.0015  # of the 4 mm between two fronts
_REACH_M = 0.2  # handles of the mesh may stand out further than ours
_COVERED = 0.7  # of a front's area
_FACING = 0.7
_KEPT_SHARE = 0.12  # of a link's area: less is a handle, and the mesh has its own


def dressed(links: list[ImportedLink], parts: list[MeshPart]) -> list[ImportedLink] | None:
    """Return the fitted thing (upright, front -Y, frames parallel) in the triangles of the mesh it was fitted to.

    Colliders, joints and frames stay. Returns None where a front is not covered by the mesh (a hole, another place).
    """
    poses, boxes = poses_root_first(links), link_bounds(links)
    root = links[0]
    found = []
    rest = parts
    for link in links[1:]:
        if link.joint is None or link.parent != root.name:
            return None
        region = _region(link, poses[link.name].position[1], boxes[link.name])
        own, rest = _divided(rest, region)
        if _front_area(own) < _COVERED * float(np.prod((region[1] - region[0])[[0, 2]])):
            return None
        found.append(_with(link, own, np.asarray(poses[link.name].position)))
    shell = [kept for part in rest if (kept := _outside(part, boxes[root.name])) is not None]
    origin = np.asarray(root.pose_parent_link.position)
    case = replace(root, parts=[_moved(part, -origin) for part in shell] + _inset(root.parts))
    return [case, *found]


def _region(link: ImportedLink, origin_y: float, box: Box) -> Box:
    """The slab in front of the case, and what stands out of it; of a drawer without its box, which reaches back from
    its frame's origin."""
    low, high = box[0] - _MARGIN_M, box[1] + _MARGIN_M
    if link.joint is not None and link.joint.type == "prismatic":
        high = np.array([high[0], min(high[1], origin_y), high[2]])
    return np.array([low[0], low[1] - _REACH_M, low[2]]), high


def _divided(parts: list[MeshPart], region: Box) -> tuple[list[MeshPart], list[MeshPart]]:
    """Cut along the six planes of a box: what is inside, and all the rest."""
    inside, outside = [], []
    for part in parts:
        current: MeshPart | None = part
        for axis in range(3):
            for sign, bound in ((1.0, region[0]), (-1.0, region[1])):
                if current is None:
                    break
                normal = np.zeros(3)
                normal[axis] = sign
                away = _sliced(current, -normal, bound)
                outside += [away] if away is not None else []
                current = _sliced(current, normal, bound)
        inside += [current] if current is not None else []
    return inside, outside


def _sliced(part: MeshPart, normal: Array, origin: Array) -> MeshPart | None:
    """Return what lies on the side of a plane that its normal points to, with its texture where it was."""
    shape = part.mesh
    vertices, faces, uvs = slice_faces_plane(shape.vertices, shape.faces, normal, origin, uv=shape.uvs)
    return _part(np.asarray(vertices, float), np.asarray(faces, np.int32), np.asarray(uvs, float), part)


def _part(vertices: Array, faces: NDArray[np.int32], uvs: Array, like: MeshPart) -> MeshPart | None:
    corners = vertices[faces]
    doubled = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    faces = faces[doubled > 1e-10]
    if not len(faces):
        return None
    upright = np.tile([0.0, 0.0, 1.0], (len(vertices), 1))  # replaced by those of the creases
    shaded = mesh.smooth_normals(TriangleMesh(vertices, upright, uvs, faces))
    return MeshPart(shaded, like.surface) if len(shaded.faces) else None


def _front_area(parts: list[MeshPart]) -> float:
    """The area that is seen from -Y."""
    total = 0.0
    for part in parts:
        corners = part.mesh.vertices[part.mesh.faces]
        doubled = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        lengths = np.maximum(np.linalg.norm(doubled, axis=1), 1e-18)
        total += float(-doubled[doubled[:, 1] / lengths < -_FACING, 1].sum()) / 2
    return total


def _outside(part: MeshPart, case: Box) -> MeshPart | None:
    """Drop the triangles that lie deep inside of the case, where its own inner walls stand, and the slivers that are
    left between two fronts when they have been cut out."""
    centers = part.mesh.vertices[part.mesh.faces].mean(axis=1)
    inside = (centers > case[0] + _SHELL_M).all(axis=1) & (centers < case[1] - _SHELL_M).all(axis=1)
    before = centers[:, 1] < case[0][1] - _SLIVER_M
    faces = part.mesh.faces[~(inside | before)]
    return replace(part, mesh=replace(part.mesh, faces=faces)) if len(faces) else None


def _with(link: ImportedLink, own: list[MeshPart], origin: Array) -> ImportedLink:
    areas = [_area(part) for part in link.parts]
    behind = [part for part, area in zip(link.parts, areas, strict=True) if area > _KEPT_SHARE * sum(areas)]
    return replace(link, parts=[_moved(part, -origin) for part in own] + _inset(behind))


def _inset(parts: list[MeshPart]) -> list[MeshPart]:
    """Shrink about the middle of all parts by 5 mm on each side, so that nothing shows through the mesh.

    Their own middle: that of a door with its handle lies in front of its slab, which would come forward.
    """
    if not parts:
        return []
    whole = mesh.merge(part.mesh for part in parts)
    low, high = mesh.bounds(whole)
    size, center = high - low, (low + high) / 2
    factors = np.maximum(size - 2 * _INSET_M, 0.4 * size) / np.maximum(size, 1e-9)
    return [
        replace(part, mesh=mesh.moved(mesh.scaled(mesh.moved(part.mesh, -center), factors), center)) for part in parts
    ]


def _moved(part: MeshPart, offset: Array) -> MeshPart:
    return replace(part, mesh=mesh.moved(part.mesh, offset))


def _area(part: MeshPart) -> float:
    corners = part.mesh.vertices[part.mesh.faces]
    doubled = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return float(np.linalg.norm(doubled, axis=1).sum()) / 2
