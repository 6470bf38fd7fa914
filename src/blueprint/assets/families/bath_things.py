"""Things of bathrooms and laundries: paper, bottles, baskets, buckets, brooms and hair dryers."""

import numpy as np

from blueprint.assets.families.solids import rounded_box, tube, turned
from blueprint.assets.families.thing import Thing, thing
from blueprint.assets.families.vessel import Vessel
from blueprint.assets.mesh import cylinder, lathe, moved, scaled

__all__: list[str] = []


@thing(
    (0.108, 0.108, 0.1), kg=0.11, material="paper", colors=("white", "cream"), finish="foam",
    nouns=("toilet roll", "roll of toilet paper", "toilet tissue", "paper roll"), affordances=("stackable",),
)  # fmt: skip
def toilet_paper(t: Thing) -> None:
    """A roll of toilet paper standing on end, its cardboard core open."""
    ro, ri, h = 0.053, 0.0215, 0.1
    core = t.paint("core", "cardboard", finish="cardboard")
    t.add(lathe([(ri, 0), (ro - 0.002, 0), (ro, 0.002), (ro, h - 0.002), (ro - 0.002, h), (ri, h)], 36), t.main())
    t.add(lathe([(ri, h + 0.0003), (ri - 0.0012, h + 0.0003), (ri - 0.0012, 0)], 28), core)
    t.add(lathe([(ri + 0.001, h + 0.0003), (ri - 0.001, h + 0.0003)], 28), core)
    line = t.paint("edge", "light gray")
    for r in (0.03, 0.037, 0.044):
        t.rod(
            [(r * np.cos(a), r * np.sin(a), h) for a in np.linspace(0, 2 * np.pi, 25)],
            0.0004,
            line,
            solid=False,
            sides=3,
        )
    t.add(rounded_box((0.012, -ro - 0.0006, h / 2 + 0.0005), (0.06, 0.0012, h - 0.004), 0.0003), t.main())
    Vessel(outer=((ro, 0.0), (ro, h)), inner=((ri, 0.0), (ri, h))).walls(t, 12, (0.0, h))
    inside = (ri**2 - 0.0105**2) ** 0.5
    t.top("rim", ((ro + inside) / 2, 0, h - 0.016), ro - inside, yaw=0.0, kind="rim", free_spin=True)


@thing(
    (0.078, 0.078, 0.19), kg=0.25, material="ceramic", colors=("white", "teal", "sky", "pink"),
    nouns=("toothbrush holder", "toothbrush", "tooth mug", "toothbrushes"),
)  # fmt: skip
def toothbrush_cup(t: Thing) -> None:
    """A cup with two toothbrushes and a tube of toothpaste."""
    r, h = 0.037, 0.1
    wall = Vessel(
        outer=((r - 0.003, 0.0), (r, 0.004), (r, h)), inner=((r - 0.005, 0.006), (r - 0.003, 0.012), (r - 0.003, h))
    )
    wall.show(t, t.main(), t.main(), segments=28)
    t.cylinder((0, 0, h / 2), r, h)
    white = t.paint("bristle", "white")
    for i, (word, at, lean) in enumerate((("blue", 0.012, 0.16), ("red", -0.012, -0.15))):
        brush = t.paint(f"brush_{i}", word)
        foot, head = (
            np.array([at * 0.3, 0.012 - 0.02 * i, 0.012]),
            np.array([at + lean * 0.14, 0.012 - 0.03 * i, 0.185]),
        )
        t.rod([foot, 0.5 * (foot + head) + (0, 0, 0.01), head], 0.0038, brush, solid=False, sides=8)
        t.block(np.add(head, (0, -0.006, -0.012)), (0.010, 0.010, 0.024), white, bevel=0.001, solid=False)
    paste = t.paint("paste", "sky")
    t.block((0.002, 0.004, 0.10), (0.036, 0.014, 0.10), paste, bevel=0.006, solid=False)
    t.drum((0.002, 0.004, 0.016), 0.012, 0.02, white, solid=False)
    t.side("body", (0, 0, 0.05), 2 * r, free_spin=True)


@thing(
    (0.19, 0.235, 0.076), kg=0.55, material="plastic", colors=("black", "crimson", "purple", "white"),
    nouns=("hairdryer", "blow dryer", "hair drier"),
)  # fmt: skip
def hair_dryer(t: Thing) -> None:
    """A hair dryer lying on its side: barrel along X with the nozzle at +X, handle towards -Y, its cord coiled."""
    dark, metal = t.paint("grille", "charcoal"), t.paint("nozzle", "silver", finish="steel")
    z = 0.038
    profile = [(0.026, -0.09), (0.036, -0.08), (0.038, -0.06), (0.038, -0.02), (0.031, 0.04), (0.027, 0.065)]
    t.add(turned(lathe([(0, -0.09), *profile, (0, 0.065)], 24, 0.8), (0, 1, 0), np.pi / 2, (0, 0, z)), t.main())
    cone = [(0.028, 0.062), (0.029, 0.072), (0.022, 0.098), (0.018, 0.098)]
    flat = scaled(lathe([*cone, (0, 0.085)], 24, 0.8), (0.75, 1.15, 1))
    t.add(turned(flat, (0, 1, 0), np.pi / 2, (0, 0, z)), metal)
    t.drum((-0.0905, 0, z), 0.024, 0.004, dark, "x", solid=False)
    for r in (0.010, 0.018):
        ring = [(-0.0935, r * np.cos(a), z + r * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 17)]
        t.rod(ring, 0.001, metal, solid=False, sides=4)
    t.hull(
        [
            (x, y, w)
            for x in (-0.085, -0.02)
            for y, w in (
                (-0.012, 0),
                (0.012, 0),
                (-0.036, 0.024),
                (0.036, 0.024),
                (-0.036, 0.052),
                (0.036, 0.052),
                (-0.012, 0.076),
                (0.012, 0.076),
            )
        ]
    )
    t.hull([(x, s * r, z + q * r) for x, r in ((-0.02, 0.036), (0.095, 0.02)) for s in (-1, 1) for q in (-0.5, 0.5)])
    t.rod([(-0.03, -0.03, z - 0.006), (-0.022, -0.10, 0.026), (-0.014, -0.165, 0.018)], 0.0178, solid=False, sides=14)
    t.capsule((-0.03, -0.04, z - 0.008), (-0.014, -0.16, 0.0176), 0.0175)
    t.block((-0.021, -0.095, 0.0455), (0.012, 0.03, 0.006), dark, bevel=0.002, solid=False)
    cord = [
        (-0.013, -0.17, 0.016),
        (-0.01, -0.20, 0.006),
        (0.04, -0.20, 0.0045),
        (0.07, -0.15, 0.0045),
        (0.05, -0.10, 0.0045),
        (0.09, -0.07, 0.0045),
    ]
    t.rod(cord, 0.0035, dark, solid=False, sides=6)
    t.top("handle", (-0.021, -0.105, 0.024), 0.036, yaw=0.1, kind="handle")


@thing(
    (0.46, 0.46, 0.54), kg=1.5, material="wood", colors=("wicker", "cream", "gray"), finish="wicker",
    footing="floor", carried=True,
    nouns=("laundry hamper", "hamper", "clothes basket", "washing basket"),
)  # fmt: skip
def laundry_basket(t: Thing) -> None:
    """A round woven laundry basket with a cloth lining and two handles."""
    r, h = 0.215, 0.5
    wall = Vessel(outer=((0.17, 0.0), (0.19, 0.05), (r, h)), inner=((0.16, 0.012), (0.18, 0.055), (r - 0.012, h)))
    cloth, rope = t.paint("cloth", "ivory", finish="fabric"), t.paint("rope", "brown", finish="wicker")
    wall.show(t, t.main(), cloth, segments=40)
    wall.collide(t, sides=12, levels=(0.012, h))
    for z in (0.03, 0.16, 0.28, 0.40):
        ring = [
            ((wall.outer_radius(z) + 0.001) * np.cos(a), (wall.outer_radius(z) + 0.001) * np.sin(a), z)
            for a in np.linspace(0, 2 * np.pi, 33)
        ]
        t.rod(ring, 0.007, t.main(), solid=False, sides=6)
    t.turn(
        [(r + 0.004, h - 0.07), (r + 0.009, h - 0.06), (r + 0.009, h), (r + 0.004, h + 0.006), (r - 0.012, h + 0.004)],
        cloth,
        hulls=(),
        closed=False,
        segments=40,
    )
    for sx in (-1, 1):
        arch = [(sx * (r + 0.012), 0.07 * np.cos(a), h - 0.02 + 0.055 * np.sin(a)) for a in np.linspace(0, np.pi, 9)]
        t.rod(arch, 0.008, rope, solid=False, sides=8)
        t.capsule(arch[2], arch[6], 0.008)
    wall.region(t)
    for index, azimuth in enumerate((75, 105, 255, 285)):
        a = np.radians(azimuth)
        t.top(
            f"rim_{index}",
            ((r - 0.004) * np.cos(a), (r - 0.004) * np.sin(a), h - 0.014),
            0.024,
            yaw=float(a),
            kind="rim",
        )


@thing(
    (0.31, 0.30, 0.33), kg=0.75, material="plastic", colors=("blue", "red", "gray", "green"),
    footing="floor", carried=True,
    nouns=("pail", "mop bucket", "water bucket", "cleaning bucket"), affordances=("fillable", "pourable"),
)  # fmt: skip
def bucket(t: Thing) -> None:
    """A bucket with a rolled rim and its wire bail upright."""
    h, r = 0.27, 0.145
    wall = Vessel(outer=((0.105, 0.0), (0.11, 0.004), (r, h)), inner=((0.10, 0.006), (0.106, 0.01), (r - 0.004, h)))
    wall.show(t, t.main(), t.main(), segments=36)
    wall.collide(t, sides=12, levels=(0.006, h))
    rim = [(r + 0.002) * np.array([np.cos(a), np.sin(a), 0]) + (0, 0, h - 0.004) for a in np.linspace(0, 2 * np.pi, 37)]
    t.rod(rim, 0.005, solid=False, sides=8)
    steel, grip = t.paint("wire", "steel", finish="steel"), t.paint("grip", "black")
    bail = [((r + 0.004) * np.cos(a), 0, h - 0.03 + 0.085 * np.sin(a) ** 0.8) for a in np.linspace(0, np.pi, 21)]
    t.rod(bail, 0.0028, steel, solid=False, sides=6)
    for first, last in ((0, 2), (2, 5), (5, 8), (8, 12), (12, 15), (15, 18), (18, 20)):
        t.capsule(bail[first], bail[last], 0.003)
    t.rod([(-0.045, 0, h + 0.0545), (0.045, 0, h + 0.0545)], 0.0105, grip)
    for sx in (-1, 1):
        t.block((sx * (r + 0.002), 0, h - 0.03), (0.012, 0.035, 0.04), t.main(), bevel=0.004, solid=False)
    t.top("bail", (0, 0, h + 0.0545), 0.021, kind="handle")
    wall.region(t)


@thing(
    (0.42, 0.10, 1.3), kg=0.85, material="wood", colors=("red", "blue", "green"), finish="plastic",
    footing="floor", carried=True,
    nouns=("push broom", "sweeping broom", "floor brush"),
)  # fmt: skip
def broom(t: Thing) -> None:
    """A push broom standing on its stiff bristles."""
    wood, straw = t.paint("stick", "birch", finish="wood"), t.paint("bristle", "tan", finish="streaks")
    t.block((0, 0, 0.095), (0.40, 0.065, 0.035), bevel=0.01, segments=2)
    t.box((0, 0, 0.039), (0.40, 0.09, 0.078))
    for i in range(20):
        for j in range(3):
            x, y = -0.19 + 0.02 * i, (j - 1) * 0.022
            tip = (x * 1.06, y * 1.7, 0.003)
            t.add(tube(np.array([tip, (x, y, 0.085)]), 0.0105, sides=5, end_radius=0.006), straw)
    t.turn([(0.02, 0.11), (0.018, 0.16)], t.main(), segments=16)
    t.rod([(0, 0, 0.14), (0, 0, 1.285)], 0.0125, wood, sides=14)
    t.drum((0, 0, 1.25), 0.0145, 0.10, t.main(), solid=False)
    t.side("stick", (0, 0, 0.95), 0.025, free_spin=True)


@thing(
    (0.066, 0.04, 0.115), kg=0.24, material="glass", colors=("amber", "pink", "violet", "clear"), opacity=0.7,
    nouns=("perfume", "bottle of perfume", "cologne", "fragrance"),
)  # fmt: skip
def perfume_bottle(t: Thing) -> None:
    """A square perfume flacon with a gold collar and cap."""
    gold, black = t.paint("gold", "gold", finish="steel"), t.paint("cap", "black")
    t.block((0, 0, 0.036), (0.064, 0.038, 0.072), bevel=0.006, segments=2)
    t.block(
        (0, 0, 0.034),
        (0.052, 0.027, 0.052),
        t.paint("scent", "orange", finish="glass", opacity=0.6),
        bevel=0.004,
        solid=False,
    )
    t.drum((0, 0, 0.077), 0.011, 0.010, gold, solid=False)
    t.drum((0, 0, 0.097), 0.0155, 0.034, black, bevel=0.003)
    t.cylinder((0, 0, 0.076), 0.011, 0.008)
    t.block((0, -0.0193, 0.04), (0.036, 0.001, 0.02), gold, bevel=0.0, solid=False)
    t.top("cap", (0, 0, 0.094), 0.031, free_spin=True)
    t.side("body", (0, 0, 0.04), 0.064)


@thing(
    (0.075, 0.05, 0.20), kg=0.4, material="plastic", colors=("teal", "purple", "white", "orange"), options=("label",),
    nouns=("shampoo", "conditioner", "shower gel", "body wash"),
)  # fmt: skip
def shampoo_bottle(t: Thing) -> None:
    """An oval shampoo bottle with a flip cap and a label."""
    shape = (1.0, 0.66, 1.0)
    profile = [(0.033, 0.0), (0.0365, 0.004), (0.0365, 0.13), (0.033, 0.15), (0.022, 0.162), (0.018, 0.165)]
    t.add(scaled(lathe([(0, 0), *profile, (0, 0.165)], 32, 0.8), shape), t.main())
    cap = t.paint("cap", "white" if t.color != "white" else "teal")
    t.add(moved(scaled(cylinder(0.024, 0.034, 28, 0.003), shape), (0, 0, 0.165)), cap)
    t.add(
        scaled(lathe([(0.0369, 0.03), (0.0369, 0.12)], 32), shape),
        t.label("label", str(t.request.option("label", "SHAMPOO")), wide=True),
    )
    turns = 2 * np.pi * np.arange(14) / 14
    t.hull([(r * np.cos(a), 0.66 * r * np.sin(a), z) for r, z in (*profile[:5],) for a in turns])
    t.hull([(r * np.cos(a), 0.66 * r * np.sin(a), z) for r, z in ((0.024, 0.163), (0.024, 0.198)) for a in turns])
    t.side("body", (0, 0, 0.085), 0.049, approach=0.0)
    t.top("cap", (0, 0, 0.18), 0.033)


@thing(
    (0.19, 0.105, 0.29), kg=2.1, material="plastic", colors=("blue", "orange", "green", "purple"), options=("label",),
    nouns=("detergent", "laundry detergent", "bleach bottle", "fabric softener", "washing liquid"),
)  # fmt: skip
def detergent_bottle(t: Thing) -> None:
    """A jug of laundry detergent with a loop handle at +X and a measuring cap."""
    w, d = 0.18, 0.1
    t.block((-0.02, 0, 0.115), (w - 0.04, d, 0.23), bevel=0.03, segments=2, solid=False)
    t.box((-0.02, 0, 0.11), (w - 0.045, d - 0.004, 0.22))
    t.block((0.056, 0, 0.04), (0.062, d - 0.02, 0.08), bevel=0.03, segments=2, solid=False)
    t.box((0.065, 0, 0.036), (0.045, d - 0.03, 0.072))
    loop = [(0.035, 0, 0.212), (0.072, 0, 0.205), (0.085, 0, 0.18), (0.085, 0, 0.10), (0.075, 0, 0.06)]
    t.rod(loop, 0.0125, solid=False, sides=12)
    t.capsule((0.05, 0, 0.207), (0.074, 0, 0.200), 0.012)
    t.capsule((0.085, 0, 0.18), (0.085, 0, 0.08), 0.012)
    cap = t.paint("cap", "white" if t.color != "white" else "red")
    t.turn(
        [(0.036, 0.225), (0.036, 0.245), (0.031, 0.248), (0.028, 0.285), (0.024, 0.288)],
        cap,
        at=(-0.03, 0, 0),
        sides=10,
    )
    label = t.label("label", str(t.request.option("label", "WASH")), tall=True)
    for sy in (-1, 1):
        t.sheet((-0.022, sy * (d / 2 + 0.0006), 0.115), (0, sy, 0), (0.084, 0.13), label)
    t.side("handle", (0.085, 0, 0.135), 0.025, approach=np.pi, kind="handle")
    t.top("cap", (-0.03, 0, 0.265), 0.062, free_spin=True)
