"""Running many jobs on a process pool: each is a checkpoint, and what a dying worker loses is submitted again."""

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import TypeVar

from blueprint.contracts.episode import EpisodeRecord
from blueprint.contracts.errors import InputError, StageError
from blueprint.episodes.engine import Engine, WorkerLostError
from blueprint.episodes.job import EpisodeJob
from blueprint.episodes.processes import LocalEngine
from blueprint.episodes.record import finished_record
from blueprint.episodes.run import watched_episode
from blueprint.sim.gl import choose_gl

__all__ = ["MAX_POOL_RESTARTS", "run_episodes", "run_pool"]

Job = TypeVar("Job")
Result = TypeVar("Result")

MAX_POOL_RESTARTS = 3
_IN_FLIGHT = 2  # jobs per slot: one that runs and one that waits beside it


def run_episodes(
    jobs: Sequence[EpisodeJob],
    workers: int = 1,
    on_done: Callable[[EpisodeRecord], None] | None = None,
    engine: Engine | None = None,
) -> list[EpisodeRecord]:
    """Make every episode and return the records in the order of `jobs`; `on_done` hears of each as it finishes.

    They run on `engine`, or without one on `workers` processes of this machine. A job with a finished record of the
    same inputs is not run again. Which worker runs a job, and how many there are, does not change a byte.

    Raises InputError for two jobs with one record folder, StageError when workers keep dying, KeyboardInterrupt after
    the workers have been stopped.
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
    if workers > 1 or engine is not None:  # longest first, so that no worker is left alone with a long one at the end
        todo.sort(key=lambda index: -_expected_s(jobs[index]))
    waiting = [jobs[index].resolved(kind) if kind != "auto" else jobs[index] for index in todo]
    for position, record in run_pool(watched_episode, waiting, workers, engine=engine):
        records[todo[position]] = record
        if on_done:
            on_done(record)
    return [records[index] for index in range(len(jobs))]


def _expected_s(job: EpisodeJob) -> float:
    return job.task.plan.duration_s if job.task.plan else 0.0


def run_pool(
    work: Callable[[Job], Result],
    jobs: Sequence[Job],
    workers: int = 1,
    restarts: int = MAX_POOL_RESTARTS,
    engine: Engine | None = None,
) -> Iterator[tuple[int, Result]]:
    """Yield (position, result) of every job as it finishes; in order and in this process for one worker.

    Jobs run on `engine`, or without one on `workers` processes of this machine. When a worker is killed, its jobs are
    submitted again, each at most `restarts` times in a row without any progress; then StageError. What `work` raises is
    raised here.
    """
    if engine is not None:
        yield from _on_engine(engine, work, jobs, restarts)
        return
    if workers < 1:
        raise InputError(f"{workers} workers cannot run anything.", remedy="use --workers 1 or more.")
    if workers == 1 or len(jobs) <= 1:
        for position, job in enumerate(jobs):
            yield position, work(job)
        return
    with LocalEngine(min(workers, len(jobs))) as own:
        yield from _on_engine(own, work, jobs, restarts)


def _on_engine(
    engine: Engine, work: Callable[[Job], Result], jobs: Sequence[Job], restarts: int
) -> Iterator[tuple[int, Result]]:
    waiting = deque(range(len(jobs)))
    running: dict[Future[Result], int] = {}
    losses: Counter[int] = Counter()
    try:
        while waiting or running:
            while waiting and len(running) < _IN_FLIGHT * engine.slots:
                position = waiting.popleft()
                running[engine.submit(work, jobs[position])] = position
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                position = running.pop(future)
                try:
                    result = future.result()
                except WorkerLostError as error:
                    losses[position] += 1
                    if losses[position] > restarts:
                        raise _always_lost(losses[position], len(waiting) + len(running) + 1) from error
                    waiting.append(position)
                    continue
                losses.clear()
                yield position, result
    finally:
        for future in running:
            future.cancel()


def _always_lost(times: int, jobs: int) -> StageError:
    return StageError(
        f"the worker processes died {times} times in a row without finishing one of {jobs} jobs.",
        remedy="look for the out-of-memory killer in the system log, or use --workers 1.",
    )
