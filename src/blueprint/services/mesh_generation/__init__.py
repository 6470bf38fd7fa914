"""Meshes from remote text-to-3D and image-to-3D services: five dialects, one chain, one cache."""

from blueprint.services.mesh_generation.cache import MeshCache
from blueprint.services.mesh_generation.chain import GeneratedMesh, MeshChain, generate_mesh
from blueprint.services.mesh_generation.glb import MeshFacts, check_glb
from blueprint.services.mesh_generation.provider import Clock, MeshRequest, Provider
from blueprint.services.mesh_generation.settings import mesh_cache, mesh_chain

__all__ = [
    "Clock",
    "GeneratedMesh",
    "MeshCache",
    "MeshChain",
    "MeshFacts",
    "MeshRequest",
    "Provider",
    "check_glb",
    "generate_mesh",
    "mesh_cache",
    "mesh_chain",
]
