"""What policies have in common: chunks of hand poses are predicted, a part is executed, and the phase is carried along.

The phase is one number: how far through the task the policy believes itself to be. It is predicted with the actions,
and blurred while learning, so that it settles what a situation alone leaves open (the fingers are closed: wait, or
lift?) but cannot replace looking.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blueprint.training.demonstrations import Demonstration
from blueprint.training.environment import EnvironmentState
from blueprint.training.hand_space import HandSpace, moved

__all__ = [
    "CHUNK",
    "HORIZON",
    "OUTPUTS",
    "PHASE_NOISE",
    "ChunkPolicy",
    "Normalisation",
    "chunk_rows",
    "held_back_rows",
    "spread_of",
]

CHUNK = 16
HORIZON = 4
OUTPUTS = 8  # position, rotation vector, opening, phase
PHASE_NOISE = 0.03
HELD_BACK_EVERY = 10  # each tenth demonstration is for the validation loss
_SMALLEST_SPREAD = 1e-3  # m, rad: what varies less is not blown up to noise

Array = NDArray[np.float64]
Array32 = NDArray[np.float32]


@dataclass(frozen=True)
class Normalisation:
    """Means and spreads of a policy's inputs and outputs."""

    input_mean: Array32
    input_spread: Array32
    output_mean: Array32
    output_spread: Array32


class ChunkPolicy(ABC):
    """Call `reset` at the start of an attempt, then `act` every tick.

    `unreached` counts the ticks at which the arm could not follow and held still.
    """

    def __init__(self, hand: HandSpace, horizon: int = HORIZON) -> None:
        self.hand, self.horizon = hand, horizon
        self.reset()

    def reset(self) -> None:
        """Forget the last attempt."""
        self._queue: list[tuple[Array, float]] = []
        self._phase = 0.0
        self._last: Array32 | None = None
        self.unreached = 0

    def act(self, seen: EnvironmentState) -> Array32:
        """Return the next action (A,)."""
        last = seen.state if self._last is None else self._last
        if not self._queue:
            self._queue = self._predict(seen, last)
        action = self.hand.action(*self._queue.pop(0), last)
        if action is None:
            self.unreached += 1
            action = last
        self._last = action
        return action

    @abstractmethod
    def outputs(self, seen: EnvironmentState, hand: Array, openings: Array, phase: Array) -> Array:
        """Return a chunk (CHUNK × OUTPUTS,): offsets from `hand` (1, 4, 4), openings in m, and how the phase grows.

        openings (1, 2) are those measured and last commanded; phase is (1,).
        """

    def _predict(self, seen: EnvironmentState, last: Array32) -> list[tuple[Array, float]]:
        """Return the next `horizon` poses and openings, and move the phase on."""
        hand = self.hand.poses(seen.state[None])
        gripper = self.hand.slots.gripper
        openings = np.array([[seen.state[gripper], last[gripper]]], np.float64)
        made = self.outputs(seen, hand, openings, np.array([self._phase]))
        chunk = np.asarray(made, np.float64).reshape(-1, OUTPUTS)
        self._phase = float(np.clip(self._phase + chunk[self.horizon - 1, 7], 0.0, 1.0))
        targets = moved(hand, chunk[: self.horizon, :6])
        return [(pose, float(opening)) for pose, opening in zip(targets, chunk[: self.horizon, 6], strict=True)]


def held_back_rows(demonstrations: int, rows: list[int]) -> NDArray[np.bool_]:
    """Return which rows are of a demonstration that is held back; `rows` says how many each has."""
    return np.repeat([number % HELD_BACK_EVERY == HELD_BACK_EVERY - 1 for number in range(demonstrations)], rows)


def spread_of(values: Array32) -> tuple[Array32, Array32]:
    """Return mean and spread of every column; what hardly varies has the spread of a millimetre."""
    return values.mean(axis=0), np.maximum(values.std(axis=0), np.float32(_SMALLEST_SPREAD))


def chunk_rows(item: Demonstration) -> NDArray[np.int64]:
    """Return the ticks (T, CHUNK) whose actions make each chunk; the last one is repeated at the end."""
    return np.minimum(np.arange(item.ticks)[:, None] + np.arange(CHUNK), item.ticks - 1)
