import json

import numpy as np
import pytest
from pxr import Usd, UsdGeom, UsdValidation

from blueprint.contracts.frames import matrix_from_quat_wxyz, quat_wxyz_from_euler_xyz
from blueprint.contracts.replicator import AffordanceGraph, VariationAssets
from blueprint.contracts.variation import PlacementRegions, VariationSpace
from blueprint.randomize import placement_regions, write_replicator


def test_regions_are_the_declared_ones_in_the_world(scene):
    regions = {item.name: item for item in placement_regions(scene).regions}
    assert list(regions) == ["room__floor", "table_1__top", "plate_1__dish", "box_1__inside"]
    top = regions["table_1__top"]
    assert top.position == pytest.approx((1.0, 0.4, 0.7))
    assert top.size == pytest.approx((0.96, 0.66, 0.5))
    assert top.rotation == pytest.approx((0, 0, 0.5), abs=1e-8)
    assert top.parent_object_id == "table_1"
    assert top.suitable_for == ["apple", "can", "mug", "plate"]
    assert regions["plate_1__dish"].suitable_for == ["apple", "can", "mug"]
    assert regions["box_1__inside"].suitable_for == ["apple", "can", "mug"]
    assert "container" in regions["box_1__inside"].semantic_tags


def test_the_rotation_of_a_region_is_roll_pitch_yaw_about_fixed_axes():
    from blueprint.contracts.frames import Pose
    from blueprint.randomize.regions import _roll_pitch_yaw

    rng = np.random.default_rng(0)
    turns = [*rng.uniform(-1.5, 1.5, (20, 3)), (0.3, np.pi / 2, 0.4), (0.3, -np.pi / 2, 0.4)]
    for turn in turns:
        quat = quat_wxyz_from_euler_xyz(*turn)
        again = quat_wxyz_from_euler_xyz(*_roll_pitch_yaw(Pose.of((0, 0, 0), quat)))
        np.testing.assert_allclose(matrix_from_quat_wxyz(again), matrix_from_quat_wxyz(quat), atol=1e-6)


def test_the_usd_file_opens_validates_and_says_the_same_as_the_document(scene, tmp_path):
    assert write_replicator(scene, tmp_path) == ["pick_place", "stack", "open", "close"]
    stage = Usd.Stage.Open(str(tmp_path / "replicator" / "placement_regions.usda"))
    assert UsdGeom.GetStageUpAxis(stage) == "Z"
    assert UsdGeom.GetStageMetersPerUnit(stage) == 1.0
    validators = UsdValidation.ValidationRegistry().GetOrLoadAllValidators()
    problems = UsdValidation.ValidationContext(validators).Validate(stage)
    assert [problem.GetMessage() for problem in problems] == []
    prims = {prim.GetName(): prim for prim in stage.GetDefaultPrim().GetChildren()}
    for region in placement_regions(scene).regions:
        prim = prims[region.name]
        assert prim.GetAttribute("region:parent_object_id").Get() == region.parent_object_id
        assert list(prim.GetAttribute("region:suitable_for").Get()) == region.suitable_for
        matrix = np.array(UsdGeom.Xformable(prim).ComputeLocalToWorldTransform(0)).T
        np.testing.assert_allclose(matrix[:3, 3], region.position, atol=1e-9)
        np.testing.assert_allclose(
            matrix[:3, :3], matrix_from_quat_wxyz(quat_wxyz_from_euler_xyz(*region.rotation)), atol=1e-6
        )
        plane = UsdGeom.Plane(prim.GetChild("surface"))
        assert (plane.GetWidthAttr().Get(), plane.GetLengthAttr().Get()) == pytest.approx(region.size[:2])
        assert plane.GetPurposeAttr().Get() == "guide"


def test_the_documents_are_valid_consistent_and_repeat(scene, tmp_path):
    for name in ("a", "b"):
        write_replicator(scene, tmp_path / name)
    files = sorted(path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*") if path.is_file())
    assert {str(path) for path in files} == {
        "replicator/affordance_graph.json",
        "replicator/configs/variation_space.json",
        "replicator/placement_regions.usda",
        "replicator/placement_regions/regions.json",
        "replicator/variation_assets/manifest.json",
    }
    for path in files:
        assert (tmp_path / "a" / path).read_bytes() == (tmp_path / "b" / path).read_bytes()
    folder = tmp_path / "a" / "replicator"
    graph = AffordanceGraph.read(folder / "affordance_graph.json")
    assets = VariationAssets.read(folder / "variation_assets" / "manifest.json")
    regions = PlacementRegions.read(folder / "placement_regions" / "regions.json")
    VariationSpace.read(folder / "configs" / "variation_space.json")
    assert graph.regions == regions.regions
    assert (
        {item.name for item in assets.assets} == set(graph.variation_assets) == {"mug_a", "can_a", "plate_a", "apple_a"}
    )
    assert assets.total_assets == 4
    mug = next(item for item in assets.assets if item.name == "mug_a")
    assert mug.physics_hints.mass_range_kg == pytest.approx((0.45, 0.55))
    assert mug.physics_hints.friction is None  # physics preparation has not run on this scene
    for asset, names in graph.asset_to_region_candidates.items():
        for name in names:
            assert asset in graph.region_to_asset_candidates[name]
    (target,) = graph.articulation_targets
    assert (target.object_id, target.joint, target.upper, target.has_handle) == ("box_1", "hinge", 1.9, True)
    assert json.loads((folder / "affordance_graph.json").read_text())["policy_asset_map"]["open"] == ["box_a"]
