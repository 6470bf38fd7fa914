"""On and in what the things of the prompt stand: as it says, else where such a thing is usual and fits."""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from blueprint.assets.registry import generator_for
from blueprint.contracts.asset import AssetModel, Region
from blueprint.sources.rooms.grammar.receptacles import INSIDE, ON, THEMED
from blueprint.sources.rooms.grammar.rules import Use
from blueprint.sources.rooms.inventory import Inventory
from blueprint.sources.rooms.kinds import is_kind
from blueprint.sources.rooms.program import Item
from blueprint.sources.rooms.wishes import Wish

__all__ = ["Carrier", "carrying_regions", "usual_on"]

_SURFACES = ("table", "dining_table", "desk", "counter", "kitchen_island", "workbench", "lab_bench", "base_cabinet")
_FILLED = 0.55  # of a region's area
_MAX_TOP_M = 1.75  # things are not put higher than this, but where the prompt says so


def carrying_regions(model: AssetModel, mount: str) -> list[Region]:
    """Return the regions where things stand on (mount surface) or in (inside) an asset; for a tray or a plate, whose
    only region is a container or a dish, that one is both."""
    inside = [region for region in model.regions if region.is_container]
    on = [region for region in model.regions if not region.is_container and region.kind != "floor"]
    return (inside or on) if mount == "inside" else (on or inside)


def usual_on(kind: str, furniture: str, table: dict[str, tuple[Use, ...]]) -> bool:
    """Whether a table of receptacles names the kind for this furniture."""
    return any(is_kind(kind, name) for use in table.get(furniture, ()) for name in use.names)


@dataclass
class Carrier:
    """Chooses parents and keeps account of the area that is used up, m² by (parent, mount)."""

    inventory: Inventory
    groups: dict[str, str] = field(default_factory=dict)  # group by piece of furniture
    used: dict[tuple[str, str], float] = field(default_factory=dict)

    def assign(self, wishes: dict[str, Wish]) -> list[str]:
        """Give every surface and inside item of the prompt a parent; returns those that found none."""
        pending = [name for name, wish in wishes.items() if wish.item.mount in ("surface", "inside")]
        without: list[str] = []
        while pending:
            ready = [name for name in pending if not any(t in pending for _, t in wishes[name].relations)]
            for name in ready or pending[:1]:
                pending.remove(name)
                if not self._assign_one(wishes[name]):
                    without.append(name)
        return without

    def widen_vessels(self, wishes: dict[str, Wish]) -> None:
        """Make bowls, baskets and trays wide enough for what the prompt puts in them, where it states no size."""
        held: dict[str, list[str]] = {}
        for name, wish in wishes.items():
            vessel = self.inventory.items.get(wish.item.parent or "")
            if vessel is not None and vessel.mount in ("surface", "inside"):
                held.setdefault(vessel.object_id, []).append(name)
        for vessel_id, names in held.items():
            item = self.inventory.items[vessel_id]
            for size in (None, "large", "huge") if item.request.size is None else ():
                item.request = replace(item.request, size=size)
                if self._ring_fits(vessel_id, names):
                    break

    def _ring_fits(self, vessel: str, names: list[str]) -> bool:
        """Whether things fit side by side in a ring that touches the rim (n circles of radius r in a circle:
        r (1 + 1 / sin(π/n)))."""
        widest = max(float(self.inventory.solids(name).size[:2].max()) for name in names) / 2
        count = len(names)
        needed = widest if count == 1 else (widest + 0.004) * (1 + 1 / np.sin(np.pi / count))
        return float(needed) <= 0.45 * float(self.inventory.solids(vessel).size[:2].min())

    def load(self, item: Item, parent: str) -> None:
        """Count an item's area to its parent."""
        key = (parent, item.mount)
        self.used[key] = self.used.get(key, 0.0) + self._area(item)

    def has_space(self, item: Item, parent: str, share: float = _FILLED) -> bool:
        """Whether it is lower than the free height of a region of the parent, no larger than it, and area is left."""
        regions = self.fitting(item, parent)
        if not regions:
            return False
        area = sum(4 * r.half_extents[0] * r.half_extents[1] for r in regions)
        used = self.used.get((parent, item.mount), 0.0)
        return used == 0.0 or used + self._area(item) <= share * area

    def is_full(self, item: Item, parent: str, share: float = _FILLED) -> bool:
        """Whether too little area is left on or in the parent for the smallest thing that the item's generator makes:
        told without making one."""
        used = self.used.get((parent, item.mount), 0.0)
        regions = carrying_regions(self.inventory.model(parent), item.mount)
        area = sum(4 * r.half_extents[0] * r.half_extents[1] for r in regions)
        least = generator_for(item.request.category).size_range_m[0]
        return used > 0.0 and used + _taken(np.array(least)) > share * area

    def fitting(self, item: Item, parent: str) -> list[Region]:
        """Return the regions of the parent that an item fits on or in, by its size alone."""
        solids = self.inventory.solids(item.object_id)
        size = solids.size.copy()
        if len(solids.sweep):
            size[2] = max(size[2], float(solids.sweep[:, 1, 2].max()))
        fitting = []
        for region in carrying_regions(self.inventory.model(parent), item.mount):
            width, depth = 2 * region.half_extents[0], 2 * region.half_extents[1 if region.outline == "rect" else 0]
            flat = (size[0] <= width and size[1] <= depth) or (size[1] <= width and size[0] <= depth)
            if flat and size[2] + 0.01 <= region.clearance_m:
                fitting.append(region)
        return fitting

    def count(self, parent: str, mount: str, kind: str) -> int:
        """How many things of a kind stand on or in the parent already."""
        return sum(
            item.parent == parent and item.mount == mount and self.inventory.kind(name) == kind
            for name, item in self.inventory.items.items()
        )

    def may_hold(self, vessel: str, thing: str) -> bool:
        """Whether a bowl or cup is wide enough for a thing of this size."""
        regions = [region for region in self.inventory.model(vessel).regions if region.is_container]
        low, high = self.inventory.solids(vessel).low, self.inventory.solids(vessel).high
        size = self.inventory.solids(thing).size
        mouth = float((high - low)[:2].min())
        return bool(regions) and float(size[:2].min()) <= 0.5 * mouth and float(size[:2].max()) <= 2.2 * mouth

    def supports(self, room: str, mount: str) -> list[str]:
        """Return furniture of a room that has regions for this mount."""
        return [
            name
            for name, item in self.inventory.items.items()
            if item.room == room
            and item.mount in ("floor", "wall")
            and any(carrying_regions(self.inventory.model(name), mount))
            and (mount == "surface" or any(region.is_container for region in self.inventory.model(name).regions))
        ]

    def choose(self, item: Item, names: list[str]) -> str | None:
        """Return the best of the supports with space for the item, by how usual it is there."""
        kind = self.inventory.kind(item.object_id)
        scored = []
        for order, name in enumerate(names):
            if name == item.object_id or not self.has_space(item, name):
                continue
            scored.append((-self._liking(kind, item, name), self.used.get((name, item.mount), 0.0), order, name))
        return min(scored)[3] if scored else None

    def _assign_one(self, wish: Wish) -> bool:
        item = wish.item
        stated = wish.targets("on", "in")
        if stated:
            return self._give(item, stated[0])
        for target in wish.targets("next_to", "near", "left_of", "right_of", "in_front_of", "behind", "around"):
            other = self.inventory.items[target]
            if other.parent and other.mount in ("surface", "inside"):
                item.sides = [side for side in wish.relations if side[1] != other.parent]
                item.mount, item.region = other.mount, other.region
                return self._give(item, other.parent)
            if other.mount in ("floor", "wall"):
                item.sides = list(wish.relations)
                near = [name for name in self.supports(item.room, "surface") if name != target]
                close = [name for name in near if self._is_beside(name, target)]
                chosen = self.choose(item, close) or self.choose(item, [target])
                if chosen:
                    return self._give(item, chosen)
        item.sides = [side for side in wish.relations if side[0] not in ("on", "in")]
        supports = self.supports(item.room, item.mount)
        chosen = self.choose(item, supports) or self._least_loaded(item, supports)
        return chosen is not None and self._give(item, chosen)

    def _least_loaded(self, item: Item, names: list[str]) -> str | None:
        """For what the prompt wants though all is full: filling decides whether there is a gap left."""
        fitting = [name for name in names if self.fitting(item, name)]
        return min(fitting, key=lambda name: self.used.get((name, item.mount), 0.0)) if fitting else None

    def _give(self, item: Item, parent: str) -> bool:
        if not carrying_regions(self.inventory.model(parent), item.mount):
            return False
        item.parent = parent
        self.load(item, parent)
        return True

    def _is_beside(self, name: str, target: str) -> bool:
        return name in self.groups and self.groups[name] == self.groups.get(target)

    def _liking(self, kind: str, item: Item, name: str) -> float:
        table = INSIDE if item.mount == "inside" else ON
        furniture = self.inventory.kind(name)
        liking = 3.0 if usual_on(kind, furniture, table) else 0.0
        if any(self.inventory.is_kind(name, surface) for surface in _SURFACES):
            liking += 1.5
        elif furniture in THEMED:
            liking += 1.0
        if any(region.kind == "seat" for region in carrying_regions(self.inventory.model(name), item.mount)):
            liking -= 2.0
        low = min(region.pose_link_region.position[2] for region in self.inventory.model(name).regions)
        if low > _MAX_TOP_M:
            liking -= 4.0
        return liking + 0.5 * self.inventory.items[name].required

    def _area(self, item: Item) -> float:
        return _taken(self.inventory.solids(item.object_id).size)


def _taken(size: NDArray[np.float64]) -> float:
    """Area that a thing of an extent (x, y, z) takes, with a gap around it, m²."""
    return float(np.prod(size[:2] + 0.02))
