"""Groups that stand in a room: their rectangles, whether one more fits between, and where a robot can still drive."""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from blueprint.sources.rooms.group_shape import GroupShape, turned
from blueprint.sources.rooms.room_frame import RoomFrame

__all__ = ["Candidates", "FloorState", "Standing", "WalkRaster", "fits", "gaps", "stand"]

Rects = NDArray[np.float64]
_GAP_M = 0.02  # between neighbours: nothing touches before the physics settles
_CELL_M = 0.05
_FINE_M = 0.025
_STRIP_M = 0.35
_WIDE_RADIUS_M = 0.25
_NEIGHBOURS = ndimage.generate_binary_structure(2, 1)  # cells that share a side


@dataclass(frozen=True)
class Candidates:
    """Poses (N,) of a group's frame in the room's frame; `bounds` (N, 4); `bonus` (N,) is subtracted from the cost."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    quarter: NDArray[np.int64]
    bounds: Rects
    on_wall: NDArray[np.bool_]
    bonus: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.x)

    def take(self, index: NDArray[np.int64] | NDArray[np.bool_]) -> "Candidates":
        return Candidates(
            self.x[index],
            self.y[index],
            self.quarter[index],
            self.bounds[index],
            self.on_wall[index],
            self.bonus[index],
        )


@dataclass(frozen=True)
class Standing:
    """A group at its place; rectangles in the room's frame. `walled` says that its back is at a wall, `in_row`
    that it has a place in a row or grid of its kind."""

    shape: GroupShape
    x: float
    y: float
    quarter: int
    bounds: Rects
    solids: Rects
    use: Rects
    walled: bool
    in_row: bool


def stand(shape: GroupShape, at: Candidates, index: int, clearance: float, in_row: bool = False) -> Standing:
    """Return the group at a candidate's pose."""
    x, y, quarter = float(at.x[index]), float(at.y[index]), int(at.quarter[index])
    shift = np.array([x, y, x, y])
    return Standing(
        shape,
        x,
        y,
        quarter,
        at.bounds[index],
        turned(shape.solids, quarter) + shift,
        turned(shape.use(clearance), quarter) + shift,
        bool(at.on_wall[index]),
        in_row,
    )


@dataclass
class FloorState:
    """What stands so far, in the order of placing, with all rectangles stacked for vectorised tests.

    `area` is what they stand on and `moment` (2,) the sum of area × centre.
    """

    frame: RoomFrame
    clearance: float
    standing: tuple[Standing, ...] = ()
    solids: Rects = field(init=False)
    use: Rects = field(init=False)
    flats: Rects = field(init=False)
    area: float = field(init=False)
    moment: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        self.solids = np.concatenate([np.zeros((0, 4)), *(item.solids for item in self.standing)])
        self.use = np.concatenate([np.zeros((0, 4)), *(item.use for item in self.standing)])
        flats = [item.bounds[None] for item in self.standing if item.shape.flat]
        self.flats = np.concatenate([np.zeros((0, 4)), *flats])
        areas = np.array([item.shape.area for item in self.standing])
        centers = np.array([(item.bounds[:2] + item.bounds[2:]) / 2 for item in self.standing]).reshape(-1, 2)
        self.area = float(areas.sum())
        self.moment = areas @ centers

    def plus(self, item: Standing) -> "FloorState":
        return FloorState(self.frame, self.clearance, (*self.standing, item))

    def without(self, group_id: str) -> "FloorState":
        rest = tuple(item for item in self.standing if item.shape.group.group_id != group_id)
        return FloorState(self.frame, self.clearance, rest)

    def find(self, group_id: str) -> Standing | None:
        return next((item for item in self.standing if item.shape.group.group_id == group_id), None)


def fits(shape: GroupShape, at: Candidates, state: FloorState) -> NDArray[np.bool_]:
    """Return (N,) whether the group may stand there: inside, clear of others and of what their use needs, doors clear,
    nothing tall before a window, and its own front clear."""
    frame = state.frame
    good = (at.bounds[:, 0] >= -1e-9) & (at.bounds[:, 1] >= -1e-9)
    good &= (at.bounds[:, 2] <= frame.width + 1e-9) & (at.bounds[:, 3] <= frame.depth + 1e-9)
    if shape.flat:
        return good & ~_hit(at.bounds[:, None], state.flats, 0.05)
    rows = np.flatnonzero(good)
    for others, gap in ((state.solids, _GAP_M), (np.concatenate([state.use, frame.doors]), 0.0)):
        rows = rows[~_hit(_placed(shape.solids, at, rows), others, gap)]
    for top in np.unique(shape.tops):
        windows = frame.windows[frame.sills < top]
        if len(windows):
            rows = rows[~_hit(_placed(shape.solids[shape.tops == top], at, rows), windows, 0.0)]
    use = _placed(shape.use(state.clearance), at, rows)
    inside = (use[..., :2] >= -1e-9).all(axis=(1, 2))
    inside &= (use[..., 2:] <= np.array([frame.width, frame.depth]) + 1e-9).all(axis=(1, 2))
    rows = rows[inside & ~_hit(use, state.solids, 0.0)]
    good[:] = False
    good[rows] = True
    return good


def _placed(rects: Rects, at: Candidates, rows: NDArray[np.int64]) -> Rects:
    """Rectangles (M, 4) of the group's frame at some of its candidates: (len(rows), M, 4) in the room's frame."""
    by_quarter = np.stack([turned(rects, quarter) for quarter in range(4)])
    x, y = at.x[rows], at.y[rows]
    return by_quarter[at.quarter[rows]] + np.stack([x, y, x, y], axis=1)[:, None]


def gaps(boxes: Rects, others: Rects) -> Rects:
    """Return (N, M) horizontal distances between rectangles, 0 where they overlap."""
    dx = np.maximum(0.0, np.maximum(boxes[:, None, 0] - others[None, :, 2], others[None, :, 0] - boxes[:, None, 2]))
    dy = np.maximum(0.0, np.maximum(boxes[:, None, 1] - others[None, :, 3], others[None, :, 1] - boxes[:, None, 3]))
    return np.hypot(dx, dy)


def _hit(boxes: Rects, others: Rects, gap: float) -> NDArray[np.bool_]:
    """Whether any of each candidate's boxes (N, B, 4) comes closer than `gap` to one of the others (M, 4)."""
    if not boxes.size or not len(others):
        return np.zeros(len(boxes), bool)
    gap -= 1e-6
    x0, y0, x1, y1 = (side[..., None] for side in np.moveaxis(boxes, -1, 0))
    clear = x0 >= others[:, 2] + gap
    clear |= x1 + gap <= others[:, 0]
    clear |= y0 >= others[:, 3] + gap
    clear |= y1 + gap <= others[:, 1]
    return np.asarray(~clear.all(axis=(1, 2)))


class WalkRaster:
    """Free floor of a room for a robot's axis on a raster.

    `quick` grows obstacles by the radius as rectangles on 5 cm cells; `exact` is `free_space` for one room: a Euclidean
    distance transform on 2.5 cm cells.
    """

    def __init__(self, frame: RoomFrame, radius_m: float) -> None:
        self.radius = radius_m
        self.frame = frame

    def quick(self, state: FloorState) -> tuple[float, int]:
        """Return the share of the free area that the first door leads to (0 where another door is cut off from it),
        and the number of groups that cannot be reached in front."""
        cell = _CELL_M
        free = np.zeros(self._size(cell), bool)
        edge = int(np.ceil(self.radius / cell - 1e-9))
        free[edge : free.shape[0] - edge, edge : free.shape[1] - edge] = True
        for rect in state.solids:
            free[_cells(rect, self.radius - cell / 4, cell)] = False
        return self._score(state, free, cell)

    def exact(self, state: FloorState) -> tuple[float, int, float]:
        """Return the same on the finer raster, and the share of what is free for a robot 0.5 m wide that is in one
        piece."""
        cell = _FINE_M
        rows, columns = self._size(cell)
        floor = np.zeros((rows + 2, columns + 2), bool)
        inside = floor[1:-1, 1:-1]
        inside[:] = True
        for rect in state.solids:
            inside[_cells(rect, 0.0, cell)] = False
        distance = ndimage.distance_transform_edt(floor)[1:-1, 1:-1] * cell
        wide, count = ndimage.label(distance >= _WIDE_RADIUS_M + cell / 2 - 1e-9)
        sizes = np.bincount(wide.ravel(), minlength=2)[1:]
        in_one = float(sizes.max() / sizes.sum()) if count else 1.0
        return *self._score(state, distance >= self.radius + cell / 2 - 1e-9, cell), in_one

    def _size(self, cell: float) -> tuple[int, int]:
        return max(3, round(self.frame.depth / cell)), max(3, round(self.frame.width / cell))

    def _score(self, state: FloorState, free: NDArray[np.bool_], cell: float) -> tuple[float, int]:
        labels, count = ndimage.label(free, _NEIGHBOURS)
        if not count:
            return 0.0, len(state.standing)
        rows, columns = free.shape
        spots = [
            (min(max(int(y / cell), 0), rows - 1), min(max(int(x / cell), 0), columns - 1))
            for x, y in self.frame.entries
        ]
        marks = [int(labels[spot]) for spot in spots] or [int(np.bincount(labels[free]).argmax())]
        if not marks[0] or any(mark != marks[0] for mark in marks):
            return 0.0, len(state.standing)
        reached = labels == marks[0]
        share = float(reached.sum() / free.sum())
        blocked = sum(not self._front_reached(item, reached, cell) for item in state.standing if not item.shape.flat)
        return share, blocked

    def _front_reached(self, item: Standing, reached: NDArray[np.bool_], cell: float) -> bool:
        grow = self.radius + _STRIP_M
        x0, y0, x1, y1 = item.bounds
        if item.walled or item.shape.group.affinity in ("wall", "corner"):
            # The strip in front only: k right angles turn the front from -Y to +X, +Y, -X.
            x0, y0, x1, y1 = (
                (x0, y0 - grow, x1, y0),
                (x1, y0, x1 + grow, y1),
                (x0, y1, x1, y1 + grow),
                (x0 - grow, y0, x0, y1),
            )[item.quarter]
            return bool(reached[_cells(np.array([x0, y0, x1, y1]), 0.0, cell)].any())
        return bool(reached[_cells(item.bounds, grow, cell)].any())


def _cells(rect: Rects, grow: float, cell: float) -> tuple[slice, slice]:
    """Cells whose centre is in the grown rectangle."""
    x0, y0, x1, y1 = rect.tolist()
    c0, c1 = (math.ceil(v / cell - 0.5 - 1e-9) for v in (x0 - grow, x1 + grow))
    r0, r1 = (math.ceil(v / cell - 0.5 - 1e-9) for v in (y0 - grow, y1 + grow))
    return slice(max(r0, 0), max(r1, 0)), slice(max(c0, 0), max(c1, 0))
