"""The rooms that a prompt names, which one is being described, and what kind of scene they make."""

import re
from dataclasses import dataclass, field

from blueprint.contracts.errors import InputError
from blueprint.sources.text.dimensions import RoomSize
from blueprint.sources.text.phrase import NounPhrase
from blueprint.sources.text.rooms import DEFAULT_HOME
from blueprint.sources.text.spec import RoomRequest
from blueprint.sources.text.words import NUMBERS

__all__ = ["MAX_ROOMS", "RoomDraft", "RoomList"]

MAX_ROOMS = 60
_AREAS = frozenset(("area", "nook", "zone", "section", "corner", "space"))
_PARTS_OF_ROOMS = frozenset(
    ("kitchenette", "dining area", "office space", "dining space", "workspace", "breakfast nook")
)
_PREFIXED = re.compile(r"^(\w+)-bed(?:room)?$")
_NEXT = frozenset(("attached", "adjoining", "en-suite", "connected"))
_BUILDINGS = frozenset(("clinic", "office", "gym", "hospital_room", "salon", "lab"))
_SIZE_REACH = 30  # characters between a size and the room that it is of


@dataclass
class RoomDraft:
    """`subject` says that the prompt describes this room, rather than names it in passing."""

    room_type: str
    start: int
    end: int
    subject: bool
    doors: int | None = None
    windows: int | None = None
    size_m: tuple[float, float] | None = None
    next_to: list[int] = field(default_factory=list)
    holds: bool = False  # whether anything was said to be in it


class RoomList:
    """Rooms in the order of the prompt; `current` are those that are being described."""

    def __init__(self) -> None:
        self.items: list[RoomDraft] = []
        self.current: list[int] = []
        self.mentioned: list[str] = []  # types that words like "kitchen table" hint at
        self.house: tuple[int, int] | None = None
        self.bedrooms: int | None = None
        self.named_now = 0  # rooms that this sentence has named

    @property
    def one(self) -> int | None:
        """The room that what is read now belongs to, None when there are several or none."""
        return self.current[0] if len(self.current) == 1 else None

    def mention(self, phrase: NounPhrase, *, subject: bool) -> list[int]:
        """Note a phrase that names a room and return which rooms it means."""
        if phrase.kind == "house":
            self._house(phrase)
            return []
        if not phrase.category and (self.items or self.house):
            return list(self.current)
        if self.items and (phrase.scenery in _AREAS or phrase.noun in _PARTS_OF_ROOMS):
            return list(self.current)  # "a dining area" of the living room
        known = [k for k, room in enumerate(self.items) if room.room_type == phrase.category]
        if known and (phrase.definite or not (phrase.article or phrase.counted or phrase.plural)):
            return known if phrase.plural else known[-1:]
        added = list(range(len(self.items), len(self.items) + max(1, phrase.n)))
        _check_number(len(self.items) + len(added))
        for _ in added:
            self.items.append(RoomDraft(phrase.category, phrase.start, phrase.end, subject))
        self.named_now += 1
        if added[0] and _NEXT & set(phrase.attributes.other):
            self.join(added[0] - 1, added[0])
        return added

    def _house(self, phrase: NounPhrase) -> None:
        self.house = self.house or (phrase.start, phrase.end)
        self.current = []
        if phrase.room == "bedroom" and phrase.n > 1:
            self.bedrooms = phrase.n  # "a two bedroom flat"
        for word in phrase.attributes.other:
            if found := _PREFIXED.match(word):
                self.bedrooms = NUMBERS.get(found[1]) or (int(found[1]) if found[1].isdigit() else None)

    def describe(self, indices: list[int]) -> None:
        self.current = list(indices)

    def join(self, first: int, second: int) -> None:
        """The two lie beside each other."""
        if first != second:
            for a, b in ((first, second), (second, first)):
                if b not in self.items[a].next_to:
                    self.items[a].next_to.append(b)

    def end_sentence(self) -> None:
        """After a mere list of rooms, what follows belongs to none of them."""
        if self.named_now > 1 and not any(self.items[index].holds for index in self.current):
            self.current = []
        self.named_now = 0

    def add_openings(self, kind: str, phrase: NounPhrase) -> None:
        """Count doors or windows for the rooms that are being described."""
        for index in self.current or range(len(self.items)):
            room = self.items[index]
            have = (room.doors if kind == "door" else room.windows) or 0
            if kind == "door":
                room.doors = have + phrase.n
            else:
                room.windows = have + phrase.n

    def no_openings(self, kind: str) -> None:
        for index in self.current or range(len(self.items)):
            if kind == "door":
                self.items[index].doors = 0
            else:
                self.items[index].windows = 0

    def take_sizes(self, sizes: list[RoomSize]) -> None:
        """Give each size to the room whose words are nearest to it."""
        for size in sizes:
            near = [(_apart(size, room.start, room.end), k) for k, room in enumerate(self.items)]
            if self.house and near and _apart(size, *self.house) < min(near)[0]:
                continue  # of the whole house
            if near and (min(near)[0] <= _SIZE_REACH or len(near) == 1):
                self.items[min(near)[1]].size_m = (size.width_m, size.depth_m)

    def drop_building(self) -> bool:
        """ "a clinic with a waiting room and an exam room" is two rooms: the clinic is the house around them. Returns
        whether the first room went, and the others count from one less."""
        is_building = len(self.items) >= 3 and self.items[0].room_type in _BUILDINGS and not self.items[0].holds
        if is_building:
            first = self.items.pop(0)
            self.house = self.house or (first.start, first.end)
            self.current = [index - 1 for index in self.current if index]
            for room in self.items:
                room.next_to = [index - 1 for index in room.next_to if index]
        return is_building

    def complete_house(self) -> None:
        """Add what a home has when the prompt names it without its rooms, or by its number of bedrooms."""
        types = [room.room_type for room in self.items]
        if self.house is None or (len(types) > 1 and self.bedrooms is None and set(types) != {"bedroom"}):
            return
        wanted = [kind for kind in DEFAULT_HOME if kind != "bedroom" and kind not in types]
        wanted += ["bedroom"] * max(0, (1 if self.bedrooms is None else self.bedrooms) - types.count("bedroom"))
        _check_number(len(self.items) + len(wanted))
        for kind in wanted:
            self.items.append(RoomDraft(kind, *self.house, subject=True))

    def requests(self) -> tuple[list[RoomRequest], dict[int, str]]:
        """Return the rooms of the spec, and their ids by index: the type, numbered where there are several of it."""
        types = [room.room_type for room in self.items]
        ids = {
            index: kind if types.count(kind) == 1 else f"{kind}_{types[: index + 1].count(kind)}"
            for index, kind in enumerate(types)
        }
        rooms = [
            RoomRequest(
                room_id=ids[index],
                room_type=room.room_type,
                size_m=room.size_m,
                doors=room.doors,
                windows=room.windows,
                next_to=[ids[other] for other in room.next_to],
                evidence=(room.start, room.end),
            )
            for index, room in enumerate(self.items)
        ]
        return rooms, ids


def _check_number(rooms: int) -> None:
    if rooms > MAX_ROOMS:
        raise InputError(
            f"the prompt asks for {rooms} rooms, at most {MAX_ROOMS} make a scene.", remedy="split it into scenes."
        )


def _apart(size: RoomSize, start: int, end: int) -> int:
    """Characters between a size and the words at [start, end)."""
    return max(size.start - end, start - size.end, 0)
