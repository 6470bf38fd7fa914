"""Beside, left of, in front of, … between two boxes, seen by someone who stands at -Y and looks along +Y."""

import numpy as np
from numpy.typing import NDArray

from blueprint.sources.text.spec import RelationType

__all__ = ["NEAR_M", "NEXT_TO_M", "box_gap", "side_holds"]

NEXT_TO_M = 0.5  # SceneEval's bound for next_to
NEAR_M = 1.5  # SceneEval's bound for near
_ALIGNED_M = 0.25
_SLACK_M = 0.01

Array = NDArray[np.float64]
Box = tuple[Array, Array]


def box_gap(a: Box, b: Box) -> float:
    """Return the horizontal distance between two boxes given as (lower, upper) corners (≥ 2,), metres."""
    apart = np.maximum(0.0, np.maximum(a[0][:2] - b[1][:2], b[0][:2] - a[1][:2]))
    return float(np.hypot(*apart))


def side_holds(kind: RelationType, subject: Box, target: Box) -> bool:
    """Whether the subject is `kind` (next_to, near, left_of, right_of, in_front_of, behind) of the target."""
    gap = box_gap(subject, target)
    if kind == "next_to":
        return gap <= NEXT_TO_M
    if kind == "near":
        return gap <= NEAR_M
    axis, sign = {"left_of": (0, 1), "right_of": (0, -1), "in_front_of": (1, 1), "behind": (1, -1)}[kind]
    nearer, farther = (subject, target) if sign > 0 else (target, subject)
    other = 1 - axis
    middles = [(box[0][other] + box[1][other]) / 2 for box in (subject, target)]
    reach = max(_ALIGNED_M, (target[1][other] - target[0][other]) / 2)
    return bool(
        nearer[1][axis] <= farther[0][axis] + _SLACK_M and abs(middles[0] - middles[1]) <= reach and gap <= NEXT_TO_M
    )
