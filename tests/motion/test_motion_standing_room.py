"""Where a pedestal stands: clear of furniture and walls, on the floor that hangs together."""

import pytest

from blueprint.assets.registry import AssetRequest, generate
from blueprint.contracts.asset import BoxShape, Collider
from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.contracts.scene import Scene
from blueprint.contracts.scene_manifest import (
    AssetReference,
    Bounds,
    Room,
    SceneFrame,
    SceneManifest,
    SceneObject,
    Transform,
)
from blueprint.motion.standing_room import StandingRoom


def scene_of(*placed: tuple[str, AssetRequest, float, float, float], width: float = 4.0, depth: float = 4.0) -> Scene:
    assets = {name: generate(request).model for name, request, *_ in placed}
    objects = [
        SceneObject(
            id=name,
            category=assets[name].category,
            sim_role=assets[name].sim_role,  # type: ignore[arg-type]
            transform=Transform.of(Pose.of((x, y, 0.0), quat_wxyz_from_yaw(yaw))),
            asset=AssetReference(asset_id=assets[name].asset_id, path="unused"),
        )
        for name, _, x, y, yaw in placed
    ]
    room = Room(bounds=Bounds(width=width, depth=depth, height=2.6), origin=[0.0, 0.0, 0.0])
    manifest = SceneManifest(version="1.0.0", scene_id="s", scene=SceneFrame(room=room), objects=objects)
    return Scene(manifest, {model.asset_id: model for model in assets.values()})


@pytest.fixture(scope="module")
def room_with_table() -> StandingRoom:
    table = AssetRequest("dining_table", 0, options=(("depth", 0.8), ("width", 1.6)))
    return StandingRoom(scene_of(("table", table, 0.0, 0.0, 0.0)), 0.15)


def house(door_m: float | None) -> StandingRoom:
    """Two rooms of 3 m × 3 m and 2 m × 2 m, west and east of an inner wall with a door of this width or without."""
    hole = {"opening_id": "d", "kind": "door", "offset_m": 1.0, "width_m": door_m, "height_m": 2.0}
    west = {"room_id": "west", "room_type": "room", "x": 0.0, "y": 0.0, "width": 3.0, "depth": 3.0, "height": 2.6}
    east = {"room_id": "east", "room_type": "room", "x": 3.1, "y": 0.0, "width": 2.0, "depth": 2.0, "height": 2.6}
    if door_m:
        west["openings"] = [{**hole, "side": "east", "leads_to": "east"}]
        east["openings"] = [{**hole, "side": "west", "leads_to": "west"}]
    wall = AssetRequest("proxy", 0, options=(("label", "wall"),))
    spans = [(0.0, 1.0 - door_m / 2), (1.0 + door_m / 2, 3.0)] if door_m else [(0.0, 3.0)]
    scene = scene_of(("box", wall, 1.5, 2.0, 0.0))
    walls = [
        collider_box(f"wall_{k}", (0.05, (high - low) / 2, 1.3), (3.05, (high + low) / 2, 1.3))
        for k, (low, high) in enumerate(spans)
    ]
    model = scene.asset("box")
    links = [model.links[0].model_copy(update={"colliders": walls})]
    shell = model.model_copy(update={"links": links, "size_m": (0.1, 3.0, 2.6)})
    item = scene.object("box").model_copy(update={"transform": Transform.of(Pose())})
    room = Room(bounds=Bounds(width=5.1, depth=3.0, height=2.6), origin=[2.55, 1.5, 0.0])
    manifest = scene.manifest.model_copy(
        update={"objects": [item], "scene": SceneFrame(room=room), "metadata": {"house": {"rooms": [west, east]}}}
    )
    return StandingRoom(Scene(manifest, {shell.asset_id: shell}), 0.15)


def collider_box(name: str, half: tuple[float, float, float], center: tuple[float, float, float]) -> Collider:
    return Collider(name=name, shape=BoxShape(half_extents=half), pose_link_shape=Pose.of(center))


def at(x: float, y: float) -> Pose:
    return Pose.of((x, y, 0.5))


def test_the_pedestal_stands_beside_a_table_not_through_it(room_with_table: StandingRoom) -> None:
    assert room_with_table.is_free(at(0.0, -0.6))
    assert not room_with_table.is_free(at(0.0, 0.0))
    assert not room_with_table.is_free(at(0.0, -0.5))


def test_the_pedestal_stays_inside_of_the_room(room_with_table: StandingRoom) -> None:
    assert room_with_table.is_free(at(1.8, 1.8))
    assert not room_with_table.is_free(at(1.95, 1.8))
    assert not room_with_table.is_free(at(9.0, 0.0))


def test_a_gap_behind_furniture_that_nobody_can_get_to_is_no_place() -> None:
    counter = AssetRequest("counter", 0, options=(("width", 2.0),))
    row = [(f"counter_{k}", counter, -2.0 + 2.0 * k, 1.0, 0.0) for k in range(3)]
    room = StandingRoom(scene_of(*row), 0.15)
    assert room.is_free(at(0.0, 0.0))
    assert not room.is_free(at(0.0, 1.75))


def test_the_arm_keeps_away_from_objects(room_with_table: StandingRoom) -> None:
    assert room_with_table.is_clear(at(0.0, -0.9).apply([[0.0, 0.0, 0.5]]))
    assert not room_with_table.is_clear(at(0.0, 0.0).apply([[0.0, 0.0, 0.1]]))


def test_both_rooms_of_a_house_count_where_a_door_joins_them() -> None:
    joined = house(0.9)
    assert joined.is_free(at(1.5, 1.5))
    assert joined.is_free(at(4.0, 1.0))


@pytest.mark.parametrize("door_m", [None, 0.2])
def test_a_room_that_the_pedestal_cannot_get_into_is_no_place(door_m: float | None) -> None:
    apart = house(door_m)
    assert apart.is_free(at(1.5, 1.5))
    assert not apart.is_free(at(4.0, 1.0))


def test_the_ground_beside_a_house_is_no_floor() -> None:
    joined = house(0.9)
    assert not joined.is_free(at(4.0, 2.6))  # within the house's box, north of the smaller room


def test_the_part_that_a_door_leads_to_counts_not_the_largest() -> None:
    counter = AssetRequest("counter", 0, options=(("width", 2.0),))
    row = [(f"counter_{k}", counter, -2.0 + 2.0 * k, -0.6, 0.0) for k in range(3)]
    scene = scene_of(*row)
    door = {"opening_id": "d", "kind": "door", "side": "south", "offset_m": 2.0, "width_m": 0.9, "height_m": 2.0}
    plan = {"room_id": "r", "room_type": "room", "x": -2.0, "y": -2.0, "width": 4.0, "depth": 4.0, "height": 2.6}
    manifest = scene.manifest.model_copy(update={"metadata": {"house": {"rooms": [{**plan, "openings": [door]}]}}})
    entered = StandingRoom(Scene(manifest, scene.assets), 0.15)
    assert StandingRoom(scene, 0.15).is_free(at(0.0, 1.0))  # nothing is known of doors: the larger part
    assert entered.is_free(at(0.0, -1.5))
    assert not entered.is_free(at(0.0, 1.0))
