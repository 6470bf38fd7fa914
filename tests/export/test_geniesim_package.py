"""Every file of the package, opened with OpenUSD and MuJoCo as a client and a server would."""

import ast
import json

import mujoco
import numpy as np
import pytest
from pxr import Usd, UsdGeom, UsdPhysics

from blueprint.contracts.frames import Pose
from blueprint.contracts.geniesim.package import Interaction, ObjectParameters
from blueprint.export.geniesim.export import Export
from blueprint.export.geniesim.package import AssetPackage
from blueprint.mjcf.usd_loader import add_usd_object, load_usd
from blueprint.usd.validate import validate_stage


def root_of(exported: Export):
    return exported.folder / "sim_assets"


def package_of(exported: Export, object_id: str) -> AssetPackage:
    return exported.overlay.packages[exported.scene.object(object_id).asset.asset_id]


def test_every_written_stage_opens_with_its_references_default_prim_metres_and_up_axis(exported):
    stages = [path for path in exported.folder.rglob("*.usd*") if not {"payloads", "model"} & set(path.parts)]
    assert len(stages) > 15
    for path in stages:
        stage = Usd.Stage.Open(str(path))
        assert not stage.GetCompositionErrors(), path
        assert stage.GetDefaultPrim(), path
        assert UsdGeom.GetStageMetersPerUnit(stage) == 1.0, path
        up = "Y" if path.name in ("Aligned.usd", "collision.usda") else "Z"
        assert UsdGeom.GetStageUpAxis(stage) == up, path


def test_openusds_and_nvidias_validators_find_nothing_but_the_other_up_axis(exported):
    root = root_of(exported)
    folders = [root / package_of(exported, name).folder for name in ("can_1", "drawer_unit_1")]
    stages = [folder / name for folder in folders for name in ("Aligned.usd", "Aligned.usda", "collision.usda")]
    stages.append(next(root.glob("background/*/table_1_top_g2.usda")))
    for path in stages:
        failed = [item.message for item in validate_stage(path, root=root) if not item.passed]
        assert failed in ([], ["upAxis is Y, expected Z"]), path


@pytest.mark.parametrize("name", ["can_1", "apple_1", "bowl_1"])
def test_the_raw_points_are_as_large_as_the_document_says_and_centred(exported, name):
    package = package_of(exported, name)
    folder = root_of(exported) / package.folder
    stage = Usd.Stage.Open(str(folder / "Aligned.usd"))
    meshes = [UsdGeom.Mesh(prim) for prim in stage.Traverse() if prim.IsA(UsdGeom.Mesh)]
    points = np.concatenate([np.asarray(mesh.GetPointsAttr().Get()) for mesh in meshes])
    size = ObjectParameters.read(folder / "object_parameters.json").size
    np.testing.assert_allclose(np.ptp(points, axis=0), size, atol=1e-5)
    np.testing.assert_allclose(points.min(axis=0) + points.max(axis=0), 0, atol=1e-5)
    model = exported.scene.asset(name)
    np.testing.assert_allclose(size[1], model.size_m[2], atol=0.005)  # height lies along Y


@pytest.mark.parametrize("name", ["can_1", "bowl_1", "drawer_unit_1"])
def test_the_packages_physics_are_those_of_the_certified_asset(exported, scene_dir, name):
    package = package_of(exported, name)
    pose = Pose.of((0.3, -0.2, 0.8), (0.9238795, 0, 0, 0.3826834))
    ours, theirs = mujoco.MjSpec(), mujoco.MjSpec()
    sim = scene_dir / "assets" / package.asset_id / "sim" / f"{package.asset_id}.usda"
    add_usd_object(
        ours, root_of(exported) / package.folder / "collision.usda", name, package.frame.pose_world_package(pose)
    )
    add_usd_object(theirs, sim, name, pose)
    a, b = ours.compile(), theirs.compile()
    first, second = mujoco.MjData(a), mujoco.MjData(b)
    mujoco.mj_forward(a, first)
    mujoco.mj_forward(b, second)
    assert (a.nbody, a.njnt) == (b.nbody, b.njnt)
    np.testing.assert_allclose(a.body_mass, b.body_mass, rtol=1e-6)
    np.testing.assert_allclose(first.xipos, second.xipos, atol=1e-6)
    np.testing.assert_allclose(np.sort(a.body_inertia), np.sort(b.body_inertia), rtol=1e-4)
    colliding = a.geom_contype > 0
    np.testing.assert_allclose(first.geom_xpos[colliding], second.geom_xpos[b.geom_contype > 0], atol=1e-6)
    np.testing.assert_allclose(a.jnt_range, b.jnt_range, atol=1e-6)
    assert (a.geom_contype == 0).any(), "its looks are there, too"


def test_what_retrieval_indexes_are_python_literals_with_the_shape_of_the_thing(exported):
    package = package_of(exported, "bowl_1")
    folder = root_of(exported) / package.folder
    item = ast.literal_eval((folder / "item.py").read_text())
    assert item["id"] == package.asset_id
    assert item["size"][2] == pytest.approx(package.frame.size[1])  # Z up here
    description = ast.literal_eval((folder / "description.py").read_text())
    assert description["unit"] == "m"
    assert package.model.name in description["semantic_name"]


def test_a_bowl_takes_things_at_its_inside_from_above_and_a_can_is_put_down_on_its_bottom(exported):
    bowl, can = package_of(exported, "bowl_1"), package_of(exported, "can_1")
    folder = root_of(exported) / "interaction"
    inside = Interaction.read(folder / bowl.asset_id / "interaction.json").interaction.passive.place
    region = next(region for region in bowl.model.regions if region.is_container)
    (element,) = inside[region.name]
    assert element.direction == pytest.approx((0, -1, 0))
    height = bowl.model.pose_asset_region(region).position[2]
    assert element.xyz[1] == pytest.approx(height - bowl.frame.size[1] / 2, abs=1e-3)
    (bottom,) = Interaction.read(folder / can.asset_id / "interaction.json").interaction.active.place["default"]
    assert bottom.xyz[1] == pytest.approx(-can.frame.size[1] / 2, abs=1e-3)


def test_an_articulated_thing_has_its_joints_and_no_grasp_file(exported):
    package = package_of(exported, "drawer_unit_1")
    assert not (root_of(exported) / "interaction" / package.asset_id / "grasp_pose").exists()
    stage = Usd.Stage.Open(str(root_of(exported) / package.folder / "Aligned.usd"))
    slides = [prim for prim in stage.Traverse() if prim.IsA(UsdPhysics.PrismaticJoint)]
    assert len(slides) == sum(link.joint is not None for link in package.model.links)
    limits = ObjectParameters.read(root_of(exported) / package.folder / "object_parameters.json").part_joint_limits
    assert limits is not None
    assert all(values["upper"] > 0 for values in limits.values())


def test_the_background_holds_what_no_task_moves_and_nothing_in_it_falls(exported):
    path = next(root_of(exported).glob("background/*/table_1_top_g2.usda"))
    stage = Usd.Stage.Open(str(path))
    assert stage.GetPrimAtPath("/World/table_1")
    assert stage.GetPrimAtPath("/World/drawer_unit_1")
    assert not stage.GetPrimAtPath("/World/apple_1")
    model = load_usd(path, root=root_of(exported)).compile()
    assert not (model.jnt_type == mujoco.mjtJoint.mjJNT_FREE).any()
    assert model.njnt == 2  # the drawers still slide
    config = json.loads((path.parent / "material_config.json").read_text())[path.name]
    for entry in config["random_materials"]:
        assert len(entry["material_buffer"]) >= len(entry["prim_paths"])
        for prim in (*entry["prim_paths"], *entry["material_buffer"]):
            assert stage.GetPrimAtPath(prim), prim
        assert all(stage.GetPrimAtPath(prim).IsA(UsdGeom.Mesh) for prim in entry["prim_paths"])


def test_the_benchmark_asks_for_drawers_by_their_joint_and_places_what_it_asks_about(exported):
    (folder,) = (exported.folder / "benchmark" / "llm_task").iterdir()
    problems = json.loads((folder / "0" / "problems.json").read_text())
    instructions = json.loads((folder / "0" / "instructions.json").read_text())["instructions"]
    assert len(problems) == len(instructions)
    text = json.dumps(problems)
    assert "PushPull" in text
    assert "Inside" in text
    index = next(k for k, item in enumerate(instructions) if item["instruction"] == "open the drawer")
    (wait,) = problems[f"problem{index + 1}"]["Acts"][0]["ActionList"]
    name, low, high, joint = wait["ActionSetWaitAny"][0]["PushPull"].split("|")
    assert name == "drawer_unit_1"
    assert 0 < float(low) < float(high)
    assert int(joint) == 0
    stage = Usd.Stage.Open(str(folder / "0" / "scene.usda"))
    cache = UsdGeom.BBoxCache(Usd.TimeCode.Default(), [UsdGeom.Tokens.default_])
    bottom = cache.ComputeWorldBound(stage.GetPrimAtPath("/World/Objects/apple_1")).ComputeAlignedRange().GetMin()[2]
    assert bottom == pytest.approx(exported.scene.pose_world_object("apple_1").position[2], abs=0.002)
