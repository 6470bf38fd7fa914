"""Where a pedestal stands: clear of furniture and walls, on the floor that hangs together."""

import pytest

from blueprint.assets.registry import AssetRequest, generate
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
