"""A noun phrase becomes a requirement, a room, a part of its owner, or is one that is known already."""

from dataclasses import replace

from blueprint.assets.lexicon import is_a
from blueprint.sources.text.clause_state import ClauseState, Holder
from blueprint.sources.text.drafts import VERTICAL
from blueprint.sources.text.phrase import NounPhrase, read_noun_phrase
from blueprint.sources.text.relation_words import OPENINGS, PLACES
from blueprint.sources.text.seating import carries, fits_beside, is_seat, rests_on, stows
from blueprint.sources.text.spec import Negation
from blueprint.sources.text.words import (
    CONTAINERS,
    FLOOR_STANDING,
    FURNITURE_PARTS,
    GROUPS,
    PARTS,
    SUPPORTS,
    WALL_MOUNTED,
)

__all__ = ["Mentions"]

GRAINS = 18
_EACH = frozenset(("each", "every"))
_ARRANGEMENTS = {"row": "row", "line": "row", "stack": "stack", "pile": "stack"}
_HALVES = {"left_half": "left_of", "right_half": "right_of"}


class Mentions(ClauseState):
    """Turns noun phrases into drafts."""

    def _resolve_or_add(
        self, phrase: NounPhrase, *, extends_list: bool = False, prefer_known: bool = False, source: str = "prompt"
    ) -> list[int]:
        known = self.drafts.known(phrase, self.rooms.one) if phrase.definite or prefer_known else None
        if known is not None:
            if extends_list:
                self.group, self.subjects = [known], [known]
            return [known]
        added = []
        for member in self.drafts.members(phrase):
            rooms: list[int | None] = [*self.room_each] or [self.rooms.one]
            for room in rooms:
                added.append(self.drafts.append(member, room, source))
                if room is not None:
                    self.rooms.items[room].holds = True
                self._attach(added[-1], extends_list)
        return added

    def _attach(self, index: int, extends_list: bool) -> None:
        """Relate a new draft to what holds the list that it is part of."""
        draft = self.drafts[index]
        holder = self.inner or self.context
        if holder is not None and self._leaves(index, holder):
            holder = self.context = None
        if holder is not None and holder.owner != index:
            self._stand_on(index, holder)
        elif self.fronted is not None and self.fronted[1] != index:
            kind, target, each = self.fronted
            self._relate_one(index, kind, target, each)
        elif self.fronted_place is not None:
            draft.put(PLACES[self.fronted_place])
            draft.hangs = self.fronted_place.startswith("wall")
        if extends_list:
            if self.inner is None:
                self.group.append(index)
                self.segment.append(index)
                self.subjects = list(self.group)
            else:
                self.subjects = [index]

    def _leaves(self, index: int, holder: Holder) -> bool:
        """Whether a list of what is on some furniture goes on with other furniture: "a bed with two pillows, a
        wardrobe and a desk"."""
        draft, owner = self.drafts[index], self.drafts[holder.owner]
        if holder is not self.context:
            return False
        if not rests_on(draft.category, owner.category) and not fits_beside(draft.category, owner.category):
            return True
        if not draft.stands or (is_seat(draft.category) and is_a(owner.category, "table")):
            return False
        if stows(draft.category, owner.category):
            return False
        if self.rooms.items or self.rooms.house:
            return bool(holder.commas or self.group)
        return bool(holder.commas) and carries(draft.category)

    def _stand_on(self, index: int, holder: Holder) -> None:
        draft, owner = self.drafts[index], self.drafts[holder.owner]
        if draft.stands and not stows(draft.category, owner.category):
            if fits_beside(draft.category, owner.category):
                self.drafts.relate(index, "next_to", holder.owner, implied=True)
                draft.close = not (holder.commas or self.group)
        elif not rests_on(draft.category, owner.category):
            return
        elif owner.category in CONTAINERS and owner.category not in SUPPORTS:
            self.drafts.relate(index, "in", holder.owner, implied=True)
        else:
            self.drafts.relate(index, "on", holder.owner, implied=True)
        if holder.each:
            self.drafts.share(index, holder.owner)

    def _enter(self, phrase: NounPhrase, rooms: list[int] | None = None) -> None:
        """What follows is in the room that the phrase names."""
        if self.negated:
            return
        rooms = self.rooms.mention(phrase, subject=True) if rooms is None else rooms
        if rooms and self.room_subject and self.rooms.items[self.room_subject[-1]].room_type == "":
            self.rooms.items[self.room_subject[-1]].room_type = phrase.category
        if rooms or phrase.kind == "house":
            self.rooms.describe([])
        self.room_subject = rooms
        self.room_each = []
        self.last = None
        self.context = self.inner = self.fronted = None
        self.group, self.segment, self.subjects = [], [], []

    def _open_room(self) -> None:
        """What follows is in the room named last: "a kitchen with …", "in the kitchen there is …"."""
        if self.room_subject:
            self.rooms.describe(self.room_subject)

    def _is_opening(self, phrase: NounPhrase) -> bool:
        return phrase.kind == "opening" or (phrase.kind == "part" and phrase.noun == "door")

    def _negate(self, phrase: NounPhrase) -> None:
        if self._is_opening(phrase):
            self.rooms.no_openings(OPENINGS.get(phrase.noun, "door"))
            return
        known = set(self.nouns.lexicon.values())
        whole = phrase.noun.replace(" ", "_")
        if phrase.kind == "group":
            members = (whole,) if whole in known else GROUPS[phrase.noun]
        else:
            members = (phrase.category,)
        for category in members:
            self.negations.append(Negation(category=category, noun=phrase.noun, evidence=(phrase.start, phrase.end)))

    def _is_owner_part(self, phrase: NounPhrase) -> bool:
        holder = self.inner or self.context
        noun = phrase.noun.removesuffix("s")
        if holder is None or noun not in FURNITURE_PARTS or phrase.category in SUPPORTS - {"shelf"}:
            return False
        owner = self.drafts[holder.owner]
        if noun in PARTS and owner.category not in PARTS[noun]:
            return False
        if phrase.category in SUPPORTS and (owner.category not in SUPPORTS | CONTAINERS or holder.commas):
            return False
        words = [str(phrase.n) if phrase.counted else "", *phrase.attributes.other, noun]
        owner.extra.append("with " + " ".join(word for word in words if word) + ("s" if phrase.n > 1 else ""))
        if self.inner and self.inner.scope == "once":
            self.inner = None
        return True

    def _contents_of(self, phrase: NounPhrase) -> None:
        """ "a bowl of apples" holds apples; "a bottle of water" is a bottle with a word about it."""
        if self._word() != "of" or self.last is None:
            return
        start = self.index
        self.index += 1
        contents, after = read_noun_phrase(self.tokens, self.index, self.nouns)
        if contents is None:
            self.index = start
            return
        if is_a(contents.category, "granule") and not contents.counted:
            contents = replace(contents, n=GRAINS, op="ge")  # "a cup of beans" holds more than two
        draft = self.drafts[self.last]
        known = contents.kind == "group" or (contents.kind == "thing" and contents.category != "proxy")
        poured = is_a(contents.category, "container") and not (contents.plural or contents.counted or contents.article)
        if known and not poured and draft.category in CONTAINERS | SUPPORTS:
            outer = self.inner
            self.inner = Holder(self.last, draft.n > 1, "once")
            owner = self.last
            self.index = after
            group = list(self.group)
            self._resolve_or_add(contents, extends_list=True)
            self.inner, self.last = outer, owner
            self.group, self.subjects = group, list(group)
        elif contents.kind in ("room", "house", "scenery"):
            self.index = after
        else:
            draft.extra.append(f"of {contents.noun}" if contents.noun else "")
            self.index = after

    def _target(self, phrase: NounPhrase, subjects: list[int]) -> int | None:
        words = phrase.noun.split()
        if phrase.category == "proxy" and words and words[-1] in _ARRANGEMENTS:
            for index in subjects:
                self.drafts[index].arrangement = _ARRANGEMENTS[words[-1]]
            return None
        if phrase.kind in ("room", "house", "scenery", "opening"):
            return None
        if phrase.room:
            self.rooms.mentioned.append(phrase.room)
        known = self.drafts.known(phrase, self.rooms.one, but=subjects[-1:]) if phrase.definite else None
        return known if known is not None else self._add_target(phrase)

    def _add_target(self, phrase: NounPhrase) -> int:
        inner, fronted, place = self.inner, self.fronted, self.fronted_place
        self.fronted_place = None
        if phrase.category in FLOOR_STANDING:
            context, self.context, self.inner, self.fronted = self.context, None, None, None
            index = self._resolve_or_add(phrase)[0]
            self.context = context
        else:
            index = self._resolve_or_add(phrase)[0]
        self.inner, self.fronted, self.fronted_place = inner, fronted, place
        return index

    def _antecedent(self, subjects: list[int], kind: str, pronoun: str) -> int | None:
        drafts = self.drafts
        if pronoun == "it" and self.topic is not None and kind not in VERTICAL and self.topic not in subjects[-1:]:
            return self.topic  # "a sofa, a table in front of it and a lamp behind it"
        holder = self.inner or self.context
        if pronoun == "it" and kind == "on" and holder and subjects and is_seat(drafts[holder.owner].category):
            return holder.owner  # "a chair with a jacket on it"
        candidates = [index for index in range(len(drafts) - 1, -1, -1) if index not in subjects[-1:]]
        here = [index for index in candidates if drafts[index].room == self.rooms.one]
        candidates = here or candidates
        if kind in ("on", "in", "under"):
            wanted = CONTAINERS if kind == "in" else (SUPPORTS | FLOOR_STANDING) - {"chair", "stool"}
            candidates = [index for index in candidates if drafts[index].category in wanted] or candidates
        elif kind == "above" or (subjects and drafts[subjects[-1]].category in FLOOR_STANDING | WALL_MOUNTED):
            candidates = [index for index in candidates if drafts[index].stands] or candidates
        several = pronoun in _EACH or pronoun == "them"
        if several or pronoun == "it":
            candidates = [index for index in candidates if (drafts[index].n > 1) == several] or candidates
        if candidates and pronoun == "it":
            self.topic = candidates[0]
        return candidates[0] if candidates else None

    def _relate_one(self, index: int, kind: str, target: int, each: bool) -> None:
        if kind in _HALVES:  # "on the left side of the desk" is on it, "of the bed" beside it
            flat = self.drafts[target].category in SUPPORTS and is_a(self.drafts[target].category, "table")
            kind = "on" if flat and not self.drafts[index].stands else _HALVES[kind]
        if self.drafts.relate(index, kind, target) and each:  # type: ignore[arg-type]
            self.drafts.share(index, target)
