"""What a file claims to be before a mesh reader opens it: binary glTF 2.0, complete, by itself, of a bounded size."""

import struct
from dataclasses import dataclass
from typing import Any

from pydantic_core import from_json

from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Vec3

__all__ = ["MAX_TRIANGLES", "MeshFacts", "check_glb"]

MAX_TRIANGLES = 120_000
_MAX_HEADER_BYTES = 8 << 20
_MAX_NODES = 2_000
_TRIANGLES = 4
_COMPRESSED = {"KHR_draco_mesh_compression", "EXT_meshopt_compression", "KHR_texture_basisu", "EXT_texture_webp"}
_REMEDY = "ask the service for plain GLB with fewer triangles."


@dataclass(frozen=True)
class MeshFacts:
    """What is known of an accepted mesh: `size_m` is its extent (x, y, z; Z-up) as it is used, if known."""

    triangles: int
    size_m: Vec3 | None = None


def check_glb(data: bytes) -> MeshFacts:
    """Return the number of triangles that a GLB announces; raises InputError for anything that is not plainly usable.

    glTF 2.0 §4 (binary container): magic, version, the length that it states, JSON; then 1 to 120,000 triangles,
    bounds that are finite and not all equal, nothing compressed, and no file but itself.
    """
    header = _header(data)
    needed = header.get("extensionsRequired", [])
    if set(map(str, needed if isinstance(needed, list) else [needed])) & _COMPRESSED:
        raise InputError("the GLB is compressed.", remedy=_REMEDY)
    for holder in ("buffers", "images"):
        if any("uri" in item and not str(item["uri"]).startswith("data:") for item in _dicts(header, holder)):
            raise InputError("the GLB refers to other files.", remedy=_REMEDY)
    accessors, triangles, positions = _dicts(header, "accessors"), 0, []
    if len(_dicts(header, "nodes")) > _MAX_NODES:
        raise InputError(f"the GLB has over {_MAX_NODES} nodes.", remedy=_REMEDY)
    try:
        for mesh in _dicts(header, "meshes"):
            for part in mesh["primitives"]:
                position = accessors[part["attributes"]["POSITION"]]
                if part.get("mode", _TRIANGLES) == _TRIANGLES:
                    positions.append(position)
                    triangles += int(accessors[part.get("indices", part["attributes"]["POSITION"])]["count"]) // 3
        extents = [high - low for item in positions for low, high in zip(item["min"], item["max"], strict=True)]
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise InputError("the GLB's header does not describe a mesh.", remedy=_REMEDY) from error
    if not 1 <= triangles <= MAX_TRIANGLES:
        raise InputError(f"the GLB has {triangles} triangles, expected 1 to {MAX_TRIANGLES}.", remedy=_REMEDY)
    if not all(0 <= side < 1e6 for side in extents) or not any(extents):
        raise InputError("the GLB's bounds are no extent.", remedy=_REMEDY)
    return MeshFacts(triangles)


def _header(data: bytes) -> dict[str, Any]:
    try:
        magic, version, length, size, kind = struct.unpack_from("<4sIII4s", data)
    except struct.error as error:
        raise InputError(f"{len(data)} bytes are no GLB.", remedy=_REMEDY) from error
    if magic != b"glTF" or version != 2 or kind != b"JSON":
        raise InputError(f"the answer is no GLB: it begins with {bytes(data[:16])!r}.", remedy=_REMEDY)
    if length != len(data) or size > min(len(data) - 20, _MAX_HEADER_BYTES):
        raise InputError(f"the GLB says {length} bytes and has {len(data)}.", remedy=_REMEDY)
    try:
        header = from_json(data[20 : 20 + size], allow_inf_nan=False)
    except ValueError as error:
        raise InputError("the GLB's header is no JSON.", remedy=_REMEDY) from error
    if not isinstance(header, dict):
        raise InputError("the GLB's header is no object.", remedy=_REMEDY)
    return header


def _dicts(header: dict[str, Any], name: str) -> list[dict[str, Any]]:
    value = header.get(name, [])
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise InputError(f"the GLB's {name} are no list of objects.", remedy=_REMEDY)
    return value
