"""Whole scenes from prompts: counts met, nothing overlaps, everything stands in its region, the same bytes twice."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from blueprint.contracts.errors import ContractError, InputError, UnsafePathError
from blueprint.contracts.frames import Pose
from blueprint.contracts.scene import Scene, load_scene
from blueprint.contracts.scene_manifest import SceneManifest
from blueprint.contracts.scene_request import SceneRequest
from blueprint.physics.extent import asset_points
from blueprint.physics.footprint import Footprint, footprints_overlap
from blueprint.sources.existing import adopt_scene, check_scene, is_scene_dir
from blueprint.sources.generated import GeneratedScene
from blueprint.sources.request import request_from, scene_id_for
from blueprint.sources.text.backend import compose_scene, generate_scene
from blueprint.sources.text.evaluate import evaluate_spec
from blueprint.sources.text.spec import SceneSpec

SCENES = {
    "kitchen": "a kitchen counter with two mugs, a bowl and a drawer unit",
    "dining": "a dining table with four chairs, four plates and a bowl of fruit",
    "office": "an office desk with a notebook, three pens, a mug to the left of the notebook and a chair",
    "workshop": "a workbench with two hammers, a wrench, a flux capacitor and a toolbox",
    "shelf": "a shelf with five books, a box with lid and two jars",
}


def compose(prompt: str, seed: int = 0) -> GeneratedScene:
    return compose_scene(request_from(prompt, "test"), seed)


@pytest.fixture(scope="module")
def kitchen() -> GeneratedScene:
    return compose(SCENES["kitchen"])


def siblings(scene: Scene) -> dict[tuple[str, str], list[str]]:
    groups: dict[tuple[str, str], list[str]] = {}
    for item in scene.objects:
        if item.placement and item.placement.parent_id and item.placement.region:
            groups.setdefault((item.placement.parent_id, item.placement.region), []).append(item.id)
    return groups


def footprint(scene: Scene, object_id: str) -> Footprint:
    pose = scene.object(object_id).placement.pose_region_object  # type: ignore[union-attr]
    assert pose is not None
    yaw = 2 * float(np.arctan2(pose.quat_wxyz[3], pose.quat_wxyz[0]))
    return Footprint.of(asset_points(scene.asset(object_id)), pose.position[0], pose.position[1], yaw)


@pytest.mark.slow
@pytest.mark.parametrize("kind", list(SCENES))
@pytest.mark.parametrize("seed", [0, 1])
def test_scene_meets_its_spec(kind: str, seed: int) -> None:
    generated = compose(SCENES[kind], seed)
    report = evaluate_spec(generated.spec, generated.scene)
    listed = {(item.requirement, item.noun) for item in generated.unsatisfied}
    failed = {(check.requirement, check.subject) for check in report.checks if not check.passed}
    assert failed <= listed
    assert report.fractions["count"] == 1.0
    assert generated.spec.room_type == kind


@pytest.mark.slow
@pytest.mark.parametrize("kind", list(SCENES))
@pytest.mark.parametrize("seed", range(3))
def test_no_two_footprints_of_a_region_come_closer_than_15_mm(kind: str, seed: int) -> None:
    scene = compose(SCENES[kind], seed).scene
    for (owner, region), names in siblings(scene).items():
        gap = 0.0049 if scene.region(owner, region).is_container else 0.0149
        for i, a in enumerate(names):
            for b in names[i + 1 :]:
                assert not footprints_overlap(footprint(scene, a), footprint(scene, b), gap), (a, b)


@pytest.mark.parametrize("kind", list(SCENES))
def test_every_object_lies_within_its_region_and_just_above_it(kind: str) -> None:
    scene = compose(SCENES[kind], 5).scene
    for (owner, region_name), names in siblings(scene).items():
        region = scene.region(owner, region_name)
        frame = scene.pose_world_object(owner) @ scene.asset(owner).pose_asset_region(region)
        for name in names:
            placed = scene.object(name).placement
            assert placed is not None
            assert placed.pose_region_object is not None
            expected = frame @ placed.pose_region_object
            assert np.allclose(expected.position, scene.pose_world_object(name).position, atol=2e-6)
            low, high = footprint(scene, name).box()
            if region.outline == "disc" and region.is_container:
                continue  # a bowl widens upward; the settle stage is the judge there
            half = np.array([region.half_extents[0], region.half_extents[region.outline == "rect"]])
            assert np.all(low >= -half - 1e-9), name
            assert np.all(high <= half + 1e-9), name
            assert 0 < placed.pose_region_object.position[2] <= 0.02
            height = np.ptp(asset_points(scene.asset(name))[:, 2])
            assert height < region.clearance_m


def test_things_stand_within_reach_of_the_front_edge(kitchen: GeneratedScene) -> None:
    scene = kitchen.scene
    for name in ("mug_1", "mug_2", "bowl_1"):
        region = scene.region("counter_1", "top")
        assert footprint(scene, name).box()[1][1] <= -region.half_extents[1] + 0.45 + 1e-6


def test_a_drawer_unit_stands_on_the_counter_facing_the_robot_with_room_to_open(kitchen: GeneratedScene) -> None:
    scene = kitchen.scene
    item = scene.object("drawer_unit_1")
    assert item.placement is not None
    assert item.placement.parent_id == "counter_1"
    assert item.articulation is not None
    pose = scene.pose_world_object("drawer_unit_1")
    opened = pose.apply(asset_points(scene.asset("drawer_unit_1"), 1.0))
    low, high = opened.min(axis=0), opened.max(axis=0)
    closed = pose.apply(asset_points(scene.asset("drawer_unit_1")))
    assert low[1] < closed[:, 1].min() - 0.05  # the drawers come towards -Y
    for name in ("mug_1", "mug_2", "bowl_1"):
        points = scene.pose_world_object(name).apply(asset_points(scene.asset(name)))
        apart = np.any(points.max(axis=0)[:2] < low[:2]) or np.any(points.min(axis=0)[:2] > high[:2])
        assert apart, name


def test_equal_things_share_an_asset_and_different_colours_do_not() -> None:
    scene = compose("a counter with two mugs and a red mug").scene
    ids = [scene.object(name).asset.asset_id for name in ("mug_1", "mug_2", "mug_3")]
    assert ids[0] == ids[1] != ids[2]


def test_unknown_noun_becomes_a_labelled_proxy() -> None:
    scene = compose("a workbench with a flux capacitor").scene
    item = scene.object("flux_capacitor_1")
    assert item.category == "proxy"
    assert item.asset_generation is not None
    assert item.asset_generation["request"]["options"] == {"label": "flux capacitor"}


@pytest.mark.slow
def test_a_room_without_things_gets_an_anchor_and_says_so() -> None:
    generated = compose("a kitchen")
    completed = generated.manifest.metadata["completed"]
    assert "fridge_1" in completed
    assert set(completed) == {item.id for item in generated.scene.objects} - {"room"}


def test_missing_support_is_completed_and_not_required() -> None:
    scene = compose("three widgets in an office").scene
    assert scene.object("desk_1").placement.required is False  # type: ignore[union-attr]
    assert scene.object("widget_1").placement.required is True  # type: ignore[union-attr]


def test_fifty_things_on_a_small_shelf_are_honestly_too_many() -> None:
    generated = compose("a small shelf with fifty toolboxes")
    placed = sum(item.category == "toolbox" for item in generated.scene.objects)
    missing = [item for item in generated.unsatisfied if item.reason in ("no_space", "does_not_fit")]
    assert placed + len(missing) == 50
    assert missing
    report = evaluate_spec(generated.spec, generated.scene)
    assert not next(check for check in report.checks if check.subject == "toolbox").passed


@pytest.mark.slow
def test_more_than_a_hundred_objects_are_refused_by_name() -> None:
    generated = compose("a counter with 5000 widgets")
    reasons = [item for item in generated.unsatisfied if item.reason == "too_many_objects"]
    assert reasons[0].requested == 5000
    assert len(generated.scene.objects) <= 102


def test_furniture_on_the_floor_does_not_overlap_and_seats_face_the_table() -> None:
    scene = compose("a dining table with six chairs, a fridge and a shelf").scene
    standing = [item for item in scene.objects if item.placement and item.placement.parent_id is None]
    prints = []
    for item in standing:
        pose = scene.pose_world_object(item.id)
        yaw = 2 * float(np.arctan2(pose.quat_wxyz[3], pose.quat_wxyz[0]))
        prints.append(Footprint.of(asset_points(scene.asset(item.id)), pose.position[0], pose.position[1], yaw))
        if item.category == "chair":
            front = pose.apply((0.0, -1.0, 0.0)) - np.asarray(pose.position)
            to_table = -np.asarray(pose.position)
            assert (abs(front[0]) > 0.99 and front[0] * to_table[0] > 0) or (
                abs(front[1]) > 0.99 and front[1] * to_table[1] > 0
            )
    assert len(standing) == 9
    for i, a in enumerate(prints):
        assert not any(footprints_overlap(a, b, 0.015) for b in prints[i + 1 :])
    room = scene.manifest.scene.room
    assert room is not None
    for a in prints:
        low, high = a.box()
        assert abs(low[0]) < room.bounds.width / 2
        assert high[1] < room.origin[1] + room.bounds.depth / 2


# --- the evaluator sees what is broken ------------------------------------------------------------------------------


def with_manifest(generated: GeneratedScene, drop: str) -> Scene:
    kept = [item for item in generated.manifest.objects if item.id != drop]
    return Scene(generated.manifest.model_copy(update={"objects": kept}), generated.scene.assets)


def test_evaluator_counts_a_missing_object(kitchen: GeneratedScene) -> None:
    assert evaluate_spec(kitchen.spec, kitchen.scene).passed
    report = evaluate_spec(kitchen.spec, with_manifest(kitchen, "mug_2"))
    broken = [check for check in report.checks if not check.passed]
    assert [(check.kind, check.subject, check.measured) for check in broken] == [("count", "mug", "1")]


@pytest.mark.parametrize("shift", [(0.0, 0.0, 0.2), (0.0, 0.0, -0.2), (3.0, 0.0, 0.0)])
def test_evaluator_sees_an_object_that_is_not_on_its_support(
    kitchen: GeneratedScene, shift: tuple[float, float, float]
) -> None:
    pose = kitchen.scene.pose_world_object("bowl_1")
    moved = Pose.of(np.asarray(pose.position) + shift, pose.quat_wxyz)
    report = evaluate_spec(kitchen.spec, kitchen.scene, {"bowl_1": moved})
    assert ("relation", "bowl") in {(check.kind, check.subject) for check in report.checks if not check.passed}


def test_evaluator_sees_the_wrong_side_and_the_wrong_container() -> None:
    generated = compose("a red block to the left of a bowl on a table, an apple in the bowl")
    scene = generated.scene
    assert evaluate_spec(generated.spec, scene).passed
    pose = scene.pose_world_object("block_1")
    moved = Pose.of(np.add(pose.position, (0.6, 0, 0)), pose.quat_wxyz)
    right = evaluate_spec(generated.spec, scene, {"block_1": moved})
    assert [check.expected for check in right.checks if not check.passed] == ["left_of bowl"]
    out = Pose.of(np.add(scene.pose_world_object("apple_1").position, (0, 0.3, 0)))
    outside = evaluate_spec(generated.spec, scene, {"apple_1": out})
    assert [check.expected for check in outside.checks if not check.passed] == ["in bowl"]


def test_evaluator_sees_a_forbidden_thing_and_a_wrong_colour(kitchen: GeneratedScene) -> None:
    spec = kitchen.spec.model_dump()
    spec["negations"] = [{"category": "bowl", "noun": "bowl", "evidence": (0, 1)}]
    report = evaluate_spec(SceneSpec.model_validate(spec), kitchen.scene)
    assert [check.kind for check in report.checks if not check.passed] == ["negation"]
    generated = compose("a counter with a red mug")
    assert evaluate_spec(generated.spec, generated.scene).passed
    spec = generated.spec.model_dump()
    spec["requirements"][1]["attributes"]["color"] = "blue"
    report = evaluate_spec(SceneSpec.model_validate(spec), generated.scene)
    assert [check.kind for check in report.checks if not check.passed] == ["attribute"]


# --- files ----------------------------------------------------------------------------------------------------------


def tree_hash(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_same_request_and_seed_give_the_same_bytes_and_another_seed_does_not(tmp_path: Path) -> None:
    request = request_from("a counter with two widgets and a gadget", "bytes")
    manifests = [generate_scene(request, 3, tmp_path / name) for name in "ab"]
    first, second = (tree_hash(tmp_path / name) for name in "ab")
    assert first == second
    assert compose_scene(request, 4).manifest != manifests[0] == compose_scene(request, 3).manifest
    for name in ("textgen/request.normalized.json", "textgen/package.json", "textgen/placement_graph.json",
                 "seg/inventory.json", "assets/scene_manifest.json"):  # fmt: skip
        assert name in first
    scene = load_scene(tmp_path / "a")
    assert scene.manifest.scene_id == "bytes"
    assert SceneRequest.read(tmp_path / "a" / "textgen/request.normalized.json") == request


def test_prompt_request_derives_a_stable_id() -> None:
    request = request_from("A kitchen counter with two mugs!")
    assert request.scene_id == scene_id_for("A kitchen counter with two mugs!")
    assert request.scene_id.startswith("a_kitchen_counter_with_two_mugs_")
    assert request_from("茶碗").scene_id != request_from("湯呑").scene_id


def test_request_file_is_read_and_its_errors_are_clear(tmp_path: Path) -> None:
    path = tmp_path / "scene_request.json"
    request_from("a desk with a pen", "desk_1").write(path)
    assert request_from(path).scene_id == "desk_1"
    assert request_from(str(path), "other").scene_id == "other"
    with pytest.raises(InputError, match="cannot read"):
        request_from(tmp_path / "missing.json")
    with pytest.raises(InputError, match="folder"):
        request_from(tmp_path)
    path.write_text('{"schema_version": "v2", "scene_id": "x", "prompt": "a mug"}')
    with pytest.raises(ContractError, match="schema_version"):
        request_from(path)
    with pytest.raises(InputError, match="scene id"):
        request_from("a mug", "../escape")
    for prompt in ("", "  ", "a" * 4001):
        with pytest.raises(InputError):
            request_from(prompt)


def test_existing_scene_is_adopted_and_unsafe_ones_are_refused(tmp_path: Path) -> None:
    source = tmp_path / "source"
    manifest = generate_scene(request_from("a counter with a widget", "old"), 1, source)
    assert is_scene_dir(source)
    assert adopt_scene(source, tmp_path / "copy") == manifest
    copied, original = tree_hash(tmp_path / "copy"), tree_hash(source)
    assert copied == original
    with pytest.raises(InputError, match=r"scene_manifest\.json"):
        check_scene(tmp_path)

    def broken(change: dict[str, object]) -> None:
        document = manifest.model_dump(mode="json", exclude_none=True, by_alias=True)
        document["objects"][-1] |= change
        text = SceneManifest.model_validate(document).to_json()
        (source / "assets/scene_manifest.json").write_text(text)

    asset = manifest.objects[-1].asset.model_dump(exclude_none=True)
    for bad in (asset | {"path": "../../etc/passwd"}, asset | {"path": "/etc/passwd"}, asset | {"asset_id": "../x"}):
        broken({"asset": bad})
        with pytest.raises(UnsafePathError):
            check_scene(source)
    broken({"placement": {"parent_id": "counter_1", "region": "attic"}})
    with pytest.raises(ContractError, match="attic"):
        check_scene(source)
    text = manifest.to_json().replace('"version": "1.0.0"', '"version": "2.0.0"')
    (source / "assets/scene_manifest.json").write_text(text)
    with pytest.raises(ContractError, match=r"2\.0\.0"):
        check_scene(source)
    (tmp_path / "secret.json").write_text(manifest.to_json())
    (source / "assets/scene_manifest.json").unlink()
    (source / "assets/scene_manifest.json").symlink_to(tmp_path / "secret.json")
    with pytest.raises(UnsafePathError):
        check_scene(source)
