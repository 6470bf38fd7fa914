"""A scene's meshes are not validated again where they are those of a validated asset, and are wherever they differ."""

from pathlib import Path

import pytest
from pxr import Sdf, Usd, UsdGeom
from sample_assets import ball, block, cabinet, room, scene_of

from blueprint.contracts.frames import Pose
from blueprint.usd.asset import author_asset
from blueprint.usd.scene import author_scene
from blueprint.usd.untouched import untouched_assets, without
from blueprint.usd.validate import validate_stage


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    placed = {
        "room": (room(), Pose()),
        "block_1": (block(), Pose.of((0.5, -0.5, 0))),
        "block_2": (block(), Pose.of((0.7, -0.5, 0))),
        "ball_1": (ball(), Pose.of((0.5, -0.8, 0))),
        "cabinet_1": (cabinet(), Pose()),
    }
    for asset, _ in placed.values():
        author_asset(asset, tmp_path / "assets" / asset.model.asset_id)
    return author_scene(scene_of(placed), tmp_path)


def asset_files(scene: Path) -> set[Path]:
    return {path.resolve() for path in scene.parent.parent.glob("assets/*/sim/*.usda")}


def untouched(scene: Path) -> set[str]:
    return {path.name for path in untouched_assets(Usd.Stage.Open(str(scene)), asset_files(scene))}


def failed(path: Path, validated: set[Path]) -> set[str]:
    return {check.name for check in validate_stage(path, validated=validated) if not check.passed}


def break_topology(prim: Usd.Prim) -> None:
    mesh = UsdGeom.Mesh(prim)
    mesh.CreatePointsAttr([(0, 0, 0), (1, 0, 0), (0, 1, 0)])
    mesh.CreateFaceVertexCountsAttr([3])
    mesh.CreateFaceVertexIndicesAttr([0, 1, 7])


def test_placed_mounted_and_repeated_assets_are_untouched(scene: Path) -> None:
    assert untouched(scene) == {"room", "block_1", "block_2", "ball_1", "cabinet_1"}
    assert failed(scene, asset_files(scene)) == set()


def test_an_asset_that_nobody_validated_is_looked_at(scene: Path) -> None:
    assert untouched_assets(Usd.Stage.Open(str(scene)), ()) == []
    broken = next(path for path in asset_files(scene) if path.stem == ball().model.asset_id)
    crate = Usd.Stage.Open(str(broken.parent / "payloads" / "geometry.usdc"))
    prims = (prim for prim in crate.Traverse() if prim.IsA(UsdGeom.Mesh))
    break_topology(next(prims))
    crate.Save()
    assert any("Topology" in name for name in failed(scene, asset_files(scene) - {broken}))


def test_an_opinion_of_the_scene_on_a_mesh_makes_it_another_asset(scene: Path) -> None:
    stage = Usd.Stage.Open(str(scene))
    ball_1 = stage.GetPrimAtPath("/World/Objects/ball_1")
    ball_1.SetInstanceable(False)
    mesh = next(prim for prim in Usd.PrimRange(ball_1) if prim.IsA(UsdGeom.Mesh))
    break_topology(stage.OverridePrim(mesh.GetPath()))
    stage.Save()
    assert "ball_1" not in untouched(scene)
    assert any("Topology" in name for name in failed(scene, asset_files(scene)))


def test_a_mesh_or_a_primvar_that_the_scene_adds_is_looked_at(scene: Path) -> None:
    stage = Usd.Stage.Open(str(scene))
    stage.GetPrimAtPath("/World/Objects/ball_1").SetInstanceable(False)
    break_topology(stage.DefinePrim("/World/Objects/ball_1/extra", "Mesh"))
    UsdGeom.PrimvarsAPI(stage.GetPrimAtPath("/World/Objects/block_1")).CreatePrimvar("st", Sdf.ValueTypeNames.Float)
    stage.Save()
    assert untouched(scene) == {"room", "block_2", "cabinet_1"}
    assert any("Topology" in name for name in failed(scene, asset_files(scene)))


def test_a_second_arc_or_a_sublayer_may_say_anything(scene: Path) -> None:
    stage = Usd.Stage.Open(str(scene))
    stage.GetPrimAtPath("/World/Objects/ball_1").GetInherits().AddInherit("/a_class")
    stage.Save()
    assert "ball_1" not in untouched(scene)
    (scene.parent / "more.usda").write_text("#usda 1.0\n")
    stage.GetRootLayer().subLayerPaths.append("./more.usda")
    stage.Save()
    assert untouched(scene) == set()


def test_a_stage_without_prims_differs_in_their_activity_alone(scene: Path) -> None:
    stage = Usd.Stage.Open(str(scene))
    rest = without(stage, untouched_assets(stage, asset_files(scene)))
    assert rest.GetPrimAtPath("/World/PhysicsScene")
    assert not rest.GetPrimAtPath("/World/Objects/ball_1").IsActive()
    assert stage.GetPrimAtPath("/World/Objects/ball_1").IsActive()
