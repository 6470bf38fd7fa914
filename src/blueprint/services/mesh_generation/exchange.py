"""One request, one job, one download: sent, retried while that can help, polled until a deadline, bounded."""

import ipaddress
import math
import re
import socket
from base64 import b64decode
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

import stamina

from blueprint.services.http_json import RawAnswer, ServiceError, json_of, raise_if_transient, request_bytes
from blueprint.services.mesh_generation.provider import Deadline, Failure, MeshServiceError, Service
from blueprint.services.secrets import masked

__all__ = [
    "MAX_GLB_BYTES", "MAX_JSON_BYTES", "decoded", "download", "excerpt", "job_id", "object_of", "poll", "refusal",
    "send",
]  # fmt: skip

MAX_GLB_BYTES = 64 << 20
MAX_JSON_BYTES = 88 << 20  # such a file in base64, and words around it
_TRIES = 4
_MAX_PAUSE_S = 120.0
_POLL_TIMEOUT_S = 120.0  # one question about a job, its file included
_NOT_TAKEN = (429, 503)  # of a POST: the service says that it has not begun, so that asking again starts no second job
_JOB_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,199}")
T = TypeVar("T")


def send(
    service: Service,
    method: str,
    url: str,
    deadline: Deadline,
    *,
    body: Any = None,
    limit_bytes: int = MAX_JSON_BYTES,
    timeout_s: float = math.inf,
    final: tuple[int, ...] = (),
) -> RawAnswer:
    """Send one request to a service (a path below its address, or a URL of its own) and return its answer.

    What can be repeated safely is, up to four times before the deadline: a GET that was lost or transiently refused, a
    POST that was refused as busy (429, 503) or never sent. Retry-After is honoured up to two minutes. Statuses in
    `final` are answers. Raises MeshServiceError.
    """
    target = service.base_url + url if url.startswith("/") else joined(service, url)
    if not _is_own(service, target):
        raise MeshServiceError(f"{service.name} asks to be polled at another origin.", "refused")

    def pause(error: Exception) -> bool | float:
        if not isinstance(error, MeshServiceError) or not error.is_transient:
            return False
        left = deadline.left()
        if error.pause_s is None:
            return left > 0
        return error.pause_s if error.pause_s < min(left, _MAX_PAUSE_S) else False

    for attempt in stamina.retry_context(
        on=pause,
        attempts=_TRIES,
        timeout=max(0.05, deadline.left()),
        wait_initial=service.backoff_s,
        wait_max=max(30.0, service.backoff_s),
        wait_jitter=0.0,
    ):
        with attempt:
            left = deadline.left()
            if left <= 0:
                raise MeshServiceError(f"{service.name}: no answer in {deadline.allowed_s:g} s.", "timed_out")
            seconds = max(0.05, min(left, timeout_s))
            return _once(service, method, target, body, seconds, limit_bytes, final)
    raise AssertionError("stamina ends by returning or raising")


def poll(
    service: Service,
    url: str,
    deadline: Deadline,
    read: Callable[[RawAnswer], T | None],
    *,
    limit_bytes: int = MAX_JSON_BYTES,
    final: tuple[int, ...] = (),
) -> T:
    """Ask for a job every `service.poll_s` until `read` returns something; raises MeshServiceError.

    A job that is reported as running for ever ends at the deadline: nobody else would end it.
    """
    while True:
        deadline.wait(service.poll_s, f"{service.name} was still working")
        found = read(
            send(service, "GET", url, deadline, limit_bytes=limit_bytes, timeout_s=_POLL_TIMEOUT_S, final=final)
        )
        if found is not None:
            return found


def download(service: Service, url: str, deadline: Deadline, limit_bytes: int = MAX_GLB_BYTES) -> bytes:
    """Return the file that a service points at, by URL or path. Its key goes to its own origin only.

    Another host is read over https and where it has public addresses only: a service does not point us into our own
    network. Raises MeshServiceError.
    """
    target = joined(service, url)
    if _is_own(service, target):
        raw = send(service, "GET", target, deadline, limit_bytes=limit_bytes)
    else:
        _check_elsewhere(service, target)
        elsewhere = f"{urlsplit(target).scheme}://{urlsplit(target).netloc}"
        raw = send(
            Service(service.name, elsewhere, service.model, backoff_s=service.backoff_s),
            "GET",
            target,
            deadline,
            limit_bytes=limit_bytes,
        )
    if raw.status != 200:
        raise refusal(service, raw)
    return raw.data


def joined(service: Service, url: str) -> str:
    """Return a URL that a service gave, relative ones from its address; raises MeshServiceError(unusable)."""
    try:
        target = urljoin(service.base_url + "/", url)
        bool(urlsplit(target).port)
    except ValueError as error:
        raise MeshServiceError(f"{service.name} gave no URL: {excerpt(url)}.", "unusable") from error
    return target


def object_of(service: Service, raw: RawAnswer) -> dict[str, Any]:
    """Return the JSON object of an answer; raises MeshServiceError(unusable) for anything else."""
    try:
        value = json_of(raw)
    except ServiceError as error:
        raise MeshServiceError(f"{service.name}: {error}", "unusable", raw.status) from error
    if not isinstance(value, dict):
        raise MeshServiceError(f"{service.name} answered {type(value).__name__}, no object.", "unusable", raw.status)
    return value


def job_id(service: Service, value: object) -> str:
    """Return a job's id, usable in a path; raises MeshServiceError(unusable)."""
    if not isinstance(value, str) or not _JOB_ID.fullmatch(value):
        raise MeshServiceError(f"{service.name} took the job without a usable id: {excerpt(value)}.", "unusable")
    return value


def decoded(service: Service, text: object) -> bytes:
    """Return the bytes of a base64 text; raises MeshServiceError(unusable)."""
    try:
        if not isinstance(text, str):
            raise ValueError("no text")
        return b64decode(text, validate=True)
    except ValueError as error:
        raise MeshServiceError(f"{service.name} answered no base64: {error}.", "unusable") from error


def refusal(service: Service, raw: RawAnswer, failure: Failure = "refused") -> MeshServiceError:
    """Return the error for an answer that is none: its status and the first of its words."""
    words = excerpt(raw.data[:400].decode("utf-8", "replace"))
    return MeshServiceError(f"{service.name} answered {raw.status}: {words}.", failure, raw.status)


def excerpt(value: object, signs: int = 200) -> str:
    """Return the first signs of something foreign as ASCII, with secrets masked."""
    return ascii(masked(str(value))[:signs])


def _once(
    service: Service, method: str, url: str, body: Any, timeout_s: float, limit_bytes: int, final: tuple[int, ...]
) -> RawAnswer:
    import httpx

    headers = {"Authorization": f"Bearer {service.key.reveal()}"} if service.key else {}
    try:
        raw = request_bytes(method, url, body=body, headers=headers, timeout_s=timeout_s, limit_bytes=limit_bytes)
    except ServiceError as error:
        never_sent = isinstance(error.__cause__, httpx.ConnectError | httpx.ConnectTimeout)
        failure: Failure = "unreachable"
        if not error.is_transient:
            failure = "unusable"  # more bytes than allowed
        elif not never_sent and isinstance(error.__cause__, httpx.TimeoutException | None):
            failure = "timed_out"
        again = error.is_transient and (method == "GET" or never_sent)
        raise MeshServiceError(f"{service.name}: {error}", failure, is_transient=again) from error
    if raw.status not in final and (method == "GET" or raw.status in _NOT_TAKEN):
        try:
            raise_if_transient(raw)
        except ServiceError as error:
            raise MeshServiceError(
                f"{service.name}: {error}", "busy", raw.status, is_transient=True, pause_s=error.pause_s
            ) from error
    return raw


def _is_own(service: Service, url: str) -> bool:
    return urlsplit(url)[:2] == urlsplit(service.base_url)[:2]


def _check_elsewhere(service: Service, url: str) -> None:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host == urlsplit(service.base_url).hostname and parts.scheme in ("http", "https"):
        return
    if parts.scheme != "https" or not host or parts.username is not None:
        raise MeshServiceError(f"{service.name} points at no https file: {excerpt(parts.scheme)}.", "refused")
    try:
        found = {item[4][0] for item in socket.getaddrinfo(host, parts.port or 443, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as error:
        raise MeshServiceError(f"{service.name} points at a host that is not found.", "unreachable") from error
    if not found or not all(ipaddress.ip_address(str(address).split("%")[0]).is_global for address in found):
        raise MeshServiceError(f"{service.name} points into a private network.", "refused")
