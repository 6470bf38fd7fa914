"""Asks a scene service for a package: 200 with the package, or 202 with a job id that is polled until it is there."""

import os
import re
import time
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote, urljoin, urlsplit

from blueprint.contracts.errors import InputError
from blueprint.contracts.scene_request import SceneRequest
from blueprint.services.http_json import Answer, ServiceError, check_url, request_json, request_with_retries

__all__ = ["PIPELINE_STAGES", "SceneService", "ServiceCall", "configured_service", "fetch_package"]

MAX_PACKAGE_BYTES = 64 << 20
PIPELINE_STAGES = ["floor_plan", "furniture", "wall_mounted", "ceiling_mounted", "manipuland"]
_ATTEMPTS = 4
_BACKOFF_S = 1.0
_POLL_S = 2.0
_MAX_POLL_S = 30.0
_JOB_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_DEFAULTS = {"scenesmith": ("/v1/generate", 1800.0), "sage": ("/v1/refine", 900.0)}
_RUNNING = ("queued", "pending", "accepted", "running", "processing", "in_progress")
_FAILED = ("failed", "error", "cancelled")


@dataclass(frozen=True)
class SceneService:
    """A service and how long a scene may take; `url` is the endpoint that is posted to."""

    name: Literal["scenesmith", "sage"]
    url: str
    timeout_s: float
    poll_s: float = _POLL_S


@dataclass
class ServiceCall:
    """What happened: for the package's provenance. No times: the same answers give the same bytes."""

    service: str
    request_id: str | None = None
    job_id: str | None = None
    was_polled: bool = False
    fields: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return {key: value for key, value in vars(self).items() if value not in (None, [], False)}


def configured_service(name: Literal["scenesmith", "sage"]) -> SceneService:
    """Return the service of SCENESMITH_SERVER_URL or SAGE_SERVER_URL, with *_TIMEOUT_SECONDS (1800 and 900).

    A URL without a path gets the contract's (`/v1/generate`, `/v1/refine`). Raises InputError where it is not set.
    """
    variable = f"{name.upper()}_SERVER_URL"
    url = os.environ.get(variable, "").strip()
    if not url:
        raise InputError(
            f"the text backend {name!r} needs the environment variable {variable}, which is not set.",
            remedy=f'export {variable}=http://host:port, or use "text_backend": "internal".',
        )
    path, timeout_s = _DEFAULTS[name]
    url = check_url(url, variable)
    return SceneService(
        name, url if urlsplit(url).path else url + path, _seconds(f"{name.upper()}_TIMEOUT_SECONDS", timeout_s)
    )


def fetch_package(
    service: SceneService, request: SceneRequest, run_seed: int, base_scene: dict[str, Any] | None = None
) -> tuple[dict[str, Any], ServiceCall]:
    """Return the answer's JSON object, and what was done for it.

    `base_scene` `{room_type, objects}` is what SAGE refines. Raises ServiceError where the service cannot be reached,
    refuses, fails, takes longer than its timeout, answers over 64 MiB, or answers no JSON object.
    """
    ends_at = time.monotonic() + service.timeout_s
    answer = request_with_retries(
        "POST",
        service.url,
        body=_body(service, request, run_seed, base_scene),
        timeout_s=service.timeout_s,
        limit_bytes=MAX_PACKAGE_BYTES,
        attempts=_ATTEMPTS,
        backoff_s=_BACKOFF_S,
    )
    call = ServiceCall(service.name)
    if answer.status == 202:
        answer = _poll(service, answer, call, ends_at)
    value = _object(service, answer)
    call.request_id = value["request_id"][:200] if isinstance(value.get("request_id"), str) else None
    call.fields = sorted(str(key)[:60] for key in value)[:40]
    return value, call


def _body(
    service: SceneService, request: SceneRequest, run_seed: int, base_scene: dict[str, Any] | None
) -> dict[str, Any]:
    body: dict[str, Any] = {
        "schema_version": "v1",
        "scene_id": request.scene_id,
        "prompt": request.prompt,
        "quality_tier": request.quality_tier,
        "seed": run_seed,
        "provider_policy": request.provider_policy,
        "constraints": request.constraints,
        "pipeline_stages": PIPELINE_STAGES,
    }
    if service.name == "sage":
        body["source_backend"] = "scenesmith" if base_scene else "sage"
        body["base_scene"] = base_scene or {"room_type": None, "objects": []}
    return body


def _poll(service: SceneService, accepted: Answer, call: ServiceCall, ends_at: float) -> Answer:
    """Ask for the job until it is done, failed, or out of time; lost connections in between do not end it."""
    value = _object(service, accepted)
    job_id = value.get("job_id")
    if not isinstance(job_id, str) or not _JOB_ID.fullmatch(job_id):
        raise ServiceError(f"{service.name} accepted the job without a usable job_id.", remedy="check the service.")
    call.job_id, call.was_polled = job_id, True
    url = _job_url(service, accepted, value, job_id)
    pause_s, lost = service.poll_s, 0
    while True:
        left = ends_at - time.monotonic()
        if left <= pause_s:
            raise ServiceError(
                f"{service.name} did not finish job {job_id} in {service.timeout_s:g} s.",
                remedy=f"raise {service.name.upper()}_TIMEOUT_SECONDS.",
            )
        time.sleep(pause_s)
        try:
            answer = request_json("GET", url, timeout_s=min(60.0, left), limit_bytes=MAX_PACKAGE_BYTES)
        except ServiceError as error:
            lost += 1
            if not error.is_transient or lost > _ATTEMPTS:
                raise
            continue
        lost = 0
        status = str(answer.value.get("status", "")).lower() if isinstance(answer.value, dict) else ""
        if status in _FAILED:
            detail = ascii(str(answer.value.get("error")))[:300]
            raise ServiceError(f"{service.name} failed job {job_id}: {detail}.", remedy="see the service's log.")
        if answer.status == 200 and status not in _RUNNING:
            return answer
        if answer.status not in (200, 202):
            raise ServiceError(
                f"{service.name} answered {answer.status} for job {job_id}.", remedy="check the service."
            )
        pause_s = min(pause_s * 1.5, _MAX_POLL_S)


def _job_url(service: SceneService, accepted: Answer, value: dict[str, Any], job_id: str) -> str:
    """`status_url` or Location where given (of the same origin: a service does not send us elsewhere), else
    `/v1/jobs/{job_id}`."""
    given = value.get("status_url") or accepted.headers.get("location")
    url = urljoin(service.url, str(given) if given else f"/v1/jobs/{quote(job_id)}")
    if urlsplit(url)[:2] != urlsplit(service.url)[:2]:
        raise ServiceError(f"{service.name} asks to poll another origin.", remedy="check the service.")
    return url


def _object(service: SceneService, answer: Answer) -> dict[str, Any]:
    if answer.status not in (200, 202) or not isinstance(answer.value, dict):
        kind = type(answer.value).__name__
        raise ServiceError(f"{service.name} answered {answer.status} with {kind}, no package.", remedy="check its URL.")
    return answer.value


def _seconds(variable: str, default: float) -> float:
    text = os.environ.get(variable, "").strip()
    try:
        value = float(text) if text else default
    except ValueError:
        value = 0.0
    if not 0 < value <= 86_400:
        raise InputError(
            f"{variable} is {text[:40]!r}, expected seconds up to 86400.", remedy=f"export {variable}=900."
        )
    return value
