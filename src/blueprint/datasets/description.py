"""What is said about a dataset: the caller's facts, the summary of a write, and the document `meta/blueprint.json`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from blueprint.contracts.asset import License
from blueprint.contracts.dataset import DatasetColumn, DatasetEpisode, DatasetMetadata
from blueprint.contracts.episode import EpisodeRecord
from blueprint.datasets.demonstration import Demonstration
from blueprint.robots.embodiment import load_embodiment

__all__ = ["DatasetSummary", "Provenance", "describe", "repository_license"]

_TIME_ALIGNMENT = (
    "Row t holds the state at t/fps and the action applied from t/fps to (t+1)/fps; an action is the target at the end "
    "of its tick, reached by linear interpolation. The state after the last action has no row; next.success judges it."
)
_CONTROL_MODE = "absolute joint position targets (rad) and gripper opening target (m)"


@dataclass(frozen=True)
class Provenance:
    """What only the caller knows: the prompt, the licences of everything visible, and where the data came from."""

    prompt: str | None = None
    licenses: Sequence[License] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    control_mode: str = _CONTROL_MODE


@dataclass(frozen=True)
class DatasetSummary:
    """A dataset on disk. `written` is False where an existing one was kept."""

    path: Path
    version: Literal["v2.1", "v3.0"]
    episodes: int
    frames: int
    tasks: int
    cameras: tuple[str, ...]
    written: bool


def describe(
    demonstrations: Sequence[Demonstration],
    version: Literal["v2.1", "v3.0"],
    repo_id: str,
    provenance: Provenance,
    columns: Sequence[DatasetColumn] | None = None,
) -> DatasetMetadata:
    """Return the document that says what the columns mean and which record each episode comes from.

    `columns` are those of a profile of its own; by default those of our robots.
    """
    record = demonstrations[0].record
    versions = {
        f"version.{name}": value for item in demonstrations for name, value in sorted(item.record.versions.items())
    }
    return DatasetMetadata(
        repo_id=repo_id,
        lerobot_version=version,
        robot_type=record.embodiment,
        fps=record.fps,
        prompt=provenance.prompt,
        control_mode=provenance.control_mode,
        time_alignment=_TIME_ALIGNMENT,
        columns=list(columns) if columns is not None else _columns(record),
        camera_names=sorted(demonstrations[0].videos),
        state_names=record.state_names,
        action_names=record.action_names,
        licenses=sorted(provenance.licenses, key=lambda item: (item.spdx, item.source, item.attribution or "")),
        provenance=dict(sorted({**versions, **provenance.facts}.items())),
        episodes=[
            DatasetEpisode(
                episode_index=index,
                episode_id=item.record.episode_id,
                scene_id=item.record.scene_id,
                task_id=item.record.task_id,
                variation_id=item.record.variation_id,
                seed=item.record.seed,
                frames=item.frames,
                trajectory_sha256=item.trajectory_sha256,
            )
            for index, item in enumerate(demonstrations)
        ],
    )


def repository_license(licenses: Sequence[License]) -> str:
    """Return the Hugging Face licence word: the one licence of all parts, or `other` where there are several."""
    words = {item.spdx.lower() for item in licenses}
    return words.pop() if len(words) == 1 else "other"


def _columns(record: EpisodeRecord) -> list[DatasetColumn]:
    arms = max(1, len(record.arms))
    units = _units(record)
    return [
        DatasetColumn(
            name="observation.state",
            meaning="measured joint positions and gripper opening",
            units=units,
        ),
        DatasetColumn(
            name="action",
            meaning="targets at the end of the tick",
            units=units,
        ),
        DatasetColumn(
            name="observation.ee_pose",
            meaning="grasp frame: origin between the finger tips, +Z approaches, fingers close along ±Y; "
            "position and quaternion w,x,y,z",
            units=["m", "m", "m", "1", "1", "1", "1"] * arms,
            frame="robot base, Z up",
        ),
        *(_measured(record) if record.arms else []),
        DatasetColumn(name="next.reward", meaning="1 on the last row of a successful episode, else 0", units=["1"]),
        DatasetColumn(name="next.done", meaning="true on the last row", units=["1"]),
        DatasetColumn(name="next.success", meaning="true on the last row of a successful episode", units=["1"]),
        DatasetColumn(name="subtask_index", meaning="row of meta/subtasks.parquet (v3.0)", units=["1"]),
        DatasetColumn(name="timestamp", meaning="frame_index / fps, restarts with every episode", units=["s"]),
    ]


def _measured(record: EpisodeRecord) -> list[DatasetColumn]:
    units = _units(record)
    columns = [
        DatasetColumn(
            name="observation.velocity",
            meaning="rate of change of observation.state",
            units=[f"{unit}/s" for unit in units],
        ),
        DatasetColumn(
            name="observation.effort",
            meaning="force or torque of each servo; a gripper's is that of its motor, N·m where its fingers turn",
            units=["N" if unit == "m" else "N·m" for unit in units],
        ),
        DatasetColumn(
            name="observation.wrench",
            meaning="contact force and torque on each hand",
            units=["N", "N", "N", "N·m", "N·m", "N·m"] * len(record.arms),
            frame="grasp frame of the hand",
        ),
    ]
    for video in record.videos:
        if video.depth_file:
            meaning = "distance along the camera's axis, 16-bit PNG; 0: nothing within 32 m"
            columns.append(DatasetColumn(name=f"observation.depth.{video.camera}", meaning=meaning, units=["mm"]))
        if video.segmentation_file:
            meaning = "index into the episode's `segments` (meta/episodes), 16-bit PNG"
            columns.append(DatasetColumn(name=f"observation.segmentation.{video.camera}", meaning=meaning, units=["1"]))
    return columns


def _units(record: EpisodeRecord) -> list[str]:
    """Units of the state's and the action's entries: of our robots as they say, of others by name.

    Recordings of another simulator call the opening of a gripper so, and every other entry is a joint angle.
    """
    if record.arms:
        return load_embodiment(record.embodiment).units
    return ["m" if "gripper" in name or name.endswith("_m") else "rad" for name in record.state_names]
