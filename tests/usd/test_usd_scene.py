"""The scene stage: layout, instancing, fixed architecture, units."""

from pathlib import Path

import numpy as np
import pytest
from pxr import Usd, UsdGeom, UsdPhysics
from sample_assets import block, cabinet, room, scene_of

from blueprint.contracts.errors import ContractError, InputError
from blueprint.contracts.frames import Pose
from blueprint.contracts.scene import Scene
from blueprint.usd.asset import author_asset
from blueprint.usd.scene import author_scene


def author(placed: dict, tmp_path: Path) -> Usd.Stage:
    for asset, _ in placed.values():
        author_asset(asset, tmp_path / "assets" / asset.model.asset_id)
    return Usd.Stage.Open(str(author_scene(scene_of(placed), tmp_path)))


def test_objects_are_references_placed_in_metres(tmp_path: Path) -> None:
    pose = Pose.of((0.5, -0.25, 0.75), (np.cos(0.4), 0, 0, np.sin(0.4)))
    stage = author({"room": (room(), Pose()), "block_1": (block(), pose), "cab": (cabinet(), Pose())}, tmp_path)
    assert stage.GetDefaultPrim().GetPath() == "/World"
    assert UsdGeom.GetStageMetersPerUnit(stage) == 1
    assert Usd.ModelAPI(stage.GetDefaultPrim()).GetKind() == "assembly"
    prim = stage.GetPrimAtPath("/World/Objects/block_1")
    matrix = np.array(UsdGeom.XformCache().GetLocalToWorldTransform(prim)).T
    assert np.allclose(matrix, pose.rounded().matrix(), atol=1e-9)
    assert prim.IsInstance()
    assert not stage.GetPrimAtPath("/World/Objects/cab").IsInstance()
    assert stage.GetPrimAtPath("/World/Lights/key")
    assert stage.GetPrimAtPath("/World/Lights/fill")


def test_two_instances_of_an_asset_share_a_prototype(tmp_path: Path) -> None:
    stage = author({"a": (block(), Pose()), "b": (block(), Pose.of((1, 0, 0)))}, tmp_path)
    assert len(stage.GetPrototypes()) == 1


def test_gravity_is_authored_in_metres_per_second_squared(tmp_path: Path) -> None:
    stage = author({"a": (block(), Pose())}, tmp_path)
    scene = UsdPhysics.Scene(stage.GetPrimAtPath("/World/PhysicsScene"))
    assert scene.GetGravityMagnitudeAttr().Get() == pytest.approx(9.81)
    assert tuple(scene.GetGravityDirectionAttr().Get()) == (0, 0, -1)


def test_a_fixed_object_of_a_movable_asset_has_its_body_disabled(tmp_path: Path) -> None:
    scene = scene_of({"a": (block(), Pose())})
    author_asset(block(), tmp_path / "assets" / "block")
    fixed = scene.objects[0].model_copy(update={"sim_role": "background"})
    manifest = scene.manifest.model_copy(update={"objects": [fixed]})
    stage = Usd.Stage.Open(str(author_scene(Scene(manifest, scene.assets), tmp_path)))
    prim = stage.GetPrimAtPath("/World/Architecture/a")
    assert UsdPhysics.RigidBodyAPI(prim).GetRigidBodyEnabledAttr().Get() is False


def test_a_free_object_of_an_architecture_asset_is_refused(tmp_path: Path) -> None:
    scene = scene_of({"a": (room(), Pose())})
    author_asset(room(), tmp_path / "assets" / "room")
    free = scene.objects[0].model_copy(update={"sim_role": "clutter"})
    with pytest.raises(ContractError, match="free to move"):
        author_scene(Scene(scene.manifest.model_copy(update={"objects": [free]}), scene.assets), tmp_path)


def test_an_asset_that_was_not_authored_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"block\.usda"):
        author_scene(scene_of({"a": (block(), Pose())}), tmp_path)


def test_the_same_scene_gives_the_same_bytes(tmp_path: Path) -> None:
    placed = {"room": (room(), Pose()), "b": (block(), Pose.of((1, 0, 0)))}
    author(placed, tmp_path / "x")
    author(placed, tmp_path / "y")
    assert (tmp_path / "x/usd/scene.usda").read_bytes() == (tmp_path / "y/usd/scene.usda").read_bytes()
