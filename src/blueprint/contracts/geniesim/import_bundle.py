"""What an import of Genie Sim episodes leaves: which episodes came in, why others did not, and the bundle of files."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field

from blueprint.contracts.document import Document, Part
from blueprint.contracts.ids import SceneId

__all__ = [
    "REMEDIES",
    "BundleManifest",
    "EpisodeNote",
    "EpisodesImportedEvent",
    "FailedImport",
    "FailedImports",
    "ImportCompletion",
    "ImportIdempotency",
    "RefusalReason",
]


class RefusalReason(StrEnum):
    """Why an episode is not in the dataset."""

    TASK_FAILED = "task_failed"
    GOAL_NOT_REACHED = "goal_not_reached"
    TRUNCATED = "truncated"
    WRONG_COUNT = "wrong_count"
    DROPPED_FRAMES = "dropped_frames"
    TOO_SHORT = "too_short"
    FROZEN_JOINTS = "frozen_joints"
    FROZEN_PICTURES = "frozen_pictures"
    BLACK_PICTURES = "black_pictures"
    NO_DEPTH = "no_depth"
    TELEPORTING = "teleporting"
    NOT_FINITE = "not_finite"
    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"
    UNSAFE_FILE = "unsafe_file"
    UNKNOWN_ROBOT = "unknown_robot"
    INVALID_DOCUMENT = "invalid_document"
    INVALID_DATA = "invalid_data"
    REPLAY_FAILED = "replay_failed"
    DUPLICATE = "duplicate"


REMEDIES = {
    RefusalReason.TASK_FAILED: "collect it again; see fail_stage_step and metric_status in task_result.json.",
    RefusalReason.GOAL_NOT_REACHED: "the recorder calls it a success, the recorded poses do not: check the checkers.",
    RefusalReason.TRUNCATED: "extraction was cut off (it is killed after 120 s): extract again, or record shorter.",
    RefusalReason.WRONG_COUNT: "files of one episode disagree in their number of frames: extract again.",
    RefusalReason.DROPPED_FRAMES: "frames are missing without a playback: record with a lighter load.",
    RefusalReason.TOO_SHORT: "record at least ten frames.",
    RefusalReason.FROZEN_JOINTS: "the joints do not move: check that the controllers and /joint_states are alive.",
    RefusalReason.FROZEN_PICTURES: "a picture stands still while the arm moves: check the camera's publisher.",
    RefusalReason.BLACK_PICTURES: "a picture shows nothing: check the lights and the renderer's warm-up.",
    RefusalReason.NO_DEPTH: "no pixel of a depth picture was hit: check the camera's clipping range and its pose.",
    RefusalReason.TELEPORTING: "a joint moves faster than it can: joints were set instead of driven.",
    RefusalReason.NOT_FINITE: "NaN or infinity in the data: look for diverged physics.",
    RefusalReason.UNREADABLE: "a file is damaged: copy or extract the episode again.",
    RefusalReason.TOO_LARGE: "a file or picture exceeds what an episode can hold: do not trust its origin.",
    RefusalReason.UNSAFE_FILE: "links, pickles and special files have no place in an episode: do not trust its origin.",
    RefusalReason.UNKNOWN_ROBOT: "only the G2 and the G1 with omnipicker grippers can be read.",
    RefusalReason.INVALID_DOCUMENT: "a document of the episode is missing or malformed: extract again.",
    RefusalReason.INVALID_DATA: "see the certificate's failed checks; run the episode again.",
    RefusalReason.REPLAY_FAILED: "record it again with this build; the same actions must give the same states.",
    RefusalReason.DUPLICATE: "the same recording was given twice; nothing is lost.",
}


class FailedImport(Part):
    """`name` is the folder or file that was given, `episode_id` the id that it would have had."""

    name: str
    episode_id: str
    reason: RefusalReason
    detail: str
    remediation: str


class FailedImports(Document):
    """`failed_episodes.json`."""

    schema_version: Literal["v1"] = "v1"
    scene_id: SceneId
    job_id: str
    episodes: list[FailedImport]


class EpisodeNote(Part):
    """What was done to an accepted episode that its recording does not say: spans cut, actions rebuilt."""

    episode_id: str
    name: str
    notes: list[str]


class ImportIdempotency(Document):
    """`geniesim/idempotency/import/{job_id}.json`."""

    scene_id: SceneId
    job_id: str
    status: Literal["completed"] = "completed"
    timestamp: str


class ImportCompletion(Document):
    """`geniesim/.geniesim_import_complete`, written last. `source_sha` is of what was imported and how."""

    scene_id: SceneId
    job_id: str
    status: Literal["completed", "completed_with_errors"]
    timestamp: str
    source_sha: str
    manifest_sha256: str
    accepted: int
    rejected: int


class _EventData(Part):
    scene_id: SceneId
    job_id: str
    episode_count: int
    failed_count: int
    output_path: str
    manifest_path: str
    manifest_sha256: str
    robot_types: list[str]


class EpisodesImportedEvent(Document):
    """CloudEvents 1.0 in JSON: what a training workflow starts from. `id` is the same whenever the import is."""

    specversion: Literal["1.0"] = "1.0"
    type: Literal["blueprintpipeline.episodes.imported"] = "blueprintpipeline.episodes.imported"
    source: str
    id: str
    time: str
    datacontenttype: Literal["application/json"] = "application/json"
    data: _EventData


class BundleManifest(Document):
    """`import_manifest.json`, with the keys that consumers of the former pipeline read. Paths are relative.

    Parts without meaning here say so: nothing is uploaded by the import, no policy is trained.
    """

    schema_version: Literal["1.3"] = "1.3"
    schema_definition: str
    generated_at: str
    scene_id: SceneId
    run_id: str
    status: Literal["completed", "completed_with_errors", "failed"]
    robot_types: list[str]
    recordings_format: Literal["blueprint_record_v1"] = "blueprint_record_v1"
    artifact_contract_version: Literal["1.0"] = "1.0"
    job_id: str
    output_dir: str
    gcs_output_path: str = ""
    import_status: Literal["success", "partial", "failed"]
    success: bool
    job_idempotency: dict[str, Any]
    readme_path: str
    checksums_path: str
    episodes: dict[str, Any]
    quality: dict[str, Any]
    quality_config: dict[str, Any]
    lerobot: dict[str, Any]
    cosmos_policy: dict[str, Any]
    validation: dict[str, Any]
    verification: dict[str, Any]
    metrics_summary: dict[str, Any]
    regression_metrics: dict[str, Any]
    checksums: dict[str, Any]
    provenance: dict[str, Any]
    cost_summary: dict[str, Any] = {}
    package: dict[str, Any]
    file_inventory: list[dict[str, Any]]
    upload_status: Literal["not_requested"] = "not_requested"
    upload_summary: dict[str, Any]
    accepted: Annotated[list[EpisodeNote], Field(description="in the order of the dataset")]
