"""NAV, ACC, OPEN and OOB: room to drive, to use things, to go through doors, and everything inside the rooms."""

import numpy as np

from blueprint.contracts.house import HousePlan
from blueprint.contracts.scene_eval import Metric
from blueprint.physics.footprint import Footprint
from blueprint.physics.free_space import FreeSpace, free_space
from blueprint.physics.openings import (
    LOW_M,
    Box,
    blocked_openings,
    is_leaf,
    outside_rooms,
    points_in_rooms,
    upright_boxes,
)
from blueprint.quality.scene_eval.figures import judged, not_applicable
from blueprint.quality.scene_eval.subject import Subject

__all__ = ["space_metrics"]

# SceneEval's configuration: robot_width, obj_height_threshold, access_area_width and _offset.
_ROBOT_WIDTHS_M = (0.2, 0.5)
_HEAD_M = 2.0
_STRIP_M, _STRIP_OFFSET_M = 0.2, 0.05
_STANDING_M = 0.02
_SAMPLES = 10
_NAMES = {
    "NAV-0.2": "largest connected free area of the free area, robot 0.2 m wide",
    "NAV-0.5": "largest connected free area of the free area, robot 0.5 m wide",
    "ACC": "free share of the 0.2 m strip at the best usable side, mean over furniture",
    "OPEN": "doors and windows that something blocks",
    "OOB": "objects with more than 1 % of their volume outside of the rooms",
}
_NAV_TARGETS = {"NAV-0.2": 0.98, "NAV-0.5": 0.9}


def space_metrics(subject: Subject) -> list[Metric]:
    """Return NAV-0.2, NAV-0.5, ACC, OPEN and OOB; none applies where the manifest has no plan of the rooms."""
    house = subject.house
    if house is None:
        why = "the manifest has no plan of the rooms (metadata.house)"
        return [not_applicable(name, words, why) for name, words in _NAMES.items()]
    boxes = upright_boxes(subject.scene)
    obstacles = [box for box in boxes if box.low < _HEAD_M and box.high > LOW_M and not is_leaf(house, box)]
    widths = zip(_NAV_TARGETS, _ROBOT_WIDTHS_M, strict=True)
    metrics = [_navigable(house, obstacles, name, width) for name, width in widths]
    return [*metrics, _accessible(subject, house, obstacles), _openings(house, boxes), _bounds(house, boxes)]


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
    free = points_in_rooms(house, points)
    for other in others:
        free &= ~other.covers(points)
    return float(free.mean())


def _openings(house: HousePlan, boxes: list[Box]) -> Metric:
    count = sum(len(room.openings) for room in house.rooms)
    if not count:
        return not_applicable("OPEN", _NAMES["OPEN"], "the rooms have no openings")
    blocked = [str(item) for item in blocked_openings(house, boxes)]
    return judged("OPEN", _NAMES["OPEN"], len(blocked), "lower", 0.0, figures={"openings": count}, offenders=blocked)


def _bounds(house: HousePlan, boxes: list[Box]) -> Metric:
    if not boxes:
        return not_applicable("OOB", _NAMES["OOB"], "there are no objects")
    outside = [f"{name}: {share:.0%} inside" for name, share in outside_rooms(house, boxes).items()]
    return judged("OOB", _NAMES["OOB"], len(outside), "lower", 0.0, figures={"objects": len(boxes)}, offenders=outside)
