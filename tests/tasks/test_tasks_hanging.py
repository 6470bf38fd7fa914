"""What can be hung, and on what."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "motion"))

from tabletop_things import inside, stands

from blueprint.contracts.scene import Scene
from blueprint.contracts.task import HangGoal, Hanging
from blueprint.robots import load_embodiment
from blueprint.tasks.hanging import proposals

ROBOT = load_embodiment("primitive_arm")


def _scene(thing: str = "mug", x: float = -0.1) -> Scene:
    return stands({"mug_tree_1": ("mug_tree", 0.15, 0.0), "thing_1": (thing, x, 0.0)})


def test_a_mug_is_offered_two_hooks_of_a_tree() -> None:
    tasks = proposals(_scene(), ROBOT, 0)
    assert len({task.task_id for task in tasks}) == 2
    for task in tasks:
        assert isinstance(task.goal, HangGoal)
        assert isinstance(task.success[0], Hanging)
        assert task.instruction == "hang the thing on the mug tree"
    assert proposals(_scene(), ROBOT, 0) == tasks


def test_what_has_no_loop_or_is_too_far_away_is_not_hung() -> None:
    assert proposals(_scene("glass"), ROBOT, 0) == []
    assert proposals(_scene(x=-0.7), ROBOT, 0) == []


def test_a_hook_that_is_taken_is_not_offered() -> None:
    scene = stands({"mug_tree_1": ("mug_tree", 0.15, 0.0), "mug_1": ("mug", -0.1, 0.0), "mug_2": ("mug", 0.3, 0.2)})
    hung = inside(scene, "mug_tree_1", "hook_0", {"mug_2": (0.0, 0.0, 0.05)})
    offered = {task.goal.region for seed in range(20) for task in proposals(hung, ROBOT, seed)}  # type: ignore[union-attr]
    assert offered == {"hook_1", "hook_2", "hook_3"}
