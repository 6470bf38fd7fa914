"""Reading the files of an episode record as hostile input: bounded in size, not unpickled, not outside the folder."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.episode import ARRAYS, SENSOR_ARRAYS, EpisodeRecord
from blueprint.contracts.errors import ContractError, UnsafePathError
from blueprint.storage.npz import SMALL_BYTES, load_npz

__all__ = ["contained_file", "read_histogram", "read_record", "read_trajectory"]

_FRAME_BYTES = 64 << 10  # 8192 float64 values a frame, beyond any scene of ours


def contained_file(folder: Path, name: str) -> Path:
    """Return `folder/name` if it is a regular file that lies in `folder` itself.

    Raises UnsafePathError for a name with a separator or a link that leaves the folder, ContractError if it is missing.
    """
    path = folder / name
    if name in ("", ".", "..") or Path(name).name != name or "\\" in name:
        raise UnsafePathError(f"{folder.name}: {name!r} is not a plain file name.", remedy="discard this record.")
    if not path.resolve().is_relative_to(folder.resolve()):
        raise UnsafePathError(f"{folder.name}: {name!r} is a link out of the record.", remedy="discard this record.")
    if not path.is_file():
        raise ContractError(f"{folder.name}: file {name} is missing.", remedy="record the episode again.")
    return path


def read_record(folder: Path) -> EpisodeRecord:
    """Read and validate `record.json`; its id must be the folder's name. Raises InputError or ContractError."""
    record = EpisodeRecord.read(contained_file(folder, "record.json"))
    if record.episode_id != folder.name:
        raise ContractError(
            f"folder {folder.name} holds the record of episode {record.episode_id}.", remedy="rename the folder."
        )
    return record


def read_trajectory(folder: Path, record: EpisodeRecord) -> dict[str, NDArray]:
    """Return the arrays of `trajectory.npz`, checked against `contracts.episode.ARRAYS` (names, shapes, dtypes).

    Raises ContractError that lists every deviation.
    """
    limit = SMALL_BYTES + max(record.frames, 0) * _FRAME_BYTES
    arrays = load_npz(contained_file(folder, "trajectory.npz"), limit)
    problems = []
    for name, (shape, dtype, _) in {**ARRAYS, **SENSOR_ARRAYS}.items():
        if name not in arrays:
            if name in ARRAYS:
                problems.append(f"array {name} is missing")
            continue
        array = arrays[name]
        if array.dtype != np.dtype(dtype):
            problems.append(f"{name} is {array.dtype}, expected {dtype}")
        expected = _dimensions(shape, record)
        if len(array.shape) != len(expected) or any(
            want is not None and have != want for have, want in zip(array.shape, expected, strict=False)
        ):
            problems.append(f"{name} has shape {array.shape}, expected {shape} with T={record.frames}")
    if problems:
        raise ContractError(f"trajectory.npz: {'; '.join(problems)}.", remedy="record the episode again.")
    return arrays


def read_histogram(folder: Path, camera: str) -> NDArray[np.int64]:
    """Return the (3, 256) int64 histogram of a camera's rendered frames; raises ContractError."""
    name = f"{camera}.stats.npz"
    arrays = load_npz(contained_file(folder, name))
    histogram = arrays.get("histogram")
    if histogram is None or histogram.shape != (3, 256) or histogram.dtype != np.int64 or (histogram < 0).any():
        raise ContractError(f"{name}: no (3, 256) int64 array 'histogram' of counts.", remedy="render it again.")
    return histogram


def _dimensions(shape: str, record: EpisodeRecord) -> list[int | None]:
    sizes: dict[str, int | None] = {
        "T": record.frames,
        "T+1": record.frames + 1,
        "S": len(record.state_names) or None,
        "A": len(record.action_names) or None,
        "E": 7 * max(1, len(record.arms)),
        "W": 6 * max(1, len(record.arms)),
    }
    return [sizes.get(part.strip()) for part in shape.strip("()").split(",") if part.strip()]
