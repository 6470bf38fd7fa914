"""Things to cook in: pots, pans and kettles."""

import numpy as np

from blueprint.assets.families.prop import Prop, small_thing
from blueprint.assets.families.solids import rounded_box, tube
from blueprint.assets.families.vessel import Vessel
from blueprint.assets.geometry import Asset
from blueprint.assets.mesh import lathe
from blueprint.assets.registry import AssetRequest

__all__: list[str] = []
_COOK = ("fillable", "pourable")


@small_thing(
    "pot",
    nouns=("pot", "cooking pot", "saucepan", "stockpot", "stew pot"),
    size_range_m=((0.194, 0.13, 0.07), (0.336, 0.264, 0.156)),
)
def pot(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A straight pot with two loop handles at ±X."""
    prop = Prop(request, rng, material="steel", colors=("steel",))
    radius, height = prop.vary(0.085, 0.1), prop.vary(0.09, 0.12)
    wall, floor = 0.003, 0.006
    vessel = Vessel(
        outer=((radius - 0.006, 0.0), (radius - 0.001, 0.006), (radius, 0.012), (radius, height)),
        inner=((radius - wall - 0.006, floor), (radius - wall, floor + 0.008), (radius - wall, height)),
    )
    vessel.show(prop, prop.main(), prop.paint("inside", "silver", finish="steel"), segments=40)
    vessel.collide(prop, sides=16, levels=(floor, height))
    grip = prop.paint("grip", "black", finish="plastic")
    z, reach, half = height * 0.8, 0.037, 0.04
    for side in (1.0, -1.0):
        angles = np.linspace(-np.pi / 2, np.pi / 2, 11)
        path = np.array([(side * (radius - 0.006 + reach * np.cos(a)), half * np.sin(a), z) for a in angles])
        prop.add(tube(path, 0.006, sides=8), grip)
        for first, second in ((0, 2), (2, 4), (4, 6), (6, 8), (8, 10)):
            prop.capsule(path[first], path[second], 0.006)
        prop.top(
            f"handle_{'right' if side > 0 else 'left'}",
            (side * (radius - 0.0062 + reach), 0, z),
            0.012,
            yaw=0.0,
            kind="handle",
        )
    vessel.rim_grasps(prop, azimuths=(60, 90, 120, 240, 270, 300))
    vessel.region(prop)
    return prop.finish(
        volume=vessel.outer_volume,
        solid=0.5 * vessel.solid_fraction,  # real pots are drawn from 1.5 mm sheet
        affordances=_COOK,
        text="a cooking pot with two handles",
    )


@small_thing("pan", nouns=("pan", "frying pan", "skillet"), size_range_m=((0.274, 0.164, 0.044), (0.572, 0.346, 0.052)))
def pan(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A frying pan with a long handle towards +X."""
    prop = Prop(request, rng, material="aluminium", colors=("charcoal", "black"))
    radius, height = prop.vary(0.11, 0.13), 0.048
    wall, floor = 0.0035, 0.006
    vessel = Vessel(
        outer=((radius * 0.8, 0.0), (radius * 0.83, 0.004), (radius, height)),
        inner=((radius * 0.8 - wall, floor), (radius * 0.83 - wall, floor + 0.004), (radius - wall, height)),
    )
    vessel.show(prop, prop.main(), prop.paint("inside", "black", finish="steel"), segments=40)
    vessel.collide(prop, sides=16, levels=(floor, height))
    length, z = radius * 1.35, height - 0.014
    start = radius * 0.97
    prop.add(
        rounded_box((start + length / 2, 0, z), (length, 0.022, 0.016), 0.006),
        prop.paint("grip", "black", finish="plastic"),
    )
    prop.box((start + length / 2, 0, z), (length, 0.022, 0.016))
    for index, part in enumerate((0.45, 0.7)):
        prop.top(f"handle_{index}", (start + part * length, 0, z), 0.022, kind="handle")
    vessel.rim_grasps(prop, azimuths=(75, 105, 255, 285))
    vessel.region(prop)
    return prop.finish(
        volume=vessel.outer_volume,
        solid=min(1.0, vessel.solid_fraction * 1.2),
        affordances=_COOK,
        text="a frying pan with a long handle",
    )


@small_thing(
    "kettle",
    nouns=("kettle", "tea kettle", "teakettle"),
    size_range_m=((0.156, 0.124, 0.154), (0.302, 0.244, 0.24)),
)
def kettle(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A stove kettle: round body, lid, spout towards -X and an arched handle over the top."""
    prop = Prop(request, rng, material="steel", colors=("steel", "red", "teal"))
    radius, body = prop.vary(0.08, 0.092), prop.vary(0.1, 0.115)
    profile = [
        (radius * 0.92, 0.0),
        (radius, 0.012),
        (radius * 0.98, body * 0.45),
        (radius * 0.78, body * 0.82),
        (radius * 0.45, body),
    ]
    prop.add(lathe([(0, 0), *profile, (0, body)], 36), prop.main())
    grip = prop.paint("grip", "black", finish="plastic")
    prop.add(
        lathe(
            [
                (0.0, body - 0.001),
                (0.03, body),
                (0.03, body + 0.004),
                (0.01, body + 0.008),
                (0.011, body + 0.022),
                (0.0, body + 0.025),
            ],
            20,
        ),
        grip,
    )
    prop.turned_hull(profile, sides=16)
    spout = np.array(
        [(-radius * 0.85, 0, body * 0.4), (-radius * 1.2, 0, body * 0.6), (-radius * 1.42, 0, body * 0.86)]
    )
    prop.add(tube(spout, 0.013, sides=10, end_radius=0.008), prop.main())
    prop.capsule(spout[0] + (0.004, 0, 0), spout[2], 0.01)
    angles = np.linspace(0.0, np.pi, 17)
    top, half = body + 0.075, radius * 0.8
    low = body * 0.72
    arch = np.array([(half * np.cos(a), 0, low + (top - low) * np.sin(a) ** 0.6) for a in angles])
    prop.add(tube(arch, 0.008, sides=10), grip)
    for first, second in ((0, 3), (3, 7), (7, 9), (9, 13), (13, 16)):
        prop.capsule(arch[first], arch[second], 0.0078)
    prop.top("handle", (0, 0, top), 0.016, yaw=np.pi / 2, kind="handle")
    volume = float(np.pi * (0.9 * radius) ** 2 * body)
    return prop.finish(volume=volume, solid=0.045, contents=0.4, affordances=("pourable",), text="a stove kettle")
