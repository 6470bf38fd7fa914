"""A scene beside the truth: equal gives zeros, and everything that is broken is found with its figure."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from blueprint.assets.geometry import Asset
from blueprint.assets.registry import AssetRequest, generate
from blueprint.contracts.frames import Pose, quat_multiply, quat_wxyz_from_axis_angle, quat_wxyz_from_yaw
from blueprint.contracts.layout import LayoutObject, OrientedBox, RoomBox, SceneLayout
from blueprint.contracts.reconstruction_truth import Disturbance, ReconstructionTruth, TrueObject
from blueprint.contracts.scene_manifest import SceneManifest
from blueprint.contracts.scene_scale import SceneScale
from blueprint.quality.reconstruction_accuracy import compare_with_truth
from blueprint.sources.imported.scene import ImportedObject, ImportedScene, write_imported
from blueprint.sources.imported.shell import RoomRectangle
from blueprint.sources.regen3d.synthesis.room import read_room

# category, id, place, yaw, parent, relation, mounting
PLACED = [
    ("table", "table_1", (0.0, 0.0, 0.0), 0.3, None, "on", "free"),
    ("chair", "chair_1", (-1.0, 0.1, 0.0), 1.2, None, "on", "free"),
    ("base_cabinet", "base_cabinet_1", (1.2, 1.6, 0.0), 0.0, None, "on", "free"),
    ("drawer_unit", "drawer_unit_1", (-1.4, 1.5, 0.0), 0.2, None, "on", "free"),
    ("wall_cabinet", "wall_cabinet_1", (0.2, 1.8, 1.4), 0.0, None, "on", "wall"),
    ("mug", "mug_1", (0.2, 0.1, 0.75), 0.4, "table_1", "on", "free"),
    ("bowl", "bowl_1", (-0.2, -0.1, 0.75), 0.0, "table_1", "on", "free"),
    ("apple", "apple_1", (-0.2, -0.1, 0.76), 0.0, "bowl_1", "in", "free"),
]
Change = Callable[[dict[str, ImportedObject]], None]


def objects() -> dict[str, ImportedObject]:
    found = {}
    for category, object_id, place, yaw, parent, relation, mounting in PLACED:
        found[object_id] = ImportedObject(
            object_id,
            _asset(category),
            Pose.of(place, quat_wxyz_from_yaw(yaw)),
            category,
            parent,
            relation,  # type: ignore[arg-type]
            mounting=mounting,  # type: ignore[arg-type]
            origin={"reconstruction_name": f"{object_id}__(1, 2)"},
        )
    return found


@cache
def _asset(category: str) -> Asset:
    asset = generate(AssetRequest(category=category, seed=3))
    plain = [item.model_copy(update={"texture": None}) for item in asset.model.materials]
    model = asset.model.model_copy(update={"asset_id": f"{category}_asset", "materials": plain})
    return replace(asset, model=model, textures={})


def write(folder: Path, things: dict[str, ImportedObject], **fields: object) -> Path:
    rooms = [RoomRectangle("room", "kitchen", -5.0, -5.0, 10.0, 10.0, 2.6)]
    scene = ImportedScene("regen3d", "a kitchen", "kitchen", rooms, [], list(things.values()), **fields)  # type: ignore[arg-type]
    write_imported(scene, "made", folder)
    return folder


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> ReconstructionTruth:
    """The truth about the scene of `objects`, as a made reconstruction tells it."""
    room = read_room(write(tmp_path_factory.mktemp("true"), objects()))
    names = {thing.object_id: f"{thing.object_id}__(1, 2)" for thing in room.things}
    found = []
    for thing, (*_, relation, mounting) in zip(room.things, PLACED, strict=True):
        parent = names.get(thing.parent_id or "")
        found.append(
            TrueObject(
                name=names[thing.object_id],
                object_id=thing.object_id,
                category=thing.category,
                label=thing.category,
                pose_world_object=thing.pose_world_object,
                size_m=thing.size_m,
                support="object" if parent else ("wall" if mounting == "wall" else "floor"),
                parent=parent,
                relation=relation,  # type: ignore[arg-type]
                mounting=mounting,  # type: ignore[arg-type]
                is_articulated=thing.is_articulated,
                visible_px=100,
                disturbance=Disturbance(moved_m=0, turned_rad=0, size_factor=1),
                outline_m=[(x, y, z) for x, y, z in thing.outline.tolist()],
            )
        )
    return ReconstructionTruth(
        scene_id="kitchen_0_low",
        kind="kitchen",
        seed=0,
        noise="low",
        form="native",
        prompt="a kitchen",
        units_per_meter=2.0,
        gravity_source=(0, -1, 0),
        pose_world_camera=Pose.of((0, -2, 1.5)),
        focal_px=500,
        image_size_px=(640, 480),
        room_size_m=(4, 4, 2.6),
        floor_tilt_rad=0,
        floor_offset_m=0,
        objects=found,
        unseen=[],
    )


def changed(object_id: str, **fields: object) -> dict[str, ImportedObject]:
    things = objects()
    things[object_id] = replace(things[object_id], **fields)  # type: ignore[arg-type]
    return things


def named(accuracy, object_id: str):
    return next(item for item in accuracy.objects if item.name == f"{object_id}__(1, 2)")


def test_the_truth_compared_with_itself_has_no_error(truth: ReconstructionTruth, tmp_path: Path) -> None:
    accuracy = compare_with_truth(write(tmp_path, objects()), truth)
    assert (accuracy.recall.count, accuracy.recall.total) == (8, 8)
    for spread in (accuracy.position_m, accuracy.height_m, accuracy.tilt_rad, accuracy.size_error):
        assert spread.largest < 2e-6
    assert accuracy.yaw_rad.largest < 1e-5
    assert accuracy.size_bias == 0
    assert (accuracy.parents.count, accuracy.parents.total) == (8, 8)
    assert (accuracy.relations.count, accuracy.relations.total) == (3, 3)
    assert accuracy.missing == {}
    assert accuracy.unexpected == []
    assert accuracy.scale_error is None
    assert accuracy.before_settling_m is None


def test_another_yaw_and_shift_of_the_world_is_no_error(truth: ReconstructionTruth, tmp_path: Path) -> None:
    world = Pose.of((1.5, -0.7, 0.0), quat_wxyz_from_yaw(2.1))
    moved = {name: replace(item, pose_world_object=world @ item.pose_world_object) for name, item in objects().items()}
    accuracy = compare_with_truth(write(tmp_path, moved), truth)
    np.testing.assert_allclose(accuracy.aligned_yaw_rad, -2.1, atol=1e-5)
    assert accuracy.position_m.largest < 1e-5
    assert accuracy.yaw_rad.largest < 1e-4


def test_an_object_10_cm_away_is_the_only_error_and_is_10_cm(truth: ReconstructionTruth, tmp_path: Path) -> None:
    pose = objects()["chair_1"].pose_world_object
    away = Pose.of(np.add(pose.position, (0.08, -0.06, 0.0)), pose.quat_wxyz)
    accuracy = compare_with_truth(write(tmp_path, changed("chair_1", pose_world_object=away)), truth)
    np.testing.assert_allclose(named(accuracy, "chair_1").position_m, 0.1, atol=1e-5)
    assert accuracy.position_m.median < 1e-5
    np.testing.assert_allclose(accuracy.position_m.largest, 0.1, atol=1e-5)


def test_a_floating_object_is_as_high_as_it_floats(truth: ReconstructionTruth, tmp_path: Path) -> None:
    pose = objects()["mug_1"].pose_world_object
    up = Pose.of(np.add(pose.position, (0, 0, 0.03)), pose.quat_wxyz)
    accuracy = compare_with_truth(write(tmp_path, changed("mug_1", pose_world_object=up)), truth)
    np.testing.assert_allclose(named(accuracy, "mug_1").height_m, 0.03, atol=1e-5)


@pytest.mark.parametrize(
    ("object_id", "turn", "measured"),
    [
        ("chair_1", 0.2, 0.2),
        ("chair_1", np.pi, np.pi),
        ("mug_1", -0.5, 0.5),
        ("drawer_unit_1", np.pi / 2, np.pi / 2),
        ("table_1", np.pi, 0.0),  # a table looks the same from behind
        ("table_1", 0.1, 0.1),
    ],
)
def test_a_turned_object_has_that_yaw_error_unless_it_looks_the_same(
    truth: ReconstructionTruth, tmp_path: Path, object_id: str, turn: float, measured: float
) -> None:
    pose = objects()[object_id].pose_world_object
    turned = pose @ Pose.of((0, 0, 0), quat_wxyz_from_yaw(turn))
    accuracy = compare_with_truth(write(tmp_path, changed(object_id, pose_world_object=turned)), truth)
    assert abs(named(accuracy, object_id).yaw_rad - measured) < 0.02


def test_what_is_round_has_no_yaw(truth: ReconstructionTruth, tmp_path: Path) -> None:
    pose = objects()["bowl_1"].pose_world_object @ Pose.of((0, 0, 0), quat_wxyz_from_yaw(1.0))
    accuracy = compare_with_truth(write(tmp_path, changed("bowl_1", pose_world_object=pose)), truth)
    assert named(accuracy, "bowl_1").yaw_rad is None


def test_a_tilted_object_is_tilted_by_that_angle(truth: ReconstructionTruth, tmp_path: Path) -> None:
    pose = objects()["drawer_unit_1"].pose_world_object
    tilted = Pose.of(pose.position, quat_multiply(quat_wxyz_from_axis_angle((1, 1, 0), 0.07), pose.quat_wxyz))
    accuracy = compare_with_truth(write(tmp_path, changed("drawer_unit_1", pose_world_object=tilted)), truth)
    np.testing.assert_allclose(named(accuracy, "drawer_unit_1").tilt_rad, 0.07, atol=1e-6)
    assert accuracy.tilt_rad.median < 1e-6


def test_an_object_of_another_size_has_that_ratio(truth: ReconstructionTruth, tmp_path: Path) -> None:
    asset = objects()["mug_1"].asset
    meshes = {name: replace(shape, vertices=shape.vertices * (1.1, 1.1, 0.8)) for name, shape in asset.meshes.items()}
    accuracy = compare_with_truth(write(tmp_path, changed("mug_1", asset=replace(asset, meshes=meshes))), truth)
    np.testing.assert_allclose(named(accuracy, "mug_1").size_ratio, (1.1, 1.1, 0.8), atol=1e-3)
    np.testing.assert_allclose(accuracy.size_error.largest, 0.4 / 3, atol=1e-3)
    assert accuracy.size_bias == 0


def test_a_wrong_support_is_counted_and_named(truth: ReconstructionTruth, tmp_path: Path) -> None:
    things = objects()
    things["mug_1"] = replace(things["mug_1"], parent="drawer_unit_1")
    things["apple_1"] = replace(things["apple_1"], relation="on")
    things["wall_cabinet_1"] = replace(things["wall_cabinet_1"], mounting="free")
    accuracy = compare_with_truth(write(tmp_path, things), truth)
    cabinet = named(accuracy, "wall_cabinet_1")
    assert (accuracy.parents.count, accuracy.parents.total) == (6, 8)
    assert named(accuracy, "mug_1").parent == "drawer_unit_1__(1, 2)"
    assert named(accuracy, "mug_1").parent_expected == "table_1__(1, 2)"
    assert (cabinet.parent, cabinet.parent_right) == ("floor", False)
    assert (named(accuracy, "apple_1").parent_right, named(accuracy, "apple_1").relation_right) == (True, False)
    assert (accuracy.relations.count, accuracy.relations.total) == (1, 2)


def test_a_support_that_was_not_seen_is_not_asked_for(truth: ReconstructionTruth, tmp_path: Path) -> None:
    fewer = [
        item.model_copy(update={"support": "unseen_object", "parent": None}) if item.object_id == "mug_1" else item
        for item in truth.objects
    ]
    accuracy = compare_with_truth(write(tmp_path, objects()), truth.model_copy(update={"objects": fewer}))
    assert named(accuracy, "mug_1").parent_right is None
    assert accuracy.parents.total == 7


def test_what_is_missing_is_named_with_the_reason_that_the_scene_gives(
    truth: ReconstructionTruth, tmp_path: Path
) -> None:
    things = {name: item for name, item in objects().items() if name not in ("apple_1", "chair_1", "bowl_1", "mug_1")}
    things["extra_1"] = replace(objects()["apple_1"], object_id="extra_1", parent=None, origin={})
    folder = write(
        tmp_path, things, skipped={"chair_1__(1, 2)": "its mesh is damaged", "bowl_1": "it was not prepared"}
    )
    for object_id in ("bowl_1", "mug_1"):
        place = folder / "regen3d" / "objects" / object_id / "pose.json"
        place.parent.mkdir(parents=True)
        place.write_text(json.dumps(POSE_FILE | {"source_name": f"{object_id}__(1, 2)"}))
    manifest = SceneManifest.read(folder / "assets" / "scene_manifest.json")
    dropped = [{"reason": "unstable", "noun": "mug_1", "detail": "dropped: 4 mm inside table_1"}]
    manifest.model_copy(update={"metadata": manifest.metadata | {"unsatisfied": dropped}}).write(
        folder / "assets" / "scene_manifest.json"
    )
    accuracy = compare_with_truth(folder, truth)
    assert (accuracy.recall.count, accuracy.recall.total) == (4, 8)
    assert accuracy.missing == {
        "apple_1__(1, 2)": "no reason recorded",
        "bowl_1__(1, 2)": "it was not prepared",
        "chair_1__(1, 2)": "its mesh is damaged",
        "mug_1__(1, 2)": "dropped: 4 mm inside table_1",
    }
    assert accuracy.unexpected == ["extra_1"]


def test_a_scene_without_any_object_of_the_truth_has_no_errors_to_tell(
    truth: ReconstructionTruth, tmp_path: Path
) -> None:
    only = {"extra_1": replace(objects()["table_1"], object_id="extra_1", origin={})}
    accuracy = compare_with_truth(write(tmp_path, only), truth)
    assert accuracy.recall.count == 0
    assert accuracy.position_m is accuracy.yaw_rad is accuracy.parents is accuracy.size_bias is None


def test_scale_and_the_layout_before_settling_are_measured_in_metres(
    truth: ReconstructionTruth, tmp_path: Path
) -> None:
    folder = write(tmp_path, objects())
    SceneScale(scene_id="made", factor=0.55, source="class_priors", n_samples=3).write(
        folder / "layout" / "scene_scale.json"
    )
    accuracy = compare_with_truth(folder, truth)
    np.testing.assert_allclose(accuracy.scale_error, 0.1, atol=1e-9)  # 2 units per metre: 0.5 m per unit is right
    boxes = []
    for item in truth.objects:
        shift = (0.02, 0, 0) if item.object_id == "mug_1" else (0, 0, 0)
        middle = item.pose_world_object.apply((0, 0, item.size_m[2] / 2)) + shift
        x, y, z = (middle / 0.55).tolist()
        box = OrientedBox(center=(x, y, z), extents=(0.1, 0.1, 0.1), R=((1, 0, 0), (0, 1, 0), (0, 0, 1)))
        boxes.append(
            LayoutObject(id=item.name, class_name="thing", center3d=(x, y, z), obb=box, is_floor_contact=False)
        )
    SceneLayout(scene_id="made", objects=boxes, room_box=RoomBox(min=(-4, -4, 0), max=(4, 4, 5))).write(
        folder / "layout" / "scene_layout.json"
    )
    accuracy = compare_with_truth(folder, truth)
    np.testing.assert_allclose(named(accuracy, "mug_1").position_before_m, 0.02, atol=1e-5)
    assert accuracy.before_settling_m.median < 1e-5
    assert named(accuracy, "mug_1").position_m < 1e-5


POSE_FILE = {
    "transform_matrix": np.eye(4).tolist(),
    "translation": [0, 0, 0],
    "rotation_quaternion": [1, 0, 0, 0],
    "scale": [1, 1, 1],
    "confidence": 1,
    "is_floor_contact": False,
}
