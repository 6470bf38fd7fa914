"""Which kind of room a reconstruction shows, from the labels of its things."""

from collections.abc import Sequence

from blueprint.assets.lexicon import all_categories, ancestors
from blueprint.sources.imported.nouns import category_of
from blueprint.sources.text.rooms import room_type

__all__ = ["UNKNOWN", "guess_environment"]

UNKNOWN = "unknown"


def guess_environment(labels: Sequence[str]) -> tuple[str, str]:
    """Return a room type of the lexicon (kitchen, office, warehouse, ...) and a note that says what it rests on.

    It is the room where most of the things are usual, and "unknown" where none of them says anything.
    """
    known = all_categories()
    categories = [category_of(label) for label in labels]
    telling = [name for name in categories if any(known[above].rooms for above in ancestors(name) if above in known)]
    if not telling:
        return UNKNOWN, "the labels do not say what kind of room it is"
    environment = str(room_type((), telling))
    return environment, f"environment {environment!r} is a guess from {len(telling)} of {len(labels)} labels"
