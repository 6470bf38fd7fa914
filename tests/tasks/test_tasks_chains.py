"""Chains and sorts: which tasks follow one another, what holds in the end, and one that is done in physics."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "motion"))

from rollout import open_world, solve
from tabletop import block, bowl, can, drawer_unit, make_scene, tray

from blueprint.contracts.frames import Pose
from blueprint.contracts.scene import Scene
from blueprint.contracts.task import In, JointAbove, JointBelow, Near, On, TaskSpec
from blueprint.motion.base import BaseFinder
from blueprint.motion.needs import task_need
from blueprint.robots import load_embodiment
from blueprint.tasks import beside, evaluate, sorting
from blueprint.tasks.articulated import articulated_tasks
from blueprint.tasks.chains import chain_of, chained, final_success
from blueprint.tasks.placing import placing_tasks

ROBOT = load_embodiment("primitive_arm")


@pytest.fixture(scope="module")
def scene() -> Scene:
    return make_scene(
        {
            "block_1": (block(), 0.3, -0.1, 0.0),
            "block_2": (block(), 0.15, -0.2, 0.0),
            "can_1": (can(), -0.35, -0.2, 0.0),
            "bowl_1": (bowl(), 0.45, -0.25, 0.0),
            "drawer_unit_1": (drawer_unit(), -0.05, 0.2, 0.0),
        }
    )


@pytest.fixture(scope="module")
def atoms(scene: Scene) -> list[TaskSpec]:
    return [*placing_tasks(scene, ROBOT, 0), *articulated_tasks(scene, ROBOT)]


def named(tasks: list[TaskSpec], part: str) -> TaskSpec:
    return next(task for task in tasks if part in task.task_id)


def test_to_put_a_thing_away_is_to_open_to_place_and_to_close(scene: Scene, atoms: list[TaskSpec]) -> None:
    task = named(chained(scene, atoms, 0), "put_away_block_1")
    assert [step.task_type for step in task.steps] == ["open", "pick_place", "close"]
    assert task.initial_joints == {}  # the first step opens what the second one needs open
    assert (task.target_object, task.goal) == (task.steps[-1].target_object, task.steps[-1].goal)
    kinds = {type(predicate) for predicate in task.success}
    assert In in kinds
    assert JointBelow in kinds
    assert JointAbove not in kinds  # it was open on the way only
    assert "open" in task.instruction
    assert "close" in task.instruction


def test_without_the_first_step_the_drawer_stands_open_at_the_start(scene: Scene, atoms: list[TaskSpec]) -> None:
    task = named(chained(scene, atoms, 0), "close_on_block_1")
    assert list(task.initial_joints) == ["drawer_unit_1/slide"]
    assert task.initial_joints["drawer_unit_1/slide"] > 0.1


def test_a_chain_that_opens_what_already_stands_open_is_none(scene: Scene, atoms: list[TaskSpec]) -> None:
    place, opened = named(atoms, "in_drawer_unit_1"), named(atoms, "::open::")
    assert chain_of(scene, [place, opened], "x") is None
    assert chain_of(scene, [opened, place], "x") is not None


def test_a_tower_needs_a_different_third_thing() -> None:
    scene = make_scene({f"block_{k}": (block(), 0.15 * k - 0.3, -0.2, 0.0) for k in range(3)})
    towers = [task for task in chained(scene, placing_tasks(scene, ROBOT, 0), 0) if "tower" in task.task_id]
    assert towers
    for task in towers:
        first, second = task.steps
        assert second.goal.support_id == first.target_object  # type: ignore[union-attr]
        things = {first.target_object, second.target_object, first.goal.support_id}  # type: ignore[union-attr]
        assert len(things) == 3
        assert sum(isinstance(predicate, On) for predicate in task.success) == 2


def test_a_series_is_about_different_things_in_different_places(scene: Scene, atoms: list[TaskSpec]) -> None:
    series = [task for task in chained(scene, atoms, 0) if "series" in task.task_id]
    assert series
    for task in series:
        targets = [step.target_object for step in task.steps]
        assert len(set(targets)) == len(targets)
        supports = {getattr(step.goal, "support_id", None) for step in task.steps}
        assert not supports & set(targets)
    assert {task.task_id for task in series} == {
        task.task_id for task in chained(scene, atoms, 0) if "series" in task.task_id
    }


def test_what_a_later_step_moves_need_not_stay_where_an_earlier_one_put_it(scene: Scene, atoms: list[TaskSpec]) -> None:
    first, second = (
        task for task in atoms if task.target_object == "block_1" and task.task_id.endswith(("left", "right"))
    )
    kept = final_success([*first.step_list(), *second.step_list()])
    assert [item for item in kept if item.kind == "at"] == [item for item in second.success if item.kind == "at"]


def test_a_base_for_a_chain_serves_every_step(scene: Scene, atoms: list[TaskSpec]) -> None:
    task = named(chained(scene, atoms, 0), "put_away_block_1")
    need = task_need(scene, task, ROBOT)
    assert len(need.parts) == 3
    assert need.parts[2].along  # the drawer is closed from where the first step left it
    ends = [need.parts[k].along[0][:2, 3] for k in (0, 2)]
    assert np.linalg.norm(ends[0] - ends[1]) > 0.1
    finder = BaseFinder(scene, ROBOT, np.random.default_rng(0))
    (standing,) = finder.choose([task])
    assert standing.reached
    step = task.steps[1]
    in_the_air = step.goal.model_copy(update={"pose_region_object": Pose.of((0, 0, 3.0))})
    steps = [task.steps[0], step.model_copy(update={"goal": in_the_air}), task.steps[2]]
    (standing,) = finder.choose([task.model_copy(update={"steps": steps})])
    assert not standing.reached


@pytest.mark.slow
def test_a_thing_is_put_in_a_drawer_which_then_is_closed_with_it_inside(scene: Scene, atoms: list[TaskSpec]) -> None:
    alone = make_scene({"block_1": (block(), 0.3, -0.1, 0.0), "drawer_unit_1": (drawer_unit(), -0.05, 0.2, 0.0)})
    found = [*placing_tasks(alone, ROBOT, 0), *articulated_tasks(alone, ROBOT)]
    task = named(chained(alone, found, 0), "put_away_block_1")
    (standing,) = BaseFinder(alone, ROBOT, np.random.default_rng(0)).choose([task])
    task = task.model_copy(update={"pose_world_base": standing.base})
    ctx = open_world(alone, task)
    assert not all(item.satisfied for item in evaluate(task, ctx.model, ctx.data, alone))
    solve(ctx)
    assert [item.predicate for item in evaluate(task, ctx.model, ctx.data, alone) if not item.satisfied] == []


def test_next_to_a_thing_is_near_it_and_is_a_way_to_go(scene: Scene) -> None:
    tasks = beside.proposals(scene, ROBOT, 0)
    assert tasks
    for task in tasks:
        (near,) = [item for item in task.success if isinstance(item, Near)]
        assert near.object_id == task.target_object
        assert near.other_id in task.task_id
        assert "next to" in task.instruction


def test_things_of_one_kind_are_gathered_and_the_others_stay() -> None:
    scene = make_scene(
        {
            "block_1": (block(), -0.3, -0.25, 0.0),
            "block_2": (block(), -0.2, -0.1, 0.0),
            "can_1": (can(), 0.35, -0.2, 0.0),
            "tray_1": (tray(), 0.1, -0.1, 0.0),
        }
    )
    tasks = sorting.proposals(scene, ROBOT, 0)
    assert tasks
    for task in tasks:
        assert task.task_type == "sort"
        assert {step.target_object for step in task.steps} == {"block_1", "block_2"}
        spots = [step.goal.pose_region_object.position[:2] for step in task.steps]  # type: ignore[union-attr]
        assert np.linalg.norm(np.subtract(*spots)) > 0.07
        assert {item.object_id for item in task.success if isinstance(item, In)} == {"block_1", "block_2"}
        assert "blocks" in task.instruction
