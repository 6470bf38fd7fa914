"""A small library of our own generators' meshes under honest, vague and misleading names, and an embedder for tests."""

import json
from pathlib import Path

import numpy as np

from blueprint.assets.geometry import Asset
from blueprint.assets.lexicon import request_for
from blueprint.assets.library import glb_bytes
from blueprint.assets.registry import AssetRequest, generate
from blueprint.contracts.errors import ServiceError
from blueprint.sources.retrieval.library import AssetLibrary, scan_library
from blueprint.sources.retrieval.query import tokens
from blueprint.sources.retrieval.retriever import AssetRetriever
from blueprint.sources.retrieval.settings import RetrievalSettings
from blueprint.storage.store import open_store

CC0 = {"license": "CC0"}


class WordEmbedder:
    """Vectors of words by hashing, with a thesaurus: what a sentence model does, in small and exactly known."""

    name = "words-test"
    _MEANS = {"beaker": "mug", "couch": "sofa", "drinking": "mug", "vessel": "mug", "pomaceous": "apple"}

    def __init__(self) -> None:
        self.calls = 0

    def embed(self, texts: list[str]) -> np.ndarray:
        self.calls += 1
        rows = np.zeros((len(texts), 512), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in tokens(text):
                word = self._MEANS.get(word, word)
                row[int.from_bytes(word.encode()[:12], "big") % 509] += 1.0
            row[511] = 0.01
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


class DeadEmbedder:
    """A model that cannot be reached."""

    name = "dead-test"

    def embed(self, texts: list[str]) -> np.ndarray:
        raise ServiceError("nobody answers.")


class StepClock:
    """A clock whose every reading is `step` seconds after the last."""

    def __init__(self, step: float = 0.005) -> None:
        self.now, self.step = 0.0, step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


def mesh_of(kind: str, seed: int = 1, **options: float | str) -> bytes:
    return glb_bytes(generate(request_for(kind, seed, options=tuple(options.items()))))


def put(folder: Path, name: str, data: bytes, about: dict | None = CC0) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    if about is not None:
        path.with_suffix(".json").write_text(json.dumps(about))


def scan(folder: Path, max_files: int = 2500) -> AssetLibrary:
    return scan_library(open_store(folder), ("",), max_files)


def retriever(folder: Path, mode: str = "lexical_primary", embedder=None, clock=None, **settings) -> AssetRetriever:
    must_contain = settings.pop("must_contain", frozenset())
    return AssetRetriever(
        scan(folder),
        RetrievalSettings(library=str(folder), **settings),
        mode,
        lambda: embedder or WordEmbedder(),
        clock or StepClock(),
        must_contain=must_contain,
    )


def ask(found: AssetRetriever, request: AssetRequest) -> Asset | None:
    return found.asset(request, generate(request))
