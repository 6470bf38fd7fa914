"""Machines and boxes with moving parts that stand on a counter: toaster, coffee machine, bread box, cash register."""

import numpy as np

from blueprint.assets import colliders, mesh, textures
from blueprint.assets.builder import AssetBuilder, slider
from blueprint.assets.families.casework import Case, Finishes, wanted_size
from blueprint.assets.families.fittings import (
    add_button,
    add_knob,
    add_lid,
    facing_front,
    lip,
    side_prism,
    wire_rack,
)
from blueprint.assets.finish import finish, physics_material_of, size_factor
from blueprint.assets.geometry import Asset
from blueprint.assets.grasps import bar_grasp
from blueprint.assets.joinery import GAP_M, bar_handle
from blueprint.assets.registry import AssetRequest, generator
from blueprint.contracts.frames import Pose, quat_wxyz_from_axis_angle

__all__ = ["bread_box", "cash_register", "coffee_machine", "toaster"]


@generator(
    "toaster",
    nouns=("toaster", "bread toaster", "pop-up toaster"),
    footing="surface",
    sim_role="articulated_appliance",
    size_range_m=((0.2, 0.12, 0.14), (0.45, 0.26, 0.28)),
)
def toaster(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A toaster for two slices; its lever slides down on the right end."""
    make = AssetBuilder(request, "Toaster", "a toaster with two slots and a lever")
    factor = float(np.clip(size_factor(request.size), 0.9, 1.2))
    color = request.color or str(rng.choice(["silver", "red", "cream", "black"]))
    metal = request.material or ("steel" if color == "silver" else "plastic")
    shell = finish(make, "shell", rng, metal, color, default_material="plastic", default_color="silver")
    dark = make.material("trim", (0.025, 0.025, 0.028), roughness=0.5)
    w, d, h, foot = 0.27 * factor, 0.165 * factor, 0.185 * factor, 0.012
    slot_w, slot_l, slot_y, floor = 0.032 * factor, 0.145 * factor, 0.030 * factor, 0.06 * factor
    body = make.link("body", "plastic")
    body.visual(mesh.beveled_box((w, d, h - foot), 0.030 * factor, 4, center=(0, 0, (h + foot) / 2)), shell)
    body.visual(mesh.beveled_box((w - 0.03, d - 0.02, 0.03), 0.004, center=(0, 0, 0.015)), dark)
    body.collide(colliders.box("base", (w - 0.03, d - 0.02, floor), (0, 0, floor / 2)))
    tall, middle = h - floor, (h + floor) / 2
    wall = d / 2 - slot_y - slot_w / 2
    for sign in (-1, 1):
        body.visual(mesh.beveled_box((slot_l, slot_w, 0.0012), 0.0, center=(0, sign * slot_y, h)), dark)
        body.collide(colliders.box(f"side_{sign + 1}", (w, wall, tall), (0, sign * (d - wall) / 2, middle)))
        end = (w - slot_l) / 2
        size = (end, d - 2 * wall, tall)
        body.collide(colliders.box(f"end_{sign + 1}", size, (sign * (w - end) / 2, 0, middle)))
        make.region(
            "left_slot" if sign > 0 else "right_slot",
            "interior",
            center=(0, sign * slot_y, floor),
            half_extents=(slot_l / 2 - 0.004, slot_w / 2 - 0.002),
            clearance_m=0.15 * factor,
            is_container=True,
        )
    body.collide(colliders.box("divider", (slot_l, 2 * slot_y - slot_w, tall), (0, 0, middle)))
    body.visual(mesh.beveled_box((0.002, 0.012, 0.10 * factor), 0.0, center=(w / 2, 0, 0.58 * h)), dark)
    body.mass(volume_m3=w * d * h, solid_fraction=0.10, contents_kg=0.9)
    high, travel = 0.80 * h, 0.070 * factor
    joint = slider("lever_slide", (0.0, 0.0, -1.0), round(travel, 4), damping=6.0, friction=1.0)
    joint = joint.model_copy(update={"armature": 0.4})  # the carriage and its spring
    lever = make.link("lever", "plastic", parent="body", pose=Pose.of((w / 2 + 0.004, 0, high)), joint=joint)
    lever.panel((0.034, 0.042, 0.012), (0.017, 0, 0), dark, bevel=0.004)
    lever.mass()
    make.grasp(bar_grasp("lever_handle", "lever", (0.026, 0, 0), 0.012, (-1, 0, 0), (0, 0, 1)))
    return make.build()


@generator(
    "coffee_machine",
    nouns=("coffee machine", "coffee maker", "espresso machine", "coffeemaker"),
    footing="surface",
    sim_role="articulated_appliance",
    size_range_m=((0.16, 0.24, 0.26), (0.42, 0.55, 0.50)),
)
def coffee_machine(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A coffee machine: a cup stands on its drip tray under the spout; a dial, a button, and a lid over the tank."""
    make = AssetBuilder(request, "Coffee machine", "a coffee machine with a dial, a button and a lid")
    factor = float(np.clip(size_factor(request.size), 0.9, 1.2))
    color = request.color or str(rng.choice(["black", "silver", "red", "white"]))
    shell = finish(
        make, "shell", rng, request.material or "plastic", color, default_material="plastic", default_color="black"
    )
    steel = finish(make, "steel", rng, "steel", None, default_material="steel", default_color="steel")
    dark = make.material("trim", (0.025, 0.025, 0.028), roughness=0.5)
    mark = make.material("marks", (0.9, 0.9, 0.9), roughness=0.4)
    w, d, h = 0.22 * factor, 0.32 * factor, 0.35 * factor
    lid_t, base, head = 0.020, 0.035 * factor, 0.105 * factor
    column = 0.45 * d
    under = h - lid_t - GAP_M - head
    body = make.link("body", "plastic")
    body.panel((w, d, base), (0, 0, base / 2), shell, bevel=0.010)
    body.panel((w, column, under - base), (0, (d - column) / 2, (under + base) / 2), shell, bevel=0.004)
    body.panel((w, d, head), (0, 0, under + head / 2), shell, bevel=0.014)
    front = -d / 2
    tray_y = front + (d - column) / 2
    wire_rack(body, (w - 0.03, d - column - 0.02), (0, tray_y, base + 0.008), steel, 0.014)
    spout = 0.035
    body.visual(mesh.moved(mesh.cylinder(0.030, 0.014, 28, 0.003), (0, tray_y, under - 0.014)), steel)
    for sign in (-1, 1):
        body.visual(mesh.moved(mesh.cylinder(0.007, spout - 0.014, 16), (sign * 0.014, tray_y, under - spout)), steel)
    body.collide(colliders.box("spout", (0.06, 0.06, spout), (0, tray_y, under - spout / 2)))
    body.visual(facing_front(0, front + d - column - 0.0006, (under + base) / 2, w * 0.8, (under - base) * 0.9), dark)
    z = under + 0.5 * head
    body.mass(volume_m3=w * d * h, solid_fraction=0.12, contents_kg=1.8)
    make.region(
        "tray",
        "interior",
        center=(0, tray_y, base + 0.008),
        half_extents=((w - 0.03) / 2 - 0.005, (d - column - 0.02) / 2 - 0.005),
        clearance_m=under - spout - base - 0.012,
        is_container=False,
    )
    lid = add_lid(
        make,
        "lid",
        case=body,
        hinge_at=(0, d / 2 - 0.01, h - lid_t),
        size=(w - 0.01, d - 0.01, lid_t),
        material=shell,
        mass_kg=0.22,
        upper=1.4,
    )
    make.grasp(lip(lid, (0, -d + 0.014, lid_t / 2), steel, 0.06, 0.036))
    add_knob(make, "dial", case=body, at=(0.24 * w, front, z), radius=0.022, material=dark, mark=mark, upper=3.14)
    add_button(make, "power_button", case=body, at=(-0.27 * w, front, z), radius=0.013, material=steel, travel=0.005)
    return make.build()


@generator(
    "bread_box",
    nouns=("bread box", "bread bin", "breadbox"),
    footing="surface",
    sim_role="articulated_furniture",
    size_range_m=((0.28, 0.2, 0.15), (0.6, 0.5, 0.35)),
    options=("width", "depth", "height"),
)
def bread_box(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A bread box whose lid, top and upper front in one, swings up about its back edge."""
    make = AssetBuilder(request, "Bread box", "a bread box with a lid")
    w, d, h = wanted_size(request, (0.40, 0.26, 0.21), (0.02, 0.09, 0.0))
    word = request.material or str(rng.choice(["oak", "birch", "steel"]))
    color = request.color or (str(rng.choice(["cream", "red", "white"])) if word == "steel" else None)
    shell = finish(
        make, "shell", rng, "painted" if word == "steel" else word, color, default_material="oak", default_color="oak"
    )
    trim = finish(make, "handle", rng, "steel", None, default_material="steel", default_color="steel")
    physics = physics_material_of(word, "wood")
    solid = 0.15 if physics == "steel" else 1.0
    body = make.link("body", physics)
    t, low = 0.010, 0.42 * h
    rim = h - t - GAP_M
    body.panel((w, d, t), (0, 0, t / 2), shell)
    for sign in (-1, 1):
        body.panel((t, d, rim - t), (sign * (w - t) / 2, 0, (rim + t) / 2), shell, grain="y")
    body.panel((w - 2 * t, t, rim - t), (0, (d - t) / 2, (rim + t) / 2), shell)
    body.panel((w - 2 * t, t, low - t), (0, -(d - t) / 2, (low + t) / 2), shell)
    body.mass(solid_fraction=solid)
    make.region(
        "inside",
        "interior",
        center=(0, 0, t),
        half_extents=(w / 2 - t - 0.008, d / 2 - t - 0.008),
        clearance_m=rim - t - 0.01,
        is_container=True,
    )
    reach, drop = d + GAP_M + t, rim + GAP_M - low
    lid = add_lid(
        make,
        "lid",
        case=body,
        hinge_at=(0, d / 2, rim + GAP_M),
        size=(w, reach, t),
        material=shell,
        mass_kg=0.6,
        upper=1.3,
        bevel=0.004,
    )
    lid.panel((w, t, drop), (0, -reach + t / 2, -drop / 2), shell, bevel=0.003)
    make.grasp(*bar_handle(lid, (0, -reach, -0.6 * drop), "x", 0.11, trim, plain=True))
    return make.build()


@generator(
    "cash_register",
    nouns=("cash register", "till", "cash desk register", "point of sale"),
    footing="surface",
    sim_role="articulated_appliance",
    size_range_m=((0.3, 0.36, 0.28), (0.6, 0.68, 0.55)),
)
def cash_register(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A cash register: sloping keys and a display above a drawer for money."""
    make = AssetBuilder(request, "Cash register", "a cash register with a money drawer")
    factor = float(np.clip(size_factor(request.size), 0.9, 1.15))
    color = request.color or str(rng.choice(["gray", "black", "beige"]))
    shell = finish(make, "shell", rng, "plastic", color, default_material="plastic", default_color="gray")
    steel = finish(make, "handles", rng, "steel", None, default_material="steel", default_color="steel")
    dark = make.material("trim", (0.03, 0.03, 0.033), roughness=0.5)
    keys = make.material("keys", (0.75, 0.75, 0.72), roughness=0.5)
    accent = make.material("accent", (0.05, 0.35, 0.12), roughness=0.5)
    w, d, base = 0.41 * factor, 0.42 * factor, 0.12 * factor
    body = make.link("body", "plastic")
    case = Case(make, body, (w, d, base), Finishes(shell, shell, steel, dark), thickness=0.012)
    case.drawers(case.whole, 1, travel=0.26)
    top = 0.26 * factor
    rise = top - base
    profile = [(-0.40 * d, base), (0.45 * d, base), (0.45 * d, top), (0.20 * d, top), (-0.40 * d, base + 0.035)]
    side_prism(body, profile, 0.78 * w, shell, x=-0.05 * w)
    slope = np.arctan2(rise - 0.035, 0.60 * d)
    start = np.array([0, -0.40 * d, base + 0.035])
    along = np.array([0, np.cos(slope), np.sin(slope)])
    tilt = quat_wxyz_from_axis_angle((1, 0, 0), float(slope))
    pad = mesh.beveled_box((0.66 * w, 0.52 * d, 0.002), 0.0)
    body.visual(mesh.transformed(pad, Pose.of(start + along * 0.31 * d + (-0.05 * w, 0, 0), tilt)), dark)
    for row in range(5):
        for column in range(6):
            at = start + along * (0.09 + 0.11 * row) * d + ((column - 3.0) * 0.105 * w, 0, 0)
            key = mesh.transformed(mesh.beveled_box((0.085 * w, 0.075 * d, 0.016), 0.0), Pose.of(at, tilt))
            body.visual(key, accent if column == 5 and row < 2 else keys)
    shown = make.material(
        "display", (0.01, 0.01, 0.01), roughness=0.2, tile_m=None, texture=textures.label(
            rng, (0.01, 0.015, 0.012), "12.50", band=(0.01, 0.02, 0.015), ink=(0.2, 0.95, 0.5), band_v=(0.05, 0.95)
        )
    )  # fmt: skip
    post, screen = 0.05, 0.09 * factor
    body.panel((0.04, 0.03, post), (-0.05 * w, 0.33 * d, top + post / 2), dark)
    z = top + post + screen / 2
    body.panel((0.52 * w, 0.04, screen), (-0.05 * w, 0.33 * d, z), shell, bevel=0.008)
    body.visual(facing_front(-0.05 * w, 0.33 * d - 0.0206, z, 0.46 * w, screen * 0.7), shown)
    body.mass(volume_m3=w * d * top, solid_fraction=0.10, contents_kg=4.5)
    return make.build()
