"""The vocabulary of the tables: uses ("nightstand*1-2:.7"), furniture sets with parts, and grammars of rooms."""

import re
from dataclasses import dataclass
from typing import Literal

from blueprint.sources.rooms.program import Affinity

__all__ = ["FurnitureSet", "Grammar", "Part", "Role", "Use", "part", "uses"]

# Where a part stands to its anchor: flank beside it with backs aligned, seat around it, user in front of it and
# looking at it, front before it at leg room, arm at either end of the front piece and looking inward, foot close
# before it, rug under it all, run to its right as in a kitchen.
Role = Literal["flank", "seat", "user", "front", "arm", "foot", "rug", "run"]


@dataclass(frozen=True)
class Use:
    """`low` to `high` of one of the categories (the first that can be made), with a chance; `motif` names an
    arrangement instead of a category ("book_row")."""

    names: tuple[str, ...]
    low: int = 1
    high: int = 1
    chance: float = 1.0


@dataclass(frozen=True)
class Part:
    """A use with the role that it plays beside an anchor."""

    use: Use
    role: Role


@dataclass(frozen=True)
class FurnitureSet:
    """A functional group: an anchor and its parts; `grid` repeats it in so many columns and rows, `aisle_m` apart.

    `faces` names the sets that it should look at, `front_m` is the free depth before it. With `faces_away` the whole
    is turned round: pupils sit before their desks and look over them.
    """

    anchor: tuple[str, ...]
    parts: tuple[Part, ...] = ()
    affinity: Affinity = "wall"
    front_m: float = 0.7
    faces: tuple[str, ...] = ()
    grid: tuple[tuple[int, int], tuple[int, int]] = ((1, 1), (1, 1))
    aisle_m: tuple[float, float] = (0.05, 1.2)
    faces_away: bool = False


@dataclass(frozen=True)
class Grammar:
    """A room type: sets on its floor (`dense` ones only in premium rooms), what hangs on its walls and ceiling, and
    the themes of what stands on its shelves. `target_share` scales the tier's number of objects (a hallway holds
    fewer)."""

    floor: tuple[Use, ...]
    dense: tuple[Use, ...] = ()
    wall: tuple[Use, ...] = ()
    ceiling: tuple[Use, ...] = ()
    stock: tuple[str, ...] = ("decor",)
    target_share: float = 1.0


_USE = re.compile(r"(?P<names>[a-z_|]+)(\*(?P<low>\d+)(-(?P<high>\d+))?)?(:(?P<chance>\.\d+|1))?$")


def uses(text: str) -> tuple[Use, ...]:
    """Return the uses of a list of `name|name*low-high:chance` words; raises ValueError for a misspelt one."""
    found = []
    for word in text.split():
        match = _USE.match(word)
        if match is None:
            raise ValueError(f"{word!r} is no use; write name|name*low-high:chance")
        low = int(match["low"] or 1)
        high = int(match["high"] or match["low"] or 1)
        found.append(Use(tuple(match["names"].split("|")), low, high, float(match["chance"] or 1)))
    return tuple(found)


def part(role: Role, text: str) -> tuple[Part, ...]:
    """Return the parts of one role, written as for `uses`."""
    return tuple(Part(use, role) for use in uses(text))
