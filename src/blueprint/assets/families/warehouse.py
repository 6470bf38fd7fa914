"""Warehouses: pallets, pallet racks, cones, barrels and hand trucks."""

import itertools

import numpy as np

from blueprint.assets.families.thing import Thing, thing

__all__: list[str] = []


@thing(
    (1.2, 0.8, 0.144), kg=22, material="wood", colors=("pine", "birch"), footing="floor",
    nouns=("wooden pallet", "euro pallet", "shipping pallet", "skid"),
)  # fmt: skip
def pallet(t: Thing) -> None:
    """A wooden pallet: deck boards, stringers, nine blocks and three bottom boards."""
    w, d, h = t.size()
    board = 0.022
    for i, share in enumerate((0.145, 0.1, 0.145, 0.1, 0.145)):
        y = (i - 2) * (d - 0.145) / 4
        t.block((0, y, h - board / 2), (w, share * d / 0.8, board), solid=False)
    for x in (-1, 0, 1):
        t.block((x * (w / 2 - 0.0725), 0, h - 1.5 * board), (0.145, d, board), solid=False)
    for y in (-1, 0, 1):
        t.block((0, y * (d / 2 - 0.05), board / 2), (w, 0.1 if y else 0.145, board))
        for x in (-1, 0, 1):
            at = (x * (w / 2 - 0.0725), y * (d / 2 - 0.05), (h - board) / 2)
            t.block(at, (0.145, 0.1 if y else 0.145, h - 3 * board), solid=False, bevel=0.001)
            t.box(at, (0.145, 0.1 if y else 0.145, h - 3 * board))
    t.box((0, 0, h - board), (w, d, 2 * board))
    t.rect("top", (0, 0, h), (w - 0.04, d - 0.04), 1.6, "top")


@thing(
    (2.4, 1.0, 2.4),
    kg=150,
    material="steel",
    colors=("orange", "yellow", "red"),
    finish="plastic",
    footing="floor",
    nouns=(
        "warehouse rack",
        "warehouse shelf",
        "industrial shelving",
        "pallet shelf",
        "warehouse shelving",
        "storage racking",
    ),
)
def pallet_rack(t: Thing) -> None:
    """A pallet rack: two blue braced frames, orange beams and three decks."""
    w, d, h = t.size()
    blue, deck, plate = (
        t.paint("frame", "blue"),
        t.paint("deck", "birch", finish="wood"),
        t.paint("plate", "steel", finish="steel"),
    )
    for sx in (-1, 1):
        x = sx * (w / 2 - 0.045)
        for sy in (-1, 1):
            y = sy * (d / 2 - 0.05)
            t.block((x, y, h / 2), (0.09, 0.07, h), blue, bevel=0.004)
            t.block((x, y, 0.006), (0.12, 0.1, 0.012), plate, solid=False)
        zs = np.linspace(0.2, h - 0.2, 5)
        for i, (low, high) in enumerate(itertools.pairwise(zs)):
            ends = (1, -1) if i % 2 else (-1, 1)
            t.rod(
                [(x, ends[0] * (d / 2 - 0.09), low), (x, ends[1] * (d / 2 - 0.09), high)],
                0.017,
                blue,
                solid=False,
                sides=6,
            )
        for z in (zs[0], zs[-1]):
            t.rod([(x, -d / 2 + 0.08, z), (x, d / 2 - 0.08, z)], 0.017, blue, solid=False, sides=6)
    inner = w - 0.18
    levels = (0.16, 0.16 + (h - 0.3) / 3 + 0.1, 0.16 + 2 * (h - 0.3) / 3 + 0.2)
    for i, z in enumerate(levels):
        for sy in (-1, 1):
            t.block((0, sy * (d / 2 - 0.045), z - 0.055), (inner, 0.05, 0.11))
        t.block((0, 0, z + 0.009), (inner, d - 0.03, 0.018), deck, bevel=0.001)
        above = (levels[i + 1] - 0.11 if i < 2 else h + 0.6) - z - 0.03
        t.rect(f"level_{i}", (0, 0, z + 0.018), (inner - 0.06, d - 0.10), above, "shelf")


@thing(
    (0.36, 0.36, 0.5), kg=1.6, material="rubber", colors=("orange",), finish="plastic", footing="floor", carried=True,
    nouns=("safety cone", "road cone", "pylon"),
)  # fmt: skip
def traffic_cone(t: Thing) -> None:
    """An orange traffic cone with two white bands."""
    white = t.paint("band", "white")
    t.block((0, 0, 0.0125), (0.36, 0.36, 0.025), t.paint("base", "charcoal", finish="rubber"), bevel=0.006)

    def radius(z: float) -> float:
        return float(np.interp(z, (0.025, 0.5), (0.13, 0.026)))

    t.turn([(0.145, 0.025), (0.14, 0.035), (0.127, 0.04), (radius(0.49), 0.49), (0.02, 0.5)])
    for low, high in ((0.20, 0.28), (0.34, 0.41)):
        t.turn([(radius(low) + 0.0015, low), (radius(high) + 0.0015, high)], white, hulls=(), closed=False)
    t.top("tip", (0, 0, 0.475), 2 * radius(0.466), free_spin=True)


@thing(
    (0.59, 0.59, 0.88), kg=19, material="steel", colors=("blue", "green", "black", "red"), finish="plastic",
    footing="floor", nouns=("oil drum", "drum barrel", "oil barrel", "metal drum"),
)  # fmt: skip
def barrel(t: Thing) -> None:
    """A steel drum with two rolling hoops and bungs."""
    r, h = 0.285, 0.88
    profile = [(r + 0.008, 0.0), (r + 0.01, 0.006), (r + 0.008, 0.016), (r, 0.022)]
    for z in (0.30, 0.58):
        profile += [(r, z - 0.022), (r + 0.01, z - 0.006), (r + 0.01, z + 0.006), (r, z + 0.022)]
    profile += [
        (r, h - 0.022),
        (r + 0.008, h - 0.016),
        (r + 0.01, h - 0.006),
        (r + 0.006, h),
        (r - 0.004, h),
        (r - 0.006, h - 0.014),
    ]
    t.turn(profile, segments=40, hulls=())
    t.cylinder((0, 0, h / 2), r + 0.006, h)
    steel = t.paint("bung", "steel", finish="steel")
    for x, size in ((0.17, 0.035), (-0.19, 0.02)):
        t.drum((x, 0, h - 0.008), size, 0.012, steel, solid=False)
    t.disc("top", (0, 0, h), r - 0.04, 0.6, "top")


@thing(
    (0.5, 0.52, 1.25), kg=11, material="steel", colors=("red", "blue", "green"), finish="plastic", footing="floor",
    nouns=("sack truck", "trolley dolly", "moving dolly", "hand cart"),
)  # fmt: skip
def hand_truck(t: Thing) -> None:
    """A two-wheeled hand truck standing on its toe plate, which points to -Y."""
    black, steel = t.paint("tyre", "charcoal", finish="rubber"), t.paint("steel", "steel", finish="steel")
    t.block((0, -0.13, 0.005), (0.40, 0.24, 0.010), steel, bevel=0.002)
    for sx in (-1, 1):
        x = sx * 0.14
        t.rod([(x, 0, 0.02), (x, 0, 1.06), (x, 0.05, 1.18), (x, 0.12, 1.22)], 0.016, solid=False)
        t.capsule((x, 0, 0.02), (x, 0, 1.06), 0.016)
        t.capsule((x, 0, 1.06), (x, 0.12, 1.22), 0.016)
        t.rod([(x, 0.115, 1.22), (x, 0.19, 1.225)], 0.02, black, solid=False)
        t.rod([(x, 0.01, 0.55), (x, 0.10, 0.14)], 0.011, solid=False)
        t.drum((sx * 0.205, 0.12, 0.125), 0.125, 0.06, black, "x", bevel=0.02, segments=28)
        t.drum((sx * 0.205, 0.12, 0.125), 0.065, 0.064, steel, "x", solid=False)
    t.rod([(-0.24, 0.12, 0.125), (0.24, 0.12, 0.125)], 0.01, steel, solid=False)
    t.rod([(-0.14, 0.12, 1.22), (0.14, 0.12, 1.22)], 0.016)
    for z in (0.1, 0.4, 0.7, 1.0):
        t.block((0, 0, z), (0.28, 0.012, 0.035))
