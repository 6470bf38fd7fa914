"""A robot on wheels drives to what it is to take and to where it is to put it, around what stands in its way."""

import mujoco
import numpy as np
import pytest
from rollout import execute, open_world
from tabletop import _item, block, can, make_scene

from blueprint.contracts.episode import FailureReason
from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.contracts.scene import Scene
from blueprint.contracts.task import AtRest, On, PlaceGoal, Released, TaskSpec
from blueprint.motion import MotionContext, PlanningError, skills_for
from blueprint.motion.base_path import plan_drive
from blueprint.motion.collision import Clearance
from blueprint.tasks import evaluate

FAR = Pose.of((-1.2, -1.6, 0.0), quat_wxyz_from_yaw(0.3))


@pytest.fixture(scope="module")
def scene() -> Scene:
    """Two tables, 2.7 m apart, a can on the one and a block on it, too."""
    one = make_scene({"can_1": (can(), -0.1, -0.15, 0.3), "block_1": (block(), 0.2, -0.2, 0.0)})
    other = _item("table_2", "table", Pose.of((2.6, 0.6, 0), quat_wxyz_from_yaw(1.2)), "static", None)
    models = {item.asset.asset_id: one.asset(item.id) for item in one.objects}
    return Scene(one.manifest.model_copy(update={"objects": [*one.manifest.objects, other]}), models)


def _task(support: str, position: tuple[float, float], base: Pose = FAR, robot: str = "primitive_mobile") -> TaskSpec:
    return TaskSpec(
        task_id="tabletop::pick_place::can_1",
        task_type="pick_place",
        instruction="move it",
        target_object="can_1",
        goal=PlaceGoal(support_id=support, region="top", pose_region_object=Pose.of((*position, 0.0))),
        success=[
            On(object_id="can_1", support_id=support),
            AtRest(object_id="can_1"),
            Released(object_id="can_1"),
        ],
        embodiment=robot,
        pose_world_base=base,
    )


@pytest.mark.slow
def test_a_can_is_carried_to_a_table_that_is_metres_away(scene: Scene) -> None:
    task = _task("table_2", (-0.1, -0.15))
    ctx = open_world(scene, task)
    driven = []
    for skill in skills_for(task):
        before = ctx.data.qpos[ctx.index.base_qpos].copy()
        actions = skill.plan(ctx)
        execute(ctx, actions)
        skill.verify(ctx)
        driven.append((skill.name, float(np.linalg.norm(ctx.data.qpos[ctx.index.base_qpos] - before))))
    assert [name for name, _ in driven] == ["navigate", "pick", "navigate", "place"]
    assert all((distance > 1.0) == (name == "navigate") for name, distance in driven)
    for _ in range(100):
        mujoco.mj_step(ctx.model, ctx.data)
    assert all(item.satisfied for item in evaluate(task, ctx.model, ctx.data, scene))


def test_it_stays_where_everything_is_within_reach(scene: Scene) -> None:
    task = _task("table_1", (0.1, -0.1), Pose.of((0.0, -0.8, 0.0), quat_wxyz_from_yaw(np.pi / 2)))
    ctx = open_world(scene, task)
    assert skills_for(task)[0].plan(ctx).shape == (0, 11)


def test_while_driving_only_the_base_moves(scene: Scene) -> None:
    task = _task("table_2", (-0.1, -0.15))
    ctx = open_world(scene, task)
    actions = skills_for(task)[0].plan(ctx)
    assert np.ptp(actions[:, :3], axis=0).min() > 0.1
    np.testing.assert_array_equal(actions[:, 3:], np.tile(actions[0, 3:], (len(actions), 1)))


def test_a_base_that_did_not_arrive_is_reported(scene: Scene) -> None:
    task = _task("table_2", (-0.1, -0.15))
    ctx = open_world(scene, task)
    skill = skills_for(task)[0]
    skill.plan(ctx)
    with pytest.raises(PlanningError) as failure:
        skill.verify(ctx)
    assert failure.value.reason == FailureReason.GOAL_MISSED


def test_a_robot_without_wheels_does_not_navigate(scene: Scene) -> None:
    assert [skill.name for skill in skills_for(_task("table_1", (0, 0), robot="primitive_arm"))] == ["pick", "place"]


def _straight_ahead(scene: Scene, metres: float) -> tuple[MotionContext, np.ndarray | None]:
    """Plan a drive through the middle of table_1, from 1.6 m before it."""
    task = _task("table_1", (0, 0), Pose.of((0.0, -1.6, 0.0), quat_wxyz_from_yaw(np.pi / 2)))
    ctx = open_world(scene, task)
    ctx.planning.sync(ctx.data)
    return ctx, plan_drive(ctx, np.array([metres, 0.0, 0.0]), ctx.commanded_q, ctx.commanded_opening_m, frozenset())


def test_a_drive_leads_around_the_table_and_touches_nothing(scene: Scene) -> None:
    ctx, path = _straight_ahead(scene, 3.2)
    assert path is not None
    assert np.abs(path[:, 1]).max() > 0.6  # the table is 1.2 m wide
    ctx.planning.sync(ctx.data)
    for base in path:
        ctx.planning.data.qpos[ctx.index.base_qpos] = base
        assert ctx.planning.is_free(ctx.commanded_q, ctx.commanded_opening_m, Clearance(pad_m=0.0))


def test_a_place_in_the_middle_of_the_table_is_not_driven_to(scene: Scene) -> None:
    assert _straight_ahead(scene, 1.6)[1] is None


def test_a_drive_keeps_the_limits_of_the_base(scene: Scene) -> None:
    _, path = _straight_ahead(scene, 0.5)
    assert path is not None
    assert np.abs(np.diff(path, axis=0)).max(axis=0)[:2].max() * 20 < 0.8
