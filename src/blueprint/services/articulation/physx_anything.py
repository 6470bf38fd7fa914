"""PhysX-Anything behind HTTP: a picture of a thing → a new articulated thing that looks like it."""

from base64 import b64encode
from dataclasses import dataclass

from blueprint.contracts.asset import License
from blueprint.contracts.errors import InputError
from blueprint.services.articulation.payload import ArticulationPayload, payload_of
from blueprint.services.articulation.service import ArticulationService, ArticulationServiceError, ask

__all__ = ["PHYSX_ANYTHING_LICENSE", "PhysxAnythingClient"]

PHYSX_ANYTHING_LICENSE = License(
    spdx="LicenseRef-S-Lab-1.0",
    source="made by PhysX-Anything, S-Lab License 1.0: non-commercial use only",
)
_MAX_IMAGE_BYTES = 32 << 20


@dataclass(frozen=True)
class PhysxAnythingClient:
    """`POST / {image_base64, seed, …}`. Its licence allows no commercial use: who uses it says that this is known."""

    service: ArticulationService
    license_accepted: bool
    remove_background: bool = False
    voxel_resolution: int = 32

    def __post_init__(self) -> None:
        if not self.license_accepted:
            raise InputError(
                "PhysX-Anything is under the S-Lab licence, which allows no commercial use.",
                remedy="export PHYSX_ANYTHING_LICENSE_ACCEPTED=1 for evaluation, or choose another backend.",
            )

    def articulate(self, image: bytes, seed: int) -> ArticulationPayload:
        """Return what it made of a picture (PNG or JPEG), in a unit of its own. Raises ArticulationServiceError."""
        if not image or len(image) > _MAX_IMAGE_BYTES:
            raise ArticulationServiceError(f"{self.service.name}: a picture of {len(image)} bytes.", "refused")
        body = {
            "image_base64": b64encode(image).decode(),
            "seed": seed % (1 << 31),
            "remove_bg": self.remove_background,
            "voxel_define": self.voxel_resolution,
            "fixed_base": 0,
            "deformable": 0,  # deformable parts are not stable in MuJoCo
        }
        return payload_of(self.service.name, ask(self.service, body))
