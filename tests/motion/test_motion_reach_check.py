"""By how much an arm misses what it cannot reach, measured against what closed form says."""

import numpy as np
import pytest
from tabletop import TABLE_TOP, block, make_scene

from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.contracts.scene import Scene
from blueprint.contracts.task import At, PlaceGoal, TaskSpec
from blueprint.motion.ik import kinematics_of
from blueprint.motion.reach_check import nearest_miss, reach_report
from blueprint.robots import load_embodiment


@pytest.fixture(scope="module")
def scene() -> Scene:
    return make_scene({"block_1": (block(), -0.3, -0.2, 0.0)})


def _task(base: Pose, robot: str, arm: str | None = None) -> TaskSpec:
    return TaskSpec(
        task_id="tabletop::pick_place::block_1",
        task_type="pick_place",
        instruction="move it",
        target_object="block_1",
        goal=PlaceGoal(support_id="table_1", region="top", pose_region_object=Pose.of((-0.2, -0.1, 0.0))),
        success=[At(object_id="block_1", support_id="table_1", region="top", position=(-0.2, -0.1))],
        embodiment=robot,
        pose_world_base=base,
        arm=arm,
    )


def _base(y: float, x: float = 0.0) -> Pose:
    return Pose.of((x, y, TABLE_TOP), quat_wxyz_from_yaw(np.pi / 2))


@pytest.mark.parametrize("beyond_m", [0.05, 0.3])
def test_the_miss_is_how_much_longer_the_arm_would_have_to_be(beyond_m: float) -> None:
    kinematics = kinematics_of("primitive_arm")
    straight = kinematics.forward(np.zeros(7))  # stretched out upwards: as high as it goes
    straight[2, 3] += beyond_m
    miss_m, miss_rad = nearest_miss(kinematics, straight, np.random.default_rng(0))
    assert miss_m == pytest.approx(beyond_m, abs=0.002)
    assert miss_rad < 0.01


def test_what_is_reached_is_not_missed() -> None:
    kinematics = kinematics_of("primitive_arm")
    assert nearest_miss(kinematics, kinematics.forward(kinematics.home), np.random.default_rng(0)) == (0.0, 0.0)


def test_a_base_at_the_table_reaches_and_one_farther_away_says_by_how_much_it_does_not(scene: Scene) -> None:
    robot = load_embodiment("primitive_arm")
    assert reach_report(scene, _task(_base(-0.62), robot.name), robot).reached
    reports = [reach_report(scene, _task(_base(y), robot.name), robot) for y in (-1.4, -1.6)]
    near, far = (report.nearest for report in reports)
    assert not reports[0].reached
    assert far.miss_mm - near.miss_mm == pytest.approx(200, abs=30)
    assert f"{near.miss_mm:.0f} mm" in reports[0].text


def test_of_two_arms_the_nearer_one_is_named(scene: Scene) -> None:
    robot = load_embodiment("primitive_bimanual")
    report = reach_report(scene, _task(_base(-0.62, x=0.65), robot.name), robot)  # 0.95 m to the right of the block
    assert [item.arm for item in report.arms] == ["left", "right"]
    assert report.nearest.arm == "left"
    assert report.arms[1].miss_mm > report.arms[0].miss_mm


def test_only_the_arm_that_the_task_names_is_asked(scene: Scene) -> None:
    robot = load_embodiment("primitive_bimanual")
    report = reach_report(scene, _task(_base(-0.62), robot.name, "right"), robot)
    assert [item.arm for item in report.arms] == ["right"]


def test_the_same_task_gets_the_same_figures(scene: Scene) -> None:
    robot = load_embodiment("primitive_arm")
    task = _task(_base(-1.5), robot.name)
    assert reach_report(scene, task, robot) == reach_report(scene, task, robot)
