"""Retries of transient refusals (408, 429, 5xx and lost connections) of a remote store."""

from collections.abc import Callable
from typing import TypeVar

import stamina
import structlog

__all__ = ["TRANSIENT_STATUS", "first_line", "with_retries"]

TRANSIENT_STATUS = frozenset({408, 429, 500, 502, 503, 504})
_ATTEMPTS = 5
_TIMEOUT_S = 60.0

T = TypeVar("T")


def with_retries(call: Callable[[], T], is_transient: Callable[[Exception], bool]) -> T:
    """Return `call()`, repeated up to five times within a minute with growing pauses while its error is transient.

    A conditional write whose answer was lost is repeated too: the repeat may then find its own object and report a
    conflict, never a second success. Who needs to tell the two apart writes a token of its own (see lock.py).
    """
    for attempt in stamina.retry_context(
        on=is_transient, attempts=_ATTEMPTS, timeout=_TIMEOUT_S, wait_initial=0.1, wait_max=5.0, wait_jitter=0.2
    ):
        with attempt:
            return call()
    raise AssertionError("stamina ends by returning or raising")


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message, at most 300 characters of it."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]


def _log_retry(details: stamina.instrumentation.RetryDetails) -> None:
    """One line per retry; stamina's own hook writes the whole error, which for obstore is forty lines."""
    structlog.get_logger().warning(
        "retrying",
        cause=first_line(details.caused_by),
        attempt=details.retry_num + 1,
        wait_s=round(details.wait_for, 2),
    )


stamina.instrumentation.set_on_retry_hooks((_log_retry,))
