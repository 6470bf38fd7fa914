"""Which code made an artefact: a hash over this package's sources and the versions of the physics that it used."""

import functools
from importlib.metadata import version
from pathlib import Path

from blueprint.contracts.hashing import sha256_bytes, sha256_json

__all__ = ["code_sha", "versions"]

_DECIDING = ("mujoco", "usd-core", "numpy", "scipy", "av", "pyarrow")


def versions() -> dict[str, str]:
    """Return the versions of the libraries that decide an artefact's bytes."""
    return {name: version(name) for name in _DECIDING}


@functools.cache
def code_sha() -> str:
    """Return the hash of every source file of this package and of `versions()`; a change re-runs every stage."""
    root = Path(__file__).resolve().parent.parent
    sources = {
        path.relative_to(root).as_posix(): sha256_bytes(path.read_bytes())
        for path in sorted(root.rglob("*"))
        if path.suffix in {".py", ".json", ".xml", ".j2"} and path.is_file()
    }
    return sha256_json({"sources": sources, "versions": versions()})
