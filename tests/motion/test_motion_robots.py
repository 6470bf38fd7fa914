"""Arms of six and seven joints, with fingers that slide or turn: each takes, places, opens and replays."""

import mujoco
import numpy as np
import pytest
from rollout import STEPS_PER_TICK, execute, open_world, solve
from tabletop import TABLE_TOP, block, drawer_unit, make_scene

from blueprint.contracts.frames import Pose
from blueprint.contracts.task import AtRest, JointGoal, PlaceGoal, TaskSpec
from blueprint.motion import MotionContext, choose_base, skills_for
from blueprint.robots import load_embodiment

ROBOTS = [
    "primitive_arm",
    "primitive_six",
    pytest.param("panda", marks=pytest.mark.slow),
    pytest.param("vx300s", marks=pytest.mark.slow),
    pytest.param("ur5e_2f85", marks=pytest.mark.slow),
    pytest.param("xarm7", marks=pytest.mark.slow),
]
GOAL = (0.15, -0.22)


def _place(robot: str) -> MotionContext:
    scene = make_scene({"block_1": (block(), -0.12, -0.2, 0.4)})
    task = TaskSpec(
        task_id="t",
        task_type="pick_place",
        instruction="move the block",
        target_object="block_1",
        goal=PlaceGoal(support_id="table_1", region="top", pose_region_object=Pose.of((*GOAL, 0.0))),
        success=[AtRest(object_id="block_1")],
        embodiment=robot,
        pose_world_base=Pose(),
    )
    base = choose_base(scene, [task], load_embodiment(robot), np.random.default_rng(0))[0]
    return open_world(scene, task.model_copy(update={"pose_world_base": base}))


def _open(robot: str) -> MotionContext:
    scene = make_scene({"drawer_1": (drawer_unit(), 0.0, -0.05, 0.0)})
    task = TaskSpec(
        task_id="t",
        task_type="open",
        instruction="open the drawer",
        target_object="drawer_1",
        goal=JointGoal(joint="slide", value=0.15),
        success=[AtRest(object_id="drawer_1")],
        embodiment=robot,
        pose_world_base=Pose(),
    )
    base = choose_base(scene, [task], load_embodiment(robot), np.random.default_rng(0))[0]
    return open_world(scene, task.model_copy(update={"pose_world_base": base}))


@pytest.mark.parametrize("robot", ROBOTS)
def test_a_block_is_put_where_it_shall_stand(robot: str) -> None:
    ctx = _place(robot)
    solve(ctx)
    at = ctx.data.body("block_1").xpos
    assert np.linalg.norm(at[:2] - GOAL) < 0.02
    assert at[2] == pytest.approx(TABLE_TOP, abs=0.002)
    assert not ctx.robot_touches("block_1")


@pytest.mark.parametrize("robot", ROBOTS)
def test_a_drawer_is_opened(robot: str) -> None:
    ctx = _open(robot)
    solve(ctx)
    assert ctx.joint_value("drawer_1", "slide") > 0.12
    assert not ctx.robot_touches("drawer_1")


@pytest.mark.parametrize("robot", ROBOTS)
def test_the_same_actions_give_the_same_states_bit_by_bit(robot: str) -> None:
    first, second = _place(robot), _place(robot)
    skills = skills_for(first.task)
    actions = skills[0].plan(first)
    states: tuple[list[bytes], list[bytes]] = ([], [])
    for ctx, seen in zip((first, second), states, strict=True):
        execute(ctx, actions, lambda ctx=ctx, seen=seen: seen.append(ctx.data.qpos.tobytes() + ctx.data.qvel.tobytes()))
    assert len(states[0]) == len(actions)
    assert states[0] == states[1]
    skills[0].verify(first)


@pytest.mark.parametrize("robot", ["primitive_arm", "primitive_six"])
def test_actions_are_as_wide_as_the_robot_and_start_at_the_last_command(robot: str) -> None:
    ctx = _place(robot)
    actions = skills_for(ctx.task)[0].plan(ctx)
    assert actions.shape[1] == ctx.embodiment.action_size
    assert np.abs(actions[0] - ctx.commanded_action).max() < 0.05
    assert STEPS_PER_TICK * ctx.model.opt.timestep == pytest.approx(1 / 20)
    assert mujoco.mj_name2id(ctx.model, mujoco.mjtObj.mjOBJ_ACTUATOR, "robot/gripper") == ctx.arm_index.gripper_ctrl
