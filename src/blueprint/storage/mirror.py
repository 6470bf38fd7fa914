"""Copy the objects below a prefix to a local folder and back; what is the same already is not moved again.

Locks (`locks/*.lock`) belong to the store alone and are never copied.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from blueprint.contracts.disk import disk_error
from blueprint.contracts.errors import InputError
from blueprint.storage.keys import contained_path, validate_key, validate_prefix
from blueprint.storage.local import LocalStore
from blueprint.storage.store import Entry, ObjectStore

__all__ = ["Limits", "Transfer", "download", "upload"]

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Limits:
    """A prefix beyond these is refused before the first byte moves."""

    object_bytes: int = 2 << 30
    total_bytes: int = 64 << 30
    objects: int = 200_000


@dataclass(frozen=True)
class Transfer:
    """Names (relative to the folder) that were copied and that were the same already, in the order of work."""

    copied: tuple[str, ...]
    unchanged: tuple[str, ...]


def download(store: ObjectStore, prefix: str, folder: Path, *, limits: Limits | None = None) -> Transfer:
    """Copy every object below `prefix` into `folder`, each atomically, in the order of their keys.

    A local file with the same MD5 is left as it is; files that the store does not have are left too. Raises
    UnsafePathError for a key that would leave the folder, InputError beyond the limits, StorageError.
    """
    base = validate_prefix(prefix)
    found = [Entry(validate_key(entry.key.removeprefix(base)), entry.size) for entry in store.list(prefix)]
    entries = [entry for entry in found if not _is_lock(entry.key)]
    _check(entries, limits or Limits(), f"{store.url} below {prefix!r}")
    target = LocalStore(folder)
    copied: list[str] = []
    unchanged: list[str] = []
    for entry in entries:
        path = contained_path(folder, entry.key)
        if path.is_file() and path.stat().st_size == entry.size and store.stat(base + entry.key).md5 == _md5(path):
            unchanged.append(entry.key)
            continue
        target.write(entry.key, store.read(base + entry.key))
        copied.append(entry.key)
    return Transfer(tuple(copied), tuple(unchanged))


def upload(
    store: ObjectStore,
    folder: Path,
    prefix: str,
    *,
    last: Callable[[str], bool] | Iterable[str] = (),
    limits: Limits | None = None,
) -> Transfer:
    """Copy every file of `folder` below `prefix`; those of `last` (names, or a test of names) at the end.

    With `last=layout.is_marker`, a reader that sees a marker sees everything that it speaks of. An object
    with the same MD5 is not written again.
    Raises InputError for a missing folder or beyond the limits, UnsafePathError for a link that leads outside.
    """
    base = validate_prefix(prefix)
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder.", remedy="name a folder to upload.")
    entries = [entry for entry in LocalStore(folder).list() if not _is_lock(entry.key)]
    _check(entries, limits or Limits(), str(folder))
    is_last = last if callable(last) else frozenset(last).__contains__
    present = {entry.key.removeprefix(base): entry.size for entry in store.list(prefix)}
    copied: list[str] = []
    unchanged: list[str] = []
    for entry in sorted(entries, key=lambda item: (is_last(item.key), item.key)):
        path = contained_path(folder, entry.key)
        if present.get(entry.key) == entry.size and store.stat(base + entry.key).md5 == _md5(path):
            unchanged.append(entry.key)
            continue
        store.write(base + entry.key, _read(path))
        copied.append(entry.key)
    return Transfer(tuple(copied), tuple(unchanged))


def _is_lock(name: str) -> bool:
    return name.endswith(".lock") and "locks" in name.split("/")[:-1]


def _check(entries: list[Entry], limits: Limits, where: str) -> None:
    too_large = [entry for entry in entries if entry.size > limits.object_bytes]
    total = sum(entry.size for entry in entries)
    if too_large:
        first = too_large[0]
        problem = f"{first.key} has {first.size} bytes, the limit is {limits.object_bytes}"
    elif total > limits.total_bytes:
        problem = f"it has {total} bytes, the limit is {limits.total_bytes}"
    elif len(entries) > limits.objects:
        problem = f"it has {len(entries)} objects, the limit is {limits.objects}"
    else:
        return
    raise InputError(f"{where} is too large to copy: {problem}.", remedy="remove what does not belong there.")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise disk_error("read", path, error) from error


def _md5(path: Path) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                digest.update(chunk)
    except OSError as error:
        raise disk_error("read", path, error) from error
    return digest.hexdigest()
