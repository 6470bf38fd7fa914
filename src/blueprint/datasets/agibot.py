"""LeRobot datasets of imported Genie Sim episodes: AgiBot's layout, a state of 159 and an action of 40 dimensions.

v2.1 has exactly AgiBot's columns, so that its baselines read it; v3.0 has sub-tasks and success beside them. Unlike
AgiBot's converter the task is the episode's own, `index` counts over the whole dataset, videos lie where `video_path`
says, both ways of writing extrinsics are read, and the G1 converts. Depth stays in the raw episodes.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.dataset import DatasetColumn
from blueprint.contracts.episode import EpisodeRecord
from blueprint.contracts.errors import ContractError
from blueprint.contracts.geniesim.vectors import (
    ACTION_FIELDS,
    ACTION_SIZE,
    STATE_FIELDS,
    STATE_SIZE,
    VectorField,
    field_descriptions,
)
from blueprint.datasets.demonstration import Catalogue, Demonstration
from blueprint.datasets.description import DatasetSummary, Provenance
from blueprint.datasets.features import Feature
from blueprint.datasets.lerobot_v3 import write_lerobot_v3
from blueprint.datasets.lerobot_v21 import write_lerobot_v21
from blueprint.datasets.profile import DatasetProfile
from blueprint.quality.record_files import contained_file
from blueprint.storage.npz import load_npz

__all__ = [
    "AGIBOT_V3",
    "AGIBOT_V21",
    "CONTROL_MODE",
    "FOREIGN_V3",
    "FOREIGN_V21",
    "write_agibot_v3",
    "write_agibot_v21",
]

_FRAME_BYTES = 16 << 10
_SMALL_BYTES = 1 << 20
CONTROL_MODE = "absolute joint position targets (rad), gripper 0 open to 1 closed"


def write_agibot_v21(record_dirs: Sequence[Path], out: Path, *, repo_id: str, **options: Any) -> DatasetSummary:
    """Write imported records as LeRobot v2.1, robot type `g2a` or `a2d`; options and errors as `write_lerobot_v21`."""
    return write_lerobot_v21(record_dirs, out, repo_id=repo_id, profile=AGIBOT_V21, **_with_control(options))


def write_agibot_v3(record_dirs: Sequence[Path], out: Path, *, repo_id: str, **options: Any) -> DatasetSummary:
    """Write imported records as LeRobot v3.0; options and errors as `write_lerobot_v3`."""
    return write_lerobot_v3(record_dirs, out, repo_id=repo_id, profile=AGIBOT_V3, **_with_control(options))


def read_imported_arrays(folder: Path, record: EpisodeRecord) -> dict[str, NDArray]:
    """Return `state` (T+1, S), `action` (T, A), `subtask` (T,) of an imported record; raises ContractError."""
    limit = _SMALL_BYTES + max(record.frames, 0) * _FRAME_BYTES
    arrays = load_npz(contained_file(folder, "trajectory.npz"), limit)
    expected = {
        "state": (record.frames + 1, len(record.state_names)),
        "action": (record.frames, len(record.action_names)),
        "subtask": (record.frames,),
    }
    for name, shape in expected.items():
        if name not in arrays or arrays[name].shape != shape:
            have = arrays[name].shape if name in arrays else None
            raise ContractError(
                f"episode {record.episode_id}: {name} has shape {have}, expected {shape}.", remedy="import it again."
            )
    return arrays


def _features(record: EpisodeRecord) -> list[Feature]:
    return [
        Feature("observation.state", "float32", len(record.state_names), tuple(record.state_names)),
        Feature("action", "float32", len(record.action_names), tuple(record.action_names)),
        Feature("episode_index", "int64", 1),
        Feature("frame_index", "int64", 1),
        Feature("index", "int64", 1),
        Feature("task_index", "int64", 1),
        Feature("timestamp", "float32", 1),
    ]


def _features_v3(record: EpisodeRecord) -> list[Feature]:
    return [
        *_features(record),
        Feature("next.reward", "float32", 1),
        Feature("next.done", "bool", 1),
        Feature("next.success", "bool", 1),
        Feature("subtask_index", "int64", 1),
    ]


def _columns(item: Demonstration, words: Catalogue, episode_index: int, first_index: int) -> dict[str, NDArray]:
    record, frames, arrays = item.record, item.frames, item.arrays()
    frame_index = np.arange(frames, dtype=np.int64)
    last = frame_index == frames - 1
    subtasks = np.array([words.subtasks.index((part.instruction, part.name)) for part in record.subtasks], np.int64)
    return {
        "observation.state": arrays["state"][:frames],
        "action": arrays["action"],
        "episode_index": np.full(frames, episode_index, np.int64),
        "frame_index": frame_index,
        "index": frame_index + first_index,
        "task_index": np.full(frames, words.tasks.index(record.instruction), np.int64),
        "timestamp": (frame_index / record.fps).astype(np.float32),
        "next.reward": (last & record.success).astype(np.float32),
        "next.done": last,
        "next.success": last & record.success,
        "subtask_index": subtasks[arrays["subtask"]],
    }


def _units(field: VectorField) -> str:
    if "effector" in field.key or "orientation" in field.key or "rotation" in field.key:
        return "1"
    if field.key.endswith("effort"):
        return "N·m"
    if field.key.endswith("velocity"):
        return "m/s, rad/s" if "robot" in field.key else "rad/s"
    return "rad" if field.key.split("/")[1] in ("joint", "head", "waist") else "m"


def _described() -> list[DatasetColumn]:
    return [
        DatasetColumn(
            name=name,
            meaning="; ".join(f"{item.key}: {item.meaning}" for item in fields),
            units=[_units(item) for item in fields for _ in range(item.size)],
            frame="named field by field",
        )
        for name, fields in (("observation.state", STATE_FIELDS), ("action", ACTION_FIELDS))
    ]


def _parts(names: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return the vector's fields as ranges; `state/joint/position` is called `joint_position`."""
    fields = {STATE_SIZE: STATE_FIELDS, ACTION_SIZE: ACTION_FIELDS}[len(names)]
    parts, first = {}, 0
    for item in fields:
        parts[item.key.split("/", 1)[1].replace("/", "_") if item.key[0] in "sa" else item.key.replace("/", "_")] = {
            "start": first,
            "end": first + item.size,
        }
        first += item.size
    return parts


def _with_control(options: dict[str, Any]) -> dict[str, Any]:
    given = options.get("provenance") or Provenance()
    own = Provenance(given.prompt, given.licenses, given.facts, CONTROL_MODE)
    return {**options, "provenance": own}


_DECLARED: Mapping[str, Mapping[str, Any]] = {
    "observation.state": {"field_descriptions": field_descriptions(STATE_FIELDS)},
    "action": {"field_descriptions": field_descriptions(ACTION_FIELDS)},
}
AGIBOT_V21 = DatasetProfile(read_imported_arrays, _features, _columns, _described(), _DECLARED, _parts)
AGIBOT_V3 = DatasetProfile(read_imported_arrays, _features_v3, _columns, _described(), _DECLARED, _parts)
# Recordings of the former pipeline: as many joints as they have, without names.
FOREIGN_V21 = DatasetProfile(read_imported_arrays, _features, _columns, [])
FOREIGN_V3 = DatasetProfile(read_imported_arrays, _features_v3, _columns, [])
