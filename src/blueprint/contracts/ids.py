"""Identifiers of scenes, objects and episodes: validated where they enter, so that they are safe in paths and prims."""

import re
from typing import Annotated

from pydantic import AfterValidator

from blueprint.contracts.errors import InputError

__all__ = ["Identifier", "SceneId", "slug", "validate_identifier", "validate_scene_id"]

_SCENE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")


def validate_scene_id(value: str) -> str:
    """Return `value` if it is a safe scene id, else raise InputError (it becomes a folder name)."""
    if not _SCENE_ID.fullmatch(value):
        raise InputError(
            f"scene id {value[:200]!r} is not usable: "
            "1 to 128 letters, digits, '_' or '-', starting with a letter or digit.",
            remedy="choose another --scene-id, for example 'kitchen_001'.",
        )
    return value


def validate_identifier(value: str) -> str:
    """Return `value` if it is usable as an object id, a USD prim name and an MJCF name, else raise InputError."""
    if not _IDENTIFIER.fullmatch(value):
        raise InputError(
            f"identifier {value[:200]!r} is not usable: "
            "1 to 128 letters, digits or '_', starting with a letter or '_'.",
            remedy="rename the object.",
        )
    return value


def slug(text: str) -> str:
    """Return `text` in lower case with every run of other characters replaced by one '_', usable as an identifier."""
    cleaned = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:100] or "item"
    return cleaned if not cleaned[0].isdigit() else f"n{cleaned}"


def _as_value_error(value: str, check: object) -> str:
    try:
        return check(value)  # type: ignore[operator]
    except InputError as error:
        raise ValueError(str(error)) from error


SceneId = Annotated[str, AfterValidator(lambda value: _as_value_error(value, validate_scene_id))]
Identifier = Annotated[str, AfterValidator(lambda value: _as_value_error(value, validate_identifier))]
