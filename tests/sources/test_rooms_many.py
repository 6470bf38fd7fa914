"""Houses of many rooms: prompts name them, plans hold them, and more than the limit is refused rather than cut."""

from collections import Counter
from itertools import combinations

import pytest

from blueprint.assets.shell_plan import parse_plan
from blueprint.contracts.errors import InputError
from blueprint.sources.rooms.house import MAX_ROOMS, plan_house
from blueprint.sources.rooms.program import Program, RoomNeed
from blueprint.sources.rooms.shell import shell_request
from blueprint.sources.text.parser import parse_prompt


@pytest.mark.parametrize(
    ("prompt", "rooms"),
    [
        (
            "a house with six bedrooms, a kitchen, a living room, two bathrooms and a hallway",
            {"bedroom": 6, "kitchen": 1, "living_room": 1, "bathroom": 2, "hallway": 1},
        ),
        ("a hotel floor with twelve hotel rooms and a hallway", {"hotel_room": 12, "hallway": 1}),
        (
            "an office floor with twenty offices, two meeting rooms and a corridor",
            {"office": 20, "meeting_room": 2, "hallway": 1},
        ),
        ("a school with eight classrooms, a library and a hallway", {"classroom": 8, "library": 1, "hallway": 1}),
    ],
)
def test_prompts_of_many_rooms_are_read_in_full(prompt: str, rooms: dict[str, int]) -> None:
    spec = parse_prompt(prompt)
    assert spec.scope == "house"
    assert Counter(room.room_type for room in spec.rooms) == rooms
    assert len({room.room_id for room in spec.rooms}) == sum(rooms.values())


@pytest.mark.parametrize(
    "prompt", ["a hotel floor with 61 hotel rooms", "a 99-bed house", "a house with 9999 bedrooms"]
)
def test_more_rooms_than_a_scene_holds_are_refused(prompt: str) -> None:
    with pytest.raises(InputError, match="at most 60"):
        parse_prompt(prompt)


@pytest.mark.parametrize("count", [13, 40])
def test_a_floor_of_many_rooms_has_no_overlaps_and_a_way_to_each(count: int) -> None:
    needs = [RoomNeed("hallway", "hallway", windows=0)]
    needs += [RoomNeed(f"hotel_room_{k}", "hotel_room") for k in range(1, count)]
    assert count <= MAX_ROOMS
    program = Program(parse_prompt("a hotel floor with two hotel rooms and a hallway"), needs, {}, [])
    plan = plan_house(program, lambda request: pytest.fail(f"nothing is asked for: {request}"), 0)
    for a, b in combinations(plan.rooms, 2):
        apart = max(a.x - b.x - b.width, b.x - a.x - a.width, a.y - b.y - b.depth, b.y - a.y - a.depth)
        assert apart >= plan.wall_m - 1e-6
    found, queue = {"hallway"}, ["hallway"]
    while queue:
        for hole in plan.room(queue.pop()).openings:
            if hole.leads_to and hole.leads_to not in found:
                found.add(hole.leads_to)
                queue.append(hole.leads_to)
    assert found == {need.room_id for need in needs}
    text = dict(shell_request(plan, 0).options)["plan"]
    assert len(parse_plan(str(text))[0]) == count
