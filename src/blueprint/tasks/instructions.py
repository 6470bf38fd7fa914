"""The same task in several words: templates of every kind of task, some of them kept for evaluation."""

import re

from blueprint.contracts.scene import Scene
from blueprint.contracts.task import (
    HandoverGoal,
    HangGoal,
    InsertGoal,
    JointGoal,
    PlaceGoal,
    PourGoal,
    PressGoal,
    PushGoal,
    TaskSpec,
    TaskStep,
    WipeGoal,
)
from blueprint.tasks.phrases import joint_phrase, object_phrase, region_phrase
from blueprint.tasks.templates import CHAIN_TEMPLATES, STEP_TEMPLATES, SUBTASK_TEMPLATES, UNSEEN

__all__ = ["subtask_words", "with_words", "wordings"]


def with_words(scene: Scene, task: TaskSpec) -> TaskSpec:
    """Return the task with paraphrases of its instruction; the last two of a kind's templates are kept unseen.

    A task that comes with paraphrases of its own keeps them.
    """
    if task.paraphrases:
        return task
    said = wordings(scene, task)
    unseen = [text for text in said[-UNSEEN:] if text != task.instruction]
    others = [text for text in dict.fromkeys(said) if text != task.instruction]
    return task.model_copy(update={"paraphrases": others, "unseen_paraphrases": unseen})


def wordings(scene: Scene, task: TaskSpec) -> list[str]:
    """Return what every template of the task's kind says; those of a chain join what those of its steps say."""
    steps = task.step_list()
    said = [_step_wordings(scene, step) for step in steps]
    if len(said) == 1:
        return said[0]
    if task.task_type == "sort":
        kind, _, rest = task.instruction.partition(": ")
        if rest:
            slots = {"by": kind.rsplit(" ", 1)[-1], "rest": rest}
            return [template.format(**slots) for template in STEP_TEMPLATES["sort"]]
        rest = kind.removeprefix("put ")
        return [template.format(rest=rest) for template in STEP_TEMPLATES["gather"]]
    put_away = _put_away_words(scene, steps)
    if put_away is not None:
        return [template.format(**put_away) for template in STEP_TEMPLATES["put_away"]]
    return [
        opening + between.join([*(words[k] for words in said[:-1])]) + last + said[-1][k]
        for k, (opening, between, last) in enumerate(CHAIN_TEMPLATES)
    ]


def subtask_words(scene: Scene, step: TaskSpec, skill: str, said: str) -> str:
    """Return how one would ask for one skill of a step, e.g. "pick up the red mug".

    `said` is what the skill says of itself, in ids. The skill that gives a step its name is asked for by the step.
    """
    if skill == step.task_type:
        return step.instruction
    (only,) = step.step_list()
    slots = _slots(scene, only)
    if skill == "pick" or (skill == "place" and "where" in slots):
        return SUBTASK_TEMPLATES[skill].format(**slots)
    ids = {only.target_object, getattr(only.goal, "support_id", ""), getattr(only.goal, "container_id", "")} - {""}
    for name in sorted(ids, key=len, reverse=True):
        said = re.sub(rf"\bthe {re.escape(name)}\b", object_phrase(scene, name), said)
    return said


def _step_wordings(scene: Scene, step: TaskStep) -> list[str]:
    slots = _slots(scene, step)
    return [template.format(**slots) for template in STEP_TEMPLATES[_kind(scene, step, slots)]]


def _kind(scene: Scene, step: TaskStep, slots: dict[str, str]) -> str:
    """Return which templates fit a step: placing has several, and some need the rest of the instruction."""
    if isinstance(step.goal, PlaceGoal) and step.task_type != "stack":
        if step.instruction.startswith("move ") and slots["rest"]:
            return "move"
        return "place_in" if scene.region(step.goal.support_id, step.goal.region).is_container else "place_on"
    if isinstance(step.goal, PushGoal) and slots["rest"]:
        return "push_to"
    return step.task_type


def _slots(scene: Scene, step: TaskStep) -> dict[str, str]:
    """Return the words that a step's templates may use."""
    name = object_phrase(scene, step.target_object)
    slots = {"object": name, "rest": step.instruction.partition(name)[2].strip()}
    goal = step.goal
    match goal:
        case PlaceGoal() | InsertGoal() | HangGoal() | PushGoal():
            slots["target"] = object_phrase(scene, goal.support_id)
            slots["where"] = region_phrase(scene, goal.support_id, scene.region(goal.support_id, goal.region))
            slots["into"] = slots["rest"] or f"into {slots['target']}"
        case JointGoal() | PressGoal():
            slots["joint"] = joint_phrase(scene, step.target_object, goal.joint)
            slots["by"] = step.instruction.partition(slots["joint"])[2]
        case PourGoal():
            slots["target"] = object_phrase(scene, goal.container_id)
        case WipeGoal():
            slots["target"] = object_phrase(scene, goal.support_id)
        case HandoverGoal():
            slots["from"], slots["to"] = (f"{arm.replace('_', ' ')} hand" for arm in (goal.from_arm, goal.to_arm))
    return slots


def _put_away_words(scene: Scene, steps: list[TaskStep]) -> dict[str, str] | None:
    """Return the words of "open it, put something in, close it", or None for any other chain."""
    if [step.task_type for step in steps] != ["open", "pick_place", "close"]:
        return None
    first, middle, last = (step.goal for step in steps)
    if not (isinstance(first, JointGoal) and isinstance(middle, PlaceGoal) and isinstance(last, JointGoal)):
        return None
    owners = {steps[0].target_object, steps[2].target_object, middle.support_id}
    if len(owners) > 1 or first.joint != last.joint:
        return None
    return {**_slots(scene, steps[1]), "joint": joint_phrase(scene, middle.support_id, first.joint)}
