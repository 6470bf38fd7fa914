"""What furniture carries: a full top is known to be full without making what would stand on it."""

from rooms_world import model_of, spec_of

from blueprint.assets.registry import AssetRequest
from blueprint.contracts.asset import AssetModel
from blueprint.sources.rooms.carry import Carrier
from blueprint.sources.rooms.inventory import Inventory


def test_a_full_top_is_known_without_making_another_thing() -> None:
    made: list[str] = []

    def counted(request: AssetRequest) -> AssetModel:
        made.append(request.category)
        return model_of(request)

    inventory = Inventory(spec_of("bedroom"), 0, counted)
    stand = inventory.complete("nightstand", "bedroom_1", "floor")
    mug = inventory.complete("mug", "bedroom_1", "surface")
    assert stand is not None
    assert mug is not None
    carrier = Carrier(inventory)
    assert not carrier.is_full(mug, stand.object_id)

    carrier.used[stand.object_id, "surface"] = 10.0
    made.clear()
    assert carrier.is_full(mug, stand.object_id)
    assert set(made) == {stand.request.category}
    assert not carrier.has_space(mug, stand.object_id)
    assert not carrier.is_full(mug, stand.object_id, share=1e6)
