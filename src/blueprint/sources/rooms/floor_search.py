"""Places the groups of one room: beam search over candidate tables, restarts ranked by walkability, then repair."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from blueprint.contracts.seeds import rng_for
from blueprint.sources.rooms.candidates import candidates, lattice
from blueprint.sources.rooms.floor_score import costs
from blueprint.sources.rooms.floor_state import Candidates, FloorState, Standing, WalkRaster, fits, stand
from blueprint.sources.rooms.group_shape import GroupShape, kind_of_group, stands_in_rows
from blueprint.sources.rooms.room_frame import RoomFrame

__all__ = ["MIN_SHARE", "RESTARTS", "ROBOT_RADIUS_M", "FloorPlan", "improve", "place_groups"]

ROBOT_RADIUS_M = 0.2
MIN_SHARE = 0.98
_BEAM = 2
_LOOK = 6  # candidates per state whose walkability is computed
_LOOK_IN_ROW = 2
RESTARTS = 6
_CLIMB_PASSES = 2
_SHARE_COST = 12.0
_BLOCKED_COST = 1.5
_WIDE_SHARE, _WIDE_COST = 0.95, 4.0  # of the floor for a robot 0.5 m wide: wished, not asked for
_LEFT_OUT_COST = {True: 60.0, False: 5.0}
_SAME_M = 0.25
_WORTH = 0.02


@dataclass(frozen=True)
class FloorPlan:
    """Where groups stand (room frame) and which found no place; `share` is the connected share of the free area,
    `blocked` the number of groups whose front a robot cannot reach."""

    standing: tuple[Standing, ...]
    left_out: tuple[str, ...]
    share: float
    blocked: int
    cost: float

    @property
    def walkable(self) -> bool:
        return self.share >= MIN_SHARE and not self.blocked


@dataclass(frozen=True)
class _Branch:
    state: FloorState
    left_out: tuple[str, ...]
    cost: float


def place_groups(
    frame: RoomFrame, shapes: Sequence[GroupShape], seed: int, clearance: float = 1.0, restarts: int = RESTARTS
) -> FloorPlan:
    """Return the best of so many seeded searches, improved. `clearance` scales the free depth in front of groups."""
    walk = WalkRaster(frame, ROBOT_RADIUS_M)
    plans = [_judged(_search(frame, shapes, seed, k, clearance, walk), walk, shapes) for k in range(restarts)]
    plans.sort(key=lambda plan: plan.cost)
    climbed = [_climb(plan, frame, shapes, clearance, walk, _CLIMB_PASSES) for plan in plans[:2]]
    return min(climbed, key=lambda plan: plan.cost)


def improve(
    frame: RoomFrame,
    shapes: Sequence[GroupShape],
    start: Sequence[Standing],
    clearance: float = 1.0,
    passes: int = _CLIMB_PASSES,
) -> FloorPlan:
    """Return a plan that starts as `start`: each pass moves every group to its best place among the others, those of
    `shapes` that do not stand yet included."""
    walk = WalkRaster(frame, ROBOT_RADIUS_M)
    there = {item.shape.group.group_id for item in start}
    left = tuple(shape.group.group_id for shape in shapes if shape.group.group_id not in there)
    plan = _judged(_Branch(FloorState(frame, clearance, tuple(start)), left, 0.0), walk, shapes)
    return _climb(plan, frame, shapes, clearance, walk, passes)


def _search(
    frame: RoomFrame, shapes: Sequence[GroupShape], seed: int, restart: int, clearance: float, walk: WalkRaster
) -> _Branch:
    rng = rng_for(seed, "floor", restart)
    noise = 0.12 + 0.06 * restart
    beam = [_Branch(FloorState(frame, clearance), (), 0.0)]
    slots: dict[tuple[object, ...], list[tuple[float, float, int, bool, float]]] = {}
    for shape in _order(shapes, rng):
        kind = kind_of_group(shape)
        alike = [other for other in shapes if kind_of_group(other) == kind]
        if kind not in slots and stands_in_rows(shape, len(alike)):
            slots[kind] = lattice(shape, len(alike), beam[0].state, noise * float(rng.random()))
        walls = rng.normal(0.0, noise, 4)
        grown: list[_Branch] = []
        for branch in beam:
            grown += _expand(branch, shape, slots.get(kind, []), walls, rng, noise, walk)
        grown.sort(key=lambda branch: branch.cost)
        beam = grown[:_BEAM]
    return beam[0]


def _expand(
    branch: _Branch,
    shape: GroupShape,
    slots: list[tuple[float, float, int, bool, float]],
    walls: np.ndarray,
    rng: np.random.Generator,
    noise: float,
    walk: WalkRaster,
) -> list[_Branch]:
    table = candidates(shape, branch.state, slots)
    table = table.take(fits(shape, table, branch.state))
    if slots and not len(table):
        table = candidates(shape, branch.state)
        table = table.take(fits(shape, table, branch.state))
    if not len(table):
        lost = _LEFT_OUT_COST[shape.group.required]
        return [_Branch(branch.state, (*branch.left_out, shape.group.group_id), branch.cost + lost)]
    price = costs(shape, table, branch.state)
    noisy = price + walls[table.quarter] + rng.normal(0.0, noise / 3, len(table))
    grown = []
    look = _LOOK_IN_ROW if slots and table.bonus.any() else _LOOK
    for index in _distinct(table, noisy, look):
        in_row = bool(table.bonus[index] > 0)
        state = branch.state.plus(stand(shape, table, index, branch.state.clearance, in_row))
        penalty = 0.0
        if not shape.flat:
            share, blocked = walk.quick(state)
            penalty = _SHARE_COST * (1 - share) + _BLOCKED_COST * blocked
        # The penalty is of the whole floor: what an earlier group cost is not counted again.
        grown.append((penalty + float(noisy[index]), state))
    return [_Branch(state, branch.left_out, branch.cost + total) for total, state in grown]


def _distinct(table: Candidates, price: np.ndarray, look: int) -> list[int]:
    """The cheapest candidates, no two of the same yaw within 25 cm."""
    order = np.argsort(price, kind="stable")[:400]
    places = zip(
        order.tolist(), table.x[order].tolist(), table.y[order].tolist(), table.quarter[order].tolist(), strict=True
    )
    kept: list[tuple[int, float, float, int]] = []
    for index, x, y, quarter in places:
        if all(quarter != turn or abs(x - px) + abs(y - py) > _SAME_M for _, px, py, turn in kept):
            kept.append((index, x, y, quarter))
        if len(kept) == look:
            break
    return [index for index, *_ in kept]


def _order(shapes: Sequence[GroupShape], rng: np.random.Generator) -> list[GroupShape]:
    """Anchors first: large, at walls, looked at or related to; a target before what refers to it; rugs last."""
    wanted = {relation.target for shape in shapes for relation in shape.group.relations}
    wanted |= {shape.group.faces for shape in shapes if shape.group.faces}
    rank: dict[str, float] = {}
    for shape in shapes:
        group = shape.group
        value = shape.area + 0.6 * (group.affinity in ("wall", "corner")) + 1.0 * (group.group_id in wanted)
        value += 0.8 * group.required
        rank[group.group_id] = value * float(np.exp(rng.normal(0.0, 0.15))) - (100.0 if shape.flat else 0.0)
    left = sorted(shapes, key=lambda shape: (-rank[shape.group.group_id], shape.group.group_id))
    known = {shape.group.group_id for shape in shapes}
    done: set[str] = set()
    order: list[GroupShape] = []
    while left:
        ready = [shape for shape in left if _targets(shape) & known <= done | {shape.group.group_id}]
        chosen = (ready or left)[0]
        left.remove(chosen)
        done.add(chosen.group.group_id)
        order.append(chosen)
    return order


def _targets(shape: GroupShape) -> set[str]:
    targets = {relation.target for relation in shape.group.relations}
    return targets | ({shape.group.faces} if shape.group.faces else set())


def _judged(branch: _Branch, walk: WalkRaster, shapes: Sequence[GroupShape]) -> FloorPlan:
    """The plan with its true cost: every group's own, given all the others."""
    share, blocked, wide = walk.exact(branch.state)
    lost = {shape.group.group_id: _LEFT_OUT_COST[shape.group.required] for shape in shapes}
    total = sum(lost[name] for name in branch.left_out) + _SHARE_COST * (1 - share) + _BLOCKED_COST * blocked
    total += _WIDE_COST * max(0.0, _WIDE_SHARE - wide)
    for item in branch.state.standing:
        total += _price(item, branch.state)
    return FloorPlan(branch.state.standing, branch.left_out, share, blocked, total)


def _price(item: Standing, state: FloorState) -> float:
    if item.in_row:
        return 0.0  # a place in a row is as good as the row
    one = Candidates(
        np.array([item.x]), np.array([item.y]), np.array([item.quarter]), item.bounds[None],
        np.array([item.walled]), np.zeros(1),
    )  # fmt: skip
    return float(costs(item.shape, one, state.without(item.shape.group.group_id))[0])


def _climb(
    plan: FloorPlan,
    frame: RoomFrame,
    shapes: Sequence[GroupShape],
    clearance: float,
    walk: WalkRaster,
    passes: int,
) -> FloorPlan:
    """Take each group out in turn and put it where it is best among the others; then try what was left out again."""
    by_id = {shape.group.group_id: shape for shape in shapes}
    best = plan
    for _ in range(passes):
        before = best.cost
        loose = (item.shape.group.group_id for item in best.standing if not item.in_row)
        for name in [*best.left_out, *loose]:
            better = _moved(best, by_id[name], frame, shapes, clearance, walk)
            best = better if better.cost < best.cost - 1e-6 else best
        if best.cost > before - 1e-3:
            break
    return best


def _moved(
    plan: FloorPlan,
    shape: GroupShape,
    frame: RoomFrame,
    shapes: Sequence[GroupShape],
    clearance: float,
    walk: WalkRaster,
) -> FloorPlan:
    name = shape.group.group_id
    rest = FloorState(frame, clearance, plan.standing).without(name)
    table = candidates(shape, rest)
    table = table.take(fits(shape, table, rest))
    left = tuple(other for other in plan.left_out if other != name)
    if not len(table):
        return plan
    price = costs(shape, table, rest)
    # Where the floor is open, only a place that is better in itself can be better for the room.
    now = next((_price(item, rest.plus(item)) for item in plan.standing if item.shape is shape), np.inf)
    order = [index for index in _distinct(table, price, 3) if not plan.walkable or price[index] < now - _WORTH]
    if not order:
        return plan
    trials = [
        _judged(_Branch(rest.plus(stand(shape, table, index, clearance)), left, 0.0), walk, shapes) for index in order
    ]
    return min(trials, key=lambda trial: trial.cost)
