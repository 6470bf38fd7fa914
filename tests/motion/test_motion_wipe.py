"""Wiping in physics: a sponge is taken, goes over the rectangle in contact, and is put down."""

import numpy as np
import pytest
from rollout import execute, open_world
from tabletop import TABLE_TOP, bowl, make_scene

from blueprint.assets.registry import AssetRequest, generate
from blueprint.contracts.episode import FailureReason
from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.contracts.scene import Scene
from blueprint.contracts.task import AtRest, Released, TaskSpec, Wiped, WipeGoal
from blueprint.motion import MotionContext, PlanningError, skills_for
from blueprint.motion.wipe import strokes
from blueprint.physics.inertia import with_inertials
from blueprint.robots import load_embodiment
from blueprint.tasks import evaluate
from blueprint.tasks.wiping import proposals

BASE = Pose.of((0, -0.62, TABLE_TOP), quat_wxyz_from_yaw(np.pi / 2))
ROBOT = load_embodiment("primitive_arm")


@pytest.fixture(scope="module")
def scene() -> Scene:
    sponge = with_inertials(generate(AssetRequest("sponge", 1)).model)
    return make_scene({"sponge_1": (sponge, -0.2, -0.15, 0.3), "bowl_1": (bowl(), 0.35, 0.2, 0.0)})


def _task(center: tuple[float, float] = (0.0, -0.05), half: tuple[float, float] = (0.12, 0.05)) -> TaskSpec:
    return TaskSpec(
        task_id="tabletop::wipe::sponge_1",
        task_type="wipe",
        instruction="wipe the table with the sponge",
        target_object="sponge_1",
        goal=WipeGoal(support_id="table_1", region="top", center=center, half_extents=half),
        success=[
            Wiped(object_id="sponge_1", support_id="table_1", region="top", center=center, half_extents=half),
            AtRest(object_id="sponge_1"),
            Released(object_id="sponge_1"),
        ],
        embodiment="primitive_arm",
        pose_world_base=BASE,
    )


def _run(ctx: MotionContext, count: int = 3) -> np.ndarray:
    states = [ctx.data.qpos.copy()]
    for skill in skills_for(ctx.task)[:count]:
        execute(ctx, skill.plan(ctx), lambda: states.append(ctx.data.qpos.copy()))
        skill.verify(ctx)
    return np.array(states)


def test_a_sponge_wipes_a_rectangle_in_contact_and_is_put_down(scene: Scene) -> None:
    task = _task()
    ctx = open_world(scene, task)
    states = _run(ctx)
    results = evaluate(task, ctx.model, ctx.data, scene, states)
    assert all(item.satisfied for item in results), [item.measured for item in results]
    assert not evaluate(task, ctx.model, ctx.data, scene)[0].satisfied  # where it ended, it covers a part only
    assert not evaluate(task, ctx.model, ctx.data, scene, states[: len(states) // 2])[0].satisfied


def test_a_sponge_that_was_never_taken_is_reported_as_dropped(scene: Scene) -> None:
    ctx = open_world(scene, _task())
    with pytest.raises(PlanningError) as error:
        skills_for(ctx.task)[1].plan(ctx)
    assert error.value.reason is FailureReason.DROPPED


def test_a_rectangle_with_a_bowl_on_it_is_not_wiped(scene: Scene) -> None:
    task = _task(center=(0.3, 0.15))
    ctx = open_world(scene, task)
    with pytest.raises(PlanningError):
        _run(ctx, 2)


def test_strokes_cover_the_rectangle_lane_by_lane() -> None:
    corners = strokes((0.1, 0.2), (0.15, 0.08), (0.1, 0.06))
    x, y = np.array(corners).T
    assert x.min() == pytest.approx(0.1 - 0.15 - 0.01 + 0.05)
    assert x.max() == pytest.approx(0.1 + 0.15 + 0.01 - 0.05)
    lanes = np.unique(np.round(y, 6))
    assert np.diff(lanes).max() <= 0.8 * 0.06 + 1e-9
    assert lanes.min() - 0.03 <= 0.12
    assert strokes((0.0, 0.0), (0.1, 0.02), (0.1, 0.06)) == [(-0.06, 0.0), (0.06, 0.0)]


def test_free_rectangles_near_the_sponge_are_proposed_and_nothing_where_there_is_no_room(scene: Scene) -> None:
    (task,) = proposals(scene, ROBOT, 0)
    assert task.instruction == "wipe the table with the sponge"
    assert proposals(scene, ROBOT, 0) == [task]
    assert proposals(scene, ROBOT, 1) != [task]
    sponge = scene.asset("sponge_1")
    crowd = {f"bowl_{k}": (bowl(), x, y, 0.0) for k, (x, y) in enumerate(
        [(x, y) for x in (-0.45, -0.2, 0.05, 0.3) for y in (-0.3, -0.06, 0.18)])}  # fmt: skip
    full = make_scene({"sponge_1": (sponge, -0.32, -0.18, 0.0), **crowd})
    assert proposals(full, ROBOT, 0) == []
