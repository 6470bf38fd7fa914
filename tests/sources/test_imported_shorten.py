"""Doors and drawers that something stands before, in a scene that somebody saw."""

from dataclasses import replace

import pytest

from blueprint.assets.library import load_asset
from blueprint.assets.registry import AssetRequest, generate
from blueprint.certify.joint_sweep import sweep_joints
from blueprint.contracts.asset import AssetModel
from blueprint.contracts.frames import Pose
from blueprint.contracts.scene import asset_dir, asset_ids, load_scene
from blueprint.mjcf.usd_loader import load_usd
from blueprint.physics.inertia import with_inertials
from blueprint.sources.imported.scene import ImportedObject, ImportedScene, write_imported
from blueprint.sources.imported.shell import RoomRectangle
from blueprint.sources.imported.shorten import shorten_blocked_joints
from blueprint.usd.asset import author_asset
from blueprint.usd.scene import author_scene


def scene_with(folder, gaps_m):
    """Chests of drawers side by side, of one asset, each with a heavy cabinet before it at that distance."""
    chest = generate(AssetRequest("chest_of_drawers", 1))
    bookcase = generate(AssetRequest("bookcase", 1))
    objects = []
    for number, gap_m in enumerate(gaps_m):
        x = 3.0 * number
        objects.append(ImportedObject(f"chest_{number}", chest, Pose.of((x, 0, 0)), "chest"))
        y = -chest.model.size_m[1] / 2 - gap_m - bookcase.model.size_m[1] / 2
        objects.append(ImportedObject(f"bookcase_{number}", bookcase, Pose.of((x, y, 0)), "bookcase", mounting="wall"))
    room = RoomRectangle("room", "bedroom", -2, -3, 4 + 3 * len(gaps_m), 6, 2.5)
    write_imported(ImportedScene("regen3d", None, "bedroom", [room], [], objects), "s", folder)
    for asset_id in asset_ids(folder):
        place = asset_dir(folder, asset_id)
        asset = load_asset(place)
        author_asset(replace(asset, model=with_inertials(asset.model)), place)
    return chest.model


def joints_of(folder, object_id) -> list[float | None]:
    model: AssetModel = load_scene(folder).asset(object_id)
    return [link.joint.upper if link.joint else None for link in model.links if link.parent]


@pytest.fixture(scope="module")
def shortened(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scene")
    model = scene_with(folder, [0.12, 0.005, 1.0])
    return folder, model, shorten_blocked_joints(folder)


def test_a_drawer_opens_as_far_as_there_is_room(shortened):
    folder, model, done = shortened
    before = [link.joint.upper for link in model.links if link.joint]
    after = joints_of(folder, "chest_0")
    assert all(upper is not None and 0.05 < upper < 0.12 for upper in after)
    assert min(before) > 0.15
    assert any("bookcase_0 stands before it" in words for words in done.values())


def test_a_drawer_without_any_room_is_rigid_and_one_with_room_is_left_alone(shortened):
    folder, model, done = shortened
    assert joints_of(folder, "chest_1") == [None] * len(joints_of(folder, "chest_1"))
    assert load_scene(folder).object("chest_1").articulation is None
    assert load_scene(folder).asset("chest_2").asset_id == model.asset_id
    assert not any(name.startswith("chest_2/") for name in done)


def test_every_joint_that_is_left_passes_its_sweep(shortened):
    folder, _, _ = shortened
    found = sweep_joints(load_usd(author_scene(load_scene(folder), folder), visuals=False).compile())
    assert found
    assert all(item.passed for item in found)


def test_a_scene_with_room_everywhere_is_not_touched(tmp_path):
    scene_with(tmp_path, [1.0])
    before = (tmp_path / "assets" / "scene_manifest.json").read_bytes()
    assert shorten_blocked_joints(tmp_path) == {}
    assert (tmp_path / "assets" / "scene_manifest.json").read_bytes() == before
