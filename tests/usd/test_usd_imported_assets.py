"""Scenes of imported meshes: textures, instances, payloads and joints, in files that validate and that MuJoCo loads."""

import shutil
from pathlib import Path

import mujoco
import numpy as np
import pytest
import trimesh
from PIL import Image
from pxr import Sdf, Usd, UsdGeom, UsdPhysics, UsdShade, UsdUtils

from blueprint.contracts.asset import Joint, License
from blueprint.contracts.frames import Pose, Vec3
from blueprint.contracts.scene import asset_dir, load_scene
from blueprint.mjcf.usd_loader import load_usd
from blueprint.sources.imported.asset import ImportedAsset, ImportedLink, ImportedThing, imported_asset
from blueprint.sources.imported.mesh_file import MeshPart, load_parts
from blueprint.sources.imported.scene import ImportedObject, ImportedScene, write_imported
from blueprint.sources.imported.separate import separate
from blueprint.sources.imported.shell import RoomRectangle
from blueprint.usd.asset import interface_path
from blueprint.usd.scene import scene_stage_path
from blueprint.usd.validate import validate_stage

LICENSE = License(spdx="CC0-1.0", source="made here")
MUG, TABLE, BLOCK, CABINET = "mug_1", "table_1", "block_1", "cabinet_1"


def box(size: Vec3, middle: Vec3 = (0, 0, 0)) -> trimesh.Trimesh:
    """A box of which size and middle are given Z-up, as glTF has it: Y-up."""
    (x, y, z), (a, b, c) = size, middle
    shape = trimesh.creation.box((x, z, y), trimesh.transformations.translation_matrix((a, c, -b)))
    shape.unmerge_vertices()
    return shape


def textured(shape: trimesh.Trimesh, color: Vec3, pixels: int, factor: list[float] | None = None) -> trimesh.Trimesh:
    image = np.full((pixels, pixels, 3), color, np.uint8)
    image[: pixels // 2] //= 2
    uv = np.tile([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]], (len(shape.faces), 1))
    material = trimesh.visual.material.PBRMaterial(
        baseColorTexture=Image.fromarray(image), baseColorFactor=factor, roughnessFactor=0.4, metallicFactor=0.0
    )
    shape.visual = trimesh.visual.TextureVisuals(uv=uv, material=material)
    return shape


def colored(shape: trimesh.Trimesh) -> trimesh.Trimesh:
    shades = np.repeat(np.linspace(40, 250, len(shape.faces)).astype(np.uint8), 3)
    rgba = np.column_stack([shades, 255 - shades, shades, np.full_like(shades, 255)])
    shape.visual = trimesh.visual.ColorVisuals(shape, vertex_colors=rgba)
    return shape


def parts_of(folder: Path, name: str, shape: trimesh.Trimesh) -> list[MeshPart]:
    folder.mkdir(parents=True, exist_ok=True)
    shape.export(folder / f"{name}.glb")
    return load_parts(folder / f"{name}.glb", folder)


def asset_of(category: str, role: str, links: list[ImportedLink]) -> ImportedAsset:
    return imported_asset(ImportedThing(category, category.capitalize(), "", role, "test", LICENSE, links))


@pytest.fixture(scope="module")
def scene_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("imported")
    meshes, folder = root / "meshes", root / "scene"
    small = [ImportedLink("body", parts_of(meshes, "mug", textured(box((0.08, 0.08, 0.1)), (200, 40, 40), 64)))]
    large = textured(box((1.2, 0.7, 0.75)), (120, 160, 90), 3000, [0.5, 1.0, 1.0, 1.0])
    mug = asset_of("mug", "manipulable_object", small)
    table = asset_of("table", "static", [ImportedLink("body", parts_of(meshes, "table", large))])
    plain = ImportedLink("body", parts_of(meshes, "block", colored(box((0.1, 0.1, 0.1)))))
    block = asset_of("block", "manipulable_object", [plain])
    case = parts_of(meshes, "case", textured(box((0.5, 0.4, 0.6), (0, 0, 0.3)), (90, 90, 200), 32))
    front = parts_of(meshes, "front", textured(box((0.5, 0.02, 0.6), (0.25, 0, 0.3)), (220, 220, 220), 32))
    hinge = Joint(name="hinge", type="revolute", axis=(0, 0, 1), lower=-1.5, upper=0.0, damping=0.5, friction=0.1)
    door = ImportedLink("door", front, parent="case", pose_parent_link=Pose.of((-0.25, -0.215, 0)), joint=hinge)
    cabinet = asset_of("cabinet", "articulated_furniture", [ImportedLink("case", case), door])
    objects = [
        ImportedObject(TABLE, table.asset, Pose.of((0, 0.6, 0)), "Table"),
        ImportedObject(CABINET, cabinet.asset, Pose.of((-1.2, 0.6, 0)), "Cabinet"),
        ImportedObject(MUG, mug.asset, Pose.of((-0.3, 0.6, 0.749)), "Mug", parent=TABLE),
        ImportedObject("mug_2", mug.asset, Pose.of((0.3, 0.6, 0.76), (np.cos(0.3), 0, 0, np.sin(0.3))), "Mug", TABLE),
        ImportedObject(BLOCK, block.asset, Pose.of((0, 0.6, 0.75)), "Block", parent=TABLE),
    ]
    rooms = [RoomRectangle("room", "kitchen", -2.0, -1.0, 4.0, 3.0, 2.5)]
    write_imported(ImportedScene("regen3d", None, "kitchen", rooms, [], objects), "imported", folder)
    separate(folder)
    return folder


@pytest.fixture(scope="module")
def stage(scene_dir: Path) -> Usd.Stage:
    return Usd.Stage.Open(str(scene_stage_path(scene_dir)))


def texture_of(stage: Usd.Stage, mesh: Usd.Prim) -> Path | None:
    material = UsdShade.MaterialBindingAPI(mesh).ComputeBoundMaterial()[0]
    sources = material.ComputeSurfaceSource()[0].GetInput("diffuseColor").GetConnectedSources()[0]
    if not sources:
        return None
    return Path(UsdShade.Shader(sources[0].source.GetPrim()).GetInput("file").Get().resolvedPath)


def meshes_of(stage: Usd.Stage, name: str) -> list[Usd.Prim]:
    top = next(prim for prim in stage.Traverse() if prim.GetName() == name)
    found = Usd.PrimRange(top, Usd.TraverseInstanceProxies())
    return [prim for prim in found if prim.IsA(UsdGeom.Mesh) and UsdGeom.Imageable(prim).ComputePurpose() == "default"]


@pytest.mark.parametrize(
    ("name", "color", "pixels"),
    [
        (MUG, (100, 20, 20), 64),
        (TABLE, (42, 80, 45), 1024),  # scaled down; half of red in linear light
        (CABINET, (45, 45, 100), 32),
    ],
)
def test_every_mesh_is_bound_to_its_own_image(
    scene_dir: Path, stage: Usd.Stage, name: str, color: Vec3, pixels: int
) -> None:
    path = texture_of(stage, meshes_of(stage, name)[0])
    assert path is not None
    assert path.is_relative_to(scene_dir.resolve())
    with Image.open(path) as image:
        assert image.size == (pixels, pixels)
        assert np.asarray(image)[0, 0] == pytest.approx(color, abs=2)


def test_vertex_colours_are_an_image_with_a_texel_for_every_triangle(stage: Usd.Stage) -> None:
    path = texture_of(stage, meshes_of(stage, BLOCK)[0])
    assert path is not None
    with Image.open(path) as image:
        assert len(np.unique(np.asarray(image).reshape(-1, 3), axis=0)) == 12


def test_every_mesh_has_texture_coordinates_for_every_corner(stage: Usd.Stage) -> None:
    for name in (MUG, TABLE, BLOCK, CABINET):
        for mesh in meshes_of(stage, name):
            st = UsdGeom.PrimvarsAPI(mesh).GetPrimvar("st")
            corners = sum(UsdGeom.Mesh(mesh).GetFaceVertexCountsAttr().Get())
            assert len(st.ComputeFlattened()) == corners


def test_two_objects_of_one_mesh_share_one_asset_and_one_prototype(scene_dir: Path, stage: Usd.Stage) -> None:
    scene = load_scene(scene_dir)
    assert scene.object(MUG).asset.asset_id == scene.object("mug_2").asset.asset_id
    first, second = (stage.GetPrimAtPath(f"/World/Objects/{name}") for name in (MUG, "mug_2"))
    assert first.IsInstance()
    assert first.GetPrototype() == second.GetPrototype()
    assert not stage.GetPrimAtPath(f"/World/Objects/{CABINET}").IsInstance()


def test_geometry_is_a_payload_of_every_asset(scene_dir: Path) -> None:
    for asset_id in load_scene(scene_dir).assets:
        layer = Sdf.Layer.FindOrOpen(str(interface_path(asset_dir(scene_dir, asset_id), asset_id)))
        (payload,) = layer.GetPrimAtPath(f"/{asset_id}").payloadList.GetAppliedItems()
        assert payload.assetPath == "./payloads/geometry.usdc"
        assert not layer.ExportToString().count("point3f[] points")


def test_every_file_that_the_scene_is_made_of_is_in_its_folder(scene_dir: Path) -> None:
    layers, assets, unresolved = UsdUtils.ComputeAllDependencies(str(scene_stage_path(scene_dir)))
    assert not unresolved
    images = {Path(str(name)) for name in assets}
    assert len(images) >= 5  # mug, table, block, and two of the cabinet
    for path in [*images, *(Path(layer.realPath) for layer in layers)]:
        assert path.is_relative_to(scene_dir.resolve())


def test_a_door_is_a_joint_of_an_articulation(stage: Usd.Stage) -> None:
    (hinge,) = [UsdPhysics.RevoluteJoint(prim) for prim in stage.Traverse() if prim.IsA(UsdPhysics.RevoluteJoint)]
    assert hinge.GetLowerLimitAttr().Get() == pytest.approx(np.rad2deg(-1.5), abs=1e-3)
    roots = [prim for prim in stage.Traverse() if prim.HasAPI(UsdPhysics.ArticulationRootAPI)]
    assert [prim.GetPath().GetParentPath().name for prim in roots] == [CABINET]


def test_the_validators_have_nothing_to_refuse(scene_dir: Path) -> None:
    paths = [scene_stage_path(scene_dir)]
    paths += [interface_path(asset_dir(scene_dir, name), name) for name in sorted(load_scene(scene_dir).assets)]
    for path in paths:
        assert [check.message for check in validate_stage(path) if not check.passed] == []


def test_the_validators_refuse_the_scene_without_one_of_its_images(scene_dir: Path, tmp_path: Path) -> None:
    copy = tmp_path / "scene"
    shutil.copytree(scene_dir, copy)
    image = sorted(copy.glob("assets/mug_*/sim/textures/*.png"))[0]
    image.unlink()
    (check,) = [check for check in validate_stage(scene_stage_path(copy)) if not check.passed]
    assert check.name == "usd.containment"
    assert image.name in check.message


def test_mujoco_loads_it_with_its_textures_masses_and_hinge(scene_dir: Path) -> None:
    model = load_usd(scene_stage_path(scene_dir)).compile()
    scene = load_scene(scene_dir)
    mug = model.body(MUG)
    assert model.body_subtreemass[mug.id] == pytest.approx(model.body_subtreemass[model.body("mug_2").id])
    joint = model.joint(f"{CABINET}/hinge")
    assert joint.range == pytest.approx([-1.5, 0.0], abs=1e-5)
    assert model.ntex >= 5
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    for item in scene.objects:
        if not item.is_architecture:
            assert data.body(item.id).xpos == pytest.approx(item.transform.pose().position, abs=1e-5)
