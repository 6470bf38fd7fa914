"""A local folder as an object store: rename for atomicity, a lock file for compare-and-swap."""

import fcntl
import hashlib
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from blueprint.contracts.disk import disk_error
from blueprint.contracts.errors import (
    ObjectExistsError,
    ObjectNotFoundError,
    UnsafePathError,
    VersionConflictError,
)
from blueprint.storage.keys import contained_path, validate_prefix
from blueprint.storage.store import Entry, ObjectInfo

__all__ = ["LocalStore"]

_LOCK_NAME = ".blueprint-store.lock"
_TEMPORARY_SUFFIX = ".blueprint-part"


class LocalStore:
    """Objects are files below `root`. The version is the SHA-256 of the bytes, so equal versions mean equal bytes.

    Every change is made under an exclusive `flock` on one file of the root, so that a comparison and its swap are one
    step for all threads and processes of a machine. Temporary files of a killed writer are never listed.
    """

    def __init__(self, root: Path) -> None:
        self._root = Path(root)

    @property
    def url(self) -> str:
        return str(self._root)

    @property
    def root(self) -> Path:
        return self._root

    def read(self, key: str) -> bytes:
        return self.read_versioned(key)[0]

    def read_versioned(self, key: str) -> tuple[bytes, str]:
        path = self._path(key)
        with self._explained("read", path):
            if not path.is_file():
                raise ObjectNotFoundError(f"no object {key!r} in {self._root}.")
            data = path.read_bytes()
        return data, _version(data)

    def write(self, key: str, data: bytes) -> str:
        path = self._path(key)
        with self._explained("write", path), self._staged(path, data) as temporary, self._locked():
            temporary.replace(path)
        return _version(data)

    def create(self, key: str, data: bytes) -> str:
        path = self._path(key)
        with self._explained("create", path), self._staged(path, data) as temporary, self._locked():
            if path.exists():
                raise ObjectExistsError(f"object {key!r} exists already in {self._root}.")
            temporary.replace(path)
        return _version(data)

    def swap(self, key: str, data: bytes, expected: str) -> str:
        path = self._path(key)
        with self._explained("swap", path), self._staged(path, data) as temporary, self._locked():
            self._require_version(key, path, expected)
            temporary.replace(path)
        return _version(data)

    def delete(self, key: str, expected: str | None = None) -> None:
        path = self._path(key)
        with self._explained("delete", path):
            if expected is None and not path.exists():
                return
            with self._locked():
                if expected is not None:
                    self._require_version(key, path, expected)
                path.unlink(missing_ok=True)

    def exists(self, key: str) -> bool:
        path = self._path(key)
        with self._explained("stat", path):
            return path.is_file()

    def stat(self, key: str) -> ObjectInfo:
        data, version = self.read_versioned(key)
        return ObjectInfo(key, len(data), version, hashlib.md5(data, usedforsecurity=False).hexdigest())

    def list(self, prefix: str = "") -> list[Entry]:
        """Symbolic links are followed to files that stay inside; one that leads outside raises UnsafePathError."""
        folder = validate_prefix(prefix)
        start = self._path(folder.removesuffix("/")) if folder else self._root
        with self._explained("list", start):
            return sorted(self._walk(start), key=lambda entry: entry.key)

    def _walk(self, start: Path) -> Iterator[Entry]:
        base = self._root.resolve()
        for folder, folders, names in os.walk(start, onerror=_raise_unless_missing):
            for name in [*folders, *names]:
                path = Path(folder, name)
                if path.is_symlink() and not path.resolve().is_relative_to(base):
                    raise UnsafePathError(f"{path} leads outside {self._root}.", remedy="remove the link.")
            for name in names:
                path = Path(folder, name)
                if name != _LOCK_NAME and not name.endswith(_TEMPORARY_SUFFIX) and path.is_file():
                    yield Entry(path.relative_to(self._root).as_posix(), path.stat().st_size)

    def _path(self, key: str) -> Path:
        path = contained_path(self._root, key)
        if path.name == _LOCK_NAME or path.name.endswith(_TEMPORARY_SUFFIX):
            raise UnsafePathError(f"key {key!r} is reserved for the store itself.", remedy="use another name.")
        return path

    def _require_version(self, key: str, path: Path, expected: str) -> None:
        found = _version(path.read_bytes()) if path.is_file() else None
        if found != expected:
            raise VersionConflictError(
                f"object {key!r} in {self._root} is {'gone' if found is None else 'another version'}.",
                remedy="read it again and repeat the change.",
            )

    @contextmanager
    def _staged(self, path: Path, data: bytes) -> Iterator[Path]:
        """Yield a complete, flushed temporary file in the folder of `path`; it is removed if still there."""
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{uuid.uuid4().hex}{_TEMPORARY_SUFFIX}")
        try:
            with temporary.open("xb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            yield temporary
        finally:
            temporary.unlink(missing_ok=True)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        descriptor = os.open(self._root / _LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    @contextmanager
    def _explained(self, action: str, path: Path) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise disk_error(action, path, error) from error


def _version(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _raise_unless_missing(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error
