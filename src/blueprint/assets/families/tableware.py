"""Things that a table is laid with: plates, saucers, bowls, trays and boards."""

import numpy as np

from blueprint.assets.families.prop import Prop, small_thing
from blueprint.assets.families.solids import rounded_box
from blueprint.assets.families.vessel import Vessel
from blueprint.assets.geometry import Asset
from blueprint.assets.registry import AssetRequest

__all__: list[str] = []
_GLAZES = ("white", "ivory", "blue", "teal", "gray", "green")


def _dish(prop: Prop, radius: float, height: float, text: str) -> Asset:
    """A plate with a steep lip, so that two fingers can straddle it; its foot is narrower than its well (it stacks)."""
    wall, floor, run = 0.0036, 0.006, height * 0.5
    well = radius - run - wall
    vessel = Vessel(
        outer=((well - 0.006, 0.0), (well - 0.004, 0.0025), (well + wall, 0.0045), (radius, height)),
        inner=((well - 0.002, floor), (well + 0.0005, floor + 0.001), (radius - wall, height)),
    )
    vessel.show(prop, prop.main(), prop.main(), segments=40)
    vessel.collide(prop, sides=16, levels=(floor, height))
    vessel.rim_grasps(prop)
    prop.disc("well", (0, 0, floor), well - 0.004, 0.15, kind="top")
    return prop.finish(
        volume=vessel.outer_volume,
        solid=vessel.solid_fraction,
        affordances=("stackable",),
        text=text,
    )


@small_thing(
    "plate",
    nouns=("plate", "dinner plate", "dish", "serving plate"),
    size_range_m=((0.152, 0.152, 0.026), (0.314, 0.314, 0.03)),
)
def plate(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A dinner plate."""
    prop = Prop(request, rng, material="ceramic", colors=_GLAZES)
    return _dish(prop, prop.vary(0.1, 0.118), 0.028, "a round plate with a steep lip")


@small_thing(
    "saucer", nouns=("saucer", "side plate", "dessert plate"), size_range_m=((0.106, 0.106, 0.022), (0.21, 0.21, 0.028))
)
def saucer(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A saucer: a small plate."""
    prop = Prop(request, rng, material="ceramic", colors=_GLAZES)
    return _dish(prop, prop.vary(0.07, 0.08), 0.025, "a small round plate")


@small_thing(
    "bowl",
    nouns=("bowl", "cereal bowl", "soup bowl", "salad bowl", "mixing bowl"),
    size_range_m=((0.104, 0.104, 0.042), (0.224, 0.224, 0.092)),
)
def bowl(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A bowl: a curved wall on a foot."""
    prop = Prop(request, rng, material="ceramic", colors=_GLAZES)
    radius, height = prop.vary(0.07, 0.085), prop.vary(0.058, 0.07)
    foot, wall, floor = radius * 0.52, 0.0045, 0.008
    angles = np.linspace(0.15, 1.35, 7)
    curve = [(foot + (radius - foot) * np.sin(a) / np.sin(1.35), (1 - np.cos(a)) / (1 - np.cos(1.35))) for a in angles]
    low = 0.007
    outer = ((foot, 0.0), *((float(r), float(low + (height - low) * t)) for r, t in curve))
    inner = (
        (foot - 0.008, floor),
        *((float(r) - wall, float(floor + 0.002 + (height - floor - 0.002) * t)) for r, t in curve),
    )
    vessel = Vessel(outer=outer, inner=inner)
    vessel.show(prop, prop.main(), prop.paint("inside", "ivory", finish="ceramic"), segments=36)
    vessel.collide(prop, sides=12, levels=(floor, floor + 0.4 * (height - floor), height))
    vessel.rim_grasps(prop)
    vessel.region(prop)
    return prop.finish(
        volume=vessel.outer_volume,
        solid=vessel.solid_fraction,
        affordances=("stackable", "fillable", "pourable"),
        text="a round bowl",
    )


@small_thing(
    "tray", nouns=("tray", "serving tray", "tea tray"), size_range_m=((0.272, 0.194, 0.036), (0.552, 0.39, 0.044))
)
def tray(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A flat tray with a low wall all round."""
    prop = Prop(request, rng, material="wood", colors=("walnut", "oak", "black", "blue"))
    length, width, height = prop.vary(0.36, 0.42), prop.vary(0.25, 0.3), 0.04
    prop.open_box((length, width, height), wall=0.008, floor=0.008, surface=prop.main(), bevel=0.002)
    prop.rect("floor", (0, 0, 0.008), (length - 0.03, width - 0.03), 0.3, kind="interior", container=True)
    return prop.finish(
        volume=length * width * height,
        solid=prop.open_box_fraction((length, width, height), 0.008, 0.008),
        affordances=(),
        text="a flat serving tray with a low rim",
    )


@small_thing(
    "cutting_board",
    nouns=("cutting board", "chopping board", "breadboard"),
    size_range_m=((0.226, 0.15, 0.018), (0.47, 0.316, 0.022)),
)
def cutting_board(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A thick board with a grip hole near its +X end."""
    prop = Prop(request, rng, material="wood", colors=("oak", "walnut", "beech"))
    length, width, thick = prop.vary(0.3, 0.36), prop.vary(0.2, 0.24), 0.02
    prop.add(rounded_box((0, 0, thick / 2), (length, width, thick), 0.004), prop.main())
    prop.add(rounded_box((length / 2 - 0.025, 0, thick), (0.016, 0.08, 0.0008), 0.0002), prop.paint("slot", "brown"))
    prop.box((0, 0, thick / 2), (length, width, thick))
    prop.rect("top", (0, 0, thick), (length - 0.02, width - 0.02), 0.5, kind="top")
    return prop.finish(volume=length * width * thick, affordances=("stackable",), text="a wooden cutting board")
