"""Which kind of room a reconstruction shows, from the labels of its things."""

from collections import defaultdict
from collections.abc import Sequence

from blueprint.assets.lexicon import all_categories, ancestors, stands_on_floor
from blueprint.sources.regen3d.roles import category_of_label

__all__ = ["UNKNOWN", "guess_environment"]

UNKNOWN = "unknown"


def guess_environment(labels: Sequence[str]) -> tuple[str, str]:
    """Return a room type of the lexicon (kitchen, office, warehouse, ...) and a note that says what it rests on.

    Each kind of thing votes once, for the rooms where the lexicon has it: with more weight the fewer they are, and
    twice where it stands on the floor, since mugs go anywhere. It is "unknown" where none of them says anything.
    """
    votes: dict[str, float] = defaultdict(float)
    telling = 0
    for category in sorted({_category(label) for label in labels}):
        rooms = _usual_rooms(category)
        telling += bool(rooms)
        for room in rooms:
            votes[room] += (2 if stands_on_floor(category) else 1) / len(rooms)
    if not votes:
        return UNKNOWN, "the labels do not say what kind of room it is"
    environment = min(votes, key=lambda room: (-votes[room], room))
    share = votes[environment] / sum(votes.values())
    return environment, f"environment {environment!r} is a guess: {share:.0%} of the votes of {telling} kinds of things"


def _category(label: str) -> str:
    """The category of a label; detectors also write plurals."""
    found = category_of_label(label)
    return found if found in all_categories() else category_of_label(label.removesuffix("s"))


def _usual_rooms(category: str) -> tuple[str, ...]:
    known = all_categories()
    return next((known[name].rooms for name in ancestors(category) if name in known and known[name].rooms), ())
