"""Where each scene of a batch is: what is left to do for it, what went wrong, and what came of it."""

import traceback
import uuid
from dataclasses import dataclass, field
from typing import Literal

from blueprint.contracts.batch_report import BatchFailure, SceneReport
from blueprint.contracts.dead_letter import DeadLetter
from blueprint.contracts.errors import BlueprintError, ServiceError, StageError, StorageError
from blueprint.contracts.scene_request import SceneRequest
from blueprint.engines.scene_jobs import FinishedScene, PreparedScene, SceneOrder
from blueprint.storage import layout

__all__ = ["JobKind", "SceneJob", "SceneState", "may_pass"]

JobKind = Literal["prepare", "episodes", "finish"]

# Smallest first: what ends a scene goes before what makes its episodes, and that before what begins another scene.
_ORDER: dict[JobKind, int] = {"finish": 0, "episodes": 1, "prepare": 2}


@dataclass
class SceneJob:
    """One job of a scene: `numbers` are its episodes. `failures` and `losses` are counted apart."""

    scene: "SceneState"
    kind: JobKind
    numbers: tuple[int, ...] = ()
    failures: int = 0
    losses: int = 0
    not_before_s: float = 0.0
    first_failure: str = ""

    @property
    def urgency(self) -> int:
        return _ORDER[self.kind]


@dataclass
class SceneState:
    """One scene of the batch. `open_jobs` is how many of its jobs of the present kind are not done."""

    order: SceneOrder
    status: Literal["waiting", "running", "success", "failed", "cancelled"] = "waiting"
    open_jobs: int = 0
    attempts: int = 0
    prepared: PreparedScene | None = None
    finished: FinishedScene | None = None
    dead: DeadLetter | None = field(default=None, repr=False)

    @property
    def skipped(self) -> bool:
        """Whether every stage found its work done before."""
        done = self.prepared is not None and self.finished is not None
        return done and bool(self.prepared and self.prepared.unchanged and self.finished and self.finished.unchanged)

    def bury(self, job: SceneJob, error: BaseException, batch_id: str, engine: str, now: str, most: int) -> DeadLetter:
        """Give the scene up and return its dead letter."""
        self.status = "failed"
        source = self.order.source
        payload = source.model_dump(mode="json", exclude_none=True) if isinstance(source, SceneRequest) else source
        self.dead = DeadLetter(
            message_id=str(uuid.uuid5(uuid.NAMESPACE_URL, f"{batch_id}/{self.order.scene_id}")),
            scene_id=self.order.scene_id,
            job_type=job.kind,
            step=_step_of(error, job.kind),
            error_type=type(error).__name__,
            error_message=str(error.args[0])[:2000] if error.args else "",
            error_details={"remedy": error.remedy} if isinstance(error, BlueprintError) and error.remedy else {},
            traceback="".join(traceback.format_exception(error)),
            attempt_count=max(1, job.failures + job.losses),
            max_attempts=most,
            first_failure_time=job.first_failure or now,
            last_failure_time=now,
            original_payload={"source": payload, "settings": self.order.settings.model_dump(mode="json")},
            metadata={"batch_id": batch_id, "engine": engine, "episodes": list(job.numbers)},
        )
        return self.dead

    def report(self) -> SceneReport:
        """Return what the batch's report says of the scene now."""
        prefix = layout.scene_prefix(self.order.scene_id).rstrip("/")
        done = self.finished
        return SceneReport(
            scene_id=self.order.scene_id,
            scene_dir=prefix,
            status="running" if self.status == "waiting" else self.status,
            skipped=self.status == "success" and self.skipped,
            seed=self.order.settings.seed,
            attempts=self.attempts,
            quality_gate_report=f"{prefix}/report/{layout.QUALITY_GATE_REPORT}" if done else None,
            episodes=done.episodes if done else 0,
            succeeded=done.succeeded if done else 0,
            accepted=done.accepted if done else 0,
            dataset=f"{prefix}/{layout.LEROBOT_V3}" if done and done.has_dataset else None,
            results_sha256=done.results_sha256 if done else None,
        )

    def failure(self) -> BatchFailure | None:
        """Return why the scene failed, in short."""
        if self.dead is None:
            return None
        return BatchFailure(
            scene_id=self.order.scene_id,
            step=self.dead.step,
            error_type=self.dead.error_type,
            error_message=self.dead.error_message,
            attempts=self.dead.attempt_count,
        )


def may_pass(error: BaseException) -> bool:
    """Whether another try may end otherwise: not where the input, a gate or an installation is at fault."""
    return isinstance(error, (StorageError, ServiceError, StageError))


def _step_of(error: BaseException, kind: JobKind) -> str:
    """The stage, where the message names one as the runner's messages do, else the kind of job."""
    words = str(error).split()
    if "stage" in words[:-1]:
        return words[words.index("stage") + 1].strip(".,:'")
    return kind
