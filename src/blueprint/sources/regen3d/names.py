"""Names of detections: `<label>__(<x>, <y>)`, what they say about a thing, and the object ids made from them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from blueprint.contracts.ids import slug

__all__ = ["DetectionName", "is_background", "is_floor", "is_opening", "leans", "object_ids", "parse_name"]

_NAME = re.compile(r"^(.+)__\((\d+), (\d+)\)$")
_MAX_LABEL = 200
_FLOORS = frozenset({"floor", "flooring", "ground"})
_OPENINGS = frozenset({"door", "doorway", "window"})
_SHELL = frozenset({"wall", "ceiling", "room", "background", "baseboard"}) | _FLOORS | _OPENINGS
# What stands against something or lies as it fell: its tilt may be the truth.
_LEANING = frozenset([
    "bicycle", "board", "book", "broom", "cloth", "clothes", "cushion", "fallen", "guitar", "jacket", "ladder",
    "leaning", "magazine", "mirror", "mop", "pillow", "plank", "pole", "rake", "shovel", "ski", "skateboard",
    "surfboard", "tilted", "towel", "umbrella",
])  # fmt: skip


@dataclass(frozen=True)
class DetectionName:
    """A parsed name: the label with spaces, and the centre of the detection in the working image, px."""

    name: str
    label: str
    center_px: tuple[int, int]


def parse_name(name: str) -> DetectionName | None:
    """Return what a file stem such as `plant_in_pot__(512, 433)` says, or None for another form."""
    match = _NAME.match(name)
    if match is None or len(match[2]) > 9 or len(match[3]) > 9:
        return None
    label = " ".join(match[1].replace("_", " ").split())[:_MAX_LABEL]
    return DetectionName(name, label, (int(match[2]), int(match[3]))) if label else None


def object_ids(names: Iterable[DetectionName]) -> dict[str, str]:
    """Return name → object id: the label and the centre (`plant_in_pot_512_433`), numbered where two are the same."""
    ids: dict[str, str] = {}
    taken: set[str] = set()
    for item in sorted(names, key=lambda item: item.name):
        stem = f"{slug(item.label)[:80]}_{item.center_px[0]}_{item.center_px[1]}"
        unique, count = stem, 1
        while unique in taken:
            count += 1
            unique = f"{stem}_{count}"
        taken.add(unique)
        ids[item.name] = unique
    return ids


def is_background(label: str) -> bool:
    """Whether a label names a part of the room: its last word does (a front door, but not a floor lamp)."""
    return _head(label) in _SHELL


def is_floor(label: str) -> bool:
    """Whether a label names the floor."""
    return _head(label) in _FLOORS


def is_opening(label: str) -> bool:
    """Whether a label names a door or a window of the room."""
    return _head(label) in _OPENINGS


def leans(label: str) -> bool:
    """Whether a thing of this label may well stand askew: a broom at a wall, a cushion on a sofa."""
    words = {*slug(label).split("_"), *map(_singular, slug(label).split("_"))}
    return bool(words & _LEANING)


def _head(label: str) -> str:
    return _singular(slug(label).split("_")[-1])


def _singular(word: str) -> str:
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word
