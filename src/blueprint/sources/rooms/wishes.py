"""What the prompt asks for, one instance at a time: room, mounting, and relations between instances."""

from dataclasses import dataclass, field

from blueprint.assets.lexicon import generator_of
from blueprint.sources.rooms.grammar.lookup import grammar_of
from blueprint.sources.rooms.grammar.receptacles import FLOOR_TOO
from blueprint.sources.rooms.grammar.sets import SETS
from blueprint.sources.rooms.inventory import Inventory
from blueprint.sources.rooms.kinds import can_be_made, footing_of, is_kind, request_of_requirement, understands
from blueprint.sources.rooms.program import Item, Mount, RoomNeed
from blueprint.sources.text.spec import Place, RelationType, Requirement, SceneSpec, Unsatisfied

__all__ = ["MAX_PER_ROOM", "Wish", "expand"]

MAX_PER_ROOM = 300
BESIDE = frozenset(("next_to", "near", "left_of", "right_of", "in_front_of", "behind", "around", "between", "against"))
_ON_FLOOR_BY_ITSELF = frozenset((
    "laundry_basket", "suitcase", "guitar", "bucket", "traffic_cone", "exercise_ball", "yoga_mat", "broom", "barrel",
    "kettlebell", "pedal_bin",
))  # fmt: skip
_ON_WALL_INSTEAD = {
    "clock": "wall_clock", "picture_frame": "picture", "mirror": "wall_mirror", "shelf": "wall_shelf",
    "lamp": "wall_lamp", "television": "wall_tv", "tv": "wall_tv", "cabinet": "wall_cabinet",
}  # fmt: skip


@dataclass
class Wish:
    """One instance: its item, its relations to other instances, and the places that the prompt names for it."""

    item: Item
    relations: list[tuple[RelationType, str]] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)

    def targets(self, *kinds: RelationType) -> list[str]:
        return [target for kind, target in self.relations if kind in kinds]


def expand(
    spec: SceneSpec, rooms: list[RoomNeed], inventory: Inventory, unsatisfied: list[Unsatisfied]
) -> dict[str, Wish]:
    """Add every instance that the prompt asks for to the inventory; returns the wishes by object id, in the order of
    the requirements. What contradicts a negation or is too much is listed in `unsatisfied`."""
    return _Expansion(spec, rooms, inventory, unsatisfied).run()


class _Expansion:
    def __init__(
        self, spec: SceneSpec, rooms: list[RoomNeed], inventory: Inventory, unsatisfied: list[Unsatisfied]
    ) -> None:
        self.spec, self.rooms, self.inventory, self.unsatisfied = spec, rooms, inventory, unsatisfied
        self.room_of: dict[int, str] = {}
        self.mount_of: dict[int, Mount] = {}
        self.ids: list[list[str]] = []

    def run(self) -> dict[str, Wish]:
        wishes: dict[str, Wish] = {}
        for index in range(len(self.spec.requirements)):
            self.room_of[index] = self._room(index, ())
            self.mount_of[index] = self._mount(index, ())
        held = 0
        limit = MAX_PER_ROOM * len(self.rooms)
        for index, item in enumerate(self.spec.requirements):
            self._contradictions(index, item)
            count = max(0, min(item.n, limit - held))
            if count < item.n:
                self._miss(index, "too_many_objects", f"{len(self.rooms)} room(s) hold at most {limit}", count)
            held += count
            made = [self.inventory.require(index, self.room_of[index], self.mount_of[index]) for _ in range(count)]
            self.ids.append([item.object_id for item in made])
        for index, wanted in enumerate(self.spec.requirements):
            for k, name in enumerate(self.ids[index]):
                wish = Wish(self.inventory.items[name], self._relations(wanted, index, k), list(wanted.places))
                self._settle_mount(wish)
                wishes[name] = wish
        return wishes

    def _relations(self, wanted: Requirement, index: int, k: int) -> list[tuple[RelationType, str]]:
        found: list[tuple[RelationType, str]] = []
        for relation in wanted.relations:
            targets = self.ids[relation.target]
            if relation.target == index:
                targets = [name for name in targets if name != self.ids[index][k]]
            if not targets:
                continue
            if relation.type == "between" and len(targets) > 1:
                found += [(relation.type, name) for name in targets[:2]]
            elif wanted.each:
                found.append((relation.type, targets[k * len(targets) // max(1, len(self.ids[index]))]))
            else:
                found.append((relation.type, targets[k % len(targets)]))
        return found

    def _room(self, index: int, seen: tuple[int, ...]) -> str:
        item = self.spec.requirements[index]
        known = [room.room_id for room in self.rooms]
        if item.room in known:
            return str(item.room)
        for relation in item.relations:
            if relation.target not in (*seen, index):
                return self._room(relation.target, (*seen, index))
        for carried, other in enumerate(self.spec.requirements):
            if (
                other.room in known
                and any(relation.target == index for relation in other.relations)
                and carried != index
            ):
                return str(other.room)
        return max(
            self.rooms, key=lambda room: (_belongs(item.category, room.room_type), -known.index(room.room_id))
        ).room_id

    def _mount(self, index: int, seen: tuple[int, ...]) -> Mount:
        item = self.spec.requirements[index]
        footing = footing_of(item.category)
        kinds = {relation.type: relation.target for relation in item.relations if relation.target not in seen}
        if "ceiling" in item.places or footing == "ceiling":
            return "ceiling"
        if footing == "wall":
            return "wall"
        if footing == "floor":
            tabletop = can_be_made(item.category) and understands(generator_of(item.category), "tabletop")
            return "surface" if tabletop and "on" in kinds else "floor"
        if "in" in kinds and not self._is_rug(kinds["in"]):
            return "inside"
        if "on" in kinds and not self._is_rug(kinds["on"]):
            return "surface"
        floor_too = item.category in FLOOR_TOO or item.category == "proxy"
        if "floor" in item.places or "on" in kinds or item.category in _ON_FLOOR_BY_ITSELF:
            return "floor"
        if floor_too and ("under" in kinds or "corner" in item.places or "wall" in item.places):
            return "floor"
        for relation in item.relations:
            if relation.type in BESIDE and relation.target not in (*seen, index) and floor_too:
                return "floor" if self._mount(relation.target, (*seen, index)) == "floor" else "surface"
        return "surface"

    def _is_rug(self, index: int) -> bool:
        return is_kind(self.spec.requirements[index].category, "rug")

    def _settle_mount(self, wish: Wish) -> None:
        """A picture or clock that is to hang on the wall is one that can; the same for a microwave on a counter."""
        item = wish.item
        kind = item.category or item.request.category
        instead = _ON_WALL_INSTEAD.get(kind)
        on_wall = item.mount in ("surface", "floor") and "wall" in wish.places and "on" not in dict(wish.relations)
        if on_wall and instead is not None and can_be_made(instead) and is_kind(instead, kind):
            item.category, item.mount = instead, "wall"
            item.request = request_of_requirement(
                self.spec.requirements[item.requirement or 0].model_copy(update={"category": instead}),
                item.request.seed,
            )
        item.places = list(wish.places)
        if item.mount == "surface":
            self.inventory.reshape(item.object_id, tabletop=1.0)
        if item.mount in ("wall", "ceiling"):
            item.sides = [(("above" if relation == "on" else relation), target) for relation, target in wish.relations]

    def _contradictions(self, index: int, item: Requirement) -> None:
        for negation in self.spec.negations:
            if negation.category != "proxy" and is_kind(item.category, negation.category):
                self._miss(index, "contradiction", f"the prompt asks for it and also says no {negation.noun}", None)

    def _miss(self, index: int, reason: str, detail: str, placed: int | None) -> None:
        item = self.spec.requirements[index]
        self.unsatisfied.append(
            Unsatisfied(
                reason=reason,  # type: ignore[arg-type]
                requirement=index,
                noun=item.noun,
                detail=detail,
                requested=item.n,
                placed=placed,
            )
        )


def _belongs(kind: str, room_type: str) -> int:
    """How usual a kind is in a room: 2 where its grammar names it, 1 where it names a part that goes with it."""
    grammar = grammar_of(room_type)
    names = [name for use in (*grammar.floor, *grammar.dense, *grammar.wall, *grammar.ceiling) for name in use.names]
    if kind in names:
        return 3
    sets = [SETS[name] for name in names if name in SETS]
    if any(kind in furniture.anchor for furniture in sets):
        return 2
    return int(any(kind in part.use.names for furniture in sets for part in furniture.parts))
