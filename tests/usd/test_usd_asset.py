"""What an authored asset holds, read back with OpenUSD itself."""

import hashlib
import subprocess
import sys
from math import degrees, pi
from pathlib import Path

import numpy as np
import pytest
from pxr import Usd, UsdGeom, UsdPhysics, UsdShade
from sample_assets import ball, block, cabinet, room, wedge

from blueprint.assets.geometry import Asset
from blueprint.contracts.errors import InputError
from blueprint.usd.asset import author_asset

_OPEN: list[Usd.Stage] = []


def open_asset(asset: Asset, tmp_path: Path) -> Usd.Stage:
    stage = Usd.Stage.Open(str(author_asset(asset, tmp_path / asset.model.asset_id)))
    _OPEN.append(stage)  # prims do not keep their stage alive
    return stage


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_folder_has_the_simready_shape(tmp_path: Path) -> None:
    path = author_asset(block(), tmp_path / "block", thumbnail_png=b"png")
    assert path == tmp_path / "block" / "sim" / "block.usda"
    assert [item.name for item in path.parent.glob("*.usd*")] == ["block.usda"]
    assert (path.parent / ".thumbs" / "256x256" / "block.usda.png").read_bytes() == b"png"
    assert (path.parent / "payloads" / "geometry.usdc").is_file()
    assert (path.parent / "textures" / "arrow.png").is_file()


def test_mass_inertia_and_centre_of_mass_are_authored_on_the_body(tmp_path: Path) -> None:
    root = open_asset(wedge(), tmp_path).GetDefaultPrim()
    assert root.HasAPI(UsdPhysics.RigidBodyAPI)
    api = UsdPhysics.MassAPI(root)
    assert api.GetMassAttr().Get() == pytest.approx(0.5)
    assert tuple(api.GetCenterOfMassAttr().Get()) == pytest.approx((0.01, 0, 0.03))
    assert tuple(api.GetDiagonalInertiaAttr().Get()) == pytest.approx((1e-3, 2e-3, 2.5e-3))
    axes = api.GetPrincipalAxesAttr().Get()
    assert axes.GetReal() == pytest.approx(np.cos(pi / 12))
    assert axes.GetImaginary()[2] == pytest.approx(np.sin(pi / 12))


def test_hinge_limits_and_damping_are_per_degree_in_usd(tmp_path: Path) -> None:
    stage = open_asset(cabinet(), tmp_path)
    joint = UsdPhysics.RevoluteJoint(stage.GetPrimAtPath("/cabinet/Joints/hinge"))
    assert joint.GetLowerLimitAttr().Get() == 0
    assert joint.GetUpperLimitAttr().Get() == pytest.approx(90)
    drive = UsdPhysics.DriveAPI(joint.GetPrim(), "angular")
    assert drive.GetDampingAttr().Get() == pytest.approx(0.5 / degrees(1))
    assert joint.GetPrim().GetAttribute("mjc:frictionloss").Get() == 0.1
    assert joint.GetPrim().GetAttribute("mjc:armature").Get() == 0.001


def test_slide_limits_are_metres(tmp_path: Path) -> None:
    joint = UsdPhysics.PrismaticJoint(open_asset(cabinet(), tmp_path).GetPrimAtPath("/cabinet/Joints/slide_0"))
    assert joint.GetUpperLimitAttr().Get() == pytest.approx(0.3)


def test_the_articulation_root_is_the_base_body_and_bodies_stand_side_by_side(tmp_path: Path) -> None:
    stage = open_asset(cabinet(), tmp_path)
    roots = [prim.GetName() for prim in stage.Traverse() if prim.HasAPI(UsdPhysics.ArticulationRootAPI)]
    bodies = [prim for prim in stage.Traverse() if prim.HasAPI(UsdPhysics.RigidBodyAPI)]
    assert roots == ["carcass"]
    assert [prim.GetName() for prim in bodies] == ["carcass", "drawer_0", "drawer_1", "door"]
    assert {prim.GetParent().GetName() for prim in bodies} == {"cabinet"}


def test_physics_materials_are_bound_generally_and_for_physics(tmp_path: Path) -> None:
    collider = open_asset(ball(), tmp_path).GetPrimAtPath("/ball/colliders/body")
    binding = UsdShade.MaterialBindingAPI(collider)
    for purpose in ("", "physics"):
        material = binding.GetDirectBinding(purpose).GetMaterial()
        api = UsdPhysics.MaterialAPI(material.GetPrim())
        assert api.GetStaticFrictionAttr().Get() == pytest.approx(0.6)
        assert api.GetDynamicFrictionAttr().Get() == pytest.approx(0.51)
    assert UsdGeom.Imageable(collider).ComputePurpose() == "guide"


def test_architecture_has_colliders_but_no_body(tmp_path: Path) -> None:
    stage = open_asset(room(), tmp_path)
    assert not any(prim.HasAPI(UsdPhysics.RigidBodyAPI) for prim in stage.Traverse())
    assert stage.GetPrimAtPath("/room/colliders/body").HasAPI(UsdPhysics.CollisionAPI)


def test_visual_meshes_are_polygons_with_extent_normals_and_texture_coordinates(tmp_path: Path) -> None:
    mesh = UsdGeom.Mesh(open_asset(block(), tmp_path).GetPrimAtPath("/block/visuals/base_mesh"))
    assert mesh.GetSubdivisionSchemeAttr().Get() == "none"
    assert mesh.GetNormalsInterpolation() == "faceVarying"
    assert len(mesh.GetNormalsAttr().Get()) == 36
    assert np.allclose(mesh.GetExtentAttr().Get(), [(-0.03, -0.02, 0), (0.03, 0.02, 0.1)])
    st = UsdGeom.PrimvarsAPI(mesh.GetPrim()).GetPrimvar("st")
    assert st.GetInterpolation() == "faceVarying"


def test_the_licence_and_extents_stand_in_the_layer(tmp_path: Path) -> None:
    data = open_asset(block(), tmp_path).GetRootLayer().customLayerData["SimReady_Metadata"]
    assert data["asset_license"] == "Apache-2.0"
    assert data["mass"] == pytest.approx(0.3)
    assert tuple(data["asset_extents"]) == pytest.approx((0.06, 0.04, 0.1))
    assert data["usd_date_generated"] == "1970-01-01"


def test_a_movable_link_without_inertial_is_refused(tmp_path: Path) -> None:
    asset = block()
    link = asset.model.links[0].model_copy(update={"inertial": None})
    bare = Asset(asset.model.model_copy(update={"links": [link]}), asset.meshes, asset.textures)
    with pytest.raises(InputError, match="no inertial"):
        author_asset(bare, tmp_path / "block")


def test_a_missing_mesh_or_texture_is_refused(tmp_path: Path) -> None:
    asset = block()
    with pytest.raises(InputError, match="base_mesh"):
        author_asset(Asset(asset.model, {}, asset.textures), tmp_path / "block")
    with pytest.raises(InputError, match="arrow"):
        author_asset(Asset(asset.model, asset.meshes, {}), tmp_path / "block")


@pytest.mark.slow
def test_the_same_asset_gives_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    author_asset(cabinet(), tmp_path / "a")
    author_asset(block(), tmp_path / "a_block")
    script = (
        "import sys; from pathlib import Path; from sample_assets import block, cabinet;"
        "from blueprint.usd.asset import author_asset; base = Path(sys.argv[1]);"
        "author_asset(block(), base / 'b_block'); author_asset(cabinet(), base / 'b')"
    )
    environment = {"PYTHONPATH": str(Path(__file__).parent), "PYTHONHASHSEED": "7"}
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, env=environment)
    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    assert digests(tmp_path / "a_block") == digests(tmp_path / "b_block")
