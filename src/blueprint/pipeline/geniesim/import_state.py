"""What an import remembers of itself: it is not repeated, goes on after a kill, and never runs twice at once."""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from blueprint.contracts.disk import disk_error
from blueprint.contracts.document import write_atomically
from blueprint.contracts.hashing import canonical_json
from blueprint.quality.geniesim.archive import is_archive, unpack

__all__ = ["UNPACKED", "folder_of", "locked", "read_state", "remove_foreign", "source_sha", "write_state"]

UNPACKED = ".unpacked"
_STATE = ".import_state.json"


def folder_of(given: Path, out: Path) -> Path:
    """Return the folder of episodes: `given` itself, or what an archive holds, unpacked in `out`."""
    if not is_archive(given):
        return given
    folder = out / UNPACKED
    shutil.rmtree(folder, ignore_errors=True)
    unpack(given, folder)
    entries = [path for path in folder.iterdir() if not path.name.startswith(".")]
    inside = entries[0] if len(entries) == 1 and entries[0].is_dir() else None
    wrapped = inside is not None and not any((inside / n).is_file() for n in ("state.json", "task_result.json"))
    return inside if wrapped and inside is not None else folder


def source_sha(given: Path, min_quality_score: float | None) -> str:
    """Return a hash of the names and sizes of what is to be imported, and of how: cheap enough for every poll."""
    digest = hashlib.sha256(canonical_json({"min_quality_score": min_quality_score}))
    if given.is_file():
        digest.update(f"{given.name}\x00{given.stat().st_size}\n".encode())
    for place, folders, names in os.walk(given):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            size = -1 if path.is_symlink() else path.stat().st_size
            relative = path.relative_to(given).as_posix()
            digest.update(f"{relative}\x00{size}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def remove_foreign(out: Path, wanted: set[str]) -> None:
    """What another choice of episodes left behind is no part of this import."""
    for path in [*out.glob("recordings/*"), *out.glob("certificates/*")]:
        if path.name.removesuffix(".json") not in wanted:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def read_state(out: Path) -> dict[str, Any]:
    """Return what `write_state` wrote; an unreadable state is none."""
    try:
        value = from_json((out / _STATE).read_bytes())
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def write_state(out: Path, state: dict[str, Any]) -> None:
    """Remember the code and the source of an import, and, last of all, that it is completed."""
    write_atomically(out / _STATE, canonical_json(state) + b"\n")


@contextmanager
def locked(scene_dir: Path) -> Iterator[None]:
    """Hold the scene's import lock; it ends with the process, so that a killed import blocks nobody."""
    path = scene_dir / "geniesim" / ".import.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a")
    except OSError as error:
        raise disk_error("write", path, error) from error
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
