"""Which things of a reconstruction should have joints."""

from blueprint.assets.lexicon import all_categories, generator_of, is_a
from blueprint.assets.registry import categories
from blueprint.sources.imported.nouns import category_of

__all__ = ["articulated_generator"]

# Kinds that open although the lexicon files them beside the generator that makes one, or not at all.
_ALSO = {
    "cooler": "box_with_lid",
    "door": "interior_door",
    "toaster_oven": "microwave",
    "toy_chest": "box_with_lid",
    "trunk": "box_with_lid",
    "window": "casement_window",
}


def articulated_generator(label: str) -> str | None:
    """Return the generator of ours that makes things of this name with joints, None where they have none.

    A kind that a generator only stands in for (a grandfather clock looks like a locker) is not one of its things.
    """
    category = category_of(label)
    if category in _ALSO:
        return _ALSO[category]
    if category not in all_categories():
        return None
    name = generator_of(category)
    made = categories()[name]
    return name if made.sim_role.startswith("articulated") and is_a(category, name) else None
