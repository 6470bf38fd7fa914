"""The vector store: exact while small, close to exact as a graph, the same bytes for the same content."""

from pathlib import Path

import numpy as np
import pytest

from blueprint.contracts.errors import InputError
from blueprint.services import vectors
from blueprint.services.vectors import VectorStore


def unit(count: int, width: int = 32) -> np.ndarray:
    rows = np.random.default_rng(0).normal(size=(count, width)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def filled(rows: np.ndarray) -> VectorStore:
    store = VectorStore("model")
    store.upsert([f"v{k:05d}" for k in range(len(rows))], rows)
    return store


def test_the_nearest_of_a_stored_vector_is_itself() -> None:
    rows = unit(50)
    store = filled(rows)
    assert store.search(rows[7], 3)[0] == ("v00007", pytest.approx(1.0, abs=1e-6))
    scores = [score for _, score in store.search(rows[7], 50)]
    assert scores == sorted(scores, reverse=True)


def test_an_upsert_replaces() -> None:
    rows = unit(2)
    store = filled(rows)
    store.upsert(["v00000"], rows[1:])
    assert len(store) == 2
    assert {name for name, _ in store.search(rows[1], 2)} == {"v00000", "v00001"}


def test_the_graph_finds_what_the_exact_search_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = unit(3000)
    exact = [filled(rows).search(row, 10) for row in rows[:40]]
    monkeypatch.setattr(vectors, "EXACT_UP_TO", 100)
    graph = filled(rows)
    found = [graph.search(row, 10) for row in rows[:40]]
    recall = np.mean([len(dict(a).keys() & dict(b).keys()) / 10 for a, b in zip(exact, found, strict=True)])
    assert recall > 0.9
    assert all(a[0] == b[0] for a, b in zip(exact, found, strict=True))


def test_saved_and_loaded_it_answers_alike_and_has_the_same_bytes(tmp_path: Path) -> None:
    rows = unit(20)
    filled(rows).save(tmp_path / "a")
    loaded = VectorStore.load(tmp_path / "a", "model")
    assert loaded.search(rows[3], 5) == filled(rows).search(rows[3], 5)
    backwards = VectorStore("model")
    backwards.upsert([f"v{k:05d}" for k in range(19, -1, -1)], rows[::-1])
    backwards.save(tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_vectors_of_another_model_or_a_damaged_file_are_refused(tmp_path: Path) -> None:
    filled(unit(3)).save(tmp_path / "a")
    with pytest.raises(InputError, match="not of 'other'"):
        VectorStore.load(tmp_path / "a", "other")
    (tmp_path / "b").write_bytes(b"PK nothing")
    with pytest.raises(InputError, match="cannot read"):
        VectorStore.load(tmp_path / "b", "model")


@pytest.mark.parametrize("row", [[2.0, 0.0], [np.nan, 1.0]])
def test_a_vector_that_is_not_of_unit_length_is_refused(row: list[float]) -> None:
    with pytest.raises(InputError, match="unit length"):
        VectorStore("model").upsert(["a"], np.array([row], np.float32))
