"""What hangs on the walls and under the ceiling of a room, and above what."""

import numpy as np

from blueprint.sources.rooms.assemble import Assembler
from blueprint.sources.rooms.grammar.rules import Grammar, Use
from blueprint.sources.rooms.inventory import Inventory
from blueprint.sources.rooms.program import Item, RoomNeed
from blueprint.sources.text.spec import Place

__all__ = ["hang"]

# A thing on the wall → the furniture that it belongs above, best first; one piece carries one such thing.
_ABOVE: dict[str, tuple[str, ...]] = {
    "picture": ("sofa", "bed", "sideboard", "console_table", "fireplace", "chest_of_drawers", "piano", "exam_table"),
    "wall_mirror": ("pedestal_sink", "sink_cabinet", "vanity_table", "console_table", "chest_of_drawers"),
    "medicine_cabinet": ("toilet",),
    "wall_shelf": ("desk", "washing_machine", "workbench", "toilet", "counter"),
    "wall_cabinet": ("base_cabinet", "sink_cabinet", "dishwasher", "counter", "washing_machine"),
    "blackboard": ("desk", "table", "lectern"),
    "wall_tv": ("tv_stand", "chest_of_drawers"),
}
_LIT = ("dining_table", "kitchen_island", "table", "cafe_table", "coffee_table", "bed", "reception_desk")
_AT_WINDOW: dict[str, Place] = {"curtain": "window", "radiator": "window"}


def hang(
    room: RoomNeed, grammar: Grammar, assembler: Assembler, inventory: Inventory, rng: np.random.Generator
) -> None:
    """Add the wall and ceiling things of a room's grammar to the inventory."""
    furniture = [name for plan in assembler.plans.values() for name in plan.poses]
    taken = {
        target
        for item in inventory.items.values()
        for kind, target in item.sides
        if item.mount in ("wall", "ceiling") and kind == "above"
    }
    for use in grammar.wall:
        for k in range(_count(use, room, assembler, rng)):
            item = _add(use, room, inventory, "wall", k)
            if item is None:
                continue
            place = _AT_WINDOW.get(inventory.kind(item.object_id))
            if place:
                item.places.append(place)
            _above(item, _ABOVE.get(inventory.kind(item.object_id), ()), furniture, taken, inventory)
    for use in grammar.ceiling:
        for k in range(_count(use, room, assembler, rng)):
            item = _add(use, room, inventory, "ceiling", k)
            if item is not None and inventory.is_kind(item.object_id, "pendant_lamp"):
                _above(item, _LIT, furniture, taken, inventory)


def _count(use: Use, room: RoomNeed, assembler: Assembler, rng: np.random.Generator) -> int:
    chance = min(1.0, use.chance + 0.3) if assembler.premium else use.chance
    count = int(rng.integers(use.low, use.high + 1)) if rng.uniform() < chance else 0
    return min(count, room.windows) if use.names[0] in _AT_WINDOW else count


def _add(use: Use, room: RoomNeed, inventory: Inventory, mount: str, k: int) -> Item | None:
    kind = inventory.first_allowed(use.names, room.room_id)
    if kind is None:
        return None
    alike = mount == "ceiling" or kind in ("curtain", "radiator", "wall_cabinet", "wall_lamp")
    return inventory.complete(kind, room.room_id, mount, variant="" if alike else k)  # type: ignore[arg-type]


def _above(item: Item, kinds: tuple[str, ...], furniture: list[str], taken: set[str], inventory: Inventory) -> None:
    for kind in kinds:
        for name in furniture:
            if name not in taken and inventory.is_kind(name, kind):
                taken.add(name)
                item.sides.append(("above", name))
                return
