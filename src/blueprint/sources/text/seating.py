"""What a list after furniture may mean: things that rest on it, and furniture that belongs beside it."""

from blueprint.assets.lexicon import all_kinds_of, category, is_a
from blueprint.contracts.errors import InputError
from blueprint.sources.text.words import CONTAINERS, SUPPORTS

__all__ = ["carries", "fits_beside", "is_seat", "rests_on", "stows"]

_SOFT = all_kinds_of("textile") | all_kinds_of("toy") | all_kinds_of("bag") | all_kinds_of("book")
_SOFT |= {"laptop", "tablet", "folded_towel", "tray", "remote", "phone", "notebook", "suitcase"}
_SOFT_OWNERS = all_kinds_of("bed_furniture") | all_kinds_of("seating") - {"stool", "bench"}
_TABLE_LIKE = all_kinds_of("table") | all_kinds_of("shelf") | all_kinds_of("base_cabinet") | {"drawer_unit", "stool"}
_VESSELS = all_kinds_of("vessel") | all_kinds_of("kettle")
_SEATS = (all_kinds_of("chair") | all_kinds_of("stool") | all_kinds_of("bench")) - all_kinds_of("armchair")
_PORTABLE = (
    all_kinds_of("bag") | all_kinds_of("apparel") | {"bucket", "laundry_basket", "dumbbell", "kettlebell", "barrel"}
)
_PORTABLE |= {"exercise_ball", "yoga_mat", "paint_can", "fuel_can", "trash_can"}
_STORES = all_kinds_of("shelf") | {
    "pallet",
    "wardrobe",
    "locker",
    "dumbbell_rack",
    "coat_rack",
    "coat_hooks",
    "toy_chest",
}
_PAIRS: tuple[tuple[str, str], ...] = (  # (what, beside what)
    ("nightstand", "bed_furniture"), ("bench", "bed_furniture"), ("ottoman", "bed_furniture"),
    ("side_table", "bed_furniture"), ("trunk", "bed_furniture"), ("coffee_table", "sofa"), ("side_table", "seating"),
    ("ottoman", "seating"), ("armchair", "sofa"), ("seating", "piano"), ("seating", "fireplace"),
    ("lamp", "seating"), ("lamp", "bed_furniture"), ("iv_stand", "bed_furniture"), ("seating", "bed_furniture"),
    ("dryer", "washing_machine"), ("plant", "seating"), ("patient_monitor", "bed_furniture"),
)  # fmt: skip


def rests_on(thing: str, owner: str) -> bool:
    """Whether "an owner with a thing" puts the thing on or in the owner: pillows on a bed, but no lamps."""
    footing = _footing(thing)
    if footing in ("wall", "ceiling"):
        return owner == "easel"
    if owner in _VESSELS:
        return False  # "a pitcher with six glasses"
    if owner in _SOFT_OWNERS:
        return thing in _SOFT
    return owner in SUPPORTS | CONTAINERS or _footing(owner) == "surface"


def fits_beside(thing: str, owner: str) -> bool:
    """Whether "an owner with a thing" stands the thing beside the owner: beside tables and shelves whatever stands on
    the floor, beside other furniture what goes with it."""
    if _footing(thing) in ("wall", "ceiling"):
        return False
    if owner in _TABLE_LIKE or _footing(owner) != "floor":
        return True
    return any(is_a(thing, what) and is_a(owner, whose) for what, whose in _PAIRS)


def stows(thing: str, owner: str) -> bool:
    """Whether a thing that stands on floors as a rule is on the owner all the same: shoes on a rack."""
    return thing in _PORTABLE and owner in _STORES


def is_seat(name: str) -> bool:
    """Whether one sits on it at a table."""
    return name in _SEATS


def carries(name: str) -> bool:
    """Whether it is furniture that carries a list of its own: tables, shelves and cabinets."""
    return name in _TABLE_LIKE and _footing(name) == "floor"


def _footing(name: str) -> str:
    try:
        return category(name).footing
    except InputError:  # a stand-in
        return "surface"
