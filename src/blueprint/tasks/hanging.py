"""Proposals to hang a thing that has a loop on a hook."""

from blueprint.contracts.asset import Region
from blueprint.contracts.frames import IDENTITY, Pose
from blueprint.contracts.scene import Scene
from blueprint.contracts.seeds import rng_for
from blueprint.contracts.task import AtRest, HangGoal, Hanging, Released, TaskSpec
from blueprint.motion.hang import hang_pose
from blueprint.motion.loops import loop_of
from blueprint.robots.embodiment import Embodiment
from blueprint.tasks.enclosed import hidden_things
from blueprint.tasks.phrases import object_phrase
from blueprint.tasks.placing import distance, movable, region_pose

__all__ = ["proposals"]

MAX_DISTANCE_M = 0.75
HOOKS_PER_THING = 2
MIN_LEVEL = 0.9  # cosine between a hook's Y and the vertical: hooks of a tree that lies are none
SPARE_M = 0.01


def proposals(scene: Scene, embodiment: Embodiment, seed: int) -> list[TaskSpec]:
    """Return hang tasks, still without bases: of everything with a loop that the gripper can take, on free hooks."""
    hidden = hidden_things(scene)
    taken = {(item.placement.parent_id, item.placement.region) for item in scene.objects if item.placement}
    hooks = [
        (item.id, region)
        for item in scene.objects
        if item.id not in hidden
        for region in scene.asset(item.id).regions
        if region.kind == "hook" and (item.id, region.name) not in taken
    ]
    tasks = []
    for object_id in movable(scene, embodiment, hidden) if hooks else []:
        rng = rng_for(seed, "hang", scene.scene_id, object_id)
        offered = []
        for owner, hook in [hooks[int(index)] for index in rng.permutation(len(hooks))]:
            pose = _pose(scene, object_id, owner, hook) if owner != object_id else None
            if pose is not None:
                offered.append(_task(scene, object_id, owner, hook, pose, embodiment))
        tasks += offered[:HOOKS_PER_THING]
    return tasks


def _pose(scene: Scene, object_id: str, owner: str, hook: Region) -> Pose | None:
    """Return how a thing would hang on a hook, or None where it has no loop for it, or the hook is too low or far."""
    place = region_pose(scene, owner, hook)
    loop = loop_of(scene.asset(object_id), hook.half_extents[0])
    if loop is None or place.matrix()[2, 1] < MIN_LEVEL or distance(scene, object_id, place) > MAX_DISTANCE_M:
        return None
    height = place.position[2] - scene.pose_world_object(owner).position[2]
    reach = max(scene.asset(object_id).size_m)
    return hang_pose(loop, hook) if height > reach + SPARE_M else None


def _task(scene: Scene, object_id: str, owner: str, hook: Region, pose: Pose, embodiment: Embodiment) -> TaskSpec:
    return TaskSpec(
        task_id=f"{scene.scene_id}::hang::{object_id}::{owner}_{hook.name}",
        task_type="hang",
        instruction=f"hang {object_phrase(scene, object_id)} on {object_phrase(scene, owner)}",
        target_object=object_id,
        goal=HangGoal(support_id=owner, region=hook.name, pose_region_object=pose),
        success=[
            Hanging(object_id=object_id, support_id=owner),
            AtRest(object_id=object_id),
            Released(object_id=object_id),
        ],
        embodiment=embodiment.name,
        pose_world_base=IDENTITY,
    )
