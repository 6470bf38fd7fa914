"""The items of a program while it is written: ids, requests, models, and what completion may still add."""

from dataclasses import dataclass, field, replace

from blueprint.assets.registry import PROXY, AssetRequest
from blueprint.contracts.asset import AssetModel
from blueprint.contracts.ids import slug
from blueprint.contracts.seeds import derive_seed
from blueprint.sources.rooms.kinds import can_be_made, is_kind, request_of, request_of_requirement, with_options
from blueprint.sources.rooms.program import Item, ModelOf, Mount
from blueprint.sources.rooms.solids import Solids, solids_of
from blueprint.sources.text.spec import SceneSpec

__all__ = ["Inventory"]

_FITTED = frozenset(("base_cabinet", "sink_cabinet", "wall_cabinet", "kitchen_island", "medicine_cabinet"))
_FRONTS = ("white", "cream", "light gray", "dark green", "navy", "teal")


@dataclass
class Inventory:
    """Adds items and answers questions about them. Items that the prompt asks for are added first."""

    spec: SceneSpec
    seed: int
    model_of: ModelOf
    items: dict[str, Item] = field(default_factory=dict)
    _numbers: dict[str, int] = field(default_factory=dict)
    _solids: dict[str, Solids] = field(default_factory=dict)

    def require(self, index: int, room: str, mount: Mount) -> Item:
        """Add one instance of a requirement; equal instances share one asset."""
        wanted = self.spec.requirements[index]
        name = slug(wanted.noun)[:40] if wanted.category == PROXY else wanted.category
        request = request_of_requirement(wanted, derive_seed(self.seed, "asset", index) % (1 << 31))
        kind = None if wanted.category == PROXY else wanted.category
        if kind is not None:
            request = self._in_style(kind, room, request)
        return self._add(Item(self._id(name), request, room, mount, index, True, category=kind))

    def complete(
        self, kind: str, room: str, mount: Mount, *, variant: str | int = 0, **options: float | str
    ) -> Item | None:
        """Add a thing that the prompt does not name; None where it cannot be made, or the prompt forbids more of it.

        Things of one kind, room and variant are alike.
        """
        if not self.allows(kind, room):
            return None
        seed = derive_seed(self.seed, "asset", room, kind, variant) % (1 << 31)
        request = self._in_style(kind, room, request_of(kind, seed, **options))
        return self._add(Item(self._id(kind), request, room, mount, category=kind))

    def allows(self, kind: str, room: str) -> bool:
        """Whether completion may add one: no negation and no counted requirement names it or a kind above it."""
        if not can_be_made(kind):
            return False
        if any(is_kind(kind, item.category) for item in self.spec.negations):
            return False
        return not any(
            is_kind(kind, item.category) and item.op in ("eq", "le") and item.room in (None, room)
            for item in self.spec.requirements
        )

    def first_allowed(self, kinds: tuple[str, ...], room: str) -> str | None:
        """Return the first of the kinds that completion may add."""
        return next((kind for kind in kinds if self.allows(kind, room)), None)

    def reshape(self, object_id: str, **options: float | str) -> None:
        """Change options of an item's request, those that its generator knows."""
        item = self.items[object_id]
        item.request = with_options(item.request, **options)

    def kind(self, object_id: str) -> str:
        item = self.items[object_id]
        return item.category or item.request.category

    def is_kind(self, object_id: str, ancestor: str) -> bool:
        return is_kind(self.kind(object_id), ancestor)

    def model(self, object_id: str) -> AssetModel:
        return self.model_of(self.items[object_id].request)

    def solids(self, object_id: str) -> Solids:
        return self.solids_of_request(self.items[object_id].request)

    def solids_of_request(self, request: AssetRequest) -> Solids:
        model = self.model_of(request)
        if model.asset_id not in self._solids:
            self._solids[model.asset_id] = solids_of(model)
        return self._solids[model.asset_id]

    def remove(self, object_id: str) -> None:
        """Take back a completed item that found no use."""
        del self.items[object_id]

    def _in_style(self, kind: str, room: str, request: AssetRequest) -> AssetRequest:
        """Give the fitted units of a room one colour, where the prompt leaves it open."""
        if kind not in _FITTED or request.color is not None or request.material is not None:
            return request
        chosen = derive_seed(self.seed, "fronts", room) % len(_FRONTS)
        return replace(request, color=_FRONTS[chosen])

    def _id(self, name: str) -> str:
        self._numbers[name] = self._numbers.get(name, 0) + 1
        return f"{name}_{self._numbers[name]}"

    def _add(self, item: Item) -> Item:
        self.items[item.object_id] = item
        return item
