"""What hangs on walls and from ceilings: found by kind and by what it touches, and pushed to the plane."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.frames import quat_wxyz_from_yaw, yaw_from_quat_wxyz
from blueprint.sources.imported.shell import RoomRectangle
from blueprint.sources.regen3d.roles import footing_of
from blueprint.sources.regen3d.supports import Support
from blueprint.sources.regen3d.supports_thing import Thing

__all__ = ["Mounting", "hang_on_wall", "hang_under_ceiling", "hangs_anyway", "mounting_of", "wall_distance"]

Array = NDArray[np.float64]
Mounting = Literal["free", "wall", "ceiling"]
_NEAR_M = 0.5  # of a wall, that a thing which usually hangs on one hangs on it: pictures also lean on desks
_GAP_M = 0.0005
_FLOATING_M = 0.25
_TOUCHING_M = 0.08
_SQUARE_RAD = np.radians(15.0)
_THIN = 0.6


def mounting_of(thing: Thing, room: RoomRectangle) -> Mounting:
    """Return how a thing is held by its kind, where it is near enough to a wall for that."""
    footing = footing_of(thing.category)
    if footing == "ceiling":
        return "ceiling"
    return "wall" if footing == "wall" and abs(wall_distance(thing, room)[0]) < _NEAR_M else "free"


def hangs_anyway(thing: Thing, support: Support, room: RoomRectangle) -> bool:
    """Whether a thing that is over nothing for 25 cm hangs on a wall: by its kind, or furniture that touches it."""
    if footing_of(thing.category) == "wall":
        return support.parent is None and support.gap_m > _FLOATING_M
    if thing.sim_role in ("manipulable_object", "clutter") or footing_of(thing.category) == "floor":
        return False
    distance, _ = wall_distance(thing, room)
    return support.gap_m > _FLOATING_M and distance < _TOUCHING_M


def wall_distance(thing: Thing, room: RoomRectangle) -> tuple[float, Array]:
    """Return the gap between a thing and the nearest wall that its flat side faces, m, and the way out of it (3,)."""
    low, high = thing.low, thing.high
    x, y = thing.size[:2]
    sides = [
        (0, float(low[0] - room.x), (1.0, 0.0, 0.0)),
        (0, float(room.x + room.width - high[0]), (-1.0, 0.0, 0.0)),
        (1, float(low[1] - room.y), (0.0, 1.0, 0.0)),
        (1, float(room.y + room.depth - high[1]), (0.0, -1.0, 0.0)),
    ]
    flat = 0 if x < _THIN * y else 1 if y < _THIN * x else None
    facing = [side for side in sides if flat is None or side[0] == flat]
    _, distance, way = min(facing, key=lambda side: abs(side[1]))
    return distance, np.array(way)


def hang_on_wall(thing: Thing, room: RoomRectangle) -> tuple[Thing, Array]:
    """Return the thing turned square to the walls (by 15° at most), against the nearest one, below the ceiling and
    between the other walls; and its shift (3,) m."""
    start = thing.middle
    quarter = np.pi / 2
    yaw = yaw_from_quat_wxyz(thing.pose.quat_wxyz)
    residual = (yaw + quarter / 2) % quarter - quarter / 2
    if abs(residual) < _SQUARE_RAD:
        thing = thing.turned(quat_wxyz_from_yaw(-residual))
    distance, way = wall_distance(thing, room)
    thing = thing.moved(way * (_GAP_M - distance))
    thing = thing.moved(_into(thing, room))
    return thing, thing.middle - start


def hang_under_ceiling(thing: Thing, room: RoomRectangle) -> tuple[Thing, Array]:
    """Return the thing with its top at the ceiling, between the walls, and its shift (3,) m."""
    up = np.array([0.0, 0.0, room.height - _GAP_M - float(thing.high[2])])
    moved = thing.moved(up)
    moved = moved.moved(_into(moved, room))
    return moved, moved.middle - thing.middle


def _into(thing: Thing, room: RoomRectangle) -> Array:
    """The shift that brings the thing's box into the room's."""
    low = np.array([room.x + _GAP_M, room.y + _GAP_M, 0.0])
    high = np.array([room.x + room.width - _GAP_M, room.y + room.depth - _GAP_M, room.height])
    return np.where(thing.low < low, low - thing.low, np.minimum(high - thing.high, 0.0))
