"""What an episode needs of a simulator; MuJoCo implements it in process, Genie Sim over the wire."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from blueprint.contracts.episode import FailureReason
from blueprint.contracts.errors import BlueprintError

__all__ = ["Observation", "SimulationError", "Simulator"]


@dataclass(frozen=True)
class Observation:
    """One state, as a row of the arrays of `contracts.episode.ARRAYS`.

    time s · qpos (nq,), qvel (nv,) float64 · state (S,) float32 · ee_pose (7 n,) float32, grasp frames of n arms in the
    robot base frame, m and w,x,y,z · contact_force N · velocity (S,), effort (A,), wrench (6 n,) float32.
    """

    time: float
    qpos: NDArray[np.float64]
    qvel: NDArray[np.float64]
    state: NDArray[np.float32]
    ee_pose: NDArray[np.float32]
    contact_force: float
    velocity: NDArray[np.float32]
    effort: NDArray[np.float32]
    wrench: NDArray[np.float32]


class SimulationError(BlueprintError):
    """The simulated attempt cannot go on; `reason` is what the episode records."""

    def __init__(self, reason: FailureReason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[object, ...]:
        return SimulationError, (self.reason, self.detail)


class Simulator(Protocol):
    """A world with one robot, advanced one control tick (1 / `rate_hz` s) at a time. The same calls give the same
    states, bit for bit, on the same build."""

    rate_hz: int

    def reset(self, initial_joints: Mapping[str, float]) -> Observation:
        """Put everything at its start, articulated joints (`object/joint`, rad or m) at the values given, let it come
        to rest under the held arm, and return that state at time 0. Raises SimulationError if it does not rest."""
        ...

    def step(self, action: ArrayLike) -> Observation:
        """Execute one action (A,) float32 and return the state after it. Raises SimulationError if physics diverges."""
        ...

    def state(self) -> Observation:
        """Return the present state."""
        ...
