"""Dialect `hunyuan-sync`: Hunyuan3D-2's `api_server.py`, POST /generate: an image in, the GLB in the answer.

The server's text input is broken and its t2i pipeline commented out, so this dialect only takes images.
"""

from base64 import b64encode
from dataclasses import dataclass
from typing import Any, ClassVar

from blueprint.services.mesh_generation.exchange import MAX_GLB_BYTES, refusal, send
from blueprint.services.mesh_generation.provider import Deadline, Input, MeshRequest, MeshServiceError, Service

__all__ = ["HunyuanSyncProvider", "hunyuan_body"]

_FACES = 20_000  # half of the server's default: a room has a hundred things


@dataclass(frozen=True)
class HunyuanSyncProvider:
    """Answers 200 with the file, or `{text, error_code}` with 404 for any error."""

    service: Service
    dialect: ClassVar[str] = "hunyuan-sync"
    takes: ClassVar[Input] = "image"

    def make(self, wanted: MeshRequest, image: bytes | None, deadline: Deadline) -> bytes:
        body = hunyuan_body(self.service, wanted, image)
        raw = send(self.service, "POST", "/generate", deadline, body=body, limit_bytes=MAX_GLB_BYTES)
        if raw.status != 200:
            raise refusal(self.service, raw, "failed" if raw.status == 404 else "refused")
        return raw.data


def hunyuan_body(service: Service, wanted: MeshRequest, image: bytes | None) -> dict[str, Any]:
    """Return the body of /generate and /send; raises MeshServiceError(refused) without an image.

    `texture` is an error of the server where it runs without --enable_tex.
    """
    if image is None:
        raise MeshServiceError(f"{service.name} takes images only.", "refused")
    return {
        "image": b64encode(image).decode(),
        "seed": wanted.seed,
        "texture": service.texture,
        "face_count": _FACES,
        "type": "glb",
    }
