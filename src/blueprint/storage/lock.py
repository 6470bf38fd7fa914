"""A lock is an object that only one caller can create; it names its owner by a random token."""

import uuid
from dataclasses import dataclass

from blueprint.contracts.document import Document
from blueprint.contracts.errors import (
    ContractError,
    ObjectExistsError,
    ObjectNotFoundError,
    StorageError,
    VersionConflictError,
)
from blueprint.storage.store import ObjectStore

__all__ = ["LockHeldError", "LockRecord", "StoreLock", "acquire", "inspect", "steal"]


class LockHeldError(StorageError):
    """Somebody else holds the lock."""


class LockRecord(Document):
    """What stands in a lock object. `token` is unique to one acquisition, `holder` is for people (host and process)."""

    token: str
    holder: str
    acquired_at: str


@dataclass(frozen=True)
class StoreLock:
    """A held lock. As a context manager it is released at the end."""

    store: ObjectStore
    key: str
    record: LockRecord
    version: str

    def is_held(self) -> bool:
        """Return whether the object still carries this acquisition's token (False after somebody stole it)."""
        current = inspect(self.store, self.key)
        return current is not None and current[0].token == self.record.token

    def release(self) -> None:
        """Delete the lock if it is still ours; one that was stolen or released is left as it is."""
        try:
            self.store.delete(self.key, expected=self.version)
        except VersionConflictError:
            return

    def __enter__(self) -> "StoreLock":
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def acquire(store: ObjectStore, key: str, *, holder: str, acquired_at: str) -> StoreLock:
    """Create the lock object and return the lock; raises LockHeldError that names the holder.

    `acquired_at` (ISO 8601) comes from the caller: this room reads no clock.
    """
    record = LockRecord(token=uuid.uuid4().hex, holder=holder, acquired_at=acquired_at)
    try:
        return StoreLock(store, key, record, store.create(key, record.to_json().encode()))
    except ObjectExistsError as error:
        current = inspect(store, key)
        if current and current[0].token == record.token:  # our create arrived, its answer was lost, the retry met it
            return StoreLock(store, key, record, current[1])
        owner = f"{current[0].holder} since {current[0].acquired_at}" if current else "somebody who just let go"
        raise LockHeldError(
            f"lock {key} in {store.url} is held by {owner}.",
            remedy="wait for it, or steal the lock if that process is gone.",
        ) from error


def steal(store: ObjectStore, key: str, version: str, *, holder: str, acquired_at: str) -> StoreLock:
    """Take over the lock that was seen at `version` (from `inspect`), of many thieves exactly one.

    The caller has decided that the holder is gone. Raises LockHeldError if the lock changed hands meanwhile.
    """
    record = LockRecord(token=uuid.uuid4().hex, holder=holder, acquired_at=acquired_at)
    try:
        return StoreLock(store, key, record, store.swap(key, record.to_json().encode(), version))
    except VersionConflictError as error:
        current = inspect(store, key)
        if current and current[0].token == record.token:
            return StoreLock(store, key, record, current[1])
        raise LockHeldError(
            f"lock {key} in {store.url} changed hands while it was being stolen.", remedy="look at it again."
        ) from error


def inspect(store: ObjectStore, key: str) -> tuple[LockRecord, str] | None:
    """Return who holds the lock and at which version, or None if nobody does.

    A lock object that is not ours to read (written by hand, cut short) has the holder 'unknown'.
    """
    try:
        data, version = store.read_versioned(key)
    except ObjectNotFoundError:
        return None
    try:
        return LockRecord.parse(data, where=key), version
    except ContractError:
        return LockRecord(token="", holder="unknown (unreadable lock)", acquired_at="an unknown time"), version
