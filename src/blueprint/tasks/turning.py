"""Proposals to turn knobs and dials, up and back."""

import numpy as np

from blueprint.contracts.asset import AssetModel, Link
from blueprint.contracts.frames import IDENTITY
from blueprint.contracts.scene import Scene
from blueprint.contracts.task import JointAbove, JointBelow, JointGoal, Released, TaskSpec
from blueprint.motion.turn import is_knob
from blueprint.robots.embodiment import Embodiment
from blueprint.tasks.enclosed import hidden_things
from blueprint.tasks.phrases import joint_phrase

__all__ = ["proposals"]

MOST_RAD = np.pi / 2  # in one grip: what a wrist does from almost anywhere
SHARE = 0.85  # of a knob's range
TOLERANCE = 0.85  # of the way is enough: round knobs slip a little


def proposals(scene: Scene, embodiment: Embodiment, seed: int) -> list[TaskSpec]:
    """Return two tasks of every knob that the gripper can hold: up, and back; nothing is drawn from `seed`."""
    hidden = hidden_things(scene)
    return [
        task
        for item in scene.objects
        if not item.is_architecture and item.id not in hidden
        for link in scene.asset(item.id).links
        if link.joint and is_knob(scene.asset(item.id), link) and _fits(scene.asset(item.id), link, embodiment)
        for task in _turns(scene, item.id, link, embodiment)
    ]


def _turns(scene: Scene, object_id: str, link: Link, embodiment: Embodiment) -> list[TaskSpec]:
    assert link.joint is not None
    joint = link.joint.name
    value = round(min(SHARE * link.joint.upper, MOST_RAD), 4)
    name, degrees = joint_phrase(scene, object_id, joint), 5 * round(np.degrees(value) / 5)
    way, back = _words(scene.asset(object_id), link)
    up = TaskSpec(
        task_id=f"{scene.scene_id}::turn::{object_id}::{joint}",
        task_type="turn",
        instruction=f"turn {name} {way} by about {degrees} degrees",
        target_object=object_id,
        goal=JointGoal(joint=joint, value=value),
        success=[
            JointAbove(object_id=object_id, joint=joint, value=round(TOLERANCE * value, 4)),
            Released(object_id=object_id),
        ],
        embodiment=embodiment.name,
        pose_world_base=IDENTITY,
    )
    down = up.model_copy(
        update={
            "task_id": f"{up.task_id}_back",
            "instruction": f"turn {name} {back} by about {degrees} degrees",
            "goal": JointGoal(joint=joint, value=0.0),
            "success": [
                JointBelow(object_id=object_id, joint=joint, value=round((1 - TOLERANCE) * value, 4)),
                Released(object_id=object_id),
            ],
            "initial_joints": {f"{object_id}/{joint}": value},
        }
    )
    return [up, down]


def _fits(asset: AssetModel, link: Link, embodiment: Embodiment) -> bool:
    return any(grasp.link == link.name and grasp.width_m < embodiment.opening_max_m for grasp in asset.grasps)


def _words(asset: AssetModel, link: Link) -> tuple[str, str]:
    """Return what the way up and the way back are called by someone who looks at the knob."""
    assert link.joint is not None
    grasp = next(grasp for grasp in asset.grasps if grasp.link == link.name)
    towards_viewer = -grasp.pose_link_grasp.matrix()[:3, 2]
    if float(towards_viewer @ np.asarray(link.joint.axis)) > 0:  # by the right hand
        return "anticlockwise", "clockwise"
    return "clockwise", "anticlockwise"
