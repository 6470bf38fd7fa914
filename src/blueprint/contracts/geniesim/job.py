"""A data-collection job: `geniesim/job.json`, what makes it the same job again, and the circuit breaker's state."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from blueprint.contracts.document import Document, Part
from blueprint.contracts.ids import SceneId

__all__ = [
    "CircuitBreakerState",
    "EpisodeOutcome",
    "IdempotencyKey",
    "JobIdempotency",
    "JobOutput",
    "JobProgress",
    "JobStatus",
    "SubmissionMarker",
]

JobStatus = Literal["submitted", "running", "completed", "completed_with_errors", "failed", "timed_out"]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class IdempotencyKey(Part):
    """`key` is the SHA-256 of the canonical JSON of the scene's id and the two hashes."""

    key: Sha256
    task_config_hash: Sha256
    export_manifest_hash: Sha256
    first_submitted_at: str


class EpisodeOutcome(Part):
    """One attempted episode. `recording` is its folder's name; a failed one has none, and `error` says why.

    `attempts` counts the tries of all its stages; 0 where its recording was found finished, or nothing was tried.
    """

    episode: str
    task: str
    status: Literal["succeeded", "failed"]
    attempts: int
    recording: str | None = None
    failed_stage: str | None = None
    error: str | None = None


class JobProgress(Part):
    total: int
    succeeded: int = 0
    failed: int = 0


class JobOutput(Document):
    """`geniesim/job.json`: rewritten after every episode, so that a killed client goes on where it was.

    `recordings_before` names what lay in the recordings folder before the job: those are not its episodes.
    """

    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False)

    job_id: str
    scene_id: SceneId
    status: JobStatus
    submitted_at: str
    updated_at: str
    completed_at: str | None = None
    message: str | None = None
    warnings: list[str] = []
    idempotency: IdempotencyKey
    idempotency_key: Sha256
    endpoint: str
    profile: Literal["sandbox", "production"]
    recordings_dir: str
    recordings_before: list[str] = []
    bundle: dict[str, str] = {}
    generation_params: dict[str, Any] = {}
    progress: JobProgress
    episodes: list[EpisodeOutcome] = []


class JobIdempotency(Document):
    """`geniesim/job_idempotency.json`."""

    key: Sha256
    scene_id: SceneId
    task_config_hash: Sha256
    export_manifest_hash: Sha256
    submitted_at: str
    job_id: str
    job_metadata_path: str


class SubmissionMarker(Document):
    """`geniesim/idempotency/{hash}.json`; `hash` is the MD5 of the canonical JSON of scene_id and `inputs`."""

    scene_id: SceneId
    status: Literal["submitted"] = "submitted"
    job_id: str
    timestamp: str
    hash: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    inputs: dict[str, Any]


class CircuitBreakerState(Document):
    """`geniesim/.circuit_breaker.json`: after `threshold` failures in a row nothing is sent until a probe succeeds."""

    scene_id: SceneId
    failure_count: Annotated[int, Field(ge=0)] = 0
    threshold: Annotated[int, Field(ge=1)]
    status: Literal["closed", "open", "half_open"] = "closed"
    updated_at: str
    last_failure_at: str | None = None
    last_failure_reason: str | None = None
    last_success_at: str | None = None
    opened_at: str | None = None
    last_probe_at: str | None = None
