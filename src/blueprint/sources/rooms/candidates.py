"""Where a group could stand in a room: along walls, in corners, on a grid, beside its targets, in rows of its kind."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from blueprint.sources.rooms.floor_state import Candidates, FloorState, Standing, fits
from blueprint.sources.rooms.group_shape import WALL_GAP_M, GroupShape, turned

__all__ = ["candidates", "lattice"]

_STEP_M = 0.05
_GRID_M = 0.1
_MAX_GRID = 1200
_BESIDE_M = 0.05
_NEIGHBOUR_M = 0.021
_ROW_BONUS = 1.5
_ROUNDING_M = 0.001  # poses are rounded; a front zone must not touch the next row for that
_LATTICE_GAPS_M = ((0.8, 0.6), (0.65, 0.5), (0.5, 0.45))  # between rows, between neighbours

Poses = list[tuple[float, float, int, bool, float]]


def candidates(shape: GroupShape, state: FloorState, slots: Poses = ()) -> Candidates:  # type: ignore[assignment]
    """Return the candidate table of a group: the `slots` of a row or grid of its kind where there are any."""
    if slots:
        return _table(shape, [_rows(slots)])
    poses: Poses = []
    blocks: list[NDArray[np.float64]] = []
    affinity = shape.group.affinity
    targets = [state.find(relation.target) for relation in shape.group.relations]
    if shape.group.faces:
        targets.append(state.find(shape.group.faces))
    known = [target for target in targets if target]
    if affinity in ("wall", "corner", "free") and not shape.flat:
        poses += _along_walls(shape, state, known)
    if affinity in ("middle", "free") or shape.flat:
        blocks.append(_grid(shape, state, known))
    for target in known:
        poses += _beside(shape, target)
    blocks.append(_rows(poses))
    if not sum(len(block) for block in blocks):
        blocks = [_grid(shape, state, known)]
    return _table(shape, blocks)


def _rows(poses: Poses) -> NDArray[np.float64]:
    return np.array(poses, float).reshape(-1, 5)


def _table(shape: GroupShape, blocks: list[NDArray[np.float64]]) -> Candidates:
    x, y, quarter, on_wall, bonus = np.concatenate(blocks).T
    quarters = np.concatenate([turned(shape.bounds[None], k) for k in range(4)])
    quarter = quarter.astype(np.int64)
    bounds = quarters[quarter] + np.stack([x, y, x, y], axis=1)
    return Candidates(x.astype(float), y.astype(float), quarter, bounds, on_wall.astype(bool), bonus.astype(float))


def _along_walls(shape: GroupShape, state: FloorState, targets: Sequence[Standing]) -> Poses:
    poses: Poses = []
    frame = state.frame
    for quarter in range(4):
        x0, y0, x1, y1 = turned(shape.bounds[None], quarter)[0].tolist()
        across = quarter % 2  # 0: the wall runs along X
        length = (frame.width, frame.depth)[across]
        low, high = ((x0, x1), (y0, y1))[across]
        first, last = WALL_GAP_M - low, length - WALL_GAP_M - high
        if last < first:
            continue
        spots = [*np.arange(first, last, _STEP_M).tolist(), last, (first + last) / 2]
        for target in targets:
            spots.append(float(target.bounds[across] + target.bounds[across + 2]) / 2 - (low + high) / 2)
        for rect in state.solids.tolist():
            spots += [rect[across + 2] + _NEIGHBOUR_M - low, rect[across] - _NEIGHBOUR_M - high]
        gap = shape.wall_gap_m
        fixed = (frame.depth - gap - y1, gap - x0, gap - y0, frame.width - gap - x1)
        for spot in sorted({round(spot, 4) for spot in spots if first - 1e-9 <= spot <= last + 1e-9}):
            place = (spot, fixed[quarter]) if across == 0 else (fixed[quarter], spot)
            poses.append((*place, quarter, True, 0.0))
    return poses


def _grid(shape: GroupShape, state: FloorState, targets: Sequence[Standing]) -> NDArray[np.float64]:
    frame = state.frame
    step = max(_GRID_M, round(float(np.sqrt(frame.area / _MAX_GRID)) / 0.05) * 0.05)
    blocks: list[NDArray[np.float64]] = [np.zeros((0, 5))]
    for quarter in range(4):
        box = turned(shape.bounds[None], quarter)[0]
        axes: list[NDArray[np.float64]] = []
        for axis, length in enumerate((frame.width, frame.depth)):
            low, high = float(box[axis]), float(box[axis + 2])
            first, last = WALL_GAP_M - low, length - WALL_GAP_M - high
            if last < first:
                axes.append(np.zeros(0))
                continue
            middle = (low + high) / 2
            spots = [*np.arange(first, last + 1e-9, step), (first + last) / 2]
            spots += [(item.bounds[axis] + item.bounds[axis + 2]) / 2 - middle for item in targets]
            axes.append(np.unique(np.round([v for v in spots if first - 1e-9 <= v <= last + 1e-9], 4)))
        x, y = (grid.ravel() for grid in np.meshgrid(*axes))
        blocks.append(np.stack([x, y, np.full(len(x), quarter), np.zeros(len(x)), np.zeros(len(x))], axis=1))
    return np.concatenate(blocks)


def _beside(shape: GroupShape, target: Standing) -> Poses:
    """On the four sides of the target, at three distances, centred on it or flush with its edges, at every yaw."""
    poses: Poses = []
    a0, b0, a1, b1 = target.bounds
    for quarter in range(4):
        x0, y0, x1, y1 = turned(shape.bounds[None], quarter)[0]
        for gap in (_BESIDE_M, 0.3, 0.6, 1.2, 1.8, 2.4):
            for x in (a0 - gap - x1, a1 + gap - x0):
                for y in ((b0 + b1) / 2 - (y0 + y1) / 2, b0 - y0, b1 - y1):
                    poses.append((round(float(x), 4), round(float(y), 4), quarter, False, 0.0))
            for y in (b0 - gap - y1, b1 + gap - y0):
                for x in ((a0 + a1) / 2 - (x0 + x1) / 2, a0 - x0, a1 - x1):
                    poses.append((round(float(x), 4), round(float(y), 4), quarter, False, 0.0))
        if shape.flat:
            x, y = (a0 + a1) / 2 - (x0 + x1) / 2, (b0 + b1) / 2 - (y0 + y1) / 2
            poses.append((round(float(x), 4), round(float(y), 4), quarter, False, 0.0))
    return poses


def lattice(shape: GroupShape, count: int, state: FloorState, crosswise: float = 0.0) -> Poses:
    """Return the places of the squarest grid of `count` groups of one shape in the middle of what is free, all turned
    the same way, with a bonus; empty where no grid fits.

    Rows keep the group's own front clearance (at least 0.8 m, 0.5 m where that does not fit) between them; neighbours
    in a row stand 0.6 m (0.45 m) apart, or shoulder to shoulder where they are storage that is used from the front.
    """
    for aisle, side in _LATTICE_GAPS_M:
        for area in _open_boxes(state, shape.height):
            poses = _lattice(shape, count, state, crosswise, aisle, side, area)
            if poses:
                return poses
    return []


def _lattice(
    shape: GroupShape,
    count: int,
    state: FloorState,
    crosswise: float,
    least_aisle: float,
    side: float,
    area: NDArray[np.float64],
) -> Poses:
    target = state.find(shape.group.faces) if shape.group.faces else None
    best: tuple[float, Poses] | None = None
    if shape.height > 1.2 and len(shape.group.members) == 1:
        side = 0.03 + shape.beside_m
    for quarter in range(4):
        if target is not None and quarter != _looking_at(target, area):
            continue
        x0, y0, x1, y1 = turned(shape.bounds[None], quarter)[0]
        aisle = max(shape.group.front_m * state.clearance, least_aisle) + _ROUNDING_M
        pitch = (x1 - x0 + (aisle if quarter % 2 else side), y1 - y0 + (side if quarter % 2 else aisle))
        slack = (aisle if quarter % 2 else side, side if quarter % 2 else aisle)
        fit = [int((area[axis + 2] - area[axis] + slack[axis] + 1e-6) / pitch[axis]) for axis in range(2)]
        shapes = [(columns, -(-count // columns) + more) for columns in range(1, fit[0] + 1) for more in (0, 1)]
        for columns, rows in shapes:
            if rows > fit[1]:
                continue
            spans = (columns * pitch[0] - slack[0], rows * pitch[1] - slack[1])
            stretch = abs(spans[0] / (area[2] - area[0]) - spans[1] / (area[3] - area[1]))
            cost = 0.5 * (columns * rows - count) + stretch + (0.01 + crosswise) * quarter
            if best is None or cost < best[0] - 1e-9:
                start = [(area[axis] + area[axis + 2] - spans[axis]) / 2 for axis in range(2)]
                places = [
                    (
                        round(float(start[0] + column * pitch[0] - x0), 4),
                        round(float(start[1] + row * pitch[1] - y0), 4),
                        quarter,
                        False,
                        _ROW_BONUS - 0.01 * (row * columns + column),
                    )
                    for row in range(rows)
                    for column in range(columns)
                ]
                free = fits(shape, _table(shape, [_rows(places)]), state)
                if int(free.sum()) >= count:
                    best = (cost, [place for place, good in zip(places, free, strict=True) if good])
    return best[1] if best else []


def _looking_at(target: Standing, area: NDArray[np.float64]) -> int:
    """The quarter turn with which a thing in the middle of the area looks at the target (front -Y at 0)."""
    dx = (target.bounds[0] + target.bounds[2]) / 2 - (area[0] + area[2]) / 2
    dy = (target.bounds[1] + target.bounds[3]) / 2 - (area[1] + area[3]) / 2
    if abs(dx) > abs(dy):
        return 1 if dx > 0 else 3
    return 2 if dy > 0 else 0


def _open_boxes(state: FloorState, height: float) -> list[NDArray[np.float64]]:
    """The middle of the room with and without the bands that doors, and windows that it would hide, need; without, a
    door spoils single places."""
    frame = state.frame
    whole = _open_box(state)
    clear = whole.copy()
    low = [
        (side, rect)
        for side, rect, sill in zip(frame.window_sides, frame.windows, frame.sills, strict=True)
        if sill < height
    ]
    for side, (x0, y0, x1, y1) in (*zip(frame.door_sides, frame.doors, strict=True), *low):
        index, value = {"west": (0, x1), "south": (1, y1), "east": (2, x0), "north": (3, y0)}[side]
        clear[index] = max(clear[index], value) if index < 2 else min(clear[index], value)
    return [whole, clear]


def _open_box(state: FloorState) -> NDArray[np.float64]:
    """The room without the bands along the walls that furniture at them and its use take, nor a way along them."""
    frame = state.frame
    box = np.array([0.6, 0.6, frame.width - 0.6, frame.depth - 0.6])
    for item in state.standing:
        if not item.walled or item.shape.flat:
            continue
        rects = np.concatenate([item.solids, item.use])
        x0, y0, x1, y1 = rects[:, 0].min(), rects[:, 1].min(), rects[:, 2].max(), rects[:, 3].max()
        if item.quarter == 0:
            box[3] = min(box[3], y0)
        elif item.quarter == 1:
            box[0] = max(box[0], x1)
        elif item.quarter == 2:
            box[1] = max(box[1], y1)
        else:
            box[2] = min(box[2], x0)
    return box
