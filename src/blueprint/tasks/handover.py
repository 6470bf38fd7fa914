"""Proposals to hand a thing from one hand to the other."""

from itertools import permutations

from blueprint.contracts.frames import IDENTITY
from blueprint.contracts.scene import Scene
from blueprint.contracts.task import AtRest, HandoverGoal, HeldBy, TaskSpec
from blueprint.motion.air_grasps import air_grasps
from blueprint.robots.embodiment import Embodiment
from blueprint.tasks.enclosed import hidden_things
from blueprint.tasks.phrases import object_phrase
from blueprint.tasks.placing import movable

__all__ = ["proposals"]

MAX_SIZE_M = 0.4
MIN_SIZE_M = 0.045  # both hands need room on it


def proposals(scene: Scene, embodiment: Embodiment, seed: int) -> list[TaskSpec]:
    """Return handovers, in both directions, of every loose thing that has room for two hands.

    None for a robot with one arm. `seed` is not used: there is nothing to draw.
    """
    if len(embodiment.arms) < 2:
        return []
    found: list[TaskSpec] = []
    for object_id in movable(scene, embodiment, hidden_things(scene)):
        asset = scene.asset(object_id)
        has_room = MIN_SIZE_M <= max(asset.size_m) <= MAX_SIZE_M
        widest = min(arm.opening_max_m for arm in embodiment.arms)
        light = all(asset.links[0].inertial is None or asset.mass_kg < arm.payload_kg for arm in embodiment.arms)
        if has_room and light and air_grasps(asset, widest):
            found += [_task(scene, embodiment, object_id, *pair) for pair in permutations(embodiment.arm_names, 2)]
    return found


def _task(scene: Scene, embodiment: Embodiment, object_id: str, from_arm: str, to_arm: str) -> TaskSpec:
    phrase = object_phrase(scene, object_id)
    return TaskSpec(
        task_id=f"{scene.scene_id}::handover::{object_id}::{from_arm}_to_{to_arm}",
        task_type="handover",
        instruction=f"take {phrase} with the {from_arm} hand and hand it over to the {to_arm} hand",
        target_object=object_id,
        goal=HandoverGoal(from_arm=from_arm, to_arm=to_arm),
        success=[HeldBy(object_id=object_id, arm=to_arm), AtRest(object_id=object_id)],
        embodiment=embodiment.name,
        pose_world_base=IDENTITY,
        arm=from_arm,
    )
