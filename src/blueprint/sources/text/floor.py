"""Furniture on the floor: the anchor in front of the robot, seats around it, the rest in a row along the back wall."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import AssetModel
from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.physics.extent import asset_points, extent
from blueprint.physics.footprint import Footprint, footprints_overlap
from blueprint.sources.text.plan import Plan, Wanted

__all__ = ["FloorPlan", "lay_floor"]

Array = NDArray[np.float64]
FLOOR_CONTACT_M = 0.0003
_WALL_GAP_M = 0.03
_BESIDE_M = 0.06
_SEAT_GAP_M = 0.05
_SEAT_PITCH_M = 0.1
_ROBOT_SPACE_M = 1.6
_SIDE_SPACE_M = 0.6
_SEATS = ("chair", "stool")


@dataclass(frozen=True)
class FloorPlan:
    """pose_world_object by object id; the room is centred on `center`, its inner faces `width`, `depth` apart."""

    poses: dict[str, Pose]
    left_out: list[str]
    width: float
    depth: float
    center: tuple[float, float]


def lay_floor(plan: Plan, models: dict[str, AssetModel], *, against_wall: bool) -> FloorPlan:
    """Place everything that stands on the floor. The robot's side of the anchor (-Y) stays free."""
    standing = [item for item in plan.wanted if item.parent is None]
    taken: dict[str, Footprint] = {}
    poses: dict[str, Pose] = {}
    left_out: list[str] = []

    def put(item: Wanted, x: float, y: float, yaw: float) -> bool:
        model = models[item.object_id]
        x, y, yaw = round(x, 4), round(y, 4), round(yaw, 6)
        footprint = Footprint.of(asset_points(model), x, y, yaw)
        if item.under is None and any(footprints_overlap(footprint, other, 0.02) for other in taken.values()):
            return False
        poses[item.object_id] = Pose.of((x, y, FLOOR_CONTACT_M), quat_wxyz_from_yaw(yaw))
        taken[item.object_id] = footprint
        return True

    anchor = plan.item(plan.anchor)
    low, high = extent(models[plan.anchor])
    put(anchor, 0.0, 0.0, 0.0)
    seats = [item for item in standing if item.request.category in _SEATS and item.under is None]
    for item, slot in zip(seats, _seat_slots(seats, models, low, high, against_wall), strict=False):
        put(item, *slot)
    backs = [float(high[1])]
    backs += [float(taken[item.object_id].box()[1][1]) for item in seats if item.object_id in poses]
    wall = max(backs) + (_WALL_GAP_M if against_wall else 0.5)
    for item in (item for item in standing if item.under is not None):
        if not _put_under(item, plan, models, poses, taken):
            item.under = None
    rest = [item for item in standing if item.object_id not in poses]
    for item in rest:
        _put_in_row(item, models, taken, wall, put)
    boxes = [footprint.box() for footprint in taken.values()]
    reach = max(abs(float(value)) for box in boxes for value in (box[0][0], box[1][0]))
    front = min(float(box[0][1]) for box in boxes) - _ROBOT_SPACE_M
    width = max(3.0, round(2 * (reach + _SIDE_SPACE_M), 1))
    depth = max(2.6, round(wall - front, 3))
    return FloorPlan(poses, left_out, width, depth, (0.0, round(wall - depth / 2, 4)))


def _seat_slots(
    seats: list[Wanted], models: dict[str, AssetModel], low: Array, high: Array, against_wall: bool
) -> list[tuple[float, float, float]]:
    """Back edge first (of a table in the middle of the room), then the ends: (x, y, yaw), every seat facing inward."""
    if not seats:
        return []
    seat_low = np.min([extent(models[item.object_id])[0] for item in seats], axis=0)
    seat_high = np.max([extent(models[item.object_id])[1] for item in seats], axis=0)
    pitch = float(seat_high[0] - seat_low[0]) + _SEAT_PITCH_M
    inward = -float(seat_low[1]) + _SEAT_GAP_M

    def along(a: float, b: float) -> list[float]:
        count = max(1, int((b - a + _SEAT_PITCH_M) / pitch))
        return [(a + b) / 2 + (k - (count - 1) / 2) * pitch for k in range(count)]

    back = [(x, float(high[1]) + inward, 0.0) for x in along(low[0], high[0])]
    left = [(float(low[0]) - inward, y, np.pi / 2) for y in along(low[1], high[1])]
    right = [(float(high[0]) + inward, y, -np.pi / 2) for y in along(low[1], high[1])]
    ends = [slot for pair in zip(left, right, strict=True) for slot in pair]
    if against_wall:
        return ends
    if len(seats) <= 2 and len(back) >= len(seats):
        middle = (low[0] + high[0]) / 2
        return [(float(middle + (k - (len(seats) - 1) / 2) * pitch), back[0][1], 0.0) for k in range(len(seats))]
    if len(seats) <= 2 + len(back):
        count = len(seats) - 2
        middle = (low[0] + high[0]) / 2
        spread = [(float(middle + (k - (count - 1) / 2) * pitch), back[0][1], 0.0) for k in range(count)]
        return [ends[0], ends[1], *spread]
    return [*ends, *back]


def _put_under(
    item: Wanted,
    plan: Plan,
    models: dict[str, AssetModel],
    poses: dict[str, Pose],
    taken: dict[str, Footprint],
) -> bool:
    """Slide a thing under a table if no collider box of the table meets it; tries five places along the table."""
    assert item.under is not None
    if item.under not in poses:
        return False
    table, pose = models[item.under], poses[item.under]
    points = asset_points(models[item.object_id])
    low, high = points.min(axis=0), points.max(axis=0)
    t_low, t_high = extent(table)
    others = [taken[name] for name in taken if name != item.under]
    for share in (0.5, 0.3, 0.7, 0.15, 0.85):
        x = float(pose.position[0] + t_low[0] + share * (t_high[0] - t_low[0]))
        y = float(pose.position[1] + (t_low[1] + t_high[1]) / 2)
        shift = np.array([x, y, 0.0])
        box = (low + shift - 0.01, high + shift + 0.01)
        footprint = Footprint.of(points, x, y, 0.0)
        if _meets(table, pose, box) or any(footprints_overlap(footprint, other, 0.02) for other in others):
            continue
        poses[item.object_id] = Pose.of((round(x, 4), round(y, 4), FLOOR_CONTACT_M))
        taken[item.object_id] = footprint
        return True
    return False


def _meets(model: AssetModel, pose: Pose, box: tuple[Array, Array]) -> bool:
    for link in model.links:
        for collider in link.colliders:
            single = model.model_copy(
                update={
                    "links": [
                        part.model_copy(update={"colliders": [collider] if part is link else []})
                        for part in model.links
                    ]
                }
            )
            points = pose.apply(asset_points(single))
            if np.all(points.min(axis=0) < box[1]) and np.all(points.max(axis=0) > box[0]):
                return True
    return False


def _put_in_row(
    item: Wanted, models: dict[str, AssetModel], taken: dict[str, Footprint], wall: float, put: object
) -> None:
    low, high = extent(models[item.object_id])
    y = wall - _WALL_GAP_M - float(high[1])
    kinds = {kind for kind, _ in item.sides}
    step = 0.02
    side = -1.0 if "left_of" in kinds else 1.0
    one_sided = bool(kinds & {"left_of", "right_of"})
    middle = -float(low[0] + high[0]) / 2
    for k in range(0, 2000):
        x = side * k * step + middle
        for value in (x,) if one_sided else (x, -side * k * step + middle):
            footprint = Footprint.of(asset_points(models[item.object_id]), value, y, 0.0)
            clear = not any(footprints_overlap(footprint, other, _BESIDE_M) for other in taken.values())
            if clear and _front_is_clear(footprint, taken) and put(item, value, y, 0.0):  # type: ignore[operator]
                return


def _front_is_clear(footprint: Footprint, taken: dict[str, Footprint]) -> bool:
    strip = Footprint(footprint.x, footprint.y - 0.6, footprint.half_x, footprint.half_y, 0.0, footprint.radius)
    return not any(footprints_overlap(strip, other, 0.0) for other in taken.values())
