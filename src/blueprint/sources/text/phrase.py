"""Noun phrases: "at least two small red mugs" → op, n, attributes and the noun that a generator knows, or a proxy."""

from dataclasses import dataclass, field

from blueprint.assets.lexicon import noun_index
from blueprint.sources.text.relation_words import HOLDING, OPENINGS, PLACES, PREPOSITIONS, SURROUNDED
from blueprint.sources.text.rooms import HOUSE_NOUNS, ROOM_NOUNS
from blueprint.sources.text.spec import Attributes
from blueprint.sources.text.tokens import Token, match_words
from blueprint.sources.text.words import (
    ADJECTIVES,
    CLAUSE_WORDS,
    COLORS,
    GROUPS,
    MATERIALS,
    NUMBERS,
    PARTS,
    QUANTITIES,
    ROOM_HINTS,
    SCENE_WORDS,
    SIZES,
    singulars,
)

__all__ = ["MAX_COUNT", "NounPhrase", "Nouns", "read_noun_phrase", "starts_with_comparator"]

MAX_COUNT = 10_000
_MAX_LABEL_WORDS = 4
_DEFINITE = frozenset(["the", "this", "that", "these", "those", "its", "their", "his", "her"])
_COMPARATORS: dict[tuple[str, ...], tuple[str, int]] = {
    ("at", "least"): ("ge", 0),
    ("no", "fewer", "than"): ("ge", 0),
    ("no", "less", "than"): ("ge", 0),
    ("more", "than"): ("ge", 1),
    ("over",): ("ge", 1),
    ("at", "most"): ("le", 0),
    ("up", "to"): ("le", 0),
    ("no", "more", "than"): ("le", 0),
    ("fewer", "than"): ("le", -1),
    ("less", "than"): ("le", -1),
    ("exactly",): ("eq", 0),
    ("only",): ("eq", 0),
    ("just",): ("eq", 0),
}
_PERSON_WORDS = (
    "people person persons guests guest robot family families kids kid children child students customers patients "
    "visitors employees workers adults"
)
_PERSONS = frozenset(_PERSON_WORDS.split())
_PAIRED = frozenset(("scissors", "pliers", "tweezers", "tongs", "glasses"))
_MULTIPLES: dict[str, tuple[str, int, str | None]] = {
    "pairs": ("eq", 2, None),
    "rows": ("ge", 3, "row"),
    "stacks": ("ge", 3, "stack"),
    "piles": ("ge", 3, "stack"),
    "sets": ("ge", 3, None),
    "aisles": ("ge", 3, "row"),
    "columns": ("ge", 3, None),
}
_ARTICLES = frozenset(("a", "an"))
_PART_OF_ROOM = frozenset(("area", "nook", "zone", "section", "corner", "wall", "walls", "space"))


@dataclass(frozen=True)
class NounPhrase:
    """A thing that the prompt names.

    `kind` part belongs to another thing; room, house, opening and scenery stand for no object. The `category` of a
    room is its type, "" for "a room"; `room` is the type that the words mention ("a kitchen table"), `scenery` the word
    for a part of a room that the phrase ends in ("the kitchen wall", "the corner").
    """

    kind: str  # thing, group, part, room, house, opening, scenery
    category: str
    noun: str
    op: str
    n: int
    attributes: Attributes
    definite: bool
    plural: bool
    counted: bool
    start: int
    end: int
    room: str | None
    scenery: str | None = None
    article: bool = False


@dataclass
class Nouns:
    """Noun → kind of phrase and category. `lexicon` maps nouns to categories; other nouns of these are added."""

    lexicon: dict[str, str]
    sequences: dict[tuple[str, ...], tuple[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        known = set(self.lexicon.values())
        table = {noun: category for noun, category in noun_index().items() if category in known}
        table |= {noun.replace("_", " ").lower(): category for noun, category in self.lexicon.items()}
        table |= {category.replace("_", " "): category for category in known}
        self.sequences = {
            tuple(noun.replace("-", " ").split()): ("thing", category)
            for noun, category in table.items()
            if category not in ("proxy", "room", "object")
        }
        self.sequences |= {noun: ("house", "") for noun in HOUSE_NOUNS}
        self.sequences |= {noun: ("room", kind) for noun, kind in ROOM_NOUNS.items()}
        self.sequences |= {tuple(noun.replace("-", " ").split()): ("opening", noun) for noun in OPENINGS}
        self.sequences |= {tuple(noun.split()): ("group", "group") for noun in GROUPS}
        parts = {(noun,): ("part", "part") for noun in PARTS}
        self.sequences = parts | {key: value for key, value in self.sequences.items() if key != ("door",)}
        self.sequences[("door",)] = parts[("door",)]

    def longest(self, tokens: list[Token], index: int) -> "Found | None":
        """Return the longest known noun at `index`."""
        for length in range(min(5, len(tokens) - index), 0, -1):
            words = [token.word for token in tokens[index : index + length]]
            if not all(token.is_word for token in tokens[index : index + length]):
                continue
            split = [part for word in words for part in word.split("-")]
            forms = [((*split[:-1], last), True) for last in singulars(split[-1])]
            every = tuple((singulars(word) or (word,))[0] for word in split)  # "boxes with lids"
            for key, plural in [(tuple(split), False), *forms, (every, True)]:
                if key in self.sequences:
                    kind, category = self.sequences[key]
                    return Found(" ".join(key), kind, category, index + length, plural)
        return None


@dataclass(frozen=True)
class Found:
    """A known noun; `after` is the index behind it."""

    noun: str
    kind: str
    category: str
    after: int
    plural: bool


@dataclass
class _Count:
    op: str | None = None
    n: int | None = None
    definite: bool = False
    article: bool = False
    arrangement: str | None = None


def read_noun_phrase(tokens: list[Token], index: int, nouns: Nouns) -> tuple[NounPhrase | None, int]:
    """Read the noun phrase that starts at `index`; returns it (or None) and the index after it."""
    start = index
    count, index = _read_count(tokens, index)
    determined = index > start
    words: list[int] = []
    head: Found | None = None
    rooms: list[str] = []
    while index < len(tokens) and tokens[index].is_word:
        found = nouns.longest(tokens, index)
        stops = tokens[index].word in CLAUSE_WORDS or tokens[index].word in _ARTICLES | _DEFINITE
        if found and (not stops or determined or words):
            head = found
            if found.kind == "room" and found.category:
                rooms.append(found.category)
            words += range(index, found.after)
            index = found.after
            continue
        if (
            stops
            or match_words(tokens, index, PREPOSITIONS)[1] > index
            or match_words(tokens, index, HOLDING)[1] > index
            or match_words(tokens, index, SURROUNDED)[1] > index
        ):
            break
        if words and (tokens[index].word in NUMBERS or tokens[index].word.isdigit()):
            break
        if head and tokens[index].word.endswith(("ed", "ing", "ly")):
            break  # "a chair pushed under the desk"
        words.append(index)
        index += 1
    if not words:
        return None, max(start, index if determined and start != index else start)
    return _phrase(tokens, words, head, count, start, rooms), index


def starts_with_comparator(tokens: list[Token], index: int) -> bool:
    """Whether "at least", "up to", … and a number stand at `index` ("at" and "over" are prepositions otherwise)."""
    comparator, after = match_words(tokens, index, _COMPARATORS)
    return comparator is not None and after < len(tokens) and _number(tokens[after].word) is not None


def _read_count(tokens: list[Token], index: int) -> tuple[_Count, int]:
    count = _Count()
    first = index
    while index < len(tokens):
        word = tokens[index].word
        comparator, after = match_words(tokens, index, _COMPARATORS)
        if comparator and starts_with_comparator(tokens, index):
            number = _number(tokens[after].word) or 0
            count.op, count.n = comparator[0], max(0, number + comparator[1])
            index = after + 1
            continue
        quantity, after = match_words(tokens, index, QUANTITIES)
        if quantity:
            count.op, count.n, count.arrangement = quantity[0], quantity[1], quantity[2] or count.arrangement
            index = after
            continue
        number_here = _number(word)
        if number_here is not None:
            index = _read_number(tokens, index, number_here, count)
            if index < len(tokens) and tokens[index].word == "of":
                index += 1
            continue
        if word in _ARTICLES and count.n is None:
            count.op, count.n, count.article = "eq", 1, True
        elif word in _DEFINITE and index == first:
            count.definite = True
        elif not (word == "of" and index > first and tokens[index - 1].word in ("dozen", "all", "both")):
            break
        index += 1
    return count, index


def _read_number(tokens: list[Token], index: int, number: int, count: _Count) -> int:
    """Take "three", "two dozen", "two or three", "two rows of" and "two pairs of"; returns the index behind."""
    count.op, count.n = "eq", number
    following = [token.word for token in tokens[index + 1 : index + 3]]
    if following[:1] == ["dozen"]:
        count.n = 12 * number
        index += 1
    elif following == ["or", "more"] or _is_range(following, number):
        count.op = "ge"
        index += 2
    elif len(following) == 2 and following[1] == "of" and following[0] in _MULTIPLES:
        op, factor, count.arrangement = _MULTIPLES[following[0]]
        each = _number(tokens[index + 3].word) if index + 3 < len(tokens) else None
        count.op, count.n = (op, number * factor) if each is None else ("eq", number * each)
        index += 1 if each is None else 3
    count.n = min(MAX_COUNT, count.n)
    return index + 1


def _is_range(following: list[str], number: int) -> bool:
    """Whether "two" goes on with "or three", "to four"."""
    return len(following) == 2 and following[0] in ("or", "to") and (_number(following[1]) or 0) > number


def _number(word: str) -> int | None:
    if word.isdigit():
        return min(MAX_COUNT, int(word[:9]))
    return 0 if word == "zero" else NUMBERS.get(word)


def _phrase(
    tokens: list[Token], words: list[int], head: Found | None, count: _Count, start: int, rooms: list[str]
) -> NounPhrase | None:
    mentioned = [*rooms, *(ROOM_HINTS[tokens[i].word] for i in words if tokens[i].word in ROOM_HINTS)]
    tail = [i for i in words if head is None or i >= head.after]
    scenery: str | None = None
    whole = words[-1]
    while tail and (tokens[tail[-1]].word in SCENE_WORDS or _is_person(tokens[tail[-1]].word)):
        word = tokens[tail.pop()].word
        scenery = word if scenery is None or (word in PLACES and scenery not in PLACES) else scenery
        words = words[:-1]
    attributes = _Attributes(count.arrangement)
    if head and not tail:
        noun, category, plural = head.noun, head.category, head.plural
        size = len(noun.split())
        modifiers = [tokens[i].word for i in words[: -sum(1 for _ in _tail_words(tokens, words, size))]]
        kind = head.kind
        # "wooden table" may be a noun of its own; its material is asked for all the same.
        modifiers += [
            word for word in noun.split()[:-1] if word in COLORS or word in MATERIALS or word in ("round", "square")
        ]
    elif head is None and scenery and all(_is_modifier(tokens[i].word) or tokens[i].word in ROOM_HINTS for i in tail):
        kind, category, noun, plural = "scenery", "", "", scenery.endswith("s")
        modifiers = [tokens[i].word for i in words]
        if scenery == "room":
            kind = "room"
            category = mentioned[0] if mentioned else ""
    else:
        modifiers, noun, plural = _unknown(tokens, words, count)
        category, kind = "proxy", "thing"
        if not noun or _is_person(noun) or noun.split()[-1] in ROOM_HINTS or scenery in _PART_OF_ROOM:
            kind, category = "scenery", ""
    for word in modifiers:
        attributes.add(word)
    op, n = count.op or ("ge" if plural else "eq"), count.n if count.n is not None else (2 if plural else 1)
    if n == 2 and noun.split()[-1:] and noun.split()[-1] in _PAIRED and tokens[words[0] - 2].word == "pair":
        n = 1  # "a pair of scissors"
    last = whole if kind in ("room", "scenery") else words[-1] if words else start
    counted = count.n is not None and not count.article
    return NounPhrase(
        kind, category, noun, op, n, attributes.result(), count.definite, plural, counted,
        tokens[start].start, tokens[last].end, mentioned[0] if mentioned else None, scenery, count.article,
    )  # fmt: skip


def _tail_words(tokens: list[Token], words: list[int], size: int) -> list[int]:
    # A hyphenated token counts as many words of the noun as it has parts.
    taken: list[int] = []
    for i in reversed(words):
        if size <= 0:
            break
        taken.append(i)
        size -= len(tokens[i].word.split("-"))
    return taken


def _unknown(tokens: list[Token], words: list[int], count: _Count) -> tuple[list[str], str, bool]:
    texts = [tokens[i].word for i in words]
    known = 0
    while known < len(texts) and _is_modifier(texts[known]):
        known += 1
    modifiers, rest = texts[:known], texts[known:]
    modifiers += rest[:-_MAX_LABEL_WORDS]
    rest = rest[-_MAX_LABEL_WORDS:]
    if not rest:
        return modifiers, "", False
    forms = singulars(rest[-1])
    plural = bool(forms) and not (count.article or count.n == 1)
    if plural:
        rest[-1] = forms[0]
    return modifiers, " ".join(rest)[:60], plural


def _is_modifier(word: str) -> bool:
    return word in COLORS or word in MATERIALS or word in SIZES or word in ADJECTIVES or "-" in word


def _is_person(word: str) -> bool:
    return word in _PERSONS


@dataclass
class _Attributes:
    arrangement: str | None
    color: str | None = None
    material: str | None = None
    size: str | None = None
    other: list[str] = field(default_factory=list)

    def add(self, word: str) -> None:
        if word in COLORS and self.color is None:
            self.color = "gray" if word == "grey" else word
        elif word in MATERIALS and self.material is None:
            self.material = MATERIALS[word]
        elif word in SIZES and self.size is None:
            self.size = SIZES[word]
        elif word == "stacked":
            self.arrangement = "stack"
        else:
            self.other.append(word)

    def result(self) -> Attributes:
        return Attributes(
            color=self.color,
            material=self.material,
            size=self.size,
            arrangement=self.arrangement,  # type: ignore[arg-type]
            other=self.other,
        )
