"""Completion and failure markers and checkpoints: how a stage says, last of all, that it is done or why it is not."""

from typing import Any, Literal

from pydantic import ConfigDict

from blueprint.contracts.document import Document, Part
from blueprint.contracts.ids import SceneId

__all__ = ["Checkpoint", "CompletionMarker", "FailureError", "FailureMarker"]


class CompletionMarker(Document):
    """Written last. `inputs` and `outputs` map paths relative to the scene folder to SHA-256.

    Other keys are the fields that the stage's own marker has by contract (`objects_count`, `source_type`, …).
    """

    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False)

    schema_version: Literal["v1"] = "v1"
    scene_id: SceneId
    stage: str
    status: Literal["completed"] = "completed"
    timestamp: str
    duration_s: float
    inputs: dict[str, str]
    settings_sha: str
    code_sha: str
    outputs: dict[str, str]
    fallbacks: list[str] = []


class FailureError(Part):
    code: str
    message: str
    type: str
    stack_trace: str | None = None


class FailureMarker(Document):
    """`{stage}/.failed`: what went wrong, in which step, with which input, and what to do."""

    scene_id: SceneId
    job_name: str
    status: Literal["failed"] = "failed"
    timestamp: str
    error: FailureError
    context: dict[str, Any] = {}
    input_params: dict[str, Any] = {}
    partial_results: dict[str, Any] = {}
    environment: dict[str, Any] = {}
    recommendations: list[str] = []


class Checkpoint(Document):
    """`.checkpoints/{step}.json`: one finished step of the run."""

    step: str
    status: Literal["completed", "failed"]
    started_at: str
    completed_at: str
    outputs: dict[str, Any] = {}
    output_paths: list[str] = []
    output_hashes: dict[str, str] = {}
    scene_id: str | None = None
