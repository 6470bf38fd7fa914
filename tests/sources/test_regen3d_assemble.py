"""Assembling a scene from a scaled reconstruction: files, poses, skipped things, and what a scene folder takes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trimesh

from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.contracts.mesh_report import ColliderReport, MeshReport
from blueprint.contracts.scene_scale import SceneScale
from blueprint.sources.imported.asset import ImportedLink, ImportedThing, imported_asset
from blueprint.sources.imported.mesh_file import MeshPart, load_parts
from blueprint.sources.imported.scene import ImportedScene, write_imported
from blueprint.sources.meshes.mesh_input import MassGuess, MeshInput, PreparedMesh
from blueprint.sources.regen3d.assemble import assemble, mesh_inputs
from blueprint.sources.regen3d.reconstruction import ReconstructedObject, Reconstruction
from blueprint.sources.regen3d.roles import category_of_label, sim_role

UNIT_M = 0.4  # metres per unit of the reconstructions below


@pytest.fixture
def kitchen(tmp_path: Path) -> Reconstruction:
    """A table 3 cm in the floor, a bowl 2 cm in the table, an apple in it, a cup that floats, a picture on the wall."""
    table = trimesh.util.concatenate(
        [_box((1.4, 0.8, 0.04), (0, 0, 0.73))]
        + [_box((0.06, 0.06, 0.71), (x, y, 0.355)) for x in (-0.6, 0.6) for y in (-0.3, 0.3)]
    )
    bowl = trimesh.util.concatenate(
        [_box((0.24, 0.24, 0.012), (0, 0, 0.006))]
        + [_box((0.01, 0.24, 0.07), (x, 0, 0.045)) for x in (-0.115, 0.115)]
        + [_box((0.22, 0.01, 0.07), (0, y, 0.045)) for y in (-0.115, 0.115)]
    )
    cup = trimesh.creation.cylinder(0.04, 0.1)
    apple = trimesh.creation.icosphere(2, 0.035)
    picture = _box((0.6, 0.03, 0.4), (0, 0, 0))
    chair = _box((0.45, 0.45, 0.9), (0, 0, 0.45))
    return _reconstruction(
        tmp_path,
        {
            "dining_table_1": (table, (0, 0, -0.03), "dining_table"),
            "bowl_1": (bowl, (0.3, 0.1, 0.70), "bowl"),
            "apple_1": (apple, (0.31, 0.12, 0.77), "apple"),
            "cup_1": (cup, (-0.3, 0.0, 0.83), "cup"),
            "chair_1": (chair, (0, -0.9, 0.02), "chair"),
            "picture_1": (picture, (0, 1.95, 1.5), "picture"),
        },
    )


def test_everything_is_on_what_carries_it_and_touches_it(kitchen: Reconstruction) -> None:
    scene = _assembled(kitchen)
    parents = {item.object_id: (item.parent, item.relation, item.mounting) for item in scene.objects}
    assert parents == {
        "dining_table_1": (None, "on", "free"),
        "bowl_1": ("dining_table_1", "on", "free"),
        "apple_1": ("bowl_1", "in", "free"),
        "cup_1": ("dining_table_1", "on", "free"),
        "chair_1": (None, "on", "free"),
        "picture_1": (None, "on", "wall"),
    }
    bottoms = {item.object_id: item.pose_world_object.position[2] for item in scene.objects}
    assert bottoms["dining_table_1"] == pytest.approx(0, abs=1e-6)
    assert bottoms["bowl_1"] == pytest.approx(0.75, abs=1e-4)
    assert bottoms["cup_1"] == pytest.approx(0.75, abs=1e-4)
    assert bottoms["apple_1"] == pytest.approx(0.762, abs=0.002)


def test_everything_is_inside_the_room_and_every_wall_is_guessed_without_a_background(kitchen: Reconstruction) -> None:
    scene = _assembled(kitchen)
    room = scene.rooms[0]
    assert scene.extra["room"]["seen"] == []
    assert set(scene.extra["room"]["guessed"]) == {"west", "east", "south", "north", "ceiling"}
    assert scene.extra["room"]["guessed"]["north"] == "what hangs there"
    assert room.y + room.depth == pytest.approx(1.965, abs=1e-3)
    for item in scene.objects:
        width, depth, _ = item.asset.model.size_m
        x, y, _ = item.pose_world_object.position
        assert room.x <= x - width / 2
        assert x + width / 2 <= room.x + room.width
        assert room.y <= y - depth / 2
        assert y + depth / 2 <= room.y + room.depth


def test_what_was_moved_is_recorded_and_what_was_not_is_not(kitchen: Reconstruction) -> None:
    scene = _assembled(kitchen)
    record = scene.extra["placement"]
    assert record["dining_table_1"]["shift_m"] == [0, 0, pytest.approx(0.03, abs=1e-5)]
    assert record["bowl_1"]["why"] == ["50 mm onto dining_table_1"]
    assert "picture_1" not in record
    assert {key: scene.extra[key] for key in ("source", "source_pipeline", "gravity")} == {
        "source": "image",
        "source_pipeline": "regen3d",
        "gravity": "given",
    }
    assert scene.extra["scale"]["factor"] == UNIT_M


def test_the_scene_can_be_written_and_says_where_it_came_from(kitchen: Reconstruction, tmp_path: Path) -> None:
    manifest = write_imported(_assembled(kitchen), "kitchen", tmp_path / "scene")
    apple = manifest.object("apple_1")
    assert apple.placement is not None
    assert apple.placement.parent_id == "bowl_1"
    assert apple.source is not None
    assert apple.source["reconstruction_name"] == "apple__(1, 2)"
    assert (manifest.metadata["source"], manifest.metadata["source_pipeline"]) == ("image", "regen3d")
    assert manifest.metadata["licenses"] == ["LicenseRef-user-supplied"]


def test_the_same_reconstruction_gives_the_same_scene(kitchen: Reconstruction) -> None:
    first, second = _assembled(kitchen), _assembled(kitchen)
    assert [item.pose_world_object for item in first.objects] == [item.pose_world_object for item in second.objects]
    assert first.extra == second.extra


def test_walls_turned_out_of_the_axes_are_turned_back_with_everything(kitchen: Reconstruction, tmp_path: Path) -> None:
    straight = _assembled(_with_room(kitchen, tmp_path))
    yaw = Pose.of((0, 0, 0), quat_wxyz_from_yaw(np.radians(6)))
    turned = replace(
        _with_room(kitchen, tmp_path),
        objects=[replace(item, pose_world_mesh=yaw @ item.pose_world_mesh) for item in kitchen.objects],
        pose_world_background=yaw,
    )
    scene = _assembled(turned)
    assert np.degrees(scene.extra["turned_rad"]) == pytest.approx(-6, abs=0.01)
    assert scene.extra["room"]["seen"] == ["west", "east", "south", "north", "floor", "ceiling"]
    assert scene.rooms[0].width == pytest.approx(5, abs=0.01)
    for item, expected in zip(scene.objects, straight.objects, strict=True):
        assert item.pose_world_object.position == pytest.approx(expected.pose_world_object.position, abs=2e-3)


def test_a_background_that_cannot_be_read_is_left_out_and_noted(kitchen: Reconstruction, tmp_path: Path) -> None:
    (tmp_path / "walls.glb").write_bytes(b"glTF, but not really")
    scene = _assembled(replace(kitchen, background=tmp_path / "walls.glb"))
    assert scene.extra["notes"][0].startswith("the background is left out: walls.glb")


def test_what_failed_floats_or_was_skipped_is_named_with_the_reason(kitchen: Reconstruction) -> None:
    scale = SceneScale(scene_id="kitchen", factor=UNIT_M, source="reference", n_samples=1)
    prepared = {item.name: _prepared(item) for item in mesh_inputs(kitchen, scale, {}, {})}
    del prepared["dining_table_1"], prepared["chair_1"]
    reconstruction = replace(kitchen, skipped={"floor": "a part of the room"})
    scene = assemble(reconstruction, scale, prepared, {"dining_table_1": "no triangles"})
    assert scene.skipped == {
        "apple_1": "it floats 0.73 m above anything that could carry it",
        "bowl_1": "it floats 0.70 m above anything that could carry it",
        "chair_1": "its mesh was not prepared",
        "cup_1": "it floats 0.78 m above anything that could carry it",
        "dining_table_1": "its mesh: no triangles",
        "floor": "a part of the room",
    }
    with pytest.raises(InputError, match="no object of the reconstruction could be prepared"):
        assemble(kitchen, scale, {}, {})


def test_names_that_are_no_ids_of_ours_become_some_and_none_is_the_shell(kitchen: Reconstruction) -> None:
    names = {"dining_table_1": "room", "cup_1": "Cup, the (2)"}
    objects = [replace(item, object_id=names.get(item.object_id, item.object_id)) for item in kitchen.objects]
    ids = [item.object_id for item in _assembled(replace(kitchen, objects=objects)).objects]
    assert ids == ["room_2", "bowl_1", "apple_1", "cup_the_2", "chair_1", "picture_1"]


def test_preparation_gets_sizes_in_metres_roles_and_a_mesh_that_is_missing(
    kitchen: Reconstruction, tmp_path: Path
) -> None:
    (tmp_path / "cup_1.glb").unlink()
    scale = SceneScale(scene_id="kitchen", factor=UNIT_M, source="reference", n_samples=1)
    mass = MassGuess(material="wood", source="table", mass_kg=20.0)
    items = {item.name: item for item in mesh_inputs(kitchen, scale, {}, {"dining_table_1": mass})}
    assert list(items) == [item.object_id for item in kitchen.objects]
    assert items["cup_1"].path == tmp_path / "cup_1.glb"  # preparation refuses it by name
    table = items["dining_table_1"]
    assert (table.scale, table.sim_role, table.mass) == (pytest.approx(0.5), "static", mass)
    assert items["apple_1"].sim_role == "manipulable_object"
    assert items["apple_1"].license.spdx == "LicenseRef-user-supplied"


@pytest.mark.parametrize(
    ("yaw_deg", "front"), [(0, "-y"), (180, "+y"), (-90, "+x"), (8, "-y")], ids=["front", "back", "right", "skewed"]
)
def test_a_fridge_against_the_wall_looks_away_from_it(tmp_path: Path, yaw_deg: float, front: str) -> None:
    table = (_box((1.4, 0.8, 0.75), (0, 0, 0.375)), (0.0, 0.0, 0.0), "table")
    fridge = (_box((0.7, 0.7, 1.7), (0, 0, 0.85)), (0.0, 1.6, 0.0), "fridge")
    kitchen = _with_room(_reconstruction(tmp_path, {"table_1": table, "fridge_1": fridge}), tmp_path)
    yaw = quat_wxyz_from_yaw(np.radians(yaw_deg))
    turned = replace(kitchen.objects[1], pose_world_mesh=Pose.of(kitchen.objects[1].pose_world_mesh.position, yaw))
    kitchen = replace(kitchen, objects=[kitchen.objects[0], turned])
    scale = SceneScale(scene_id="kitchen", factor=UNIT_M, source="reference", n_samples=1)
    assert mesh_inputs(kitchen, scale, {}, {})[1].front == front


@pytest.mark.parametrize(
    ("label", "category"),
    [
        ("plant_in_pot", "plant"),
        ("chest_of_drawers", "chest_of_drawers"),
        ("picture_on_wall", "picture"),
        ("radiators", "radiator"),
        ("bookshelves", "shelf"),
        ("office chair 2", "office_chair"),
        ("Sprocket (large)", "sprocket_large"),
    ],
)
def test_labels_of_detectors_become_categories(label: str, category: str) -> None:
    assert category_of_label(label) == category


def test_only_what_has_joints_is_articulated_and_unknown_things_go_by_their_size() -> None:
    fridge = (0.7, 0.7, 1.7)
    assert sim_role("fridge", fridge) == "static"
    assert sim_role("fridge", fridge, has_joints=True) == "articulated_appliance"
    assert sim_role("base_cabinet", fridge, has_joints=True) == "articulated_furniture"
    assert sim_role("sprocket", (0.1, 0.2, 0.1)) == "manipulable_object"
    assert sim_role("sprocket", (0.1, 0.5, 0.1)) == "static"
    assert sim_role("box", (1.2, 0.5, 0.5)) == "static"  # a box that no arm lifts
    assert sim_role("rug", (2, 2, 0.01)) == "background"


def _with_room(reconstruction: Reconstruction, root: Path) -> Reconstruction:
    """The same in a room of 5 m × 4 m × 2.6 m."""
    box = trimesh.creation.box((5 / UNIT_M, 2.6 / UNIT_M, 4 / UNIT_M)).subdivide().subdivide()
    box.apply_translation((0, 1.3 / UNIT_M, 0))
    box.export(root / "walls.glb")
    return replace(reconstruction, background=root / "walls.glb")


def _assembled(reconstruction: Reconstruction) -> ImportedScene:
    scale = SceneScale(scene_id="kitchen", factor=UNIT_M, source="reference", n_samples=1)
    prepared = {item.name: _prepared(item) for item in mesh_inputs(reconstruction, scale, {}, {})}
    return assemble(reconstruction, scale, prepared, {})


def _reconstruction(
    root: Path, things: dict[str, tuple[trimesh.Trimesh, tuple[float, float, float], str]]
) -> Reconstruction:
    """Things given in metres, as a reconstruction of another unit whose meshes are GLBs of yet another."""
    objects = []
    for name, (mesh, position, label) in things.items():
        mesh = mesh.copy()
        mesh.apply_scale(2.0)
        mesh.apply_transform(trimesh.transformations.rotation_matrix(-np.pi / 2, (1, 0, 0)))  # glTF is Y-up
        mesh.export(root / f"{name}.glb")
        objects.append(
            ReconstructedObject(
                object_id=name,
                label=label,
                mesh=root / f"{name}.glb",
                pose_world_mesh=Pose.of(np.array(position) / UNIT_M),
                scale=0.5 / UNIT_M,
                fit="given",
                source_name=f"{label}__(1, 2)",
            )
        )
    return Reconstruction("kitchen", root, "kitchen", "test", objects, "given")


def _prepared(item: MeshInput) -> PreparedMesh:
    """The mesh as it is, a collider for each of its bodies: preparation proper has its own tests."""
    parts = [
        replace(part, mesh=replace(part.mesh, vertices=part.mesh.vertices * item.scale))
        for part in load_parts(item.path, item.root)
    ]
    thing = ImportedThing(
        category=item.category, name=item.label, description=item.label, sim_role=item.sim_role, source=item.source,
        license=item.license, links=[ImportedLink("base", parts, _bodies(parts))], front=item.front,
    )  # fmt: skip
    imported = imported_asset(thing)
    report = MeshReport(
        name=item.name, category=item.category, source_sha256="0" * 64, asset_id=imported.asset.model.asset_id,
        triangles_in=1, triangles=1, is_watertight_in=True, is_watertight=True, size_m=imported.asset.model.size_m,
        colliders=ColliderReport(method="cuts", colliders=1),
    )  # fmt: skip
    return PreparedMesh(imported, report)


def _bodies(parts: list[MeshPart]) -> list[np.ndarray]:
    """The points of every connected body: all meshes here are made of convex ones."""
    meshes = [trimesh.Trimesh(part.mesh.vertices, part.mesh.faces) for part in parts]
    return [np.asarray(body.vertices) for mesh in meshes for body in mesh.split(only_watertight=False)]


def _box(size: tuple[float, float, float], at: tuple[float, float, float]) -> trimesh.Trimesh:
    box = trimesh.creation.box(size)
    box.apply_translation(at)
    return box
