"""Workshop things: cordless drills, hand saws, paint cans and bench vises."""

import numpy as np

from blueprint.assets.extrusion import extrude
from blueprint.assets.families.prints import print_of
from blueprint.assets.families.thing import Thing, thing
from blueprint.assets.mesh import lathe, moved, unit_uvs

__all__: list[str] = []


@thing(
    (0.08, 0.238, 0.2), kg=1.5, material="plastic", colors=("yellow", "teal", "red", "blue"),
    nouns=("power drill", "cordless drill", "electric drill", "drill driver"),
)  # fmt: skip
def drill(t: Thing) -> None:
    """A cordless drill standing on its battery, the chuck towards -Y."""
    black, steel = t.paint("grip", "charcoal", finish="rubber"), t.paint("steel", "steel", finish="steel")
    t.block((0, 0.02, 0.022), (0.075, 0.115, 0.044), black, bevel=0.008, segments=2)
    t.block((0, 0.02, 0.053), (0.066, 0.10, 0.020), bevel=0.006)
    turn = (float(np.cos(0.06)), float(np.sin(0.06)), 0.0, 0.0)
    t.block((0, 0.035, 0.105), (0.036, 0.048, 0.10), bevel=0.014, segments=2, quat=turn)
    t.block((0, 0.053, 0.105), (0.038, 0.02, 0.085), black, bevel=0.008, quat=turn, solid=False)
    t.drum((0, 0.035, 0.170), 0.031, 0.125, t.main(), "y", bevel=0.008, segments=24)
    t.drum((0, 0.10, 0.170), 0.0285, 0.012, black, "y", bevel=0.003, solid=False)
    for i in range(4):
        t.block((0.0305, 0.055 + 0.010 * i, 0.170), (0.003, 0.004, 0.022), black, bevel=0.0, solid=False)
        t.block((-0.0305, 0.055 + 0.010 * i, 0.170), (0.003, 0.004, 0.022), black, bevel=0.0, solid=False)
    t.drum((0, -0.040, 0.170), 0.028, 0.026, black, "y", bevel=0.003, segments=20)
    t.drum((0, -0.072, 0.170), 0.021, 0.042, t.paint("chuck", "gray", finish="steel"), "y", bevel=0.006, segments=16)
    t.rod([(0, -0.09, 0.170), (0, -0.132, 0.170)], 0.0035, steel, sides=8)
    t.block(
        (0, 0.008, 0.128),
        (0.016, 0.018, 0.03),
        t.paint("trigger", "red" if t.color != "red" else "black"),
        bevel=0.005,
        solid=False,
    )
    badge = t.image("badge", print_of((40, 42, 46), [("18 V", 0.1, 0.15, 0.9, 0.85, (240, 240, 236))], 128, 64))
    for sx in (-1, 1):
        t.sheet((sx * 0.0378, 0.02, 0.024), (sx, 0, 0), (0.06, 0.024), badge)
    t.top("body", (0, 0.045, 0.170), 0.062, yaw=0.0)
    t.side("handle", (0, 0.044, 0.100), 0.036, approach=-np.pi / 2, kind="handle")


@thing(
    (0.46, 0.13, 0.026), kg=0.45, material="steel", colors=("orange", "brown", "red", "yellow"), finish="plastic",
    nouns=("hand saw", "handsaw", "wood saw"),
)  # fmt: skip
def saw(t: Thing) -> None:
    """A hand saw lying flat, its teeth towards -Y and its handle at +X."""
    steel = t.paint("blade", "steel", finish="steel")
    teeth = [(x, -0.048 - (0.005 if i % 2 else 0.0)) for i, x in enumerate(np.linspace(-0.225, 0.12, 70))]
    blade = [*teeth, (0.135, -0.045), (0.135, 0.05), (-0.225, -0.005)]
    t.add(moved(extrude(blade, 0.0016), (0, 0, 0.0118)), steel)
    outer = [
        (0.085, -0.045),
        (0.125, -0.06),
        (0.16, -0.062),
        (0.215, -0.058),
        (0.232, -0.04),
        (0.215, -0.02),
        (0.21, 0.015),
        (0.228, 0.05),
        (0.215, 0.068),
        (0.165, 0.066),
        (0.11, 0.05),
    ]
    inner = [
        (0.150, -0.035),
        (0.190, -0.033),
        (0.184, -0.010),
        (0.182, 0.012),
        (0.190, 0.040),
        (0.155, 0.040),
        (0.138, 0.0),
    ]
    t.add(extrude(_keyhole(outer, inner), 0.025), t.main())
    for x, y in ((0.112, -0.028), (0.125, 0.0), (0.128, 0.03)):
        t.drum((x, y, 0.0125), 0.006, 0.0258, t.paint("screw", "brass", finish="steel"), solid=False, segments=12)
    t.box((-0.05, -0.012, 0.0125), (0.34, 0.07, 0.004))
    t.box((-0.19, -0.012, 0.0055), (0.02, 0.02, 0.011))
    t.hull(
        [
            (x, y, z)
            for x, y in ((0.085, -0.045), (0.13, -0.06), (0.142, -0.03), (0.142, 0.045), (0.11, 0.05))
            for z in (0, 0.025)
        ]
    )
    t.box((0.1965, 0.004, 0.0125), (0.026, 0.074, 0.025))
    t.hull(
        [(x, y, z) for x, y in ((0.142, -0.036), (0.142, -0.061), (0.215, -0.058), (0.20, -0.036)) for z in (0, 0.025)]
    )
    t.hull([(x, y, z) for x, y in ((0.142, 0.042), (0.142, 0.06), (0.215, 0.068), (0.20, 0.042)) for z in (0, 0.025)])
    t.top("handle", (0.197, 0.004, 0.0125), 0.026, yaw=0.0, kind="handle")


def _keyhole(outer: list[tuple[float, float]], inner: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return one outline around a shape with a hole: both loops joined by a slit at their first points."""
    eps = 1e-5
    first, hole = outer[0], inner[0]
    shifted = [(hole[0], hole[1] + eps)]
    return [*outer, (first[0], first[1] + eps), *shifted, *inner[:0:-1], hole]


@thing(
    (0.178, 0.172, 0.245),
    kg=3.6,
    material="steel",
    colors=("silver",),
    finish="steel",
    footing="surface",
    options=("label",),
    nouns=("tin of paint", "paint tin", "paint bucket", "paint pot"),
)
def paint_can(t: Thing) -> None:
    """A can of paint with a label, a press-in lid, a drip of paint and its wire bail hanging down."""
    r, h = 0.084, 0.19
    word = ("blue", "red", "green", "yellow", "purple")[int(t.rng.integers(5))]
    tint = t.paint("paint", word)
    t.turn(
        [
            (r - 0.002, 0.0),
            (r, 0.002),
            (r, 0.006),
            (r - 0.002, 0.009),
            (r - 0.002, h - 0.009),
            (r, h - 0.006),
            (r, h - 0.001),
            (r - 0.003, h),
        ],
        hulls=(),
        segments=36,
    )
    t.cylinder((0, 0, h / 2), r, h)
    t.turn(
        [(r - 0.012, h - 0.002), (r - 0.012, h + 0.0025), (r - 0.018, h + 0.0025), (r - 0.020, h - 0.001)],
        hulls=(),
        segments=36,
    )
    rgb = {
        "blue": (44, 88, 168),
        "red": (186, 40, 36),
        "green": (58, 130, 64),
        "yellow": (238, 196, 46),
        "purple": (104, 62, 138),
    }[word]
    label = t.image(
        "label",
        print_of(
            (246, 246, 240),
            [
                ("rect", 0, 0.0, 1, 0.14, rgb),
                ("rect", 0, 0.86, 1, 1.0, rgb),
                *[
                    (
                        str(t.request.option("label", "PAINT")).upper()[:16],
                        0.03 + i / 3,
                        0.3,
                        0.3 + i / 3,
                        0.55,
                        (40, 44, 52),
                    )
                    for i in range(3)
                ],
                *[("oval", 0.12 + i / 3, 0.6, 0.2 + i / 3, 0.8, rgb) for i in range(3)],
            ],
            512,
            192,
        ),
    )
    t.add(unit_uvs(lathe([(r - 0.0014, 0.022), (r - 0.0014, h - 0.022)], 36)), label)
    for a, drop in ((-1.2, 0.07), (-1.45, 0.035), (-0.95, 0.05)):
        x, y = (r + 0.0004) * np.cos(a), (r + 0.0004) * np.sin(a)
        t.rod([(0.9 * x, 0.9 * y, h + 0.001), (x, y, h - 0.002), (x, y, h - drop)], 0.0042, tint, solid=False, sides=8)
        t.orb((x, y, h - drop), (0.0055, 0.0055, 0.007), tint, detail=8)
    wire = t.paint("wire", "gray", finish="steel")
    for sx in (-1, 1):
        t.drum((sx * (r + 0.001), 0, h - 0.028), 0.010, 0.006, wire, "x", solid=False, segments=14)
    bail = [((r + 0.003) * np.cos(a), 0, h - 0.028 + 0.082 * np.sin(a) ** 0.8) for a in np.linspace(0, np.pi, 19)]
    t.rod(bail, 0.002, wire, solid=False, sides=6)
    for first, last in ((0, 2), (2, 5), (5, 9), (9, 13), (13, 16), (16, 18)):
        t.capsule(bail[first], bail[last], 0.0024)
    t.rod([(-0.035, 0, h + 0.0532), (0.035, 0, h + 0.0532)], 0.0075, t.paint("grip", "black"), sides=10)
    t.top("bail", (0, 0, h + 0.0532), 0.015, kind="handle")


@thing(
    (0.182, 0.292, 0.19), kg=9.5, material="steel", colors=("blue", "gray", "red", "green"), finish="plastic",
    nouns=("bench vise", "vice", "bench vice", "workbench vise"),
)  # fmt: skip
def vise(t: Thing) -> None:
    """A bench vise, its spindle and handle bar towards -Y."""
    steel, dark = t.paint("steel", "steel", finish="steel"), t.paint("anvil", "charcoal", finish="steel")
    t.block((0, 0.04, 0.012), (0.18, 0.17, 0.024), bevel=0.005)
    for sx in (-1, 1):
        for y in (-0.02, 0.10):
            t.drum((sx * 0.072, y, 0.026), 0.010, 0.012, steel, solid=False, segments=6)
    t.drum((0, 0.04, 0.038), 0.062, 0.028, bevel=0.004)
    t.block((0, 0.05, 0.09), (0.085, 0.14, 0.085), bevel=0.014, segments=2)
    t.block((0, 0.10, 0.137), (0.06, 0.06, 0.018), dark, bevel=0.003)
    t.block((0, -0.005, 0.155), (0.12, 0.032, 0.06), bevel=0.006)
    t.block((0, -0.025, 0.172), (0.12, 0.008, 0.035), steel, bevel=0.001)
    t.block((0, -0.066, 0.172), (0.12, 0.008, 0.035), steel, bevel=0.001)
    t.block((0, -0.088, 0.147), (0.12, 0.036, 0.075), bevel=0.008)
    t.block((0, -0.05, 0.088), (0.06, 0.11, 0.05), t.main(), bevel=0.008, solid=False)
    t.box((0, -0.06, 0.088), (0.06, 0.09, 0.05))
    t.block((0, -0.09, 0.10), (0.075, 0.036, 0.08), bevel=0.01, solid=False)
    t.drum((0, -0.125, 0.088), 0.017, 0.05, steel, "y")
    t.drum((0, -0.15, 0.088), 0.021, 0.02, dark, "y", solid=False)
    bar = [(-0.075, -0.15, 0.038), (0.075, -0.15, 0.138)]
    t.rod(bar, 0.006, steel)
    for end in bar:
        t.orb(end, (0.010, 0.010, 0.010), steel, detail=10)
