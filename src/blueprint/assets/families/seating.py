"""Seats: sofa, armchair, ottoman, bench and bar stool."""

import numpy as np

from blueprint.assets import colliders, mesh
from blueprint.assets.builder import AssetBuilder
from blueprint.assets.families.furnishing import (
    asked_size,
    cushion,
    drawn,
    padded,
    surface_region,
    turned_leg,
    weigh,
)
from blueprint.assets.finish import finish, physics_material_of, size_factor
from blueprint.assets.geometry import Asset
from blueprint.assets.joinery import legs
from blueprint.assets.registry import AssetRequest, generator
from blueprint.contracts.frames import Pose, Vec3, quat_wxyz_from_axis_angle

__all__ = ["armchair", "bar_stool", "bench", "ottoman", "sofa"]

_COVERS = ("gray", "dark teal", "beige", "navy", "olive", "light gray", "terracotta")
_ABOVE_SEAT_M = 0.7


@generator(
    "sofa",
    nouns=("sofa", "couch", "settee", "loveseat", "divan"),
    footing="floor",
    sim_role="static",
    size_range_m=((1.2, 0.7, 0.6), (3.0, 1.2, 1.1)),
    options=("width", "depth", "height", "seats"),
)
def sofa(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A sofa with 2 or 3 loose seat cushions (option `seats`, else by its width); its sitters look to -Y."""
    asked = float(request.option("width", 0.0))
    seats = int(np.clip(float(request.option("seats", 2 if 0 < asked < 1.75 else 3)), 2, 3))
    size = asked_size(request, (1.62 if seats == 2 else 2.15, 0.92, 0.84))
    make = AssetBuilder(request, "Sofa", f"a sofa with {seats} seats")
    make.param(seats=seats)
    return _upholstered(make, request, rng, size, seats, arm=0.17, kg=22.0 + 13.0 * seats)


@generator(
    "armchair",
    nouns=("lounge chair", "easy chair", "club chair", "recliner", "wing chair"),
    footing="floor",
    sim_role="static",
    size_range_m=((0.6, 0.6, 0.6), (1.2, 1.2, 1.2)),
    options=("width", "depth", "height"),
)
def armchair(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A deep upholstered chair with arms."""
    size = asked_size(request, (0.84, 0.86, 0.86))
    make = AssetBuilder(request, "Armchair", "an upholstered armchair")
    return _upholstered(make, request, rng, size, 1, arm=0.14, kg=24.0)


def _upholstered(
    make: AssetBuilder, request: AssetRequest, rng: np.random.Generator, size: Vec3, seats: int, arm: float, kg: float
) -> Asset:
    w, d, h = size
    cover = "leather" if (request.material or "").lower() == "leather" else "fabric"
    color = request.color or ("brown" if cover == "leather" else drawn(rng, *_COVERS))
    cloth = finish(make, "cover", rng, cover, color, default_material="fabric", default_color="gray")
    own = drawn(rng, "walnut", "oak")
    wood = finish(make, "feet", rng, own, None, default_material=own, default_color=own)
    body = make.link("body", "wood")
    foot, base_top, seat_top = 0.12, 0.27, 0.44
    arm_top, back = 0.62 * h / 0.84, 0.20
    for sx in (-1, 1):
        for sy in (-1, 1):
            turned_leg(body, (sx * (w / 2 - 0.09), sy * (d / 2 - 0.09)), foot, 0.03, wood)
    inner = w - 2 * arm
    body.panel((inner, d - 0.03, base_top - foot), (0, 0, (foot + base_top) / 2), cloth, bevel=0.02)
    for sx in (-1, 1):
        at = (sx * (w - arm) / 2, 0, (foot + arm_top) / 2)
        padded(body, (arm, d, arm_top - foot), at, cloth, bevel=0.06, crown=0.006)
    padded(body, (inner, back, h - base_top), (0, (d - back) / 2 - 0.01, (h + base_top) / 2), cloth, bevel=0.07,
           crown=0.004)  # fmt: skip
    deep, wide = d - back - 0.02, inner / seats
    lean = quat_wxyz_from_axis_angle((1, 0, 0), -0.16)
    tall, thick = h - seat_top - 0.02, 0.15
    y_seat = -d / 2 + deep / 2 + 0.005
    for i in range(seats):
        x = (i - (seats - 1) / 2) * wide
        padded(body, (wide - 0.006, deep, seat_top - base_top), (x, y_seat, (seat_top + base_top) / 2), cloth,
               bevel=0.045, crown=0.012)  # fmt: skip
        y_back = (d - back) / 2 - 0.01 - back / 2 - thick / 2 + 0.035
        pad = cushion((wide - 0.012, thick, tall), 0.055, 0.022)
        body.visual(mesh.transformed(pad, Pose.of((x, y_back, seat_top + tall / 2 + 0.005), lean)), cloth)
        body.collide(colliders.box(f"back_{i}", (wide - 0.03, 0.11, tall), (x, y_back - 0.005, seat_top + tall / 2)))
        free = deep - thick + 0.02
        name = "seat" if seats == 1 else f"seat_{i + 1}"
        surface_region(make, name, "seat", (x, -d / 2 + free / 2, seat_top), (wide, free), _ABOVE_SEAT_M, margin=0.035)
    weigh(body, kg * size_factor(request.size) ** 2)
    return make.build()


@generator(
    "ottoman",
    nouns=("ottoman", "footstool", "pouf", "pouffe", "hassock"),
    footing="floor",
    sim_role="static",
    size_range_m=((0.35, 0.35, 0.28), (1.3, 0.9, 0.6)),
    options=("width", "depth", "height"),
)
def ottoman(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A low upholstered seat without a back."""
    w, d, h = asked_size(request, (0.62, 0.52, 0.42))
    make = AssetBuilder(request, "Ottoman", "an upholstered ottoman")
    cover = "leather" if (request.material or "").lower() == "leather" else "fabric"
    color = request.color or ("brown" if cover == "leather" else drawn(rng, *_COVERS))
    cloth = finish(make, "cover", rng, cover, color, default_material="fabric", default_color="gray")
    own = drawn(rng, "walnut", "oak")
    wood = finish(make, "feet", rng, own, None, default_material=own, default_color=own)
    body = make.link("body", "wood")
    foot, seam = 0.10, h - 0.12
    for sx in (-1, 1):
        for sy in (-1, 1):
            turned_leg(body, (sx * (w / 2 - 0.07), sy * (d / 2 - 0.07)), foot, 0.026, wood)
    padded(body, (w - 0.02, d - 0.02, seam - foot), (0, 0, (seam + foot) / 2), cloth, bevel=0.025, crown=0.0)
    padded(body, (w, d, h - seam), (0, 0, (h + seam) / 2), cloth, bevel=0.045, crown=0.012)
    weigh(body, 9.5 * size_factor(request.size) ** 2)
    surface_region(make, "seat", "seat", (0, 0, h), (w, d), margin=0.05)
    return make.build()


@generator(
    "bench",
    nouns=("seating bench", "hallway bench", "entryway bench", "garden bench", "park bench", "bedroom bench"),
    footing="floor",
    sim_role="static",
    size_range_m=((0.7, 0.3, 0.38), (2.4, 0.6, 0.56)),
    options=("width", "depth", "height"),
)
def bench(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A long seat of boards on two trestles, without a back."""
    w, d, h = asked_size(request, (1.25, 0.38, 0.46))
    make = AssetBuilder(request, "Bench", "a wooden bench")
    own = drawn(rng, "oak", "pine", "walnut")
    wood = finish(make, "wood", rng, request.material, request.color, default_material=own, default_color=own)
    body = make.link("body", physics_material_of(request.material, "wood"))
    boards, thick, gap = 3, 0.035, 0.006
    board = (d - (boards - 1) * gap) / boards
    for i in range(boards):
        at = (0, (i - (boards - 1) / 2) * (board + gap), h - thick / 2)
        body.visual(mesh.beveled_box((w, board, thick), 0.006, center=at), wood)
    body.collide(colliders.box("seat", (w, d, thick), (0, 0, h - thick / 2)))
    leg, x = 0.06, w / 2 - 0.16
    legs(body, 2 * x + leg, d - 0.04, h - thick, leg, wood, bevel=0.006)
    for sx in (-1, 1):
        body.panel((0.03, d - 0.04 - 2 * leg, 0.07), (sx * x, 0, h - thick - 0.035), wood, grain="y")
        body.panel((0.03, d - 0.04 - 2 * leg, 0.04), (sx * x, 0, 0.14), wood, grain="y")
    body.panel((2 * x - 0.03, 0.025, 0.05), (0, 0, 0.145), wood)
    weigh(body, 14.0 * w / 1.25)
    surface_region(make, "seat", "seat", (0, 0, h), (w, d))
    return make.build()


@generator(
    "bar_stool",
    nouns=("barstool", "counter stool", "high stool"),
    footing="floor",
    sim_role="static",
    size_range_m=((0.3, 0.3, 0.6), (0.6, 0.6, 1.2)),
    options=("width", "depth", "height"),
)
def bar_stool(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A high stool with a padded seat, a low back and a rest for the feet; `height` is that of the back."""
    w, d, h = asked_size(request, (0.42, 0.44, 0.98))
    make = AssetBuilder(request, "Bar stool", "a high stool with a low back and a footrest")
    own = drawn(rng, "black", "walnut", "oak")
    kind = "steel" if own == "black" else own
    frame = finish(make, "frame", rng, request.material, None if request.material else own, default_material=kind,
                   default_color=own)  # fmt: skip
    pad_color = request.color or drawn(rng, "cream", "brown", "gray", "dark teal")
    pad = finish(make, "pad", rng, "leather", pad_color, default_material="leather", default_color="brown")
    body = make.link("body", physics_material_of(request.material, "wood"))
    seat, leg, thick = h - 0.24, 0.032, 0.06
    legs(body, w, d, seat - thick, leg, frame, bevel=0.005)
    body.panel((w, d, 0.025), (0, 0, seat - thick + 0.0125), frame, bevel=0.005)
    padded(body, (w - 0.01, d - 0.01, thick - 0.025), (0, 0, seat - (thick - 0.025) / 2), pad, bevel=0.03, crown=0.006)
    for sy, z in ((-1, 0.26), (1, 0.34)):
        body.panel((w - 2 * leg, 0.022, 0.026), (0, sy * (d - leg) / 2, z), frame)
    for sx in (-1, 1):
        body.panel((0.022, d - 2 * leg, 0.026), (sx * (w - leg) / 2, 0, 0.30), frame, grain="y")
        body.panel((0.024, 0.024, h - 0.06 - seat), (sx * (w / 2 - 0.06), d / 2 - 0.025, (h - 0.06 + seat) / 2), frame,
                   grain="z")  # fmt: skip
    body.panel((w - 0.02, 0.03, 0.11), (0, d / 2 - 0.055, h - 0.055), pad, bevel=0.012)
    weigh(body, 7.5 * size_factor(request.size) ** 2)
    surface_region(make, "seat", "seat", (0, -0.035, seat), (w, d - 0.08), 0.7, margin=0.03)
    return make.build()
