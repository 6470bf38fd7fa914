"""The one thread that the world lives on, and the bounded queue in front of it."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from blueprint.contracts.errors import BlueprintError
from blueprint.services.logs import logger
from blueprint.sim.geniesim.stepping import CallStoppedError
from blueprint.sim.geniesim.world import GenieWorld

__all__ = ["CallQueue", "QueueFullError"]

Answer = TypeVar("Answer")


class QueueFullError(BlueprintError):
    """More calls wait than the server lets wait."""


class CallQueue:
    """Calls run one by one, in the order in which they came, all on one thread (pictures need that too)."""

    def __init__(self, world: GenieWorld, limit: int) -> None:
        self._world = world
        self._limit = limit
        self._slots = threading.BoundedSemaphore(limit)
        self._thread = ThreadPoolExecutor(1, "geniesim-world")
        self._stopping = threading.Event()
        self._given_up = threading.Event()
        world.given_up = self._given_up.is_set

    def run(self, call: Callable[[GenieWorld], Answer], is_gone: Callable[[], bool]) -> Answer:
        """Wait for the turn, run the call and return its answer.

        A call whose client `is_gone` when its turn comes is not run; one that moves the world then ends its motion.
        Raises QueueFullError, CallStoppedError, and what the call raises.
        """
        if not self._slots.acquire(blocking=False):
            raise QueueFullError(f"{self._limit} calls are waiting.", remedy="wait and try again.")
        try:
            future = self._thread.submit(self._turn, call, is_gone)
        except RuntimeError as error:  # the thread is closed
            self._slots.release()
            raise CallStoppedError("the server is stopping.") from error
        future.add_done_callback(self._done)
        return future.result()

    def stop(self, grace_s: float) -> None:
        """End motions at once, let an episode that is being written be finished within the grace, close the world."""
        self._stopping.set()
        timer = threading.Timer(grace_s, self._given_up.set)
        timer.daemon = True
        timer.start()
        self._thread.submit(self._world.close)
        self._thread.shutdown(wait=True)
        timer.cancel()

    def _done(self, future: "Future[Answer]") -> None:
        self._slots.release()
        error = future.exception()
        if error is not None and not isinstance(error, BlueprintError):
            logger().error("a call broke", exc_info=error)

    def _turn(self, call: Callable[[GenieWorld], Answer], is_gone: Callable[[], bool]) -> Answer:
        if self._stopping.is_set() or is_gone():
            raise CallStoppedError("its deadline passed or its client went away before its turn; it was not run.")
        self._world.should_stop = lambda: self._stopping.is_set() or is_gone()
        try:
            return call(self._world)
        finally:
            self._world.should_stop = lambda: False
