"""Assets by meaning: their descriptions as vectors of a sentence model, searched by nearest neighbours."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset_embedding import AssetEmbeddingLedger
from blueprint.contracts.document import write_atomically
from blueprint.contracts.errors import InputError, ObjectNotFoundError
from blueprint.contracts.hashing import sha256_bytes
from blueprint.contracts.ids import slug
from blueprint.services.embeddings import Embedder
from blueprint.services.vectors import VectorStore
from blueprint.sources.retrieval.library import LibraryItem
from blueprint.sources.retrieval.query import descriptor_text
from blueprint.storage.cache import cache_root
from blueprint.storage.store import ObjectStore

__all__ = ["SemanticIndex", "ledger_key", "load_vectors", "vectors_key"]

Array = NDArray[np.float32]


class SemanticIndex:
    """The vectors of a library's items under one model; the same items and model give the same answers.

    Vectors are taken from the embedding job's store where it has the same text, else from this machine's cache, else
    embedded now and cached.
    """

    def __init__(
        self, items: tuple[LibraryItem, ...], embedder: Embedder, namespace: str, automation: ObjectStore | None = None
    ) -> None:
        """Embed what is new; raises what the embedder raises (ServiceError, MissingDependencyError, InputError)."""
        self._embedder = embedder
        self._queries: dict[str, Array] = {}
        texts = {item.key: _text(item) for item in items}
        hashes = {key: sha256_bytes(text.encode()) for key, text in texts.items()}
        known = _from_job(automation, namespace, embedder.name)
        cache = cache_root() / "asset-library" / "vectors" / f"{slug(embedder.name)}-{namespace}.zip"
        cached = _cached(cache, embedder.name)
        missing = sorted({digest for digest in hashes.values() if digest not in known and digest not in cached})
        if missing:
            by_hash = {digest: texts[key] for key, digest in hashes.items()}
            cached.upsert(missing, embedder.embed([by_hash[digest] for digest in missing]))
            cached.save(cache)
        self._store = VectorStore(embedder.name)
        rows = [(key, known.get(digest, cached.vector(digest))) for key, digest in sorted(hashes.items())]
        if rows:
            self._store.upsert([key for key, _ in rows], np.stack([row for _, row in rows if row is not None]))

    def search(self, text: str, count: int) -> list[tuple[str, float]]:
        """Return up to `count` (item key, cosine similarity), best first; raises what the embedder raises."""
        if text not in self._queries:
            self._queries[text] = self._embedder.embed([text])[0]
        return self._store.search(self._queries[text], count)


def vectors_key(namespace: str) -> str:
    """Return where the embedding job keeps the vectors of a namespace."""
    return f"automation/asset_embedding/vectors/{namespace}.zip"


def ledger_key(namespace: str) -> str:
    return f"automation/asset_embedding/vectors/{namespace}.ledger.json"


def load_vectors(data: bytes, model: str, scratch: Path) -> VectorStore:
    """Return the vector store of a file's bytes; raises InputError where it is damaged or of another model."""
    path = scratch / "vectors.zip"
    write_atomically(path, data)
    return VectorStore.load(path, model)


def _text(item: LibraryItem) -> str:
    return descriptor_text(item.name, item.category, item.description, item.tags)


def _from_job(store: ObjectStore | None, namespace: str, model: str) -> dict[str, Array]:
    """Vectors of the embedding job by the hash of their text; none where it has made none with this model."""
    if store is None:
        return {}
    import tempfile

    try:
        ledger = AssetEmbeddingLedger.parse(store.read(ledger_key(namespace)), where=ledger_key(namespace))
        if ledger.model != model:
            return {}
        with tempfile.TemporaryDirectory() as scratch:
            vectors = load_vectors(store.read(vectors_key(namespace)), model, Path(scratch))
    except (ObjectNotFoundError, InputError):
        return {}
    found = {digest: vectors.vector(name) for name, digest in sorted(ledger.descriptor_hashes.items())}
    return {digest: row for digest, row in found.items() if row is not None}


def _cached(path: Path, model: str) -> VectorStore:
    if path.is_file():
        try:
            return VectorStore.load(path, model)
        except InputError:
            path.unlink(missing_ok=True)  # damaged: it is built again
    return VectorStore(model)
