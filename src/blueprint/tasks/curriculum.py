"""How hard a task is, when it is lost, and what a shaped reward for it could add up."""

from collections.abc import Iterator

import numpy as np

from blueprint.contracts.scene import Scene
from blueprint.contracts.task import Fallen, Goal, Predicate, RewardTerm, TaskSpec, TaskStep, TaskType
from blueprint.robots import Embodiment
from blueprint.tasks.places import goal_position

__all__ = ["difficulty_score", "reset_conditions", "reward_terms", "with_curriculum"]

FALL_M = 0.15  # below the lower of where it stands and where it is to go
NARROW_M = 0.015  # less room than this between a thing and the open fingers
LOW_SHELF_M = 0.45
CROWDED_M = 0.06
MEDIUM, HARD = 1, 3  # from which score on
TYPE_SCORE: dict[TaskType, int] = {
    "pick_place": 0,
    "press": 0,
    "push": 0,
    "open": 0,
    "close": 0,
    "turn": 1,
    "stack": 1,
    "wipe": 1,
    "insert": 2,
    "hang": 2,
    "pour": 2,
    "handover": 2,
}
# What a step's reward consists of, by the kind of its goal; shares of one step.
STAGES: dict[str, tuple[tuple[str, float], ...]] = {
    "place": (("reach", 0.1), ("grasp", 0.2), ("transport", 0.4), ("done", 0.3)),
    "insert": (("reach", 0.1), ("grasp", 0.2), ("align", 0.3), ("done", 0.4)),
    "hang": (("reach", 0.1), ("grasp", 0.2), ("align", 0.3), ("done", 0.4)),
    "pour": (("reach", 0.1), ("grasp", 0.2), ("tilt", 0.2), ("fill", 0.5)),
    "wipe": (("reach", 0.1), ("grasp", 0.2), ("touch", 0.2), ("cover", 0.5)),
    "handover": (("reach", 0.1), ("grasp", 0.3), ("meet", 0.2), ("done", 0.4)),
    "joint": (("reach", 0.2), ("progress", 0.5), ("done", 0.3)),
    "push": (("reach", 0.2), ("progress", 0.5), ("done", 0.3)),
    "press": (("reach", 0.4), ("done", 0.6)),
}


def with_curriculum(scene: Scene, task: TaskSpec, embodiment: Embodiment) -> TaskSpec:
    """Return the task with difficulty, curriculum split, reset conditions and reward terms.

    Tasks of several steps and hard ones are the target of a curriculum, the others lead up to them.
    """
    score = difficulty_score(scene, task, embodiment)
    hard = score >= HARD
    return task.model_copy(
        update={
            "difficulty": "hard" if hard else "medium" if score >= MEDIUM else "easy",
            "curriculum_split": "target" if hard or len(task.steps) > 1 else "pretrain",
            "reset": task.reset or reset_conditions(scene, task),
            "reward": task.reward or reward_terms(task),
        }
    )


def difficulty_score(scene: Scene, task: TaskSpec, embodiment: Embodiment) -> int:
    """Return a count of what makes a task hard: its type, each step after the first, and for its hardest step a tight
    grip, a low shelf over it, close neighbours and a goal inside something."""
    opening = embodiment.arm(task.arm).opening_max_m
    steps = task.step_list()
    hardest = max(TYPE_SCORE.get(step.task_type, 0) + _tightness(scene, step, opening) for step in steps)
    return hardest + len(steps) - 1


def reset_conditions(scene: Scene, task: TaskSpec) -> list[Predicate]:
    """Return when an attempt is hopeless: one of the loose things that it is about has fallen."""
    lowest: dict[str, float] = {}
    for step in task.step_list():
        item = scene.object(step.target_object)
        if item.is_fixed or scene.asset(item.id).is_articulated:
            continue
        goal = goal_position(scene, task.step_task(step))
        heights = [scene.pose_world_object(item.id).position[2], *([] if goal is None else [float(goal[2])])]
        lowest[item.id] = min(lowest.get(item.id, np.inf), *heights)
    return [Fallen(object_id=name, height_m=round(height - FALL_M, 4)) for name, height in lowest.items()]


def reward_terms(task: TaskSpec) -> list[RewardTerm]:
    """Return terms in the order in which they are earned, one stage after the other; all weights add up to 1."""
    steps = task.step_list()
    terms = [(step, name, share / len(steps)) for step in steps for name, share in _stages(step.goal)]
    return [
        RewardTerm(name=f"{name}:{step.target_object}", weight=round(weight, 6), stage=stage)
        for stage, (step, name, weight) in enumerate(terms)
    ]


def _stages(goal: Goal) -> tuple[tuple[str, float], ...]:
    return STAGES[goal.kind]


def _tightness(scene: Scene, step: TaskStep, opening_max_m: float) -> int:
    return sum(_hardships(scene, step, opening_max_m))


def _hardships(scene: Scene, step: TaskStep, opening_max_m: float) -> Iterator[bool]:
    """Whether the grip is tight, the headroom low, something stands close by, and the goal is inside something."""
    asset, item = scene.asset(step.target_object), scene.object(step.target_object)
    widths = [grasp.width_m for grasp in asset.grasps if grasp.width_m < opening_max_m]
    if widths:
        yield opening_max_m - min(widths) < NARROW_M
    placement = item.placement
    if placement is not None and placement.parent_id is not None and placement.region is not None:
        yield scene.region(placement.parent_id, placement.region).clearance_m < LOW_SHELF_M
        yield _gap_m(scene, item.id) < CROWDED_M
    support, region = getattr(step.goal, "support_id", None), getattr(step.goal, "region", None)
    if support is not None and region is not None:
        yield scene.region(support, region).is_container


def _gap_m(scene: Scene, object_id: str) -> float:
    """Return the room between a thing's box and the nearest other one on the same region, seen from above, m."""
    mine = scene.object(object_id).placement
    if mine is None:
        return np.inf
    here = np.array(scene.pose_world_object(object_id).position[:2])
    radius = max(scene.asset(object_id).size_m[:2]) / 2
    gaps = [
        float(np.linalg.norm(np.array(scene.pose_world_object(item.id).position[:2]) - here))
        - radius
        - max(scene.asset(item.id).size_m[:2]) / 2
        for item in scene.objects
        if item.id != object_id
        and item.placement is not None
        and (item.placement.parent_id, item.placement.region) == (mine.parent_id, mine.region)
    ]
    return min(gaps, default=np.inf)
