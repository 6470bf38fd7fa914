"""Made reconstructions: what the folder holds, that it is what the truth says, and that it is as wrong as asked."""

import io
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import trimesh

from blueprint.assets.registry import AssetRequest, generate
from blueprint.contracts.errors import InputError, StageError
from blueprint.contracts.frames import Pose, quat_wxyz_from_axis_angle, quat_wxyz_from_yaw
from blueprint.contracts.reconstruction_truth import ReconstructionTruth
from blueprint.contracts.seeds import rng_for
from blueprint.sources.imported.scene import ImportedObject, ImportedScene, write_imported
from blueprint.sources.imported.shell import RoomRectangle
from blueprint.sources.regen3d.read import read_reconstruction
from blueprint.sources.regen3d.synthesis import synthesise, truth_of
from blueprint.sources.regen3d.synthesis.camera import Photo, RayScene, choose_eye
from blueprint.sources.regen3d.synthesis.canonical import write_canonical_form
from blueprint.sources.regen3d.synthesis.damage import decimated, waved, welded, without_piece
from blueprint.sources.regen3d.synthesis.native import write_native
from blueprint.sources.regen3d.synthesis.noise import NOISE
from blueprint.sources.regen3d.synthesis.room import TrueRoom, prompt_of, read_room
from blueprint.sources.regen3d.synthesis.run import Run, photograph, run_on

NAME = re.compile(r"^(.+)__\((\d+), (\d+)\)$")


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> TrueRoom:
    """Four pieces of furniture and what is on and in them, 4 m x 4 m; nothing is settled, so it takes no time."""
    placed = [
        ("table", "table_1", (0.0, 0.0, 0.0), 0.0, None, "on", "free"),
        ("base_cabinet", "base_cabinet_1", (1.2, 1.6, 0.0), 0.0, None, "on", "free"),
        ("chair", "chair_1", (-0.9, 0.1, 0.0), 1.2, None, "on", "free"),
        ("drawer_unit", "drawer_unit_1", (-1.4, 1.6, 0.0), 0.2, None, "on", "free"),
        ("wall_cabinet", "wall_cabinet_1", (0.2, 1.8, 1.4), 0.0, None, "on", "wall"),
        ("mug", "mug_1", (0.25, 0.1, 0.0), 0.4, "table_1", "on", "free"),
        ("bowl", "bowl_1", (-0.15, -0.1, 0.0), 0.0, "table_1", "on", "free"),
        ("apple", "apple_1", (-0.15, -0.1, 0.02), 0.0, "bowl_1", "in", "free"),
        ("microwave", "microwave_1", (1.2, 1.6, 0.0), 0.1, "base_cabinet_1", "on", "free"),
    ]
    tops: dict[str, float] = {}
    objects = []
    for category, object_id, (x, y, z), yaw, parent, relation, mounting in placed:
        asset = generate(AssetRequest(category=category, seed=3))
        asset = replace(asset, model=asset.model.model_copy(update={"asset_id": object_id}))
        base = z + (tops[parent] if parent and relation == "on" else tops.get(f"floor of {parent}", 0.0))
        tops[object_id], tops[f"floor of {object_id}"] = base + asset.model.size_m[2], base + 0.01
        pose = Pose.of((x, y, base), quat_wxyz_from_yaw(yaw))
        objects.append(ImportedObject(object_id, asset, pose, category, parent, relation, mounting))  # type: ignore[arg-type]
    rooms = [RoomRectangle("room", "kitchen", -2.0, -2.0, 4.0, 4.0, 2.6)]
    folder = tmp_path_factory.mktemp("true_room")
    write_imported(ImportedScene("test", "a small kitchen", "kitchen", rooms, [], objects), "small", folder)
    return read_room(folder)


@pytest.fixture(scope="module")
def photo(room: TrueRoom) -> Photo:
    return photograph(room, "kitchen", 5)


@pytest.fixture(scope="module")
def low(room: TrueRoom, photo: Photo) -> Run:
    return run_on(room, photo, "kitchen", 5, "low")


@pytest.fixture(scope="module")
def native(low: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("native")
    write_native(low, folder)
    truth_of(low, "native").write(folder / "truth.json")
    return folder


def vertices(path: Path) -> np.ndarray:
    loaded = trimesh.load_scene(io.BytesIO(path.read_bytes()), file_type="glb", process=False)
    for node in loaded.graph.nodes_geometry:
        np.testing.assert_array_equal(loaded.graph[node][0], np.eye(4))
    return np.concatenate([loaded.geometry[name].vertices for name in sorted(loaded.geometry)])


def similarity(source: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, float]:
    """The best matrix of rotation, uniform scale and translation, and the largest distance that it leaves."""
    matrix = trimesh.registration.procrustes(source, target, reflection=False)[0]
    return matrix, float(np.abs(trimesh.transform_points(source, matrix) - target).max())


def test_a_native_folder_holds_what_a_run_leaves_behind(native: Path, low: Run) -> None:
    output = native / "output"
    for name in (
        "pre_3D/camera.npz", "pre_3D/camera_emptyRoom.npz", "pre_3D/scene_vggt.ply", "findings/depth.png",
        "vggt/sparse/image_list.txt", "vggt/sparse/points.ply", "pointclouds/PLANE_SAMPLED.ply",
        "pointclouds/FLOOR_RESIDUALS.ply", "pointclouds/FLOOR.ply", "pointclouds/meshed/ground_aligned.ply",
        "pointclouds/meshed/ground_aligned.glb", "glb/scene/combined_scene.glb",
    ):  # fmt: skip
        assert (output / name).is_file(), name
    assert (native / "tmp" / "converted_from_webp.png").is_file()
    truth = ReconstructionTruth.read(native / "truth.json")
    assert len(truth.objects) >= 7
    for item in truth.objects:
        assert NAME.match(item.name)
        for name in (
            f"3D/{item.name}/{item.name}.glb", f"glb/{item.name}.glb", f"pointclouds/{item.name}.ply",
            f"masks/{item.name}.png", f"findings/fullSize/{item.name}.png", f"findings/cropped/{item.name}.png",
        ):  # fmt: skip
            assert (output / name).is_file(), name
    assert len(list((output / "masks").glob("floor__*.png"))) == 1
    for missing in truth.left_out:
        assert not list(native.glob(missing.rstrip("/")))


def test_canonical_and_posed_meshes_correspond_vertex_by_vertex_at_low_noise(native: Path) -> None:
    for item in ReconstructionTruth.read(native / "truth.json").objects:
        canonical = vertices(native / "output" / "3D" / item.name / f"{item.name}.glb")
        posed = vertices(native / "output" / "glb" / f"{item.name}.glb")
        assert len(canonical) == len(posed)
        _, left = similarity(canonical, posed)
        assert left < 2e-6 * max(1.0, float(np.abs(posed).max())), item.name
        assert 0.9 < np.ptp(canonical, axis=0).max() < 1.1


def test_without_noise_posed_meshes_are_the_true_ones_in_the_cameras_frame(low: Run, tmp_path: Path) -> None:
    chosen = [item for item in low.things if item.found.thing.object_id in ("mug_1", "microwave_1", "table_1")]
    true = [replace(item, pose_world_object=item.found.thing.pose_world_object, size_factor=1.0) for item in chosen]
    run = replace(low, things=true)
    write_native(run, tmp_path)
    for item in run.things:
        posed = vertices(tmp_path / "output" / "glb" / f"{item.found.name}.glb") / run.units_per_meter
        back, thing = run.eye.pose_world_camera.apply(posed), item.found.thing
        np.testing.assert_allclose(back, thing.pose_world_object.apply(thing.points()), atol=1e-5)
    assert len(run.things) == 3


def test_the_middle_in_a_name_is_that_of_the_box_of_what_is_seen(native: Path, low: Run) -> None:
    for item in low.things:
        rows, columns = np.nonzero(item.found.mask)
        x, y = (int(value) for value in NAME.match(item.found.name).groups()[1:])  # type: ignore[union-attr]
        assert abs(x - (columns.min() + columns.max()) / 2) <= 1
        assert abs(y - (rows.min() + rows.max()) / 2) <= 1
        pixels = low.eye.project(item.found.thing.centre_world()[None])[0]
        assert np.abs(pixels - (x, y)).max() < 160


def test_the_floor_grid_is_the_plane_that_floor_objects_stand_on(native: Path, low: Run) -> None:
    cloud = trimesh.load(native / "output" / "pointclouds" / "PLANE_SAMPLED.ply").vertices
    assert len(cloud) == 100 * 100
    np.testing.assert_allclose(np.ptp(cloud, axis=0).max(), 6.0, atol=2.5)  # +-3 of the run's units
    normal = np.linalg.svd(cloud - cloud.mean(axis=0), full_matrices=False)[2][2]
    normal *= np.sign(normal[1])
    angle = np.arccos(np.clip(normal @ -np.array(low.gravity_source()), -1, 1))
    np.testing.assert_allclose(angle, low.floor.tilt_rad, atol=1e-4)
    for item in low.things:
        if item.found.thing.parent_id is None and item.found.thing.item.mounting == "free":
            posed = vertices(native / "output" / "glb" / f"{item.found.name}.glb")
            heights = (posed - cloud.mean(axis=0)) @ normal / low.units_per_meter
            assert abs(heights.min()) <= 2.5 * low.noise.contact_m + 1e-5


def test_the_camera_file_has_the_documented_arrays(native: Path, low: Run) -> None:
    with np.load(native / "output" / "pre_3D" / "camera.npz", allow_pickle=False) as camera:
        assert camera["extrinsic"].dtype == np.float32
        assert camera["extrinsic"].shape == (4, 4)
        assert camera["image_size"].dtype == np.int32
        assert camera["image_size"].tolist() == [640, 480]
        width, focal = float(camera["image_size"][0]), float(camera["focal"])
        np.testing.assert_allclose(camera["camera_angle_x"], 2 * np.arctan(width / (2 * focal)), rtol=1e-6)
    height = low.eye.position[2]
    assert 1.4 <= height <= 1.7
    pitch_down = np.arcsin(low.eye.pose_world_camera.matrix()[2, 2])  # its Z axis looks back and up
    assert np.radians(10) - 1e-6 <= pitch_down <= np.radians(30) + 1e-6


def test_reading_the_folder_gives_back_the_true_scene_up_to_the_errors_that_were_made(native: Path, low: Run) -> None:
    read = read_reconstruction(native, "small")
    truth = {item.name: item for item in truth_of(low, "native").objects}
    assert {item.source_name for item in read.objects} == truth.keys()
    assert {item.fit for item in read.objects} == {"vertices"}
    names = sorted(truth)
    by_name = {item.source_name: np.array(item.pose_world_mesh.position) for item in read.objects}
    true = {name: np.array(truth[name].pose_world_object.position) for name in names}
    for a, b in pairwise(names):
        measured = np.linalg.norm((by_name[a] - by_name[b])[:2]) / low.units_per_meter
        assert abs(measured - np.linalg.norm((true[a] - true[b])[:2])) < 0.25


@pytest.mark.slow
def test_the_same_arguments_give_the_same_bytes(room: TrueRoom, native: Path, tmp_path: Path) -> None:
    write_native(run_on(room, photograph(room, "kitchen", 5), "kitchen", 5, "low"), tmp_path)
    again = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert again
    for name, data in again.items():
        assert (native / name).read_bytes() == data, name


def test_the_canonical_tree_says_the_same_as_the_native_folder(low: Run, tmp_path: Path) -> None:
    truth = truth_of(low, "canonical")
    write_canonical_form(low, tmp_path, truth.scene_id)
    read = read_reconstruction(tmp_path, truth.scene_id)
    np.testing.assert_allclose(read.meters_per_unit, 1 / low.units_per_meter, rtol=1e-6)  # low: claimed exactly
    assert {item.object_id for item in read.objects} == {item.name for item in truth.objects}
    np.testing.assert_allclose(truth.gravity_source, (0, -1, 0), atol=0.01)
    frame = {}
    for item, thing in zip(truth.objects, low.things, strict=True):
        entry = next(one for one in read.objects if one.object_id == item.name)
        points = trimesh.load_scene(entry.mesh, process=False).to_geometry().vertices
        turned = np.column_stack([points[:, 0], -points[:, 2], points[:, 1]])
        placed = entry.pose_world_mesh.apply(entry.scale * turned) / low.units_per_meter
        frame[item.name] = (placed.mean(axis=0), thing.posed_world(thing.found.thing.points()).mean(axis=0))
    read_points, made_points = (np.array(part) for part in zip(*frame.values(), strict=True))
    _, left = similarity(made_points, read_points)
    assert left < 1e-3


@pytest.mark.parametrize("level", ["medium", "high"])
def test_the_errors_of_a_level_stay_within_its_bounds(room: TrueRoom, photo: Photo, level: str) -> None:
    noise = NOISE[level]  # type: ignore[index]
    runs = [run_on(room, photo, "kitchen", seed, level) for seed in (1, 2)]  # type: ignore[arg-type]
    made = [item.disturbance for run in runs for item in run.things]
    limit = np.exp(2.5 * noise.size) + 1e-6
    assert all(1 / limit <= item.size_factor <= limit for item in made)
    assert any(item.decimated for item in made)
    assert max(item.moved_m for item in made) > 0.005
    assert max(item.moved_m for item in made) < 2.5 * np.sqrt(noise.along_m**2 + 2 * noise.across_m**2) + 0.3
    assert all(len(run.things) + len(run.unseen) == len(room.things) for run in runs)


def test_more_noise_moves_things_further(room: TrueRoom, photo: Photo, low: Run) -> None:
    high = run_on(room, photo, "kitchen", 5, "high")
    assert high.units_per_meter == low.units_per_meter
    moved = [np.median([item.disturbance.moved_m for item in run.things]) for run in (low, high)]
    assert moved[1] > 3 * moved[0]


def test_damaged_meshes_are_damaged_as_they_say(room: TrueRoom) -> None:
    parts = next(thing for thing in room.things if thing.object_id == "mug_1").parts
    rng = rng_for(0, "damage")
    broken, share = without_piece(parts, 0.2, rng)
    faces = [sum(len(part.mesh.faces) for part in some) for some in (parts, broken, decimated(parts), welded(parts))]
    np.testing.assert_allclose(1 - faces[1] / faces[0], share)
    assert 0.15 < share < 0.25
    assert faces[2] < 0.7 * faces[0]
    assert faces[3] <= faces[0]
    counts = [sum(len(part.mesh.vertices) for part in some) for some in (parts, welded(parts))]
    assert counts[0] != counts[1]
    wavy = waved(parts, 0.001, rng)
    shift = np.concatenate([a.mesh.vertices - b.mesh.vertices for a, b in zip(wavy, parts, strict=True)])
    assert 0.0003 < shift.std() < 0.003
    together = np.concatenate([part.mesh.vertices for part in parts])
    _, first, same = np.unique(np.round(together, 6), axis=0, return_index=True, return_inverse=True)
    np.testing.assert_allclose(shift, shift[first][same.reshape(-1)], atol=1e-5)  # no crack opens


def test_what_lies_under_the_floor_is_not_seen_and_no_camera_stands_in_a_cupboard(room: TrueRoom, low: Run) -> None:
    inside = next(thing for thing in room.things if thing.object_id == "mug_1")
    cabinet = next(thing for thing in room.things if thing.object_id == "base_cabinet_1")
    hidden = replace(inside, pose_world_object=Pose.of((0, 0, -1.2)) @ inside.pose_world_object)
    changed = replace(room, things=[hidden if thing is inside else thing for thing in room.things])
    run = run_on(changed, RayScene(changed).photo(low.eye), "kitchen", 5, "low")
    assert "mug_1" in {item.object_id for item in run.unseen if item.reason == "hidden"}
    assert "mug_1" in {item.found.thing.object_id for item in low.things}
    blind = replace(room, low=cabinet.centre_world() - 0.2, high=cabinet.centre_world() + 0.2)
    walls = replace(cabinet, pose_world_object=Pose.of((*cabinet.centre_world()[:2], 1.0)))
    with pytest.raises(StageError, match="no place for the camera"):
        choose_eye(blind, RayScene(replace(room, things=[walls])), rng_for(0, "eye"))


def test_supports_name_what_is_in_the_folder(low: Run) -> None:
    truth = {item.object_id: item for item in truth_of(low, "native").objects}
    assert truth["table_1"].support == "floor"
    assert truth["wall_cabinet_1"].support == "wall"
    assert truth["microwave_1"].parent == truth["base_cabinet_1"].name
    assert truth["mug_1"].relation == "on"
    if "apple_1" in truth and "bowl_1" in truth:
        assert (truth["apple_1"].parent, truth["apple_1"].relation) == (truth["bowl_1"].name, "in")
    without = replace(low, things=[item for item in low.things if item.found.thing.object_id != "table_1"])
    orphan = next(item for item in truth_of(without, "native").objects if item.object_id == "mug_1")
    assert (orphan.support, orphan.parent) == ("unseen_object", None)
    assert truth["base_cabinet_1"].is_articulated


def test_other_seeds_ask_for_other_rooms_and_the_same_seed_for_the_same() -> None:
    for kind in ("kitchen", "office", "warehouse"):
        prompts = {prompt_of(kind, seed) for seed in range(6)}  # type: ignore[arg-type]
        assert len(prompts) >= 4
        assert prompt_of(kind, 3) == prompt_of(kind, 3)  # type: ignore[arg-type]


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine")
    with pytest.raises(InputError, match="is not empty"):
        synthesise("kitchen", 0, "low", tmp_path)


def test_the_gravity_of_the_source_is_down(low: Run) -> None:
    truth = truth_of(low, "native")
    down = truth.pose_world_camera.matrix()[:3, :3] @ truth.gravity_source
    np.testing.assert_allclose(down, (0, 0, -1), atol=1e-6)
    tipped = Pose.of((0, 0, 0), quat_wxyz_from_axis_angle((1, 0, 0), 0.3)) @ truth.pose_world_camera
    assert np.abs(tipped.matrix()[:3, :3] @ truth.gravity_source - (0, 0, -1)).max() > 0.1


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["kitchen", "office", "warehouse"])
def test_rooms_of_every_kind_are_made_and_hold_12_to_30_objects(kind: str, tmp_path: Path) -> None:
    truth = synthesise(kind, 1, "medium", tmp_path / "made")  # type: ignore[arg-type]
    assert 12 <= len(truth.objects) <= 30
    assert any(item.is_articulated for item in truth.objects)
    assert any(item.support == "object" for item in truth.objects)
    again = synthesise(kind, 1, "medium", tmp_path / "again")  # type: ignore[arg-type]
    assert again == truth
