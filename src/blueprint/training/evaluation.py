"""How often a policy succeeds: attempts in given variations, judged in physics like the demonstrations."""

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from blueprint.contracts.training import EvaluationEpisode, SuccessRate
from blueprint.contracts.variation import Variation
from blueprint.sim.protocol import SimulationError
from blueprint.training.environment import EnvironmentState, TaskEnvironment

__all__ = ["Policy", "attempt", "evaluate_policy", "success_rate"]


class Policy(Protocol):
    """Anything that acts: `reset` at the start of an attempt, then `act` every tick of 1 / rate s."""

    def reset(self) -> None: ...

    def act(self, seen: EnvironmentState) -> NDArray[np.float32]: ...


def evaluate_policy(
    policy: Policy,
    environment: TaskEnvironment,
    variations: Sequence[Variation | None],
    on_done: Callable[[EvaluationEpisode], None] | None = None,
) -> list[EvaluationEpisode]:
    """Return one attempt per variation, in order."""
    episodes = []
    for variation in variations:
        episodes.append(attempt(policy, environment, variation))
        if on_done is not None:
            on_done(episodes[-1])
    return episodes


def attempt(policy: Policy, environment: TaskEnvironment, variation: Variation | None) -> EvaluationEpisode:
    """Let a policy try once; an attempt that physics ends is a failed one with that reason."""
    name = variation.variation_id if variation else "nominal"
    policy.reset()
    try:
        seen = environment.reset(variation)
    except SimulationError as error:
        return EvaluationEpisode(variation_id=name, success=False, ticks=0, reason=str(error.reason))
    ticks, ended = 0, False
    while not ended:
        result = environment.step(policy.act(seen))
        seen, ended, ticks = result.seen, result.ended, ticks + 1
    return EvaluationEpisode(variation_id=name, success=result.success, ticks=ticks, reason=result.reason)


def success_rate(episodes: Sequence[EvaluationEpisode]) -> SuccessRate:
    """Count successes, with the 95 % Wilson interval."""
    succeeded = sum(item.success for item in episodes)
    interval = binomtest(succeeded, len(episodes)).proportion_ci(0.95, method="wilson")
    return SuccessRate(succeeded=succeeded, attempts=len(episodes), low=float(interval.low), high=float(interval.high))
