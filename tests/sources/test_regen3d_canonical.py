"""The canonical tree: written, read back, and read as others write it."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from regen3d_folders import CanonicalTree, NativeFolder, Thing, block, l_shape
from scipy.spatial.transform import Rotation

from blueprint.contracts.errors import ContractError, InputError, UnsafePathError
from blueprint.contracts.frames import Pose
from blueprint.contracts.reconstruction import (
    CameraExtrinsics,
    ReconstructedBounds,
    ReconstructedPose,
    ReconstructionInfo,
)
from blueprint.sources.imported.mesh_file import load_parts
from blueprint.sources.regen3d.canonical import write_canonical
from blueprint.sources.regen3d.canonical_camera import extrinsics_of, pose_of
from blueprint.sources.regen3d.canonical_documents import OurExtrinsics
from blueprint.sources.regen3d.canonical_frames import canonical_pose, pose_from_canonical, stored
from blueprint.sources.regen3d.read import read_reconstruction
from blueprint.sources.regen3d.reconstruction import ReconstructedObject, Reconstruction

TURN = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]], float)  # Y-up to Z-up
lengths = st.floats(-50, 50)
quaternions = st.tuples(*[st.floats(-1, 1)] * 4).filter(lambda quat: np.linalg.norm(quat) > 0.1)
poses = st.builds(lambda x, y, z, quat: stored(Pose.of((x, y, z), quat)), lengths, lengths, lengths, quaternions)


@settings(deadline=None, max_examples=150)
@given(poses, st.sampled_from(["mesh.glb", "mesh.obj", "mesh.ply", None]))
def test_a_pose_comes_back_from_y_up_bit_for_bit(pose, name):
    mesh = Path(name) if name else None
    assert pose_from_canonical(canonical_pose(pose, mesh), mesh) == pose


@settings(deadline=None, max_examples=150)
@given(poses)
def test_a_camera_comes_back_from_its_document_bit_for_bit(pose):
    document = extrinsics_of(pose)
    assert pose_of(OurExtrinsics.parse(document.to_json())) == pose
    plain = CameraExtrinsics.parse(document.to_json())  # as others read and write it
    again = pose_of(OurExtrinsics.parse(plain.to_json()))
    np.testing.assert_allclose(again.matrix(), pose.matrix(), atol=1e-8)


@settings(deadline=None, max_examples=50)
@given(poses)
def test_y_up_points_of_the_file_go_where_z_up_points_of_the_mesh_go(pose):
    file_points = np.random.default_rng(0).normal(size=(5, 3))
    world_y_up = canonical_pose(pose, Path("mesh.glb")).apply(file_points)
    np.testing.assert_allclose(world_y_up @ TURN.T, pose.apply(file_points @ TURN.T), atol=1e-6)


def test_half_turns_are_stored_with_one_sign():
    for sign in (1e-17, -1e-17):
        assert stored(Pose.of((0, 0, 0), (sign, 0, 0, 1))) == stored(Pose.of((0, 0, 0), (sign, 0, 0, -1)))


def test_a_native_reconstruction_is_written_and_read_back_the_same(tmp_path):
    native = read_reconstruction(NativeFolder(tmp_path / "in", np.radians(23)).write(), "demo")
    native.skipped["sofa__(1, 2)"] = "no mesh"
    write_canonical(native, tmp_path / "regen3d")
    assert_same(read_reconstruction(tmp_path, "demo"), native)
    info = json.loads((tmp_path / "regen3d/scene_info.json").read_text())
    assert (info["scale"], info["meters_per_unit"], info["generated_at"]) == ("unknown", 1.0, "unrecorded")
    assert info["image_size"] == [1280, 720]


def test_meshes_are_copied_byte_for_byte(tmp_path):
    native = read_reconstruction(NativeFolder(tmp_path / "in").write(), "demo")
    write_canonical(native, tmp_path / "regen3d")
    for item in native.objects:
        copy = tmp_path / "regen3d/objects" / item.object_id / "mesh.glb"
        assert copy.read_bytes() == item.mesh.read_bytes()


def test_the_same_reconstruction_gives_the_same_bytes_also_in_place(tmp_path):
    native = read_reconstruction(NativeFolder(tmp_path / "in").write(), "demo")
    write_canonical(native, tmp_path / "regen3d")
    first = tree_bytes(tmp_path / "regen3d")
    assert len(first) > 15
    again = read_reconstruction(tmp_path, "demo")
    (tmp_path / "regen3d/objects/stale").mkdir()
    write_canonical(again, tmp_path / "regen3d")
    assert tree_bytes(tmp_path / "regen3d") == first
    assert not (tmp_path / "regen3d/objects/stale").exists()
    assert not (tmp_path / ".regen3d.part").exists()


def test_documents_follow_the_contract_and_bounds_are_those_of_the_points(tmp_path):
    native = read_reconstruction(NativeFolder(tmp_path / "in").write(), "demo")
    write_canonical(native, tmp_path / "regen3d")
    ReconstructionInfo.read(tmp_path / "regen3d/scene_info.json")
    for item in native.objects:
        folder = tmp_path / "regen3d/objects" / item.object_id
        pose = ReconstructedPose.read(folder / "pose.json")
        bounds = ReconstructedBounds.read(folder / "bounds.json")
        loaded = trimesh.load(folder / "mesh.glb", process=False, force="mesh")
        points = trimesh.transform_points(loaded.vertices, np.array(pose.transform_matrix))
        np.testing.assert_allclose([bounds.min, bounds.max], [points.min(axis=0), points.max(axis=0)], atol=1e-6)
        np.testing.assert_allclose(bounds.size, np.subtract(bounds.max, bounds.min), atol=1e-6)


@pytest.mark.parametrize("frame", ["y_up", "z_up"])
def test_a_tree_of_others_is_read_in_either_frame(tmp_path, frame):
    tree = CanonicalTree(tmp_path, frame=frame)
    read = read_reconstruction(tree.write(), "demo")
    assert (read.gravity, read.environment, read.method, read.meters_per_unit) == ("given", "kitchen", "test", 1.0)
    for thing in tree.things:
        item = named(read, thing)
        np.testing.assert_allclose(world_box(read, item), box(thing.world()), atol=1e-5)
    assert read.skipped == {}
    assert read.notes == []


def test_an_obj_is_in_the_frame_of_the_tree(tmp_path):
    tree = CanonicalTree(tmp_path, things=[Thing("seat", l_shape(), (1, 2, 0), 0.5)])
    tree.write()
    folder = tmp_path / "objects/seat"
    mesh = trimesh.load(folder / "mesh.glb", process=False, force="mesh")
    (folder / "mesh.obj").write_text(trimesh.exchange.obj.export_obj(mesh))
    (folder / "mesh.glb").unlink()
    read = read_reconstruction(tmp_path, "demo")
    assert read.objects[0].mesh.suffix == ".obj"
    np.testing.assert_allclose(world_box(read, read.objects[0]), box(tree.things[0].world()), atol=1e-5)
    write_canonical(read, tmp_path / "copy/regen3d")
    assert_same(read_reconstruction(tmp_path / "copy", "demo"), read)


def test_an_objs_materials_go_with_it(tmp_path):
    tree = CanonicalTree(tmp_path / "in", things=[Thing("crate", block())])
    tree.write()
    folder = tmp_path / "in/objects/crate"
    (folder / "mesh.glb").unlink()
    (folder / "textures").mkdir()
    Image.new("RGB", (4, 4), (255, 0, 0)).save(folder / "textures/red.png")
    (folder / "m.mtl").write_text("newmtl a\nKd 1 1 1\nmap_Kd textures/red.png\nmap_Bump ../../../../etc/passwd\n")
    corners = [(x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 1)]
    faces = [(1, 2, 4), (1, 4, 3), (5, 7, 8), (5, 8, 6), (1, 5, 6), (1, 6, 2), (3, 4, 8), (3, 8, 7)]
    lines = ["mtllib m.mtl", *(f"v {x} {y} {z}" for x, y, z in corners), "vt 0 0", "vt 1 0", "vt 1 1", "usemtl a"]
    lines += [f"f {a}/1 {b}/2 {c}/3" for a, b, c in faces]
    (folder / "mesh.obj").write_text("\n".join(lines) + "\n")
    write_canonical(read_reconstruction(tmp_path / "in", "demo"), tmp_path / "out")
    copied = {path.relative_to(tmp_path / "out/objects/crate").as_posix() for path in files(tmp_path / "out/objects")}
    assert {"mesh.obj", "m.mtl", "textures/red.png"} <= copied
    assert not any("passwd" in name for name in copied)
    material = json.loads((tmp_path / "out/objects/crate/material.json").read_text())
    assert material["base_color"] == pytest.approx([1, 0, 0], abs=0.02)
    assert material["material_type"] == "unknown"


def test_a_stated_material_type_is_kept_and_the_colour_is_the_meshs(tmp_path):
    tree = CanonicalTree(tmp_path / "in", things=[Thing("crate", block())])
    tree.write()
    tree.write_json(
        "objects/crate/material.json",
        {"base_color": [0, 0, 0], "metallic": 0, "roughness": 1, "material_type": "wood"},
    )
    painted = block()
    painted.visual = trimesh.visual.TextureVisuals(
        material=trimesh.visual.material.PBRMaterial(baseColorFactor=[0, 0, 255, 255], roughnessFactor=0.25)
    )
    (tmp_path / "in/objects/crate/mesh.glb").write_bytes(painted.export(file_type="glb"))
    read = read_reconstruction(tmp_path / "in", "demo")
    assert read.objects[0].material_type == "wood"
    write_canonical(read, tmp_path / "out")
    material = json.loads((tmp_path / "out/objects/crate/material.json").read_text())
    assert (material["material_type"], material["roughness"]) == ("wood", 0.25)
    assert material["base_color"] == [0, 0, 1]


def test_a_matrix_that_disagrees_counts_and_it_is_noted(tmp_path):
    tree = CanonicalTree(tmp_path)
    tree.write()
    tree.write_thing(tree.things[0], translation=[9.0, 0.0, 0.0])
    read = read_reconstruction(tmp_path, "demo")
    np.testing.assert_allclose(world_box(read, named(read, tree.things[0])), box(tree.things[0].world()), atol=1e-5)
    assert any("transform_matrix disagrees" in note for note in read.notes)


UNEVEN = np.diag([1, 1.05, 1, 1]).tolist()
MIRROR = np.diag([-1, 1, 1, 1]).tolist()
SHEAR = [[1, 0.5, 0, 0], [0, 0.866, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
COLUMN_MAJOR = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [1, 2, 3, 1]]


@pytest.mark.parametrize(
    ("matrix", "reason"),
    [
        (UNEVEN, "scaled differently"),
        (MIRROR, "mirrors"),
        (SHEAR, "shears"),
        (COLUMN_MAJOR, "row by row"),
        (np.diag([1, 0, 1, 1]).tolist(), "to nothing"),
        (np.diag([1e9, 1e9, 1e9, 1]).tolist(), "over 1e6"),
        ([[1, 0], [0, 1]], "not a valid"),
    ],
)
def test_what_no_rigid_body_can_have_skips_the_object(tmp_path, matrix, reason):
    tree = CanonicalTree(tmp_path)
    tree.write()
    tree.write_thing(tree.things[0], transform_matrix=matrix)
    read = read_reconstruction(tmp_path, "demo")
    assert reason in read.skipped["armchair"]
    assert len(read.objects) == 2


def test_a_scale_that_is_uneven_by_less_than_a_hundredth_is_one_scale(tmp_path):
    tree = CanonicalTree(tmp_path)
    tree.write()
    tree.write_thing(tree.things[0], transform_matrix=np.diag([1, 1.008, 1, 1]).tolist())
    read = read_reconstruction(tmp_path, "demo")
    assert named(read, tree.things[0]).scale == pytest.approx(1.0027, abs=1e-3)


@pytest.mark.parametrize("missing", ["mesh.glb", "pose.json"])
def test_a_missing_file_skips_the_object_and_names_it(tmp_path, missing):
    CanonicalTree(tmp_path).write()
    (tmp_path / "objects/armchair" / missing).unlink()
    read = read_reconstruction(tmp_path, "demo")
    assert missing in read.skipped["armchair"]
    assert len(read.objects) == 2


def test_the_first_mesh_name_counts(tmp_path):
    CanonicalTree(tmp_path).write()
    folder = tmp_path / "objects/armchair"
    (folder / "mesh.glb").rename(folder / "asset.glb")
    read = read_reconstruction(tmp_path, "demo")
    assert {item.mesh.name for item in read.objects} == {"asset.glb", "mesh.glb"}


@pytest.mark.parametrize("scale", [1e-8, 9e5])
def test_a_thing_that_fits_in_no_room_is_skipped(tmp_path, scale):
    tree = CanonicalTree(tmp_path)
    tree.write()
    tree.write_thing(replace(tree.things[0], scale=scale))
    assert "armchair" in read_reconstruction(tmp_path, "demo").skipped


def test_a_broken_label_is_a_note_and_the_id_tells(tmp_path):
    CanonicalTree(tmp_path).write()
    (tmp_path / "objects/coffee_mug/label.json").write_text('{"label": 7}')
    read = read_reconstruction(tmp_path, "demo")
    assert {item.label for item in read.objects} == {"armchair", "dining table", "coffee mug"}
    assert any("its label is not known" in note for note in read.notes)


def test_a_broken_mesh_skips_the_object(tmp_path):
    CanonicalTree(tmp_path).write()
    (tmp_path / "objects/armchair/mesh.glb").write_bytes(b"glTF but not really, and too short")
    assert "mesh.glb" in read_reconstruction(tmp_path, "demo").skipped["armchair"]


def test_a_tree_without_objects_is_refused(tmp_path):
    CanonicalTree(tmp_path, things=[]).write()
    with pytest.raises(InputError, match="no object"):
        read_reconstruction(tmp_path, "demo")


def test_another_frame_is_refused_with_what_to_do(tmp_path):
    CanonicalTree(tmp_path, frame="opencv").write()
    with pytest.raises(InputError, match=r"'opencv'.*Remedy: turn the poses"):
        read_reconstruction(tmp_path, "demo")


@pytest.mark.parametrize(
    ("key", "value"), [("meters_per_unit", 0), ("confidence", 2), ("image_size", [0, 1]), ("scene_id", None)]
)
def test_a_wrong_scene_info_is_refused_by_its_key(tmp_path, key, value):
    tree = CanonicalTree(tmp_path)
    tree.write()
    tree.write_json("scene_info.json", tree.info() | {key: value})
    with pytest.raises(ContractError, match=key):
        read_reconstruction(tmp_path, "demo")


def test_folder_names_that_are_no_identifiers_become_some(tmp_path):
    tree = CanonicalTree(tmp_path, things=[Thing("7", block()), Thing("n7", block()), Thing("a mug", block())])
    read = read_reconstruction(tree.write(), "demo")
    assert sorted((item.object_id, item.source_name) for item in read.objects) == [
        ("a_mug", "a mug"),
        ("n7", "n7"),
        ("n7_2", "7"),
    ]


def test_a_floor_elsewhere_is_brought_to_zero_by_what_touches_it(tmp_path):
    tree = CanonicalTree(tmp_path, floor=-1.2)
    read = read_reconstruction(tree.write(), "demo")
    np.testing.assert_allclose(world_box(read, named(read, tree.things[1]))[0, 2], 0, atol=1e-5)
    assert any("raised by 1.2" in note for note in read.notes)
    write_canonical(read, tmp_path / "out")
    assert_same(read_reconstruction(tmp_path / "out", "demo"), read)


def test_a_claimed_unit_is_kept(tmp_path):
    tree = CanonicalTree(tmp_path)
    tree.write()
    tree.write_json("scene_info.json", tree.info() | {"meters_per_unit": 0.37})
    read = read_reconstruction(tmp_path, "demo")
    assert read.meters_per_unit == 0.37
    write_canonical(read, tmp_path / "out")
    info = json.loads((tmp_path / "out/scene_info.json").read_text())
    assert (info["meters_per_unit"], info["scale"]) == (0.37, "claimed")
    assert info["generated_at"] == "2025-01-01T00:00:00Z"  # the source said when


def test_background_and_camera_are_optional_and_a_broken_one_is_a_note(tmp_path):
    tree = CanonicalTree(tmp_path)
    tree.write()
    read = read_reconstruction(tmp_path, "demo")
    assert (read.background, read.camera) == (None, None)
    (tmp_path / "background").mkdir()
    (tmp_path / "background/mesh.glb").write_bytes(b"rubbish")
    tree.write_json("camera/intrinsics.json", {"matrix": [[1, 0, 0], [0, 1, 0], [0, 0, 1]], "width": 4, "height": 3})
    tree.write_json("camera/extrinsics.json", {"matrix": np.diag([2, 2, 2, 1]).tolist()})
    read = read_reconstruction(tmp_path, "demo")
    assert (read.background, read.camera) == (None, None)
    assert any("background is not used" in note for note in read.notes)
    assert any("camera is not known" in note for note in read.notes)


def test_a_camera_that_looks_along_minus_z_looks_level_in_a_z_up_world(tmp_path):
    tree = CanonicalTree(tmp_path)
    tree.write()
    extrinsics = np.eye(4)
    extrinsics[:3, :3] = Rotation.from_euler("y", 90, degrees=True).as_matrix()
    extrinsics[:3, 3] = (1, 1.5, 2)
    tree.write_json("camera/intrinsics.json", {"matrix": [[9, 0, 2], [0, 9, 1], [0, 0, 1]], "width": 4, "height": 2})
    tree.write_json("camera/extrinsics.json", {"matrix": extrinsics.tolist()})
    read = read_reconstruction(tmp_path, "demo")
    assert read.camera is not None
    pose = read.camera.pose_world_camera
    np.testing.assert_allclose(pose.position, (1, -2, 1.5), atol=1e-9)
    rotation = pose.matrix()[:3, :3]
    np.testing.assert_allclose(rotation @ (0, 1, 0), (0, 0, 1), atol=1e-9)  # the picture's up is the world's
    np.testing.assert_allclose(rotation @ (0, 0, -1), (-1, 0, 0), atol=1e-9)


@pytest.mark.parametrize("name", ["objects/armchair/mesh.glb", "objects/armchair/pose.json", "scene_info.json"])
def test_a_link_that_leaves_the_tree_is_refused(tmp_path, name):
    CanonicalTree(tmp_path / "in").write()
    path = tmp_path / "in" / name
    path.rename(tmp_path / "outside")
    path.symlink_to(tmp_path / "outside")
    with pytest.raises(UnsafePathError, match="leaves the folder"):
        read_reconstruction(tmp_path / "in", "demo")


def test_an_object_id_that_leaves_the_folder_is_not_written(tmp_path):
    read = read_reconstruction(CanonicalTree(tmp_path / "in").write(), "demo")
    broken = replace(read, objects=[replace(read.objects[0], object_id="../../evil")])
    with pytest.raises(InputError, match="evil"):
        write_canonical(broken, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_two_objects_of_one_id_are_not_written(tmp_path):
    read = read_reconstruction(CanonicalTree(tmp_path / "in").write(), "demo")
    with pytest.raises(InputError, match="occur twice"):
        write_canonical(replace(read, objects=[read.objects[0]] * 2), tmp_path / "out")


def test_a_mesh_that_is_gone_leaves_the_old_tree_whole(tmp_path):
    read = read_reconstruction(CanonicalTree(tmp_path / "in").write(), "demo")
    write_canonical(read, tmp_path / "out")
    before = tree_bytes(tmp_path / "out")
    (tmp_path / "in/objects/dining_table/mesh.glb").unlink()
    with pytest.raises(InputError):
        write_canonical(read, tmp_path / "out")
    assert tree_bytes(tmp_path / "out") == before
    assert not (tmp_path / ".out.part").exists()


def named(read: Reconstruction, thing: Thing) -> ReconstructedObject:
    return next(item for item in read.objects if item.source_name == thing.name.split("__")[0])


def assert_same(read: Reconstruction, other: Reconstruction) -> None:
    """Equal but for the folder that they are in."""
    assert [replace(item, mesh=Path(item.mesh.suffix)) for item in read.objects] == [
        replace(item, mesh=Path(item.mesh.suffix)) for item in other.objects
    ]
    for name in ("scene_id", "environment", "method", "gravity", "tilt_rad", "meters_per_unit", "confidence"):
        assert getattr(read, name) == getattr(other, name), name
    for name in ("pose_world_background", "scale_background", "skipped", "notes"):
        assert getattr(read, name) == getattr(other, name), name
    assert (read.background is None) == (other.background is None)
    assert (read.camera is None) == (other.camera is None)
    if read.camera and other.camera:
        np.testing.assert_array_equal(read.camera.matrix, other.camera.matrix)
        assert read.camera.pose_world_camera == other.camera.pose_world_camera


def world_box(read: Reconstruction, item: ReconstructedObject) -> np.ndarray:
    points = np.concatenate([part.mesh.vertices for part in load_parts(item.mesh, read.root)])
    return box(item.pose_world_mesh.apply(item.scale * points))


def box(points: np.ndarray) -> np.ndarray:
    return np.array([points.min(axis=0), points.max(axis=0)])


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def tree_bytes(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files(folder)}
