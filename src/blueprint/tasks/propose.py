"""Proposing tasks from what a scene affords: things that can be gripped, containers, stacks, drawers and doors."""

import importlib
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import TypeVar

import numpy as np

from blueprint.contracts.scene import Scene
from blueprint.contracts.seeds import rng_for
from blueprint.contracts.task import TaskSpec
from blueprint.motion.base import BaseFinder
from blueprint.motion.stances import carrier_of
from blueprint.robots.embodiment import Embodiment
from blueprint.tasks.affordances import is_afforded
from blueprint.tasks.chains import chained
from blueprint.tasks.curriculum import with_curriculum
from blueprint.tasks.instructions import with_words

__all__ = ["PROPOSERS", "all_proposals", "propose_tasks"]

# Each module has `proposals(scene: Scene, embodiment: Embodiment, seed: int) -> list[TaskSpec]`: every task of its
# kinds that the scene affords this robot, with the base still at the identity, likeliest first. Goal spots are drawn
# with generators from `seed` and ids. One that is new is entered here.
PROPOSERS: tuple[str, ...] = (
    "blueprint.tasks.placing",
    "blueprint.tasks.articulated",
    "blueprint.tasks.beside",
    "blueprint.tasks.sorting",
    "blueprint.tasks.pushing",
    "blueprint.tasks.pressing",
    "blueprint.tasks.turning",
    "blueprint.tasks.wiping",
    "blueprint.tasks.inserting",
    "blueprint.tasks.hanging",
    "blueprint.tasks.pouring",
    "blueprint.tasks.handover",
    "blueprint.tasks.carrying",
)

MAX_BASE_TASKS = 24
MAX_COMPARED = 96
TOO_FAR = 0.3  # a strain: the arm, stretched to 0.7 where it is comfortable, would have to be longer than it is
JOINT_TYPES = ("open", "close")
T = TypeVar("T")


def propose_tasks(scene: Scene, embodiment: Embodiment, limit: int = 32, *, seed: int = 0) -> list[TaskSpec]:
    """Return up to `limit` candidates with base poses, without plans, varied in type, object and place.

    They take turns between types, between pieces of furniture, and between objects, of which those that name
    themselves for the type come first; tasks within the arm's reach come before all others. Goal spots are drawn with
    seeds derived from `seed` and the ids. Whether a candidate can be solved is for the planner and a roll-out to say.
    Raises PlanningError where the robot's base has no free place.
    """
    proposals = all_proposals(scene, embodiment, seed)
    if not proposals:
        return []
    finders = {
        arm: BaseFinder(scene, embodiment, rng_for(seed, "base", scene.scene_id, embodiment.name, *arm_words), arm)
        for arm, arm_words in _arms(embodiment)
    }
    named_for = sorted(proposals, key=lambda task: not is_afforded(scene, task))
    varied = _take_turns(scene, named_for)[: max(limit, MAX_COMPARED)]
    if len(varied) > MAX_BASE_TASKS:
        is_far = finders[next(iter(finders))].strains(varied) > TOO_FAR
        varied = [varied[index] for index in np.argsort(is_far, kind="stable")]
    varied = varied[: max(limit, MAX_BASE_TASKS)]
    placed = _placed(varied, finders)
    chosen = [task for _, task in sorted(placed, key=lambda pair: not pair[0])][:limit]
    return [with_curriculum(scene, with_words(scene, task), embodiment) for task in chosen]


def _arms(embodiment: Embodiment) -> list[tuple[str | None, tuple[str, ...]]]:
    """Return the arms that may do a task, with the words that seed their finders; the only arm of a robot is None."""
    if len(embodiment.arms) == 1:
        return [(None, ())]
    return [(name, (name,)) for name in embodiment.arm_names]


def _placed(tasks: Sequence[TaskSpec], finders: dict[str | None, BaseFinder]) -> list[tuple[bool, TaskSpec]]:
    """Return each task with its base, and whether it is reached from there: by the arm that the task names, else by
    the first arm that reaches it."""
    found: dict[int, tuple[bool, TaskSpec]] = {}
    for arm, finder in finders.items():
        mine = [k for k, task in enumerate(tasks) if not found.get(k, (False,))[0] and task.arm in (None, arm)]
        if not mine:
            continue
        for k, standing in zip(mine, finder.choose([tasks[k] for k in mine]), strict=True):
            if k not in found or standing.reached:
                update = {"pose_world_base": standing.base, "arm": arm}
                found[k] = (standing.reached, tasks[k].model_copy(update=update))
    return [found[k] for k in sorted(found)]


def all_proposals(scene: Scene, embodiment: Embodiment, seed: int) -> list[TaskSpec]:
    """Return the proposals of every proposer, in the table's order, then chains of them; all without bases."""
    found: list[TaskSpec] = []
    for name in PROPOSERS:
        found += importlib.import_module(name).proposals(scene, embodiment, seed)
    return found + chained(scene, found, seed)


def _take_turns(scene: Scene, tasks: list[TaskSpec]) -> list[TaskSpec]:
    """First every other task moves a thing, then two of three: a scene with drawers is more than its drawers."""
    by_type: dict[str, dict[str, list[TaskSpec]]] = {}
    for task in tasks:
        by_type.setdefault(task.task_type, {}).setdefault(task.target_object, []).append(task)
    turns = {
        kind: _interleave([by_object[name] for name in _spread(scene, by_object, kind)])
        for kind, by_object in by_type.items()
    }
    things = _interleave([turns[kind] for kind in turns if kind not in JOINT_TYPES])
    joints = _interleave([turns[kind] for kind in turns if kind in JOINT_TYPES])
    return _interleave([things[:2], joints[:2]]) + _interleave([things[2::2], things[3::2], joints[2:]])


def _spread(scene: Scene, object_ids: Iterable[str], kind: str) -> list[str]:
    """Order objects so that neighbours stand on different furniture or, to be opened, are of different kinds."""
    groups: dict[str, list[str]] = {}
    for name in object_ids:
        group = scene.object(name).category if kind in JOINT_TYPES else carrier_of(scene, name)
        groups.setdefault(group or name, []).append(name)
    return _interleave(list(groups.values()))


def _interleave(columns: list[list[T]]) -> list[T]:
    return [item for row in zip_longest(*columns) for item in row if item is not None]
