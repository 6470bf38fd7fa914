"""The circuit breaker of a scene's jobs: failures are counted in a file, so that a restart does not forget them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from blueprint.contracts.errors import (
    ContractError,
    ObjectExistsError,
    ObjectNotFoundError,
    ServiceError,
    VersionConflictError,
)
from blueprint.contracts.geniesim.job import CircuitBreakerState
from blueprint.storage.local import LocalStore

__all__ = ["BREAKER", "CircuitBreaker", "CircuitOpenError"]

BREAKER = ".circuit_breaker.json"
THRESHOLD = 3
RECOVERY_S = 600.0
_REASON_CHARACTERS = 500


class CircuitOpenError(ServiceError):
    """Nothing is sent: the last jobs failed and the recovery time is not over, or somebody else is probing."""


class CircuitBreaker:
    """Counts failures in a row of one scene in `geniesim/.circuit_breaker.json`.

    Closed: calls pass. At `threshold` failures it opens and refuses calls for `recovery_s` seconds. Then it half-opens:
    one caller at a time may probe; a success closes it, a failure opens it for another `recovery_s`. A probe that was
    killed blocks the others for `recovery_s` at most. Changes are compare-and-swap, so processes may share the file.
    """

    def __init__(
        self,
        geniesim_dir: Path,
        scene_id: str,
        *,
        threshold: int = THRESHOLD,
        recovery_s: float = RECOVERY_S,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = LocalStore(geniesim_dir)
        self._path = geniesim_dir / BREAKER
        self._scene_id = scene_id
        self._threshold = threshold
        self._recovery = timedelta(seconds=recovery_s)
        self._now = now

    def state(self) -> CircuitBreakerState:
        """Return the present state; a file that is missing or unreadable is a closed breaker without a history."""
        return self._read()[0]

    def before_call(self) -> CircuitBreakerState:
        """Return the state that lets a call pass; raises CircuitOpenError if it may not."""
        return self._change(self._admit)

    def succeeded(self) -> CircuitBreakerState:
        def close(state: CircuitBreakerState, now: datetime) -> CircuitBreakerState:
            return CircuitBreakerState(
                scene_id=self._scene_id,
                threshold=self._threshold,
                updated_at=now.isoformat(),
                last_failure_at=state.last_failure_at,
                last_failure_reason=state.last_failure_reason,
                last_success_at=now.isoformat(),
            )

        return self._change(close)

    def failed(self, reason: str) -> CircuitBreakerState:
        def count(state: CircuitBreakerState, now: datetime) -> CircuitBreakerState:
            failures = state.failure_count + 1
            is_open = failures >= self._threshold or state.status == "half_open"
            return state.model_copy(
                update={
                    "failure_count": failures,
                    "threshold": self._threshold,
                    "status": "open" if is_open else "closed",
                    "opened_at": now.isoformat() if is_open else None,
                    "last_probe_at": None,
                    "updated_at": now.isoformat(),
                    "last_failure_at": now.isoformat(),
                    "last_failure_reason": reason[:_REASON_CHARACTERS],
                }
            )

        return self._change(count)

    def _admit(self, state: CircuitBreakerState, now: datetime) -> CircuitBreakerState:
        if state.status == "closed":
            return state
        since = datetime.fromisoformat(state.last_probe_at or state.opened_at or state.updated_at)
        if now - since < self._recovery:
            what = "is being probed" if state.status == "half_open" else "is open"
            raise CircuitOpenError(
                f"the circuit breaker of scene {self._scene_id} {what} after {state.failure_count} failures in a row "
                f"(last: {state.last_failure_reason}); it lets a probe pass at {(since + self._recovery).isoformat()}.",
                remedy=f"mend the server (`blueprint geniesim health`), wait, or delete {self._path}.",
            )
        stamp = now.isoformat()
        return state.model_copy(update={"status": "half_open", "last_probe_at": stamp, "updated_at": stamp})

    def _change(self, change: Callable[[CircuitBreakerState, datetime], CircuitBreakerState]) -> CircuitBreakerState:
        while True:
            state, version = self._read()
            changed = change(state, self._now())
            if changed == state:
                return state
            data = changed.to_json().encode()
            try:
                if version is None:
                    self._store.create(BREAKER, data)
                else:
                    self._store.swap(BREAKER, data, version)
            except (ObjectExistsError, ObjectNotFoundError, VersionConflictError):
                continue
            return changed

    def _read(self) -> tuple[CircuitBreakerState, str | None]:
        try:
            data, version = self._store.read_versioned(BREAKER)
        except ObjectNotFoundError:
            return self._fresh(), None
        try:
            return CircuitBreakerState.parse(data, where=str(self._path)), version
        except ContractError:
            return self._fresh(), version

    def _fresh(self) -> CircuitBreakerState:
        return CircuitBreakerState(
            scene_id=self._scene_id, threshold=self._threshold, updated_at=self._now().isoformat()
        )
