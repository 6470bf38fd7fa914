"""Hanging in physics: a mug ends on its hook and touches nothing else; loops are found in silhouettes."""

import numpy as np
import pytest
from rollout import execute, open_world, solve
from tabletop import TABLE_TOP
from tabletop_things import spec_of, stands

from blueprint.assets.registry import AssetRequest, generate
from blueprint.contracts.asset import AssetModel, BoxShape, CapsuleShape, Collider
from blueprint.contracts.episode import FailureReason
from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.contracts.scene import Scene
from blueprint.contracts.task import TaskSpec
from blueprint.motion import MotionContext, PlanningError, skills_for
from blueprint.motion.hang import hang_pose
from blueprint.motion.loops import loop_of
from blueprint.physics.inertia import with_inertials
from blueprint.robots import load_embodiment
from blueprint.tasks import evaluate
from blueprint.tasks.hanging import proposals

BASE = Pose.of((0, -0.68, TABLE_TOP), quat_wxyz_from_yaw(np.pi / 2))
BAR_M = 0.0045


@pytest.fixture(scope="module")
def scene() -> Scene:
    return stands({"mug_tree_1": ("mug_tree", 0.16, -0.05), "mug_1": ("mug", -0.14, -0.15)})


def _world(scene: Scene, hook: str = "hook_0") -> MotionContext:
    tasks: list[TaskSpec] = []
    for seed in range(20):  # hooks are drawn
        tasks += proposals(scene, load_embodiment("primitive_arm"), seed)
    task = next(item for item in tasks if item.task_id.endswith(hook)).model_copy(update={"pose_world_base": BASE})
    return open_world(scene, task, spec_of(scene))


def test_a_mug_hangs_on_its_hook_and_touches_nothing_else(scene: Scene) -> None:
    ctx = _world(scene)
    assert not evaluate(ctx.task, ctx.model, ctx.data, scene)[0].satisfied
    solve(ctx)
    results = evaluate(ctx.task, ctx.model, ctx.data, scene)
    assert all(item.satisfied for item in results), results
    assert ctx.data.body("mug_1").xpos[2] > TABLE_TOP + 0.06


@pytest.mark.slow
@pytest.mark.parametrize("hook", ["hook_1", "hook_2", "hook_3"])
def test_a_mug_hangs_on_the_other_hooks_too(scene: Scene, hook: str) -> None:
    ctx = _world(scene, hook)
    solve(ctx)
    assert all(item.satisfied for item in evaluate(ctx.task, ctx.model, ctx.data, scene))


def test_a_mug_that_stands_on_the_table_is_reported_as_missed(scene: Scene) -> None:
    ctx = _world(scene)
    with pytest.raises(PlanningError) as error:
        skills_for(ctx.task)[1].verify(ctx)
    assert error.value.reason is FailureReason.GOAL_MISSED


def test_a_mug_that_left_the_hand_is_reported_as_dropped(scene: Scene) -> None:
    ctx = _world(scene)
    pick, hang = skills_for(ctx.task)
    execute(ctx, pick.plan(ctx))
    ctx.data.joint("mug_1/free").qpos[:3] = [0.4, 0.2, TABLE_TOP + 0.001]
    execute(ctx, np.tile(ctx.embodiment.home_action, (2, 1)).astype(np.float32))
    with pytest.raises(PlanningError) as error:
        hang.plan(ctx)
    assert error.value.reason is FailureReason.DROPPED


def _mug() -> AssetModel:
    return with_inertials(generate(AssetRequest("mug", 1)).model)


def test_the_loop_of_a_mug_is_its_handle_and_it_hangs_with_its_weight_below_it() -> None:
    mug = _mug()
    loop = loop_of(mug, BAR_M)
    assert loop is not None
    assert loop.normal == pytest.approx([0, 1, 0])
    handle = next(grasp for grasp in mug.grasps if grasp.kind == "handle").pose_link_grasp.position
    assert 0.01 < handle[0] - loop.center[0] < 0.03, "between the wall and the bar of the handle"
    inertial = mug.links[0].inertial
    assert inertial is not None
    below = np.array(inertial.center_of_mass) - loop.rest
    assert below / np.linalg.norm(below) == pytest.approx(-loop.up, abs=1e-2)


def test_a_bar_at_rest_in_a_loop_touches_it_and_no_more() -> None:
    mug = _mug()
    loop = loop_of(mug, BAR_M)
    assert loop is not None
    bars = [item for item in mug.links[0].colliders if isinstance(item.shape, CapsuleShape)]
    gaps = []
    for bar in bars:
        ends = bar.pose_link_shape.apply([[0, 0, -bar.shape.half_length], [0, 0, bar.shape.half_length]])
        along = ends[1] - ends[0]
        share = np.clip((loop.rest - ends[0]) @ along / (along @ along), 0, 1)
        gaps.append(np.linalg.norm(loop.rest - ends[0] - share * along) - bar.shape.radius - BAR_M)
    assert min(gaps) == pytest.approx(0.0, abs=5e-4)


def test_what_has_no_hole_or_too_small_a_one_has_no_loop() -> None:
    glass = with_inertials(generate(AssetRequest("glass", 1)).model)
    assert loop_of(glass, BAR_M) is None
    assert loop_of(_mug(), 0.012) is None
    plug = Collider(
        name="plug", shape=BoxShape(half_extents=(0.02, 0.004, 0.03)), pose_link_shape=Pose.of((0.04, 0, 0.047))
    )
    mug = _mug()
    link = mug.links[0].model_copy(update={"colliders": [*mug.links[0].colliders, plug]})
    assert loop_of(mug.model_copy(update={"links": [link]}), BAR_M) is None


def test_a_mug_does_not_fit_on_a_hook_that_is_shorter_than_it_is_thick() -> None:
    tree = generate(AssetRequest("mug_tree", 1)).model
    hook = next(region for region in tree.regions if region.kind == "hook")
    loop = loop_of(_mug(), BAR_M)
    assert loop is not None
    pose = hang_pose(loop, hook)
    assert pose is not None
    at = pose.apply(loop.rest)
    assert at[:2] == pytest.approx([0, 0], abs=1e-6)
    assert -loop.low < at[2] < hook.clearance_m - loop.half
    assert pose.matrix()[:3, :3] @ loop.up == pytest.approx([0, 1, 0], abs=1e-6)
    assert hang_pose(loop, hook.model_copy(update={"clearance_m": 0.05})) is None
