"""Proposals move things at least every other time, and their instructions mean one thing each."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "motion"))

from tabletop import block, bowl, drawer_unit, make_scene

from blueprint.robots import load_embodiment
from blueprint.tasks import propose_tasks
from blueprint.tasks.phrases import object_phrase

SIDES = {
    2: ("the left block", "the right block"),
    3: ("the left block", "the middle block", "the right block"),
    4: (
        "the leftmost block",
        "the second block from the left",
        "the third block from the left",
        "the rightmost block",
    ),
}


@pytest.mark.parametrize("count", SIDES)
def test_things_that_look_alike_are_told_apart_by_where_they_stand(count: int) -> None:
    scene = make_scene({f"block_{k}": (block(), -0.3 + 0.15 * k, -0.15, 0.0) for k in range(count)})
    assert tuple(object_phrase(scene, f"block_{k}") for k in range(count)) == SIDES[count]


@pytest.mark.slow
def test_two_of_the_first_four_proposals_move_things_and_one_opens_and_one_closes() -> None:
    scene = make_scene(
        {
            "block_1": (block(), -0.2, -0.15, 0.0),
            "block_2": (block(), 0.0, -0.2, 0.0),
            "bowl_1": (bowl(), 0.2, -0.15, 0.0),
            "drawer_unit_1": (drawer_unit(), 0.3, 0.16, 0.0),
        }
    )
    kinds = [task.task_type for task in propose_tasks(scene, load_embodiment("primitive_arm"), 8)]
    assert {"open", "close"} == {kind for kind in kinds[:4] if kind in ("open", "close")}
    assert sum(kind in ("pick_place", "stack") for kind in kinds[:4]) == 2
