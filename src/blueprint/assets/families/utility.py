"""Things with lids, flaps and drawers for the household and the workshop: pedal bin, mailbox, tool chest, carton."""

import numpy as np

from blueprint.assets import colliders, mesh
from blueprint.assets.builder import AssetBuilder, LinkBuilder, hinge
from blueprint.assets.extrusion import extrude
from blueprint.assets.families.casework import Case, Finishes, count_of, wanted_size
from blueprint.assets.families.fittings import FRONT_QUAT, add_lid, lip, side_prism
from blueprint.assets.finish import finish, size_factor
from blueprint.assets.geometry import Asset
from blueprint.assets.grasps import bar_grasp
from blueprint.assets.joinery import GAP_M, bar_handle
from blueprint.assets.registry import AssetRequest, generator
from blueprint.contracts.frames import Pose

__all__ = ["flap_box", "mailbox", "pedal_bin", "tool_chest"]


@generator(
    "pedal_bin",
    nouns=("pedal bin", "step trash can", "kitchen bin", "pedal trash can"),
    footing="floor",
    sim_role="articulated_furniture",
    size_range_m=((0.17, 0.2, 0.22), (0.42, 0.52, 0.85)),
    options=("height",),
)
def pedal_bin(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A round pedal bin; its lid is hinged behind and has a lip in front. The pedal is fixed."""
    make = AssetBuilder(request, "Pedal bin", "a pedal bin with a lid")
    factor = size_factor(request.size)
    h = float(np.clip(float(request.option("height", 0.44 * factor)), 0.26, 0.82))
    r = float(np.clip(0.30 * h, 0.10, 0.17))
    color = request.color or str(rng.choice(["silver", "silver", "black", "cream", "red"]))
    metal = request.material or ("steel" if color == "silver" else "plastic")
    shell = finish(make, "shell", rng, metal, color, default_material="plastic", default_color="silver")
    dark = make.material("trim", (0.03, 0.03, 0.033), roughness=0.5)
    lid_t = 0.035
    rim, floor, wall, base = h - lid_t - GAP_M, 0.03, 0.008, 0.025
    body = make.link("body", "plastic")
    body.visual(mesh.cylinder(r + 0.004, base, 44, 0.004), dark)
    outer = [(r, base), (r, rim), (r - wall, rim), (r - wall, floor), (0.0, floor)]
    body.visual(mesh.lathe([(0.0, base), *outer], 44), shell)
    body.collide(colliders.cylinder("floor", r, 0.0, floor))
    body.collide(*colliders.ring("wall", [(r, r - wall, floor), (r, r - wall, rim)], 10))
    pedal = (0.07, 0.055, 0.010)
    body.panel(pedal, (0, -r - 0.022, 0.017), dark, bevel=0.003)
    back = r + 0.014
    body.visual(mesh.beveled_box((0.09, 0.022, 0.03), 0.004, center=(0, r + 0.006, rim - 0.018)), dark)
    body.mass(volume_m3=2 * np.pi * r * rim * wall, solid_fraction=0.6, contents_kg=0.6)
    make.region(
        "inside",
        "interior",
        center=(0, 0, floor),
        half_extents=(r - wall - 0.006, r - wall - 0.006),
        clearance_m=rim - floor - 0.005,
        outline="disc",
        is_container=True,
    )
    lid = add_lid(
        make,
        "lid",
        case=body,
        hinge_at=(0, back, rim + GAP_M),
        size=(2 * r, 2 * r, lid_t),
        material=shell,
        mass_kg=0.25,
        bevel=0.0,
    )
    dome = [
        (0.0, 0.0),
        (r + 0.003, 0.0),
        (r + 0.003, 0.014),
        (r - 0.012, 0.024),
        (0.5 * r, lid_t - 0.002),
        (0.0, lid_t),
    ]
    lid.visual(mesh.moved(mesh.lathe(dome, 44, crease_rad=0.5), (0, -back, 0)), shell)
    lid.visual(mesh.beveled_box((0.07, 0.02, 0.012), 0.003, center=(0, -0.010, 0.008)), dark)
    lid.collide(colliders.cylinder("dome", r + 0.003, 0.0, 0.027, (0, -back)))
    make.grasp(lip(lid, (0, -back - r + 0.002, 0.008), dark, 0.06))
    return make.build()


@generator(
    "mailbox",
    nouns=("mailbox", "letterbox", "post box", "letter box"),
    footing="wall",
    sim_role="articulated_furniture",
    size_range_m=((0.15, 0.30, 0.25), (0.40, 0.60, 0.55)),
    mount_height_m=1.1,
)
def mailbox(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A mailbox with an arched roof on a wall bracket: a door that drops open, and a flag that is raised."""
    make = AssetBuilder(request, "Mailbox", "a mailbox on a wall bracket, with a door and a flag")
    factor = float(np.clip(size_factor(request.size), 0.9, 1.15))
    color = request.color or str(rng.choice(["black", "gray", "dark green", "navy", "white"]))
    shell = finish(make, "shell", rng, "painted", color, default_material="painted", default_color="gray")
    wood = finish(make, "bracket", rng, request.material, None, default_material="pine", default_color="pine")
    red = make.material("flag", (0.55, 0.02, 0.02), roughness=0.4)
    steel = finish(make, "handle", rng, "steel", None, default_material="steel", default_color="steel")
    w, d, side, z = 0.20 * factor, 0.36 * factor, 0.14 * factor, 0.14 * factor
    r, t = w / 2, 0.006
    body = make.link("body", "steel")
    plate = 0.02
    tall = z + side + 0.3 * r
    body.panel((w + 0.05, plate, tall), (0, d / 2 + plate / 2, tall / 2), wood, bevel=0.004, grain="z")
    body.panel((w - 0.01, d * 0.8, 0.02), (0, 0.1 * d, z - 0.01), wood, grain="y")
    brace = [(d / 2, 0.02), (d / 2, z - 0.02), (-0.2 * d, z - 0.02)]
    side_prism(body, brace, 0.03, wood)
    outer, inner = _arch(r, side), _arch(r - t, side, t)
    ring = np.concatenate([outer, inner[::-1]])
    body.visual(mesh.transformed(extrude(ring, d), Pose.of((0, d / 2, z), FRONT_QUAT)), shell)
    body.visual(mesh.transformed(extrude(outer, t), Pose.of((0, d / 2, z), FRONT_QUAT)), shell)
    body.visual(mesh.beveled_box((w, d, t), 0.0, center=(0, 0, z + t / 2)), shell)
    body.collide(colliders.box("bottom", (w, d, t), (0, 0, z + t / 2)))
    for sign in (-1, 1):
        body.collide(colliders.box(f"side_{sign + 1}", (t, d, side - t), (sign * (w - t) / 2, 0, z + (side + t) / 2)))
    for i, (a, b) in enumerate(((0.0, np.pi / 3), (np.pi / 3, 2 * np.pi / 3), (2 * np.pi / 3, np.pi))):
        points = [
            (q * np.cos(k), y, z + side + q * np.sin(k)) for q in (r, r - t) for k in (a, b) for y in (-d / 2, d / 2)
        ]
        body.collide(colliders.convex(f"roof_{i}", points))
    body.collide(colliders.box("back", (w - 2 * t, t, side - t), (0, d / 2 - t / 2, z + (side + t) / 2)))
    body.mass(volume_m3=w * d * side, solid_fraction=0.03, contents_kg=1.6)
    make.region(
        "inside",
        "interior",
        center=(0, 0, z + t),
        half_extents=(w / 2 - t - 0.008, d / 2 - 0.015),
        clearance_m=side - t,
        is_container=True,
    )
    thick = 0.012
    joint = hinge("door_hinge", (1.0, 0.0, 0.0), 1.5, damping=0.1, friction=0.25)
    at = Pose.of((0, -d / 2 - GAP_M - thick, z + 0.001))
    door = make.link("door", "steel", parent="body", pose=at, joint=joint)
    door.visual(mesh.transformed(extrude(outer, thick), Pose.of((0, thick, 0), FRONT_QUAT)), shell)
    door.collide(colliders.convex("door", [(x, y, q) for x, q in _arch(r, side, count=7) for y in (0.0, thick)]))
    make.grasp(*bar_handle(door, (0, 0, side + 0.35 * r), "x", 0.07, steel, plain=True))
    door.mass(volume_m3=w * side * thick, solid_fraction=0.12)
    _flag(make, (w / 2 + 0.003, -0.05 * factor, z + 0.75 * side), red)
    return make.build()


def _arch(radius: float, side: float, floor: float = 0.0, count: int = 13) -> np.ndarray:
    """Return the outline (N, 2) of a mailbox's front: upright sides of height `side` under a half circle."""
    angle = np.linspace(0, np.pi, count)
    roof = np.column_stack([radius * np.cos(angle), side + radius * np.sin(angle)])
    return np.concatenate([[(radius, floor)], roof, [(-radius, floor)]])


def _flag(make: AssetBuilder, at: tuple[float, float, float], material: str) -> None:
    """Add a flag on the right side that lies to the back and is raised by a quarter turn."""
    off = 0.034
    joint = hinge("flag_hinge", (1.0, 0.0, 0.0), 1.57, damping=0.05, friction=0.12)
    flag = make.link("flag", "aluminium", parent="body", pose=Pose.of(at), joint=joint)
    flag.visual(mesh.sweep([(0, 0, 0), (off, 0, 0)], 0.008, sides=14), material)
    flag.collide(colliders.box("pin", (off, 0.014, 0.014), (off / 2, 0, 0)))
    flag.panel((0.006, 0.16, 0.014), (off, 0.073, 0), material, bevel=0.001)
    flag.panel((0.006, 0.055, 0.046), (off, 0.126, 0.030), material, bevel=0.001)
    flag.mass()
    make.grasp(bar_grasp("flag_handle", "flag", (off, 0.130, 0.040), 0.006, (0, 0, -1), (1, 0, 0)))


@generator(
    "tool_chest",
    nouns=("rolling tool chest", "tool cabinet", "tool cart", "roller cabinet", "mechanic's chest"),
    footing="floor",
    sim_role="articulated_furniture",
    size_range_m=((0.5, 0.38, 0.6), (1.4, 0.75, 1.15)),
    options=("width", "depth", "height", "drawers"),
)
def tool_chest(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A steel tool chest on locked castors: 3 to 6 drawers under a tray with a raised rim."""
    make = AssetBuilder(request, "Tool chest", "a rolling tool chest with drawers")
    count = count_of(request, "drawers", int(rng.choice([4, 5])), 3, 6)
    w, d, h = wanted_size(request, (0.70, 0.46, 0.90), (0.12, 0.10, 0.0))
    color = request.color or str(rng.choice(["red", "red", "navy", "black"]))
    shell = finish(make, "case", rng, "painted", color, default_material="painted", default_color="red")
    steel = finish(make, "handles", rng, "steel", None, default_material="steel", default_color="steel")
    inside = make.material("drawer_box", (0.32, 0.33, 0.34), roughness=0.5, metallic=0.3)
    dark = make.material("castors", (0.03, 0.03, 0.033), roughness=0.7)
    body = make.link("body", "steel")
    wheel, rim = 0.05, 0.02
    for sx in (-1, 1):
        for sy in (-1, 1):
            x, y = sx * (w / 2 - 0.07), sy * (d / 2 - 0.07)
            body.visual(mesh.sweep([(x - 0.014, y, wheel), (x + 0.014, y, wheel)], wheel, sides=24), dark)
            body.visual(mesh.beveled_box((0.05, 0.05, 0.03), 0.004, center=(x, y, 2 * wheel)), steel)
            body.collide(colliders.box(f"castor_{len(body.shapes)}", (0.03, 0.06, 2 * wheel), (x, y, wheel)))
    base = 2 * wheel + 0.015
    case = Case(make, body, (w, d, h - rim - base), Finishes(shell, shell, steel, inside), base_z=base, thickness=0.015)
    case.drawers(case.whole, count, thickness=0.014)
    top = h - rim
    for sign in (-1, 1):
        body.panel((0.01, d, rim), (sign * (w - 0.01) / 2, 0, top + rim / 2), shell, bevel=0.003)
        body.panel((w - 0.02, 0.01, rim), (0, sign * (d - 0.01) / 2, top + rim / 2), shell, bevel=0.003)
    mat = make.material("mat", (0.02, 0.02, 0.022), roughness=0.95)
    body.visual(mesh.beveled_box((w - 0.025, d - 0.025, 0.001), 0.0, center=(0, 0, top)), mat)
    z = top - 0.08
    bar = [
        (w / 2, -d / 2 + 0.05, z),
        (w / 2 + 0.05, -d / 2 + 0.05, z),
        (w / 2 + 0.05, d / 2 - 0.05, z),
        (w / 2, d / 2 - 0.05, z),
    ]
    body.visual(mesh.sweep(bar, 0.011, sides=12), steel)
    body.collide(colliders.box("push_bar", (0.022, d - 0.078, 0.022), (w / 2 + 0.05, 0, z)))
    body.mass(solid_fraction=0.09, contents_kg=18.0)
    make.region("top", "top", center=(0, 0, top + 0.0005), half_extents=(w / 2 - 0.025, d / 2 - 0.025), clearance_m=0.6)
    make.param(drawers=count)
    return make.build()


@generator(
    "flap_box",
    nouns=("flap box", "shipping box", "moving box", "cardboard box with flaps"),
    footing="surface",
    sim_role="articulated_furniture",
    size_range_m=((0.15, 0.12, 0.12), (0.75, 0.6, 0.65)),
    options=("width", "depth", "height", "flaps"),
)
def flap_box(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A cardboard box, closed by two flaps with pull tabs of tape; with `flaps` = 4 the two at its ends stand up."""
    make = AssetBuilder(request, "Flap box", "a cardboard box with flaps")
    flaps = 4 if count_of(request, "flaps", 2, 2, 4) >= 3 else 2
    w, d, h = wanted_size(request, (0.40, 0.30, 0.26), (0.02, 0.02, 0.25))
    board = finish(
        make, "board", rng, "cardboard", request.color, default_material="cardboard", default_color="cardboard"
    )
    tape = make.material("tape", (0.45, 0.30, 0.14), roughness=0.3)
    body = make.link("body", "cardboard")
    t = 0.005
    rim = h - t - GAP_M
    body.panel((w, d, t), (0, 0, t / 2), board, bevel=0.001)
    for sign in (-1, 1):
        body.panel((t, d, rim - t), (sign * (w - t) / 2, 0, (rim + t) / 2), board, bevel=0.001)
        body.panel((w - 2 * t, t, rim - t), (0, sign * (d - t) / 2, (rim + t) / 2), board, bevel=0.001)
    body.mass(solid_fraction=0.35)
    make.region(
        "inside",
        "interior",
        center=(0, 0, t),
        half_extents=(w / 2 - t - 0.006, d / 2 - t - 0.006),
        clearance_m=rim - t - 0.01,
        is_container=True,
    )
    long = w if flaps == 2 else w - 2 * (t + GAP_M)
    for name, sign in (("front_flap", -1), ("back_flap", 1)):
        flap = _flap(make, name, (0, sign * d / 2, rim + GAP_M), (-float(sign), 0.0, 0.0), 2.6)
        reach = d / 2 - 0.002
        flap.panel((long, reach, t), (0, -sign * reach / 2, t / 2), board, bevel=0.001)
        x, y = -sign * min(0.09, 0.2 * w), -sign * (reach - 0.018)
        tab = (0.045, 0.006, 0.038)
        flap.panel(tab, (x, y, t + tab[2] / 2), tape, bevel=0.001)
        flap.visual(mesh.beveled_box((0.045, 0.030, 0.001), 0.0, center=(x, y, t)), tape)
        flap.mass(solid_fraction=0.35)
        make.grasp(bar_grasp(f"{name}_handle", name, (x, y, t + 0.026), 0.006, (0, 0, -1), (0, 1, 0)))
    for name, sign in (("left_flap", -1), ("right_flap", 1))[: flaps - 2]:
        flap = _flap(make, name, (sign * w / 2, 0, rim + GAP_M), (0.0, float(sign), 0.0), 2.2)
        reach = d / 2 - 0.002
        flap.panel((t, d - 0.004, reach), (-sign * t / 2, 0, reach / 2), board, bevel=0.001, grain="z")
        flap.mass(solid_fraction=0.35)
        at = (-sign * t / 2, 0, reach - 0.012)
        make.grasp(bar_grasp(f"{name}_handle", name, at, t, (0, 0, -1), (1, 0, 0)))
    make.param(flaps=flaps)
    return make.build()


def _flap(
    make: AssetBuilder, name: str, at: tuple[float, float, float], axis: tuple[float, float, float], upper: float
) -> LinkBuilder:
    joint = hinge(f"{name}_hinge", axis, upper, damping=0.02, friction=0.04)
    return make.link(name, "cardboard", parent="body", pose=Pose.of(at), joint=joint)
