"""Dialect `hunyuan-async`: Hunyuan3D-2's `api_server.py`, POST /send and GET /status/{uid}.

A job that failed is reported as `processing` for ever, so only the deadline ends it.
"""

from dataclasses import dataclass
from typing import ClassVar

from blueprint.services.http_json import RawAnswer
from blueprint.services.mesh_generation.exchange import decoded, job_id, object_of, poll, refusal, send
from blueprint.services.mesh_generation.hunyuan_sync import hunyuan_body
from blueprint.services.mesh_generation.provider import Deadline, Input, MeshRequest, Service

__all__ = ["HunyuanAsyncProvider"]


@dataclass(frozen=True)
class HunyuanAsyncProvider:
    """`/send` answers `{uid}`, `/status/{uid}` `{status: processing}` or `{status: completed, model_base64}`."""

    service: Service
    dialect: ClassVar[str] = "hunyuan-async"
    takes: ClassVar[Input] = "image"

    def make(self, wanted: MeshRequest, image: bytes | None, deadline: Deadline) -> bytes:
        raw = send(self.service, "POST", "/send", deadline, body=hunyuan_body(self.service, wanted, image))
        if raw.status != 200:
            raise refusal(self.service, raw)
        uid = job_id(self.service, object_of(self.service, raw).get("uid"))
        return poll(self.service, f"/status/{uid}", deadline, self._finished)

    def _finished(self, raw: RawAnswer) -> bytes | None:
        if raw.status != 200:
            raise refusal(self.service, raw)
        value = object_of(self.service, raw)
        return decoded(self.service, value.get("model_base64")) if value.get("status") == "completed" else None
