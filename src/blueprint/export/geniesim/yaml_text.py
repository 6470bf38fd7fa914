"""Plain data as YAML, block style: what the few configuration files of the export need."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["yaml_text"]


def yaml_text(value: Any) -> str:
    """Return YAML 1.2 of mappings, lists and scalars; strings are double-quoted as in JSON, so none is misread."""
    return "\n".join(_lines(value)) + "\n"


def _lines(value: Any) -> list[str]:
    if isinstance(value, Mapping) and value:
        found = []
        for key, item in value.items():
            found += _entry(f"{json.dumps(key)}:", item)
        return found
    if isinstance(value, Sequence) and not isinstance(value, str) and value:
        found = []
        for item in value:
            found += _entry("-", item)
        return found
    return [_scalar(value)]


def _entry(head: str, item: Any) -> list[str]:
    nested = isinstance(item, Mapping) or (isinstance(item, Sequence) and not isinstance(item, str))
    if nested and item:
        return [head, *(f"  {line}" for line in _lines(item))]
    return [f"{head} {_scalar(item)}"]


def _scalar(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
