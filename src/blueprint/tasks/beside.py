"""Free spots beside another thing, on the surface that it stands on, and the tasks of putting something there."""

import numpy as np

from blueprint.contracts.asset import Region
from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw, yaw_from_quat_wxyz
from blueprint.contracts.scene import Scene
from blueprint.contracts.seeds import rng_for
from blueprint.contracts.task import At, Near, On, PlaceGoal, Predicate, TaskSpec, Upright
from blueprint.physics.polygon import polygon_gap, rectangle
from blueprint.robots.embodiment import Embodiment
from blueprint.tasks.enclosed import hidden_things
from blueprint.tasks.phrases import object_phrase
from blueprint.tasks.places import region_pose
from blueprint.tasks.placing import FreeSpots, Spot, distance, movable, placing_task

__all__ = ["SIDES", "beside_spots", "proposals"]

ATTEMPTS = 200
GAPS_M = (0.05, 0.15)  # between a thing and the one that it is to stand beside
SLACK_M = 0.04  # how much further away than the widest gap still counts as near
NEAR_SPOT_M = 0.05
MAX_DISTANCE_M = 0.75
MIN_WAY_M = 0.10  # what stands there already need not be moved
NEIGHBOURS = 2  # of each thing
SIDES = {
    "left_of": ((-1, 0),),
    "right_of": ((1, 0),),
    "in_front_of": ((0, -1),),
    "behind": ((0, 1),),
    "next_to": ((-1, 0), (1, 0), (0, -1)),
    "near": ((-1, 0), (1, 0), (0, -1), (0, 1)),
}


def proposals(scene: Scene, embodiment: Embodiment, seed: int) -> list[TaskSpec]:
    """Return tasks of putting a thing next to another one that stands on the same piece of furniture, the nearest
    ones that are not beside it yet."""
    found = []
    names = movable(scene, embodiment, hidden_things(scene))
    for name in names:
        made = 0
        for other in sorted(_neighbours(scene, name), key=lambda item: (_apart_m(scene, name, item), item)):
            if _gap_m(scene, name, other) <= GAPS_M[1] + SLACK_M:
                continue  # it is next to it already
            spots = beside_spots(scene, name, other, "next_to", seed, MAX_DISTANCE_M)
            far = [spot for spot in spots if _way_m(scene, name, spot) >= MIN_WAY_M]
            if far:
                found.append(placing_task(scene, name, far[0], embodiment))
                made += 1
            if made == NEIGHBOURS:
                break
    return found


def beside_spots(
    scene: Scene, name: str, target: str, relation: str, seed: int, farthest_m: float = np.inf
) -> list[Spot]:
    """Return a free spot on each side of `target` that `relation`, a key of SIDES, names, at most `farthest_m` away
    from where the thing stands."""
    placement = scene.object(target).placement
    if placement is None or placement.parent_id is None or placement.region is None:
        return []
    owner, region = placement.parent_id, scene.region(placement.parent_id, placement.region)
    if region.is_container or scene.object(owner).is_architecture:
        return []
    pose_world_region = region_pose(scene, owner, region)
    there = pose_world_region.inverse() @ scene.pose_world_object(target)
    start = scene.pose_world_object(name)
    yaw = yaw_from_quat_wxyz(start.quat_wxyz) - yaw_from_quat_wxyz(pose_world_region.quat_wxyz)
    half = np.add(_half_extent(scene, target, there), max(scene.asset(name).size_m[:2]) / 2)
    free = FreeSpots(scene, name, owner, region)
    found = []
    for number, side in enumerate(SIDES[relation]):
        rng = rng_for(seed, "beside", scene.scene_id, name, target, number)
        for gap, slide in zip(rng.uniform(*GAPS_M, ATTEMPTS), rng.uniform(-0.3, 0.3, ATTEMPTS), strict=True):
            across = np.array([side[1], side[0]]) * half * slide
            x, y = np.array(there.position[:2]) + np.array(side) * (half + gap) + across
            pose = Pose.of((float(x), float(y), 0.0), quat_wxyz_from_yaw(yaw)).rounded()
            if distance(scene, name, pose_world_region @ pose) <= farthest_m and free.holds(pose):
                found.append(_spot(scene, name, target, owner, region, pose, relation, number))
                break
    return found


def _spot(
    scene: Scene, name: str, target: str, owner: str, region: Region, pose: Pose, relation: str, number: int
) -> Spot:
    at = At(
        object_id=name,
        support_id=owner,
        region=region.name,
        position=(pose.position[0], pose.position[1]),
        tolerance_m=NEAR_SPOT_M,
    )
    near = Near(object_id=name, other_id=target, distance_m=round(GAPS_M[1] + SLACK_M, 3))
    success: list[Predicate] = [On(object_id=name, support_id=owner, region=region.name), Upright(object_id=name)]
    # anywhere next to it will do; left of it is where it was meant
    success.insert(1, near if relation in ("next_to", "near") else at)
    how = relation.replace("_", " ")
    return Spot(
        "pick_place",
        PlaceGoal(support_id=owner, region=region.name, pose_region_object=pose),
        success,
        f"move {object_phrase(scene, name)} {how} {object_phrase(scene, target)}",
        f"{relation}_{target}_{number}",
        {},
    )


def _neighbours(scene: Scene, name: str) -> list[str]:
    """Return the loose things on the same region as `name`."""
    placement = scene.object(name).placement
    if placement is None:
        return []
    return [
        item.id
        for item in scene.objects
        if item.id != name
        and item.placement is not None
        and (item.placement.parent_id, item.placement.region) == (placement.parent_id, placement.region)
    ]


def _half_extent(scene: Scene, object_id: str, pose_region_object: Pose) -> tuple[float, float]:
    """Half the size of a thing's box along the X and Y of the region that it stands on, m."""
    width, depth, _ = scene.asset(object_id).size_m
    x, y = np.abs(pose_region_object.matrix()[:2, :2]) @ [width / 2, depth / 2]
    return float(x), float(y)


def _apart_m(scene: Scene, first: str, second: str) -> float:
    return distance(scene, first, scene.pose_world_object(second))


def _gap_m(scene: Scene, first: str, second: str) -> float:
    """Return the level distance between the boxes of two things, m; 0 where they overlap as seen from above."""
    boxes = [
        rectangle(scene.pose_world_object(name), (scene.asset(name).size_m[0] / 2, scene.asset(name).size_m[1] / 2))
        for name in (first, second)
    ]
    return max(0.0, polygon_gap(*boxes))


def _way_m(scene: Scene, name: str, spot: Spot) -> float:
    region = scene.region(spot.goal.support_id, spot.goal.region)
    return distance(scene, name, region_pose(scene, spot.goal.support_id, region) @ spot.goal.pose_region_object)
