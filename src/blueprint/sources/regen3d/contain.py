"""Files of a reconstruction folder: listed in order, in bounded number, and never outside the folder."""

import os
from pathlib import Path

from blueprint.contracts.errors import InputError, UnsafePathError
from blueprint.sources.imported.files import inside

__all__ = ["MAX_ENTRIES", "entries", "first_file", "optional_file"]

MAX_ENTRIES = 20_000


def entries(root: Path, folder: str) -> list[str]:
    """Return the sorted names of what lies in `root`/`folder`; none where there is no such folder.

    Raises UnsafePathError where the folder is a link that leaves `root`, InputError for more than 20,000 names, one
    that is not UTF-8, or a folder that cannot be read.
    """
    path = root / folder
    if not path.is_dir():
        return []
    if not path.resolve().is_relative_to(root.resolve()):
        inside(root, folder)  # raises, and says why
    names: list[str] = []
    try:
        with os.scandir(path) as found:
            for entry in found:
                names.append(_utf8(path, entry.name))
                if len(names) > MAX_ENTRIES:
                    raise InputError(f"{path} holds more than {MAX_ENTRIES} files.", remedy="remove what is not read.")
    except OSError as error:
        raise InputError(f"cannot list {path}: {error.strerror or error}.", remedy="check its rights.") from error
    return sorted(names)


def _utf8(folder: Path, name: str) -> str:
    """The name, which goes into documents; Python stands lone surrogates for bytes that are no UTF-8."""
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise InputError(f"{folder} holds {ascii(name)[:200]}, which is no UTF-8.", remedy="rename it.") from error
    return name


def optional_file(root: Path, name: str) -> Path | None:
    """Return `root`/`name` where it is a file; raises UnsafePathError where a link leads out of `root`."""
    path = root / name
    if not path.is_file() and not path.is_symlink():
        return None
    try:
        return inside(root, name)
    except RuntimeError as error:  # what pathlib makes of links in a circle
        raise UnsafePathError(f"{name!r} is a link that leads nowhere.", remedy="replace it by its file.") from error


def first_file(root: Path, folder: str, names: tuple[str, ...]) -> Path | None:
    """Return the first of the files `names` that `root`/`folder` holds."""
    for name in names:
        path = optional_file(root, f"{folder}/{name}")
        if path is not None:
            return path
    return None
