"""A multi-layer perceptron in NumPy: what the default installation learns with."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Fit", "Fitter", "Network", "Schedule", "fit_network", "mean_loss"]

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Network:
    """Layers of weights (in, out) and biases (out,), with a rectifier between them."""

    weights: list[Array]
    biases: list[Array]

    def __call__(self, inputs: Array) -> Array:
        """Return outputs (N, out) of inputs (N, in)."""
        values = inputs
        for index, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            values = values @ weight + bias
            if index + 1 < len(self.weights):
                values = np.maximum(values, 0)
        return values


@dataclass(frozen=True)
class Schedule:
    """How a network is fitted: `steps` batches of `batch` rows, learning rate falling to 0 along a cosine."""

    hidden: tuple[int, ...] = (256, 256, 256)
    steps: int = 20_000
    batch: int = 256
    rate: float = 1e-3
    decay: float = 1e-4


@dataclass(frozen=True)
class Fit:
    """A fitted network and its mean Huber losses on rows that it was fitted to and on rows held back."""

    network: Network
    train_loss: float
    validation_loss: float


class Fitter(Protocol):
    """Fits a network to inputs (N, in) and targets (N, out), both normalised. `noise` (in,) is the standard deviation
    of what is added to every input afresh at each step; `held_back` (N,) marks rows kept for the validation loss."""

    def __call__(
        self,
        inputs: Array,
        targets: Array,
        noise: Array,
        held_back: NDArray[np.bool_],
        schedule: Schedule,
        rng: np.random.Generator,
    ) -> Fit: ...


def fit_network(
    inputs: Array,
    targets: Array,
    noise: Array,
    held_back: NDArray[np.bool_],
    schedule: Schedule,
    rng: np.random.Generator,
) -> Fit:
    """See `Fitter`. Adam with decoupled decay (Loshchilov and Hutter, ICLR 2019) on the Huber loss."""
    sizes = [inputs.shape[1], *schedule.hidden, targets.shape[1]]
    network = _fresh(sizes, rng)
    slots = [(value, np.zeros_like(value), np.zeros_like(value)) for value in [*network.weights, *network.biases]]
    rows = np.flatnonzero(~held_back)
    for step in range(schedule.steps):
        chosen = rng.choice(rows, schedule.batch)
        batch = inputs[chosen] + noise * rng.standard_normal((schedule.batch, inputs.shape[1]), np.float32)
        gradients = _gradients(network, batch, targets[chosen])
        rate = schedule.rate * 0.5 * (1 + np.cos(np.pi * step / schedule.steps))
        for (value, first, second), gradient in zip(slots, gradients, strict=True):
            _adam(value, first, second, gradient, step + 1, rate, schedule.decay if value.ndim == 2 else 0.0)
    return Fit(network, mean_loss(network, inputs, targets, ~held_back), mean_loss(network, inputs, targets, held_back))


def _fresh(sizes: list[int], rng: np.random.Generator) -> Network:
    """Return a network with weights as He et al. (ICCV 2015) draw them for rectifiers; the last layer starts small."""
    weights = [(rng.standard_normal((a, b)) * np.sqrt(2 / a)).astype(np.float32) for a, b in pairwise(sizes)]
    weights[-1] *= np.float32(0.1)
    return Network(weights, [np.zeros(size, np.float32) for size in sizes[1:]])


def _gradients(network: Network, inputs: Array, targets: Array) -> list[Array]:
    """Return the gradients of the mean Huber loss, weights first, then biases."""
    layers = [inputs]
    for weight, bias in zip(network.weights[:-1], network.biases[:-1], strict=True):
        layers.append(np.maximum(layers[-1] @ weight + bias, 0))
    error = layers[-1] @ network.weights[-1] + network.biases[-1] - targets
    back = np.clip(error, -1, 1) / np.float32(error.size)
    weights, biases = [], []
    for index in reversed(range(len(layers))):
        weights.append(layers[index].T @ back)
        biases.append(back.sum(axis=0))
        if index:
            back = (back @ network.weights[index].T) * (layers[index] > 0)
    return [*reversed(weights), *reversed(biases)]


def _adam(value: Array, first: Array, second: Array, gradient: Array, step: int, rate: float, decay: float) -> None:
    first += 0.1 * (gradient - first)
    second += 0.001 * (gradient * gradient - second)
    rate_now = np.float32(rate * np.sqrt(1 - 0.999**step) / (1 - 0.9**step))
    value -= rate_now * first / (np.sqrt(second) + np.float32(1e-10)) + np.float32(rate * decay) * value


def mean_loss(network: Network, inputs: Array, targets: Array, chosen: NDArray[np.bool_]) -> float:
    """Return the mean Huber loss of the chosen rows, 0 for none."""
    if not chosen.any():
        return 0.0
    error = np.abs(network(inputs[chosen]) - targets[chosen])
    return float(np.where(error < 1, error**2 / 2, error - 0.5).mean())
