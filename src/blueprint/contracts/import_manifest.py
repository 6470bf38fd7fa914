"""`episodes/import_manifest.json` and `episodes/failed_episodes.json`: what came in and what was accepted."""

from typing import Literal

from pydantic import model_validator

from blueprint.contracts.document import Document, Part
from blueprint.contracts.episode import FailureReason
from blueprint.contracts.ids import SceneId

__all__ = ["EpisodeCounts", "FailedEpisodes", "ImportManifest", "ImportedFile", "QualitySummary", "RejectedEpisode"]


class RejectedEpisode(Part):
    """An episode that is not in the dataset: why, what was seen, what to do. `name` is its folder."""

    name: str
    task_id: str | None = None
    reason: FailureReason
    detail: str
    remediation: str


class EpisodeCounts(Part):
    """Every episode found is either accepted or rejected."""

    found: int
    accepted: int
    rejected: int
    rejected_by_reason: dict[str, int]

    @model_validator(mode="after")
    def _nothing_is_lost(self) -> "EpisodeCounts":
        if self.found != self.accepted + self.rejected or self.rejected != sum(self.rejected_by_reason.values()):
            raise ValueError(
                f"{self.found} episodes found, but {self.accepted} accepted and {self.rejected} rejected "
                f"({self.rejected_by_reason})"
            )
        return self


class QualitySummary(Part):
    average_score: float
    min_score: float
    max_score: float


class ImportedFile(Part):
    path: str
    size_bytes: int
    sha256: str


class ImportManifest(Document):
    """Paths are relative to the scene folder; `accepted` lists episode ids in the order of the dataset."""

    schema_version: Literal["v1"] = "v1"
    scene_id: SceneId
    robot_types: list[str]
    recordings_format: Literal["blueprint_record_v1"] = "blueprint_record_v1"
    episodes: EpisodeCounts
    quality: QualitySummary | None = None
    accepted: list[str]
    rejected: list[RejectedEpisode]
    file_inventory: list[ImportedFile]


class FailedEpisodes(Document):
    schema_version: Literal["v1"] = "v1"
    scene_id: SceneId
    episodes: list[RejectedEpisode]
