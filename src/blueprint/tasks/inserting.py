"""Proposals to put a thing into a hole of a board or a place of a rack that is made for it."""

from collections.abc import Iterator

import numpy as np

from blueprint.contracts.asset import AssetModel, Region
from blueprint.contracts.frames import IDENTITY, Pose, quat_wxyz_from_yaw
from blueprint.contracts.scene import Scene
from blueprint.contracts.seeds import rng_for
from blueprint.contracts.task import AtRest, Inserted, InsertGoal, Released, TaskSpec
from blueprint.robots.embodiment import Embodiment
from blueprint.tasks.enclosed import hidden_things
from blueprint.tasks.phrases import object_phrase
from blueprint.tasks.placing import distance, movable, region_pose

__all__ = ["fits_slot", "proposals", "slot_phrase"]

MAX_DISTANCE_M = 0.75
MIN_PLAY_M = 0.0012  # on every side: an arm is as precise as this
MAX_PLAY_M = 0.012  # a hole that is wider holds nothing
STICKS_OUT_M = 0.02  # over the rim, for the fingers
DEPTH_SHARE = 0.8
SLOTS_PER_THING = 2
UPRIGHT_COSINE = 0.99
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
_ROW_M = 0.01


def proposals(scene: Scene, embodiment: Embodiment, seed: int) -> list[TaskSpec]:
    """Return insert tasks, still without bases: of every thing that the gripper can take, into empty slots."""
    hidden = hidden_things(scene)
    taken = {(item.placement.parent_id, item.placement.region) for item in scene.objects if item.placement is not None}
    racks = [item.id for item in scene.objects if item.id not in hidden and any(_slots(scene.asset(item.id)))]
    empty = {
        rack: [slot for slot in _slots(scene.asset(rack)) if (rack, slot.name) not in taken and _is_level(scene, rack)]
        for rack in racks
    }
    return [
        _task(scene, object_id, rack, slot, yaw, embodiment)
        for object_id in (movable(scene, embodiment, hidden) if racks else [])
        for rack, slots in empty.items()
        if rack != object_id
        for slot, yaw in _offered(scene, object_id, rack, slots, seed)
    ]


def _offered(scene: Scene, object_id: str, rack: str, slots: list[Region], seed: int) -> list[tuple[Region, float]]:
    """Return a few of the slots, and headings, in which a thing fits and which are not too far from it."""
    found = []
    rng = rng_for(seed, "insert", scene.scene_id, object_id, rack)
    for slot in [slots[int(index)] for index in rng.permutation(len(slots))]:
        yaw = fits_slot(scene.asset(object_id), slot)
        if yaw is not None and distance(scene, object_id, region_pose(scene, rack, slot)) < MAX_DISTANCE_M:
            found.append((slot, yaw))
    return found[:SLOTS_PER_THING]


def _is_level(scene: Scene, rack: str) -> bool:
    return bool(scene.pose_world_object(rack).matrix()[2, 2] > UPRIGHT_COSINE)


def fits_slot(asset: AssetModel, region: Region) -> float | None:
    """Return the heading, rad, at which a thing fits a slot, a quarter turn at a time, or None where it does not.

    It goes in with some play, is held by it, and sticks out far enough to be let go.
    """
    height = asset.size_m[2]
    if height < region.clearance_m + STICKS_OUT_M or height > 4 * region.clearance_m:
        return None
    for yaw in (0.0, np.pi / 2):
        half = np.array(asset.size_m[:2] if yaw == 0.0 else asset.size_m[1::-1]) / 2
        play = np.array(region.half_extents) - half
        if play.min() >= MIN_PLAY_M and play.max() <= MAX_PLAY_M:
            return yaw
    return None


def slot_phrase(scene: Scene, owner: str, region: Region) -> str:
    """Return "the second hole from the left of the rack", "the back left hole of the board", or "the hole of ..."."""
    name, noun = object_phrase(scene, owner), "hole"
    slots = list(_slots(scene.asset(owner)))
    if len(slots) == 1:
        return f"the {noun} of {name}"
    at = {slot.name: np.array(region_pose(scene, owner, slot).position[:2]) for slot in slots}
    x, y = at[region.name]
    columns, rows = (_distinct([float(point[axis]) for point in at.values()]) for axis in (0, 1))
    if len(columns) == 2 and len(rows) == 2 and len(slots) == 4:
        corner = f"{('front', 'back')[_place(rows, y)]} {('left', 'right')[_place(columns, x)]}"
        return f"the {corner} {noun} of {name}"
    spread = np.ptp(np.array(list(at.values())), axis=0)
    axis, side = (0, "left") if spread[0] >= spread[1] else (1, "front")
    order = sorted(at, key=lambda slot: (float(at[slot][axis]), slot))
    place = order.index(region.name)
    if place >= len(_ORDINALS):
        return f"{noun} number {place + 1} from the {side} of {name}"
    return f"the {_ORDINALS[place]} {noun} from the {side} of {name}"


def _task(scene: Scene, object_id: str, rack: str, region: Region, yaw: float, embodiment: Embodiment) -> TaskSpec:
    thing, where = object_phrase(scene, object_id), slot_phrase(scene, rack, region)
    return TaskSpec(
        task_id=f"{scene.scene_id}::insert::{object_id}::{rack}_{region.name}",
        task_type="insert",
        instruction=f"insert {thing} into {where}",
        target_object=object_id,
        goal=InsertGoal(
            support_id=rack,
            region=region.name,
            pose_region_object=Pose.of((0, 0, 0), quat_wxyz_from_yaw(yaw)).rounded(),
        ),
        success=[
            Inserted(
                object_id=object_id,
                support_id=rack,
                region=region.name,
                depth_m=round(DEPTH_SHARE * region.clearance_m, 4),
            ),
            AtRest(object_id=object_id),
            Released(object_id=object_id),
        ],
        embodiment=embodiment.name,
        pose_world_base=IDENTITY,
    )


def _slots(asset: AssetModel) -> Iterator[Region]:
    return (region for region in asset.regions if region.kind == "slot")


def _distinct(values: list[float]) -> list[float]:
    """Return the values in order, those within a centimetre of the one before left out."""
    found: list[float] = []
    for value in sorted(values):
        if not found or value - found[-1] > _ROW_M:
            found.append(value)
    return found


def _place(values: list[float], value: float) -> int:
    return int(np.argmin(np.abs(np.array(values) - value)))
