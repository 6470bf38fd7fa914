"""What goes into a state policy: the hand, and everything else as seen from the hand.

Positions relative to the hand let what was learned at one place hold at another; a rotation is given by the first two
columns of its matrix, which have no jumps (Zhou et al., On the Continuity of Rotation Representations, CVPR 2019).
"""

from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from blueprint.contracts.frames import matrix_from_quat_wxyz

__all__ = ["split_environment", "state_features"]

Array = NDArray[np.float64]


def split_environment(rows: ArrayLike, poses: int) -> tuple[Array, Array]:
    """Return the poses (T, poses, 4, 4) that environment vectors (T, E) start with, and the rest of them (T, E')."""
    values = np.asarray(rows, np.float64)
    each = values[:, : 7 * poses].reshape(len(values), poses, 7)
    matrices = np.zeros((len(values), poses, 4, 4))
    matrices[..., 3, 3] = 1.0
    matrices[..., :3, 3] = each[..., :3]
    for index in np.ndindex(each.shape[:2]):
        matrices[index][:3, :3] = matrix_from_quat_wxyz(each[index][3:])
    return matrices, values[:, 7 * poses :]


def state_features(hands: Array, things: Array, rest: Array, openings: Array, phase: Array) -> NDArray[np.float32]:
    """Return the features (T, F) of T situations.

    hands (T, 4, 4) · things (T, N, 4, 4) and rest (T, E'), see `split_environment` · openings (T, 2) measured and last
    commanded, m · phase (T,), 0 at the start and 1 at the end.
    """
    seen = np.linalg.inv(hands)[:, None] @ things
    columns = [phase[:, None], openings, rest, hands[:, :3, 3], _two_columns(hands)]
    columns += [part for k in range(things.shape[1]) for part in (seen[:, k, :3, 3], _two_columns(seen[:, k]))]
    columns += [things[:, b, :3, 3] - things[:, a, :3, 3] for a, b in pairwise(range(things.shape[1]))]
    return np.hstack(columns).astype(np.float32)


def _two_columns(poses: Array) -> Array:
    return poses[:, :3, :2].reshape(len(poses), 6)
