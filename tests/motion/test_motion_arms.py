"""Robots with several arms or a base that drives: one acts, the others hold still and are in the way."""

import mujoco
import numpy as np
import pytest
from rollout import open_world
from tabletop import block, make_scene

from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose
from blueprint.contracts.task import AtRest, PlaceGoal, TaskSpec
from blueprint.motion import MotionContext
from blueprint.motion.collision import Clearance
from blueprint.motion.ik import kinematics_of
from blueprint.motion.route import Route
from blueprint.robots import load_embodiment


def _context(robot: str, arm: str | None = None) -> MotionContext:
    task = TaskSpec(
        task_id="t",
        task_type="pick_place",
        instruction="move the block",
        target_object="block_1",
        goal=PlaceGoal(support_id="table_1", region="top", pose_region_object=Pose()),
        success=[AtRest(object_id="block_1")],
        embodiment=robot,
        pose_world_base=Pose.of((0.0, -2.0, 0.75 if robot == "primitive_bimanual" else 0.0)),
        arm=arm,
    )
    return open_world(make_scene({"block_1": (block(), 0.0, 0.0, 0.0)}), task)


@pytest.fixture
def both() -> MotionContext:
    return _context("primitive_bimanual")


def test_shoulder_and_wrist_are_measured_on_the_model() -> None:
    seven, six = kinematics_of("primitive_arm"), kinematics_of("primitive_six")
    np.testing.assert_allclose(seven.shoulder, [0, 0, 0.34], atol=1e-9)
    np.testing.assert_allclose(six.shoulder, [0, 0, 0.28], atol=1e-9)
    stretched = six.forward(np.array([0.0, np.pi / 2 - 1e-3, 0.0, 0.0, 0.0, 0.0]))
    assert 0.95 < six.extension(stretched) < 1.05


def test_every_arm_has_kinematics_of_its_own_in_the_frame_of_the_robot() -> None:
    left, right = (kinematics_of("primitive_bimanual", arm) for arm in ("left", "right"))
    np.testing.assert_allclose(left.shoulder - right.shoulder, [0, 0.5, 0], atol=1e-9)
    np.testing.assert_allclose((left.forward(left.home) - right.forward(right.home))[:3, 3], [0, 0.5, 0], atol=1e-9)
    with pytest.raises(InputError, match=r"left.*right"):
        kinematics_of("primitive_bimanual", "middle")


def test_the_tasks_arm_acts_else_the_first() -> None:
    assert _context("primitive_bimanual").arm == "left"
    assert _context("primitive_bimanual", "right").arm == "right"


def test_a_route_moves_the_acting_arm_alone_and_may_go_on_with_the_other(both: MotionContext) -> None:
    both.planning.sync(both.data)
    robot, start = both.embodiment, both.commanded_action
    left, right = robot.slots("left"), robot.slots("right")
    route = Route(both)
    route.move_free(route.q + 0.1)
    first = len(route.actions)
    route.use("right")
    route.move_gripper(0.02, settle_ticks=0)
    route.move_free(route.q - 0.1)
    actions = route.actions
    assert actions.shape[1] == robot.action_size == 16
    np.testing.assert_array_equal(actions[:first, right.all], np.tile(start[right.all].astype(np.float32), (first, 1)))
    assert (actions[first:, left.all] == actions[first - 1, left.all]).all()
    np.testing.assert_allclose(actions[-1, left.joints], start[left.joints] + 0.1, atol=1e-6)
    np.testing.assert_allclose(actions[-1, right.joints], start[right.joints] - 0.1, atol=1e-6)
    assert actions[-1, right.gripper] == pytest.approx(0.02)
    assert both.arm == "right"


def test_an_arm_is_in_the_way_of_the_other_where_it_was_left(both: MotionContext) -> None:
    both.planning.sync(both.data)
    left, right = (both.embodiment.arm(name) for name in ("left", "right"))
    inwards = left.home_qpos.copy()
    inwards[0] = -np.pi / 2
    assert both.planning.is_free(inwards, 0.05, Clearance())
    outstretched = right.home_qpos.copy()
    outstretched[0] = np.pi / 2
    both.planning.set_arm("right", outstretched, right.opening_max_m)
    assert "robot/right" in str(both.planning.collision(inwards, 0.05, Clearance()))


def test_controls_and_actions_are_inverse_with_linkages_too() -> None:
    for name in ("primitive_bimanual", "primitive_six", "primitive_mobile"):
        robot = load_embodiment(name)
        action = robot.home_action.astype(float)
        action[-1] = 0.031
        np.testing.assert_allclose(robot.ctrl_to_action(robot.action_to_ctrl(action)), action, atol=1e-12)


def test_a_base_that_drives_comes_first_in_state_and_action_and_carries_the_arm() -> None:
    ctx = _context("primitive_mobile")
    robot = ctx.embodiment
    assert robot.state_names[:3] == ["base_x.pos", "base_y.pos", "base_yaw.pos"]
    assert robot.units[:3] == ["m", "m", "rad"]
    before, state = ctx.pose_world_grasp, robot.home_action.astype(float)
    state[:3] = 0.3, -0.2, 0.0
    robot.set_state(ctx.index, ctx.data, state)
    mujoco.mj_forward(ctx.model, ctx.data)
    np.testing.assert_allclose(robot.state(ctx.model, ctx.data), state, atol=1e-6)
    np.testing.assert_allclose((ctx.pose_world_grasp - before)[:3, 3], [0.3, -0.2, 0.0], atol=1e-3)
    np.testing.assert_allclose(ctx.commanded_base, [0.3, -0.2, 0.0], atol=1e-6)
    np.testing.assert_allclose(ctx.pose_world_base[:2, 3], [0.3, -2.2], atol=1e-3)
