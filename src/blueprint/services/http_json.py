"""JSON over HTTP with bounds: sizes, times, no redirects; transient refusals are retried, as long as they say."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import stamina
from pydantic_core import from_json

from blueprint.contracts.errors import InputError, StageError
from blueprint.services.secrets import masked
from blueprint.storage.retry import TRANSIENT_STATUS

if TYPE_CHECKING:
    import httpx

__all__ = [
    "Answer",
    "RawAnswer",
    "ServiceError",
    "check_url",
    "json_of",
    "raise_if_transient",
    "request_bytes",
    "request_json",
    "request_with_retries",
]

_CONNECT_S = 10.0
_PLAIN = {"Accept-Encoding": "identity"}  # compressed, a small answer can hold a huge one
_LOOKED_AT_BYTES = 64 << 10  # of a refusal
_MAX_PAUSE_S = 120.0  # a service that asks for a longer pause is not waited for


class ServiceError(StageError):
    """A service could not be reached or answered something unusable. `is_transient`: another try may help."""

    def __init__(
        self, message: str, *, remedy: str | None = None, is_transient: bool = False, pause_s: float | None = None
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.is_transient = is_transient
        self.pause_s = pause_s


@dataclass(frozen=True)
class Answer:
    """Status, headers (lower case) and the JSON value of the body (None where it is empty)."""

    status: int
    headers: dict[str, str]
    value: Any


@dataclass(frozen=True)
class RawAnswer:
    """Status, headers (lower case) and the body; `where` names the request without its query."""

    status: int
    headers: dict[str, str]
    data: bytes
    where: str


def check_url(url: str, variable: str) -> str:
    """Return an http(s) URL without user, query or fragment; raises InputError that names the variable."""
    parts = urlsplit(url.strip())
    try:
        is_plain = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
        bool(parts.port)
    except ValueError:
        is_plain = False
    if not is_plain or parts.query or parts.fragment:
        raise InputError(f"{variable} is no plain http(s) URL.", remedy=f"export {variable}=http://host:port.")
    return url.strip().rstrip("/")


def request_json(
    method: str,
    url: str,
    *,
    body: Any = None,
    headers: Mapping[str, str] | None = None,
    timeout_s: float,
    limit_bytes: int,
) -> Answer:
    """Send one request and return its answer, whatever its status but the transient ones.

    Redirects are not followed (they would carry headers elsewhere). Raises ServiceError: transient for timeouts, lost
    connections and the statuses of `TRANSIENT_STATUS` (with the pause that Retry-After asks for), final for a body that
    is larger than `limit_bytes` or no JSON. `timeout_s` bounds the whole answer, however slowly it drips.
    """
    raw = request_bytes(method, url, body=body, headers=headers, timeout_s=timeout_s, limit_bytes=limit_bytes)
    raise_if_transient(raw)
    return Answer(raw.status, raw.headers, json_of(raw))


def request_bytes(
    method: str,
    url: str,
    *,
    body: Any = None,
    headers: Mapping[str, str] | None = None,
    timeout_s: float,
    limit_bytes: int,
) -> RawAnswer:
    """As `request_json`, whatever the status and the body are; raises ServiceError for lost connections and sizes."""
    import httpx

    where = f"{method} {_origin(url)}{urlsplit(url).path}"
    ends_at = time.monotonic() + timeout_s
    limits = httpx.Timeout(min(timeout_s, 600.0), connect=min(_CONNECT_S, timeout_s))
    try:
        with (
            httpx.Client(timeout=limits, follow_redirects=False, trust_env=False) as client,
            client.stream(method, url, json=body, headers={**_PLAIN, **(headers or {})}) as response,
        ):
            data = _bounded(response, limit_bytes, ends_at, where)
            received = {key.lower(): value for key, value in response.headers.items()}
            return RawAnswer(response.status_code, received, data, where)
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
        message = f"{where}: {type(error).__name__} after at most {timeout_s:g} s."
        raise ServiceError(message, remedy="check that the service runs.", is_transient=True) from error


def raise_if_transient(raw: RawAnswer) -> None:
    """Raise a transient ServiceError for the statuses of `TRANSIENT_STATUS`, with the pause that it asks for."""
    if raw.status in TRANSIENT_STATUS:
        raise ServiceError(
            f"{raw.where} answered {raw.status}: {_excerpt(raw.data)}.",
            remedy="try again later, or look into the service's log.",
            is_transient=True,
            pause_s=_retry_after(raw.headers.get("retry-after")),
        )


def json_of(raw: RawAnswer) -> Any:
    """Return the JSON value of a body, None where it is empty; raises ServiceError for anything else."""
    return _json(raw.data, raw.where)


def request_with_retries(
    method: str,
    url: str,
    *,
    body: Any = None,
    headers: Mapping[str, str] | None = None,
    timeout_s: float,
    limit_bytes: int,
    attempts: int,
    backoff_s: float,
) -> Answer:
    """As `request_json`, up to `attempts` times while its error is transient, within `timeout_s` altogether.

    Pauses double from `backoff_s`, or are those that Retry-After asks for (at most two minutes; longer is not waited
    for). Raises the last ServiceError.
    """
    ends_at = time.monotonic() + timeout_s

    def pause(error: Exception) -> bool | float:
        if not isinstance(error, ServiceError) or not error.is_transient:
            return False
        left = ends_at - time.monotonic()
        if error.pause_s is None:
            return left > 0
        return error.pause_s if error.pause_s < min(left, _MAX_PAUSE_S) else False

    for attempt in stamina.retry_context(
        on=pause,
        attempts=attempts,
        timeout=timeout_s,
        wait_initial=backoff_s,
        wait_max=max(backoff_s, 60.0),
        wait_jitter=0.0,
    ):
        with attempt:
            left = max(0.05, ends_at - time.monotonic())
            return request_json(method, url, body=body, headers=headers, timeout_s=left, limit_bytes=limit_bytes)
    raise AssertionError("stamina ends by returning or raising")


def _bounded(response: "httpx.Response", limit_bytes: int, ends_at: float, where: str) -> bytes:
    data = bytearray()
    for chunk in response.iter_bytes():  # as it arrives: a service that drips never fills a buffer
        data += chunk
        if len(data) > limit_bytes:
            raise ServiceError(f"{where} answered more than {limit_bytes} bytes.", remedy="ask for less.")
        if time.monotonic() > ends_at:
            raise ServiceError(f"{where} did not finish its answer in time.", is_transient=True)
    return bytes(data)


def _json(data: bytes, where: str) -> Any:
    if not data.strip():
        return None
    try:
        return from_json(data, allow_inf_nan=False)
    except ValueError as error:
        raise ServiceError(f"{where} answered no JSON: {_excerpt(data)}.", remedy="check the URL.") from error


def _retry_after(text: str | None) -> float | None:
    """Seconds of a Retry-After header; its date form is left to the backoff (it would need the server's clock)."""
    try:
        seconds = float(text) if text else None
    except ValueError:
        return None
    return seconds if seconds is not None and math.isfinite(seconds) and seconds >= 0 else None


def _excerpt(data: bytes) -> str:
    return ascii(masked(data[:_LOOKED_AT_BYTES].decode("utf-8", "replace"))[:200])


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")
