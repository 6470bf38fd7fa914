"""Tables set for four, tables for four, seating for ten: words that stand for plates and chairs."""

from blueprint.sources.text.clause_state import Holder
from blueprint.sources.text.mentions import Mentions
from blueprint.sources.text.phrase import NounPhrase
from blueprint.sources.text.spec import Attributes

__all__ = ["Meals"]


class Meals(Mentions):
    """Reads what a meal or a meeting implies."""

    def _set_for(self) -> bool:
        """ "a table set for four", "a place setting for four": a place setting for each."""
        words = self._words_here(3)
        if words[:2] != ("set", "for") or not self._is_number(words[2]):
            return False
        start, end = self.tokens[self.index], self.tokens[self.index + 2]
        n = self._number(words[2])
        self.index += 3
        holder = self.context or (Holder(self.last, False, "list") if self.last is not None else None)
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
