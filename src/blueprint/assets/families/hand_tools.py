"""Hand tools lying flat, grips along X."""

import numpy as np

from blueprint.assets.extrusion import extrude
from blueprint.assets.families.prop import Prop, small_thing
from blueprint.assets.families.solids import prism, rounded_box, tube, turned
from blueprint.assets.geometry import Asset
from blueprint.assets.mesh import lathe, moved
from blueprint.assets.registry import AssetRequest

__all__: list[str] = []
_GRIPS = ("red", "blue", "yellow", "orange", "black")


@small_thing(
    "hammer", nouns=("hammer", "claw hammer", "mallet"), size_range_m=((0.194, 0.114, 0.028), (0.37, 0.13, 0.032))
)
def hammer(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A claw hammer on its side: handle along X, head at +X with its face towards -Y."""
    prop = Prop(request, rng, material="steel", colors=_GRIPS, finish="rubber")
    length, thick = prop.vary(0.26, 0.29), 0.026
    z, head = thick / 2, 0.03
    prop.add(rounded_box((-length * 0.22, 0, z), (length * 0.5, 0.03, thick), 0.009), prop.main())
    prop.add(
        rounded_box((length * 0.24, 0, z), (length * 0.44, 0.02, 0.02), 0.007),
        prop.paint("shaft", "oak", finish="wood"),
    )
    steel = prop.paint("steel", "steel", finish="steel")
    x = length * 0.46
    prop.add(rounded_box((x, -0.006, head / 2), (0.03, 0.05, head), 0.004), steel)
    face = turned(
        lathe([(0, 0), (0.0145, 0), (0.0145, 0.016), (0.009, 0.02), (0.009, 0.034), (0, 0.034)], 20),
        (1, 0, 0),
        -np.pi / 2,
        (x, -0.06, head / 2),
    )
    prop.add(face, steel)
    claw = [
        (x - 0.013, 0.018),
        (x + 0.013, 0.018),
        (x + 0.008, 0.04),
        (x - 0.004, 0.062),
        (x - 0.012, 0.06),
        (x - 0.008, 0.04),
    ]
    for sign in (-1, 1):
        prop.add(moved(extrude(claw, 0.009), (0, 0, head / 2 - 0.0045 + sign * 0.0075)), steel)
    prop.box((-length * 0.22, 0, z), (length * 0.5, 0.03, thick))
    prop.box((length * 0.24 - 0.01, 0, z), (length * 0.44 - 0.03, 0.02, 0.02))
    prop.box((x, -0.02, head / 2), (0.03, 0.078, head))
    prop.hull([(px, py, pz) for px, py in claw for pz in (0.004, head - 0.004)])
    for name, part in (("grip", -0.22), ("grip_end", -0.36), ("neck", 0.12)):
        width = 0.03 if part < 0 else 0.02
        prop.top(name, (part * length, 0, z), width, kind="handle")
    return prop.finish(volume=7.2e-5 * prop.scale**3, solid=0.9, affordances=(), text="a claw hammer lying on its side")


@small_thing(
    "screwdriver", nouns=("screwdriver", "screw driver"), size_range_m=((0.146, 0.028, 0.024), (0.286, 0.032, 0.028))
)
def screwdriver(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A screwdriver lying along X, its six-sided grip towards -X."""
    prop = Prop(request, rng, material="plastic", colors=_GRIPS)
    grip, shaft, radius = prop.vary(0.095, 0.105), prop.vary(0.1, 0.125), 0.015
    z = radius * 0.866
    hexagon = [(float(radius * np.cos(t)), float(z + radius * np.sin(t))) for t in np.linspace(0, 2 * np.pi, 7)[:-1]]
    prop.add(prism(hexagon, grip * 0.8, axis="x", center=-grip * 0.45), prop.main())
    dark = prop.paint("band", "charcoal", finish="rubber")
    slim = [(y * 0.72, z + (h - z) * 0.72) for y, h in hexagon]
    prop.add(prism(slim, grip, axis="x", center=-grip * 0.5), dark)
    steel = prop.paint("shaft", "steel", finish="steel")
    prop.add(tube(np.array([(-0.002, 0, z), (shaft * 0.92, 0, z)]), 0.0034, sides=10), steel)
    prop.add(rounded_box((shaft * 0.95, 0, z), (shaft * 0.1, 0.007, 0.0022), 0.0004), steel)
    prop.hull([(x, y, h) for x in (-grip * 0.85, -grip * 0.05) for y, h in hexagon])
    prop.capsule((-0.001, 0, z), (shaft * 0.98, 0, z), 0.0034)
    for name, part in (("grip", 0.45), ("grip_end", 0.7)):
        prop.top(name, (-part * grip, 0, z), 2 * radius, kind="handle")
    return prop.finish(volume=float(2.6 * radius**2 * grip), contents=0.035, affordances=(), text="a screwdriver")


@small_thing(
    "wrench",
    nouns=("wrench", "spanner", "open-end wrench", "adjustable wrench"),
    size_range_m=((0.128, 0.036, 0.01), (0.262, 0.044, 0.014)),
)
def wrench(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A combination wrench: a ring at -X, an open jaw at +X."""
    prop = Prop(request, rng, material="steel", colors=("steel", "silver"))
    length, thick, bar = prop.vary(0.17, 0.2), 0.012, 0.018
    ring, jaw = 0.016, 0.02
    half = length / 2
    prop.add(rounded_box((0, 0, thick / 2), (length - 2 * ring - jaw, bar, thick * 0.8), 0.003), prop.main())
    x = -half + ring
    prop.add(
        moved(lathe([(0.0095, 0), (ring, 0), (ring, thick), (0.0095, thick), (0.0095, 0)], 24), (x, 0, 0)), prop.main()
    )
    turns = np.linspace(0.55, 2 * np.pi - 0.55, 17)
    x2 = half - jaw * 0.85
    outline = [(x2 + jaw * np.cos(t), jaw * np.sin(t)) for t in turns]
    notch = [(x2 + jaw * 0.75, -0.0085), (x2 - jaw * 0.2, -0.0085), (x2 - jaw * 0.2, 0.0085), (x2 + jaw * 0.75, 0.0085)]
    prop.add(extrude([*outline, *notch], thick), prop.main())
    prop.box(
        (-half + 2 * ring - 0.006 + (length - 2 * ring - jaw * 1.85 + 0.006) / 2, 0, thick / 2),
        (length - 2 * ring - jaw * 1.85 + 0.006, bar, thick),
    )
    prop.box((-half + ring - 0.003, 0, thick / 2 + 0.0005), (2 * ring - 0.006, 2 * ring - 0.004, thick - 0.001))
    prop.box((x2 + 0.0005, 0, thick / 2 + 0.0005), (2 * jaw - 0.003, 2 * jaw - 0.002, thick - 0.001))
    for name, part in (("middle", 0.0), ("left", -0.15), ("right", 0.13)):
        prop.top(name, (part * length, 0, thick), bar, kind="handle")
    volume = (length - 2 * ring - jaw) * bar * thick + 2 * np.pi * jaw**2 * thick * 0.45
    return prop.finish(volume=float(volume), solid=0.75, affordances=(), text="a combination wrench")


@small_thing(
    "pliers",
    nouns=("pliers", "plier", "pair of pliers", "cutter", "wire cutter"),
    size_range_m=((0.128, 0.052, 0.014), (0.246, 0.06, 0.016)),
)
def pliers(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """Closed combination pliers lying flat: jaws at +X, two coated handles."""
    prop = Prop(request, rng, material="steel", colors=("red", "blue", "yellow", "orange"), finish="rubber")
    length, thick = prop.vary(0.165, 0.185), 0.015
    steel = prop.paint("steel", "steel", finish="steel")
    jaw = length * 0.28
    nose = [
        (0.0, -0.016),
        (0.018, -0.017),
        (jaw, -0.006),
        (jaw, 0.006),
        (0.018, 0.017),
        (0.0, 0.016),
        (-0.012, 0.008),
        (-0.012, -0.008),
    ]
    prop.add(moved(extrude(nose, thick - 0.003), (0, 0, 0.0015)), steel)
    prop.add(
        rounded_box((jaw * 0.62, 0, thick / 2), (jaw * 0.76, 0.0008, thick - 0.0024), 0.0), prop.paint("gap", "black")
    )
    prop.add(
        moved(lathe([(0, 0), (0.009, 0), (0.009, thick), (0, thick)], 20), (0.006, 0, 0)),
        prop.paint("pivot", "charcoal"),
    )
    back = length - jaw
    for sign in (-1, 1):
        arm = np.array(
            [
                (-0.004, sign * 0.008, thick / 2),
                (-back * 0.3, sign * 0.019, thick / 2),
                (-back * 0.6, sign * 0.021, thick / 2),
                (-back, sign * 0.015, thick / 2),
            ]
        )
        prop.add(tube(arm, thick / 2, sides=10), prop.main())
        first, last = arm[1], arm[3]
        middle, along = (first + last) / 2, last - first
        yaw = float(np.arctan2(along[1], along[0]))
        prop.box(middle, (float(np.linalg.norm(along)), 0.013, thick), (np.cos(yaw / 2), 0, 0, np.sin(yaw / 2)))
    prop.hull(
        [
            (x, y, z)
            for x, y in [(-back * 0.29, -0.018), (-back * 0.29, 0.018), *nose[:6]]
            for z in (0.0015, thick - 0.0015)
        ]
    )
    prop.top("handles", (-back * 0.5, 0, thick), 0.056, kind="handle")
    prop.top("jaw", (jaw * 0.55, 0, thick), 0.028, kind="handle")
    return prop.finish(volume=3.2e-5 * prop.scale**3, affordances=(), text="a pair of pliers")


@small_thing(
    "tape_measure",
    nouns=("tape measure", "measuring tape"),
    size_range_m=((0.064, 0.028, 0.046), (0.114, 0.056, 0.088)),
)
def tape_measure(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A tape measure standing on its edge, the tape's hook at +X."""
    prop = Prop(request, rng, material="plastic", colors=("yellow", "orange", "red"))
    length, width, height = prop.vary(0.068, 0.075), prop.vary(0.034, 0.04), prop.vary(0.06, 0.066)
    side = [(-length / 2, 0.0), (length / 2, 0.0), (length / 2, height * 0.42)]
    side += [
        (length * (0.5 * np.cos(t)), height * (0.42 + 0.58 * np.sin(t))) for t in np.linspace(0.15, np.pi - 0.15, 10)
    ]
    side += [(-length / 2, height * 0.42)]
    outline = [(float(x), float(z)) for x, z in side]
    prop.add(prism(outline, width, axis="y", smooth=True), prop.main())
    dark = prop.paint("trim", "charcoal", finish="rubber")
    for sign in (-1, 1):
        disc = lathe([(0, 0), (height * 0.3, 0), (height * 0.3, 0.0012), (0, 0.0012)], 24)
        prop.add(
            turned(disc, (1, 0, 0), np.pi / 2, (-length * 0.02, sign * (width / 2 + 0.0006) + 0.0006, height * 0.5)),
            dark,
        )
    prop.add(rounded_box((0, 0, height * 0.985), (length * 0.3, width * 0.7, 0.006), 0.002), dark)
    prop.add(
        rounded_box((length / 2 + 0.006, 0, 0.009), (0.014, width * 0.55, 0.0012), 0.0003),
        prop.paint("blade", "silver", finish="steel"),
    )
    prop.add(rounded_box((length / 2 + 0.0135, 0, 0.0055), (0.0016, width * 0.6, 0.0095), 0.0003), dark)
    prop.hull([(x, y, z) for y in (-width / 2, width / 2) for x, z in outline])
    prop.top("top", (0, 0, height - 0.028), width)
    prop.side("side", (-length * 0.2, 0, max(height * 0.6, 0.034)), width, approach=0.0)
    return prop.finish(
        volume=length * width * height * 0.9, solid=0.6, contents=0.16, affordances=(), text="a tape measure"
    )
