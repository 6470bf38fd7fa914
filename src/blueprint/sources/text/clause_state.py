"""Where the reader is in the prompt, what it has read, and what the clause at hand is about."""

from dataclasses import dataclass

from blueprint.sources.text.drafts import VERTICAL, Drafts
from blueprint.sources.text.phrase import NounPhrase, Nouns, read_noun_phrase
from blueprint.sources.text.room_list import RoomList
from blueprint.sources.text.spec import Negation, RelationType, TaskWish
from blueprint.sources.text.tokens import Token
from blueprint.sources.text.words import NUMBERS

__all__ = ["ClauseState", "Holder"]


@dataclass
class Holder:
    """Things that follow stand on or in `owner`: `scope` says for how long."""

    owner: int
    each: bool
    scope: str  # list (to the end of the sentence), once (one noun phrase), comma (to the next comma)
    commas: int = 0


class ClauseState:
    """The tokens, the drafts and rooms read so far, and the clause at hand."""

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
        self.context: Holder | None = None
        self.inner: Holder | None = None
        self.fronted: tuple[RelationType, int, bool] | None = None
        self.fronted_place: str | None = None
        self.room_subject: list[int] = []  # rooms just named: "a bathroom next to the kitchen"
        self.room_each: list[int] = []  # "two bedrooms, each with a bed"
        self.opening: str | None = None  # a door or window just named: "a door to the kitchen"
        self.topic: int | None = None  # what "it" was in this sentence
        self.clause_start = True
        self.negated = False

    def _word(self, ahead: int = 0) -> str:
        position = self.index + ahead
        return self.tokens[position].word if 0 <= position < len(self.tokens) else ""

    def _words_here(self, length: int) -> tuple[str, ...]:
        return tuple(self._word(k) for k in range(length))

    def _phrase(self) -> NounPhrase | None:
        phrase, self.index = read_noun_phrase(self.tokens, self.index, self.nouns)
        return phrase

    def _is_number(self, word: str) -> bool:
        return word in NUMBERS or word.isdigit()

    def _number(self, word: str) -> int:
        return NUMBERS.get(word, 0) or int(word[:3])

    def _is_loose(self, index: int) -> bool:
        """Whether nothing is known yet of what a surface object stands on."""
        draft = self.drafts[index]
        return not draft.stands and not any(item.type in VERTICAL for item in draft.relations)

    def _rests(self, index: int) -> bool:
        return any(item.type in ("on", "in") for item in self.drafts[index].relations)
