"""Laboratories: benches, fume hoods, microscopes, centrifuges and glassware."""

import numpy as np

from blueprint.assets.families.prints import grid, print_of
from blueprint.assets.families.solids import prism
from blueprint.assets.families.thing import Thing, thing
from blueprint.assets.families.vessel import Vessel
from blueprint.assets.mesh import lathe, moved, plate

__all__: list[str] = []


def _fronts(t: Thing, width: float, low: float, high: float, y: float, columns: int, rows: int) -> None:
    """Show `columns` × `rows` drawer fronts with bar handles between `low` and `high` on the plane `y`."""
    steel = t.paint("handle", "steel", finish="steel")
    dx, dz = width / columns, (high - low) / rows
    for i in range(columns):
        for j in range(rows):
            x, z = (i - (columns - 1) / 2) * dx, low + (j + 0.5) * dz
            t.block((x, y - 0.007, z), (dx - 0.012, 0.014, dz - 0.012), solid=False)
            t.block((x, y - 0.032, z + dz * 0.28), (0.14, 0.01, 0.012), steel, solid=False)
            for sx in (-1, 1):
                t.block((x + sx * 0.06, y - 0.022, z + dz * 0.28), (0.01, 0.02, 0.01), steel, bevel=0.0, solid=False)


@thing(
    (1.8, 0.78, 1.5), kg=120, material="wood", colors=("white", "light gray", "light blue"), finish="plastic",
    footing="floor", nouns=("laboratory bench", "laboratory table", "lab table", "science bench"),
)  # fmt: skip
def lab_bench(t: Thing) -> None:
    """A laboratory bench: a black top on cabinets with a knee space, and a reagent shelf behind."""
    w, d, high = t.size()
    h = 0.6 * high
    black, steel = t.paint("top", "charcoal", finish="stone"), t.paint("post", "aluminium", finish="aluminium")
    side = 0.34 * w
    for sx in (-1, 1):
        x = sx * (w - side) / 2
        t.block((x, 0.01, 0.5 * h + 0.01), (side, d - 0.06, h - 0.10))
        t.block((x, 0.03, 0.03), (side - 0.02, d - 0.14, 0.06), t.paint("kick", "charcoal"), bevel=0.0)
    for sx in (-1, 1):
        shift = sx * (w - side) / 2
        columns = t.paint("handle", "steel", finish="steel")
        for j in range(3):
            z, tall = 0.08 + (j + 0.5) * (h - 0.13) / 3, (h - 0.13) / 3
            t.block((shift, -d / 2 + 0.034, z), (side - 0.02, 0.014, tall - 0.014), solid=False)
            t.block((shift, -d / 2 + 0.012, z + 0.25 * tall), (0.16, 0.012, 0.014), columns, solid=False)
    t.block((0, d / 2 - 0.04, 0.55 * h), (w - 2 * side, 0.02, 0.7 * h), t.paint("back", "light gray"))
    t.block((0, 0, h - 0.02), (w, d, 0.04), black, bevel=0.006)
    t.block((0, d / 2 - 0.015, h + 0.05), (w, 0.03, 0.10), black)
    for x in (-w / 2 + 0.05, w / 2 - 0.05):
        t.block((x, d / 2 - 0.13, (h + high) / 2), (0.04, 0.06, high - h), steel)
    shelf = high - 0.16
    t.block((0, d / 2 - 0.14, shelf), (w - 0.14, 0.24, 0.022), steel)
    t.block((0, d / 2 - 0.262, shelf + 0.03), (w - 0.14, 0.006, 0.03), steel, bevel=0.001, solid=False)
    t.block((0, d / 2 - 0.26, h + 0.07), (0.3, 0.06, 0.06), t.paint("socket", "cream"), bevel=0.006)
    t.rect("top", (0, -0.17, h), (w - 0.06, d - 0.40), shelf - h - 0.05, "top")
    t.rect("reagent_shelf", (0, d / 2 - 0.14, shelf + 0.011), (w - 0.24, 0.20), 0.4, "shelf")


@thing(
    (1.5, 0.86, 2.25), kg=210, material="steel", colors=("white", "light gray"), finish="plastic", footing="floor",
    nouns=("laboratory hood", "fume cupboard", "extraction hood"),
)  # fmt: skip
def fume_hood(t: Thing) -> None:
    """A fume hood: a ventilated glass-fronted chamber on a base cabinet, its sash half raised."""
    w, d, h = t.size()
    black, glass = t.paint("top", "charcoal", finish="stone"), t.paint("sash", "clear", finish="glass", opacity=0.3)
    frame, dark = t.paint("frame", "aluminium", finish="aluminium"), t.paint("lining", "light gray")
    base, roof = 0.40 * h, 0.80 * h
    t.block((0, 0.02, 0.05 + (base - 0.09) / 2), (w, d - 0.06, base - 0.09))
    t.block((0, 0.03, 0.03), (w - 0.06, d - 0.12, 0.06), t.paint("kick", "charcoal"), bevel=0.0)
    _fronts(t, w - 0.03, 0.08, base - 0.05, -d / 2 + 0.05, 2, 1)
    t.block((0, 0, base - 0.02), (w, d, 0.04), black, bevel=0.006)
    for sx in (-1, 1):
        t.block((sx * (w / 2 - 0.05), 0, (base + h) / 2), (0.10, d - 0.02, h - base))
        t.block(
            (sx * (w / 2 - 0.05), -d / 2 + 0.006, base + 0.25),
            (0.05, 0.012, 0.2),
            t.paint("panel", "charcoal"),
            solid=False,
        )
        for j in range(3):
            knob = t.paint(f"knob_{j}", ("red", "blue", "yellow")[j])
            t.drum(
                (sx * (w / 2 - 0.05), -d / 2 - 0.006, base + 0.19 + 0.06 * j),
                0.015,
                0.024,
                knob,
                "y",
                solid=False,
                segments=12,
            )
    t.block((0, d / 2 - 0.03, (base + h) / 2), (w - 0.20, 0.04, h - base), dark)
    t.block((0, -0.01, (roof + h) / 2), (w - 0.20, d - 0.06, h - roof))
    t.drum((0, 0.1, h - 0.005), 0.12, 0.01, frame, solid=False)
    edge = base + 0.42 * (roof - base)
    t.block((0, -d / 2 + 0.05, (edge + roof) / 2), (w - 0.20, 0.012, roof - edge), glass, bevel=0.001)
    t.block((0, -d / 2 + 0.045, edge), (w - 0.20, 0.03, 0.03), frame, solid=False)
    sign = t.image("sign", print_of((242, 242, 238), [("FUME HOOD", 0.1, 0.15, 0.9, 0.85, (30, 60, 120))], 256, 48))
    t.sheet((0, -d / 2 + 0.0185, roof + 0.12), (0, -1, 0), (0.5, 0.09), sign)
    t.rect("interior", (0, 0.03, base), (w - 0.26, d - 0.24), roof - base - 0.05, "interior", container=True)


@thing(
    (0.18, 0.29, 0.395), kg=4.2, material="aluminium", colors=("white", "light gray"), finish="plastic",
    nouns=("light microscope", "optical microscope"),
)  # fmt: skip
def microscope(t: Thing) -> None:
    """A binocular microscope, its eyepieces towards -Y."""
    black, steel = t.paint("black", "charcoal"), t.paint("steel", "steel", finish="steel")
    t.block((0, 0, 0.02), (0.17, 0.25, 0.04), bevel=0.016, segments=2)
    t.block((0, 0.085, 0.145), (0.065, 0.07, 0.23), bevel=0.018, segments=2)
    t.block((0, 0.03, 0.275), (0.062, 0.18, 0.05), bevel=0.02, segments=2)
    t.block((0, -0.02, 0.135), (0.14, 0.13, 0.016), black, bevel=0.003)
    t.block(
        (0, -0.02, 0.1445),
        (0.075, 0.025, 0.0015),
        t.paint("slide", "clear", finish="glass", opacity=0.5),
        bevel=0.0,
        solid=False,
    )
    t.drum((0, -0.02, 0.055), 0.028, 0.03, black, solid=False)
    t.drum((0, -0.02, 0.0705), 0.02, 0.002, t.paint("light", "cream"), solid=False)
    t.drum((0, -0.02, 0.11), 0.022, 0.03, black, solid=False)
    t.drum((0, -0.02, 0.24), 0.034, 0.022, black, segments=16)
    for angle, long in ((-0.5, 0.07), (0.5, 0.05), (2.4, 0.04), (3.9, 0.06)):
        start = np.array([0, -0.02, 0.235])
        tip = start + np.array([0.03 * np.sin(angle), -0.02 * np.cos(angle), -long])
        t.rod([start, tip], 0.0105, steel, solid=angle == -0.5, sides=12)
    t.block((0, -0.025, 0.312), (0.09, 0.085, 0.035), bevel=0.014, segments=2)
    for sx in (-1, 1):
        t.rod([(sx * 0.026, -0.045, 0.32), (sx * 0.03, -0.125, 0.365)], 0.0135, sides=14)
        t.rod([(sx * 0.03, -0.12, 0.362), (sx * 0.031, -0.145, 0.376)], 0.017, black, solid=False, sides=14)
        t.drum((sx * 0.053, 0.085, 0.075), 0.026, 0.04, black, "x")
        t.drum((sx * 0.078, 0.085, 0.075), 0.014, 0.02, steel, "x", solid=False)
    t.top("arm", (0, 0.09, 0.27), 0.065, yaw=0.0)


@thing(
    (0.34, 0.44, 0.27), kg=13, material="steel", colors=("white", "light gray"), finish="plastic",
    nouns=("lab centrifuge", "benchtop centrifuge"),
)  # fmt: skip
def centrifuge(t: Thing) -> None:
    """A benchtop centrifuge with a round lid and a sloped control panel."""
    outline = [(-0.21, 0.012), (0.21, 0.012), (0.21, 0.22), (0.19, 0.235), (-0.10, 0.235), (-0.21, 0.13)]
    t.add(prism(outline, 0.33, axis="x"), t.main())
    t.hull([(x, y, z) for x in (-0.165, 0.165) for y, z in outline])
    rubber = t.paint("foot", "charcoal", finish="rubber")
    for sx in (-1, 1):
        for sy in (-1, 1):
            t.drum((sx * 0.13, sy * 0.17, 0.006), 0.018, 0.012, rubber)
    t.turn(
        [(0.135, 0.234), (0.135, 0.25), (0.12, 0.262), (0.06, 0.27)],
        t.paint("lid", "sky"),
        at=(0, 0.05, 0),
        segments=36,
    )
    t.turn([(0.04, 0.268), (0.04, 0.273)], t.paint("port", "clear", finish="glass"), at=(0, 0.05, 0), hulls=())
    t.block((0, -0.092, 0.244), (0.08, 0.018, 0.016), rubber, solid=False)
    normal = np.array([0, -0.105, 0.11]) / np.hypot(0.105, 0.11)
    face = t.image(
        "face",
        print_of(
            (70, 76, 84),
            [
                ("rect", 0.06, 0.2, 0.46, 0.8, (150, 190, 160)),
                ("4000", 0.08, 0.25, 0.44, 0.75, (20, 40, 30)),
                *grid(3, 2, (225, 228, 230), (0.54, 0.2, 0.82, 0.8)),
                ("oval", 0.86, 0.3, 0.96, 0.7, (200, 40, 40)),
            ],
            256,
            96,
        ),
    )
    at = np.array([0, -0.155, 0.1825]) + normal * 0.001
    right, up = np.array([1.0, 0, 0]), np.cross(normal, [1.0, 0, 0])
    t.add(plate(at + np.array([-0.14 * right - 0.05 * up, 0.14 * right - 0.05 * up, 0.14 * right + 0.05 * up,
                               -0.14 * right + 0.05 * up]), normal), face)  # fmt: skip


@thing(
    (0.1, 0.1, 0.12), kg=0.17, material="glass", colors=("clear",), affordances=("fillable", "pourable"),
    nouns=("glass beaker", "laboratory beaker", "measuring beaker"),
)  # fmt: skip
def beaker(t: Thing) -> None:
    """A low-form glass beaker with white graduations."""
    r, h = 0.047, 0.12
    vessel = Vessel(
        outer=((r - 0.006, 0.0), (r, 0.007), (r, h - 0.006), (r + 0.003, h)),
        inner=((r - 0.008, 0.004), (r - 0.003, 0.009), (r - 0.003, h - 0.006), (r, h)),
    )
    vessel.show(t, t.main(), t.main(), segments=36)
    vessel.collide(t, sides=12, levels=(0.004, h))
    water = t.paint("liquid", "light cyan", finish="glass", opacity=0.45)
    t.turn([(r - 0.0042, 0.0055), (r - 0.0042, 0.05)], water, hulls=())
    white = t.paint("marks", "white")
    for i in range(5):
        angles = np.linspace(-0.25, 0.25 if i % 2 else 0.05, 5) - np.pi / 2
        t.rod(
            [((r + 0.0003) * np.cos(a), (r + 0.0003) * np.sin(a), 0.03 + 0.016 * i) for a in angles],
            0.0008,
            white,
            solid=False,
            sides=4,
        )
    vessel.rim_grasps(t, azimuths=(0, 45, 90, 135, 180, 225, 315))
    vessel.region(t)


@thing(
    (0.09, 0.09, 0.15), kg=0.16, material="glass", colors=("clear",), affordances=("pourable",),
    nouns=("erlenmeyer flask", "conical flask", "laboratory flask", "glass flask"),
)  # fmt: skip
def flask(t: Thing) -> None:
    """A conical flask with a coloured liquid."""
    profile = [
        (0.038, 0.0),
        (0.0435, 0.004),
        (0.0435, 0.012),
        (0.017, 0.105),
        (0.0155, 0.115),
        (0.0155, 0.142),
        (0.019, 0.148),
    ]
    t.add(lathe([(0, 0), *profile, (0.016, 0.148), (0.0135, 0.142), (0.0135, 0.114)], 36, crease_rad=0.7), t.main())
    t.turned_hull(profile[:4], sides=14)
    t.turned_hull([(0.0165, 0.105), (0.0155, 0.115), (0.019, 0.148)], sides=12)
    liquid = t.paint(
        "liquid", ("blue", "green", "orange", "magenta")[int(t.rng.integers(4))], finish="glass", opacity=0.75
    )
    t.turn([(0.037, 0.003), (0.041, 0.008), (0.041, 0.013), (0.0315, 0.046)], liquid, hulls=())
    white = t.paint("marks", "white")
    for z in (0.05, 0.065, 0.08):
        r = float(np.interp(z, (0.012, 0.105), (0.0435, 0.017))) + 0.0004
        t.rod(
            [(r * np.cos(a), r * np.sin(a), z) for a in np.linspace(-1.9, -1.4, 4)], 0.0008, white, solid=False, sides=4
        )
    t.side("neck", (0, 0, 0.128), 0.033, free_spin=True)
    t.top("neck_top", (0, 0, 0.130), 0.034, free_spin=True)


@thing(
    (0.25, 0.085, 0.135), kg=0.32, material="wood", colors=("birch", "oak", "white"),
    nouns=("rack of test tubes", "pipette rack"),
)  # fmt: skip
def filled_tube_rack(t: Thing) -> None:
    """A rack with two rows of stoppered test tubes and a small tray beside them."""
    w, d = 0.25, 0.085
    glass = t.paint("glass", "clear", finish="glass", opacity=0.4)
    t.block((0, 0, 0.006), (w, d, 0.012))
    for sx in (-w / 2 + 0.005, w / 2 - 0.075):
        t.block((sx, 0, 0.047), (0.010, d, 0.07), bevel=0.002)
    t.block((-0.035, 0, 0.085), (w - 0.07, d, 0.008))
    t.block((-0.035, 0, 0.047), (w - 0.09, d, 0.006), solid=False)
    fluids = ("crimson", "yellow", "blue", "green", "orange", "purple")
    for i in range(6):
        for j, y in enumerate((-0.02, 0.02)):
            x = -0.105 + 0.027 * i
            fluid = t.paint(f"fluid_{(i + j) % 6}", fluids[(i + j) % 6], finish="glass", opacity=0.8)
            t.add(moved(lathe([(0, 0.012), (0.006, 0.014), (0.008, 0.02), (0.008, 0.122)], 10, 1.0), (x, y, 0)), glass)
            t.add(
                moved(
                    lathe(
                        [
                            (0, 0.0145),
                            (0.0055, 0.016),
                            (0.0068, 0.02),
                            (0.0068, 0.06 + 0.004 * (i % 3)),
                            (0, 0.06 + 0.004 * (i % 3)),
                        ],
                        10,
                    ),
                    (x, y, 0),
                ),
                fluid,
            )
            t.add(moved(lathe([(0.0088, 0.116), (0.0088, 0.132), (0, 0.134)], 10), (x, y, 0)), t.paint("cap", "navy"))
    t.box((-0.0375, 0, 0.1115), (0.155, 0.06, 0.045))
    t.rect("tray", (0.085, 0, 0.012), (0.06, d - 0.01), 0.12, "shelf")
    t.top("front", (-0.0375, 0, 0.118), 0.06)
