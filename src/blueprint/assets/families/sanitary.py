"""Bathroom fittings with moving parts: toilet and medicine cabinet."""

import numpy as np

from blueprint.assets import colliders, mesh
from blueprint.assets.builder import AssetBuilder, LinkBuilder, hinge
from blueprint.assets.families.casework import Case, case_finishes, case_link, count_of, wanted_size
from blueprint.assets.families.fittings import lip
from blueprint.assets.finish import finish, size_factor
from blueprint.assets.geometry import Asset, TriangleMesh
from blueprint.assets.registry import AssetRequest, generator
from blueprint.contracts.asset import Collider, ConvexShape
from blueprint.contracts.frames import Pose, Vec3

__all__ = ["medicine_cabinet", "toilet"]

_LONG = 1.22  # a toilet's bowl is this much longer than wide
_BEFORE_HINGE_M = 0.012  # the seat ends in front of its axis, so that nothing of it turns down into the bowl


@generator(
    "toilet",
    nouns=("toilet", "water closet", "lavatory", "wc", "toilet bowl"),
    footing="floor",
    sim_role="articulated_furniture",
    size_range_m=((0.33, 0.58, 0.65), (0.50, 0.90, 1.0)),
)
def toilet(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A close-coupled toilet: bowl, cistern with a button, a seat hinged behind and a lid on the seat."""
    make = AssetBuilder(request, "Toilet", "a toilet with a seat and a lid")
    factor = float(np.clip(size_factor(request.size), 0.92, 1.1))
    glaze = finish(
        make, "glaze", rng, "ceramic", request.color or "white", default_material="ceramic", default_color="white"
    )
    cover = make.material("seat", (0.86, 0.86, 0.84), roughness=0.3)
    chrome = finish(make, "button", rng, "steel", None, default_material="steel", default_color="steel")
    water = make.material("water", (0.45, 0.60, 0.66), roughness=0.05, opacity=0.7)
    body = make.link("body", "ceramic")
    r, rim = 0.185 * factor, 0.40 * factor
    middle = np.array([0.0, -0.06 * factor, 0.0])
    low = rim - 0.20
    outer = [(0.0, low), (0.10, low), (0.145, low + 0.05), (r - 0.008, rim - 0.06), (r, rim - 0.02), (r - 0.006, rim)]
    inside = [(r - 0.045, rim), (r - 0.055, rim - 0.03), (0.10, low + 0.08), (0.055, low + 0.03), (0.0, low + 0.025)]
    body.visual(_oval(mesh.lathe([*outer, *inside], 40), middle), glaze)
    body.visual(_oval(mesh.moved(mesh.cylinder(0.075, 0.001, 32), (0, 0, low + 0.055)), middle), water)
    foot = mesh.lathe(
        [(0, 0), (0.125, 0), (0.125, 0.02), (0.10, 0.05), (0.095, low), (0.12, low + 0.03), (0, low + 0.03)], 36
    )
    body.visual(mesh.moved(mesh.scaled(foot, (1.0, 1.45, 1.0)), middle + np.array([0.0, 0.06, 0.0])), glaze)
    ring = colliders.ring("bowl", [(0.13, 0.055, low + 0.025), (r, r - 0.05, rim)], 10)
    body.collide(*(_oval_wedge(item, middle) for item in ring))
    floor = mesh.bounds(mesh.scaled(foot, (1.0, 1.45, 1.0)))
    size = floor[1] - floor[0]
    body.collide(
        colliders.box("foot", (0.8 * size[0], 0.86 * size[1], low + 0.025), (0, middle[1] + 0.06, (low + 0.025) / 2))
    )
    hinge_y = float(middle[1]) + r * _LONG + _BEFORE_HINGE_M
    deep, wide, top = 0.17 * factor, 0.38 * factor, 0.78 * factor
    front_y = hinge_y + 0.072  # of the cistern: room for the open lid
    back_y = front_y + deep / 2
    start, end = hinge_y - 0.085, front_y + deep - 0.01
    trunk = (0.19 * factor, end - start, rim - 0.10)
    body.panel(trunk, (0, (start + end) / 2, trunk[2] / 2), glaze, bevel=0.03)
    shelf_y = hinge_y + 0.005
    body.panel((wide - 0.06, end - shelf_y, 0.10), (0, (end + shelf_y) / 2, rim - 0.05), glaze, bevel=0.022)
    body.panel((wide, deep, top - 0.035 - rim), (0, back_y, (rim + top - 0.035) / 2), glaze, bevel=0.025)
    body.panel((wide + 0.014, deep + 0.014, 0.035), (0, back_y, top - 0.0175), glaze, bevel=0.012)
    body.visual(mesh.moved(mesh.cylinder(0.022, 0.002, 24, 0.001), (0, back_y, top)), chrome)
    body.mass(volume_m3=0.030 * factor**3, solid_fraction=0.40, contents_kg=6.0)
    make.region(
        "tank_top",
        "top",
        center=(0, back_y, top),
        half_extents=(wide / 2 - 0.03, deep / 2 - 0.03),
        clearance_m=0.4,
    )
    _seat_and_lid(make, body, r, (0.0, hinge_y, rim + 0.004), cover)
    return make.build()


def _oval(shape: TriangleMesh, at: np.ndarray) -> TriangleMesh:
    """Return a round thing stretched to the bowl's oval and moved to its place."""
    return mesh.moved(mesh.scaled(shape, (1.0, _LONG, 1.0)), at)


def _oval_wedge(item: Collider, at: np.ndarray) -> Collider:
    """Return a convex collider stretched as `_oval` does."""
    if not isinstance(item.shape, ConvexShape):
        raise TypeError(f"collider {item.name} is no convex shape")
    return colliders.convex(item.name, np.array(item.shape.vertices) * (1.0, _LONG, 1.0) + at)


def _seat_and_lid(make: AssetBuilder, body: LinkBuilder, radius: float, hinge_at: Vec3, material: str) -> None:
    """Add the seat, hinged behind the bowl, and the lid that lies on it and turns about the same line.

    The lid hangs on the seat: lifting the seat takes it along, as it does in a bathroom.
    """
    thick, gap = 0.020, 0.004
    length = 2 * radius * _LONG
    joint = hinge("seat_hinge", (-1.0, 0.0, 0.0), 1.6, damping=0.1, friction=1.2)
    seat = make.link("seat", "plastic", parent=body.name, pose=Pose.of(hinge_at), joint=joint)
    at = np.array([0.0, -_BEFORE_HINGE_M - length / 2, 0.0])
    outline = [
        (radius - 0.065, 0),
        (radius, 0),
        (radius, thick - 0.006),
        (radius - 0.008, thick),
        (radius - 0.058, thick),
    ]
    ring = mesh.lathe([*outline, (radius - 0.065, thick - 0.005), (radius - 0.065, 0)], 40)
    seat.visual(_oval(ring, at), material)
    wedges = colliders.ring("seat", [(radius, radius - 0.065, 0.0), (radius, radius - 0.065, thick)], 8)
    seat.collide(*(_oval_wedge(item, at) for item in wedges))
    seat.mass(volume_m3=0.0012, solid_fraction=1.0)
    make.grasp(lip(seat, (0.09, 0.025 - _BEFORE_HINGE_M - length, thick / 2 - 0.002), material, 0.05, 0.042))
    hold = hinge("lid_hinge", (-1.0, 0.0, 0.0), 1.6, damping=0.1, friction=1.2)
    lid = make.link("lid", "plastic", parent="seat", pose=Pose.of((0, 0, thick + gap)), joint=hold)
    lid.visual(_oval(mesh.cylinder(radius, 0.016, 40, 0.006, planar_caps=True), at), material)
    turn = 2 * np.pi * np.arange(14) / 14
    corners = np.column_stack([radius * np.cos(turn), radius * _LONG * np.sin(turn)])
    lid.collide(colliders.convex("lid", [(x, y + at[1], z) for x, y in corners for z in (0.0, 0.016)]))
    lid.mass(volume_m3=0.0014, solid_fraction=1.0)
    make.grasp(lip(lid, (-0.05, 0.006 - _BEFORE_HINGE_M - length, 0.008), material, 0.05, 0.040))
    for sign in (-1, 1):
        pin = mesh.sweep([(sign * 0.07 - 0.02, 0.0, 0.012), (sign * 0.07 + 0.02, 0.0, 0.012)], 0.010, sides=14)
        seat.visual(
            mesh.merge([pin, mesh.beveled_box((0.03, 0.05, 0.012), 0.003, center=(sign * 0.07, -0.025, 0.010))]),
            material,
        )


@generator(
    "medicine_cabinet",
    nouns=("medicine cabinet", "bathroom cabinet", "mirror cabinet", "bathroom wall cabinet"),
    footing="wall",
    sim_role="articulated_furniture",
    size_range_m=((0.3, 0.10, 0.35), (1.1, 0.32, 0.9)),
    options=("width", "depth", "height", "doors"),
    mount_height_m=1.35,
)
def medicine_cabinet(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A shallow bathroom cabinet with mirror doors and two shelves."""
    make = AssetBuilder(request, "Medicine cabinet", "a bathroom cabinet with mirror doors")
    w, d, h = wanted_size(request, (float(rng.choice([0.45, 0.60])), 0.15, 0.62))
    doors = count_of(request, "doors", 1 if w < 0.52 else 2, 1, 2)
    looks = case_finishes(make, request, rng, fronts=("white", "white", "gray"), metal="steel")
    mirror = make.material("mirror", (0.60, 0.68, 0.72), roughness=0.03, metallic=0.9)
    body = case_link(make, request)
    case = Case(make, body, (w, d, h), looks, thickness=0.014)
    case.shelves(case.whole, 2, enclosed=True)
    case.doors(case.whole, doors, pane=mirror, rail=0.022, handle_share=0.22, handle_length=0.09)
    case.mass()
    case.top(height=h, clearance_m=0.2)
    make.param(doors=doors)
    return make.build()
