"""Geometry prims as MuJoCo geoms: gprims where the type exists, else meshes, with scale baked in."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pxr import Usd, UsdGeom, UsdPhysics

from blueprint.contracts.asset import BoxShape, CapsuleShape, CylinderShape, Shape, SphereShape
from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import IDENTITY, Pose
from blueprint.mjcf.source import SourceStage
from blueprint.mjcf.transform import is_diagonal, rigid_and_stretch

__all__ = ["GeomShape", "MeshData", "collision_shape", "visual_shape"]

Array = NDArray[np.float64]
_MAX_VERTICES = 2_000_000
_TO_Z = {  # rotations that take +Z to the axis of a gprim
    "X": Pose.of((0, 0, 0), (np.sqrt(0.5), 0, np.sqrt(0.5), 0)),
    "Y": Pose.of((0, 0, 0), (np.sqrt(0.5), -np.sqrt(0.5), 0, 0)),
    "Z": IDENTITY,
}


@dataclass(frozen=True)
class MeshData:
    """Triangles in the geom frame: vertices (V, 3) m, faces (F, 3); per corner normals (3F, 3), uvs (3F, 2) or None."""

    vertices: Array
    faces: NDArray[np.int32]
    normals: Array | None = None
    uvs: Array | None = None


@dataclass(frozen=True)
class GeomShape:
    """A geom in a body's frame. `solid` is an analytic shape; `mesh` triangles; neither means an infinite plane."""

    pose_body_geom: Pose
    solid: Shape | None = None
    ellipsoid: tuple[float, float, float] | None = None
    mesh: MeshData | None = None


def visual_shape(source: SourceStage, prim: Usd.Prim, body_from_world: Array) -> GeomShape | None:
    """Return how a gprim looks in a body's frame, or None for kinds that are not drawn (curves, points)."""
    pose, stretch = rigid_and_stretch(body_from_world @ source.world_matrix(prim), str(prim.GetPath()))
    if prim.IsA(UsdGeom.Mesh):
        mesh = _read_mesh(prim, stretch, with_look=True)
        return GeomShape(pose, mesh=mesh) if mesh is not None else None
    return _primitive(source, prim, pose, stretch)


def collision_shape(source: SourceStage, prim: Usd.Prim, body_from_world: Array) -> GeomShape | None:
    """Return the collision geom of a prim in a body's frame.

    MuJoCo collides convex shapes only: a mesh without approximation, or with a decomposition, becomes its hull, and
    that is noted. Returns None for prims without a shape.
    """
    pose, stretch = rigid_and_stretch(body_from_world @ source.world_matrix(prim), str(prim.GetPath()))
    if not prim.IsA(UsdGeom.Mesh):
        return _primitive(source, prim, pose, stretch)
    mesh = _read_mesh(prim, stretch, with_look=False)
    if mesh is None:
        return None
    approximation = "none"
    if prim.HasAPI(UsdPhysics.MeshCollisionAPI):
        approximation = UsdPhysics.MeshCollisionAPI(prim).GetApproximationAttr().Get() or "none"
    if approximation == "boundingCube":
        low, high = mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)
        half = tuple(float(value) for value in np.maximum((high - low) / 2, 1e-6))
        return GeomShape(pose @ Pose.of((low + high) / 2), solid=BoxShape(half_extents=half))  # type: ignore[arg-type]
    if approximation == "boundingSphere":
        center = (mesh.vertices.min(axis=0) + mesh.vertices.max(axis=0)) / 2
        radius = float(np.linalg.norm(mesh.vertices - center, axis=1).max())
        return GeomShape(pose @ Pose.of(center), solid=SphereShape(radius=radius))
    if approximation != "convexHull":
        source.note(f"{prim.GetPath()}: mesh approximation {approximation!r} is taken as its convex hull")
    return GeomShape(pose, mesh=mesh)


def _primitive(source: SourceStage, prim: Usd.Prim, pose: Pose, stretch: Array) -> GeomShape | None:
    kind = prim.GetTypeName()
    if kind not in ("Cube", "Sphere", "Cylinder", "Capsule", "Cone", "Plane"):
        return None
    if not is_diagonal(stretch):
        source.note(f"{prim.GetPath()}: a sheared {kind} is taken without its shear")
    scale = np.abs(np.diag(stretch))
    if kind == "Cube":
        size = float(UsdGeom.Cube(prim).GetSizeAttr().Get())
        x, y, z = (float(value) for value in scale * size / 2)
        return GeomShape(pose, solid=BoxShape(half_extents=(x, y, z)))
    if kind == "Sphere":
        x, y, z = (float(value) for value in scale * float(UsdGeom.Sphere(prim).GetRadiusAttr().Get()))
        if max(x, y, z) - min(x, y, z) <= 1e-6 * max(x, y, z):
            return GeomShape(pose, solid=SphereShape(radius=x))
        return GeomShape(pose, ellipsoid=(x, y, z))
    if kind == "Plane":
        return GeomShape(pose @ _TO_Z[str(UsdGeom.Plane(prim).GetAxisAttr().Get())])
    return _tube(source, prim, pose, scale)


def _tube(source: SourceStage, prim: Usd.Prim, pose: Pose, scale: Array) -> GeomShape:
    tube = {"Cylinder": UsdGeom.Cylinder, "Capsule": UsdGeom.Capsule, "Cone": UsdGeom.Cone}[prim.GetTypeName()](prim)
    axis = str(tube.GetAxisAttr().Get())
    along = "XYZ".index(axis)
    across = np.delete(scale, along)
    if abs(across[0] - across[1]) > 1e-6 * across.max():
        source.note(f"{prim.GetPath()}: an elliptic {prim.GetTypeName()} is taken with its larger radius")
    radius = float(tube.GetRadiusAttr().Get() * across.max())
    half = float(tube.GetHeightAttr().Get() * scale[along] / 2)
    frame = pose @ _TO_Z[axis]
    if prim.GetTypeName() == "Cylinder":
        return GeomShape(frame, solid=CylinderShape(radius=radius, half_length=half))
    if prim.GetTypeName() == "Capsule":
        return GeomShape(frame, solid=CapsuleShape(radius=radius, half_length=half))
    return GeomShape(frame, mesh=_cone(radius, half))


def _cone(radius: float, half: float, sides: int = 32) -> MeshData:
    angles = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    rim = np.column_stack([radius * np.cos(angles), radius * np.sin(angles), np.full(sides, -half)])
    vertices = np.vstack([rim, [(0, 0, half), (0, 0, -half)]])
    after = np.roll(np.arange(sides), -1)
    side = np.column_stack([np.arange(sides), after, np.full(sides, sides)])
    base = np.column_stack([after, np.arange(sides), np.full(sides, sides + 1)])
    return MeshData(vertices, np.vstack([side, base]).astype(np.int32))


def _read_mesh(prim: Usd.Prim, stretch: Array, *, with_look: bool) -> MeshData | None:
    mesh = UsdGeom.Mesh(prim)
    points = np.asarray(mesh.GetPointsAttr().Get() or [], float).reshape(-1, 3)
    counts = np.asarray(mesh.GetFaceVertexCountsAttr().Get() or [], np.int64)
    indices = np.asarray(mesh.GetFaceVertexIndicesAttr().Get() or [], np.int64)
    if not len(points) or not len(counts):
        return None
    where = str(prim.GetPath())
    if len(points) > _MAX_VERTICES or len(indices) > 3 * _MAX_VERTICES:
        raise InputError(f"{where}: {len(points)} vertices are more than {_MAX_VERTICES}.", remedy="decimate the mesh.")
    if (counts < 3).any() or counts.sum() != len(indices) or indices.min() < 0 or indices.max() >= len(points):
        raise InputError(f"{where}: face counts and indices do not fit its points.", remedy="re-export the mesh.")
    if not np.isfinite(points).all():
        raise InputError(f"{where}: a point is not finite.", remedy="re-export the mesh.")
    corners = _fan(counts)
    if (mesh.GetOrientationAttr().Get() == "leftHanded") != (np.linalg.det(stretch) < 0):
        corners = corners[:, ::-1]
    vertices = points @ stretch.T
    faces = indices[corners].astype(np.int32)
    if not with_look:
        return MeshData(vertices, faces)
    normals = _per_corner(mesh.GetNormalsAttr().Get(), mesh.GetNormalsInterpolation(), None, indices, corners, 3)
    if normals is not None:
        normals = normals @ np.linalg.inv(stretch)  # (S⁻¹)ᵀ applied to row vectors
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    return MeshData(vertices, faces, normals, _read_uvs(prim, indices, corners))


def _read_uvs(prim: Usd.Prim, indices: NDArray[np.int64], corners: NDArray[np.int64]) -> Array | None:
    for primvar in UsdGeom.PrimvarsAPI(prim).FindPrimvarsWithInheritance():
        if str(primvar.GetTypeName()) in ("texCoord2f[]", "float2[]", "texCoord2d[]") and primvar.HasValue():
            return _per_corner(
                primvar.Get(), primvar.GetInterpolation(), primvar.GetIndices() or None, indices, corners, 2
            )
    return None


def _fan(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return (F, 3) corner numbers of the triangle fans of polygons with `counts` corners each."""
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    if (counts == 3).all():
        return starts[:, None] + np.arange(3)
    triangles = [
        np.column_stack([np.full(count - 2, start), start + np.arange(1, count - 1), start + np.arange(2, count)])
        for start, count in zip(starts, counts, strict=True)
    ]
    return np.vstack(triangles)


def _per_corner(
    values: object,
    interpolation: str,
    value_indices: object,
    indices: NDArray[np.int64],
    corners: NDArray[np.int64],
    width: int,
) -> Array | None:
    """Spread a primvar over triangle corners (3F, width); None where it is absent or does not fit."""
    if values is None:
        return None
    data = np.asarray(values, float).reshape(-1, width)
    if value_indices is not None:
        chosen = np.asarray(value_indices, np.int64)
        if len(chosen) and (chosen.min() < 0 or chosen.max() >= len(data)):
            return None
        data = data[chosen]
    flat = corners.reshape(-1)
    if interpolation == "faceVarying":
        pick = flat
    elif interpolation in ("vertex", "varying"):
        pick = indices[flat]
    else:
        return None
    return data[pick] if len(data) > pick.max() else None
