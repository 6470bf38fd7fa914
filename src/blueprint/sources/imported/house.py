"""Imported rooms and their openings as a house plan: what evaluators and robots read of walls and doors."""

from blueprint.contracts.house import HousePlan, Opening, RoomShape, Side
from blueprint.sources.imported.shell import RoomRectangle, WallOpening

__all__ = ["house_plan"]

_NEAR_M = 0.3
_SMALL_M = 0.05
_MAX_OPENINGS = 64


def house_plan(rooms: list[RoomRectangle], openings: list[WallOpening]) -> HousePlan:
    """Return the plan; an opening between two rooms stands in both and says which room it leads to."""
    sides = [[_side(room, item) for item in openings] for room in rooms]
    shapes = []
    for number, room in enumerate(rooms):
        found = []
        for k, item in enumerate(openings):
            side = sides[number][k]
            if side is None:
                continue
            others = [rooms[i].room_id for i in range(len(rooms)) if i != number and sides[i][k] is not None]
            offset = item.x - room.x if item.along == "x" else item.y - room.y
            length = room.width if item.along == "x" else room.depth
            low, high = max(0.0, offset - item.width / 2), min(length, offset + item.width / 2)
            sill, top = min(max(0.0, item.sill), room.height), min(item.sill + item.height, room.height)
            if high - low < _SMALL_M or top - sill < _SMALL_M:
                continue
            found.append(
                Opening(
                    opening_id=f"opening_{k}",
                    kind="passage" if item.kind == "open" else item.kind,
                    side=side,
                    offset_m=round((low + high) / 2, 6),
                    width_m=round(high - low, 6),
                    height_m=round(top - sill, 6),
                    sill_m=round(sill, 6),
                    leads_to=others[0] if others else None,
                )
            )
        shapes.append(
            RoomShape(
                room_id=room.room_id,
                room_type=room.room_type,
                x=room.x,
                y=room.y,
                width=room.width,
                depth=room.depth,
                height=room.height,
                openings=tuple(found[:_MAX_OPENINGS]),
            )
        )
    return HousePlan(rooms=tuple(shapes))


def _side(room: RoomRectangle, item: WallOpening) -> Side | None:
    """The side of the room that the opening is in, or None."""
    if item.along == "x":
        lines: list[tuple[Side, float]] = [("south", room.y), ("north", room.y + room.depth)]
        across, at, start, end = item.y, item.x, room.x, room.x + room.width
    else:
        lines = [("west", room.x), ("east", room.x + room.width)]
        across, at, start, end = item.x, item.y, room.y, room.y + room.depth
    side, line = min(lines, key=lambda pair: abs(pair[1] - across))
    return side if abs(line - across) < _NEAR_M and start <= at <= end else None
