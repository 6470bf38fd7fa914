"""Gyms: treadmills, exercise bikes, benches, free weights and mats."""

import numpy as np

from blueprint.assets.families.prints import grid, print_of
from blueprint.assets.families.solids import floored, prism, turned
from blueprint.assets.families.thing import Thing, thing
from blueprint.assets.mesh import lathe, moved

__all__: list[str] = []


@thing(
    (0.82, 1.85, 1.42), kg=95, material="steel", colors=("charcoal", "black", "gray"), finish="plastic",
    footing="floor", nouns=("running machine", "running belt"),
)  # fmt: skip
def treadmill(t: Thing) -> None:
    """A treadmill, its console at the back (+Y); the runner steps on from -Y."""
    w, d, h = t.size()
    belt, steel = t.paint("belt", "black", finish="rubber"), t.paint("steel", "silver", finish="steel")
    t.block((0, 0, 0.02), (w - 0.1, d - 0.1, 0.04), t.paint("feet", "black"))
    t.block((0, -0.02, 0.10), (w - 0.06, d - 0.08, 0.12), bevel=0.02)
    t.block((0, -0.10, 0.163), (w - 0.34, d - 0.42, 0.008), belt, solid=False)
    for sx in (-1, 1):
        t.block((sx * (w / 2 - 0.10), -0.10, 0.17), (0.12, d - 0.42, 0.03), steel, bevel=0.008, solid=False)
        x = sx * (w / 2 - 0.045)
        t.rod([(x, d / 2 - 0.22, 0.12), (x, d / 2 - 0.10, h - 0.28)], 0.032, steel, sides=12)
        t.rod(
            [(x, d / 2 - 0.12, h - 0.40), (x, d / 2 - 0.62, h - 0.42)], 0.022, t.paint("grip", "black", finish="rubber")
        )
    t.block((0, d / 2 - 0.20, 0.20), (w - 0.06, 0.34, 0.14), bevel=0.04, segments=2)
    lean = 0.5
    turn = (float(np.cos(lean / 2)), float(-np.sin(lean / 2)), 0.0, 0.0)
    t.block((0, d / 2 - 0.12, h - 0.17), (w, 0.07, 0.34), bevel=0.02, segments=2, quat=turn)
    screen = t.image(
        "screen",
        print_of(
            (24, 30, 40),
            [
                ("7.5 km/h", 0.08, 0.12, 0.55, 0.4, (90, 220, 140)),
                ("12:30", 0.6, 0.12, 0.92, 0.4, (240, 200, 80)),
                *grid(12, 1, (60, 140, 220), (0.08, 0.5, 0.92, 0.72), 0.3),
                *grid(7, 1, (200, 60, 50), (0.08, 0.8, 0.92, 0.94), 0.3),
            ],
        ),
    )
    normal = np.array([0, -np.cos(lean), np.sin(lean)])
    t.sheet(np.array([0, d / 2 - 0.12, h - 0.17]) + 0.0362 * normal, normal.tolist(), (w * 0.6, 0.24), screen)
    t.block((0, d / 2 - 0.30, h - 0.40), (w * 0.3, 0.05, 0.06), t.paint("clip", "red"), bevel=0.01, solid=False)
    t.rod([(-w / 2 + 0.05, d / 2 - 0.16, h - 0.40), (w / 2 - 0.05, d / 2 - 0.16, h - 0.40)], 0.025, steel)


@thing(
    (0.54, 1.0, 1.19), kg=38, material="steel", colors=("black", "white", "red"), finish="plastic", footing="floor",
    nouns=("stationary bike", "spin bike", "spinning bike", "fitness bike"),
)  # fmt: skip
def exercise_bike(t: Thing) -> None:
    """A spin bike, its handlebar towards -Y."""
    black, steel = t.paint("black", "black", finish="rubber"), t.paint("steel", "silver", finish="steel")
    for y, wide in ((-0.46, 0.52), (0.44, 0.52)):
        t.block((0, y, 0.03), (wide, 0.07, 0.06), black, bevel=0.012)
    t.rod([(0, -0.46, 0.07), (0, -0.05, 0.36), (0, 0.44, 0.07)], 0.036)
    t.rod([(0, -0.30, 0.22), (0, -0.38, 0.92)], 0.034)
    t.rod([(0, 0.06, 0.32), (0, 0.26, 0.82)], 0.034)
    t.rod([(0, -0.35, 0.52), (0, 0.14, 0.5)], 0.03)
    t.drum((0, -0.22, 0.36), 0.23, 0.03, steel, "x", bevel=0.008, segments=40)
    t.drum((0, -0.22, 0.36), 0.19, 0.034, t.main(), "x", solid=False, segments=32)
    t.drum((0, -0.22, 0.36), 0.05, 0.05, black, "x", solid=False)
    t.block((0.045, -0.08, 0.35), (0.03, 0.46, 0.13), black, bevel=0.015, segments=2, solid=False)
    t.rod([(-0.11, 0.06, 0.32), (0.11, 0.06, 0.32)], 0.015, steel, solid=False)
    for sx in (-1, 1):
        end = (sx * 0.11, 0.06 + sx * 0.10, 0.32 - sx * 0.13)
        t.rod([(sx * 0.11, 0.06, 0.32), end], 0.012, steel, solid=False)
        t.block(np.add(end, (sx * 0.05, 0, 0)), (0.09, 0.10, 0.025), black, bevel=0.006)
    t.cushion((0, 0.30, 0.865), (0.18, 0.28, 0.09), t.paint("saddle", "charcoal", finish="leather"), 0.7)
    t.rod([(0, -0.375, 0.90), (0, -0.39, 1.04)], 0.024, steel)
    t.rod(
        [(-0.23, -0.50, 1.12), (-0.24, -0.40, 1.06), (0, -0.38, 1.05), (0.24, -0.40, 1.06), (0.23, -0.50, 1.12)],
        0.017,
        black,
    )
    screen = t.image(
        "screen",
        print_of(
            (24, 30, 40),
            [("82 RPM", 0.1, 0.15, 0.9, 0.5, (90, 220, 140)), *grid(6, 1, (60, 140, 220), (0.1, 0.6, 0.9, 0.85))],
        ),
    )
    t.block((0, -0.41, 1.13), (0.16, 0.03, 0.13), black, bevel=0.01)
    t.sheet((0, -0.3945, 1.13), (0, 1, 0), (0.13, 0.1), screen)


@thing(
    (1.5, 1.45, 1.2), kg=75, material="steel", colors=("red", "charcoal", "white"), finish="plastic", footing="floor",
    nouns=("bench press", "gym bench", "workout bench", "weightlifting bench"),
)  # fmt: skip
def weight_bench(t: Thing) -> None:
    """A bench-press bench with a loaded barbell on its uprights; the bench runs along Y."""
    black, steel = t.paint("pad", "black", finish="leather"), t.paint("steel", "silver", finish="steel")
    plate = t.paint("plate", "charcoal", finish="rubber")
    t.block((0, -0.15, 0.41), (0.28, 1.14, 0.09), black, bevel=0.025, segments=2)
    t.block((0, -0.1, 0.345), (0.06, 1.1, 0.05))
    t.block((0, -0.60, 0.17), (0.06, 0.06, 0.30))
    t.block((0, -0.60, 0.025), (0.42, 0.07, 0.05))
    t.block((0, 0.42, 0.025), (1.0, 0.07, 0.05))
    t.block((0, 0.42, 0.20), (0.07, 0.07, 0.30))
    for sx in (-1, 1):
        x = sx * 0.47
        t.block((x, 0.42, 0.52), (0.06, 0.07, 0.98))
        t.block((x, 0.36, 0.985), (0.06, 0.08, 0.03), steel)
        t.block((x, 0.325, 1.01), (0.06, 0.012, 0.07), steel)
        t.block((x, 0.55, 0.025), (0.06, 0.2, 0.05), solid=False)
        for i, (r, thick) in enumerate(((0.2, 0.045), (0.2, 0.045), (0.15, 0.035))):
            at = sx * (0.56 + 0.05 * i)
            t.drum((at, 0.365, 1.016), r, thick, plate, "x", bevel=0.008, segments=28)
            if i == 2:
                t.drum((at + sx * 0.019, 0.365, 1.016), 0.075, 0.004, t.main(), "x", solid=False)
        t.drum((sx * 0.69, 0.365, 1.016), 0.03, 0.03, steel, "x", solid=False)
    t.rod([(-0.745, 0.365, 1.016), (0.745, 0.365, 1.016)], 0.0145, steel, solid=False)
    t.rod([(-0.53, 0.365, 1.016), (0.53, 0.365, 1.016)], 0.0145, steel)
    t.block((0, 0.43, 0.6), (0.9, 0.04, 0.05))
    t.rect("seat", (0, -0.20, 0.455), (0.24, 0.9), 0.5, "seat")


@thing(
    (0.30, 0.125, 0.11), kg=8, material="steel", colors=("charcoal", "black", "navy"), finish="rubber",
    nouns=("hand weight", "free weight", "hex dumbbell"),
)  # fmt: skip
def dumbbell(t: Thing) -> None:
    """A hexagonal dumbbell lying along X."""
    steel = t.paint("steel", "steel", finish="steel")
    number = t.image("number", print_of((60, 62, 66), [("8", 0.25, 0.15, 0.75, 0.85, (235, 235, 235))]))
    flat, r = 0.054, 0.054 / np.cos(np.pi / 6)
    for sx in (-1, 1):
        rings = []
        for x, share in ((0.065, 0.82), (0.078, 1.0), (0.137, 1.0), (0.149, 0.82)):
            rings += [(sx * x, share * r * np.cos(a), flat + share * r * np.sin(a)) for a in np.pi / 3 * np.arange(6)]
        t.hull(rings[6:18])
        hexagon = [(r * np.cos(a), flat + r * np.sin(a)) for a in np.pi / 3 * np.arange(6)]
        t.add(prism(hexagon, 0.065, axis="x", center=sx * 0.107), t.main())
        small = [(0.86 * y, flat + 0.86 * (z - flat)) for y, z in hexagon]
        t.add(prism(small, 0.081, axis="x", center=sx * 0.107), t.main())
        t.sheet((sx * 0.1481, 0, flat), (sx, 0, 0), (0.05, 0.05), number)
    bar = [(-0.067, 0.014), (-0.03, 0.0165), (0, 0.0175), (0.03, 0.0165), (0.067, 0.014)]
    t.add(turned(lathe([(r, x) for x, r in bar], 20, 1.0), (0, 1, 0), np.pi / 2, (0, 0, flat)), steel)
    t.capsule((-0.06, 0, flat), (0.06, 0, flat), 0.0165)
    t.top("bar", (0, 0, flat), 0.035, kind="handle")


@thing(
    (0.19, 0.19, 0.26), kg=12, material="steel", colors=("charcoal", "red", "yellow", "blue"), finish="plastic",
    nouns=("kettle bell",), footing="floor", carried=True,
)  # fmt: skip
def kettlebell(t: Thing) -> None:
    """A kettlebell: a ball with a flat foot and a handle above it."""
    r, low = 0.092, 0.078
    angles = np.linspace(-np.arcsin(low / r), np.pi / 2 - 1e-6, 12)
    profile = [(float(r * np.cos(a)), float(low + r * np.sin(a))) for a in angles]
    t.add(lathe([(0, 0), *profile, (0, low + r)], 28, 1.2), t.main())
    t.turned_hull(profile[::2], sides=14)
    t.drum((0, -0.0895, low + 0.005), 0.03, 0.008, t.paint("badge", "white"), "y", solid=False)
    steel = t.paint("grip", "silver", finish="steel")
    arch = [(-0.062, 0, 0.14), (-0.074, 0, 0.19), (-0.064, 0, 0.232), (-0.04, 0, 0.244), (0.04, 0, 0.244),
            (0.064, 0, 0.232), (0.074, 0, 0.19), (0.062, 0, 0.14)]  # fmt: skip
    t.rod(arch, 0.0155, steel, solid=False, sides=12)
    for a, b in ((0, 2), (3, 4), (5, 7)):
        t.capsule(arch[a], arch[b], 0.0153)
    t.top("handle", (0, 0, 0.244), 0.031, kind="handle")


@thing(
    (1.25, 0.55, 0.95), kg=32, material="steel", colors=("charcoal", "black"), finish="plastic", footing="floor",
    nouns=("weight rack", "dumbbell stand", "weights rack"),
)  # fmt: skip
def dumbbell_rack(t: Thing) -> None:
    """A three-tier rack for dumbbells with raised lips."""
    w, d, h = t.size()
    red, mat = t.paint("stripe", "red"), t.paint("mat", "black", finish="rubber")
    for sx in (-1, 1):
        x = sx * (w / 2 - 0.03)
        t.block((x, 0, 0.025), (0.06, d, 0.05))
        t.block((x, d / 2 - 0.04, h / 2), (0.06, 0.08, h - 0.05))
        t.block((x - sx * 0.0, d / 2 - 0.0795, h - 0.10), (0.062, 0.003, 0.14), red, solid=False)
    inner = w - 0.12
    for i in range(3):
        z = 0.16 + i * (h - 0.30) / 2
        deep = 0.36 - 0.055 * i
        y = d / 2 - 0.08 - deep / 2
        t.block((0, y, z), (inner, deep, 0.025))
        t.block((0, y, z + 0.0145), (inner - 0.02, deep - 0.03, 0.004), mat, solid=False)
        t.block((0, y - deep / 2 + 0.006, z + 0.025), (inner, 0.012, 0.075))
        for sx in (-1, 1):
            t.block((sx * (inner / 2 - 0.01), y, z + 0.03), (0.02, deep, 0.05), solid=False)
        t.rect(f"shelf_{i}", (0, y + 0.004, z + 0.0165), (inner - 0.06, deep - 0.04), (h - 0.30) / 2 - 0.06, "shelf")
    t.block((0, d / 2 - 0.04, h - 0.06), (inner, 0.04, 0.05))


@thing(
    (0.63, 0.135, 0.135), kg=1.1, material="foam", colors=("purple", "teal", "pink", "navy"),
    footing="floor", carried=True,
    nouns=("exercise mat", "rolled yoga mat", "gym mat"),
)  # fmt: skip
def yoga_mat(t: Thing) -> None:
    """A rolled yoga mat lying along X, held by two straps."""
    r = 0.066
    outline = [(-0.31, r - 0.004), (-0.306, r), (0.306, r), (0.31, r - 0.004)]
    t.lying(outline, flat=0.9, grasps=False)
    strap, core = t.paint("strap", "charcoal", finish="fabric"), t.paint("spiral", "charcoal", finish="foam")
    z = 0.9 * r
    for x in (-0.17, 0.17):
        ring = turned(lathe([(r + 0.001, -0.015), (r + 0.001, 0.015)], 24), (0, 1, 0), np.pi / 2, (x, 0, 0))
        t.add(floored(ring, -z), strap)
    angles = np.linspace(0, 7 * np.pi, 70)
    for sx in (-1, 1):
        spiral = [(sx * 0.3102, (0.008 + 0.0022 * a) * np.cos(a), z + (0.008 + 0.0022 * a) * np.sin(a)) for a in angles]
        t.rod(spiral, 0.0012, core, solid=False, sides=4)


@thing(
    (0.65, 0.65, 0.63), kg=1.2, material="rubber", colors=("sky", "purple", "red", "gray"), finish="plastic",
    footing="floor", carried=True, nouns=("gym ball", "yoga ball", "swiss ball", "fitness ball", "stability ball"),
)  # fmt: skip
def exercise_ball(t: Thing) -> None:
    """A large ribbed gymnastics ball, its underside pressed flat by its weight."""
    r, low = 0.325, 0.305
    angles = np.linspace(-np.arcsin(low / r), np.pi / 2 - 1e-6, 33)
    ribs = 1 - 0.012 * (np.cos(angles * 18) > 0.6)
    profile = [(float(r * s * np.cos(a)), float(low + r * s * np.sin(a))) for a, s in zip(angles, ribs, strict=True)]
    t.add(lathe([(0, 0), *profile, (0, low + r)], 32, 0.9), t.main())
    t.turned_hull(profile[::5], sides=16)
    t.add(moved(lathe([(0.014, 0), (0.012, 0.003), (0, 0.003)], 14), (0, 0, low + r - 0.001)), t.paint("plug", "white"))
