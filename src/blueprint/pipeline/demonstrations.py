"""More demonstrations of a scene: its own or another's carried over to its variations, and recordings of people."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from blueprint.contracts.episode import EpisodeRecord
from blueprint.contracts.errors import InputError
from blueprint.contracts.hashing import sha256_file, sha256_json
from blueprint.contracts.seeds import derive_seed
from blueprint.contracts.task import TaskSet, TaskSpec
from blueprint.episodes.demonstrated.recording import read_recording
from blueprint.episodes.demonstrated.segments import segments_of
from blueprint.episodes.job import EpisodeJob, Given
from blueprint.episodes.pool import run_episodes
from blueprint.episodes.replay import task_of
from blueprint.episodes.worlds import WorldCache
from blueprint.pipeline.code_identity import code_sha
from blueprint.pipeline.settings import read_settings
from blueprint.pipeline.steps.episodes import render_settings
from blueprint.robots.embodiment import load_embodiment
from blueprint.storage import layout

__all__ = ["carry_over", "import_recordings"]

Told = Callable[[EpisodeRecord], None]


def carry_over(
    source: Path,
    scene_dir: Path,
    *,
    task_id: str | None = None,
    count: int = 4,
    workers: int = 1,
    on_done: Told | None = None,
) -> list[EpisodeRecord]:
    """Carry a successful record over to `count` variations of a scene, in turn, and return what came of it.

    The task is the scene's with the record's id, or the first of the same type, or `task_id`. Records go beside the
    scene's own, as `carried_N`; stage import then judges them like any other. Raises InputError for a record that is
    missing or failed, and where the scene has no such task.
    """
    record = EpisodeRecord.read(source / "record.json")
    home = source.resolve().parents[2]
    own_task = task_of(home, record)
    task = _task_for(scene_dir, record, task_id)
    variations = sorted(path.stem for path in (scene_dir / layout.VARIATIONS).glob("*.json"))
    if not variations:
        raise InputError(f"{scene_dir} has no variations.", remedy="run stage variation first.")
    segments_of(source, home, own_task, WorldCache())  # what cannot be carried over is refused before anything is made
    given = Given("transformed", source, sha256_file(source / "trajectory.npz"), scene_dir=home, task=own_task)
    first = _next_number(scene_dir, "carried")
    settings = read_settings(scene_dir)
    jobs = [
        EpisodeJob(
            scene_dir=scene_dir,
            task=task,
            episode_id=f"carried_{number:06d}",
            seed=derive_seed(settings.seed, "carried", scene_dir.name, number),
            variation_id=variations[number % len(variations)],
            render=render_settings(settings),
            code_sha=code_sha(),
            given=given,
        )
        for number in range(first, first + count)
    ]
    return run_episodes(jobs, workers, on_done)


def import_recordings(
    recording: Path,
    scene_dir: Path,
    *,
    task_id: str,
    episodes: Sequence[int] = (0,),
    workers: int = 1,
    on_done: Told | None = None,
) -> list[EpisodeRecord]:
    """Execute recordings of a person in the scene as it is, and return what came of it, judged by physics alone.

    Records go beside the scene's own, as `teleoperated_N`. Raises InputError for a recording that cannot be read or is
    not the robot's (see `read_recording`), and where the scene has no such task.
    """
    found = [task for task in TaskSet.read(scene_dir / layout.TASKS).tasks if task.task_id == task_id]
    if not found:
        raise InputError(f"scene {scene_dir.name} has no task {task_id!r}.", remedy="see tasks/tasks.json.")
    files = sorted(recording.rglob("*.parquet")) if recording.is_dir() else [recording]
    if not files or not all(path.is_file() for path in files):
        raise InputError(f"there is no recording {recording}.", remedy="check the path.")
    for episode in episodes:
        read_recording(recording, episode, load_embodiment(found[0].embodiment))
    digest = sha256_json([sha256_file(path) for path in files])
    first = _next_number(scene_dir, "teleoperated")
    settings = read_settings(scene_dir)
    job = EpisodeJob(
        scene_dir=scene_dir,
        task=found[0],
        episode_id="teleoperated_000000",
        seed=settings.seed,
        render=render_settings(settings),
        code_sha=code_sha(),
    )
    jobs = [
        replace(
            job,
            episode_id=f"teleoperated_{first + number:06d}",
            given=Given("teleoperated", recording, digest, episode=episode),
            max_ticks=_ALL,
        )
        for number, episode in enumerate(episodes)
    ]
    return run_episodes(jobs, workers, on_done)


_ALL = 20_000  # a person takes longer than a planner; recordings are bounded by themselves


def _task_for(scene_dir: Path, record: EpisodeRecord, task_id: str | None) -> TaskSpec:
    tasks = TaskSet.read(scene_dir / layout.TASKS).tasks
    same_robot = [task for task in tasks if task.embodiment == record.embodiment]
    wanted = task_id or record.task_id
    for task in same_robot:
        if task.task_id == wanted:
            return task
    alike = [task for task in same_robot if task.task_type == record.task_type] if task_id is None else []
    if not alike:
        raise InputError(
            f"scene {scene_dir.name} has no task {wanted!r} of {record.embodiment}, nor a {record.task_type} one.",
            remedy="name one of tasks/tasks.json with --task.",
        )
    return alike[0]


def _next_number(scene_dir: Path, name: str) -> int:
    """Return the number after the last record of a kind."""
    taken = [path.name.removeprefix(f"{name}_") for path in (scene_dir / layout.EPISODE_RECORDS).glob(f"{name}_*")]
    return max((int(text) + 1 for text in taken if text.isdigit()), default=0)
