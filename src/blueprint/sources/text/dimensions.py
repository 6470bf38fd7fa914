"""Sizes of rooms in a prompt: "4 m x 5 m", "4 by 3 meters", "12x10 feet", "20 square metres"."""

import math
import re
from dataclasses import dataclass

__all__ = ["RoomSize", "read_sizes"]

_NUMBER = r"(\d{1,3}(?:[.,]\d{1,2})?)"
_UNIT = r"(m|metres?|meters?|ft|feet|foot|')"
_BY = r"\s*(?:x|×|\*|by)\s*"
_SIDES = re.compile(rf"\b{_NUMBER}\s*-?{_UNIT}?{_BY}{_NUMBER}\s*-?{_UNIT}(?![\w])", re.IGNORECASE)
_AREA = re.compile(
    rf"\b{_NUMBER}\s*-?(?:square[\s-]*(metres?|meters?|feet|foot|ft|m)|sq\.?\s*(m|metres?|meters?|ft|feet)|(m2|m²|sqm))(?![\w])",
    re.IGNORECASE,
)
_FOOT_M = 0.3048
_SHORTEST_M, _LONGEST_M = 1.2, 40.0
_ASPECT = 1.2  # of a room of which only the area is stated


@dataclass(frozen=True)
class RoomSize:
    """Width (x) and depth (y) in metres, and the characters that say so."""

    width_m: float
    depth_m: float
    start: int
    end: int


def read_sizes(prompt: str) -> tuple[list[RoomSize], str]:
    """Return the sizes in a prompt and the prompt with blanks in their place, of the same length.

    What no room can have (under 1.2 m or over 40 m) is no size; what is too long for any is not read as a number of
    rooms either.
    """
    sizes = []
    text = prompt
    for pattern, read in ((_SIDES, _sides), (_AREA, _area)):
        for found in pattern.finditer(text):
            width, depth = read(found)
            if min(width, depth) >= _SHORTEST_M:
                if max(width, depth) <= _LONGEST_M:
                    sizes.append(RoomSize(round(width, 3), round(depth, 3), *found.span()))
                text = text[: found.start()] + " " * (found.end() - found.start()) + text[found.end() :]
    return sorted(sizes, key=lambda size: size.start), text


def _sides(found: re.Match[str]) -> tuple[float, float]:
    width, _, depth, unit = found.groups()
    return _metres(width, unit), _metres(depth, unit)


def _area(found: re.Match[str]) -> tuple[float, float]:
    number, *units = found.groups()
    feet = any(unit and unit.lower().startswith("f") for unit in units)
    area = float(number.replace(",", ".")) * (_FOOT_M**2 if feet else 1.0)
    depth = math.sqrt(area / _ASPECT)
    return depth * _ASPECT, depth


def _metres(number: str, unit: str) -> float:
    value = float(number.replace(",", "."))
    return value * _FOOT_M if unit.lower() in ("ft", "feet", "foot", "'") else value
