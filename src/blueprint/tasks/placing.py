"""Proposals to put a thing into a container, onto another thing, or somewhere else."""

from dataclasses import dataclass

import numpy as np

from blueprint.contracts.asset import AssetModel, Region
from blueprint.contracts.frames import IDENTITY, Pose, quat_wxyz_from_yaw, yaw_from_quat_wxyz
from blueprint.contracts.scene import Scene
from blueprint.contracts.seeds import rng_for
from blueprint.contracts.task import At, AtRest, In, On, PlaceGoal, Predicate, Released, TaskSpec, TaskType, Upright
from blueprint.physics.polygon import polygon_gap, rectangle
from blueprint.robots.embodiment import Embodiment
from blueprint.tasks.articulated import open_value
from blueprint.tasks.enclosed import hidden_things, is_enclosed
from blueprint.tasks.phrases import object_phrase, region_phrase
from blueprint.tasks.places import distance, parent, region_pose

__all__ = [
    "FreeSpots",
    "Spot",
    "distance",
    "fits_in",
    "movable",
    "parent",
    "placing_spots",
    "placing_task",
    "placing_tasks",
    "proposals",
    "region_pose",
]

WIDTH_MARGIN_M = 0.006
MAX_DISTANCE_M = 0.75  # between start and goal: both must be within reach of one base
SHIFT_RANGE_M = (0.12, 0.38)
CLEARANCE_M = 0.04  # room for the fingers between things
GOAL_ATTEMPTS = 200
WALL_M = 0.014
HAND_HEIGHT_M = 0.26
NEAR_SPOT_M = 0.05
HANDLE_M = 0.05
DISH_M = 0.05
STACKABLE = ("block", "book", "box", "carton", "crate")
LEVELS = ("top", "shelf")
CONTAINERS = ("interior", "drawer")


@dataclass(frozen=True)
class Spot:
    """Where a thing could go, how likely that is to work (smaller first), and how to say it."""

    task_type: TaskType
    goal: PlaceGoal
    success: list[Predicate]
    instruction: str
    suffix: str
    initial_joints: dict[str, float]


def proposals(scene: Scene, embodiment: Embodiment, seed: int) -> list[TaskSpec]:
    """Return the tasks of `placing_tasks`."""
    return placing_tasks(scene, embodiment, seed)


def placing_tasks(scene: Scene, embodiment: Embodiment, seed: int) -> list[TaskSpec]:
    """Return pick-and-place and stack tasks of every thing that the gripper can take and nothing stands on."""
    hidden = hidden_things(scene)
    return [
        placing_task(scene, object_id, spot, embodiment)
        for object_id in movable(scene, embodiment, hidden)
        for spot in placing_spots(scene, object_id, hidden, seed)
    ]


def placing_spots(scene: Scene, object_id: str, hidden: frozenset[str], seed: int) -> list[Spot]:
    """Return where a thing could go: into containers, onto things, beside where it stands, and to another board of its
    shelf. What is `hidden` behind doors is no goal."""
    return [
        *containers(scene, object_id, hidden),
        *stacks(scene, object_id, hidden),
        *moves(scene, object_id, seed),
        *levels(scene, object_id, seed),
    ]


def placing_task(scene: Scene, object_id: str, spot: Spot, embodiment: Embodiment) -> TaskSpec:
    """Return the task, still without a base, of taking a thing to a spot."""
    return TaskSpec(
        task_id=f"{scene.scene_id}::{spot.task_type}::{object_id}::{spot.suffix}",
        task_type=spot.task_type,
        instruction=spot.instruction,
        target_object=object_id,
        goal=spot.goal,
        success=[*spot.success, AtRest(object_id=object_id), Released(object_id=object_id)],
        embodiment=embodiment.name,
        pose_world_base=IDENTITY,
        initial_joints=spot.initial_joints,
    )


def movable(scene: Scene, embodiment: Embodiment, hidden: frozenset[str]) -> list[str]:
    """Return what the gripper can take and lift, that nothing stands on, and that is not `hidden` behind doors."""
    carriers = {item.placement.parent_id for item in scene.objects if item.placement}
    found = []
    for item in scene.objects:
        asset = scene.asset(item.id)
        fits = any(
            grasp.width_m < embodiment.opening_max_m - WIDTH_MARGIN_M and asset.link(grasp.link).joint is None
            for grasp in asset.grasps
        )
        simple = len(asset.links) == 1 and len(asset.links[0].colliders) == 1 and min(asset.size_m[:2]) < 0.07
        light = any(link.inertial is None for link in asset.links) or asset.mass_kg < embodiment.payload_kg
        loose = not item.is_fixed and item.id not in carriers | hidden and not asset.is_articulated
        loose = loose and "granular" not in asset.affordances  # beans are poured, not picked
        if loose and (fits or simple) and light:
            found.append(item.id)
    return found


def containers(scene: Scene, object_id: str, hidden: frozenset[str]) -> list[Spot]:
    """Into bowls, bins and trays, and into drawers, which then start open."""
    asset = scene.asset(object_id)
    spots = []
    for item in scene.objects:
        if item.id == object_id or item.id in hidden or item.is_architecture or parent(scene, item.id) == object_id:
            continue
        # nothing is above an open top drawer
        for region in sorted(
            scene.asset(item.id).regions, key=lambda one: -region_pose(scene, item.id, one).position[2]
        ):
            fits = fits_in(asset, scene.asset(item.id), region) and parent(scene, object_id) != item.id
            if (
                not region.is_container
                or region.kind not in CONTAINERS
                or not fits
                or _is_taken(scene, item.id, region)
            ):
                continue
            pose_world_region = region_pose(scene, item.id, region)
            if distance(scene, object_id, pose_world_region) > MAX_DISTANCE_M:
                continue
            link = scene.asset(item.id).link(region.link)
            joints = {f"{item.id}/{link.joint.name}": open_value(link.joint)} if link.joint else {}
            if region.kind == "interior" and (link.joint or scene.asset(item.id).is_articulated):
                continue  # behind a door: a task of several skills
            pose = IDENTITY
            if joints:
                exposed = _exposed_m(scene.asset(item.id), region, joints)
                if exposed < 2 * _footing(asset) + 0.02:
                    continue
                pose = Pose.of((0, exposed / 2 - region.half_extents[1], 0)).rounded()
            where = region_phrase(scene, item.id, region)
            spots.append(
                Spot(
                    "pick_place",
                    PlaceGoal(support_id=item.id, region=region.name, pose_region_object=pose),
                    [In(object_id=object_id, container_id=item.id, region=region.name)],
                    f"pick up {object_phrase(scene, object_id)} and place it {where}",
                    f"in_{item.id}_{region.name}",
                    joints,
                )
            )
    return spots


def _exposed_m(container: AssetModel, region: Region, joints: dict[str, float]) -> float:
    """Return the length of an open drawer that is free from above: outside of the cabinet and of handles above it."""
    own = container.link(region.link).pose_parent_link.position[2]
    above = any(link.joint and link.pose_parent_link.position[2] > own + 0.02 for link in container.links)
    return sum(joints.values()) - (HANDLE_M if above else 0.0)


def stacks(scene: Scene, object_id: str, hidden: frozenset[str]) -> list[Spot]:
    """Onto another movable thing that is free, at least as large, and not higher than a hand's breadth."""
    asset = scene.asset(object_id)
    spots = []
    for other in _flat(scene):
        if other == object_id or other in hidden:
            continue
        for region in scene.asset(other).regions:
            if region.is_container or region.kind != "top":
                continue
            wide = min(region.half_extents[:1] if region.outline == "disc" else region.half_extents)
            if wide < 0.8 * _footing(asset) or scene.asset(other).size_m[2] > 0.2:
                continue
            if scene.asset(other).size_m[2] + asset.size_m[2] + HAND_HEIGHT_M > _headroom(scene, other):
                continue
            if distance(scene, object_id, region_pose(scene, other, region)) > MAX_DISTANCE_M:
                continue
            kinds = {scene.asset(other).category, asset.category}
            if len(kinds) == 1 and _is_dish(asset):
                continue  # the finger under its rim has no room over the other's
            stacks = len(kinds) == 1 or kinds <= set(STACKABLE)
            name, below = object_phrase(scene, object_id), object_phrase(scene, other)
            spots.append(
                Spot(
                    "stack" if stacks else "pick_place",
                    PlaceGoal(support_id=other, region=region.name, pose_region_object=IDENTITY),
                    [On(object_id=object_id, support_id=other, region=region.name), Upright(object_id=object_id)],
                    f"stack {name} on {below}" if stacks else f"pick up {name} and place it on {below}",
                    f"on_{other}",
                    {},
                )
            )
    return spots


def _flat(scene: Scene) -> list[str]:
    """Movable things to put something on: blocks, plates, trays, books, boxes."""
    carriers = {item.placement.parent_id for item in scene.objects if item.placement}
    return [
        item.id
        for item in scene.objects
        if not item.is_fixed
        and item.id not in carriers
        and item.placement is not None
        and item.placement.parent_id is not None
        and not scene.object(item.placement.parent_id).is_architecture
        and max(scene.asset(item.id).size_m[:2]) < 0.45
        and not scene.asset(item.id).is_articulated
    ]


def levels(scene: Scene, object_id: str, seed: int) -> list[Spot]:
    """To another board of the shelf that it stands on."""
    placement = scene.object(object_id).placement
    if placement is None or placement.parent_id is None or scene.object(placement.parent_id).is_architecture:
        return []
    owner = placement.parent_id
    asset = scene.asset(object_id)
    start = scene.pose_world_object(object_id)
    spots = []
    height = start.position[2]
    by_nearness = sorted(
        scene.asset(owner).regions, key=lambda item: abs(region_pose(scene, owner, item).position[2] - height)
    )
    for region in by_nearness:
        if region.is_container or region.kind not in LEVELS or region.name == placement.region:
            continue
        if asset.size_m[2] + 0.1 > region.clearance_m:
            continue
        pose_world_region = region_pose(scene, owner, region)
        local = (pose_world_region.inverse() @ start).position
        rng = rng_for(seed, "level", scene.scene_id, object_id, region.name)
        free = FreeSpots(scene, object_id, owner, region)
        for _ in range(GOAL_ATTEMPTS):
            x, y = local[0] + rng.uniform(-0.25, 0.25), -rng.uniform(0.0, 0.6) * region.half_extents[1]
            yaw = yaw_from_quat_wxyz(start.quat_wxyz) - yaw_from_quat_wxyz(pose_world_region.quat_wxyz)
            pose = Pose.of((x, y, 0.0), quat_wxyz_from_yaw(yaw)).rounded()
            spot = pose_world_region @ pose
            near = distance(scene, object_id, spot) < MAX_DISTANCE_M
            if not near or not free.holds(pose):
                continue
            if is_enclosed(scene, owner, spot.apply((0.0, 0.0, asset.size_m[2] / 2))):
                break  # behind a door
            name, where = object_phrase(scene, object_id), region_phrase(scene, owner, region)
            spots.append(
                Spot(
                    "pick_place",
                    PlaceGoal(support_id=owner, region=region.name, pose_region_object=pose),
                    [On(object_id=object_id, support_id=owner, region=region.name), Upright(object_id=object_id)],
                    f"pick up {name} and place it {where}",
                    f"on_{owner}_{region.name}",
                    {},
                )
            )
            break
    return spots


def moves(scene: Scene, object_id: str, seed: int) -> list[Spot]:
    """To a free spot of the surface that it stands on, to the left or to the right as seen from the front."""
    placement = scene.object(object_id).placement
    if placement is None or placement.parent_id is None or placement.region is None:
        return []
    owner = placement.parent_id
    region = scene.region(owner, placement.region)
    if region.is_container or scene.object(owner).is_architecture:
        return []
    pose_world_region = region_pose(scene, owner, region)
    start = scene.pose_world_object(object_id)
    local = (pose_world_region.inverse() @ start).position
    rng = rng_for(seed, "move", scene.scene_id, object_id)
    free = FreeSpots(scene, object_id, owner, region)
    spots = []
    for word, sign in (("left", -1.0), ("right", 1.0)):
        for _ in range(GOAL_ATTEMPTS):
            shift = rng.uniform(*SHIFT_RANGE_M)
            x, y = local[0] + sign * shift, local[1] + rng.uniform(-0.06, 0.06)
            yaw = yaw_from_quat_wxyz(start.quat_wxyz) - yaw_from_quat_wxyz(pose_world_region.quat_wxyz)
            pose = Pose.of((x, y, 0.0), quat_wxyz_from_yaw(yaw)).rounded()
            if not free.holds(pose):
                continue
            name = object_phrase(scene, object_id)
            spots.append(
                Spot(
                    "pick_place",
                    PlaceGoal(support_id=owner, region=region.name, pose_region_object=pose),
                    [
                        On(object_id=object_id, support_id=owner, region=region.name),
                        At(
                            object_id=object_id,
                            support_id=owner,
                            region=region.name,
                            position=(pose.position[0], pose.position[1]),
                            tolerance_m=NEAR_SPOT_M,
                        ),
                        Upright(object_id=object_id),
                    ],
                    f"move {name} about {5 * round(shift * 20)} centimetres to the {word}",
                    word,
                    {},
                )
            )
            break
    return spots


class FreeSpots:
    """Where an object fits on a region: within its edges, with room for fingers around it."""

    def __init__(self, scene: Scene, object_id: str, owner: str, region: Region) -> None:
        self._region = region
        self._half = _half_size(scene.asset(object_id))
        pose_region_world = region_pose(scene, owner, region).inverse()
        self._others = []
        for item in scene.objects:
            if item.id in (object_id, owner) or item.is_architecture:
                continue
            other = pose_region_world @ scene.pose_world_object(item.id)
            asset = scene.asset(item.id)
            if -0.01 - asset.size_m[2] <= other.position[2] <= region.clearance_m:
                self._others.append((other, _half_size(asset)))
        self._centers = np.array([other.position[:2] for other, _ in self._others]).reshape(-1, 2)
        self._radii = np.array([np.hypot(*half) for _, half in self._others])

    def holds(self, pose_region_object: Pose) -> bool:
        """Return whether the object fits at a pose."""
        half, region = self._half, self._region
        corners = pose_region_object.apply([(sx * half[0], sy * half[1], 0.0) for sx in (-1, 1) for sy in (-1, 1)])
        if region.outline == "disc":
            if np.linalg.norm(corners[:, :2], axis=1).max() > region.half_extents[0]:
                return False
        elif np.any(np.abs(corners[:, :2]).max(axis=0) > region.half_extents):
            return False
        roomy = (half[0] + CLEARANCE_M, half[1] + CLEARANCE_M)
        distances = np.linalg.norm(self._centers - pose_region_object.position[:2], axis=1)
        near = np.flatnonzero(distances < self._radii + np.hypot(*roomy))
        wanted = rectangle(pose_region_object, roomy)
        return all(polygon_gap(wanted, rectangle(*self._others[int(k)])) >= 0.0 for k in near)


def _half_size(asset: AssetModel) -> tuple[float, float]:
    return asset.size_m[0] / 2, asset.size_m[1] / 2


def _headroom(scene: Scene, object_id: str) -> float:
    """Return the free height above what an object stands on, m."""
    placement = scene.object(object_id).placement
    if placement is None or placement.parent_id is None or placement.region is None:
        return np.inf
    return scene.region(placement.parent_id, placement.region).clearance_m


def _is_taken(scene: Scene, owner: str, region: Region) -> bool:
    return any(
        item.placement and item.placement.parent_id == owner and item.placement.region == region.name
        for item in scene.objects
    )


def _radius(asset: AssetModel) -> float:
    """Return the radius of the smallest upright cylinder around the asset's box."""
    return float(np.hypot(asset.size_m[0], asset.size_m[1]) / 2) if not _is_round(asset) else max(asset.size_m[:2]) / 2


def _is_dish(asset: AssetModel) -> bool:
    """Whether a thing is flat and only its rim can be gripped: a plate or a saucer."""
    return asset.size_m[2] < DISH_M and bool(asset.grasps) and all(grasp.kind == "rim" for grasp in asset.grasps)


def _is_round(asset: AssetModel) -> bool:
    return any(grasp.free_spin for grasp in asset.grasps)


def _footing(asset: AssetModel) -> float:
    return min(asset.size_m[:2]) / 2


def fits_in(asset: AssetModel, container: AssetModel, region: Region) -> bool:
    """Return whether a thing goes through a container's opening and its middle then is below the rim.

    A bowl is wider at its rim than its floor region says.
    """
    inner = min(region.half_extents)
    if region.outline == "disc":
        inner = max(inner, min(container.size_m[:2]) / 2 - WALL_M)
    return _radius(asset) + 0.004 < inner and asset.size_m[2] / 2 < region.clearance_m
