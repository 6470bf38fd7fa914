"""Where a round robot can stand and drive: the floor's raster, distance to obstacles, and what the door leads to."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from blueprint.contracts.house import HousePlan, Opening, RoomShape
from blueprint.physics.footprint import Footprint

__all__ = ["FreeSpace", "free_space", "opening_span"]

Mask = NDArray[np.bool_]
Labels = NDArray[np.int32]
_MARGIN_CELLS = 2
_ENTRY_REACH_M = 0.5  # how far inside of an entrance door a robot may have to step aside to find room


@dataclass(frozen=True)
class FreeSpace:
    """A raster of the house. Arrays are (rows along +Y, columns along +X); a cell's centre is at
    `origin + (column + 0.5, row + 0.5) · cell_m` in the world.

    `free` says that a robot's axis may stand there, `labels` numbers the connected parts of it from 1 (0: not free),
    `reached` is the part that the entrance leads to (the largest part if the house has no door to the outside) and
    `room` the index of the room, -1 in walls, in doorways and outside.
    """

    origin: tuple[float, float]
    cell_m: float
    radius_m: float
    free: Mask
    labels: Labels
    reached: Mask
    room: Labels

    @property
    def connected_share(self) -> float:
        """Share of the free area that the entrance leads to (1.0 where there is no free area)."""
        free = int(self.free.sum())
        return float(self.reached.sum() / free) if free else 1.0

    @property
    def largest_share(self) -> float:
        """SceneEval's NAV: largest connected part of the free area over the free area."""
        free = int(self.free.sum())
        return float(np.bincount(self.labels[self.free]).max() / free) if free else 1.0

    def room_share(self, index: int) -> float:
        """Share of the free area of the room with this index in the plan that the entrance leads to."""
        inside = self.free & (self.room == index)
        return float((inside & self.reached).sum() / inside.sum()) if inside.any() else 1.0

    def reaches(self, x: float, y: float, within_m: float = 0.0) -> bool:
        """Whether the robot's axis gets from the entrance to within `within_m` (and half a cell) of (x, y)."""
        rows, columns = np.nonzero(self.reached)
        if not len(rows):
            return False
        apart = np.hypot(
            self.origin[0] + (columns + 0.5) * self.cell_m - x, self.origin[1] + (rows + 0.5) * self.cell_m - y
        )
        return bool(apart.min() <= within_m + self.cell_m * 0.71)


def free_space(
    house: HousePlan, footprints: Sequence[Footprint], radius_m: float = 0.2, cell_m: float = 0.025
) -> FreeSpace:
    """Return where a robot of `radius_m` can stand among `footprints` (world frame, metres).

    Doors and passages are open: leave closed door leaves out of `footprints`, and whatever the robot drives over
    (rugs) or under. Euclidean distance transform, four-connected parts. A cell is free if its centre is `radius_m` from
    the nearest obstacle; the bias of the raster is below half a cell.
    """
    wall = house.wall_m
    low = np.min([(room.x, room.y) for room in house.rooms], axis=0) - wall - _MARGIN_CELLS * cell_m
    high = np.max([(r.x + r.width, r.y + r.depth) for r in house.rooms], axis=0) + wall + _MARGIN_CELLS * cell_m
    columns, rows = (int(np.ceil(value)) for value in (high - low) / cell_m - 1e-9)
    origin = (float(low[0]), float(low[1]))
    xs = np.asarray(origin[0] + (np.arange(columns) + 0.5) * cell_m, float)
    ys = np.asarray(origin[1] + (np.arange(rows) + 0.5) * cell_m, float)
    index = np.full((rows, columns), -1, np.int32)
    floor = np.zeros((rows, columns), bool)
    for number, room in enumerate(house.rooms):
        rect = (room.x, room.y, room.x + room.width, room.y + room.depth)
        index[_slices(xs, ys, rect)] = number
    floor |= index >= 0
    for room in house.rooms:
        for opening in room.openings:
            if opening.kind != "window":
                floor[_slices(xs, ys, _doorway(room, opening, wall))] = True
    for footprint in footprints:
        floor &= ~_covered(floor.shape, origin, cell_m, footprint)
    # Centres of blocked cells lie half a cell inside of an obstacle on average, hence the half cell.
    free = ndimage.distance_transform_edt(floor) * cell_m >= radius_m + cell_m / 2 - 1e-9
    labels, _ = ndimage.label(free)
    reached = _reached(house, free, labels, xs, ys)
    return FreeSpace(origin, cell_m, radius_m, free, labels.astype(np.int32), reached, index)


def opening_span(room: RoomShape, opening: Opening) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the middle of an opening on the inner face of its wall and the unit normal into the room, world frame."""
    if opening.side == "south":
        return (room.x + opening.offset_m, room.y), (0.0, 1.0)
    if opening.side == "north":
        return (room.x + opening.offset_m, room.y + room.depth), (0.0, -1.0)
    if opening.side == "west":
        return (room.x, room.y + opening.offset_m), (1.0, 0.0)
    return (room.x + room.width, room.y + opening.offset_m), (-1.0, 0.0)


def _doorway(room: RoomShape, opening: Opening, wall_m: float) -> tuple[float, float, float, float]:
    (x, y), (nx, ny) = opening_span(room, opening)
    half = opening.width_m / 2
    x0, x1 = (x - half, x + half) if ny else sorted((x, x - nx * wall_m))
    y0, y1 = (y - half, y + half) if nx else sorted((y, y - ny * wall_m))
    return x0, y0, x1, y1


def _slices(
    xs: NDArray[np.float64], ys: NDArray[np.float64], rect: tuple[float, float, float, float]
) -> tuple[slice, slice]:
    x0, y0, x1, y1 = rect
    return (
        slice(int(np.searchsorted(ys, y0 - 1e-9)), int(np.searchsorted(ys, y1 + 1e-9, side="right"))),
        slice(int(np.searchsorted(xs, x0 - 1e-9)), int(np.searchsorted(xs, x1 + 1e-9, side="right"))),
    )


def _covered(shape: tuple[int, ...], origin: tuple[float, float], cell_m: float, footprint: Footprint) -> Mask:
    """Cells whose centre is in the oriented rectangle."""
    mask = np.zeros(shape, bool)
    (x0, y0), (x1, y1) = footprint.box()
    rows, columns = shape
    c0, c1 = (int(np.clip((x - origin[0]) / cell_m + k, 0, columns)) for x, k in ((x0, -1), (x1, 2)))
    r0, r1 = (int(np.clip((y - origin[1]) / cell_m + k, 0, rows)) for y, k in ((y0, -1), (y1, 2)))
    if c0 >= c1 or r0 >= r1:
        return mask
    dx = origin[0] + (np.arange(c0, c1) + 0.5) * cell_m - footprint.x
    dy = (origin[1] + (np.arange(r0, r1) + 0.5) * cell_m - footprint.y)[:, None]
    c, s = np.cos(footprint.yaw), np.sin(footprint.yaw)
    inside = np.abs(c * dx + s * dy) <= footprint.half_x + 1e-9
    mask[r0:r1, c0:c1] = inside & (np.abs(c * dy - s * dx) <= footprint.half_y + 1e-9)
    return mask


def _reached(house: HousePlan, free: Mask, labels: Labels, xs: NDArray[np.float64], ys: NDArray[np.float64]) -> Mask:
    entries = [
        opening_span(room, opening)
        for room in house.rooms
        for opening in room.openings
        if opening.kind != "window" and opening.leads_to is None
    ]
    found: set[int] = set()
    for (x, y), (nx, ny) in entries:
        depth = _ENTRY_REACH_M
        near = np.hypot(xs - (x + nx * depth / 2), (ys - (y + ny * depth / 2))[:, None]) <= depth
        found |= set(np.unique(labels[near & free]).tolist())
    if not entries and free.any():
        found = {int(np.bincount(labels[free]).argmax())}
    return np.isin(labels, sorted(found)) & free
