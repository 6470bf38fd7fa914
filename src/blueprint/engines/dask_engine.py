"""Jobs on a Dask cluster: one that runs somewhere, or one started here for as long as it is needed."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from typing import TypeVar

import dask
from distributed import Client, KilledWorker, LocalCluster, get_worker
from distributed.client import FutureCancelledError
from distributed.comm import CommClosedError

from blueprint.contracts.errors import ServiceError
from blueprint.episodes.engine import ONE_THREAD, answer
from blueprint.episodes.processes import end_with

__all__ = ["DaskEngine", "open_cluster"]

Job = TypeVar("Job")
Result = TypeVar("Result")

_CONNECT_S = 10
_LOST = (KilledWorker, FutureCancelledError, CommClosedError)


class DaskEngine:
    """Jobs go to the scheduler that `client` knows; every thread of a worker is a slot."""

    name = "dask"

    def __init__(self, client: Client) -> None:
        self._client = client
        self._executor = client.get_executor(pure=False)

    @property
    def slots(self) -> int:
        return max(1, sum(self._client.nthreads().values()))

    def submit(self, work: Callable[[Job], Result], job: Job) -> "Future[Result]":
        return answer(self._executor.submit(_attempt, work, job), _LOST, "a Dask worker")


@contextmanager
def open_cluster(workers: int, address: str | None = None) -> Iterator[DaskEngine]:
    """Connect to the scheduler at `address`, or start `workers` single-threaded processes on 127.0.0.1.

    Raises ServiceError where nothing answers at the address.
    """
    settings = {"distributed.worker.daemon": False, "distributed.diagnostics.nvml": False}
    with ExitStack() as stack:
        stack.enter_context(dask.config.set(settings))
        if address is None:
            address = stack.enter_context(_local_cluster(workers)).scheduler_address
        try:
            client = stack.enter_context(Client(address, timeout=_CONNECT_S, set_as_default=False))
        except OSError as error:
            message = f"no Dask scheduler answers at {address!r}: {error}."
            raise ServiceError(message, remedy="check --engine-address, for example tcp://host:8786.") from error
        yield DaskEngine(client)


def _attempt(work: Callable[[Job], Result], job: Job) -> Result:
    if get_worker().nanny is not None:
        end_with(os.getppid())
    return work(job)


def _local_cluster(workers: int) -> LocalCluster:
    """Every listener on loopback: scheduler, nannies, workers and the status pages (on any free port)."""
    return LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        worker_dashboard_address="127.0.0.1:0",
        memory_limit=0,
        env=dict(ONE_THREAD),
        silence_logs="ERROR",
    )
