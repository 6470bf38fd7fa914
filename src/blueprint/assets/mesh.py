"""Triangle meshes of simple solids, with normals and texture coordinates.

Texture coordinates are in metres along the surface (1 UV unit is 1 m), so that a material with a tile size looks the
same on every part; `AssetBuilder.material(tile_m=...)` divides by it. `unit_uvs` rescales them to 0..1 for images
that are to appear once (a label around a can, a book cover).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from blueprint.assets.geometry import TriangleMesh
from blueprint.contracts.frames import Pose, rotate

__all__ = [
    "beveled_box",
    "bounds",
    "cylinder",
    "ellipsoid",
    "flat_normals",
    "lathe",
    "merge",
    "moved",
    "plate",
    "scaled",
    "signed_volume",
    "smooth_normals",
    "sphere",
    "sweep",
    "transformed",
    "unit_uvs",
]

Array = NDArray[np.float64]
_CREASE_RAD = np.deg2rad(35)
_UP, _DOWN = np.array([0.0, 0, 1]), np.array([0.0, 0, -1])


def beveled_box(
    size: ArrayLike, bevel: float = 0.003, segments: int = 1, center: ArrayLike = (0, 0, 0)
) -> TriangleMesh:
    """Return a box of extent `size` (x, y, z), m, whose edges are rounded with radius `bevel`, m.

    `segments` rings per half edge: 1 gives 108 triangles, 2 gives 300; `bevel` 0 gives a sharp box of 12. The bevel is
    limited to 45 % of the smallest side. Each face has its own UVs in metres, from its lower left corner.
    """
    half = np.asarray(size, float) / 2
    bevel = max(float(min(bevel, 0.9 * half.min())), 0.0)
    form = _box_form(segments if bevel > 0 else 0)
    points = form.corners * (half - bevel) + bevel * form.normals
    rows = np.arange(len(points))
    u, v = (points[rows, axis] + half[axis] for axis in form.uv_axes)
    u = np.where(form.mirrored, 2 * half[form.uv_axes[0]] - u, u)
    return TriangleMesh(points + np.asarray(center, float), form.normals, np.stack([u, v], axis=1), form.faces)


@dataclass(frozen=True)
class _BoxForm:
    """What all boxes of as many rings share, vertex by vertex (V): the `normals` (V, 3), the signs (V, 3) of the
    corner that a vertex is rounded about, along which axes (2, V) u and v run, and where u runs backwards (V)."""

    normals: Array
    corners: Array
    uv_axes: NDArray[np.int64]
    mirrored: NDArray[np.bool_]
    faces: NDArray[np.int32]


@lru_cache(maxsize=8)
def _box_form(rings: int) -> _BoxForm:
    """The form of boxes with `rings` per half edge, 0 for sharp ones; its arrays are read-only."""
    rise = np.linspace(0, np.pi / 4, rings + 1) if rings else np.zeros(1)
    angles, signs = np.concatenate([-rise[::-1], rise]), np.repeat([-1.0, 1.0], len(rise))
    n = len(angles)
    normals, corners = np.zeros((2, 6, n, n, 3))
    uv_axes, mirrored = np.zeros((2, 6, n, n), np.int64), np.zeros((6, n, n), bool)
    faces = []
    for face, (axis, side) in enumerate((axis, side) for axis in range(3) for side in (-1.0, 1.0)):
        u_axis, v_axis = (other for other in range(3) if other != axis)
        normals[face, ..., axis] = corners[face, ..., axis] = side
        normals[face, ..., u_axis], normals[face, ..., v_axis] = np.tan(angles)[:, None], np.tan(angles)[None, :]
        corners[face, ..., u_axis], corners[face, ..., v_axis] = signs[:, None], signs[None, :]
        uv_axes[0, face], uv_axes[1, face] = u_axis, v_axis
        mirrored[face] = (side > 0) == (axis == 1)  # seen from outside, the first axis runs to the left
        grid = _grid_faces(n, n) + face * n * n
        faces.append(grid[:, ::-1] if mirrored[face, 0, 0] else grid)
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    form = _BoxForm(
        normals.reshape(-1, 3), corners.reshape(-1, 3), uv_axes.reshape(2, -1), mirrored.reshape(-1),
        np.concatenate(faces).astype(np.int32),
    )  # fmt: skip
    for array in vars(form).values():
        array.flags.writeable = False
    return form


def plate(points: ArrayLike, normal: ArrayLike) -> TriangleMesh:
    """Return one flat quadrilateral, its four corners (4, 3) counter-clockwise seen from `normal`, UVs 0..1."""
    corners = np.asarray(points, float)
    unit = np.asarray(normal, float) / np.linalg.norm(normal)
    uvs = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], float)
    return TriangleMesh(corners, np.tile(unit, (4, 1)), uvs, np.array([[0, 1, 2], [0, 2, 3]], np.int32))


def lathe(profile: ArrayLike, segments: int = 40, crease_rad: float = _CREASE_RAD) -> TriangleMesh:
    """Return the solid of revolution about Z of `profile` (N, 2): radius and z, m.

    The profile runs so that the outside is on its right: from the bottom axis outwards, up, and back to the top axis
    ((0, 0), (r, 0), (r, h), (0, h) is a cylinder). Corners sharper than `crease_rad` get split normals. u is the
    arc length at the largest radius, v the length along the profile.
    """
    points = np.asarray(profile, float)
    positions, normals, lengths = _profile_with_normals(points, crease_rad)
    angle = np.linspace(0, 2 * np.pi, segments + 1)
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    cos[-1], sin[-1] = 1.0, 0.0
    radius, z = positions[:, 0], positions[:, 1]
    vertices = np.stack([cos * radius, sin * radius, np.broadcast_to(z, (segments + 1, len(z)))], axis=-1)
    out = np.stack(
        [cos * normals[:, 0], sin * normals[:, 0], np.broadcast_to(normals[:, 1], (segments + 1, len(z)))], axis=-1
    )
    u = np.broadcast_to((angle * radius.max())[:, None], (segments + 1, len(z)))
    v = np.broadcast_to(lengths, (segments + 1, len(z)))
    mesh = TriangleMesh(
        vertices.reshape(-1, 3),
        out.reshape(-1, 3),
        np.stack([u, v], axis=-1).reshape(-1, 2),
        _grid_faces(segments + 1, len(z)),
    )
    return _without_slivers(mesh)


def _profile_with_normals(points: Array, crease_rad: float) -> tuple[Array, Array, Array]:
    edges = np.diff(points, axis=0)
    size = np.linalg.norm(edges, axis=1)
    keep = size > 1e-9
    points = np.concatenate([points[:1], points[1:][keep]])
    edges, size = edges[keep], size[keep]
    edge_normals = np.stack([edges[:, 1], -edges[:, 0]], axis=1) / size[:, None]
    along = np.concatenate([[0.0], np.cumsum(size)])
    before, after = edge_normals[:-1], edge_normals[1:]
    split = (before * after).sum(axis=1) < np.cos(crease_rad)
    mean = before + after
    inner = np.where(split[:, None], before, mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-12))
    index = np.repeat(np.arange(len(points)), [1, *(1 + split), 1])
    normals = np.concatenate([edge_normals[:1], inner, edge_normals[-1:]])[index]
    normals[np.flatnonzero(np.diff(index) == 0) + 1] = after[split]
    return points[index], normals, along[index]


def cylinder(
    radius: float, height: float, segments: int = 32, bevel: float = 0.0, *, planar_caps: bool = False
) -> TriangleMesh:
    """Return a cylinder about Z, standing on z = 0, its rims rounded with radius `bevel`, m.

    With `planar_caps` a texture lies flat on both ends (a table top) instead of around the axis.
    """
    bevel = min(bevel, 0.45 * height, 0.9 * radius)
    turn = np.linspace(0, np.pi / 2, 4 if bevel > 0 else 1)
    low = np.stack([radius - bevel + bevel * np.sin(turn), bevel - bevel * np.cos(turn)], axis=1)
    high = np.stack([radius - bevel + bevel * np.cos(turn), height - bevel + bevel * np.sin(turn)], axis=1)
    rim = np.concatenate([low, high])
    if not planar_caps:
        return lathe(np.concatenate([[(0, 0)], rim, [(0, height)]]), segments)
    angle = 2 * np.pi * np.arange(segments) / segments
    circle = (radius - bevel) * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    ends = [_cap(np.column_stack([circle, np.full(segments, z)]), out) for z, out in ((0.0, _DOWN), (height, _UP))]
    return merge([lathe(rim, segments), *ends])


def ellipsoid(radii: ArrayLike, segments: int = 28, rings: int = 16) -> TriangleMesh:
    """Return an ellipsoid with semi-axes `radii` (x, y, z), m, centred on the origin."""
    polar = np.linspace(-np.pi / 2, np.pi / 2, rings + 1)
    profile = np.stack([np.cos(polar), np.sin(polar)], axis=1)
    profile[[0, -1], 0] = 0.0
    return scaled(lathe(profile, segments, crease_rad=np.pi), radii)


def sphere(radius: float, segments: int = 28, rings: int = 16) -> TriangleMesh:
    """Return a sphere centred on the origin."""
    return ellipsoid((radius, radius, radius), segments, rings)


def sweep(
    path: ArrayLike, section: float | ArrayLike, *, sides: int = 12, closed: bool = False, capped: bool = True
) -> TriangleMesh:
    """Return a tube along `path` (N, 3), m.

    `section` is a radius, radii (N,) along the path, or a counter-clockwise convex outline (M, 2) in the plane across
    the path (first axis near +X or +Z, transported without twist). `closed` joins the last point to the first.
    """
    line = np.asarray(path, float)
    shape = np.asarray(section, float)
    turn = np.linspace(0, 2 * np.pi, sides + 1)
    circle = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    if shape.ndim == 2:
        outline = np.concatenate([shape, shape[:1]])
        offsets = np.broadcast_to(outline, (len(line), *outline.shape))
    else:
        offsets = circle * np.broadcast_to(shape, (len(line),))[:, None, None]
    if closed:
        line = np.concatenate([line, line[:1]])
        offsets = np.concatenate([offsets, offsets[:1]])
    across, up, tangent = _transported_frames(line, closed)
    spread = offsets[..., :1] * across[:, None] + offsets[..., 1:] * up[:, None]
    vertices = line[:, None] + spread
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    around = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(offsets[0], axis=0), axis=1))])
    n, m = vertices.shape[:2]
    uvs = np.stack([np.broadcast_to(along[:, None], (n, m)), np.broadcast_to(around, (n, m))], axis=-1)
    normals = spread / np.maximum(np.linalg.norm(spread, axis=-1, keepdims=True), 1e-12)
    body = TriangleMesh(
        vertices.reshape(-1, 3), normals.reshape(-1, 3), uvs.reshape(-1, 2), _grid_faces(n, m)[:, ::-1].copy()
    )
    body = smooth_normals(body) if shape.ndim == 2 else body
    parts = [body]
    if capped and not closed:
        parts += [_cap(vertices[0, :-1], -tangent[0]), _cap(vertices[-1, :-1], tangent[-1])]
    mesh = _without_slivers(merge(parts))
    return mesh if signed_volume(mesh) >= 0 or not capped else _inside_out(mesh)


def _transported_frames(line: Array, closed: bool) -> tuple[Array, Array, Array]:
    steps = np.diff(line, axis=0)
    steps /= np.linalg.norm(steps, axis=1, keepdims=True)
    tangent = np.concatenate([steps[:1], steps[:-1] + steps[1:], steps[-1:]])
    if closed:
        tangent[0] = tangent[-1] = steps[0] + steps[-1]
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    reference = np.eye(3)[0] if abs(tangent[0, 0]) < 0.9 else np.eye(3)[2]
    across = np.empty_like(tangent)
    for i, axis in enumerate(tangent):
        reference = reference - (reference @ axis) * axis
        reference = reference / np.linalg.norm(reference)
        across[i] = reference
    return across, np.cross(tangent, across), tangent


def _cap(ring: Array, normal: Array) -> TriangleMesh:
    center = ring.mean(axis=0)
    n = len(ring)
    vertices = np.concatenate([ring, [center]])
    index = np.arange(n)
    faces = np.stack([index, (index + 1) % n, np.full(n, n)], axis=1).astype(np.int32)
    a, b, c = vertices[faces[0]]
    if np.cross(b - a, c - a) @ normal < 0:
        faces = faces[:, ::-1].copy()
    axis = np.argmax(np.abs(normal))
    flat = np.delete(vertices - vertices.min(axis=0), axis, axis=1)
    return TriangleMesh(vertices, np.tile(normal, (n + 1, 1)), flat, faces)


def merge(meshes: Iterable[TriangleMesh]) -> TriangleMesh:
    """Return one mesh with the triangles of all."""
    parts = list(meshes)
    starts = np.cumsum([0, *(len(part.vertices) for part in parts[:-1])])
    return TriangleMesh(
        np.concatenate([part.vertices for part in parts]),
        np.concatenate([part.normals for part in parts]),
        np.concatenate([part.uvs for part in parts]),
        np.concatenate([part.faces + start for part, start in zip(parts, starts, strict=True)]).astype(np.int32),
    )


def transformed(mesh: TriangleMesh, pose: Pose) -> TriangleMesh:
    """Return the mesh moved by `pose`."""
    return TriangleMesh(pose.apply(mesh.vertices), rotate(pose.quat_wxyz, mesh.normals), mesh.uvs, mesh.faces)


def moved(mesh: TriangleMesh, offset: ArrayLike) -> TriangleMesh:
    """Return the mesh translated by `offset` (x, y, z), m."""
    return TriangleMesh(mesh.vertices + np.asarray(offset, float), mesh.normals, mesh.uvs, mesh.faces)


def scaled(mesh: TriangleMesh, factors: ArrayLike) -> TriangleMesh:
    """Return the mesh scaled by positive `factors` (x, y, z); normals follow the inverse transpose, UVs stay."""
    factor = np.broadcast_to(np.asarray(factors, float), (3,))
    normals = mesh.normals / factor
    normals = normals / np.linalg.norm(normals, axis=1, keepdims=True)
    return TriangleMesh(mesh.vertices * factor, normals, mesh.uvs, mesh.faces)


def unit_uvs(mesh: TriangleMesh, u: tuple[float, float] = (0, 1), v: tuple[float, float] = (0, 1)) -> TriangleMesh:
    """Return the mesh with its texture coordinates stretched to the ranges `u` and `v`."""
    low, high = mesh.uvs.min(axis=0), mesh.uvs.max(axis=0)
    share = (mesh.uvs - low) / np.maximum(high - low, 1e-12)
    return TriangleMesh(
        mesh.vertices, mesh.normals, share * (u[1] - u[0], v[1] - v[0]) + np.array([u[0], v[0]]), mesh.faces
    )


def smooth_normals(mesh: TriangleMesh, crease_rad: float = _CREASE_RAD) -> TriangleMesh:
    """Return the mesh with area-weighted normals, shared by faces at one place that meet below `crease_rad`.

    Vertices are split, one per face corner, where the normals of a shared vertex would differ.
    """
    corners = mesh.vertices[mesh.faces]
    weighted = _cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    unit = weighted / np.maximum(np.linalg.norm(weighted, axis=1, keepdims=True), 1e-18)
    places = np.unique(np.round(mesh.vertices, 7), axis=0, return_inverse=True)[1].reshape(-1)
    corner_place = places[mesh.faces].reshape(-1)
    corner_face = np.repeat(np.arange(len(mesh.faces)), 3)
    order = np.argsort(corner_place, kind="stable")
    normals = np.empty((len(corner_place), 3))
    limit = np.cos(crease_rad)
    counts = np.bincount(corner_place)
    starts = np.cumsum(counts) - counts
    for count in np.unique(counts[counts > 0]):  # all places where so many corners meet at once
        groups = order[starts[counts == count][:, None] + np.arange(count)]
        faces = corner_face[groups]
        near = unit[faces] @ unit[faces].transpose(0, 2, 1) >= limit - 1e-9
        normals[groups] = near.astype(float) @ weighted[faces]
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    normals = np.where(lengths > 1e-18, normals / np.maximum(lengths, 1e-18), unit[corner_face])
    return _welded(corners.reshape(-1, 3), normals, mesh.uvs[mesh.faces].reshape(-1, 2))


def flat_normals(mesh: TriangleMesh) -> TriangleMesh:
    """Return the mesh with one normal per triangle."""
    return smooth_normals(mesh, crease_rad=1e-4)


def _welded(vertices: Array, normals: Array, uvs: Array) -> TriangleMesh:
    key = np.round(np.column_stack([vertices, normals, uvs]), 7)
    _, first, inverse = np.unique(key, axis=0, return_index=True, return_inverse=True)
    faces = inverse.reshape(-1, 3).astype(np.int32)
    return _without_slivers(TriangleMesh(vertices[first], normals[first], uvs[first], faces))


def bounds(mesh: TriangleMesh) -> tuple[Array, Array]:
    """Return the lowest and highest corner, m."""
    return mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)


def signed_volume(mesh: TriangleMesh) -> float:
    """Return the enclosed volume in m³ (divergence theorem); negative if the faces are inside out."""
    a, b, c = (mesh.vertices[mesh.faces[:, i]] for i in range(3))
    return float(np.einsum("ij,ij->i", a, _cross(b, c)).sum() / 6)


def _inside_out(mesh: TriangleMesh) -> TriangleMesh:
    return TriangleMesh(mesh.vertices, mesh.normals, mesh.uvs, mesh.faces[:, ::-1].copy())


def _cross(a: Array, b: Array) -> Array:
    """The cross products of vectors (N, 3), without the checks of `np.cross` that cost more than the products."""
    (ax, ay, az), (bx, by, bz) = a.T, b.T
    return np.stack([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx], axis=1)


def _grid_faces(n: int, m: int) -> NDArray[np.int32]:
    """Return the triangles of an n × m grid of vertices, facing (first axis) × (second axis)."""
    a = (np.arange(n - 1)[:, None] * m + np.arange(m - 1)).reshape(-1)
    return np.concatenate([np.stack([a, a + m, a + m + 1], axis=1), np.stack([a, a + m + 1, a + 1], axis=1)]).astype(
        np.int32
    )


def _without_slivers(mesh: TriangleMesh) -> TriangleMesh:
    a, b, c = (mesh.vertices[mesh.faces[:, i]] for i in range(3))
    area = np.linalg.norm(_cross(b - a, c - a), axis=1)
    faces = mesh.faces[area > 1e-13]
    used = np.zeros(len(mesh.vertices), bool)
    used[faces] = True
    index = np.cumsum(used, dtype=np.int32) - 1
    return TriangleMesh(mesh.vertices[used], mesh.normals[used], mesh.uvs[used], index[faces].astype(np.int32))
