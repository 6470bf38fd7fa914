"""Dialect `meshy`: text-to-3D gateways. POST a prompt, poll the task, download the GLB that it names."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from blueprint.services.http_json import RawAnswer
from blueprint.services.mesh_generation.exchange import (
    download,
    excerpt,
    job_id,
    joined,
    object_of,
    poll,
    refusal,
    send,
)
from blueprint.services.mesh_generation.provider import Deadline, Input, MeshRequest, MeshServiceError, Service

__all__ = ["DEFAULT_ENDPOINTS", "MeshyProvider"]

DEFAULT_ENDPOINTS = ("/openapi/v1/text-to-3d", "/v1/text-to-3d")
_TAKEN = (200, 201, 202)
_ABSENT = (404, 405)
_DONE = {"SUCCEEDED", "SUCCESS", "COMPLETED", "COMPLETE", "DONE", "FINISHED"}
_FAILED = {"FAILED", "FAILURE", "ERROR", "CANCELED", "CANCELLED", "EXPIRED", "REJECTED"}


@dataclass(frozen=True)
class MeshyProvider:
    """A gateway: `endpoints` are tried in order until one exists."""

    service: Service
    endpoints: tuple[str, ...] = DEFAULT_ENDPOINTS
    dialect: ClassVar[str] = "meshy"
    takes: ClassVar[Input] = "text"

    def make(self, wanted: MeshRequest, image: bytes | None, deadline: Deadline) -> bytes:
        raw, endpoint = self._submitted(wanted, deadline)
        task = object_of(self.service, raw)
        url = _glb_url(task)
        if url is None:
            url = poll(self.service, self._status_url(task, endpoint), deadline, self._finished)
        return download(self.service, url, deadline)

    def _submitted(self, wanted: MeshRequest, deadline: Deadline) -> tuple[RawAnswer, str]:
        body = {
            "prompt": wanted.prompt,
            "model": self.service.model,
            "ai_model": self.service.model,
            "topology": "triangle",
            "should_texture": self.service.texture,
            "enable_pbr": self.service.texture,
        }
        for endpoint in self.endpoints:
            raw = send(self.service, "POST", endpoint, deadline, body=body)
            if raw.status in _TAKEN:
                return raw, endpoint
            if raw.status not in _ABSENT:
                break
        raise refusal(self.service, raw)

    def _status_url(self, task: Mapping[str, Any], endpoint: str) -> str:
        if isinstance(task.get("status_url"), str):
            return joined(self.service, str(task["status_url"]))
        inner = task.get("result")
        ids = [inner.get("id") if isinstance(inner, dict) else inner, task.get("task_id"), task.get("id")]
        named = next((value for value in ids if value is not None), None)
        return f"{endpoint}/{job_id(self.service, named)}"

    def _finished(self, raw: RawAnswer) -> str | None:
        """The GLB's URL where the task is done, None while it runs."""
        if raw.status not in _TAKEN:
            raise refusal(self.service, raw)
        task = object_of(self.service, raw)
        status = str(task.get("status") or task.get("state") or "").upper()
        if status in _FAILED:
            raise MeshServiceError(f"{self.service.name} failed: {_reason(task)}.", "failed", raw.status)
        url = _glb_url(task) if status in _DONE or not status else None
        if status in _DONE and url is None:
            raise MeshServiceError(f"{self.service.name} finished without a GLB.", "unusable", raw.status)
        return url


def _glb_url(task: Mapping[str, Any]) -> str | None:
    """The URL of the GLB, wherever gateways put it: of the task itself, of its `output` or of its `result`."""
    for holder in (task, task.get("output"), task.get("result")):
        if not isinstance(holder, dict):
            continue
        urls = holder.get("model_urls")
        found = [
            urls.get("glb") if isinstance(urls, dict) else None,
            holder.get("model_url"),
            holder.get("download_url"),
        ]
        for url in found:
            if isinstance(url, str) and 0 < len(url) <= 4096:
                return url
    return None


def _reason(task: Mapping[str, Any]) -> str:
    error = task.get("task_error") or task.get("error") or task.get("message") or "no reason given"
    return excerpt(error.get("message", error) if isinstance(error, dict) else error)
