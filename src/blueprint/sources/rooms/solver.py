"""What a constraint solver can say about a room: that groups cannot fit it, or one way in which they do.

The search places by scores and can miss a tight packing; CP-SAT (OR-Tools) decides rectangles without scores. One
worker, a fixed seed and a limit in deterministic time, stopped at the first solution: the same inputs, the same answer.
Coordinates are whole centimetres. For a proof every rectangle is shrunk to what any placement on real coordinates
leaves after rounding, so that "infeasible" holds for real positions too; for a placement they are grown instead.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from ortools.sat.python import cp_model

from blueprint.sources.rooms.floor_state import Candidates, FloorState, Standing, fits, stand
from blueprint.sources.rooms.group_shape import WALL_GAP_M, GroupShape, turned
from blueprint.sources.rooms.room_frame import RoomFrame

__all__ = ["Verdict", "pack_groups", "prove_no_fit"]

_LIMIT = 4.0  # deterministic seconds
_GAP_CM = 1.0  # half of the gap between neighbours
_EXACT = 1e-6
_FAR_CM = 50_000


@dataclass(frozen=True)
class Verdict:
    """`status` infeasible is a proof, feasible comes with a placement, unknown says that the limit was reached."""

    status: Literal["feasible", "infeasible", "unknown"]
    standing: tuple[Standing, ...] = ()
    deterministic_time: float = 0.0


@dataclass(frozen=True)
class _Box:
    """A rectangle of a group in the model: interval variables along X and Y, and their sizes."""

    x: cp_model.IntervalVar
    y: cp_model.IntervalVar
    width: cp_model.IntVar
    depth: cp_model.IntVar
    top: float


@dataclass(frozen=True)
class _Group:
    x: cp_model.IntVar
    y: cp_model.IntVar
    turns: list[cp_model.IntVar]
    corners: NDArray[np.float64]  # (4, 2) lower corner of the bounds at every turn, cm, group frame
    solids: list[_Box]
    apart: list[_Box]  # the same area cut into rectangles that do not overlap: a chair is pushed under its table
    uses: list[_Box]


def prove_no_fit(frame: RoomFrame, shapes: Sequence[GroupShape], clearance: float, seed: int) -> Verdict:
    """Decide whether groups with `clearance` of their front zones could stand in the room at all.

    Necessary conditions only (walkability is not asked), on shrunk rectangles: an infeasible verdict is a proof.
    """
    solid = [shape for shape in shapes if not shape.flat]
    if sum(shape.area for shape in solid) > frame.area:
        return Verdict("infeasible")
    model, groups = _model(frame, solid, clearance, relaxed=True)
    status, solver = _solve(model, seed)
    if groups is None or status == cp_model.INFEASIBLE:
        return Verdict("infeasible", (), solver.deterministic_time)
    known = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    return Verdict("feasible" if known else "unknown", (), solver.deterministic_time)


def pack_groups(frame: RoomFrame, shapes: Sequence[GroupShape], clearance: float, seed: int) -> Verdict:
    """Return a placement of all solid groups by the hard rules, wall and corner groups at walls; a start for the
    search. Infeasible means on whole centimetres."""
    solid = [shape for shape in shapes if not shape.flat]
    model, groups = _model(frame, solid, clearance, relaxed=False)
    status, solver = _solve(model, seed)
    spent = solver.deterministic_time
    if groups is None or status == cp_model.INFEASIBLE:
        return Verdict("infeasible", (), spent)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Verdict("unknown", (), spent)
    state = FloorState(frame, clearance)
    for shape, group in zip(solid, groups, strict=True):
        quarter = next(k for k, turn in enumerate(group.turns) if solver.value(turn))
        x = round(float(solver.value(group.x) - group.corners[quarter, 0]) / 100, 4)
        y = round(float(solver.value(group.y) - group.corners[quarter, 1]) / 100, 4)
        at = _snapped(shape, x, y, quarter, frame)
        if not fits(shape, at, state)[0]:
            at = _at(shape, x, y, quarter, False)
        if not fits(shape, at, state)[0]:
            return Verdict("unknown", (), spent)
        state = state.plus(stand(shape, at, 0, clearance))
    return Verdict("feasible", state.standing, spent)


def _solve(model: cp_model.CpModel, seed: int) -> tuple[int, cp_model.CpSolver]:
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed % (1 << 31)
    solver.parameters.max_deterministic_time = _LIMIT
    solver.parameters.stop_after_first_solution = True
    return int(solver.solve(model)), solver


def _model(
    frame: RoomFrame, shapes: Sequence[GroupShape], clearance: float, *, relaxed: bool
) -> tuple[cp_model.CpModel, list[_Group] | None]:
    """Return the model and its groups; None for the groups where one fits the room at no turn."""
    model = cp_model.CpModel()
    rounding = 1 if relaxed else -1
    width, depth = (int(np.floor(value * 100 + _EXACT + (relaxed * 0.999))) for value in (frame.width, frame.depth))
    groups: list[_Group] = []
    for number, shape in enumerate(shapes):
        group = _group(model, shape, number, frame, clearance, rounding, walled=not relaxed)
        if group is None:
            model.add_bool_or([])
            return model, None
        groups.append(group)
    doors = [_fixed(model, rect, rounding) for rect in frame.doors]
    if not relaxed:
        for index, group in enumerate(groups):
            for box in group.solids:
                for other in (*doors, *(other for later in groups[index + 1 :] for other in later.solids)):
                    model.add_no_overlap_2d([box.x, other.x], [box.y, other.y])
    else:  # one constraint over all, which proofs come from, and what it implies along each axis
        apart = [box for group in groups for box in group.apart]
        model.add_no_overlap_2d([box.x for box in (*doors, *apart)], [box.y for box in (*doors, *apart)])
        model.add_cumulative([box.x for box in apart], [box.depth for box in apart], depth)
        model.add_cumulative([box.y for box in apart], [box.width for box in apart], width)
    for strip, sill in zip(frame.windows, frame.sills, strict=True):
        hole = _fixed(model, strip, rounding)
        for box in (box for group in groups for box in group.solids if box.top > sill):
            model.add_no_overlap_2d([hole.x, box.x], [hole.y, box.y])
    for index, group in enumerate(groups):
        others = [box for k, other in enumerate(groups) if k != index for box in other.solids]
        for use in group.uses:
            for box in others:
                model.add_no_overlap_2d([use.x, box.x], [use.y, box.y])
    return model, groups


def _group(
    model: cp_model.CpModel,
    shape: GroupShape,
    number: int,
    frame: RoomFrame,
    clearance: float,
    rounding: int,
    *,
    walled: bool,
) -> _Group | None:
    whole = np.concatenate([shape.bounds[None], shape.use(clearance)])
    turns = [model.new_bool_var(f"g{number}_turn{k}") for k in range(4)]
    model.add_exactly_one(turns)
    x = model.new_int_var(-_FAR_CM, _FAR_CM, f"g{number}_x")
    y = model.new_int_var(-_FAR_CM, _FAR_CM, f"g{number}_y")
    corners = np.zeros((4, 2))
    inset = 0 if rounding > 0 else round(WALL_GAP_M * 100)
    possible = False
    at_wall = walled and shape.group.affinity in ("wall", "corner")
    for k, turn in enumerate(turns):
        bounds = turned(shape.bounds[None], k)[0] * 100
        reach = turned(whole, k) * 100
        corners[k] = bounds[:2]
        low = np.minimum(reach[:, :2].min(axis=0), bounds[:2] - inset) - bounds[:2]
        high = np.maximum(reach[:, 2:].max(axis=0), bounds[2:] + inset) - bounds[:2]
        span = np.array([frame.width, frame.depth]) * 100
        if rounding > 0:  # x rounds down, and so do its bounds
            first, last = np.floor(-low + _EXACT).astype(int), np.floor(span - high + _EXACT).astype(int)
        else:
            first, last = np.ceil(-low - _EXACT).astype(int), np.floor(span - high + _EXACT).astype(int)
        if last[0] < first[0] or last[1] < first[1]:
            model.add(turn == 0)
            continue
        possible = True
        model.add(x >= int(first[0])).only_enforce_if(turn)
        model.add(x <= int(last[0])).only_enforce_if(turn)
        model.add(y >= int(first[1])).only_enforce_if(turn)
        model.add(y <= int(last[1])).only_enforce_if(turn)
        if at_wall:
            wall = (y == int(last[1]), x == int(first[0]), y == int(first[1]), x == int(last[0]))[k]
            model.add(wall).only_enforce_if(turn)
    if not possible:
        return None
    solids = [
        _moving(model, rect, top, x, y, turns, corners, rounding, f"g{number}_s{i}")
        for i, (rect, top) in enumerate(zip(shape.solids, shape.tops, strict=True))
    ]
    apart = [
        _moving(model, rect, 0.0, x, y, turns, corners, rounding, f"g{number}_a{i}")
        for i, rect in enumerate(_disjoint(shape.solids))
    ]
    uses = [
        _moving(model, rect, 0.0, x, y, turns, corners, rounding, f"g{number}_u{i}")
        for i, rect in enumerate(shape.use(clearance))
    ]
    kept = [[box for box in boxes if box] for boxes in (solids, apart, uses)]
    return _Group(x, y, turns, corners, *kept)


def _disjoint(rects: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Cut rectangles so that none overlaps an earlier one; the union stays."""
    pieces: list[NDArray[np.float64]] = []
    for index, rect in enumerate(rects):
        rest = [rect]
        for earlier in rects[:index]:
            rest = [piece for part in rest for piece in _minus(part, earlier)]
        pieces += rest
    return pieces


def _minus(rect: NDArray[np.float64], hole: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    x0, y0, x1, y1 = np.concatenate([np.maximum(rect[:2], hole[:2]), np.minimum(rect[2:], hole[2:])])
    if x0 >= x1 or y0 >= y1:
        return [rect]
    sides = [
        (rect[0], rect[1], x0, rect[3]), (x1, rect[1], rect[2], rect[3]), (x0, rect[1], x1, y0), (x0, y1, x1, rect[3]),
    ]  # fmt: skip
    return [np.array(side) for side in sides if side[2] - side[0] > _EXACT and side[3] - side[1] > _EXACT]


def _moving(
    model: cp_model.CpModel,
    rect: NDArray[np.float64],
    top: float,
    x: cp_model.IntVar,
    y: cp_model.IntVar,
    turns: list[cp_model.IntVar],
    corners: NDArray[np.float64],
    rounding: int,
    name: str,
) -> _Box | None:
    """A rectangle of a group whose offset and size depend on the turn."""
    spans = np.array([_rounded(turned(rect[None], k)[0] * 100 - np.tile(corners[k], 2), rounding) for k in range(4)])
    if (spans[:, 2:] <= spans[:, :2]).any():
        return None
    parts = []
    for axis, at in ((0, x), (1, y)):
        lows, sizes = spans[:, axis], spans[:, axis + 2] - spans[:, axis]
        start = model.new_int_var(-2 * _FAR_CM, 2 * _FAR_CM, f"{name}_{axis}_start")
        size = model.new_int_var(int(sizes.min()), int(sizes.max()), f"{name}_{axis}_size")
        end = model.new_int_var(-2 * _FAR_CM, 2 * _FAR_CM, f"{name}_{axis}_end")
        model.add(start == at + sum(int(low) * turn for low, turn in zip(lows, turns, strict=True)))
        model.add(size == sum(int(value) * turn for value, turn in zip(sizes, turns, strict=True)))
        parts.append((model.new_interval_var(start, size, end, f"{name}_{axis}"), size))
    return _Box(parts[0][0], parts[1][0], parts[0][1], parts[1][1], top)


def _fixed(model: cp_model.CpModel, rect: NDArray[np.float64], rounding: int) -> _Box:
    low_x, low_y, high_x, high_y = (int(v) for v in _rounded(rect * 100, rounding))
    high_x, high_y = max(high_x, low_x), max(high_y, low_y)
    width, depth = model.new_constant(high_x - low_x), model.new_constant(high_y - low_y)
    return _Box(
        model.new_fixed_size_interval_var(low_x, high_x - low_x, "fixed_x"),
        model.new_fixed_size_interval_var(low_y, high_y - low_y, "fixed_y"),
        width,
        depth,
        0.0,
    )


def _rounded(rect: NDArray[np.float64], rounding: int) -> NDArray[np.int64]:
    """Shrunk to whole centimetres by at least half of one on each side (if xa + ha <= xb + lb for real positions, so it
    is for positions rounded down with ha - 0.5 and lb + 0.5), or grown by half of the neighbours' gap."""
    slack = 0.5 if rounding > 0 else -_GAP_CM
    low, high = rect[:2] + slack, rect[2:] - slack
    if rounding > 0:
        return np.concatenate([np.ceil(low - _EXACT), np.floor(high + _EXACT)]).astype(np.int64)
    return np.concatenate([np.floor(low + _EXACT), np.ceil(high - _EXACT)]).astype(np.int64)


def _at(shape: GroupShape, x: float, y: float, quarter: int, walled: bool) -> Candidates:
    bounds = turned(shape.bounds[None], quarter) + np.array([x, y, x, y])
    return Candidates(np.array([x]), np.array([y]), np.array([quarter]), bounds, np.array([walled]), np.zeros(1))


def _snapped(shape: GroupShape, x: float, y: float, quarter: int, frame: RoomFrame) -> Candidates:
    """A wall group's back exactly at its wall, where whole centimetres left it a fraction off."""
    at = _at(shape, x, y, quarter, shape.group.affinity in ("wall", "corner"))
    if not at.on_wall[0]:
        return at
    x0, y0, x1, y1 = at.bounds[0]
    gap = shape.wall_gap_m
    dx, dy = ((0.0, frame.depth - gap - y1), (gap - x0, 0.0), (0.0, gap - y0), (frame.width - gap - x1, 0.0))[quarter]
    return _at(shape, round(x + float(dx), 4), round(y + float(dy), 4), quarter, True)
