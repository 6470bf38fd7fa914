"""The embedding job: texts of the queue → vectors of a namespace, each made once, whoever else is at work."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from blueprint.contracts.asset_embedding import (
    AssetEmbeddingLedger,
    AssetEmbeddingRequest,
    AssetEmbeddingResult,
    EmbeddingCounts,
    EmbeddingItem,
    idempotency_key,
)
from blueprint.contracts.errors import (
    ContractError,
    InputError,
    MissingDependencyError,
    ObjectExistsError,
    ObjectNotFoundError,
    ServiceError,
    StorageError,
    VersionConflictError,
)
from blueprint.contracts.hashing import sha256_bytes
from blueprint.services.embeddings import Embedder
from blueprint.services.vectors import VectorStore
from blueprint.sources.retrieval.semantic import ledger_key, load_vectors, vectors_key
from blueprint.storage.keys import validate_prefix
from blueprint.storage.store import ObjectStore

__all__ = ["PREFIX", "embed_queue", "embed_queued"]

PREFIX = "automation/asset_embedding"
_ATTEMPTS = 50


def embed_queue(
    store: ObjectStore, embedder: Embedder, namespace: str, now: Callable[[], str], *, prefix: str = PREFIX
) -> list[AssetEmbeddingResult]:
    """Work off `{prefix}/queue/*.json` in the order of their names; see `embed_queued`."""
    queue = validate_prefix(f"{prefix}/queue")
    keys = [entry.key for entry in store.list(queue) if entry.key.endswith(".json")]
    return [embed_queued(store, key, embedder, namespace, now, prefix=prefix) for key in keys]


def embed_queued(
    store: ObjectStore,
    queue_object: str,
    embedder: Embedder,
    namespace: str,
    now: Callable[[], str],
    *,
    prefix: str = PREFIX,
    dry_run: bool = False,
) -> AssetEmbeddingResult:
    """Embed what one queue object asks for, write its result to `processed/` or `failed/`, and take it off the queue.

    Doing it again changes nothing: a text that the namespace has from this model is skipped. Damaged requests and a
    failing model end in `failed/` with the reason. A dry run only counts. Raises StorageError where the store refuses.
    """
    errors: list[str] = []
    processed = upserted = 0
    try:
        request = AssetEmbeddingRequest.parse(store.read(queue_object), where=queue_object)
        processed = len(request.assets)
        _check(request, embedder.name)
        upserted = _store_vectors(store, request.assets, embedder, namespace, dry_run=dry_run)
    except (InputError, ServiceError, MissingDependencyError) as error:
        errors.append(str(error)[:500])
    counts = EmbeddingCounts(
        processed=processed,
        upserted=upserted,
        skipped=0 if errors else processed - upserted,
        errors=errors,
        provider=type(embedder).__name__,
        model=embedder.name,
    )
    result = AssetEmbeddingResult(
        status="failed" if errors else "succeeded",
        queue_object=queue_object,
        processed_at=now(),
        dry_run=dry_run,
        result=counts,
    )
    if not dry_run:
        name = queue_object.rpartition("/")[2]
        folder = validate_prefix(f"{prefix}/{'failed' if errors else 'processed'}")
        store.write(f"{folder}{name}", result.to_json().encode())
        store.delete(queue_object)
    return result


def _check(request: AssetEmbeddingRequest, model: str) -> None:
    if request.embedding_model != model:
        message = f"the request wants vectors of {request.embedding_model[:80]!r}, this job has {model!r}."
        raise InputError(message, remedy="set TEXT_ASSET_EMBEDDING_PROVIDER and _MODEL alike.")
    for item in request.assets:
        digest = sha256_bytes(item.descriptor_text.encode())
        if item.descriptor_hash != digest or item.idempotency_key != idempotency_key(item.asset_id, model, digest):
            raise ContractError(f"{item.asset_id}: its hashes are not those of its text.", remedy="enqueue it again.")


def _store_vectors(
    store: ObjectStore, items: list[EmbeddingItem], embedder: Embedder, namespace: str, *, dry_run: bool
) -> int:
    """Add the vectors that are missing; returns how many. The vectors go first, the ledger that names them last."""
    ledger, _ = _ledger(store, namespace, embedder.name)
    missing = {
        f"{item.asset_id}:text": item
        for item in items
        if ledger.idempotency_keys.get(f"{item.asset_id}:text") != item.idempotency_key
    }
    if dry_run or not missing:
        return len(missing)
    names = sorted(missing)
    rows = embedder.embed([missing[name].descriptor_text for name in names])
    for _ in range(_ATTEMPTS):
        vectors, version = _vectors(store, namespace, embedder.name)
        vectors.upsert(names, rows)
        if _swapped(store, vectors_key(namespace), _bytes(vectors), version):
            break
    else:
        raise StorageError(f"{vectors_key(namespace)} changed {_ATTEMPTS} times.", remedy="run the job again.")
    for _ in range(_ATTEMPTS):
        ledger, version = _ledger(store, namespace, embedder.name)
        keys = ledger.idempotency_keys | {name: missing[name].idempotency_key for name in names}
        hashes = ledger.descriptor_hashes | {name: missing[name].descriptor_hash for name in names}
        updated = AssetEmbeddingLedger(
            model=embedder.name,
            idempotency_keys=dict(sorted(keys.items())),
            descriptor_hashes=dict(sorted(hashes.items())),
        )
        if _swapped(store, ledger_key(namespace), updated.to_json().encode(), version):
            return len(missing)
    raise StorageError(f"{ledger_key(namespace)} changed {_ATTEMPTS} times.", remedy="run the job again.")


def _ledger(store: ObjectStore, namespace: str, model: str) -> tuple[AssetEmbeddingLedger, str | None]:
    try:
        data, version = store.read_versioned(ledger_key(namespace))
    except ObjectNotFoundError:
        return AssetEmbeddingLedger(model=model), None
    ledger = AssetEmbeddingLedger.parse(data, where=ledger_key(namespace))
    if ledger.model != model:
        message = f"namespace {namespace!r} holds vectors of {ledger.model!r}, not of {model!r}."
        raise InputError(message, remedy="set another TEXT_ASSET_ANN_NAMESPACE.")
    return ledger, version


def _vectors(store: ObjectStore, namespace: str, model: str) -> tuple[VectorStore, str | None]:
    try:
        data, version = store.read_versioned(vectors_key(namespace))
    except ObjectNotFoundError:
        return VectorStore(model), None
    with tempfile.TemporaryDirectory() as scratch:
        return load_vectors(data, model, Path(scratch)), version


def _bytes(vectors: VectorStore) -> bytes:
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "vectors.zip"
        vectors.save(path)
        return path.read_bytes()


def _swapped(store: ObjectStore, key: str, data: bytes, version: str | None) -> bool:
    try:
        if version is None:
            store.create(key, data)
        else:
            store.swap(key, data, version)
    except (ObjectExistsError, VersionConflictError):
        return False
    return True
