"""Geometry prims: visual meshes, collision shapes and grasp curves."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pxr import Sdf, Usd, UsdGeom, Vt

from blueprint.assets.geometry import TriangleMesh
from blueprint.contracts.asset import BoxShape, CapsuleShape, Collider, ConvexShape, CylinderShape, Grasp, SphereShape
from blueprint.contracts.errors import InputError
from blueprint.usd.prims import place, set_extent, vec3f_array

__all__ = ["convex_hull", "define_collider", "define_grasp", "define_mesh"]

_GRASP_APPROACH_M = 0.1


def define_mesh(stage: Usd.Stage, path: Sdf.Path | str, mesh: TriangleMesh) -> Usd.Prim:
    """Define a triangle mesh with extent, face-varying normals and `st`, and no subdivision."""
    corners = mesh.faces.reshape(-1)
    prim = _triangles(stage, path, mesh.vertices, mesh.faces, mesh.normals[corners])
    primvars = UsdGeom.PrimvarsAPI(prim)
    st = primvars.CreatePrimvar("st", Sdf.ValueTypeNames.TexCoord2fArray, UsdGeom.Tokens.faceVarying)
    st.Set(Vt.Vec2fArray.FromNumpy(np.ascontiguousarray(mesh.uvs, np.float32)))
    st.SetIndices(Vt.IntArray.FromNumpy(np.ascontiguousarray(corners, np.int32)))
    return prim


def define_collider(stage: Usd.Stage, path: Sdf.Path | str, collider: Collider) -> Usd.Prim:
    """Define the prim of a collision shape: a gprim where USD has one, else the triangles of its convex hull."""
    shape = collider.shape
    scale = None
    if isinstance(shape, BoxShape):
        cube = UsdGeom.Cube.Define(stage, path)
        cube.CreateSizeAttr(2.0)
        prim, scale = cube.GetPrim(), shape.half_extents
    elif isinstance(shape, SphereShape):
        sphere = UsdGeom.Sphere.Define(stage, path)
        sphere.CreateRadiusAttr(shape.radius)
        prim = sphere.GetPrim()
    elif isinstance(shape, CylinderShape | CapsuleShape):
        kind = UsdGeom.Cylinder if isinstance(shape, CylinderShape) else UsdGeom.Capsule
        tube = kind.Define(stage, path)
        tube.CreateAxisAttr(UsdGeom.Tokens.z)
        tube.CreateRadiusAttr(shape.radius)
        tube.CreateHeightAttr(2 * shape.half_length)  # UsdGeom.Capsule: height excludes the caps
        prim = tube.GetPrim()
    else:
        prim = _define_hull(stage, path, shape, collider.name)
    if not isinstance(shape, ConvexShape):
        set_extent(prim)
    place(prim, collider.pose_link_shape, scale)
    UsdGeom.Imageable(prim).CreatePurposeAttr(UsdGeom.Tokens.guide)
    return prim


def convex_hull(vertices: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Return the vertices (V, 3) and outward triangles (F, 3) of the convex hull of points (N, 3).

    Raises InputError where the points lie in one plane.
    """
    from scipy.spatial import ConvexHull, QhullError

    points = np.asarray(vertices, float)
    try:
        hull = ConvexHull(points)
    except QhullError as error:
        raise InputError(
            f"{len(points)} points have no convex hull with a volume.", remedy="give points that are not in one plane."
        ) from error
    used = np.sort(hull.vertices)
    faces = np.searchsorted(used, hull.simplices)
    kept = points[used]
    normals = np.cross(kept[faces[:, 1]] - kept[faces[:, 0]], kept[faces[:, 2]] - kept[faces[:, 0]])
    inward = np.einsum("ij,ij->i", normals, hull.equations[:, :3]) < 0
    faces[inward] = faces[inward][:, ::-1]
    return kept, faces.astype(np.int32)


def define_grasp(stage: Usd.Stage, path: Sdf.Path | str, grasp: Grasp) -> Usd.Prim:
    """Define a grasp as a straight curve from 10 cm before the grasp to its origin, then across the closing axis."""
    half = max(grasp.width_m / 2, 0.005)
    line = grasp.pose_link_grasp.apply([(0, 0, -_GRASP_APPROACH_M), (0, 0, 0), (0, -half, 0), (0, half, 0)])
    curves = UsdGeom.BasisCurves.Define(stage, path)
    curves.CreateTypeAttr(UsdGeom.Tokens.linear)
    curves.CreateCurveVertexCountsAttr(Vt.IntArray([2, 2]))
    curves.CreatePointsAttr(vec3f_array(line))
    curves.CreateWidthsAttr(Vt.FloatArray([0.002]))
    curves.SetWidthsInterpolation(UsdGeom.Tokens.constant)
    set_extent(curves.GetPrim())
    curves.CreatePurposeAttr(UsdGeom.Tokens.guide)
    return curves.GetPrim()


def _define_hull(stage: Usd.Stage, path: Sdf.Path | str, shape: ConvexShape, name: str) -> Usd.Prim:
    try:
        vertices, faces = convex_hull(shape.vertices)
    except InputError as error:
        raise InputError(f"collider {name}: {error}") from error
    normals = np.cross(vertices[faces[:, 1]] - vertices[faces[:, 0]], vertices[faces[:, 2]] - vertices[faces[:, 0]])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30)
    return _triangles(stage, path, vertices, faces, np.repeat(normals, 3, axis=0))


def _triangles(
    stage: Usd.Stage, path: Sdf.Path | str, vertices: ArrayLike, faces: NDArray[np.int32], corner_normals: ArrayLike
) -> Usd.Prim:
    mesh = UsdGeom.Mesh.Define(stage, path)
    mesh.CreatePointsAttr(vec3f_array(vertices))
    mesh.CreateFaceVertexCountsAttr(Vt.IntArray.FromNumpy(np.full(len(faces), 3, np.int32)))
    mesh.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(np.ascontiguousarray(faces, np.int32).reshape(-1)))
    mesh.CreateNormalsAttr(vec3f_array(corner_normals))
    mesh.SetNormalsInterpolation(UsdGeom.Tokens.faceVarying)
    mesh.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
    set_extent(mesh.GetPrim())
    return mesh.GetPrim()
