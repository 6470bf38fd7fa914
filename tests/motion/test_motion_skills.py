"""Skills in physics, with the arm that needs no download."""

import numpy as np
import pytest
from rollout import execute, open_world, solve
from tabletop import TABLE_TOP, block, bowl, can, drawer_unit, make_scene, mug

from blueprint.contracts.episode import FailureReason
from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.contracts.scene import Scene
from blueprint.contracts.task import AtRest, In, JointAbove, JointGoal, On, PlaceGoal, Released, TaskSpec
from blueprint.motion import PlanningError, choose_base, skills_for
from blueprint.motion.collision import Clearance
from blueprint.robots import load_embodiment
from blueprint.tasks import evaluate, propose_tasks

BASE = Pose.of((0, -0.62, TABLE_TOP), quat_wxyz_from_yaw(np.pi / 2))


def _place(scene_object: str, support: str, region: str, spot: Pose, base: Pose = BASE) -> TaskSpec:
    return TaskSpec(
        task_id=f"tabletop::pick_place::{scene_object}",
        task_type="pick_place",
        instruction="move it",
        target_object=scene_object,
        goal=PlaceGoal(support_id=support, region=region, pose_region_object=spot),
        success=[
            On(object_id=scene_object, support_id=support)
            if region == "top"
            else In(object_id=scene_object, container_id=support, region=region),
            AtRest(object_id=scene_object),
            Released(object_id=scene_object),
        ],
        embodiment="primitive_arm",
        pose_world_base=base,
    )


@pytest.fixture(scope="module")
def scene() -> Scene:
    return make_scene({"block_1": (block(), -0.12, -0.15, 0.4), "bowl_1": (bowl(), 0.15, -0.1, 0.0)})


def test_a_block_is_picked_and_placed_within_five_millimetres(scene: Scene) -> None:
    task = _place("block_1", "table_1", "top", Pose.of((0.0, 0.0, 0)))
    ctx = open_world(scene, task)
    start = ctx.data.body("block_1").xpos.copy()
    highest = [0.0]
    solve(ctx, lambda: highest.append(ctx.data.body("block_1").xpos[2] - start[2]))
    assert max(highest) > 0.05
    assert np.linalg.norm(ctx.data.body("block_1").xpos[:2]) < 0.005
    assert all(item.satisfied for item in evaluate(task, ctx.model, ctx.data, scene))


def test_a_block_goes_into_a_bowl_and_planning_leaves_the_true_state_alone(scene: Scene) -> None:
    task = _place("block_1", "bowl_1", "interior", Pose())
    ctx = open_world(scene, task)
    assert not evaluate(task, ctx.model, ctx.data, scene)[0].satisfied
    pick, place = skills_for(task)
    before = ctx.data.qpos.copy(), ctx.data.ctrl.copy()
    actions = pick.plan(ctx)
    np.testing.assert_array_equal(ctx.data.qpos, before[0])
    np.testing.assert_array_equal(ctx.data.ctrl, before[1])
    assert actions.dtype == np.float32
    assert actions.shape[1] == 8
    execute(ctx, actions)
    pick.verify(ctx)
    execute(ctx, place.plan(ctx))
    place.verify(ctx)
    assert all(item.satisfied for item in evaluate(task, ctx.model, ctx.data, scene))


def test_the_same_seed_plans_the_same_bytes(scene: Scene) -> None:
    task = _place("block_1", "table_1", "top", Pose.of((0.05, 0.05, 0)))
    first, second = (skills_for(task)[0].plan(open_world(scene, task, seed=4)) for _ in range(2))
    assert first.tobytes() == second.tobytes()


def test_a_grasp_that_closed_on_nothing_is_reported_as_missed(scene: Scene) -> None:
    task = _place("block_1", "table_1", "top", Pose())
    ctx = open_world(scene, task)
    pick = skills_for(task)[0]
    actions = pick.plan(ctx)
    actions[:, 7] = 0.08  # the gripper never closes
    execute(ctx, actions)
    with pytest.raises(PlanningError) as error:
        pick.verify(ctx)
    assert error.value.reason is FailureReason.GRASP_MISSED


def test_an_object_that_left_the_hand_is_reported_as_dropped(scene: Scene) -> None:
    task = _place("block_1", "table_1", "top", Pose())
    ctx = open_world(scene, task)
    with pytest.raises(PlanningError) as error:
        skills_for(task)[1].plan(ctx)
    assert error.value.reason is FailureReason.DROPPED


def test_an_object_out_of_reach_is_reported_as_unreachable(scene: Scene) -> None:
    far = Pose.of((0, -1.8, TABLE_TOP), quat_wxyz_from_yaw(np.pi / 2))
    ctx = open_world(scene, _place("block_1", "table_1", "top", Pose(), far))
    with pytest.raises(PlanningError) as error:
        skills_for(ctx.task)[0].plan(ctx)
    assert error.value.reason is FailureReason.UNREACHABLE


def test_an_object_wider_than_the_gripper_has_no_grasp() -> None:
    wide = make_scene({"block_1": (block(0.06), 0.0, -0.1, 0.0)})
    ctx = open_world(wide, _place("block_1", "table_1", "top", Pose()))
    with pytest.raises(PlanningError) as error:
        skills_for(ctx.task)[0].plan(ctx)
    assert error.value.reason is FailureReason.NO_GRASP


def test_the_planning_scene_sees_the_arm_in_the_table_and_a_held_block_in_the_bowl(scene: Scene) -> None:
    task = _place("block_1", "table_1", "top", Pose())
    ctx = open_world(scene, task)
    planning = ctx.planning
    planning.sync(ctx.data)
    home = ctx.embodiment.home_qpos
    assert planning.is_free(home, 0.08, Clearance())
    low = ctx.kinematics.forward(home)
    low[2, 3] = 0.0  # the finger tips reach beyond the grasp frame, into the table top
    (q, *_) = ctx.kinematics.solutions(low, home, ctx.rng)
    assert "table_1" in (planning.collision(q, 0.08, Clearance()) or "")
    over_bowl = np.eye(4)
    over_bowl[:3, 3] = ctx.data.body("bowl_1").xpos + np.array([0.08, 0, 0.03])  # in its wall
    planning.hold("block_1", np.linalg.inv(ctx.pose_world_grasp) @ over_bowl)
    assert "bowl_1" in (planning.collision(home, 0.08, Clearance()) or "")


def test_a_drawer_is_opened_by_its_handle() -> None:
    scene = make_scene({"drawer_unit_1": (drawer_unit(), 0.0, 0.16, 0.0)})
    robot = load_embodiment("primitive_arm")
    task = TaskSpec(
        task_id="tabletop::open::drawer_unit_1",
        task_type="open",
        instruction="open the drawer",
        target_object="drawer_unit_1",
        goal=JointGoal(joint="slide", value=0.15),
        success=[JointAbove(object_id="drawer_unit_1", joint="slide", value=0.12)],
        embodiment="primitive_arm",
        pose_world_base=Pose.of((0.0, -0.75, TABLE_TOP - 0.1), quat_wxyz_from_yaw(np.pi / 2)),
    )
    task = task.model_copy(update={"pose_world_base": choose_base(scene, [task], robot, np.random.default_rng(0))[0]})
    ctx = open_world(scene, task)
    errors: list[float] = []
    solve(ctx, lambda: errors.append(float(np.abs(ctx.commanded_q - ctx.data.qpos[ctx.index.arm_qpos]).max())))
    assert ctx.joint_value("drawer_unit_1", "slide") > 0.12
    assert max(errors) < 0.1, "the arm ran into the handle on its way"


def test_a_base_stands_free_of_the_furniture_and_faces_it() -> None:
    scene = make_scene({"mug_1": (mug(), -0.2, -0.2, 0.0), "can_1": (can(), 0.2, -0.1, 0.0)})
    robot = load_embodiment("primitive_arm")
    tasks = propose_tasks(scene, robot, 6)
    assert tasks
    for task in tasks:
        x, y, z = task.pose_world_base.position
        assert not (abs(x) < 0.6 + 0.11 and abs(y) < 0.4 + 0.11)
        toward = task.pose_world_base.apply((1.0, 0, 0)) - (x, y, z)
        assert np.dot(toward[:2], [-x, -y]) > 0
