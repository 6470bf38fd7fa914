"""Behaviour cloning from states: chunks of hand poses, relative to where the hand is.

The policy carries one number, its phase, from chunk to chunk: how far through the task it believes itself to be. It is
predicted with the actions, and blurred while learning, so that it settles what a state alone leaves open (the fingers
are closed: wait, or lift?) but cannot replace looking.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blueprint.training.demonstrations import Demonstration
from blueprint.training.disturbance import carried_along, disturbances, held_things, led_back
from blueprint.training.environment import EnvironmentState
from blueprint.training.features import split_environment, state_features
from blueprint.training.hand_space import HandSpace, moved, offset_of
from blueprint.training.network import Fit, Fitter, Network, Schedule

__all__ = ["CHUNK", "HORIZON", "Normalisation", "StatePolicy", "fit_state_policy"]

CHUNK = 16
HORIZON = 4
PHASE_NOISE = 0.03
COPIES = 3  # of every situation: as it was, and twice with the hand put beside the path
FEATURE_NOISE = 0.005  # of a feature's standard deviation
HELD_BACK_EVERY = 10  # each tenth demonstration is for the validation loss
OUTPUTS = 8  # position, rotation vector, opening, phase
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


class StatePolicy:
    """Acts on states: call `reset` at the start of an attempt, then `act` every tick.

    `unreached` counts the ticks at which the arm could not follow and held still.
    """

    def __init__(
        self, network: Network, scale: Normalisation, hand: HandSpace, poses: int, horizon: int = HORIZON
    ) -> None:
        self.network, self.scale, self.hand = network, scale, hand
        self.poses, self.horizon = poses, horizon
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

    def _predict(self, seen: EnvironmentState, last: Array32) -> list[tuple[Array, float]]:
        """Return the next `horizon` poses and openings, and move the phase on."""
        hand = self.hand.poses(seen.state[None])
        things, rest = split_environment(seen.environment[None], self.poses)
        openings = np.array([[seen.state[self.hand.slots.gripper], last[self.hand.slots.gripper]]], np.float64)
        features = state_features(hand, things, rest, openings, np.array([self._phase]))
        outputs = self.network((features - self.scale.input_mean) / self.scale.input_spread)
        chunk = (outputs * self.scale.output_spread + self.scale.output_mean).reshape(-1, OUTPUTS).astype(np.float64)
        self._phase = float(np.clip(self._phase + chunk[self.horizon - 1, 7], 0.0, 1.0))
        targets = moved(hand, chunk[: self.horizon, :6])
        return [(pose, float(opening)) for pose, opening in zip(targets, chunk[: self.horizon, 6], strict=True)]


def fit_state_policy(
    demonstrations: Sequence[Demonstration],
    hand: HandSpace,
    poses: int,
    fit: Fitter,
    schedule: Schedule,
    rng: np.random.Generator,
) -> tuple[StatePolicy, Fit]:
    """Fit a policy to demonstrations of one task; `poses` is how many poses their environment vectors start with."""
    pairs = [pair for item in demonstrations for pair in [_examples(item, hand, poses, rng)]]
    inputs, targets = (np.concatenate([pair[side] for pair in pairs]) for side in (0, 1))
    is_held_back = [number % HELD_BACK_EVERY == HELD_BACK_EVERY - 1 for number in range(len(pairs))]
    held_back = np.repeat(is_held_back, [len(pair[0]) for pair in pairs])
    scale = Normalisation(*_spread(inputs[~held_back]), *_spread(targets[~held_back]))
    fitted = fit(
        (inputs - scale.input_mean) / scale.input_spread,
        (targets - scale.output_mean) / scale.output_spread,
        np.full(inputs.shape[1], FEATURE_NOISE, np.float32),
        held_back,
        schedule,
        rng,
    )
    return StatePolicy(fitted.network, scale, hand, poses), fitted


def _examples(item: Demonstration, hand: HandSpace, poses: int, rng: np.random.Generator) -> tuple[Array32, Array32]:
    """Return inputs (COPIES × T, F) and targets (COPIES × T, CHUNK × OUTPUTS) of a demonstration."""
    ticks = item.ticks
    hands, goals = hand.poses(item.state), hand.poses(item.action)
    things, rest = split_environment(item.environment, poses)
    measured, told = hand.openings(item.state), hand.openings(item.action)
    commanded = np.append(measured[:1], told[:-1])
    held = held_things(hands, things, measured, told)
    ahead = np.minimum(np.arange(ticks)[:, None] + np.arange(CHUNK), ticks - 1)
    phases, after = np.arange(ticks) / ticks, np.arange(1, ticks + 1) / ticks
    inputs, targets = [], []
    for copy in range(COPIES):
        offsets = disturbances(ticks, rng) * (copy > 0)
        put = moved(hands, offsets)
        believed = phases + PHASE_NOISE * rng.standard_normal(ticks)
        there = carried_along(hands, put, things, held)
        inputs.append(state_features(put, there, rest, np.column_stack([measured, commanded]), believed))
        chunk = offset_of(put[:, None], led_back(hands, goals[ahead], offsets))
        more = np.stack([told[ahead], after[ahead] - believed[:, None]], axis=-1)
        targets.append(np.concatenate([chunk, more], axis=-1).reshape(ticks, -1).astype(np.float32))
    return np.concatenate(inputs), np.concatenate(targets)


def _spread(values: Array32) -> tuple[Array32, Array32]:
    return values.mean(axis=0), np.maximum(values.std(axis=0), np.float32(_SMALLEST_SPREAD))
