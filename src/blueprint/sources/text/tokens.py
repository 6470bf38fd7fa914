"""Words and punctuation of a prompt with their spans of characters, and longest matches of word sequences."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

__all__ = ["Token", "match_words", "tokenize"]

_LETTERS = r"[^\W\d_]+"
_TOKEN = re.compile(rf"{_LETTERS}(?:['’-]{_LETTERS})*|\d+(?:-{_LETTERS})*|[.,;:!?&\n()–—]")
_AS_COMMA = dict.fromkeys("()–—", ",")
_Value = TypeVar("_Value")
_LONGEST = 6


@dataclass(frozen=True)
class Token:
    """`word` is lower case, or one punctuation mark; the prompt's characters [start, end) are its text."""

    word: str
    start: int
    end: int

    @property
    def is_word(self) -> bool:
        return self.word[0].isalnum()


def tokenize(prompt: str) -> list[Token]:
    """Split a prompt; characters that are neither words, digits nor sentence marks separate tokens and vanish.

    Brackets and dashes between words read like commas.
    """
    tokens = []
    for found in _TOKEN.finditer(prompt):
        word = found.group().lower().replace("’", "'")
        tokens.append(Token(_AS_COMMA.get(word, word), found.start(), found.end()))
    return tokens


def match_words(tokens: list[Token], index: int, table: Mapping[tuple[str, ...], _Value]) -> tuple[_Value | None, int]:
    """Return the value of the longest word sequence of `table` at `index`, and the index after it."""
    for length in range(min(_LONGEST, len(tokens) - index), 0, -1):
        key = tuple(token.word for token in tokens[index : index + length])
        if key in table:
            return table[key], index + length
    return None, index
