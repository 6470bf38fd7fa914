"""Prepositions: to a thing, to a part of the room, to a room."""

from blueprint.sources.text.drafts import VERTICAL
from blueprint.sources.text.phrase import NounPhrase
from blueprint.sources.text.relating import Relating
from blueprint.sources.text.relation_words import OPENINGS, PLACES
from blueprint.sources.text.words import SUPPORTS

__all__ = ["Whereabouts"]

_PRONOUNS = frozenset(("it", "them", "each", "there", "every"))
_EACH = frozenset(("each", "every"))
_CORNERS = 4
_AFTER_INSIDE = frozenset(("and", ",", "&", "plus"))


class Whereabouts(Relating):
    """Reads where things are."""

    def _prepositional(self, kind: str) -> None:
        self.clause_start = False
        if kind == "both_sides":
            self._both_sides()
            return
        if kind == "between":
            self._between()
            return
        subjects = list(self.subjects)
        if self._words_here(2) == ("each", "other"):
            self.index += 2
            if not subjects and len(self.rooms.items) > 1:
                self.rooms.join(len(self.rooms.items) - 2, len(self.rooms.items) - 1)
            return
        each = self._word() in _EACH
        start = self.index
        target: int | None
        if each or self._word() in _PRONOUNS:
            pronoun = self._word()
            self.index += 1
            phrase = self._phrase() if each else None
            if phrase is not None and self._is_at_seat(kind, phrase, subjects):
                return
            if phrase is not None and self._part_of_room(phrase, kind, subjects, each=each):
                return
            known = self.drafts.known(phrase, self.rooms.one) if phrase else None
            target = known if phrase else self._antecedent(subjects, kind, pronoun)
            if target is None and phrase is not None and phrase.kind == "thing":
                target = self._add_target(phrase)
        else:
            phrase = self._phrase()
            if phrase is None:
                self._about_topic(kind, subjects)
                if self.context is not None and self._word() in _AFTER_INSIDE:
                    self._end_contents(kind, self.context.owner)
                return
            if self._part_of_room(phrase, kind, subjects, each=False):
                return
            if kind == "from":
                self.index = start
                return
            target = self._target(phrase, subjects)
        if target is None or kind == "from":
            return
        kind = "next_to" if kind == "along" else kind
        if not subjects:
            self.fronted = (kind, target, each)  # type: ignore[assignment]
            self.context, self.group = None, []
            self.last = target
            return
        trail, self.trail = self.trail, target
        if trail is not None and trail != target and kind in VERTICAL and self._is_loose(trail):
            subjects = [trail]
        elif kind == "above" and trail not in (None, target):
            subjects = [trail]  # "a bowl in the cupboard above the counter"
        elif kind not in VERTICAL and kind != "facing" and self.drafts[target].stands:
            carrier = self._carrier(subjects[-1])
            if trail is not None and self.drafts[trail].stands and not self.drafts[subjects[-1]].stands:
                carrier = trail  # "bottles on the shelf behind the counter"
            if carrier != target:
                subjects = [*subjects[:-1], carrier] if carrier != subjects[-1] else subjects
        self._relate(subjects, kind, target, each)
        if phrase is not None:
            self.last = target
        else:
            self._end_contents(kind, target)

    def _end_contents(self, kind: str, target: int) -> None:
        """ "a bowl with two apples in it and a mug": what comes after "in it" or "inside" is not in the bowl."""
        listed = self.inner is None and self.context is not None and self.context.owner == target
        if listed and kind in VERTICAL and not self.drafts[target].stands:
            self.context, self.group = None, [target]

    def _part_of_room(self, phrase: NounPhrase, kind: str, subjects: list[int], *, each: bool) -> bool:
        """Take "against the wall", "in the corner of the room", "under the window", "in the kitchen"."""
        if phrase.kind in ("room", "house") and phrase.scenery not in PLACES:
            self._in_room(phrase, kind, subjects)
            return True
        if self._is_opening(phrase) and kind not in ("on", "in", "above", "between"):
            if phrase.kind == "part" and not phrase.definite and not self.rooms.items:
                return False
            return self._at_place(OPENINGS.get(phrase.noun, "door"), kind, subjects, 1)
        if phrase.kind not in ("scenery", "room"):
            return False
        if phrase.room:
            self.rooms.mentioned.append(phrase.room)
        place = phrase.scenery if phrase.scenery in PLACES else None
        number = max(phrase.n if phrase.counted else 1, _CORNERS if each and place in ("corner", "wall") else 1)
        if self._word() == "of":
            start = self.index
            self.index += 1
            whole = self._phrase()
            if whole is not None and whole.kind in ("thing", "group"):
                self._on_part_of(whole, phrase, kind, subjects)
                return True
            if whole is None:
                self.index = start
        return self._at_place(place, kind, subjects, number) if place else True

    def _on_part_of(self, whole: NounPhrase, part: NounPhrase, kind: str, subjects: list[int]) -> None:
        """ "in the middle of the table" is on it, "at the foot of the bed" beside it."""
        target = self._target(whole, subjects)
        if target is None or not subjects:
            return
        flat = self.drafts[target].category in SUPPORTS and not self.drafts[subjects[-1]].stands
        self._relate(subjects, "on" if flat and kind in ("in", "on", "next_to") else "next_to", target, each=False)
        self.last = target

    def _in_room(self, phrase: NounPhrase, kind: str, subjects: list[int]) -> None:
        """ "a stove in the kitchen", "in the kitchen there is …", "a bathroom next to the bedroom"."""
        if kind not in ("in", "on", "next_to", "near", "across_from", "from", "at"):
            return
        if kind in ("in", "on") and self.room_subject and not subjects:
            return  # "a gym in a basement" is one room
        beside = self.room_subject if not subjects else []
        rooms = self.rooms.mention(phrase, subject=not subjects)
        if kind in ("next_to", "near", "across_from") and beside and rooms:
            self.rooms.join(beside[-1], rooms[-1])
            return
        if kind == "next_to" and not (subjects or beside):
            return
        if not subjects:
            self._enter(phrase, rooms)
            self._open_room()
            return
        named = [*subjects, *([] if self.trail is None else [self.trail])]
        for index in named if len(rooms) == 1 else ():
            draft = self.drafts[index]
            if draft.room is None or index in (subjects[-1], self.trail) or index in self.segment:
                draft.room = rooms[0]
                self.rooms.items[rooms[0]].holds = True

    def _leads_to(self) -> None:
        """ "a door to the bathroom"."""
        self.index += 1
        phrase = self._phrase()
        if phrase is not None and phrase.kind == "room" and self.rooms.current:
            known = [k for k, room in enumerate(self.rooms.items) if room.room_type == phrase.category]
            for here in self.rooms.current:
                for other in known[-1:]:
                    self.rooms.join(here, other)
        self.opening = None
