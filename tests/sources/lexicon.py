"""A small lexicon for parser tests, so that they do not depend on which generators exist."""

LEXICON = {
    noun: category
    for category, nouns in {
        "mug": "mug,coffee mug", "bowl": "bowl", "plate": "plate,dinner plate", "bottle": "bottle,water bottle",
        "can": "can,soda can", "carton": "carton,milk carton", "cereal_box": "cereal box", "jar": "jar",
        "apple": "apple", "banana": "banana", "orange": "orange", "fork": "fork", "knife": "knife", "spoon": "spoon",
        "book": "book", "notebook": "notebook", "pen": "pen", "hammer": "hammer", "screwdriver": "screwdriver",
        "wrench": "wrench,spanner", "block": "block,cube", "bin": "bin", "tray": "tray", "table": "table,dining table",
        "counter": "counter,kitchen counter", "desk": "desk", "workbench": "workbench", "shelf": "shelf,bookshelf",
        "chair": "chair", "stool": "stool", "base_cabinet": "base cabinet", "drawer_unit": "drawer unit,drawer,drawers",
        "microwave": "microwave", "fridge": "fridge", "box_with_lid": "box with lid", "glass": "glass",
    }.items()
    for noun in nouns.split(",")
}  # fmt: skip
