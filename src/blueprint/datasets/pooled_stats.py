"""Statistics of pictures over several datasets, from what each of them says about its own."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.errors import ContractError
from blueprint.datasets.stats import QUANTILES, STATISTICS, Stats

__all__ = ["pooled_stats"]


def pooled_stats(parts: Sequence[Mapping[str, NDArray]]) -> Stats:
    """Return the statistics of the union of disjoint sets, each given by its own.

    Minimum, maximum, mean, deviation and count are exact (Chan et al. 1979). Quantiles of a union do not follow from
    quantiles of its parts: they are the count-weighted mean of them, as lerobot up to 0.6.1 merges them, and whoever
    calls this has to say so. Raises ContractError where a statistic is missing or of another shape.
    """
    for part in parts:
        missing = [name for name in STATISTICS if name not in part]
        if missing or part["mean"].shape != parts[0]["mean"].shape:
            raise ContractError(
                f"statistics lack {', '.join(missing) or 'a common shape'}.", remedy="write the dataset again."
            )
    counts = np.array([int(part["count"].reshape(-1)[0]) for part in parts])
    weights = counts / counts.sum()
    values = {name: np.stack([np.asarray(part[name], float) for part in parts]) for name in STATISTICS}

    def weighted(items: NDArray) -> NDArray:
        return np.tensordot(weights, items, axes=1)

    mean = weighted(values["mean"])
    variance = weighted(values["std"] ** 2 + (values["mean"] - mean) ** 2)
    return {
        "min": values["min"].min(0),
        "max": values["max"].max(0),
        "mean": mean,
        "std": np.sqrt(variance),
        "count": np.array([counts.sum()], np.int64),
        **{name: weighted(values[name]) for name in QUANTILES},
    }
