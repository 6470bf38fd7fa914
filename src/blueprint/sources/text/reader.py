"""Clause by clause through a prompt: mentions, what holds what, and what stands where."""

from dataclasses import dataclass

from blueprint.assets.lexicon import is_a
from blueprint.sources.text.drafts import VERTICAL, Drafts
from blueprint.sources.text.phrase import NounPhrase, Nouns, read_noun_phrase, starts_with_comparator
from blueprint.sources.text.room_list import RoomList
from blueprint.sources.text.seating import carries, fits_beside, is_seat, rests_on, stows
from blueprint.sources.text.spec import Attributes, Negation, RelationType, TaskWish
from blueprint.sources.text.tokens import Token, match_words
from blueprint.sources.text.words import (
    ALSO,
    CONTAINERS,
    FLOOR_STANDING,
    FURNITURE_PARTS,
    GROUPS,
    HOLDING,
    NUMBERS,
    OPENINGS,
    PARTS,
    PLACES,
    PREPOSITIONS,
    SUPPORTS,
    SURROUNDED,
    TASK_VERBS,
    WALL_MOUNTED,
)

__all__ = ["Reader"]

_SENTENCE_END = frozenset(".;!?\n")
_JOINERS = frozenset(("and", "or", "nor", "plus", "&", ","))
_PRONOUNS = frozenset(("it", "them", "each", "there", "every"))
_EACH = frozenset(("each", "every"))
_ARRANGEMENTS = {"row": "row", "line": "row", "stack": "stack", "pile": "stack"}
_SEAT_NOUNS = frozenset(("seat", "place setting", "setting", "place", "chair"))
_CLAUSE_STARTERS = frozenset(("then", "please", "to", "should", "must", "can", "will", "robot", "so", "also"))
_ADJECTIVE_VERBS = frozenset(("open", "close", "lift"))  # "…, open shelves" is no task
_OPENING_WORDS = frozenset(("where", "there", "which", "that", "is", "are"))  # "a kitchen where there is a stove"
_ABOUT = frozenset(("behind", "under", "above", "in_front_of", "left_of", "right_of"))
_FINITE = frozenset(("holds", "has", "contains", "displays", "features", "includes", "have", "hold"))
_HALVES = {"left_half": "left_of", "right_half": "right_of"}
_CORNERS = 4


@dataclass
class _Holder:
    """Things that follow stand on or in `owner`: `scope` says for how long."""

    owner: int
    each: bool
    scope: str  # list (to the end of the sentence), once (one noun phrase), comma (to the next comma)
    commas: int = 0


class Reader:
    """Reads tokens into `drafts`, `rooms`, `tasks` and `negations`."""

    def __init__(self, tokens: list[Token], nouns: Nouns) -> None:
        self.tokens = tokens
        self.nouns = nouns
        self.index = 0
        self.drafts = Drafts(nouns)
        self.rooms = RoomList()
        self.tasks: list[TaskWish] = []
        self.negations: list[Negation] = []
        self.last: int | None = None
        self.at_seats: list[int] = []
        self._reset()

    def _reset(self) -> None:
        self.group: list[int] = []  # the coordinated list that is being read
        self.segment: list[int] = []  # its part since the last comma
        self.trail: int | None = None  # what the preposition just before was about: "in a bowl on a table"
        self.subjects: list[int] = []  # what a following preposition is about
        self.context: _Holder | None = None
        self.inner: _Holder | None = None
        self.fronted: tuple[RelationType, int, bool] | None = None
        self.fronted_place: str | None = None
        self.room_subject: list[int] = []  # rooms just named: "a bathroom next to the kitchen"
        self.room_each: list[int] = []  # "two bedrooms, each with a bed"
        self.opening: str | None = None  # a door or window just named: "a door to the kitchen"
        self.topic: int | None = None  # what "it" was in this sentence
        self.clause_start = True
        self.negated = False

    def read(self) -> None:
        """Read the whole prompt, clause by clause."""
        while self.index < len(self.tokens):
            before = self.index
            self._step()
            if self.index == before:
                self.index += 1
        self._count_seats()

    def _word(self, ahead: int = 0) -> str:
        position = self.index + ahead
        return self.tokens[position].word if 0 <= position < len(self.tokens) else ""

    def _step(self) -> None:
        word = self._word()
        if word in _SENTENCE_END:
            self.index += 1
            self.rooms.end_sentence()
            self._reset()
            return
        also = next((len(words) for words in ALSO if self._words_here(len(words)) == words), 0)
        if also:
            self.index += also
            self.clause_start = False
            return
        if word in _JOINERS:
            self._joiner(word)
            return
        if self.clause_start and self._task():
            return
        if word == ":":
            self.index += 1
            self._hold("with", each=False)
            return
        if self._negation() or self._each() or self._set_for() or self._surrounded():
            return
        preposition, after = match_words(self.tokens, self.index, PREPOSITIONS)
        if preposition and not starts_with_comparator(self.tokens, self.index):
            self.index = after
            self._prepositional(preposition)
            return
        holding, after = match_words(self.tokens, self.index, HOLDING)
        if holding:
            if word in _FINITE and self.trail is not None and self.subjects:
                self.last = self.subjects[-1]  # "a shelf above the desk holds ten books"
            self.index = after
            self._hold(holding, each=False)
            return
        phrase = self._phrase()
        if phrase is None:
            self.clause_start = word in _CLAUSE_STARTERS
            self.negated &= word != "but"
            if word in _OPENING_WORDS:
                self._open_room()
            if word == "to" and self.opening:
                self._leads_to()
                return
            self.index += 1
            return
        self.clause_start = False
        self.trail = None
        self._mention(phrase)

    def _words_here(self, length: int) -> tuple[str, ...]:
        return tuple(self._word(k) for k in range(length))

    def _joiner(self, word: str) -> None:
        self.index += 1
        self.clause_start = True
        self.opening = None
        if word == ",":
            self.segment = []
            for holder in (self.inner, self.context):
                if holder:
                    holder.commas += 1
            if self.inner and self.inner.scope == "comma":
                self.inner = None
            self.negated = False
        elif word in ("and", "plus", "&") and self.negated and self._counts():
            self.negated = False

    def _counts(self) -> bool:
        word = self._word()
        return word in NUMBERS or word.isdigit() or word in ("a", "an", "some", "several", "the", "at", "exactly")

    def _phrase(self) -> NounPhrase | None:
        phrase, self.index = read_noun_phrase(self.tokens, self.index, self.nouns)
        return phrase

    # --- mentions -----------------------------------------------------------------------------------------------

    def _mention(self, phrase: NounPhrase) -> None:
        self.opening = None
        if phrase.kind in ("room", "house"):
            self._enter(phrase)
            return
        if phrase.room:
            self.rooms.mentioned.append(phrase.room)
        if phrase.kind == "scenery":
            return
        if self.negated or phrase.n == 0:
            self._negate(phrase)
            return
        if self._is_owner_part(phrase):
            return
        if self._is_opening(phrase):
            self.opening = OPENINGS.get(phrase.noun, "door")
            self.rooms.add_openings(self.opening, phrase)
            return
        if phrase.noun in ("seating", "space") and self._seats_for(phrase):
            return
        self.room_subject = []
        for index in self._resolve_or_add(phrase, extends_list=True):
            self.last = index
        if self.inner and self.inner.scope == "once":
            self.inner = None
        self._contents_of(phrase)
        self._table_for(phrase)

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

    def _leaves(self, index: int, holder: _Holder) -> bool:
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

    def _stand_on(self, index: int, holder: _Holder) -> None:
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
        draft = self.drafts[self.last]
        known = contents.kind == "group" or (contents.kind == "thing" and contents.category != "proxy")
        poured = is_a(contents.category, "container") and not (contents.plural or contents.counted or contents.article)
        if known and not poured and draft.category in CONTAINERS | SUPPORTS:
            outer = self.inner
            self.inner = _Holder(self.last, draft.n > 1, "once")
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

    # --- connectives --------------------------------------------------------------------------------------------

    def _hold(self, kind: str, *, each: bool) -> None:
        """ "X with A and B": A and B stand on X, or in it."""
        self.clause_start = False
        owner = self.last
        if self._word() in ("no", "nothing"):
            return
        if each and self.room_subject:
            self.room_each = list(self.room_subject)
        if owner is None:
            self._open_room()
            self.context = None
            return
        furniture = self.drafts[owner].stands
        alone = self.context is None and (furniture or (self.group in ([owner], []) and self._is_single(owner)))
        if alone or (furniture and self.inner is None and self._opens_anew(owner)):
            self.context, self.inner = _Holder(owner, each, "list"), None
            self.group, self.subjects = [], []
        else:
            self.inner = _Holder(owner, each, "comma" if kind == "hold" or each else "once")

    def _opens_anew(self, owner: int) -> bool:
        """Whether the furniture that was named last is not on what holds the list."""
        return self.context is not None and not any(item.type in ("on", "in") for item in self.drafts[owner].relations)

    def _is_single(self, owner: int) -> bool:
        return self.drafts[owner].n == 1 and self.drafts[owner].category != "plate"

    def _each(self) -> bool:
        if self._word() not in _EACH:
            return False
        holding, after = match_words(self.tokens, self.index + 1, HOLDING)
        if holding and (self.last is not None or self.room_subject):
            self.index = after
            self._hold(holding, each=True)
            return True
        start = self.index
        self.index += 1
        if not self._word() or not self._word()[0].isalpha() or self._word() in _JOINERS:
            self._share_afterwards()
            return True
        phrase = self._phrase()
        if phrase is not None and phrase.kind == "room":
            return self._each_room(phrase)
        known = self.drafts.known(phrase, self.rooms.one) if phrase else None
        holding, after = match_words(self.tokens, self.index, HOLDING)
        if known is None or holding is None:
            self.index = start + 1
            return True
        self._reset()
        self.last = known
        self.index = after
        self._hold(holding, each=True)
        return True

    def _share_afterwards(self) -> None:
        """ "four tables with two chairs each"."""
        holder = self.inner or self.context
        if self.last is None or holder is None or holder.owner == self.last or self.drafts[self.last].each:
            return
        if any(item.target == holder.owner for item in self.drafts[self.last].relations):
            self.drafts.share(self.last, holder.owner)

    def _each_room(self, phrase: NounPhrase) -> bool:
        """ "Each bedroom has a bed"."""
        rooms = [
            k for k, room in enumerate(self.rooms.items) if room.room_type == phrase.category or not phrase.category
        ]
        self._reset()
        self.rooms.describe(rooms)
        self.room_subject = self.room_each = rooms
        return True

    def _surrounded(self) -> bool:
        """ "a bed flanked by two nightstands"."""
        kind, after = match_words(self.tokens, self.index, SURROUNDED)
        if kind is None or self.last is None:
            return False
        self.index = after
        owner = self.last
        phrase = self._phrase()
        if phrase is None or phrase.kind not in ("thing", "group"):
            return True
        context, inner, fronted = self.context, self.inner, self.fronted
        self.context = self.inner = None
        self.fronted = (kind, owner, False)  # type: ignore[assignment]
        added = self._resolve_or_add(phrase)
        while self._word() in ("and", "&"):
            start = self.index
            self.index += 1
            more = self._phrase() if kind == "around" else None
            if (
                more is None
                or more.kind != "thing"
                or self.drafts[added[0]].stands != (more.category in FLOOR_STANDING)
            ):
                self.index = start
                break
            added += self._resolve_or_add(more)
        self.context, self.inner, self.fronted = context, inner, fronted
        self.last = owner
        self.subjects = self.subjects or [owner]
        self._hold_here(added)
        return True

    def _hold_here(self, added: list[int]) -> None:
        """ "flanked by nightstands with lamps": the lamps are on the nightstands."""
        holding, after = match_words(self.tokens, self.index, HOLDING)
        if holding and added:
            self.index = after
            self.inner = _Holder(added[-1], each=False, scope="once")

    # --- where things are ---------------------------------------------------------------------------------------

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
                return
            if self._part_of_room(phrase, kind, subjects, each=False):
                return
            if kind == "from":
                self.index = start
                return
            kind = "next_to" if kind == "along" else kind
            target = self._target(phrase, subjects)
        if target is None or kind == "from":
            return
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

    def _about_topic(self, kind: str, subjects: list[int]) -> None:
        """ "a sofa with a lamp behind and a rug underneath"."""
        its = self._word(-2) == "its"
        if kind not in _ABOUT or not subjects or (self._word()[:1].isalpha() and not its and self._word() != "and"):
            return
        holder = self.inner or self.context
        target = self.topic if self.topic is not None else holder.owner if holder else None
        target = self._antecedent(subjects, kind, "it") if target is None else target
        if target is not None and target not in subjects[-1:]:
            self._relate(subjects[-1:], kind, target, each=False)

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

    def _at_place(self, place: str, kind: str, subjects: list[int], number: int) -> bool:
        if place == "floor" and kind != "on":
            return True
        if kind == "far_from":
            return True
        if not subjects:
            self.fronted_place = place if place in PLACES else None
            self.context, self.group, self.last = None, [], None
            return True
        for index in self._at_places(subjects, kind, place):
            draft = self.drafts[index]
            if place == "floor":
                draft.extra.append("on the floor")
            draft.hangs |= kind == "on" and place.startswith("wall")
            draft.put(PLACES.get(place, OPENINGS.get(place, "window")))
            if number > 1 and draft.n == 1:
                draft.n = number
        self.trail = None
        return True

    def _at_places(self, subjects: list[int], kind: str, place: str) -> list[int]:
        """Who is at a place: the last subject, or the furniture that it was said to be on ("an armchair with a cushion
        by the window"); of "a clock and a picture on the wall" those before it too, as they can only hang."""
        last = subjects[-1]
        if place == "floor":
            return [last]
        hanging = kind == "on" and place.startswith("wall")
        if hanging and self.drafts[last].category not in WALL_MOUNTED and self.trail is not None:
            last = self.trail  # "chairs facing mirrors on the wall"
        if not hanging or self.drafts[last].category not in WALL_MOUNTED:
            pair = subjects[-2:-1] if _is_bare(self.drafts[last].phrase) else []  # "a desk and chair"
            return [*(k for k in pair if k in self.segment), self._carrier(last)]
        others = [k for k in subjects[:-1] if k in self.segment and not self.drafts[k].places]
        return [*(k for k in others if self.drafts[k].category in WALL_MOUNTED), last]

    def _carrier(self, index: int) -> int:
        """The furniture (or tray, or bowl) that a list implied a thing to be on or in, or itself."""
        beside = [item.target for item in self.drafts[index].relations if item.implied and item.type == "next_to"]
        if beside and self.drafts[index].close and is_seat(self.drafts[index].category):
            return beside[0]  # "a table with four chairs in the middle"
        while not self.drafts[index].stands and self.drafts[index].category not in WALL_MOUNTED:
            owners = [
                item.target for item in self.drafts[index].relations if item.implied and item.type in ("on", "in")
            ]
            if not owners:
                return index
            index = owners[0]
        return index

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

    def _both_sides(self) -> None:
        """ "on each side of the bed"; without a name, of what holds the list or was named before."""
        subjects = list(self.subjects)
        holder = self.inner or self.context
        target: int | None = None
        if self._word(-1) == "of":
            phrase = self._phrase()
            if phrase is None:
                return
            target = self._target(phrase, subjects)
        elif holder is not None:
            target = holder.owner
        else:
            target = self._antecedent(subjects, "next_to", "it")
        if target is None:
            return
        if not subjects:
            self.fronted = ("next_to", target, False)
            self.last = target
            return
        for index in subjects[-1:]:
            if self.drafts[index].n == 1 and index != target:
                self.drafts[index].n = 2
            self.drafts.relate(index, "next_to", target)

    def _between(self) -> None:
        """ "between the sofa and the television", "between the two beds"."""
        subjects = list(self.subjects)
        targets: list[int | None] = []
        opening: str | None = None
        if self._word() == "them":
            self.index += 1
            targets.append(self._antecedent(subjects, "between", "each"))
            first = None
        else:
            first = self._phrase()
        if first is not None and self._is_opening(first):
            opening = OPENINGS.get(first.noun, "door")
        if first is not None and first.kind in ("thing", "opening"):
            targets += [self._target(first, subjects)] if first.kind == "thing" else []
            if self._word() in ("and", "&") and not (first.counted and first.n > 1):
                start = self.index
                self.index += 1
                second = self._phrase()
                if second is not None and second.kind == "thing":
                    targets.append(self._target(second, subjects))
                elif second is not None and self._is_opening(second):
                    opening = OPENINGS.get(second.noun, "door")
                elif second is None or second.kind != "scenery":
                    self.index = start
        found = [target for target in targets if target is not None]
        if not found and first is None and subjects:
            free = [k for k in range(len(self.drafts)) if k not in subjects[-1:] and not self._rests(k)]
            found = free[-2:]  # "a couch opposite a TV, with a coffee table in between"
        if opening and subjects:
            self._at_place(opening, "next_to", subjects, 1)
        if not found:
            return
        alone = len(found) == 1 and self.drafts[found[0]].n == 1  # "between the bed and the window"
        for index in subjects[-1:]:
            for target in found:
                self.drafts.relate(index, "next_to" if alone else "between", target)
        if not subjects:
            self.fronted = ("between", found[0], False)
        self.last = subjects[-1] if subjects else found[-1]

    def _is_at_seat(self, kind: str, phrase: NounPhrase, subjects: list[int]) -> bool:
        """ "a plate and a glass at each seat": one on the table for each chair; the chairs may come later."""
        things = [index for index in subjects if not self.drafts[index].stands]
        if kind not in ("next_to", "in_front_of") or phrase.noun not in _SEAT_NOUNS or not things:
            return False
        table: int | None = None
        if self._word() == "of":
            self.index += 1
            whole = self._phrase()
            table = self._target(whole, subjects) if whole is not None and whole.kind == "thing" else None
        tables = [k for k, draft in enumerate(self.drafts.items) if is_a(draft.category, "table")]
        table = tables[-1] if table is None and tables else table
        for index in things:
            self.drafts[index].each = True
            self.at_seats.append(index)
            if table is not None:
                self.drafts.relate(index, "on", table)
                self.last = table
        return True

    def _count_seats(self) -> None:
        """What is at each seat is as many as the seats."""
        seats = [
            draft.n for draft in self.drafts.items if is_a(draft.category, "chair") or is_a(draft.category, "stool")
        ]
        for index in self.at_seats if seats else ():
            self.drafts[index].n = self.drafts[index].phrase.n * seats[-1]

    def _rests(self, index: int) -> bool:
        return any(item.type in ("on", "in") for item in self.drafts[index].relations)

    def _is_loose(self, index: int) -> bool:
        """Whether nothing is known yet of what a surface object stands on."""
        draft = self.drafts[index]
        return not draft.stands and not any(item.type in VERTICAL for item in draft.relations)

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

    def _relate(self, subjects: list[int], kind: str, target: int, each: bool) -> None:
        last = subjects[-1]
        holder = self.inner or self.context
        drafts = self.drafts
        if (
            kind in VERTICAL
            and drafts[target].stands
            and drafts[last].relations
            and (owner := drafts[last].relations[0]).implied
            and not drafts[owner.target].stands
        ):
            # "a tray with a mug on a table": it is the tray that stands on the table.
            subjects = [owner.target, *(item for item in self.group if item != owner.target)]
            subjects = [index for index in subjects if not drafts[index].relations]
            self.context = None if holder is self.context else self.context
        elif kind == "on" and self.group and self.group[-1] not in subjects and self._is_loose(self.group[-1]):
            subjects = [self.group[-1], *subjects]  # "a pitcher with six glasses on the table"
        for index in subjects:
            draft = drafts[index]
            earlier = index != last
            if index == target or (earlier and (draft.relations or draft.places or draft.stands)):
                continue
            if earlier and kind not in VERTICAL and index not in self.segment:
                continue
            self._relate_one(index, kind, target, each)

    def _relate_one(self, index: int, kind: str, target: int, each: bool) -> None:
        if kind in _HALVES:  # "on the left side of the desk" is on it, "of the bed" beside it
            flat = self.drafts[target].category in SUPPORTS and is_a(self.drafts[target].category, "table")
            kind = "on" if flat and not self.drafts[index].stands else _HALVES[kind]
        if self.drafts.relate(index, kind, target) and each:  # type: ignore[arg-type]
            self.drafts.share(index, target)

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

    def _negation(self) -> bool:
        word = self._word()
        more = self._word(1) in ("more", "fewer", "less")
        if word == "without" or (word == "no" and not more) or self._words_here(3) == ("not", "a", "single"):
            self.index += 3 if word == "not" else 2 if self._word(1) in ("any", "a", "an") and word == "without" else 1
            self.negated = True
            return True
        if word in ("not", "doesn't", "don't") and self._word(1) in ("have", "any", "contain", "include"):
            self.index += 3 if self._word(2) == "any" else 2
            self.negated = True
            return True
        if word == "any" and self.negated:
            self.index += 1
            return True
        return False

    # --- meals and meetings --------------------------------------------------------------------------------------

    def _set_for(self) -> bool:
        """ "a table set for four", "a place setting for four": a place setting for each."""
        words = self._words_here(3)
        if words[:2] != ("set", "for") or not self._is_number(words[2]):
            return False
        start, end = self.tokens[self.index], self.tokens[self.index + 2]
        n = self._number(words[2])
        self.index += 3
        holder = self.context or (_Holder(self.last, False, "list") if self.last is not None else None)
        phrase = NounPhrase(
            "group", "group", "place setting", "eq", n, Attributes(), False, True, True, start.start, end.end, None
        )
        saved, self.context = self.context, holder
        last = self.last
        self._resolve_or_add(phrase)
        self.context, self.last = saved, last
        return True

    def _table_for(self, phrase: NounPhrase) -> None:
        """ "a dinner table for four" has four chairs, "place settings for six" are six."""
        if self._word() != "for" or not self._is_number(self._word(1)) or self.last is None:
            return
        n = self._number(self._word(1))
        draft = self.drafts[self.last]
        if phrase.noun == "place setting":
            for item in self.drafts.items:
                item.n = n if item.phrase is phrase else item.n
        elif draft.category in ("table", "dining_table", "meeting_table", "cafe_table", "picnic_table"):
            chairs = NounPhrase(
                "thing", "chair", "chair", "eq", n, Attributes(), False, n > 1, True,
                self.tokens[self.index].start, self.tokens[self.index + 1].end, None,
            )  # fmt: skip
            context, inner, fronted = self.context, self.inner, self.fronted
            self.context = self.inner = None
            self.fronted = ("around" if n > 1 else "next_to", self.last, False)
            self._resolve_or_add(chairs)
            self.context, self.inner, self.fronted = context, inner, fronted
        else:
            return
        self.index += 2

    def _seats_for(self, phrase: NounPhrase) -> bool:
        """ "seating for ten": ten chairs."""
        if self._word() != "for" or not self._is_number(self._word(1)) or "chair" not in self.nouns.lexicon.values():
            return False
        n = self._number(self._word(1))
        chairs = NounPhrase(
            "thing", "chair", "chair", "eq", n, phrase.attributes, False, n > 1, True,
            phrase.start, self.tokens[self.index + 1].end, None,
        )  # fmt: skip
        self.index += 2
        self.last = self._resolve_or_add(chairs, extends_list=True)[-1]
        return True

    def _is_number(self, word: str) -> bool:
        return word in NUMBERS or word.isdigit()

    def _number(self, word: str) -> int:
        return NUMBERS.get(word, 0) or int(word[:3])

    # --- tasks --------------------------------------------------------------------------------------------------

    def _task(self) -> bool:
        """ "… , put the mug in the bowl": an action, its object and where to."""
        verb, after = match_words(self.tokens, self.index, TASK_VERBS)
        if verb is None or after >= len(self.tokens) or self.tokens[after].word in ("of", "setting", "settings"):
            return False
        start, begin = self.index, self.tokens[self.index].start
        self.index = after
        if self._word() in ("it", "them"):
            self.index += 1
            target = self.tasks[-1].object if self.tasks else self.last
        else:
            if not self._starts_object(self.tokens[start].word):
                self.index = start
                return False
            phrase = self._phrase()
            if phrase is None or phrase.kind in ("room", "house", "scenery", "opening"):
                self.index = start
                return False
            target = self._mention_in_task(phrase)
        if target is None:
            self.index = start
            return False
        relation, where = self._task_goal()
        self.tasks.append(
            TaskWish(
                verb=verb,  # type: ignore[arg-type]
                object=target,
                relation=relation,
                target=where,
                evidence=(begin, self.tokens[self.index - 1].end),
            )
        )
        self.group, self.subjects, self.context, self.inner, self.fronted = [], [], None, None, None
        self.last = target
        self.clause_start = True
        return True

    def _starts_object(self, verb: str) -> bool:
        word = self._word()
        if word in ("the", "a", "an", "all", "both") or self._is_number(word):
            return True
        return verb not in _ADJECTIVE_VERBS and self.nouns.longest(self.tokens, self.index) is not None

    def _mention_in_task(self, phrase: NounPhrase) -> int:
        context, self.context = self.context, None
        inner, self.inner, self.fronted = self.inner, None, None
        index = self._resolve_or_add(phrase, prefer_known=True, source="task")[0]
        self.context, self.inner = context, inner
        return index

    def _task_goal(self) -> tuple[RelationType | None, int | None]:
        if self._word() in ("up", "down", "back"):
            self.index += 1
        relation, after = match_words(self.tokens, self.index, PREPOSITIONS)
        relation = _HALVES.get(relation or "", relation)
        if relation is None or relation in ("both_sides", "from", "along"):
            return None, None
        self.index = after
        if self._word() in ("it", "them"):
            self.index += 1
            return relation, self.tasks[-1].object if self.tasks else self.last  # type: ignore[return-value]
        if self._word() == "each":
            self.index += 1
            if self._word() == "other":
                self.index += 1
            return relation, None  # type: ignore[return-value]
        phrase = self._phrase()
        if phrase is None or phrase.kind in ("room", "house", "scenery", "opening"):
            return None, None
        return relation, self._mention_in_task(phrase)  # type: ignore[return-value]


def _is_bare(phrase: NounPhrase) -> bool:
    """Whether nothing determines a noun: it shares the article of the one before."""
    return not (phrase.article or phrase.counted or phrase.definite or phrase.plural)
