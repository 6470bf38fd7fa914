"""Exact statistics of dataset features. Values and histograms are kept, so merging episodes loses nothing."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["QUANTILES", "STATISTICS", "Stats", "histogram_stats", "merged_histogram_stats", "stats_json", "value_stats"]

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
