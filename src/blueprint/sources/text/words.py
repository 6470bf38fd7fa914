"""The words that the parser knows beside the generators' nouns: numbers, attributes, prepositions, verbs, rooms."""

from blueprint.sources.text.spec import RelationType, RoomType

__all__ = [
    "ADJECTIVES",
    "CLAUSE_WORDS",
    "COLORS",
    "CONTAINERS",
    "FLOOR_STANDING",
    "FURNITURE_PARTS",
    "GROUPS",
    "HOLDING",
    "MATERIALS",
    "NUMBERS",
    "PARTS",
    "PREPOSITIONS",
    "QUANTITIES",
    "ROOM_ANCHORS",
    "ROOM_VOTES",
    "ROOM_WORDS",
    "SCENE_WORDS",
    "SIZES",
    "SUPPORTS",
    "SYNONYMS",
    "TASK_VERBS",
    "singulars",
]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ONES = (
    "zero,one,two,three,four,five,six,seven,eight,nine,ten,eleven,twelve,thirteen,fourteen,fifteen,sixteen,"
    "seventeen,eighteen,nineteen"
)
_TENS = "twenty,thirty,forty,fifty,sixty,seventy,eighty,ninety"
NUMBERS: dict[str, int] = {word: index for index, word in enumerate(_ONES.split(","))}
NUMBERS |= {word: 10 * index for index, word in enumerate(_TENS.split(","), start=2)}
NUMBERS |= {
    f"{ten}-{one}": 10 * index + value
    for index, ten in enumerate(_TENS.split(","), start=2)
    for value, one in enumerate(_ONES.split(",")[:10])
    if value
}
NUMBERS |= {"hundred": 100, "dozen": 12, "single": 1, "both": 2, "another": 1}
del NUMBERS["zero"]

# Several words that stand for a count, longest first where they share a beginning: (op, n, arrangement).
QUANTITIES: dict[tuple[str, ...], tuple[str, int, str | None]] = {
    ("half", "a", "dozen"): ("eq", 6, None),
    ("a", "half", "dozen"): ("eq", 6, None),
    ("a", "couple", "of"): ("eq", 2, None),
    ("couple", "of"): ("eq", 2, None),
    ("a", "pair", "of"): ("eq", 2, None),
    ("pair", "of"): ("eq", 2, None),
    ("a", "trio", "of"): ("eq", 3, None),
    ("a", "dozen"): ("eq", 12, None),
    ("a", "few"): ("ge", 3, None),
    ("few",): ("ge", 3, None),
    ("several",): ("ge", 3, None),
    ("some",): ("ge", 2, None),
    ("many",): ("ge", 5, None),
    ("lots", "of"): ("ge", 5, None),
    ("a", "lot", "of"): ("ge", 5, None),
    ("plenty", "of"): ("ge", 5, None),
    ("a", "bunch", "of"): ("ge", 3, None),
    ("a", "number", "of"): ("ge", 3, None),
    ("a", "handful", "of"): ("ge", 3, None),
    ("a", "set", "of"): ("ge", 3, None),
    ("a", "collection", "of"): ("ge", 3, None),
    ("a", "group", "of"): ("ge", 3, None),
    ("a", "stack", "of"): ("ge", 3, "stack"),
    ("stack", "of"): ("ge", 3, "stack"),
    ("a", "pile", "of"): ("ge", 3, "stack"),
    ("pile", "of"): ("ge", 3, "stack"),
    ("a", "row", "of"): ("ge", 3, "row"),
    ("a", "line", "of"): ("ge", 3, "row"),
}

COLORS = _words(
    "red green blue yellow orange purple pink brown black white gray grey cyan magenta teal navy beige "
    "tan maroon olive turquoise violet gold silver cream ivory crimson"
)
MATERIALS: dict[str, str] = {
    "wood": "wood", "wooden": "wood", "oak": "wood", "walnut": "wood", "pine": "wood", "bamboo": "wood",
    "birch": "wood", "maple": "wood", "plastic": "plastic", "ceramic": "ceramic", "porcelain": "ceramic",
    "stoneware": "ceramic", "glass": "glass", "steel": "steel", "metal": "steel", "metallic": "steel",
    "iron": "steel", "stainless": "steel", "chrome": "steel", "aluminium": "aluminium", "aluminum": "aluminium",
    "tin": "aluminium", "cardboard": "cardboard", "paper": "paper", "rubber": "rubber", "leather": "leather",
    "stone": "stone", "marble": "stone", "granite": "stone", "concrete": "concrete", "cork": "cork", "clay": "clay",
    "terracotta": "clay", "fabric": "fabric", "cloth": "fabric", "foam": "foam", "silicone": "silicone",
}  # fmt: skip
SIZES: dict[str, str] = {
    "tiny": "tiny", "miniature": "tiny", "mini": "tiny", "small": "small", "little": "small", "compact": "small",
    "narrow": "small", "short": "small", "large": "large", "big": "large", "wide": "large", "tall": "large",
    "long": "large", "huge": "huge", "giant": "huge", "enormous": "huge",
}  # fmt: skip
ADJECTIVES = _words(
    "shiny old new clean dirty empty full round square rectangular open closed modern rustic vintage tidy "
    "messy cluttered simple plain fancy bright dark light pale deep heavy thin thick fresh ripe stacked "
    "matching different identical typical ordinary regular nice beautiful cozy lovely medium sturdy busy "
    "neat antique transparent clear striped colorful colourful spare extra other same hot cold elegant "
    "polished standard"
)

PREPOSITIONS: dict[tuple[str, ...], RelationType] = {
    ("to", "the", "immediate", "left", "of"): "left_of",
    ("to", "the", "left", "of"): "left_of",
    ("on", "the", "left", "of"): "left_of",
    ("on", "the", "left", "side", "of"): "left_of",
    ("left", "of"): "left_of",
    ("to", "the", "right", "of"): "right_of",
    ("on", "the", "right", "of"): "right_of",
    ("on", "the", "right", "side", "of"): "right_of",
    ("right", "of"): "right_of",
    ("in", "front", "of"): "in_front_of",
    ("on", "top", "of"): "on",
    ("on", "the", "top", "of"): "on",
    ("on", "to"): "on",
    ("onto",): "on",
    ("upon",): "on",
    ("atop",): "on",
    ("on",): "on",
    ("at",): "next_to",
    ("inside", "of"): "in",
    ("inside",): "in",
    ("into",): "in",
    ("within",): "in",
    ("in",): "in",
    ("next", "to"): "next_to",
    ("adjacent", "to"): "next_to",
    ("close", "to"): "near",
    ("beside",): "next_to",
    ("alongside",): "next_to",
    ("by",): "next_to",
    ("around",): "next_to",
    ("near",): "near",
    ("behind",): "behind",
    ("in", "back", "of"): "behind",
    ("underneath",): "under",
    ("beneath",): "under",
    ("below",): "under",
    ("under",): "under",
    ("above",): "above",
    ("over",): "above",
    ("against",): "against",
}
HOLDING: dict[tuple[str, ...], str] = {
    ("with",): "with",
    ("featuring",): "with",
    ("has",): "with",
    ("have",): "with",
    ("having",): "with",
    ("including",): "with",
    ("includes",): "with",
    ("filled", "with"): "hold",
    ("full", "of"): "hold",
    ("containing",): "hold",
    ("contains",): "hold",
    ("contain",): "hold",
    ("holding",): "hold",
    ("holds",): "hold",
    ("hold",): "hold",
    ("carrying",): "hold",
    ("supporting",): "with",
    ("covered", "with"): "with",
    ("covered", "in"): "with",
    ("topped", "with"): "with",
}
TASK_VERBS: dict[tuple[str, ...], str] = {
    ("pick", "up"): "pick", ("pick",): "pick", ("grab",): "pick", ("grasp",): "pick", ("lift",): "pick",
    ("take",): "pick", ("put",): "move", ("place",): "move", ("move",): "move", ("set", "down"): "move",
    ("bring",): "move", ("transfer",): "move", ("stack",): "stack", ("open",): "open", ("pull", "open"): "open",
    ("close",): "close", ("shut",): "close", ("push", "closed"): "close",
}  # fmt: skip

# Words that belong to no thing; they end a noun phrase.
CLAUSE_WORDS = _words(
    "there is are was were be being been that which where who whose this these those it its them they he "
    "she i we you me my our your please also too only just all nearby together standing sitting placed "
    "lying lies sits stands arranged scattered laid neatly then so as for from of to but or nor and with "
    "without no not any each every per show make create build generate design render give want need like "
    "would should could can will shall must may let lets imagine picture containing holding robot so up "
    "down here when while if than do does did ready used use stored kept set setup lined resting rests "
    "leaning hanging positioned located sits facing across between before after first second third next "
    "last finally simulate scene: put"
)
SCENE_WORDS = _words(
    "scene room setting setup environment area space photo picture image view layout arrangement scenario "
    "side surface top corner middle center centre front back left right edge end wall floor"
)
ROOM_WORDS: dict[str, str] = {
    "kitchen": "kitchen", "kitchenette": "kitchen", "galley": "kitchen", "dining": "dining", "diner": "dining",
    "restaurant": "dining", "breakfast": "dining", "dinner": "dining", "cafe": "dining", "office": "office",
    "study": "office", "workspace": "office", "workshop": "workshop", "garage": "workshop", "toolroom": "workshop",
    "makerspace": "workshop", "library": "shelf", "storeroom": "shelf", "pantry": "shelf", "bookstore": "shelf",
}  # fmt: skip
ROOM_ANCHORS: dict[RoomType, str] = {
    "kitchen": "counter",
    "dining": "table",
    "office": "desk",
    "workshop": "workbench",
    "shelf": "shelf",
}
ROOM_VOTES: dict[RoomType, frozenset[str]] = {
    "kitchen": _words("mug microwave fridge bottle can carton cereal_box jar apple banana orange glass pan pot"),
    "dining": _words("plate fork knife spoon wine_glass chair bowl"),
    "office": _words("pen notebook laptop keyboard mouse monitor pencil stapler"),
    "workshop": _words("hammer screwdriver wrench pliers toolbox saw drill"),
    "shelf": frozenset(("book",)),
}

SUPPORTS = _words(
    "table dining_table counter desk workbench shelf low_shelf bookshelf island sideboard "
    "coffee_table nightstand base_cabinet "
    "bench stool chair tray cutting_board plate wall_shelf side_table console"
)
CONTAINERS = _words(
    "bowl bin basket box_with_lid box crate drawer_unit base_cabinet microwave fridge mug cup glass jar "
    "vase pot pan toolbox bucket pencil_cup tray"
)

FLOOR_STANDING = _words(
    "table dining_table counter desk workbench shelf low_shelf bookshelf island sideboard coffee_table nightstand "
    "base_cabinet bench stool chair fridge console side_table sofa"
)
FURNITURE_PARTS = _words("drawer door lid handle leg spout label wheel shelf knob button screen rim")

# Nouns that name a part of something; the owner is looked for in this order.
PARTS: dict[str, tuple[str, ...]] = {
    "drawer": ("drawer_unit", "base_cabinet", "desk"),
    "door": ("microwave", "fridge", "base_cabinet"),
    "lid": ("box_with_lid", "jar"),
}
# Mass words that stand for several kinds of things.
GROUPS: dict[str, tuple[str, ...]] = {
    "cutlery": ("fork", "knife", "spoon"),
    "silverware": ("fork", "knife", "spoon"),
    "utensil": ("fork", "knife", "spoon"),
    "fruit": ("apple", "orange", "banana"),
    "tool": ("hammer", "screwdriver", "wrench"),
    "dish": ("plate", "bowl", "mug"),
    "crockery": ("plate", "bowl", "mug"),
    "tableware": ("plate", "bowl", "mug"),
    "stationery": ("notebook", "pen", "book"),
    "grocery": ("can", "carton", "cereal_box"),
    "place setting": ("plate", "fork", "knife"),
}
SYNONYMS: dict[str, str] = {
    "countertop": "counter", "kitchen counter": "counter", "worktop": "counter", "kitchen island": "counter",
    "dining table": "table", "tabletop": "table", "writing desk": "desk", "office desk": "desk",
    "work bench": "workbench", "workshop bench": "workbench", "shelves": "shelf", "bookshelf": "shelf",
    "bookcase": "shelf", "shelving unit": "shelf", "coffee mug": "mug", "cup": "mug", "coffee cup": "mug",
    "refrigerator": "fridge", "microwave oven": "microwave", "tin can": "can", "cabinet": "base_cabinet",
    "cupboard": "base_cabinet", "spanner": "wrench", "cube": "block", "chest of drawers": "drawer_unit",
    "storage box": "box_with_lid", "lidded box": "box_with_lid", "box with lid": "box_with_lid",
    "box with a lid": "box_with_lid", "milk carton": "carton", "box of cereal": "cereal_box", "trash can": "bin",
}  # fmt: skip

_IRREGULAR = {
    "knives": "knife", "dishes": "dish", "shelves": "shelf", "bookshelves": "bookshelf", "mice": "mouse",
    "loaves": "loaf", "leaves": "leaf", "scissors": "scissors", "glasses": "glass", "boxes": "box", "benches": "bench",
    "workbenches": "workbench", "brushes": "brush", "tomatoes": "tomato", "potatoes": "potato", "feet": "foot",
    "vases": "vase", "cases": "case", "groceries": "grocery", "people": "person", "pliers": "pliers", "axes": "axe",
    "dice": "die", "halves": "half", "mangoes": "mango", "matches": "match", "watches": "watch", "torches": "torch",
}  # fmt: skip
_NO_PLURAL = ("ss", "us", "is")


def singulars(word: str) -> tuple[str, ...]:
    """Return the possible singular forms of a lower-case word, best first; () when it is no plural."""
    if word in _IRREGULAR:
        return () if _IRREGULAR[word] == word else (_IRREGULAR[word],)
    if len(word) < 4 or not word.endswith("s") or word.endswith(_NO_PLURAL):
        return ()
    if word.endswith("ies") and len(word) > 4:
        return (word[:-3] + "y", word[:-1])
    if word.endswith(("ches", "shes", "xes", "sses", "zes")):
        return (word[:-2], word[:-1])
    return (word[:-1],)
