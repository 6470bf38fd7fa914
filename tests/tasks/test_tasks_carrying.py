"""Carrying is proposed to robots that drive, to furniture that no base reaches together with the start."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "motion"))

from tabletop import TABLE_TOP, _item, block, make_scene

from blueprint.contracts.frames import Pose
from blueprint.contracts.scene import Scene
from blueprint.contracts.task import PlaceGoal, TaskSpec
from blueprint.motion.needs import is_far
from blueprint.robots import load_embodiment
from blueprint.tasks.carrying import proposals


def _scene(distance_m: float) -> Scene:
    one = make_scene({"block_1": (block(), 0.0, -0.2, 0.0)})
    other = _item("table_2", "table", Pose.of((distance_m, 0.0, 0.0)), "static", None)
    models = {item.asset.asset_id: one.asset(item.id) for item in one.objects}
    return Scene(one.manifest.model_copy(update={"objects": [*one.manifest.objects, other]}), models)


@pytest.fixture(scope="module")
def tasks() -> list[TaskSpec]:
    return proposals(_scene(2.5), load_embodiment("primitive_mobile"), 0)


def test_a_block_is_to_be_carried_to_the_other_table_within_its_edges(tasks: list[TaskSpec]) -> None:
    (task,) = tasks
    assert isinstance(task.goal, PlaceGoal)
    assert (task.goal.support_id, task.goal.region) == ("table_2", "top")
    x, y, _ = task.goal.pose_region_object.position
    assert abs(x) < 0.57
    assert -0.37 < y < 0.0  # near the front
    assert is_far(_scene(2.5), task)


def test_the_same_seed_draws_the_same_spot_and_another_one_another(tasks: list[TaskSpec]) -> None:
    scene, robot = _scene(2.5), load_embodiment("primitive_mobile")
    assert proposals(scene, robot, 0) == tasks
    assert proposals(scene, robot, 1) != tasks


def test_nothing_is_carried_by_a_robot_that_cannot_drive() -> None:
    assert proposals(_scene(2.5), load_embodiment("primitive_arm"), 0) == []


def test_a_table_that_stands_next_to_it_is_not_far_enough() -> None:
    scene = _scene(1.25)
    for task in proposals(scene, load_embodiment("primitive_mobile"), 0):
        goal = scene.pose_world_object("table_2") @ Pose.of((0, 0, TABLE_TOP)) @ task.goal.pose_region_object
        assert np.linalg.norm(np.subtract(goal.position, scene.pose_world_object("block_1").position)) > 1.1
