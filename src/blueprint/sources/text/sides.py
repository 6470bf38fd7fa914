"""Where one box is to another: beside, left of, in front of, across from, around, between, above, facing, …

Left, right, front and back are seen by someone who stands at -Y and looks along +Y, or before the target's own front
(-Y of its frame) where the caller gives boxes in that frame. Distances follow SceneEval
(3dlg-hcvc, configs/metrics.yaml).
"""

import numpy as np
from numpy.typing import NDArray

from blueprint.sources.text.spec import RelationType

__all__ = [
    "ACROSS_M",
    "FACING_RAD",
    "NEAR_M",
    "NEXT_TO_M",
    "box_gap",
    "center_distance",
    "is_above",
    "is_between",
    "is_facing",
    "is_under",
    "side_holds",
    "side_of",
]

NEXT_TO_M = 0.5
NEAR_M = 1.5
ACROSS_M = (1.5, 4.0)
FACING_RAD = np.radians(30.0)
_ALIGNED_M = 0.25
_SLACK_M = 0.01
_OVER_M = 0.3  # a picture above a sofa hangs on the wall behind it
_BETWEEN_M = 0.5  # off the line between two things

Array = NDArray[np.float64]
Box = tuple[Array, Array]


def box_gap(a: Box, b: Box) -> float:
    """Return the horizontal distance between two boxes given as (lower, upper) corners (≥ 2,), metres."""
    apart = np.maximum(0.0, np.maximum(a[0][:2] - b[1][:2], b[0][:2] - a[1][:2]))
    return float(np.hypot(*apart))


def center_distance(a: Box, b: Box) -> float:
    """Return the horizontal distance between the centres of two boxes, metres."""
    apart = (a[0][:2] + a[1][:2] - b[0][:2] - b[1][:2]) / 2
    return float(np.hypot(*apart))


def side_holds(kind: RelationType, subject: Box, target: Box, reach_m: float = NEXT_TO_M) -> bool:
    """Whether the subject is `kind` (next_to, near, far_from, across_from, left_of, right_of, in_front_of, behind) of
    the target; the last four within `reach_m` of it."""
    gap = box_gap(subject, target)
    if kind == "next_to":
        return gap <= NEXT_TO_M
    if kind == "near":
        return gap <= NEAR_M
    if kind == "far_from":
        return gap > NEAR_M
    if kind == "across_from":
        low, high = ACROSS_M
        return low <= gap <= high or low <= center_distance(subject, target) <= high
    axis, sign = {"left_of": (0, 1), "right_of": (0, -1), "in_front_of": (1, 1), "behind": (1, -1)}[kind]
    nearer, farther = (subject, target) if sign > 0 else (target, subject)
    other = 1 - axis
    middles = [(box[0][other] + box[1][other]) / 2 for box in (subject, target)]
    reach = max(_ALIGNED_M, (target[1][other] - target[0][other]) / 2)
    return bool(
        nearer[1][axis] <= farther[0][axis] + _SLACK_M and abs(middles[0] - middles[1]) <= reach and gap <= reach_m
    )


def side_of(subject: Box, target: Box) -> str:
    """Return the side of the target on which the subject's centre lies: west, east, south or north."""
    center = (subject[0][:2] + subject[1][:2] - target[0][:2] - target[1][:2]) / 2
    half = np.maximum((target[1][:2] - target[0][:2]) / 2, 1e-6)
    x, y = center / half
    if abs(x) >= abs(y):
        return "east" if x >= 0 else "west"
    return "north" if y >= 0 else "south"


def is_above(subject: Box, target: Box) -> bool:
    """Whether the subject begins where the target ends or higher, over it or at most 0.3 m beside that."""
    return box_gap(subject, target) <= _OVER_M and bool(subject[0][2] >= target[1][2] - _SLACK_M)


def is_under(subject: Box, target: Box) -> bool:
    """Whether the subject is below the target's top, with a part of it seen from above inside the target."""
    return box_gap(subject, target) == 0.0 and bool(subject[1][2] <= target[1][2])


def is_facing(origin: Array, front: Array, target: Box) -> bool:
    """Whether some point of the target is within 30° of the direction `front` (x, y) from `origin` (x, y); its centre,
    where the origin is over the target (a chair pushed under its desk)."""
    low, high = target[0][:2], target[1][:2]
    if bool(((low <= origin[:2]) & (origin[:2] <= high)).all()):
        points = (low + high)[None] / 2 - origin[:2]
    else:
        xs, ys = (np.linspace(low[axis], high[axis], 7) for axis in (0, 1))
        points = np.array([(x, y) for x in xs for y in ys]) - origin[:2]
    lengths = np.linalg.norm(points, axis=1) * float(np.linalg.norm(front[:2]))
    if float(lengths.min()) < 1e-9:
        return False
    return bool((points @ front[:2] / lengths).max() >= np.cos(FACING_RAD))


def is_between(subject: Box, first: Box, second: Box) -> bool:
    """Whether the subject's centre lies between the centres of the two, at most 0.5 m (or half its own size) off the
    line that joins them."""
    a, b, c = ((box[0][:2] + box[1][:2]) / 2 for box in (first, second, subject))
    along = b - a
    length = float(np.linalg.norm(along))
    if length < 1e-6:
        return False
    share = float((c - a) @ along) / length**2
    off = float(np.linalg.norm(c - a - share * along))
    reach = max(_BETWEEN_M, *(float((box[1][:2] - box[0][:2]).min()) / 2 for box in (first, second)))
    return 0.0 < share < 1.0 and off <= reach
