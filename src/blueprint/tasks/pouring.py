"""Proposals to pour the grains that lie in a vessel into another."""

from blueprint.contracts.frames import IDENTITY
from blueprint.contracts.scene import Scene
from blueprint.contracts.task import Contains, On, PourGoal, Predicate, Released, TaskSpec, Upright
from blueprint.motion.pour import is_level
from blueprint.motion.tilting import rim_of, vessel_region
from blueprint.robots.embodiment import Embodiment
from blueprint.tasks.enclosed import hidden_things
from blueprint.tasks.phrases import object_phrase
from blueprint.tasks.placing import distance

__all__ = ["grains_in", "proposals"]

MAX_DISTANCE_M = 0.75
MIN_FRACTION = 0.8
MIN_MOUTH = 1.15  # radius of the mouth poured into, over that of the vessel: a stream is as wide as a lip
MIN_GRAINS = 3


def proposals(scene: Scene, embodiment: Embodiment, seed: int) -> list[TaskSpec]:
    """Return pour tasks, still without bases: of each vessel with grains in it that can be held level, into each other
    open container near it. Nothing is drawn: `seed` is not used."""
    del seed
    hidden = hidden_things(scene)
    tasks = []
    for item in scene.objects:
        grains = grains_in(scene, item.id)
        if len(grains) < MIN_GRAINS or item.id in hidden or not _is_pourable(scene, item.id, grains, embodiment):
            continue
        for other in scene.objects:
            if other.id not in hidden | {item.id} and not other.is_architecture and _takes(scene, item.id, other.id):
                tasks.append(_task(scene, item.id, other.id, grains, embodiment))
    return tasks


def grains_in(scene: Scene, vessel: str) -> list[str]:
    """Return the granular things that lie in a vessel."""
    return [
        item.id
        for item in scene.objects
        if item.placement is not None
        and item.placement.parent_id == vessel
        and "granular" in scene.asset(item.id).affordances
    ]


def _is_pourable(scene: Scene, vessel: str, grains: list[str], embodiment: Embodiment) -> bool:
    asset, item = scene.asset(vessel), scene.object(vessel)
    carried = [other.id for other in scene.objects if other.placement and other.placement.parent_id == vessel]
    pose = scene.pose_world_object(vessel).matrix()
    level = any(
        grasp.width_m < embodiment.opening_max_m - 0.006 and is_level(pose @ grasp.pose_link_grasp.matrix())
        for grasp in asset.grasps
    )
    light = asset.mass_kg + sum(scene.asset(name).mass_kg for name in grains) < embodiment.payload_kg
    loose = not item.is_fixed and vessel_region(asset) is not None and item.placement is not None
    return loose and level and light and set(carried) == set(grains)


def _takes(scene: Scene, vessel: str, container: str) -> bool:
    asset, region = scene.asset(container), vessel_region(scene.asset(container))
    own = vessel_region(scene.asset(vessel))
    if region is None or own is None:
        return False
    wide = rim_of(asset, region).radius > MIN_MOUTH * rim_of(scene.asset(vessel), own).radius
    return wide and distance(scene, vessel, scene.pose_world_object(container)) < MAX_DISTANCE_M


def _task(scene: Scene, vessel: str, container: str, grains: list[str], embodiment: Embodiment) -> TaskSpec:
    region = vessel_region(scene.asset(container))
    placement = scene.object(vessel).placement
    assert region is not None
    assert placement is not None
    what = scene.object(grains[0]).category or scene.asset(grains[0]).category
    names = object_phrase(scene, vessel), object_phrase(scene, container)
    words = f"pour the {what.replace('_', ' ')}s from {names[0]} into {names[1]}"
    success: list[Predicate] = [
        Contains(container_id=container, region=region.name, object_ids=grains, min_fraction=MIN_FRACTION),
        Upright(object_id=vessel),
        Released(object_id=vessel),
    ]
    if placement.parent_id is not None:
        success.insert(1, On(object_id=vessel, support_id=placement.parent_id))
    return TaskSpec(
        task_id=f"{scene.scene_id}::pour::{vessel}::{container}",
        task_type="pour",
        instruction=words,
        target_object=vessel,
        goal=PourGoal(container_id=container, region=region.name, object_ids=grains, min_fraction=MIN_FRACTION),
        success=success,
        embodiment=embodiment.name,
        pose_world_base=IDENTITY,
    )
