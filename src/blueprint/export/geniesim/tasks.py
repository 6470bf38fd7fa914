"""`task_config.json`: the certified tasks with criteria, rewards and resets, and what else the objects are for."""

from collections.abc import Mapping, Sequence

import numpy as np

from blueprint.contracts.asset import AssetModel
from blueprint.contracts.frames import Vec3
from blueprint.contracts.geniesim.robot_config import RobotConfig
from blueprint.contracts.geniesim.scene_graph import namespaced
from blueprint.contracts.geniesim.task_config import (
    REQUIRED_CAMERAS,
    Curriculum,
    Difficulty,
    ResetCondition,
    RewardTerm,
    SuccessCriterion,
    SuggestedTask,
    TaskConfig,
)
from blueprint.contracts.scene import Scene
from blueprint.contracts.scene_manifest import SceneObject
from blueprint.contracts.task import JointGoal, PlaceGoal, TaskSpec
from blueprint.export.geniesim.affordances import task_types_of
from blueprint.export.geniesim.robots import Bounds
from blueprint.quality.episode_checks import EpisodeLimits

__all__ = ["build_task_config", "goal_position", "target_position", "task_bounds"]

_DIFFICULTY: dict[str, Difficulty] = {
    "pick_place": "easy",
    "open": "medium",
    "close": "medium",
    "stack": "hard",
    "organize": "medium",
    "open_close": "medium",
    "fill": "hard",
    "pour": "hard",
    "insert": "hard",
    "hang": "hard",
    "slide": "medium",
    "turn": "medium",
    "press": "easy",
}
_LEVEL: dict[Difficulty, int] = {"easy": 0, "medium": 1, "hard": 2}
_TIME_FACTOR = 3.0  # an episode ends after three times what the planner's own execution took
_UNTRIED_TIME_S = 60.0
_FALL_M = 0.15
_WORDS = {
    "pick_place": "pick up the {} and place it on a nearby surface",
    "stack": "stack the {}",
    "pour": "pour from the {}",
    "insert": "insert the {}",
    "hang": "hang up the {}",
    "open_close": "open and close the {}",
    "slide": "slide the {}",
    "turn": "turn the {}",
    "press": "press the {}",
    "fill": "fill the {}",
    "organize": "put things away into the {}",
}


def build_task_config(
    scene: Scene,
    certified: Sequence[TaskSpec],
    robot_config: RobotConfig,
    max_tasks: int,
    metadata: Mapping[str, object],
) -> TaskConfig:
    """Return the tasks: certified ones first, then, marked as not attempted, what the objects' affordances suggest
    within the robot's workspace."""
    tasks = [_certified(scene, task, certified) for task in certified][:max_tasks]
    covered = {(task.target_object, task.task_type) for task in tasks}
    for item in scene.objects:
        model = scene.asset(item.id)
        name = namespaced(scene.scene_id, item.id)
        position = target_position(scene, item.id)
        if not _within(position, robot_config.workspace_bounds):
            continue
        for kind in sorted(task_types_of(item, model)):
            aliases = {"open", "close"} if kind == "open_close" else {kind}
            if len(tasks) < max_tasks and not any((name, alias) in covered for alias in aliases):
                tasks.append(_suggested(scene, item, model, kind, position))
    return TaskConfig(
        scene_id=scene.scene_id,
        environment_type=scene.manifest.scene.environment_type or "unknown",
        suggested_tasks=tasks,
        robot_config=robot_config,
        metadata=dict(metadata),
    )


def task_bounds(bases: Sequence[Vec3], reach_m: float) -> Bounds:
    """Return the box that holds everything within reach of some base; its floor is the room's."""
    points = np.array(bases)
    low, high = points.min(axis=0) - reach_m, points.max(axis=0) + reach_m
    low[2] = min(0.0, float(points[:, 2].min()))
    x0, y0, z0 = (round(float(value), 4) for value in low)
    x1, y1, z1 = (round(float(value), 4) for value in high)
    return (x0, y0, z0), (x1, y1, z1)


def target_position(scene: Scene, object_id: str) -> Vec3:
    """Return the middle of an object's bounding box, world."""
    model = scene.asset(object_id)
    x, y, z = scene.pose_world_object(object_id).apply((0.0, 0.0, model.size_m[2] / 2))
    return round(float(x), 5), round(float(y), 5), round(float(z), 5)


def goal_position(scene: Scene, task: TaskSpec) -> Vec3 | None:
    """Return where the target's origin is to be, world; None for a joint's goal."""
    if not isinstance(task.goal, PlaceGoal):
        return None
    model = scene.asset(task.goal.support_id)
    frame = scene.pose_world_object(task.goal.support_id) @ model.pose_asset_region(model.region(task.goal.region))
    x, y, z = (frame @ task.goal.pose_region_object).position
    return round(x, 5), round(y, 5), round(z, 5)


def _within(point: Vec3, bounds: Bounds) -> bool:
    return all(low <= value <= high for value, low, high in zip(point, *bounds, strict=True))


def _certified(scene: Scene, task: TaskSpec, all_tasks: Sequence[TaskSpec]) -> SuggestedTask:
    difficulty = _DIFFICULTY.get(task.task_type, task.difficulty)
    if isinstance(task.goal, PlaceGoal) and scene.region(task.goal.support_id, task.goal.region).is_container:
        difficulty = "medium" if difficulty == "easy" else difficulty
    duration = task.plan.duration_s if task.plan else _UNTRIED_TIME_S / _TIME_FACTOR
    region = task.goal.support_id if isinstance(task.goal, PlaceGoal) else None
    constraints: dict[str, object] = {
        "embodiment": task.embodiment,
        "pose_world_base": task.pose_world_base.model_dump(mode="json"),
        "initial_joints": task.initial_joints,
        "goal": task.goal.model_dump(mode="json"),
    }
    if task.plan:
        constraints["plan"] = task.plan.model_dump(mode="json")
    return SuggestedTask(
        task_id=task.task_id,
        task_name=task.instruction,
        task_type=task.task_type,
        target_object=namespaced(scene.scene_id, task.target_object),
        task_complexity="composite" if task.steps else "atomic",
        curriculum_split="target" if difficulty == "hard" else "pretrain",
        required_camera_ids=list(REQUIRED_CAMERAS),
        goal_region=namespaced(scene.scene_id, region) if region else None,
        difficulty=difficulty,
        priority=5,
        requires_object_motion=True,
        description_hint=task.instruction,
        target_position=target_position(scene, task.target_object),
        goal_position=goal_position(scene, task),
        certification="plan_solved" if task.plan else "not_attempted",
        success_criteria=[
            SuccessCriterion(kind=item.kind, parameters=item.model_dump(mode="json", exclude={"kind"}))
            for item in task.success
        ],
        reward_hints=_rewards(joint=isinstance(task.goal, JointGoal)),
        reset_conditions=_resets(scene, task.target_object, _TIME_FACTOR * duration),
        curriculum=Curriculum(
            level=_LEVEL[difficulty],
            split="target" if difficulty == "hard" else "pretrain",
            prerequisites=_prerequisites(task, all_tasks),
        ),
        constraints=constraints,
    )


def _prerequisites(task: TaskSpec, all_tasks: Sequence[TaskSpec]) -> list[str]:
    """The tasks that bring about the joint positions that this one starts from (a drawer that stands open)."""
    wanted = set(task.initial_joints)
    return [
        other.task_id
        for other in all_tasks
        if other.task_id != task.task_id
        and isinstance(other.goal, JointGoal)
        and other.task_type == "open"
        and f"{other.target_object}/{other.goal.joint}" in wanted
    ]


def _suggested(scene: Scene, item: SceneObject, model: AssetModel, kind: str, position: Vec3) -> SuggestedTask:
    difficulty = _DIFFICULTY[kind]
    environment = scene.manifest.scene.environment_type or "room"
    words = _WORDS[kind].format(f"{item.name or model.name} ({item.id})")
    return SuggestedTask(
        task_id=f"{scene.scene_id}::{kind}::{item.id}",
        task_name=f"{words[0].upper()}{words[1:]} in a {environment} environment",
        task_type=kind,
        target_object=namespaced(scene.scene_id, item.id),
        task_complexity="composite" if kind in ("organize", "fill", "open_close") else "atomic",
        curriculum_split="target" if difficulty == "hard" else "pretrain",
        required_camera_ids=list(REQUIRED_CAMERAS),
        difficulty=difficulty,
        priority=2,
        requires_object_motion=kind != "press",
        description_hint="suggested by the object's affordances; no planner has tried it",
        target_position=position,
        certification="not_attempted",
        reset_conditions=_resets(scene, item.id, _UNTRIED_TIME_S),
        curriculum=Curriculum(level=_LEVEL[difficulty], split="target" if difficulty == "hard" else "pretrain"),
    )


def _rewards(*, joint: bool) -> list[RewardTerm]:
    """Dense terms towards the goal and one for reaching it; weights sum to 2."""
    towards = "handle" if joint else "object"
    terms = [
        RewardTerm(
            name="reach", weight=0.2, expression=f"1 - tanh(distance(gripper, {towards}) / scale_m)", scale_m=0.1
        )
    ]
    if joint:
        terms.append(RewardTerm(name="progress", weight=0.8, expression="|joint - start| / |goal - start|"))
    else:
        terms += [
            RewardTerm(name="lift", weight=0.3, expression="min(1, height above start / scale_m)", scale_m=0.05),
            RewardTerm(
                name="transport", weight=0.5, expression="1 - tanh(distance(object, goal) / scale_m)", scale_m=0.15
            ),
        ]
    return [*terms, RewardTerm(name="success", weight=1.0, expression="1 if every success criterion holds else 0")]


def _resets(scene: Scene, object_id: str, limit_s: float) -> list[ResetCondition]:
    height = scene.pose_world_object(object_id).position[2]
    resets = [
        ResetCondition(kind="time_limit", limit=round(limit_s, 2), unit="s"),
        ResetCondition(kind="contact_force", limit=EpisodeLimits().contact_force_n, unit="N"),
        ResetCondition(kind="object_left_workspace", object_id=object_id, limit=0.0, unit="m"),
    ]
    if height > _FALL_M:
        resets.append(
            ResetCondition(kind="object_fell", object_id=object_id, limit=round(height - _FALL_M, 4), unit="m")
        )
    return resets
