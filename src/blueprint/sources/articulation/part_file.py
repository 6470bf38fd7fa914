"""Parts of a mesh as one binary glTF: Y-up, no matrices on its nodes, textures inside; same parts, same bytes."""

import numpy as np
import trimesh
from PIL import Image
from trimesh.exchange.gltf import export_glb
from trimesh.visual.material import PBRMaterial
from trimesh.visual.texture import TextureVisuals

from blueprint.sources.imported.mesh_file import MeshPart, Surface

__all__ = ["part_glb"]


def part_glb(parts: list[MeshPart]) -> bytes:
    """Return the parts (Z-up) as GLB; every node has the identity as its matrix, for readers that pass it over."""
    scene = trimesh.Scene()
    for number, part in enumerate(parts):
        x, y, z = part.mesh.vertices.T
        nx, ny, nz = part.mesh.normals.T
        shape = trimesh.Trimesh(
            vertices=np.column_stack([x, z, -y]),
            faces=part.mesh.faces,
            vertex_normals=np.column_stack([nx, nz, -ny]),
            visual=TextureVisuals(uv=part.mesh.uvs, material=_material(part.surface, number)),
            process=False,
        )
        name = f"part_{number:03d}"
        scene.add_geometry(shape, node_name=name, geom_name=name)
    return bytes(export_glb(scene, include_normals=True))


def _material(surface: Surface, number: int) -> PBRMaterial:
    texture = Image.fromarray(surface.texture) if surface.texture is not None else None
    color = (1.0, 1.0, 1.0) if texture is not None else surface.color
    return PBRMaterial(
        name=f"surface_{number:03d}",
        baseColorFactor=[*color, surface.opacity],
        baseColorTexture=texture,
        metallicFactor=surface.metallic,
        roughnessFactor=surface.roughness,
        alphaMode="BLEND" if surface.opacity < 1 else None,
    )
