"""The words that the parser knows beside the generators' nouns: numbers, attributes, verbs, kinds."""

from blueprint.assets.lexicon import all_kinds_of
from blueprint.sources.text.spec import RoomType

__all__ = [
    "ADJECTIVES",
    "CLAUSE_WORDS",
    "COLORS",
    "CONTAINERS",
    "CONTROLS",
    "FLOOR_STANDING",
    "FURNITURE_PARTS",
    "GROUPS",
    "MATERIALS",
    "NUMBERS",
    "PARTS",
    "QUANTITIES",
    "ROOM_ANCHORS",
    "ROOM_HINTS",
    "ROOM_VOTES",
    "SCENE_WORDS",
    "SIZES",
    "SUPPORTS",
    "TASK_VERBS",
    "WALL_MOUNTED",
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
    "matching different identical typical ordinary regular nice beautiful cozy lovely medium sturdy busy neat "
    "antique transparent clear striped colorful colourful spare extra other same hot cold elegant polished "
    "standard cosy comfortable comfy minimalist contemporary scandinavian industrial traditional classic "
    "luxurious luxury spacious sunny airy quiet charming stylish sleek retro bohemian boho farmhouse-style "
    "oval l-shaped u-shaped soft fluffy plush upholstered tufted framed mounted wall-mounted freestanding "
    "built-in portable electric digital fully-equipped well-lit cramped compact assorted various several-tier "
    "wheeled adjustable foldable decorative ornate abstract patterned floral checkered woven glossy matte low "
    "high single-person double main central local urban suburban rural private public professional commercial "
    "adjoining attached unused used broken worn dusty colored coloured half-open half-full shared en-suite "
    "second-hand hand-made handmade well-organized organized well-stocked stocked fully furnished brand-new "
    "children's kids' kid's men's women's guest patient's customer's doctor's teacher's student's baby's"
)

TASK_VERBS: dict[tuple[str, ...], str] = {
    ("pick", "up"): "pick", ("pick",): "pick", ("grab",): "pick", ("grasp",): "pick", ("lift",): "pick",
    ("take",): "pick", ("put",): "move", ("place",): "move", ("move",): "move", ("set", "down"): "move",
    ("bring",): "move", ("transfer",): "move", ("stack",): "stack", ("open",): "open", ("pull", "open"): "open",
    ("close",): "close", ("shut",): "close", ("push", "closed"): "close", ("sort",): "sort", ("turn",): "turn",
    ("rotate",): "turn", ("twist",): "turn", ("press",): "press", ("push",): "push", ("slide",): "push",
    ("shove",): "push", ("insert",): "insert", ("plug",): "insert", ("hang",): "hang", ("hang", "up"): "hang",
    ("pour",): "pour", ("empty",): "pour", ("wipe",): "wipe", ("hand", "over"): "handover",
}  # fmt: skip

# Words that belong to no thing; they end a noun phrase.
CLAUSE_WORDS = _words(
    "there is are was were be being been that which where who whose this these those it its them they he she i "
    "we you me my our your please also too only just all nearby together standing sitting placed lying lies "
    "sits stands arranged scattered laid neatly then so as for from of to but or nor and with without no not "
    "any each every per show make create build generate design render give want need like would should could "
    "can will shall must may let lets imagine picture containing holding robot up down here when while if than "
    "do does did ready used use stored kept set setup lined resting rests leaning hanging positioned located "
    "facing across between before after first second third next last finally simulate scene: put there's it's "
    "that's doesn't don't isn't aren't contained mounted hung hangs hang along rest runs run lead leads "
    "leading opens overlooking occupies everything something anything nothing else both respectively where's "
    "what's against maybe perhaps possibly probably i'd i'm we're"
)
SCENE_WORDS = _words(
    "scene room setting setup environment area space photo picture image view layout arrangement scenario side "
    "surface top corner middle center centre front back left right edge end wall floor walls corners sides "
    "ceiling ceilings ground floors flooring tile tiles wallpaper tone tones palette style styles atmosphere "
    "vibe feel look mood ambience ambiance daylight sunlight lighting design aesthetic theme nook zone section "
    "scheme decor furniture furnishings furnishing interior accents touches access others ends foot half "
    "building people use work purpose entertainment relaxation storage place places way kind type feeling "
    "scenes aisle aisles"
)
# Words that hint at a room type without naming a room: "a dinner table", "a breakfast scene".
ROOM_HINTS: dict[str, RoomType] = {
    "dining": "dining", "breakfast": "dining", "dinner": "dining", "lunch": "dining", "laundry": "laundry_room",
    "hospital": "hospital_room", "school": "classroom",
}  # fmt: skip
ROOM_ANCHORS: dict[RoomType, str] = {  # of the five rooms of table-top scenes
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

# Stands on a table as well as on the floor; a prompt that says nothing else means the table.
_EITHER = _words("drawer_unit")
FLOOR_STANDING = all_kinds_of("object", footing="floor") - _EITHER
WALL_MOUNTED = all_kinds_of("object", footing="wall") | {"clock", "mirror", "television", "lamp"}
SUPPORTS = (
    all_kinds_of("table")
    | all_kinds_of("shelf")
    | all_kinds_of("base_cabinet")
    | all_kinds_of("bed_furniture")
    | all_kinds_of("sofa")
    | _words(
        "bench stool chair tray cutting_board plate saucer wall_shelf chest_of_drawers tv_stand filing_cabinet stove "
        "sink sink_cabinet kitchen_sink washing_machine dryer armchair ottoman fireplace piano coat_rack clothes_rack "
        "pallet dumbbell_rack easel music_stand towel_rail coat_hooks checkout_counter rug tool_chest "
        "pastry_display radiator"
    )
)
CONTAINERS = (
    all_kinds_of("container") - all_kinds_of("carton")
    | all_kinds_of("cookware")
    | all_kinds_of("fridge")
    | _words(
        "bowl drawer_unit base_cabinet microwave vase wardrobe locker safe china_cabinet display_case medicine_cabinet "
        "wall_cabinet dishwasher chest_freezer colander bathtub sink sink_cabinet kitchen_sink pedestal_sink toy_chest "
        "trunk aquarium toaster toaster_oven hand_dryer umbrella_stand mailbox laundry_basket dish_rack stove"
    )
)
FURNITURE_PARTS = _words(
    "drawer door lid handle leg spout label wheel shelf knob button screen rim armrest headboard footboard backrest "
    "lampshade base faucet tap burner caster"
)

# Nouns that name a part of something; the owner is looked for in this order.
PARTS: dict[str, tuple[str, ...]] = {
    "drawer": (
        "drawer_unit",
        "base_cabinet",
        "desk",
        "chest_of_drawers",
        "nightstand",
        "filing_cabinet",
        "tool_chest",
        "desk_with_drawers",
        "sideboard",
        "tv_stand",
        "console_table",
        "vanity_table",
        "wardrobe",
        "coffee_table",
    ),
    "door": (
        "microwave",
        "fridge",
        "base_cabinet",
        "wardrobe",
        "wall_cabinet",
        "sideboard",
        "china_cabinet",
        "dishwasher",
        "washing_machine",
        "dryer",
        "stove",
        "locker",
        "sink_cabinet",
        "display_case",
        "safe",
        "tv_cabinet",
        "medicine_cabinet",
        "mini_fridge",
    ),
    "lid": ("box_with_lid", "jar", "pedal_bin", "flap_box", "chest_freezer", "piano", "toilet"),
}
# What a task may ask to press or to turn, and the things that have one.
CONTROLS: dict[str, tuple[str, ...]] = {
    "button": ("push_button", "control_panel", "emergency_stop", "microwave"),
    "switch": ("light_switch", "control_panel"),
    "knob": ("thermostat", "control_panel", "stove"),
    "dial": ("thermostat", "control_panel"),
}
# Mass words that stand for several kinds of things; a count is shared out, without one it is a few of each.
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
    "place setting": ("plate", "fork", "knife", "glass"),
    "cooking utensil": ("spatula", "serving_spoon", "whisk"),
    "kitchen utensil": ("spatula", "serving_spoon", "whisk"),
    "vegetable": ("tomato", "carrot", "onion"),
    "toy": ("block", "ball", "toy_car", "teddy_bear"),
    "office supply": ("stapler", "notebook", "pencil_cup"),
    "school supply": ("notebook", "pencil", "eraser"),
    "toiletry": ("soap_dispenser", "toothbrush_cup", "shampoo_bottle"),
    "medical supply": ("pill_bottle", "tissue_box", "spray_bottle"),
    "cleaning supply": ("spray_bottle", "detergent_bottle", "sponge"),
    "lab glassware": ("beaker", "flask", "test_tube_rack"),
    "glassware": ("glass", "wine_glass", "pitcher"),
    "bathroom accessory": ("soap_dispenser", "toothbrush_cup", "toilet_paper"),
    "snack": ("cereal_box", "can", "cookie"),
    "drink": ("can", "bottle", "carton"),
    "beverage": ("can", "bottle", "carton"),
    "art supply": ("paintbrush", "paint_can", "pencil_cup"),
    "weight": ("dumbbell", "kettlebell"),
    "kitchenware": ("pot", "pan", "bowl"),
    "cookware": ("pot", "pan"),
}
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
