"""Prompts that ask for more than to move things: the words are read, and the tasks that they mean are found."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "motion"))

from tabletop import block, bowl, can, drawer_unit, make_scene, tray

from blueprint.contracts.scene import Scene
from blueprint.motion.base import BaseFinder
from blueprint.robots import load_embodiment
from blueprint.sources.text.parser import parse_prompt
from blueprint.tasks.wishes import Wish, propose_wished_chain, wished_tasks

ROBOT = load_embodiment("primitive_arm")


@pytest.mark.parametrize(
    ("prompt", "verb", "thing", "target"),
    [
        ("a table with a cup and a bowl, pour the cup into the bowl", "pour", "cup", "bowl"),
        ("a counter with a sponge; wipe the counter with the sponge", "wipe", "counter", None),
        ("a table with a mug tree and two mugs, hang a mug on the mug tree", "hang", "mug", "mug_tree"),
        ("a table with three red blocks and a tray; sort the blocks", "sort", "block", None),
        ("a table with a box, push the box to the left", "push", "box", None),
        ("a table with a banana; hand over the banana", "handover", "banana", None),
        ("a desk with a control panel, press the button", "press", "control_panel", None),
        ("a desk with a control panel; turn the knob", "turn", "control_panel", None),
    ],
)
def test_a_verb_is_read_with_its_thing_and_its_target(prompt: str, verb: str, thing: str, target: str | None) -> None:
    spec = parse_prompt(prompt)
    (wish,) = spec.tasks
    assert wish.verb == verb
    assert spec.requirements[wish.object].category == thing
    assert (None if wish.target is None else spec.requirements[wish.target].category) == target


def test_to_close_it_is_to_close_what_something_was_put_into() -> None:
    spec = parse_prompt("a desk with a drawer unit and a mug, put the mug in the drawer and close it")
    move, close = spec.tasks
    assert (move.verb, close.verb) == ("move", "close")
    assert close.object == move.target
    stays = parse_prompt("a table with a mug, pick up the mug and move it")
    assert {wish.object for wish in stays.tasks} == {stays.tasks[0].object}


@pytest.mark.parametrize("prompt", ["a hall with push buttons and a turn sign", "a counter with a french press"])
def test_nouns_that_begin_like_a_verb_ask_for_nothing(prompt: str) -> None:
    assert parse_prompt(prompt).tasks == []


@pytest.fixture(scope="module")
def scene() -> Scene:
    return make_scene(
        {
            "block_1": (block(), -0.3, -0.25, 0.0),
            "block_2": (block(), -0.2, -0.1, 0.0),
            "can_1": (can(), 0.35, -0.2, 0.0),
            "bowl_1": (bowl(), 0.5, 0.1, 0.0),
            "tray_1": (tray(), 0.1, -0.1, 0.0),
        }
    )


def test_to_push_a_thing_is_to_push_that_thing(scene: Scene) -> None:
    tasks = wished_tasks(scene, Wish("push", "push the can", ("can_1",)), ROBOT, seed=0)
    assert {(task.task_type, task.target_object) for task in tasks} == {("push", "can_1")}


def test_to_sort_things_is_about_them_alone(scene: Scene) -> None:
    tasks = wished_tasks(scene, Wish("sort", "sort the blocks", ("block_1", "block_2")), ROBOT, seed=0)
    assert tasks
    assert all({step.target_object for step in task.steps} <= {"block_1", "block_2"} for task in tasks)
    elsewhere = Wish("sort", "sort the blocks into the bowl", ("block_1", "block_2"), "in", ("bowl_1",))
    assert wished_tasks(scene, elsewhere, ROBOT, seed=0) == []  # there is no room for both in it


def test_what_the_prompt_asks_for_follows_one_another_and_what_is_closed_is_opened_first() -> None:
    scene = make_scene({"block_1": (block(), 0.3, -0.1, 0.0), "drawer_unit_1": (drawer_unit(), -0.05, 0.2, 0.0)})
    put = Wish("move", "put the block in the drawer", ("block_1",), "in", ("drawer_unit_1",))
    shut = Wish("close", "close it", ("drawer_unit_1",))
    solved = [wished_tasks(scene, wish, ROBOT, seed=0)[0] for wish in (put, shut)]
    finder = BaseFinder(scene, ROBOT, np.random.default_rng(0))
    chains = propose_wished_chain(scene, solved, ROBOT, finder)
    assert chains
    for task in chains:
        assert [step.task_type for step in task.steps] == ["open", "pick_place", "close"]
        assert task.initial_joints == {}
        assert task.task_id.endswith("::prompt")
    assert propose_wished_chain(scene, solved[:1], ROBOT, finder) != []  # it is opened first: two steps
    assert propose_wished_chain(scene, solved[1:], ROBOT, finder) == []  # one step is no chain


def test_to_close_it_in_a_chain_is_to_close_the_joint_that_was_open_for_the_step_before() -> None:
    scene = make_scene({"block_1": (block(), 0.3, -0.1, 0.0), "drawer_unit_1": (drawer_unit(), -0.05, 0.2, 0.0)})
    put = Wish("move", "put the block in the drawer", ("block_1",), "in", ("drawer_unit_1",))
    shut = Wish("close", "close it", ("drawer_unit_1",))
    place, close = (wished_tasks(scene, wish, ROBOT, seed=0)[0] for wish in (put, shut))
    goal = close.goal.model_copy(update={"joint": "another"})
    other = close.model_copy(update={"goal": goal, "initial_joints": {"drawer_unit_1/another": 0.1}})
    finder = BaseFinder(scene, ROBOT, np.random.default_rng(0))
    (task, *_) = propose_wished_chain(scene, [place, other], ROBOT, finder)
    assert [step.goal.joint for step in task.steps if step.goal.kind == "joint"] == ["slide", "slide"]


def test_a_robot_with_one_hand_hands_nothing_over(scene: Scene) -> None:
    assert wished_tasks(scene, Wish("handover", "hand over the can", ("can_1",)), ROBOT, seed=0) == []
