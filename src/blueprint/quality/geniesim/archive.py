"""Unpacking an archive of episodes from a stranger: zip or tar, bounded, no links, nothing outside the folder."""

import gzip
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, cast

from blueprint.contracts.disk import disk_error
from blueprint.contracts.errors import InputError, UnsafePathError

__all__ = ["ArchiveLimits", "is_archive", "unpack"]

_CHUNK_BYTES = 1 << 20
_SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz")  # others may ask for gigabytes to decode a few bytes
_PICKLES = (".pkl", ".pickle", ".joblib", ".pt", ".pth")
_REMEDY = "do not trust its origin; unpack it by hand if you do, and import the folder."
_DECODING = (
    tarfile.TarError,
    zipfile.BadZipFile,
    gzip.BadGzipFile,
    zlib.error,
    EOFError,
    ValueError,
    NotImplementedError,
    RuntimeError,
)


@dataclass(frozen=True)
class ArchiveLimits:
    """What an archive may hold. `ratio` bounds what one byte of the archive may become."""

    files: int = 2_000_000
    bytes: int = 512 << 30
    file_bytes: int = 8 << 30
    ratio: float = 200.0
    name_characters: int = 512
    depth: int = 12


@dataclass(frozen=True)
class _Member:
    name: str
    size: int
    is_folder: bool
    is_file: bool
    open: Callable[[], IO[bytes]]


def is_archive(path: Path) -> bool:
    """Say whether a path names an archive that `unpack` reads."""
    return path.name.lower().endswith(_SUFFIXES) and path.is_file()


def unpack(archive: Path, folder: Path, limits: ArchiveLimits | None = None) -> int:
    """Unpack into `folder`, which must be empty or absent, and return the number of files.

    Bytes are counted as they come out, whatever the archive says of itself. Raises UnsafePathError for an absolute
    name, one with `..`, a link or a device, InputError for a pickle, a damaged archive, or one beyond the limits;
    `folder` is then gone. Rights, owners and times of the members are not kept.
    """
    limits = limits or ArchiveLimits()
    if folder.exists() and any(folder.iterdir()):
        raise InputError(f"{folder} is not empty.", remedy="choose an empty folder.")
    folder.mkdir(parents=True, exist_ok=True)
    budget = min(limits.bytes, int(limits.ratio * max(archive.stat().st_size, 1 << 16)))
    files = written = 0
    try:
        for member in _members(archive):
            target = folder.joinpath(*_safe_parts(member.name, limits))
            if member.is_folder:
                target.mkdir(parents=True, exist_ok=True)
                continue
            if not member.is_file:
                raise UnsafePathError(f"{archive.name}: {member.name[:200]!a} is a link or a device.", remedy=_REMEDY)
            if target.name.lower().endswith(_PICKLES):
                raise InputError(f"{archive.name}: {member.name[:200]!a} is a pickle.", remedy=_REMEDY)
            files += 1
            if files > limits.files:
                raise InputError(f"{archive.name} holds more than {limits.files} files.", remedy=_REMEDY)
            if target.exists():
                raise UnsafePathError(f"{archive.name}: {member.name[:200]!a} occurs twice.", remedy=_REMEDY)
            target.parent.mkdir(parents=True, exist_ok=True)
            written += _copy(member, target, min(limits.file_bytes, budget - written), archive.name)
    except _DECODING as error:
        shutil.rmtree(folder, ignore_errors=True)
        text = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise InputError(f"{archive.name} is not a readable archive: {text}.", remedy="copy it again.") from error
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise disk_error("unpack", archive, error) from error
    except InputError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return files


def _members(archive: Path) -> Iterator[_Member]:
    if archive.name.lower().endswith(".zip"):
        with zipfile.ZipFile(archive) as zipped:
            for info in zipped.infolist():
                kind = info.external_attr >> 28  # the file type of Unix's mode, 0 where there is none
                yield _Member(
                    info.filename,
                    info.file_size,
                    info.is_dir(),
                    kind in (0, 0o10) and not info.flag_bits & 1,
                    lambda info=info: zipped.open(info),  # type: ignore[misc]
                )
        return
    plain = archive.name.lower().endswith(".tar")
    with (
        archive.open("rb") if plain else gzip.open(archive) as data,
        tarfile.TarFile(fileobj=cast(IO[bytes], _SmallReads(cast(IO[bytes], data)))) as tarred,
    ):
        for entry in tarred:
            yield _Member(
                entry.name,
                entry.size,
                entry.isdir(),
                entry.isreg() and not entry.issparse(),
                lambda entry=entry: tarred.extractfile(entry),  # type: ignore[misc, arg-type]
            )


class _SmallReads:
    """A file of which nobody may ask for much at once: a tar's extended headers are read whole, whatever their size."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell, self.close = file.seek, file.tell, file.close

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _CHUNK_BYTES:
            raise InputError(f"a header of {size} bytes in an archive.", remedy=_REMEDY)
        return self._file.read(size)


def _safe_parts(name: str, limits: ArchiveLimits) -> tuple[str, ...]:
    parts = PurePosixPath(name).parts
    unsafe = (
        not parts
        or name.startswith(("/", "\\"))
        or "\\" in name
        or ":" in parts[0]
        or ".." in parts
        or not name.isprintable()
    )
    if unsafe:
        raise UnsafePathError(f"archive member {name[:200]!a} leaves the folder.", remedy=_REMEDY)
    if len(name) > limits.name_characters or len(parts) > limits.depth or any(len(part) > 200 for part in parts):
        raise UnsafePathError(f"archive member {name[:80]!a}… is too long or too deep.", remedy=_REMEDY)
    return parts


def _copy(member: _Member, target: Path, limit: int, archive: str) -> int:
    if member.size > limit:
        raise InputError(f"{archive}: {member.name[:200]!a} says it is {member.size} bytes.", remedy=_REMEDY)
    count = 0
    with member.open() as source, target.open("xb") as out:
        while chunk := source.read(_CHUNK_BYTES):
            count += len(chunk)
            if count > limit:
                raise InputError(f"{archive} expands beyond its limit at {member.name[:200]!a}.", remedy=_REMEDY)
            out.write(chunk)
    if count != member.size:
        raise InputError(
            f"{archive}: {member.name[:200]!a} has {count} of {member.size} bytes.", remedy="copy it again."
        )
    return count
