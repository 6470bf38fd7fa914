"""Tables and low cases of living rooms: coffee table, console table, TV stand and kitchen island."""

import numpy as np

from blueprint.assets import colliders, mesh
from blueprint.assets.builder import AssetBuilder
from blueprint.assets.families.furnishing import OPEN_AIR_M, asked_size, drawn, surface_region, turned_leg, weigh
from blueprint.assets.finish import finish, physics_material_of
from blueprint.assets.geometry import Asset
from blueprint.assets.joinery import legs
from blueprint.assets.registry import AssetRequest, generator

__all__ = ["coffee_table", "console_table", "kitchen_island", "tv_stand"]


@generator(
    "coffee_table",
    nouns=("cocktail table", "low table", "sofa table"),
    footing="floor",
    sim_role="static",
    size_range_m=((0.5, 0.4, 0.28), (1.7, 1.1, 0.6)),
    options=("width", "depth", "height", "shape"),
)
def coffee_table(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A low table with a lower board; option `shape` "round" makes both boards discs."""
    if request.option("shape", "rect") == "round":
        return _round_coffee_table(request, rng)
    w, d, h = asked_size(request, (1.10, 0.58, 0.43))
    make = AssetBuilder(request, "Coffee table", "a low table with a lower board")
    own = drawn(rng, "oak", "walnut", "birch")
    tint = "clear" if request.material == "glass" else own
    top = finish(make, "top", rng, request.material, request.color, default_material=own, default_color=tint)
    metal = drawn(rng, "black", "steel")
    hard = physics_material_of(request.material, "wood") in ("glass", "stone", "concrete")
    frame = finish(make, "frame", rng, "steel", metal, default_material="steel", default_color="gray") if hard else top
    body = make.link("body", physics_material_of(request.material, "wood"))
    thick, leg, board_z = 0.03, 0.05, 0.14
    body.panel((w, d, thick), (0, 0, h - thick / 2), top, bevel=0.008)
    legs(body, w - 0.06, d - 0.06, h - thick, leg, frame, bevel=0.006)
    for sy in (-1, 1):
        body.panel((w - 0.06 - 2 * leg, 0.02, 0.05), (0, sy * (d - 0.06 - leg) / 2, h - thick - 0.025), frame)
    for sx in (-1, 1):
        body.panel((0.02, d - 0.06 - 2 * leg, 0.05), (sx * (w - 0.06 - leg) / 2, 0, h - thick - 0.025), frame,
                   grain="y")  # fmt: skip
    inner = (w - 0.06 - 2 * leg, d - 0.06)
    body.panel((*inner, 0.018), (0, 0, board_z - 0.009), frame)
    weigh(body, 17.0 * w * d / 0.64)
    surface_region(make, "top", "top", (0, 0, h), (w, d))
    shelf = (inner[0], inner[1] - 2 * leg)
    surface_region(make, "lower_board", "shelf", (0, 0, board_z), shelf, h - thick - 0.06 - board_z, margin=0.015)
    return make.build()


def _round_coffee_table(request: AssetRequest, rng: np.random.Generator) -> Asset:
    w, _, h = asked_size(request, (0.80, 0.80, 0.42))
    make = AssetBuilder(request, "Round coffee table", "a low round table with a lower shelf")
    own = drawn(rng, "oak", "walnut", "birch")
    wood = finish(make, "top", rng, request.material, request.color, default_material=own, default_color=own)
    dark = finish(make, "legs", rng, "steel", "black", default_material="steel", default_color="black")
    body = make.link("body", physics_material_of(request.material, "wood"))
    radius, thick, board_z = w / 2, 0.028, 0.13
    for name, r, z in (("top", radius, h), ("board", radius * 0.62, board_z)):
        body.visual(mesh.moved(mesh.cylinder(r, thick, 48, 0.008, planar_caps=True), (0, 0, z - thick)), wood)
        body.collide(colliders.cylinder(name, r, z - thick, z))
    for i in range(4):
        angle = np.pi / 4 + i * np.pi / 2
        at = (0.70 * radius * float(np.cos(angle)), 0.70 * radius * float(np.sin(angle)))
        body.visual(mesh.moved(mesh.cylinder(0.014, h - thick, 12), (*at, 0)), dark)
        body.collide(colliders.cylinder(f"leg_{i}", 0.014, 0, h - thick, at))
        body.visual(
            mesh.sweep([(*at, board_z - thick / 2), (0.8 * at[0], 0.8 * at[1], board_z - thick / 2)], 0.007, sides=8),
            dark,
        )
    weigh(body, 13.0 * w / 0.8)
    surface_region(make, "top", "top", (0, 0, h), (w, w), disc=True)
    surface_region(make, "lower_board", "shelf", (0, 0, board_z), (1.1 * radius, 1.1 * radius),
                   h - thick - board_z - 0.02, disc=True)  # fmt: skip
    make.param(shape="round")
    return make.build()


@generator(
    "console_table",
    nouns=("console table", "hall table", "entryway table"),
    footing="floor",
    sim_role="static",
    size_range_m=((0.7, 0.25, 0.6), (1.9, 0.55, 1.0)),
    options=("width", "depth", "height"),
)
def console_table(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A narrow table for a hall, with two drawer fronts and a board near the floor."""
    w, d, h = asked_size(request, (1.15, 0.36, 0.80))
    make = AssetBuilder(request, "Console table", "a narrow hall table with a lower board")
    own = drawn(rng, "walnut", "oak", "white", "teal")
    kind = own if own in ("walnut", "oak") else "painted"
    wood = finish(make, "wood", rng, request.material, request.color, default_material=kind, default_color=own)
    brass = finish(make, "knobs", rng, "brass", None, default_material="brass", default_color="brass")
    body = make.link("body", physics_material_of(request.material, "wood"))
    thick, case, leg, board_z = 0.025, 0.13, 0.045, 0.18
    inset = 0.02
    body.panel((w, d, thick), (0, 0, h - thick / 2), wood, bevel=0.006)
    body.panel((w - 2 * inset, d - 2 * inset, case), (0, 0, h - thick - case / 2), wood, bevel=0.003)
    legs(body, w - 2 * inset, d - 2 * inset, h - thick - case, leg, wood, bevel=0.005)
    for sx in (-1, 1):
        x, z = sx * (w - 2 * inset) / 4, h - thick - case / 2
        body.visual(
            mesh.beveled_box((w / 2 - inset - 0.02, 0.008, case - 0.02), 0.003, center=(x, -d / 2 + inset - 0.003, z)),
            wood,
        )
        body.visual(mesh.moved(mesh.sphere(0.011, 12, 8), (x, -d / 2 + 0.011, z)), brass)
    inner = (w - 2 * inset - 2 * leg, d - 2 * inset)
    body.panel((*inner, 0.02), (0, 0, board_z - 0.01), wood)
    weigh(body, 17.0 * w / 1.15)
    surface_region(make, "top", "top", (0, 0, h), (w, d))
    free = h - thick - case - board_z - 0.01
    surface_region(make, "lower_board", "shelf", (0, 0, board_z), inner, free, margin=0.015)
    return make.build()


@generator(
    "tv_stand",
    nouns=("television stand", "media unit", "television bench"),
    footing="floor",
    sim_role="static",
    size_range_m=((0.8, 0.3, 0.35), (2.4, 0.6, 0.75)),
    options=("width", "depth", "height"),
)
def tv_stand(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A low case for a television: closed fronts on both sides, two open compartments in the middle."""
    w, d, h = asked_size(request, (1.60, 0.40, 0.50))
    make = AssetBuilder(request, "TV stand", "a low media unit with two open compartments")
    own = drawn(rng, "oak", "walnut", "birch")
    case = finish(make, "case", rng, request.material, request.color, default_material=own, default_color=own)
    front = finish(make, "fronts", rng, "painted", drawn(rng, "white", "dark gray", "cream"),
                   default_material="painted", default_color="white")  # fmt: skip
    dark = make.material("inside", (0.05, 0.05, 0.055), roughness=0.8)
    body = make.link("body", physics_material_of(request.material, "wood"))
    foot, t = 0.10, 0.022
    for sx in (-1, 1):
        for sy in (-1, 1):
            turned_leg(body, (sx * (w / 2 - 0.10), sy * (d / 2 - 0.07)), foot, 0.024, case)
    side = 0.30 * w
    for z in (foot + t / 2, h - t / 2):
        body.panel((w, d, t), (0, 0, z), case, bevel=0.003)
    inner_h, middle = h - foot - 2 * t, w - 2 * side
    z_mid = foot + t + inner_h / 2
    for sx in (-1, 1):
        x = sx * (w - side) / 2
        body.panel((side, d - 0.018, inner_h), (x, 0.009, z_mid), case, bevel=0.0, grain="z")
        body.panel((side - 0.004, 0.018, inner_h - 0.006), (x, -d / 2 + 0.009, z_mid), front, bevel=0.004)
        grip = mesh.beveled_box((0.012, 0.012, 0.16), 0.003, center=(x - sx * (side / 2 - 0.05), -d / 2 - 0.006, z_mid))
        body.visual(grip, dark)
    back, shelf_z = 0.012, z_mid + t / 2
    body.panel((middle, back, inner_h), (0, d / 2 - back / 2, z_mid), dark, bevel=0.0)
    deep = d - back - 0.01
    y = -back / 2 + 0.005
    body.panel((middle, deep, t), (0, y, z_mid), case)
    weigh(body, 31.0 * w / 1.6)
    surface_region(make, "top", "top", (0, 0, h), (w, d))
    free = (inner_h - t) / 2 - 0.01
    for name, z in (("lower_shelf", foot + t), ("upper_shelf", shelf_z)):
        surface_region(make, name, "shelf", (0, y, z), (middle, deep), free, margin=0.015)
    return make.build()


@generator(
    "kitchen_island",
    nouns=("cooking island", "island counter", "breakfast bar"),
    footing="floor",
    sim_role="static",
    size_range_m=((0.9, 0.6, 0.8), (2.8, 1.3, 1.05)),
    options=("width", "depth", "height"),
)
def kitchen_island(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A free-standing closed counter whose stone top overhangs towards -Y, where stools go; cupboard fronts at +Y."""
    w, d, h = asked_size(request, (1.60, 0.92, 0.92))
    make = AssetBuilder(request, "Kitchen island", "a kitchen island with an overhanging stone top")
    stone = drawn(rng, "granite", "marble", "stone") if request.material is None else request.material
    slab = finish(make, "slab", rng, stone, None, default_material="granite", default_color="granite")
    color = request.color or drawn(rng, "white", "navy", "dark green", "gray", "cream")
    paint = finish(make, "paint", rng, "painted", color, default_material="painted", default_color="white")
    steel = finish(make, "handles", rng, "steel", None, default_material="steel", default_color="steel")
    dark = make.material("plinth", (0.03, 0.03, 0.032), roughness=0.7)
    body = make.link("body", "wood")
    thick, plinth, over = 0.04, 0.10, min(0.28, 0.3 * d)
    deep = d - over - 0.03
    y = d / 2 - 0.03 - deep / 2
    tall = h - thick - plinth
    body.panel((w - 0.10, deep - 0.06, plinth), (0, y, plinth / 2), dark, bevel=0.0)
    body.panel((w - 0.06, deep, tall), (0, y, plinth + tall / 2), paint, bevel=0.004, grain="z")
    body.panel((w, d, thick), (0, 0, h - thick / 2), slab, bevel=0.008)
    units = max(round(w / 0.5), 2)
    pitch = (w - 0.06) / units
    for i in range(units):
        x = (i - (units - 1) / 2) * pitch
        for side in (-1, 1):
            at = (x, y + side * (deep / 2 + 0.004), plinth + tall / 2)
            body.visual(mesh.beveled_box((pitch - 0.012, 0.012, tall - 0.02), 0.003, center=at), paint)
            inset = (x, y + side * (deep / 2 + 0.011), plinth + tall / 2)
            for sx in (-1, 1):
                stile = (inset[0] + sx * (pitch / 2 - 0.035), inset[1], inset[2])
                body.visual(mesh.beveled_box((0.05, 0.008, tall - 0.03), 0.0, center=stile), paint)
                rail = (x, inset[1], inset[2] + sx * (tall / 2 - 0.04))
                body.visual(mesh.beveled_box((pitch - 0.12, 0.008, 0.05), 0.0, center=rail), paint)
        grip = mesh.beveled_box((0.012, 0.012, 0.14), 0.003, center=(x + pitch / 2 - 0.05, d / 2 - 0.008, h - 0.25))
        body.visual(grip, steel)
    weigh(body, 120.0 * w * d / 1.47)
    surface_region(make, "top", "top", (0, 0, h), (w, d), OPEN_AIR_M)
    make.param(units=units)
    return make.build()
