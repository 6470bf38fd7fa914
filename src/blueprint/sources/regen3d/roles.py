"""What a reconstructed thing is to a simulation: its category, its role, and where such things stand or hang."""

from collections.abc import Sequence

from blueprint.assets.lexicon import all_categories, generator_of, is_a, noun_index
from blueprint.assets.registry import PROXY, Footing, generator_for
from blueprint.contracts.ids import slug
from blueprint.sources.imported.nouns import category_of

__all__ = ["carries_nothing", "category_of_label", "footing_of", "is_hollow", "is_storage", "may_lean", "sim_role"]

_JOINING = ("in", "on", "with", "of", "near", "under", "from", "behind", "against", "next")
_SMALL_M = 0.35  # an unknown thing that is smaller everywhere is taken to be a thing to pick up
_LARGE_M = 0.9  # a thing to pick up that is larger is moved by no arm: a box, a bin or a monitor on a wall
_ARTICULATED = ("articulated_furniture", "articulated_appliance")
_SMALL_ROLES = ("manipulable_object", "clutter", "deformable_object")
_HOLLOW = frozenset(
    [
        "bowl",
        "basket",
        "crate",
        "bin",
        "box",
        "carton",
        "parts_bin",
        "tray",
        "bucket",
        "laundry_basket",
        "pedal_bin",
        "trash_can",
        "vase",
        "mug",
        "cup",
        "glass",
        "pot",
        "pan",
        "pencil_cup",
        "toothbrush_cup",
        "letter_tray",
        "dish_rack",
        "colander",
        "bathtub",
        "jar",
        "container",
        "fish_bowl",
        "cooler",
        "sink",
        "shopping_cart",
        "box_with_lid",
        "flap_box",
        "toolbox",
        "bread_box",
        "planter",
        "crib",
        "dustpan",
    ]
)
_STORAGE = frozenset(
    [
        "base_cabinet",
        "wall_cabinet",
        "chest_of_drawers",
        "drawer_unit",
        "filing_cabinet",
        "fridge",
        "mini_fridge",
        "commercial_fridge",
        "microwave",
        "stove",
        "dishwasher",
        "wardrobe",
        "sideboard",
        "china_cabinet",
        "locker",
        "nightstand",
        "sink_cabinet",
        "medicine_cabinet",
        "tool_chest",
        "safe",
        "display_case",
        "chest_freezer",
        "dryer",
        "washing_machine",
        "toaster_oven",
        "desk_with_drawers",
        "tv_cabinet",
        "trunk",
        "toy_chest",
    ]
)
_LEANING = frozenset(
    [
        "broom",
        "umbrella",
        "ladder",
        "guitar",
        "shovel",
        "hand_truck",
        "floor_mirror",
        "bicycle",
        "kite",
        "flag",
        "axe",
        "ironing_board",
        "easel",
    ]
)
_CARRIES_NOTHING = frozenset(
    [
        "potted_plant",
        "floor_plant",
        "plant",
        "floor_lamp",
        "desk_lamp",
        "lamp",
        "picture",
        "wall_clock",
        "wall_lamp",
        "curtain",
        "chandelier",
        "coat_rack",
        "pendant_lamp",
        "ceiling_light",
        "ceiling_fan",
        "projector",
        "umbrella",
        "broom",
        "mirror",
        "wall_mirror",
        "iv_stand",
        "christmas_tree",
    ]
)


def category_of_label(label: str) -> str:
    """Return the category of a detector's label: of its words before "in", "on" or "with" where they name one.

    A plant_in_pot is a plant, a chest_of_drawers stays one, radiators are a radiator; an unknown label stays its own
    slug.
    """
    words = slug(label).split("_")
    joined = next((i for i, word in enumerate(words) if i and word in _JOINING), len(words))
    nouns, known = noun_index(), all_categories()
    for part in (words, words[:joined]):
        for last in _singulars(part[-1]):
            if (noun := " ".join([*part[:-1], last])) in nouns:
                return nouns[noun]
    for part in (words[:joined], words):
        for last in _singulars(part[-1]):
            if (found := category_of(" ".join([*part[:-1], last]))) in known:
                return found
    return category_of(" ".join(words))


def sim_role(category: str, size_m: Sequence[float], *, has_joints: bool = False) -> str:
    """Return the role of a thing of this category and size (x, y, z), m.

    Only what has joints is articulated. An unknown thing under 35 cm is to be picked up, a larger one is furniture.
    """
    largest = max(size_m)
    role = _registered_role(category) or ("manipulable_object" if largest < _SMALL_M else "static")
    if has_joints:
        is_appliance = role == "articulated_appliance" or is_a(category, "appliance")
        return "articulated_appliance" if is_appliance else "articulated_furniture"
    if role in _ARTICULATED:
        role = "manipulable_object" if footing_of(category) == "surface" and largest < _SMALL_M else "static"
    if role in _SMALL_ROLES and largest > _LARGE_M and footing_of(category) != "floor":
        return "static"
    return role


def footing_of(category: str) -> Footing | None:
    """Return where things of a category stand or hang, None for an unknown one."""
    found = all_categories().get(category)
    return found.footing if found else None


def is_hollow(category: str) -> bool:
    """Whether things lie in it rather than on it."""
    return category in _HOLLOW


def is_storage(category: str) -> bool:
    """Whether what is below its top is inside it: cabinets, drawers, ovens."""
    return category in _STORAGE


def may_lean(category: str) -> bool:
    """Whether such things stand aslant on purpose."""
    return category in _LEANING


def carries_nothing(category: str) -> bool:
    """Whether nothing is ever put on such a thing: plants, lamps, pictures."""
    return category in _CARRIES_NOTHING


def _registered_role(category: str) -> str | None:
    known = all_categories().get(category)
    if known is None:
        return None
    generator = generator_of(category)
    if generator != PROXY:
        return generator_for(generator).sim_role
    if known.size_m is not None:
        return "manipulable_object" if max(known.size_m) < _SMALL_M and known.footing == "surface" else "static"
    return "static" if known.footing != "surface" else None


def _singulars(word: str) -> list[str]:
    """The word, and what it may be the plural of: radiators, boxes, shelves, batteries."""
    endings = (("ves", "f"), ("ies", "y"), ("es", ""), ("s", ""))
    return [word, *(word.removesuffix(end) + new for end, new in endings if word.endswith(end) and len(word) > 3)]
