"""Proposals to press buttons and switches."""

from blueprint.contracts.asset import Joint
from blueprint.contracts.frames import IDENTITY
from blueprint.contracts.scene import Scene
from blueprint.contracts.task import Pressed, PressGoal, Released, TaskSpec
from blueprint.motion.press_points import is_button
from blueprint.robots.embodiment import Embodiment
from blueprint.tasks.enclosed import hidden_things
from blueprint.tasks.phrases import joint_phrase, object_phrase

__all__ = ["proposals"]

PRESSED_FRACTION = 0.8  # of a button's travel: it has clicked by then


def proposals(scene: Scene, embodiment: Embodiment, seed: int) -> list[TaskSpec]:
    """Return a press task for every button and switch that is not behind a door; nothing is drawn from `seed`."""
    hidden = hidden_things(scene)
    return [
        _press(scene, item.id, link.joint, embodiment)
        for item in scene.objects
        if not item.is_architecture and item.id not in hidden
        for link in scene.asset(item.id).links
        if link.joint and is_button(scene.asset(item.id), link)
    ]


def _press(scene: Scene, object_id: str, joint: Joint, embodiment: Embodiment) -> TaskSpec:
    value = round(PRESSED_FRACTION * joint.upper, 5)
    is_all_button = sum(link.joint is not None for link in scene.asset(object_id).links) == 1
    name = object_phrase(scene, object_id) if is_all_button else joint_phrase(scene, object_id, joint.name)
    return TaskSpec(
        task_id=f"{scene.scene_id}::press::{object_id}::{joint.name}",
        task_type="press",
        instruction=f"press {name}",
        target_object=object_id,
        goal=PressGoal(joint=joint.name, value=value),
        success=[
            Pressed(object_id=object_id, joint=joint.name, value=value),
            Released(object_id=object_id),
        ],
        embodiment=embodiment.name,
        pose_world_base=IDENTITY,
    )
