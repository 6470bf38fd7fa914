"""Predicates of slots, hooks, hands and of what happened on the way: true when the fact holds, false when not."""

import sys
from pathlib import Path

import mujoco
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "motion"))

from tabletop import TABLE_TOP, _asset, _link, apple, block, bowl, box, drawer_unit, make_scene, make_spec

from blueprint.contracts.asset import AssetModel, Region
from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose, quat_wxyz_from_axis_angle, quat_wxyz_from_yaw
from blueprint.contracts.scene import Scene
from blueprint.contracts.task import Contains, Fallen, Hanging, HeldBy, Inserted, Near, Predicate, Pressed, Wiped
from blueprint.robots import load_embodiment
from blueprint.tasks.predicates import evaluate_predicates

BASE = Pose.of((0, -0.62, TABLE_TOP), quat_wxyz_from_yaw(np.pi / 2))
SLOT_M = 0.06
World = tuple[mujoco.MjModel, mujoco.MjData]


def _peg() -> AssetModel:
    return _asset("peg", (0.02, 0.02, 0.1), [_link("base", [box("c", (0.01, 0.01, 0.05), (0, 0, 0.05))], 0.05)])


def _rack() -> AssetModel:
    """Four walls around a slot of 3 × 3 cm, 6 cm deep, its bottom 1 cm high."""
    walls = [box("floor", (0.03, 0.03, 0.005), (0, 0, 0.005))]
    for k, (x, y) in enumerate([(1, 0), (-1, 0), (0, 1), (0, -1)]):
        half = (0.0075, 0.03, SLOT_M / 2) if x else (0.015, 0.0075, SLOT_M / 2)
        walls.append(box(f"wall{k}", half, (0.0225 * x, 0.0225 * y, 0.01 + SLOT_M / 2)))
    slot = Region(
        name="slot",
        link="base",
        kind="slot",
        pose_link_region=Pose.of((0, 0, 0.01)),
        half_extents=(0.015, 0.015),
        clearance_m=SLOT_M,
    )
    return _asset("rack", (0.06, 0.06, 0.07), [_link("base", walls, 0.5)], regions=[slot])


def _stand() -> AssetModel:
    """A peg of 1 × 6 × 1 cm that stands out 20 cm above the table."""
    parts = [
        box("foot", (0.05, 0.05, 0.01), (0, 0.03, 0.01)),
        box("post", (0.01, 0.01, 0.11), (0, 0.05, 0.11)),
        box("hook", (0.005, 0.03, 0.005), (0, 0.01, 0.205)),
    ]
    return _asset("stand", (0.1, 0.1, 0.22), [_link("base", parts, 2.0)])


def _sponge() -> AssetModel:
    return _asset("sponge", (0.1, 0.06, 0.03), [_link("base", [box("c", (0.05, 0.03, 0.015), (0, 0, 0.015))], 0.03)])


@pytest.fixture(scope="module")
def scene() -> Scene:
    return make_scene(
        {
            "block_1": (block(), -0.2, -0.15, 0.0),
            "apple_1": (apple(), 0.0, -0.2, 0.0),
            "bowl_1": (bowl(), 0.2, -0.15, 0.0),
            "drawer_unit_1": (drawer_unit(), 0.35, 0.16, 0.0),
            "peg_1": (_peg(), -0.4, -0.2, 0.0),
            "rack_1": (_rack(), -0.4, 0.0, 0.0),
            "stand_1": (_stand(), -0.2, 0.1, 0.0),
            "sponge_1": (_sponge(), 0.0, 0.1, 0.0),
        }
    )


@pytest.fixture(scope="module")
def start(scene: Scene) -> World:
    spec = make_spec(scene)
    robot = load_embodiment("primitive_arm")
    robot.attach(spec, BASE)
    model = spec.compile()
    data = mujoco.MjData(model)
    robot.set_state(robot.index(model), data, robot.home_action)
    mujoco.mj_step(model, data, 200)
    return model, data


@pytest.fixture
def world(start: World) -> World:
    model, settled = start
    data = mujoco.MjData(model)
    data.qpos[:], data.ctrl[:] = settled.qpos, settled.ctrl
    mujoco.mj_forward(model, data)
    return model, data


def _holds(scene: Scene, world: World, predicate: Predicate, states: np.ndarray | None = None) -> bool:
    (result,) = evaluate_predicates([predicate], "primitive_arm", *world, scene, states)
    assert result.measured
    return result.satisfied


def _move(world: World, name: str, pose: Pose, steps: int = 0) -> None:
    model, data = world
    data.joint(f"{name}/free").qpos[:] = [*pose.position, *pose.quat_wxyz]
    data.joint(f"{name}/free").qvel[:] = 0
    mujoco.mj_forward(model, data)
    if steps:
        mujoco.mj_step(model, data, steps)


def _above_table(x: float, y: float, z: float) -> Pose:
    return Pose.of((x, y, TABLE_TOP + z))


def test_near_is_the_gap_between_boxes_and_not_between_middles(scene: Scene, world: World) -> None:
    near = Near(object_id="block_1", other_id="drawer_unit_1", distance_m=0.05)
    assert not _holds(scene, world, near)
    _move(world, "block_1", _above_table(0.12, 0.16, 0.0))  # its middle is 23 cm from the unit's, its side 2.5 cm away
    assert _holds(scene, world, near)
    _move(world, "block_1", _above_table(0.07, 0.16, 0.0))
    assert not _holds(scene, world, near)


def test_fallen_is_below_a_height(scene: Scene, world: World) -> None:
    fallen = Fallen(object_id="block_1", height_m=TABLE_TOP - 0.1)
    assert not _holds(scene, world, fallen)
    _move(world, "block_1", Pose.of((1.5, 0.0, 0.0)))
    assert _holds(scene, world, fallen)


def test_pressed_remembers_a_state_from_which_the_joint_has_come_back(scene: Scene, world: World) -> None:
    model, data = world
    pressed = Pressed(object_id="drawer_unit_1", joint="slide", value=0.1)
    assert not _holds(scene, world, pressed)
    states = np.tile(data.qpos, (3, 1))
    states[1, model.joint("drawer_unit_1/slide").qposadr[0]] = 0.09
    assert not _holds(scene, world, pressed, states)
    states[1, model.joint("drawer_unit_1/slide").qposadr[0]] = 0.11
    assert _holds(scene, world, pressed, states)


def test_inserted_needs_depth_in_the_slot_and_not_beside_it(scene: Scene, world: World) -> None:
    inserted = Inserted(object_id="peg_1", support_id="rack_1", region="slot", depth_m=0.8 * SLOT_M)
    assert not _holds(scene, world, inserted)
    _move(world, "peg_1", _above_table(-0.4, 0.0, 0.012), steps=100)
    assert _holds(scene, world, inserted)
    _move(world, "peg_1", _above_table(-0.4, 0.0, 0.04))  # only 3 cm of it are below the rim
    assert not _holds(scene, world, inserted)
    _move(world, "peg_1", _above_table(-0.4, -0.06, 0.0))  # deep enough, in front of the rack
    assert not _holds(scene, world, inserted)


def test_inserted_is_false_for_a_peg_that_leans(scene: Scene, world: World) -> None:
    leaning = Inserted(object_id="peg_1", support_id="rack_1", region="slot", depth_m=0.03, max_tilt_rad=0.05)
    _move(world, "peg_1", _above_table(-0.4, 0.0, 0.012))
    assert _holds(scene, world, leaning)
    quat = quat_wxyz_from_axis_angle((1, 0, 0), 0.15)
    _move(world, "peg_1", Pose.of((-0.4, 0.0, TABLE_TOP + 0.013), quat))
    assert not _holds(scene, world, leaning)


def test_hanging_is_carried_by_one_thing_and_touches_no_other(scene: Scene, world: World) -> None:
    hanging = Hanging(object_id="block_1", support_id="stand_1")
    assert not _holds(scene, world, hanging)  # it stands on the table
    _move(world, "block_1", _above_table(-0.2, 0.11, 0.209), steps=20)
    assert _holds(scene, world, hanging)
    _move(world, "block_1", _above_table(-0.2, 0.11, 0.25))  # in the air
    assert not _holds(scene, world, hanging)
    _move(world, "block_1", _above_table(-0.2, 0.11, 0.209), steps=20)
    _move(world, "apple_1", _above_table(-0.2, 0.11, 0.258))  # something leans on it
    assert not _holds(scene, world, hanging)


def test_contains_counts_what_is_inside(scene: Scene, world: World) -> None:
    half = Contains(container_id="bowl_1", region="interior", object_ids=["apple_1", "block_1"], min_fraction=0.5)
    most = half.model_copy(update={"min_fraction": 0.8})
    assert not _holds(scene, world, half)
    _move(world, "apple_1", _above_table(0.2, -0.15, 0.01), steps=100)
    assert _holds(scene, world, half)
    assert not _holds(scene, world, most)


def _sweep(world: World, lift_m: float = -0.0005, way_m: float = 0.2) -> np.ndarray:
    """The sponge goes `way_m` along +X in steps of 1 cm, at a height above the table."""
    model, data = world
    address = int(model.joint("sponge_1/free").qposadr[0])
    states = np.tile(data.qpos, (round(way_m / 0.01) + 1, 1))
    states[:, address : address + 3] = [-0.1, -0.3, TABLE_TOP + lift_m]
    states[:, address] += 0.01 * np.arange(len(states))
    states[:, address + 3 : address + 7] = [1, 0, 0, 0]
    return states


def test_wiped_needs_contact_over_the_whole_rectangle(scene: Scene, world: World) -> None:
    wiped = Wiped(
        object_id="sponge_1", support_id="table_1", region="top", center=(0.0, -0.3), half_extents=(0.13, 0.025)
    )
    assert not _holds(scene, world, wiped)
    assert _holds(scene, world, wiped, _sweep(world))
    assert not _holds(scene, world, wiped, _sweep(world, lift_m=0.002))  # it hovers
    assert not _holds(scene, world, wiped, _sweep(world, way_m=0.05))  # it stopped half-way
    beside = wiped.model_copy(update={"center": (0.0, -0.2)})
    assert not _holds(scene, world, beside, _sweep(world))


def test_wiped_is_false_under_a_sponge_that_stands_on_its_edge(scene: Scene, world: World) -> None:
    model, data = world
    wiped = Wiped(
        object_id="sponge_1", support_id="table_1", region="top", center=(0.0, -0.3), half_extents=(0.04, 0.025)
    )
    address = int(model.joint("sponge_1/free").qposadr[0])
    states = data.qpos[None].copy()
    tilted = quat_wxyz_from_axis_angle((1, 0, 0), 0.5)
    edge = float(np.sin(0.5)) * 0.03 - 0.0005
    states[0, address : address + 7] = [0.0, -0.3, TABLE_TOP + edge, *tilted]
    assert not _holds(scene, world, wiped, states)
    states[0, address : address + 7] = [0.0, -0.3, TABLE_TOP - 0.0005, 1, 0, 0, 0]
    assert _holds(scene, world, wiped, states)


def test_held_by_needs_both_fingers_of_the_arm(scene: Scene, world: World) -> None:
    _, data = world
    held = HeldBy(object_id="block_1", arm="arm")
    assert not _holds(scene, world, held)
    data.joint("robot/finger_joint1").qpos[0] = data.joint("robot/finger_joint2").qpos[0] = 0.0245
    grasp = data.site("robot/grasp").xpos - np.array([0, 0, 0.025])
    _move(world, "block_1", Pose.of(grasp))
    assert _holds(scene, world, held)
    data.joint("robot/finger_joint1").qpos[0] = 0.03
    _move(world, "block_1", Pose.of(grasp))
    assert not _holds(scene, world, held)


def test_held_by_an_arm_that_the_robot_lacks_names_those_that_it_has(scene: Scene, world: World) -> None:
    with pytest.raises(InputError, match="third"):
        _holds(scene, world, HeldBy(object_id="block_1", arm="third"))
