"""Furnishing: from the spec of rooms to everything that is to stand in them, completed as people furnish such rooms."""

from typing import Literal

import numpy as np

from blueprint.contracts.seeds import rng_for
from blueprint.sources.rooms.assemble import Assembler
from blueprint.sources.rooms.carry import Carrier
from blueprint.sources.rooms.grammar.lookup import grammar_of
from blueprint.sources.rooms.grammar.rules import Grammar
from blueprint.sources.rooms.hang import hang
from blueprint.sources.rooms.inventory import Inventory
from blueprint.sources.rooms.program import Group, GroupRelation, ModelOf, Program, RoomNeed
from blueprint.sources.rooms.stock import Stocker
from blueprint.sources.rooms.wishes import Wish, expand
from blueprint.sources.text.spec import SceneSpec, Unsatisfied

__all__ = ["Tier", "furnish"]

Tier = Literal["standard", "premium"]
_NUMBERS: dict[Tier, tuple[int, int]] = {"standard": (34, 46), "premium": (80, 104)}
_OFFER = 1.3  # some of what is offered finds no place
_DARK = frozenset((
    "storage", "closet", "pantry", "warehouse", "server_room", "garage", "toilet", "laundry_room", "locker_room",
    "theater", "supermarket",
))  # fmt: skip
_BRIGHT = frozenset((
    "living_room", "classroom", "open_office", "restaurant", "cafe", "library", "gym", "lab", "studio", "meeting_room",
))  # fmt: skip


def furnish(spec: SceneSpec, tier: Tier, seed: int, model_of: ModelOf) -> Program:
    """Return everything that the rooms of a spec are to hold: what the prompt asks for, as required items, completed
    by the grammar of each room's type to 34–46 (standard) or 80–104 (premium) objects a room.

    Completion never adds what a negation names, nor more of what the prompt counts. The same arguments give the same
    program; `model_of` returns the asset of a request.
    """
    rooms = _rooms(spec)
    inventory = Inventory(spec, seed, model_of)
    unsatisfied: list[Unsatisfied] = []
    wishes = expand(spec, rooms, inventory, unsatisfied)
    groups: list[Group] = []
    numbers: dict[str, int] = {}
    for room in rooms:
        rng = rng_for(seed, "furnish", tier, room.room_id)
        grammar = grammar_of(room.room_type)
        assembler = Assembler(room, wishes, inventory, rng, premium=tier == "premium")
        assembler.build(grammar)
        hang(room, grammar, assembler, inventory, rng)
        carrier = Carrier(inventory, assembler.group_of)
        own = {name: wish for name, wish in wishes.items() if wish.item.room == room.room_id}
        _carry(own, carrier, assembler, unsatisfied, spec)
        numbers[room.room_id] = _number(tier, grammar, rng, inventory, room)
        _stock(room, grammar, assembler, inventory, carrier, numbers[room.room_id], rng)
        groups += assembler.groups
    _relate(groups, wishes)
    return Program(spec, rooms, inventory.items, groups, unsatisfied, numbers)


def _rooms(spec: SceneSpec) -> list[RoomNeed]:
    if not spec.rooms:
        return [RoomNeed(f"{spec.room_type}_1", spec.room_type, windows=_windows(spec.room_type))]
    return [
        RoomNeed(
            room.room_id,
            room.room_type,
            room.size_m,
            doors=1 if room.doors is None else room.doors,
            windows=_windows(room.room_type) if room.windows is None else room.windows,
            next_to=list(room.next_to),
        )
        for room in spec.rooms
    ]


def _windows(room_type: str) -> int:
    return 0 if room_type in _DARK else 2 if room_type in _BRIGHT else 1


def _number(tier: Tier, grammar: Grammar, rng: np.random.Generator, inventory: Inventory, room: RoomNeed) -> int:
    """How many objects the room is to hold: the tier's, at least what the prompt asks for, fewer in a small room."""
    low, high = _NUMBERS[tier]
    number = round(float(rng.integers(low, high + 1)) * grammar.target_share)
    required = sum(item.room == room.room_id and item.required for item in inventory.items.values())
    return max(number, required)


def _carry(
    wishes: dict[str, Wish], carrier: Carrier, assembler: Assembler, unsatisfied: list[Unsatisfied], spec: SceneSpec
) -> None:
    """Give small things of the prompt their parents; where the room has nothing to carry them, add a table."""
    without = carrier.assign(wishes)
    carrier.widen_vessels(wishes)
    homeless = [name for name in without if not wishes[name].targets("on", "in")]
    if homeless:
        assembler.add_support()
        still = carrier.assign({name: wishes[name] for name in homeless})
        without = [name for name in without if name not in homeless or name in still]
    for name in without:
        wish = wishes[name]
        within = wish.item.mount == "inside"
        stated = wish.targets("on", "in")
        if stated:
            wish.item.mount = "surface"
            chosen = carrier.choose(wish.item, carrier.supports(wish.item.room, "surface"))
            wish.item.parent = chosen
        _miss(spec, wish, stated[0] if stated else None, within, unsatisfied)


def _miss(spec: SceneSpec, wish: Wish, target: str | None, within: bool, unsatisfied: list[Unsatisfied]) -> None:
    index = wish.item.requirement
    assert index is not None
    where = f"; it stands on {wish.item.parent} instead" if wish.item.parent else ""
    unsatisfied.append(
        Unsatisfied(
            reason="not_a_container" if target and within else "no_support_region",
            requirement=index,
            noun=spec.requirements[index].noun,
            detail=f"{wish.item.object_id}: {target or 'the room'} has no region for it{where}",
        )
    )


def _stock(
    room: RoomNeed,
    grammar: Grammar,
    assembler: Assembler,
    inventory: Inventory,
    carrier: Carrier,
    number: int,
    rng: np.random.Generator,
) -> None:
    held = sum(item.room == room.room_id for item in inventory.items.values())
    Stocker(room.room_id, grammar, assembler.seats(), inventory, carrier, rng).fill_up(round((number - held) * _OFFER))


def _relate(groups: list[Group], wishes: dict[str, Wish]) -> None:
    """Pass on relations between groups of what the prompt relates and no rigid plan holds together."""
    group_of = {member.object_id: group for group in groups for member in group.members}
    for name, wish in wishes.items():
        mine = group_of.get(name)
        if mine is None:
            continue
        for kind, target in wish.relations:
            other = group_of.get(target)
            if other is None or other is mine:
                continue
            relation = GroupRelation(kind, other.group_id, required=True)
            if relation not in mine.relations:
                mine.relations.append(relation)
            if kind in ("facing", "across_from") and mine.faces is None:
                mine.faces = other.group_id
