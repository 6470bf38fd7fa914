"""Tables and seats: table, dining table, side table, desk, workbench, chair and stool."""

import numpy as np

from blueprint.assets import colliders, mesh
from blueprint.assets.builder import AssetBuilder, LinkBuilder
from blueprint.assets.finish import build_fraction, finish, physics_material_of, size_factor
from blueprint.assets.geometry import Asset
from blueprint.assets.joinery import legs
from blueprint.assets.registry import AssetRequest, generator
from blueprint.contracts.frames import Vec3

__all__ = ["chair", "desk", "dining_table", "side_table", "stool", "table", "workbench"]

_OPEN_AIR_M = 1.0


@generator(
    "table",
    nouns=("table", "wooden table", "kitchen table", "round table", "work table"),
    footing="floor",
    sim_role="static",
    size_range_m=((0.5, 0.5, 0.5), (2.6, 1.6, 1.0)),
    options=("width", "depth", "shape"),
)
def table(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A table of 0.75 m; option `shape` "round" stands on a column instead of four legs."""
    factor = size_factor(request.size)
    if request.option("shape", "rect") == "round":
        return _round_table(request, rng, 0.95 * factor, 0.74)
    size = _spread(request, (1.20 * factor, 0.75 * factor, 0.75))
    return _leg_table(AssetBuilder(request, "Table", "a table with four legs"), request, rng, size)


@generator(
    "dining_table",
    nouns=("dining table", "dinner table"),
    footing="floor",
    sim_role="static",
    size_range_m=((0.7, 0.6, 0.6), (2.6, 1.6, 1.0)),
    options=("width", "depth", "shape"),
)
def dining_table(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A dining table for four to six."""
    factor = size_factor(request.size)
    if request.option("shape", "rect") == "round":
        return _round_table(request, rng, 1.15 * factor, 0.75)
    size = _spread(request, (1.60 * factor, 0.90 * factor, 0.75))
    make = AssetBuilder(request, "Dining table", "a dining table with four legs")
    return _leg_table(make, request, rng, size, leg=0.075)


@generator(
    "side_table",
    nouns=("side table", "end table", "coffee table", "nightstand", "bedside table"),
    footing="floor",
    sim_role="static",
    size_range_m=((0.3, 0.3, 0.35), (1.0, 0.8, 0.8)),
)
def side_table(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A small square table with a lower board."""
    factor = size_factor(request.size)
    size = (0.48 * factor, 0.45 * factor, 0.55 * factor)
    make = AssetBuilder(request, "Side table", "a small table with a lower board")
    return _leg_table(make, request, rng, size, leg=0.04, board_z=0.16)


@generator(
    "desk",
    nouns=("desk", "office desk", "writing desk", "work desk", "computer desk"),
    footing="floor",
    sim_role="static",
    size_range_m=((0.8, 0.5, 0.6), (2.2, 1.1, 0.9)),
    options=("width", "depth"),
)
def desk(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """An office desk: a thin top on two panel sides with a modesty panel behind."""
    make = AssetBuilder(request, "Desk", "an office desk with panel sides")
    factor = size_factor(request.size)
    w, d, h = _spread(request, (1.40 * factor, 0.70 * factor, 0.74))
    own = str(rng.choice(["oak", "walnut", "birch"]))
    top = finish(make, "top", rng, request.material, request.color, default_material=own, default_color=own)
    sides = finish(make, "frame", rng, "steel", None, default_material="steel", default_color="gray")
    body = make.link("body", physics_material_of(request.material, "wood"))
    body.panel((w, d, 0.028), (0, 0, h - 0.014), top, bevel=0.005)
    t, rail, inset = 0.045, 0.045, 0.05
    x, y = w / 2 - inset - t / 2, d / 2 - inset - t / 2
    for sx in (-1, 1):
        body.panel((t, d - 2 * inset, rail), (sx * x, 0, rail / 2), sides, grain="y")
        for sy in (-1, 1):
            height = h - 0.028 - rail
            body.panel((t, t, height), (sx * x, sy * y, rail + height / 2), sides, grain="z")
    body.panel((2 * x - t, 0.018, 0.32), (0, y, h - 0.028 - 0.17), top)
    body.mass(volume_m3=w * d * 0.028, solid_fraction=1.0, contents_kg=12.0, material="wood")
    _top_region(make, w, d, h)
    return make.build()


@generator(
    "workbench",
    nouns=("workbench", "bench", "work bench", "tool bench", "work surface"),
    footing="floor",
    sim_role="static",
    size_range_m=((0.9, 0.5, 0.7), (2.4, 1.1, 1.2)),
    options=("width", "depth"),
)
def workbench(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A workbench: a thick top, stout legs, a lower shelf and an upstand behind."""
    make = AssetBuilder(request, "Workbench", "a workbench with a thick top, a lower shelf and an upstand")
    factor = size_factor(request.size)
    w, d, h = _spread(request, (1.50 * factor, 0.70 * factor, 0.86))
    own = str(rng.choice(["pine", "birch"]))
    top = finish(make, "top", rng, request.material, request.color, default_material=own, default_color=own)
    frame_color = str(rng.choice(["dark green", "navy", "red", "gray"]))
    frame = finish(make, "frame", rng, "plastic", frame_color, default_material="plastic", default_color="gray")
    body = make.link("body", physics_material_of(request.material, "wood"))
    thick, leg, shelf_z = 0.05, 0.08, 0.20
    body.panel((w, d, thick), (0, 0, h - thick / 2), top, bevel=0.004)
    body.panel((w, 0.02, 0.09), (0, d / 2 - 0.01, h + 0.045), top)
    legs(body, w - 0.08, d - 0.08, h - thick, leg, frame)
    inner_w, inner_d = w - 0.08 - 2 * leg, d - 0.08 - 2 * leg
    for sy in (-1, 1):
        body.panel((inner_w, 0.04, 0.09), (0, sy * (d - 0.08 - leg) / 2, h - thick - 0.045), frame)
        body.panel((inner_w, 0.04, 0.05), (0, sy * (d - 0.08 - leg) / 2, shelf_z - 0.025), frame)
    for sx in (-1, 1):
        body.panel((0.04, inner_d, 0.09), (sx * (w - 0.08 - leg) / 2, 0, h - thick - 0.045), frame)
    body.panel((inner_w, d - 0.08 - leg - 0.04, 0.02), (0, 0, shelf_z - 0.01), top)
    body.mass(solid_fraction=build_fraction(body.physics_material), contents_kg=8.0)
    usable = d - 0.02
    make.region(
        "top",
        "top",
        center=(0, -0.01, h),
        half_extents=(w / 2 - 0.02, usable / 2 - 0.02),
        clearance_m=_OPEN_AIR_M,
    )
    make.region(
        "lower_shelf",
        "shelf",
        center=(0, 0, shelf_z),
        half_extents=(inner_w / 2 - 0.02, (d - 0.08 - leg - 0.04) / 2 - 0.02),
        clearance_m=h - thick - 0.09 - shelf_z - 0.01,
    )
    return make.build()


@generator(
    "chair",
    nouns=("chair", "dining chair", "kitchen chair", "office chair", "armchair", "seat"),
    footing="floor",
    sim_role="static",
    size_range_m=((0.3, 0.32, 0.6), (0.65, 0.75, 1.25)),
)
def chair(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A four-legged chair with a slatted back; its sitter looks towards -Y."""
    make = AssetBuilder(request, "Chair", "a chair with four legs and a slatted back")
    factor = size_factor(request.size)
    w, d, seat_z, h, leg = 0.43 * factor, 0.44 * factor, 0.45 * factor, 0.88 * factor, 0.036
    own = str(rng.choice(["oak", "walnut", "birch"]))
    wood = finish(make, "wood", rng, request.material, request.color, default_material=own, default_color=own)
    cushion_color = str(rng.choice(["cream", "gray", "navy", "olive", "maroon"]))
    cushion = finish(make, "cushion", rng, "fabric", cushion_color, default_material="fabric", default_color="gray")
    body = make.link("body", physics_material_of(request.material, "wood"))
    x, y = (w - leg) / 2, (d - leg) / 2
    for sx in (-1, 1):
        body.panel((leg, leg, seat_z - 0.045), (sx * x, -y, (seat_z - 0.045) / 2), wood, grain="z", bevel=0.005)
        body.panel((leg, leg, h), (sx * x, y, h / 2), wood, grain="z", bevel=0.005)
    body.panel((w, d - leg, 0.025), (0, -leg / 2, seat_z - 0.0325), wood, bevel=0.006)
    body.panel((w - 0.02, d - leg - 0.02, 0.02), (0, -leg / 2, seat_z - 0.01), cushion, bevel=0.008)
    for z, height in ((0.70, 0.05), (0.80, 0.05), (0.93, 0.11)):
        body.panel((w - 2 * leg, 0.018, height * factor), (0, y, z * h), wood, bevel=0.005)
    for sy in (-1, 1):
        body.panel((w - 2 * leg, 0.02, 0.03), (0, sy * y, 0.30 * seat_z), wood)
    body.mass(solid_fraction=build_fraction(body.physics_material))
    make.region(
        "seat",
        "seat",
        center=(0, -leg / 2, seat_z),
        half_extents=(w / 2 - 0.02, (d - leg) / 2 - 0.025),
        clearance_m=h - seat_z,
    )
    return make.build()


@generator(
    "stool",
    nouns=("stool", "bar stool", "step stool"),
    footing="floor",
    sim_role="static",
    size_range_m=((0.22, 0.22, 0.3), (0.55, 0.55, 0.95)),
)
def stool(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A round-seated stool on four legs with rungs."""
    make = AssetBuilder(request, "Stool", "a stool with a round seat")
    factor = size_factor(request.size)
    radius, h, leg, thick = 0.18 * factor, float(rng.choice([0.46, 0.62])) * factor, 0.034, 0.035
    own = str(rng.choice(["oak", "birch", "walnut"]))
    wood = finish(make, "wood", rng, request.material, request.color, default_material=own, default_color=own)
    body = make.link("body", physics_material_of(request.material, "wood"))
    body.visual(mesh.moved(mesh.cylinder(radius, thick, 40, 0.008, planar_caps=True), (0, 0, h - thick)), wood)
    body.collide(colliders.cylinder("seat", radius, h - thick, h))
    spread = 2 * radius * 0.76
    legs(body, spread, spread, h - thick, leg, wood, bevel=0.006)
    for sign in (-1, 1):
        at = sign * (spread - leg) / 2
        body.panel((spread - 2 * leg, 0.02, 0.022), (0, at, h * 0.30), wood)
        body.panel((0.02, spread - 2 * leg, 0.022), (at, 0, h * 0.42), wood, grain="y")
    volume = body.panel_volume_m3 + np.pi * radius**2 * thick
    body.mass(volume_m3=volume, solid_fraction=build_fraction(body.physics_material))
    make.region(
        "seat",
        "seat",
        center=(0, 0, h),
        half_extents=(radius - 0.015, radius - 0.015),
        clearance_m=_OPEN_AIR_M,
        outline="disc",
    )
    return make.build()


def _spread(request: AssetRequest, size: Vec3) -> Vec3:
    """Return `size` with the options `width` and `depth` (m) in place of what was drawn."""
    w, d, h = size
    width = float(np.clip(float(request.option("width", w)), 0.9, 2.4))
    return width, float(np.clip(float(request.option("depth", d)), 0.55, 1.1)), h


def _leg_table(
    make: AssetBuilder,
    request: AssetRequest,
    rng: np.random.Generator,
    size: Vec3,
    leg: float = 0.06,
    board_z: float | None = None,
) -> Asset:
    w, d, h = size
    own = str(rng.choice(["oak", "walnut", "pine"]))
    wood = finish(make, "top", rng, request.material, request.color, default_material=own, default_color=own)
    stone = physics_material_of(request.material, "wood") in ("stone", "concrete", "glass")
    frame = finish(make, "frame", rng, "steel", None, default_material="steel", default_color="gray") if stone else wood
    body = make.link("body", physics_material_of(request.material, "wood"))
    thick, inset = 0.03, 0.03
    body.panel((w, d, thick), (0, 0, h - thick / 2), wood, bevel=0.006)
    under = h - thick
    legs(body, w - 2 * inset, d - 2 * inset, under, leg, frame, bevel=0.004)
    _aprons(body, w - 2 * inset, d - 2 * inset, leg, under, min(0.09, 0.15 * h), frame)
    inner = (w - 2 * inset - 2 * leg, d - 2 * inset)
    if board_z is not None:
        body.panel((inner[0], inner[1], 0.018), (0, 0, board_z - 0.009), frame)
        make.region(
            "lower_board",
            "shelf",
            center=(0, 0, board_z),
            half_extents=(inner[0] / 2 - 0.01, inner[1] / 2 - leg),
            clearance_m=under - min(0.09, 0.15 * h) - board_z - 0.01,
        )
    if stone:
        body.mass(volume_m3=w * d * thick, solid_fraction=build_fraction(body.physics_material), contents_kg=10.0)
    else:
        body.mass(solid_fraction=build_fraction(body.physics_material))
    _top_region(make, w, d, h)
    return make.build()


def _aprons(
    body: LinkBuilder, width: float, depth: float, leg: float, under: float, height: float, material: str
) -> None:
    for sign in (-1, 1):
        y = sign * (depth / 2 - leg / 2)
        body.panel((width - 2 * leg, 0.02, height), (0, y, under - height / 2), material)
        x = sign * (width / 2 - leg / 2)
        body.panel((0.02, depth - 2 * leg, height), (x, 0, under - height / 2), material, grain="y")


def _round_table(request: AssetRequest, rng: np.random.Generator, diameter: float, h: float) -> Asset:
    make = AssetBuilder(request, "Round table", "a round table on a column")
    own = str(rng.choice(["oak", "walnut", "birch"]))
    wood = finish(make, "top", rng, request.material, request.color, default_material=own, default_color=own)
    dark = finish(make, "column", rng, "plastic", "black", default_material="plastic", default_color="black")
    body = make.link("body", physics_material_of(request.material, "wood"))
    radius, thick, foot, base = diameter / 2, 0.03, diameter * 0.30, 0.03
    body.visual(mesh.moved(mesh.cylinder(radius, thick, 56, 0.008, planar_caps=True), (0, 0, h - thick)), wood)
    body.visual(mesh.cylinder(foot, base, 48, 0.006), dark)
    body.visual(mesh.moved(mesh.cylinder(0.045, h - thick - base, 24), (0, 0, base)), dark)
    body.collide(
        colliders.cylinder("top", radius, h - thick, h),
        colliders.cylinder("column", 0.045, base, h - thick),
        colliders.cylinder("foot", foot, 0.0, base),
    )
    solid = build_fraction(body.physics_material)
    body.mass(volume_m3=np.pi * radius**2 * thick, solid_fraction=solid, contents_kg=22.0)  # a cast foot
    make.region(
        "top",
        "top",
        center=(0, 0, h),
        half_extents=(radius - 0.02, radius - 0.02),
        clearance_m=_OPEN_AIR_M,
        outline="disc",
    )
    make.param(shape="round")
    return make.build()


def _top_region(make: AssetBuilder, width: float, depth: float, height: float) -> None:
    make.region(
        "top",
        "top",
        center=(0, 0, height),
        half_extents=(width / 2 - 0.02, depth / 2 - 0.02),
        clearance_m=_OPEN_AIR_M,
    )
