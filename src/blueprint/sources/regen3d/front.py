"""Where a thing looks: away from the wall that it stands against, else where its mesh says."""

from typing import cast, get_args

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.frames import rotate
from blueprint.sources.imported.asset import Front
from blueprint.sources.imported.shell import RoomRectangle
from blueprint.sources.regen3d.roles import footing_of
from blueprint.sources.regen3d.room_fit import FittedRoom
from blueprint.sources.regen3d.scale_measure import Measured

__all__ = ["front_of"]

Array = NDArray[np.float64]
_DIRECTIONS = {"-y": (0.0, -1.0, 0.0), "+y": (0.0, 1.0, 0.0), "+x": (1.0, 0.0, 0.0), "-x": (-1.0, 0.0, 0.0)}
_FRONTS = tuple(name for name in _DIRECTIONS if name in get_args(Front))
_DEFAULT: Front = "-y"  # glTF's front, +Z, as it is loaded
_NEAR_WALL_M = 0.2
_BACKED = frozenset(
    [
        "bookcase",
        "shelf",
        "low_shelf",
        "base_cabinet",
        "wall_cabinet",
        "chest_of_drawers",
        "drawer_unit",
        "filing_cabinet",
        "fridge",
        "mini_fridge",
        "commercial_fridge",
        "stove",
        "dishwasher",
        "washing_machine",
        "dryer",
        "wardrobe",
        "sideboard",
        "china_cabinet",
        "locker",
        "nightstand",
        "sink_cabinet",
        "sink",
        "toilet",
        "sofa",
        "bed",
        "tv_stand",
        "tv_cabinet",
        "counter",
        "microwave",
        "tool_chest",
        "display_case",
        "medicine_cabinet",
        "vending_machine",
        "shop_shelf",
        "pallet_rack",
        "armchair",
        "loveseat",
        "console_table",
        "piano",
        "fireplace",
        "radiator",
    ]
)
_CLEAR = 0.6  # cosine between a front and the way out of the wall from which it is one


def front_of(measured: Measured, factor: float, fitted: FittedRoom) -> tuple[Front, str]:
    """Return where a thing looks in its mesh's frame, and why.

    Only of kinds that have a back to a wall, and where one is within 20 cm, is the default given up: of the mesh's
    horizontal axes, the one that agrees best with the way out of the nearest such wall. The default wins where it
    agrees too (60 degrees), as it does where a cupboard stands in a corner.
    """
    if not measured.is_upright or not (measured.category in _BACKED or footing_of(measured.category) == "wall"):
        return _DEFAULT, "as its file says"
    ways = _ways_out(measured.corners() * factor, fitted.room)
    if not ways:
        return _DEFAULT, "as its file says"
    quat = measured.item.pose_world_mesh.quat_wxyz
    agreement = {name: [float(rotate(quat, _DIRECTIONS[name])[:2] @ way) for _, way, _ in ways] for name in _FRONTS}
    if max(agreement[_DEFAULT]) > _CLEAR:
        return _DEFAULT, "as its file says, away from the wall"
    name = max(_FRONTS, key=lambda front: agreement[front][0])
    if agreement[name][0] < _CLEAR:
        return _DEFAULT, "as its file says"
    return cast("Front", name), f"away from the {ways[0][2]} wall"


def _ways_out(corners: Array, room: RoomRectangle) -> list[tuple[float, Array, str]]:
    """Walls within 20 cm, nearest first: the distance, the direction into the room (2,), and the wall's name."""
    low, high = corners.min(axis=0), corners.max(axis=0)
    sides = [
        (low[0] - room.x, np.array([1.0, 0.0]), "west"),
        (room.x + room.width - high[0], np.array([-1.0, 0.0]), "east"),
        (low[1] - room.y, np.array([0.0, 1.0]), "south"),
        (room.y + room.depth - high[1], np.array([0.0, -1.0]), "north"),
    ]
    return sorted(((float(d), way, name) for d, way, name in sides if d < _NEAR_WALL_M), key=lambda side: side[0])
