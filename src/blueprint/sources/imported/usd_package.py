"""A .usdz package unpacked where nothing else is: stored files only, inside its folder, of bounded size."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from blueprint.contracts.errors import InputError, UnsafePathError

__all__ = ["unpacked"]

_MAX_BYTES = 256 << 20
_MAX_FILES = 2000
_LAYERS = {".usd", ".usda", ".usdc"}
_ENCRYPTED = 0x1


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """Give the root layer of a .usdz, unpacked into a folder that is removed at the end.

    The root layer is the package's first file, and nothing in it is compressed or encrypted (USDZ specification 1.3).
    Raises InputError for a package that is damaged or larger than 256 MiB or 2000 files, UnsafePathError for a name
    that leaves its folder.
    """
    with TemporaryDirectory(prefix="blueprint-usdz-") as folder:
        try:
            with zipfile.ZipFile(path) as package:
                first = _unpack(package, path.name, Path(folder))
        except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError) as error:
            raise InputError(
                f"{path.name} is no package that can be read: {error}.", remedy="export it again."
            ) from error
        yield first


def _unpack(package: zipfile.ZipFile, name: str, folder: Path) -> Path:
    entries = [entry for entry in package.infolist() if not entry.is_dir()]
    total = sum(entry.file_size for entry in entries)
    if total > _MAX_BYTES or len(entries) > _MAX_FILES:
        raise InputError(
            f"{name} unpacks to {total} bytes in {len(entries)} files, more than {_MAX_BYTES} or {_MAX_FILES}.",
            remedy="export it smaller.",
        )
    if not entries or PurePosixPath(entries[0].filename).suffix.lower() not in _LAYERS:
        raise InputError(f"{name} does not begin with a .usd, .usda or .usdc file.", remedy="package it with usdzip.")
    for entry in entries:
        if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & _ENCRYPTED:
            raise InputError(
                f"{name}: {entry.filename[:200]!r} is compressed or encrypted.", remedy="package it with usdzip."
            )
        _write(package, entry, name, folder)
    return folder / entries[0].filename


def _write(package: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, folder: Path) -> None:
    parts = PurePosixPath(entry.filename).parts
    target = folder.joinpath(*parts)
    if "\\" in entry.filename or ".." in parts or not target.resolve().is_relative_to(folder.resolve()):
        raise UnsafePathError(f"{name} holds {entry.filename[:200]!r}, which leaves it.", remedy="package it again.")
    if target.exists():
        raise InputError(f"{name} holds {entry.filename[:200]!r} twice.", remedy="package it again.")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(package.read(entry))
