"""With, each, flanked by, without: words that say what the things that follow have to do with those before."""

from blueprint.sources.text.clause_state import Holder
from blueprint.sources.text.mentions import Mentions
from blueprint.sources.text.phrase import NounPhrase
from blueprint.sources.text.relation_words import HOLDING, SURROUNDED
from blueprint.sources.text.tokens import match_words
from blueprint.sources.text.words import FLOOR_STANDING

__all__ = ["Connectives"]

_JOINERS = frozenset(("and", "or", "nor", "plus", "&", ","))
_EACH = frozenset(("each", "every"))


class Connectives(Mentions):
    """Reads what holds, surrounds, shares and negates."""

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
            self.context, self.inner = Holder(owner, each, "list"), None
            self.group, self.subjects = [], []
        else:
            self.inner = Holder(owner, each, "comma" if kind == "hold" or each else "once")

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
            self.inner = Holder(added[-1], each=False, scope="once")

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
