"""Jobs on a Ray cluster: one that runs somewhere, or one started here for as long as it is needed."""

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import ray
from ray._private import ray_constants
from ray.exceptions import (
    LocalRayletDiedError,
    NodeDiedError,
    ObjectLostError,
    OutOfMemoryError,
    WorkerCrashedError,
)

from blueprint.contracts.errors import BlueprintError, InputError, ServiceError
from blueprint.episodes.engine import ONE_THREAD, answer
from blueprint.episodes.processes import end_with
from blueprint.pipeline.stages import STAGES

__all__ = ["RayEngine", "open_cluster"]

Job = TypeVar("Job")
Result = TypeVar("Result")

_LOST = (
    LocalRayletDiedError,
    NodeDiedError,
    ObjectLostError,
    OutOfMemoryError,
    WorkerCrashedError,
)
JOB_BYTES = int(max(stage.memory_gib for stage in STAGES) * (1 << 30))  # so much the hungriest stage may need
_CONNECT_S = 10
_STORE_BYTES = 100 << 20  # only orders and summaries pass through it: what a job makes goes to the root


@dataclass(frozen=True)
class _Refusal:
    """What a job raised on purpose: sent as a value, because Ray would wrap the error and lose its remedy."""

    error: BlueprintError


class RayEngine:
    """Jobs go to the cluster that this process is connected to: a processor and `JOB_BYTES` of memory each."""

    name = "ray"

    def __init__(self) -> None:
        # Ray's own retries stay off: what was lost is counted and sent again in one place for all engines.
        self._remote = ray.remote(num_cpus=1, memory=JOB_BYTES, max_retries=0)(_attempt)

    @property
    def slots(self) -> int:
        return max(1, _slots())

    def submit(self, work: Callable[[Job], Result], job: Job) -> "Future[Result]":
        return _opened(answer(self._remote.remote(work, job).future(), _LOST, "a Ray worker or node"))


@contextmanager
def open_cluster(workers: int, address: str | None = None) -> Iterator[RayEngine]:
    """Connect to the cluster at `address`, or start one of `workers` processors on 127.0.0.1.

    Raises ServiceError where nothing answers at the address.
    """
    if address is None and ray_constants.ENABLE_RAY_CLUSTER:
        message = f"Ray was imported without {ray_constants.ENABLE_RAY_CLUSTERS_ENV_VAR}=0: it would listen everywhere."
        raise InputError(message, remedy="set it before importing Ray, or name a cluster's address.")
    environment = dict(ONE_THREAD)
    own: dict[str, Any] = {
        "num_cpus": workers,
        "include_dashboard": False,
        "object_store_memory": _STORE_BYTES,
        "_node_ip_address": "127.0.0.1",
    }
    if address is None:  # a worker imports from where this process does, be it installed or not
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    else:
        _require_answer(address)
    on_sigterm = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(
            address=address or "local",
            log_to_driver=False,
            logging_level="ERROR",
            runtime_env={"env_vars": environment},
            **(own if address is None else {}),
        )
    except (ConnectionError, RuntimeError, ValueError) as error:
        message = f"no Ray cluster at {address or '127.0.0.1'!r}: {error}."
        raise ServiceError(message, remedy="check --engine-address, for example host:6379.") from error
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, on_sigterm)  # Ray put its own there, which would leave without a word
    try:
        if _slots() == 0:
            message = f"no node of the Ray cluster has a processor and {JOB_BYTES >> 30} GiB of memory for a job."
            raise ServiceError(message, remedy="add a larger node, or start the node with --memory.")
        yield RayEngine()
    finally:
        ray.shutdown()


def _slots() -> int:
    """Return how many jobs the nodes that are there can hold at once."""
    found = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    return sum(int(min(item.get("CPU", 0), item.get("memory", 0) // JOB_BYTES)) for item in found)


def _require_answer(address: str) -> None:
    """Raise ServiceError where nobody listens: Ray itself would wait for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not port.isdigit():
        raise InputError(f"{address!r} is no address of a cluster.", remedy="use host:6379, or ray://host:10001.")
    try:
        socket.create_connection((host, int(port)), timeout=_CONNECT_S).close()
    except OSError as error:
        message = f"no Ray cluster answers at {address}: {error}."
        raise ServiceError(message, remedy="check --engine-address, for example host:6379.") from error


def _attempt(work: Callable[[Any], Any], job: Any) -> Any:
    end_with(os.getppid())  # a worker goes on without its node's raylet, while the job is sent to another
    try:
        return work(job)
    except BlueprintError as error:
        return _Refusal(error)


def _opened(inner: "Future[Any]") -> "Future[Any]":
    """Return a future that raises a refusal instead of holding it."""
    outer: Future[Any] = Future()

    def tell(done: "Future[Any]") -> None:
        if not outer.set_running_or_notify_cancel():
            return
        error = done.exception()
        result = None if error else done.result()
        if isinstance(result, _Refusal):
            error = result.error
        if error is not None:
            outer.set_exception(error)
        else:
            outer.set_result(result)

    inner.add_done_callback(tell)
    return outer
