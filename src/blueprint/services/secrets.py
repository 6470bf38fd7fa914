"""Secrets come from environment variables, and are shown nowhere."""

import os
import re
from typing import NoReturn

from blueprint.contracts.errors import InputError

__all__ = ["MASK", "Secret", "find_secret", "is_secret_name", "known_secret_values", "masked", "secret"]

MASK = "***"
_SECRET_NAME = re.compile(r"(^|_)(token|secret|password|passwd|passphrase|key|credentials?|authorization)(_|$)")
_SECRET_SIGNS = ("token", "secret", "password")  # also inside a word without separators: 'hftoken'
_MIN_VALUE_CHARACTERS = 6  # a shorter value is no secret, and masking it would riddle every line

_read: set[str] = set()


class Secret:
    """A secret value: its text forms are masked, it does not pickle, `reveal` is the only way in."""

    __slots__ = ("_value", "name")

    def __init__(self, name: str, value: str) -> None:
        self.name = name
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return f"Secret({self.name!r}, {MASK})"

    __str__ = __repr__

    def __format__(self, _: str) -> str:
        return repr(self)

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{self!r} does not pickle; read it from the environment of the process that needs it")


def secret(name: str) -> Secret:
    """Return the environment variable `name` as a secret; raises InputError if it is unset or empty."""
    found = find_secret(name)
    if found is None:
        raise InputError(f"the environment variable {name} is not set.", remedy=f"export {name}=… and run again.")
    return found


def find_secret(name: str) -> Secret | None:
    """Return the environment variable `name` as a secret, or None if it is unset or empty."""
    value = os.environ.get(name, "").strip()
    if not value:
        return None
    _read.add(value)
    return Secret(name, value)


def is_secret_name(name: str) -> bool:
    """Return whether a field or variable of this name holds a secret ('api_key', 'hfToken'; not 'prompt_tokens')."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+", "_", name).lower()
    return bool(_SECRET_NAME.search(words)) or (words.endswith(_SECRET_SIGNS))


def masked(text: str) -> str:
    """Return a text, which a service may have written with what it was sent, without secrets; mask before you cut."""
    for value in known_secret_values():
        text = text.replace(value, MASK)
    return text


def known_secret_values() -> list[str]:
    """Return the values to mask: every secret that was read, and every variable named like one; the longest first."""
    named = {value for name, value in os.environ.items() if is_secret_name(name)}
    return sorted(
        (value for value in named | _read if len(value) >= _MIN_VALUE_CHARACTERS),
        key=lambda value: (-len(value), value),
    )
