"""Keepsakes and games: jewellery boxes, dice and playing cards."""

import numpy as np

from blueprint.assets.families.prints import Mark, print_of
from blueprint.assets.families.thing import Thing, thing

__all__: list[str] = []


@thing(
    (0.205, 0.156, 0.112), kg=0.85, material="wood", colors=("mahogany", "walnut", "cream", "pink"),
    nouns=("jewellery box", "trinket box", "music box"),
)  # fmt: skip
def jewelry_box(t: Thing) -> None:
    """A jewellery box with a domed lid, two small drawers and brass feet."""
    brass = t.paint("brass", "brass", finish="steel")
    velvet = t.paint("velvet", "burgundy", finish="fabric")
    t.block((0, 0, 0.044), (0.20, 0.146, 0.072), bevel=0.004)
    t.block((0, 0, 0.083), (0.205, 0.150, 0.010), bevel=0.003)
    t.block((0, 0, 0.098), (0.19, 0.136, 0.024), bevel=0.011, segments=2)
    t.block((0, 0, 0.1095), (0.12, 0.08, 0.003), velvet, bevel=0.001, solid=False)
    for sx in (-1, 1):
        t.block((sx * 0.049, -0.0735, 0.030), (0.088, 0.004, 0.032), bevel=0.0015, solid=False)
        t.orb((sx * 0.049, -0.077, 0.030), (0.005, 0.004, 0.005), brass, detail=10)
        for sy in (-1, 1):
            t.drum((sx * 0.085, sy * 0.06, 0.0045), 0.009, 0.009, brass, segments=12)
            t.block((sx * 0.0985, sy * 0.0715, 0.044), (0.006, 0.006, 0.05), brass, bevel=0.001, solid=False)
    t.block((0, -0.0755, 0.076), (0.022, 0.004, 0.026), brass, bevel=0.001, solid=False)
    t.orb((0, -0.078, 0.076), (0.004, 0.003, 0.004), t.paint("key", "black"), detail=8)
    t.rect("top", (0, 0, 0.111), (0.12, 0.08), 0.2, "top")


@thing(
    (0.022, 0.022, 0.022),
    kg=0.012,
    material="plastic",
    colors=("white", "red", "ivory"),
    nouns=("die", "gaming die", "game dice"),
)
def dice(t: Thing) -> None:
    """A die, its spots summing to seven on opposite faces."""
    side = 0.022
    ink = (245, 245, 240) if t.color in ("red", "black", "blue") else (30, 30, 32)
    known = {"red": (186, 40, 36), "ivory": (244, 238, 222), "black": (30, 30, 32), "blue": (44, 88, 168)}
    ground = known.get(t.color, (242, 242, 238))
    place = {
        "a": (0.25, 0.25),
        "b": (0.25, 0.5),
        "d": (0.25, 0.75),
        "f": (0.75, 0.25),
        "g": (0.75, 0.5),
        "i": (0.75, 0.75),
        "c": (0.5, 0.5),
    }
    center = np.array([0, 0, side / 2])
    t.block(center, (side, side, side), bevel=0.003, segments=2)
    sides = (
        ((0, 0, 1), "afdic"),
        ((0, 0, -1), "ai"),
        ((1, 0, 0), "aci"),
        ((-1, 0, 0), "afdi"),
        ((0, 1, 0), "c"),
        ((0, -1, 0), "afdibg"),
    )
    for normal, letters in sides:
        marks: list[Mark] = [
            ("oval", x - 0.1, y - 0.1, x + 0.1, y + 0.1, ink) for x, y in (place[one] for one in letters)
        ]
        face = t.image(f"face_{len(letters)}", print_of(ground, marks, 64, 64), roughness=0.3)
        t.sheet(center + np.array(normal) * (side / 2 + 0.00015), normal, (side * 0.74, side * 0.74), face)
    t.box_grasps((side, side, side), z=side / 2)


@thing(
    (0.066, 0.092, 0.021), kg=0.095, material="cardboard", colors=("red", "blue"), finish="paper",
    nouns=("deck of cards", "pack of cards", "cards", "card deck"), affordances=("stackable",),
)  # fmt: skip
def playing_cards(t: Thing) -> None:
    """A boxed pack of playing cards, the ace of hearts on the lid."""
    w, d, h = 0.065, 0.091, 0.02
    t.block((0, 0, h / 2), (w, d, h), bevel=0.0012)
    red = (196, 30, 36)
    heart: list[Mark] = [("oval", 0.34, 0.36, 0.51, 0.49, red), ("oval", 0.49, 0.36, 0.66, 0.49, red)]
    heart += [
        ("rect", 0.345 + 0.0065 * i, 0.43 + 0.009 * i, 0.655 - 0.0065 * i, 0.44 + 0.009 * i, red) for i in range(24)
    ]
    face = t.image(
        "face",
        print_of(
            (250, 250, 246), [("A", 0.06, 0.04, 0.2, 0.16, red), ("A", 0.8, 0.84, 0.94, 0.96, red), *heart], 192, 264
        ),
    )
    t.sheet((0, 0, h + 0.0003), (0, 0, 1), (w - 0.006, d - 0.006), face)
    name = t.image("name", print_of((250, 250, 246), [("CARDS", 0.1, 0.15, 0.9, 0.85, (40, 44, 60))], 192, 48))
    t.sheet((0, -d / 2 - 0.0003, h / 2), (0, -1, 0), (w * 0.8, h * 0.6), name)
    t.box_grasps((w, d, h))
