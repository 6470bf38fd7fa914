"""Plans the rooms: their sizes, how they lie together, which doors lead where, and where light comes in."""

from collections.abc import Mapping, Sequence

import numpy as np

from blueprint.contracts.errors import InputError
from blueprint.contracts.house import HousePlan, RoomShape, Side
from blueprint.contracts.seeds import rng_for
from blueprint.sources.rooms.floor_tiling import tile_rooms
from blueprint.sources.rooms.group_shape import GroupShape, group_shapes
from blueprint.sources.rooms.openings import free_walls, put_door, put_windows, shared_wall
from blueprint.sources.rooms.program import ModelOf, Program, RoomNeed
from blueprint.sources.rooms.room_sizes import HALLS, RoomSize, room_size

__all__ = ["MAX_ROOMS", "plan_house"]

MAX_ROOMS = 60
WALL_M = 0.1
_OPEN_PLAN = ("living_room", "dining_room", "dining", "kitchen", *HALLS)
_ROOMS_THAT_NEED_A_HALL = 5


def plan_house(
    program: Program,
    model_of: ModelOf,
    seed: int,
    grown: Mapping[str, float] | None = None,
    shapes: Mapping[str, GroupShape] | None = None,
) -> HousePlan:
    """Return the rooms of a program with doors and windows, centred on the world's origin.

    Sizes are as the prompt states, else from packing (see `room_sizes`); `grown` multiplies the sides of rooms. Every
    room can be reached from the entrance. A house of five rooms or more gets a hall where it has none: it is added to
    `program.rooms`. Raises InputError for no rooms or more than 60.
    """
    if not 1 <= len(program.rooms) <= MAX_ROOMS:
        raise InputError(
            f"the program has {len(program.rooms)} rooms, expected 1 to {MAX_ROOMS}.", remedy="ask for fewer rooms."
        )
    _add_hall(program)
    known = shapes if shapes is not None else group_shapes(program, model_of)
    sizes: dict[str, RoomSize] = {}
    for need in program.rooms:
        own = [known[group.group_id] for group in program.groups if group.room == need.room_id]
        factor = (grown or {}).get(need.room_id, 1.0)
        sizes[need.room_id] = room_size(need, own, rng_for(seed, "room_size", need.room_id), factor)
    rng = rng_for(seed, "house")
    if len(program.rooms) == 1:
        need = program.rooms[0]
        size = sizes[need.room_id]
        rect = (-size.width / 2, -size.depth / 2, round(size.width, 4), round(size.depth, 4))
        rooms = {need.room_id: _shape(need, rect, size.height)}
        ways: list[tuple[str, str]] = []
        entrance = need.room_id
    else:
        rects, ways, entrance = tile_rooms(program.rooms, sizes, rng, WALL_M)
        rooms = {need.room_id: _shape(need, rects[need.room_id], sizes[need.room_id].height) for need in program.rooms}
    return _with_openings(program.rooms, rooms, ways, entrance, rng)


def _add_hall(program: Program) -> None:
    types = [need.room_type for need in program.rooms]
    if len(types) >= _ROOMS_THAT_NEED_A_HALL and not any(kind in HALLS for kind in types):
        taken = {need.room_id for need in program.rooms}
        name = next(
            f"hall{suffix}" for suffix in ("", *(f"_{k}" for k in range(2, 99))) if f"hall{suffix}" not in taken
        )
        program.rooms.append(RoomNeed(name, "hall", windows=0))


def _shape(need: RoomNeed, rect: Sequence[float], height: float) -> RoomShape:
    x, y, width, depth = rect
    return RoomShape(
        room_id=need.room_id,
        room_type=need.room_type,
        x=round(x, 4),
        y=round(y, 4),
        width=width,
        depth=depth,
        height=height,
    )


def _with_openings(
    needs: Sequence[RoomNeed],
    rooms: dict[str, RoomShape],
    ways: Sequence[tuple[str, str]],
    entrance: str,
    rng: np.random.Generator,
) -> HousePlan:
    count = 1  # door_1 is the entrance: it goes where the doors between the rooms leave space for it
    for parent, child in ways:
        wall = shared_wall(rooms[parent], rooms[child], WALL_M)
        if wall is None:
            continue
        kinds = {rooms[parent].room_type, rooms[child].room_type}
        is_open = kinds <= set(_OPEN_PLAN) and bool(kinds - set(HALLS)) and wall.length > 1.5
        passage = is_open and bool(rng.random() < 0.75)
        made = put_door(
            rooms, parent, wall, child, f"door_{count + 1}", rng, swings_into=child, passage=passage, cramped=True
        )
        count += made
    count += _doors_elsewhere(rooms, entrance, count, rng)
    _outer_door(rooms, entrance, "door_1", rng)
    for need in needs:
        have = sum(item.kind != "window" for item in rooms[need.room_id].openings)
        for _ in range(have, min(need.doors, 4)):
            count += _outer_door(rooms, need.room_id, f"door_{count + 1}", rng)
    windows = 0
    for need in needs:
        others = [room for name, room in rooms.items() if name != need.room_id]
        room = rooms[need.room_id]
        rooms[need.room_id] = put_windows(room, need, free_walls(room, others), windows + 1, rng)
        windows += sum(item.kind == "window" for item in rooms[need.room_id].openings)
    return HousePlan(rooms=tuple(rooms[need.room_id] for need in needs), wall_m=WALL_M)


def _doors_elsewhere(rooms: dict[str, RoomShape], entrance: str, count: int, rng: np.random.Generator) -> int:
    """Doors for rooms that found none on their way: to any neighbour that can be reached. Returns how many."""
    made = 0
    reached = {entrance}
    while True:
        lead = {item.leads_to for name in reached for item in rooms[name].openings if item.leads_to}
        if not lead <= reached:
            reached |= lead
            continue
        pairs = (
            (wall, parent, child)
            for child in rooms
            if child not in reached
            for parent in rooms
            if parent in reached and (wall := shared_wall(rooms[parent], rooms[child], WALL_M))
        )
        if not any(
            put_door(rooms, parent, wall, child, f"door_{count + made + 1}", rng, swings_into=child, cramped=True)
            for wall, parent, child in pairs
        ):
            return made
        made += 1


def _outer_door(rooms: dict[str, RoomShape], room_id: str, opening_id: str, rng: np.random.Generator) -> bool:
    """An entrance from the outside, on the side with the most room for it (south where it does not matter)."""
    room = rooms[room_id]
    others = [other for name, other in rooms.items() if name != room_id]
    liked: dict[Side, float] = {"south": 0.6, "east": 0.3, "west": 0.3, "north": 0.0}
    taken = [item.side for item in room.openings]
    narrow = room.width < 0.6 * room.depth or room.depth < 0.6 * room.width
    walls = sorted(
        free_walls(room, others),
        key=lambda wall: (
            min(wall.length, 2.0) * (0.0 if narrow else 0.5)
            + liked[wall.side] * float(rng.random())
            - 2.0 * (wall.side in taken)
        ),
        reverse=True,
    )
    return any(
        put_door(rooms, room_id, wall, None, opening_id, rng, swings_into=room_id, cramped=cramped)
        for cramped in (False, True)
        for wall in walls
    )
