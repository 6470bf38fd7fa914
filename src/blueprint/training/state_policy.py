"""Behaviour cloning from states: what to do follows from where things are as seen from the hand."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from blueprint.training.chunk_policy import (
    HORIZON,
    PHASE_NOISE,
    ChunkPolicy,
    Normalisation,
    chunk_rows,
    held_back_rows,
    spread_of,
)
from blueprint.training.demonstrations import Demonstration
from blueprint.training.disturbance import carried_along, disturbances, held_things, led_back
from blueprint.training.environment import EnvironmentState
from blueprint.training.features import split_environment, state_features
from blueprint.training.hand_space import HandSpace, moved, offset_of
from blueprint.training.network import Fit, Fitter, Network, Schedule

__all__ = ["StatePolicy", "fit_state_policy"]

COPIES = 3  # of every situation: as it was, and twice with the hand put beside the path
FEATURE_NOISE = 0.005  # of a feature's standard deviation

Array = NDArray[np.float64]
Array32 = NDArray[np.float32]


class StatePolicy(ChunkPolicy):
    """A network over the features of a state; `poses` is how many poses the environment vector starts with."""

    def __init__(
        self, network: Network, scale: Normalisation, hand: HandSpace, poses: int, horizon: int = HORIZON
    ) -> None:
        super().__init__(hand, horizon)
        self.network, self.scale, self.poses = network, scale, poses

    def outputs(self, seen: EnvironmentState, hand: Array, openings: Array, phase: Array) -> Array:
        """See ChunkPolicy."""
        things, rest = split_environment(seen.environment[None], self.poses)
        features = state_features(hand, things, rest, openings, phase)
        made = self.network((features - self.scale.input_mean) / self.scale.input_spread)
        return np.asarray(made * self.scale.output_spread + self.scale.output_mean, np.float64)[0]


def fit_state_policy(
    demonstrations: Sequence[Demonstration],
    hand: HandSpace,
    poses: int,
    fit: Fitter,
    schedule: Schedule,
    rng: np.random.Generator,
) -> tuple[StatePolicy, Fit]:
    """Fit a policy to demonstrations of one task; `poses` is how many poses their environment vectors start with."""
    pairs = [_examples(item, hand, poses, rng) for item in demonstrations]
    inputs, targets = (np.concatenate([pair[side] for pair in pairs]) for side in (0, 1))
    held_back = held_back_rows(len(pairs), [len(pair[0]) for pair in pairs])
    scale = Normalisation(*spread_of(inputs[~held_back]), *spread_of(targets[~held_back]))
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
    ahead = chunk_rows(item)
    phases, after = np.arange(ticks) / ticks, np.arange(1, ticks + 1) / ticks
    inputs, targets = [], []
    for copy in range(COPIES):
        offsets = disturbances(ticks, rng) * (copy > 0)
        put = moved(hands, offsets)
        believed = phases + PHASE_NOISE * rng.standard_normal(ticks)
        there = carried_along(hands, put, things, held)
        inputs.append(state_features(put, there, rest, np.column_stack([measured, commanded]), believed))
        chunk = offset_of(put[:, None], led_back(goals[ahead], offsets))
        more = np.stack([told[ahead], after[ahead] - believed[:, None]], axis=-1)
        targets.append(np.concatenate([chunk, more], axis=-1).reshape(ticks, -1).astype(np.float32))
    return np.concatenate(inputs), np.concatenate(targets)
