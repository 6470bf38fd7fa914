"""The local engine: worker processes of this machine, replaced when one of them is killed."""

import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

from blueprint.contracts.errors import InputError
from blueprint.episodes.engine import ONE_THREAD, answer

if TYPE_CHECKING:
    from joblib.externals.loky import ProcessPoolExecutor

__all__ = ["LocalEngine", "end_with"]

_LOOK_S = 0.5  # between looks at the owner
_owner: int | None = None  # of this process, where it is a worker

Job = TypeVar("Job")
Result = TypeVar("Result")


class LocalEngine:
    """`workers` processes, started at the first job. As a context manager it kills them at the end."""

    name = "local"

    def __init__(self, workers: int) -> None:
        if workers < 1:
            raise InputError(f"{workers} workers cannot run anything.", remedy="use --workers 1 or more.")
        self.slots = workers
        self._pool: ProcessPoolExecutor | None = None

    def submit(self, work: Callable[[Job], Result], job: Job) -> "Future[Result]":
        from concurrent.futures.process import BrokenProcessPool

        pool = self._pool or self._start()
        try:
            inner = pool.submit(work, job)
        except BrokenProcessPool:  # a killed worker takes its pool along
            pool.shutdown(wait=False, kill_workers=True)
            inner = self._start().submit(work, job)
        return answer(inner, (BrokenProcessPool,), "a worker process")

    def __enter__(self) -> "LocalEngine":
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, kill_workers=True)  # nobody waits for what still runs
            self._pool = None

    def _start(self) -> "ProcessPoolExecutor":
        from joblib.externals.loky import ProcessPoolExecutor

        self._pool = ProcessPoolExecutor(
            max_workers=self.slots, env=ONE_THREAD, initializer=_belong_to, initargs=(os.getpid(),)
        )
        return self._pool


def end_with(owner: int) -> None:
    """Let this worker end when its parent is no longer the process `owner`; further calls change nothing.

    An owner that was killed cannot say so, and a worker that went on would write the same episodes as the next one.
    """
    global _owner
    if _owner is None:
        _owner = owner
        threading.Thread(target=_watch, args=(owner,), daemon=True).start()


def _belong_to(owner: int) -> None:
    """In every worker: a terminal sends Ctrl-C to all processes, the one that owns the pool decides alone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with(owner)


def _watch(owner: int) -> None:
    while os.getppid() == owner:
        time.sleep(_LOOK_S)
    os._exit(1)
