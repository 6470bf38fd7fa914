"""`batch_report.json`: what became of every scene of a batch, and the dataset that their episodes make."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from blueprint.contracts.document import Document, Part
from blueprint.contracts.ids import SceneId

__all__ = ["BatchDataset", "BatchFailure", "BatchReport", "SceneReport"]

Count = Annotated[int, Field(ge=0)]


class SceneReport(Part):
    """One scene. `skipped`: it was done before and nothing has changed. `results_sha256` covers every artefact of its
    stages but the report page: equal on every engine. Paths are keys below the root."""

    scene_id: SceneId
    scene_dir: str
    status: Literal["success", "failed", "cancelled", "running"]
    skipped: bool = False
    seed: int
    attempts: Count = 0
    quality_gate_report: str | None = None
    episodes: Count = 0
    succeeded: Count = 0
    accepted: Count = 0
    dataset: str | None = None
    results_sha256: str | None = None


class BatchFailure(Part):
    """Why a scene is not there, in short; the dead letter holds the rest."""

    scene_id: SceneId
    step: str
    error_type: str
    error_message: str
    attempts: Count


class BatchDataset(Part):
    """A dataset merged of the scenes of one robot; `sha256` is over the hashes of its files."""

    robot: str
    path: str
    scenes: Count
    episodes: Count
    frames: Count
    sha256: str


class BatchReport(Document):
    """Counts are of scenes: `total` is the sum of the others. It is rewritten whenever a scene is finished.

    `lost_workers` counts jobs that were sent again because a process or node was gone.
    """

    schema_version: Literal["v1"] = "v1"
    batch_id: SceneId
    engine: str
    total: Count
    success: Count
    failed: Count
    cancelled: Count
    skipped: Count
    running: Count = 0
    lost_workers: Count = 0
    scene_reports: list[SceneReport]
    failures: list[BatchFailure] = []
    datasets: list[BatchDataset] = []
    dataset_problem: str | None = None

    @model_validator(mode="after")
    def _every_scene_is_counted_once(self) -> Self:
        counted = self.success + self.failed + self.cancelled + self.skipped + self.running
        if not self.total == counted == len(self.scene_reports):
            raise ValueError(f"total {self.total}, counted {counted}, reports {len(self.scene_reports)}: not the same")
        return self
