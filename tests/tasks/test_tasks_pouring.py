"""What can be poured, into what."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "motion"))

from tabletop_things import inside, stands

from blueprint.contracts.scene import Scene
from blueprint.contracts.task import Contains, PourGoal
from blueprint.robots import load_embodiment
from blueprint.tasks.pouring import grains_in, proposals

ROBOT = load_embodiment("primitive_arm")


def _scene(vessel: str = "mug", other: str = "bowl", grains: int = 5, what: str = "bean") -> Scene:
    beans = {f"bean_{k}": (what, 0.3, 0.3) for k in range(grains)}
    scene = stands({"vessel_1": (vessel, -0.1, 0.0), "other_1": (other, 0.15, 0.0)} | beans)
    return inside(scene, "vessel_1", "interior", {name: (0.0, 0.0, 0.01) for name in beans})


def test_a_mug_of_beans_is_poured_into_a_bowl_and_four_fifths_must_arrive() -> None:
    (task,) = proposals(_scene(), ROBOT, 0)
    assert isinstance(task.goal, PourGoal)
    assert task.goal.object_ids == grains_in(_scene(), "vessel_1") == [f"bean_{k}" for k in range(5)]
    assert task.instruction == "pour the beans from the vessel into the other"
    contains = task.success[0]
    assert isinstance(contains, Contains)
    assert (contains.container_id, contains.min_fraction) == ("other_1", 0.8)


def test_what_holds_no_grains_or_too_few_is_not_poured() -> None:
    assert proposals(_scene(grains=0), ROBOT, 0) == []
    assert proposals(_scene(grains=2), ROBOT, 0) == []
    assert proposals(_scene(what="apple", grains=3), ROBOT, 0) == []


def test_nothing_is_poured_into_what_is_no_wider_or_no_vessel() -> None:
    assert proposals(_scene(other="glass"), ROBOT, 0) == []
    assert proposals(_scene(other="book"), ROBOT, 0) == []


def test_a_vessel_without_a_level_grasp_is_not_poured() -> None:
    assert proposals(_scene(vessel="beaker", other="bowl"), ROBOT, 0) == []
