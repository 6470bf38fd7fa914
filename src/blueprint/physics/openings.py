"""What doors, passages and windows keep clear, and which things of a scene reach into it or stand outside the rooms.

The one definition for the layout, which places by it, and for the gate and the metrics, which measure it. A door or
passage needs the floor as deep as it is wide, in every room that it opens to; a window needs half a metre above its
sill (SceneEval's clearances).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.house import HousePlan, Opening, RoomShape, house_of
from blueprint.contracts.scene import Scene
from blueprint.contracts.scene_manifest import SceneObject
from blueprint.physics.extent import asset_points
from blueprint.physics.footprint import Footprint
from blueprint.physics.free_space import opening_span

__all__ = [
    "LOW_M",
    "BlockedOpening",
    "Box",
    "blocked_openings",
    "clear_depth_m",
    "inside_share",
    "is_leaf",
    "misplaced",
    "outside_rooms",
    "points_in_rooms",
    "upright_boxes",
]

Array = NDArray[np.float64]
LOW_M = 0.03  # what is flatter than this is driven over
_WINDOW_M = 0.5
_WINDOW_HIDDEN = 0.1
_INSIDE_SHARE = 0.99
_SAMPLES = 10
_GRID_M = 0.02
_EDGE_M = 0.01  # of a clearance zone: what only touches its edge is beside it
_LEAF_M = 0.05  # a leaf's frame may stand so far out of its hole


@dataclass(frozen=True)
class Box:
    """An object's collision box, upright: seen from above, and from `low` to `high` (world z, m)."""

    item: SceneObject
    footprint: Footprint
    low: float
    high: float


@dataclass(frozen=True)
class BlockedOpening:
    """An opening as seen from one room, and the share of it (0..1) that each culprit hides, by object id."""

    room_id: str
    opening: Opening
    shares: dict[str, float]

    def __str__(self) -> str:
        culprits = ", ".join(f"{name} ({share:.0%} of it)" for name, share in sorted(self.shares.items())[:5])
        return f"{self.opening.kind} {self.opening.opening_id} of {self.room_id}: {culprits}"


def clear_depth_m(room: RoomShape, opening: Opening) -> float:
    """Return how far into a room an opening keeps clear: a door's width, half a metre before a window, at most up to
    the wall across."""
    wanted = _WINDOW_M if opening.kind == "window" else opening.width_m
    return min(wanted, room.depth if opening.side in ("south", "north") else room.width)


def misplaced(scene: Scene) -> dict[str, str]:
    """Return object id → why, of what stands outside of the rooms or blocks a door, a passage or a window.

    Nothing is misplaced in a scene without a plan of its rooms; raises ContractError where that plan is not valid.
    """
    house = house_of(scene.manifest)
    if house is None:
        return {}
    boxes = upright_boxes(scene)
    found = {name: f"{share:.0%} of it is inside of the rooms" for name, share in outside_rooms(house, boxes).items()}
    for blocked in blocked_openings(house, boxes):
        opening = blocked.opening
        why = f"it blocks {opening.kind} {opening.opening_id} of {blocked.room_id}"
        found = dict.fromkeys(blocked.shares, why) | found
    return found


def upright_boxes(scene: Scene) -> list[Box]:
    """Return the upright box of everything that can be bumped into: the shell and things without colliders are not."""
    boxes = []
    for item in scene.objects:
        model = scene.asset(item.id)
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


def is_leaf(house: HousePlan, box: Box) -> bool:
    """Whether a thing is a door or window: fixed, and its frame or its middle is in a hole of a wall."""
    if not box.item.is_fixed:
        return False
    x, y, _ = box.item.transform.pose().position
    spots = np.array([(x, y), (box.footprint.x, box.footprint.y)])
    for room in house.rooms:
        for opening in room.openings:
            middle, normal = (np.array(value) for value in opening_span(room, opening))
            out = (middle - spots) @ normal
            along = np.abs((spots - middle) @ np.array([-normal[1], normal[0]]))
            in_wall = (out >= -_LEAF_M) & (out <= house.wall_m + _LEAF_M)
            if np.any(in_wall & (along <= opening.width_m / 2 + _LEAF_M)):
                return True
    return False


def blocked_openings(house: HousePlan, boxes: Sequence[Box]) -> list[BlockedOpening]:
    """Return the openings that things (leaves aside) block, once for every room that they are seen from.

    A door is blocked by anything that reaches into the floor before it, higher than 3 cm. A window is blocked where the
    things up to 0.5 m before it hide more than a tenth of it: a lamp on a desk does not.
    """
    blocked = []
    things = [box for box in boxes if not is_leaf(house, box)]
    for room in house.rooms:
        for opening in room.openings:
            zone = _zone(room, opening)
            shares = {box.item.id: share for box in things if (share := _hidden_share(box, zone, opening)) > 0}
            if shares and (opening.kind != "window" or sum(shares.values()) > _WINDOW_HIDDEN):
                blocked.append(BlockedOpening(room.room_id, opening, shares))
    return blocked


def outside_rooms(house: HousePlan, boxes: Sequence[Box]) -> dict[str, float]:
    """Return object id → share inside, of the things (leaves aside) that are less than 99 % in a room, between its
    floor and the ceiling."""
    shares = {box.item.id: inside_share(house, box) for box in boxes if not is_leaf(house, box)}
    return {name: share for name, share in shares.items() if share < _INSIDE_SHARE}


def inside_share(house: HousePlan, box: Box) -> float:
    """Return the share of points spread over a thing's box that are in a room, between floor and ceiling."""
    a = (np.arange(_SAMPLES) + 0.5) / _SAMPLES * 2 - 1
    local = np.array(np.meshgrid(a * box.footprint.half_x, a * box.footprint.half_y)).reshape(2, -1).T
    ceiling = max(room.height for room in house.rooms)
    heights = box.low + (np.arange(_SAMPLES) + 0.5) / _SAMPLES * (box.high - box.low)
    upright = float(((heights >= -0.001) & (heights <= ceiling + 0.001)).mean())
    return float(points_in_rooms(house, box.footprint.to_world(local)).mean()) * upright


def points_in_rooms(house: HousePlan, points: Array) -> NDArray[np.bool_]:
    """Return (N,) which of the points (N, 2), world frame, are in a room."""
    inside = np.zeros(len(points), bool)
    for room in house.rooms:
        low, high = np.array([room.x, room.y]), np.array([room.x + room.width, room.y + room.depth])
        inside |= ((points >= low - 1e-6) & (points <= high + 1e-6)).all(axis=1)
    return inside


def _zone(room: RoomShape, opening: Opening) -> Array:
    """Return sample points (rows outward, columns along the wall, 2) of the floor before an opening."""
    (x, y), (nx, ny) = opening_span(room, opening)
    depth = clear_depth_m(room, opening)
    half = opening.width_m / 2 - _EDGE_M
    along = np.linspace(-half, half, max(2, round(opening.width_m / _GRID_M)))
    out = np.linspace(_EDGE_M, depth - _EDGE_M, max(2, round(depth / _GRID_M)))[:, None]
    return np.stack(np.broadcast_arrays(x + nx * out - ny * along, y + ny * out + nx * along), axis=-1)


def _hidden_share(box: Box, zone: Array, opening: Opening) -> float:
    """Return the share of the opening that is behind the part of an object that reaches into the zone."""
    bottom, top = max(opening.sill_m, LOW_M), opening.sill_m + opening.height_m
    tall = min(box.high, top) - max(box.low, bottom)
    if tall <= 1e-6:
        return 0.0
    corner = zone[[0, -1], [0, -1]]
    low, high = corner.min(axis=0), corner.max(axis=0)
    reach = box.footprint.radius
    if np.any(np.array([box.footprint.x, box.footprint.y]) < low - reach) or np.any(
        np.array([box.footprint.x, box.footprint.y]) > high + reach
    ):
        return 0.0
    rows, columns, _ = zone.shape
    wide = box.footprint.covers(zone.reshape(-1, 2)).reshape(rows, columns).any(axis=0).mean()
    return float(wide) * tall / opening.height_m
