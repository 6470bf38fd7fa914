"""Meshes of an OpenUSD asset → triangles in metres, Z-up, with the surface that is bound to each."""

from pathlib import Path

import numpy as np
from pxr import Tf, Usd, UsdGeom, UsdShade

from blueprint.assets.geometry import TriangleMesh
from blueprint.contracts.errors import InputError
from blueprint.mjcf.geom import MeshData, visual_shape
from blueprint.mjcf.source import SourceStage, open_source
from blueprint.sources.imported.mesh_file import MAX_FACES, MeshPart, Surface, load_image

__all__ = ["load_usd_parts"]

_MAX_MESHES = 2000


def load_usd_parts(path: Path, root: Path) -> list[MeshPart]:
    """Return the visible meshes of a .usd, .usda or .usdc file; guides and colliders are not seen.

    A mesh with several materials is drawn with the first, primitives are left out. Raises InputError for a stage that
    is damaged, empty or too large, UnsafePathError where it refers to files outside `root`.
    """
    try:
        source = open_source(path, root)
        parts = []
        for prim in source.prims():
            if prim.IsA(UsdGeom.Mesh) and _is_seen(prim):
                shape = visual_shape(source, prim, np.eye(4))
                if shape is not None and shape.mesh is not None:
                    triangles = _triangles(shape.mesh, shape.pose_body_geom.matrix())
                    parts.append(MeshPart(triangles, _surface(source, prim)))
                    if len(parts) > _MAX_MESHES or sum(len(part.mesh.faces) for part in parts) > MAX_FACES:
                        raise InputError(f"{path.name} has more than {MAX_FACES} triangles.", remedy="decimate it.")
    except Tf.ErrorException as error:
        raise InputError(
            f"{path.name} cannot be read: {str(error).strip()[-200:]}.", remedy="export it again."
        ) from error
    if not parts:
        raise InputError(f"{path.name} holds no mesh to see.", remedy="export it again.")
    if any(np.abs(part.mesh.vertices).max(initial=0.0) > 1e3 for part in parts):
        raise InputError(f"{path.name} has vertices over 1 km away.", remedy="check its metersPerUnit.")
    return parts


def _is_seen(prim: Usd.Prim) -> bool:
    image = UsdGeom.Imageable(prim)
    return image.ComputePurpose() in ("default", "render") and image.ComputeVisibility() != "invisible"


def _triangles(data: MeshData, matrix: np.ndarray) -> TriangleMesh:
    """One vertex per triangle corner where normals or texture coordinates differ by corner."""
    corners = data.faces.reshape(-1)
    vertices = (data.vertices @ matrix[:3, :3].T + matrix[:3, 3])[corners]
    faces = np.arange(len(corners), dtype=np.int32).reshape(-1, 3)
    if data.normals is not None:
        normals = data.normals @ matrix[:3, :3].T
    else:
        a, b, c = (vertices[faces[:, k]] for k in range(3))
        normals = np.repeat(np.cross(b - a, c - a), 3, axis=0)
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    normals = np.where(lengths > 1e-12, normals / np.maximum(lengths, 1e-12), (0.0, 0.0, 1.0))
    uvs = data.uvs if data.uvs is not None else np.zeros((len(vertices), 2))
    return TriangleMesh(vertices, normals, uvs, faces)


def _surface(source: SourceStage, prim: Usd.Prim) -> Surface:
    material = UsdShade.MaterialBindingAPI(prim).ComputeBoundMaterial("full")[0]
    if not material:
        subsets = UsdGeom.Subset.GetAllGeomSubsets(UsdGeom.Imageable(prim))
        bound = (UsdShade.MaterialBindingAPI(item.GetPrim()).ComputeBoundMaterial("full")[0] for item in subsets)
        material = next((item for item in bound if item), None)
    shader = material.ComputeSurfaceSource()[0] if material else None
    if not shader or shader.GetShaderId() != "UsdPreviewSurface":
        colors = UsdGeom.Gprim(prim).GetDisplayColorAttr().Get()
        return Surface(color=_color(colors[0])) if colors else Surface()
    diffuse = shader.GetInput("diffuseColor")
    texture = None
    if diffuse and diffuse.HasConnectedSource():
        upstream = UsdShade.Shader(diffuse.GetConnectedSources()[0][0].source.GetPrim())
        image = upstream.GetInput("file").Get() if upstream and upstream.GetInput("file") else None
        resolved = Path(image.resolvedPath) if image is not None and image.resolvedPath else None
        if resolved is not None and resolved.resolve().is_relative_to(source.root):
            texture = load_image(resolved)
    color = diffuse.Get() if diffuse else None
    return Surface(
        color=_color(color) if color is not None else Surface.color,
        roughness=_fraction(shader, "roughness", 0.5),
        metallic=_fraction(shader, "metallic", 0.0),
        opacity=max(0.05, _fraction(shader, "opacity", 1.0)),
        texture=texture,
    )


def _color(values: object) -> tuple[float, float, float]:
    r, g, b = (round(float(value), 4) for value in np.clip(np.nan_to_num(np.asarray(values, float)[:3]), 0, 1))
    return r, g, b


def _fraction(shader: UsdShade.Shader, name: str, default: float) -> float:
    found = shader.GetInput(name)
    value = found.Get() if found else None
    return float(np.clip(np.nan_to_num(default if value is None else value), 0, 1))
