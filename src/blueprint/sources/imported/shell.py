"""The shell of foreign rooms: floors and walls of axis-aligned rectangles, with the openings cut out."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from blueprint.assets.builder import AssetBuilder, LinkBuilder
from blueprint.assets.colors import color_of
from blueprint.assets.geometry import Asset
from blueprint.assets.registry import AssetRequest
from blueprint.contracts.errors import InputError

__all__ = ["RoomRectangle", "WallOpening", "shell_asset"]

_WALL_M = 0.1
_THIN_M = 0.002  # of a wall whose two rooms share a line: what stands against it must not be inside it
_SAME_LINE_M = 0.3
_SLAB_M = 0.1
_MAX_ROOMS = 64
_MAX_EXTENT_M = 200.0


@dataclass(frozen=True)
class RoomRectangle:
    """Inner faces from (x, y) to (x + width, y + depth) in the world, metres, floor at z = 0."""

    room_id: str
    room_type: str
    x: float
    y: float
    width: float
    depth: float
    height: float


@dataclass(frozen=True)
class WallOpening:
    """A hole: its centre (x, y) on or near a wall's line, and z from `sill` to `sill + height`.

    `along` is the wall's direction, `width` is along it.
    """

    kind: Literal["door", "window", "open"]
    x: float
    y: float
    along: Literal["x", "y"]
    width: float
    height: float
    sill: float


@dataclass(frozen=True)
class _Wall:
    """An upright panel between inner faces `low` and `high` across, from `start` to `end` along, and to `height`."""

    along: Literal["x", "y"]
    low: float
    high: float
    start: float
    end: float
    height: float


def shell_asset(rooms: list[RoomRectangle], openings: list[WallOpening], source: str) -> Asset:
    """Return the shell, its frame the world's; raises InputError for no room, too many, or one of no size."""
    _check(rooms)
    make = AssetBuilder(AssetRequest("room", seed=0), "Shell", "the floors and walls of the rooms")
    floor = make.material("floor", color_of(None, "tan"), roughness=0.6)
    shell = make.link("shell", "concrete")
    for room in rooms:
        size = (room.width, room.depth, _SLAB_M)
        center = (room.x + room.width / 2, room.y + room.depth / 2, -_SLAB_M / 2)
        shell.panel(size, center, floor, bevel=0.0)
    for number, wall in enumerate(_walls(rooms)):
        # a mesh of its own, so that a view into the room can leave it out
        paint = make.material(f"wall_{number}", color_of(None, "white"), roughness=0.95)
        _panels(shell, wall, openings, paint)
        if wall.high - wall.low > _THIN_M:  # a door's threshold
            _panel(shell, wall, wall.start, wall.end, -_SLAB_M, 0.0, floor)
    shell.mass()
    for number, room in enumerate(rooms):
        make.region(
            f"floor_{number}" if len(rooms) > 1 else "floor",
            "floor",
            center=(room.x + room.width / 2, room.y + room.depth / 2, 0),
            half_extents=(room.width / 2 - 0.03, room.depth / 2 - 0.03),
            clearance_m=room.height - 0.05,
        )
    make.param(source=source, rooms=len(rooms), openings=len(openings))
    return make.build(recenter=False)


def _check(rooms: list[RoomRectangle]) -> None:
    if not 1 <= len(rooms) <= _MAX_ROOMS:
        raise InputError(f"there are {len(rooms)} rooms, expected 1 to {_MAX_ROOMS}.", remedy="export them in parts.")
    if len({room.room_id for room in rooms}) < len(rooms) or not all(0 < len(room.room_id) <= 200 for room in rooms):
        raise InputError("the rooms have no ids of their own, or overlong ones.", remedy="name every room.")
    for room in rooms:
        sizes = (room.width, room.depth, room.height)
        if min(sizes) < 0.3 or max(*sizes, abs(room.x), abs(room.y)) > _MAX_EXTENT_M:
            raise InputError(f"room {room.room_id!r} measures {sizes} m at ({room.x}, {room.y}).", remedy="use metres.")


def _walls(rooms: list[RoomRectangle]) -> list[_Wall]:
    """Walls outside of every room's sides; where another room lies behind a side, one wall that fills the gap."""
    walls = []
    for i, room in enumerate(rooms):
        x0, x1, y0, y1 = room.x, room.x + room.width, room.y, room.y + room.depth
        for along, line, outward, start, end in (
            ("x", y0, -1, x0, x1), ("x", y1, 1, x0, x1), ("y", x0, -1, y0, y1), ("y", x1, 1, y0, y1),
        ):  # fmt: skip
            cuts, shared = {start, end}, []
            for k, other in enumerate(rooms):
                other_line, other_start, other_end = _facing(other, along, outward)
                overlap = (max(start, other_start), min(end, other_end))
                gap = (other_line - line) * outward
                if k != i and overlap[1] - overlap[0] > 1e-3 and -0.01 < gap < _SAME_LINE_M:
                    shared.append((overlap, other_line, k))
                    cuts |= set(overlap)
            for a, b in pairwise(sorted(cuts)):
                behind = [(far, k) for (low, high), far, k in shared if low <= a + 1e-9 and b <= high + 1e-9]
                if behind and behind[0][1] < i:
                    continue  # the other room has built it
                far = behind[0][0] if behind else line + outward * _WALL_M
                low, high = min(line, far), max(line, far)
                if high - low < _THIN_M:
                    low, high = (low + high - _THIN_M) / 2, (low + high + _THIN_M) / 2
                walls.append(_Wall("x" if along == "x" else "y", low, high, a, b, room.height))
    return walls


def _facing(room: RoomRectangle, along: str, outward: int) -> tuple[float, float, float]:
    """The line of the room's side that faces the given one, and its interval."""
    if along == "x":
        return (room.y if outward > 0 else room.y + room.depth), room.x, room.x + room.width
    return (room.x if outward > 0 else room.x + room.width), room.y, room.y + room.depth


def _panels(shell: LinkBuilder, wall: _Wall, openings: list[WallOpening], paint: str) -> None:
    """Add the wall around its openings: full-height strips, sills below and lintels above."""
    holes = []
    for item in openings:
        at, across = (item.x, item.y) if wall.along == "x" else (item.y, item.x)
        start, end = max(wall.start, at - item.width / 2), min(wall.end, at + item.width / 2)
        near = wall.low - _SAME_LINE_M < across < wall.high + _SAME_LINE_M
        if item.along == wall.along and near and end - start > 0.01:
            holes.append((start, end, max(0.0, item.sill), min(wall.height, item.sill + item.height)))
    cuts = sorted({wall.start, wall.end, *(x for hole in holes for x in hole[:2])})
    for a, b in pairwise(cuts):
        if b - a < 1e-3:
            continue
        spans = [(0.0, wall.height)]
        for start, end, bottom, top in holes:
            if start <= a + 1e-9 and b <= end + 1e-9:
                spans = [part for low, high in spans for part in ((low, min(high, bottom)), (max(low, top), high))]
        for low, high in spans:
            if high - low > 0.01:
                _panel(shell, wall, a, b, low, high, paint)


def _panel(shell: LinkBuilder, wall: _Wall, a: float, b: float, low: float, high: float, paint: str) -> None:
    length, thickness = b - a, wall.high - wall.low
    middle, across = (a + b) / 2, (wall.low + wall.high) / 2
    x_wise = wall.along == "x"
    size = (length, thickness, high - low) if x_wise else (thickness, length, high - low)
    center = (middle, across, (low + high) / 2) if x_wise else (across, middle, (low + high) / 2)
    shell.panel(size, center, paint, bevel=0.0)
