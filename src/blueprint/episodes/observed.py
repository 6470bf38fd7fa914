"""What the robot is told and what it reads: the words of a variation, and joint readings with its noise."""

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.seeds import rng_for
from blueprint.contracts.task import TaskSpec
from blueprint.contracts.variation import Variation

__all__ = ["noisy_state", "spoken_instruction"]

METRES_PER_RADIAN = 0.1  # noise of an opening in metres, for a noise of 1 rad: 3 mrad is 0.3 mm


def spoken_instruction(task: TaskSpec, variation: Variation | None) -> str:
    """Return the task's instruction or the paraphrase that the variation chooses; never one kept for evaluation."""
    words = [task.instruction, *(item for item in task.paraphrases if item not in task.unseen_paraphrases)]
    share = variation.instruction if variation else 0.0
    return words[min(int(share * len(words)), len(words) - 1)]


def noisy_state(
    state: NDArray[np.float32], units: list[str], variation: Variation | None, seed: int
) -> NDArray[np.float32]:
    """Return measured states (T, S) with white noise of the variation's deviation added; `units` are rad or m.

    Physics, success and replay see none of it: it is what an encoder would report.
    """
    deviation = variation.robot.joint_noise_rad if variation else 0.0
    if deviation == 0.0:
        return state
    scales = np.array([deviation if unit == "rad" else deviation * METRES_PER_RADIAN for unit in units])
    noise = rng_for(seed, "joint_noise").standard_normal(state.shape) * scales
    return (state + noise).astype(np.float32)
