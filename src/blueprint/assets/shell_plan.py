"""The plan of a house's shell as JSON: parsed, bounded, and cut into stretches of wall."""

import json
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from blueprint.contracts.errors import InputError
from blueprint.contracts.ids import slug

__all__ = ["DEFAULT_PLAN", "Hole", "ShellRoom", "Stretch", "parse_plan", "stretches"]

_MAX_CHARS = 64_000
_MAX_ROOMS, _MAX_HOLES = 64, 64
_FAR_M = 100.0
_SIDES = ("south", "east", "north", "west")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_SAME_M = 1e-6
DEFAULT_PLAN = (
    '{"rooms":[{"height":2.7,"holes":[{"height":2.05,"id":"door_1","offset":1.0,"sill":0,"side":"south","width":0.9},'
    '{"height":1.2,"id":"window_1","offset":2.0,"sill":0.9,"side":"north","width":1.4}],"id":"room",'
    '"rect":[-2,-2,4,4],"type":"living_room"}],"wall_m":0.1}'
)


@dataclass(frozen=True)
class Hole:
    """A hole in a room's wall; `low` and `high` along the wall in the world."""

    side: str
    low: float
    high: float
    sill: float
    top: float


@dataclass(frozen=True)
class ShellRoom:
    """Inner faces from (x0, y0) to (x1, y1) in the world, floor at z = 0, metres."""

    name: str
    kind: str
    x0: float
    y0: float
    x1: float
    y1: float
    height: float
    holes: tuple[Hole, ...]


@dataclass(frozen=True)
class Stretch:
    """A piece of wall between the same two neighbours: `axis` 0 runs along X, 1 along Y; `line` is the middle of its
    thickness, `low` to `high` its ends; `below` and `above` are the rooms (indices, None: outside) on its -Y/-X and
    +Y/+X side."""

    axis: int
    line: float
    low: float
    high: float
    below: int | None
    above: int | None


def parse_plan(text: str) -> tuple[list[ShellRoom], float]:
    """Return rooms and wall thickness; raises InputError for anything that is not a bounded plan of rooms that do not
    overlap."""
    if len(text) > _MAX_CHARS:
        raise InputError(f"the shell's plan has {len(text)} characters, at most {_MAX_CHARS}.", remedy="fewer rooms.")
    try:
        plan = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"the shell's plan is no JSON: {error}", remedy="use sources.rooms.shell_request.") from error
    if not isinstance(plan, dict):
        raise _bad("the plan", plan)
    wall = _number(plan, "wall_m", 0.05, 0.5)
    rooms = [_room(entry) for entry in _entries(plan, "rooms", _MAX_ROOMS)]
    if not rooms:
        raise _bad("rooms", plan["rooms"])
    if len({slug(room.name) for room in rooms}) < len(rooms):
        raise InputError("two rooms of the shell's plan have one id.", remedy="give each its own.")
    for index, room in enumerate(rooms):
        for other in rooms[:index]:
            apart = max(room.x0 - other.x1, other.x0 - room.x1, room.y0 - other.y1, other.y0 - room.y1)
            if apart < wall - 1e-3:
                raise InputError(
                    f"rooms {other.name} and {room.name} of the shell's plan are {apart:.4f} m apart, at least the "
                    f"wall's {wall:g} m.",
                    remedy="move them apart.",
                )
    return rooms, wall


def stretches(rooms: list[ShellRoom], wall: float) -> list[Stretch]:
    """Return the walls of all rooms, each once: along X with the corners, along Y between them."""
    found: list[Stretch] = []
    for axis in range(2):
        lines = sorted({round(value, 6) for room in rooms for value in _lines(room, axis, wall)})
        merged = [line for index, line in enumerate(lines) if not index or line - lines[index - 1] > 1e-4]
        for line in merged:
            found += _on_line(rooms, wall, axis, line)
    return found


def _lines(room: ShellRoom, axis: int, wall: float) -> tuple[float, float]:
    low, high = (room.y0, room.y1) if axis == 0 else (room.x0, room.x1)
    return low - wall / 2, high + wall / 2


def _on_line(rooms: list[ShellRoom], wall: float, axis: int, line: float) -> list[Stretch]:
    """Cut a line at the rooms' ends and keep the pieces that bound a room; merge pieces between the same neighbours."""
    sides: list[tuple[float, float, int, bool]] = []  # span, room, whether the room is on the low side of the line
    for index, room in enumerate(rooms):
        first, last = _lines(room, axis, wall)
        span = (room.x0, room.x1) if axis == 0 else (room.y0, room.y1)
        if abs(first - line) < 1e-4:
            sides.append((*span, index, False))
        if abs(last - line) < 1e-4:
            sides.append((*span, index, True))
    reach = wall if axis == 0 else 0.0  # walls along X hold the corners
    cuts = sorted({round(v, 6) for low, high, _, _ in sides for v in (low - reach, low, high, high + reach)})
    pieces: list[Stretch] = []
    for low, high in pairwise(cuts):
        middle = (low + high) / 2
        covers = [(index, under) for a, b, index, under in sides if a - reach < middle < b + reach]
        inside = {under: index for index, under in covers if _spans(rooms[index], axis, middle)}
        if not covers:
            continue
        if axis == 1 and not inside:
            continue
        piece = Stretch(axis, line, low, high, inside.get(True), inside.get(False))
        before = pieces[-1] if pieces else None
        touching = before is not None and abs(before.high - low) < _SAME_M
        if (
            before is not None
            and touching
            and (not inside or (before.below, before.above) == (piece.below, piece.above))
        ):
            pieces[-1] = Stretch(axis, line, before.low, high, before.below, before.above)
        elif before is not None and touching and before.below is None and before.above is None:
            pieces[-1] = Stretch(axis, line, before.low, high, piece.below, piece.above)
        else:
            pieces.append(piece)
    return pieces


def _spans(room: ShellRoom, axis: int, at: float) -> bool:
    low, high = (room.x0, room.x1) if axis == 0 else (room.y0, room.y1)
    return low - _SAME_M < at < high + _SAME_M


def _room(entry: Any) -> ShellRoom:
    if not isinstance(entry, dict):
        raise _bad("a room", entry)
    name, kind = _word(entry, "id"), _word(entry, "type")
    rect = entry.get("rect")
    if not isinstance(rect, list) or len(rect) != 4 or not all(_is_number(value) for value in rect):
        raise _bad(f"rect of {name}", rect)
    x, y, width, depth = (float(value) for value in rect)
    if not (abs(x) <= _FAR_M and abs(y) <= _FAR_M and 0.5 <= width <= _FAR_M and 0.5 <= depth <= _FAR_M):
        raise _bad(f"rect of {name}", rect)
    height = _number(entry, "height", 2.0, 12.0)
    holes = []
    for hole in _entries(entry, "holes", _MAX_HOLES):
        if not isinstance(hole, dict) or hole.get("side") not in _SIDES:
            raise _bad(f"a hole of {name}", hole)
        start, length = (x, width) if hole["side"] in ("south", "north") else (y, depth)
        half = _number(hole, "width", 0.1, _FAR_M) / 2
        offset = _number(hole, "offset", half - 1e-3, length - half + 1e-3)
        sill = _number(hole, "sill", 0.0, height)
        top = sill + _number(hole, "height", 0.1, height)
        if top > height + 1e-6:
            raise _bad(f"a hole of {name}", hole)
        holes.append(Hole(hole["side"], start + offset - half, start + offset + half, sill, top))
    return ShellRoom(name, kind, x, y, x + width, y + depth, height, tuple(holes))


def _entries(entry: dict[str, Any], key: str, most: int) -> list[Any]:
    value = entry.get(key)
    if not isinstance(value, list) or len(value) > most:
        raise _bad(key, value)
    return value


def _word(entry: dict[str, Any], key: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise _bad(key, value)
    return value


def _number(entry: dict[str, Any], key: str, low: float, high: float) -> float:
    value = entry.get(key)
    if not isinstance(value, int | float) or isinstance(value, bool) or not low <= float(value) <= high:
        raise InputError(
            f"the shell's plan: {key} is {str(value)[:40]}, expected a number from {low:g} to {high:g}.",
            remedy="use sources.rooms.shell_request.",
        )
    return float(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _bad(what: str, value: Any) -> InputError:
    return InputError(
        f"the shell's plan: {what} is {str(value)[:60]}, which is no part of a plan.",
        remedy="use sources.rooms.shell_request.",
    )
