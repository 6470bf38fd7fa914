"""What embeds texts, and which one the settings name."""

import math
import os
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.errors import InputError, ServiceError
from blueprint.services.embeddings.minilm import MiniLmEmbedder
from blueprint.services.secrets import Secret, secret

__all__ = ["Embedder", "OpenAiEmbedder", "VertexEmbedder", "embedder_from"]

Array = NDArray[np.float32]
_TIMEOUT_S = 60.0
_BATCH = 64
_MAX_RESPONSE_BYTES = 64 << 20


class Embedder(Protocol):
    """`name` identifies the model: vectors of different names are never compared."""

    name: str

    def embed(self, texts: list[str]) -> Array:
        """Return unit vectors (N, D) float32."""
        ...


def embedder_from(kind: str) -> Embedder:
    """Return the embedder of a setting: `local`, `openai` or `vertex`.

    openai reads OPENAI_API_KEY, OPENAI_BASE_URL and TEXT_ASSET_EMBEDDING_MODEL; vertex reads VERTEX_EMBEDDING_URL (the
    model's `:predict` address) and VERTEX_ACCESS_TOKEN. Raises InputError for another kind or a missing variable.
    """
    if kind == "local":
        return MiniLmEmbedder()
    if kind == "openai":
        base = os.environ.get("OPENAI_BASE_URL", "https://api.openai.com/v1")
        model = os.environ.get("TEXT_ASSET_EMBEDDING_MODEL", "text-embedding-3-small")
        return OpenAiEmbedder(base, model, secret("OPENAI_API_KEY"))
    if kind == "vertex":
        url = os.environ.get("VERTEX_EMBEDDING_URL")
        if not url:
            raise InputError(
                "the environment variable VERTEX_EMBEDDING_URL is not set.",
                remedy="set it to https://…/models/<model>:predict.",
            )
        return VertexEmbedder(url, secret("VERTEX_ACCESS_TOKEN"))
    raise InputError(f"no embedder {kind!r}; there are local, openai and vertex.", remedy="use one of these.")


class OpenAiEmbedder:
    """Any endpoint that answers `POST {base_url}/embeddings` as OpenAI does."""

    def __init__(self, base_url: str, model: str, key: Secret, timeout_s: float = _TIMEOUT_S) -> None:
        self.name = model
        self._url, self._key, self._timeout_s = f"{base_url.rstrip('/')}/embeddings", key, timeout_s

    def embed(self, texts: list[str]) -> Array:
        rows: list[list[float]] = []
        for start in range(0, len(texts), _BATCH):
            batch = texts[start : start + _BATCH]
            answer = _post(self._url, {"model": self.name, "input": batch}, self._key, self._timeout_s)
            data = answer.get("data")
            if not isinstance(data, list):
                raise _unexpected(self._url, "no list `data`")
            items = sorted((item for item in data if isinstance(item, dict)), key=lambda item: item.get("index", 0))
            rows += [item.get("embedding", []) for item in items]
        return _unit(self._url, rows, len(texts))


class VertexEmbedder:
    """A Vertex AI text embedding model, by its `:predict` address and an access token."""

    def __init__(self, url: str, token: Secret, timeout_s: float = _TIMEOUT_S) -> None:
        self.name = url.rpartition("/")[2].removesuffix(":predict")
        self._url, self._token, self._timeout_s = url, token, timeout_s

    def embed(self, texts: list[str]) -> Array:
        rows: list[list[float]] = []
        for start in range(0, len(texts), _BATCH):
            instances = [{"content": text} for text in texts[start : start + _BATCH]]
            answer = _post(self._url, {"instances": instances}, self._token, self._timeout_s)
            predictions = answer.get("predictions")
            if not isinstance(predictions, list):
                raise _unexpected(self._url, "no list `predictions`")
            for item in predictions:
                values = item.get("embeddings", {}).get("values", []) if isinstance(item, dict) else []
                rows.append(values)
        return _unit(self._url, rows, len(texts))


def _post(url: str, body: dict[str, object], key: Secret, timeout_s: float) -> dict[str, object]:
    import httpx

    try:
        with (
            httpx.Client(timeout=timeout_s) as client,
            client.stream("POST", url, json=body, headers={"Authorization": f"Bearer {key.reveal()}"}) as response,
        ):
            data = bytearray()
            for chunk in response.iter_bytes():
                data += chunk
                if len(data) > _MAX_RESPONSE_BYTES:
                    raise _unexpected(url, f"more than {_MAX_RESPONSE_BYTES} bytes")
            response.raise_for_status()
        answer = httpx.Response(200, content=bytes(data)).json()
    except (httpx.HTTPError, ValueError) as error:
        raise ServiceError(
            f"{url} did not embed: {error}.", remedy="check the address, the key and the model."
        ) from error
    if not isinstance(answer, dict):
        raise _unexpected(url, "no JSON object")
    return answer


def _unit(url: str, rows: list[list[float]], count: int) -> Array:
    widths = {len(row) for row in rows if isinstance(row, list)}
    if len(rows) != count or len(widths) != 1 or widths == {0}:
        raise _unexpected(url, f"{len(rows)} vectors of widths {sorted(widths)} for {count} texts")
    if not all(isinstance(value, int | float) and math.isfinite(value) for row in rows for value in row):
        raise _unexpected(url, "values that are no finite numbers")
    values = np.array(rows, np.float32)
    lengths = np.linalg.norm(values, axis=1, keepdims=True)
    if np.any(lengths == 0.0):
        raise _unexpected(url, "a vector of length zero")
    return values / lengths


def _unexpected(url: str, what: str) -> ServiceError:
    return ServiceError(f"{url} answered with {what}.", remedy="check that it is an embedding endpoint.")
