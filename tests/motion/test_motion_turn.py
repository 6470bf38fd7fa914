"""Turning in physics: a knob follows the hand that grips it, up and back."""

import mujoco
import numpy as np
import pytest
from rollout import execute, open_world, solve
from tabletop import drawer_unit, make_scene, make_spec

from blueprint.assets.registry import AssetRequest, generate
from blueprint.contracts.episode import FailureReason
from blueprint.contracts.scene import Scene
from blueprint.contracts.task import JointGoal, TaskSpec
from blueprint.motion import MotionContext, PlanningError, choose_base, skills_for
from blueprint.motion.turn import is_knob
from blueprint.physics.inertia import with_inertials
from blueprint.robots import load_embodiment
from blueprint.tasks import evaluate
from blueprint.tasks.turning import proposals

ROBOT = load_embodiment("primitive_arm")


@pytest.fixture(scope="module")
def scene() -> Scene:
    panel = with_inertials(generate(AssetRequest("control_panel", 1)).model)
    return make_scene({"panel_1": (panel, 0.0, -0.1, 0.0), "unit_1": (drawer_unit(), 0.35, 0.1, 0.0)})


@pytest.fixture(scope="module")
def tasks(scene: Scene) -> list[TaskSpec]:
    found = proposals(scene, ROBOT, 0)
    bases = choose_base(scene, found, ROBOT, np.random.default_rng(0))
    return [task.model_copy(update={"pose_world_base": base}) for task, base in zip(found, bases, strict=True)]


def _world(scene: Scene, task: TaskSpec) -> MotionContext:
    spec = make_spec(scene)
    spec.compiler.degree = False  # hinges in rad
    return open_world(scene, task, spec)


def test_knobs_are_turned_both_ways_and_drawers_are_not(scene: Scene, tasks: list[TaskSpec]) -> None:
    assert [task.instruction for task in tasks] == [
        "turn the knob of the panel clockwise by about 90 degrees",
        "turn the knob of the panel anticlockwise by about 90 degrees",
    ]
    assert not is_knob(scene.asset("unit_1"), scene.asset("unit_1").link("drawer"))
    microwave = generate(AssetRequest("microwave", 0)).model
    assert not any(is_knob(microwave, link) for link in microwave.links)  # a door turns, but not about its handle
    stove = generate(AssetRequest("stove", 0)).model
    assert sum(is_knob(stove, link) for link in stove.links) == 4


@pytest.mark.parametrize("number", [0, pytest.param(1, marks=pytest.mark.slow)], ids=["up", "back"])
def test_a_knob_is_turned_by_a_quarter(scene: Scene, tasks: list[TaskSpec], number: int) -> None:
    task = tasks[number]
    ctx = _world(scene, task)
    assert not evaluate(task, ctx.model, ctx.data, scene)[0].satisfied
    solve(ctx)
    assert all(item.satisfied for item in evaluate(task, ctx.model, ctx.data, scene))
    assert isinstance(task.goal, JointGoal)
    assert ctx.joint_value("panel_1", task.goal.joint) == pytest.approx(task.goal.value, abs=0.1)
    assert np.linalg.norm(ctx.data.body("panel_1").xpos[:2] - [0.0, -0.1]) < 0.01


def test_a_knob_that_slipped_is_reported_as_stuck(scene: Scene, tasks: list[TaskSpec]) -> None:
    ctx = _world(scene, tasks[0])
    (turn,) = skills_for(ctx.task)
    actions = turn.plan(ctx)
    actions[:, 7] = 0.07  # the hand never closes
    execute(ctx, actions)
    mujoco.mj_step(ctx.model, ctx.data, 100)
    with pytest.raises(PlanningError) as error:
        turn.verify(ctx)
    assert error.value.reason is FailureReason.JOINT_STUCK


@pytest.mark.slow
def test_a_turn_beyond_the_wrist_is_unreachable(scene: Scene, tasks: list[TaskSpec]) -> None:
    far = tasks[0].model_copy(update={"goal": JointGoal(joint="knob_turn", value=40.0)})
    ctx = _world(scene, far)
    with pytest.raises(PlanningError) as error:
        skills_for(far)[0].plan(ctx)
    assert error.value.reason is FailureReason.UNREACHABLE
