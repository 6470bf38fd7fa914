"""What an articulation service hands over: a URDF and the mesh files that it names, unpacked within bounds."""

import io
import stat
import zipfile
from base64 import b64decode
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from blueprint.services.articulation.service import ArticulationServiceError

__all__ = ["ArticulationPayload", "payload_of"]

MAX_URDF_BYTES = 4 << 20
MAX_MESH_BYTES = 128 << 20
MAX_ENTRIES = 2000
MAX_UNPACKED_BYTES = 256 << 20
_READ_BYTES = 1 << 20
# What zipfile raises on damaged archives; none of these is a bug of ours.
_GARBAGE = (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError, LookupError)


@dataclass(frozen=True)
class ArticulationPayload:
    """`files` are by their path from the URDF's folder; `whole` is one GLB of all parts where there are no files.

    A `placeholder` is what a service answers that has no model: nothing of it may be used.
    """

    generator: str
    urdf: bytes
    files: dict[str, bytes] = field(default_factory=dict)
    whole: bytes | None = None
    placeholder: bool = False


def payload_of(name: str, value: dict[str, Any]) -> ArticulationPayload:
    """Return the payload of a service's answer: a zip, or a URDF beside one GLB; raises ArticulationServiceError."""
    generator = str(value.get("generator") or name)[:60]
    if value.get("placeholder") not in (None, False):
        return ArticulationPayload(generator, b"", placeholder=True)
    if "payload_zip_base64" in value:
        files = _unpacked(name, _decoded(name, value, "payload_zip_base64", MAX_MESH_BYTES))
        return _from_files(name, generator, files)
    urdf = _decoded(name, value, "urdf_base64", MAX_URDF_BYTES)
    whole = _decoded(name, value, "mesh_base64", MAX_MESH_BYTES)
    return ArticulationPayload(generator, urdf, whole=whole)


def _decoded(name: str, value: dict[str, Any], key: str, limit_bytes: int) -> bytes:
    text = value.get(key)
    if not isinstance(text, str) or not text:
        raise ArticulationServiceError(f"{name} answered without {key}.", "unusable")
    if len(text) > limit_bytes * 4 // 3 + 4:
        raise ArticulationServiceError(f"{name}: {key} holds more than {limit_bytes} bytes.", "unusable")
    try:
        return b64decode(text, validate=True)
    except ValueError as error:
        raise ArticulationServiceError(f"{name}: {key} is no base64: {error}.", "unusable") from error


def _unpacked(name: str, data: bytes) -> dict[str, bytes]:
    """Return path → bytes of a hostile archive: no links, no paths that leave it, no more than it may hold."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
                raise ArticulationServiceError(
                    f"{name}: the zip holds more than {MAX_ENTRIES} files or {MAX_UNPACKED_BYTES} bytes.", "unusable"
                )
            files: dict[str, bytes] = {}
            left = MAX_UNPACKED_BYTES
            for entry in entries:
                path = _safe_path(name, entry)
                if path in files:
                    raise ArticulationServiceError(f"{name}: the zip holds {path[:100]!r} twice.", "unusable")
                files[path] = _read(name, archive, entry, left)
                left -= len(files[path])
            return files
    except _GARBAGE as error:
        detail = ascii(str(error))[1:-1][:200]
        raise ArticulationServiceError(f"{name}: the zip is damaged: {detail}.", "unusable") from error


def _safe_path(name: str, entry: zipfile.ZipInfo) -> str:
    path = PurePosixPath(entry.filename)
    leaves = path.is_absolute() or ".." in path.parts or "\\" in entry.filename or "\0" in entry.filename
    if leaves or not path.parts or ":" in path.parts[0]:
        raise ArticulationServiceError(f"{name}: the zip names {entry.filename[:100]!r}, outside of it.", "unusable")
    mode = entry.external_attr >> 16
    if mode and not (stat.S_ISREG(mode) or stat.S_IFMT(mode) == 0):
        raise ArticulationServiceError(f"{name}: {entry.filename[:100]!r} in the zip is no plain file.", "unusable")
    return str(path)


def _read(name: str, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int) -> bytes:
    """Read piece by piece: the size that an entry announces may be a lie."""
    data = bytearray()
    with archive.open(entry) as stream:
        while piece := stream.read(_READ_BYTES):
            data += piece
            if len(data) > left:
                raise ArticulationServiceError(f"{name}: the zip unpacks to too much.", "unusable")
    return bytes(data)


def _from_files(name: str, generator: str, files: dict[str, bytes]) -> ArticulationPayload:
    found = sorted((len(PurePosixPath(path).parts), path) for path in files if path.lower().endswith(".urdf"))
    if not found:
        raise ArticulationServiceError(f"{name}: the zip holds no URDF.", "unusable")
    urdf_path = PurePosixPath(found[0][1])  # the uppermost, by name: answers hold copies of it in sub-folders
    if len(files[str(urdf_path)]) > MAX_URDF_BYTES:
        raise ArticulationServiceError(f"{name}: the URDF holds more than {MAX_URDF_BYTES} bytes.", "unusable")
    folder = urdf_path.parent
    beside = {
        str(PurePosixPath(path).relative_to(folder)): data
        for path, data in files.items()
        if PurePosixPath(path).is_relative_to(folder) and path != str(urdf_path)
    }
    return ArticulationPayload(generator, files[str(urdf_path)], beside)
