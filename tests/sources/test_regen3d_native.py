"""The output folder of 3D-RE-GEN, read: poses, gravity, what is left out and why."""

import numpy as np
import pytest
import trimesh
from regen3d_folders import NativeFolder, Thing, block, default_things, l_shape, y_up_glb

from blueprint.contracts.errors import InputError, UnsafePathError
from blueprint.sources.imported.mesh_file import load_parts
from blueprint.sources.regen3d.names import is_background, leans, object_ids, parse_name
from blueprint.sources.regen3d.native_environment import guess_environment
from blueprint.sources.regen3d.read import read_reconstruction
from blueprint.sources.regen3d.reconstruction import ReconstructedObject, Reconstruction


@pytest.mark.parametrize("pitch_deg", [0, 15, 40])
@pytest.mark.parametrize("heading", [0.0, 0.4])
def test_things_are_where_they_were_whatever_the_cameras_pitch(tmp_path, pitch_deg, heading):
    folder = NativeFolder(tmp_path, np.radians(pitch_deg), heading)
    read = read_reconstruction(folder.write(), "demo")
    assert (read.gravity, read.meters_per_unit, read.method) == ("plane", None, "3d-re-gen")
    assert read.tilt_rad == pytest.approx(np.radians(pitch_deg), abs=1e-6)
    assert len(read.objects) == 3
    for thing in folder.things:
        item = named(read, thing.name)
        assert item.fit == "vertices"
        assert item.residual < 1e-5
        np.testing.assert_allclose(world_box(read, item), box(thing.world()), atol=2e-5)
        assert item.scale == pytest.approx(thing.scale, rel=1e-5)
    assert read.camera is not None
    np.testing.assert_allclose(read.camera.pose_world_camera.position, (0, 0, 1.5), atol=1e-5)
    look = read.camera.pose_world_camera.matrix()[:3, :3] @ (0, 0, -1)
    assert look[2] == pytest.approx(-np.sin(np.radians(pitch_deg)), abs=1e-5)
    np.testing.assert_allclose(read.camera.matrix, [[900, 0, 640], [0, 900, 360], [0, 0, 1]])


def test_a_point_of_the_canonical_mesh_lands_on_the_posed_one(tmp_path):
    folder = NativeFolder(tmp_path, unit=0.4)
    read = read_reconstruction(folder.write(), "demo")
    for thing in folder.things:
        item = named(read, thing.name)
        points = np.concatenate([part.mesh.vertices for part in load_parts(item.mesh, read.root)])
        placed = item.pose_world_mesh.apply(item.scale * points) * folder.unit
        tree = trimesh.Trimesh(thing.world(), thing.mesh.faces).vertices
        assert np.abs(placed[:, None] - tree[None]).sum(axis=2).min(axis=1).max() < 1e-4


@pytest.mark.parametrize("wanted", [("plane", "floor"), ("floor",), ()])
def test_gravity_comes_from_the_best_that_there_is(tmp_path, wanted):
    folder = NativeFolder(tmp_path, np.radians(25))
    read = read_reconstruction(folder.write(plane="plane" in wanted, floor="floor" in wanted), "demo")
    expected = {2: ("plane", 1e-4), 1: ("floor_points", 0.2), 0: ("object_axes", 1e-3)}[len(wanted)]
    assert read.gravity == expected[0]
    assert np.degrees(abs(read.tilt_rad - np.radians(25))) < expected[1]
    chair = named(read, "armchair__(300, 400)")
    assert world_box(read, chair)[0, 2] == pytest.approx(0, abs=0.02)
    assert chair.is_floor_contact
    assert not named(read, "coffee_mug__(530, 300)").is_floor_contact


def test_without_floor_and_furniture_up_is_the_cameras(tmp_path):
    folder = NativeFolder(tmp_path, np.radians(10), things=[default_things()[2]])
    read = read_reconstruction(folder.write(plane=False, floor=False, background=False), "demo")
    assert (read.gravity, read.tilt_rad) == ("camera_up", 0.0)
    assert world_box(read, read.objects[0])[0, 2] == pytest.approx(0, abs=0.05)
    assert any("nothing tells how the camera was pitched" in note for note in read.notes)


def test_a_steep_plane_is_not_the_floor_and_the_points_are_asked(tmp_path):
    folder = NativeFolder(tmp_path, np.radians(20))
    folder.write()
    grid = np.random.default_rng(0).uniform(-2, 2, (400, 3)) * (1, 0, 1) + (0, 5, 0)
    folder.write_cloud("PLANE_SAMPLED.ply", grid)
    read = read_reconstruction(tmp_path, "demo")
    assert read.gravity == "floor_points"
    assert any("steeper than 60°" in note for note in read.notes)


def test_a_damaged_plane_file_is_a_note_and_the_points_are_asked(tmp_path):
    NativeFolder(tmp_path).write()
    (tmp_path / "output/pointclouds/PLANE_SAMPLED.ply").write_bytes(b"ply\nformat ascii 1.0\nelement vertex 9\n")
    read = read_reconstruction(tmp_path, "demo")
    assert read.gravity == "floor_points"
    assert any("PLANE_SAMPLED.ply is not used" in note for note in read.notes)


def test_other_vertices_are_placed_by_the_box_and_it_is_said(tmp_path):
    folder = NativeFolder(tmp_path, np.radians(15))
    folder.write()
    thing = folder.things[0]
    world = trimesh.Trimesh(thing.world(), thing.mesh.faces, process=False)
    folder.write_thing(thing, posed=world.subdivide())
    read = read_reconstruction(tmp_path, "demo")
    item = named(read, thing.name)
    assert item.fit == "oriented_box"
    assert 0 < item.residual < 0.02
    assert item.confidence < 1
    np.testing.assert_allclose(world_box(read, item), box(thing.world()), atol=0.03)
    assert any("vertices do not correspond" in note for note in read.notes)


def test_without_its_canonical_mesh_a_thing_is_its_placed_mesh(tmp_path):
    folder = NativeFolder(tmp_path)
    folder.write()
    thing = folder.things[1]
    (tmp_path / "output/3D" / thing.name / f"{thing.name}.glb").unlink()
    read = read_reconstruction(tmp_path, "demo")
    item = named(read, thing.name)
    assert (item.fit, item.scale, item.mesh.parent.name) == ("given", 1.0, "glb")
    np.testing.assert_allclose(world_box(read, item), box(thing.world()), atol=1e-4)


def test_without_its_placed_mesh_a_thing_is_skipped_and_the_reason_said(tmp_path):
    folder = NativeFolder(tmp_path)
    folder.write()
    (tmp_path / "output/glb" / f"{folder.things[0].name}.glb").unlink()
    pictures = tmp_path / "output/findings/fullSize"
    pictures.mkdir(parents=True)
    (pictures / "vase__(10, 20).png").touch()
    read = read_reconstruction(tmp_path, "demo")
    assert "never placed" in read.skipped[folder.things[0].name]
    assert "detected but not reconstructed" in read.skipped["vase__(10, 20)"]
    assert len(read.objects) == 2


def test_parts_of_the_room_are_no_objects_and_doors_are_noted(tmp_path):
    folder = NativeFolder(tmp_path)
    folder.things += [Thing("wooden_floor__(1, 2)", block()), Thing("front_door__(3, 4)", block((0.9, 0.1, 2)))]
    folder.things += [Thing("floor_lamp__(5, 6)", block((0.2, 0.2, 1.5)), (1.5, 2, 0))]
    read = read_reconstruction(folder.write(), "demo")
    assert {item.label for item in read.objects} == {"armchair", "dining table", "coffee mug", "floor lamp"}
    assert read.skipped["front_door__(3, 4)"].startswith("a part of the room")
    assert any("front door at (3, 4) px" in note for note in read.notes)


def test_whole_scenes_and_other_names_are_no_objects(tmp_path):
    folder = NativeFolder(tmp_path)
    folder.write()
    glb = (tmp_path / "output/glb" / f"{folder.things[0].name}.glb").read_bytes()
    (tmp_path / "output/glb/scene").mkdir()
    for name in ("combined_scene", "scene/combined_scene", "chair (1)", "..__(3, 4)", "night_scene__(1, 1)"):
        (tmp_path / "output/glb" / f"{name}.glb").write_bytes(glb)
    read = read_reconstruction(tmp_path, "demo")
    assert sorted(item.object_id for item in read.objects)[-1] == "item_3_4"  # '..' is a label like another
    assert "form <label>__(<x>, <y>)" in read.skipped["chair (1)"]
    assert "combined_scene" not in read.skipped
    assert "night_scene__(1, 1)" in read.skipped


def test_things_that_stand_on_things_lose_the_cameras_pitch(tmp_path):
    # What is not on the floor keeps the camera's up: with a camera pitched by 25° a mug is tilted by 25°.
    folder = NativeFolder(tmp_path, np.radians(25))
    folder.write()
    mug = folder.things[2]
    rotation, _ = folder.camera_from_world()
    up = rotation.T @ (0, 1, 0)
    turn = trimesh.geometry.align_vectors((0, 0, 1), up)
    center = mug.world().mean(axis=0)
    world = trimesh.Trimesh((mug.world() - center) @ turn[:3, :3].T + center, mug.mesh.faces, process=False)
    folder.write_thing(mug, posed=world)
    read = read_reconstruction(tmp_path, "demo")
    item = named(read, mug.name)
    np.testing.assert_allclose(item.pose_world_mesh.matrix()[:3, 2], (0, 0, 1), atol=1e-6)
    assert any("the camera's pitch" in note for note in read.notes)


def test_a_mesh_with_nan_is_skipped_by_name(tmp_path):
    folder = NativeFolder(tmp_path)
    folder.write()
    broken = l_shape()
    broken.vertices[3] = np.nan
    (tmp_path / "output/glb" / f"{folder.things[0].name}.glb").write_bytes(y_up_glb(broken))
    read = read_reconstruction(tmp_path, "demo")
    assert "NaN" in read.skipped[folder.things[0].name]


def test_a_link_that_leaves_the_folder_is_refused(tmp_path):
    folder = NativeFolder(tmp_path / "given")
    folder.write()
    target = tmp_path / "given/output/glb" / f"{folder.things[0].name}.glb"
    outside = tmp_path / "outside.glb"
    target.rename(outside)
    target.symlink_to(outside)
    with pytest.raises(UnsafePathError, match="leaves the folder"):
        read_reconstruction(tmp_path / "given", "demo")


def test_a_linked_folder_that_leaves_is_refused(tmp_path):
    folder = NativeFolder(tmp_path / "given")
    folder.write()
    (tmp_path / "given/output/pointclouds").rename(tmp_path / "clouds")
    (tmp_path / "given/output/pointclouds").symlink_to(tmp_path / "clouds")
    with pytest.raises(UnsafePathError, match="leaves the folder"):
        read_reconstruction(tmp_path / "given", "demo")


def test_a_folder_without_a_usable_object_is_refused_with_the_reasons(tmp_path):
    folder = NativeFolder(tmp_path, things=[Thing("wall__(3, 4)", block())])
    with pytest.raises(InputError, match=r"no object .* a part of the room"):
        read_reconstruction(folder.write(), "demo")


def test_a_camera_that_cannot_be_read_is_a_note(tmp_path):
    NativeFolder(tmp_path).write()
    path = tmp_path / "output/pre_3D/camera.npz"
    np.savez(path, extrinsic=np.array([{}], object), focal=1.0, image_size=[4, 4])
    read = read_reconstruction(tmp_path, "demo")
    assert read.camera is None
    assert any("the camera is not known" in note and "pickle" in note for note in read.notes)


def test_a_camera_that_unpacks_to_gigabytes_is_a_note(tmp_path):
    NativeFolder(tmp_path).write()
    np.savez_compressed(tmp_path / "output/pre_3D/camera.npz", focal=np.zeros(1 << 21))
    read = read_reconstruction(tmp_path, "demo")
    assert any("unpacks to" in note for note in read.notes)


def test_a_background_without_triangles_still_tells_how_the_room_is_turned(tmp_path):
    folder = NativeFolder(tmp_path, heading=0.3)
    folder.write(background=False, floor=False)
    corners = np.random.default_rng(1).uniform((-2, 0, 0), (2, 5, 0.01), (4000, 3))
    folder.write_cloud("meshed/ground_aligned.ply", corners)
    read = read_reconstruction(tmp_path, "demo")
    assert read.background is None
    assert any("no triangles" in note for note in read.notes)
    np.testing.assert_allclose(
        world_box(read, named(read, folder.things[1].name)), box(folder.things[1].world()), atol=0.05
    )


def test_a_broken_background_is_a_note(tmp_path):
    NativeFolder(tmp_path).write()
    (tmp_path / "output/pointclouds/meshed/ground_aligned.glb").write_bytes(b"rubbish")
    read = read_reconstruction(tmp_path, "demo")
    assert read.background is None
    assert any("the background is not used" in note for note in read.notes)


def test_the_room_is_told_by_its_things(tmp_path):
    folder = NativeFolder(tmp_path)
    folder.things = [
        Thing(f"{label}__(1, {i})", block(), (i, 2, 0)) for i, label in enumerate(["stove", "fridge", "pan"])
    ]
    assert read_reconstruction(folder.write(), "demo").environment == "kitchen"
    other = NativeFolder(tmp_path / "other", things=[Thing("thingummy__(1, 1)", block(), (0, 2, 0))])
    read = read_reconstruction(other.write(), "demo")
    assert read.environment == "unknown"
    assert any("do not say what kind of room" in note for note in read.notes)


@pytest.mark.parametrize(
    ("room", "labels"),
    [
        (
            "office",
            ["desk", "office chair", "laptops", "mug", "mug", "mug", "plate", "glass", "chair"],
        ),
        ("warehouse", ["pallet racks", "pallet", "box", "crates", "stool", "toolbox", "workbench", "barrel", "pallet"]),
        (
            "kitchen",
            ["counter", "chair", "dining table", "plate", "bowl of apples", "dark stove", "thingummy"],
        ),
        ("living_room", ["sofa", "coffee table", "television", "cushion", "mug"]),
    ],
)
def test_kinds_of_things_vote_for_a_room_once_each(room, labels):
    environment, note = guess_environment(labels)
    assert environment == room
    assert "is a guess" in note


def test_the_same_folder_gives_the_same_reconstruction(tmp_path):
    NativeFolder(tmp_path).write(plane=False)
    first, second = read_reconstruction(tmp_path, "demo"), read_reconstruction(tmp_path, "demo")
    assert first.objects == second.objects
    assert first.notes == second.notes


def test_names_are_parsed_as_they_are_written():
    parsed = parse_name("plant_in_pot__(512, 433)")
    assert parsed is not None
    assert (parsed.label, parsed.center_px) == ("plant in pot", (512, 433))
    for name in ("plant", "plant__(1,2)", "__(1, 2)", "plant__(1, 2).png", "plant__(-1, 2)", "plant__(1, 99999999999)"):
        assert parse_name(name) is None, name


def test_object_ids_are_identifiers_and_differ():
    names = [parse_name(name) for name in ("mug__(1, 2)", "Mug__(1, 2)", "mug!__(1, 2)", "2nd mug__(1, 2)")]
    ids = object_ids([name for name in names if name])
    assert sorted(ids.values()) == ["mug_1_2", "mug_1_2_2", "mug_1_2_3", "n2nd_mug_1_2"]


@pytest.mark.parametrize("label", ["floor", "Wooden floor", "walls", "ceiling", "sliding door", "windows", "room"])
def test_parts_of_the_room(label):
    assert is_background(label)


@pytest.mark.parametrize("label", ["floor lamp", "wall clock", "window blind", "door mat", "roomba", "mug"])
def test_things_named_after_parts_of_the_room(label):
    assert not is_background(label)


def test_what_leans():
    assert leans("old broom")
    assert leans("books")
    assert not leans("mug")


def named(read: Reconstruction, name: str) -> ReconstructedObject:
    return next(item for item in read.objects if item.source_name == name)


def world_box(read: Reconstruction, item: ReconstructedObject) -> np.ndarray:
    points = np.concatenate([part.mesh.vertices for part in load_parts(item.mesh, read.root)])
    return box(item.pose_world_mesh.apply(item.scale * points))


def box(points: np.ndarray) -> np.ndarray:
    return np.array([points.min(axis=0), points.max(axis=0)])
