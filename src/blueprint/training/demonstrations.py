"""Demonstrations as a policy learns from them: what was seen and what was done, tick by tick."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.episode import EpisodeRecord
from blueprint.contracts.errors import InputError
from blueprint.contracts.hashing import sha256_json
from blueprint.contracts.task import TaskSpec
from blueprint.contracts.variation import Variation
from blueprint.episodes.job import VARIATIONS
from blueprint.episodes.record import read_arrays
from blueprint.episodes.worlds import WorldCache, process_worlds
from blueprint.training.observer import TaskObserver

__all__ = ["Demonstration", "read_demonstrations", "variation_of"]


@dataclass(frozen=True)
class Demonstration:
    """T ticks: state (T, S), environment (T, E), action (T, A), all float32.

    Row t of `action` was executed in the situation of row t of the others. `folder` is the record's.
    """

    folder: Path
    record: EpisodeRecord
    state: NDArray[np.float32]
    environment: NDArray[np.float32]
    action: NDArray[np.float32]

    @property
    def ticks(self) -> int:
        return len(self.action)


def read_demonstrations(
    scene_dir: Path, task: TaskSpec, folders: Sequence[Path], worlds: WorldCache | None = None
) -> list[Demonstration]:
    """Read the records of successful episodes of a task, in the order given.

    Raises InputError for a record of another task or one that did not succeed, ContractError for a broken one.
    """
    return [_read(scene_dir, task, Path(folder), worlds or process_worlds()) for folder in folders]


def _read(scene_dir: Path, task: TaskSpec, folder: Path, worlds: WorldCache) -> Demonstration:
    record = EpisodeRecord.read(folder / "record.json")
    if record.task_id != task.task_id or not record.success:
        outcome = "succeeded" if record.success else "failed"
        raise InputError(
            f"episode {record.episode_id} is an attempt at {record.task_id} that {outcome}.",
            remedy=f"train on successful episodes of {task.task_id} alone.",
        )
    arrays = read_arrays(folder / "trajectory.npz")
    ticks = len(arrays["action"])
    observer = TaskObserver(worlds.world(scene_dir, task, variation_of(scene_dir, record)), task)
    seen = np.array([observer.read(row) for row in arrays["qpos"][:ticks]], np.float32).reshape(ticks, -1)
    return Demonstration(folder, record, arrays["state"][:ticks], seen, np.asarray(arrays["action"]))


def variation_of(scene_dir: Path, record: EpisodeRecord) -> Variation | None:
    """Return the variation that an episode was made in; None for the certified scene as it is."""
    if record.hashes.get("variation") == sha256_json(None):
        return None
    return Variation.read(scene_dir / VARIATIONS / f"{record.variation_id}.json")
