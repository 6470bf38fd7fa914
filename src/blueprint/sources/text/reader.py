"""Clause by clause through a prompt: mentions, what holds what, and what stands where."""

from blueprint.sources.text.connectives import Connectives
from blueprint.sources.text.meals import Meals
from blueprint.sources.text.phrase import NounPhrase, starts_with_comparator
from blueprint.sources.text.relation_words import ALSO, HOLDING, OPENINGS, PREPOSITIONS
from blueprint.sources.text.task_clauses import TaskClauses
from blueprint.sources.text.tokens import match_words
from blueprint.sources.text.whereabouts import Whereabouts
from blueprint.sources.text.words import NUMBERS

__all__ = ["Reader"]

_SENTENCE_END = frozenset(".;!?\n")
_JOINERS = frozenset(("and", "or", "nor", "plus", "&", ","))
_CLAUSE_STARTERS = frozenset(("then", "please", "to", "should", "must", "can", "will", "robot", "so", "also"))
_OPENING_WORDS = frozenset(("where", "there", "which", "that", "is", "are"))  # "a kitchen where there is a stove"
_FINITE = frozenset(("holds", "has", "contains", "displays", "features", "includes", "have", "hold"))


class Reader(Whereabouts, Connectives, Meals, TaskClauses):
    """Reads tokens into `drafts`, `rooms`, `tasks` and `negations`."""

    def read(self) -> None:
        """Read the whole prompt, clause by clause."""
        while self.index < len(self.tokens):
            before = self.index
            self._step()
            if self.index == before:
                self.index += 1
        self._count_seats()

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
