"""Things to drink from: mugs, tumblers, wine glasses and teacups."""

import numpy as np

from blueprint.assets.families.prop import Prop, small_thing
from blueprint.assets.families.solids import tube
from blueprint.assets.families.vessel import Vessel
from blueprint.assets.geometry import Asset
from blueprint.assets.registry import AssetRequest

__all__: list[str] = []


@small_thing(
    "mug",
    nouns=("mug", "coffee mug", "tea mug", "coffee cup"),
    size_range_m=((0.084, 0.058, 0.066), (0.158, 0.114, 0.132)),
)
def mug(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A straight mug with a strap handle at +X; graspable at its rim, its handle and, when narrow, its body."""
    prop = Prop(request, rng, material="ceramic", colors=("white", "blue", "red", "teal", "yellow", "green"))
    radius, height = prop.vary(0.038, 0.043), prop.vary(0.088, 0.1)
    wall, floor = 0.0045, 0.007
    body = prop.main()
    inside = prop.paint("inside", "ivory", finish="ceramic")
    foot = radius * 0.88
    vessel = Vessel(
        outer=((foot, 0.0), (radius * 0.97, 0.008), (radius, 0.02), (radius, height)),
        inner=((radius - wall - 0.006, floor), (radius - wall, floor + 0.008), (radius - wall, height)),
    )
    vessel.show(prop, body, inside)
    vessel.collide(prop, sides=14, levels=(floor, height))
    reach, half = prop.vary(0.028, 0.034), height * 0.27
    middle = height * 0.52
    angles = np.linspace(-np.pi / 2, np.pi / 2, 13)
    path = np.array([(radius - 0.003 + reach * np.cos(a), 0.0, middle + half * np.sin(a)) for a in angles])
    prop.add(tube(path, 0.0058, sides=10, flatten=0.8), body)
    for first, second in ((0, 3), (3, 5), (5, 7), (7, 9), (9, 12)):
        prop.capsule(path[first], path[second], 0.0055)
    vessel.rim_grasps(prop, azimuths=(60, 90, 120, 180, 240, 270, 300))
    tip = (radius - 0.003 + reach, 0.0, middle)
    prop.side("handle", tip, 0.0116, approach=np.pi, kind="handle")
    if 2 * radius < 0.075:
        prop.side("body", (0.0, 0.0, height * 0.55), 2 * radius, approach=0.0)
    vessel.region(prop)
    return prop.finish(
        volume=vessel.outer_volume,
        solid=vessel.solid_fraction,
        affordances=("fillable", "pourable"),
        text="a ceramic mug with a handle",
    )


@small_thing(
    "glass",
    nouns=("glass", "drinking glass", "tumbler", "water glass"),
    size_range_m=((0.048, 0.048, 0.076), (0.078, 0.078, 0.174)),
)
def glass(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A tapered tumbler without a handle."""
    prop = Prop(request, rng, material="glass", colors=("clear",))
    radius, height = min(prop.vary(0.032, 0.036), 0.0365), prop.vary(0.1, 0.13)
    base, wall, floor = radius * 0.84, 0.0025, 0.01
    vessel = Vessel(
        outer=((base - 0.003, 0.0), (base, 0.003), (radius, height)),
        inner=((base - wall - 0.002, floor), (base - wall + 0.001, floor + 0.006), (radius - wall, height)),
    )
    vessel.show(prop, prop.main(), prop.main())
    vessel.collide(prop, sides=12, levels=(floor, height))
    vessel.rim_grasps(prop)
    level = height * 0.62
    prop.side("body", (0, 0, level), 2 * vessel.outer_radius(level), free_spin=True)
    vessel.region(prop)
    return prop.finish(
        volume=vessel.outer_volume,
        solid=vessel.solid_fraction,
        affordances=("fillable", "pourable"),
        text="a drinking glass",
    )


@small_thing(
    "wine_glass",
    nouns=("wine glass", "wineglass", "goblet", "champagne glass"),
    size_range_m=((0.05, 0.05, 0.128), (0.096, 0.096, 0.25)),
)
def wine_glass(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A stemmed glass: foot, stem and bowl."""
    prop = Prop(request, rng, material="glass", colors=("clear",))
    foot, stem, bowl = prop.vary(0.033, 0.036), 0.0045, min(prop.vary(0.034, 0.038), 0.0365)
    rise, height = prop.vary(0.075, 0.085), prop.vary(0.17, 0.19)
    depth = height - rise
    vessel = Vessel(
        outer=(
            (foot, 0.0),
            (foot, 0.0025),
            (foot * 0.5, 0.005),
            (stem, 0.013),
            (stem, rise - 0.012),
            (stem + 0.003, rise - 0.004),
            (bowl * 0.75, rise + depth * 0.14),
            (bowl, rise + depth * 0.42),
            (bowl * 0.86, height),
        ),
        inner=(
            (bowl * 0.3, rise + 0.004),
            (bowl * 0.75 - 0.001, rise + depth * 0.17),
            (bowl - 0.0018, rise + depth * 0.42),
            (bowl * 0.86 - 0.0018, height),
        ),
    )
    vessel.show(prop, prop.main(), prop.main())
    prop.cylinder((0, 0, 0.0025), foot, 0.005)
    prop.cylinder((0, 0, (0.005 + rise) / 2), stem, rise - 0.005)
    prop.cylinder((0, 0, rise + 0.004), bowl * 0.5, 0.008)
    vessel.walls(prop, sides=10, levels=(rise + 0.008, rise + depth * 0.42, height))
    prop.side("bowl", (0, 0, rise + depth * 0.42), 2 * bowl, free_spin=True)
    prop.side("stem", (0, 0, rise * 0.62), 2 * stem, free_spin=True)
    vessel.rim_grasps(prop)
    vessel.region(prop)
    return prop.finish(
        volume=vessel.outer_volume,
        solid=vessel.solid_fraction,
        affordances=("fillable", "pourable"),
        text="a stemmed wine glass",
    )
