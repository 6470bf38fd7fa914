"""What makes a place good for a group, as costs: its wall or the middle, its neighbours, what it faces, the balance."""

import numpy as np
from numpy.typing import NDArray

from blueprint.sources.rooms.floor_state import Candidates, FloorState, Standing, gaps
from blueprint.sources.rooms.group_shape import GroupShape
from blueprint.sources.rooms.program import Affinity, GroupRelation
from blueprint.sources.rooms.room_frame import SIDES

__all__ = ["costs", "relation_costs", "relation_holds"]

Costs = NDArray[np.float64]
_FRONT = np.array([[0.0, -1.0], [1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])  # direction of the front by quarter turns
_TALL_M = 1.25
_REQUIRED = 6.0
_WISHED = 1.2
_FACING = (1.0, 3.6)  # comfortable distances from what is looked at, m


def costs(shape: GroupShape, at: Candidates, state: FloorState) -> Costs:
    """Return (N,) costs, lower is better; about 1.0 is what one would notice."""
    affinity = shape.group.affinity
    if shape.flat:
        total = _flat(shape, at, state)
    elif affinity == "middle":
        total = _middle(shape, at, state)
    else:
        walled = _walled(shape, at, state, affinity)
        total = walled if affinity != "free" else np.where(at.on_wall, walled, 0.3 + _spaced(at, state, 0.6))
    total = total + _by_doors(at, state, shape) - at.bonus
    if not shape.flat:
        total += 0.4 * _imbalance(shape, at, state)
    for relation in shape.group.relations:
        target = state.find(relation.target)
        if target is not None:
            total += (_REQUIRED if relation.required else _WISHED) * relation_costs(relation, at, target)
    if shape.group.faces:
        target = state.find(shape.group.faces)
        if target is not None:
            total += _WISHED * _facing(at, target)
    return np.asarray(total, float)


def relation_holds(relation: GroupRelation, item: Standing, target: Standing) -> bool:
    """Whether a group stands as a relation to another asks, within SceneEval's bounds."""
    one = Candidates(
        np.array([item.x]),
        np.array([item.y]),
        np.array([item.quarter]),
        item.bounds[None],
        np.array([item.walled]),
        np.zeros(1),
    )
    return bool(relation_costs(relation, one, target)[0] < 0.35)


def relation_costs(relation: GroupRelation, at: Candidates, target: Standing) -> Costs:
    """Return (N,) how far each candidate is from the relation: 0 holds, 1 is clearly broken.

    Left, right, in front and behind are the target's own, as one sees it who stands before its front: in its frame
    left is -X and in front is -Y.
    """
    gap = gaps(at.bounds, target.bounds[None])[:, 0]
    kind = relation.type
    if kind in ("next_to", "around", "against", "between"):
        return np.maximum(0.0, gap - (0.3 if kind != "against" else 0.1))
    if kind in ("on", "in", "under", "above"):
        return _apart(at, target)
    if kind == "near":
        return 0.5 * np.maximum(0.0, gap - 1.0)
    if kind == "far_from":
        return 0.3 * np.maximum(0.0, 4.0 - gap)
    if kind == "facing":
        return _facing(at, target)
    if kind == "across_from":
        return _facing(at, target) + 0.5 * np.maximum(0.0, 1.5 - gap)
    return _on_side(kind, at, target, gap)


def _on_side(kind: str, at: Candidates, target: Standing, gap: Costs) -> Costs:
    front = _FRONT[target.quarter]
    right = np.array([-front[1], front[0]])
    right = right if _is_right(front, right) else -right
    way = {"left_of": -right, "right_of": right, "in_front_of": front, "behind": -front}[kind]
    offset = _centers(at.bounds) - _centers(target.bounds[None])
    along, across = offset @ way, np.abs(offset @ np.array([-way[1], way[0]]))
    half = _half(target.bounds[None], way) + _half(at.bounds, way)
    reach = np.maximum(0.25, _half(target.bounds[None], np.array([-way[1], way[0]])))
    return np.maximum(0.0, half - along) * 2 + np.maximum(0.0, across - reach) + np.maximum(0.0, gap - 0.4)


def _is_right(front: NDArray[np.float64], right: NDArray[np.float64]) -> bool:
    """The object's +X: a quarter turn counter-clockwise of its front (-Y)."""
    return bool(front[0] * right[1] - front[1] * right[0] > 0)


def _half(bounds: NDArray[np.float64], way: NDArray[np.float64]) -> Costs:
    return (np.abs(way[0]) * (bounds[:, 2] - bounds[:, 0]) + np.abs(way[1]) * (bounds[:, 3] - bounds[:, 1])) / 2


def _centers(bounds: NDArray[np.float64]) -> NDArray[np.float64]:
    return (bounds[:, :2] + bounds[:, 2:]) / 2


def _apart(at: Candidates, target: Standing) -> Costs:
    return np.asarray(np.hypot(*(_centers(at.bounds) - _centers(target.bounds[None])).T), float)


def _facing(at: Candidates, target: Standing) -> Costs:
    """Looking at the target within 15°, on its axis, at a comfortable distance."""
    toward = _centers(target.bounds[None]) - _centers(at.bounds)
    length = np.maximum(np.hypot(*toward.T), 1e-6)
    cosine = (toward * _FRONT[at.quarter]).sum(axis=1) / length
    angle = np.arccos(np.clip(cosine, -1, 1))
    axis = _FRONT[target.quarter]
    aside = np.abs(toward[:, 0] * axis[1] - toward[:, 1] * axis[0])
    before = -(toward * axis).sum(axis=1) > 0  # the target's own front is towards us
    gap = gaps(at.bounds, target.bounds[None])[:, 0]
    far = np.maximum(0.0, gap - _FACING[1]) + np.maximum(0.0, _FACING[0] - gap)
    return (
        1.5 * np.maximum(0.0, angle - np.deg2rad(15)) + 0.6 * np.where(before, np.minimum(aside, 2.0), 2.0) + 0.4 * far
    )


def _walled(shape: GroupShape, at: Candidates, state: FloorState, affinity: Affinity) -> Costs:
    frame = state.frame
    across = at.quarter % 2
    lengths = np.where(across == 0, frame.width, frame.depth)
    low = np.where(across == 0, at.bounds[:, 0], at.bounds[:, 1])
    high = np.where(across == 0, at.bounds[:, 2], at.bounds[:, 3])
    before, after = _wall_gaps(at, state, low, high, lengths)
    nearest = np.minimum(low, lengths - high)
    total = np.where(at.on_wall, 0.0, 1.5)
    if affinity == "corner":
        total += 2.0 * np.minimum(nearest, 1.0)
    elif shape.height > _TALL_M and len(shape.group.members) == 1:
        total += 0.5 * np.minimum(np.minimum(before, after), 1.0)  # tall storage beside something, best in a corner
        total += 0.3 * np.minimum(nearest, 1.5)
    else:
        room_left = np.maximum(lengths - (high - low), 0.3)
        total += 0.7 * np.abs(before - after) / room_left
        total += 0.25 * (np.abs(low + high - lengths) / room_left)
    for gap in (before, after):
        total += np.where((gap > 0.06) & (gap < 0.5), 0.35, 0.0)
    ahead = np.choose(
        at.quarter,
        [at.bounds[:, 1], frame.width - at.bounds[:, 2], frame.depth - at.bounds[:, 3], at.bounds[:, 0]],
    )
    total += 0.4 * np.maximum(0.0, 1.5 - ahead)
    sides = np.array(SIDES)[at.quarter]
    total += 0.2 * np.isin(sides, np.array(frame.door_sides, dtype=sides.dtype))
    for strip, sill in zip(frame.windows, frame.sills, strict=True):
        before_window = gaps(at.bounds, strip[None])[:, 0] <= 0
        if "desk" in shape.category and shape.height <= sill:
            total -= 0.3 * before_window
    return total


def _wall_gaps(at: Candidates, state: FloorState, low: Costs, high: Costs, lengths: Costs) -> tuple[Costs, Costs]:
    """Free lengths along the wall to the next thing or corner, before and after each candidate."""
    blocks = np.concatenate([state.solids, state.frame.doors])
    if not len(blocks):
        return low.copy(), lengths - high
    along = (at.quarter % 2 == 0)[:, None]
    overlap_y = (at.bounds[:, None, 1] < blocks[:, 3] - 0.01) & (at.bounds[:, None, 3] > blocks[:, 1] + 0.01)
    overlap_x = (at.bounds[:, None, 0] < blocks[:, 2] - 0.01) & (at.bounds[:, None, 2] > blocks[:, 0] + 0.01)
    beside = np.where(along, overlap_y, overlap_x)
    to_low = low[:, None] - np.where(along, blocks[:, 2], blocks[:, 3])
    to_high = np.where(along, blocks[:, 0], blocks[:, 1]) - high[:, None]
    before = np.where(beside & (to_low >= -0.01), np.maximum(to_low, 0.0), np.inf).min(axis=1)
    after = np.where(beside & (to_high >= -0.01), np.maximum(to_high, 0.0), np.inf).min(axis=1)
    return np.minimum(before, low), np.minimum(after, lengths - high)


def _middle(shape: GroupShape, at: Candidates, state: FloorState) -> Costs:
    frame = state.frame
    center = np.array([frame.width, frame.depth]) / 2
    off = np.hypot(*(_centers(at.bounds) - center).T) / max(float(np.hypot(*center)), 0.1)
    wide = at.bounds[:, 2] - at.bounds[:, 0]
    deep = at.bounds[:, 3] - at.bounds[:, 1]
    crosswise = (wide - deep) * (frame.width - frame.depth) < -0.05
    total = _spaced(at, state, 0.8) + 0.6 * off + 0.25 * crosswise
    turned = [item.quarter for item in state.standing if item.shape.category == shape.category]
    if turned:
        total += 0.4 * ~np.isin(at.quarter, turned)
    return np.asarray(total, float)


def _spaced(at: Candidates, state: FloorState, room: float) -> Costs:
    """Cost of standing closer than `room` to walls and others."""
    frame = state.frame
    edge = np.minimum(at.bounds[:, :2].min(axis=1), frame.width - at.bounds[:, 2])
    clear = np.minimum(edge, frame.depth - at.bounds[:, 3])
    if len(state.solids):
        clear = np.minimum(clear, gaps(at.bounds, state.solids).min(axis=1))
    return 1.4 * np.maximum(0.0, room - clear)


def _flat(shape: GroupShape, at: Candidates, state: FloorState) -> Costs:
    """A rug lies under what stands in the middle, else in front of the largest group, else in the middle."""
    frame = state.frame
    center = np.array([frame.width, frame.depth]) / 2
    wide = at.bounds[:, 2] - at.bounds[:, 0]
    deep = at.bounds[:, 3] - at.bounds[:, 1]
    crosswise = (wide - deep) * (frame.width - frame.depth) < -0.05
    off = np.hypot(*(_centers(at.bounds) - center).T)
    total = 0.3 * off + 0.2 * crosswise + 0.05 * (at.quarter > 1)
    edge = np.minimum(at.bounds[:, :2].min(axis=1), frame.width - at.bounds[:, 2])
    total += np.maximum(0.0, 0.15 - np.minimum(edge, frame.depth - at.bounds[:, 3])) * 4
    solid = [item for item in state.standing if not item.shape.flat]
    if not shape.group.relations and solid:
        main = max(solid, key=lambda item: item.shape.area + (3.0 if item.shape.group.affinity == "middle" else 0.0))
        total += 0.5 * _apart(at, main)
    return np.asarray(total, float)


def _by_doors(at: Candidates, state: FloorState, shape: GroupShape) -> Costs:
    if shape.flat or not len(state.frame.entries):
        return np.zeros(len(at))
    points = np.concatenate([state.frame.entries, state.frame.entries], axis=1)
    near = gaps(at.bounds, points).min(axis=1)
    return np.asarray(0.5 * np.maximum(0.0, 1.0 - near), float)


def _imbalance(shape: GroupShape, at: Candidates, state: FloorState) -> Costs:
    """How far the furniture's centre of area would be from the room's centre, in half diagonals."""
    frame = state.frame
    center = np.array([frame.width, frame.depth]) / 2
    moment = state.moment - state.area * center
    total = moment + shape.area * (_centers(at.bounds) - center)
    return np.asarray(np.hypot(*total.T) / max(state.area + shape.area, 1e-6) / float(np.hypot(*center)), float)
