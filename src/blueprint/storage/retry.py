"""Retries of transient refusals (408, 429, 5xx and lost connections) of a remote store."""

from collections.abc import Callable
from typing import TypeVar

import stamina

__all__ = ["TRANSIENT_STATUS", "with_retries"]

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
