"""Vectors by id with a nearest-neighbour search: exact with NumPy while they are few, HNSW with usearch beyond."""

import io
import json
import zipfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.document import write_atomically
from blueprint.contracts.errors import InputError, MissingDependencyError

__all__ = ["EXACT_UP_TO", "VectorStore"]

Array = NDArray[np.float32]
EXACT_UP_TO = 20_000  # below this a matrix product is as fast as a graph, and exact
MAX_FILE_BYTES = 4 << 30


class VectorStore:
    """Unit vectors of one embedding model. `model` names it: vectors of different models are never compared."""

    def __init__(self, model: str) -> None:
        self.model = model
        self._rows: dict[str, Array] = {}
        self._ids: list[str] = []
        self._matrix: Array | None = None
        self._graph: object | None = None

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, vector_id: str) -> bool:
        return vector_id in self._rows

    def vector(self, vector_id: str) -> Array | None:
        """Return the vector (D,) of an id, or None."""
        return self._rows.get(vector_id)

    def upsert(self, ids: Iterable[str], vectors: Array) -> None:
        """Add or replace; raises InputError where a vector is not finite, not of unit length or of another width."""
        width = len(next(iter(self._rows.values()))) if self._rows else vectors.shape[1]
        if vectors.ndim != 2 or vectors.shape[1] != width:
            raise InputError(f"vectors of shape {vectors.shape} do not fit a store of width {width}.")
        if not np.isfinite(vectors).all() or np.abs(np.linalg.norm(vectors, axis=1) - 1.0).max(initial=0.0) > 1e-3:
            raise InputError("a vector to store is not of unit length.", remedy="normalise it.")
        self._rows |= dict(zip(ids, vectors.astype(np.float32), strict=True))
        self._matrix = self._graph = None

    def search(self, query: Array, count: int) -> list[tuple[str, float]]:
        """Return up to `count` (id, cosine similarity), best first; ties by id."""
        if not self._rows:
            return []
        self._index()
        assert self._matrix is not None
        if self._graph is None:
            scores = self._matrix @ query
            order = np.lexsort((np.arange(len(scores)), -scores))[:count]
        else:
            found = self._graph.search(query, count)  # type: ignore[attr-defined]
            keys = np.asarray(found.keys, np.int64)
            scores = np.zeros(len(self._ids), np.float32)
            scores[keys] = self._matrix[keys] @ query
            order = keys[np.lexsort((keys, -scores[keys]))]
        return [(self._ids[row], float(scores[row])) for row in order]

    def save(self, path: Path) -> None:
        """Write ids, vectors and the model's name; the same content gives the same bytes."""
        ids = sorted(self._rows)
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
            head = json.dumps({"schema_version": "v1", "model": self.model, "ids": ids}).encode()
            archive.writestr(zipfile.ZipInfo("head.json", (1980, 1, 1, 0, 0, 0)), head)
            buffer = io.BytesIO()
            rows = np.stack([self._rows[name] for name in ids]) if ids else np.zeros((0, 0), np.float32)
            np.lib.format.write_array(buffer, rows, (1, 0))
            archive.writestr(zipfile.ZipInfo("vectors.npy", (1980, 1, 1, 0, 0, 0)), buffer.getvalue())
        write_atomically(path, stream.getvalue())

    @classmethod
    def load(cls, path: Path, model: str) -> "VectorStore":
        """Read what `save` wrote; raises InputError where it is damaged or of another model."""
        try:
            with zipfile.ZipFile(path) as archive:
                if sum(entry.file_size for entry in archive.infolist()) > MAX_FILE_BYTES:
                    raise InputError(f"{path} unpacks to more than {MAX_FILE_BYTES} bytes.")
                head = json.loads(archive.read("head.json"))
                rows = np.lib.format.read_array(io.BytesIO(archive.read("vectors.npy")), allow_pickle=False)
            ids, of_model = head["ids"], head["model"]
        except (OSError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
            raise InputError(f"cannot read {path}: {error}.", remedy="delete it; it is built again.") from error
        if of_model != model:
            raise InputError(
                f"{path} holds vectors of {of_model!r}, not of {model!r}.", remedy="use another namespace or delete it."
            )
        store = cls(model)
        if len(ids):
            store.upsert(ids, rows)
        return store

    def _index(self) -> None:
        if self._matrix is not None:
            return
        self._ids = sorted(self._rows)
        self._matrix = np.stack([self._rows[name] for name in self._ids])
        if len(self._ids) > EXACT_UP_TO:
            try:
                from usearch.index import Index
            except ImportError as error:
                raise MissingDependencyError(
                    f"searching {len(self._ids)} vectors needs usearch.",
                    remedy="pip install 'blueprint-pipeline[retrieval]'.",
                ) from error
            self._graph = Index(ndim=self._matrix.shape[1], metric="ip", dtype="f32")
            self._graph.add(np.arange(len(self._ids)), self._matrix, threads=1)
