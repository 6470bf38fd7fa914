"""Fruit, vegetables, bread and eggs; round ones have a small flat where they rest, so that they stay put."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from blueprint.assets.families.prop import FINGER_BELOW_M, PALM_M, TIP_CLEARANCE_M, Prop, small_thing
from blueprint.assets.families.solids import floored, prism, rounded_box, tube, turned
from blueprint.assets.families.vessel import Profile, turned_volume
from blueprint.assets.geometry import Asset
from blueprint.assets.mesh import lathe, moved, scaled
from blueprint.assets.registry import AssetRequest

__all__: list[str] = []


def _profile(radius: float, height: float, points: Sequence[tuple[float, float]]) -> Profile:
    """Scale unit points (radius share, height share), bottom to top."""
    return tuple((radius * r, height * z) for r, z in points)


def _ball(flat: float, rings: int = 11) -> list[tuple[float, float]]:
    """Return the unit profile of a ball whose lower pole is cut to a flat of radius `flat` (share of the radius)."""
    start = -np.pi / 2 + np.arcsin(flat)
    low = np.sin(start)
    return [
        (float(np.cos(a)), float((np.sin(a) - low) / (1 - low))) for a in np.linspace(start, np.pi / 2 - 1e-6, rings)
    ]


def _fruit(prop: Prop, profile: Profile, text: str, sides: int = 12, fill: float = 1.0) -> Asset:
    """Finish an upright turned fruit: its hull, a top grasp and a side grasp at its widest height."""
    prop.add(lathe([(0.0, 0.0), *profile, (0.0, profile[-1][1])], 28, crease_rad=1.2), prop.main())
    keep = [profile[i] for i in sorted({0, *np.linspace(1, len(profile) - 1, 5).astype(int).tolist()})]
    prop.turned_hull(keep, sides=sides)
    radius, widest = max(profile)
    z = max(widest, profile[-1][1] - PALM_M, TIP_CLEARANCE_M)
    above = float(np.interp(z - FINGER_BELOW_M, [p[1] for p in profile], [p[0] for p in profile]))
    grip = radius if z <= widest + FINGER_BELOW_M else above
    prop.top("top", (0, 0, z), 2 * grip, free_spin=True)
    if widest > 0.0345:  # a level hand is 64 mm thick
        prop.side("side", (0, 0, widest), 2 * radius, free_spin=True)
    return prop.finish(volume=turned_volume(((0.0, 0.0), *profile)), solid=fill, affordances=(), text=text)


@small_thing(
    "apple", nouns=("apple", "red apple", "green apple"), size_range_m=((0.05, 0.05, 0.054), (0.08, 0.08, 0.102))
)
def apple(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """An apple with a dimple, a stem and a leaf."""
    prop = Prop(request, rng, material="fruit", colors=("apple_red", "apple_green", "apple_yellow"))
    r, h = min(prop.vary(0.034, 0.037), 0.0372), prop.vary(0.062, 0.068)
    shape = [(0.32, 0.0), (0.52, 0.05), (0.8, 0.25), (0.97, 0.48), (1.0, 0.62), (0.93, 0.8), (0.72, 0.94), (0.45, 1.0)]
    dimple = [(0.45 * r, h), (0.25 * r, 0.97 * h), (0.05 * r, 0.88 * h), (0.0, 0.88 * h)]
    prop.add(lathe(dimple, 28, crease_rad=1.2), prop.main())
    stem = np.array([(0, 0, 0.86 * h), (0.001, 0, 0.98 * h), (0.004, 0, 1.09 * h)])
    prop.add(tube(stem, 0.0016, sides=6), prop.paint("stem", "brown", finish="wood"))
    leaf = scaled(lathe([(0, -1), (0.5, -0.6), (0.6, 0), (0.4, 0.6), (0, 1)], 8, crease_rad=3), (0.002, 0.008, 0.013))
    prop.add(turned(leaf, (0.3, 1.0, 0.2), 1.2, (0.012, 0, 1.07 * h)), prop.paint("leaf", "leaf", finish="fruit"))
    return _fruit(prop, _profile(r, h, shape), "an apple with a stem", fill=0.92)


@small_thing(
    "orange",
    nouns=("orange", "mandarin", "tangerine", "grapefruit"),
    size_range_m=((0.05, 0.05, 0.048), (0.08, 0.08, 0.076)),
)
def orange(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """An orange with pores and a stem scar."""
    prop = Prop(request, rng, material="fruit", colors=("orange_peel",), finish="peel")
    r = min(prop.vary(0.034, 0.037), 0.0372)
    h = 1.92 * r
    prop.add(
        moved(lathe([(0.0045, 0), (0.004, 0.0012), (0, 0.0014)], 8), (0, 0, h - 0.0012)),
        prop.paint("scar", "leaf", finish="fruit"),
    )
    return _fruit(prop, _profile(r, h, _ball(0.36)), "an orange")


@small_thing("tomato", nouns=("tomato", "red tomato"), size_range_m=((0.048, 0.048, 0.044), (0.08, 0.08, 0.07)))
def tomato(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A flattened tomato with a green calyx."""
    prop = Prop(request, rng, material="fruit", colors=("tomato_red",))
    r = min(prop.vary(0.031, 0.036), 0.037)
    h = 1.55 * r
    green = prop.paint("calyx", "leaf", finish="fruit")
    for turn in np.linspace(0, 2 * np.pi, 6)[:-1]:
        out = np.array([np.cos(turn), np.sin(turn), 0.0])
        path = np.array(
            [(0, 0, h + 0.001), *(out * r * 0.24 + (0, 0, h + 0.0015),), *(out * r * 0.46 + (0, 0, h - 0.003),)]
        )
        prop.add(tube(path, 0.002, sides=6, end_radius=0.0006), green)
    prop.add(tube(np.array([(0, 0, h - 0.001), (0.001, 0, h + 0.007)]), 0.0018, sides=6), green)
    return _fruit(prop, _profile(r, h, _ball(0.45)), "a tomato", fill=0.95)


@small_thing("pear", nouns=("pear",), size_range_m=((0.048, 0.048, 0.076), (0.078, 0.078, 0.142)))
def pear(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A pear standing upright, with a stem."""
    prop = Prop(request, rng, material="fruit", colors=("pear_green", "apple_yellow"))
    r, h = min(prop.vary(0.032, 0.035), 0.0365), prop.vary(0.085, 0.095)
    shape = [
        (0.42, 0.0),
        (0.7, 0.06),
        (0.95, 0.22),
        (1.0, 0.34),
        (0.9, 0.5),
        (0.62, 0.68),
        (0.48, 0.82),
        (0.38, 0.94),
        (0.15, 1.0),
    ]
    prop.add(
        tube(np.array([(0, 0, h - 0.002), (0.003, 0, h + 0.014)]), 0.0018, sides=6),
        prop.paint("stem", "brown", finish="wood"),
    )
    return _fruit(prop, _profile(r, h, shape), "a pear with a stem")


@small_thing("onion", nouns=("onion", "red onion"), size_range_m=((0.046, 0.046, 0.048), (0.078, 0.078, 0.096)))
def onion(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A round onion with a dry tip."""
    prop = Prop(request, rng, material="fruit", colors=("onion", "onion_red"), finish="streaks")
    r, h = min(prop.vary(0.031, 0.035), 0.0365), prop.vary(0.066, 0.074)
    shape = [
        (0.38, 0.0),
        (0.7, 0.1),
        (0.95, 0.3),
        (1.0, 0.43),
        (0.92, 0.6),
        (0.6, 0.78),
        (0.24, 0.88),
        (0.12, 0.95),
        (0.08, 1.0),
    ]
    return _fruit(prop, _profile(r, h, shape), "an onion")


@small_thing("egg", nouns=("egg", "chicken egg"), size_range_m=((0.032, 0.032, 0.04), (0.064, 0.064, 0.078)))
def egg(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """An egg standing on its broad end."""
    prop = Prop(request, rng, material="fruit", colors=("eggshell", "white", "egg_brown"))
    r, h = prop.vary(0.0215, 0.0235), prop.vary(0.053, 0.058)
    shape = [
        (0.46, 0.0),
        (0.72, 0.07),
        (0.95, 0.26),
        (1.0, 0.4),
        (0.93, 0.6),
        (0.75, 0.78),
        (0.46, 0.93),
        (0.2, 0.99),
        (0.02, 1.0),
    ]
    return _fruit(prop, _profile(r, h, shape), "an egg")


def _lying(
    prop: Prop, length: float, radius: float, shape: Sequence[tuple[float, float]], text: str, tapered: bool = False
) -> Asset:
    """A fruit that lies along X: `shape` gives (position -1..1, radius share), its underside cut flat."""
    outline = [(radius * share, length / 2 * place) for place, share in shape]
    raw = turned(
        lathe([(0.0, outline[0][1]), *outline, (0.0, outline[-1][1])], 24, crease_rad=1.2), (0, 1, 0), np.pi / 2
    )
    cut = -0.8 * radius
    places, radii = np.array([x for _, x in outline]), np.array([r for r, _ in outline])
    # A tapered root would rest on its thick end alone: every ring is let down until it lies on the ground.
    sag = np.interp(raw.vertices[:, 0], places, 0.8 * radii) - 0.8 * radius if tapered else 0.0
    vertices = raw.vertices + np.column_stack(
        [np.zeros((len(raw.vertices), 2)), np.broadcast_to(sag, len(raw.vertices))]
    )
    prop.add(floored(replace(raw, vertices=vertices), cut), prop.main())
    turns = np.linspace(0, 2 * np.pi, 13)[:-1]
    centers = [0.8 * r if tapered else 0.8 * radius for r, _ in outline]
    prop.hull(
        [
            (x, r * np.cos(t), max(r * np.sin(t) + z, 0.0))
            for (r, x), z in zip(outline, centers, strict=True)
            for t in turns
        ]
    )
    for name, place in (("middle", 0.0), ("left", -0.25), ("right", 0.25)):
        share = float(np.interp(2 * place, [p for p, _ in shape], [s for _, s in shape]))
        prop.top(name, (place * length, 0, -cut), 2 * radius * share, yaw=np.pi / 2)
    volume = turned_volume(tuple(outline)) * 0.95
    return prop.finish(volume=volume, affordances=(), text=text)


@small_thing("lemon", nouns=("lemon", "lime"), size_range_m=((0.06, 0.04, 0.036), (0.116, 0.08, 0.072)))
def lemon(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A lemon lying on its side."""
    prop = Prop(request, rng, material="fruit", colors=("lemon",), finish="peel")
    shape = [
        (-1.0, 0.1),
        (-0.92, 0.22),
        (-0.8, 0.45),
        (-0.55, 0.8),
        (-0.25, 0.97),
        (0.0, 1.0),
        (0.25, 0.97),
        (0.55, 0.8),
        (0.8, 0.45),
        (0.9, 0.24),
        (1.0, 0.16),
    ]
    return _lying(prop, prop.vary(0.078, 0.088), prop.vary(0.027, 0.03), shape, "a lemon")


@small_thing("potato", nouns=("potato", "sweet potato"), size_range_m=((0.064, 0.042, 0.038), (0.134, 0.084, 0.076)))
def potato(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A potato lying on its side."""
    prop = Prop(request, rng, material="fruit", colors=("potato",), finish="streaks")
    shape = [
        (-1.0, 0.15),
        (-0.93, 0.45),
        (-0.75, 0.78),
        (-0.4, 0.98),
        (0.0, 1.0),
        (0.4, 0.92),
        (0.75, 0.72),
        (0.93, 0.4),
        (1.0, 0.12),
    ]
    return _lying(prop, prop.vary(0.085, 0.1), prop.vary(0.028, 0.032), shape, "a potato")


@small_thing("carrot", nouns=("carrot",), size_range_m=((0.136, 0.056, 0.02), (0.274, 0.066, 0.042)))
def carrot(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A carrot lying along X, its greens at +X."""
    prop = Prop(request, rng, material="fruit", colors=("carrot",), finish="streaks")
    length, radius = prop.vary(0.15, 0.18), prop.vary(0.015, 0.018)
    green = prop.paint("greens", "leaf", finish="fruit")
    z = 0.5 * radius
    for turn in (-0.5, -0.2, 0.0, 0.25, 0.5):
        path = np.array(
            [(length * 0.49, 0, z), (length * 0.56, turn * 0.02, z + 0.006), (length * 0.66, turn * 0.06, z + 0.004)]
        )
        prop.add(tube(path, 0.003, sides=6, end_radius=0.001), green)
    shape = [
        (-1.0, 0.12),
        (-0.95, 0.25),
        (-0.6, 0.5),
        (-0.1, 0.72),
        (0.5, 0.92),
        (0.85, 1.0),
        (0.96, 0.85),
        (1.0, 0.45),
    ]
    return _lying(prop, length, radius, shape, "a carrot with its greens", tapered=True)


@small_thing("banana", nouns=("banana",), size_range_m=((0.122, 0.044, 0.022), (0.236, 0.084, 0.048)))
def banana(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A banana lying on its side: a bent tube, a chain of capsules."""
    prop = Prop(request, rng, material="fruit", colors=("banana",))
    radius, bend = prop.vary(0.0165, 0.0185), prop.vary(0.1, 0.115)
    turns = np.linspace(-0.75, 0.75, 15) + np.pi / 2
    path = np.array([(bend * np.cos(t), bend * (np.sin(t) - 0.88), radius) for t in turns])[::-1]
    share = np.array([0.32, 0.45, 0.72, 0.88, 0.96, 1, 1, 1, 1, 0.99, 0.95, 0.85, 0.68, 0.5, 0.36])
    prop.add(tube(path, radius * share, sides=12), prop.main())
    tip = prop.paint("tip", "brown", finish="wood")
    ends = (
        (path[0], path[0] + (path[0] - path[1]) * 1.4, 0.34),
        (path[-1], path[-1] + (path[-1] - path[-2]) * 0.4, 0.3),
    )
    for start, stop, size in ends:
        prop.add(tube(np.array([start, stop]), radius * size, sides=8), tip)
    for first, second in ((2, 5), (5, 9), (9, 12)):
        prop.capsule(path[first], path[second], radius)
    for name, index in (("middle", 7), ("left", 5), ("right", 9)):
        along = path[index + 1] - path[index - 1]
        prop.top(name, tuple(path[index]), 2 * radius, yaw=float(np.arctan2(along[1], along[0])) + np.pi / 2)
    return prop.finish(volume=float(np.pi * radius**2 * bend * 1.3), affordances=(), text="a ripe banana")


@small_thing(
    "bread",
    nouns=("bread", "bread loaf", "loaf", "loaf of bread", "bun"),
    size_range_m=((0.116, 0.048, 0.056), (0.24, 0.078, 0.108)),
)
def bread(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A tin loaf along X, its crust domed over the tin's edge."""
    prop = Prop(request, rng, material="foam", colors=("crust",), finish="crust")
    length, width, height = prop.vary(0.15, 0.18), min(prop.vary(0.064, 0.07), 0.0735), prop.vary(0.07, 0.08)
    side = height * 0.62
    dome = [(width / 2 * np.cos(a), side + (height - side) * np.sin(a)) for a in np.linspace(0, np.pi, 9)]
    outline = [(-width / 2 + 0.006, 0.0), (width / 2 - 0.006, 0.0), *[(float(y), float(z)) for y, z in dome]]
    prop.add(prism(outline, length, axis="x", smooth=True), prop.main())
    crumb = prop.paint("crumb", "cream", finish="foam")
    inner = [(y * 0.9, 0.003 + z * 0.93) for y, z in outline]
    prop.add(prism(inner, length + 0.0016, axis="x"), crumb)
    for place in (-0.25, 0.0, 0.25):
        prop.add(
            rounded_box((place * length, 0, height - 0.0012), (0.008, width * 0.55, 0.004), 0.0015),
            prop.paint("score", "tan", finish="foam"),
        )
    prop.hull([(x, y, z) for x in (-length / 2, length / 2) for y, z in outline])
    for name, place in (("middle", 0.0), ("left", -0.25), ("right", 0.25)):
        prop.top(name, (place * length, 0, height - 0.034), width, yaw=np.pi / 2)
    volume = length * width * height * 0.9
    return prop.finish(volume=volume, contents=volume * 300, affordances=(), text="a loaf of bread")
