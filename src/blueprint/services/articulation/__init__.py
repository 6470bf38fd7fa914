"""Articulation from remote services: a mesh, a picture or a category goes in, a URDF with its meshes comes out."""

from blueprint.services.articulation.infinigen import InfinigenClient
from blueprint.services.articulation.particulate import ParticulateClient
from blueprint.services.articulation.payload import ArticulationPayload
from blueprint.services.articulation.physx_anything import PHYSX_ANYTHING_LICENSE, PhysxAnythingClient
from blueprint.services.articulation.service import ArticulationService, ArticulationServiceError

__all__ = [
    "PHYSX_ANYTHING_LICENSE",
    "ArticulationPayload",
    "ArticulationService",
    "ArticulationServiceError",
    "InfinigenClient",
    "ParticulateClient",
    "PhysxAnythingClient",
]
