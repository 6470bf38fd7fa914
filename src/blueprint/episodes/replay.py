"""Replaying a record: the world is built again, the recorded actions are executed again, and physics judges again."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from blueprint.contracts.episode import EpisodeRecord, PredicateResult
from blueprint.contracts.errors import InputError
from blueprint.contracts.hashing import sha256_file, sha256_json
from blueprint.contracts.task import TaskSet, TaskSpec
from blueprint.contracts.variation import Variation
from blueprint.episodes.job import RECORDS, VARIATIONS
from blueprint.episodes.record import read_arrays
from blueprint.episodes.rollout import judge
from blueprint.episodes.worlds import WorldCache, process_worlds
from blueprint.sim.mujoco_simulator import MujocoSimulator
from blueprint.sim.protocol import SimulationError
from blueprint.sim.world import STAGE

__all__ = ["ReplayResult", "replay", "task_of"]

TASKS = Path("tasks", "tasks.json")


@dataclass(frozen=True)
class ReplayResult:
    """success: the replayed episode reached the goal again · identical: every state came out bit by bit as recorded.

    `max_qpos_error` is the largest difference of a position in m or rad, `first_difference` the first differing frame.
    """

    episode_id: str
    success: bool
    identical: bool
    frames: int
    max_qpos_error: float
    first_difference: int | None
    predicates: list[PredicateResult]
    detail: str


def replay(
    record_dir: Path,
    scene_dir: Path | None = None,
    worlds: WorldCache | None = None,
    *,
    task: TaskSpec | None = None,
) -> ReplayResult:
    """Re-execute the actions of a record and judge the outcome anew; nothing recorded but the actions is trusted.

    `scene_dir` is found from the record's place if not given, the task in `tasks/tasks.json`. Raises InputError where
    the record, the task or the variation is missing, or the scene or the variation is not the one that was recorded.
    """
    record_dir = Path(record_dir)
    scene_dir = Path(scene_dir) if scene_dir else record_dir.resolve().parents[len(RECORDS.parts)]
    record = EpisodeRecord.read(record_dir / "record.json")
    arrays = read_arrays(record_dir / "trajectory.npz")
    task = task or task_of(scene_dir, record)
    variation = _variation(scene_dir, record)
    _check_bytes(record, scene_dir, task)
    world = (worlds or process_worlds()).world(scene_dir, task, variation)
    simulator = MujocoSimulator(world)
    expected = arrays["qpos"]
    if expected.ndim != 2 or expected.shape[1] != world.model.nq or arrays["action"].ndim != 2:
        raise InputError(
            f"record {record.episode_id}: states {expected.shape} are not of this scene.", remedy="see it."
        )
    try:
        seen = [simulator.reset(task.initial_joints)]
        seen += [simulator.step(action) for action in arrays["action"]]
    except SimulationError as error:
        return ReplayResult(record.episode_id, False, False, record.frames, float("inf"), None, [], str(error))
    got = np.array([item.qpos for item in seen])
    predicates = judge(world, task, got, seen[-1].qvel)
    success = all(item.satisfied for item in predicates)
    rows = min(len(got), len(expected))
    furthest = float(np.abs(got[:rows] - expected[:rows]).max(initial=0.0))
    different = np.flatnonzero((got[:rows] != expected[:rows]).any(axis=1))
    identical = len(got) == len(expected) and not len(different)
    detail = "bit-identical" if identical else f"positions differ by up to {furthest:.3g}"
    unmet = [f"{item.predicate}: {item.measured}" for item in predicates if not item.satisfied]
    return ReplayResult(
        episode_id=record.episode_id,
        success=success,
        identical=identical,
        frames=len(got) - 1,
        max_qpos_error=furthest,
        first_difference=int(different[0]) if len(different) else None,
        predicates=predicates,
        detail="; ".join([detail, *unmet]),
    )


def task_of(scene_dir: Path, record: EpisodeRecord) -> TaskSpec:
    """Return the task of a record from `tasks/tasks.json`; raises InputError that says what there is."""
    tasks = TaskSet.read(scene_dir / TASKS).tasks
    found = [task for task in tasks if task.task_id == record.task_id]
    if not found:
        raise InputError(
            f"episode {record.episode_id}: no task {record.task_id} in {TASKS}; there are {len(tasks)} others.",
            remedy="replay it against the scene that it was recorded in.",
        )
    return found[0]


def _variation(scene_dir: Path, record: EpisodeRecord) -> Variation | None:
    if record.hashes.get("variation") == sha256_json(None):
        return None
    return Variation.read(scene_dir / VARIATIONS / f"{record.variation_id}.json")


def _check_bytes(record: EpisodeRecord, scene_dir: Path, task: TaskSpec) -> None:
    present = {"scene_usd": sha256_file(scene_dir / STAGE), "task": sha256_json(task.model_dump())}
    for name, value in present.items():
        if record.hashes.get(name) not in (None, value):
            raise InputError(
                f"episode {record.episode_id} was recorded with another {name} ({record.hashes[name][:12]}, "
                f"now {value[:12]}).",
                remedy="replay it against the scene that it was recorded in.",
            )
