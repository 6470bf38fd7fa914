"""The files of a library on this machine: in place where it is a folder, else copied into the cache when needed."""

import hashlib
from pathlib import Path

from blueprint.contracts.document import write_atomically
from blueprint.contracts.errors import InputError
from blueprint.contracts.hashing import sha256_bytes
from blueprint.storage.cache import cache_root
from blueprint.storage.keys import contained_path
from blueprint.storage.local import LocalStore
from blueprint.storage.store import ObjectInfo, ObjectStore

__all__ = ["MAX_OBJECT_BYTES", "LibraryFiles"]

MAX_OBJECT_BYTES = 128 << 20


class LibraryFiles:
    """Objects of a store by key; `sizes` maps the keys that were listed to their bytes."""

    def __init__(self, store: ObjectStore, sizes: dict[str, int]) -> None:
        self.sizes = sizes
        self._store = store
        self._local = isinstance(store, LocalStore)
        own = cache_root() / "asset-library" / "files" / sha256_bytes(store.url.encode())[:16]
        self.root = Path(store.url) if self._local else own
        self._known: dict[str, ObjectInfo] = {}

    def version(self, key: str) -> str:
        """Return what changes when the object's bytes do."""
        return self._stat(key).version

    def path(self, key: str) -> Path:
        """Return the file of a key, fetched if it is not there or is another one.

        Raises InputError where it is larger than 128 MiB, UnsafePathError for a link that leaves the folder.
        """
        if self.sizes.get(key, 0) > MAX_OBJECT_BYTES:
            raise InputError(f"{key} has {self.sizes[key]} bytes, more than {MAX_OBJECT_BYTES}.", remedy="decimate it.")
        path = contained_path(self.root, key)
        if not self._local and not self._is_current(key, path):
            write_atomically(path, self._store.read(key))
        return path

    def read(self, key: str) -> bytes:
        return self.path(key).read_bytes()

    def _is_current(self, key: str, path: Path) -> bool:
        if not path.is_file():
            return False
        known = self._stat(key)
        if known.size != path.stat().st_size or known.md5 is None:
            return False
        return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest() == known.md5

    def _stat(self, key: str) -> ObjectInfo:
        if key not in self._known:
            self._known[key] = self._store.stat(key)
        return self._known[key]
