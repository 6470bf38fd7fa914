"""Cutlery and kitchen utensils, lying flat along X with the grip towards -X and thick enough to be picked up."""

import numpy as np

from blueprint.assets.extrusion import extrude
from blueprint.assets.families.prop import Prop, small_thing
from blueprint.assets.families.solids import half_shell, rounded_box, tube
from blueprint.assets.geometry import Asset
from blueprint.assets.mesh import moved
from blueprint.assets.registry import AssetRequest

__all__: list[str] = []
_GRIP_HEIGHT = 0.012


def _grip(prop: Prop, length: float, width: float, surface: str, height: float = _GRIP_HEIGHT) -> None:
    """Add a handle from x = 0 to -length, with a grasp across it at its middle and quarters."""
    prop.add(rounded_box((-length / 2, 0, height / 2), (length, width, height), 0.0045), surface)
    prop.box((-length / 2, 0, height / 2), (length, width, height))
    for name, part in (("middle", 0.5), ("front", 0.25), ("rear", 0.72)):
        prop.top(f"handle_{name}", (-part * length, 0, height), width, kind="handle")


def _cutlery(request: AssetRequest, rng: np.random.Generator) -> Prop:
    return Prop(request, rng, material="steel", colors=("steel",))


@small_thing(
    "fork", nouns=("fork", "dinner fork", "salad fork"), size_range_m=((0.142, 0.024, 0.01), (0.264, 0.028, 0.014))
)
def fork(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A table fork with four tines."""
    prop = _cutlery(request, rng)
    grip, width, reach = prop.vary(0.1, 0.11), 0.014, prop.vary(0.085, 0.092)
    _grip(prop, grip, width, prop.main())
    neck, head = reach * 0.42, 0.026
    path = np.array([(0, 0, 0.007), (neck * 0.5, 0, 0.007), (neck, 0, 0.005)])
    prop.add(tube(path, 0.004, sides=8), prop.main())
    prop.add(rounded_box((neck + reach * 0.12, 0, 0.004), (reach * 0.26, head, 0.004), 0.0018), prop.main())
    tines = reach * 0.38
    for place in (-1.5, -0.5, 0.5, 1.5):
        line = np.array(
            [
                (neck + reach * 0.22, place * 0.0073, 0.004),
                (neck + reach * 0.4, place * 0.0073, 0.0035),
                (neck + reach * 0.22 + tines, place * 0.0073, 0.0075),
            ]
        )
        prop.add(tube(line, 0.0019, sides=6, end_radius=0.0011), prop.main())
    prop.box((neck / 2 + 0.0005, 0, 0.0065), (neck - 0.001, 0.008, 0.006))
    prop.box(((neck + reach) / 2, 0, 0.0045), (reach - neck, head, 0.008))
    return prop.finish(volume=7.0e-6 * prop.scale**3, affordances=(), text="a four-tined fork lying flat")


@small_thing(
    "spoon",
    nouns=("spoon", "teaspoon", "tablespoon", "soup spoon"),
    size_range_m=((0.136, 0.034, 0.01), (0.254, 0.042, 0.014)),
)
def spoon(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A spoon with an oval bowl."""
    prop = _cutlery(request, rng)
    grip, width, reach = prop.vary(0.1, 0.11), 0.014, prop.vary(0.078, 0.088)
    _grip(prop, grip, width, prop.main())
    neck, half, head = reach * 0.38, reach * 0.32, 0.019
    prop.add(
        tube(np.array([(0, 0, 0.007), (neck * 0.5, 0, 0.007), (neck + 0.006, 0, 0.008)]), 0.004, sides=8), prop.main()
    )
    center = (neck + half, 0, 0.0085)
    hollow = prop.paint("hollow", "silver", finish="steel")
    prop.add(half_shell((half, head, 0.0085), center, 1.0), prop.main())
    prop.add(half_shell((half * 0.9, head * 0.88, 0.0068), center, -1.0), hollow)
    prop.box((neck / 2 + 0.0005, 0, 0.0065), (neck - 0.001, 0.008, 0.006))
    turns = np.linspace(0, 2 * np.pi, 13)[:-1]
    rings = ((0.35, 0.0002), (0.8, 0.003), (1.0, 0.0085))
    prop.hull([(center[0] + half * r * np.cos(t), head * r * np.sin(t), z) for r, z in rings for t in turns])
    return prop.finish(volume=6.6e-6 * prop.scale**3, affordances=(), text="a spoon lying flat")


@small_thing(
    "knife",
    nouns=("knife", "table knife", "butter knife", "dinner knife", "kitchen knife"),
    size_range_m=((0.154, 0.016, 0.01), (0.296, 0.022, 0.014)),
)
def knife(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A table knife with a rounded blade."""
    prop = _cutlery(request, rng)
    grip, width, reach = prop.vary(0.095, 0.105), 0.015, prop.vary(0.11, 0.12)
    _grip(prop, grip, width, prop.paint("grip", "black") if not request.color else prop.main())
    half = 0.0095
    outline = [
        (0.0, -0.006),
        (0.012, -half),
        (reach * 0.8, -half),
        (reach * 0.94, -half * 0.6),
        (reach, half * 0.5),
        (reach * 0.96, half),
        (0.012, half * 0.9),
        (0.0, 0.006),
    ]
    blade = prop.paint("blade", "silver", finish="steel")
    prop.add(moved(extrude(outline, 0.0022), (0, 0, 0.003)), blade)
    prop.add(rounded_box((0.004, 0, 0.005), (0.012, 0.013, 0.008), 0.003), blade)
    prop.box((reach / 2 + 0.0005, 0, 0.004), (reach - 0.001, 2 * half, 0.004))
    return prop.finish(volume=9.0e-6 * prop.scale**3, affordances=(), text="a table knife lying flat")


@small_thing(
    "spatula", nouns=("spatula", "turner", "fish slice"), size_range_m=((0.218, 0.056, 0.014), (0.406, 0.1, 0.018))
)
def spatula(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A turner: long grip, slotted blade."""
    prop = Prop(request, rng, material="silicone", colors=("black", "red", "teal", "gray"))
    grip, reach, head = prop.vary(0.15, 0.17), prop.vary(0.13, 0.15), 0.075 * prop.scale
    _grip(prop, grip, 0.02, prop.paint("grip", "oak", finish="wood"), height=0.016)
    neck = reach * 0.36
    prop.add(
        tube(np.array([(-0.01, 0, 0.009), (neck * 0.5, 0, 0.008), (neck + 0.02, 0, 0.004)]), 0.0045, sides=8),
        prop.paint("shaft", "silver", finish="steel"),
    )
    bars, depth = 5, reach - neck
    for i in range(bars):
        y = (i - (bars - 1) / 2) * head / bars
        prop.add(
            rounded_box((neck + depth / 2, y, 0.0025), (depth * 0.66, head / bars * 0.62, 0.004), 0.0015), prop.main()
        )
    for x in (neck + depth * 0.1, reach - depth * 0.1):
        prop.add(rounded_box((x, 0, 0.0025), (depth * 0.2, head, 0.004), 0.0015), prop.main())
    prop.box((neck / 2 + 0.0005, 0, 0.008), (neck - 0.001, 0.009, 0.009))
    prop.box((neck + depth / 2, 0, 0.0025), (depth, head, 0.004))
    return prop.finish(volume=9.0e-5 * prop.scale**3, affordances=(), text="a slotted spatula lying flat")


@small_thing(
    "serving_spoon",
    nouns=("serving spoon", "wooden spoon", "cooking spoon"),
    size_range_m=((0.188, 0.04, 0.012), (0.356, 0.072, 0.016)),
)
def serving_spoon(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A wooden serving spoon."""
    prop = Prop(request, rng, material="wood", colors=("oak", "beech", "walnut"))
    grip, reach = prop.vary(0.17, 0.19), prop.vary(0.085, 0.095)
    _grip(prop, grip, 0.015, prop.main(), height=0.014)
    half, head = reach / 2, 0.027 * prop.scale
    center = (half - 0.006, 0, 0.012)
    prop.add(half_shell((half, head, 0.012), center, 1.0), prop.main())
    prop.add(half_shell((half * 0.9, head * 0.88, 0.009), center, -1.0), prop.paint("hollow", "brown", finish="wood"))
    turns = np.linspace(0, 2 * np.pi, 13)[:-1]
    rings = ((0.3, 0.0002), (0.8, 0.005), (1.0, 0.012))
    prop.hull(
        [(max(center[0] + half * r * np.cos(t), 0.0005), head * r * np.sin(t), z) for r, z in rings for t in turns]
    )
    return prop.finish(volume=6.5e-5 * prop.scale**3, affordances=(), text="a wooden serving spoon lying flat")
