"""SceneSmith's native folders: frames, composites, masses and joints, against truth known to a micrometre."""

import json
from pathlib import Path

import numpy as np
import pytest
import trimesh
from foreign_scenes import (
    SceneSmithFolder,
    boxes,
    chair,
    farthest,
    mug,
    scenesmith_flat,
    table,
    transform,
    world_vertices,
)
from numpy.typing import ArrayLike
from scipy.spatial import ConvexHull

from blueprint.contracts.errors import BlueprintError, ContractError, InputError, UnsafePathError
from blueprint.contracts.frames import Pose, quat_wxyz_from_axis_angle, rotate
from blueprint.contracts.house import house_of
from blueprint.contracts.scene import Scene, load_scene
from blueprint.physics.inertia import link_mass
from blueprint.sources.existing import check_scene
from blueprint.sources.imported.hulls import convex_pieces, hull_vertices, hull_volume
from blueprint.sources.imported.scene import write_imported
from blueprint.sources.scenesmith import is_scenesmith_dir, read_scenesmith
from blueprint.sources.scenesmith.sdf import read_sdf


@pytest.fixture(scope="module")
def flat(tmp_path_factory: pytest.TempPathFactory) -> tuple[SceneSmithFolder, Path]:
    base = tmp_path_factory.mktemp("smith")
    made = scenesmith_flat(base / "scene_000")
    made.write()
    write_imported(read_scenesmith(base / "scene_000"), "flat", base / "ours")
    return made, base / "ours"


def by_name(scene: Scene) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for item in scene.objects:
        names.setdefault(item.name or "", []).append(item.id)
    return names


def test_every_vertex_is_where_scenesmith_had_it(flat: tuple[SceneSmithFolder, Path]) -> None:
    made, ours = flat
    names, found = by_name(load_scene(ours)), world_vertices(ours)
    for key, expected in made.truth.vertices.items():
        name, _, index = key.partition("#")
        object_id = names[name][int(index or 0) if name == "Plate" else 0]
        assert farthest(found[object_id], expected) < 1e-6, key


def test_a_composite_is_its_members_and_each_stands_on_the_one_below(flat: tuple[SceneSmithFolder, Path]) -> None:
    scene = load_scene(flat[1])
    names = by_name(scene)
    assert len(names["Plate"]) == 3
    assert "stack_0" not in names
    parents = [scene.object(item).placement.parent_id for item in names["Plate"]]  # type: ignore[union-attr]
    assert parents == [names["Wooden dining table"][0], *names["Plate"][:2]]
    block = scene.object(names["Toy block"][0])
    assert block.placement is not None
    assert block.placement.parent_id == names["Tray"][0]
    assert block.relationships is not None
    assert block.relationships[0].type == "in"


def test_fronts_look_to_minus_y_of_our_asset_frame(flat: tuple[SceneSmithFolder, Path]) -> None:
    """The chair's back is at its -Y in SceneSmith, so its front is +Y there; in ours the front is -Y."""
    scene = load_scene(flat[1])
    item = scene.object(by_name(scene)["Chair"][0])
    front = rotate(item.transform.pose().quat_wxyz, (0, -1, 0))
    np.testing.assert_allclose(front, rotate(quat_wxyz_from_axis_angle((0, 0, 1), -2.1), (0, 1, 0)), atol=1e-6)


def test_masses_are_the_sdfs_or_from_the_density_table_and_say_so(flat: tuple[SceneSmithFolder, Path]) -> None:
    scene = load_scene(flat[1])
    names = by_name(scene)
    model = scene.asset(names["Ceramic mug"][0])
    assert sum(link_mass(link.mass_model) for link in model.links) == pytest.approx(0.31, rel=1e-9)
    assert model.params["mass_source"] == "SDF inertial"
    stool = scene.asset(names["Steel stool"][0])
    assert stool.params["mass_source"] == "density of steel"
    assert link_mass(stool.links[0].mass_model) == pytest.approx(7800 * 0.3 * 0.3 * 0.45 * 0.3, rel=1e-3)


def test_pictures_hang_rugs_are_only_seen_and_architecture_is_the_layouts(flat: tuple[SceneSmithFolder, Path]) -> None:
    scene = load_scene(flat[1])
    names = by_name(scene)
    assert scene.object(names["Framed picture"][0]).mounting == "wall"
    rug = scene.asset(names["Rug"][0])
    assert rug.sim_role == "background"
    assert rug.links[0].colliders == []
    assert "floor" not in names
    shell = scene.asset("room")
    assert shell.size_m[0] == pytest.approx(7.0 + 0.2)


def test_doors_and_windows_are_holes_in_the_walls(flat: tuple[SceneSmithFolder, Path]) -> None:
    shell = load_scene(flat[1]).asset("room")
    boxes_ = [(np.array(c.pose_link_shape.position), np.array(c.shape.half_extents)) for c in shell.links[0].colliders]  # type: ignore[union-attr]

    def is_solid(point: tuple[float, float, float]) -> bool:
        return any(bool((np.abs(np.array(point) - center) <= half + 1e-9).all()) for center, half in boxes_)

    assert not is_solid((5.0, -0.5, 1.0))  # the door between the rooms, through one wall that both share
    assert is_solid((5.0, 0.5, 1.0))
    assert is_solid((5.0, -0.5, 2.3))
    assert not is_solid((3.5, -2.05, 1.5))  # the window, given about the room's centre
    assert is_solid((3.5, -2.05, 0.5))


def test_our_folder_is_a_scene_that_our_checks_accept_and_the_same_bytes_twice(tmp_path: Path) -> None:
    scenesmith_flat(tmp_path / "scene_000").write()
    assert is_scenesmith_dir(tmp_path / "scene_000")
    for name in ("a", "b"):
        write_imported(read_scenesmith(tmp_path / "scene_000"), "flat", tmp_path / name)
    check_scene(tmp_path / "a")
    files = sorted(path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*") if path.is_file())
    assert [
        path for path in files if (tmp_path / "a" / path).read_bytes() != (tmp_path / "b" / path).read_bytes()
    ] == []


CABINET = """<sdf version="1.7" xmlns:drake="drake.mit.edu"><model name="cabinet">
<link name="base_link"><inertial><mass>12</mass></inertial>
 <collision name="c"><geometry><box><size>0.6 0.4 0.8</size></box></geometry></collision>
 <visual name="v"><geometry><box><size>0.6 0.4 0.8</size></box></geometry></visual></link>
<link name="door"><pose>0.1 0.215 0 0 0 0</pose><inertial><mass>2</mass></inertial>
 <visual name="v"><geometry><box><size>0.4 0.02 0.7</size></box></geometry></visual>
 <collision name="c"><geometry><box><size>0.4 0.02 0.7</size></box></geometry></collision></link>
<link name="handle"><pose relative_to="door">-0.15 0.03 0 0 0 0</pose><inertial><mass>0.1</mass></inertial>
 <visual name="v"><geometry><sphere><radius>0.015</radius></sphere></geometry></visual>
 <collision name="c"><geometry><sphere><radius>0.015</radius></sphere></geometry></collision></link>
<joint name="hinge" type="revolute"><parent>base_link</parent><child>door</child><pose>0.2 0 0 0 0 0</pose>
 <axis><xyz>0 0 -2</xyz><limit><lower>0</lower><upper>1.5</upper></limit></axis></joint>
<joint name="screws" type="fixed"><parent>door</parent><child>handle</child></joint>
</model></sdf>"""


def test_an_articulated_sdf_turns_about_its_joint_and_fixed_links_are_welded(tmp_path: Path) -> None:
    (tmp_path / "cabinet.sdf").write_text(CABINET)
    base, door = read_sdf(tmp_path / "cabinet.sdf", tmp_path)
    assert door.joint is not None
    assert door.joint.axis == (0.0, 0.0, -1.0)
    assert (door.joint.lower, door.joint.upper) == (0.0, 1.5)
    assert door.mass_kg == pytest.approx(2.1)
    np.testing.assert_allclose(door.pose_parent_link.position, (0.3, 0.215, 0.0), atol=1e-12)
    points = np.concatenate([part.mesh.vertices for part in door.parts])
    world = door.pose_parent_link.apply(points)
    np.testing.assert_allclose(world.min(axis=0), (-0.1, 0.205, -0.35), atol=1e-9)
    np.testing.assert_allclose(world[:, 1].max(), 0.215 + 0.03 + 0.015, atol=1e-3)
    assert base.mass_kg == 12.0


def test_an_articulated_cabinet_becomes_links_with_joints_at_their_world_place(tmp_path: Path) -> None:
    made = SceneSmithFolder(tmp_path / "scene_000")
    pose = Pose.of((0.5, 0.2, 0.4), quat_wxyz_from_axis_angle((0, 0, 1), 0.7))
    made.add("kitchen", "cabinet_0", "Wooden cabinet", "furniture", mug(), pose)
    (tmp_path / "scene_000/room_kitchen/generated_assets/furniture/sdf/cabinet_0/cabinet_0.sdf").write_text(CABINET)
    write_imported(read_scenesmith(made.write()), "s", tmp_path / "ours")
    scene = load_scene(tmp_path / "ours")
    item = next(item for item in scene.objects if item.name == "Wooden cabinet")
    model = scene.asset(item.id)
    assert model.sim_role == "articulated_furniture"
    hinge = item.transform.pose() @ model.poses_asset_link()["door"]
    expected = pose.apply(np.array([0.3, 0.215, 0.0])) + made.offsets["kitchen"]
    np.testing.assert_allclose(hinge.position, expected, atol=2e-6)


def test_rooms_without_a_combined_house_are_read_from_their_own_states(tmp_path: Path) -> None:
    made = scenesmith_flat(tmp_path / "scene_000")
    made.write()
    (tmp_path / "scene_000/combined_house/house_state.json").unlink()
    for room, state in made.rooms.items():
        path = tmp_path / f"scene_000/room_{room}/scene_states/final_scene/scene_state.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(state))
    write_imported(read_scenesmith(tmp_path / "scene_000"), "s", tmp_path / "ours")
    found = world_vertices(tmp_path / "ours")
    names = by_name(load_scene(tmp_path / "ours"))
    assert farthest(found[names["Chair"][0]], made.truth.vertices["Chair"]) < 1e-6


def small(tmp_path: Path) -> SceneSmithFolder:
    made = SceneSmithFolder(tmp_path / "scene_000")
    made.add("kitchen", "mug_0", "Mug", "manipuland", mug(), Pose.of((0, 0, 0)), mass=0.3)
    return made


def sdf_of(tmp_path: Path) -> Path:
    return tmp_path / "scene_000/room_kitchen/generated_assets/furniture/sdf/mug_0/mug_0.sdf"


@pytest.mark.parametrize(
    ("where", "error"),
    [
        ("../../../../etc/passwd", UnsafePathError),
        ("/etc/passwd", UnsafePathError),
        ("generated_assets/none.sdf", InputError),
        ("", None),
    ],
)
def test_paths_that_leave_the_folder_are_refused(
    tmp_path: Path, where: str, error: type[BlueprintError] | None
) -> None:
    made = small(tmp_path)
    made.rooms["kitchen"]["objects"]["mug_0"]["sdf_path"] = where
    folder = made.write()
    if error is None:
        assert read_scenesmith(folder).skipped == {"kitchen/mug_0": "it has neither sdf_path nor geometry_path"}
        with pytest.raises(InputError, match="0 usable objects"):
            write_imported(read_scenesmith(folder), "s", tmp_path / "ours")
    else:
        with pytest.raises(error, match="kitchen/mug_0"):
            read_scenesmith(folder)


def test_a_link_that_leads_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    folder = small(tmp_path).write()
    (tmp_path / "outside.obj").write_text("v 0 0 0\n" * 4)
    target = sdf_of(tmp_path).with_name("mug_0_collision_0.obj")
    target.unlink()
    target.symlink_to(tmp_path / "outside.obj")
    with pytest.raises(UnsafePathError):
        read_scenesmith(folder)


@pytest.mark.parametrize(
    "sdf",
    [
        "not xml at all",
        '<!DOCTYPE x [<!ENTITY a "b">]><sdf><model/></sdf>',
        "<sdf><model name='m'></model></sdf>",
        "<sdf><model><link name='l'><visual>"
        "<pose>0 0 nan 0 0 0</pose><geometry><box><size>1 1 1</size></box></geometry>"
        "</visual></link></model></sdf>",
        "<sdf><model><link name='l'><visual>"
        "<geometry><mesh><uri>../../../../../../../etc/passwd</uri></mesh></geometry>"
        "</visual></link></model></sdf>",
        "<sdf><model><link name='a'/><link name='b'/><joint name='j' type='fixed'><parent>b</parent><child>a</child>"
        "</joint><joint name='k' type='fixed'><parent>a</parent><child>b</child></joint></model></sdf>",
    ],
)
def test_garbage_in_an_sdf_is_refused_by_name(tmp_path: Path, sdf: str) -> None:
    folder = small(tmp_path).write()
    sdf_of(tmp_path).write_text(sdf)
    with pytest.raises(InputError, match="kitchen/mug_0"):
        read_scenesmith(folder)


@pytest.mark.parametrize(
    "data", [b"", b"{}", b'{"asset":{"version":"2.0"},"accessors":[{"count":999999999}]}', b"\xff\xfe"]
)
def test_garbage_in_a_gltf_is_refused_by_name(tmp_path: Path, data: bytes) -> None:
    folder = small(tmp_path).write()
    sdf_of(tmp_path).with_name("mug_0.gltf").write_bytes(data)
    with pytest.raises(InputError, match="mug_0"):
        read_scenesmith(folder)


def test_a_collision_mesh_with_nan_is_refused(tmp_path: Path) -> None:
    folder = small(tmp_path).write()
    sdf_of(tmp_path).with_name("mug_0_collision_0.obj").write_text("v 0 0 0\nv 1 0 0\nv 0 nan 0\nv 0 0 1\n")
    with pytest.raises(InputError, match="NaN"):
        read_scenesmith(folder)


@pytest.mark.parametrize(
    "text", ["[]", "{", '{"rooms": {"a": {"objects": {"b": {"object_type": "ghost"}}}}}', '{"rooms": NaN}']
)
def test_a_state_that_is_no_state_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "scene_000/combined_house/house_state.json"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    with pytest.raises(ContractError):
        read_scenesmith(tmp_path / "scene_000")


def subdivided(shape: trimesh.Trimesh, times: int) -> trimesh.Trimesh:
    return shape if times == 0 else subdivided(shape.subdivide(), times - 1)


def holds(hull: ConvexHull, point: ArrayLike) -> bool:
    return bool((hull.equations[:, :3] @ np.asarray(point) + hull.equations[:, 3] <= 1e-9).all())


@pytest.mark.slow
@pytest.mark.parametrize(("shape", "free"), [(table(), (0.0, 0.0, 0.5)), (chair(), (0.0, 0.0, 0.2))])
@pytest.mark.parametrize("times", [0, 4])
def test_furniture_is_cut_into_its_parts_and_none_of_it_is_lost(
    shape: trimesh.Trimesh, free: tuple[float, float, float], times: int
) -> None:
    dense = subdivided(shape, times)
    pieces = convex_pieces(np.asarray(dense.vertices), np.asarray(dense.faces, np.int32))
    hulls = [ConvexHull(hull_vertices(piece)) for piece in pieces]
    assert 5 <= len(hulls) <= 12
    assert not any(holds(hull, free) for hull in hulls)
    corners = np.concatenate([hull.points for hull in hulls])
    np.testing.assert_allclose([corners.min(axis=0), corners.max(axis=0)], shape.bounds, atol=1e-6)
    assert 1.0 <= sum(hull.volume for hull in hulls) / shape.volume < 1.15
    for part in shape.split():
        assert any(holds(hull, part.centroid) for hull in hulls), part.centroid


def test_a_convex_mesh_stays_one_piece_and_a_flat_one_gets_a_thickness() -> None:
    cube = boxes(((0.1, 0.1, 0.1), (0, 0, 0.05)))
    assert len(convex_pieces(np.asarray(cube.vertices), np.asarray(cube.faces, np.int32))) == 1
    flat = hull_vertices(np.array([(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)], float))
    assert hull_volume(flat) == pytest.approx(0.0005, rel=1e-6)


def test_transform_records_are_w_x_y_z() -> None:
    assert transform(Pose.of((1, 2, 3), (0, 0, 0, 1)))["rotation_wxyz"] == [0, 0, 0, 1]


def test_the_house_plan_says_which_rooms_the_door_joins(flat: tuple[SceneSmithFolder, Path]) -> None:
    plan = house_of(load_scene(flat[1]).manifest)
    assert plan is not None
    kitchen, bedroom = plan.room("kitchen"), plan.room("bedroom")
    assert (kitchen.room_type, kitchen.x, kitchen.y, kitchen.width) == ("kitchen", 1.0, -2.0, 4.0)
    door = next(hole for hole in kitchen.openings if hole.kind == "door")
    assert (door.side, door.offset_m, door.leads_to) == ("east", 1.5, "bedroom")
    assert [hole.side for hole in bedroom.openings] == ["west"]
    window = next(hole for hole in kitchen.openings if hole.kind == "window")
    assert (window.side, window.offset_m, window.sill_m, window.leads_to) == ("south", 2.5, 1.0, None)
