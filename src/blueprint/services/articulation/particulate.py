"""Particulate (arXiv 2512.11798) behind HTTP: a rigid GLB → its parts and their joints."""

from base64 import b64encode
from dataclasses import dataclass
from typing import Literal

from blueprint.services.articulation.payload import ArticulationPayload, payload_of
from blueprint.services.articulation.service import ArticulationService, ArticulationServiceError, ask

__all__ = ["ParticulateClient", "UpDirection"]

UpDirection = Literal["X", "Y", "Z", "-X", "-Y", "-Z"]
_MAX_GLB_BYTES = 96 << 20


@dataclass(frozen=True)
class ParticulateClient:
    """`POST / {glb_base64, up_dir}`. glTF is Y-up by its standard, while the model's own default is -Z."""

    service: ArticulationService
    up_direction: UpDirection = "Y"

    def articulate(self, glb: bytes) -> ArticulationPayload:
        """Return what it made of a mesh: Z-up, centred, of unit largest extent. Raises ArticulationServiceError.

        It reads the vertices of a GLB without the matrices of the nodes: the GLB must have none.
        """
        if len(glb) > _MAX_GLB_BYTES:
            raise ArticulationServiceError(f"{self.service.name}: {len(glb)} bytes are too much to send.", "refused")
        body = {"glb_base64": b64encode(glb).decode(), "up_dir": self.up_direction}
        return payload_of(self.service.name, ask(self.service, body))
