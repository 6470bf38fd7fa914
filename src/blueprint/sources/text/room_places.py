"""The parts of rooms that things stand or hang at: walls, corners, the middle, the ceiling, doors and windows."""

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.house import HousePlan, Opening, RoomShape, house_of
from blueprint.contracts.scene_manifest import SceneManifest
from blueprint.sources.text.sides import box_gap
from blueprint.sources.text.spec import Place

__all__ = ["at_place", "plan_of", "room_at"]

AGAINST_M = 0.3  # SceneEval's bounds: against a wall, on a wall, in a corner
ON_WALL_M = 0.01
CORNER_M = 0.8
_MIDDLE_SHARE = 0.25  # of the room's size, from its centre
_MIDDLE_M = 0.5
_OPENING_M = 1.0
_INSIDE_M = 0.05

Array = NDArray[np.float64]
Box = tuple[Array, Array]


def plan_of(manifest: SceneManifest) -> HousePlan | None:
    """Return the manifest's house, else its one room without openings, else None; raises ContractError for a plan that
    is not valid."""
    room = manifest.scene.room
    if manifest.metadata.get("house") is not None or room is None:
        return house_of(manifest)
    x, y, _ = room.origin
    bounds = room.bounds
    shape = RoomShape(
        room_id="room",
        room_type="room",
        x=x - bounds.width / 2,
        y=y - bounds.depth / 2,
        width=bounds.width,
        depth=bounds.depth,
        height=bounds.height,
    )
    return HousePlan(rooms=(shape,))


def room_at(house: HousePlan, box: Box) -> RoomShape | None:
    """Return the room that the centre of a box is in; things on a wall count to the room that they look into."""
    x, y = (box[0][:2] + box[1][:2]) / 2
    for slack in (0.0, _INSIDE_M):
        for room in house.rooms:
            if (
                room.x - slack <= x <= room.x + room.width + slack
                and room.y - slack <= y <= room.y + room.depth + slack
            ):
                return room
    return None


def at_place(place: Place, box: Box, room: RoomShape, *, hangs: bool) -> bool:
    """Whether a box (world frame) is at a part of its room; `hangs` says that it must touch the wall or ceiling."""
    low, high = np.array([room.x, room.y]), np.array([room.x + room.width, room.y + room.depth])
    to_walls = np.concatenate([box[0][:2] - low, high - box[1][:2]])  # west, south, east, north
    if place == "wall":
        return bool(abs(to_walls).min() <= ON_WALL_M) if hangs else bool(to_walls.min() <= AGAINST_M)
    if place == "corner":
        return bool(min(to_walls[0], to_walls[2]) <= CORNER_M and min(to_walls[1], to_walls[3]) <= CORNER_M)
    if place == "middle":
        away = abs((box[0][:2] + box[1][:2]) / 2 - (low + high) / 2)
        return bool((away <= np.maximum(_MIDDLE_M, _MIDDLE_SHARE * (high - low))).all())
    if place == "ceiling":
        return bool(abs(room.height - box[1][2]) <= ON_WALL_M)
    if place == "floor":
        return bool(abs(box[0][2]) <= ON_WALL_M)
    holes = [hole for hole in room.openings if (hole.kind == "window") == (place == "window")]
    return any(box_gap(box, _opening_box(room, hole)) <= _OPENING_M for hole in holes)


def _opening_box(room: RoomShape, hole: Opening) -> Box:
    half = hole.width_m / 2
    if hole.side in ("south", "north"):
        y = room.y if hole.side == "south" else room.y + room.depth
        return np.array([room.x + hole.offset_m - half, y]), np.array([room.x + hole.offset_m + half, y])
    x = room.x if hole.side == "west" else room.x + room.width
    return np.array([x, room.y + hole.offset_m - half]), np.array([x, room.y + hole.offset_m + half])
