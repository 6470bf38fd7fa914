"""The roll-out of retrieval by meaning: decisions of many scenes, added up in one document, decide the mode."""

from collections.abc import Callable

import numpy as np

from blueprint.contracts.asset_retrieval import (
    MAX_COUNTED_SCENES,
    OpenWindow,
    RetrievalMode,
    RetrievalRolloutState,
    RolloutWindow,
)
from blueprint.contracts.errors import ObjectExistsError, ObjectNotFoundError, StorageError, VersionConflictError
from blueprint.sources.retrieval.settings import RetrievalSettings
from blueprint.storage.keys import validate_prefix
from blueprint.storage.store import ObjectStore

__all__ = ["PASSES_TO_PROMOTE", "add_scene", "advanced", "mode_of", "read_state", "state_key"]

PASSES_TO_PROMOTE = 3
_ATTEMPTS = 100


def state_key(settings: RetrievalSettings) -> str:
    return f"{validate_prefix(settings.rollout_prefix.strip('/'))}state.json"


def read_state(store: ObjectStore, settings: RetrievalSettings) -> RetrievalRolloutState | None:
    """Return the state, None before the first scene; raises ContractError where it is damaged, StorageError."""
    try:
        return RetrievalRolloutState.parse(store.read(state_key(settings)), where=state_key(settings))
    except ObjectNotFoundError:
        return None


def mode_of(state: RetrievalRolloutState | None, requested: RetrievalMode) -> RetrievalMode:
    """Return the mode that a scene runs in: that of the roll-out where it is about the same request.

    `lexical_primary` is never promoted.
    """
    if state is None or state.requested_mode != requested or requested == "lexical_primary":
        return requested
    return state.retrieval_mode


def add_scene(
    store: ObjectStore, settings: RetrievalSettings, scene_key: str, window: OpenWindow, now: Callable[[], str]
) -> RetrievalRolloutState:
    """Add a scene's decisions to the state by compare-and-swap and return the new state; a scene counts once.

    Many writers may do so at once and none is lost. `now` gives the time that is written. Raises StorageError where
    the state cannot be written after 100 conflicts, ContractError where it is damaged.
    """
    key = state_key(settings)
    for _ in range(_ATTEMPTS):
        try:
            data, version = store.read_versioned(key)
            before = RetrievalRolloutState.parse(data, where=key)
        except ObjectNotFoundError:
            before, version = None, ""
        after = advanced(before, settings, scene_key, window, now())
        if after is before:
            return after
        try:
            text = after.to_json().encode()
            if before is None:
                store.create(key, text)
            else:
                store.swap(key, text, version)
            return after
        except (ObjectExistsError, VersionConflictError):
            continue
    raise StorageError(f"{key} changed {_ATTEMPTS} times while it was written.", remedy="run the stage again.")


def advanced(
    state: RetrievalRolloutState | None, settings: RetrievalSettings, scene_key: str, scene: OpenWindow, now: str
) -> RetrievalRolloutState:
    """Return the state after a scene; the same state where the scene is counted already.

    Decisions fill a window until `rollout_min_decisions` of them say something about ANN; then it is judged: hit rate,
    error rate and p95 must keep their limits. Three passing windows in a row promote to ann_primary, a failing one
    goes back to ann_shadow. Another requested mode starts again, in that mode.
    """
    requested = settings.requested_mode
    if state is None or state.requested_mode != requested:
        total = state.total_decisions if state else 0
        state = RetrievalRolloutState(
            retrieval_mode=requested,
            requested_mode=requested,
            total_decisions=total,
            last_updated_at=now,
            counted=state.counted if state else [],
        )
    if scene_key in state.counted:
        return state
    window = _added(state.current_window, scene)
    update: dict[str, object] = {
        "total_decisions": state.total_decisions + scene.decision_count,
        "current_window": window,
        "counted": [*state.counted, scene_key][-MAX_COUNTED_SCENES:],
        "last_updated_at": now,
    }
    if window.ann_attempted_count >= settings.rollout_min_decisions:
        judged = _judged(window, settings)
        passes = state.consecutive_passing_windows + 1 if judged.window_pass else 0
        update |= {"last_window": judged, "consecutive_passing_windows": passes, "current_window": OpenWindow()}
        if requested != "lexical_primary":
            mode = _next_mode(state.retrieval_mode, judged, passes)
            update |= {"retrieval_mode": mode, "promoted_to_ann_primary": mode == "ann_primary"}
    return state.model_copy(update=update)


def _next_mode(mode: RetrievalMode, judged: RolloutWindow, passes: int) -> RetrievalMode:
    if not judged.window_pass:
        return "ann_shadow"
    return "ann_primary" if passes >= PASSES_TO_PROMOTE else mode


def _added(window: OpenWindow, scene: OpenWindow) -> OpenWindow:
    return OpenWindow(
        decision_count=window.decision_count + scene.decision_count,
        ann_attempted_count=window.ann_attempted_count + scene.ann_attempted_count,
        ann_hit_count=window.ann_hit_count + scene.ann_hit_count,
        ann_error_count=window.ann_error_count + scene.ann_error_count,
        ann_latencies_ms=[*window.ann_latencies_ms, *scene.ann_latencies_ms][-20_000:],
    )


def _judged(window: OpenWindow, settings: RetrievalSettings) -> RolloutWindow:
    attempted = window.ann_attempted_count
    hit_rate, error_rate = window.ann_hit_count / attempted, window.ann_error_count / attempted
    times = window.ann_latencies_ms
    # The smallest measured time that 95 % do not exceed; no interpolation, so that it is one that occurred.
    p95 = float(np.percentile(times, 95, method="inverted_cdf")) if times else None
    return RolloutWindow(
        decision_count=window.decision_count,
        ann_attempted_count=attempted,
        ann_hit_count=window.ann_hit_count,
        ann_error_count=window.ann_error_count,
        ann_hit_rate=round(hit_rate, 6),
        ann_error_rate=round(error_rate, 6),
        ann_latency_p95_ms=p95,
        window_pass=(
            hit_rate >= settings.rollout_min_hit_rate
            and error_rate <= settings.rollout_max_error_rate
            and p95 is not None
            and p95 <= settings.rollout_max_p95_ms
        ),
    )
