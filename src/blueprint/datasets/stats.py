"""Exact statistics of dataset features. Values and histograms are kept, so merging episodes loses nothing."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "QUANTILES",
    "STATISTICS",
    "Stats",
    "ValueSpool",
    "histogram_stats",
    "merged_histogram_stats",
    "stats_json",
    "value_stats",
]

QUANTILES = {"q01": 0.01, "q10": 0.1, "q50": 0.5, "q90": 0.9, "q99": 0.99}
STATISTICS = ("min", "max", "mean", "std", "count", *QUANTILES)

Stats = dict[str, NDArray]


def value_stats(values: NDArray) -> Stats:
    """Return min, max, mean, population std, count and quantiles over rows.

    values: (n,) or (n, d), any numeric or boolean dtype. Results are float64 of shape (1,) or (d,), count int64 (1,);
    quantiles interpolate linearly between order statistics (NumPy's default).
    """
    rows = np.asarray(values, np.float64).reshape(len(values), -1)
    quantiles = np.quantile(rows, list(QUANTILES.values()), axis=0)
    return {
        "min": rows.min(0),
        "max": rows.max(0),
        "mean": rows.mean(0),
        "std": rows.std(0),
        "count": np.array([len(rows)], np.int64),
        **dict(zip(QUANTILES, quantiles, strict=True)),
    }


_SPOOL_BLOCK_BYTES = 8 << 20


class ValueSpool:
    """Columns of many episodes on disk, so that their exact statistics need no more memory than a few columns of one.

    A feature's values lie in a file of their own in `folder`, row after row, as they were added.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._kinds: dict[str, tuple[np.dtype, int]] = {}
        self._rows = 0

    def add(self, columns: Mapping[str, NDArray]) -> None:
        """Append an episode: feature name → (T,) or (T, d), the same features and dtypes each time."""
        for number, (name, values) in enumerate(columns.items()):
            rows = np.ascontiguousarray(values).reshape(len(values), -1)
            self._kinds.setdefault(name, (rows.dtype, rows.shape[1]))
            with (self._folder / str(number)).open("ab") as file:
                file.write(rows.tobytes())
        self._rows += len(next(iter(columns.values())))

    def stats(self) -> dict[str, Stats]:
        """Return feature name → the statistics of all rows, as `value_stats` computes them."""
        return {name: self._stats(number, *kind) for number, (name, kind) in enumerate(self._kinds.items())}

    def _stats(self, number: int, dtype: np.dtype, width: int) -> Stats:
        block = max(2, _SPOOL_BLOCK_BYTES // (8 * max(self._rows, 1)))
        parts = [
            value_stats(self._columns(number, dtype, width, first, min(first + block, width)))
            for first in range(0, width, block)
        ]
        return {
            key: parts[0][key] if key == "count" else np.concatenate([part[key] for part in parts]) for key in parts[0]
        }

    def _columns(self, number: int, dtype: np.dtype, width: int, first: int, last: int) -> NDArray:
        rows_at_once = max(1, _SPOOL_BLOCK_BYTES // (width * dtype.itemsize))
        taken = []
        with (self._folder / str(number)).open("rb") as file:
            while data := file.read(rows_at_once * width * dtype.itemsize):
                taken.append(np.frombuffer(data, dtype).reshape(-1, width)[:, first:last].copy())
        return np.concatenate(taken)


def histogram_stats(histogram: NDArray[np.int64], frames: int) -> Stats:
    """Return the statistics of all pixels of `frames` images from their exact uint8 histogram.

    histogram: (3, 256) counts per channel. Results are scaled to 0..1, shape (3, 1, 1); count is frames, shape (1,).
    """
    levels = np.arange(256) / 255.0
    counts = np.asarray(histogram, np.int64)
    totals = counts.sum(1)
    mean = counts @ levels / totals
    variance = np.maximum(counts @ levels**2 / totals - mean**2, 0.0)
    present = counts > 0
    channel = {
        "min": levels[present.argmax(1)],
        "max": levels[255 - present[:, ::-1].argmax(1)],
        "mean": mean,
        "std": np.sqrt(variance),
        **{name: _histogram_quantile(counts, q) for name, q in QUANTILES.items()},
    }
    stats: Stats = {name: value.reshape(3, 1, 1) for name, value in channel.items()}
    stats["count"] = np.array([frames], np.int64)
    return stats


def merged_histogram_stats(histograms: Sequence[NDArray[np.int64]], frames: int) -> Stats:
    """Return the statistics over several episodes: histograms add up, so this is exact."""
    return histogram_stats(np.sum(histograms, axis=0), frames)


def stats_json(stats: Stats) -> dict[str, list]:
    """Return the statistics as nested lists, in the fixed order of STATISTICS."""
    return {name: stats[name].tolist() for name in STATISTICS}


def _histogram_quantile(counts: NDArray[np.int64], q: float) -> NDArray[np.float64]:
    """Linear interpolation between the order statistics around position q·(n-1), as `numpy.quantile` does."""
    result = np.empty(len(counts))
    for channel, row in enumerate(counts):
        cumulative = np.cumsum(row)
        position = q * (int(cumulative[-1]) - 1)
        lower = int(np.floor(position))
        low = int(np.searchsorted(cumulative, lower, side="right"))
        high = int(np.searchsorted(cumulative, min(lower + 1, int(cumulative[-1]) - 1), side="right"))
        result[channel] = (low + (position - lower) * (high - low)) / 255.0
    return result
