"""A reconstruction service: a photo goes there, the folder of the reconstruction comes back as an archive."""

import base64
import binascii
import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from blueprint.contracts.scene_request import SceneRequest
from blueprint.services.http_json import Answer, ServiceError, request_bytes, request_json, request_with_retries
from blueprint.sources.photo.archive import unpack_reconstruction
from blueprint.sources.photo.image import Photo
from blueprint.sources.photo.settings import ServiceSettings
from blueprint.storage.retry import TRANSIENT_STATUS

__all__ = ["ask_service"]

MAX_ANSWER_BYTES = 512 << 20
_ATTEMPTS = 4
_BACKOFF_S = 1.0
_POLL_S = 2.0
_MAX_POLL_S = 30.0
_CALL_S = 600.0  # one answer, which may hold the archive
_JOB_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_RUNNING = ("queued", "pending", "accepted", "running", "processing", "in_progress")
_FAILED = ("failed", "error", "cancelled")
_REMEDY = "see the reconstruction service's log."


def ask_service(settings: ServiceSettings, photo: Photo, request: SceneRequest, folder: Path) -> None:
    """Have the photo reconstructed and unpack the answer into `folder`, an empty one.

    POST {scene_id, image_base64, image_name, environment_type?} answers 200 {archive_base64} or 202 {job_id,
    status_url}, which is then polled; a service that is silent for longer than ten minutes must do the latter. One that
    warms up (503) is asked again. Raises ServiceError where it cannot be reached, is not healthy, refuses, fails, takes
    longer than its time or answers something else, InputError and UnsafePathError for an archive that is not to be
    trusted.
    """
    _check_health(settings)
    answer = request_with_retries(
        "POST",
        settings.url,
        body=_body(photo, request),
        timeout_s=settings.timeout_s,
        limit_bytes=MAX_ANSWER_BYTES,
        attempts=_ATTEMPTS,
        backoff_s=_BACKOFF_S,
    )
    value = _object(answer)
    if answer.status == 202:
        value = _poll(settings, answer, value)
    unpack_reconstruction(_archive(value), folder)


def _check_health(settings: ServiceSettings) -> None:
    """Ask `/healthz` before megabytes are sent; a service without such a page is asked for work all the same."""
    url = urljoin(settings.url, "/healthz")
    for attempt in range(_ATTEMPTS):
        raw = request_bytes("GET", url, timeout_s=30.0, limit_bytes=1 << 20)
        if raw.status < 300 or raw.status in (404, 405):
            return
        if raw.status not in TRANSIENT_STATUS:
            break
        time.sleep(_BACKOFF_S * 2**attempt)
    raise ServiceError(f"{raw.where} answered {raw.status}: the reconstruction service is not well.", remedy=_REMEDY)


def _body(photo: Photo, request: SceneRequest) -> dict[str, str]:
    body = {
        "scene_id": request.scene_id,
        "image_base64": base64.b64encode(photo.data).decode(),
        "image_name": photo.name,
    }
    environment = request.constraints.get("environment_type")
    if isinstance(environment, str) and environment:
        body["environment_type"] = environment[:64]
    return body


def _poll(settings: ServiceSettings, accepted: Answer, value: dict[str, Any]) -> dict[str, Any]:
    """Ask for the job until it is done or failed; the pauses, not a clock, use up its time."""
    job_id = value.get("job_id")
    if not isinstance(job_id, str) or not _JOB_ID.fullmatch(job_id):
        raise ServiceError("the reconstruction service accepted the photo without a usable job_id.", remedy=_REMEDY)
    url = _job_url(settings, accepted, value, job_id)
    pause_s, waited_s, lost = _POLL_S, 0.0, 0
    while waited_s < settings.timeout_s:
        time.sleep(pause_s)
        waited_s, pause_s = waited_s + pause_s, min(1.5 * pause_s, _MAX_POLL_S)
        try:
            answer = request_json("GET", url, timeout_s=_CALL_S, limit_bytes=MAX_ANSWER_BYTES)
        except ServiceError as error:
            lost += 1
            if not error.is_transient or lost >= _ATTEMPTS:
                raise
            continue
        lost = 0
        status = str(answer.value.get("status", "")).lower() if isinstance(answer.value, dict) else ""
        if status in _FAILED:
            detail = ascii(str(answer.value.get("error")))[:300]
            raise ServiceError(f"the reconstruction service failed job {job_id}: {detail}.", remedy=_REMEDY)
        if answer.status == 200 and status not in _RUNNING:
            return _object(answer)
        _object(answer)
    raise ServiceError(
        f"the reconstruction service did not finish job {job_id} in {settings.timeout_s:g} s.",
        remedy="raise REGEN3D_TIMEOUT_SECONDS.",
    )


def _job_url(settings: ServiceSettings, accepted: Answer, value: dict[str, Any], job_id: str) -> str:
    """`status_url` or Location, of the same origin (a service does not send us elsewhere), else `/v1/jobs/{job_id}`."""
    given = value.get("status_url") or accepted.headers.get("location")
    url = urljoin(settings.url, str(given) if given else f"/v1/jobs/{quote(job_id)}")
    if urlsplit(url)[:2] != urlsplit(settings.url)[:2]:
        raise ServiceError("the reconstruction service asks to poll another origin.", remedy=_REMEDY)
    return url


def _object(answer: Answer) -> dict[str, Any]:
    if answer.status not in (200, 202) or not isinstance(answer.value, dict):
        kind = type(answer.value).__name__
        message = f"the reconstruction service answered {answer.status} with {kind}, no reconstruction."
        raise ServiceError(message, remedy="check REGEN3D_SERVER_URL.")
    return answer.value


def _archive(value: dict[str, Any]) -> bytes:
    text = value.get("archive_base64")
    if not isinstance(text, str) or not text:
        fields = ", ".join(sorted(ascii(str(key)[:30]) for key in value)[:8])
        raise ServiceError(f"the reconstruction service answered without archive_base64, but {fields}.", remedy=_REMEDY)
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ServiceError(f"archive_base64 is no base64: {error}.", remedy=_REMEDY) from error
