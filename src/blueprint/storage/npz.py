"""Reading npz files of others: bounded in size, never unpickled."""

import io
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.errors import ContractError

__all__ = ["MAX_NPZ_BYTES", "SMALL_BYTES", "load_npz"]

MAX_NPZ_BYTES = 1 << 30
SMALL_BYTES = 1 << 20


def load_npz(path: Path, max_bytes: int = SMALL_BYTES) -> dict[str, NDArray]:
    """Read every array of an npz. Raises ContractError if it is truncated, oversized, or would need unpickling."""
    try:
        with zipfile.ZipFile(path) as archive:
            expanded = sum(item.file_size for item in archive.infolist())
        if expanded > min(max_bytes, MAX_NPZ_BYTES):
            raise ContractError(
                f"{path.name} expands to {expanded} bytes, more than {max_bytes}.", remedy="discard this record."
            )
        # Bytes, not the path: NumPy keeps a path open when a member turns out to be broken.
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as archive:
            return {name: archive[name] for name in sorted(archive.files)}
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise ContractError(
            f"{path.name} is not a readable npz file: {error}.", remedy="record the episode again."
        ) from error
