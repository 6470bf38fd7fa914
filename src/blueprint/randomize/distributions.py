"""Drawing a number from a distribution."""

import numpy as np

from blueprint.contracts.variation import Choice, Constant, Distribution, Normal

__all__ = ["bounds", "sample"]

_TRUNCATION = 2.0  # standard deviations


def sample(distribution: Distribution, rng: np.random.Generator) -> float:
    """Draw one value; a normal distribution is drawn again until it is within ± 2 standard deviations."""
    if isinstance(distribution, Constant):
        return distribution.value
    if isinstance(distribution, Choice):
        return distribution.values[int(rng.integers(len(distribution.values)))]
    if isinstance(distribution, Normal):
        while True:
            value = float(rng.standard_normal())
            if abs(value) <= _TRUNCATION:
                return distribution.mean + distribution.std * value
    return float(rng.uniform(distribution.low, distribution.high))


def bounds(distribution: Distribution) -> tuple[float, float]:
    """Return the smallest and the largest value that can be drawn."""
    if isinstance(distribution, Constant):
        return distribution.value, distribution.value
    if isinstance(distribution, Choice):
        return min(distribution.values), max(distribution.values)
    if isinstance(distribution, Normal):
        reach = _TRUNCATION * distribution.std
        return distribution.mean - reach, distribution.mean + reach
    return distribution.low, distribution.high
