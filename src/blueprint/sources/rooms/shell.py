"""The asset request of a house's shell: floors and walls with holes, as one thing that is fixed to the world."""

import json

from blueprint.assets.registry import AssetRequest
from blueprint.contracts.house import HousePlan
from blueprint.contracts.seeds import derive_seed

__all__ = ["shell_request"]


def shell_request(house: HousePlan, seed: int) -> AssetRequest:
    """Return the request of `house_shell` for a plan; its asset frame is the world's.

    The option `plan` is canonical JSON (sorted keys, no blanks, lengths to 0.1 mm): the same plan, the same asset.
    """
    plan = {
        "wall_m": _m(house.wall_m),
        "rooms": [
            {
                "id": room.room_id,
                "type": room.room_type,
                "rect": [_m(room.x), _m(room.y), _m(room.width), _m(room.depth)],
                "height": _m(room.height),
                "holes": [
                    {
                        "id": hole.opening_id,
                        "side": hole.side,
                        "offset": _m(hole.offset_m),
                        "width": _m(hole.width_m),
                        "height": _m(hole.height_m),
                        "sill": _m(hole.sill_m),
                    }
                    for hole in room.openings
                ],
            }
            for room in house.rooms
        ],
    }
    text = json.dumps(plan, sort_keys=True, separators=(",", ":"))
    return AssetRequest("house_shell", derive_seed(seed, "shell") % (1 << 31), options=(("plan", text),))


def _m(value: float) -> float:
    return round(float(value), 4) + 0.0
