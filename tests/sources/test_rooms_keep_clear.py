"""What openings keep clear is kept clear by every pass, what swings has room, and every room has a way in."""

import numpy as np
import pytest
from layout_world import Builder

from blueprint.assets.registry import AssetRequest, generate
from blueprint.contracts.house import HousePlan, Opening, RoomShape
from blueprint.contracts.scene_request import SceneRequest
from blueprint.physics.extent import swept_parts
from blueprint.physics.openings import misplaced
from blueprint.sources.generated import AssetShelf, GeneratedScene
from blueprint.sources.rooms.group_shape import group_shapes
from blueprint.sources.rooms.layout import lay_rooms
from blueprint.sources.rooms.room_frame import keep_clear
from blueprint.sources.text.backend import compose_scene


def composed(prompt: str, seed: int = 0) -> GeneratedScene:
    request = {"schema_version": "v1", "scene_id": "s", "prompt": prompt, "quality_tier": "standard"}
    return compose_scene(SceneRequest.model_validate(request), seed)


def reached(house: HousePlan) -> set[str]:
    """Rooms that doors lead to from the rooms with a door to the outside."""
    ways = {room.room_id: [hole for hole in room.openings if hole.kind != "window"] for room in house.rooms}
    found = {"hallway"}
    for _ in house.rooms:
        found |= {hole.leads_to for name in found for hole in ways[name] if hole.leads_to}
    return found


@pytest.mark.slow
def test_a_house_keeps_its_doors_clear_and_every_room_has_a_door_from_the_hall() -> None:
    made = composed("A house with two bedrooms, a living room, a kitchen, a bathroom and a hallway.")
    house = HousePlan.model_validate(made.manifest.metadata["house"])
    assert reached(house) == {room.room_id for room in house.rooms}
    assert misplaced(made.scene) == {}


@pytest.mark.slow
@pytest.mark.parametrize("prompt", ["A bar with a counter, three bar stools and four wine bottles.", "a hallway"])
def test_nothing_blocks_a_door_or_window_or_stands_outside(prompt: str) -> None:
    assert misplaced(composed(prompt).scene) == {}


@pytest.mark.parametrize("swings_into", ["a", "b"])
def test_a_door_keeps_the_floor_clear_whichever_way_it_swings(swings_into: str) -> None:
    door = Opening(
        opening_id="d", kind="door", side="north", offset_m=2.0, width_m=0.9, height_m=2.0, leads_to="b",
        swings_into=swings_into,
    )  # fmt: skip
    room = RoomShape(room_id="a", room_type="", x=1.0, y=2.0, width=4.0, depth=3.0, height=2.5, openings=(door,))
    (clear,) = keep_clear(room)
    assert clear.box(room) == pytest.approx([2.5, 4.1, 0.0, 3.5, 5.0, 2.0])


def test_the_lid_of_a_chest_freezer_does_not_swing_into_the_wall() -> None:
    model_of = AssetShelf().model
    make = Builder().room("shop", "shop")
    make.group("wall", "chest_freezer")
    program = make.program()
    layout = lay_rooms(program, model_of, 1)
    (name,) = [item.object_id for item in program.items.values() if item.request.category == "chest_freezer"]
    points = np.concatenate(swept_parts(model_of(program.items[name].request)))
    moved = layout.poses[name].apply(points)
    room = layout.house.rooms[0]
    assert moved[:, 0].min() > room.x
    assert moved[:, 1].min() > room.y
    assert moved[:, 0].max() < room.x + room.width
    assert moved[:, 1].max() < room.y + room.depth
    assert group_shapes(program, model_of)[program.groups[0].group_id].wall_gap_m > 0.05


def test_a_toilet_lid_is_swept_with_its_seat_at_rest() -> None:
    model = generate(AssetRequest("toilet", 1)).model
    points = np.concatenate(swept_parts(model))
    assert points[:, 1].max() < model.size_m[1] / 2 + 0.01


def test_a_swivel_is_swept_to_both_sides() -> None:
    model = generate(AssetRequest("office_chair", 1)).model
    points = np.concatenate(swept_parts(model))
    assert points[:, 0].min() == pytest.approx(-points[:, 0].max(), abs=0.03)
