"""A wardrobe before the door: it is found, fails the gate, is dropped where it may be and named where it may not."""

from pathlib import Path

import pytest
from eval_scenes import HOUSE, RoomScene, crate, furnished

from blueprint.assets.library import save_asset
from blueprint.contracts.house import Opening
from blueprint.contracts.scene import Scene, load_scene
from blueprint.contracts.scene_manifest import Placement
from blueprint.physics.openings import blocked_openings, clear_depth_m, misplaced, upright_boxes
from blueprint.pipeline.steps.scene import opening_checks
from blueprint.quality.gates import issue
from blueprint.sources.settled import adopt_settled_scene
from blueprint.storage import layout

WARDROBE = (0.5, 0.3, 1.0)  # half extents
BEFORE_DOOR = (1.0, 0.6)


def room(x: float, y: float, **more: object) -> RoomScene:
    return furnished().add("wardrobe_1", crate("wardrobe", WARDROBE), x, y, **more)  # type: ignore[arg-type]


def given(scene: RoomScene, folder: Path) -> Path:
    """The folder of a scene with the sources of its assets, as one that is to be adopted has them."""
    for _, asset in scene.things:
        save_asset(asset, folder / "assets" / asset.model.asset_id)
    return scene.write(folder)


def written(scene: RoomScene, folder: Path) -> Scene:
    return load_scene(scene.write(folder))


def test_a_wardrobe_before_the_door_is_misplaced_and_fails_the_gate(tmp_path: Path) -> None:
    scene = written(room(*BEFORE_DOOR), tmp_path)
    assert misplaced(scene) == {"wardrobe_1": "it blocks door door_1 of room_1"}
    certificate = issue(tmp_path, "manifest", "manifest", [tmp_path / layout.SCENE_MANIFEST], opening_checks(scene))
    assert not certificate.passed
    assert "wardrobe_1" in certificate.checks[0].message


def test_a_foreign_scene_is_only_warned_about(tmp_path: Path) -> None:
    scene = room(*BEFORE_DOOR)
    scene.metadata["backend"] = "sage"
    (check,) = opening_checks(load_scene(given(scene, tmp_path / "given")))
    assert (check.passed, check.severity) == (False, "WARNING")
    assert adopt_settled_scene(tmp_path / "given", tmp_path / "made").unstable == {}


def test_beside_the_door_and_below_the_window_is_clear(tmp_path: Path) -> None:
    scene = written(room(2.0, 0.35).add("crate_1", crate(), 3.65, 1.5), tmp_path)
    assert misplaced(scene) == {}
    assert [check.passed for check in opening_checks(scene)] == [True]


@pytest.mark.parametrize(("x", "y"), [(2.0, -0.1), (-2.0, 1.0)])
def test_what_stands_in_a_wall_or_outside_is_misplaced_though_fixed(x: float, y: float, tmp_path: Path) -> None:
    found = misplaced(written(room(x, y, mounting="wall"), tmp_path))
    assert "inside of the rooms" in found["wardrobe_1"]


def test_a_door_leaf_in_its_hole_blocks_nothing(tmp_path: Path) -> None:
    leaf = crate("leaf", (0.44, 0.02, 1.0))
    scene = written(furnished().add("door_1", leaf, 1.0, -0.05, mounting="wall"), tmp_path)
    assert misplaced(scene) == {}


def test_a_hall_is_kept_clear_up_to_its_other_wall_only() -> None:
    hall = HOUSE.rooms[0].model_copy(update={"depth": 1.1})
    passage = Opening(opening_id="p", kind="passage", side="south", offset_m=1.0, width_m=1.3, height_m=2.0)
    assert clear_depth_m(hall, passage) == 1.1


def test_several_culprits_are_named_for_one_opening(tmp_path: Path) -> None:
    scene = written(room(*BEFORE_DOOR).add("crate_1", crate(), 0.6, 0.6), tmp_path)
    (blocked,) = blocked_openings(HOUSE, upright_boxes(scene))
    assert set(blocked.shares) == {"wardrobe_1", "crate_1"}


def test_settling_drops_an_optional_wardrobe_and_names_a_required_one(tmp_path: Path) -> None:
    optional = room(*BEFORE_DOOR, placement=Placement(required=False))
    optional.metadata["unsatisfied"] = []
    settled = adopt_settled_scene(given(optional, tmp_path / "optional"), tmp_path / "a")
    assert (settled.dropped, settled.unstable) == (["wardrobe_1"], {})
    settled = adopt_settled_scene(given(room(*BEFORE_DOOR), tmp_path / "required"), tmp_path / "b")
    assert settled.dropped == []
    assert settled.unstable == {"wardrobe_1": "it blocks door door_1 of room_1"}
    assert "it blocks door door_1" in settled.manifest.metadata["unsatisfied"][0]["detail"]
