"""Case furniture: kitchen counter, base cabinet, drawer unit, bookshelf and low shelf."""

import numpy as np

from blueprint.assets.builder import AssetBuilder, LinkBuilder
from blueprint.assets.finish import build_fraction, finish, physics_material_of, size_factor
from blueprint.assets.geometry import Asset
from blueprint.assets.joinery import GAP_M, add_door, add_drawer, bar_handle, carcass
from blueprint.assets.registry import AssetRequest, generator

__all__ = ["base_cabinet", "counter", "drawer_unit", "low_shelf", "shelf"]

_PLINTH_M = 0.10
_WORKTOP_M = 0.04


@generator(
    "counter",
    nouns=("counter", "kitchen counter", "countertop", "kitchen worktop", "worktop", "kitchen island", "island"),
    footing="floor",
    sim_role="static",
    size_range_m=((0.9, 0.55, 0.85), (3.2, 0.80, 0.95)),
    options=("width",),
)
def counter(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A kitchen counter, 0.9 m high: plinth, a closed base with cupboard fronts, and a stone worktop that overhangs."""
    make = AssetBuilder(request, "Kitchen counter", "a kitchen counter with a worktop on closed base units")
    drawn = 1.6 * size_factor(request.size) * rng.uniform(0.97, 1.03)
    width = float(np.clip(float(request.option("width", round(drawn, 2))), 0.9, 3.2))
    depth, height = 0.60, 0.90
    stone = str(rng.choice(["granite", "marble", "stone"])) if request.material is None else request.material
    top = finish(make, "worktop", rng, stone, None, default_material="granite", default_color="granite")
    front_color = request.color or str(rng.choice(["white", "cream", "navy", "dark green", "gray"]))
    front = finish(make, "fronts", rng, "painted", front_color, default_material="painted", default_color="white")
    dark = make.material("plinth", (0.03, 0.03, 0.032), roughness=0.7)
    steel = finish(make, "handles", rng, "steel", None, default_material="steel", default_color="steel")
    body = make.link("body", "wood")
    body.panel((width - 0.02, depth - 0.08, _PLINTH_M), (0, 0.03, _PLINTH_M / 2), dark, bevel=0.0)
    base_height = height - _WORKTOP_M - _PLINTH_M
    base = (width - 0.01, depth - 0.03, base_height)
    body.panel(base, (0, 0.01, _PLINTH_M + base_height / 2), front, bevel=0.0, grain="z")
    units = max(round(width / 0.55), 1)
    pitch = base[0] / units
    face_y = 0.01 - base[1] / 2
    for i in range(units):
        x = (i - (units - 1) / 2) * pitch
        size = (pitch - 0.004, 0.016, base_height - 0.012)
        body.panel(size, (x, face_y - 0.008, _PLINTH_M + 0.002 + size[2] / 2), front, grain="z")
        bar_handle(body, (x, face_y - 0.016, height - _WORKTOP_M - 0.07), "x", 0.16, steel)
    body.panel((width, depth + 0.05, _WORKTOP_M), (0, 0.005, height - _WORKTOP_M / 2), top, bevel=0.006)
    body.mass(volume_m3=width * depth * height, solid_fraction=0.25, contents_kg=60.0 * width)
    make.region(
        "top",
        "top",
        center=(0, 0.005, height),
        half_extents=(width / 2 - 0.02, (depth + 0.05) / 2 - 0.02),
        clearance_m=0.6,
    )
    make.param(width=width, units=units)
    return make.build()


@generator(
    "base_cabinet",
    nouns=("base cabinet", "cabinet", "cupboard", "kitchen cabinet", "sideboard"),
    footing="floor",
    sim_role="articulated_furniture",
    size_range_m=((0.3, 0.35, 0.6), (1.3, 0.80, 1.15)),
    options=("doors", "width", "depth", "height"),
)
def base_cabinet(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A cabinet with one or two hinged doors and a shelf inside."""
    make = AssetBuilder(request, "Base cabinet", "a base cabinet with hinged doors and a shelf inside")
    doors = int(np.clip(float(request.option("doors", int(rng.integers(1, 3)))), 1, 2))
    factor = size_factor(request.size)
    w = float(np.clip(float(request.option("width", (0.42 if doors == 1 else 0.75) * factor)), 0.32, 1.2))
    d = float(np.clip(float(request.option("depth", 0.48 * min(factor, 1.2))), 0.36, 0.66))
    h = float(np.clip(float(request.option("height", 0.80 * factor)), 0.62, 1.12))
    t, plinth, door_t = 0.018, 0.06, 0.018
    case = finish(make, "case", rng, request.material, None, default_material="oak", default_color="oak")
    front_color = request.color or (None if request.material else str(rng.choice(["white", "cream", "teal", "oak"])))
    front = finish(make, "fronts", rng, request.material, front_color, default_material="oak", default_color="oak")
    steel = finish(make, "handles", rng, "steel", None, default_material="steel", default_color="steel")
    dark = make.material("plinth", (0.05, 0.05, 0.05), roughness=0.8)
    body = make.link("body", physics_material_of(request.material, "wood"))
    body.panel((w - 0.02, d - 0.05, plinth), (0, 0.015, plinth / 2), dark, bevel=0.0)
    carcass(body, (w, d, h - plinth - 0.02), t, case, base=(0, 0, plinth), back=0.008)
    body.panel((w + 0.01, d + 0.03, 0.02), (0, -0.01, h - 0.01), case, bevel=0.004)
    inner_h = h - plinth - 0.02 - 2 * t
    shelf_z = plinth + t + inner_h * 0.5
    body.panel((w - 2 * t, d - 0.05, t), (0, 0.016, shelf_z - t / 2), case)
    body.mass(solid_fraction=build_fraction(body.physics_material))
    inner = (w / 2 - t - 0.02, d / 2 - 0.04)
    floor_z = plinth + t
    low, high = shelf_z - t - floor_z, h - 0.02 - t - shelf_z
    make.region(
        "inside", "shelf", center=(0, 0, floor_z), half_extents=inner, clearance_m=low - 0.01, is_container=True
    )
    make.region(
        "shelf", "shelf", center=(0, 0.01, shelf_z), half_extents=inner, clearance_m=high - 0.01, is_container=True
    )
    make.region("top", "top", center=(0, -0.01, h), half_extents=(w / 2 - 0.015, d / 2 - 0.015), clearance_m=0.6)
    door_h = h - plinth - 0.02 - 0.006
    leaf = w / doors - 0.002 * doors
    for i in range(doors):
        side = "left" if i == 0 else "right"
        at = ((-w / 2 if side == "left" else w / 2), -d / 2 - GAP_M, plinth + 0.002)
        name = "door" if doors == 1 else f"{side}_door"
        door = add_door(
            make,
            name,
            case=body,
            hinge_at=at,
            size=(leaf, door_t, door_h),
            side=side,
            material=front,
            handle_material=steel,
            handle_z=door_h * 0.72,
        )
        door.mass(solid_fraction=build_fraction(body.physics_material))
    make.param(doors=doors)
    return make.build()


@generator(
    "drawer_unit",
    nouns=("drawer unit", "chest of drawers", "set of drawers", "drawers", "drawer", "drawer cabinet", "dresser"),
    footing="floor",
    sim_role="articulated_furniture",
    size_range_m=((0.2, 0.25, 0.18), (0.8, 0.70, 1.0)),
    options=("drawers", "tabletop"),
)
def drawer_unit(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A unit of 2 to 4 drawers; option `tabletop` makes the small one that stands on a counter or desk.

    The small one has vertical bars: a hand that holds one is level, so that it clears what the unit stands on.
    """
    if request.option("tabletop", 0):
        return _tabletop_drawers(request, rng)
    make = AssetBuilder(request, "Drawer unit", "a floor-standing unit of drawers")
    count = int(np.clip(float(request.option("drawers", int(rng.integers(3, 5)))), 2, 4))
    factor = size_factor(request.size)
    w, d, h, t = 0.50 * factor, 0.46 * factor, 0.74 * factor, 0.018
    plinth = 0.05
    case, front, steel = _drawer_finishes(make, request, rng)
    body = make.link("body", physics_material_of(request.material, "wood"))
    body.panel((w - 0.02, d - 0.03, plinth), (0, 0.01, plinth / 2), case, bevel=0.0)
    carcass(body, (w, d, h - plinth), t, case, base=(0, 0, plinth), back=0.008)
    body.mass(solid_fraction=build_fraction(body.physics_material))
    _fill_with_drawers(make, body, count, (w, d, h), plinth, t, (front, steel), along="x", travel=min(0.30, 0.62 * d))
    make.region("top", "top", center=(0, 0, h), half_extents=(w / 2 - 0.015, d / 2 - 0.015), clearance_m=0.6)
    make.param(drawers=count)
    return make.build()


def _tabletop_drawers(request: AssetRequest, rng: np.random.Generator) -> Asset:
    make = AssetBuilder(request, "Tabletop drawer unit", "a small unit of drawers that stands on a table or counter")
    count = int(np.clip(float(request.option("drawers", 2)), 2, 4))
    factor = size_factor(request.size)
    w, d, h, t = 0.30 * factor, 0.32 * factor, (0.28 if count < 4 else 0.36) * factor, 0.015
    case, front, steel = _drawer_finishes(make, request, rng)
    body = make.link("body", physics_material_of(request.material, "wood"))
    carcass(body, (w, d, h), t, case)
    body.mass(
        solid_fraction=build_fraction(body.physics_material), contents_kg=1.6
    )  # rails and a weighted base, so that pulling a drawer does not drag the unit
    _fill_with_drawers(make, body, count, (w, d, h), 0.0, t, (front, steel), along="z", travel=min(0.19, 0.6 * d))
    make.region("top", "top", center=(0, 0, h), half_extents=(w / 2 - 0.012, d / 2 - 0.012), clearance_m=0.5)
    make.param(drawers=count, tabletop=1)
    return make.build()


def _drawer_finishes(make: AssetBuilder, request: AssetRequest, rng: np.random.Generator) -> tuple[str, str, str]:
    own = str(rng.choice(["oak", "walnut", "birch"]))
    case = finish(make, "case", rng, request.material, request.color, default_material=own, default_color=own)
    front_color = request.color or str(rng.choice(["white", own]))
    front = finish(make, "fronts", rng, request.material, front_color, default_material=own, default_color=own)
    return case, front, finish(make, "handles", rng, "steel", None, default_material="steel", default_color="steel")


def _fill_with_drawers(
    make: AssetBuilder,
    body: LinkBuilder,
    count: int,
    size: tuple[float, float, float],
    plinth: float,
    t: float,
    materials: tuple[str, str],
    *,
    along: str,
    travel: float,
) -> None:
    w, d, h = size
    front, steel = materials
    box = make.material("drawer_box", (0.62, 0.50, 0.34), roughness=0.7)
    low, high = plinth + t, h - t
    pitch = (high - low) / count
    words = {2: ("bottom", "top"), 3: ("bottom", "middle", "top"), 4: ("bottom", "lower", "upper", "top")}[count]
    front_pitch = (h - plinth - 0.012) / count
    front_low = plinth + 0.008
    for i, word in enumerate(words):
        front_middle = front_low + (i + 0.5) * front_pitch
        z0, z1 = low + i * pitch, low + (i + 1) * pitch
        reach = min(z1 - front_middle, front_middle - z0)
        add_drawer(
            make,
            f"{word}_drawer",
            case=body,
            slot=(0.0, -d / 2, w - 2 * t),
            slot_z=(front_middle - reach, front_middle + reach),
            front_size=(w - 0.004, front_pitch - 0.004),
            depth=d - t - 0.02,
            front_material=front,
            box_material=box,
            handle_material=steel,
            travel=travel,
            handle_along=along,
            front_thickness=0.016 if along == "x" else 0.014,
        )


@generator(
    "shelf",
    nouns=("shelf", "bookshelf", "bookcase", "shelving unit", "shelves", "rack", "storage rack"),
    footing="floor",
    sim_role="static",
    size_range_m=((0.5, 0.22, 0.9), (1.3, 0.50, 2.3)),
    options=("boards",),
)
def shelf(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A bookshelf of 4 or 5 boards between two sides, with a back panel."""
    make = AssetBuilder(request, "Bookshelf", "an open shelf with boards between two sides and a back panel")
    boards = int(np.clip(float(request.option("boards", int(rng.integers(4, 6)))), 3, 6))
    factor = size_factor(request.size)
    return _shelf(
        make, request, rng, (0.80 * factor, 0.32 * min(factor, 1.3), (0.28 + 0.32 * (boards - 1)) * factor), boards
    )


@generator(
    "low_shelf",
    nouns=("low shelf", "open shelf", "low bookshelf", "cube shelf", "tv stand", "media console"),
    footing="floor",
    sim_role="static",
    size_range_m=((0.6, 0.25, 0.3), (1.6, 0.60, 1.1)),
    options=("boards",),
)
def low_shelf(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A low open shelf of two or three boards; its top is a place to put things."""
    make = AssetBuilder(request, "Low shelf", "a low open shelf")
    boards = int(np.clip(float(request.option("boards", int(rng.integers(2, 4)))), 2, 3))
    factor = size_factor(request.size)
    return _shelf(
        make, request, rng, (1.0 * factor, 0.38 * factor, (0.36 if boards == 2 else 0.70) * factor + 0.06), boards
    )


def _shelf(
    make: AssetBuilder, request: AssetRequest, rng: np.random.Generator, size: tuple[float, float, float], boards: int
) -> Asset:
    w, d, h = size
    t = 0.022
    own = str(rng.choice(["oak", "birch", "walnut"]))
    wood = finish(make, "wood", rng, request.material, request.color, default_material=own, default_color=own)
    body = make.link("body", physics_material_of(request.material, "wood"))
    for sign in (-1, 1):
        body.panel((t, d, h), (sign * (w - t) / 2, 0, h / 2), wood, grain="z")
    inner, back = w - 2 * t, 0.008
    body.panel((inner, back, h - 0.05), (0, d / 2 - back / 2, 0.05 + (h - 0.05) / 2), wood, bevel=0.0)
    tops = np.linspace(0.05 + t, h, boards)
    for i, z in enumerate(tops):
        body.panel((inner, d - back, t), (0, -back / 2, z - t / 2), wood)
        last = i == boards - 1
        make.region(
            "top" if last else f"board_{i + 1}",
            "top" if last else "shelf",
            center=(0, -back / 2, z),
            half_extents=(inner / 2 - 0.01, (d - back) / 2 - 0.01),
            clearance_m=0.5 if last else float(tops[i + 1] - t - z) - 0.01,
        )
    body.panel((inner, 0.015, 0.05), (0, -d / 2 + 0.03, 0.025), wood, bevel=0.0)
    body.mass(solid_fraction=build_fraction(body.physics_material))
    make.param(boards=boards)
    return make.build()
