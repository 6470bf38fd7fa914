"""Which kind of room a scene is, and what furniture carries it when the prompt names none."""

from collections.abc import Sequence

from blueprint.sources.text.spec import RoomType
from blueprint.sources.text.words import ROOM_ANCHORS, ROOM_VOTES

__all__ = ["room_type"]

_ANCHOR_ROOMS: dict[str, RoomType] = {
    "counter": "kitchen",
    "workbench": "workshop",
    "desk": "office",
    "shelf": "shelf",
    "bookshelf": "shelf",
    "low_shelf": "shelf",
}


def room_type(stated: str | None, mentioned: Sequence[str], categories: Sequence[str]) -> RoomType:
    """Return the room type: stated ("a kitchen"), else mentioned ("a kitchen table"), else of the first furniture,
    else the one whose usual things are most, else kitchen."""
    if stated:
        return stated
    if mentioned:
        return mentioned[0]
    for category in categories:
        if category in _ANCHOR_ROOMS:
            return _ANCHOR_ROOMS[category]
        if category in ("table", "dining_table", "side_table"):
            return "dining"
    votes = {room: sum(category in usual for category in categories) for room, usual in ROOM_VOTES.items()}
    return max(ROOM_ANCHORS, key=lambda room: votes.get(room, 0))
