"""A room in its own frame (origin at its south-west inner corner): what doors and windows keep free of furniture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.house import Opening, RoomShape, Side

__all__ = ["SIDES", "RoomFrame", "opening_rect", "room_frame"]

SIDES: tuple[Side, ...] = (
    "north",
    "west",
    "south",
    "east",
)  # side k is behind a thing that is turned by k right angles
_DOOR_SLACK_M = 0.05
_PATH_M = 0.7  # depth of the way through a door that does not swing into the room
_SASH_SPLIT_M = 0.85  # wider windows have two sashes
_ENTRY_M = 0.3


@dataclass(frozen=True)
class RoomFrame:
    """Rectangles (N, 4) are x0, y0, x1, y1, metres.

    `doors` keep the swing and the way clear, `windows` are the strips that sashes sweep and `sills` their heights;
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
    keep = [
        opening_rect(room, item, item.width_m if item.swings_into == room.room_id else _PATH_M, _DOOR_SLACK_M)
        for item in doors
    ]
    entries = [opening_rect(room, item, 2 * _ENTRY_M, 0.0) for item in doors]
    strips = [opening_rect(room, item, _sash(item), 0.0) for item in windows]
    return RoomFrame(
        width=room.width,
        depth=room.depth,
        height=room.height,
        doors=np.array(keep).reshape(-1, 4),
        entries=np.array([((a + c) / 2, (b + d) / 2) for a, b, c, d in entries]).reshape(-1, 2),
        windows=np.array(strips).reshape(-1, 4),
        sills=np.array([item.sill_m for item in windows]),
        door_sides=tuple(item.side for item in doors),
        window_sides=tuple(item.side for item in windows),
    )


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
