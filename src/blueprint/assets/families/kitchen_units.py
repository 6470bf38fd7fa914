"""Kitchen units and large appliances: wall cabinet, sink cabinet, stove and dishwasher."""

from dataclasses import replace

import numpy as np

from blueprint.assets import colliders, mesh, textures
from blueprint.assets.builder import AssetBuilder, LinkBuilder, hinge
from blueprint.assets.families.casework import Case, case_finishes, case_link, count_of, wanted_size
from blueprint.assets.families.fittings import add_flap, add_knob, facing_front, wire_rack
from blueprint.assets.finish import finish
from blueprint.assets.geometry import Asset
from blueprint.assets.grasps import bar_grasp
from blueprint.assets.joinery import GAP_M
from blueprint.assets.registry import AssetRequest, generator
from blueprint.contracts.frames import Pose, Vec3

__all__ = ["dishwasher", "sink_cabinet", "stove", "wall_cabinet"]

_SIZES = ("width", "depth", "height")
_PLINTH_M = 0.10
_FRONTS = ("white", "cream", "navy", "dark green", "gray")


@generator(
    "wall_cabinet",
    nouns=("wall cabinet", "kitchen wall cabinet", "upper cabinet", "overhead cabinet", "wall cupboard"),
    footing="wall",
    sim_role="articulated_furniture",
    size_range_m=((0.3, 0.25, 0.35), (1.3, 0.55, 1.0)),
    options=(*_SIZES, "doors"),
    mount_height_m=1.45,
)
def wall_cabinet(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A cabinet that hangs on the wall: one or two doors, a shelf or two inside."""
    make = AssetBuilder(request, "Wall cabinet", "a wall-hung cabinet with hinged doors and shelves")
    w, d, h = wanted_size(request, (float(rng.choice([0.6, 0.8])), 0.33, 0.68))
    doors = count_of(request, "doors", 1 if w < 0.55 else 2, 1, 2)
    looks = case_finishes(make, request, rng, fronts=_FRONTS, metal="steel")
    body = case_link(make, request)
    case = Case(make, body, (w, d, h), looks)
    case.shelves(case.whole, 2 if h > 0.75 else 1, enclosed=True)
    case.doors(case.whole, doors, handle_share=0.22)
    case.mass()
    case.top(height=h, clearance_m=0.2)
    make.param(doors=doors)
    return make.build()


@generator(
    "sink_cabinet",
    nouns=("sink cabinet", "kitchen sink", "sink", "sink unit", "vanity sink"),
    footing="floor",
    sim_role="articulated_furniture",
    size_range_m=((0.6, 0.5, 0.7), (1.6, 0.82, 1.35)),
    options=_SIZES,
)
def sink_cabinet(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A base cabinet with a basin let into its worktop, a tap with a lever, and room behind its doors."""
    make = AssetBuilder(request, "Sink cabinet", "a cabinet with a basin, a tap and hinged doors")
    w, d, h = wanted_size(request, (0.9, 0.60, 0.90), (0.03, 0.12, 0.40))
    looks = case_finishes(make, request, rng, fronts=_FRONTS, metal="steel")
    stone = finish(make, "worktop", rng, "granite", None, default_material="granite", default_color="granite")
    dark = make.material("plinth", (0.03, 0.03, 0.032), roughness=0.7)
    body = case_link(make, request)
    board, top_t = 0.018, 0.035
    body.panel((w - 0.02, d - 0.06, _PLINTH_M), (0, 0.02, _PLINTH_M / 2), dark, bevel=0.0)
    tall = h - top_t - _PLINTH_M
    case = Case(make, body, (w, d, tall), looks, base_z=_PLINTH_M, paneled=False)
    for sign in (-1, 1):
        center = (sign * (w - board) / 2, 0, _PLINTH_M + tall / 2)
        body.panel((board, d, tall), center, looks.case, bevel=0.001, grain="z")
    body.panel((w - 2 * board, d, board), (0, 0, _PLINTH_M + board / 2), looks.case, bevel=0.0)
    back = (w - 2 * board, 0.008, tall - board)
    body.panel(back, (0, d / 2 - 0.004, _PLINTH_M + board + back[2] / 2), looks.case, bevel=0.0)
    basin = (min(0.50, 0.62 * w), min(0.40, d - 0.19), 0.18)
    middle = (w / 2 - basin[0] / 2 - 0.07, -0.035)
    _worktop_with_basin(make, body, (w, d + 0.03, h), top_t, basin, middle, stone, looks.metal)
    room = replace(case.whole, z=(_PLINTH_M + board, h - basin[2] - 0.02))
    case.shelves(room, 0, enclosed=True)
    case.doors(case.whole, 2 if w > 0.55 else 1, handle_share=0.82)
    case.mass()
    _tap(make, body, (middle[0], d / 2 - 0.055, h), middle[1], looks.metal)
    return make.build()


def _worktop_with_basin(
    make: AssetBuilder,
    body: LinkBuilder,
    size: Vec3,
    thick: float,
    basin: Vec3,
    middle: tuple[float, float],
    stone: str,
    steel: str,
) -> None:
    """Lay a worktop of four slabs around a basin (inner width, depth, depth below the top) of sheet steel."""
    w, d, h = size
    bw, bd, deep = basin
    x, y = middle
    y0 = -0.015  # the worktop overhangs in front
    left, right = x - bw / 2, x + bw / 2
    front, back = y - bd / 2, y + bd / 2
    z = h - thick / 2
    for x0, x1, ya, yb in (
        (-w / 2, left, y0 - d / 2, y0 + d / 2),
        (right, w / 2, y0 - d / 2, y0 + d / 2),
        (left, right, y0 - d / 2, front),
        (left, right, back, y0 + d / 2),
    ):
        body.panel((x1 - x0, yb - ya, thick), ((x0 + x1) / 2, (ya + yb) / 2, z), stone, bevel=0.0)
    sheet = 0.004
    body.panel((bw, bd, sheet), (x, y, h - deep + sheet / 2), steel, bevel=0.0)
    tall = deep - sheet - 0.004
    for sign in (-1, 1):
        at = (x + sign * (bw - sheet) / 2, y, h - deep + sheet + tall / 2)
        body.panel((sheet, bd, tall), at, steel, bevel=0.0, grain="y")
        at = (x, y + sign * (bd - sheet) / 2, h - deep + sheet + tall / 2)
        body.panel((bw - 2 * sheet, sheet, tall), at, steel, bevel=0.0)
    rim = 0.014
    for sign in (-1, 1):
        body.visual(mesh.beveled_box((bw, rim, 0.002), 0.0, center=(x, y + sign * (bd + rim) / 2, h + 0.001)), steel)
        body.visual(
            mesh.beveled_box((rim, bd + 2 * rim, 0.002), 0.0, center=(x + sign * (bw + rim) / 2, y, h + 0.001)), steel
        )
    drain = make.material("drain", (0.05, 0.05, 0.055), roughness=0.4, metallic=0.6)
    body.visual(mesh.moved(mesh.cylinder(0.028, 0.001, 24), (x, y, h - deep + sheet)), drain)
    make.region(
        "basin",
        "interior",
        center=(x, y, h - deep + sheet + 0.001),
        half_extents=(bw / 2 - 0.02, bd / 2 - 0.02),
        clearance_m=deep - sheet,
        is_container=True,
    )
    free = left + w / 2
    make.region(
        "top",
        "top",
        center=(-w / 2 + (free - rim) / 2, y0, h),
        half_extents=((free - rim) / 2 - 0.012, d / 2 - 0.03),
        clearance_m=0.6,
    )


def _tap(make: AssetBuilder, body: LinkBuilder, at: Vec3, basin_y: float, steel: str) -> None:
    """Add a gooseneck tap whose mouth is over the basin's middle, and the lever at its side."""
    x, y, z = at
    rise, reach = 0.20, y - basin_y - 0.01
    turn = np.linspace(0, np.pi, 13)
    arc = [(x, y - reach / 2 * (1 - np.cos(a)), z + rise + reach / 2 * np.sin(a)) for a in turn]
    path = [(x, y, z), *arc, (x, y - reach, z + rise - 0.035)]
    body.visual(mesh.sweep(path, 0.012, sides=16), steel)
    body.visual(mesh.moved(mesh.cylinder(0.026, 0.05, 28, 0.004), (x, y, z)), steel)
    body.collide(
        colliders.cylinder("tap_base", 0.026, z, z + 0.05, (x, y)),
        colliders.capsule_between("tap_column", 0.012, (x, y, z + 0.05), arc[1]),
        colliders.capsule_between("tap_rise", 0.012, arc[1], arc[6]),
        colliders.capsule_between("tap_fall", 0.012, arc[6], arc[11]),
        colliders.capsule_between("tap_mouth", 0.012, arc[11], path[-1]),
    )
    pin, rod = 0.045, 0.012
    joint = hinge("tap_lever_hinge", (1.0, 0.0, 0.0), 0.9, damping=0.05, friction=0.15)
    lever = make.link(
        "tap_lever", "steel", parent=body.name, pose=Pose.of((x + 0.026 + 0.004, y, z + 0.028)), joint=joint
    )
    lever.visual(mesh.sweep([(0, 0, 0), (pin + rod / 2, 0, 0)], 0.011, sides=16), steel)
    lever.visual(mesh.beveled_box((rod, rod, 0.11), 0.004, 2, center=(pin, 0, 0.055)), steel)
    lever.collide(
        colliders.box("pin", (pin, 0.020, 0.020), (pin / 2, 0, 0)),
        colliders.box("rod", (rod, rod, 0.11), (pin, 0, 0.055)),
    )
    lever.mass(volume_m3=4e-5, solid_fraction=0.5)
    make.grasp(bar_grasp("tap_lever_handle", "tap_lever", (pin, 0, 0.085), rod, (0, 1, 0), (1, 0, 0)))


@generator(
    "stove",
    nouns=("stove", "cooker", "oven", "kitchen stove", "range cooker", "electric stove"),
    footing="floor",
    sim_role="articulated_appliance",
    size_range_m=((0.5, 0.5, 0.8), (1.0, 0.80, 1.0)),
    options=_SIZES,
)
def stove(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A stove: an oven with a glazed flap and a rack, four knobs, and a glass hob with four cooking zones."""
    make = AssetBuilder(request, "Stove", "a stove with an oven door, four knobs and a hob")
    w, d, h = wanted_size(request, (0.60, 0.60, 0.90), (0.03, 0.12, 0.005))
    color = request.color or str(rng.choice(["white", "silver", "black"]))
    metal = request.material or ("steel" if color == "silver" else "plastic")
    shell = finish(make, "shell", rng, metal, color, default_material="plastic", default_color="white")
    steel = finish(make, "handles", rng, "steel", None, default_material="steel", default_color="steel")
    hob = make.material("hob", (0.010, 0.010, 0.012), roughness=0.12)
    ring = make.material("zones", (0.10, 0.10, 0.105), roughness=0.4)
    enamel = make.material("cavity", (0.05, 0.055, 0.06), roughness=0.45)
    pane = make.material("window", (0.015, 0.015, 0.018), roughness=0.1)
    mark = make.material("marks", (0.85, 0.85, 0.85) if color == "black" else (0.6, 0.03, 0.02), roughness=0.4)
    dark = make.material("knobs", (0.03, 0.03, 0.033), roughness=0.35)
    body = make.link("body", "steel")
    foot, plate, side = 0.06, 0.025, 0.05
    low, high = 0.27, h - 0.19  # of the cavity
    body.panel((w - 0.03, d - 0.06, foot), (0, 0.02, foot / 2), dark, bevel=0.0)
    tall = h - plate - foot
    for sign in (-1, 1):
        body.panel((side, d, tall), (sign * (w - side) / 2, 0, foot + tall / 2), shell, grain="z")
    inner = w - 2 * side
    body.panel((inner, d, low - foot), (0, 0, (low + foot) / 2), enamel, bevel=0.0)
    body.panel((inner, d, h - plate - high), (0, 0, (h - plate + high) / 2), enamel, bevel=0.0)
    body.panel((inner, 0.06, high - low), (0, d / 2 - 0.03, (high + low) / 2), enamel, bevel=0.0)
    front = -d / 2
    body.panel((w, 0.022, low - 0.02 - foot), (0, front - 0.011, (low - 0.02 + foot) / 2), shell)
    body.panel((w, 0.022, h - plate - high - 0.02), (0, front - 0.011, (h - plate + high + 0.02) / 2), shell)
    body.panel((w, d + 0.022, plate), (0, -0.011, h - plate / 2), hob, bevel=0.003)
    for sx, sy, radius in ((-1, -1, 0.105), (1, -1, 0.08), (-1, 1, 0.08), (1, 1, 0.095)):
        at = (sx * w * 0.235, sy * d * 0.225 - 0.01, h)
        body.visual(mesh.moved(mesh.cylinder(radius, 0.0006, 40), at), ring)
        body.visual(mesh.moved(mesh.cylinder(radius - 0.004, 0.0012, 40), at), hob)
    depth = d - 0.06
    wire_rack(body, (inner - 0.004, depth - 0.03), (0, -0.03, (low + high) / 2 - 0.03), steel, 0.03)
    half = (inner / 2 - 0.02, depth / 2 - 0.025)
    clear = (low + high) / 2 - 0.03
    make.region(
        "inside",
        "interior",
        center=(0, -0.03, low),
        half_extents=half,
        clearance_m=clear - low - 0.015,
        is_container=True,
    )
    make.region(
        "rack", "shelf", center=(0, -0.03, clear), half_extents=half, clearance_m=high - clear - 0.01, is_container=True
    )
    make.region("top", "top", center=(0, -0.01, h), half_extents=(w / 2 - 0.02, d / 2 - 0.03), clearance_m=0.5)
    body.mass(volume_m3=w * d * h, solid_fraction=0.008, contents_kg=18.0)
    add_flap(
        make,
        "door",
        case=body,
        hinge_at=(0, front - GAP_M, low - 0.017),
        size=(w - 0.004, 0.035, high - low + 0.034),
        material=shell,
        handle_material=steel,
        mass_kg=2.6,
        pane=pane,
        handle_length=w - 0.14,
        handle_share=0.93,
    )
    z = (h - plate + high + 0.02) / 2
    for i, x in enumerate(np.array([-0.36, -0.20, 0.20, 0.36]) * w):
        add_knob(
            make, f"knob_{i + 1}", case=body, at=(float(x), front - 0.022, z), radius=0.021, material=dark, mark=mark
        )
    clock = make.material(
        "display", (0.01, 0.01, 0.01), roughness=0.2, tile_m=None, texture=textures.label(
            rng, (0.01, 0.01, 0.012), "18:30", band=(0.01, 0.01, 0.012), ink=(0.9, 0.25, 0.05), band_v=(0.1, 0.9)
        )
    )  # fmt: skip
    body.visual(facing_front(0, front - 0.0226, z, 0.13, 0.045), clock)
    return make.build()


@generator(
    "dishwasher",
    nouns=("dishwasher", "dish washer", "dishwashing machine"),
    footing="floor",
    sim_role="articulated_appliance",
    size_range_m=((0.42, 0.5, 0.75), (0.75, 0.80, 0.95)),
    options=_SIZES,
)
def dishwasher(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A dishwasher: a flap below a control strip, a steel tub with two racks at rest."""
    make = AssetBuilder(request, "Dishwasher", "a dishwasher with a door that opens downwards and two racks")
    w, d, h = wanted_size(request, (0.60, 0.58, 0.85), (0.03, 0.13, 0.0))
    color = request.color or str(rng.choice(["white", "silver"]))
    metal = request.material or ("steel" if color == "silver" else "plastic")
    shell = finish(make, "shell", rng, metal, color, default_material="plastic", default_color="white")
    steel = finish(make, "tub", rng, "steel", None, default_material="steel", default_color="steel")
    dark = make.material("plinth", (0.03, 0.03, 0.033), roughness=0.5)
    body = make.link("body", "steel")
    side, top_t, strip = 0.025, 0.03, 0.11
    low, high = _PLINTH_M + 0.03, h - strip - top_t
    front = -d / 2
    body.panel((w - 0.02, d - 0.06, _PLINTH_M), (0, 0.02, _PLINTH_M / 2), dark, bevel=0.0)
    tall = h - top_t - _PLINTH_M
    for sign in (-1, 1):
        body.panel((side, d, tall), (sign * (w - side) / 2, 0, _PLINTH_M + tall / 2), shell, grain="z")
    inner = w - 2 * side
    body.panel((inner, d, low - _PLINTH_M), (0, 0, (low + _PLINTH_M) / 2), steel, bevel=0.0)
    body.panel((inner, d, h - top_t - high), (0, 0, (h - top_t + high) / 2), steel, bevel=0.0)
    body.panel((inner, 0.03, high - low), (0, d / 2 - 0.015, (low + high) / 2), steel, bevel=0.0)
    body.panel((w, d, top_t), (0, 0, h - top_t / 2), shell, bevel=0.004)
    face = 0.035
    body.panel((w - 0.004, face, strip - 0.006), (0, front - face / 2, h - top_t - strip / 2 + 0.003), shell)
    display = make.material(
        "display", (0.01, 0.01, 0.01), roughness=0.2, tile_m=None, texture=textures.label(
            rng, (0.012, 0.012, 0.014), "ECO 2:45", band=(0.012, 0.012, 0.014), ink=(0.3, 0.8, 0.9), band_v=(0.1, 0.9)
        )
    )  # fmt: skip
    z = h - top_t - strip / 2 + 0.003
    body.visual(facing_front(0.12 * w, front - face - 0.0005, z, 0.16, 0.035), display)
    for i in range(5):
        body.visual(
            mesh.beveled_box((0.016, 0.002, 0.016), 0.0005, center=(-0.40 * w + 0.035 * i, front - face, z)), dark
        )
    depth = d - 0.03
    levels = (low + 0.05, low + 0.05 + 0.5 * (high - low))
    for name, level, top in (("lower_rack", levels[0], levels[1] - 0.02), ("upper_rack", levels[1], high)):
        wire_rack(body, (inner - 0.002, depth - 0.02), (0, -0.015, level), steel)
        for sign in (-1, 1):  # the racks' upper rims
            rim = (0.005, depth - 0.02, 0.005)
            body.visual(mesh.beveled_box(rim, 0.0, center=(sign * (inner / 2 - 0.006), -0.015, level + 0.08)), steel)
        make.region(
            name,
            "shelf",
            center=(0, -0.015, level),
            half_extents=(inner / 2 - 0.02, depth / 2 - 0.025),
            clearance_m=top - level - 0.01,
            is_container=True,
        )
    body.mass(volume_m3=w * d * h, solid_fraction=0.008, contents_kg=22.0)
    make.region("top", "top", center=(0, 0, h), half_extents=(w / 2 - 0.02, d / 2 - 0.02), clearance_m=0.5)
    add_flap(
        make,
        "door",
        case=body,
        hinge_at=(0, front - GAP_M, _PLINTH_M + 0.005),
        size=(w - 0.004, 0.03, high - _PLINTH_M - 0.005),
        material=shell,
        handle_material=steel,
        mass_kg=2.1,
        upper=1.5,
        handle_length=0.30,
        handle_share=0.92,
    )
    return make.build()
