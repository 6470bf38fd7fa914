"""A foreign mesh as it was exported → the same mesh without waste, its faces outward, its small holes closed."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from blueprint.assets.geometry import TriangleMesh
from blueprint.contracts.errors import InputError
from blueprint.sources.imported.mesh_file import MeshPart
from blueprint.sources.meshes.cleaning_holes import fill_holes
from blueprint.sources.meshes.cleaning_winding import consistent_winding, inside_out

__all__ = ["CleanMesh", "clean", "face_areas"]

Array = NDArray[np.float64]
Faces = NDArray[np.int32]
Mask = NDArray[np.bool_]
_WELD = 1e-6  # of the diagonal: vertices closer than that are one place
_SPECK_AREA = 0.002  # of the whole surface
_SPECK_GAP = 0.01  # of the diagonal, to everything that is no speck
_GAP_POINTS = 20_000
_LINKS = 6
_SHEET = 0.25  # of the faces: as many back faces make a closed mesh a sheet with two sides


@dataclass(frozen=True)
class CleanMesh:
    """What is seen (`parts`, with their normals and texture coordinates) and the same surface for physics.

    vertices: (V, 3) float64, m; faces: (F, 3) int32, one vertex per place; faces that close holes are in the physics
    surface alone. `repairs` says what was changed, `warnings` what could not be mended.
    """

    parts: list[MeshPart]
    vertices: Array
    faces: Faces
    is_watertight_in: bool
    is_watertight: bool
    repairs: list[str]
    warnings: list[str]


def clean(parts: list[MeshPart]) -> CleanMesh:
    """Return the mesh without degenerate and repeated faces and loose specks, faces outward, small holes closed.

    Vertices are merged by place for the physics surface alone: what is seen keeps its creases and texture seams.
    Raises InputError where nothing with an area is left.
    """
    vertices, faces = _welded(parts)
    row = np.arange(len(faces))  # of every face in the order of the parts
    repairs: list[str] = []
    collapsed = (faces == np.roll(faces, 1, axis=1)).any(axis=1)
    _note(repairs, collapsed, "degenerate faces removed")
    faces, row = faces[~collapsed], row[~collapsed]
    if len(faces) < 4 or face_areas(vertices, faces).sum() < 1e-10:
        raise InputError("a mesh has no surface with an area.", remedy="export it again.")
    watertight_in = _is_watertight(faces)
    repeated, backs = _repeated(faces)
    if watertight_in and backs.sum() < _SHEET * len(faces):
        backs[:] = False  # the walls between boxes that touch
    _note(repairs, repeated, "repeated faces removed")
    _note(repairs, backs, "back faces of sheets left out of the physics surface")
    specks = _specks(vertices, faces)
    _note(repairs, specks, "faces of loose specks removed")
    shown, solid = ~(repeated | specks), ~(repeated | specks | backs)
    turned = consistent_winding(vertices, faces[solid])
    closed = fill_holes(vertices, _turn(faces[solid], turned))
    inverted = inside_out(closed.vertices, closed.faces)
    flips = np.zeros(len(faces), bool)
    flips[solid] = turned ^ inverted[: len(turned)]
    _note(repairs, flips, "faces turned outward")
    if closed.filled:
        repairs.append(f"{closed.filled} holes closed in the physics surface")
    points, triangles = _referenced(closed.vertices, _turn(closed.faces, inverted))
    return CleanMesh(
        parts=_seen(parts, row[shown], flips[shown]),
        vertices=points,
        faces=triangles,
        is_watertight_in=watertight_in,
        is_watertight=_is_watertight(triangles),
        repairs=repairs,
        warnings=[f"{closed.left_open} holes are left open"] if closed.left_open else [],
    )


def face_areas(vertices: Array, faces: Faces) -> Array:
    """Return the area of every face, (F,) m²."""
    corners = vertices[faces]
    return np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2


def _welded(parts: list[MeshPart]) -> tuple[Array, Faces]:
    """One vertex per place; the first of them stands for all, so that no coordinate changes."""
    points = np.concatenate([part.mesh.vertices for part in parts])
    starts = np.cumsum([0, *(len(part.mesh.vertices) for part in parts[:-1])])
    faces = np.concatenate([part.mesh.faces + start for part, start in zip(parts, starts, strict=True)])
    step = max(1e-7, _WELD * float(np.linalg.norm(np.ptp(points, axis=0))))
    _, first, place = np.unique(np.round(points / step), axis=0, return_index=True, return_inverse=True)
    return points[first], place.reshape(-1)[faces].astype(np.int32)


def _is_watertight(faces: Faces) -> bool:
    """Whether no edge is open; pieces that touch along an edge share it in pairs."""
    edges = np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    return bool((np.unique(edges, axis=0, return_counts=True)[1] % 2 == 0).all())


def _repeated(faces: Faces) -> tuple[Mask, Mask]:
    """Faces that occur before with the same winding, and those that occur before with the other one."""
    start = np.argmin(faces, axis=1)
    turned = np.take_along_axis(faces, (start[:, None] + np.arange(3)) % 3, axis=1)
    same = ~_is_first(turned)
    return same, ~_is_first(np.sort(faces, axis=1)) & ~same


def _is_first(rows: Faces) -> Mask:
    found = np.zeros(len(rows), bool)
    found[np.unique(rows, axis=0, return_index=True)[1]] = True
    return found


def _specks(vertices: Array, faces: Faces) -> Mask:
    """Faces of connected pieces with next to no area, away from all others: dust of a reconstruction."""
    from scipy.spatial import KDTree
    from trimesh.graph import connected_component_labels, face_adjacency

    labels = connected_component_labels(face_adjacency(faces), node_count=len(faces))
    areas = np.bincount(labels, weights=face_areas(vertices, faces))
    small = areas < _SPECK_AREA * areas.sum()
    found = np.zeros(len(faces), bool)
    if not small.any() or small.all():
        return found
    gap = _SPECK_GAP * float(np.linalg.norm(np.ptp(vertices[np.unique(faces)], axis=0)))
    loose = small
    for _ in range(_LINKS):  # a handle's bar touches its posts, which touch the door
        distances = KDTree(_spread(vertices, faces[~loose[labels]])).query(vertices)[0]
        nearest = np.full(len(areas), np.inf)
        np.minimum.at(nearest, labels, distances[faces].min(axis=1))
        still = loose & (nearest > gap)
        if not still.any() or (still == loose).all():
            break
        loose = still
    return still[labels]


def _spread(vertices: Array, faces: Faces) -> Array:
    """Points all over a surface, dense enough to tell whether something is near it."""
    from trimesh import Trimesh
    from trimesh.sample import sample_surface

    points, _ = sample_surface(Trimesh(vertices, faces, process=False), _GAP_POINTS, seed=0)
    return np.concatenate([np.asarray(points, float), vertices[np.unique(faces)]])


def _turn(faces: Faces, rows: Mask) -> Faces:
    turned = faces.copy()
    turned[rows] = turned[rows][:, ::-1]
    return turned


def _referenced(vertices: Array, faces: Faces) -> tuple[Array, Faces]:
    used, index = np.unique(faces, return_inverse=True)
    return vertices[used], index.reshape(-1, 3).astype(np.int32)


def _seen(parts: list[MeshPart], rows: NDArray[np.int64], flips: Mask) -> list[MeshPart]:
    """The parts with the faces `rows` (counted through all parts) alone, some of them turned."""
    found, start = [], 0
    for part in parts:
        inside = (rows >= start) & (rows < start + len(part.mesh.faces))
        if inside.any():
            own = rows[inside] - start
            found.append(replace(part, mesh=_with_faces(part.mesh, part.mesh.faces[own], flips[inside])))
        start += len(part.mesh.faces)
    return found


def _with_faces(shape: TriangleMesh, faces: Faces, flips: Mask) -> TriangleMesh:
    """Turned faces get vertices of their own, so that their normals can look to the other side."""
    turned = faces[flips][:, ::-1].reshape(-1)
    own = np.arange(len(turned), dtype=np.int32).reshape(-1, 3) + len(shape.vertices)
    corners = shape.vertices[turned].reshape(-1, 3, 3)
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = shape.normals[turned]
    away = (normals * np.repeat(normal, 3, axis=0)).sum(axis=1) < 0
    triangles = faces.copy()
    triangles[flips] = own
    points, index = np.unique(triangles, return_inverse=True)
    return TriangleMesh(
        np.concatenate([shape.vertices, shape.vertices[turned]])[points],
        np.concatenate([shape.normals, np.where(away[:, None], -normals, normals)])[points],
        np.concatenate([shape.uvs, shape.uvs[turned]])[points],
        index.reshape(-1, 3).astype(np.int32),
    )


def _note(repairs: list[str], rows: Mask, words: str) -> None:
    if rows.any():
        repairs.append(f"{int(rows.sum())} {words}")
