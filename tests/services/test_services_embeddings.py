"""Embedders: the remote dialects against a loopback server, and the model on this machine."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest

from blueprint.contracts.errors import InputError, ServiceError
from blueprint.services.embeddings import MiniLmEmbedder, embedder_from


@contextmanager
def endpoint(answer: Any, status: int = 200) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A loopback server that answers every POST with `answer` (bytes, or JSON, or a function of the request)."""
    requests: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            requests.append({"path": self.path, "body": body, "authorization": self.headers["Authorization"]})
            value = answer(body) if callable(answer) else answer
            data = value if isinstance(value, bytes) else json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", requests
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def openai_answer(body: dict[str, Any]) -> dict[str, Any]:
    items = [{"index": k, "embedding": [float(len(text)), 1.0, 0.0]} for k, text in enumerate(body["input"])]
    return {"data": items[::-1]}


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "a-key-for-tests")
    monkeypatch.setenv("VERTEX_ACCESS_TOKEN", "a-token-for-tests")


@pytest.mark.usefixtures("keys")
def test_openai_vectors_are_unit_and_in_the_order_of_the_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    with endpoint(openai_answer) as (url, requests):
        monkeypatch.setenv("OPENAI_BASE_URL", f"{url}/v1")
        vectors = embedder_from("openai").embed(["mug", "a red mug"])
    assert np.allclose(vectors, [[3 / 10**0.5, 1 / 10**0.5, 0], [9 / 82**0.5, 1 / 82**0.5, 0]])
    assert requests[0]["path"] == "/v1/embeddings"
    assert requests[0]["authorization"] == "Bearer a-key-for-tests"


@pytest.mark.usefixtures("keys")
def test_vertex_instances_and_predictions(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = {"predictions": [{"embeddings": {"values": [0.0, 2.0]}}]}
    with endpoint(answer) as (url, requests):
        monkeypatch.setenv("VERTEX_EMBEDDING_URL", f"{url}/models/text-embedding-005:predict")
        embedder = embedder_from("vertex")
        assert np.allclose(embedder.embed(["mug"]), [[0.0, 1.0]])
    assert embedder.name == "text-embedding-005"
    assert requests[0]["body"] == {"instances": [{"content": "mug"}]}


@pytest.mark.slow
@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (b"<html>", 200),
        ({"data": []}, 200),
        ({"data": [{"index": 0, "embedding": [float("nan")]}]}, 200),
        ({"data": [{"index": 0, "embedding": [0.0, 0.0]}]}, 200),
        ({"data": [{"index": 0, "embedding": ["x"]}]}, 200),
        ({"error": "no"}, 500),
    ],
)
def test_an_endpoint_that_answers_otherwise_is_refused_without_showing_the_key(
    monkeypatch: pytest.MonkeyPatch, answer: Any, status: int
) -> None:
    with endpoint(answer, status) as (url, _):
        monkeypatch.setenv("OPENAI_BASE_URL", url)
        with pytest.raises(ServiceError) as caught:
            embedder_from("openai").embed(["mug"])
    assert "a-key-for-tests" not in str(caught.value)


def test_an_unknown_embedder_is_refused() -> None:
    with pytest.raises(InputError, match="local, openai and vertex"):
        embedder_from("psychic")


@pytest.mark.slow
def test_the_local_model_ranks_by_meaning_and_does_not_depend_on_the_batch() -> None:
    embedder = MiniLmEmbedder()
    texts = ["a red ceramic mug", "coffee cup", "steel hammer", "a long text " * 40]
    vectors = embedder.embed(texts)
    assert vectors.shape == (4, 384)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-6)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2
    alone = np.concatenate([embedder.embed([text]) for text in texts])
    assert np.allclose(vectors, alone, atol=1e-5)
