"""`meta/histograms.parquet`: the exact pixel histogram of every episode and camera, so that statistics can be merged.

Loaders of LeRobot ignore the file. One row per episode, one column per camera feature: 768 counts, channel by channel.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from blueprint.contracts.errors import ContractError

__all__ = ["HISTOGRAMS", "read_histograms", "write_histograms"]

HISTOGRAMS = Path("meta") / "histograms.parquet"
_COUNTS = 3 * 256


def write_histograms(folder: Path, rows: Iterable[Mapping[str, NDArray]]) -> None:
    """Write the histograms of a dataset's episodes, in their order: camera feature → (3, 256) int64."""
    listed = list(rows)
    names = sorted(listed[0]) if listed else []
    if not names:
        return
    kind = pa.list_(pa.int64(), _COUNTS)
    arrays = []
    for name in names:
        counts = np.concatenate([np.asarray(row[name], np.int64).reshape(_COUNTS) for row in listed])
        arrays.append(pa.FixedSizeListArray.from_arrays(pa.array(counts), _COUNTS).cast(kind))
    path = folder / HISTOGRAMS
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_arrays(arrays, names=names), path, compression="zstd")


def read_histograms(folder: Path, episodes: int) -> dict[str, NDArray[np.int64]]:
    """Return camera feature → (episodes, 3, 256) int64; empty where the dataset has no such file.

    Raises ContractError where the file is not one of ours, or is about other episodes.
    """
    path = folder / HISTOGRAMS
    if not path.is_file():
        return {}
    try:
        table = pq.ParquetFile(path).read()
    except (pa.ArrowException, OSError) as error:
        raise ContractError(f"{path} cannot be read: {error}.", remedy="write the dataset again.") from error
    read = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        if len(table) != episodes or column.type != pa.list_(pa.int64(), _COUNTS) or column.null_count:
            raise ContractError(
                f"{path}: {name} is {column.type} of {len(table)} rows, expected {_COUNTS} counts for each of "
                f"{episodes} episodes.",
                remedy="write the dataset again.",
            )
        counts = column.combine_chunks().flatten().to_numpy(zero_copy_only=False).reshape(episodes, 3, 256)
        if (counts < 0).any():
            raise ContractError(f"{path}: {name} has a negative count.", remedy="write the dataset again.")
        read[name] = counts
    return read
