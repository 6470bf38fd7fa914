"""Scene manifests object by object: memory follows the largest object and the number of ids, not the file."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import ijson
from ijson.common import ObjectBuilder
from pydantic import ValidationError

from blueprint.contracts.document import MAX_DOCUMENT_BYTES, explain
from blueprint.contracts.errors import ContractError, InputError
from blueprint.contracts.scene_manifest import SceneManifest, SceneObject

__all__ = ["MAX_OBJECTS", "iter_list", "iter_objects", "read_head", "validate_manifest"]

MAX_OBJECTS = 100_000
_MAX_OBJECT_BYTES = 4 << 20
_MAX_HEAD_BYTES = 32 << 20
_MAX_DEPTH = 64
_CHUNK_BYTES = 16 << 10
_OPENING, _CLOSING = ("start_map", "start_array"), ("end_map", "end_array")
_REMEDY = "see schemas/scene_manifest.schema.json."

Events = Iterator[tuple[str, Any]]


def iter_objects(path: Path) -> Iterator[SceneObject]:
    """Yield the objects of a manifest in their order, each validated as `SceneManifest.read` validates it.

    Raises InputError where the file cannot be read or is too large, ContractError where it is no manifest: an object
    is invalid, its id was there before, it is larger than 4 MiB, nested deeper than 64 or one of more than 100,000.
    What concerns the whole file (a parent that is not in the scene, a version that is not supported) is known, and
    raised, after the last object.
    """
    head: dict[str, Any] = {}
    ids: set[str] = set()
    orphans: dict[str, str] = {}  # child by the parent that it waits for
    for number, value in enumerate(_values(path, head)):
        try:
            item = SceneObject.model_validate(value)
        except ValidationError as error:
            raise ContractError(f"{path} objects.{number}: {explain(error)}.", remedy=_REMEDY) from error
        if item.id in ids:
            raise ContractError(f"{path}: object ids occur twice: {item.id!r}.", remedy=_REMEDY)
        ids.add(item.id)
        orphans.pop(item.id, None)
        parent = item.placement.parent_id if item.placement else None
        if parent is not None and parent not in ids:
            orphans.setdefault(parent, item.id)
        yield item
    for parent, child in orphans.items():
        raise ContractError(f"{path}: object {child}: its parent {parent!r} is not in the scene.", remedy=_REMEDY)
    _head(path, head)


def read_head(path: Path) -> SceneManifest:
    """Return a manifest without its objects (`objects` is empty): they are passed over, neither kept nor validated.

    Raises InputError where the file cannot be read, ContractError where it is no JSON or its head is invalid.
    """
    head: dict[str, Any] = {}
    for _ in _values(path, head, keep=False):
        pass
    return _head(path, head)


def validate_manifest(path: Path) -> int:
    """Return the number of objects of a manifest that is valid as a whole; raises as `iter_objects` does."""
    return sum(1 for _ in iter_objects(path))


def iter_list(
    path: Path, key: str, head: dict[str, Any], *, max_items: int, max_item_bytes: int, max_bytes: int
) -> Iterator[Any]:
    """Yield the members of the list `key` of a JSON object, one in memory at a time; `head` gets the other keys.

    What follows the list is in `head` after the last member. Raises InputError where the file cannot be read or exceeds
    `max_bytes`, ContractError where it is no such JSON, a number is not finite, or a limit is passed.
    """
    yield from _values(path, head, key=key, max_items=max_items, max_item_bytes=max_item_bytes, max_bytes=max_bytes)


class _Window:
    """A file whose reader may take so many bytes until it is done with the value that it is at."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._left = 0

    def open(self, size: int) -> None:
        self._left = size + _CHUNK_BYTES

    def read(self, size: int) -> bytes:
        data = self._file.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise ContractError("a value is larger than its limit.", remedy=_REMEDY)
        return data


def _values(
    path: Path,
    head: dict[str, Any],
    *,
    keep: bool = True,
    key: str = "objects",
    max_items: int | None = None,
    max_item_bytes: int = _MAX_OBJECT_BYTES,
    max_bytes: int = MAX_DOCUMENT_BYTES,
) -> Iterator[Any]:
    """Yield the members of list `key` (None for each where they are not to be kept) and fill `head` with the rest."""
    try:
        if path.stat().st_size > max_bytes:
            raise InputError(f"{path} is larger than {max_bytes} bytes.", remedy="split the document.")
        with path.open("rb") as file:
            yield from _parsed(_Window(file), head, keep, key, max_items or MAX_OBJECTS, max_item_bytes)
    except OSError as error:
        raise InputError(
            f"cannot read {path}: {error.strerror or error}.", remedy="check the path and its rights."
        ) from error
    except ContractError as error:
        raise ContractError(f"{path}: {error.args[0]}", remedy=_REMEDY) from error
    except (ijson.JSONError, ValueError) as error:
        text = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise ContractError(f"{path} is not valid JSON: {text!a}.", remedy=_REMEDY) from error


def _parsed(
    window: _Window, head: dict[str, Any], keep: bool, wanted: str, max_items: int, max_item_bytes: int
) -> Iterator[Any]:
    window.open(_MAX_HEAD_BYTES)
    events: Events = ijson.basic_parse(window, buf_size=_CHUNK_BYTES, use_float=True)
    if next(events)[0] != "start_map":
        raise ContractError("the document is not an object.")
    count = -1  # none yet
    for event, key in events:
        if event != "map_key":
            continue  # the end; what follows it is the parser's to refuse
        if key != wanted:
            head[key] = _value(events, *next(events))
            window.open(_MAX_HEAD_BYTES)
            continue
        if count >= 0 or next(events)[0] != "start_array":
            raise ContractError(f"{wanted}: expected one list.")
        count = 0
        window.open(max_item_bytes)
        for first, value in events:
            if first == "end_array":
                break
            count += 1
            if count > max_items:
                raise ContractError(f"{wanted}: more than {max_items}.")
            yield _value(events, first, value, keep)
            window.open(max_item_bytes)
        window.open(_MAX_HEAD_BYTES)
    if count < 0:
        raise ContractError(f"{wanted}: the list is missing.")


def _value(events: Events, event: str, value: Any, keep: bool = True) -> Any:
    """Take the events of one value, of which the first is given; None where it is not to be kept."""
    builder = ObjectBuilder() if keep else None
    depth = 0
    while True:
        if isinstance(value, float) and not math.isfinite(value):
            raise ContractError("a number is not finite.")
        if builder is not None:
            builder.event(event, value)
        depth += (event in _OPENING) - (event in _CLOSING)
        if depth > _MAX_DEPTH:
            raise ContractError(f"a value is nested deeper than {_MAX_DEPTH}.")
        if depth == 0:
            return None if builder is None else builder.value
        event, value = next(events)


def _head(path: Path, head: dict[str, Any]) -> SceneManifest:
    try:
        return SceneManifest.model_validate(head | {"objects": []})
    except ValidationError as error:
        raise ContractError(f"{path} is not a valid SceneManifest: {explain(error)}.", remedy=_REMEDY) from error
