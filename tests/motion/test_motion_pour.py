"""Pouring in physics: grains flow from a vessel into a bowl, and what goes wrong is reported."""

import numpy as np
import pytest
from rollout import execute, open_world, solve
from tabletop import TABLE_TOP
from tabletop_things import inside, spec_of, stands

from blueprint.contracts.episode import FailureReason
from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.contracts.scene import Scene
from blueprint.contracts.task import TaskSpec
from blueprint.motion import PlanningError, skills_for
from blueprint.motion.tilting import OVER_RIM_M, Rim, Tilting
from blueprint.robots import load_embodiment
from blueprint.tasks import evaluate
from blueprint.tasks.pouring import proposals

BASE = Pose.of((0, -0.68, TABLE_TOP), quat_wxyz_from_yaw(np.pi / 2))


def _scene(vessel: str, grains: int, yaw: float = 0.0) -> Scene:
    beans = {f"bean_{k}": ("bean", 0.0, 0.0) for k in range(grains)}
    scene = stands({"vessel_1": (vessel, -0.1, -0.2), "bowl_1": ("bowl", 0.1, -0.05)} | beans, yaw=yaw)
    places = {
        f"bean_{k}": (0.0125 * np.cos(k % 6 * np.pi / 3), 0.0125 * np.sin(k % 6 * np.pi / 3), 0.001 + 0.013 * (k // 6))
        for k in range(grains)
    }
    return inside(scene, "vessel_1", "interior", places)


def _task(scene: Scene) -> TaskSpec:
    return proposals(scene, load_embodiment("primitive_arm"), 0)[0].model_copy(update={"pose_world_base": BASE})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("vessel", "grains", "yaw"),
    [
        ("glass", 6, 0.0),
        pytest.param("mug", 18, -1.2, marks=pytest.mark.slow),
        pytest.param("cup", 15, -1.9, marks=pytest.mark.slow),
    ],
)
def test_the_grains_of_a_vessel_end_in_the_bowl_and_the_vessel_where_it_stood(
    vessel: str, grains: int, yaw: float
) -> None:
    scene = _scene(vessel, grains, yaw)
    task = _task(scene)
    ctx = open_world(scene, task, spec_of(scene))
    assert not all(item.satisfied for item in evaluate(task, ctx.model, ctx.data, scene))
    start = ctx.data.body("vessel_1").xpos.copy()
    tilts: list[float] = []
    solve(ctx, lambda: tilts.append(float(ctx.data.body("vessel_1").xmat[8])))
    assert min(tilts) < -0.2, "it was tilted beyond level"
    results = evaluate(task, ctx.model, ctx.data, scene)
    assert all(item.satisfied for item in results), results
    assert np.linalg.norm(ctx.data.body("vessel_1").xpos - start) < 0.01


def test_a_vessel_that_was_not_tilted_far_enough_has_missed_its_goal() -> None:
    scene = _scene("glass", 6)
    ctx = open_world(scene, _task(scene), spec_of(scene))
    pick, pour, _ = skills_for(ctx.task)
    execute(ctx, pick.plan(ctx))
    pick.verify(ctx)
    actions = pour.plan(ctx)
    execute(ctx, actions[: len(actions) // 4])
    with pytest.raises(PlanningError) as error:
        pour.verify(ctx)
    assert error.value.reason is FailureReason.GOAL_MISSED


def test_an_empty_hand_pours_nothing() -> None:
    scene = _scene("glass", 6)
    ctx = open_world(scene, _task(scene), spec_of(scene))
    with pytest.raises(PlanningError) as error:
        skills_for(ctx.task)[1].plan(ctx)
    assert error.value.reason is FailureReason.DROPPED


def test_the_lip_stays_over_its_spot_while_the_vessel_turns_and_its_foot_stays_above_the_rim() -> None:
    rim = Rim(np.array([0.01, 0.0, 0.1]), 0.04, 0.1)
    tilting = Tilting(rim, np.array([0.3, 0.2, 0.8]), heading=0.7, yaw=2.0, inside_m=0.05)
    tilts = (0.0, 0.5, 1.0, 1.57, 2.1)
    ahead = np.array([np.cos(0.7), np.sin(0.7), 0.0])
    for tilt, pose in zip(tilts, tilting.poses(tilts), strict=True):
        upright = Pose.of((0, 0, 0), quat_wxyz_from_yaw(2.0)).matrix()[:3, :3]
        lip = (pose @ [*(rim.center + 0.04 * upright.T @ ahead), 1.0])[:3]
        assert lip[:2] == pytest.approx([0.3, 0.2], abs=1e-9)
        assert lip[2] >= 0.8 + OVER_RIM_M - 1e-9
        assert pose[2, 2] == pytest.approx(np.cos(tilt))
        assert pose[:3, 2] @ ahead == pytest.approx(np.sin(tilt))
        for share in np.linspace(0.0, 1.0, 11):  # the side below, from lip to foot
            place = (pose @ [*(rim.center + 0.04 * upright.T @ ahead) * (1, 1, 1 - share), 1.0])[:3]
            assert place[2] > 0.8 or (place[:2] - [0.3, 0.2]) @ ahead[:2] < -0.05
