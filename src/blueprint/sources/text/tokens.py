"""Words and punctuation of a prompt with their spans of characters, and longest matches of word sequences."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

__all__ = ["Token", "match_words", "tokenize"]

_TOKEN = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*|\d+(?:-[^\W\d_]+)*|[.,;:!?&\n]")
_Value = TypeVar("_Value")


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
    """Split a prompt; characters that are neither words, digits nor sentence marks separate tokens and vanish."""
    return [Token(m.group().lower(), m.start(), m.end()) for m in _TOKEN.finditer(prompt)]


def match_words(tokens: list[Token], index: int, table: Mapping[tuple[str, ...], _Value]) -> tuple[_Value | None, int]:
    """Return the value of the longest word sequence of `table` at `index`, and the index after it."""
    for length in range(min(5, len(tokens) - index), 0, -1):
        key = tuple(token.word for token in tokens[index : index + length])
        if key in table:
            return table[key], index + length
    return None, index
