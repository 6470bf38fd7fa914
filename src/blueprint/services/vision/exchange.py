"""One POST to a model: bounded, retried while the service asks for patience, and silent about secrets."""

import math
import re
import time
from dataclasses import dataclass
from typing import Any

import stamina
from pydantic_core import from_json

from blueprint.services.http_json import RawAnswer, ServiceError, request_bytes
from blueprint.services.secrets import masked as without_secrets
from blueprint.storage.retry import TRANSIENT_STATUS

__all__ = ["Patience", "masked", "post"]

MAX_ANSWER_BYTES = 4 << 20
_MAX_PAUSE_S = 120.0  # a service that asks for a longer pause (a quota of the day) is not waited for
_DELAY = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)s")
_RETRY_INFO = "type.googleapis.com/google.rpc.RetryInfo"


@dataclass(frozen=True)
class Patience:
    """How often one question is sent, and how long all of it may take; pauses double from `backoff_s`."""

    attempts: int = 3
    backoff_s: float = 2.0
    timeout_s: float = 180.0


def post(service: str, url: str, body: Any, headers: dict[str, str], patience: Patience) -> Any:
    """Return the JSON value of a 200; raises ServiceError: transient after the last try of what may pass (timeouts,
    lost connections, 408, 429, 5xx), for good for any other status and for a body that is no JSON or over 4 MiB.

    A pause is the one that the service asks for: the header Retry-After, or Google's RetryInfo in the body of the
    refusal (google/rpc/error_details.proto). One over two minutes is not waited for.
    """
    ends_at = time.monotonic() + patience.timeout_s

    def pause(error: Exception) -> bool | float:
        if not isinstance(error, ServiceError) or not error.is_transient:
            return False
        left = ends_at - time.monotonic()
        if error.pause_s is None:
            return left > 0
        return error.pause_s if error.pause_s < min(left, _MAX_PAUSE_S) else False

    for attempt in stamina.retry_context(
        on=pause,
        attempts=patience.attempts,
        timeout=patience.timeout_s,
        wait_initial=patience.backoff_s,
        wait_max=max(patience.backoff_s, 60.0),
        wait_jitter=0.0,
    ):
        with attempt:
            left = max(0.05, ends_at - time.monotonic())
            raw = request_bytes("POST", url, body=body, headers=headers, timeout_s=left, limit_bytes=MAX_ANSWER_BYTES)
            return _value(service, raw)
    raise AssertionError("stamina ends by returning or raising")


def masked(text: str, limit: int = 200) -> str:
    """Return a printable excerpt without the secrets that a service may have echoed (masked before it is cut)."""
    return ascii(without_secrets(text)[:limit])[1:-1]


def _value(service: str, raw: RawAnswer) -> Any:
    if raw.status == 200:
        try:
            return from_json(raw.data, allow_inf_nan=False)
        except ValueError as error:
            text = masked(raw.data.decode("utf-8", "replace"))
            raise ServiceError(f"{service} answered no JSON: {text}.", remedy="check its base URL.") from error
    refusal = _refusal(raw.data)
    message = refusal.get("message")
    detail = masked(message if isinstance(message, str) else raw.data.decode("utf-8", "replace"))
    if raw.status in TRANSIENT_STATUS:
        raise ServiceError(
            f"{service} answered {raw.status}: {detail}.",
            remedy="try again later, or look into the service's quota.",
            is_transient=True,
            pause_s=_pause(raw, refusal),
        )
    raise ServiceError(
        f"{service} refused with {raw.status}: {detail}.", remedy="check the key, the model's name and the base URL."
    )


def _refusal(data: bytes) -> dict[str, Any]:
    """The `error` object of a refusal, in Google's and in OpenAI's form; empty where there is none."""
    try:
        value = from_json(data)
    except ValueError:
        return {}
    if isinstance(value, list) and value:  # Google wraps errors of streamed methods in a list
        value = value[0]
    error = value.get("error") if isinstance(value, dict) else None
    return error if isinstance(error, dict) else {}


def _pause(raw: RawAnswer, refusal: dict[str, Any]) -> float | None:
    """Seconds that the service asks to wait, None where it does not say (or says it as a date)."""
    details = refusal.get("details")
    for item in details if isinstance(details, list) else []:
        if isinstance(item, dict) and item.get("@type") == _RETRY_INFO:
            found = _DELAY.fullmatch(str(item.get("retryDelay", "")))
            if found:
                return float(found[1])
    try:
        seconds = float(raw.headers.get("retry-after", ""))
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None
