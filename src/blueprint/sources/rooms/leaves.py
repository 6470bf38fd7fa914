"""Leaves for the holes of a house: a door in every doorway, a window in every window opening."""

import numpy as np

from blueprint.assets.registry import AssetRequest, categories
from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.contracts.house import HousePlan
from blueprint.contracts.seeds import derive_seed
from blueprint.physics.free_space import opening_span
from blueprint.sources.rooms.kinds import with_options
from blueprint.sources.rooms.program import Item, Program
from blueprint.sources.rooms.room_frame import SIDES
from blueprint.sources.rooms.walls import kind_of

__all__ = ["DOOR", "WINDOW", "hang_leaves"]

DOOR, WINDOW = "interior_door", "casement_window"


def hang_leaves(program: Program, house: HousePlan, seed: int) -> tuple[dict[str, Pose], dict[str, str]]:
    """Return pose_world_object of the doors and windows, and why doors or windows of the program found no opening.

    Adds the items that the program lacks (ids door_1…, window_1…, mount wall); those that it has take an opening of
    their room. A leaf opens into the room that its opening swings into; a window into its room. Nothing is added where
    no generator makes doors or windows.
    """
    poses: dict[str, Pose] = {}
    asked = {kind: [item for item in program.items.values() if kind_of(item) == kind] for kind in (DOOR, WINDOW)}
    done: set[str] = set()
    for room in house.rooms:
        for opening in room.openings:
            category = DOOR if opening.kind == "door" else WINDOW
            other = opening.swings_into not in (None, room.room_id)
            if opening.kind == "passage" or other or opening.opening_id in done or category not in categories():
                continue
            done.add(opening.opening_id)
            item = next((item for item in asked[category] if item.room == room.room_id), None)
            if item is None:
                request = AssetRequest(category, derive_seed(seed, "leaf", category) % (1 << 31))
                item = Item(_free_id(opening.opening_id, program), request, room.room_id, "wall")
                program.items[item.object_id] = item
            else:
                asked[category].remove(item)
                item.mount = "wall"
            item.request = with_options(item.request, width=opening.width_m, height=opening.height_m, wall=house.wall_m)
            (x, y), (nx, ny) = opening_span(room, opening)
            half = house.wall_m / 2
            poses[item.object_id] = Pose.of(
                (round(x - nx * half, 4), round(y - ny * half, 4), opening.sill_m),
                quat_wxyz_from_yaw(SIDES.index(opening.side) * np.pi / 2),
            )
    lost = {item.object_id: f"no opening left for it in {item.room}" for items in asked.values() for item in items}
    return poses, lost


def _free_id(wanted: str, program: Program) -> str:
    if wanted not in program.items:
        return wanted
    stem = wanted.rsplit("_", 1)[0]
    return next(name for k in range(1, 10_000) if (name := f"{stem}_{k}") not in program.items)
