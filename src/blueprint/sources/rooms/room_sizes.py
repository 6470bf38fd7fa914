"""How large a room of a type is at least, and how large it must be for its furniture and the ways between."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from blueprint.sources.rooms.group_shape import GroupShape, kind_of_group, stands_in_rows
from blueprint.sources.rooms.program import RoomNeed

__all__ = ["HALLS", "PUBLIC", "RoomSize", "room_size"]

HALLS = ("hall", "hallway", "corridor", "entrance", "entryway", "foyer", "lobby", "landing")
PUBLIC = (*HALLS, "living_room", "dining_room", "dining", "kitchen", "reception", "waiting_room", "shop", "showroom")
_MIN_AREA_M2 = {
    "bathroom": 4.2, "toilet": 1.8, "kitchen": 8.5, "dining_room": 9.0, "dining": 9.0, "living_room": 14.0,
    "bedroom": 9.5, "office": 8.0, "study": 7.0, "laundry": 4.0, "laundry_room": 4.0, "closet": 2.5, "pantry": 2.5,
    "storage": 4.0, "garage": 18.0, "shop": 20.0, "store": 20.0, "warehouse": 60.0, "gym": 30.0, "classroom": 30.0,
    "workshop": 14.0, "clinic": 12.0, "lab": 16.0, "laboratory": 16.0, "cafe": 20.0, "restaurant": 24.0,
    "library": 18.0, "hospital_room": 12.0, "nursery": 8.0, "playroom": 10.0,
}  # fmt: skip
_MIN_SIDE_M = {"bathroom": 1.7, "toilet": 1.1, "closet": 1.2, "pantry": 1.2, "laundry": 1.7, "laundry_room": 1.7}
_TALL_M = {"shop": 3.0, "store": 3.0, "supermarket": 3.5, "warehouse": 6.0, "gym": 3.5, "garage": 2.8, "cafe": 3.0,
           "restaurant": 3.0, "classroom": 3.0, "library": 3.0, "workshop": 3.0, "factory": 5.0}  # fmt: skip
_DEFAULT_AREA_M2, _DEFAULT_SIDE_M = 8.0, 2.4
_HALL_WIDTH_M = 1.3
_RING_M = 0.3  # the way around what stands in the middle
_ROW_PACKING = 0.75  # a grid of aisles fills more of its share of the room than loose furniture does
_DOOR_M2 = 1.2
_PACKING = (0.42, 0.5)  # footprints and clearances over area
_ASPECT = (1.0, 1.6)
_WALL_SHARE = 0.72  # of the walls that furniture may line


@dataclass(frozen=True)
class RoomSize:
    """Inner width and depth, m; `min_side_m` is the shortest side that its furniture allows, `min_long_m` the longest
    side that its longest group needs; `stated` by the prompt."""

    width: float
    depth: float
    height: float
    min_side_m: float
    min_long_m: float
    stated: bool

    @property
    def area(self) -> float:
        return self.width * self.depth


def room_size(need: RoomNeed, shapes: Sequence[GroupShape], rng: np.random.Generator, grown: float = 1.0) -> RoomSize:
    """Return the size of a room: as stated, else so that footprints and clearances fill 42 to 50 % of it and its walls
    hold what stands at walls, at an aspect of 1 to 1.6, times `grown` (of each side). Rounded to 5 cm."""
    solid = [shape for shape in shapes if not shape.flat]
    tallest = max((shape.height for shape in solid), default=0.0)
    height = max(need.height_m, _TALL_M.get(need.room_type, 2.7) if need.height_m == 2.7 else 0.0, tallest + 0.15)
    packing, aspect = rng.uniform(*_PACKING), rng.uniform(*_ASPECT)
    flip = bool(rng.random() < 0.4)
    side = max([_MIN_SIDE_M.get(need.room_type, _DEFAULT_SIDE_M), *(_least_side(shape) for shape in solid)])
    longest = max((shape.reach for shape in solid), default=0.0) + 0.1
    if need.size_m is not None:
        return RoomSize(*need.size_m, round(height, 2), side, longest, True)
    if need.room_type in HALLS and not solid:
        return RoomSize(3.0, _HALL_WIDTH_M, round(height, 2), _HALL_WIDTH_M, 0.0, False)
    load = _DOOR_M2 * packing + sum(_load(shape, _in_rows(shape, solid)) for shape in solid)
    area = max(_MIN_AREA_M2.get(need.room_type, _DEFAULT_AREA_M2), load / packing)
    walls = sum(shape.size[0] for shape in solid if shape.group.affinity in ("wall", "corner"))
    perimeter = walls / _WALL_SHARE + 1.2 * max(1, need.doors)
    width, depth = _sides(area, aspect, side, longest)
    if 2 * (width + depth) < perimeter:
        width, depth = (value * perimeter / (2 * (width + depth)) for value in (width, depth))
    if flip:
        width, depth = depth, width
    width, depth = (round(value * grown / 0.05) * 0.05 for value in (width, depth))
    return RoomSize(round(width, 3), round(depth, 3), round(height, 2), side, longest, False)


def _sides(area: float, aspect: float, side: float, longest: float) -> tuple[float, float]:
    width = max(float(np.sqrt(area * aspect)), longest)
    depth = max(area / width, side)
    return max(width, depth), min(width, depth)


def _least_side(shape: GroupShape) -> float:
    """The group with its back to one wall and its use before it, or crosswise between two walls."""
    width, depth = shape.size
    front = shape.group.front_m
    ahead = depth + max(front, 0.6) if shape.group.affinity != "middle" else min(width, depth) + 2 * 0.5
    return min(ahead, max(width, depth) + 0.1) if min(width, depth) < 0.7 else ahead


def _in_rows(shape: GroupShape, solid: Sequence[GroupShape]) -> bool:
    alike = [other for other in solid if kind_of_group(other) == kind_of_group(shape)]
    return stands_in_rows(shape, len(alike))


def _load(shape: GroupShape, in_rows: bool) -> float:
    """Its footprint and the half of its clearance that it does not share with others' ways."""
    width, depth = shape.size
    if in_rows:
        return (width + (0.1 if shape.height > 1.2 else 0.6)) * (depth + max(shape.group.front_m, 0.8)) * _ROW_PACKING
    if shape.group.affinity == "middle":
        return (width + _RING_M) * (depth + _RING_M)
    ring = _RING_M / 2 if shape.group.affinity == "free" else 0.0
    return shape.area + width * max(shape.group.front_m, 0.3) / 2 + ring * (width + depth) / 2
