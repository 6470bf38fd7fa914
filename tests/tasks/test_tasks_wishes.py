"""The prompt's tasks become candidates, things in closed furniture are none, and RCH counts what is out of reach."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "motion"))

from tabletop import block, bowl, drawer_unit, make_scene

from blueprint.contracts.frames import Pose
from blueprint.contracts.scene import Scene
from blueprint.contracts.scene_manifest import Placement, Transform
from blueprint.motion.base import BaseFinder
from blueprint.robots import load_embodiment
from blueprint.tasks.enclosed import hidden_things, is_enclosed
from blueprint.tasks.placing import placing_tasks
from blueprint.tasks.reachable import reachability
from blueprint.tasks.wishes import Wish, propose_wished, wished_tasks

ROBOT = load_embodiment("primitive_arm")


@pytest.fixture(scope="module")
def scene() -> Scene:
    return make_scene(
        {
            "block_1": (block(), -0.2, -0.15, 0.0),
            "block_2": (block(), 0.0, -0.2, 0.0),
            "bowl_1": (bowl(), 0.2, -0.15, 0.0),
            "drawer_unit_1": (drawer_unit(), 0.3, 0.16, 0.0),
        }
    )


def placed_in(scene: Scene, object_id: str, parent: str, region: str, pose: Pose) -> Scene:
    """The scene with one object somewhere else."""
    placement = Placement(parent_id=parent, region=region, pose_region_object=Pose())
    moved = scene.object(object_id).model_copy(update={"transform": Transform.of(pose), "placement": placement})
    objects = [moved if item.id == object_id else item for item in scene.objects]
    return Scene(scene.manifest.model_copy(update={"objects": objects}), scene.assets)


def test_a_wish_for_a_container_gives_that_task_and_no_other(scene: Scene) -> None:
    wish = Wish("move", "put a block in the bowl", ("block_1", "block_2"), "in", ("bowl_1",))
    tasks = wished_tasks(scene, wish, ROBOT, seed=0)
    assert {task.target_object for task in tasks} == {"block_1", "block_2"}
    assert all(task.goal.support_id == "bowl_1" for task in tasks)
    assert tasks[0].target_object == "block_2"  # the nearer one first


def test_a_wish_to_stack_means_the_things_themselves(scene: Scene) -> None:
    tasks = wished_tasks(scene, Wish("stack", "stack the blocks", ("block_1", "block_2")), ROBOT, seed=0)
    pairs = {(task.target_object, task.goal.support_id) for task in tasks}
    assert pairs == {("block_1", "block_2"), ("block_2", "block_1")}


@pytest.mark.parametrize(("relation", "sign"), [("left_of", -1.0), ("right_of", 1.0)])
def test_a_wish_beside_a_thing_is_on_that_side_of_it(scene: Scene, relation: str, sign: float) -> None:
    wish = Wish("move", "move it", ("block_2",), relation, ("block_1",))
    tasks = wished_tasks(scene, wish, ROBOT, seed=0)
    assert tasks
    for task in tasks:
        x = task.goal.pose_region_object.position[0]
        assert sign * (x + 0.2) > 0.05


def test_a_wish_to_open_is_of_that_joint(scene: Scene) -> None:
    tasks = wished_tasks(scene, Wish("open", "open the drawer", ("drawer_unit_1",)), ROBOT, seed=0)
    assert [(task.task_type, task.target_object) for task in tasks] == [("open", "drawer_unit_1")]


def test_candidates_of_a_wish_have_bases_and_other_bases_come_later(scene: Scene) -> None:
    wish = Wish("move", "put a block in the bowl", ("block_2",), "in", ("bowl_1",))
    found = propose_wished(scene, wish, ROBOT, BaseFinder(scene, ROBOT, np.random.default_rng(0)), seed=0)
    assert 2 <= len(found) <= 3
    assert len({task.pose_world_base for task in found}) == len(found)


def test_a_thing_in_a_closed_drawer_is_no_task_and_no_task_object(scene: Scene) -> None:
    pose = scene.pose_world_object("drawer_unit_1") @ Pose.of((0, 0, 0.04))
    shut = placed_in(scene, "block_1", "drawer_unit_1", "inside", pose)
    assert hidden_things(shut) == {"block_1"}
    assert "block_1" in {task.target_object for task in placing_tasks(scene, ROBOT, 0)}
    assert "block_1" not in {task.target_object for task in placing_tasks(shut, ROBOT, 0)}


def test_what_stands_on_furniture_or_in_an_open_bowl_is_not_enclosed(scene: Scene) -> None:
    assert hidden_things(scene) == frozenset()
    in_bowl = scene.pose_world_object("bowl_1").apply((0.0, 0.0, 0.03))
    assert not is_enclosed(scene, "bowl_1", in_bowl)


def test_reachability_names_what_no_base_gets_at(scene: Scene) -> None:
    finder = BaseFinder(scene, ROBOT, np.random.default_rng(0))
    near = reachability(scene, ROBOT, finder, [], [])
    assert (near.objects, near.reached, near.unreached) == (4, 4, [])
    high = scene.pose_world_object("block_2").position
    lifted = placed_in(scene, "block_2", "table_1", "top", Pose.of((high[0], high[1], 2.6)))
    far = reachability(lifted, ROBOT, BaseFinder(lifted, ROBOT, np.random.default_rng(0)), [], [])
    assert far.unreached == ["block_2"]
    assert far.reached == far.objects - 1
