"""The furniture groups of a room: sets of its grammar around what the prompt asks for, then what is left, alone."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from blueprint.sources.rooms.grammar.homes import HOMES
from blueprint.sources.rooms.grammar.public import PUBLIC
from blueprint.sources.rooms.grammar.rules import FurnitureSet, Grammar, Part, Use
from blueprint.sources.rooms.grammar.sets import SETS, set_of
from blueprint.sources.rooms.groups import RUN_M, Arrangement, table_seats
from blueprint.sources.rooms.inventory import Inventory
from blueprint.sources.rooms.kinds import is_kind, understands
from blueprint.sources.rooms.program import Affinity, Group, GroupRelation, RoomNeed
from blueprint.sources.rooms.roles import put_by_relation, put_by_role
from blueprint.sources.rooms.wishes import BESIDE, Wish

__all__ = ["Assembler"]

_RUN_LIMIT_M = 4.4
_WORKTOP_M = 0.9
_RUN_DEPTH_M = 0.6
_FLOOR_SHARE = 0.5
_SWEEP_SPACE_M = 0.45  # before an open door or drawer
_RUN_KINDS = (
    "counter", "base_cabinet", "sink_cabinet", "stove", "dishwasher", "fridge", "washing_machine", "dryer",
)  # fmt: skip


class Assembler:
    """Builds the groups of one room. `premium` rooms take the dense uses too; `area_m2` is the floor, if stated."""

    def __init__(
        self, room: RoomNeed, wishes: dict[str, Wish], inventory: Inventory, rng: np.random.Generator, *, premium: bool
    ) -> None:
        self.room, self.wishes, self.inventory, self.rng, self.premium = room, wishes, inventory, rng, premium
        self.open = [
            name for name, wish in wishes.items() if wish.item.room == room.room_id and wish.item.mount == "floor"
        ]
        self.groups: list[Group] = []
        self.plans: dict[str, Arrangement] = {}
        self.group_of: dict[str, str] = {}
        self.sets: dict[str, FurnitureSet] = {}
        self.area = 0.0
        self.grid_left = 1  # tables of a grid that have no seats yet, the one in work included

    def build(self, grammar: Grammar) -> None:
        """Build every group: sets of the grammar, then what the prompt asks for beyond them."""
        for k, use in enumerate(grammar.floor + (grammar.dense if self.premium else ())):
            before = len(self.groups)
            self._use(use)
            if k == 0 and self.room.size_m is None:
                for group in self.groups[before:]:  # what makes the room what it is: a bedroom without a bed is none
                    group.required = True
        for _ in range(2):  # what stands beside something else waits for that one
            for name in list(self.open):
                if not self._waits(name):
                    self._leftover(name)
        for name in list(self.open):
            self._leftover(name)
        self._face()

    def add_support(self) -> None:
        """Add something to put things on, if completion may."""
        kind = self.inventory.first_allowed(("side_table", "table", "desk", "shelf"), self.room.room_id)
        item = self.inventory.complete(kind, self.room.room_id, "floor") if kind else None
        if item is not None:
            self._build(set_of(kind or ""), item.object_id)

    def seats(self) -> dict[str, list[str]]:
        """Return the chairs at each table, by the table's id."""
        found: dict[str, list[str]] = {}
        for plan in self.plans.values():
            tables = [name for name in plan.poses if self._is(name, "table") or self._is(name, "kitchen_island")]
            chairs = [name for name in plan.poses if self._is(name, "chair") or self._is(name, "stool")]
            for chair in chairs:
                low, high = plan.box([chair])
                middle = (low + high)[:2] / 2

                def away(table: str, middle: np.ndarray = middle, plan: Arrangement = plan) -> float:
                    table_low, table_high = plan.box([table])
                    return float(np.linalg.norm((table_low + table_high)[:2] / 2 - middle))

                if tables:
                    found.setdefault(min(tables, key=away), []).append(chair)
        return found

    # --- sets ---------------------------------------------------------------------------------------------------

    def _use(self, use: Use) -> None:
        chance = min(1.0, use.chance + 0.3) if self.premium else use.chance
        count = int(self.rng.integers(use.low, use.high + 1)) if self.rng.uniform() < chance else 0
        candidates = [(name, set_of(name)) for name in use.names]
        for _, furniture in candidates:
            while anchor := self._take(furniture.anchor):
                self._build(furniture, anchor)
                count -= 1
        for _ in range(count):
            for _, furniture in candidates:
                kind = self.inventory.first_allowed(furniture.anchor, self.room.room_id)
                if kind is None or not self._has_space():
                    continue
                mark = "" if furniture.grid == ((1, 1), (1, 1)) else "grid"
                item = self.inventory.complete(kind, self.room.room_id, "floor", variant=mark)
                if item is not None:
                    self._build(furniture, item.object_id)
                    break

    def _has_space(self) -> bool:
        return self.room.size_m is None or self.area < _FLOOR_SHARE * self.room.size_m[0] * self.room.size_m[1]

    def _build(self, furniture: FurnitureSet, anchor: str) -> None:
        single = furniture.grid == ((1, 1), (1, 1))
        plan = self._unit(furniture, anchor) if single else self._grid(furniture, anchor)
        self._add(plan.turned() if furniture.faces_away else plan, furniture)

    def _unit(self, furniture: FurnitureSet, anchor: str) -> Arrangement:
        plan = Arrangement(self.inventory)
        seats = sum(use.high for use in (p.use for p in furniture.parts if p.role == "seat"))
        if seats:
            self._widen(anchor, furniture)
        if any(part.role == "run" for part in furniture.parts):
            self._level(anchor)
        plan.put(anchor, 0.0, 0.0)
        for part in furniture.parts:
            if part.role != "rug":
                self._part(plan, anchor, part)
        if any(part.role == "run" for part in furniture.parts):
            while (name := self._take(_RUN_KINDS)) is not None:
                if not self._extend_run(plan, name):
                    self.open.append(name)
                    break
        for part in furniture.parts:
            if part.role == "rug":
                self._part(plan, anchor, part)
        return plan

    def _part(self, plan: Arrangement, anchor: str, part: Part) -> None:
        use = part.use
        chance = min(1.0, use.chance + 0.3) if self.premium else use.chance
        count = int(self.rng.integers(use.low, use.high + 1)) if self.rng.uniform() < chance else 0
        names: list[str] = []
        limit = use.high if part.role not in ("seat", "flank") else max(use.high, 12)
        if part.role == "seat":
            limit = self._seats_share(anchor, use.names, limit)
        while len(names) < limit and (name := self._take(use.names, anchor)):
            names.append(name)
        first = self.inventory.first_allowed(use.names, self.room.room_id)
        while len(names) < count and first is not None:
            alike = f"with {self.inventory.kind(anchor)}"
            item = self.inventory.complete(first, self.room.room_id, "floor", variant=alike)
            if item is None:
                break
            names.append(item.object_id)
        for k, name in enumerate(names):
            run = part.role == "run"
            if not (self._extend_run(plan, name) if run else put_by_role(plan, anchor, name, part.role, k, len(names))):
                if self.inventory.items[name].required:
                    self.open.append(name)
                else:
                    self.inventory.remove(name)

    def _seats_share(self, table: str, kinds: tuple[str, ...], limit: int) -> int:
        """The prompt's chairs go to all its tables alike."""
        wanted = sum(self._matches(name, kinds) and self._may_join(name, table) for name in self.open)
        kind = self.inventory.kind(table)
        tables = self.grid_left + sum(self.inventory.kind(name) == kind for name in self.open)
        return min(limit, -(-wanted // tables)) if wanted else limit

    def _extend_run(self, plan: Arrangement, name: str) -> bool:
        self._level(name)
        low, high = plan.box()
        width = float(high[0] - low[0]) + RUN_M + float(self.inventory.solids(name).size[0])
        waiting = [other for other in self.open if self.inventory.kind(other) in _RUN_KINDS]
        if not self.inventory.items[name].required:
            width += sum(float(self.inventory.solids(other).size[0]) + RUN_M for other in waiting)
        if width > self._run_limit():
            return False
        last = max(plan.poses, key=lambda other: float(plan.box([other])[1][0]))
        return plan.put_beside(name, last, 1, RUN_M) or plan.put_beside(name, last, 1, 3 * RUN_M)

    def _run_limit(self) -> float:
        """No row of units is longer than the walls, less the corner where another row may begin."""
        return min(_RUN_LIMIT_M, max(self.room.size_m) - 0.15) if self.room.size_m else _RUN_LIMIT_M

    def _level(self, name: str) -> None:
        """Tops and fronts of kitchen units in a row are flush."""
        if not self._is(name, "fridge"):
            self.inventory.reshape(name, height=_WORKTOP_M)
        if self._is(name, "base_cabinet"):
            self.inventory.reshape(name, depth=_RUN_DEPTH_M)

    def _widen(self, table: str, furniture: FurnitureSet) -> None:
        """Make a table long enough for the chairs that the prompt wants around it."""
        item = self.inventory.items[table]
        kinds = next(part.use.names for part in furniture.parts if part.role == "seat")
        wanted = sum(self._matches(name, kinds) and self._may_join(name, table) for name in self.open)
        if not understands(item.request.category, "width") or item.request.size is not None:
            return
        size = self.inventory.solids(table).size
        for width in (float(size[0]), 1.6, 2.0, 2.4, 2.6):
            if width >= size[0] and len(table_seats(width, float(size[1]), wanted)) >= wanted:
                if width > size[0]:
                    self.inventory.reshape(table, width=width)
                return

    def _grid(self, furniture: FurnitureSet, first: str) -> Arrangement:
        """Repeat a unit in columns and rows, as many as the prompt wants or the grammar says."""
        (low_cols, high_cols), (low_rows, high_rows) = furniture.grid
        cols, rows = int(self.rng.integers(low_cols, high_cols + 1)), int(self.rng.integers(low_rows, high_rows + 1))
        kind = self.inventory.kind(first)
        anchors = [first]
        if self.inventory.items[first].required:
            while name := self._take((kind,)):
                anchors.append(name)
            cols = max(1, min(int(np.ceil(np.sqrt(len(anchors)))), high_cols + 1))
            rows = -(-len(anchors) // cols)
        single = replace(furniture, grid=((1, 1), (1, 1)))
        whole = Arrangement(self.inventory)
        pitch = np.zeros(2)
        for k in range(cols * rows):
            if k >= len(anchors):
                item = (
                    None
                    if self.inventory.items[first].required
                    else self.inventory.complete(kind, self.room.room_id, "floor", variant="grid")
                )
                if item is None:
                    break
                anchors.append(item.object_id)
            self.grid_left = max(1, len(anchors) - k)
            unit = self._unit(single, anchors[k])
            self.grid_left = 1
            low, high = unit.box()
            if k == 0:
                pitch = (high - low)[:2] + np.asarray(furniture.aisle_m)
            whole.merge(unit, float(k % cols * pitch[0]), float(-(k // cols) * pitch[1]))
        return whole

    def _add(self, plan: Arrangement, furniture: FurnitureSet, affinity: Affinity | None = None) -> Group:
        anchor = next(iter(plan.poses))
        group_id = f"group_{anchor}"
        wish = self.wishes.get(anchor)
        group = Group(
            group_id,
            self.room.room_id,
            plan.members,
            affinity or _affinity(wish, furniture.affinity),
            furniture.front_m,
            any(self.inventory.items[name].required for name in plan.poses),
        )
        self._keep(group, plan)
        self.groups.append(group)
        self.sets[group_id] = furniture
        return group

    def _keep(self, group: Group, plan: Arrangement) -> None:
        before = self.plans.get(group.group_id)
        if before is None:
            low, high = plan.box()
            self.area += float(np.prod((high - low)[:2])) + 0.4 * float(high[0] - low[0])
        group.members = plan.members
        group.required |= any(self.inventory.items[name].required for name in plan.poses)
        front = float(plan.box()[0][1])
        for name, pose in plan.poses.items():
            solids = self.inventory.solids(name)
            facing_front = abs(pose.quat_wxyz[3]) < 0.1
            if facing_front and solids.front_sweep_m > 0.02:
                reach = float(plan.box([name])[0][1]) - solids.front_sweep_m
                group.front_m = max(group.front_m, round(front - reach + _SWEEP_SPACE_M, 2))
        self.plans[group.group_id] = plan
        self.group_of |= dict.fromkeys(plan.poses, group.group_id)

    # --- what the prompt asks for beyond the sets ---------------------------------------------------------------

    def _take(self, kinds: tuple[str, ...], anchor: str | None = None) -> str | None:
        """Return and claim a required thing of one of the kinds that belongs nowhere else."""
        for name in self.open:
            if self._matches(name, kinds) and self._may_join(name, anchor):
                self.open.remove(name)
                return name
        return None

    def _matches(self, name: str, kinds: tuple[str, ...]) -> bool:
        kind = self.inventory.kind(name)
        return kind in kinds or (kind not in _NAMED and any(is_kind(kind, other) for other in kinds))

    def _may_join(self, name: str, anchor: str | None) -> bool:
        wish = self.wishes[name]
        targets = [target for _, target in wish.relations if self.wishes[target].item.mount == "floor"]
        targets = [target for target in targets if not self._is(target, "rug")]
        return (
            all(target == anchor for target in targets) if anchor else not targets or "facing" in dict(wish.relations)
        )

    def _waits(self, name: str) -> bool:
        return any(target in self.open for _, target in self.wishes[name].relations)

    def _leftover(self, name: str) -> None:
        if name not in self.open:
            return
        self.open.remove(name)
        wish = self.wishes[name]
        furniture = self._set_for(name)
        beside = [
            (kind, target) for kind, target in wish.relations
            if target in self.group_of and (kind in BESIDE or kind in ("under", "facing", "on"))
        ]  # fmt: skip
        for kind, target in beside:
            own_parts = furniture.parts and kind not in ("around", "under", "between")
            if not own_parts and self._attach(name, kind, target):
                return
        if self._seat_somewhere(name, beside):
            return
        self._build(furniture, name)
        group = self.groups[-1]
        for kind, target in wish.relations:
            other = self.group_of.get(target)
            if other == group.group_id or other is None:
                continue
            if kind in ("facing", "across_from"):
                group.faces = other
            group.relations.append(GroupRelation(kind, other, required=True))

    def _set_for(self, name: str) -> FurnitureSet:
        kind = self.inventory.kind(name)
        if self._is(name, "desk") or self._is(name, "bed") or self._is(name, "sofa"):
            base = next(base for base in ("school_desk", "bunk_bed", "desk", "bed", "sofa") if self._is(name, base))
            return SETS["seating"] if base == "sofa" else set_of(base) if base != "school_desk" else SETS["desk"]
        return set_of(kind)

    def _seat_somewhere(self, name: str, beside: Sequence[tuple[str, str]]) -> bool:
        """A chair that nothing says more about belongs to a table or desk of the room that has none."""
        if beside or not (self._is(name, "chair") or self._is(name, "stool")) or self._is(name, "armchair"):
            return False
        for group in self.groups:
            anchor = group.members[0].object_id
            table = self._is(anchor, "table") or self._is(anchor, "dining_table") or self._is(anchor, "desk")
            low = self._is(anchor, "coffee_table") or self._is(anchor, "side_table")
            if table and not low and self._attach(name, "around", anchor):
                return True
        return False

    def _attach(self, name: str, kind: str, target: str) -> bool:
        """Make a thing a member of its target's group, where the relation says; at most beside a whole row."""
        group = next(group for group in self.groups if group.group_id == self.group_of[target])
        plan = self.plans[group.group_id]
        low, high = plan.box()
        if float(high[0] - low[0]) > _RUN_LIMIT_M and kind in ("next_to", "left_of", "right_of", "near", "against"):
            return False
        if not put_by_relation(plan, name, kind, target):
            return False
        self._keep(group, plan)
        return True

    def _face(self) -> None:
        """Sofas look at the television, school desks at the teacher."""
        for group in self.groups:
            wanted = self.sets[group.group_id].faces
            if group.faces is None and wanted:
                group.faces = next(
                    (
                        other.group_id for other in self.groups
                        if other is not group and self.sets[other.group_id].anchor[0] in self._anchors(wanted)
                    ),
                    None,
                )  # fmt: skip

    def _anchors(self, names: tuple[str, ...]) -> set[str]:
        return {anchor for name in names for anchor in set_of(name).anchor}

    def _is(self, name: str, kind: str) -> bool:
        return self.inventory.is_kind(name, kind)


def _affinity(wish: Wish | None, usual: Affinity) -> Affinity:
    if wish is None:
        return usual
    if "corner" in wish.places:
        return "corner"
    if "middle" in wish.places:
        return "middle"
    against = any(kind == "against" for kind, _ in wish.relations)
    return "wall" if against or "wall" in wish.places or "window" in wish.places else usual


_NAMED = frozenset(
    name
    for grammar in (*HOMES.values(), *PUBLIC.values())
    for use in (*grammar.floor, *grammar.dense)
    for name in use.names
) | frozenset(
    name
    for furniture in SETS.values()
    for name in (*furniture.anchor, *(name for part in furniture.parts for name in part.use.names))
)
