"""A room in its own frame (origin at its south-west inner corner), and what its doors and windows keep clear.

`keep_clear` is asked by everything that places: furniture on floors, things on walls, under ceilings and on furniture.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.house import Opening, RoomShape, Side
from blueprint.physics.openings import clear_depth_m

__all__ = ["SIDES", "KeepClear", "RoomFrame", "keep_clear", "opening_rect", "room_frame"]

SIDES: tuple[Side, ...] = (
    "north",
    "west",
    "south",
    "east",
)  # side k is behind a thing that is turned by k right angles
_DOOR_SLACK_M = 0.05
_BELOW_SILL_M = 0.02  # what stands before a window stays so far below its sill, so that its sashes open
_SASH_SPLIT_M = 0.85  # wider windows have two sashes
_ENTRY_M = 0.3


@dataclass(frozen=True)
class KeepClear:
    """What an opening keeps clear in a room: x0, y0, x1, y1 in the room's frame, from `low` to `high` above its floor.

    Before a door the floor, as deep as the leaf is wide, whichever way it swings; before a window what its sashes
    sweep, half a metre at least.
    """

    opening: Opening
    rect: tuple[float, float, float, float]
    low: float
    high: float

    def box(self, room: RoomShape, margin: float = 0.0) -> NDArray[np.float64]:
        """Return (6,) x0, y0, z0, x1, y1, z1 in the world, grown by `margin` along the wall and in height."""
        x0, y0, x1, y1 = self.rect
        dx, dy = (margin, 0.0) if self.opening.side in ("north", "south") else (0.0, margin)
        return np.array(
            [
                room.x + x0 - dx,
                room.y + y0 - dy,
                self.low - margin,
                room.x + x1 + dx,
                room.y + y1 + dy,
                self.high + margin,
            ]
        )


@dataclass(frozen=True)
class RoomFrame:
    """Rectangles (N, 4) are x0, y0, x1, y1, metres.

    `doors` and `windows` are what these keep clear; nothing before a window may be higher than its entry of `sills`;
    `entries` (D, 2) are points just inside of the doors, those to the outside first; `door_sides` and `window_sides`
    name the walls.
    """

    width: float
    depth: float
    height: float
    doors: NDArray[np.float64]
    entries: NDArray[np.float64]
    windows: NDArray[np.float64]
    sills: NDArray[np.float64]
    door_sides: tuple[Side, ...]
    window_sides: tuple[Side, ...]

    @property
    def area(self) -> float:
        return self.width * self.depth


def room_frame(room: RoomShape) -> RoomFrame:
    """Return the room's frame."""
    doors = sorted(
        (item for item in room.openings if item.kind != "window"),
        key=lambda item: (item.leads_to is not None, item.opening_id),
    )
    windows = [item for item in room.openings if item.kind == "window"]
    clear = {item.opening.opening_id: item for item in keep_clear(room)}
    entries = [opening_rect(room, item, 2 * _ENTRY_M, 0.0) for item in doors]
    return RoomFrame(
        width=room.width,
        depth=room.depth,
        height=room.height,
        doors=np.array([clear[item.opening_id].rect for item in doors]).reshape(-1, 4),
        entries=np.array([((a + c) / 2, (b + d) / 2) for a, b, c, d in entries]).reshape(-1, 2),
        windows=np.array([clear[item.opening_id].rect for item in windows]).reshape(-1, 4),
        sills=np.array([clear[item.opening_id].low for item in windows]),
        door_sides=tuple(item.side for item in doors),
        window_sides=tuple(item.side for item in windows),
    )


def keep_clear(room: RoomShape) -> list[KeepClear]:
    """Return what each of a room's openings keeps clear, in their order."""
    found = []
    for opening in room.openings:
        depth, slack, low = clear_depth_m(room, opening), _DOOR_SLACK_M, 0.0
        if opening.kind == "window":
            depth, slack, low = max(depth, _sash(opening)), 0.0, opening.sill_m - _BELOW_SILL_M
        rect = opening_rect(room, opening, depth, slack)
        found.append(KeepClear(opening, rect, low, opening.sill_m + opening.height_m))
    return found


def opening_rect(room: RoomShape, opening: Opening, depth: float, slack: float) -> tuple[float, float, float, float]:
    """Return the rectangle of `depth` in front of an opening, in the room's frame; `slack` widens it to both sides."""
    low, high = opening.offset_m - opening.width_m / 2 - slack, opening.offset_m + opening.width_m / 2 + slack
    if opening.side == "south":
        return low, 0.0, high, depth
    if opening.side == "north":
        return low, room.depth - depth, high, room.depth
    if opening.side == "west":
        return 0.0, low, depth, high
    return room.width - depth, low, room.width, high


def _sash(window: Opening) -> float:
    return window.width_m / 2 if window.width_m > _SASH_SPLIT_M else window.width_m
