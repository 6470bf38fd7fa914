"""Small things on and in the furniture of a room: drawn receptacle by receptacle until the room has its number."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from blueprint.sources.rooms.carry import Carrier
from blueprint.sources.rooms.grammar.receptacles import INSIDE, ON, ONCE, THEMED, THEMES
from blueprint.sources.rooms.grammar.rules import Grammar, Use
from blueprint.sources.rooms.inventory import Inventory
from blueprint.sources.rooms.program import Item, Mount

__all__ = ["Stocker"]

_ROUNDS = 4
_SEEN_SHARE = 0.75  # of the small things stand in sight, the rest in drawers and behind doors
_VARIANTS = {"book": 8, "binder": 3, "box": 3, "picture_frame": 3, "bottle": 3, "jar": 3, "can": 3, "vase": 3, "mug": 3}
_SETTING = ("plate", "fork", "knife", "glass|wine_glass")
_DESK = ("monitor|laptop", "keyboard", "mouse")
_FRUIT = ("apple", "orange", "pear", "lemon", "banana")
_ROW_SHARE = 0.6  # of a board's width, at most, for one row of books
_TALL_M = 0.235  # books that stand


class Stocker:
    """Offers completion's small things for one room; motifs come whole or not at all."""

    def __init__(
        self, room: str, grammar: Grammar, seats: dict[str, list[str]], inventory: Inventory, carrier: Carrier,
        rng: np.random.Generator,
    ) -> None:  # fmt: skip
        self.room, self.grammar, self.seats, self.rng = room, grammar, seats, rng
        self.inventory, self.carrier = inventory, carrier
        self.motifs = 0
        self.budget = 0
        self.themed: dict[str, Use] = {}  # shelf → what its theme begins with

    def fill_up(self, number: int) -> None:
        """Add things until `number` more are offered or nothing else belongs anywhere."""
        self.budget = round(_SEEN_SHARE * number)
        offers = self._offers()
        first = [offer for offer in offers if self._comes_first(*offer)]
        rest = [offer for offer in offers if offer not in first]
        added = 0
        for parent, mount, use in first:
            added += self._draw(parent, mount, use) if added < number else 0
        seen = [offer for offer in rest if offer[1] == "surface"]
        hidden = [offer for offer in rest if offer[1] == "inside"]
        added += self._round(seen, round(_SEEN_SHARE * number) - added)
        added += self._round(hidden, number - added)
        for _ in range(_ROUNDS):
            added += self._round(rest, number - added)

    def _round(self, offers: list[tuple[str, Mount, Use]], number: int) -> int:
        """Every receptacle in turn takes one of its offers, until all were made once or the number is reached."""
        left = [offers[int(k)] for k in self.rng.permutation(len(offers))]
        added = 0
        while left and added < number:
            turns: dict[str, list[tuple[str, Mount, Use]]] = {}
            for offer in left:
                mine = turns.setdefault(offer[0], [])
                if len(mine) < self._turns(offer[0]):
                    mine.append(offer)
            now = [offer for mine in turns.values() for offer in mine]
            left = [offer for offer in left if offer not in now]
            for parent, mount, use in now:
                if added < number and self.rng.uniform() < use.chance:
                    added += self._draw(parent, mount, use)
        return added

    def _comes_first(self, parent: str, mount: Mount, use: Use) -> bool:
        """What a piece of furniture is hardly seen without: pillows on a bed, books in a bookcase, goods on a shelf."""
        if mount != "surface":
            return False
        return use is self.themed[parent] if parent in self.themed else use.chance >= 1.0

    def _turns(self, name: str) -> int:
        """How many offers a receptacle takes in its turn: a bookcase of five boards more than a stool."""
        return max(1, len(self.inventory.model(name).regions) // 2)

    def _offers(self) -> list[tuple[str, Mount, Use]]:
        """Every use of every receptacle; of shelves the themes of the room, inside and on top."""
        offers: list[tuple[str, Mount, Use]] = []
        names = [
            name for name, item in self.inventory.items.items()
            if item.room == self.room and item.mount in ("floor", "wall") and self.inventory.model(name).regions
        ]  # fmt: skip
        for name in names:
            offers += [(name, "surface", use) for use in self._table(name, ON)]
            offers += [(name, "inside", use) for use in self._table(name, INSIDE)]
            if any(self.inventory.is_kind(name, kind) for kind in THEMED):
                theme = self.grammar.stock[int(self.rng.integers(len(self.grammar.stock)))]
                offers += [(name, "surface", use) for use in THEMES[theme]]
                usual = [use for use in THEMES[theme] if use.chance >= 1.0]
                rows = [use for use in usual if use.names[0] == "book_row"][:1]
                self.themed[name] = (rows or usual)[int(self.rng.integers(len(rows or usual)))]
        return offers

    def _table(self, name: str, table: dict[str, tuple[Use, ...]]) -> tuple[Use, ...]:
        kind = self.inventory.kind(name)
        generator = self.inventory.items[name].request.category
        return table.get(kind) or table.get(generator) or ()

    def _draw(self, parent: str, mount: Mount, use: Use) -> int:
        motifs: dict[str, Callable[[str, Mount], int]] = {
            "book_row": self._book_row,
            "book_stack": lambda at, how: self._stack(at, how, "book", 2, 4),
            "plate_stack": lambda at, how: self._stack(at, how, "plate", 3, 6),
            "saucer_stack": lambda at, how: self._stack(at, how, "saucer", 3, 5),
            "bowl_stack": lambda at, how: self._stack(at, how, "bowl", 2, 3),
            "towel_stack": lambda at, how: self._stack(at, how, "folded_towel", 2, 3),
            "blanket_stack": lambda at, how: self._stack(at, how, "folded_blanket", 2, 2),
            "place_settings": self._settings,
            "desk_set": self._desk_set,
            "fruit_bowl": lambda at, how: self._filled(at, how, "bowl", _FRUIT, 3, "large"),
            "pen_cup": lambda at, how: self._filled(at, how, "pencil_cup", ("pen",), 2, None),
        }
        if use.names[0] in motifs:
            return sum(
                motifs[use.names[0]](parent, mount) for _ in range(int(self.rng.integers(use.low, use.high + 1)))
            )
        kind = self.inventory.first_allowed(use.names, self.room)
        if kind is None or self.carrier.count(parent, mount, kind) >= 2 * use.high:
            return 0
        if kind in ONCE and any(
            item.room == self.room and self.inventory.kind(name) == kind for name, item in self.inventory.items.items()
        ):
            return 0
        count = int(self.rng.integers(use.low, use.high + 1))
        return sum(self._one(parent, mount, kind) is not None for _ in range(count))

    def _one(
        self, parent: str, mount: Mount, kind: str, variant: str | int | None = None, **options: float | str
    ) -> Item | None:
        """Add one thing if it fits where it is to be."""
        if variant is None:
            variant = int(self.rng.integers(_VARIANTS.get(kind, 2)))
        item = self.inventory.complete(kind, self.room, mount, variant=variant, **options)
        if item is None:
            return None
        if self.carrier.is_full(item, parent):
            self.inventory.remove(item.object_id)
            return None
        if not self.carrier.fitting(item, parent) and not options:
            item.request = replace(item.request, size="small")
        if not self.carrier.has_space(item, parent):
            self.inventory.remove(item.object_id)
            return None
        item.parent = parent
        self.carrier.load(item, parent)
        return item

    # --- motifs -------------------------------------------------------------------------------------------------

    def _motif(self, items: list[Item], motif: str, owner: str) -> int:
        self.motifs += 1
        for item in items:
            item.motif, item.motif_id = motif, f"{motif}_{owner}_{self.motifs}"  # type: ignore[assignment]
        return len(items)

    def _give_up(self, items: list[Item]) -> int:
        for item in items:
            self.inventory.remove(item.object_id)
        return 0

    def _book_row(self, parent: str, mount: Mount) -> int:
        widths = [2 * region.half_extents[0] for region in self.inventory.model(parent).regions
                  if region.clearance_m >= _TALL_M and region.kind in ("shelf", "top", "interior")]  # fmt: skip
        if not widths:
            return 0
        wanted, room = int(self.rng.integers(4, 10)), _ROW_SHARE * min(widths)
        items: list[Item] = []
        for _ in range(wanted):
            item = self._one(parent, mount, "book", standing=1.0)
            if item is None:
                break
            items.append(item)
            room -= float(self.inventory.solids(item.object_id).size[0])
            if room < 0.03:
                break
        return self._motif(items, "row", parent) if len(items) >= 3 else self._give_up(items)

    def _stack(self, parent: str, mount: Mount, kind: str, low: int, high: int) -> int:
        """Like things on top of each other, the largest below; only the first takes area."""
        first = self._one(parent, mount, kind)
        if first is None:
            return 0
        items = [first]
        for _ in range(int(self.rng.integers(low, high + 1)) - 1):
            variant: int | str = int(self.rng.integers(_VARIANTS.get(kind, 1)))
            item = self.inventory.complete(kind, self.room, mount, variant=variant)
            if item is None:
                break
            if kind != "book":
                item.request = first.request
            item.parent = parent
            items.append(item)
        size = {item.object_id: self.inventory.solids(item.object_id).size for item in items}
        height = sum(float(size[item.object_id][2]) for item in items)
        heights = [region.clearance_m for region in self.carrier.fitting(first, parent)]
        while len(items) > 1 and height + 0.03 > max(heights):
            last = items.pop()
            height -= float(size[last.object_id][2])
            self.inventory.remove(last.object_id)
        if len(items) == 1:
            return 1
        requests = sorted(
            (item.request for item in items), key=lambda request: -self._area(request)
        )  # a wider book never lies on a narrower one
        for item, request in zip(items, requests, strict=True):
            item.request = request
        return self._motif(items, "stack", parent)

    def _area(self, request: object) -> float:
        size = self.inventory.solids_of_request(request).size  # type: ignore[arg-type]
        return float(size[0] * size[1])

    def _settings(self, parent: str, mount: Mount) -> int:
        """A plate, fork, knife and glass before every chair; where that is too much, a plate and a glass."""
        chairs = [chair for chair in self.seats.get(parent, []) if not self._is_set(chair)]
        parts = _SETTING if len(chairs) * len(_SETTING) <= self.budget else ("plate", "glass|wine_glass")
        added = 0
        for chair in chairs:
            items = []
            for names in parts:
                kind = self.inventory.first_allowed(tuple(names.split("|")), self.room)
                item = self._one(parent, mount, kind, variant=f"of {parent}") if kind else None
                if item is not None:
                    item.sides = [("near", chair)]
                    items.append(item)
            if items and self.inventory.is_kind(items[0].object_id, "plate"):
                added += self._motif(items, "setting", chair)
            else:
                self._give_up(items)
        return added

    def _is_set(self, chair: str) -> bool:
        return any(("near", chair) in item.sides and item.motif == "setting" for item in self.inventory.items.values())

    def _desk_set(self, parent: str, mount: Mount) -> int:
        if any(item.parent == parent and item.motif == "setting" for item in self.inventory.items.values()):
            return 0
        items = []
        for names in _DESK:
            kind = self.inventory.first_allowed(tuple(names.split("|")), self.room)
            item = self._one(parent, mount, kind, variant=0) if kind else None
            if item is not None:
                items.append(item)
        return self._motif(items, "setting", parent) if items else 0

    def _filled(
        self, parent: str, mount: Mount, kind: str, contents: tuple[str, ...], number: int, size: str | None
    ) -> int:
        """A vessel with things in it."""
        vessel = self._one(parent, mount, kind)
        if vessel is None:
            return 0
        if size is not None:
            smaller, vessel.request = vessel.request, replace(vessel.request, size=size)
            if not self.carrier.fitting(vessel, parent):
                vessel.request = smaller
        added = 1
        for k in range(number):
            allowed = [name for name in contents if self.inventory.allows(name, self.room)]
            if not allowed:
                break
            choice = allowed[int(self.rng.integers(len(allowed)))]
            item = self.inventory.complete(choice, self.room, "inside", variant=k % 2)
            if item is None:
                break
            if not self.carrier.may_hold(vessel.object_id, item.object_id):
                self.inventory.remove(item.object_id)
                continue
            item.parent = vessel.object_id
            added += 1
        return added
