"""How large things of a category usually are: a few standards, else what our own generators make."""

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np

from blueprint.assets.lexicon import all_categories, generator_of, request_for
from blueprint.assets.registry import PROXY, generate

__all__ = ["SizePrior", "size_prior"]

_SEEDS = 3
_SIZE_WORDS = (None, "small", "large")
_LEAST_STD = 0.08  # a generator's sizes vary less than the world's
_STAND_IN_STD = 0.3
_FLAT = 0.35  # height over length, below which the length says more
# Metres and their relative standard deviations, with the source of each figure.
_STANDARDS: dict[str, tuple[Literal["height", "length"], float, float, str]] = {
    "interior_door": ("height", 2.03, 0.05, "door leaf of 80 in, ANSI/SDI A250.8; 2.01 to 2.10 m elsewhere"),
    "counter": ("height", 0.91, 0.04, "worktop at 36 in, NKBA guideline 20"),
    "kitchen_island": ("height", 0.91, 0.05, "worktop at 36 in, NKBA guideline 20"),
    "stove": ("height", 0.91, 0.04, "built to the worktop, 36 in"),
    "dishwasher": ("height", 0.85, 0.04, "built under the worktop, 0.82 to 0.87 m"),
    "desk": ("height", 0.74, 0.04, "writing surface, BIFMA G1 and EN 527-1"),
    "dining_table": ("height", 0.75, 0.04, "EN 12521, 0.72 to 0.78 m"),
    "pallet": ("length", 1.2, 0.03, "EUR pallet EN 13698-1, and the 48 in GMA pallet"),
}


@dataclass(frozen=True)
class SizePrior:
    """The usual height, or the longer horizontal extent where height says little, m, and its log standard deviation."""

    category: str
    measure: Literal["height", "length"]
    meters: float
    log_std: float
    source: str


@cache
def size_prior(category: str) -> SizePrior | None:
    """Return what is known of the size of a category's things, None for an unknown category.

    Standards count first; else the log-mean and log standard deviation of several seeds and size words of the
    category's generator; else the size of its stand-in.
    """
    if category in _STANDARDS:
        measure, meters, std, source = _STANDARDS[category]
        return SizePrior(category, measure, meters, std, source)
    known = all_categories().get(category)
    if known is None:
        return None
    if generator_of(category) != PROXY:
        return _from_samples(category, _generated_sizes(category), _LEAST_STD, "generated")
    if known.size_m is not None:
        return _from_samples(category, np.array([known.size_m]), _STAND_IN_STD, "stand-in")
    return None


def _generated_sizes(category: str) -> np.ndarray:
    """Sizes (N, 3) of several seeds, each as it comes, small and large, m."""
    return np.array(
        [
            generate(request_for(category, seed, size=word)).model.size_m
            for word in _SIZE_WORDS
            for seed in range(_SEEDS if word is None else 1)
        ]
    )


def _from_samples(category: str, sizes: np.ndarray, least_std: float, source: str) -> SizePrior:
    heights, lengths = np.log(sizes[:, 2]), np.log(sizes[:, :2].max(axis=1))
    is_flat = heights.mean() - lengths.mean() < np.log(_FLAT)
    takes_length = is_flat or (lengths.std() < heights.std() - 1e-9 and lengths.mean() > heights.mean())
    values = lengths if takes_length else heights
    std = max(least_std, float(values.std()))
    meters = round(float(np.exp(values.mean())), 4)
    return SizePrior(category, "length" if takes_length else "height", meters, round(std, 4), source)
