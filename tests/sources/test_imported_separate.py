"""What overlaps is parted by the least shifts, what floats is let down, and what cannot be freed is named."""

from dataclasses import dataclass
from pathlib import Path

import mujoco
import numpy as np
import pytest

from blueprint.assets.geometry import Asset, TriangleMesh
from blueprint.assets.mesh import cylinder, flat_normals, scaled
from blueprint.contracts.asset import License
from blueprint.contracts.errors import StageError
from blueprint.contracts.frames import Pose, Vec3, quat_wxyz_from_yaw
from blueprint.contracts.scene import load_scene
from blueprint.sources.imported.adopt import write_relaxed
from blueprint.sources.imported.asset import ImportedLink, ImportedThing, imported_asset
from blueprint.sources.imported.mesh_file import MeshPart, Surface
from blueprint.sources.imported.scene import ImportedObject, ImportedScene, write_imported
from blueprint.sources.imported.separate import Separation, separate
from blueprint.sources.imported.separate_reach import geom_reach
from blueprint.sources.imported.shell import RoomRectangle
from blueprint.storage import layout

# The room is 4 m by 3 m about the origin: its walls' inner faces are at x = ±2 and y = ±1.5.
ROOM = RoomRectangle("room", "kitchen", -2.0, -1.5, 4.0, 3.0, 2.5)
LICENSE = License(spdx="CC0-1.0", source="made here")
TOUCHING_M = 0.0005
FACES = [[0, 2, 1], [0, 3, 2], [4, 5, 6], [4, 6, 7], [0, 1, 5], [0, 5, 4], [1, 2, 6], [1, 6, 5], [2, 3, 7], [2, 7, 6],
         [3, 0, 4], [3, 4, 7]]  # fmt: skip


def block(size: Vec3) -> TriangleMesh:
    corners = np.array([[x, y, z] for z in (0, 1) for x, y in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5))])
    return flat_normals(TriangleMesh(corners * size, np.zeros((8, 3)), np.zeros((8, 2)), np.array(FACES, np.int32)))


def asset(category: str, shape: TriangleMesh, mass_kg: float) -> Asset:
    link = ImportedLink("body", [MeshPart(shape, Surface())], mass_kg=mass_kg)
    return imported_asset(ImportedThing(category, category, "", "static", "test", LICENSE, [link])).asset


TABLE = asset("table", block((1.0, 0.6, 0.7)), 20.0)
FRIDGE = asset("fridge", block((0.6, 0.6, 1.8)), 80.0)
CRATE = asset("crate", block((0.5, 0.5, 0.5)), 8.0)
BOOK = asset("book", block((0.15, 0.2, 0.03)), 0.5)
CUP = asset("cup", scaled(cylinder(0.04, 0.1), (1, 1, 1)), 0.2)


@dataclass
class Placed:
    """`shift` (3,) of every object, and where it is afterwards."""

    done: Separation
    shifts: dict[str, np.ndarray]
    positions: dict[str, np.ndarray]


def thing(name: str, kind: Asset, position: Vec3, parent: str | None = None, **more: object) -> ImportedObject:
    return ImportedObject(name, kind, Pose.of(position), name, parent=parent, **more)  # type: ignore[arg-type]


def parted(folder: Path, *things: ImportedObject) -> Placed:
    scene = ImportedScene("test", None, "kitchen", [ROOM], [], list(things))
    manifest = write_imported(scene, "parted", folder)
    done = separate(folder)
    now = {item.id: np.array(item.transform.pose().position) for item in load_scene(folder).objects}
    shifts = {item.id: now[item.id] - item.transform.pose().position for item in manifest.objects}
    return Placed(done, shifts, now)


def test_furniture_leaves_the_wall_and_what_stands_on_it_moves_along(tmp_path: Path) -> None:
    found = parted(
        tmp_path,
        thing("table_1", TABLE, (0, 1.23, 0)),  # its back is 30 mm inside the wall at y = 1.5
        thing("cup_1", CUP, (0.2, 1.2, 0.7), "table_1"),
    )
    assert found.done.depth_before_m == pytest.approx(0.03, abs=1e-4)
    assert found.done.depth_after_m < TOUCHING_M
    assert found.shifts["table_1"] == pytest.approx([0, -0.03, 0], abs=TOUCHING_M)
    assert found.shifts["cup_1"] == pytest.approx(found.shifts["table_1"], abs=TOUCHING_M)
    assert not found.done.unsavable
    assert not found.done.kept


def test_a_thing_more_than_half_way_through_a_wall_still_comes_back_into_the_room(tmp_path: Path) -> None:
    """The shortest way out of a wall of 10 cm from 6 cm inside leads outside."""
    found = parted(tmp_path, thing("fridge_1", FRIDGE, (1.76, 0, 0)))
    assert found.shifts["fridge_1"] == pytest.approx([-0.06, 0, 0], abs=TOUCHING_M)


def test_of_two_things_that_overlap_the_lighter_makes_way(tmp_path: Path) -> None:
    found = parted(tmp_path, thing("fridge_1", FRIDGE, (0, 0, 0)), thing("crate_1", CRATE, (0.53, 0, 0)))
    assert found.done.depth_after_m < TOUCHING_M
    fridge, crate = (np.linalg.norm(found.shifts[name]) for name in ("fridge_1", "crate_1"))
    assert fridge + crate == pytest.approx(0.02, abs=TOUCHING_M)
    assert fridge == pytest.approx(crate / 10, abs=TOUCHING_M)  # 80 kg against 8


def test_what_sank_into_its_support_rises_and_does_not_slide(tmp_path: Path) -> None:
    found = parted(tmp_path, thing("table_1", TABLE, (0, 0, 0)), thing("book_1", BOOK, (0.45, 0.0, 0.68), "table_1"))
    assert found.shifts["book_1"] == pytest.approx([0, 0, 0.02], abs=TOUCHING_M)
    assert np.linalg.norm(found.shifts["table_1"]) < TOUCHING_M


def test_what_sank_right_through_a_thin_board_comes_up_again(tmp_path: Path) -> None:
    board = asset("table", block((1.0, 0.6, 0.02)), 20.0)
    legs = thing("table_1", board, (0, 0, 0.0))
    found = parted(tmp_path, legs, thing("book_1", BOOK, (0, 0, 0.001), "table_1"))
    assert found.shifts["book_1"][2] == pytest.approx(0.019, abs=TOUCHING_M)


def test_things_on_one_table_part_sideways_and_are_not_piled_up(tmp_path: Path) -> None:
    """The books overlap by 40 mm along x; one on the other would be 30 mm."""
    found = parted(
        tmp_path,
        thing("table_1", TABLE, (0, 0, 0)),
        thing("book_1", BOOK, (-0.055, 0, 0.7), "table_1"),
        thing("book_2", BOOK, (0.055, 0, 0.7), "table_1"),
    )
    assert found.done.depth_after_m < TOUCHING_M
    assert found.positions["book_2"][0] - found.positions["book_1"][0] == pytest.approx(0.15, abs=2 * TOUCHING_M)
    assert found.positions["book_2"][2] == pytest.approx(0.7, abs=TOUCHING_M)


def test_what_floats_is_let_down_on_what_is_below(tmp_path: Path) -> None:
    found = parted(
        tmp_path,
        thing("table_1", TABLE, (0, 0, 0.03)),
        thing("cup_1", CUP, (0, 0, 0.78), "table_1"),  # 5 cm above the table that is itself 3 cm above the floor
    )
    assert found.positions["table_1"][2] == pytest.approx(0.0, abs=TOUCHING_M)
    assert found.positions["cup_1"][2] == pytest.approx(0.7, abs=2 * TOUCHING_M)
    assert found.done.shifts_m["cup_1"] == pytest.approx(0.08, abs=2 * TOUCHING_M)


def test_what_stands_well_stays(tmp_path: Path) -> None:
    found = parted(
        tmp_path,
        thing("table_1", TABLE, (0, 0, 0)),
        thing("cup_1", CUP, (0, 0, 0.7), "table_1"),
        thing("fridge_1", FRIDGE, (1.5, 0, 0)),
    )
    assert max(found.done.shifts_m.values()) < TOUCHING_M
    assert found.done.rounds == 0


def test_what_is_mounted_stays_and_what_is_free_makes_way(tmp_path: Path) -> None:
    found = parted(
        tmp_path,
        thing("cabinet_1", CRATE, (0, 1.25, 1.0), mounting="wall"),
        thing("fridge_1", FRIDGE, (0.53, 1.2, 0)),
    )
    assert np.linalg.norm(found.shifts["cabinet_1"]) == 0
    assert found.shifts["fridge_1"] == pytest.approx([0.02, 0, 0], abs=TOUCHING_M)


def test_what_is_too_deep_in_a_wall_is_named_and_keeps_its_place(tmp_path: Path) -> None:
    found = parted(
        tmp_path,
        thing("fridge_1", FRIDGE, (1.82, 0, 0)),  # 120 mm inside
        thing("cup_1", CUP, (1.7, 0, 1.8), "fridge_1"),
        thing("table_1", TABLE, (0, 1.23, 0)),
    )
    assert found.done.kept == {}
    assert np.linalg.norm(found.shifts["cup_1"]) < TOUCHING_M
    assert found.done.unsavable == {"fridge_1": "is 120 mm inside room"}
    assert np.linalg.norm(found.shifts["fridge_1"]) < TOUCHING_M
    assert found.done.depth_after_m == pytest.approx(0.12, abs=TOUCHING_M)
    assert found.shifts["table_1"] == pytest.approx([0, -0.03, 0], abs=TOUCHING_M)  # the others are freed as ever


def test_what_is_enclosed_is_named_and_throws_nothing_about(tmp_path: Path) -> None:
    found = parted(tmp_path, thing("fridge_1", FRIDGE, (0, 0, 0)), thing("cup_1", CUP, (0, 0, 0.8), "fridge_1"))
    assert found.done.unsavable == {"cup_1": "is enclosed by fridge_1"}
    assert np.linalg.norm(found.shifts["fridge_1"]) < TOUCHING_M


def test_what_floats_too_high_is_left_alone_with_the_reason(tmp_path: Path) -> None:
    found = parted(tmp_path, thing("cup_1", CUP, (0, 0, 1.0)))
    assert "moved" in found.done.kept["cup_1"]
    assert np.linalg.norm(found.shifts["cup_1"]) == 0


def test_the_same_scene_is_parted_to_the_same_bytes(tmp_path: Path) -> None:
    things = [
        thing("table_1", TABLE, (0.1, 1.23, 0.01)),
        thing("crate_1", CRATE, (-0.62, 1.2, -0.01)),
        thing("book_1", BOOK, (0, 1.2, 0.69), "table_1"),
        thing("book_2", BOOK, (0.1, 1.2, 0.7), "table_1"),
    ]
    first, second = (parted(tmp_path / name, *things) for name in "ab")
    assert first.done == second.done
    manifests = [(tmp_path / name / layout.SCENE_MANIFEST).read_bytes() for name in "ab"]
    assert manifests[0] == manifests[1]


def test_parents_that_go_round_in_a_circle_are_cut(tmp_path: Path) -> None:
    found = parted(
        tmp_path,
        thing("crate_1", CRATE, (0, 0, 0), "crate_2"),
        thing("crate_2", CRATE, (0.48, 0, 0), "crate_1"),
    )
    assert found.done.depth_after_m < TOUCHING_M


def test_the_manifest_says_what_was_moved_and_what_could_not_be(tmp_path: Path) -> None:
    things = [thing("table_1", TABLE, (0, 1.23, 0)), thing("fridge_1", FRIDGE, (1.82, 0, 0))]
    write_relaxed(ImportedScene("test", None, "kitchen", [ROOM], [], things), "written", tmp_path)
    record = load_scene(tmp_path).manifest.metadata["relaxation"]
    assert record["moved_over_1_mm"] == {"table_1": pytest.approx(0.03, abs=TOUCHING_M)}
    assert record["unsavable"] == {"fridge_1": "is 120 mm inside room"}
    assert record["left_alone"] == {}
    assert record["deepest_before_m"] == pytest.approx(0.12, abs=TOUCHING_M)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_a_crowded_room_whose_things_were_jittered_has_no_overlap_left(tmp_path: Path, seed: int) -> None:
    draw = np.random.default_rng(seed)
    places = [
        ("table_1", TABLE, (0.0, 0.0, 0.0), None),
        ("fridge_1", FRIDGE, (-1.69, 1.19, 0.0), None),
        ("table_2", TABLE, (-0.88, 1.19, 0.0), None),
        ("crate_1", CRATE, (-0.12, 1.24, 0.0), None),
        ("crate_2", CRATE, (-0.12, 1.24, 0.5), "crate_1"),
    ]
    places += [(f"book_{k}", BOOK, (-0.35 + 0.16 * k, 0.0, 0.7), "table_1") for k in range(5)]
    places += [(f"cup_{k}", CUP, (-1.25 + 0.1 * k, 1.1, 0.7), "table_2") for k in range(6)]
    things = []
    for name, kind, position, parent in places:
        direction = draw.normal(size=3)
        moved = np.add(position, draw.uniform(0.01, 0.03) * direction / np.linalg.norm(direction))
        pose = Pose.of(moved, quat_wxyz_from_yaw(np.deg2rad(draw.uniform(-3, 3))))
        things.append(ImportedObject(name, kind, pose, name, parent=parent))
    found = parted(tmp_path, *things)
    assert found.done.depth_before_m > 0.005
    assert found.done.depth_after_m < 0.001
    assert not found.done.unsavable


SHAPES = """<mujoco><asset><mesh name="m" vertex="0 0 0 1 0 0 0 1 0 0 0 1"/></asset><worldbody>
  <geom type="box" size=".1 .2 .3" pos="1 2 3" euler="20 30 40"/>
  <geom type="sphere" size=".2" pos="1 0 0"/>
  <geom type="cylinder" size=".1 .3" euler="70 10 0"/>
  <geom type="capsule" size=".1 .3" euler="70 10 0"/>
  <geom type="ellipsoid" size=".1 .2 .3" euler="10 20 30"/>
  <geom type="mesh" mesh="m" pos=".5 0 0"/>
  <geom type="plane" size="1 1 1"/></worldbody></mujoco>"""


def test_the_reach_of_a_shape_is_its_farthest_point() -> None:
    """Along any direction a plane at that distance is touched by MuJoCo's own distance function."""
    for way in ((0.0, 0.0, 1.0), (0.6, 0.0, 0.8), (-0.36, 0.48, 0.8)):
        direction = np.array(way)
        quat = np.zeros(4)
        mujoco.mju_quatZ2Vec(quat, -direction)
        for geom in range(6):
            spec = mujoco.MjSpec.from_string(SHAPES)
            far = spec.worldbody.add_geom(type=mujoco.mjtGeom.mjGEOM_BOX, size=[9, 9, 0.5], quat=quat)
            model = spec.compile()
            data = mujoco.MjData(model)
            mujoco.mj_kinematics(model, data)
            reach = geom_reach(model, data, geom, direction)
            far.pos = direction * (reach + 0.5 + 0.01)
            model = spec.compile()
            data = mujoco.MjData(model)
            mujoco.mj_kinematics(model, data)
            distance = mujoco.mj_geomDistance(model, data, geom, 7, 1.0, None)
            assert distance == pytest.approx(0.01, abs=1e-5), (geom, way)


def test_a_shape_without_an_end_is_refused() -> None:
    model = mujoco.MjModel.from_xml_string(SHAPES)
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)
    with pytest.raises(StageError, match="PLANE"):
        geom_reach(model, data, 6, np.array([0.0, 0.0, 1.0]))
