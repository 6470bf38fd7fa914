"""Things that hang on walls and ceilings: fixed by an override, although their assets are rigid bodies elsewhere."""

from pathlib import Path

import mujoco
import numpy as np
import pytest
from pxr import Usd, UsdPhysics
from sample_assets import block, cabinet, room, scene_of

from blueprint.assets.geometry import Asset
from blueprint.assets.registry import AssetRequest, generate
from blueprint.certify.certificate import certify_model
from blueprint.contracts.certificate import Thresholds
from blueprint.contracts.errors import ContractError
from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.contracts.scene import Scene
from blueprint.mjcf.export import save_mjcf
from blueprint.mjcf.usd_loader import load_usd
from blueprint.physics.inertia import with_inertials
from blueprint.usd.asset import author_asset
from blueprint.usd.scene import author_scene
from blueprint.usd.validate import validate_stage

WALL_POSE = Pose.of((1.1, 1.7, 1.2), quat_wxyz_from_yaw(0.4))


def rug(sim_role: str = "background") -> Asset:
    """A thin sheet that is only seen."""
    sheet = block("rug")
    link = sheet.model.links[0].model_copy(update={"colliders": [], "inertial": None})
    model = sheet.model.model_copy(update={"links": [link], "sim_role": sim_role, "grasps": []})
    return Asset(with_inertials(model), sheet.meshes, sheet.textures)


def mounted(scene: Scene, **mountings: str) -> Scene:
    objects = [item.model_copy(update={"mounting": mountings.get(item.id, "free")}) for item in scene.objects]
    return Scene(scene.manifest.model_copy(update={"objects": objects}), scene.assets)


def author(placed: dict[str, tuple[Asset, Pose]], folder: Path, **mountings: str) -> Path:
    for asset, _ in placed.values():
        author_asset(asset, folder / "assets" / asset.model.asset_id)
    return author_scene(mounted(scene_of(placed), **mountings), folder)


@pytest.fixture
def kitchen(tmp_path: Path) -> Path:
    """The same two assets once on the wall and once free on the floor."""
    placed = {
        "room": (room(), Pose()),
        "cab_1": (cabinet(), WALL_POSE),
        "cab_2": (cabinet(), Pose.of((-1, 0, 0))),
        "picture_1": (block(), Pose.of((0, 1.98, 1.5))),
        "block_1": (block(), Pose.of((0.5, 0, 0))),
        "rug_1": (rug(), Pose.of((0, 0, 0))),
    }
    return author(placed, tmp_path, cab_1="wall", picture_1="wall")


def test_a_mounted_articulation_hangs_on_a_joint_to_the_world_with_the_articulation_root_above_it(
    kitchen: Path,
) -> None:
    stage = Usd.Stage.Open(str(kitchen))
    joint = UsdPhysics.FixedJoint(stage.GetPrimAtPath("/World/Architecture/cab_1/WorldMount"))
    assert joint.GetBody0Rel().GetTargets() == []
    assert joint.GetBody1Rel().GetTargets() == ["/World/Architecture/cab_1/carcass"]
    assert np.allclose(joint.GetLocalPos0Attr().Get(), WALL_POSE.position, atol=1e-6)
    assert stage.GetPrimAtPath("/World/Architecture/cab_1").HasAPI(UsdPhysics.ArticulationRootAPI)
    assert not stage.GetPrimAtPath("/World/Architecture/cab_1/carcass").HasAPI(UsdPhysics.ArticulationRootAPI)
    assert stage.GetPrimAtPath("/World/Objects/cab_2/carcass").HasAPI(UsdPhysics.ArticulationRootAPI)


def test_a_mounted_single_body_is_disabled_and_its_free_twin_is_not(kitchen: Path) -> None:
    stage = Usd.Stage.Open(str(kitchen))
    enabled = [
        UsdPhysics.RigidBodyAPI(stage.GetPrimAtPath(path)).GetRigidBodyEnabledAttr().Get()
        for path in ("/World/Architecture/picture_1", "/World/Objects/block_1")
    ]
    assert enabled == [False, True]


def test_validators_find_no_failure(kitchen: Path) -> None:
    assert [check for check in validate_stage(kitchen) if not check.passed] == []


def check_kitchen(model: mujoco.MjModel) -> None:
    free = {model.joint(i).name for i in range(model.njnt) if model.jnt_type[i] == mujoco.mjtJoint.mjJNT_FREE}
    assert free == {"cab_2/free", "block_1/free"}
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    assert np.allclose(data.body("cab_1").xpos, WALL_POSE.position, atol=1e-6)
    assert model.body("cab_1").weldid[0] == 0
    assert model.body("cab_1/door").parentid[0] == model.body("cab_1").id
    assert model.joint("cab_1/hinge").range[1] == pytest.approx(np.pi / 2, abs=1e-6)
    assert not any(model.geom_contype[i] for i in range(model.ngeom) if model.geom_bodyid[i] == model.body("rug_1").id)


def test_loaded_only_the_free_twins_have_free_joints(kitchen: Path) -> None:
    check_kitchen(load_usd(kitchen).compile())


def test_the_saved_mjcf_says_the_same(kitchen: Path, tmp_path: Path) -> None:
    check_kitchen(mujoco.MjModel.from_xml_path(str(save_mjcf(load_usd(kitchen), tmp_path / "mjcf"))))


def test_the_doors_of_a_mounted_cabinet_are_swept_and_it_does_not_move(kitchen: Path) -> None:
    certificate = certify_model(load_usd(kitchen).compile(), "s", {}, Thresholds(duration_s=0.5))
    assert certificate.passed, certificate.problems
    swept = [item.joint for item in certificate.joints if item.object_id == "cab_1"]
    assert swept == ["slide_0", "slide_1", "hinge"]
    fixed = {item.object_id: item.drift_m for item in certificate.objects if item.fixed}
    assert fixed == {"room": 0.0, "cab_1": 0.0, "picture_1": 0.0, "rug_1": 0.0}


@pytest.mark.slow
def test_a_picture_on_the_wall_would_fall_if_it_were_free(tmp_path: Path) -> None:
    placed = {"room": (room(), Pose()), "picture_1": (block(), Pose.of((0, 1.98, 1.5)))}
    certificate = certify_model(load_usd(author(placed, tmp_path)).compile(), "s", {}, Thresholds(duration_s=0.5))
    assert not certificate.passed


@pytest.mark.parametrize("sim_role", ["background", "static"])
def test_an_asset_without_colliders_is_authored_without_a_body_and_validates(sim_role: str, tmp_path: Path) -> None:
    path = author_asset(rug(sim_role), tmp_path / "rug")
    stage = Usd.Stage.Open(str(path))
    assert not any(prim.HasAPI(UsdPhysics.RigidBodyAPI) for prim in stage.Traverse())
    assert [check for check in validate_stage(path) if not check.passed] == []


def test_an_asset_without_colliders_may_not_be_free_to_fall_through_the_floor(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="no colliders"):
        author({"rug_1": (rug("static"), Pose())}, tmp_path)


def test_a_rug_has_the_mass_of_its_material_over_a_box_of_its_size() -> None:
    model = rug().model
    inertial = model.links[0].inertial
    assert inertial is not None
    x, y, z = model.size_m
    assert inertial.center_of_mass == (0, 0, pytest.approx(z / 2))
    assert inertial.principal_moments[2] == pytest.approx(inertial.mass_kg / 12 * (x * x + y * y), rel=1e-6)


def test_wall_cabinet_door_rug_and_curtain_of_the_library_go_all_the_way(tmp_path: Path) -> None:
    """A wall cabinet and a door hang and open, its twin stands free on the floor; rug and curtain are only seen."""
    placed = {"room": (room(), Pose())}
    for object_id, category, pose in (
        ("wall_cabinet_1", "wall_cabinet", Pose.of((0.0, 1.5, 1.4))),
        ("wall_cabinet_2", "wall_cabinet", Pose.of((1.2, 0.0, 0.0002))),
        ("door_1", "interior_door", Pose.of((-1.0, 1.5, 0.0))),
        ("rug_1", "rug", Pose()),
        ("curtain_1", "curtain", Pose.of((1.5, 1.7, 0.3))),
    ):
        asset = generate(AssetRequest(category=category, seed=1))
        placed[object_id] = (Asset(with_inertials(asset.model), asset.meshes, asset.textures), pose)
    stage = author(placed, tmp_path, wall_cabinet_1="wall", door_1="wall", curtain_1="wall")
    assert [check for check in validate_stage(stage) if not check.passed] == []
    certificate = certify_model(load_usd(stage).compile(), "s", {}, Thresholds(duration_s=0.5))
    assert certificate.passed, certificate.problems
    assert certificate.summary.free_objects == 1
    assert {item.object_id for item in certificate.joints} == {"wall_cabinet_1", "wall_cabinet_2", "door_1"}
