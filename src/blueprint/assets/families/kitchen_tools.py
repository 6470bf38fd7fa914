"""Kitchen tools: teapots, pitchers, blenders, rolling pins, whisks, colanders, racks and scales."""

import itertools

import numpy as np

from blueprint.assets.families.prints import print_of
from blueprint.assets.families.solids import floored, half_shell, tube, turned
from blueprint.assets.families.thing import Thing, loft, thing
from blueprint.assets.families.vessel import Vessel
from blueprint.assets.mesh import lathe

__all__: list[str] = []
_HOLD = ("fillable", "pourable")


def _d_handle(t: Thing, at: float, low: float, high: float, reach: float, radius: float, surface: str) -> None:
    """Add a D-shaped handle at +X on a wall at `at`, from z `low` to `high`, with a grasp on its upright part."""
    turns = np.linspace(-np.pi / 2, np.pi / 2, 13)
    middle, half = (low + high) / 2, (high - low) / 2
    path = [(at + reach * np.cos(a) ** 0.6, 0.0, middle + half * np.sin(a)) for a in np.clip(turns, -1.5707, 1.5707)]
    t.rod(path, radius, surface, solid=False, sides=10)
    for first, last in ((0, 2), (2, 4), (4, 8), (8, 10), (10, 12)):
        t.capsule(path[first], path[last], radius * 0.98)
    if middle > 0.036:
        t.side("handle", (at + reach, 0, middle), 2 * radius, approach=np.pi, kind="handle")


@thing(
    (0.25, 0.155, 0.155), kg=0.75, material="ceramic", colors=("white", "teal", "sky", "crimson"),
    nouns=("tea pot", "porcelain teapot"), affordances=("pourable",),
)  # fmt: skip
def teapot(t: Thing) -> None:
    """A porcelain teapot, its spout towards -X and its handle at +X."""
    body = [
        (0.042, 0.0),
        (0.045, 0.006),
        (0.060, 0.022),
        (0.073, 0.048),
        (0.075, 0.065),
        (0.068, 0.09),
        (0.052, 0.108),
        (0.044, 0.114),
    ]
    t.turn(body, crease=1.1, segments=36, hulls=((0, 4), (4, 7)), sides=14)
    t.turn(
        [
            (0.046, 0.114),
            (0.044, 0.119),
            (0.028, 0.128),
            (0.008, 0.132),
            (0.007, 0.136),
            (0.012, 0.142),
            (0.012, 0.149),
            (0.006, 0.154),
        ],
        crease=0.9,
        sides=10,
        hulls=((0, 3), (4, 7)),
    )
    path = np.array([(-0.062, 0, 0.04), (-0.088, 0, 0.055), (-0.103, 0, 0.085), (-0.118, 0, 0.118), (-0.128, 0, 0.124)])
    t.add(tube(path, [0.021, 0.018, 0.0135, 0.0105, 0.0085], sides=14), t.main())
    t.add(tube([path[-1] + (0.001, 0, 0), path[-1] + (-0.001, 0, 0.0006)], 0.006), t.paint("hole", "charcoal"))
    t.capsule(path[0], path[2], 0.014)
    t.capsule(path[2], path[4], 0.0095)
    _d_handle(t, 0.062, 0.036, 0.104, 0.052, 0.0075, t.main())
    gold = t.paint("gold", "gold", finish="steel")
    t.rod(
        [(0.0462 * np.cos(a), 0.0462 * np.sin(a), 0.1145) for a in np.linspace(0, 2 * np.pi, 33)],
        0.0011,
        gold,
        solid=False,
        sides=5,
    )


@thing(
    (0.19, 0.125, 0.235), kg=0.75, material="glass", colors=("clear",), affordances=_HOLD,
    nouns=("jug", "water jug", "water pitcher", "carafe", "milk jug"),
)  # fmt: skip
def pitcher(t: Thing) -> None:
    """A pitcher with a handle at +X."""
    wall = Vessel(
        outer=((0.048, 0.0), (0.054, 0.006), (0.060, 0.08), (0.052, 0.16), (0.048, 0.19), (0.055, 0.23)),
        inner=((0.045, 0.008), (0.051, 0.014), (0.057, 0.08), (0.049, 0.16), (0.045, 0.19), (0.052, 0.23)),
    )
    wall.show(t, t.main(), t.main(), segments=36)
    wall.collide(t, sides=10, levels=(0.008, 0.23))
    if t.material == "glass":
        water = t.paint("water", "light cyan", finish="glass", opacity=0.4)
        t.turn([(0.050, 0.0095), (0.0565, 0.08), (0.0525, 0.13)], water, hulls=())
    _d_handle(t, 0.050, 0.07, 0.19, 0.062, 0.009, t.main())
    wall.rim_grasps(t, azimuths=(60, 90, 120, 150, 210, 240, 270, 300))
    wall.region(t)


@thing(
    (0.215, 0.185, 0.41), kg=3.4, material="plastic", colors=("charcoal", "red", "silver", "white"),
    nouns=("mixer", "smoothie maker", "stand blender", "juice blender"),
)  # fmt: skip
def blender(t: Thing) -> None:
    """A blender: a base with a dial towards -Y, a glass jar with a handle at +X and a lid."""
    glass, black = t.paint("jar", "clear", finish="glass", opacity=0.4), t.paint("lid", "black")
    steel = t.paint("blade", "steel", finish="steel")
    rings = []
    for z, half in ((0.0, 0.085), (0.012, 0.09), (0.06, 0.084), (0.115, 0.066), (0.135, 0.058)):
        a = 2 * np.pi * np.arange(20) / 20
        rings.append(
            np.column_stack(
                [
                    half * np.sign(np.cos(a)) * np.abs(np.cos(a)) ** 0.5,
                    half * np.sign(np.sin(a)) * np.abs(np.sin(a)) ** 0.5,
                    np.full(20, z),
                ]
            )
        )
    t.add(loft(np.array(rings)), t.main())
    t.hull(np.concatenate([rings[0], rings[1], rings[4]])[::2])
    t.drum((0, -0.0795, 0.065), 0.026, 0.016, steel, "y", solid=False)
    t.block((0, -0.089, 0.073), (0.006, 0.006, 0.02), black, bevel=0.001, solid=False)
    for sx in (-1, 1):
        t.block((sx * 0.052, -0.079, 0.05), (0.022, 0.012, 0.014), steel, bevel=0.003, solid=False)
    jar = [(0.050, 0.150), (0.052, 0.17), (0.068, 0.35), (0.070, 0.36)]
    t.turn([(0.056, 0.135), (0.056, 0.152), (0.05, 0.156)], black)
    t.turn(jar, glass, closed=False, crease=0.9)
    fruit = t.paint("smoothie", "magenta", finish="glass", opacity=0.9)
    t.turn([(0.048, 0.157), (0.049, 0.17), (0.0565, 0.245)], fruit, hulls=())
    t.turn(
        [(0.071, 0.358), (0.071, 0.372), (0.060, 0.382), (0.030, 0.384), (0.028, 0.400), (0.02, 0.406)],
        black,
        hulls=((0, 3), (3, 5)),
    )
    _d_handle(t, 0.054, 0.20, 0.335, 0.06, 0.0105, black)
    t.top("cap", (0, 0, 0.398), 0.057, free_spin=True)


@thing(
    (0.44, 0.052, 0.052), kg=0.42, material="wood", colors=("birch", "oak", "pine"),
    nouns=("dough roller", "wooden rolling pin"),
)  # fmt: skip
def rolling_pin(t: Thing) -> None:
    """A wooden rolling pin lying along X."""
    outline = [
        (-0.22, 0.008),
        (-0.215, 0.0125),
        (-0.17, 0.014),
        (-0.14, 0.010),
        (-0.13, 0.010),
        (-0.129, 0.023),
        (-0.125, 0.0255),
        (0.125, 0.0255),
        (0.129, 0.023),
        (0.13, 0.010),
        (0.14, 0.010),
        (0.17, 0.014),
        (0.215, 0.0125),
        (0.22, 0.008),
    ]
    z, turns = 0.0245, 2 * np.pi * np.arange(14) / 14
    raw = turned(lathe([(0, -0.22), *((r, x) for x, r in outline), (0, 0.22)], 24, 0.7), (0, 1, 0), np.pi / 2)
    t.add(floored(raw, -z), t.main())
    t.hull([(x, r * np.cos(a), max(r * np.sin(a), -z) + z) for x, r in outline[5:9] for a in turns])
    for sx in (-1, 1):
        t.capsule((sx * 0.13, 0, z), (sx * 0.208, 0, z), 0.012)
    for name, x, width in (("middle", 0.0, 0.051), ("left", -0.06, 0.051), ("right", 0.06, 0.051)):
        t.top(name, (x, 0, z), width)


@thing(
    (0.29, 0.062, 0.062), kg=0.12, material="steel", colors=("black", "red", "teal"), finish="plastic",
    nouns=("balloon whisk", "egg beater", "wire whisk"),
)  # fmt: skip
def whisk(t: Thing) -> None:
    """A balloon whisk lying on its wires, the handle at -X."""
    wire = t.paint("wire", "steel", finish="steel")
    r, start, stop = 0.030, -0.015, 0.138
    rise = 0.0105

    def axis(x: float) -> float:
        return float(np.interp(x, (-0.14, 0.085), (0.0105, r)))

    t.rod([(-0.14, 0, axis(-0.14)), (-0.06, 0, axis(-0.06)), (start, 0, axis(start))], 0.0098, solid=False, sides=14)
    t.rod(
        [(start - 0.012, 0, axis(start - 0.012)), (start + 0.006, 0, axis(start + 0.006))],
        0.0108,
        wire,
        solid=False,
        sides=12,
    )
    u = np.linspace(0, 1, 13)
    shape = (
        np.interp(u, (0, 0.1, 0.3, 0.55, 0.8, 0.95, 1.0), (0.004, 0.009, 0.020, 0.0285, 0.026, 0.012, 0.0))
        / 0.0285
        * (r - 0.0012)
    )
    x = start + (stop - start) * np.sin(u * np.pi / 2) ** 0.9
    for i in range(5):
        angle = np.pi * i / 5 + np.pi / 2
        side = np.array([0, np.cos(angle), np.sin(angle)])
        line = np.column_stack([x, np.zeros(13), [axis(value) for value in x]])
        loop = np.concatenate([line + shape[:, None] * side, (line - shape[:, None] * side)[-2::-1]])
        t.rod(loop, 0.0012, wire, solid=False, sides=4)
    t.hull(
        [(-0.14, s * 0.006, 0.0) for s in (-1, 1)]
        + [(-0.14, s * 0.0098, axis(-0.14)) for s in (-1, 1)]
        + [(v, s * 0.009, axis(v) + e * rise * 0.85) for v in (-0.135, start) for s in (-1, 1) for e in (-0.9, 1)]
    )
    t.hull(
        [
            (v, s * w, z)
            for v, w, z in (
                (0.065, 0.012, 0.0),
                (0.105, 0.012, 0.0),
                (0.06, 0.028, 0.03),
                (0.11, 0.026, 0.03),
                (start, 0.006, axis(start)),
                (0.07, 0.014, 0.058),
                (0.10, 0.012, 0.058),
                (0.136, 0.006, 0.034),
            )
            for s in (-1, 1)
        ]
    )
    t.top("handle", (-0.09, 0, axis(-0.09)), 0.0198, kind="handle")


@thing(
    (0.34, 0.093, 0.066), kg=0.14, material="steel", colors=("steel", "black"),
    nouns=("soup ladle", "punch ladle"),
)  # fmt: skip
def ladle(t: Thing) -> None:
    """A soup ladle lying on its bowl, the handle running down to +X."""
    r = 0.045
    t.add(half_shell((r, r, 0.040), (-0.12, 0, 0.040), 1.0), t.main())
    t.add(half_shell((r - 0.002, r - 0.002, 0.038), (-0.12, 0, 0.040), -1.0), t.main())
    rim = [(-0.12 + (r - 0.001) * np.cos(a), (r - 0.001) * np.sin(a), 0.040) for a in np.linspace(0, 2 * np.pi, 25)]
    t.rod(rim, 0.0014, solid=False, sides=5)
    turns = 2 * np.pi * np.arange(12) / 12
    t.hull(
        [
            (-0.12 + s * np.cos(a), s * np.sin(a), z)
            for s, z in ((0.014, 0.0), (0.033, 0.011), (r, 0.040))
            for a in turns
        ]
    )
    path = [
        (-0.078, 0, 0.040),
        (-0.05, 0, 0.060),
        (-0.02, 0, 0.058),
        (0.06, 0, 0.036),
        (0.15, 0, 0.009),
        (0.168, 0, 0.006),
    ]
    t.add(tube(path, 0.008, sides=10, flatten=0.55), t.main())
    for first, last in ((0, 1), (1, 2), (2, 3), (3, 4)):
        t.capsule(path[first], path[last], 0.0055)
    t.box((0.158, 0, 0.0055), (0.02, 0.016, 0.011))
    t.top("handle", (0.06, 0, 0.036), 0.011, kind="handle")


@thing(
    (0.34, 0.27, 0.125), kg=0.55, material="steel", colors=("steel", "white", "red"),
    nouns=("strainer", "sieve", "pasta strainer"), affordances=("fillable",),
)  # fmt: skip
def colander(t: Thing) -> None:
    """A colander: a round bowl full of holes on a foot ring, with two handles."""
    wall = Vessel(
        outer=((0.06, 0.012), (0.085, 0.025), (0.112, 0.06), (0.127, 0.118)),
        inner=((0.055, 0.016), (0.083, 0.028), (0.110, 0.062), (0.125, 0.118)),
    )
    wall.show(t, t.main(), t.main(), segments=40)
    t.turn([(0.06, 0.0), (0.062, 0.0), (0.056, 0.014)], closed=False, hulls=())
    t.cylinder((0, 0, 0.008), 0.062, 0.016)
    wall.walls(t, 12, (0.016, 0.118))
    hole = t.paint("hole", "charcoal")
    for level, (z, count) in enumerate(((0.035, 14), (0.055, 18), (0.075, 20), (0.095, 22))):
        slope = np.arctan2(wall.outer_radius(z + 0.005) - wall.outer_radius(z - 0.005), 0.01)
        for i in range(count):
            a = 2 * np.pi * (i + 0.5 * (level % 2)) / count
            for radius, sign in ((wall.outer_radius(z) + 0.0006, 1.0), (wall.inner_radius(z) - 0.0006, -1.0)):
                spoke = np.array([np.cos(a), np.sin(a), 0])
                normal = sign * (np.cos(slope) * spoke - np.sin(slope) * np.array([0, 0, 1.0]))
                t.sheet(spoke * radius + (0, 0, z), normal.tolist(), (0.009, 0.009), hole)
    for sx in (-1, 1):
        arch = [(sx * (0.122 + 0.038 * np.sin(a)), 0.045 * np.cos(a), 0.108) for a in np.linspace(0, np.pi, 11)]
        t.rod(arch, 0.005, solid=False, sides=8)
        t.capsule(arch[4], arch[6], 0.005)
        t.top(f"handle_{'right' if sx > 0 else 'left'}", (sx * 0.158, 0, 0.108), 0.010, yaw=0.0, kind="handle")
    wall.region(t)


@thing(
    (0.44, 0.32, 0.13), kg=1.1, material="steel", colors=("steel", "white", "black"),
    nouns=("drying rack", "dish drainer", "plate rack", "dish drying rack"),
)  # fmt: skip
def dish_rack(t: Thing) -> None:
    """A wire dish rack with plate slots on a drip tray."""
    w, d = 0.42, 0.30
    tray = t.paint("tray", "light gray" if t.color != "white" else "sky")
    t.block((0, 0, 0.006), (0.44, 0.32, 0.012), tray, bevel=0.004)
    for sy in (-1, 1):
        t.block((0, sy * 0.155, 0.017), (0.44, 0.010, 0.02), tray, bevel=0.002, solid=False)
        t.block((sy * 0.215, 0, 0.017), (0.010, 0.32, 0.02), tray, bevel=0.002, solid=False)
    corner = [(-w / 2, -d / 2), (w / 2, -d / 2), (w / 2, d / 2), (-w / 2, d / 2), (-w / 2, -d / 2)]
    for z, radius in ((0.03, 0.0028), (0.125, 0.0036)):
        t.rod([(x, y, z) for x, y in corner], radius, solid=False, sides=6)
    for (x0, y0), (x1, y1) in itertools.pairwise(corner):
        t.capsule((x0, y0, 0.125), (x1, y1, 0.125), 0.0036)
    for x in np.linspace(-w / 2, w / 2, 15)[1:-1]:
        t.rod(
            [(x, -d / 2, 0.125), (x, -d / 2, 0.03), (x, d / 2, 0.03), (x, d / 2, 0.125)], 0.0018, solid=False, sides=4
        )
        if x < 0.1:
            t.rod([(x, 0.0, 0.03), (x, 0.01, 0.075), (x, 0.04, 0.075), (x, 0.05, 0.03)], 0.0018, solid=False, sides=4)
    for y in np.linspace(-d / 2, d / 2, 5)[1:-1]:
        t.rod(
            [(-w / 2, y, 0.125), (-w / 2, y, 0.03), (w / 2, y, 0.03), (w / 2, y, 0.125)], 0.0018, solid=False, sides=4
        )
    for x, y in corner[:4]:
        t.box((x, y, 0.068), (0.007, 0.007, 0.112))
    t.box((0, 0, 0.022), (w - 0.01, d - 0.01, 0.019))
    for sy, name in ((-1, "rim_front"), (1, "rim_back")):
        t.top(name, (0, sy * d / 2, 0.119), 0.0072, kind="rim")
    t.rect("interior", (0, 0, 0.0318), (w - 0.03, d - 0.03), 0.2, "interior", container=True)


@thing(
    (0.20, 0.23, 0.036), kg=0.7, material="plastic", colors=("white", "charcoal", "teal"),
    nouns=("food scale", "digital scale", "weighing scale", "scale"),
)  # fmt: skip
def kitchen_scale(t: Thing) -> None:
    """A flat digital kitchen scale with a steel platform and a display at -Y."""
    steel = t.paint("platform", "steel", finish="steel")
    t.block((0, 0, 0.012), (0.20, 0.23, 0.024), bevel=0.008, segments=2)
    t.block((0, 0.025, 0.030), (0.18, 0.16, 0.012), steel, bevel=0.003)
    face = t.image(
        "face",
        print_of(
            (40, 44, 50),
            [
                ("rect", 0.26, 0.12, 0.74, 0.88, (168, 196, 170)),
                ("250 g", 0.28, 0.16, 0.72, 0.84, (20, 40, 30)),
                ("oval", 0.06, 0.3, 0.16, 0.7, (220, 220, 220)),
                ("oval", 0.84, 0.3, 0.94, 0.7, (220, 220, 220)),
            ],
            256,
            64,
        ),
    )
    t.sheet((0, -0.084, 0.0245), (0, 0, 1), (0.16, 0.04), face)
    t.rect("top", (0, 0.025, 0.036), (0.17, 0.15), 0.4, "top")


@thing(
    (0.118, 0.09, 0.07), kg=0.2, material="ceramic", colors=("white", "sky", "teal", "pink"),
    nouns=("teacup", "tea cup", "espresso cup"), affordances=_HOLD,
)  # fmt: skip
def cup(t: Thing) -> None:
    """A flared teacup with a handle at +X."""
    wall = Vessel(
        outer=((0.026, 0.0), (0.027, 0.005), (0.036, 0.024), (0.041, 0.046), (0.044, 0.07)),
        inner=((0.029, 0.009), (0.0415, 0.07)),
    )
    inside = t.paint("inside", "porcelain", finish="ceramic")
    wall.show(t, t.main(), inside, segments=32)
    wall.collide(t, sides=10, levels=(0.009, 0.07))
    turns = np.linspace(-np.pi / 2, np.pi / 2, 11)
    path = [(0.036 + 0.028 * np.cos(a), 0, 0.040 + 0.018 * np.sin(a)) for a in turns]
    t.rod(path, 0.0038, solid=False, sides=8)
    for first, last in ((0, 3), (3, 7), (7, 10)):
        t.capsule(path[first], path[last], 0.0038)
    gold = t.paint("gold", "gold", finish="steel")
    t.rod(
        [(0.0431 * np.cos(a), 0.0431 * np.sin(a), 0.0694) for a in np.linspace(0, 2 * np.pi, 33)],
        0.0008,
        gold,
        solid=False,
        sides=4,
    )
    wall.rim_grasps(t, azimuths=(45, 90, 135, 180, 225, 270, 315))
    t.side("handle", (0.064, 0, 0.040), 0.0076, approach=np.pi, kind="handle")
    wall.region(t)
