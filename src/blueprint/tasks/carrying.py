"""Proposals to carry a thing to other furniture, metres away: for robots that drive."""

from blueprint.contracts.asset import Region
from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw, yaw_from_quat_wxyz
from blueprint.contracts.scene import Scene
from blueprint.contracts.seeds import rng_for
from blueprint.contracts.task import On, PlaceGoal, TaskSpec, Upright
from blueprint.motion.stances import carrier_of
from blueprint.robots.embodiment import Embodiment
from blueprint.tasks.enclosed import hidden_things, is_enclosed
from blueprint.tasks.phrases import object_phrase, region_phrase
from blueprint.tasks.placing import FreeSpots, Spot, distance, movable, placing_task, region_pose

__all__ = ["proposals"]

MIN_DISTANCE_M = 1.1  # what is nearer is within reach of one base
GOAL_ATTEMPTS = 100
EDGE_M = 0.25  # how far in from the front edge of a deep surface a thing is put
PLACES_PER_OBJECT = 2
LEVELS = ("top", "shelf")
HEIGHTS_M = (0.3, 1.1)


def proposals(scene: Scene, embodiment: Embodiment, seed: int) -> list[TaskSpec]:
    """Return, for every loose thing, the tasks of taking it to the nearest other pieces of furniture.

    None for a robot that does not drive. Spots are drawn with generators from `seed` and the ids.
    """
    if not embodiment.base_joints:
        return []
    hidden = hidden_things(scene)
    return [
        placing_task(scene, object_id, spot, embodiment)
        for object_id in movable(scene, embodiment, hidden)
        for spot in _spots(scene, object_id, seed)
    ]


def _spots(scene: Scene, object_id: str, seed: int) -> list[Spot]:
    own = carrier_of(scene, object_id)
    found: list[tuple[float, Spot]] = []
    for item in scene.objects:
        if item.is_architecture or item.id == own or carrier_of(scene, item.id) != item.id:
            continue
        for region in scene.asset(item.id).regions:
            pose = _free_pose(scene, object_id, item.id, region, seed)
            if pose is None:
                continue
            away = distance(scene, object_id, region_pose(scene, item.id, region) @ pose)
            if away > MIN_DISTANCE_M:
                found.append((away, _spot(scene, object_id, item.id, region, pose)))
    return [spot for _, spot in sorted(found, key=lambda pair: pair[0])[:PLACES_PER_OBJECT]]


def _free_pose(scene: Scene, object_id: str, owner: str, region: Region, seed: int) -> Pose | None:
    """Return a free pose near the front edge of an open region of a height that an arm on wheels gets to."""
    asset = scene.asset(object_id)
    pose_world_region = region_pose(scene, owner, region)
    low, high = HEIGHTS_M
    if scene.asset(owner).link(region.link).joint is not None:
        return None  # a drawer's or a door's
    if region.is_container or region.kind not in LEVELS or not low <= pose_world_region.position[2] <= high:
        return None
    if asset.size_m[2] + 0.1 > region.clearance_m:
        return None
    turn = yaw_from_quat_wxyz(scene.pose_world_object(object_id).quat_wxyz)
    turn -= yaw_from_quat_wxyz(pose_world_region.quat_wxyz)
    rng = rng_for(seed, "carry", scene.scene_id, object_id, owner, region.name)
    free = FreeSpots(scene, object_id, owner, region)
    half_x, half_y = region.half_extents
    for _ in range(GOAL_ATTEMPTS):
        position = (rng.uniform(-half_x, half_x), rng.uniform(-half_y, min(half_y, EDGE_M - half_y)), 0.0)
        pose = Pose.of(position, quat_wxyz_from_yaw(turn)).rounded()
        if free.holds(pose):
            middle = (pose_world_region @ pose).apply((0.0, 0.0, asset.size_m[2] / 2))
            return None if is_enclosed(scene, owner, middle) else pose
    return None


def _spot(scene: Scene, object_id: str, owner: str, region: Region, pose: Pose) -> Spot:
    return Spot(
        "pick_place",
        PlaceGoal(support_id=owner, region=region.name, pose_region_object=pose),
        [On(object_id=object_id, support_id=owner, region=region.name), Upright(object_id=object_id)],
        f"carry {object_phrase(scene, object_id)} over and place it {region_phrase(scene, owner, region)}",
        f"to_{owner}_{region.name}",
        {},
    )
