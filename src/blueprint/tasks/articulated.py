"""Proposals to open and close drawers, doors and lids."""

from blueprint.contracts.asset import Joint, Link
from blueprint.contracts.frames import IDENTITY
from blueprint.contracts.scene import Scene
from blueprint.contracts.task import JointAbove, JointBelow, JointGoal, TaskSpec
from blueprint.motion.turn import is_knob
from blueprint.robots.embodiment import Embodiment
from blueprint.tasks.phrases import joint_phrase

__all__ = ["articulated_tasks", "joint_tasks", "open_value", "proposals"]

OPEN_FRACTION = 0.85
NOT_OFFERED = ("casement_window", "office_chair")
LAST = ("interior_door",)
MAX_OPEN_RAD, MAX_OPEN_M = 1.2, 0.25
TOLERANCE = 0.85  # of the way is enough: the handle gives, and a real drawer need not touch its stop


def proposals(scene: Scene, embodiment: Embodiment, seed: int) -> list[TaskSpec]:
    """Return the tasks of `articulated_tasks`; nothing is drawn, so `seed` has no part."""
    return articulated_tasks(scene, embodiment)


def articulated_tasks(scene: Scene, embodiment: Embodiment) -> list[TaskSpec]:
    """Return an open and a close task for every joint whose link has a handle that the gripper can hold.

    Windows are left to people, chairs do not open, and room doors come last.
    """
    offered = [item for item in scene.objects if not item.is_architecture and item.category not in NOT_OFFERED]
    return [
        task
        for item in sorted(offered, key=lambda item: item.category in LAST)
        for task in joint_tasks(scene, item.id, embodiment)
    ]


def joint_tasks(scene: Scene, object_id: str, embodiment: Embodiment) -> list[TaskSpec]:
    """Return the open and close tasks of one object, joint by joint."""
    tasks = []
    for link in scene.asset(object_id).links:
        if link.joint and _has_handle(scene, object_id, link, embodiment) and not is_knob(scene.asset(object_id), link):
            joint = link.joint
            tasks += [_open(scene, object_id, joint, embodiment), _close(scene, object_id, joint, embodiment)]
    return tasks


def open_value(joint: Joint) -> float:
    """Return how far "open" is: 85 % of the range, at most 1.2 rad or 25 cm from closed."""
    most = MAX_OPEN_M if joint.type == "prismatic" else MAX_OPEN_RAD
    return round(min(OPEN_FRACTION * joint.upper, most), 4)


def _open(scene: Scene, object_id: str, joint: Joint, embodiment: Embodiment) -> TaskSpec:
    value = open_value(joint)
    return TaskSpec(
        task_id=f"{scene.scene_id}::open::{object_id}::{joint.name}",
        task_type="open",
        instruction=f"open {joint_phrase(scene, object_id, joint.name)}",
        target_object=object_id,
        goal=JointGoal(joint=joint.name, value=value),
        success=[JointAbove(object_id=object_id, joint=joint.name, value=round(TOLERANCE * value, 4))],
        embodiment=embodiment.name,
        pose_world_base=IDENTITY,
    )


def _close(scene: Scene, object_id: str, joint: Joint, embodiment: Embodiment) -> TaskSpec:
    start = open_value(joint)
    return TaskSpec(
        task_id=f"{scene.scene_id}::close::{object_id}::{joint.name}",
        task_type="close",
        instruction=f"close {joint_phrase(scene, object_id, joint.name)}",
        target_object=object_id,
        goal=JointGoal(joint=joint.name, value=0.0),
        success=[JointBelow(object_id=object_id, joint=joint.name, value=round((1 - TOLERANCE) * start, 4))],
        embodiment=embodiment.name,
        pose_world_base=IDENTITY,
        initial_joints={f"{object_id}/{joint.name}": start},
    )


def _has_handle(scene: Scene, object_id: str, link: Link, embodiment: Embodiment) -> bool:
    grasps = scene.asset(object_id).grasps
    return any(grasp.link == link.name and grasp.width_m < embodiment.opening_max_m for grasp in grasps)
