"""What runs jobs elsewhere: an engine is handed a function and a job, and gives back a future."""

from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from typing import Protocol, TypeVar

from blueprint.contracts.errors import StageError

__all__ = ["ONE_THREAD", "Engine", "WorkerLostError", "answer"]

Job = TypeVar("Job")
Result = TypeVar("Result")

# One process per core beats threads inside a process for physics, planning and software rendering alike. The libraries
# read these when they are imported, so they are in a worker's environment before it starts.
ONE_THREAD = {
    "LP_NUM_THREADS": "0",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}


class WorkerLostError(StageError):
    """The process or the node that worked on a job is gone; the job can be submitted again."""


class Engine(Protocol):
    """Processes on this machine or on others. Which one does a job, and when, changes no byte of its result."""

    @property
    def name(self) -> str:
        """What the user calls it: local, dask or ray."""

    @property
    def slots(self) -> int:
        """How many jobs run at once now; nodes come and go."""

    def submit(self, work: Callable[[Job], Result], job: Job) -> "Future[Result]":
        """Start `work(job)` in a worker; `work` is a function of a module, `job` and its result can be pickled.

        The future raises what `work` raised, or WorkerLostError if the worker was killed.
        """


def answer(inner: "Future[Result]", lost: tuple[type[BaseException], ...], what: str) -> "Future[Result]":
    """Return a future of the same result that says WorkerLostError where `inner` ends with one of `lost`."""
    outer: Future[Result] = Future()

    def tell(done: "Future[Result]") -> None:
        if not outer.set_running_or_notify_cancel():
            return
        error = CancelledError() if done.cancelled() else done.exception()
        if error is None:
            outer.set_result(done.result())
        elif isinstance(error, (*lost, CancelledError)):
            message = f"{what} was lost ({type(error).__name__}: {str(error)[:300]})."
            outer.set_exception(WorkerLostError(message, remedy="try again."))
        else:
            outer.set_exception(error)

    inner.add_done_callback(tell)
    return outer
