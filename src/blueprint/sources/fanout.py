"""One request with several seeds → child requests, the variants' index, and a lock per generation of the request."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from blueprint.contracts.document import Document, Part
from blueprint.contracts.errors import InputError, ObjectNotFoundError, VersionConflictError
from blueprint.contracts.hashing import sha256_bytes
from blueprint.contracts.ids import SceneId, validate_scene_id
from blueprint.contracts.scene_request import MAX_SEEDS, SceneRequest
from blueprint.contracts.seeds import derive_seed
from blueprint.storage import layout, lock
from blueprint.storage.lock import LockHeldError, LockRecord, StoreLock
from blueprint.storage.store import ObjectStore

__all__ = [
    "CHILD_REQUEST",
    "VARIANTS_INDEX",
    "Child",
    "Claim",
    "VariantsIndex",
    "children_of",
    "claim_generation",
    "variants_index",
    "write_request",
]

VARIANTS_INDEX = "variants/index.json"
CHILD_REQUEST = "internal/scene_request.generated.json"  # a path that triggers nothing
_PLAIN_GENERATION = re.compile(r"[A-Za-z0-9_-]{1,64}")
_COMPLETED = "completed"


@dataclass(frozen=True)
class Child:
    """One variant: its scene, its run seed, and a request of its own with everything that the parent's says."""

    scene_id: str
    seed: int
    request: SceneRequest


class Variant(Part):
    scene_id: SceneId
    seed: int


class VariantsIndex(Document):
    """`variants/index.json` of the parent scene."""

    schema_version: Literal["v1"] = "v1"
    scene_id: SceneId
    source_mode: str
    text_backend: str
    quality_tier: str
    provider_policy: str
    seed_count: int
    variants: list[Variant]


@dataclass
class Claim:
    """The right to work on one generation of a request. `complete` keeps it for good, `release` gives it back."""

    held: StoreLock

    def complete(self) -> None:
        """Leave the lock as completed: a duplicate of the event that comes later finds the work done."""
        record = self.held.record.model_copy(update={"holder": _COMPLETED})
        try:
            self.held.store.swap(self.held.key, record.to_json().encode(), self.held.version)
        except VersionConflictError:
            return  # somebody took it over; the claim is theirs now

    def release(self) -> None:
        """Give the generation back, so that another try may claim it."""
        self.held.release()


def children_of(request: SceneRequest, run_seed: int) -> list[Child]:
    """Return `{scene_id}-s001` … with seeds of their own; prompt, constraints and all else are the parent's.

    Raises InputError where there are more than TEXT_GEN_MAX_SEEDS (16), or a child's id becomes too long.
    """
    limit = _max_seeds()
    if request.seed_count > limit:
        message = f"seed_count {request.seed_count} of {request.scene_id} is over TEXT_GEN_MAX_SEEDS ({limit})."
        raise InputError(message, remedy="ask for fewer seeds.")
    children = []
    for number in range(1, request.seed_count + 1):
        scene_id = validate_scene_id(f"{request.scene_id}-s{number:03d}")
        seed = derive_seed(run_seed, "variant", request.scene_id, number) % (1 << 31)
        own = request.model_copy(update={"scene_id": scene_id, "seed_count": 1})
        children.append(Child(scene_id, seed, own))
    return children


def variants_index(request: SceneRequest, children: list[Child]) -> VariantsIndex:
    """Return the index of a request's children."""
    return VariantsIndex(
        scene_id=request.scene_id,
        source_mode=request.source_mode,
        text_backend=request.text_backend,
        quality_tier=request.quality_tier,
        provider_policy=request.provider_policy,
        seed_count=request.seed_count,
        variants=[Variant(scene_id=child.scene_id, seed=child.seed) for child in children],
    )


def write_request(store: ObjectStore, request: SceneRequest) -> str:
    """Put the parent's request into the store and return its generation; equal bytes stay the object they are."""
    key = layout.scene_key(request.scene_id, layout.SCENE_REQUEST)
    data = request.to_json().encode()
    try:
        present, version = store.read_versioned(key)
        if present == data:
            return version
    except ObjectNotFoundError:
        pass
    return store.write(key, data)


def claim_generation(
    store: ObjectStore,
    scene_id: str,
    generation: str,
    *,
    holder: str,
    acquired_at: str,
    again: bool = False,
    is_gone: Callable[[str], bool] = lambda _: False,
) -> Claim | None:
    """Claim one generation of a scene's request: of any number of duplicate events exactly one gets it, for good.

    The lock `locks/source-orchestrator-{generation}.lock` outlives its work: where it says completed, None is returned,
    however late the duplicate comes, unless `again` asks to do the work once more. One whose holder `is_gone` (a
    process that was killed) is taken over. Raises LockHeldError while somebody else works on it.
    """
    key = layout.scene_key(scene_id, layout.scene_lock(f"source-orchestrator-{_plain(generation)}"))
    current = lock.inspect(store, key)
    if current is None:
        try:
            return Claim(lock.acquire(store, key, holder=holder, acquired_at=acquired_at))
        except LockHeldError:
            current = lock.inspect(store, key)
            if current is None or current[0].holder != _COMPLETED:
                raise
    record, version = current
    if record.holder == _COMPLETED and not again:
        return None
    if record.holder == _COMPLETED or is_gone(record.holder):
        return Claim(lock.steal(store, key, version, holder=holder, acquired_at=acquired_at))
    raise LockHeldError(_held(key, record), remedy="wait for it; a duplicate needs no second run.")


def _held(key: str, record: LockRecord) -> str:
    return f"{key} is held by {record.holder} since {record.acquired_at}."


def _plain(generation: str) -> str:
    """A store's version as a part of a name: as it is (a GCS generation), else its hash."""
    return generation if _PLAIN_GENERATION.fullmatch(generation) else sha256_bytes(generation.encode())[:16]


def _max_seeds() -> int:
    text = os.environ.get("TEXT_GEN_MAX_SEEDS", "").strip()
    if not text:
        return MAX_SEEDS
    if not text.isdigit() or not 1 <= int(text) <= MAX_SEEDS:
        raise InputError(f"TEXT_GEN_MAX_SEEDS is {text[:40]!r}, expected 1 to {MAX_SEEDS}.", remedy="correct it.")
    return int(text)
