"""Bathroom fixtures: bathtub, shower cabin, pedestal sink and towel rail."""

import numpy as np

from blueprint.assets import colliders, mesh, textures
from blueprint.assets.builder import AssetBuilder, LinkBuilder
from blueprint.assets.colors import color_of
from blueprint.assets.families.furnishing import (
    asked_size,
    cushion,
    drawn,
    loft,
    oval,
    shell_walls,
    surface_region,
    weigh,
)
from blueprint.assets.finish import finish, size_factor
from blueprint.assets.geometry import Asset
from blueprint.assets.registry import AssetRequest, generator
from blueprint.contracts.frames import Vec3

__all__ = ["bathtub", "pedestal_sink", "shower_cabin", "towel_rail"]

_TAP_M = 0.157  # how far a tap rises above the rim


@generator(
    "bathtub",
    nouns=("bathtub", "bath tub", "bath", "freestanding bathtub"),
    footing="floor",
    sim_role="static",
    size_range_m=((1.2, 0.6, 0.55), (2.0, 1.0, 0.95)),
    options=("width", "depth", "height"),
)
def bathtub(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A free-standing bathtub, its length along X, its tap in the middle of its back; `interior` is its floor.

    Option `height` is that of the tap, 0.16 m above the rim.
    """
    w, d, full = asked_size(request, (1.68, 0.78, 0.74))
    h = full - _TAP_M
    make = AssetBuilder(request, "Bathtub", "a free-standing bathtub with a tap")
    white = _enamel(make, request)
    steel = finish(make, "tap", rng, "steel", None, default_material="steel", default_color="silver")
    body = make.link("body", "plastic")
    a, b, wall, floor = w / 2, d / 2, 0.05, 0.10
    power = 3.0
    foot = 0.80
    rings = [
        oval(foot * a, foot * b, 0.0, power),
        oval(0.86 * a, 0.84 * b, 0.05, power),
        oval(0.94 * a, 0.92 * b, 0.6 * h, power),
        oval(0.965 * a, 0.955 * b, h - 0.035, power),
        oval(a, b, h - 0.03, power),
        oval(a, b, h - 0.008, power),
        oval(a - 0.008, b - 0.008, h, power),
        oval(a - wall, b - wall, h, power),
        oval(a - wall - 0.015, b - wall - 0.012, h - 0.015, power),
        oval(0.80 * a, 0.76 * b, floor + 0.12, power),
        oval(0.74 * a, 0.70 * b, floor + 0.02, power),
        oval(0.66 * a, 0.60 * b, floor, power),
    ]
    body.visual(loft(rings), white)
    drain = mesh.moved(mesh.cylinder(0.03, 0.004, 20, 0.001), (0.45 * a, 0, floor))
    body.visual(drain, steel)
    low_out, high_out = oval(0.90 * a, 0.88 * b, floor, power), oval(a, b, h, power)
    low_in, high_in = oval(0.74 * a, 0.70 * b, floor, power), oval(a - wall, b - wall, h, power)
    body.collide(colliders.convex("floor", np.vstack([rings[0], oval(0.90 * a, 0.88 * b, floor, power)])))
    body.collide(*shell_walls("wall", (low_out, high_out), (low_in, high_in), 12))
    _tap(body, (0, b - 0.03, h), 0.16, steel)
    weigh(body, 42.0 * w * d / 1.31, "plastic")
    size = (1.48 * a * 0.8, 1.40 * b * 0.8)
    surface_region(make, "interior", "interior", (0, 0, floor), size, h - floor, margin=0.03, container=True)
    return make.build()


def _enamel(make: AssetBuilder, request: AssetRequest) -> str:
    return make.material("enamel", color_of(request.color, "white"), roughness=0.12)


def _tap(body: LinkBuilder, at: Vec3, reach: float, steel: str) -> None:
    """Add a tap at `at`, its spout towards -Y."""
    x, y, z = at
    path = [(x, y, z - 0.002), (x, y, z + 0.10), (x, y - 0.25 * reach, z + 0.145), (x, y - 0.75 * reach, z + 0.145),
            (x, y - reach, z + 0.115)]  # fmt: skip
    body.visual(mesh.moved(mesh.cylinder(0.024, 0.02, 20, 0.004), (x, y, z - 0.002)), steel)
    body.visual(mesh.sweep(path, [0.015, 0.014, 0.013, 0.012, 0.011], sides=12), steel)
    for sx in (-1, 1):
        knob = mesh.moved(mesh.cylinder(0.014, 0.035, 14, 0.004), (x + sx * 0.055, y, z - 0.002))
        lever = mesh.beveled_box((0.045, 0.010, 0.010), 0.003, center=(x + sx * 0.072, y, z + 0.035))
        body.visual(mesh.merge([knob, lever]), steel)
    body.collide(
        colliders.capsule_between("tap", 0.014, (x, y, z + 0.014), (x, y, z + 0.13)),
        colliders.capsule_between("spout", 0.012, (x, y - 0.028, z + 0.143), (x, y - reach + 0.012, z + 0.128)),
    )


@generator(
    "shower_cabin",
    nouns=("shower cabin", "shower", "shower stall", "shower cubicle", "walk-in shower"),
    footing="floor",
    sim_role="static",
    size_range_m=((0.7, 0.7, 1.8), (1.5, 1.2, 2.3)),
    options=("width", "depth", "height"),
)
def shower_cabin(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A shower tray with a tiled back wall, two glass sides and an open front; `interior` is its floor."""
    w, d, h = asked_size(request, (0.92, 0.90, 2.08))
    make = AssetBuilder(request, "Shower cabin", "a shower with glass sides and an open front")
    white = _enamel(make, request)
    color = color_of(drawn(rng, "light teal", "white", "light blue", "light gray"), "white")
    tiles = make.material("tiles", color, roughness=0.25, texture=textures.tiles(rng, color, 2), tile_m=0.3)
    glass = make.material("glass", (0.72, 0.88, 0.88), roughness=0.05, opacity=0.28)
    steel = finish(make, "steel", rng, "steel", None, default_material="steel", default_color="silver")
    dark = make.material("drain", (0.1, 0.1, 0.11), roughness=0.5)
    body = make.link("body", "ceramic")
    tray, floor, rim, bar, back = 0.12, 0.08, 0.04, 0.03, 0.05
    body.panel((w, d, floor), (0, 0, floor / 2), white, bevel=0.008)
    for sx in (-1, 1):
        body.panel((rim, d, tray - floor), (sx * (w - rim) / 2, 0, (tray + floor) / 2), white, bevel=0.004)
    body.panel((w - 2 * rim, rim, tray - floor), (0, -(d - rim) / 2, (tray + floor) / 2), white, bevel=0.004)
    body.panel((w - 2 * rim, back, h - floor), (0, (d - back) / 2, (h + floor) / 2), tiles, bevel=0.002)
    body.visual(mesh.moved(mesh.cylinder(0.045, 0.003, 24, 0.001), (0, 0, floor)), dark)
    for sx in (-1, 1):
        x = sx * (w - rim) / 2
        pane = (0.008, d - 2 * bar, h - tray - bar)
        body.visual(mesh.beveled_box(pane, 0.0, center=(x, 0, tray + pane[2] / 2)), glass)
        body.collide(colliders.box(f"glass_{sx + 1}", (bar, d, h - tray), (x, 0, (h + tray) / 2)))
        for sy in (-1, 1):
            post = mesh.beveled_box((bar, bar, h - tray), 0.004, center=(x, sy * (d - bar) / 2, (h + tray) / 2))
            body.visual(post, steel)
        body.visual(mesh.beveled_box((bar, d - 2 * bar, bar), 0.004, center=(x, 0, h - bar / 2)), steel)
    body.panel((w - rim - bar, bar, bar), (0, -(d - bar) / 2, h - bar / 2), steel, bevel=0.004)
    y, head = d / 2 - back, h - 0.20
    riser = [(0, y - 0.02, 1.0), (0, y - 0.03, head + 0.04), (0, y - 0.10, head + 0.075), (0, y - 0.20, head + 0.045)]
    body.visual(mesh.sweep(riser, 0.009, sides=10), steel)
    rose = mesh.lathe([(0, 0), (0.085, 0), (0.085, 0.012), (0.02, 0.03), (0, 0.03)], 28)
    body.visual(mesh.moved(rose, (0, y - 0.20, head + 0.018)), steel)
    body.visual(mesh.beveled_box((0.22, 0.04, 0.05), 0.012, center=(0, y - 0.02, 1.0)), steel)
    for sx in (-1, 1):
        body.visual(mesh.beveled_box((0.035, 0.05, 0.055), 0.008, center=(sx * 0.12, y - 0.025, 1.0)), steel)
    body.collide(
        colliders.cylinder("head", 0.085, head, head + 0.05, (0, y - 0.20)),
        colliders.box("mixer", (0.28, 0.05, 0.06), (0, y - 0.025, 1.0)),
    )
    weigh(body, 68.0 * size_factor(request.size) ** 2, "ceramic")
    size = (w - 2 * rim, d - rim - back - 0.06)
    at = (0, -d / 2 + rim + size[1] / 2, floor)
    surface_region(make, "interior", "interior", at, size, head - floor - 0.02, margin=0.03, container=True)
    return make.build()


@generator(
    "pedestal_sink",
    nouns=("pedestal sink", "washbasin", "wash basin", "pedestal basin", "bathroom sink"),
    footing="floor",
    sim_role="static",
    size_range_m=((0.4, 0.35, 0.75), (0.85, 0.65, 1.25)),
    options=("width", "depth", "height"),
)
def pedestal_sink(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A ceramic basin on a pedestal, its tap at the back; region `basin` is the floor of the bowl."""
    w, d, full = asked_size(request, (0.60, 0.50, 1.0))
    make = AssetBuilder(request, "Pedestal sink", "a ceramic washbasin on a pedestal")
    white = _enamel(make, request)
    steel = finish(make, "tap", rng, "steel", None, default_material="steel", default_color="silver")
    body = make.link("body", "ceramic")
    rim, deep, wall = full - _TAP_M, 0.15, 0.035
    a, b, back = w / 2, d / 2, 0.05  # the bowl sits `back` before the middle, the deck of the tap behind it
    low = rim - deep - 0.03
    pedestal = [
        oval(0.155, 0.135, 0.0, 3), oval(0.150, 0.130, 0.03, 3), oval(0.095, 0.085, 0.12, 3),
        oval(0.085, 0.08, 0.55 * low, 3), oval(0.12, 0.11, low, 3),
    ]  # fmt: skip
    body.visual(mesh.moved(loft(pedestal), (0, 0.02, 0)), white)
    p = 3.2
    inner, shift = (a - wall, b - back - 0.02), np.array([0, 0.03, 0])
    bowl = [
        oval(0.13, 0.12, low, p), oval(0.62 * a, 0.66 * b, low + 0.02, p), oval(0.92 * a, 0.93 * b, rim - 0.05, p),
        oval(a, b, rim - 0.03, p), oval(a, b, rim - 0.008, p), oval(a - 0.008, b - 0.008, rim, p),
        oval(inner[0], inner[1], rim, 2.6) - shift,
        oval(inner[0] - 0.015, inner[1] - 0.015, rim - 0.02, 2.6) - shift,
        oval(0.72 * inner[0], 0.74 * inner[1], rim - 0.8 * deep, 2.4) - shift,
        oval(0.45 * inner[0], 0.5 * inner[1], rim - deep, 2.2) - shift,
    ]  # fmt: skip
    body.visual(loft(bowl), white)
    body.visual(mesh.moved(mesh.cylinder(0.022, 0.004, 20, 0.001), (0, -0.03, rim - deep)), steel)
    floor = rim - deep
    body.collide(
        colliders.convex("foot", np.vstack([pedestal[0], oval(0.15, 0.13, 0.06, 3)]) + np.array([0, 0.02, 0])),
        colliders.cylinder("column", 0.09, 0.06, low, (0, 0.02)),
        colliders.convex("floor", np.vstack([bowl[1], oval(0.70 * a, 0.74 * b, floor, p)])),
    )
    walls = shell_walls(
        "wall",
        (oval(0.74 * a, 0.78 * b, floor, p), oval(a, b, rim, p)),
        (oval(0.60 * inner[0], 0.64 * inner[1], floor, 2.4) - shift, oval(inner[0], inner[1], rim, 2.6) - shift),
        8,
    )
    body.collide(*walls)
    _tap(body, (0, b - 0.045, rim), 0.13, steel)
    weigh(body, 24.0 * size_factor(request.size) ** 2, "ceramic")
    size = (0.80 * inner[0], 0.85 * inner[1])
    surface_region(
        make, "basin", "interior", (0, -0.03, floor), size, deep + 0.08, margin=0.01, container=True, disc=False
    )
    return make.build()


@generator(
    "towel_rail",
    nouns=("towel rail", "towel rack", "towel bar", "towel holder"),
    footing="wall",
    sim_role="static",
    size_range_m=((0.3, 0.06, 0.3), (1.0, 0.2, 0.9)),
    options=("width",),
    mount_height_m=0.75,
)
def towel_rail(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A steel bar on two posts with a towel over it."""
    w, d, h = asked_size(request, (0.60, 0.10, 0.58))
    make = AssetBuilder(request, "Towel rail", "a towel rail with a towel")
    steel = finish(make, "steel", rng, request.material, None, default_material="steel", default_color="silver")
    color = request.color or drawn(rng, "light blue", "white", "teal", "beige", "pink")
    cloth = finish(make, "towel", rng, "fabric", color, default_material="fabric", default_color="white")
    body = make.link("body", "steel")
    radius, y = 0.011, -d / 2 + 0.032
    z = h - 0.03
    for sx in (-1, 1):
        x = sx * (w / 2 - 0.025)
        body.panel((0.045, 0.01, 0.055), (x, d / 2 - 0.005, z), steel, bevel=0.003)
        body.visual(mesh.sweep([(x, d / 2 - 0.01, z), (x, y, z)], 0.009, sides=10), steel)
    body.visual(mesh.sweep([(-w / 2, y, z), (w / 2, y, z)], radius, sides=12), steel)
    wide = 0.55 * w
    for offset, long in ((-0.020, h - 0.01), (0.020, 0.78 * h)):
        top = z + 0.026
        sheet = cushion((wide, 0.012, long), 0.005, 0.002, (-0.06 * w, y + offset, top - long / 2))
        body.visual(sheet, cloth)
    ends = [(sx * (wide / 2 - 0.002) - 0.06 * w, y, z + 0.006) for sx in (-1, 1)]
    body.visual(mesh.sweep(ends, 0.024, sides=14), cloth)
    body.collide(
        colliders.capsule_between("bar", 0.024, (-w / 2 + 0.024, y, z), (w / 2 - 0.024, y, z)),
        colliders.box("towel", (wide, 0.05, h - 0.06), (-0.06 * w, y, (h - 0.048) / 2)),
    )
    weigh(body, 1.9 * size_factor(request.size) ** 2, "steel")
    return make.build()
