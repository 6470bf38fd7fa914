"""Pushing in physics: the thing slides to its goal, on its foot, and nothing else moves."""

import numpy as np
import pytest
from rollout import execute, open_world, solve
from tabletop import TABLE_TOP, block, bowl, can, carton, make_scene

from blueprint.contracts.asset import AssetModel
from blueprint.contracts.episode import FailureReason
from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.contracts.scene import Scene
from blueprint.contracts.task import At, AtRest, PushGoal, Released, TaskSpec, Upright
from blueprint.motion import PlanningError, skills_for
from blueprint.tasks import evaluate

BASE = Pose.of((0, -0.62, TABLE_TOP), quat_wxyz_from_yaw(np.pi / 2))


def _push(x: float, y: float, target: str = "thing_1") -> TaskSpec:
    spot = At(object_id=target, support_id="table_1", region="top", position=(x, y), tolerance_m=0.04)
    return TaskSpec(
        task_id=f"tabletop::push::{target}",
        task_type="push",
        instruction="push it",
        target_object=target,
        goal=PushGoal(support_id="table_1", region="top", position=(x, y)),
        success=[spot, Upright(object_id=target), AtRest(object_id=target), Released(object_id=target)],
        embodiment="primitive_arm",
        pose_world_base=BASE,
    )


def _scene(asset: AssetModel, yaw: float = 0.0) -> Scene:
    return make_scene({"thing_1": (asset, -0.05, -0.15, yaw)})


@pytest.mark.parametrize(
    ("asset", "goal"),
    [(block(0.05), (0.1, -0.15)), (carton(), (-0.05, 0.0)), (can(), (-0.2, -0.15))],
    ids=["a wide block to the right", "a tall carton away", "a can to the left"],
)
def test_a_thing_slides_to_within_two_centimetres_of_its_goal_and_never_leaves_the_table(
    asset: AssetModel, goal: tuple[float, float]
) -> None:
    scene, task = _scene(asset), _push(*goal)
    ctx = open_world(scene, task)
    assert not all(item.satisfied for item in evaluate(task, ctx.model, ctx.data, scene))
    rise = [0.0]
    solve(ctx, lambda: rise.append(float(ctx.data.body("thing_1").xpos[2] - TABLE_TOP)))
    assert max(rise) < 0.01
    assert np.linalg.norm(ctx.data.body("thing_1").xpos[:2] - np.array(goal)) < 0.02
    assert all(item.satisfied for item in evaluate(task, ctx.model, ctx.data, scene))


def test_a_turned_block_goes_where_it_is_pushed() -> None:
    scene, task = _scene(block(0.05), yaw=0.5), _push(0.08, -0.15)
    ctx = open_world(scene, task)
    solve(ctx)
    assert all(item.satisfied for item in evaluate(task, ctx.model, ctx.data, scene))


def test_a_push_through_another_thing_is_not_planned() -> None:
    scene = make_scene({"thing_1": (block(), -0.1, -0.15, 0.0), "bowl_1": (bowl(), 0.05, -0.15, 0.0)})
    ctx = open_world(scene, _push(0.2, -0.15))
    with pytest.raises(PlanningError) as error:
        skills_for(ctx.task)[0].plan(ctx)
    assert error.value.reason in (FailureReason.UNREACHABLE, FailureReason.NO_PATH)


def test_a_push_that_stopped_short_is_reported_as_a_missed_goal() -> None:
    ctx = open_world(_scene(block()), _push(0.12, -0.15))
    (push,) = skills_for(ctx.task)
    actions = push.plan(ctx)
    execute(ctx, actions[: len(actions) // 3])
    with pytest.raises(PlanningError) as error:
        push.verify(ctx)
    assert error.value.reason is FailureReason.GOAL_MISSED
