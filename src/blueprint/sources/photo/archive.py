"""A service's archive (zip or tar.gz) → a folder: bounded, nothing outside it, no links, no devices."""

import gzip
import io
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple, cast

from blueprint.contracts.disk import disk_error
from blueprint.contracts.errors import InputError, UnsafePathError

__all__ = ["unpack_reconstruction"]

MAX_FILES = 20_000
MAX_BYTES = 4 << 30
MAX_FILE_BYTES = 1 << 30
MAX_RATIO = 200  # what one byte of the archive may become; meshes and images compress 2 to 20 times
_CHUNK_BYTES = 1 << 20
_FREE_BYTES = 1 << 24  # a tiny archive may unpack to as much
_MAX_DEPTH = 12
_MAX_NAME = 400
_REMEDY = "look at the reconstruction service; its answer is not to be trusted."
_DAMAGED = (
    tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, ValueError, NotImplementedError,
    RuntimeError,
)  # fmt: skip


class _Member(NamedTuple):
    name: str
    is_folder: bool
    is_file: bool
    open: Callable[[], IO[bytes]]


def unpack_reconstruction(data: bytes, folder: Path) -> None:
    """Unpack a zip or tar.gz into `folder`, an empty one; rights, owners and times are not kept.

    Bytes are counted as they come out, whatever the archive says. Raises UnsafePathError for an absolute name, one with
    `..`, a link or a device, InputError where it is damaged, neither of the two, or beyond the limits (20,000 files,
    4 GiB, 1 GiB a file, 200 times its own size).
    """
    left = min(MAX_BYTES, max(_FREE_BYTES, MAX_RATIO * len(data)))
    files = 0
    try:
        for member in _members(data, left):
            target = folder.joinpath(*_safe_parts(member.name))
            if member.is_folder:
                target.mkdir(parents=True, exist_ok=True)
                continue
            if not member.is_file:
                raise UnsafePathError(f"{_shown(member.name)} in the archive is a link or a device.", remedy=_REMEDY)
            files += 1
            if files > MAX_FILES:
                raise InputError(f"the archive holds more than {MAX_FILES} files.", remedy=_REMEDY)
            target.parent.mkdir(parents=True, exist_ok=True)
            left -= _copy(member, target, min(left, MAX_FILE_BYTES))
    except _DAMAGED as error:
        text = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise InputError(f"the archive of the reconstruction is damaged: {text!a}.", remedy=_REMEDY) from error
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise UnsafePathError("a name occurs twice in the archive.", remedy=_REMEDY) from error
    except OSError as error:
        raise disk_error("unpack into", folder, error) from error


def _members(data: bytes, limit: int) -> Iterator[_Member]:
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as zipped:
            for info in zipped.infolist():
                kind = info.external_attr >> 28  # the file type of Unix's mode, 0 where there is none
                is_file = kind in (0, 0o10) and not info.flag_bits & 1
                yield _Member(info.filename, info.is_dir(), is_file, lambda info=info: zipped.open(info))  # type: ignore[misc]
    elif data[:2] == b"\x1f\x8b":
        with gzip.open(io.BytesIO(data)) as plain:
            reads = cast(IO[bytes], _Bounded(cast(IO[bytes], plain), limit + _FREE_BYTES))
            with tarfile.TarFile(fileobj=reads) as tarred:
                for entry in tarred:
                    is_file = entry.isreg() and not entry.issparse()
                    yield _Member(entry.name, entry.isdir(), is_file, lambda entry=entry: tarred.extractfile(entry))  # type: ignore[misc, arg-type]
    else:
        raise InputError("the archive of the reconstruction is neither a zip nor a tar.gz.", remedy=_REMEDY)


class _Bounded:
    """A decompressed tar of which nobody may ask for much at once: its headers are read whole, whatever their size."""

    def __init__(self, file: IO[bytes], limit: int) -> None:
        self._file, self._limit = file, limit
        self.tell, self.close = file.tell, file.close

    def seek(self, position: int, whence: int = 0) -> int:
        if whence or position > self._limit:
            raise InputError("the archive of the reconstruction expands beyond its limit.", remedy=_REMEDY)
        return self._file.seek(position)

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _CHUNK_BYTES:
            raise InputError(f"the archive of the reconstruction has a header of {size} bytes.", remedy=_REMEDY)
        return self._file.read(size)


def _safe_parts(name: str) -> tuple[str, ...]:
    parts = PurePosixPath(name).parts
    unsafe = not parts or name.startswith("/") or "\\" in name or ":" in parts[0] or ".." in parts
    if unsafe or not name.isprintable():
        raise UnsafePathError(f"{_shown(name)} in the archive leaves its folder.", remedy=_REMEDY)
    if len(name) > _MAX_NAME or len(parts) > _MAX_DEPTH or any(len(part.encode()) > 240 for part in parts):
        raise UnsafePathError(f"{_shown(name)} in the archive is too long or too deep.", remedy=_REMEDY)
    return parts


def _copy(member: _Member, target: Path, limit: int) -> int:
    count = 0
    with member.open() as source, target.open("xb") as out:
        while chunk := source.read(_CHUNK_BYTES):
            count += len(chunk)
            if count > limit:
                raise InputError(f"the archive expands beyond its limit at {_shown(member.name)}.", remedy=_REMEDY)
            out.write(chunk)
    return count


def _shown(name: str) -> str:
    return ascii(name[:120])
