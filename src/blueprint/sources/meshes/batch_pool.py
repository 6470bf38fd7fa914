"""Worker processes for jobs of which one may kill its worker: bounded in flight, and the others go on."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import TypeVar

from blueprint.contracts.errors import InputError

__all__ = ["Job", "Result", "run_isolated"]

Job = TypeVar("Job")
Result = TypeVar("Result")

_IN_FLIGHT = 2  # jobs per worker: one that runs and one that waits, so that results never pile up
# One process per core beats threads inside a process: CoACD's OpenMP and BLAS would fight over the cores.
_ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
}


def run_isolated(
    work: Callable[[Job], Result], jobs: Sequence[Job], workers: int
) -> Iterator[tuple[int, Result | None]]:
    """Yield (position, result) of every job as it finishes; the result is None where the job killed its worker twice.

    Always in other processes, for one worker too: a mesh that crashes a library must not take the caller along. A
    dead worker breaks its whole pool, and nobody can tell which of the jobs in flight did it, so each of them is run
    again alone, with the machine's memory to itself. What `work` raises is raised here. Raises InputError for less
    than one worker.
    """
    if workers < 1:
        raise InputError(f"{workers} workers cannot prepare anything.", remedy="use --workers 1 or more.")
    waiting = list(range(len(jobs)))[::-1]
    while waiting:
        suspects: list[int] = []
        yield from _until_broken(work, jobs, waiting, suspects, min(workers, len(waiting)))
        while suspects:
            alone = [suspects.pop(0)]
            guilty: list[int] = []
            yield from _until_broken(work, jobs, alone, guilty, 1)
            yield from ((position, None) for position in guilty)


def _until_broken(
    work: Callable[[Job], Result], jobs: Sequence[Job], waiting: list[int], lost: list[int], workers: int
) -> Iterator[tuple[int, Result]]:
    """Take jobs from the end of `waiting`; where a worker dies, stop with those in flight in `lost`, lowest first."""
    from concurrent.futures import FIRST_COMPLETED, Future, wait
    from concurrent.futures.process import BrokenProcessPool

    from joblib.externals.loky import ProcessPoolExecutor

    with ExitStack() as stack:
        pool = ProcessPoolExecutor(max_workers=workers, env=_ONE_THREAD, initializer=_ignore_ctrl_c)
        stack.callback(pool.shutdown, wait=False, kill_workers=True)
        running: dict[Future[Result], int] = {}
        while waiting or running:
            while waiting and len(running) < _IN_FLIGHT * workers and not lost:
                position = waiting.pop()
                try:
                    running[pool.submit(work, jobs[position])] = position
                except BrokenProcessPool:
                    lost.append(position)
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in sorted(finished, key=running.__getitem__):
                position = running.pop(future)
                try:
                    result = future.result()
                except BrokenProcessPool:
                    lost.append(position)
                    continue
                yield position, result
            if lost and not running:
                lost.sort()
                return
        pool.shutdown(wait=True)


def _ignore_ctrl_c() -> None:
    """In every worker: a terminal sends Ctrl-C to all processes, the one that owns the pool decides alone."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
