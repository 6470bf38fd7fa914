"""The kinds of files that a reconstruction consists of, as bytes: GLB, PLY and NumPy archives."""

from pathlib import Path
from typing import Any, cast

import numpy as np
import trimesh
from numpy.typing import NDArray
from PIL import Image

from blueprint.assets.geometry import TriangleMesh
from blueprint.assets.png import png_bytes
from blueprint.contracts.document import write_atomically
from blueprint.sources.regen3d.synthesis.room import ThingPart

__all__ = ["colored_mesh", "glb", "ply", "put", "put_picture", "textured_meshes"]

Array = NDArray[np.float64]


def put(path: Path, data: bytes) -> None:
    """Write a file, creating its folder."""
    write_atomically(path, data)


def put_picture(path: Path, pixels: NDArray[Any]) -> None:
    """Write a picture (H, W) or (H, W, 3) as PNG."""
    write_atomically(path, png_bytes(pixels))


def textured_meshes(parts: list[ThingPart], matrix: Array, overwritten: bool = False) -> list[trimesh.Trimesh]:
    """Return the parts with their surfaces, mapped by a matrix (4, 4) of rotation, uniform scale and translation.

    `overwritten`: metallic 0.2 and roughness 0.5, as 3D-RE-GEN sets them in the combined scene.
    """
    linear = matrix[:3, :3]
    turn = linear / np.cbrt(np.linalg.det(linear))
    meshes = []
    for part in parts:
        shape = TriangleMesh(
            part.mesh.vertices @ linear.T + matrix[:3, 3], part.mesh.normals @ turn.T, part.mesh.uvs, part.mesh.faces
        )
        mesh = trimesh.Trimesh(shape.vertices, shape.faces, vertex_normals=shape.normals, process=False)
        mesh.visual = trimesh.visual.TextureVisuals(uv=shape.uvs, material=_material(part, overwritten))
        meshes.append(mesh)
    return meshes


def colored_mesh(points: Array, faces: NDArray[np.int32], colors: NDArray[np.uint8]) -> trimesh.Trimesh:
    """Return a mesh with a colour (N, 3) sRGB per vertex."""
    return trimesh.Trimesh(points, faces, vertex_colors=colors, process=False)


def glb(meshes: dict[str, trimesh.Trimesh]) -> bytes:
    """Return named meshes as binary glTF, each at a node without transform; coordinates as they are."""
    scene = trimesh.Scene()
    for name, mesh in meshes.items():
        scene.add_geometry(mesh, node_name=name, geom_name=name)
    return cast(bytes, scene.export(file_type="glb", include_normals=True))


def ply(points: Array, colors: NDArray[np.uint8] | None = None) -> bytes:
    """Return points (N, 3) as binary PLY."""
    return cast(bytes, trimesh.PointCloud(points, colors=colors).export(file_type="ply"))


def _material(part: ThingPart, overwritten: bool) -> trimesh.visual.material.PBRMaterial:
    look = part.material
    color = (1.0, 1.0, 1.0) if part.texture is not None else look.base_color
    return trimesh.visual.material.PBRMaterial(
        name=look.name,
        baseColorFactor=np.round(255 * np.array([*color, look.opacity])).astype(np.uint8),
        metallicFactor=0.2 if overwritten else look.metallic,
        roughnessFactor=0.5 if overwritten else look.roughness,
        baseColorTexture=Image.fromarray(part.texture) if part.texture is not None else None,
        alphaMode="BLEND" if look.opacity < 1 else "OPAQUE",
    )
