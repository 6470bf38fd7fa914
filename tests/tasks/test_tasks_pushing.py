"""What can be pushed, and where to: only what slides, on free ways."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "motion"))

from rollout import open_world, solve
from tabletop import TABLE_TOP, apple, block, bowl, drawer_unit, make_scene

from blueprint.contracts.frames import Pose
from blueprint.contracts.scene import Scene
from blueprint.motion import choose_base
from blueprint.robots import load_embodiment
from blueprint.tasks import evaluate
from blueprint.tasks.pushing import proposals

ROBOT = load_embodiment("primitive_arm")


@pytest.fixture(scope="module")
def scene() -> Scene:
    return make_scene(
        {
            "block_1": (block(0.04), -0.15, -0.2, 0.0),
            "apple_1": (apple(), 0.1, -0.25, 0.0),
            "drawer_unit_1": (drawer_unit(), 0.3, 0.16, 0.0),
        }
    )


def test_what_slides_is_pushed_along_its_sides_and_balls_and_cupboards_are_not(scene: Scene) -> None:
    tasks = proposals(scene, ROBOT, 0)
    assert {task.target_object for task in tasks} == {"block_1"}
    assert len({task.task_id for task in tasks}) == len(tasks) == 2
    for task in tasks:
        shift = np.abs(np.subtract(task.goal.position, (-0.15, -0.2)))
        assert shift.min() < 1e-6
        assert 0.08 <= shift.max() <= 0.22
        assert task.instruction.startswith("push the block about ")


def test_the_same_seed_proposes_the_same_pushes_and_another_seed_others(scene: Scene) -> None:
    first, again, other = (proposals(scene, ROBOT, seed) for seed in (3, 3, 4))
    assert [task.model_dump_json() for task in first] == [task.model_dump_json() for task in again]
    assert [task.goal for task in first] != [task.goal for task in other]


def test_nothing_is_pushed_into_what_stands_in_the_way() -> None:
    around = {"block_1": (block(), 0.0, 0.0, 0.0)}
    for k, (x, y) in enumerate([(0.14, 0), (-0.14, 0), (0, 0.14), (0, -0.14)]):
        around[f"bowl_{k}"] = (bowl(), x, y, 0.0)
    tasks = proposals(make_scene(around), ROBOT, 0)
    assert "block_1" not in {task.target_object for task in tasks}


@pytest.mark.slow
def test_proposed_pushes_are_done_in_physics_from_bases_that_were_found_for_them(scene: Scene) -> None:
    tasks = proposals(scene, ROBOT, 1)
    for task, base in zip(tasks, choose_base(scene, tasks, ROBOT, np.random.default_rng(0)), strict=True):
        assert isinstance(base, Pose)
        assert base.position[2] <= TABLE_TOP
        placed = task.model_copy(update={"pose_world_base": base})
        ctx = open_world(scene, placed)
        assert not all(item.satisfied for item in evaluate(placed, ctx.model, ctx.data, scene))
        solve(ctx)
        assert all(item.satisfied for item in evaluate(placed, ctx.model, ctx.data, scene)), task.task_id
