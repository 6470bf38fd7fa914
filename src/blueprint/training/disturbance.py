"""Demonstrations with the hand put beside its path: what to do there is to come back.

A planner never strays, so that its demonstrations do not tell what to do beside the path, and a policy learned from
them alone drifts off it. Because the robot goes where it is told from wherever it is, the answer is known without
another demonstration (in the spirit of DART, Laskey et al., CoRL 2017): go back, half of what is left at every tick.
"""

import numpy as np
from numpy.typing import NDArray

from blueprint.training.hand_space import moved, offset_of

__all__ = ["PRESSING_M", "carried_along", "disturbances", "held_things", "led_back"]

POSITION_M = 0.015
ROTATION_RAD = 0.08
REMAINS = 0.5
PRESSING_M = 0.004  # fingers told to close further than they are hold something
_MOVED_M = 0.003

Array = NDArray[np.float64]


def disturbances(count: int, rng: np.random.Generator) -> Array:
    """Return offsets (count, 6): mostly small ones, position m and rotation vector rad."""
    sizes = rng.uniform(0.0, 1.0, (count, 1)) ** 2 * 2.0
    return rng.standard_normal((count, 6)) * sizes * [*[POSITION_M] * 3, *[ROTATION_RAD] * 3]


def led_back(targets: Array, offsets: Array) -> Array:
    """Return the targets (T, K, 4, 4) for a hand that was put beside its path by offsets (T, 6).

    Each target keeps a part of the offset that is halved from tick to tick.
    """
    remaining = REMAINS ** np.arange(1, targets.shape[1] + 1)
    return moved(targets, offsets[:, None] * remaining[None, :, None])


def carried_along(hands: Array, put: Array, things: Array, held: NDArray[np.bool_]) -> Array:
    """Return the things (T, N, 4, 4), with those that are in the hand (T, N) moved as the hand was, to `put`."""
    carried = (put @ np.linalg.inv(hands))[:, None] @ things
    return np.where(held[..., None, None], carried, things)


def held_things(hands: Array, things: Array, measured: Array, commanded: Array) -> NDArray[np.bool_]:
    """Return which things (T, N) the hand holds: it presses, and the thing goes where the hand goes.

    A thing is with the hand at a tick if, as seen from the hand, it is where it will be at the end of the grip.
    """
    pressing = measured - commanded > PRESSING_M
    seen = np.linalg.inv(hands)[:, None] @ things
    held = np.zeros(things.shape[:2], bool)
    for start, end in _runs(pressing):
        travelled = np.linalg.norm(things[end - 1, :, :3, 3] - things[start, :, :3, 3], axis=-1) > _MOVED_M
        shift = np.abs(offset_of(seen[start:end], np.broadcast_to(seen[end - 1], seen[start:end].shape)))
        held[start:end] = travelled & (shift[..., :3].max(axis=-1) < 2 * _MOVED_M)
    return held


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]
