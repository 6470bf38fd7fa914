"""Keys of objects: validated where they enter, so that no key leaves its store."""

from pathlib import Path

from blueprint.contracts.errors import UnsafePathError

__all__ = ["contained_path", "validate_key", "validate_prefix"]

_MAX_KEY_BYTES = 900  # below the 1024 of GCS and S3, with room for the store's own prefix
_MAX_SEGMENT_BYTES = 240  # below the 255 of common file systems, with room for a temporary suffix


def validate_key(key: str) -> str:
    """Return `key` if it is a relative POSIX path without `.`, `..`, empty parts, `\\`, `:` drives or control signs.

    Raises UnsafePathError that names the key and the rule.
    """
    problem = _problem(key)
    if problem:
        raise UnsafePathError(
            f"key {key[:200]!r} is not usable: {problem}.",
            remedy="use a relative path such as 'scenes/kitchen/a.json'.",
        )
    return key


def validate_prefix(prefix: str) -> str:
    """Return a prefix as `''` or `'a/b/'`; it names a folder, so it ends at a `/`. Raises UnsafePathError."""
    return f"{validate_key(prefix.removesuffix('/'))}/" if prefix else ""


def contained_path(root: Path, key: str) -> Path:
    """Return the path of `key` below `root`; raises UnsafePathError for a bad key or a link that leads outside.

    The path itself need not exist; whatever exists of it must resolve to a place below `root`.
    """
    path = root.joinpath(*validate_key(key).split("/"))
    base = root.resolve()
    if not path.resolve().is_relative_to(base):
        raise UnsafePathError(
            f"{path} leads outside {root} through a symbolic link.", remedy="remove the link or copy what it points to."
        )
    return path


def _problem(key: str) -> str | None:
    if not key:
        return "it is empty"
    if "\\" in key or any(ord(sign) < 32 or ord(sign) == 127 or 0xD800 <= ord(sign) <= 0xDFFF for sign in key):
        return "it has a backslash or a control character"
    if key.startswith("/") or (len(key) > 1 and key[1] == ":"):
        return "it is absolute"
    parts = key.split("/")
    if any(part in ("", ".", "..") for part in parts):
        return "it has an empty, '.' or '..' part"
    if len(key.encode()) > _MAX_KEY_BYTES or any(len(part.encode()) > _MAX_SEGMENT_BYTES for part in parts):
        return f"it is longer than {_MAX_KEY_BYTES} bytes, or a part is longer than {_MAX_SEGMENT_BYTES}"
    return None
