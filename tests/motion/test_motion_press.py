"""Pressing in physics: a button goes in under closed fingers and comes back or stays, as its mechanism has it."""

import mujoco
import numpy as np
import pytest
from rollout import execute, open_world
from tabletop import TABLE_TOP, drawer_unit, make_scene, make_spec

from blueprint.assets.registry import AssetRequest, generate
from blueprint.contracts.asset import AssetModel
from blueprint.contracts.episode import FailureReason
from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.contracts.scene import Scene
from blueprint.motion import MotionContext, PlanningError, choose_base, skills_for
from blueprint.motion.press_points import is_button, press_points
from blueprint.physics.inertia import with_inertials
from blueprint.robots import load_embodiment
from blueprint.tasks import evaluate
from blueprint.tasks.pressing import proposals

ROBOT = load_embodiment("primitive_arm")


def _asset(category: str) -> AssetModel:
    return with_inertials(generate(AssetRequest(category, 1)).model)


def _true_masses(scene: Scene, spec: mujoco.MjSpec) -> mujoco.MjSpec:
    """Give the bodies the masses of their assets, not those of their geoms, and take hinges in rad."""
    spec.compiler.degree = False
    for item in scene.objects:
        for link in scene.asset(item.id).links:
            name = item.id if link.parent is None else f"{item.id}/{link.name}"
            if link.inertial is not None:
                body, own = spec.body(name), link.inertial
                body.mass, body.ipos, body.inertia = own.mass_kg, own.center_of_mass, own.principal_moments
                body.iquat, body.explicitinertial = own.quat_wxyz_principal, True
            if link.joint is not None:
                spec.joint(f"{item.id}/{link.joint.name}").armature = link.joint.armature
    return spec


def _world(category: str, y: float = -0.1) -> tuple[MotionContext, list[np.ndarray]]:
    scene = make_scene({"thing_1": (_asset(category), 0.0, y, 0.0)})
    task = proposals(scene, ROBOT, 0)[0]
    (base,) = choose_base(scene, [task], ROBOT, np.random.default_rng(0))
    task = task.model_copy(update={"pose_world_base": base})
    ctx = open_world(scene, task, _true_masses(scene, make_spec(scene)))
    return ctx, [ctx.data.qpos.copy()]


def _run(ctx: MotionContext, states: list[np.ndarray]) -> None:
    for skill in skills_for(ctx.task):
        execute(ctx, skill.plan(ctx), lambda: states.append(ctx.data.qpos.copy()))
        skill.verify(ctx)
    mujoco.mj_step(ctx.model, ctx.data, 1000)


@pytest.mark.parametrize(
    ("category", "comes_back"),
    [pytest.param("push_button", True, marks=pytest.mark.slow), ("control_panel", False)],
)
def test_a_button_is_pressed_and_comes_back_by_its_counterweight_or_stays(category: str, comes_back: bool) -> None:
    ctx, states = _world(category)
    task = ctx.task
    assert not evaluate(task, ctx.model, ctx.data, ctx.scene, np.array(states))[0].satisfied
    _run(ctx, states)
    assert all(item.satisfied for item in evaluate(task, ctx.model, ctx.data, ctx.scene, np.array(states)))
    left = ctx.joint_value("thing_1", task.goal.joint)
    assert (left < 0.1 * task.goal.value) is comes_back
    assert np.linalg.norm(ctx.data.body("thing_1").xpos - [0.0, -0.1, TABLE_TOP]) < 0.003  # it was not pushed away


def test_fingers_that_stop_short_of_the_button_are_reported() -> None:
    ctx, _ = _world("control_panel")
    press = skills_for(ctx.task)[0]
    actions = press.plan(ctx)
    execute(ctx, actions[: len(actions) * 2 // 3])
    with pytest.raises(PlanningError) as error:
        press.verify(ctx)
    assert error.value.reason is FailureReason.JOINT_STUCK


def test_only_what_moves_a_little_and_has_no_handle_is_a_button() -> None:
    unit, panel = drawer_unit(), _asset("control_panel")
    assert not is_button(unit, unit.link("drawer"))
    assert is_button(panel, panel.link("red_button"))
    assert not is_button(panel, panel.link("knob"))
    scene = make_scene({"panel_1": (panel, 0.0, 0.0, 0.0), "unit_1": (unit, 0.35, 0.0, 0.0)})
    words = [task.instruction for task in proposals(scene, ROBOT, 0)]
    assert words == [f"press the {colour} button of the panel" for colour in ("red", "yellow", "green")]


def test_a_rocker_is_pressed_on_the_half_that_stands_out() -> None:
    switch = _asset("light_switch")
    best = press_points(switch, switch.link("rocker"))[0]
    assert best.point[2] > 0.015  # of its upper half
    assert best.way[1] > 0.95  # into the wall


def test_a_button_that_points_away_from_every_base_is_unreachable() -> None:
    scene = make_scene({"thing_1": (_asset("control_panel"), 0.0, -0.1, np.pi)})
    task = proposals(scene, ROBOT, 0)[0]
    front = Pose.of((0, -0.62, TABLE_TOP), quat_wxyz_from_yaw(np.pi / 2))
    ctx = open_world(scene, task.model_copy(update={"pose_world_base": front}))
    with pytest.raises(PlanningError) as error:
        skills_for(ctx.task)[0].plan(ctx)
    assert error.value.reason in (FailureReason.UNREACHABLE, FailureReason.NO_PATH)
