"""A request with several seeds: the parent's index, and a run of the whole pipeline per child."""

import os
import socket
from collections.abc import Callable
from datetime import UTC, datetime

from blueprint.contracts.errors import BlueprintError, InputError, InterruptedRunError, StageError, StorageError
from blueprint.contracts.scene_request import SceneRequest
from blueprint.pipeline.workspace import is_gone
from blueprint.sources.fanout import (
    CHILD_REQUEST,
    VARIANTS_INDEX,
    Child,
    children_of,
    claim_generation,
    variants_index,
    write_request,
)
from blueprint.storage import layout
from blueprint.storage.store import ObjectStore, open_store

__all__ = ["plan_variants", "run_variants"]


def run_variants(
    request: SceneRequest, root: str, run_seed: int, run_child: Callable[[Child], object], *, again: bool
) -> dict[str, str]:
    """Write the parent's request and `variants/index.json`, run every child, and return child id → "done".

    Children are run in order; one that fails does not keep the others from running. `again` says that an existing
    parent is gone on with or started over; a request that was completed before is otherwise refused. Raises InputError,
    LockHeldError while another process works on this request, and StageError that names the children that failed.
    """
    store = open_store(root)
    children = children_of(request, run_seed)
    _check_new(store, request, again)
    generation = write_request(store, request)
    claim = claim_generation(
        store,
        request.scene_id,
        generation,
        holder=f"{socket.gethostname()}:{os.getpid()}",
        acquired_at=datetime.now(UTC).isoformat(timespec="seconds"),
        again=again,
        is_gone=is_gone,
    )
    if claim is None:
        raise InputError(f"scene {request.scene_id!r} was completed before.", remedy="use --resume or --overwrite.")
    failed: dict[str, BlueprintError] = {}
    try:
        index = variants_index(request, children).to_json().encode()
        store.write(layout.scene_key(request.scene_id, VARIANTS_INDEX), index)
        for child in children:
            try:
                run_child(child)
            except (InterruptedRunError, StorageError):
                raise
            except BlueprintError as error:
                failed[child.scene_id] = error
            store.write(layout.scene_key(child.scene_id, CHILD_REQUEST), child.request.to_json().encode())
        if failed:
            told = "; ".join(f"{name}: {str(error)[:200]}" for name, error in failed.items())
            raise StageError(f"{len(failed)} of {len(children)} variants failed: {told}", remedy="then use --resume.")
    except BaseException:
        claim.release()
        raise
    claim.complete()
    return {child.scene_id: "done" for child in children}


def plan_variants(request: SceneRequest, root: str, run_seed: int) -> dict[str, str]:
    """Return child id → `run` or `exists`, without changing anything."""
    store = open_store(root)
    return {
        child.scene_id: "exists" if _exists(store, child.scene_id) else "run"
        for child in children_of(request, run_seed)
    }


def _check_new(store: ObjectStore, request: SceneRequest, again: bool) -> None:
    if _exists(store, request.scene_id) and not again:
        raise InputError(
            f"scene {request.scene_id!r} exists already in {store.url}.",
            remedy="use --resume to go on, --overwrite to start again, or another --scene-id.",
        )


def _exists(store: ObjectStore, scene_id: str) -> bool:
    return store.exists(layout.scene_key(scene_id, layout.SCENE_REQUEST))
