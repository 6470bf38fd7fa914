"""The protocol of an object store, and how one is opened from a folder or a URL."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from blueprint.contracts.errors import InputError
from blueprint.storage.keys import validate_prefix

__all__ = ["Entry", "ObjectInfo", "ObjectStore", "open_store"]

_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")


@dataclass(frozen=True)
class Entry:
    """One object of a listing; `size` in bytes."""

    key: str
    size: int


@dataclass(frozen=True)
class ObjectInfo:
    """What is known of one object without reading it from afar.

    `version` is opaque: equal versions mean equal bytes. `md5` (hex) is None where the store does not know it.
    """

    key: str
    size: int
    version: str
    md5: str | None


class ObjectStore(Protocol):
    """Objects by key (relative POSIX paths), each replaced as a whole.

    Every method raises UnsafePathError for a bad key and StorageError where the store refuses or cannot be reached.
    """

    @property
    def url(self) -> str:
        """The folder or URL that it was opened from."""

    def read(self, key: str) -> bytes:
        """Return the bytes; raises ObjectNotFoundError."""

    def read_versioned(self, key: str) -> tuple[bytes, str]:
        """Return the bytes and the version that they have, from one read; raises ObjectNotFoundError."""

    def write(self, key: str, data: bytes) -> str:
        """Create or replace atomically and return the new version; a reader sees all of it or none."""

    def create(self, key: str, data: bytes) -> str:
        """Create and return the version; raises ObjectExistsError if there is one. Of many callers exactly one wins."""

    def swap(self, key: str, data: bytes, expected: str) -> str:
        """Replace only if the version is `expected` (compare and swap) and return the new one.

        Raises VersionConflictError if it has another version or is gone.
        """

    def delete(self, key: str, expected: str | None = None) -> None:
        """Delete; a missing object is fine.

        With `expected`, another version or no object raises VersionConflictError.
        """

    def exists(self, key: str) -> bool:
        """Return whether there is such an object."""

    def stat(self, key: str) -> ObjectInfo:
        """Return size, version and MD5; raises ObjectNotFoundError."""

    def list(self, prefix: str = "") -> list[Entry]:
        """Return every object below the folder `prefix`, sorted by key."""


def open_store(url_or_path: str | Path) -> ObjectStore:
    """Open a local folder, `file:///folder`, `gs://bucket/prefix` or `s3://bucket/prefix`.

    Nothing is read or created yet. STORAGE_EMULATOR_HOST (gs) and AWS_ENDPOINT_URL (s3) are honoured. Raises InputError
    for another scheme or a bad bucket name, MissingDependencyError where `gs://` lacks its client library.
    """
    text = str(url_or_path)
    scheme, separator, rest = text.partition("://")
    if not separator:
        return _open_folder(Path(url_or_path))
    if scheme == "file" and rest.startswith("/"):
        return _open_folder(Path(rest))
    if scheme not in ("gs", "s3"):
        raise InputError(
            f"cannot open {text!r}: no store for {scheme!r}.",
            remedy="use a folder, gs://bucket/prefix or s3://bucket/prefix.",
        )
    bucket, _, prefix = rest.partition("/")
    if not _BUCKET.fullmatch(bucket):
        raise InputError(
            f"cannot open {text!r}: {bucket!r} is not a bucket name.", remedy=f"use {scheme}://bucket/prefix."
        )
    folder = validate_prefix(prefix)
    if scheme == "gs":
        from blueprint.storage.gcs import GcsStore

        return GcsStore(bucket, folder)
    from blueprint.storage.s3 import S3ObjectStore

    return S3ObjectStore(bucket, folder)


def _open_folder(folder: Path) -> ObjectStore:
    from blueprint.storage.local import LocalStore

    if not str(folder).strip() or "\0" in str(folder):
        raise InputError(f"{str(folder)!r} is not a folder name.", remedy="name a folder, for example './runs'.")
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file, not a folder.", remedy="name a folder for --root.")
    return LocalStore(folder)
