"""Dialect `trellis-job`: SAGE's TRELLIS server, POST /generate → 202 with a job id, GET /job/{id} → the GLB's bytes."""

from dataclasses import dataclass
from typing import ClassVar

from blueprint.services.http_json import RawAnswer
from blueprint.services.mesh_generation.exchange import excerpt, job_id, object_of, poll, refusal, send
from blueprint.services.mesh_generation.provider import Deadline, Input, MeshRequest, MeshServiceError, Service

__all__ = ["TrellisJobProvider"]


@dataclass(frozen=True)
class TrellisJobProvider:
    """GET /job answers 202 while it works, 200 with the file, 500 `{status: failed, error}` where it failed."""

    service: Service
    dialect: ClassVar[str] = "trellis-job"
    takes: ClassVar[Input] = "text"

    def make(self, wanted: MeshRequest, image: bytes | None, deadline: Deadline) -> bytes:
        raw = send(self.service, "POST", "/generate", deadline, body={"input_text": wanted.prompt})
        if raw.status != 202:
            raise refusal(self.service, raw)
        job = job_id(self.service, object_of(self.service, raw).get("job_id"))
        return poll(self.service, f"/job/{job}", deadline, self._finished, final=(500,))

    def _finished(self, raw: RawAnswer) -> bytes | None:
        if raw.status == 500:
            reason = excerpt(object_of(self.service, raw).get("error"))
            raise MeshServiceError(f"{self.service.name} failed: {reason}.", "failed", raw.status)
        if raw.status not in (200, 202):
            raise refusal(self.service, raw)
        return raw.data if raw.status == 200 else None
