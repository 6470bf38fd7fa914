"""Packaging: bottles, cans, cartons, jars and boxes."""

import numpy as np

from blueprint.assets.families.prop import Prop, small_thing
from blueprint.assets.families.solids import panel, prism, rounded_box
from blueprint.assets.families.vessel import turned_volume
from blueprint.assets.geometry import Asset
from blueprint.assets.mesh import lathe
from blueprint.assets.registry import AssetRequest

__all__: list[str] = []
_OPEN = ("fillable",)
_POUR = ("pourable",)


@small_thing(
    "bottle",
    nouns=("bottle", "water bottle", "plastic bottle"),
    size_range_m=((0.046, 0.046, 0.15), (0.08, 0.08, 0.298)),
    options=("label",),
)
def bottle(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A half-litre drinks bottle with a screw cap and a label."""
    prop = Prop(request, rng, material="plastic", colors=("blue", "green", "teal", "red"), opacity=0.75)
    r, h = min(prop.vary(0.031, 0.034), 0.0365), prop.vary(0.2, 0.225)
    return _bottle(prop, request, r, h, neck=0.0135, shoulder=0.66, cap=True, contents=0.5, word="AQUA")


@small_thing(
    "wine_bottle",
    nouns=("wine bottle", "bottle of wine", "wine", "glass bottle", "olive oil bottle", "oil bottle"),
    size_range_m=((0.054, 0.054, 0.212), (0.08, 0.08, 0.398)),
    options=("label",),
)
def wine_bottle(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A wine bottle: a long straight body, a steep shoulder, a slim neck with a foil."""
    prop = Prop(request, rng, material="glass", colors=("bottle_green", "amber", "burgundy"), opacity=1.0)
    r, h = min(prop.vary(0.0355, 0.0368), 0.037), prop.vary(0.28, 0.3)
    return _bottle(prop, request, r, h, neck=0.0145, shoulder=0.62, cap=False, contents=0.75, word="RESERVA")


def _bottle(
    prop: Prop,
    request: AssetRequest,
    r: float,
    h: float,
    neck: float,
    shoulder: float,
    cap: bool,
    contents: float,
    word: str,
) -> Asset:
    low, high = h * shoulder, h * (0.84 if cap else 0.76)
    body = [
        (r * 0.88, 0.0),
        (r, 0.006),
        (r, low),
        (r * 0.9, low + (high - low) * 0.35),
        (neck * 1.35, low + (high - low) * 0.8),
        (neck, high),
    ]
    profile = [*body, (neck, h - 0.002), (neck - 0.002, h)]
    prop.add(lathe([(0, 0), *profile, (0, h)], 28), prop.main())
    top = prop.paint("cap", "white" if cap else "black", finish="plastic")
    start = h - 0.018 if cap else h * 0.84
    prop.add(
        lathe(
            [
                (neck, start),
                (neck + 0.0022, start),
                (neck + 0.0022, h - 0.001),
                (neck + 0.0012, h + 0.0006),
                (0, h + 0.0006),
            ],
            20,
        ),
        top,
    )
    label = prop.label("label", str(request.option("label", word)), wide=True)
    lower, upper = (h * 0.2, h * 0.56) if cap else (h * 0.12, h * 0.46)
    prop.add(lathe([(r + 0.0004, lower), (r + 0.0004, upper)], 28), label)
    prop.cylinder((0, 0, low / 2), r, low)
    prop.turned_hull([(r, low), (neck * 1.2, high)], sides=12)
    prop.cylinder((0, 0, (high + h) / 2), neck, h - high)
    prop.side("body", (0, 0, min(0.45 * h, low - 0.02)), 2 * r, free_spin=True)
    prop.top("neck", (0, 0, h - 0.016), 2 * neck, free_spin=True)
    scale = turned_volume(((0.0, 0.0), *profile)) / (np.pi * r * r * h)
    liters = turned_volume(((0.0, 0.0), *profile)) * 900 * (contents > 0)
    return prop.finish(
        volume=float(np.pi * r * r * h * scale),
        solid=0.05 if cap else 0.3,
        contents=float(min(contents, liters)),
        affordances=_POUR,
        text=f"a closed bottle with a label that says {request.option('label', word)}",
    )


@small_thing(
    "can",
    nouns=("can", "soda can", "drink can", "beer can", "soft drink", "cola can", "tin can"),
    size_range_m=((0.048, 0.048, 0.086), (0.078, 0.078, 0.162)),
    options=("label",),
)
def can(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A full 330 ml drinks can with necked ends and a tab."""
    prop = Prop(
        request,
        rng,
        material="aluminium",
        colors=("red", "blue", "green", "orange"),
        label=str(request.option("label", "COLA")),
    )
    r, h = min(prop.grow(0.033), 0.0365), prop.vary(0.115, 0.123)
    metal = prop.paint("metal", "silver", finish="steel")
    prop.add(
        lathe([(0, 0.003), (r * 0.68, 0.003), (r * 0.72, 0.0), (r * 0.76, 0.0), (r * 0.95, 0.008), (r, 0.014)], 32),
        metal,
    )
    prop.add(lathe([(r, 0.014), (r, h - 0.014)], 32), prop.main())
    rim = r * 0.8
    prop.add(
        lathe(
            [
                (r, h - 0.014),
                (rim + 0.002, h - 0.004),
                (rim + 0.002, h),
                (rim, h),
                (rim - 0.002, h - 0.004),
                (0, h - 0.004),
            ],
            32,
        ),
        metal,
    )
    prop.add(rounded_box((0, -0.006, h - 0.0032), (0.014, 0.022, 0.0016), 0.0006), metal)
    prop.cylinder((0, 0, 0.007), r * 0.8, 0.014)
    prop.cylinder((0, 0, h / 2), r, h - 0.028)
    prop.cylinder((0, 0, h - 0.007), r * 0.86, 0.014)
    prop.side("body", (0, 0, h * 0.52), 2 * r, free_spin=True)
    prop.top("top", (0, 0, h - 0.03), 2 * r, free_spin=True)
    prop.disc("top", (0, 0, h), rim, 0.3, kind="top")
    volume = float(np.pi * r * r * h)
    return prop.finish(
        volume=volume,
        solid=0.014,
        contents=volume * 850,
        affordances=("stackable", "pourable"),
        text="a full drinks can",
    )


@small_thing(
    "food_can",
    nouns=("food can", "soup can", "tin", "can of soup", "can of beans", "tomato can", "tuna can"),
    size_range_m=((0.054, 0.054, 0.072), (0.082, 0.082, 0.144)),
    options=("label",),
)
def food_can(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A steel food can with a paper label and beaded ends."""
    prop = Prop(
        request,
        rng,
        material="steel",
        colors=("red", "green", "yellow", "orange"),
        label=str(request.option("label", "SOUP")),
    )
    r, h = min(prop.grow(0.0355), 0.037), prop.vary(0.098, 0.108)
    metal = prop.paint("metal", "silver", finish="steel")
    bead = r + 0.0008
    prop.add(
        lathe(
            [
                (0, 0.002),
                (r - 0.003, 0.002),
                (r - 0.002, 0),
                (bead, 0),
                (bead, 0.003),
                (r - 0.0006, 0.004),
                (r - 0.0006, 0.008),
            ],
            32,
        ),
        metal,
    )
    prop.add(lathe([(r, 0.008), (r, h - 0.008)], 32), prop.main())
    prop.add(
        lathe(
            [
                (r - 0.0006, h - 0.008),
                (r - 0.0006, h - 0.004),
                (bead, h - 0.003),
                (bead, h),
                (r - 0.002, h),
                (r - 0.003, h - 0.003),
                (0, h - 0.003),
            ],
            32,
        ),
        metal,
    )
    prop.cylinder((0, 0, h / 2), r, h)
    prop.side("body", (0, 0, h * 0.52), 2 * r, free_spin=True)
    prop.top("top", (0, 0, h - 0.03), 2 * r, free_spin=True)
    prop.disc("top", (0, 0, h), r - 0.002, 0.3, kind="top")
    volume = float(np.pi * r * r * h)
    return prop.finish(
        volume=volume,
        solid=0.016,
        contents=volume * 900,
        affordances=("stackable",),
        text="a food can with a paper label",
    )


@small_thing(
    "carton",
    nouns=("carton", "milk carton", "juice carton", "milk", "juice box", "juice"),
    size_range_m=((0.05, 0.05, 0.168), (0.078, 0.08, 0.3)),
    options=("label",),
)
def carton(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A gable-top carton with its printed front towards -Y."""
    word = str(request.option("label", "MILK"))
    prop = Prop(request, rng, material="cardboard", colors=("white", "blue", "green", "orange"), finish="paper")
    side, body = min(prop.grow(0.068), 0.0735), prop.vary(0.17, 0.19)
    gable, fin = side * 0.5, 0.02
    prop.add(rounded_box((0, 0, body / 2), (side, side, body), 0.002), prop.main())
    half = side / 2 - 0.001
    roof = prism(
        [(-half, body - 0.001), (half, body - 0.001), (0.0025, body + gable), (-0.0025, body + gable)], 2 * half
    )
    prop.add(roof, prop.paint("roof", "sky", finish="paper"))
    prop.add(rounded_box((0, 0, body + gable + fin / 2 - 0.002), (0.005, side - 0.004, fin), 0.001), prop.main())
    label = prop.label("label", word)
    for normal in ((0, -1, 0), (0, 1, 0)):
        prop.add(panel((0, normal[1] * (side / 2 + 0.0004), body * 0.5), normal, (side * 0.86, body * 0.8)), label)
    prop.box((0, 0, body / 2), (side, side, body))
    prop.hull(
        [
            (x, y, z)
            for y in (-half, half)
            for x, z in ((-half, body), (half, body), (0.003, body + gable), (-0.003, body + gable))
        ]
    )
    prop.box((0, 0, body + gable + fin / 2 - 0.001), (0.005, side - 0.004, fin - 0.002))
    top = body + gable + fin - 0.002
    prop.top("fin", (0, 0, top - 0.0085), 0.005, yaw=0.0)
    for name, yaw in (("front", np.pi / 2), ("back", -np.pi / 2), ("left", 0.0), ("right", np.pi)):
        prop.side(name, (0, 0, body * 0.6), side, approach=float(yaw))
    volume = side * side * (body + gable / 2)
    return prop.finish(
        volume=volume,
        solid=0.04,
        contents=min(volume * 950, 1.03),
        affordances=_POUR,
        text=f"a gable-top carton that says {word}",
    )


@small_thing(
    "cereal_box",
    nouns=("cereal box", "box of cereal", "cereal", "cracker box", "pasta box", "food box"),
    size_range_m=((0.12, 0.04, 0.174), (0.252, 0.076, 0.342)),
    options=("label",),
)
def cereal_box(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A tall flat box with a printed front (-Y) and back."""
    word = str(request.option("label", "CRUNCH"))
    prop = Prop(request, rng, material="cardboard", colors=("yellow", "red", "orange", "blue"), finish="paper")
    size = (prop.vary(0.16, 0.19), min(prop.vary(0.052, 0.06), 0.07), prop.vary(0.23, 0.27))
    return _printed_box(prop, word, size, contents=0.35, text="a cereal box", bevel=0.0015)


@small_thing(
    "box",
    nouns=("box", "cardboard box", "carton box", "package", "parcel", "gift box"),
    size_range_m=((0.082, 0.046, 0.042), (0.178, 0.078, 0.098)),
    options=("label",),
)
def box(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A closed cardboard box, taped over the top."""
    prop = Prop(request, rng, material="cardboard", colors=("cardboard",), finish="cardboard")
    size = (prop.vary(0.1, 0.14), min(prop.vary(0.062, 0.07), 0.0735), prop.vary(0.055, 0.075))
    tape = prop.paint("tape", "tan", finish="plastic")
    prop.add(panel((0, 0, size[2] + 0.0004), (0, 0, 1), (size[0], 0.02)), tape)
    for sign in (-1, 1):
        prop.add(panel((sign * (size[0] / 2 + 0.0004), 0, size[2] - 0.01), (sign, 0, 0), (0.02, 0.02)), tape)
    return _printed_box(prop, "", size, contents=0.12, text="a closed cardboard box", bevel=0.001)


def _printed_box(
    prop: Prop, word: str, size: tuple[float, float, float], contents: float, text: str, bevel: float
) -> Asset:
    length, depth, height = size
    prop.add(rounded_box((0, 0, height / 2), size, bevel), prop.main())
    if word:
        label = prop.label("label", word, tall=True)
        for sign in (-1, 1):
            prop.add(
                panel((0, sign * (depth / 2 + 0.0004), height / 2), (0, sign, 0), (length * 0.94, height * 0.95)), label
            )
    prop.box((0, 0, height / 2), size)
    z = height - 0.028
    prop.top("top", (0, 0, z), depth, yaw=np.pi / 2)
    for name, x in (("top_left", -0.25), ("top_right", 0.25)):
        prop.top(name, (x * length, 0, z), depth, yaw=np.pi / 2)
    if height > 0.1:
        for name, yaw in (("left", 0.0), ("right", np.pi)):
            prop.side(name, (np.cos(yaw) * (0.02 - length / 2), 0, height * 0.6), depth, approach=float(yaw))
    prop.rect("top", (0, 0, height), (length - 0.004, depth - 0.004), 0.3, kind="top")
    shell = 1 - max(0.0, (length - 0.003) * (depth - 0.003) * (height - 0.003)) / (length * depth * height)
    return prop.finish(
        volume=length * depth * height, solid=shell, contents=contents, affordances=("stackable",), text=text
    )


@small_thing(
    "jar",
    nouns=("jar", "jam jar", "honey jar", "glass jar", "spice jar", "mason jar"),
    size_range_m=((0.048, 0.048, 0.068), (0.08, 0.08, 0.144)),
    options=("label",),
)
def jar(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A filled jar with its lid screwed on."""
    word = str(request.option("label", "HONEY"))
    prop = Prop(request, rng, material="glass", colors=("amber", "red", "burgundy", "cream"))
    r, h = min(prop.vary(0.032, 0.036), 0.0368), prop.vary(0.085, 0.11)
    lid = prop.paint("lid", "gold", finish="steel")
    body = h - 0.016
    prop.add(
        lathe([(0, 0), (r * 0.9, 0), (r, 0.006), (r, body - 0.012), (r * 0.9, body - 0.002), (r * 0.88, body)], 28),
        prop.main(),
    )
    prop.add(lathe([(r * 0.86, body), (r * 0.95, body), (r * 0.95, h - 0.002), (r * 0.91, h), (0, h)], 28), lid)
    prop.add(lathe([(r + 0.0004, h * 0.16), (r + 0.0004, h * 0.6)], 28), prop.label("label", word, wide=True))
    prop.cylinder((0, 0, body / 2), r, body)
    prop.cylinder((0, 0, (body + h) / 2), r * 0.95, h - body)
    prop.side("body", (0, 0, h * 0.5), 2 * r, free_spin=True)
    prop.top("lid", (0, 0, h - 0.012), 1.9 * r, free_spin=True)
    prop.disc("top", (0, 0, h), r * 0.88, 0.3, kind="top")
    volume = float(np.pi * r * r * h)
    return prop.finish(
        volume=volume,
        solid=0.2,
        contents=volume * 800,
        affordances=("stackable",),
        text=f"a jar of {word.lower()} with its lid on",
    )


@small_thing(
    "pill_bottle",
    nouns=("pill bottle", "medicine bottle", "medicine", "vitamin bottle"),
    size_range_m=((0.032, 0.032, 0.056), (0.068, 0.068, 0.118)),
    options=("label",),
)
def pill_bottle(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A small amber bottle with a wide white cap."""
    prop = Prop(request, rng, material="plastic", colors=("orange", "amber", "white"))
    r, h = prop.vary(0.021, 0.025), prop.vary(0.075, 0.09)
    body = h - 0.02
    prop.add(lathe([(0, 0), (r * 0.93, 0), (r, 0.004), (r, body - 0.005), (r * 0.85, body)], 24), prop.main())
    prop.add(
        lathe([(r * 0.8, body), (r * 0.98, body), (r * 0.98, h - 0.002), (r * 0.93, h), (0, h)], 24),
        prop.paint("cap", "white", finish="plastic"),
    )
    prop.add(
        lathe([(r + 0.0004, body * 0.2), (r + 0.0004, body * 0.82)], 24),
        prop.label("label", str(request.option("label", "RX 20 mg")), wide=True),
    )
    prop.cylinder((0, 0, h / 2), r, h)
    prop.side("body", (0, 0, h * 0.55), 2 * r, free_spin=True)
    prop.top("cap", (0, 0, h - 0.015), 2 * r, free_spin=True)
    prop.disc("top", (0, 0, h), r * 0.9, 0.3, kind="top")
    volume = float(np.pi * r * r * h)
    return prop.finish(
        volume=volume, solid=0.15, contents=volume * 350, affordances=("stackable",), text="a pill bottle"
    )
