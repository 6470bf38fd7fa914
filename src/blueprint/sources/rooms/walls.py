"""Hangs things on walls: slots at their usual heights, clear of openings, of tall furniture and of each other."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from blueprint.assets.registry import categories
from blueprint.contracts.asset import AssetModel
from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.contracts.house import HousePlan, Opening, RoomShape
from blueprint.sources.rooms.boxes import clear_of, stack_boxes, swept_box, world_box
from blueprint.sources.rooms.group_shape import closed_box, turned
from blueprint.sources.rooms.kinds import with_options
from blueprint.sources.rooms.program import Item, ModelOf, Program
from blueprint.sources.rooms.room_frame import SIDES, keep_clear, room_frame

__all__ = ["hang_on_walls", "kind_of"]

Array = NDArray[np.float64]
_WALL_GAP_M = 0.002  # nothing touches the wall that it hangs on: no contact before physics starts
_STEP_M = 0.05
_EDGE_M = 0.06
_APART_M = 0.06
_ABOVE_M = 0.12
_RAISE_M = (0.0, 0.1, 0.2, 0.35, 0.5, 0.7)
_USUAL_HEIGHT_M = 1.4
_FRAME_M = 0.08  # architraves stand beside openings
# A way past a thing on the wall: as wide as a robot of 0.5 m needs; what is flat or over its mast does not matter.
_WAY_M, _PASSABLE_M, _FLAT_M, _HEAD_M = 0.55, 0.2, 0.05, 2.0
_PINCH_COST = 5.0
# What a thing hangs over where nothing else is said, best first.
_OVER: dict[str, tuple[str, ...]] = {
    "picture": ("sofa", "bed", "console_table", "sideboard", "fireplace", "chest_of_drawers", "desk", "bench"),
    "wall_mirror": ("pedestal_sink", "sink_cabinet", "vanity_table", "console_table", "chest_of_drawers"),
    "medicine_cabinet": ("pedestal_sink", "sink_cabinet"),
    "wall_cabinet": ("base_cabinet", "counter", "stove", "sink_cabinet", "dishwasher", "washing_machine", "lab_bench"),
    "wall_shelf": ("desk", "desk_with_drawers", "washing_machine", "workbench", "low_shelf", "toilet"),
    "wall_tv": ("tv_stand", "tv_cabinet"),
    "notice_board": ("desk", "desk_with_drawers"),
    "wall_lamp": ("bed", "nightstand", "sofa"),
}  # fmt: skip
_NEAR: dict[str, tuple[str, ...]] = {
    "towel_rail": ("pedestal_sink", "sink_cabinet", "shower_cabin", "bathtub"),
    "soap_dispenser": ("pedestal_sink", "sink_cabinet"),
}
_BY_DOOR = ("coat_hooks", "light_switch", "fire_extinguisher")
_AT_WINDOW = ("curtain",)
_UNDER_WINDOW = ("radiator",)
_LOOKED_AT = ("wall_tv", "whiteboard", "blackboard", "wall_clock")


@dataclass
class _Room:
    """What is known of a room while its walls fill; boxes are x0, y0, z0, x1, y1, z1 in the world."""

    shape: RoomShape
    obstacles: list[Array]
    openings: list[Array]
    furniture: dict[str, Array]
    kinds: dict[str, str]
    hung: list[Array] = field(default_factory=list)
    hung_kinds: list[str] = field(default_factory=list)
    per_side: list[int] = field(default_factory=lambda: [0, 0, 0, 0])


def hang_on_walls(
    program: Program, house: HousePlan, poses: Mapping[str, Pose], model_of: ModelOf
) -> tuple[dict[str, Pose], dict[str, str]]:
    """Return pose_world_object of the items with mount wall, and for the others why they found no slot.

    `poses` are those of what stands on the floor. A thing hangs at its usual height, higher where furniture below it
    asks for that; its back is 2 mm from the wall. Curtains take the size of their window.
    """
    hung: dict[str, Pose] = {}
    left_out: dict[str, str] = {}
    for room in house.rooms:
        known = _known(program, room, poses, model_of)
        items = [item for item in program.items.values() if item.room == room.room_id and item.mount == "wall"]
        items = [item for item in items if kind_of(item) not in ("interior_door", "casement_window")]
        windows = [item for item in room.openings if item.kind == "window"]
        free_windows = list(windows)
        for item in sorted(items, key=lambda item: _rank(item, model_of)):
            pose = None
            if kind_of(item) in _AT_WINDOW and free_windows:
                pose = _at_window(item, known, free_windows.pop(0), model_of)
            elif kind_of(item) not in _AT_WINDOW:
                pose = _best(item, known, model_of(item.request))
            if pose is None:
                curtain = kind_of(item) in _AT_WINDOW
                left_out[item.object_id] = "no window for it" if curtain else "no free stretch of wall"
                continue
            hung[item.object_id] = pose
    return hung, left_out


def kind_of(item: Item) -> str:
    """Return the lexicon's name of an item."""
    return item.category or item.request.category


def _rank(item: Item, model_of: ModelOf) -> tuple[int, int, float, str]:
    """What has the fewest choices first: at windows, above something, large."""
    kind = kind_of(item)
    width, _, height = model_of(item.request).size_m
    order = 0 if kind in _AT_WINDOW else 1 if item.sides or kind in ("wall_cabinet", "wall_tv", *_UNDER_WINDOW) else 2
    return order, -int(item.required), -round(width * height, 4), item.object_id


def _known(program: Program, room: RoomShape, poses: Mapping[str, Pose], model_of: ModelOf) -> _Room:
    obstacles, furniture, kinds = [], {}, {}
    for name, pose in poses.items():
        item = program.items[name]
        if item.room != room.room_id:
            continue
        model = model_of(item.request)
        if not any(link.colliders for link in model.links):
            continue
        low, high = closed_box(model)
        furniture[name] = world_box(np.concatenate([low, high]), pose)
        kinds[name] = kind_of(item)
        obstacles.append(furniture[name])
        if model.is_articulated:
            obstacles.append(world_box(swept_box(model), pose))
    openings = [item.box(room, _FRAME_M) for item in keep_clear(room)]
    return _Room(room, obstacles, openings, furniture, kinds)


def _at_window(item: Item, known: _Room, window: Opening, model_of: ModelOf) -> Pose | None:
    """Curtains hang from a rod above the window down to its sill, wider than it on both sides."""
    room = known.shape
    length = room.width if window.side in ("north", "south") else room.depth
    side = min(window.offset_m, length - window.offset_m)
    top = min(window.sill_m + window.height_m + 0.16, room.height - 0.02)
    item.request = with_options(
        item.request,
        width=round(min(window.width_m + 0.7, 2 * side - 0.02), 2),
        height=round(top - window.sill_m - 0.04, 2),
    )
    model = model_of(item.request)
    low, high = closed_box(model)
    quarter = SIDES.index(window.side)
    z = min(top, room.height - 0.02) - float(high[2])
    across = window.offset_m + (room.x if quarter % 2 == 0 else room.y) - _along(low, high, quarter)
    pose = _pose(known.shape, model, quarter, across, max(z, 0.02))
    known.hung.append(world_box(np.concatenate([low, high]), pose))
    known.hung_kinds.append(kind_of(item))
    return pose


def _along(low: Array, high: Array, quarter: int) -> float:
    """Middle of a turned thing along its wall, from its frame."""
    box = turned(np.array([[low[0], low[1], high[0], high[1]]]), quarter)[0]
    return float((box[0] + box[2]) / 2 if quarter % 2 == 0 else (box[1] + box[3]) / 2)


def _pose(room: RoomShape, model: AssetModel, quarter: int, across: float, z: float) -> Pose:
    """Back to wall `quarter`; `across` is the frame's world coordinate along the wall."""
    back = float(closed_box(model)[1][1]) + _WALL_GAP_M
    x, y = (
        (across, room.y + room.depth - back),
        (room.x + back, across),
        (across, room.y + back),
        (room.x + room.width - back, across),
    )[quarter]
    return Pose.of((round(x, 4), round(y, 4), round(z, 4)), quat_wxyz_from_yaw(quarter * np.pi / 2))


@dataclass(frozen=True)
class _Slots:
    """Candidate slots (N,): wall, the frame's coordinate along it, height; boxes at rest and swept (N, 6), world."""

    quarter: NDArray[np.int64]
    across: Array
    z: Array
    raised: Array
    rest: Array
    swept: Array


def _best(item: Item, known: _Room, model: AssetModel) -> Pose | None:
    generator = categories().get(item.request.category)
    usual = generator.mount_height_m if generator and generator.mount_height_m is not None else _USUAL_HEIGHT_M
    slots = _slots(item, known, model, usual)
    if slots is None:
        return None
    room = known.shape
    good = slots.rest[:, 5] <= room.height - 0.02
    good &= clear_of(slots.swept, stack_boxes(known.openings))
    good &= clear_of(slots.swept, stack_boxes(known.obstacles), 0.03)
    good &= clear_of(slots.swept, stack_boxes(known.hung), 0.02 if kind_of(item) == "wall_cabinet" else _APART_M)
    pinched = _pinched(known, slots)
    if not item.required:
        good &= ~pinched
    if not good.any():
        return None
    price = np.where(good, _price(item, known, slots) + _PINCH_COST * pinched, np.inf)
    index = int(np.argmin(price))
    quarter = int(slots.quarter[index])
    known.per_side[quarter] += 1
    known.hung.append(slots.swept[index])
    known.hung_kinds.append(kind_of(item))
    return _pose(room, model, quarter, float(slots.across[index]), float(slots.z[index]))


def _slots(item: Item, known: _Room, model: AssetModel, usual: float) -> _Slots | None:
    room = known.shape
    low, high = closed_box(model)
    wide = swept_box(model)
    tops = [float(known.furniture[name][5]) for kind, name in item.sides if kind == "above" and name in known.furniture]
    heights = sorted({round(usual + value, 3) for value in _RAISE_M} | {round(top + _ABOVE_M, 3) for top in tops})
    rows: list[tuple[int, float, float]] = []
    for quarter in range(4):
        box = turned(np.array([[low[0], low[1], high[0], high[1]]]), quarter)[0]
        axis = quarter % 2
        start, length = ((room.x, room.width), (room.y, room.depth))[axis]
        first, last = start + _EDGE_M - box[axis], start + length - _EDGE_M - box[axis + 2]
        if last < first:
            continue
        middle = (box[axis] + box[axis + 2]) / 2
        spots = [*np.arange(first, last, _STEP_M), last, (first + last) / 2]
        for other in (*known.furniture.values(), *known.openings):
            spots.append((other[axis] + other[axis + 3]) / 2 - middle)
        for other in known.hung:
            spots += [other[axis + 3] + 0.021 - box[axis], other[axis] - 0.021 - box[axis + 2]]
        kept = sorted({round(float(spot), 4) for spot in spots if first - 1e-9 <= spot <= last + 1e-9})
        rows += [(quarter, spot, z) for spot in kept for z in heights]
    if not rows:
        return None
    quarters, across, z = (np.array(column) for column in zip(*rows, strict=True))
    back = float(high[1]) + _WALL_GAP_M
    fixed = np.array([room.y + room.depth - back, room.x + back, room.y + back, room.x + room.width - back])[quarters]
    x, y = np.where(quarters % 2 == 0, across, fixed), np.where(quarters % 2 == 0, fixed, across)
    boxes = []
    for corners in (np.concatenate([low, high]), wide):
        flat = np.concatenate([turned(corners[[0, 1, 3, 4]][None], k) for k in range(4)])[quarters]
        boxes.append(
            np.stack(
                [flat[:, 0] + x, flat[:, 1] + y, corners[2] + z, flat[:, 2] + x, flat[:, 3] + y, corners[5] + z], 1
            )
        )
    return _Slots(quarters.astype(np.int64), across, z, z - usual, boxes[0], boxes[1])


def _price(item: Item, known: _Room, slots: _Slots) -> Array:
    room, kind = known.shape, kind_of(item)
    axis = slots.quarter % 2
    middle = np.where(axis == 0, slots.rest[:, 0] + slots.rest[:, 3], slots.rest[:, 1] + slots.rest[:, 4]) / 2
    price = 1.2 * np.abs(slots.raised) + 0.3 * np.array(known.per_side)[slots.quarter]
    targets = [(relation, name) for relation, name in item.sides if name in known.furniture]
    for relation, name in targets:
        weight = 3.0 if relation in ("above", "on", "next_to", "near", "behind", "left_of", "right_of") else 0.5
        price += weight * _from(slots, known.furniture[name], above=relation in ("above", "behind"))
    over = [name for wanted in _OVER.get(kind, ()) for name, own in known.kinds.items() if own == wanted]
    near = [name for wanted in _NEAR.get(kind, ()) for name, own in known.kinds.items() if own == wanted]
    if not targets and over:
        options = [0.12 * rank + _from(slots, known.furniture[name], True) for rank, name in enumerate(over)]
        price += 1.2 * np.minimum.reduce(options)
    elif not targets and near:
        price += 1.0 * np.minimum.reduce([_from(slots, known.furniture[name], False) for name in near])
    elif not targets:
        start = np.where(axis == 0, room.x, room.y)
        length = np.where(axis == 0, room.width, room.depth)
        price += 0.5 * np.abs(middle - start - length / 2) / length
        price += 0.5 * _off_center(known, slots, middle)
    price += _by_openings(kind, known, slots, middle)
    for box, other in zip(known.hung, known.hung_kinds, strict=True):
        gap = _flat_gap(slots.rest, box)
        same = other == kind == "wall_cabinet"
        price += 0.4 * np.minimum(gap, 1.0) if same else 0.3 * np.maximum(0.0, 0.4 - gap)
    return np.asarray(price, float)


def _pinched(known: _Room, slots: _Slots) -> NDArray[np.bool_]:
    """Whether a thing sticks out into a way along the wall, between it and furniture that stands free of the wall."""
    deep = np.where(slots.quarter % 2 == 0, slots.rest[:, 4] - slots.rest[:, 1], slots.rest[:, 3] - slots.rest[:, 0])
    pinched = np.zeros(len(slots.z), bool)
    for box in known.furniture.values():
        free = _wall_distance(known.shape, box)[slots.quarter] > _PASSABLE_M
        pinched |= free & (_flat_gap(slots.rest, box) < _WAY_M)
    return pinched & (deep > _FLAT_M) & (slots.rest[:, 2] < _HEAD_M)


def _off_center(known: _Room, slots: _Slots, middle: Array) -> Array:
    """Distance to the middle of the furniture below, capped; 0.4 m where there is none."""
    best = np.full(len(slots.z), 0.4)
    for box in known.furniture.values():
        low = np.where(slots.quarter % 2 == 0, box[0], box[1])
        high = np.where(slots.quarter % 2 == 0, box[3], box[4])
        under = (_wall_distance(known.shape, box)[slots.quarter] < 0.3) & (middle > low) & (middle < high)
        best = np.where(under, np.minimum(best, np.abs(middle - (low + high) / 2)), best)
    return best


def _wall_distance(room: RoomShape, box: Array) -> Array:
    return np.array([room.y + room.depth - box[4], box[0] - room.x, box[1] - room.y, room.x + room.width - box[3]])


def _from(slots: _Slots, box: Array, above: bool) -> Array:
    """How far a slot is from a thing on the floor: along its wall from the thing's middle, or from its edge."""
    x = (slots.rest[:, 0] + slots.rest[:, 3]) / 2
    y = (slots.rest[:, 1] + slots.rest[:, 4]) / 2
    if above:
        return np.asarray(np.hypot(x - (box[0] + box[3]) / 2, 0.5 * (y - (box[1] + box[4]) / 2)), float) * (
            slots.quarter % 2 == 0
        ) + np.hypot(0.5 * (x - (box[0] + box[3]) / 2), y - (box[1] + box[4]) / 2) * (slots.quarter % 2 == 1)
    return _flat_gap(slots.rest, box)


def _flat_gap(rest: Array, box: Array) -> Array:
    dx = np.maximum(0.0, np.maximum(rest[:, 0] - box[3], box[0] - rest[:, 3]))
    dy = np.maximum(0.0, np.maximum(rest[:, 1] - box[4], box[1] - rest[:, 4]))
    return np.asarray(np.hypot(dx, dy), float)


def _by_openings(kind: str, known: _Room, slots: _Slots, middle: Array) -> Array:
    """Switches and hooks hang by the door, radiators under windows; pictures not behind an open door's leaf."""
    frame = room_frame(known.shape)
    price = np.zeros(len(slots.z))
    if kind in _BY_DOOR and len(frame.entries):
        at = frame.entries + np.array([known.shape.x, known.shape.y])
        apart = [
            np.hypot(slots.rest[:, [0, 3]].mean(axis=1) - x, slots.rest[:, [1, 4]].mean(axis=1) - y) for x, y in at
        ]
        price += np.minimum.reduce(apart)
    windows = [box for box, item in zip(known.openings, known.shape.openings, strict=True) if item.kind == "window"]
    if kind in _UNDER_WINDOW and windows:
        price += 1.5 * np.minimum.reduce([_from(slots, box, True) for box in windows])
    if kind in _LOOKED_AT:
        seats = [box for name, box in known.furniture.items() if known.kinds[name] in ("sofa", "bed", "school_desk")]
        if seats:
            seen = np.mean(seats, axis=0)
            price += 0.6 * _from(slots, seen, True) - 0.4 * np.minimum(_flat_gap(slots.rest, seen), 3.0)
    return price
