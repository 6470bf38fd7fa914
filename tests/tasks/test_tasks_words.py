"""Every kind of task is said in several words, some of them unseen; tasks are rated, lost and rewarded by rules."""

import importlib
import inspect
import string
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "motion"))

from tabletop import block, bowl, drawer_unit, make_scene

from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose
from blueprint.contracts.scene import Scene
from blueprint.contracts.scene_manifest import Transform
from blueprint.contracts.task import Fallen, TaskSpec, TaskType
from blueprint.motion.needs import task_need
from blueprint.motion.skill_table import SKILL_MODULES, skill_module
from blueprint.robots import load_embodiment
from blueprint.tasks.affordances import AFFORDANCE_TASKS, is_afforded, task_types_of
from blueprint.tasks.articulated import articulated_tasks
from blueprint.tasks.chains import chained
from blueprint.tasks.curriculum import TYPE_SCORE, difficulty_score, reset_conditions, reward_terms, with_curriculum
from blueprint.tasks.instructions import subtask_words, with_words
from blueprint.tasks.phrases import plural
from blueprint.tasks.placing import placing_tasks
from blueprint.tasks.propose import PROPOSERS
from blueprint.tasks.templates import CHAIN_TEMPLATES, STEP_TEMPLATES, UNSEEN

ROBOT = load_embodiment("primitive_arm")


@pytest.fixture(scope="module")
def scene() -> Scene:
    return make_scene(
        {
            "block_1": (block(), 0.2, -0.1, 0.0),
            "block_2": (block(), 0.35, -0.2, 0.0),
            "bowl_1": (bowl(), 0.45, 0.0, 0.0),
            "drawer_unit_1": (drawer_unit(), -0.1, 0.2, 0.0),
        }
    )


@pytest.fixture(scope="module")
def tasks(scene: Scene) -> list[TaskSpec]:
    atoms = [*placing_tasks(scene, ROBOT, 0), *articulated_tasks(scene, ROBOT)]
    return [*atoms, *chained(scene, atoms, 0)]


def test_each_kind_has_as_many_templates_as_there_are_ways_to_join_them() -> None:
    assert {len(templates) for templates in STEP_TEMPLATES.values()} == {len(CHAIN_TEMPLATES)}
    assert len(CHAIN_TEMPLATES) - UNSEEN >= 6
    for kind, templates in STEP_TEMPLATES.items():
        assert len(set(templates)) == len(templates), kind
        slots = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in templates]
        assert all(slots), f"a template of {kind} names nothing"


def test_every_type_of_one_step_has_words_and_a_score() -> None:
    placed = {"pick_place": "place_on"}
    for kind in SKILL_MODULES:
        assert placed.get(kind, kind) in STEP_TEMPLATES
        assert kind in TYPE_SCORE


def test_paraphrases_differ_and_the_unseen_ones_are_among_them(scene: Scene, tasks: list[TaskSpec]) -> None:
    for task in tasks:
        said = with_words(scene, task)
        assert len(said.paraphrases) >= 6, task.instruction
        assert len(set(said.paraphrases)) == len(said.paraphrases)
        assert task.instruction not in said.paraphrases
        assert len(said.unseen_paraphrases) == UNSEEN
        assert set(said.unseen_paraphrases) < set(said.paraphrases)
        assert "{" not in "".join(said.paraphrases)


def test_how_far_and_where_to_are_said_in_every_wording(scene: Scene, tasks: list[TaskSpec]) -> None:
    opened = next(task for task in tasks if task.task_type == "open")
    turned = opened.model_copy(
        update={
            "task_type": "turn",
            "instruction": f"{opened.instruction.replace('open', 'turn')} clockwise by 90 degrees",
        }
    )
    assert all("clockwise by 90 degrees" in text for text in with_words(scene, turned).paraphrases)
    moved = next(task for task in tasks if task.instruction.startswith("move the left block about"))
    assert all("centimetres to the" in text for text in with_words(scene, moved).paraphrases)


def test_words_of_its_own_are_kept(scene: Scene, tasks: list[TaskSpec]) -> None:
    task = tasks[0].model_copy(update={"paraphrases": ["do it"], "unseen_paraphrases": []})
    assert with_words(scene, task) is task


def test_a_sub_task_is_asked_for_by_what_the_things_are_called(scene: Scene, tasks: list[TaskSpec]) -> None:
    task = next(task for task in tasks if task.task_id.endswith("block_1::in_bowl_1_interior"))
    assert subtask_words(scene, task, "pick", "pick up the block_1") == "pick up the left block"
    assert subtask_words(scene, task, "place", "") == "place the left block in the bowl"
    assert subtask_words(scene, task, "recover", "draw back") == "draw back"
    said = "hold the block_1 over the bowl_1, not over the bowl_12"
    assert subtask_words(scene, task, "align", said) == "hold the left block over the bowl, not over the bowl_12"
    opened = next(task for task in tasks if task.task_type == "open")
    assert subtask_words(scene, opened, "open", "") == opened.instruction


def test_plurals() -> None:
    assert [plural(word) for word in ("mug", "glass", "battery", "knife", "tray")] == [
        "mugs",
        "glasses",
        "batteries",
        "knives",
        "trays",
    ]


def test_a_chain_is_harder_than_its_steps_and_a_target_of_the_curriculum(scene: Scene, tasks: list[TaskSpec]) -> None:
    chain = next(task for task in tasks if "put_away" in task.task_id)
    steps = [difficulty_score(scene, chain.step_task(step), ROBOT) for step in chain.steps]
    assert difficulty_score(scene, chain, ROBOT) > max(steps)
    assert with_curriculum(scene, chain, ROBOT).curriculum_split == "target"
    opened = next(task for task in tasks if task.task_type == "open")
    assert with_curriculum(scene, opened, ROBOT).difficulty == "easy"


def test_a_close_neighbour_makes_a_thing_harder_to_take(scene: Scene, tasks: list[TaskSpec]) -> None:
    task = next(task for task in tasks if task.task_id.endswith("block_1::in_bowl_1_interior"))
    beside = scene.pose_world_object("block_1").position
    moved = scene.object("block_2").model_copy(
        update={"transform": Transform.of(Pose.of((beside[0] + 0.08, *beside[1:])))}
    )
    objects = [moved if item.id == "block_2" else item for item in scene.objects]
    crowded = Scene(scene.manifest.model_copy(update={"objects": objects}), scene.assets)
    assert difficulty_score(crowded, task, ROBOT) == difficulty_score(scene, task, ROBOT) + 1


def test_a_task_is_lost_when_its_thing_lies_below_start_and_goal(scene: Scene, tasks: list[TaskSpec]) -> None:
    task = next(task for task in tasks if task.task_id.endswith("block_1::in_bowl_1_interior"))
    (fallen,) = reset_conditions(scene, task)
    assert isinstance(fallen, Fallen)
    assert fallen.object_id == "block_1"
    assert 0.5 < fallen.height_m < scene.pose_world_object("block_1").position[2]
    assert reset_conditions(scene, next(task for task in tasks if task.task_type == "open")) == []


def test_rewards_add_up_to_one_in_the_order_of_the_stages(tasks: list[TaskSpec]) -> None:
    for task in tasks:
        terms = reward_terms(task)
        assert sum(term.weight for term in terms) == pytest.approx(1.0, abs=1e-4)
        assert [term.stage for term in terms] == list(range(len(terms)))
        assert terms[-1].name == f"done:{task.target_object}"


def test_an_affordance_says_what_a_thing_is_for_and_a_role_where_there_is_none(scene: Scene) -> None:
    assert task_types_of(bowl(), "manipulable_object") == set(AFFORDANCE_TASKS["container"])
    bare = bowl().model_copy(update={"affordances": []})
    assert task_types_of(bare, "articulated_furniture") == {"open", "close"}
    assert task_types_of(bare, "static") == frozenset()


def test_what_is_not_named_is_not_afforded(scene: Scene, tasks: list[TaskSpec]) -> None:
    stack = next(task for task in tasks if task.task_type == "stack")
    assert is_afforded(scene, stack)
    assert not is_afforded(scene, stack.model_copy(update={"target_object": "bowl_1"}))


@pytest.mark.parametrize("kind", sorted(SKILL_MODULES))
def test_a_module_of_skills_has_what_the_table_promises(kind: TaskType) -> None:
    module = skill_module(kind)
    assert callable(module.skills)
    assert callable(getattr(module, "need", task_need))


@pytest.mark.parametrize("name", PROPOSERS)
def test_a_proposer_has_what_the_table_promises(name: str) -> None:
    assert list(inspect.signature(importlib.import_module(name).proposals).parameters) == [
        "scene",
        "embodiment",
        "seed",
    ]


def test_a_chain_has_no_skill_of_its_own() -> None:
    with pytest.raises(InputError, match="no skill does a chain"):
        skill_module("chain")
