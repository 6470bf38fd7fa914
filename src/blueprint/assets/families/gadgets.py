"""Gadgets: headphones, tablets, cameras, routers, game controllers and flashlights."""

import numpy as np

from blueprint.assets.families.prints import grid, print_of
from blueprint.assets.families.solids import floored, turned
from blueprint.assets.families.thing import Thing, thing
from blueprint.assets.mesh import lathe

__all__: list[str] = []


@thing(
    (0.206, 0.235, 0.08), kg=0.26, material="plastic", colors=("charcoal", "white", "red", "navy"),
    nouns=("headset", "earphones", "over-ear headphones"),
)  # fmt: skip
def headphones(t: Thing) -> None:
    """Headphones resting on their ear cups, the padded band lying towards +Y."""
    pad, steel = t.paint("pad", "black", finish="leather"), t.paint("steel", "silver", finish="steel")
    r = 0.04
    for sx in (-1, 1):
        x = sx * 0.078
        cup = [(0.026, -0.014), (0.037, -0.010), (r, 0.0), (0.036, 0.012), (0.028, 0.016)]
        shell = turned(
            lathe([(0, -0.014), *cup, (0, 0.016)], 24, 0.9), (0, 1, 0), sx * np.pi / 2, (x + sx * 0.004, 0, r)
        )
        t.add(floored(shell, 0.0015), t.main())
        ring = [(x - sx * 0.016, 0.0265 * np.cos(a), r + 0.0265 * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 19)]
        t.rod(ring, 0.0115, pad, solid=False, sides=8)
        t.drum((x - sx * 0.012, 0, r), 0.022, 0.004, t.paint("mesh", "gray", finish="fabric"), "x", solid=False)
        t.drum((x + sx * 0.0205, 0, r), 0.017, 0.003, steel, "x", solid=False)
        turns = 2 * np.pi * np.arange(14) / 14
        t.hull(
            [(x + e, r * np.cos(a), max(r + r * np.sin(a), 0.0015) - 0.0015) for e in (-0.024, 0.016) for a in turns]
        )

    def arch(a: float, grow: float = 0.0) -> tuple[float, float, float]:
        y = 0.02 + (0.165 + grow) * np.sin(a)
        return (float((0.088 + grow) * np.cos(a)), float(y), float(np.interp(y, (0.0, 0.185), (r, 0.0105))))

    turns = np.linspace(0.05, np.pi - 0.05, 21)
    t.rod([arch(a) for a in turns], 0.0055, steel, solid=False, sides=8)
    t.rod([arch(a) for a in turns[3:-3]], 0.0105, t.main(), solid=False, sides=10)
    t.rod([arch(a, -0.006) for a in turns[6:-6]], 0.0095, pad, solid=False, sides=8)
    for first, last in ((0, 4), (4, 8), (8, 12), (12, 16), (16, 20)):
        t.capsule(arch(turns[first]), arch(turns[last]), 0.0085)
    t.box((0, 0.185, 0.004), (0.03, 0.012, 0.008))
    t.top("band", (0, 0.181, 0.0145), 0.021)


@thing(
    (0.25, 0.175, 0.0085), kg=0.48, material="aluminium", colors=("silver", "charcoal", "gold"),
    nouns=("tablet computer", "ipad", "e-reader"),
)  # fmt: skip
def tablet(t: Thing) -> None:
    """A tablet computer lying on its back with a screen full of icons."""
    w, d, h = 0.25, 0.175, 0.0075
    t.block((0, 0, h / 2), (w, d, h), bevel=0.003)
    t.block((0, 0, h), (w - 0.004, d - 0.004, 0.0012), t.paint("glass", "black"), bevel=0.0004, solid=False)
    bright = ((230, 90, 80), (90, 190, 120), (80, 150, 230), (240, 190, 70), (170, 110, 210), (80, 200, 200))
    icons = [(*mark[:5], bright[i % 6]) for i, mark in enumerate(grid(6, 3, (0, 0, 0), (0.08, 0.12, 0.92, 0.72), 0.42))]
    dock = [
        (*mark[:5], bright[(i + 3) % 6]) for i, mark in enumerate(grid(4, 1, (0, 0, 0), (0.28, 0.8, 0.72, 0.97), 0.36))
    ]
    screen = t.image("screen", print_of((46, 84, 140), [
        ("oval", -0.3, 0.3, 0.8, 1.6, (58, 110, 168)), ("oval", 0.4, -0.5, 1.4, 0.7, (70, 130, 186)), *icons,
        ("rect", 0.26, 0.79, 0.74, 0.98, (150, 184, 214)), *dock], 384, 256), roughness=0.15)  # fmt: skip
    t.sheet((0, 0, h + 0.0007), (0, 0, 1), (w - 0.018, d - 0.018), screen)


@thing(
    (0.132, 0.106, 0.092), kg=0.72, material="plastic", colors=("charcoal", "black"), finish="leather",
    nouns=("photo camera", "digital camera", "dslr"),
)  # fmt: skip
def camera(t: Thing) -> None:
    """A single-lens reflex camera, its lens towards -Y."""
    black, glass = t.paint("black", "black"), t.paint("glass", "navy", finish="glass")
    steel, red = t.paint("steel", "silver", finish="steel"), t.paint("red", "red")
    t.block((0, 0.018, 0.036), (0.13, 0.045, 0.072), bevel=0.008, segments=2)
    t.block((-0.05, -0.008, 0.034), (0.03, 0.03, 0.066), bevel=0.01, segments=2)
    t.block((0, 0.012, 0.078), (0.046, 0.05, 0.026), black, bevel=0.009, segments=2)
    lens = [(0.033, 0.0), (0.033, 0.012), (0.031, 0.014), (0.031, 0.045), (0.034, 0.048), (0.034, 0.062)]
    t.add(
        turned(
            lathe([(0, 0), *lens, (0.029, 0.062), (0.024, 0.052), (0, 0.054)], 28, 0.6),
            (1, 0, 0),
            np.pi / 2,
            (0.008, 0.0, 0.0365),
        ),
        black,
    )
    t.drum((0.008, -0.030, 0.0365), 0.034, 0.052, black, "y", solid=False)
    t.hull(
        [
            (0.008 + 0.033 * np.cos(a), y, 0.0365 + 0.033 * np.sin(a))
            for y in (-0.062, 0.0)
            for a in 2 * np.pi * np.arange(14) / 14
        ]
    )
    t.drum((0.008, -0.0535, 0.0365), 0.0245, 0.004, glass, "y", solid=False)
    t.orb((0.008, -0.0535, 0.0365), (0.022, 0.006, 0.022), glass, detail=14)
    ring = [(0.008 + 0.0335 * np.cos(a), -0.045, 0.0365 + 0.0335 * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 25)]
    t.rod(ring, 0.001, red, solid=False, sides=5)
    t.drum((-0.05, 0.012, 0.0745), 0.010, 0.008, steel, solid=False)
    t.drum((0.046, 0.018, 0.075), 0.013, 0.009, black, solid=False)
    name = t.image("name", print_of((30, 30, 32), [("PHOTO", 0.08, 0.15, 0.92, 0.85, (235, 235, 235))], 128, 48))
    t.sheet((0, -0.0135, 0.078), (0, -1, 0), (0.03, 0.0115), name)
    screen = t.paint("screen", "dark gray", finish="glass")
    t.block((0, 0.041, 0.036), (0.075, 0.003, 0.05), screen, bevel=0.001, solid=False)
    t.top("body", (0.055, 0.018, 0.05), 0.045)


@thing(
    (0.24, 0.165, 0.20),
    kg=0.42,
    material="plastic",
    colors=("black", "white"),
    nouns=("wifi router", "modem", "wireless router"),
)
def router(t: Thing) -> None:
    """A wireless router with three aerials and a row of lights towards -Y."""
    dark = t.paint("aerial", "charcoal" if t.color != "white" else "light gray")
    t.block((0, 0, 0.020), (0.23, 0.14, 0.032), bevel=0.01, segments=2)
    for sx in (-1, 1):
        for sy in (-1, 1):
            t.drum((sx * 0.09, sy * 0.05, 0.003), 0.008, 0.006, dark, segments=10)
    for i, x in enumerate((-0.085, 0.0, 0.085)):
        t.drum((x, 0.073, 0.022), 0.008, 0.012, dark, "y", solid=False, segments=12)
        lean = (i - 1) * 0.02
        t.block((x + lean * 0.5, 0.082, 0.11), (0.014, 0.008, 0.17), dark, bevel=0.003,
                quat=(float(np.cos(lean * 2.5)), 0, float(np.sin(lean * 2.5)), 0))  # fmt: skip
    lights = t.image(
        "lights", print_of((20, 20, 22), grid(8, 1, (90, 230, 120), (0.05, 0.3, 0.95, 0.7), 0.6, "oval"), 256, 32)
    )
    t.sheet((0, -0.0703, 0.020), (0, -1, 0), (0.12, 0.010), lights)
    for i in range(9):
        t.block(((i - 4) * 0.018, 0.01, 0.0362), (0.006, 0.07, 0.001), dark, bevel=0.0, solid=False)
    t.top("aerial", (0, 0.082, 0.165), 0.008)


@thing(
    (0.155, 0.118, 0.057), kg=0.23, material="plastic", colors=("charcoal", "white", "red", "navy"),
    nouns=("gamepad", "joystick", "controller", "video game controller"),
)  # fmt: skip
def game_controller(t: Thing) -> None:
    """A game controller with two sticks, a cross and four coloured buttons; its grips point to -Y."""
    dark = t.paint("dark", "black" if t.color != "black" else "gray", finish="rubber")
    t.cushion((0, 0.015, 0.0225), (0.145, 0.072, 0.045), power=0.6, power_z=0.6, detail=24)
    for sx in (-1, 1):
        t.cushion((sx * 0.054, -0.018, 0.020), (0.046, 0.085, 0.040), power=0.85, power_z=0.75, detail=14)
        t.drum((sx * 0.024, -0.006, 0.048), 0.006, 0.012, dark, solid=False, segments=12)
        t.drum((sx * 0.024, -0.006, 0.0535), 0.0105, 0.006, dark, bevel=0.002, solid=False, segments=16)
        t.block((sx * 0.05, 0.05, 0.034), (0.034, 0.014, 0.012), dark, bevel=0.004, solid=False)
    z = 0.0455
    t.block((-0.05, 0.022, z), (0.021, 0.007, 0.006), dark, bevel=0.001, solid=False)
    t.block((-0.05, 0.022, z), (0.007, 0.021, 0.006), dark, bevel=0.001, solid=False)
    for dx, dy, word in ((0, -0.010, "green"), (0.010, 0, "red"), (-0.010, 0, "blue"), (0, 0.010, "yellow")):
        t.drum((0.05 + dx, 0.022 + dy, z), 0.0046, 0.006, t.paint(f"button_{word}", word), solid=False, segments=12)
    t.drum((0, 0.026, z), 0.0075, 0.004, t.paint("logo", "silver", finish="steel"), solid=False)
    for sx in (-1, 1):
        t.block((sx * 0.018, 0.03, z), (0.007, 0.004, 0.003), dark, bevel=0.001, solid=False)
    t.top("middle", (0, 0.015, 0.024), 0.070)


@thing(
    (0.165, 0.044, 0.042),
    kg=0.16,
    material="aluminium",
    colors=("charcoal", "black", "red", "yellow"),
    finish="plastic",
    nouns=("torch", "pocket torch", "hand torch"),
)
def flashlight(t: Thing) -> None:
    """A flashlight lying along X on its head and tail ring, its lens at +X."""
    z = 0.0193
    tail = [(-0.082, 0.017), (-0.079, 0.0205), (-0.062, 0.0205), (-0.058, 0.015)]
    body = [(0.02, 0.015), (0.045, 0.0215), (0.072, 0.0215), (0.08, 0.021)]
    raw = turned(
        lathe([(0, -0.082), *((r, x) for x, r in (*tail, *body)), (0.018, 0.08), (0.0, 0.074)], 28, 0.6),
        (0, 1, 0),
        np.pi / 2,
    )
    t.add(floored(raw, -z), t.main())
    for i in range(7):
        t.drum(
            (-0.046 + 0.009 * i, 0, z),
            0.0158,
            0.0045,
            t.paint("grip", "gray", finish="rubber"),
            "x",
            solid=False,
            segments=18,
        )
    t.drum((0.0755, 0, z), 0.0182, 0.002, t.paint("lens", "cream", finish="glass"), "x", solid=False)
    t.block(
        (0.028, 0, z + 0.0175),
        (0.014, 0.008, 0.006),
        t.paint("switch", "red" if t.color != "red" else "black"),
        bevel=0.002,
        solid=False,
    )
    turns = 2 * np.pi * np.arange(12) / 12
    for outline in (tail[:3], [(0.042, 0.0205), (0.08, 0.0213)]):
        chord = [(x, s * (r * r - z * z) ** 0.5, 0.0) for x, r in outline for s in (-1, 1) if r > z]
        t.hull([(x, r * np.cos(a), max(r * np.sin(a), -z) + z) for x, r in outline for a in turns] + chord)
    t.hull(
        [
            (x, r * np.cos(a), r * np.sin(a) + z)
            for x, r in ((-0.061, 0.0155), (0.03, 0.0155), (0.042, 0.0185))
            for a in turns
        ]
    )
    t.top("body", (-0.015, 0, z), 0.0315)
