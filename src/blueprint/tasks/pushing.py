"""Proposals to push a thing along the surface that it stands on: also what no gripper can take."""

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import AssetModel, CapsuleShape, CylinderShape, SphereShape
from blueprint.contracts.frames import IDENTITY, Pose
from blueprint.contracts.scene import Scene
from blueprint.contracts.seeds import rng_for
from blueprint.contracts.task import At, AtRest, On, PushGoal, Released, TaskSpec, Upright
from blueprint.robots.embodiment import Embodiment
from blueprint.tasks.enclosed import hidden_things
from blueprint.tasks.phrases import object_phrase
from blueprint.tasks.placing import FreeSpots, region_pose

__all__ = ["proposals", "pushable"]

Array = NDArray[np.float64]

SHIFTS_M = (0.08, 0.22)
ATTEMPTS = 12
STEP_M = 0.03  # between looks at whether the way is free
BEHIND_M = 0.08  # free floor behind the thing, where the hand comes down
LARGEST_M, LOWEST_M = 0.4, 0.012
HEADROOM_M = 0.3  # above the surface: for a hand
MAX_KG = 2.0  # with friction of 0.6: 12 N at the finger tips
STRAIGHT_COSINE = 0.9  # a way is to the left when it is within 25° of it
PER_OBJECT = 2
WAYS = {"to the left": (-1, 0), "to the right": (1, 0), "to the back": (0, 1), "to the front": (0, -1)}


def proposals(scene: Scene, embodiment: Embodiment, seed: int) -> list[TaskSpec]:
    """Return up to two push tasks of every thing that slides, along the sides of its box."""
    hidden = hidden_things(scene)
    return [task for name in pushable(scene, embodiment, hidden) for task in _pushes(scene, name, embodiment, seed)]


def pushable(scene: Scene, embodiment: Embodiment, hidden: frozenset[str]) -> list[str]:
    """Return the loose rigid things on open surfaces that slide when they are pushed, and that nothing stands on."""
    carriers = {item.placement.parent_id for item in scene.objects if item.placement}
    found = []
    for item in scene.objects:
        asset, placement = scene.asset(item.id), item.placement
        if item.is_fixed or asset.is_articulated or item.id in carriers | hidden or placement is None:
            continue
        if placement.parent_id is None or placement.region is None or scene.object(placement.parent_id).is_architecture:
            continue
        region = scene.region(placement.parent_id, placement.region)
        if region.is_container or region.clearance_m < HEADROOM_M:
            continue
        light = any(link.inertial is None for link in asset.links) or asset.mass_kg < min(MAX_KG, embodiment.payload_kg)
        if light and max(asset.size_m[:2]) < LARGEST_M and asset.size_m[2] > LOWEST_M and not _rolls(asset):
            found.append(item.id)
    return found


def _pushes(scene: Scene, object_id: str, embodiment: Embodiment, seed: int) -> list[TaskSpec]:
    placement = scene.object(object_id).placement
    assert placement is not None
    assert placement.parent_id is not None
    assert placement.region is not None
    owner, region = placement.parent_id, scene.region(placement.parent_id, placement.region)
    start = region_pose(scene, owner, region).inverse() @ scene.pose_world_object(object_id)
    free = FreeSpots(scene, object_id, owner, region)
    rng = rng_for(seed, "push", scene.scene_id, object_id)
    found = []
    for number in rng.permutation(4):
        axis = start.matrix()[:2, number // 2] * (1 if number % 2 else -1)
        word = _word(axis)
        if word is None or not free.holds(_moved(start, -axis * BEHIND_M)):
            continue
        for distance in rng.uniform(*SHIFTS_M, ATTEMPTS):
            steps = np.append(np.arange(STEP_M, distance, STEP_M), distance)
            if all(free.holds(_moved(start, axis * step)) for step in steps):
                goal = _moved(start, axis * distance).rounded()
                found.append(_task(scene, object_id, owner, region.name, goal, distance, word, embodiment))
                break
        if len(found) == PER_OBJECT:
            break
    return found


def _task(
    scene: Scene,
    object_id: str,
    owner: str,
    region: str,
    goal: Pose,
    distance: float,
    word: str,
    embodiment: Embodiment,
) -> TaskSpec:
    push = PushGoal(support_id=owner, region=region, position=(goal.position[0], goal.position[1]))
    centimetres = max(5, 5 * round(distance * 20))
    return TaskSpec(
        task_id=f"{scene.scene_id}::push::{object_id}::{word.rsplit(' ', 1)[1]}",
        task_type="push",
        instruction=f"push {object_phrase(scene, object_id)} about {centimetres} centimetres {word}",
        target_object=object_id,
        goal=push,
        success=[
            On(object_id=object_id, support_id=owner, region=region),
            At(
                object_id=object_id,
                support_id=owner,
                region=region,
                position=push.position,
                tolerance_m=push.tolerance_m,
            ),
            Upright(object_id=object_id),
            AtRest(object_id=object_id),
            Released(object_id=object_id),
        ],
        embodiment=embodiment.name,
        pose_world_base=IDENTITY,
    )


def _moved(pose: Pose, shift: Array) -> Pose:
    x, y, z = pose.position
    return Pose.of((x + float(shift[0]), y + float(shift[1]), z), pose.quat_wxyz)


def _word(axis: Array) -> str | None:
    """Return what a way is called, seen from the front of the surface; None where it is a diagonal."""
    for word, way in WAYS.items():
        if float(axis @ np.array(way, float)) > STRAIGHT_COSINE:
            return word
    return None


def _rolls(asset: AssetModel) -> bool:
    """Return whether a thing would roll off: one round shape that is a ball, or lies on its side."""
    if len(asset.links[0].colliders) != 1:
        return False
    collider = asset.links[0].colliders[0]
    lies = abs(collider.pose_link_shape.matrix()[2, 2]) < 0.9
    round_side = isinstance(collider.shape, CylinderShape | CapsuleShape) and lies
    return isinstance(collider.shape, SphereShape) or round_side
