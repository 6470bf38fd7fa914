"""One question to an articulation service: sent, repeated while it is busy or warming, bounded in time and size."""

from dataclasses import dataclass
from typing import Any, Literal

from blueprint.services.http_json import Answer, ServiceError, request_with_retries

__all__ = ["ArticulationService", "ArticulationServiceError", "ask", "is_ready"]

Outcome = Literal["unreachable", "refused", "unusable"]
_MAX_ANSWER_BYTES = 176 << 20  # a file of 128 MiB in base64, and words around it
_MAX_HEALTH_BYTES = 1 << 20


class ArticulationServiceError(ServiceError):
    """A service gave nothing to use: it was `unreachable` (busy to the end, too), `refused`, or was `unusable`."""

    def __init__(self, message: str, outcome: Outcome) -> None:
        super().__init__(message, remedy="look into the service's log, or choose another ARTICULATION_BACKEND.")
        self.outcome = outcome


@dataclass(frozen=True)
class ArticulationService:
    """Where a service is and how long it may take: `timeout_s` bounds all attempts at one object together."""

    name: str
    url: str
    timeout_s: float
    attempts: int = 4
    backoff_s: float = 2.0


def ask(service: ArticulationService, body: dict[str, Any]) -> dict[str, Any]:
    """POST a question and return the object that it answers; raises ArticulationServiceError.

    503 (warming or busy), other transient statuses and lost connections are repeated, as long as Retry-After says.
    400, 413 and every other status that is not 200 is a refusal.
    """
    try:
        answer = request_with_retries(
            "POST",
            f"{service.url}/",
            body=body,
            timeout_s=service.timeout_s,
            limit_bytes=_MAX_ANSWER_BYTES,
            attempts=service.attempts,
            backoff_s=service.backoff_s,
        )
    except ServiceError as error:
        outcome: Outcome = "unreachable" if error.is_transient else "unusable"
        raise ArticulationServiceError(f"{service.name}: {error.args[0]}", outcome) from error
    if answer.status != 200:
        raise ArticulationServiceError(
            f"{service.name} answered {answer.status}: {_words(answer)}.",
            "refused",
        )
    if not isinstance(answer.value, dict):
        raise ArticulationServiceError(f"{service.name} answered no JSON object.", "unusable")
    return answer.value


def is_ready(service: ArticulationService) -> bool:
    """Whether `GET /` says that the service can work now; one that is warming or out of reach is not ready."""
    try:
        answer = request_with_retries(
            "GET",
            f"{service.url}/",
            timeout_s=min(service.timeout_s, 10.0),
            limit_bytes=_MAX_HEALTH_BYTES,
            attempts=1,
            backoff_s=0.0,
        )
    except ServiceError:
        return False
    return answer.status == 200


def _words(answer: Answer) -> str:
    value = answer.value.get("error", "") if isinstance(answer.value, dict) else ""
    return ascii(str(value)[:200])
