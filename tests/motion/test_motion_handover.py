"""One hand gives, the other takes: in physics, with the two-armed robot that needs no download."""

import numpy as np
import pytest
from rollout import execute, open_world
from tabletop import TABLE_TOP, block, bottle, make_scene

from blueprint.contracts.asset import AssetModel
from blueprint.contracts.episode import FailureReason
from blueprint.contracts.errors import BlueprintError
from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.contracts.scene import Scene
from blueprint.contracts.task import AtRest, HandoverGoal, HeldBy, On, PlaceGoal, Released, TaskSpec
from blueprint.motion import MotionContext, PlanningError, skills_for
from blueprint.motion.air_grasps import air_grasps
from blueprint.tasks import evaluate
from blueprint.tasks.handover import proposals

BASE = Pose.of((0, -0.62, TABLE_TOP), quat_wxyz_from_yaw(np.pi / 2))


def _task(object_id: str, from_arm: str, to_arm: str) -> TaskSpec:
    return TaskSpec(
        task_id=f"tabletop::handover::{object_id}",
        task_type="handover",
        instruction="hand it over",
        target_object=object_id,
        goal=HandoverGoal(from_arm=from_arm, to_arm=to_arm),
        success=[HeldBy(object_id=object_id, arm=to_arm), AtRest(object_id=object_id)],
        embodiment="primitive_bimanual",
        pose_world_base=BASE,
        arm=from_arm,
    )


def _touching(ctx: MotionContext, object_id: str) -> dict[str, tuple[bool, bool]]:
    return {arm: ctx.as_arm(arm).finger_contacts(object_id) for arm in ("left", "right")}


def _scene(asset: AssetModel, x: float) -> Scene:
    return make_scene({"thing_1": (asset, x, -0.15, 0.3)})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("asset", "from_arm", "to_arm"),
    [(block(), "left", "right"), pytest.param(bottle(), "right", "left", marks=pytest.mark.slow)],
)
def test_a_thing_is_held_by_both_hands_before_the_first_lets_go(asset: AssetModel, from_arm: str, to_arm: str) -> None:
    scene = _scene(asset, -0.15 if from_arm == "left" else 0.15)
    task = _task("thing_1", from_arm, to_arm)
    ctx = open_world(scene, task)
    held: list[dict[str, tuple[bool, bool]]] = []
    for skill in skills_for(task):
        execute(ctx, skill.plan(ctx), lambda: held.append(_touching(ctx, "thing_1")))
        skill.verify(ctx)
    both = (True, True)
    handed_over = [item[from_arm] == both and item[to_arm] == both for item in held]
    assert sum(handed_over) >= 5
    first = handed_over.index(True)
    assert all(both in item.values() for item in held[first:])  # never in the air
    assert held[-1] == {from_arm: (False, False), to_arm: both}
    assert all(item.satisfied for item in evaluate(task, ctx.model, ctx.data, scene))


def test_an_arm_that_does_not_act_holds_its_last_command() -> None:
    task = _task("thing_1", "left", "right")
    ctx = open_world(_scene(block(), -0.15), task)
    actions = skills_for(task)[0].plan(ctx)
    assert actions.shape[1] == 16
    np.testing.assert_array_equal(actions[:, 8:], np.tile(actions[0, 8:], (len(actions), 1)))


def test_a_thing_that_fell_is_not_presented() -> None:
    task = _task("thing_1", "left", "right")
    ctx = open_world(_scene(block(), -0.15), task)
    with pytest.raises(PlanningError) as failure:
        skills_for(task)[1].plan(ctx)
    assert failure.value.reason == FailureReason.DROPPED


def test_receiving_is_refused_where_only_one_hand_holds() -> None:
    task = _task("thing_1", "left", "right")
    ctx = open_world(_scene(block(), -0.15), task)
    with pytest.raises(PlanningError) as failure:
        skills_for(task)[2].verify(ctx)
    assert failure.value.reason == FailureReason.GRASP_MISSED
    assert "both hands" in failure.value.detail


def test_a_block_can_be_taken_from_all_six_sides_and_a_wide_one_from_none() -> None:
    approaches = {tuple(np.round(grasp.pose_link_grasp[:3, 2]).astype(int)) for grasp in air_grasps(block(), 0.08)}
    assert len(approaches) == 6
    assert not air_grasps(block(half=0.06), 0.08)


def test_handovers_are_proposed_both_ways_for_two_arms_and_never_for_one() -> None:
    from blueprint.robots import load_embodiment

    scene = _scene(block(), -0.15)
    found = proposals(scene, load_embodiment("primitive_bimanual"), 0)
    assert [(task.goal.from_arm, task.goal.to_arm) for task in found] == [("left", "right"), ("right", "left")]
    assert proposals(scene, load_embodiment("primitive_arm"), 0) == []


def test_an_unknown_arm_is_an_error_that_names_the_arms() -> None:
    task = _task("thing_1", "left", "third")
    ctx = open_world(_scene(block(), -0.15), task)
    with pytest.raises(BlueprintError, match=r"left.*right"):
        skills_for(task)[0].plan(ctx)


@pytest.mark.slow
@pytest.mark.parametrize(("robot", "y", "z"), [("aloha", -0.57, TABLE_TOP), ("agibot_g2", -0.76, 0.047)])
def test_published_robots_hand_over_too(robot: str, y: float, z: float) -> None:
    base = Pose.of((0, y, z), quat_wxyz_from_yaw(np.pi / 2))
    for from_arm, to_arm, x in (("left", "right", -0.15), ("right", "left", 0.15)):
        scene = _scene(block(), x)
        task = _task("thing_1", from_arm, to_arm).model_copy(update={"embodiment": robot, "pose_world_base": base})
        ctx = open_world(scene, task)
        for skill in skills_for(task):
            execute(ctx, skill.plan(ctx))
            skill.verify(ctx)
        assert all(item.satisfied for item in evaluate(task, ctx.model, ctx.data, scene))


@pytest.mark.slow
@pytest.mark.parametrize("arm", ["left", "right"])
@pytest.mark.parametrize("robot", ["primitive_bimanual", "agibot_g2"])
def test_either_arm_picks_and_places_alone(robot: str, arm: str) -> None:
    side = -1 if arm == "left" else 1
    scene = _scene(block(), side * 0.2)
    y, z = (-0.76, 0.047) if robot == "agibot_g2" else (-0.62, TABLE_TOP)
    task = TaskSpec(
        task_id="tabletop::pick_place::thing_1",
        task_type="pick_place",
        instruction="move it",
        target_object="thing_1",
        goal=PlaceGoal(support_id="table_1", region="top", pose_region_object=Pose.of((side * 0.05, -0.05, 0.0))),
        success=[On(object_id="thing_1", support_id="table_1"), Released(object_id="thing_1")],
        embodiment=robot,
        pose_world_base=Pose.of((0, y, z), quat_wxyz_from_yaw(np.pi / 2)),
        arm=arm,
    )
    ctx = open_world(scene, task)
    for skill in skills_for(task):
        execute(ctx, skill.plan(ctx))
        skill.verify(ctx)
    assert all(item.satisfied for item in evaluate(task, ctx.model, ctx.data, scene))
