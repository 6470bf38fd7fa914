"""Bedroom furniture: bed, bunk bed, crib and vanity table."""

import numpy as np

from blueprint.assets import colliders, mesh
from blueprint.assets.builder import AssetBuilder, LinkBuilder
from blueprint.assets.families.furnishing import (
    OPEN_AIR_M,
    asked_size,
    cushion,
    drawn,
    padded,
    printed_disc,
    surface_region,
    turned_leg,
    weigh,
)
from blueprint.assets.families.patterns import mirror_sheen
from blueprint.assets.finish import finish, physics_material_of, size_factor
from blueprint.assets.geometry import Asset, TriangleMesh
from blueprint.assets.registry import AssetRequest, generator
from blueprint.contracts.frames import Pose, Vec3

__all__ = ["bed", "bunk_bed", "crib", "vanity_table"]

_FRAME_M = 0.05  # how much wider a frame is than its mattress
_QUILTS = ("navy", "olive", "light gray", "beige", "teal", "maroon", "light blue", "terracotta")


@generator(
    "bed",
    nouns=("bed", "double bed", "single bed", "queen bed", "king bed", "queen-size bed", "king-size bed", "twin bed"),
    footing="floor",
    sim_role="static",
    size_range_m=((0.7, 1.5, 0.5), (2.2, 2.4, 1.5)),
    options=("width", "depth", "height"),
)
def bed(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A made bed, its head at +Y; option `width` is the mattress's: 0.9 single, 1.4 double, 1.6 queen, 1.8 king."""
    w, d, h = asked_size(request, (1.6 + _FRAME_M, 2.12, 1.05))
    if request.option("width", 0.0):
        w = min(w + _FRAME_M, 2.2)
    make = AssetBuilder(request, "Bed", "a made bed with a headboard, a mattress and a quilt")
    own = drawn(rng, "oak", "walnut", "birch")
    frame = finish(make, "frame", rng, request.material, None, default_material=own, default_color=own)
    head_fabric = finish(
        make, "headboard", rng, "fabric", drawn(rng, "gray", "beige", "dark teal"), default_material="fabric",
        default_color="gray",
    )  # fmt: skip
    linen = finish(make, "linen", rng, "fabric", "white", default_material="fabric", default_color="white")
    quilt_color = request.color or drawn(rng, *_QUILTS)
    quilt = finish(make, "quilt", rng, "fabric", quilt_color, default_material="fabric", default_color="gray")
    body = make.link("body", physics_material_of(request.material, "wood"))
    board, rail_z, top = 0.07, 0.30, 0.52
    y0, length = -d / 2, d - board
    for sx in (-1, 1):
        for y in (y0 + 0.06, d / 2 - board - 0.06):
            turned_leg(body, (sx * (w / 2 - 0.07), y), 0.12, 0.035, frame)
    body.panel((w, length, rail_z - 0.12), (0, -board / 2, (0.12 + rail_z) / 2), frame, bevel=0.012)
    upholstered = request.material is None and rng.random() < 0.6
    if upholstered:
        parts = max(round(w / 0.45), 2)
        for i in range(parts):
            x = (i - (parts - 1) / 2) * w / parts
            body.visual(
                cushion((w / parts - 0.002, board, h - 0.10), 0.022, 0.010, (x, d / 2 - board / 2, (h + 0.10) / 2)),
                head_fabric,
            )
        body.collide(colliders.box("headboard", (w, board, h), (0, d / 2 - board / 2, h / 2)))
        back = mesh.beveled_box((w - 0.03, board - 0.03, h - 0.04), 0.004, center=(0, d / 2 - board / 2, h / 2 - 0.02))
        body.visual(back, frame)
    else:
        body.panel((w, board - 0.02, h), (0, d / 2 - board / 2, h / 2), frame, bevel=0.015)
        for i in range(3):
            plate = ((w - 0.16) / 3 - 0.02, 0.012, h - rail_z - 0.34)
            at = ((i - 1) * (w - 0.16) / 3, d / 2 - board + 0.006, rail_z + 0.28 + plate[2] / 2)
            body.visual(mesh.beveled_box(plate, 0.005, center=at), frame)
    mattress = (w - _FRAME_M, length - 0.03, top - rail_z)
    at = (0.0, -board / 2, (rail_z + top) / 2)
    padded(body, mattress, at, linen, bevel=0.05, crown=0.006)
    _quilt(body, mattress, at, quilt, linen)
    weigh(body, 34.0 * w * d * 0.6)
    surface_region(make, "mattress", "seat", (0, -board / 2, top), mattress[:2], margin=0.06)
    make.param(mattress_width=mattress[0])
    return make.build()


def _quilt(body: LinkBuilder, mattress: Vec3, at: Vec3, quilt: str, linen: str) -> None:
    """Lay a quilt over the foot of a mattress and fold a band of its white side back, without colliders."""
    w, d, h = mattress
    long, thick, drape = 0.66 * d, 0.006, 0.14
    front, top = at[1] - d / 2 - 0.008, at[2] + h / 2
    center = (at[0], front + long / 2, top + thick - (drape + thick) / 2)
    body.visual(cushion((w + 0.018, long, drape + thick), 0.045, 0.003, center), quilt)
    fold = (w + 0.022, 0.26, drape * 0.8)
    body.visual(cushion(fold, 0.03, 0.002, (at[0], front + long - 0.06, top + thick + 0.004 - fold[2] / 2)), linen)


@generator(
    "bunk_bed",
    nouns=("bunk bed", "bunk beds", "loft bed"),
    footing="floor",
    sim_role="static",
    size_range_m=((0.8, 1.6, 1.3), (1.5, 2.3, 2.0)),
    options=("width", "depth", "height"),
)
def bunk_bed(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """Two beds above each other, their heads at +Y, with a ladder at the foot."""
    w, d, h = asked_size(request, (0.98, 2.08, 1.66))
    make = AssetBuilder(request, "Bunk bed", "two beds above each other with a ladder at the foot")
    own = drawn(rng, "pine", "birch", "oak")
    wood = finish(make, "wood", rng, request.material, request.color, default_material=own, default_color=own)
    linen = finish(make, "linen", rng, "fabric", "white", default_material="fabric", default_color="white")
    quilt = finish(make, "quilt", rng, "fabric", drawn(rng, *_QUILTS), default_material="fabric", default_color="gray")
    body = make.link("body", physics_material_of(request.material, "wood"))
    post, ladder = 0.07, 0.05
    y_mid, long = ladder / 2, d - ladder
    back, foot = y_mid + (long - post) / 2, y_mid - (long - post) / 2
    for sx in (-1, 1):
        for y in (back, foot):
            body.panel((post, post, h), (sx * (w - post) / 2, y, h / 2), wood, grain="z", bevel=0.008)
    inner = (w - 2 * post, long - 2 * post)
    levels = (("lower_mattress", 0.28, h * 0.42), ("upper_mattress", h * 0.64, h - 0.05))
    for name, rail_z, board_top in levels:
        for sx in (-1, 1):
            body.panel((0.025, inner[1], 0.14), (sx * (w - post) / 2, y_mid, rail_z), wood, grain="y")
        for y in (back, foot):
            tall = board_top - rail_z + 0.07
            body.panel((inner[0], 0.022, tall), (0, y, rail_z - 0.07 + tall / 2), wood, grain="z")
        body.panel((inner[0] + 0.02, inner[1] - 0.01, 0.03), (0, y_mid, rail_z - 0.03), wood)
        mattress, at = (inner[0] + 0.01, inner[1] - 0.02, 0.13), (0.0, y_mid, rail_z + 0.05)
        padded(body, mattress, at, linen, bevel=0.03, crown=0.004)
        body.visual(cushion((mattress[0] - 0.01, 0.68 * mattress[1], 0.05), 0.02, 0.004,
                            (0, y_mid - 0.15 * mattress[1], rail_z + 0.097)), quilt)  # fmt: skip
        ceiling = h * 0.64 - 0.10 if name == "lower_mattress" else rail_z + 0.115 + OPEN_AIR_M
        surface_region(
            make, name, "seat", (0, y_mid, rail_z + 0.115), (inner[0], inner[1]), ceiling - rail_z - 0.125, margin=0.06
        )
    for sx in (-1, 1):
        body.panel((0.022, inner[1], 0.09), (sx * (w - post) / 2, y_mid, h - 0.10), wood, grain="y")
    y_ladder = -d / 2 + ladder / 2 - 0.004
    for sx in (-1, 1):
        body.panel((0.04, ladder - 0.012, h - 0.10), (0.19 * sx + 0.1, y_ladder, (h - 0.10) / 2), wood, grain="z")
    rungs = 5
    for i in range(rungs):
        body.panel((0.34, 0.03, 0.03), (0.1, y_ladder, (i + 0.9) * (h - 0.2) / rungs), wood)
    weigh(body, 62.0 * size_factor(request.size) ** 2)
    return make.build()


@generator(
    "crib",
    nouns=("crib", "cot", "baby bed", "baby crib"),
    footing="floor",
    sim_role="static",
    size_range_m=((0.5, 0.45, 0.6), (1.0, 1.6, 1.2)),
    options=("width", "depth", "height"),
)
def crib(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A baby's bed with slatted sides; its long side runs along Y."""
    w, d, h = asked_size(request, (0.72, 1.28, 0.92))
    make = AssetBuilder(request, "Crib", "a crib with slatted sides and a mattress")
    own = drawn(rng, "white", "birch", "oak")
    kind = "painted" if own == "white" else own
    wood = finish(make, "wood", rng, request.material, request.color, default_material=kind, default_color=own)
    sheet = finish(
        make, "sheet", rng, "fabric", drawn(rng, "light blue", "cream", "pink"), default_material="fabric",
        default_color="cream",
    )  # fmt: skip
    body = make.link("body", physics_material_of(request.material, "wood"))
    post, rail, base = 0.05, 0.035, 0.32
    for sx in (-1, 1):
        for sy in (-1, 1):
            at = (sx * (w - post) / 2, sy * (d - post) / 2, h / 2)
            body.panel((post, post, h), at, wood, grain="z", bevel=0.008)
    body.panel((w - 2 * post, d - 2 * post, 0.03), (0, 0, base), wood)
    inner_x, inner_y, low, high = w - 2 * post, d - 2 * post, base - 0.05, h - 0.03
    for sign in (-1, 1):
        for z in (low, high):
            body.visual(mesh.beveled_box((rail, inner_y, 0.045), 0.006, center=(sign * (w - post) / 2, 0, z)), wood)
            body.visual(mesh.beveled_box((inner_x, rail, 0.045), 0.006, center=(0, sign * (d - post) / 2, z)), wood)
        tall = high - low
        for along, count, step in (("y", 11, inner_y / 12), ("x", 5, inner_x / 6)):
            for i in range(count):
                offset = (i - (count - 1) / 2) * step
                side = sign * ((w if along == "y" else d) - post) / 2
                at = (side, offset, low) if along == "y" else (offset, side, low)
                body.visual(mesh.moved(mesh.cylinder(0.009, tall, 8), at), wood)
        middle = (low + high) / 2
        extent = tall + 0.045
        body.collide(
            colliders.box(f"side_{sign + 1}", (rail, inner_y, extent), (sign * (w - post) / 2, 0, middle)),
            colliders.box(f"end_{sign + 1}", (inner_x, rail, extent), (0, sign * (d - post) / 2, middle)),
        )
    mattress = (inner_x - 0.0, inner_y - 0.0, 0.10)
    padded(body, mattress, (0, 0, base + 0.015 + 0.05), sheet, bevel=0.03, crown=0.004)
    weigh(body, 22.0 * size_factor(request.size) ** 2)
    top = base + 0.115
    surface_region(make, "mattress", "interior", (0, 0, top), mattress[:2], h - top - 0.02, margin=0.03, container=True)
    return make.build()


@generator(
    "vanity_table",
    nouns=("vanity table", "dressing table", "makeup table", "makeup vanity"),
    footing="floor",
    sim_role="static",
    size_range_m=((0.6, 0.35, 1.0), (1.6, 0.7, 1.8)),
    options=("width", "depth", "height"),
)
def vanity_table(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A dressing table with drawer fronts under its top and a round mirror behind."""
    w, d, h = asked_size(request, (1.0, 0.45, 1.38))
    make = AssetBuilder(request, "Vanity table", "a dressing table with a round mirror")
    own = drawn(rng, "white", "walnut", "cream")
    kind = "walnut" if own == "walnut" else "painted"
    wood = finish(make, "wood", rng, request.material, request.color, default_material=kind, default_color=own)
    brass = finish(make, "knobs", rng, "brass", None, default_material="brass", default_color="brass")
    glass = make.material("mirror", (0.55, 0.62, 0.7), roughness=0.05, metallic=0.9, texture=mirror_sheen(),
                          tile_m=None)  # fmt: skip
    body = make.link("body", physics_material_of(request.material, "wood"))
    top, case = 0.75, 0.14
    for sx in (-1, 1):
        for sy in (-1, 1):
            turned_leg(body, (sx * (w / 2 - 0.05), sy * (d / 2 - 0.05)), top - 0.02 - case, 0.026, wood)
    body.panel((w - 0.03, d - 0.03, case), (0, 0, top - 0.02 - case / 2), wood, bevel=0.004)
    body.panel((w, d, 0.02), (0, 0, top - 0.01), wood, bevel=0.006)
    for i in range(3):
        x, z = (i - 1) * (w - 0.03) / 3, top - 0.02 - case / 2
        front = ((w - 0.03) / 3 - 0.014, 0.01, case - 0.02)
        body.visual(mesh.beveled_box(front, 0.003, center=(x, -(d - 0.03) / 2 - 0.003, z)), wood)
        body.visual(mesh.moved(mesh.sphere(0.012, 12, 8), (x, -(d - 0.03) / 2 - 0.012, z)), brass)
    radius, y = min((h - top) / 2 - 0.02, 0.32, w / 2 - 0.05), d / 2 - 0.035
    z = h - radius - 0.001
    turn = np.linspace(0, 2 * np.pi, 41)[:-1]
    rim = np.column_stack([radius * np.cos(turn), np.full(40, y), z + radius * np.sin(turn)])
    rim[:, [0, 2]] = (rim[:, [0, 2]] - (0, z)) * (1 - 0.014 / radius) + (0, z)
    body.visual(mesh.sweep(rim, 0.014, sides=8, closed=True), brass)
    body.visual(_facing_front(mesh.cylinder(radius - 0.014, 0.012, 40), (0, y + 0.006, z)), brass)
    body.visual(_facing_front(printed_disc(radius - 0.014), (0, y - 0.007, z)), glass)
    body.collide(colliders.cylinder("mirror", radius, z - 0.014, z + 0.014, (0, y), (0.5**0.5, 0.5**0.5, 0, 0)))
    foot = z - radius - top
    if foot > 0.002:
        body.panel((0.06, 0.025, foot), (0, y, top + foot / 2), brass)
    else:
        body.visual(mesh.beveled_box((0.06, 0.025, 0.02), 0.003, center=(0, y, top + 0.01)), brass)
    weigh(body, 26.0 * size_factor(request.size) ** 2)
    surface_region(make, "top", "top", (0, -0.035, top), (w, d - 0.07))
    return make.build()


def _facing_front(shape: TriangleMesh, at: Vec3) -> TriangleMesh:
    """Lay a disc that stands on z = 0 so that its top faces -Y and its texture stays upright."""
    half = 0.5**0.5
    return mesh.transformed(shape, Pose.of(at, (half, half, 0, 0)))
