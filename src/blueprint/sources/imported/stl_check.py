"""STL, binary or text: whether the file is as long as it says."""

import struct

from blueprint.contracts.errors import InputError

__all__ = ["check_stl"]

_HEADER_BYTES = 84
_TRIANGLE_BYTES = 50


def check_stl(name: str, data: bytes) -> int:
    """Return how many triangles an STL announces; raises InputError where it is cut off.

    A binary file is 84 bytes and 50 a triangle. Text begins with `solid`, which binary headers may do too.
    """
    if len(data) >= _HEADER_BYTES:
        count = int(struct.unpack_from("<I", data, _HEADER_BYTES - 4)[0])
        if len(data) == _HEADER_BYTES + _TRIANGLE_BYTES * count:
            return count
    start = data[:512].lstrip().lower()
    if start.startswith(b"solid") and b"facet" in data:
        if b"endsolid" not in data[-400:].lower():
            raise InputError(f"{name} is cut off: it does not end with endsolid.", remedy="copy it again.")
        return data.count(b"endfacet")
    raise InputError(f"{name} is no whole STL: {len(data)} bytes do not fit its header.", remedy="copy it again.")
