"""Placed solids that props are made of: boxes, tubes, panels and prisms where they belong, in the prop's frame."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from blueprint.assets.extrusion import extrude
from blueprint.assets.geometry import TriangleMesh
from blueprint.assets.mesh import beveled_box, ellipsoid, moved, plate, smooth_normals, sweep, transformed
from blueprint.contracts.frames import Pose, quat_wxyz_from_axis_angle

__all__ = ["floored", "half_shell", "panel", "prism", "rounded_box", "tube", "turned"]


def rounded_box(center: ArrayLike, size: ArrayLike, bevel: float) -> TriangleMesh:
    """Return a box of extent `size` with edges rounded by `bevel`, m, around `center`."""
    return beveled_box(size, bevel, center=center)


def tube(
    path: ArrayLike, radius: float | ArrayLike, sides: int = 10, end_radius: float | None = None, flatten: float = 1.0
) -> TriangleMesh:
    """Return a capped tube along `path` (N, 3), m; tapering to `end_radius`, or a strap `flatten` as thick as wide."""
    line = np.asarray(path, float)
    if end_radius is not None:
        return sweep(line, np.linspace(float(np.asarray(radius)), end_radius, len(line)), sides=sides)
    if flatten == 1.0:
        return sweep(line, radius, sides=sides)
    turn = np.linspace(0, 2 * np.pi, sides + 1)[:-1]
    return sweep(line, np.column_stack([flatten * np.cos(turn), np.sin(turn)]) * radius, sides=sides)


def panel(center: ArrayLike, normal: Sequence[float], size: tuple[float, float]) -> TriangleMesh:
    """Return a quadrilateral (width, height), m, facing `normal`; its texture is upright, or reads from -Y if flat."""
    out = np.asarray(normal, float)
    up = np.array([0.0, 1.0, 0.0]) if abs(out[2]) > 0.9 else np.array([0.0, 0.0, 1.0])
    up = up - (up @ out) * out
    right = np.cross(up, out)
    corners = [sx * size[0] / 2 * right + sy * size[1] / 2 * up for sx, sy in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    return plate(np.asarray(center, float) + np.array(corners), out)


def prism(
    outline: Sequence[tuple[float, float]],
    length: float,
    axis: Literal["x", "y"] = "y",
    center: float = 0.0,
    smooth: bool = False,
) -> TriangleMesh:
    """Return `outline`, (x, z) for axis y, (y, z) for axis x, drawn out by `length` along the axis about `center`."""
    mesh = extrude(outline, length)
    mesh = smooth_normals(mesh) if smooth else mesh
    order = [2, 0, 1] if axis == "x" else [0, 2, 1]
    sign = np.array([1.0, 1.0, 1.0] if axis == "x" else [1.0, -1.0, 1.0])
    offset = np.array([center - length / 2, 0, 0] if axis == "x" else [0, center + length / 2, 0])
    return TriangleMesh(mesh.vertices[:, order] * sign + offset, mesh.normals[:, order] * sign, mesh.uvs, mesh.faces)


def turned(mesh: TriangleMesh, axis: ArrayLike, angle: float, offset: ArrayLike = (0, 0, 0)) -> TriangleMesh:
    """Return the mesh turned by `angle` rad about `axis` through the origin, then moved by `offset`."""
    return transformed(mesh, Pose.of(offset, quat_wxyz_from_axis_angle(axis, angle)))


def floored(mesh: TriangleMesh, z: float) -> TriangleMesh:
    """Return the mesh with everything under `z` pressed flat onto `z`, and moved so that `z` becomes 0."""
    vertices = mesh.vertices.copy()
    vertices[:, 2] = np.maximum(vertices[:, 2], z)
    return moved(TriangleMesh(vertices, mesh.normals, mesh.uvs, mesh.faces), (0, 0, -z))


def half_shell(radii: tuple[float, float, float], center: ArrayLike, sign: float) -> TriangleMesh:
    """Return the lower half of an ellipsoid around `center`, seen from below (`sign` 1) or from inside (-1)."""
    full = ellipsoid(radii, segments=20, rings=10)
    faces = full.faces[full.vertices[full.faces].mean(axis=1)[:, 2] < 0]
    used, inverse = np.unique(faces, return_inverse=True)
    index = inverse.reshape(-1, 3).astype(np.int32)
    shell = TriangleMesh(
        full.vertices[used], full.normals[used] * sign, full.uvs[used], index if sign > 0 else index[:, ::-1].copy()
    )
    return moved(shell, center)
