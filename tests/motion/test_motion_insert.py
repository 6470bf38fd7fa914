"""Inserting in physics: a tube ends at the bottom of its hole, and what missed it is reported."""

import numpy as np
import pytest
from rollout import execute, open_world, solve
from tabletop import TABLE_TOP
from tabletop_things import spec_of, stands

from blueprint.contracts.episode import FailureReason
from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.contracts.scene import Scene
from blueprint.contracts.task import TaskSpec
from blueprint.motion import MotionContext, PlanningError, skills_for
from blueprint.robots import load_embodiment
from blueprint.tasks import evaluate
from blueprint.tasks.inserting import proposals

BASE = Pose.of((0, -0.62, TABLE_TOP), quat_wxyz_from_yaw(np.pi / 2))


def _task(scene: Scene) -> TaskSpec:
    return proposals(scene, load_embodiment("primitive_arm"), 0)[0].model_copy(update={"pose_world_base": BASE})


@pytest.fixture(scope="module")
def scene() -> Scene:
    return stands({"test_tube_rack_1": ("test_tube_rack", 0.15, -0.1), "test_tube_1": ("test_tube", -0.12, -0.15)})


def _world(scene: Scene) -> MotionContext:
    return open_world(scene, _task(scene), spec_of(scene))


def test_a_tube_is_lowered_to_the_bottom_of_its_hole(scene: Scene) -> None:
    ctx = _world(scene)
    assert not all(item.satisfied for item in evaluate(ctx.task, ctx.model, ctx.data, scene))
    rack = ctx.data.body("test_tube_rack_1").xpos.copy()
    solve(ctx)
    assert all(item.satisfied for item in evaluate(ctx.task, ctx.model, ctx.data, scene))
    assert np.linalg.norm(ctx.data.body("test_tube_rack_1").xpos - rack) < 0.002
    frame = ctx.region_pose("test_tube_rack_1", ctx.task.goal.region)  # type: ignore[union-attr]
    assert np.linalg.inv(frame)[:3] @ [*ctx.data.body("test_tube_1").xpos, 1.0] == pytest.approx([0, 0, 0], abs=0.003)


@pytest.mark.slow
@pytest.mark.parametrize(("rack", "thing"), [("peg_board", "peg"), ("toast_rack", "toast_slice")])
def test_pegs_and_slices_of_toast_go_into_what_is_made_for_them(rack: str, thing: str) -> None:
    scene = stands({"rack_1": (rack, 0.15, -0.1), "thing_1": (thing, -0.12, -0.15)}, yaw=0.2)
    ctx = _world(scene)
    solve(ctx)
    assert all(item.satisfied for item in evaluate(ctx.task, ctx.model, ctx.data, scene))


def test_what_slipped_in_the_hand_is_set_right_over_the_hole(scene: Scene) -> None:
    ctx = _world(scene)
    pick, align, insert = skills_for(ctx.task)
    for skill in (pick, align):
        execute(ctx, skill.plan(ctx))
        skill.verify(ctx)
    tube = ctx.data.joint("test_tube_1/free")
    tube.qpos[2] += 0.004
    execute(ctx, insert.plan(ctx))
    insert.verify(ctx)


def test_a_tube_beside_its_hole_is_reported_as_missed(scene: Scene) -> None:
    ctx = _world(scene)
    insert = skills_for(ctx.task)[2]
    with pytest.raises(PlanningError) as error:
        insert.verify(ctx)
    assert error.value.reason is FailureReason.GOAL_MISSED


def test_a_hole_that_is_taken_is_not_entered(scene: Scene) -> None:
    """The tube that stands in it is an obstacle on the straight way down."""
    things = {name: (scene.asset(name).category, *_xy(scene, name)) for name in ("test_tube_rack_1", "test_tube_1")}
    crowded = stands(things | {"test_tube_2": ("test_tube", 0.3, 0.2)})
    ctx = open_world(crowded, _task(scene), spec_of(crowded))
    pick, align, _ = skills_for(ctx.task)
    execute(ctx, pick.plan(ctx))
    frame = ctx.region_pose("test_tube_rack_1", ctx.task.goal.region)  # type: ignore[union-attr]
    ctx.data.joint("test_tube_2/free").qpos[:3] = frame[:3, 3] + [0, 0, 0.001]
    with pytest.raises(PlanningError) as error:
        align.plan(ctx)
    assert error.value.reason is FailureReason.UNREACHABLE


def test_a_tube_that_is_no_longer_held_is_reported_as_dropped(scene: Scene) -> None:
    ctx = _world(scene)
    for skill in skills_for(ctx.task)[1:]:
        with pytest.raises(PlanningError) as error:
            skill.plan(ctx)
        assert error.value.reason is FailureReason.DROPPED


def _xy(scene: Scene, name: str) -> tuple[float, float]:
    x, y, _ = scene.pose_world_object(name).position
    return x, y
