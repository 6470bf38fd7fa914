"""SUP: does every object rest on what it is said to rest on, touching it, and hang where it is said to hang?"""

from collections import defaultdict

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.certify.objects import ObjectIndex
from blueprint.contracts.house import RoomShape
from blueprint.contracts.scene_eval import Metric
from blueprint.contracts.scene_manifest import SceneObject
from blueprint.physics.extent import asset_points
from blueprint.quality.scene_eval.figures import judged, not_applicable
from blueprint.quality.scene_eval.subject import Subject

__all__ = ["support_metric"]

Array = NDArray[np.float64]
_TOUCH_M = 0.01  # SceneEval's support_distance_threshold
_NAME = "objects that rest where they are said to, touching it"


def support_metric(subject: Subject) -> Metric:
    """Return the percentage of objects whose support is right.

    An object on a parent stands above the parent's region (its outline, 1 cm wider) and no deeper than 1 cm below it,
    and touches the parent, or a sibling that does: a fruit on the fruit in a bowl is in the bowl. An object without a
    parent touches the architecture below it. What hangs on a wall has its back, what hangs from the ceiling its top
    within 1 cm of the architecture. Touching is a gap of at most 1 cm between collision shapes.
    """
    items = [item for item in subject.scene.objects if not item.is_architecture]
    if not items:
        return not_applicable("SUP", _NAME, "there are no objects")
    touching = _touching(subject)
    problems = [f"{item.id}: {why}" for item in items if (why := _problem(subject, item, touching))]
    value = 100 * (len(items) - len(problems)) / len(items)
    return judged("SUP", _NAME, value, "higher", 100.0, unit="%", figures={"objects": len(items)}, offenders=problems)


def _problem(subject: Subject, item: SceneObject, touching: dict[str, set[str]]) -> str | None:
    shell = {other.id for other in subject.scene.objects if other.is_architecture}
    parent = item.placement.parent_id if item.placement else None
    if item.mounting != "free":
        return None if _is_in_a_wall(subject, item) else _hanging_problem(subject, item)
    if parent is None or parent in shell:
        return None if touching[item.id] & shell else "touches neither floor nor wall"
    if why := _region_problem(subject, item):
        return why
    siblings = {other.id for other in subject.scene.objects if other.placement and other.placement.parent_id == parent}
    seen, queue = {item.id}, [item.id]
    while queue:
        near = touching[queue.pop()]
        if parent in near:
            return None
        more = (near & siblings) - seen
        seen |= more
        queue += sorted(more)
    return f"does not touch {parent}"


def _is_in_a_wall(subject: Subject, item: SceneObject) -> bool:
    """Door leaves and windows stand in openings, between the rooms."""
    x, y, _ = item.transform.pose().position
    return subject.house is not None and _room_at(subject, x, y) is None


def _room_at(subject: Subject, x: float, y: float) -> RoomShape | None:
    rooms = subject.house.rooms if subject.house else ()
    inside = [room for room in rooms if room.x < x < room.x + room.width and room.y < y < room.y + room.depth]
    return inside[0] if inside else None


def _region_problem(subject: Subject, item: SceneObject) -> str | None:
    place = item.placement
    assert place is not None
    assert place.parent_id is not None
    if place.region is None:
        return None
    scene = subject.scene
    model = scene.asset(place.parent_id)
    if not any(region.name == place.region for region in model.regions):
        return f"{place.parent_id} has no region {place.region}"
    region = model.region(place.region)
    frame = scene.pose_world_object(place.parent_id) @ model.pose_asset_region(region)
    points = frame.inverse().apply(scene.pose_world_object(item.id).apply(asset_points(scene.asset(item.id))))
    center = (points.min(axis=0) + points.max(axis=0)) / 2
    hx, hy = region.half_extents
    if region.outline == "disc":
        over = float(np.hypot(center[0], center[1])) <= hx + _TOUCH_M
    else:
        over = abs(center[0]) <= hx + _TOUCH_M and abs(center[1]) <= hy + _TOUCH_M
    if not over:
        return f"is not over {place.parent_id}'s {place.region}"
    lowest = float(points[:, 2].min())
    if lowest < -_TOUCH_M:
        return f"reaches {-lowest * 100:.1f} cm below {place.parent_id}'s {place.region}"
    return None


def _hanging_problem(subject: Subject, item: SceneObject) -> str | None:
    """The gap between the face that is mounted and the architecture behind it, by a ray from inside of that face."""
    scene, index = subject.scene, ObjectIndex(subject.model)
    points = asset_points(scene.asset(item.id))
    low, high = points.min(axis=0), points.max(axis=0)
    middle = (low + high) / 2
    start = np.array([middle[0], high[1], middle[2]]) if item.mounting == "wall" else np.array([*middle[:2], high[2]])
    heading = np.array([0.0, 1.0, 0.0]) if item.mounting == "wall" else np.array([0.0, 0.0, 1.0])
    pose = scene.pose_world_object(item.id)
    inside = 0.5 * float((high - low)[1 if item.mounting == "wall" else 2])
    origin, direction = pose.apply(start - heading * inside), pose.apply(heading) - np.array(pose.position)
    shell = {other.id for other in scene.objects if other.is_architecture}
    gap = _ray_to(subject.model, index, origin, direction, shell) - inside
    room = _room_at(subject, pose.position[0], pose.position[1])
    if item.mounting == "ceiling" and room is not None and not np.isfinite(gap):
        gap = room.height - float(pose.apply(points)[:, 2].max())  # a shell that is open above has its height only
    face = "back" if item.mounting == "wall" else "top"
    if gap > _TOUCH_M:
        return (
            f"its {face} is {'nowhere near' if gap > 10 else f'{gap * 100:.1f} cm from'} the {_BEHIND[item.mounting]}"
        )
    if gap < -_TOUCH_M:
        return f"its {face} is {-gap * 100:.1f} cm inside the {_BEHIND[item.mounting]}"
    return None


_BEHIND = {"wall": "wall", "ceiling": "ceiling"}


def _ray_to(model: mujoco.MjModel, index: ObjectIndex, origin: Array, direction: Array, owners: set[str]) -> float:
    """Return the distance along a ray to the first collision shape of the owners, m; infinite where there is none."""
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)
    nearest = np.inf
    for geom in np.flatnonzero(model.geom_contype):
        if index.object_of_geom(int(geom)) in owners:
            distance = _ray_geom(model, data, int(geom), origin, direction)
            if 0 <= distance < nearest:
                nearest = distance
    return float(nearest)


def _ray_geom(model: mujoco.MjModel, data: mujoco.MjData, geom: int, origin: Array, direction: Array) -> float:
    if model.geom_type[geom] == mujoco.mjtGeom.mjGEOM_MESH:
        return float(mujoco.mj_rayMesh(model, data, geom, origin, direction))
    return float(
        mujoco.mju_rayGeom(
            data.geom_xpos[geom],
            data.geom_xmat[geom],
            model.geom_size[geom],
            origin,
            direction,
            int(model.geom_type[geom]),
        )
    )


def _touching(subject: Subject) -> dict[str, set[str]]:
    """Return object id → objects within 1 cm of it; collision detection with that margin on a copy of the model."""
    import copy

    model = copy.copy(subject.model)
    model.geom_margin[:] = _TOUCH_M
    model.body_margin[:] = _TOUCH_M  # the broad phase goes by bodies
    data = mujoco.MjData(model)
    mujoco.mj_fwdPosition(model, data)
    index = ObjectIndex(model)
    found: dict[str, set[str]] = defaultdict(set)
    for contact in data.contact[: data.ncon]:
        if contact.dist <= _TOUCH_M:
            first, second = (index.object_of_geom(int(geom)) for geom in contact.geom)
            found[first].add(second)
            found[second].add(first)
    return found
