"""Plans of houses: rooms tile without overlap, share walls, are reached from the entrance, and are lit."""

from itertools import combinations

import numpy as np
import pytest
from layout_world import Builder, bathroom, bedroom, kitchen, living_room, model_of

from blueprint.contracts.errors import InputError
from blueprint.contracts.house import HousePlan
from blueprint.physics.free_space import free_space, opening_span
from blueprint.sources.rooms.group_shape import group_shapes
from blueprint.sources.rooms.house import MAX_ROOMS, plan_house
from blueprint.sources.rooms.layout import lay_rooms
from blueprint.sources.rooms.program import Program, RoomNeed

WALL = 0.1


def apartment(seed_rooms: int = 5) -> Program:
    make = Builder()
    living_room(make)
    kitchen(make)
    bedroom(make, "bedroom_1")
    bathroom(make)
    if seed_rooms >= 5:
        bedroom(make, "bedroom_2")
    return make.program()


def gap(a: object, b: object) -> float:
    dx = max(a.x - (b.x + b.width), b.x - (a.x + a.width))  # type: ignore[attr-defined]
    dy = max(a.y - (b.y + b.depth), b.y - (a.y + a.depth))  # type: ignore[attr-defined]
    return max(dx, dy)


def reached(plan: HousePlan) -> set[str]:
    found = {
        room.room_id for room in plan.rooms if any(o.kind != "window" and o.leads_to is None for o in room.openings)
    }
    while True:
        more = {o.leads_to for name in found for o in plan.room(name).openings if o.leads_to} - found
        if not more:
            return found
        found |= more  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(6))
def test_rooms_of_a_house_share_walls_do_not_overlap_and_are_all_reached(seed: int) -> None:
    program = apartment()
    plan = plan_house(program, model_of, seed)
    for a, b in combinations(plan.rooms, 2):
        assert gap(a, b) >= WALL - 1e-6
    assert reached(plan) == {need.room_id for need in program.rooms}
    low = np.min([(r.x - WALL / 2, r.y - WALL / 2) for r in plan.rooms], axis=0)
    high = np.max([(r.x + r.width + WALL / 2, r.y + r.depth + WALL / 2) for r in plan.rooms], axis=0)
    tiles = sum((r.width + WALL) * (r.depth + WALL) for r in plan.rooms)
    assert tiles == pytest.approx(float(np.prod(high - low)), rel=1e-3)  # no gaps


@pytest.mark.parametrize("seed", range(4))
def test_an_opening_between_rooms_stands_in_both_at_one_place(seed: int) -> None:
    plan = plan_house(apartment(), model_of, seed)
    for room in plan.rooms:
        for opening in room.openings:
            length = room.width if opening.side in ("north", "south") else room.depth
            assert opening.width_m / 2 <= opening.offset_m <= length - opening.width_m / 2
            if opening.leads_to:
                other = plan.room(opening.leads_to)
                twin = next(o for o in other.openings if o.opening_id == opening.opening_id)
                (here, normal), (there, _) = opening_span(room, opening), opening_span(other, twin)
                assert np.subtract(here, there) == pytest.approx(np.multiply(normal, WALL), abs=2e-3)


def test_a_house_of_five_rooms_gets_a_hall_and_a_smaller_one_does_not() -> None:
    large, small = apartment(5), apartment(4)
    plan_house(large, model_of, 1)
    plan_house(small, model_of, 1)
    assert any(need.room_type == "hall" for need in large.rooms)
    assert not any(need.room_type == "hall" for need in small.rooms)


@pytest.mark.parametrize("seed", range(4))
def test_next_to_gives_a_door_between_the_two_rooms(seed: int) -> None:
    program = apartment(4)
    program.rooms[2].next_to = ["bathroom"]
    plan = plan_house(program, model_of, seed)
    assert any(opening.leads_to == "bathroom" for opening in plan.room("bedroom_1").openings)


@pytest.mark.parametrize("seed", range(4))
def test_stated_sizes_are_kept_to_the_millimetre_in_a_house(seed: int) -> None:
    program = apartment(4)
    program.rooms[0].size_m, program.rooms[2].size_m = (5.0, 4.0), (4.0, 3.5)
    plan = plan_house(program, model_of, seed)
    for name, size in (("living_room", (5.0, 4.0)), ("bedroom_1", (4.0, 3.5))):
        assert (plan.room(name).width, plan.room(name).depth) == pytest.approx(size, abs=1e-6)
    assert reached(plan) == {need.room_id for need in program.rooms}


def test_every_room_with_an_outer_wall_has_its_window_and_no_window_meets_a_door() -> None:
    plan = plan_house(apartment(), model_of, 3)
    for room in plan.rooms:
        if room.room_type != "hall":
            assert any(opening.kind == "window" for opening in room.openings), room.room_id
        for a, b in combinations(room.openings, 2):
            if a.side == b.side:
                assert abs(a.offset_m - b.offset_m) >= (a.width_m + b.width_m) / 2


def test_a_room_without_stated_size_is_filled_to_between_a_third_and_a_half() -> None:
    for build in (bedroom, living_room, kitchen):
        program = build(Builder()).program()
        room = plan_house(program, model_of, 2).rooms[0]
        shapes = group_shapes(program, model_of).values()
        used = sum(shape.area + shape.size[0] * shape.group.front_m for shape in shapes if not shape.flat)
        assert 0.3 <= used / (room.width * room.depth) <= 0.6
        assert max(room.width, room.depth) / min(room.width, room.depth) <= 1.75


def test_seeds_vary_the_plan_and_repeat_it() -> None:
    plans = [plan_house(apartment(), model_of, seed) for seed in (1, 1, 2, 3)]
    assert plans[0] == plans[1]
    assert len({repr(plan) for plan in plans}) == 3


def test_a_prompts_doors_and_windows_are_made() -> None:
    program = bedroom(Builder(), doors=2, windows=3).program()
    openings = plan_house(program, model_of, 1).rooms[0].openings
    assert sum(opening.kind == "door" for opening in openings) == 2
    assert sum(opening.kind == "window" for opening in openings) == 3


def test_a_plan_of_no_rooms_or_too_many_is_refused() -> None:
    program = apartment()
    for rooms in ([], [RoomNeed(f"room_{k}", "office") for k in range(MAX_ROOMS + 1)]):
        program.rooms = rooms
        with pytest.raises(InputError, match="rooms"):
            plan_house(program, model_of, 1)


@pytest.mark.slow
def test_a_furnished_house_is_walkable_from_its_entrance() -> None:
    from layout_world import footprints

    program = apartment(4)
    layout = lay_rooms(program, model_of, 1)
    required = {name for name, item in program.items.items() if item.required}
    assert not required & set(layout.left_out)
    space = free_space(layout.house, list(footprints(program, layout).values()), 0.2)
    assert space.connected_share >= 0.98
