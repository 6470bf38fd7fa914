"""Things to press and to turn: push buttons, switches, a dial on the wall, and a console with some of each.

A push button comes back by the weight of its lever, as a piano's key does; an emergency stop and a rocker stay where
they are put, held by friction: they move level or about their middle, so that no weight pulls at them.
"""

from typing import NamedTuple

import numpy as np

from blueprint.assets import colliders, mesh
from blueprint.assets.builder import AssetBuilder, LinkBuilder
from blueprint.assets.colors import COLORS, color_of
from blueprint.assets.families.fittings import add_button, add_knob
from blueprint.assets.finish import size_factor
from blueprint.assets.geometry import Asset
from blueprint.assets.grasps import bar_grasp
from blueprint.assets.registry import AssetRequest, generator
from blueprint.contracts.asset import Joint
from blueprint.contracts.frames import Pose, Vec3, quat_wxyz_from_axis_angle

__all__ = ["control_panel", "emergency_stop", "light_switch", "push_button", "thermostat"]

GAP_M = 0.002  # between a part that moves and what it moves in
ROCK_RAD = 0.24


class _Case(NamedTuple):
    """A hollow case on a table: outer size, m, and the thickness of its walls."""

    width: float
    depth: float
    height: float
    wall: float


@generator(
    "push_button",
    nouns=("push button", "buzzer", "game buzzer", "arcade button"),
    footing="surface",
    sim_role="articulated_appliance",
    size_range_m=((0.09, 0.1, 0.05), (0.2, 0.24, 0.12)),
)
def push_button(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A large push button on a case; its lever has a counterweight behind the hinge that lifts it again."""
    make = AssetBuilder(request, "Push button", "a large push button on a case, that comes back when it is let go")
    u = float(np.clip(size_factor(request.size), 0.9, 1.3))
    case = _Case(0.12 * u, 0.15 * u, 0.06 * u, 0.004)
    color = request.color or str(rng.choice(["red", "green", "blue", "yellow"]))
    shell = make.material("case", COLORS["black"], roughness=0.5)
    paint = make.material("cap", color_of(color, "red"), roughness=0.3)
    body = make.link("body", "plastic")
    radius, cap_y = 0.030 * u, -0.25 * case.depth
    _open_case(body, case, shell, cap_y, radius + 2 * GAP_M)
    body.mass(contents_kg=0.6)  # a base plate of steel
    hinge_y, level = 0.10 * case.depth, case.height - 0.010 * u
    reach, back = hinge_y - cap_y, case.depth / 2 - case.wall - 0.010 * u - hinge_y
    joint = Joint(
        name="button_press",
        type="revolute",
        axis=(1.0, 0.0, 0.0),
        upper=round(0.008 * u / reach, 4),
        damping=0.002,
        friction=0.002,
        armature=0.005,
    )
    lever = make.link("button", "plastic", parent="body", pose=Pose.of((0, hinge_y, level)), joint=joint)
    low, high = 0.008 * u, 0.020 * u
    cap = mesh.cylinder(radius, high - low + 0.008, 36, 0.004, planar_caps=True)
    lever.visual(mesh.moved(cap, (0, -reach, low - 0.008)), paint)
    size = (0.7 * case.width, back, 0.028 * u)
    # Behind the hinge is more of it than in front, so it comes back: by 0.03 to 0.08 N·m.
    lever.collide(
        colliders.cylinder("cap", radius, low, high, (0, -reach)),
        colliders.box("counterweight", size, (0, back / 2, -0.026 * u)),
    )
    lever.mass(volume_m3=np.pi * radius**2 * (high - low), contents_kg=0.3 * u)
    make.afford("pressable")
    return make.build()


@generator(
    "emergency_stop",
    nouns=("emergency stop", "emergency stop button", "e-stop", "panic button", "kill switch"),
    footing="wall",
    sim_role="articulated_appliance",
    size_range_m=((0.06, 0.05, 0.06), (0.14, 0.14, 0.14)),
    mount_height_m=1.0,
)
def emergency_stop(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """An emergency stop: a red mushroom on a yellow box on the wall, that stays in when it is pressed."""
    make = AssetBuilder(request, "Emergency stop", "an emergency stop: a red mushroom button on a yellow box")
    u = float(np.clip(size_factor(request.size), 0.9, 1.3))
    shell = make.material("box", color_of(request.color, "yellow"), roughness=round(float(rng.uniform(0.3, 0.6)), 3))
    red = make.material("mushroom", COLORS["red"], roughness=0.3)
    body = make.link("body", "plastic")
    w, d = 0.085 * u, 0.055 * u
    body.panel((w, d, w), (0, -d / 2, w / 2), shell, bevel=0.006)
    body.mass(solid_fraction=0.35, contents_kg=0.1)
    add_button(make, "button", case=body, at=(0, -d, w / 2), radius=0.024 * u, material=red)
    make.afford("pressable")
    return make.build()


@generator(
    "control_panel",
    nouns=("control panel", "button box", "control box", "operator panel", "button panel"),
    footing="surface",
    sim_role="articulated_appliance",
    size_range_m=((0.24, 0.1, 0.15), (0.5, 0.3, 0.32)),
)
def control_panel(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A console on a table: three latching buttons in a row on its front, and a knob on its top."""
    make = AssetBuilder(request, "Control panel", "a control panel with three buttons and a knob")
    u = float(np.clip(size_factor(request.size), 0.9, 1.2))
    color = request.color or str(rng.choice(["gray", "black", "white"]))
    shell = make.material("case", color_of(color, "gray"), roughness=0.45)
    dark = make.material("knob", COLORS["black"], roughness=0.4)
    mark = make.material("mark", COLORS["white"], roughness=0.5)
    body = make.link("body", "plastic")
    w, d, h = 0.32 * u, 0.14 * u, 0.16 * u
    body.panel((w, d, h), (0, 0, h / 2), shell, bevel=0.008)
    body.mass(solid_fraction=0.12, contents_kg=2.0)  # its transformer
    for number, word in enumerate(("red", "yellow", "green")):
        at = ((number - 1) * 0.095 * u, -d / 2, 0.62 * h)
        paint = make.material(word, COLORS[word], roughness=0.3)
        add_button(make, f"{word}_button", case=body, at=at, radius=0.021 * u, material=paint)
    _upright_knob(make, "knob", body, (0.0, 0.0, h), 0.020, dark, mark)
    make.afford("turnable")
    return make.build()


@generator(
    "light_switch",
    nouns=("light switch", "wall switch", "rocker switch"),
    footing="wall",
    sim_role="articulated_appliance",
    size_range_m=((0.07, 0.015, 0.07), (0.15, 0.06, 0.18)),
    mount_height_m=1.05,
)
def light_switch(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A light switch: a rocker on a plate, off with its upper half standing out; it stays where it is put."""
    make = AssetBuilder(request, "Light switch", "a light switch with a rocker")
    u = float(np.clip(size_factor(request.size), 0.9, 1.25))
    own = str(rng.choice(["white", "cream", "white", "black"]))
    plate = make.material("plate", color_of(request.color, own), roughness=0.35)
    paint = make.material("rocker", color_of(request.color, own), roughness=0.25)
    body = make.link("body", "plastic")
    w, h, t = 0.085 * u, 0.11 * u, 0.008
    body.panel((w, t, h), (0, -t / 2, h / 2), plate, bevel=0.003)
    body.mass(contents_kg=0.06)
    wide, tall, thick = 0.046 * u, 0.078 * u, 0.006
    stand = tall / 2 * float(np.sin(ROCK_RAD / 2)) + thick / 2 + GAP_M / 2
    pose = Pose.of((0, -t - stand, h / 2), quat_wxyz_from_axis_angle((1, 0, 0), ROCK_RAD / 2))
    joint = Joint(
        name="rocker_press",
        type="revolute",
        axis=(-1.0, 0.0, 0.0),
        upper=ROCK_RAD,
        damping=0.003,
        friction=0.025,
        armature=0.005,
    )
    rocker = make.link("rocker", "plastic", parent="body", pose=pose, joint=joint)
    rocker.panel((wide, thick, tall), (0, 0, 0), paint, bevel=0.002)
    rocker.mass()
    make.afford("pressable")
    return make.build()


@generator(
    "thermostat",
    nouns=("thermostat", "room thermostat", "temperature dial", "dimmer"),
    footing="wall",
    sim_role="articulated_appliance",
    size_range_m=((0.08, 0.03, 0.08), (0.2, 0.09, 0.2)),
    mount_height_m=1.15,
)
def thermostat(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A thermostat: a dial on a plate on the wall."""
    make = AssetBuilder(request, "Thermostat", "a thermostat with a dial")
    u = float(np.clip(size_factor(request.size), 0.9, 1.2))
    own = str(rng.choice(["white", "silver", "black"]))
    plate = make.material("plate", color_of(request.color, own), roughness=0.35)
    ring = make.material("ring", COLORS["gray"], roughness=0.35, metallic=0.4)
    mark = make.material("mark", COLORS["red"], roughness=0.5)
    body = make.link("body", "plastic")
    w, t = 0.12 * u, 0.022
    body.panel((w, t, w), (0, -t / 2, w / 2), plate, bevel=0.006)
    body.mass(solid_fraction=0.4, contents_kg=0.1)
    add_knob(make, "dial", case=body, at=(0, -t, w / 2), radius=0.028, material=ring, mark=mark)
    make.afford("turnable")
    return make.build()


def _open_case(body: LinkBuilder, case: _Case, material: str, hole_y: float, hole: float) -> None:
    """Add a case of panels whose lid has a square hole of half width `hole` about x = 0 and `hole_y`."""
    w, d, h, t = case
    inner = h - 2 * t
    body.panel((w, d, t), (0, 0, t / 2), material)
    for sign in (-1, 1):
        body.panel((t, d, inner), (sign * (w - t) / 2, 0, t + inner / 2), material)
        body.panel((w - 2 * t, t, inner), (0, sign * (d - t) / 2, t + inner / 2), material)
    front, back = hole_y - hole + d / 2, d / 2 - hole_y - hole
    body.panel((w, front, t), (0, (front - d) / 2, h - t / 2), material)
    body.panel((w, back, t), (0, (d - back) / 2, h - t / 2), material)
    for sign in (-1, 1):
        side = w / 2 - hole
        body.panel((side, 2 * hole, t), (sign * (w - side) / 2, hole_y, h - t / 2), material)


def _upright_knob(
    make: AssetBuilder, name: str, case: LinkBuilder, at: Vec3, radius: float, material: str, mark: str
) -> None:
    """Add a knob that turns about the vertical, clockwise seen from above, 2 mm over the point `at` of a top."""
    height = 0.034
    joint = Joint(
        name=f"{name}_turn",
        type="revolute",
        axis=(0.0, 0.0, -1.0),
        upper=4.71,
        damping=0.02,
        friction=0.05,
        armature=0.002,
    )
    x, y, z = at
    knob = make.link(name, "plastic", parent=case.name, pose=Pose.of((x, y, z + GAP_M)), joint=joint)
    knob.visual(mesh.cylinder(radius, height, 32, 0.003, planar_caps=True), material)
    knob.visual(mesh.beveled_box((0.003, radius * 0.8, 0.0012), 0.0, center=(0, radius * 0.5, height)), mark)
    knob.collide(colliders.cylinder("grip", radius, 0.0, height))
    knob.mass(volume_m3=np.pi * radius**2 * height, solid_fraction=0.7)
    make.grasp(bar_grasp(f"{name}_handle", name, (0, 0, height - 0.010), 2 * radius, (0, 0, -1), (1, 0, 0)))
