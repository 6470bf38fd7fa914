"""Our stages pass every validator; broken ones are refused by name."""

from pathlib import Path

import pytest
from pxr import Sdf, Usd, UsdGeom, UsdPhysics
from sample_assets import ball, block, cabinet, room, scene_of, wedge

from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose
from blueprint.usd.asset import author_asset
from blueprint.usd.prims import new_stage
from blueprint.usd.scene import author_scene
from blueprint.usd.validate import validate_stage


def failed(path: Path) -> dict[str, str]:
    return {check.name: check.message for check in validate_stage(path) if not check.passed}


def save(stage: Usd.Stage, tmp_path: Path) -> Path:
    path = tmp_path / "stage.usda"
    stage.GetRootLayer().Export(str(path))
    return path


def body(stage: Usd.Stage, path: str, mass: float = 1.0) -> Usd.Prim:
    prim = UsdGeom.Xform.Define(stage, path).GetPrim()
    UsdPhysics.RigidBodyAPI.Apply(prim)
    UsdPhysics.MassAPI.Apply(prim).CreateMassAttr(mass)
    return prim


def test_assets_and_a_scene_of_them_pass_with_no_failure(tmp_path: Path) -> None:
    placed = {
        "room": (room(), Pose()),
        "block_1": (block(), Pose.of((0.5, -0.5, 0))),
        "block_2": (block(), Pose.of((0.7, -0.5, 0), (0.7071068, 0, 0, 0.7071068))),
        "ball_1": (ball(), Pose.of((0.5, -0.8, 0))),
        "wedge_1": (wedge(), Pose.of((0.3, -0.8, 0))),
        "cabinet_1": (cabinet(), Pose()),
    }
    for asset, _ in placed.values():
        assert failed(author_asset(asset, tmp_path / "assets" / asset.model.asset_id)) == {}
    checks = validate_stage(author_scene(scene_of(placed), tmp_path))
    assert [check.name for check in checks if not check.passed] == []
    assert {check.name for check in checks} >= {"usd.openusd", "usd.nvidia", "usd.containment", "usd.units"}


def test_a_negative_mass_is_refused(tmp_path: Path) -> None:
    stage = new_stage("World")
    body(stage, "/World/a", mass=-1.0)
    assert any("MassChecker" in name for name in failed(save(stage, tmp_path)))


def test_a_missing_default_prim_is_refused(tmp_path: Path) -> None:
    stage = new_stage("World")
    stage.ClearDefaultPrim()
    assert "usd.default_prim" in failed(save(stage, tmp_path))


def test_a_stage_in_centimetres_or_y_up_is_refused(tmp_path: Path) -> None:
    stage = new_stage("World")
    UsdGeom.SetStageMetersPerUnit(stage, 0.01)
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.y)
    message = failed(save(stage, tmp_path))["usd.units"]
    assert "metersPerUnit is 0.01" in message
    assert "upAxis is Y" in message


def test_nested_articulation_roots_are_refused(tmp_path: Path) -> None:
    stage = new_stage("World")
    for path in ("/World/a", "/World/a/b"):
        UsdPhysics.ArticulationRootAPI.Apply(UsdGeom.Xform.Define(stage, path).GetPrim())
    assert any("Articulation" in name for name in failed(save(stage, tmp_path)))


def test_nested_rigid_bodies_are_refused(tmp_path: Path) -> None:
    stage = new_stage("World")
    body(stage, "/World/a")
    body(stage, "/World/a/b")
    assert "/World/a/b lies below rigid body /World/a" in failed(save(stage, tmp_path))["usd.nested_bodies"]


def test_a_joint_to_a_prim_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    stage = new_stage("World")
    body(stage, "/World/a")
    joint = UsdPhysics.FixedJoint.Define(stage, "/World/joint")
    joint.CreateBody0Rel().SetTargets(["/World/a"])
    joint.CreateBody1Rel().SetTargets(["/World/nothing"])
    assert any("Joint" in name for name in failed(save(stage, tmp_path)))


@pytest.mark.parametrize(
    "target", ["../outside.usda", "/etc/passwd.usda", "https://example.org/a.usda", "missing.usda", "file:///a.usda"]
)
def test_references_out_of_the_folder_are_refused_before_the_stage_is_opened(tmp_path: Path, target: str) -> None:
    (tmp_path / "outside.usda").write_text('#usda 1.0\n(\n    defaultPrim = "a"\n)\ndef Xform "a"\n{\n}\n')
    folder = tmp_path / "scene"
    folder.mkdir()
    path = folder / "stage.usda"
    path.write_text(f'#usda 1.0\ndef Xform "World" (\n    references = @{target}@\n)\n{{\n}}\n')
    assert list(failed(path)) == ["usd.containment"]


def test_a_texture_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    stage = new_stage("World")
    prim = stage.DefinePrim("/World/shader", "Shader")
    prim.CreateAttribute("inputs:file", Sdf.ValueTypeNames.Asset).Set(Sdf.AssetPath("../secret.png"))
    folder = tmp_path / "scene"
    folder.mkdir()
    assert "outside of the folder" in failed(save(stage, folder))["usd.containment"]


def test_a_symbolic_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    outside = tmp_path / "outside.usda"
    outside.write_text('#usda 1.0\n(\n    defaultPrim = "a"\n)\ndef Xform "a"\n{\n}\n')
    folder = tmp_path / "scene"
    folder.mkdir()
    (folder / "inside.usda").symlink_to(outside)
    path = folder / "stage.usda"
    path.write_text('#usda 1.0\ndef Xform "World" (\n    references = @./inside.usda@\n)\n{\n}\n')
    assert "outside of the folder" in failed(path)["usd.containment"]


def test_a_file_that_is_no_usd_is_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "stage.usda"
    path.write_text("not usd at all")
    with pytest.raises(InputError, match="not readable as OpenUSD"):
        validate_stage(path)
