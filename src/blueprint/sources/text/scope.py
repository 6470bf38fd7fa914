"""Whether a prompt describes one piece of furniture and what it carries, a room, or several rooms."""

from collections.abc import Sequence

from blueprint.assets.lexicon import all_kinds_of, category
from blueprint.contracts.errors import InputError
from blueprint.sources.text.drafts import Draft
from blueprint.sources.text.refine import hangs_over
from blueprint.sources.text.room_list import RoomDraft, RoomList
from blueprint.sources.text.spec import Scope
from blueprint.sources.text.words import FLOOR_STANDING

__all__ = ["scope_of"]

_ANCHORS = (
    all_kinds_of("table") | all_kinds_of("shelf") | all_kinds_of("base_cabinet") | {"drawer_unit", "chest_of_drawers"}
)
_COMPANIONS = all_kinds_of("seating") - all_kinds_of("sofa") | all_kinds_of("container") | all_kinds_of("fridge")
_MAX_ANCHORS = 2


def scope_of(rooms: RoomList, drafts: Sequence[Draft]) -> Scope:
    """Return the scope: house where several rooms or a home are named, room where one is described, where things hang
    on walls or stand at windows, or where there is more furniture than a table with its seats; else tabletop."""
    named = [room for room in rooms.items if room.subject or room.holds]
    if rooms.house is not None or len(named) > 1:
        return "house"
    if any(room.subject for room in rooms.items) or _needs_a_room(drafts):
        if not rooms.items:
            rooms.items.append(RoomDraft("", 0, 0, subject=False))
        return "room"
    return "tabletop"


def _needs_a_room(drafts: Sequence[Draft]) -> bool:
    anchors = 0
    for draft in drafts:
        if (
            draft.hangs
            or hangs_over(draft, drafts)
            or set(draft.places) - {"floor"}
            or _footing(draft.category) in ("wall", "ceiling")
        ):
            return True
        if draft.category in FLOOR_STANDING:
            if draft.category not in _ANCHORS | _COMPANIONS:
                return True
            anchors += draft.n if draft.category in _ANCHORS else 0
    return anchors > _MAX_ANCHORS


def _footing(name: str) -> str:
    try:
        return category(name).footing
    except InputError:  # a stand-in
        return "surface"
