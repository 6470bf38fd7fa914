"""Furniture sets: which parts go with which anchor. A kind without a set stands alone, where its affinity says."""

from blueprint.sources.rooms.grammar.rules import FurnitureSet, part
from blueprint.sources.rooms.program import Affinity

__all__ = ["SETS", "affinity_of", "set_of"]

_RUN = "base_cabinet sink_cabinet|base_cabinet dishwasher:.8 base_cabinet:.7 stove base_cabinet"

SETS: dict[str, FurnitureSet] = {
    "bed": FurnitureSet(
        ("bed",),
        part("flank", "nightstand|side_table*2") + part("foot", "bench|ottoman:.35") + part("rug", "rug:.6"),
    ),
    "guest_bed": FurnitureSet(("bed",), part("flank", "nightstand|side_table")),
    "bunk_bed": FurnitureSet(("bunk_bed", "bed"), part("rug", "rug:.5")),
    "crib": FurnitureSet(("crib",), part("flank", "nightstand|side_table:.6")),
    "desk": FurnitureSet(
        ("desk", "desk_with_drawers"), part("user", "office_chair|chair") + part("flank", "pedal_bin:.4")
    ),
    "work_desk": FurnitureSet(
        ("desk_with_drawers", "desk"), part("user", "office_chair|chair") + part("flank", "pedal_bin:.6")
    ),
    "vanity": FurnitureSet(("vanity_table",), part("user", "stool|ottoman")),
    "dining": FurnitureSet(("dining_table", "table"), part("seat", "chair*4-6") + part("rug", "rug:.4"), "middle", 0.5),
    "breakfast": FurnitureSet(("table", "dining_table"), part("seat", "chair*2-4"), "middle", 0.5),
    "conference": FurnitureSet(("dining_table", "table"), part("seat", "office_chair|chair*6-8"), "middle", 0.6),
    "cafe": FurnitureSet(
        ("cafe_table", "table"), part("seat", "chair*2-4"), "middle", 0.5, grid=((2, 3), (1, 2)), aisle_m=(0.9, 0.9)
    ),
    "cafe_pair": FurnitureSet(("cafe_table", "table"), part("seat", "chair*2-4"), "free", 0.4),
    "seating": FurnitureSet(
        ("sofa",),
        part("front", "coffee_table")
        + part("arm", "armchair*1-2:.7")
        + part("flank", "side_table:.6")
        + part("rug", "rug:.8"),
        front_m=0.5,
        faces=("tv_stand", "tv_cabinet", "fireplace"),
    ),
    "armchairs": FurnitureSet(("armchair",), part("flank", "side_table"), "corner", 0.6),
    "kitchen": FurnitureSet(("fridge", "base_cabinet"), part("run", _RUN), front_m=1.0),
    "short_kitchen": FurnitureSet(
        ("base_cabinet",), part("run", "sink_cabinet|base_cabinet base_cabinet"), front_m=1.0
    ),
    "island": FurnitureSet(("kitchen_island",), part("seat", "bar_stool*2-3"), "middle", 0.9),
    "bar_counter": FurnitureSet(("kitchen_island", "counter"), part("seat", "bar_stool|stool*3-4"), "middle", 0.9),
    "laundry": FurnitureSet(("washing_machine",), part("run", "dryer:.9 base_cabinet:.7 sink_cabinet:.6"), front_m=0.9),
    "piano": FurnitureSet(("piano",), part("user", "stool|bench"), front_m=1.0),
    "reception": FurnitureSet(("reception_desk",), part("flank", "filing_cabinet:.4"), "middle", 1.2),
    "waiting": FurnitureSet(("waiting_bench", "bench"), part("flank", "side_table:.6"), front_m=0.7),
    "exam": FurnitureSet(("exam_table", "bed"), part("flank", "drawer_unit|chest_of_drawers:.6"), front_m=0.9),
    "patient": FurnitureSet(
        ("hospital_bed", "bed"),
        part("flank", "nightstand|side_table iv_stand:.9"),
        front_m=0.9,
    ),
    "lab_bench": FurnitureSet(
        ("lab_bench", "workbench"), part("user", "stool*1-2"), "middle", 0.6, grid=((1, 1), (2, 3)), aisle_m=(0.9, 1.1)
    ),
    "school": FurnitureSet(
        ("school_desk", "desk"),
        part("user", "chair"),
        "middle",
        0.6,
        ("teacher",),
        ((3, 4), (3, 4)),
        (0.6, 0.6),
        faces_away=True,
    ),
    "teacher": FurnitureSet(("desk", "table"), part("flank", "lectern:.5"), front_m=0.8),
    "shelves": FurnitureSet(("shop_shelf", "shelf"), (), "middle", 1.0, grid=((2, 3), (2, 3)), aisle_m=(0.02, 1.3)),
    "racks": FurnitureSet(("pallet_rack", "shelf"), (), "middle", 1.6, grid=((2, 2), (2, 2)), aisle_m=(0.05, 2.0)),
    "stacks": FurnitureSet(("bookcase", "shelf"), (), "middle", 1.0, grid=((2, 3), (2, 3)), aisle_m=(0.02, 1.2)),
    "lockers": FurnitureSet(("locker",), part("run", "locker*2-3"), front_m=0.9),
    "bench_seat": FurnitureSet(("bench",), (), "free", 0.5),
    "workbench": FurnitureSet(("workbench",), part("flank", "tool_chest:.6") + part("user", "stool:.6"), front_m=0.9),
    "reading": FurnitureSet(("table", "dining_table"), part("seat", "chair*4"), "middle", 0.5),
    "cardio": FurnitureSet(("treadmill", "exercise_bike"), (), "wall", 0.9, grid=((2, 3), (1, 1)), aisle_m=(0.5, 1.0)),
    "weights": FurnitureSet(("weight_bench",), (), "free", 0.8),
    "servers": FurnitureSet(
        ("locker", "filing_cabinet"), (), "middle", 1.1, grid=((3, 4), (2, 2)), aisle_m=(0.02, 1.2)
    ),
}

_MIDDLE = ("table", "dining_table", "cafe_table", "kitchen_island", "reception_desk", "rug", "pool_table")
_CORNER = ("floor_plant", "floor_lamp", "coat_rack", "iv_stand", "pedal_bin", "floor_mirror", "fire_extinguisher")
_FREE = (
    "stool",
    "office_chair",
    "armchair",
    "ottoman",
    "bar_stool",
    "bench",
    "side_table",
    "coffee_table",
    "exercise_ball",
    "exercise_bike",
    "weight_bench",
    "yoga_mat",
    "privacy_screen",
    "traffic_cone",
    "barrel",
    "pallet",
    "hand_truck",
    "lectern",
    "school_desk",
    "treadmill",
)


def set_of(name: str) -> FurnitureSet:
    """Return the set of this name, or of this anchor, or a lone piece."""
    if name in SETS:
        return SETS[name]
    for candidate in SETS.values():
        alone = candidate.grid == ((1, 1), (1, 1)) and all(part.role != "run" for part in candidate.parts)
        if candidate.anchor[0] == name and alone:  # a fridge is not always the beginning of a kitchen
            return candidate
    affinity = affinity_of(name)
    return FurnitureSet((name,), (), affinity, 0.6 if affinity == "wall" else 0.4)


def affinity_of(category: str) -> Affinity:
    """Where a lone piece belongs."""
    if category in _MIDDLE:
        return "middle"
    if category in _CORNER:
        return "corner"
    return "free" if category in _FREE else "wall"
