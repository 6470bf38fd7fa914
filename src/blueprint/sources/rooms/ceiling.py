"""Hangs things from ceilings: lamps above the tables that they belong to, the others on an even grid."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.contracts.house import HousePlan, RoomShape
from blueprint.sources.rooms.boxes import clear_of, stack_boxes, swept_box, world_box
from blueprint.sources.rooms.group_shape import closed_box
from blueprint.sources.rooms.program import Item, ModelOf, Program
from blueprint.sources.rooms.room_frame import keep_clear
from blueprint.sources.rooms.walls import kind_of

__all__ = ["hang_from_ceilings"]

_OVER_TABLES = ("pendant_lamp", "chandelier")
_TABLES = ("dining_table", "kitchen_island", "cafe_table", "coffee_table", "counter", "table")
_STEP_M = 0.1
_REACH = 12
_GAP_M = 0.05
_SPREAD_M = 0.4  # between things that hang from one ceiling


def hang_from_ceilings(
    program: Program, house: HousePlan, poses: Mapping[str, Pose], model_of: ModelOf
) -> tuple[dict[str, Pose], dict[str, str]]:
    """Return pose_world_object of the items with mount ceiling (their tops touch the ceiling), and why the others found
    no place. `poses` are of what stands and hangs already; nothing overlaps it, doors and drawers open included."""
    hung: dict[str, Pose] = {}
    left_out: dict[str, str] = {}
    for room in house.rooms:
        items = [item for item in program.items.values() if item.room == room.room_id and item.mount == "ceiling"]
        if not items:
            continue
        taken = [
            world_box(swept_box(model_of(program.items[name].request)), pose)
            for name, pose in poses.items()
            if program.items[name].room == room.room_id
        ]
        taken += [item.box(room) for item in keep_clear(room)]
        spots = _spots(items, program, room, poses)
        for item, (x, y) in zip(items, spots, strict=True):
            model = model_of(item.request)
            low, high = closed_box(model)
            z = room.height - float(high[2])
            quarter = int(room.depth > room.width)  # a long lamp along the room
            pose = _free(room, swept_box(model), (x, y, z), quarter, stack_boxes(taken))
            if pose is None or z + float(low[2]) < 0.0:
                left_out[item.object_id] = "no free place below the ceiling"
                continue
            hung[item.object_id] = pose
            spread = np.array([_SPREAD_M, _SPREAD_M, 0.0])
            box = world_box(swept_box(model), pose)
            taken.append(np.concatenate([box[:3] - spread, box[3:] + spread]))
    return hung, left_out


def _spots(
    items: list[Item], program: Program, room: RoomShape, poses: Mapping[str, Pose]
) -> list[tuple[float, float]]:
    """Above a target where one is named, above a table for lamps that hang low, else an even grid over the room."""
    tables = [
        name
        for kind in _TABLES
        for name in poses
        if program.items[name].room == room.room_id and kind_of(program.items[name]) == kind
    ]
    over: dict[str, str] = {}
    for item in items:
        named = [target for _, target in item.sides if target in poses]
        if named:
            over[item.object_id] = named[0]
        elif kind_of(item) in _OVER_TABLES and tables:
            over[item.object_id] = tables.pop(0)
    rest = [item.object_id for item in items if item.object_id not in over]
    grid = dict(zip(rest, _grid(len(rest), room), strict=True))
    spots = []
    for item in items:
        if item.object_id in over:
            x, y, _ = poses[over[item.object_id]].position
            spots.append((x, y))
        else:
            spots.append(grid[item.object_id])
    return spots


def _grid(count: int, room: RoomShape) -> list[tuple[float, float]]:
    if not count:
        return []
    columns = max(1, min(count, round(float(np.sqrt(count * room.width / room.depth)))))
    rows = -(-count // columns)
    return [
        (
            room.x + room.width * (k % columns + 0.5) / columns,
            room.y + room.depth * (k // columns + 0.5) / rows,
        )
        for k in range(count)
    ]


def _free(
    room: RoomShape,
    box: NDArray[np.float64],
    at: tuple[float, float, float],
    quarter: int,
    taken: NDArray[np.float64],
) -> Pose | None:
    """The free place nearest to the wished one, on a 10 cm grid around it."""
    steps = sorted(
        ((i, j) for i in range(-_REACH, _REACH + 1) for j in range(-_REACH, _REACH + 1)),
        key=lambda step: (step[0] ** 2 + step[1] ** 2, step),
    )
    quat = quat_wxyz_from_yaw(quarter * np.pi / 2)
    start = world_box(box, Pose.of(at, quat))
    shifts = np.array([(i * _STEP_M, j * _STEP_M, 0.0) * 2 for i, j in steps])
    boxes = start + shifts
    good = clear_of(boxes, taken, _GAP_M)
    good &= (boxes[:, 0] >= room.x + _GAP_M) & (boxes[:, 3] <= room.x + room.width - _GAP_M)
    good &= (boxes[:, 1] >= room.y + _GAP_M) & (boxes[:, 4] <= room.y + room.depth - _GAP_M)
    if not good.any():
        return None
    dx, dy, _ = shifts[int(np.argmax(good))][:3]
    return Pose.of((round(at[0] + dx, 4), round(at[1] + dy, 4), round(at[2], 4)), quat)
