"""Furniture of offices and changing rooms: desk with drawers, filing cabinet, lockers, swivel chair, safe."""

import numpy as np

from blueprint.assets import colliders, mesh
from blueprint.assets.builder import AssetBuilder, LinkBuilder, hinge
from blueprint.assets.families.casework import Case, Finishes, case_finishes, case_link, count_of, wanted_size
from blueprint.assets.families.fittings import add_knob, front_cylinder
from blueprint.assets.finish import finish, size_factor
from blueprint.assets.geometry import Asset
from blueprint.assets.grasps import bar_grasp
from blueprint.assets.joinery import GAP_M, add_door
from blueprint.assets.registry import AssetRequest, generator
from blueprint.contracts.frames import Pose

__all__ = ["desk_with_drawers", "filing_cabinet", "locker", "office_chair", "safe"]

_SIZES = ("width", "depth", "height")


@generator(
    "desk_with_drawers",
    nouns=("desk with drawers", "pedestal desk", "executive desk"),
    footing="floor",
    sim_role="articulated_furniture",
    size_range_m=((0.95, 0.5, 0.65), (2.2, 1.05, 0.85)),
    options=(*_SIZES, "drawers"),
)
def desk_with_drawers(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A desk whose top lies on a pedestal of 1 to 3 drawers on the right and a panel on the left, with knee space."""
    make = AssetBuilder(request, "Desk with drawers", "a desk with a pedestal of drawers")
    count = count_of(request, "drawers", int(rng.choice([2, 3, 3])), 1, 3)
    w, d, h = wanted_size(request, (1.35, 0.65, 0.74))
    looks = case_finishes(make, request, rng, fronts=("white", "oak", "walnut"), metal="steel")
    body = case_link(make, request)
    thick, board = 0.03, 0.03
    pedestal, deep, foot = 0.42, d - 0.06, 0.06
    x = w / 2 - pedestal / 2 - 0.015
    under = h - thick
    body.panel((pedestal - 0.03, deep - 0.04, foot), (x, 0.01, foot / 2), looks.case, bevel=0.0)
    case = Case(make, body, (pedestal, deep, under - foot), looks, base_z=foot, x=x)
    body.panel((w, d, thick), (0, -0.01, h - thick / 2), looks.case, bevel=0.006)
    body.panel((board, deep, under), (-w / 2 + 0.015 + board / 2, 0, under / 2), looks.case, grain="z")
    knee = x - pedestal / 2 + w / 2 - 0.015 - board
    knee_x = -w / 2 + 0.015 + board + knee / 2
    body.panel((knee, 0.018, 0.35), (knee_x, deep / 2 - 0.06, under - 0.175), looks.case)
    if count == 1:
        shelf, top = case.rows(case.whole, (0.72, 0.28))
        case.shelves(shelf, 1, enclosed=False)
        case.drawers(top, 1)
    else:
        case.drawers(case.whole, count)
    case.mass()
    make.region(
        "top",
        "top",
        center=(0, -0.01, h),
        half_extents=(w / 2 - 0.02, d / 2 - 0.02),
        clearance_m=0.8,
    )
    make.param(drawers=count)
    return make.build()


def _sheet_steel(
    make: AssetBuilder, request: AssetRequest, rng: np.random.Generator, colors: tuple[str, ...]
) -> Finishes:
    """Add the surface materials of painted sheet steel."""
    color = request.color or str(rng.choice(colors))
    shell = finish(make, "case", rng, "painted", color, default_material="painted", default_color="gray")
    inside = make.material("drawer_box", (0.32, 0.33, 0.34), roughness=0.5, metallic=0.3)
    handles = finish(make, "handles", rng, "steel", None, default_material="steel", default_color="steel")
    return Finishes(shell, shell, handles, inside)


@generator(
    "filing_cabinet",
    nouns=("filing cabinet", "file cabinet", "office cabinet"),
    footing="floor",
    sim_role="articulated_furniture",
    size_range_m=((0.36, 0.45, 0.5), (0.9, 0.85, 1.6)),
    options=(*_SIZES, "drawers"),
)
def filing_cabinet(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A steel filing cabinet of 2 to 4 drawers, with labels, weighted so that an open one cannot tip it."""
    make = AssetBuilder(request, "Filing cabinet", "a steel filing cabinet")
    count = count_of(request, "drawers", int(rng.choice([2, 3, 4])), 2, 4)
    w, d, h = wanted_size(request, (0.46, 0.60, 0.06 + 0.315 * count))
    looks = _sheet_steel(make, request, rng, ("gray", "beige", "black", "white"))
    paper = make.material("labels", (0.85, 0.84, 0.78), roughness=0.8)
    body = make.link("body", "steel")
    foot = 0.04
    body.panel((w - 0.02, d - 0.03, foot), (0, 0.01, foot / 2), looks.box, bevel=0.0)
    case = Case(make, body, (w, d, h - foot), looks, base_z=foot, thickness=0.02)
    for drawer in case.drawers(case.whole, count, travel=0.40, thickness=0.02):
        size = (0.075, 0.002, 0.032)
        drawer.visual(mesh.beveled_box(size, 0.0, center=(0, -GAP_M - 0.021, 0.075)), paper)
    body.mass(solid_fraction=0.09, contents_kg=14.0)
    case.top(height=h)
    make.param(drawers=count)
    return make.build()


@generator(
    "locker",
    nouns=("locker", "lockers", "school locker", "gym locker", "changing room locker"),
    footing="floor",
    sim_role="articulated_furniture",
    size_range_m=((0.28, 0.38, 1.3), (1.7, 0.70, 2.1)),
    options=(*_SIZES, "doors"),
)
def locker(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A row of 1 to 4 tall steel lockers side by side, each with a vented door, a shelf and a rail."""
    make = AssetBuilder(request, "Locker", "a row of steel lockers")
    doors = count_of(request, "doors", int(rng.choice([2, 3])), 1, 4)
    w, d, h = wanted_size(request, (0.36 * doors, 0.48, 1.8))
    looks = _sheet_steel(make, request, rng, ("navy", "gray", "red", "dark green"))
    body = make.link("body", "steel")
    foot = 0.08
    body.panel((w - 0.02, d - 0.03, foot), (0, 0.01, foot / 2), looks.box, bevel=0.0)
    case = Case(make, body, (w, d, h - foot), looks, base_z=foot, thickness=0.012)
    cells = case.columns(case.whole, (1.0,) * doors) if doors > 1 else [case.whole]
    for i, cell in enumerate(cells):
        suffix = f"_{i + 1}" if doors > 1 else ""
        share = 0.30 / (cell.z[1] - cell.z[0])
        lower, upper = case.rows(cell, (1 - share, share))
        case.shelves(lower, 0, suffix=suffix, enclosed=True)
        case.shelves(upper, 0, suffix=f"{suffix}_upper", enclosed=True)
        (door,) = case.doors(cell, 1, suffix=suffix, handle_share=0.52, handle_length=0.12)
        wide, tall = cell.face_x[1] - cell.face_x[0], cell.face_z[1] - cell.face_z[0]
        for z in [0.12 * tall + 0.025 * k for k in range(3)] + [0.86 * tall + 0.025 * k for k in range(3)]:
            slot = mesh.beveled_box((0.42 * wide, 0.002, 0.007), 0.0, center=(wide / 2, 0.0, z))
            door.visual(slot, looks.box)
    body.mass(solid_fraction=0.09, contents_kg=3.0)
    case.top(height=h, clearance_m=0.3)
    make.param(doors=doors)
    return make.build()


@generator(
    "safe",
    nouns=("safe", "strongbox", "vault", "security safe"),
    footing="floor",
    sim_role="articulated_furniture",
    size_range_m=((0.28, 0.3, 0.3), (0.75, 0.85, 1.0)),
    options=_SIZES,
)
def safe(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A steel safe: thick walls, a door with a combination dial and a pull, one shelf inside."""
    make = AssetBuilder(request, "Safe", "a steel safe with a combination dial")
    w, d, h = wanted_size(request, (0.46, 0.44, 0.56), (0.02, 0.15, 0.0))
    color = request.color or str(rng.choice(["gray", "black", "dark green"]))
    shell = finish(make, "shell", rng, "painted", color, default_material="painted", default_color="gray")
    steel = finish(make, "handles", rng, "steel", None, default_material="steel", default_color="steel")
    inside = make.material("lining", (0.10, 0.10, 0.11), roughness=0.7)
    mark = make.material("marks", (0.9, 0.9, 0.88), roughness=0.4)
    body = make.link("body", "steel")
    t, foot = 0.04, 0.02
    for sx in (-1, 1):
        for sy in (-1, 1):
            body.panel((0.05, 0.05, foot), (sx * (w / 2 - 0.04), sy * (d / 2 - 0.04), foot / 2), inside, bevel=0.0)
    tall = h - foot
    for sign in (-1, 1):
        body.panel((t, d, tall), (sign * (w - t) / 2, 0, foot + tall / 2), shell, bevel=0.005, grain="z")
        z = foot + t / 2 if sign < 0 else h - t / 2
        body.panel((w - 2 * t, d, t), (0, 0, z), shell, bevel=0.005)
    body.panel((w - 2 * t, t, tall - 2 * t), (0, (d - t) / 2, foot + tall / 2), inside, bevel=0.0)
    low, middle, high = foot + t, foot + t + 0.5 * (tall - 2 * t), h - t
    body.panel((w - 2 * t, d - t - 0.03, 0.008), (0, -t / 2 + 0.015, middle - 0.004), inside, bevel=0.0)
    for name, z, top in (("inside", low, middle - 0.008), ("shelf", middle, high)):
        make.region(
            name,
            "shelf",
            center=(0, -t / 2 + 0.015, z),
            half_extents=(w / 2 - t - 0.015, d / 2 - t / 2 - 0.03),
            clearance_m=top - z - 0.01,
            is_container=True,
        )
    make.region("top", "top", center=(0, 0, h), half_extents=(w / 2 - 0.02, d / 2 - 0.02), clearance_m=0.5)
    body.mass(solid_fraction=0.12, contents_kg=8.0)
    thick = 0.05
    door = add_door(
        make,
        "door",
        case=body,
        hinge_at=(-w / 2 + 0.002, -d / 2 - GAP_M, foot + 0.002),
        size=(w - 0.004, thick, tall - 0.004),
        side="left",
        material=shell,
        handle_material=steel,
        handle_length=0.14,
        handle_z=0.36 * tall,
        damping=1.5,
        friction=0.4,
        axis_depth=thick,
    )
    door.mass(solid_fraction=0.12)
    front_cylinder(door, 0.055, 0.004, (w * 0.46, 0, 0.62 * tall), inside, collides=False)
    at = (w * 0.46, -0.004, 0.62 * tall)
    add_knob(make, "dial", case=door, at=at, radius=0.034, material=steel, mark=mark, length=0.03, upper=6.28)
    for z in (0.2, 0.8):
        body.visual(
            mesh.moved(
                mesh.cylinder(0.011, 0.07, 16), (-w / 2 + 0.002, -d / 2 - GAP_M - 0.062, foot + z * tall - 0.035)
            ),
            steel,
        )
    return make.build()


@generator(
    "office_chair",
    nouns=("swivel chair", "desk chair", "task chair", "rolling chair"),
    footing="floor",
    sim_role="articulated_furniture",
    size_range_m=((0.45, 0.45, 0.75), (0.95, 0.95, 1.4)),
)
def office_chair(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A swivel chair on a five-armed base; its castors are locked. The sitter looks towards -Y."""
    make = AssetBuilder(request, "Office chair", "an office chair with a swivel seat")
    factor = float(np.clip(size_factor(request.size), 0.9, 1.15))
    color = request.color or str(rng.choice(["black", "gray", "navy", "teal"]))
    cloth = finish(
        make, "cushion", rng, request.material or "fabric", color, default_material="fabric", default_color="black"
    )
    dark = make.material("frame", (0.025, 0.025, 0.028), roughness=0.45)
    steel = finish(make, "column", rng, "steel", None, default_material="steel", default_color="steel")
    base = make.link("base", "aluminium")
    radius, wheel, seat_z = 0.30 * factor, 0.028, 0.46 * factor
    for i in range(5):
        angle = np.pi / 2 + 2 * np.pi * i / 5
        _base_arm(base, angle, radius, wheel, dark)
    hub = 0.065
    base.visual(mesh.moved(mesh.cylinder(0.045, 0.07, 28, 0.008), (0, 0, hub)), dark)
    under = seat_z - 0.11
    base.visual(mesh.moved(mesh.cylinder(0.024, under - hub - 0.07, 24), (0, 0, hub + 0.07)), steel)
    base.collide(
        colliders.cylinder("hub", 0.045, hub, hub + 0.07), colliders.cylinder("column", 0.024, hub + 0.07, under)
    )
    base.mass(volume_m3=0.0035, solid_fraction=1.0, contents_kg=1.0)
    joint = hinge("seat_swivel", (0.0, 0.0, 1.0), 3.1, lower=-3.1, damping=0.3, friction=0.25)
    seat = make.link("seat", "foam", parent="base", pose=Pose.of((0, 0, under + 0.004)), joint=joint)
    w, d = 0.49 * factor, 0.47 * factor
    top = seat_z - under - 0.004
    seat.visual(mesh.beveled_box((0.22, 0.26, 0.03), 0.006, center=(0, 0, 0.015)), dark)
    seat.collide(colliders.box("plate", (0.22, 0.26, 0.03), (0, 0, 0.015)))
    cushion = (w, d, top - 0.03)
    seat.visual(mesh.beveled_box(cushion, 0.032, 4, center=(0, 0, 0.03 + cushion[2] / 2)), cloth)
    seat.collide(colliders.box("cushion", cushion, (0, 0, 0.03 + cushion[2] / 2)))
    back_h, y = 0.52 * factor, d / 2 + 0.025
    z0 = top + 0.10
    seat.visual(mesh.beveled_box((w * 0.92, 0.07, back_h), 0.033, 4, center=(0, y, z0 + back_h / 2)), cloth)
    seat.collide(colliders.box("back", (w * 0.92, 0.07, back_h), (0, y, z0 + back_h / 2)))
    spine = [(0, 0.10, 0.012), (0, y + 0.02, 0.012), (0, y + 0.05, 0.05), (0, y + 0.05, z0 + 0.6 * back_h)]
    seat.visual(mesh.sweep(spine, [[-0.03, -0.01], [0.03, -0.01], [0.03, 0.01], [-0.03, 0.01]]), dark)
    seat.collide(
        colliders.box("spine", (0.06, 0.022, z0 + 0.6 * back_h), (0, y + 0.05, (z0 + 0.6 * back_h) / 2)),
        colliders.box("spine_foot", (0.06, y - 0.05, 0.022), (0, (y + 0.17) / 2, 0.012)),
    )
    rest = top + 0.20 * factor
    for sign in (-1, 1):
        x = sign * (w / 2 + 0.03)
        seat.visual(mesh.beveled_box((0.05, 0.27, 0.03), 0.012, 2, center=(x, -0.01, rest)), dark)
        post = [(sign * (w / 2 - 0.08), 0.02, 0.016), (x, 0.02, 0.016), (x, 0.02, rest - 0.012)]
        seat.visual(mesh.sweep(post, [[-0.012, -0.022], [0.012, -0.022], [0.012, 0.022], [-0.012, 0.022]]), dark)
        side = "left" if sign < 0 else "right"
        seat.collide(
            colliders.box(f"{side}_rest", (0.05, 0.27, 0.03), (x, -0.01, rest)),
            colliders.box(f"{side}_post", (0.026, 0.046, rest - 0.018), (x, 0.02, (rest - 0.015) / 2)),
        )
        grip = (x, -0.10, rest - 0.004)
        make.grasp(bar_grasp(f"seat_{side}_rest", "seat", grip, 0.05, (0, 0, -1), (1, 0, 0)))
    seat.mass(volume_m3=w * d * 0.15, solid_fraction=1.0, contents_kg=7.0)
    make.region(
        "seat",
        "seat",
        link="seat",
        center=(0, -0.01, top),
        half_extents=(w / 2 - 0.05, d / 2 - 0.05),
        clearance_m=back_h,
    )
    return make.build()


def _base_arm(base: LinkBuilder, angle: float, radius: float, wheel: float, material: str) -> None:
    """Add one arm of a star base, and the castor at its end."""
    out = np.array([np.cos(angle), np.sin(angle), 0.0])
    start, end = 0.03 * out + (0, 0, 0.095), radius * out + (0, 0, 2 * wheel + 0.012)
    base.visual(mesh.sweep([start, end], [0.022, 0.015], sides=14), material)
    base.collide(colliders.capsule_between(f"arm_{len(base.shapes)}", 0.016, start, end - 0.004 * out))
    across = np.array([-out[1], out[0], 0.0])
    for sign in (-1, 1):
        center = radius * out + (0, 0, wheel) + sign * 0.012 * across
        base.visual(mesh.sweep([center - 0.008 * across, center + 0.008 * across], wheel, sides=20), material)
    base.visual(mesh.sweep([radius * out + (0, 0, wheel), end], 0.009, sides=10), material)
    base.collide(colliders.sphere(f"castor_{len(base.shapes)}", wheel, radius * out + (0, 0, wheel)))
