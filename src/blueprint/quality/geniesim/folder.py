"""What lies in a raw episode's folder, before anything in it is opened: plain files only, bounded, inside."""

import hashlib
import os
import stat
from pathlib import Path

from blueprint.contracts.errors import ContractError
from blueprint.contracts.geniesim.import_bundle import RefusalReason
from blueprint.contracts.hashing import sha256_file
from blueprint.quality.geniesim.refusal import EpisodeRefusedError

__all__ = ["MAX_FRAMES", "episode_file", "folder_digest", "inspect_folder", "read_json"]

MAX_FRAMES = 100_000  # 55 minutes at 30 frames per second
_MAX_FILES = 16 * MAX_FRAMES
_MAX_BYTES = 256 << 30
_MAX_DEPTH = 6
_MAX_JSON_BYTES = 64 << 20
_PICKLES = (".pkl", ".pickle", ".joblib", ".pt", ".pth")


def inspect_folder(folder: Path) -> None:
    """Refuse a folder with links, sockets, pickles, or more than an episode can hold; nothing is opened."""
    if folder.is_symlink() or not folder.is_dir():
        raise EpisodeRefusedError(RefusalReason.UNSAFE_FILE, "an episode is a folder, not a link or a file")
    files = size = 0
    pending = [(folder, 0)]
    while pending:
        place, depth = pending.pop()
        if depth > _MAX_DEPTH:
            raise EpisodeRefusedError(RefusalReason.UNSAFE_FILE, f"folders are nested deeper than {_MAX_DEPTH}")
        with os.scandir(place) as entries:
            for entry in entries:
                status = entry.stat(follow_symlinks=False)
                name = f"{Path(entry.path).relative_to(folder).as_posix()[:200]!r}"
                if stat.S_ISDIR(status.st_mode):
                    pending.append((Path(entry.path), depth + 1))
                elif not stat.S_ISREG(status.st_mode):
                    raise EpisodeRefusedError(RefusalReason.UNSAFE_FILE, f"{name} is a link or a special file")
                elif entry.name.lower().endswith(_PICKLES):
                    raise EpisodeRefusedError(RefusalReason.UNSAFE_FILE, f"{name} is a pickle, which is never read")
                files, size = files + 1, size + status.st_size
        if files > _MAX_FILES or size > _MAX_BYTES:
            raise EpisodeRefusedError(RefusalReason.TOO_LARGE, f"{files} files of {size} bytes")


def folder_digest(folder: Path) -> str:
    """Return one SHA-256 over the names and bytes of all files; call `inspect_folder` first."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(
            f"{path.relative_to(folder).as_posix()}\x00{sha256_file(path)}\n".encode("utf-8", "surrogateescape")
        )
    return digest.hexdigest()


def episode_file(folder: Path, name: str, reason: RefusalReason = RefusalReason.INVALID_DOCUMENT) -> Path:
    """Return `folder/name` if it is a file; refuses the episode with `reason` if it is missing."""
    path = folder / name
    if not path.is_file():
        raise EpisodeRefusedError(reason, f"{name} is missing")
    return path


def read_json(folder: Path, name: str, reason: RefusalReason = RefusalReason.INVALID_DOCUMENT) -> dict:
    """Return a small JSON object; refuses the episode where it is missing, too large, or anything else."""
    from pydantic_core import from_json

    path = episode_file(folder, name, reason)
    if path.stat().st_size > _MAX_JSON_BYTES:
        raise EpisodeRefusedError(RefusalReason.TOO_LARGE, f"{name} is larger than {_MAX_JSON_BYTES} bytes")
    try:
        value = from_json(path.read_bytes(), allow_inf_nan=False)
        if not isinstance(value, dict):
            raise ContractError("not a JSON object")
    except (ValueError, ContractError, RecursionError) as error:
        raise EpisodeRefusedError(RefusalReason.INVALID_DOCUMENT, f"{name}: {error}") from error
    return value
