"""How large things of a category usually are: a few standards, else what our own generators make."""

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np

from blueprint.assets.lexicon import all_categories, generator_of, request_for
from blueprint.assets.registry import PROXY, generate, generator_for

__all__ = ["SizePrior", "size_prior"]

_SEEDS = 4
_LEAST_STD = 0.08  # a generator's sizes vary less than the world's
_RANGE_DEVIATIONS = 5.0  # a generator's smallest and largest sizes are so many standard deviations apart
_STAND_IN_STD = 0.3
_VARIED_STD = 0.4
_VARIED = frozenset({
    "bag", "basket", "bin", "block", "box", "carton", "container", "crate", "figurine", "floor_plant", "jar", "lamp",
    "object", "picture", "plant", "planter", "potted_plant", "rug", "sack", "shelf", "toy", "vase", "vessel",
})  # fmt: skip  # words for things of any size: ours are of one
_FLAT = 0.35  # height over length, below which the length says more
_SURER = 0.8  # of the height's deviation, below which the length says more
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

    Standards count first; else the log-mean of several seeds of the category's generator, with the deviation of their
    logs and of the range that the generator takes requests in; else the size of its stand-in.
    """
    if category in _STANDARDS:
        measure, meters, std, source = _STANDARDS[category]
        return SizePrior(category, measure, meters, std, source)
    known = all_categories().get(category)
    if known is None:
        return None
    if generator_of(category) != PROXY:
        return _from_samples(category, _generated_sizes(category), *_least_stds(category), "generated")
    if known.size_m is not None:
        return _from_samples(category, np.array([known.size_m]), _STAND_IN_STD, _STAND_IN_STD, "stand-in")
    return None


def _generated_sizes(category: str) -> np.ndarray:
    """Sizes (N, 3) of several seeds, m."""
    return np.array([generate(request_for(category, seed)).model.size_m for seed in range(_SEEDS)])


def _least_stds(category: str) -> tuple[float, float]:
    """Log standard deviations of height and length: of the range of all requests that the generator takes."""
    if category in _VARIED:
        return _VARIED_STD, _VARIED_STD
    low, high = (np.array(bound) for bound in generator_for(generator_of(category)).size_range_m)
    height, length = float(np.log(high[2] / low[2])), float(np.log(high[:2].max() / low[:2].max()))
    return max(_LEAST_STD, height / _RANGE_DEVIATIONS), max(_LEAST_STD, length / _RANGE_DEVIATIONS)


def _from_samples(
    category: str, sizes: np.ndarray, least_height_std: float, least_length_std: float, source: str
) -> SizePrior:
    heights, lengths = np.log(sizes[:, 2]), np.log(sizes[:, :2].max(axis=1))
    height_std = max(least_height_std, float(heights.std()))
    length_std = max(least_length_std, float(lengths.std()))
    is_flat = heights.mean() - lengths.mean() < np.log(_FLAT)
    takes_length = is_flat or length_std < _SURER * height_std
    values, std = (lengths, length_std) if takes_length else (heights, height_std)
    meters = round(float(np.exp(values.mean())), 4)
    return SizePrior(category, "length" if takes_length else "height", meters, round(std, 4), source)
