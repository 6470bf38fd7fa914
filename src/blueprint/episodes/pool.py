"""Running many jobs on a process pool: each is a checkpoint, and what a dying worker loses is submitted again."""

import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from blueprint.contracts.episode import EpisodeRecord
from blueprint.contracts.errors import InputError, StageError
from blueprint.episodes.job import EpisodeJob
from blueprint.episodes.record import finished_record
from blueprint.episodes.run import watched_episode
from blueprint.sim.gl import choose_gl

__all__ = ["MAX_POOL_RESTARTS", "run_episodes", "run_pool"]

Job = TypeVar("Job")
Result = TypeVar("Result")

MAX_POOL_RESTARTS = 3

# One process per core beats threads inside a process for physics, planning and software rendering alike.
_ONE_THREAD = {
    "LP_NUM_THREADS": "0",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}


def run_episodes(
    jobs: Sequence[EpisodeJob],
    workers: int = 1,
    on_done: Callable[[EpisodeRecord], None] | None = None,
) -> list[EpisodeRecord]:
    """Make every episode and return the records in the order of `jobs`; `on_done` hears of each as it finishes.

    A job with a finished record of the same inputs is not run again. Which worker runs a job, and how many there are,
    does not change a byte. Raises InputError for two jobs with one record folder, StageError when workers keep dying,
    KeyboardInterrupt after the workers have been stopped.
    """
    folders = [job.folder for job in jobs]
    if len(set(folders)) != len(folders):
        raise InputError("two episodes have the same id.", remedy="derive ids from task, variation and number.")
    drawn = [job for job in jobs if job.render.enabled and job.render.renderer == "auto"]
    kind = choose_gl() if drawn else "auto"
    records: dict[int, EpisodeRecord] = {}
    todo: list[int] = []
    for index, job in enumerate(jobs):
        record = finished_record(job)
        if record is None:
            todo.append(index)
            continue
        records[index] = record
        if on_done:
            on_done(record)
    if workers > 1:  # longest first, so that no worker is left alone with a long one at the end
        todo.sort(key=lambda index: -_expected_s(jobs[index]))
    waiting = [jobs[index].resolved(kind) if kind != "auto" else jobs[index] for index in todo]
    for position, record in run_pool(watched_episode, waiting, workers):
        records[todo[position]] = record
        if on_done:
            on_done(record)
    return [records[index] for index in range(len(jobs))]


def _expected_s(job: EpisodeJob) -> float:
    return job.task.plan.duration_s if job.task.plan else 0.0


def run_pool(
    work: Callable[[Job], Result], jobs: Sequence[Job], workers: int = 1, restarts: int = MAX_POOL_RESTARTS
) -> Iterator[tuple[int, Result]]:
    """Yield (position, result) of every job as it finishes; in order and in this process for one worker.

    When a worker is killed, the jobs without a result are submitted to a new pool, at most `restarts` times in a row
    without progress; then StageError. What `work` raises is raised here.
    """
    if workers < 1:
        raise InputError(f"{workers} workers cannot run anything.", remedy="use --workers 1 or more.")
    if workers == 1 or len(jobs) <= 1:
        for position, job in enumerate(jobs):
            yield position, work(job)
        return
    missing = dict(enumerate(jobs))
    failures = 0
    while missing:
        before = len(missing)
        for position, result in _one_pool(work, list(missing.items()), workers):
            del missing[position]
            yield position, result
        if not missing:
            return
        failures = failures + 1 if len(missing) == before else 1
        if failures > restarts:
            raise StageError(
                f"the worker processes died {failures} times in a row without finishing one of {before} jobs.",
                remedy="look for the out-of-memory killer in the system log, or use --workers 1.",
            )


def _one_pool(
    work: Callable[[Job], Result], items: Iterable[tuple[int, Job]], workers: int
) -> Iterator[tuple[int, Result]]:
    """Yield what one pool finishes; ends early when a worker was killed."""
    from concurrent.futures import as_completed
    from concurrent.futures.process import BrokenProcessPool

    from joblib.externals.loky import ProcessPoolExecutor

    saved = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(_ONE_THREAD)  # read when the worker imports NumPy and Mesa
    pool = ProcessPoolExecutor(max_workers=workers, initializer=_ignore_ctrl_c)
    try:
        futures = {pool.submit(work, job): position for position, job in items}
        for future in as_completed(futures):
            try:
                result = future.result()
            except BrokenProcessPool:
                continue
            yield futures[future], result
        pool.shutdown(wait=True)
    finally:
        pool.shutdown(wait=False, kill_workers=True)
        for name, value in saved.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _ignore_ctrl_c() -> None:
    """In every worker: a terminal sends Ctrl-C to all processes, the one that owns the pool decides alone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
