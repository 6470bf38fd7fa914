"""Convex pieces that were found once, kept by what they were found from: decomposing takes minutes, reading none."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.document import write_atomically
from blueprint.contracts.hashing import canonical_json, sha256_bytes

__all__ = ["cached_pieces", "pieces_key"]

Array = NDArray[np.float64]
Parameters = dict[str, float | int | str | bool]
_MAX_BYTES = 8 << 20
_MAX_POINTS = 100_000
_STAMP = (1980, 1, 1, 0, 0, 0)


def pieces_key(vertices: Array, faces: NDArray[np.int32], parameters: Parameters) -> str:
    """Return the SHA-256 of a mesh and of how it is decomposed (with the version of what decomposes it)."""
    mesh = np.ascontiguousarray(vertices, "<f8").tobytes() + np.ascontiguousarray(faces, "<i4").tobytes()
    return sha256_bytes(canonical_json(parameters) + b"\0" + mesh)


def cached_pieces(key: str, folder: Path | None, find: Callable[[], list[Array]]) -> tuple[list[Array], bool]:
    """Return point sets (each (N, 3), m) and whether they were kept from before; without a folder nothing is kept.

    A file that is damaged counts as missing and is replaced.
    """
    if folder is None:
        return find(), False
    path = folder / f"{key}.npz"
    kept = _read(path)
    if kept is not None:
        return kept, True
    pieces = find()
    write_atomically(path, _packed(pieces))
    return pieces, False


def _packed(pieces: list[Array]) -> bytes:
    stream = io.BytesIO()
    arrays = {
        "counts": np.array([len(points) for points in pieces], "<i4"),
        "points": np.concatenate([np.zeros((0, 3)), *pieces]).astype("<f8"),
    }
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, values in arrays.items():
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, values, (1, 0))
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", date_time=_STAMP), buffer.getvalue())
    return stream.getvalue()


def _read(path: Path) -> list[Array] | None:
    try:
        if path.stat().st_size > _MAX_BYTES:
            return None
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _MAX_BYTES:
                return None
        with np.load(path, allow_pickle=False) as data:
            counts, points = np.asarray(data["counts"]), np.asarray(data["points"], float)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    fits = counts.ndim == 1 and len(counts) and counts.min() >= 4 and counts.sum() == len(points) <= _MAX_POINTS
    if not fits or points.shape[1:] != (3,) or not np.isfinite(points).all():
        return None
    return np.split(points, np.cumsum(counts)[:-1])
