"""A scene's folder on this machine, whatever the root is: a local root itself, or a mirror of a bucket's prefix."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from blueprint.contracts.errors import StorageError
from blueprint.contracts.hashing import sha256_bytes
from blueprint.storage import layout, lock, mirror
from blueprint.storage.cache import cache_root
from blueprint.storage.store import ObjectStore, open_store

__all__ = ["Workspace", "is_gone", "locked", "locked_key", "open_workspace", "this_process"]


@dataclass(frozen=True)
class Workspace:
    """`scene_dir` is where stages work; `is_mirror` says that it must be published to the store."""

    store: ObjectStore
    scene_id: str
    scene_dir: Path
    is_mirror: bool

    def publish(self) -> None:
        """Upload what changed, markers last; nothing to do for a local root."""
        if self.is_mirror:
            mirror.upload(self.store, self.scene_dir, layout.scene_prefix(self.scene_id), last=layout.is_marker)


def open_workspace(root: str, scene_id: str, *, fetch: bool = True) -> Workspace:
    """Open a scene of a root (folder or URL), fetching what a bucket has of it unless the caller has it already.

    Raises InputError for an unusable root or scene id, StorageError where the store cannot be reached.
    """
    prefix = layout.scene_prefix(scene_id)
    store = open_store(root)
    if "://" not in root or root.startswith("file://"):
        return Workspace(store, scene_id, Path(root.removeprefix("file://")) / prefix.rstrip("/"), False)
    folder = cache_root() / "workspace" / sha256_bytes(store.url.encode())[:16] / scene_id
    if fetch:
        mirror.download(store, prefix, folder)
    return Workspace(store, scene_id, folder, True)


@contextmanager
def locked(workspace: Workspace, holder: str | None = None) -> Iterator[None]:
    """Hold the scene's run lock; a lock left by a process of this machine that is gone is taken over.

    `holder` (see `this_process`) is on whose behalf, by default this process's own: a task of a batch that is sent to
    another node, because the first was lost, takes over the lock that the first one left in the batch's name.

    Raises LockHeldError (a StorageError) if another run works on the scene.
    """
    with locked_key(workspace.store, layout.scene_key(workspace.scene_id, layout.scene_lock("run")), holder):
        yield


@contextmanager
def locked_key(store: ObjectStore, key: str, holder: str | None = None) -> Iterator[None]:
    """Hold the lock of a key, as `locked` does for a scene's run. Raises LockHeldError if another has it."""
    name = holder or this_process()
    now = datetime.now(UTC).isoformat(timespec="seconds")
    current = lock.inspect(store, key)
    try:
        # A process's own name is no licence to enter twice: only a batch comes back to what it left on another node.
        if current is not None and (current[0].holder == holder or is_gone(current[0].holder)):
            held = lock.steal(store, key, current[1], holder=name, acquired_at=now)
        else:
            held = lock.acquire(store, key, holder=name, acquired_at=now)
    except OSError as error:
        raise StorageError(f"cannot take {key}: {error}.", remedy="check the root.") from error
    with held:
        yield


def this_process() -> str:
    """Return the name by which this process holds locks: `host:process`."""
    return f"{socket.gethostname()}:{os.getpid()}"


def is_gone(holder: str) -> bool:
    """Whether a lock's holder (`host:process`) is a process of this machine that has ended."""
    host, _, process = holder.rpartition(":")
    if host != socket.gethostname() or not process.isdigit():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
