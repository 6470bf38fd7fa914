"""Predicates are true when the fact holds and false when it does not, on physics state alone."""

import sys
from pathlib import Path

import mujoco
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "motion"))

from tabletop import TABLE_TOP, apple, block, bowl, drawer_unit, make_scene, make_spec

from blueprint.contracts.frames import Pose, quat_wxyz_from_axis_angle, quat_wxyz_from_yaw
from blueprint.contracts.scene import Scene
from blueprint.contracts.task import (
    At,
    AtRest,
    In,
    JointAbove,
    JointBelow,
    JointGoal,
    On,
    Predicate,
    Released,
    TaskSpec,
    Upright,
)
from blueprint.robots import load_embodiment
from blueprint.tasks import evaluate, propose_tasks

BASE = Pose.of((0, -0.62, TABLE_TOP), quat_wxyz_from_yaw(np.pi / 2))


@pytest.fixture(scope="module")
def scene() -> Scene:
    return make_scene(
        {
            "block_1": (block(), -0.2, -0.15, 0.0),
            "apple_1": (apple(), 0.0, -0.2, 0.0),
            "bowl_1": (bowl(), 0.2, -0.15, 0.0),
            "drawer_unit_1": (drawer_unit(), 0.3, 0.16, 0.0),
        }
    )


@pytest.fixture
def world(scene: Scene) -> tuple[mujoco.MjModel, mujoco.MjData]:
    spec = make_spec(scene)
    robot = load_embodiment("primitive_arm")
    robot.attach(spec, BASE)
    model = spec.compile()
    data = mujoco.MjData(model)
    robot.set_state(robot.index(model), data, robot.home_action)
    for _ in range(100):
        mujoco.mj_step(model, data)
    return model, data


def _holds(scene: Scene, world: tuple[mujoco.MjModel, mujoco.MjData], predicate: Predicate) -> bool:
    task = TaskSpec(
        task_id="t",
        task_type="open",
        instruction="x",
        target_object=predicate.object_id,
        goal=JointGoal(joint="slide", value=0.1),
        success=[predicate],
        embodiment="primitive_arm",
        pose_world_base=BASE,
    )
    (result,) = evaluate(task, *world, scene)
    assert result.measured
    return result.satisfied


def _move(world: tuple[mujoco.MjModel, mujoco.MjData], name: str, pose: Pose, steps: int = 0) -> None:
    model, data = world
    data.joint(f"{name}/free").qpos[:] = [*pose.position, *pose.quat_wxyz]
    data.joint(f"{name}/free").qvel[:] = 0
    mujoco.mj_forward(model, data)
    for _ in range(steps):
        mujoco.mj_step(model, data)


def test_on_needs_a_supporting_contact_and_the_centre_over_the_region(scene: Scene, world) -> None:  # type: ignore[no-untyped-def]
    on_table = On(object_id="block_1", support_id="table_1", region="top")
    assert _holds(scene, world, on_table)
    assert not _holds(scene, world, On(object_id="block_1", support_id="bowl_1"))
    _move(world, "block_1", Pose.of((-0.2, -0.15, TABLE_TOP + 0.1)))
    assert not _holds(scene, world, on_table)
    _move(world, "block_1", Pose.of((-0.59, 0.0, TABLE_TOP)), steps=50)  # on the table, beyond the region's edge
    assert not _holds(scene, world, on_table)


def test_on_a_region_is_false_for_a_thing_on_a_board_above_it(scene: Scene, world) -> None:  # type: ignore[no-untyped-def]
    """The drawer's floor has 10 cm of free height; what stands on the unit is above that."""
    _move(world, "block_1", Pose.of((0.3, 0.05, TABLE_TOP + 0.22)), steps=100)
    assert _holds(scene, world, On(object_id="block_1", support_id="drawer_unit_1", region="top"))
    assert not _holds(scene, world, On(object_id="block_1", support_id="drawer_unit_1", region="inside"))


def test_in_is_inside_the_container_and_not_beside_or_above_it(scene: Scene, world) -> None:  # type: ignore[no-untyped-def]
    inside = In(object_id="apple_1", container_id="bowl_1", region="interior")
    assert not _holds(scene, world, inside)
    _move(world, "apple_1", Pose.of((0.2, -0.15, TABLE_TOP + 0.01)), steps=100)
    assert _holds(scene, world, inside)
    _move(world, "apple_1", Pose.of((0.2, -0.15, TABLE_TOP + 0.2)))
    assert not _holds(scene, world, inside)


def test_at_is_within_its_tolerance_of_the_spot(scene: Scene, world) -> None:  # type: ignore[no-untyped-def]
    for x, expected in ((-0.16, True), (-0.10, False)):
        spot = At(object_id="block_1", support_id="table_1", region="top", position=(x, -0.15), tolerance_m=0.05)
        assert _holds(scene, world, spot) is expected


def test_joint_predicates_compare_with_the_measured_position(scene: Scene, world) -> None:  # type: ignore[no-untyped-def]
    model, data = world
    opened = JointAbove(object_id="drawer_unit_1", joint="slide", value=0.1)
    closed = JointBelow(object_id="drawer_unit_1", joint="slide", value=0.01)
    assert not _holds(scene, world, opened)
    assert _holds(scene, world, closed)
    data.joint("drawer_unit_1/slide").qpos[0] = 0.15
    mujoco.mj_forward(model, data)
    assert _holds(scene, world, opened)
    assert not _holds(scene, world, closed)


def test_at_rest_is_false_for_a_moving_thing(scene: Scene, world) -> None:  # type: ignore[no-untyped-def]
    model, data = world
    assert _holds(scene, world, AtRest(object_id="block_1"))
    data.joint("block_1/free").qvel[0] = 0.2
    mujoco.mj_forward(model, data)
    assert not _holds(scene, world, AtRest(object_id="block_1"))


def test_upright_is_false_for_a_thing_on_its_side(scene: Scene, world) -> None:  # type: ignore[no-untyped-def]
    assert _holds(scene, world, Upright(object_id="block_1"))
    quat = quat_wxyz_from_axis_angle((1, 0, 0), np.pi / 2)
    _move(world, "block_1", Pose.of((-0.2, -0.15, TABLE_TOP + 0.1), quat))
    assert not _holds(scene, world, Upright(object_id="block_1"))


def test_released_is_false_while_the_hand_touches(scene: Scene, world) -> None:  # type: ignore[no-untyped-def]
    _, data = world
    assert _holds(scene, world, Released(object_id="block_1"))
    grasp = data.site("robot/grasp").xpos
    data.joint("robot/finger_joint1").qpos[0] = data.joint("robot/finger_joint2").qpos[0] = 0.0245
    _move(world, "block_1", Pose.of(grasp - np.array([0, 0, 0.025])))
    assert not _holds(scene, world, Released(object_id="block_1"))


@pytest.mark.slow
def test_proposals_vary_name_things_and_do_not_hold_at_the_start(scene: Scene, world) -> None:  # type: ignore[no-untyped-def]
    tasks = propose_tasks(scene, load_embodiment("primitive_arm"), 12)
    assert len({task.task_id for task in tasks}) == len(tasks)
    assert {"pick_place", "open", "close"} <= {task.task_type for task in tasks}
    assert "pick up the block and place it in the bowl" in {task.instruction for task in tasks}
    again = propose_tasks(scene, load_embodiment("primitive_arm"), 12)
    assert [task.model_dump_json() for task in tasks] == [task.model_dump_json() for task in again]
    model, data = world
    for task in tasks:
        state = mujoco.MjData(model)
        state.qpos[:], state.qvel[:] = data.qpos, data.qvel
        for name, value in task.initial_joints.items():
            state.joint(name).qpos[0] = value
        mujoco.mj_forward(model, state)
        assert not all(item.satisfied for item in evaluate(task, model, state, scene)), task.task_id
