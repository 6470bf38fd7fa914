"""House plans: what is refused, and that what is written is what is read."""

import json
from typing import Any

import pytest

from blueprint.contracts.errors import ContractError
from blueprint.contracts.house import HousePlan, Opening, RoomShape, house_of
from blueprint.contracts.scene_manifest import SceneFrame, SceneManifest

DOOR = Opening(opening_id="door_1", kind="door", side="south", offset_m=1.0, width_m=0.9, height_m=2.05)
ROOM = RoomShape(room_id="room", room_type="office", x=-2, y=-1.5, width=4, depth=3, height=2.7, openings=(DOOR,))


def manifest(house: object) -> SceneManifest:
    return SceneManifest(
        version="1.0.0", scene_id="test", scene=SceneFrame(), objects=[], metadata={"house": house} if house else {}
    )


def broken_plan(room: dict[str, Any] | None = None, door: dict[str, Any] | None = None) -> dict[str, Any]:
    plan = HousePlan(rooms=(ROOM,)).model_dump(mode="json")
    plan["rooms"][0] |= room or {}
    if plan["rooms"][0]["openings"]:
        plan["rooms"][0]["openings"][0] |= door or {}
    return plan


def test_a_plan_in_a_manifest_is_read_back_equal() -> None:
    house = HousePlan(rooms=(ROOM, ROOM.model_copy(update={"room_id": "other"})))
    written = manifest(house.model_dump()).to_json()
    assert house_of(SceneManifest.parse(written)) == house
    assert json.loads(written)["metadata"]["house"]["rooms"][0]["openings"][0]["opening_id"] == "door_1"


def test_a_manifest_without_a_plan_has_none() -> None:
    assert house_of(manifest(None)) is None


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        ("ten rooms", "no house plan"),
        ({"rooms": []}, "at least 1"),
        ({"rooms": [ROOM.model_dump()] * 2}, "two rooms have the id 'room'"),
        (broken_plan({"openings": [DOOR.model_dump()] * 2}), "two openings have the id 'door_1'"),
        (broken_plan({"width": 0}), "width"),
        (broken_plan({"width": 1e9}), "200"),
        (broken_plan({"height": float("nan")}), "height"),
        (broken_plan({"x": -1e9}), "-200"),
        (broken_plan({"roof": "flat"}), "roof"),
        (broken_plan(door={"offset_m": 0.4}), "beside"),
        (broken_plan(door={"offset_m": 3.6}), "beside"),
        (broken_plan(door={"side": "west", "offset_m": 2.6}), "beside"),
        (broken_plan(door={"sill_m": 0.7}), "higher than its wall"),
        (broken_plan(door={"width_m": -0.9}), "width_m"),
    ],
)
def test_what_is_no_plan_is_refused_by_name(plan: object, message: str) -> None:
    with pytest.raises(ContractError, match=message):
        house_of(manifest(plan))


def test_a_room_takes_an_opening_that_fits_its_wall_only() -> None:
    window = DOOR.model_copy(update={"opening_id": "window_1", "kind": "window", "side": "north", "offset_m": 3.5})
    assert ROOM.with_opening(window).openings == (DOOR, window)
    with pytest.raises(ValueError, match="beside"):
        ROOM.with_opening(window.model_copy(update={"side": "east"}))
    with pytest.raises(ValueError, match="two openings"):
        ROOM.with_opening(DOOR)


def test_walls_along_x_are_as_long_as_the_room_is_wide() -> None:
    assert (ROOM.wall_length("south"), ROOM.wall_length("east")) == (4, 3)
