"""Doors and windows: through shared walls along the ways of the house, through outer walls for light."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from blueprint.contracts.house import Opening, RoomShape, Side
from blueprint.sources.rooms.program import RoomNeed
from blueprint.sources.rooms.room_frame import SIDES, opening_rect

__all__ = ["DOOR_M", "Wall", "free_walls", "put_door", "put_windows", "shared_wall"]

DOOR_M = (0.9, 2.05)
_OPPOSITE: dict[Side, Side] = {"north": "south", "south": "north", "east": "west", "west": "east"}
_JAMB_M = 0.15  # from a corner to a door
_PASSAGE_M = 1.3
_SWING, _TOO_NEAR = 10.0, 1000.0  # costs of a clash
# width, height, sill
_WINDOWS = {
    "bathroom": (0.6, 0.6, 1.5), "toilet": (0.5, 0.5, 1.5), "kitchen": (1.2, 0.9, 1.28), "shop": (2.0, 1.7, 0.6),
    "store": (2.0, 1.7, 0.6), "cafe": (2.0, 1.7, 0.6), "restaurant": (2.0, 1.7, 0.6), "warehouse": (1.6, 0.9, 3.4),
    "garage": (1.0, 0.6, 1.6), "workshop": (1.4, 1.0, 1.3), "gym": (1.8, 1.2, 1.6), "laundry": (0.6, 0.6, 1.5),
    "bedroom": (1.3, 1.2, 0.95), "laboratory": (1.4, 1.1, 1.2), "lab": (1.4, 1.1, 1.2),
}  # fmt: skip
_WINDOW = (1.5, 1.3, 0.9)


@dataclass(frozen=True)
class Wall:
    """A stretch of a room's wall, from `low` to `high` along it from its west or south end, metres."""

    side: Side
    low: float
    high: float

    @property
    def length(self) -> float:
        return self.high - self.low


def shared_wall(a: RoomShape, b: RoomShape, wall_m: float) -> Wall | None:
    """Return the stretch of a's wall that is b's too, or None."""
    for side in SIDES:
        gap = {
            "north": b.y - (a.y + a.depth), "south": a.y - (b.y + b.depth),
            "east": b.x - (a.x + a.width), "west": a.x - (b.x + b.width),
        }[side]  # fmt: skip
        if abs(gap - wall_m) > 1e-6:
            continue
        if side in ("north", "south"):
            low, high = max(a.x, b.x) - a.x, min(a.x + a.width, b.x + b.width) - a.x
        else:
            low, high = max(a.y, b.y) - a.y, min(a.y + a.depth, b.y + b.depth) - a.y
        if high - low > 1e-6:
            return Wall(side, round(low, 6), round(high, 6))
    return None


def free_walls(room: RoomShape, others: Sequence[RoomShape], light_m: float = 0.8) -> list[Wall]:
    """Return the stretches of a room's walls with no other room within `light_m` behind them."""
    found: list[Wall] = []
    for side in SIDES:
        length = room.wall_length(side)
        blocked: list[tuple[float, float]] = []
        for other in others:
            gap = {
                "north": other.y - (room.y + room.depth), "south": room.y - (other.y + other.depth),
                "east": other.x - (room.x + room.width), "west": room.x - (other.x + other.width),
            }[side]  # fmt: skip
            if not -1e-6 <= gap < light_m:
                continue
            start, size = (other.x - room.x, other.width) if side in ("north", "south") else (
                other.y - room.y, other.depth)  # fmt: skip
            blocked.append((start, start + size))
        at = 0.0
        for low, high in [*sorted(blocked), (length, length)]:
            if min(low, length) - at > 0.3:
                found.append(Wall(side, round(at, 6), round(min(low, length), 6)))
            at = max(at, high)
    return found


def put_door(
    rooms: dict[str, RoomShape],
    room_id: str,
    wall: Wall,
    leads_to: str | None,
    opening_id: str,
    rng: np.random.Generator,
    *,
    swings_into: str | None,
    passage: bool = False,
    cramped: bool = False,
) -> bool:
    """Cut a door (a wide opening without a leaf for a `passage`) into a wall of a room, and into the same wall of the
    room behind it; False where no place of the wall is free. Doors stand near corners, passages in the middle; only
    where it may be `cramped` does one open into the swing of another, and only if there is no other place."""
    room = rooms[room_id]
    width = min(_PASSAGE_M, wall.length - 2 * _JAMB_M) if passage else DOOR_M[0]
    if wall.length < width + 2 * 0.05 or width < 0.8:
        return False
    jamb = min(_JAMB_M, (wall.length - width) / 2)
    ends = [wall.low + jamb + width / 2, wall.high - jamb - width / 2]
    middle = (wall.low + wall.high) / 2
    steps = np.arange(ends[0], ends[1], 0.1).tolist()
    first = ends if rng.random() < 0.5 else ends[::-1]
    spots = [middle, *first, *steps] if passage else [*first, *steps]
    height = min(DOOR_M[1], room.height - 0.1)
    best: tuple[float, list[tuple[str, Opening]]] | None = None
    for rank, spot in enumerate(spots):
        door = Opening(
            opening_id=opening_id,
            kind="passage" if passage else "door",
            side=wall.side,
            offset_m=round(spot, 3),
            width_m=round(width, 3),
            height_m=height,
            leads_to=leads_to,
            swings_into=None if passage else swings_into,
        )
        cuts = [(room_id, door)]
        if leads_to is not None:
            cuts.append((leads_to, _mirrored(door, room, rooms[leads_to])))
        cost = 0.01 * rank + sum(_clashes(rooms[name], cut) for name, cut in cuts)
        if best is None or cost < best[0]:
            best = (cost, cuts)
    if best is None or best[0] >= (_TOO_NEAR if cramped else _SWING):
        return False
    for name, cut in best[1]:
        rooms[name] = rooms[name].with_opening(cut)
    return True


def put_windows(
    room: RoomShape, need: RoomNeed, walls: Sequence[Wall], first_id: int, rng: np.random.Generator
) -> RoomShape:
    """Return the room with up to `need.windows` windows in the stretches of outer wall: opposite a door first, one per
    stretch before a second."""
    doors = [item.side for item in room.openings if item.kind != "window"]
    wished = _WINDOWS.get(room.room_type, _WINDOW)
    sill = min(wished[2], room.height - wished[1] - 0.25)
    places: list[tuple[float, Wall, float]] = []
    for wall in walls:
        opposite = _OPPOSITE[wall.side] in doors
        count = max(1, int(wall.length / (wished[0] + 1.2)))
        for k in range(count):
            middle = wall.low + (k + 0.5) * wall.length / count
            value = wall.length + 2.0 * opposite - 3.0 * (wall.side in doors) + 0.4 * float(rng.normal())
            places.append((value - 4.0 * k, wall, middle))
    places.sort(key=lambda item: -item[0])
    made = 0
    for _, wall, middle in places:
        if made == need.windows:
            break
        width = round(min(wished[0], wall.length - 0.4), 2)
        if width < 0.4:
            continue
        window = Opening(
            opening_id=f"window_{first_id + made}",
            kind="window",
            side=wall.side,
            offset_m=round(middle, 3),
            width_m=width,
            height_m=wished[1],
            sill_m=round(sill, 3),
        )
        if _clashes(room, window):
            continue
        room = room.with_opening(window)
        made += 1
    return room


def _mirrored(door: Opening, room: RoomShape, other: RoomShape) -> Opening:
    shift = room.x - other.x if door.side in ("north", "south") else room.y - other.y
    offset = round(door.offset_m + shift, 3)
    return door.model_copy(update={"side": _OPPOSITE[door.side], "offset_m": offset, "leads_to": room.room_id})


def _clashes(room: RoomShape, opening: Opening) -> float:
    """What it costs that it comes too close to openings of the room: in its wall, or across the swing of a door."""
    cost = 0.0
    mine = opening_rect(room, opening, _reach(room, opening), 0.02)
    for other in room.openings:
        if other.side == opening.side:
            apart = abs(other.offset_m - opening.offset_m) - (other.width_m + opening.width_m) / 2
            cost += _TOO_NEAR * (apart < 0.2)
        elif "window" not in (opening.kind, other.kind):
            theirs = opening_rect(room, other, _reach(room, other), 0.02)
            apart_at_all = mine[0] >= theirs[2] or mine[2] <= theirs[0] or mine[1] >= theirs[3] or mine[3] <= theirs[1]
            cost += _SWING * (not apart_at_all)
    return cost


def _reach(room: RoomShape, opening: Opening) -> float:
    return opening.width_m if opening.swings_into == room.room_id else 0.3
