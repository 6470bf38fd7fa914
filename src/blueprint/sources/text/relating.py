"""Prepositions between things: which of those that were named stands where to which."""

from blueprint.assets.lexicon import is_a
from blueprint.sources.text.drafts import VERTICAL
from blueprint.sources.text.mentions import Mentions
from blueprint.sources.text.phrase import NounPhrase
from blueprint.sources.text.relation_words import OPENINGS, PLACES
from blueprint.sources.text.seating import is_seat
from blueprint.sources.text.words import WALL_MOUNTED

__all__ = ["Relating"]

_SEAT_NOUNS = frozenset(("seat", "place setting", "setting", "place", "chair"))
_ABOUT = frozenset(("behind", "under", "above", "in_front_of", "left_of", "right_of"))


class Relating(Mentions):
    """Relates drafts to one another."""

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


def _is_bare(phrase: NounPhrase) -> bool:
    """Whether nothing determines a noun: it shares the article of the one before."""
    return not (phrase.article or phrase.counted or phrase.definite or phrase.plural)
