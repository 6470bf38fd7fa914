"""Worn and carried things: shoes, hats, backpacks, suitcases and umbrellas."""

import numpy as np

from blueprint.assets.extrusion import extrude
from blueprint.assets.families.thing import Thing, loft, thing
from blueprint.assets.mesh import lathe, moved, scaled

__all__: list[str] = []


@thing(
    (0.105, 0.285, 0.118), kg=0.35, material="rubber", colors=("navy", "red", "charcoal", "teal"), finish="fabric",
    nouns=("sneaker", "trainer", "running shoe", "sports shoe", "shoes"),
)  # fmt: skip
def shoe(t: Thing) -> None:
    """A laced sneaker with a white sole, its toe towards -Y."""
    white, dark, lace = (
        t.paint("sole", "white", finish="rubber"),
        t.paint("inside", "charcoal", finish="fabric"),
        t.paint("lace", "white"),
    )
    y = np.array([-0.142, -0.138, -0.12, -0.09, -0.05, 0.0, 0.04, 0.08, 0.115, 0.135, 0.14])
    half = np.array([0.006, 0.022, 0.040, 0.050, 0.052, 0.045, 0.038, 0.037, 0.036, 0.026, 0.010])
    outline = [*zip(half, y, strict=True), *[(-a, b) for a, b in zip(half[::-1], y[::-1], strict=True)]]
    t.add(extrude(outline, 0.026), white)
    top = np.array([0.030, 0.042, 0.052, 0.060, 0.078, 0.098, 0.106, 0.108, 0.112, 0.116, 0.112])
    turns = np.linspace(0, 2 * np.pi, 21)[:-1]
    rings = []
    for place, wide, high in zip(y, half, top, strict=True):
        rise = np.where(np.sin(turns) > 0, np.abs(np.sin(turns)) ** 0.75, 0.0) * (high - 0.024)
        narrow = 1 - 0.12 * rise / 0.09
        rings.append(np.column_stack([0.965 * wide * np.cos(turns) * narrow, np.full(20, 0.985 * place), 0.024 + rise]))
    t.add(loft(np.array(rings)[::-1]), t.main())
    t.add(moved(scaled(lathe([(1, 0), (0.6, 0.001), (0, 0.001)], 20), (0.024, 0.05, 1)), (0, 0.075, 0.1105)), dark)
    rim = [
        (0.0255 * np.cos(a), 0.075 + 0.052 * np.sin(a), 0.111 + 0.004 * np.sin(a))
        for a in np.linspace(0, 2 * np.pi, 21)
    ]
    t.rod(rim, 0.0055, t.main(), solid=False, sides=8)
    for i in range(4):
        place = -0.055 + 0.020 * i
        z = float(np.interp(place, 0.985 * y, top)) + 0.0005
        t.rod(
            [
                (-0.024, place, z - 0.010),
                (-0.012, place, z),
                (0.012, place + 0.006, z + 0.001),
                (0.024, place + 0.006, z - 0.009),
            ],
            0.0024,
            lace,
            solid=False,
            sides=6,
        )
    for sx in (-1, 1):
        t.rod(
            [(sx * 0.0445, -0.02, 0.035), (sx * 0.040, 0.0, 0.06), (sx * 0.034, 0.04, 0.05)],
            0.003,
            white,
            solid=False,
            sides=6,
        )
    t.hull([(x, b, z) for a, b in outline for x, z in ((a, 0.0), (a, 0.03))])
    t.hull([(x, b, z) for a, b, h in zip(half, y, top, strict=True) if b > -0.1 for x, z in
            ((a, 0.03), (-a, 0.03), (0.5 * a, h), (-0.5 * a, h))])  # fmt: skip
    t.top("heel", (0, 0.115, 0.085), 0.062, yaw=0.0)


@thing(
    (0.34, 0.30, 0.13), kg=0.16, material="fabric", colors=("tan", "charcoal", "brown", "navy"),
    nouns=("fedora", "sun hat", "straw hat"),
)  # fmt: skip
def hat(t: Thing) -> None:
    """A brimmed hat with a ribbon, lying on its brim."""
    oval = (1.0, 0.88, 1.0)
    brim = [
        (0.09, 0.0),
        (0.13, 0.0),
        (0.160, 0.006),
        (0.168, 0.016),
        (0.166, 0.019),
        (0.158, 0.012),
        (0.128, 0.006),
        (0.094, 0.008),
    ]
    crown = [
        (0.092, 0.004),
        (0.090, 0.05),
        (0.084, 0.095),
        (0.076, 0.118),
        (0.060, 0.126),
        (0.04, 0.118),
        (0.015, 0.110),
        (0, 0.109),
    ]
    t.add(scaled(lathe(brim, 40, 0.9), oval), t.main())
    t.add(scaled(lathe(crown, 40, 0.9), oval), t.main())
    ribbon = t.paint("ribbon", "black" if t.color != "charcoal" else "crimson", finish="fabric")
    t.add(scaled(lathe([(0.0935, 0.009), (0.0922, 0.036)], 40), oval), ribbon)
    turns = 2 * np.pi * np.arange(14) / 14
    t.hull([(r * np.cos(a), 0.88 * r * np.sin(a), z) for r, z in ((0.14, 0.0), (0.167, 0.017)) for a in turns])
    t.hull(
        [
            (r * np.cos(a), 0.88 * r * np.sin(a), z)
            for r, z in ((0.092, 0.018), (0.084, 0.095), (0.066, 0.124))
            for a in turns
        ]
    )


@thing(
    (0.34, 0.265, 0.465), kg=1.1, material="fabric", colors=("navy", "red", "olive", "charcoal"),
    footing="floor", carried=True,
    nouns=("rucksack", "school bag", "knapsack", "schoolbag", "bag"),
)  # fmt: skip
def backpack(t: Thing) -> None:
    """A standing backpack: a front pocket at -Y, two straps and a loop on top."""
    strap, zipper = t.paint("strap", "charcoal", finish="fabric"), t.paint("zip", "silver")
    t.cushion((0, 0.02, 0.22), (0.32, 0.17, 0.44), power=0.38, power_z=0.3, detail=28)
    t.cushion((0, -0.075, 0.125), (0.25, 0.10, 0.22), power=0.35, power_z=0.3, detail=24)
    arch = [(0.118 * np.cos(a), -0.066, 0.235 + 0.14 * np.sin(a)) for a in np.linspace(0.1, np.pi - 0.1, 15)]
    t.rod(arch, 0.004, zipper, solid=False, sides=6)
    t.rod([(-0.10, -0.126, 0.19), (0.10, -0.126, 0.19)], 0.003, zipper, solid=False, sides=6)
    t.block((0, -0.1255, 0.12), (0.08, 0.006, 0.05), t.paint("badge", "tan", finish="leather"), solid=False)
    for sx in (-1, 1):
        path = [
            (sx * 0.05, 0.09, 0.42),
            (sx * 0.07, 0.125, 0.39),
            (sx * 0.09, 0.135, 0.28),
            (sx * 0.11, 0.125, 0.14),
            (sx * 0.13, 0.09, 0.06),
        ]
        t.rod(path, 0.014, strap, solid=False, sides=8)
        t.cushion((sx * 0.155, 0.02, 0.10), (0.045, 0.11, 0.18), power=0.5, solid=False, detail=14)
    t.rod([(-0.035, 0.05, 0.43), (-0.03, 0.05, 0.462), (0.03, 0.05, 0.462), (0.035, 0.05, 0.43)], 0.007, strap)
    t.top("loop", (0, 0.05, 0.462), 0.014, kind="handle")


@thing(
    (0.42, 0.27, 0.68), kg=3.6, material="plastic", colors=("navy", "crimson", "silver", "teal"),
    footing="floor", carried=True,
    nouns=("luggage", "trolley case", "travel case", "carry-on"),
)  # fmt: skip
def suitcase(t: Thing) -> None:
    """A ribbed hard-shell trolley case standing on four castors, its handle stowed."""
    black, steel = t.paint("trim", "charcoal"), t.paint("steel", "silver", finish="steel")
    for sy in (-1, 1):
        t.block((0, sy * 0.06, 0.345), (0.42, 0.117, 0.59), bevel=0.035, segments=2, solid=False)
        for i in range(7):
            t.block(((i - 3) * 0.05, sy * 0.06, 0.345), (0.022, 0.127, 0.50), bevel=0.0, solid=False)
    t.box((0, 0, 0.345), (0.42, 0.24, 0.59))
    t.block((0, 0, 0.345), (0.424, 0.008, 0.594), black, bevel=0.003, solid=False)
    for sx in (-1, 1):
        for sy in (-1, 1):
            x, y = sx * 0.16, sy * 0.08
            t.drum((x, y, 0.024), 0.024, 0.022, black, "x", solid=False, segments=14)
            t.box((x, y, 0.0255), (0.03, 0.03, 0.051))
            t.drum((x, y, 0.05), 0.02, 0.016, black, solid=False, segments=12)
        t.rod([(sx * 0.07, 0.105, 0.63), (sx * 0.07, 0.105, 0.655)], 0.008, steel, solid=False)
    t.block((0, 0.105, 0.664), (0.18, 0.03, 0.028), black, bevel=0.008)
    t.rod(
        [(-0.06, -0.02, 0.638), (-0.05, -0.02, 0.662), (0.05, -0.02, 0.662), (0.06, -0.02, 0.638)],
        0.009,
        black,
        solid=False,
    )
    t.block((0.2125, -0.0, 0.36), (0.012, 0.035, 0.16), black, bevel=0.004, solid=False)
    t.block((0, -0.1255, 0.56), (0.10, 0.006, 0.03), steel, solid=False)
    t.top("handle", (0, 0.105, 0.664), 0.03, kind="handle")


@thing(
    (0.835, 0.135, 0.062), kg=0.42, material="fabric", colors=("navy", "black", "red", "teal"),
    footing="floor", carried=True,
    nouns=("folded umbrella", "rain umbrella", "brolly"),
)  # fmt: skip
def umbrella(t: Thing) -> None:
    """A furled umbrella lying along X with a hooked wooden handle at +X."""
    wood, steel, strap = (
        t.paint("handle", "walnut", finish="wood"),
        t.paint("steel", "silver", finish="steel"),
        t.paint("strap", "charcoal"),
    )
    t.lying(
        [(-0.36, 0.008), (-0.33, 0.016), (0.0, 0.028), (0.17, 0.033), (0.20, 0.026), (0.205, 0.012)],
        ends=(0.0105, 0.028),
    )
    z = 0.028
    t.rod([(-0.415, 0, 0.009), (-0.35, 0, 0.0108)], 0.004, steel, sides=8)
    t.rod([(0.2, 0, z), (0.30, 0, z)], 0.005, steel, sides=8)
    hook = [
        (0.29, 0, z),
        (0.36, 0, z),
        *[(0.37 + 0.045 * np.sin(a), 0.045 - 0.045 * np.cos(a), z) for a in np.linspace(0.2, np.pi, 8)],
        (0.34, 0.09, z),
    ]
    t.rod(hook, 0.011, wood, solid=False, sides=12)
    for first, last in ((0, 1), (1, 5), (5, 9), (9, 10)):
        t.capsule(hook[first], hook[last], 0.011)
    t.box((0.36, 0.02, z / 2), (0.02, 0.014, z))
    for i in range(8):
        a = 2 * np.pi * i / 8 + 0.2
        t.rod(
            [
                (-0.33, 0.015 * np.cos(a), max(0.0115 + 0.015 * np.sin(a), 0.003)),
                (0.17, 0.0325 * np.cos(a + 0.6), max(z + 0.0325 * np.sin(a + 0.6), 0.003)),
            ],
            0.0022,
            strap,
            solid=False,
            sides=5,
        )
