"""Things about the house: candles, soap, sprays, sponges, tissues, plants and vases."""

import numpy as np

from blueprint.assets.families.prop import Prop, small_thing
from blueprint.assets.families.solids import prism, rounded_box, tube, turned
from blueprint.assets.families.vessel import turned_volume
from blueprint.assets.geometry import Asset
from blueprint.assets.mesh import lathe, moved, scaled
from blueprint.assets.registry import AssetRequest

__all__: list[str] = []


@small_thing("candle", nouns=("candle", "pillar candle"), size_range_m=((0.042, 0.042, 0.07), (0.08, 0.08, 0.158)))
def candle(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A pillar candle with a wick."""
    prop = Prop(request, rng, material="plastic", colors=("ivory", "crimson", "beige", "olive"))
    r, h = min(prop.vary(0.028, 0.035), 0.037), prop.vary(0.08, 0.11)
    profile = [
        (0, 0),
        (r - 0.001, 0),
        (r, 0.001),
        (r, h - 0.004),
        (r - 0.004, h),
        (r * 0.75, h - 0.003),
        (0, h - 0.004),
    ]
    prop.add(lathe(profile, 28), prop.main())
    prop.add(
        tube(np.array([(0, 0, h - 0.005), (0.0005, 0, h + 0.004), (0.002, 0, h + 0.011)]), 0.0012, sides=6),
        prop.paint("wick", "charcoal"),
    )
    prop.cylinder((0, 0, h / 2), r, h)
    prop.side("body", (0, 0, h * 0.55), 2 * r, free_spin=True)
    prop.top("top", (0, 0, h - 0.025), 2 * r, free_spin=True)
    return prop.finish(volume=float(np.pi * r * r * h), solid=0.95, affordances=(), text="a pillar candle")


@small_thing(
    "soap_dispenser",
    nouns=("soap dispenser", "soap bottle", "hand soap", "lotion bottle", "dish soap"),
    size_range_m=((0.048, 0.066, 0.136), (0.08, 0.088, 0.234)),
    options=("label",),
)
def soap_dispenser(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A pump bottle, its nozzle towards -Y."""
    prop = Prop(request, rng, material="plastic", colors=("teal", "pink", "sky", "lime"))
    r, body = min(prop.vary(0.031, 0.035), 0.0368), prop.vary(0.115, 0.135)
    profile = [(r - 0.003, 0.0), (r, 0.004), (r, body * 0.84), (r * 0.8, body * 0.95), (0.014, body)]
    prop.add(lathe([(0, 0), *profile, (0, body)], 28), prop.main())
    white = prop.paint("pump", "white")
    prop.add(
        lathe(
            [
                (0.016, body),
                (0.016, body + 0.016),
                (0.006, body + 0.018),
                (0.005, body + 0.04),
                (0.011, body + 0.042),
                (0.011, body + 0.05),
                (0, body + 0.052),
            ],
            20,
        ),
        white,
    )
    prop.add(
        tube(
            np.array([(0, 0.006, body + 0.046), (0, -0.03, body + 0.046), (0, -0.042, body + 0.036)]), 0.0052, sides=8
        ),
        white,
    )
    prop.add(
        lathe([(r + 0.0004, body * 0.2), (r + 0.0004, body * 0.68)], 28),
        prop.label("label", str(request.option("label", "SOAP")), wide=True),
    )
    prop.cylinder((0, 0, body * 0.42), r, body * 0.84)
    prop.turned_hull([(r, body * 0.84), (0.016, body), (0.014, body + 0.018)], sides=10)
    prop.cylinder((0, 0, body + 0.035), 0.009, 0.033)
    prop.side("body", (0, 0, body * 0.5), 2 * r, free_spin=True)
    volume = turned_volume(((0.0, 0.0), *profile))
    return prop.finish(
        volume=volume,
        solid=0.08,
        contents=volume * 800,
        affordances=("pressable",),
        text="a soap dispenser with a pump",
    )


@small_thing(
    "spray_bottle",
    nouns=("spray bottle", "cleaning spray", "spray", "window cleaner", "cleaner bottle"),
    size_range_m=((0.05, 0.08, 0.15), (0.08, 0.102, 0.268)),
    options=("label",),
)
def spray_bottle(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A trigger spray bottle, its nozzle towards -Y."""
    prop = Prop(request, rng, material="plastic", colors=("sky", "lime", "white", "orange"))
    r, body = min(prop.vary(0.033, 0.036), 0.0368), prop.vary(0.15, 0.17)
    profile = [
        (r - 0.003, 0.0),
        (r, 0.004),
        (r, body * 0.6),
        (r * 0.72, body * 0.8),
        (0.0145, body * 0.94),
        (0.0145, body),
    ]
    prop.add(lathe([(0, 0), *profile, (0, body)], 28), prop.main())
    cap = prop.paint("head", "red" if prop.color != "red" else "white")
    prop.add(lathe([(0.017, body - 0.008), (0.017, body + 0.01), (0, body + 0.01)], 20), cap)
    prop.add(rounded_box((0, -0.012, body + 0.025), (0.024, 0.075, 0.032), 0.007), cap)
    prop.add(rounded_box((0, -0.053, body + 0.028), (0.013, 0.012, 0.015), 0.002), prop.paint("nozzle", "white"))
    prop.add(
        tube(
            np.array([(0, -0.028, body + 0.012), (0, -0.034, body - 0.005), (0, -0.029, body - 0.022)]), 0.005, sides=8
        ),
        cap,
    )
    prop.add(
        lathe([(r + 0.0004, body * 0.12), (r + 0.0004, body * 0.55)], 28),
        prop.label("label", str(request.option("label", "CLEAN")), wide=True),
    )
    prop.cylinder((0, 0, body * 0.3), r, body * 0.6)
    prop.turned_hull([(r, body * 0.6), (0.015, body * 0.94), (0.015, body)], sides=10)
    prop.box((0, -0.012, body + 0.0205), (0.024, 0.075, 0.041))
    prop.side("body", (0, 0, body * 0.38), 2 * r, free_spin=True)
    prop.top("head", (0, -0.012, body + 0.026), 0.024, yaw=0.0)
    volume = turned_volume(((0.0, 0.0), *profile))
    return prop.finish(
        volume=volume, solid=0.08, contents=volume * 750, affordances=("pressable",), text="a trigger spray bottle"
    )


@small_thing(
    "sponge",
    nouns=("sponge", "kitchen sponge", "dish sponge", "scrubber"),
    size_range_m=((0.078, 0.046, 0.024), (0.15, 0.078, 0.052)),
)
def sponge(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A dish sponge with a scouring layer on top."""
    prop = Prop(request, rng, material="foam", colors=("yellow", "orange", "sky"))
    length, width, height = prop.vary(0.1, 0.115), min(prop.vary(0.062, 0.07), 0.0735), prop.vary(0.032, 0.038)
    layer = height * 0.28
    prop.add(rounded_box((0, 0, (height - layer) / 2), (length, width, height - layer), 0.004), prop.main())
    prop.add(
        rounded_box((0, 0, height - layer / 2), (length, width, layer), 0.002),
        prop.paint("scourer", "green", finish="fabric"),
    )
    prop.box((0, 0, height / 2), (length, width, height))
    for name, part in (("middle", 0.0), ("left", -0.25), ("right", 0.25)):
        prop.top(name, (part * length, 0, height / 2), width)
    return prop.finish(
        volume=length * width * height,
        contents=0.012,
        affordances=("stackable",),
        text="a dish sponge with a green scourer",
    )


@small_thing("soap", nouns=("soap", "bar of soap", "soap bar"), size_range_m=((0.06, 0.038, 0.02), (0.12, 0.078, 0.04)))
def soap(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A rounded bar of soap."""
    prop = Prop(request, rng, material="plastic", colors=("cream", "pink", "lime", "sky"))
    length, width, height = prop.vary(0.08, 0.09), prop.vary(0.05, 0.058), prop.vary(0.026, 0.03)
    prop.add(rounded_box((0, 0, height / 2), (length, width, height), 0.009), prop.main())
    prop.add(rounded_box((0, 0, height), (length * 0.62, width * 0.5, 0.0012), 0.0005), prop.paint("stamp", "ivory"))
    prop.box((0, 0, height / 2), (length - 0.004, width, height))
    prop.top("top", (0, 0, height / 2), width)
    return prop.finish(volume=length * width * height * 0.92, affordances=("stackable",), text="a bar of soap")


@small_thing(
    "tissue_box",
    nouns=("tissue box", "box of tissues", "tissues", "kleenex"),
    size_range_m=((0.15, 0.08, 0.096), (0.292, 0.154, 0.148)),
)
def tissue_box(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A flat box of tissues, one tissue standing out of the slot."""
    prop = Prop(request, rng, material="cardboard", colors=("sky", "pink", "teal", "purple"), finish="paper")
    length, width, height = prop.vary(0.2, 0.22), prop.vary(0.105, 0.115), prop.vary(0.06, 0.07)
    prop.add(rounded_box((0, 0, height / 2), (length, width, height), 0.0015), prop.main())
    prop.add(
        moved(
            scaled(lathe([(0, 0), (1, 0), (1, 0.0006), (0, 0.0006)], 24), (length * 0.28, width * 0.16, 1)),
            (0, 0, height),
        ),
        prop.paint("slot", "charcoal"),
    )
    tissue = prop.paint("tissue", "white", finish="paper")
    fan = [(-0.045, 0.0), (0.045, 0.0), (0.058, 0.03), (0.034, 0.05), (0.012, 0.036), (-0.014, 0.056), (-0.05, 0.034)]
    low = height - 0.002
    for lean, reach in ((0.25, 1.0), (-0.3, 0.85)):
        sheet = [(x * reach, z * reach) for x, z in fan]
        prop.add(turned(prism(sheet, 0.0012, axis="y"), (1, 0, 0), lean, (0, 0, low)), tissue)
    prop.box((0, 0, height / 2), (length, width, height))
    volume = length * width * height
    return prop.finish(volume=volume, solid=0.03, contents=volume * 120, affordances=(), text="a box of tissues")


@small_thing("vase", nouns=("vase", "flower vase"), size_range_m=((0.088, 0.088, 0.138), (0.178, 0.178, 0.29)))
def vase(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A round-bellied vase with a slim neck."""
    prop = Prop(request, rng, material="ceramic", colors=("teal", "white", "terracotta", "navy"))
    r, h = prop.vary(0.055, 0.068), prop.vary(0.18, 0.22)
    shape = [
        (0.6, 0.0),
        (0.66, 0.015),
        (0.9, 0.18),
        (1.0, 0.36),
        (0.9, 0.54),
        (0.58, 0.72),
        (0.4, 0.83),
        (0.42, 0.93),
        (0.52, 1.0),
    ]
    profile = [(r * a, h * b) for a, b in shape]
    bore = r * 0.36
    inner = [(r * 0.46, h - 0.001), (bore, h * 0.92), (bore, h * 0.83), (r * 0.4, h * 0.75), (0, h * 0.74)]
    prop.add(lathe([(0, 0), *profile, *inner], 32, crease_rad=1.1), prop.main())
    prop.turned_hull(profile[:6], sides=14)
    prop.turned_hull(profile[5:8], sides=12)
    prop.turned_hull(profile[7:], sides=12)
    prop.top("neck", (0, 0, h * 0.9), 2 * r * 0.53, free_spin=True)
    prop.side("neck_side", (0, 0, h * 0.86), 2 * r * 0.48, free_spin=True)
    return prop.finish(volume=turned_volume(tuple(profile)), solid=0.18, affordances=(), text="a ceramic vase")


@small_thing(
    "potted_plant",
    nouns=("potted plant", "plant", "houseplant", "house plant", "succulent", "flower pot"),
    size_range_m=((0.056, 0.056, 0.1), (0.124, 0.124, 0.2)),
)
def potted_plant(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A leafy plant in a tapered pot."""
    prop = Prop(request, rng, material="clay", colors=("terracotta", "white", "gray"))
    r, h = prop.vary(0.037, 0.0405), prop.vary(0.072, 0.08)
    foot = r * 0.7
    pot = [(foot, 0.0), (r * 0.92, h * 0.78), (r, h * 0.78), (r, h)]
    prop.add(lathe([(0, 0), *pot, (r - 0.006, h), (r - 0.007, h - 0.008)], 32), prop.main())
    prop.add(lathe([(r - 0.006, h - 0.008), (0, h - 0.006)], 24), prop.paint("soil", "brown", finish="foam"))
    leaf = prop.paint("leaf", "leaf", finish="fruit")
    blade = [(0, -1), (0.55, -0.7), (0.9, -0.15), (0.75, 0.4), (0.3, 0.85), (0, 1)]
    crown = r * 1.5
    for index in range(16):
        turn, lift = index * 2.399, 0.25 + 0.7 * (index / 15)
        length = crown * (0.75 + 0.25 * float(rng.random()))
        shape = scaled(lathe(blade, 6, crease_rad=3), (0.0016, length * 0.3, length * 0.42))
        lean = np.pi / 2 - lift
        base = turned(moved(shape, (0, 0, length * 0.45)), (0, 1, 0), lean)
        prop.add(turned(base, (0, 0, 1), turn, (0, 0, h + 0.004 + 0.02 * index / 15)), leaf)
    prop.turned_hull([(foot, 0.0), (r, h * 0.8), (r, h)], sides=14)
    top = h + crown * 0.95
    prop.turned_hull(
        [(r * 0.5, h + 0.001), (crown * 0.72, h + crown * 0.35), (crown * 0.66, h + crown * 0.6), (r * 0.25, top)],
        sides=10,
    )
    prop.side("pot", (0, 0, h * 0.5), 2 * float(np.interp(h * 0.5, (0, h * 0.8), (foot, r))), free_spin=True)
    return prop.finish(
        volume=turned_volume(tuple(pot)),
        solid=0.25,
        contents=turned_volume(tuple(pot)) * 900,
        affordances=(),
        text="a leafy plant in a pot",
    )
