"""NAV, ACC, OPEN and OOB: room to drive, to use things, to go through doors, and everything inside the rooms."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.house import HousePlan, Opening, RoomShape
from blueprint.contracts.scene_eval import Metric
from blueprint.contracts.scene_manifest import SceneObject
from blueprint.physics.extent import asset_points
from blueprint.physics.footprint import Footprint
from blueprint.physics.free_space import FreeSpace, free_space, opening_span
from blueprint.quality.scene_eval.figures import judged, not_applicable
from blueprint.quality.scene_eval.subject import Subject

__all__ = ["Box", "boxes_of", "space_metrics"]

Array = NDArray[np.float64]
# SceneEval's configuration: robot_width, obj_height_threshold, access_area_width and _offset, the depth of the
# clearance before a window, out-of-bound threshold. A door's clearance is as deep as the door is wide.
_ROBOT_WIDTHS_M = (0.2, 0.5)
_HEAD_M = 2.0
_STRIP_M, _STRIP_OFFSET_M = 0.2, 0.05
_WINDOW_M = 0.5
_INSIDE_SHARE = 0.99
_LOW_M = 0.03  # what is flatter than this is driven over
_STANDING_M = 0.02
_SAMPLES = 10
_GRID_M = 0.02
_EDGE_M = 0.01  # of a clearance zone: what only touches its edge is beside it
_WINDOW_HIDDEN = 0.1
_NAMES = {
    "NAV-0.2": "largest connected free area of the free area, robot 0.2 m wide",
    "NAV-0.5": "largest connected free area of the free area, robot 0.5 m wide",
    "ACC": "free share of the 0.2 m strip at the best usable side, mean over furniture",
    "OPEN": "doors and windows that something blocks",
    "OOB": "objects with more than 1 % of their volume outside of the rooms",
}
_NAV_TARGETS = {"NAV-0.2": 0.98, "NAV-0.5": 0.9}


@dataclass(frozen=True)
class Box:
    """An object's collision box, upright: seen from above, and from `low` to `high` (world z, m)."""

    item: SceneObject
    footprint: Footprint
    low: float
    high: float


def space_metrics(subject: Subject) -> list[Metric]:
    """Return NAV-0.2, NAV-0.5, ACC, OPEN and OOB; none applies where the manifest has no plan of the rooms."""
    house = subject.house
    if house is None:
        why = "the manifest has no plan of the rooms (metadata.house)"
        return [not_applicable(name, words, why) for name, words in _NAMES.items()]
    boxes = [box for box in boxes_of(subject) if not _in_a_wall(house, box)]
    obstacles = [box for box in boxes if box.low < _HEAD_M and box.high > _LOW_M]
    widths = zip(_NAV_TARGETS, _ROBOT_WIDTHS_M, strict=True)
    metrics = [_navigable(house, obstacles, name, width) for name, width in widths]
    return [*metrics, _accessible(subject, house, obstacles), _openings(house, boxes), _bounds(subject, house, boxes)]


def boxes_of(subject: Subject) -> list[Box]:
    """Return the upright box of everything that can be bumped into: the shell and things without colliders are not."""
    boxes = []
    for item in subject.scene.objects:
        model = subject.scene.asset(item.id)
        if item.is_architecture or not any(link.colliders for link in model.links):
            continue
        pose = item.transform.pose()
        points = asset_points(model)
        heights = pose.apply(points)[:, 2]
        rows = pose.matrix()
        if rows[2, 2] > 0.99:
            yaw = float(np.arctan2(rows[1, 0], rows[0, 0]))
            footprint = Footprint.of(points, pose.position[0], pose.position[1], yaw)
        else:  # tipped over: the box of how it lies
            footprint = Footprint.of(pose.apply(points), 0.0, 0.0, 0.0)
        boxes.append(Box(item, footprint, float(heights.min()), float(heights.max())))
    return boxes


def _in_a_wall(house: HousePlan, box: Box) -> bool:
    """Door leaves and windows stand in the walls, between rooms."""
    x, y = box.footprint.x, box.footprint.y
    return box.item.is_fixed and not any(
        room.x < x < room.x + room.width and room.y < y < room.y + room.depth for room in house.rooms
    )


def _navigable(house: HousePlan, obstacles: list[Box], name: str, width: float) -> Metric:
    space = free_space(house, [box.footprint for box in obstacles], radius_m=width / 2)
    shares = {f"reached_{room.room_id}": space.room_share(k) for k, room in enumerate(house.rooms)}
    value = space.largest_share if space.free.any() else 0.0
    cut_off = [f"{key[8:]}: {share:.0%} reached from the entrance" for key, share in shares.items() if share < 0.9]
    cut_off += [
        f"{room.room_id}: {share:.0%} of it in the largest part"
        for k, room in enumerate(house.rooms)
        if (share := _largest_part_share(space, k)) < 0.9
    ]
    figures = {"free_m2": float(space.free.sum()) * space.cell_m**2, "from_entrance": space.connected_share, **shares}
    return judged(name, _NAMES[name], value, "higher", _NAV_TARGETS[name], figures=figures, offenders=cut_off)


def _largest_part_share(space: FreeSpace, room: int) -> float:
    """Return the share of a room's free area that belongs to the largest connected part of the house's."""
    inside = space.labels[space.free & (space.room == room)]
    if not len(inside):
        return 1.0
    return float((inside == np.bincount(space.labels[space.free]).argmax()).mean())


def _accessible(subject: Subject, house: HousePlan, obstacles: list[Box]) -> Metric:
    """Of furniture on the floor: the front where doors or drawers open, else the freest of its four sides."""
    floor = [box for box in obstacles if box.item.mounting == "free" and box.low <= _STANDING_M]
    floor = [box for box in floor if _is_furniture(subject, box)]
    if not floor:
        return not_applicable("ACC", _NAMES["ACC"], "no furniture stands on the floor")
    shares = {}
    for box in floor:
        others = [other.footprint for other in obstacles if other is not box and other.low < box.high]
        shares[box.item.id] = max(_strip_share(house, box.footprint, side, others) for side in _sides(subject, box))
    blocked = [f"{name}: {share:.0%} free" for name, share in shares.items() if share < 0.5]
    return judged(
        "ACC",
        _NAMES["ACC"],
        float(np.mean(list(shares.values()))),
        "higher",
        0.95,
        figures={"furniture": len(shares), "worst": min(shares.values())},
        offenders=blocked,
    )


def _sides(subject: Subject, box: Box) -> tuple[str, ...]:
    """What opens is used from its front; a chair, though it swivels, is pulled out to any side."""
    model = subject.scene.asset(box.item.id)
    opens = model.is_articulated and not any(region.kind == "seat" for region in model.regions)
    return ("front",) if opens else ("front", "left", "right", "back")


def _is_furniture(subject: Subject, box: Box) -> bool:
    model = subject.scene.asset(box.item.id)
    return model.sim_role not in ("manipulable_object", "clutter")


def _strip_share(house: HousePlan, footprint: Footprint, side: str, others: list[Footprint]) -> float:
    """Share of the strip's sample points that lie in a room and in no other footprint."""
    along_x = side in ("front", "back")
    half_along = footprint.half_x if along_x else footprint.half_y
    half_across = footprint.half_y if along_x else footprint.half_x
    sign = 1.0 if side in ("back", "right") else -1.0
    a = (np.arange(_SAMPLES) + 0.5) / _SAMPLES * 2 - 1
    out = sign * (half_across + _STRIP_OFFSET_M + (a + 1) / 2 * _STRIP_M)
    grid_a, grid_o = np.meshgrid(a * half_along, out)
    local = np.column_stack([grid_a.ravel(), grid_o.ravel()] if along_x else [grid_o.ravel(), grid_a.ravel()])
    points = footprint.to_world(local)
    free = _in_rooms(house, points)
    for other in others:
        free &= ~other.covers(points)
    return float(free.mean())


def _in_rooms(house: HousePlan, points: Array) -> NDArray[np.bool_]:
    inside = np.zeros(len(points), bool)
    for room in house.rooms:
        low, high = np.array([room.x, room.y]), np.array([room.x + room.width, room.y + room.depth])
        inside |= ((points >= low - 1e-6) & (points <= high + 1e-6)).all(axis=1)
    return inside


def _openings(house: HousePlan, boxes: list[Box]) -> Metric:
    """A door is blocked by anything that reaches into the floor before it, as deep as the door is wide, higher than
    3 cm. A window is blocked where the things up to 0.5 m before it hide more than a tenth of it: a lamp on a desk
    does not."""
    blocked, count = [], 0
    for room in house.rooms:
        for opening in room.openings:
            count += 1
            zone = _clearance(room, opening)
            shares = {box.item.id: share for box in boxes if (share := _hidden_share(box, zone, opening)) > 0}
            if shares and (opening.kind != "window" or sum(shares.values()) > _WINDOW_HIDDEN):
                culprits = ", ".join(f"{name} ({share:.0%} of it)" for name, share in sorted(shares.items())[:5])
                blocked.append(f"{opening.kind} {opening.opening_id} of {room.room_id}: {culprits}")
    if not count:
        return not_applicable("OPEN", _NAMES["OPEN"], "the rooms have no openings")
    return judged("OPEN", _NAMES["OPEN"], len(blocked), "lower", 0.0, figures={"openings": count}, offenders=blocked)


def _clearance(room: RoomShape, opening: Opening) -> Array:
    """Return sample points (rows outward, columns along the wall, 2) of the floor before an opening."""
    (x, y), (nx, ny) = opening_span(room, opening)
    depth = _WINDOW_M if opening.kind == "window" else opening.width_m
    half = opening.width_m / 2 - _EDGE_M
    along = np.linspace(-half, half, max(2, round(opening.width_m / _GRID_M)))
    out = np.linspace(_EDGE_M, depth, max(2, round(depth / _GRID_M)))[:, None]
    return np.stack(np.broadcast_arrays(x + nx * out - ny * along, y + ny * out + nx * along), axis=-1)


def _hidden_share(box: Box, zone: Array, opening: Opening) -> float:
    """Return the share of the opening that is behind the part of an object that reaches into the zone."""
    bottom, top = max(opening.sill_m, _LOW_M), opening.sill_m + opening.height_m
    tall = min(box.high, top) - max(box.low, bottom)
    if tall <= 1e-6:
        return 0.0
    rows, columns, _ = zone.shape
    wide = box.footprint.covers(zone.reshape(-1, 2)).reshape(rows, columns).any(axis=0).mean()
    return float(wide) * tall / opening.height_m


def _bounds(subject: Subject, house: HousePlan, boxes: list[Box]) -> Metric:
    """Points spread over each object's box: at least 99 % must be in a room, between floor and ceiling."""
    outside = []
    a = (np.arange(_SAMPLES) + 0.5) / _SAMPLES * 2 - 1
    for box in boxes:
        f = box.footprint
        local = np.array(np.meshgrid(a * f.half_x, a * f.half_y)).reshape(2, -1).T
        points = f.to_world(local)
        ceiling = max(room.height for room in house.rooms)
        heights = box.low + (np.arange(_SAMPLES) + 0.5) / _SAMPLES * (box.high - box.low)
        upright = float(((heights >= -0.001) & (heights <= ceiling + 0.001)).mean())
        share = float(_in_rooms(house, points).mean()) * upright
        if share < _INSIDE_SHARE:
            outside.append(f"{box.item.id}: {share:.0%} inside")
    if not boxes:
        return not_applicable("OOB", _NAMES["OOB"], "there are no objects")
    return judged("OOB", _NAMES["OOB"], len(outside), "lower", 0.0, figures={"objects": len(boxes)}, offenders=outside)
