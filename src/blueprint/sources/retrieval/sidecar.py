"""What stands beside a mesh about it: `metadata.json`, or `<name>.json`, in a few simple words."""

import re
from typing import Literal

from pydantic import Field

from blueprint.contracts.asset import License
from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Vec3
from blueprint.sources.imported.files import Foreign, parse_foreign

__all__ = ["MAX_SIDECAR_BYTES", "Sidecar", "plain", "read_sidecar"]

MAX_SIDECAR_BYTES = 1 << 20
_MAX_TAGS = 64
_MAX_EXTENT_M = 100.0
# How people write the licences that they mean; anything else is kept as it is and is on no list.
_SPDX = {
    "cc0": "CC0-1.0", "cc0 1.0": "CC0-1.0", "cc-0": "CC0-1.0", "public domain": "CC0-1.0", "cc by": "CC-BY-4.0",
    "cc-by": "CC-BY-4.0", "cc by 4.0": "CC-BY-4.0", "cc-by 4.0": "CC-BY-4.0", "cc attribution": "CC-BY-4.0",
    "apache 2.0": "Apache-2.0", "apache-2": "Apache-2.0",
}  # fmt: skip


class _License(Foreign):
    spdx: str = Field(max_length=200)
    source: str = Field(default="", max_length=1000)
    attribution: str | None = Field(default=None, max_length=1000)


class _Dimensions(Foreign):
    width: float = Field(gt=0, le=_MAX_EXTENT_M)
    depth: float = Field(gt=0, le=_MAX_EXTENT_M)
    height: float = Field(gt=0, le=_MAX_EXTENT_M)


class Sidecar(Foreign):
    """Every field may be missing. Lengths in metres, mass in kg; `front` is where the thing looks, Z-up."""

    name: str = Field(default="", max_length=1000)
    category: str = Field(default="", max_length=200)
    class_name: str = Field(default="", max_length=200)
    description: str = Field(default="", max_length=8000)
    tags: list[str] = Field(default=[], max_length=4096)
    dimensions: _Dimensions | None = None
    license: _License | str | None = None
    license_source: str = Field(default="", max_length=1000)
    attribution: str | None = Field(default=None, max_length=1000)
    mass_kg: float | None = Field(default=None, gt=0, le=5000)
    up_axis: Literal["y", "z", "Y", "Z"] | None = None
    front: Literal["-y", "+y", "+x"] = "-y"

    @property
    def kind(self) -> str:
        return plain(self.category or self.class_name, 80)

    @property
    def words(self) -> list[str]:
        return [plain(tag, 60) for tag in self.tags[:_MAX_TAGS] if plain(tag, 60)]

    @property
    def size_m(self) -> Vec3 | None:
        size = self.dimensions
        return (size.width, size.depth, size.height) if size else None

    def licence(self, key: str) -> License | None:
        """Return the licence with its SPDX id where the words are known, None where nothing is said."""
        given = self.license
        if isinstance(given, str):
            given = _License(spdx=given, source=self.license_source, attribution=self.attribution)
        word = plain(given.spdx, 100) if given else ""
        if given is None or not word:
            return None
        attribution = plain(given.attribution, 300) if given.attribution else None
        source = plain(given.source, 300) or f"stated beside {key}"
        return License(spdx=_SPDX.get(word.lower(), word), source=source, attribution=attribution)


def read_sidecar(data: bytes, where: str) -> Sidecar:
    """Parse one; raises ContractError (an InputError) where it is damaged, InputError where it is too large."""
    if len(data) > MAX_SIDECAR_BYTES:
        raise InputError(f"{where} is larger than {MAX_SIDECAR_BYTES} bytes.", remedy="shorten it.")
    return parse_foreign(Sidecar, data, where)


def plain(text: str, limit: int) -> str:
    """Return the text on one line, without control signs, at most `limit` characters."""
    visible = "".join(sign if sign.isprintable() else " " for sign in text)
    return re.sub(r"\s+", " ", visible).strip()[:limit]
