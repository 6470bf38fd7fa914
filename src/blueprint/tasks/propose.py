"""Proposing tasks from what a scene affords: things that can be gripped, containers, stacks, drawers and doors."""

from itertools import zip_longest

from blueprint.contracts.scene import Scene
from blueprint.contracts.seeds import rng_for
from blueprint.contracts.task import TaskSpec
from blueprint.motion.base import choose_base, reachable_tasks
from blueprint.robots.embodiment import Embodiment
from blueprint.tasks.articulated import articulated_tasks
from blueprint.tasks.placing import placing_tasks

__all__ = ["propose_tasks"]

MAX_BASE_TASKS = 24
JOINT_TYPES = ("open", "close")


def propose_tasks(scene: Scene, embodiment: Embodiment, limit: int = 32, *, seed: int = 0) -> list[TaskSpec]:
    """Return up to `limit` candidates with base poses, without plans, varied in type and object.

    They take turns between types and, within a type, between objects; those within the arm's reach come first.
    Goal spots are drawn with seeds derived from `seed` and the ids. Whether a candidate can be solved is for the
    planner and a roll-out to say. Raises PlanningError where the robot's base has no free place.
    """
    proposals = [*placing_tasks(scene, embodiment, seed), *articulated_tasks(scene, embodiment)]
    varied = _take_turns(proposals)[: max(limit, MAX_BASE_TASKS)]
    if not varied:
        return []
    rng = rng_for(seed, "base", scene.scene_id, embodiment.name)
    bases = choose_base(scene, varied, embodiment, rng)
    placed = [task.model_copy(update={"pose_world_base": base}) for task, base in zip(varied, bases, strict=True)]
    reached = reachable_tasks(scene, placed, embodiment, rng)
    ordered = sorted(zip(reached, placed, strict=True), key=lambda pair: not pair[0])
    return [task for _, task in ordered][:limit]


def _take_turns(tasks: list[TaskSpec]) -> list[TaskSpec]:
    """First every other task moves a thing, then two of three: a scene with drawers is more than its drawers."""
    by_type: dict[str, dict[str, list[TaskSpec]]] = {}
    for task in tasks:
        by_type.setdefault(task.task_type, {}).setdefault(task.target_object, []).append(task)
    turns = {kind: _interleave(list(by_object.values())) for kind, by_object in by_type.items()}
    things = _interleave([turns[kind] for kind in turns if kind not in JOINT_TYPES])
    joints = _interleave([turns[kind] for kind in turns if kind in JOINT_TYPES])
    return _interleave([things[:2], joints[:2]]) + _interleave([things[2::2], things[3::2], joints[2:]])


def _interleave(columns: list[list[TaskSpec]]) -> list[TaskSpec]:
    return [task for row in zip_longest(*columns) for task in row if task is not None]
