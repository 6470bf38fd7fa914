"""Where a scene's reconstruction came from: the photo by its hash, and who reconstructed it."""

from typing import Annotated, Literal

from pydantic import Field

from blueprint.contracts.document import Document

__all__ = ["ReconstructionSource"]


class ReconstructionSource(Document):
    """`photo/reconstruction_source.json`. `program` is the command's first word or the service's URL."""

    schema_version: Literal["v1"] = "v1"
    scene_id: str
    image_uri: str
    image_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    image_generation: str
    image_size: tuple[int, int]
    made_by: Literal["command", "service"]
    program: str
