"""`dead_letter_queue.json`: the jobs that were given up, with what is needed to try them again."""

from typing import Annotated, Any, Literal

from pydantic import Field

from blueprint.contracts.document import Document, Part
from blueprint.contracts.ids import SceneId

__all__ = ["DeadLetter", "DeadLetterQueue"]


class DeadLetter(Part):
    """One job. `message_id` is of batch and scene; a `resolved` one succeeded in a later run."""

    message_id: str
    scene_id: SceneId
    job_type: str
    step: str
    error_type: str
    error_message: str
    error_details: dict[str, Any] = {}
    traceback: str
    attempt_count: Annotated[int, Field(ge=1)] = 1
    max_attempts: Annotated[int, Field(ge=1)] = 3
    first_failure_time: str
    last_failure_time: str
    original_payload: dict[str, Any] = {}
    metadata: dict[str, Any] = {}
    status: Literal["pending", "retrying", "resolved", "abandoned"] = "pending"


class DeadLetterQueue(Document):
    """The dead letters of a batch, by scene."""

    schema_version: Literal["v1"] = "v1"
    messages: list[DeadLetter] = []
