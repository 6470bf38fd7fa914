"""What clients may name: files in the asset root, prims, recordings. Everything else is refused."""

import re
from pathlib import Path

from blueprint.contracts.errors import InputError, UnsafePathError

__all__ = ["asset_file", "body_name", "recording_folder", "task_folder_name"]

_MAX_PATH = 1024
_PRIM_PATH = re.compile(r"^(/[A-Za-z_][A-Za-z0-9_]*){1,32}$")
_TASK_NAME = re.compile(r"^[A-Za-z0-9_.\[\]-]{1,200}$")
_MAX_REPEATS = 10_000


def asset_file(root: Path, path: str) -> Path:
    """Return the file that a client names, absolute or relative to the asset root, with links resolved.

    Raises UnsafePathError where it lies outside of the root, InputError where there is no such file.
    """
    if not path or len(path) > _MAX_PATH or "\0" in path:
        raise InputError(f"{path[:80]!r} is not a path of an asset.", remedy="name a file below the asset root.")
    base = root.resolve()
    found = (base / path).resolve()
    if not found.is_relative_to(base):
        raise UnsafePathError(
            f"{path!r} is outside of the asset root {base}.", remedy="client and server need the same SIM_ASSETS."
        )
    if not found.is_file():
        raise InputError(f"there is no asset {path!r} in {base}.", remedy="export the package into this asset root.")
    return found


def body_name(prim_path: str) -> str:
    """Return the MuJoCo name of the object at a prim path: its last part. Raises InputError for other text."""
    if len(prim_path) > _MAX_PATH or not _PRIM_PATH.match(prim_path):
        raise InputError(f"{prim_path[:80]!r} is not a prim path.", remedy="name it like /World/Objects/cup.")
    return prim_path.rpartition("/")[2]


def task_folder_name(task_name: str) -> str:
    """Return the name checked; raises InputError for one that is no plain folder name, as the real server does."""
    if not _TASK_NAME.match(task_name) or task_name in (".", ".."):
        raise InputError(f"invalid task_name {task_name[:80]!r}.", remedy="use letters, digits and _ . [ ] -.")
    return task_name


def recording_folder(root: Path, task_name: str) -> Path:
    """Return the first folder of `<task_name>`, `<task_name>1`, `<task_name>2`, … that does not exist yet."""
    name = task_folder_name(task_name)
    for number in range(_MAX_REPEATS):
        folder = root / (name + (str(number) if number else ""))
        if not folder.exists():
            return folder
    raise InputError(f"{root} has {_MAX_REPEATS} recordings of {name!r}.", remedy="move them elsewhere.")
