"""Fittings of appliances and furniture: knobs, buttons, lips, flaps, lids, wire racks and printed faces.

Fittings on a front stand on a plane of constant y and point to -Y.
"""

import numpy as np
from numpy.typing import ArrayLike

from blueprint.assets import colliders, mesh
from blueprint.assets.builder import AssetBuilder, LinkBuilder, hinge
from blueprint.assets.extrusion import extrude
from blueprint.assets.grasps import bar_grasp
from blueprint.assets.joinery import bar_handle, framed_panel
from blueprint.contracts.asset import Grasp, Joint
from blueprint.contracts.frames import Pose, Vec3

__all__ = [
    "FRONT_QUAT",
    "add_button",
    "add_flap",
    "add_knob",
    "add_lid",
    "facing_front",
    "front_cylinder",
    "lip",
    "side_prism",
    "wire_rack",
]

FRONT_QUAT = (float(np.sqrt(0.5)), float(np.sqrt(0.5)), 0.0, 0.0)  # turns +Z to -Y
_LIP_M = 0.012
_BUTTON_GAP_M = 0.002  # left between a button that is in and its case
_SIDE_QUAT = (0.5, 0.5, 0.5, 0.5)  # turns X, Y, Z to Y, Z, X


def facing_front(x: float, y: float, z: float, width: float, height: float) -> mesh.TriangleMesh:
    """Return a printed rectangle that faces -Y, its middle at (x, y, z)."""
    a, b = width / 2, height / 2
    corners = [(x - a, y, z - b), (x + a, y, z - b), (x + a, y, z + b), (x - a, y, z + b)]
    return mesh.plate(corners, (0, -1, 0))


def front_cylinder(
    link: LinkBuilder,
    radius: float,
    length: float,
    at: ArrayLike,
    material: str,
    *,
    segments: int = 28,
    bevel: float = 0.002,
    collides: bool = True,
) -> None:
    """Add a cylinder that stands on the point `at` of a front and points to -Y."""
    shape = mesh.cylinder(radius, length, segments, bevel, planar_caps=True)
    x, y, z = np.asarray(at, float)
    link.visual(mesh.transformed(shape, Pose.of((x, y, z), FRONT_QUAT)), material)
    if collides:
        half = length / 2
        name = f"cylinder_{len(link.shapes)}"
        item = colliders.cylinder(name, radius, z - half, z + half, (x, y - half), FRONT_QUAT)
        link.collide(item)


def add_knob(
    make: AssetBuilder,
    name: str,
    *,
    case: LinkBuilder,
    at: Vec3,
    radius: float,
    material: str,
    mark: str,
    length: float = 0.026,
    upper: float = 4.71,
) -> None:
    """Add a knob that turns about -Y, 3 mm in front of the point `at` of a front, with a mark that shows its angle."""
    x, y, z = at
    joint = hinge(f"{name}_turn", (0.0, -1.0, 0.0), upper, damping=0.02, friction=0.05)
    knob = make.link(name, "plastic", parent=case.name, pose=Pose.of((x, y - 0.003, z)), joint=joint)
    front_cylinder(knob, radius, length, (0, 0, 0), material)
    knob.visual(mesh.beveled_box((0.003, 0.0012, radius * 0.8), 0.0, center=(0, -length, radius * 0.5)), mark)
    knob.mass(volume_m3=np.pi * radius**2 * length, solid_fraction=0.7)
    make.afford("turnable")
    make.grasp(bar_grasp(f"{name}_handle", name, (0, -length / 2 - 0.006, 0), 2 * radius, (0, 1, 0), (1, 0, 0)))


def add_button(
    make: AssetBuilder,
    name: str,
    *,
    case: LinkBuilder,
    at: Vec3,
    radius: float,
    material: str,
    travel: float = 0.006,
) -> None:
    """Add a round button on the point `at` of a front, that goes in by `travel` towards +Y and latches.

    Friction holds it: it moves level, so that no weight pulls at it.
    """
    joint = Joint(
        name=f"{name}_press",
        type="prismatic",
        axis=(0.0, 1.0, 0.0),
        upper=travel,
        damping=10.0,
        friction=2.5,
        armature=0.05,
    )
    x, y, z = at
    stand = travel + _BUTTON_GAP_M
    button = make.link(name, "plastic", parent=case.name, pose=Pose.of((x, y - stand, z)), joint=joint)
    front_cylinder(button, 0.55 * radius, stand, (0, stand, 0), material, segments=24, collides=False)
    front_cylinder(button, radius, 2 * travel, (0, 0, 0), material, segments=36, bevel=min(0.004, 0.2 * radius))
    button.mass(volume_m3=np.pi * radius**2 * 2 * travel)
    make.afford("pressable")


def lip(link: LinkBuilder, at: Vec3, material: str, width: float = 0.07, reach: float = 0.032) -> Grasp:
    """Add a lip to hold by, that points from the point `at` of an edge to -Y, and return its grasp from the front."""
    x, y, z = at
    center = (x, y - reach / 2, z)
    size = (width, reach, _LIP_M)
    link.visual(mesh.beveled_box(size, 0.004, 2, center=center), material)
    link.collide(colliders.box(f"lip_{len(link.shapes)}", size, center))
    grip = (x, y - reach + 0.010, z)
    return bar_grasp(f"{link.name}_handle", link.name, grip, _LIP_M, (0, 1, 0), (0, 0, 1))


def add_flap(
    make: AssetBuilder,
    name: str,
    *,
    case: LinkBuilder,
    hinge_at: Vec3,
    size: Vec3,
    material: str,
    handle_material: str,
    mass_kg: float,
    upper: float = 1.4,
    handle_share: float = 0.88,
    handle_length: float = 0.4,
    pane: str | None = None,
    rail: float = 0.07,
    hold: float = 0.5,
    damping: float = 1.0,
) -> LinkBuilder:
    """Add a front flap, hinged along its lower edge, that opens downwards, and return its link.

    `hinge_at` is the middle of the lower edge of its back face, `size` its width, thickness and height. The axis passes
    in its face, so that its own weight keeps it shut. `mass_kg` is what its springs leave of the weight; `hold` the
    hinge's friction as a share of the moment of that weight.
    """
    w, t, h = size
    x, y, z = hinge_at
    friction = round(hold * mass_kg * 9.81 * h / 2, 3)
    joint = hinge(f"{name}_hinge", (1.0, 0.0, 0.0), upper, damping=damping, friction=friction)
    pose = Pose.of((x, y - t, z))
    flap = make.link(name, case.physics_material, parent=case.name, pose=pose, joint=joint)
    if pane is None:
        flap.panel(size, (0, t / 2, h / 2), material, bevel=0.004)
    else:
        framed_panel(flap, size, (0, t / 2, h / 2), rail, material, pane, 0.6 * t)
    make.grasp(*bar_handle(flap, (0, 0, h * handle_share), "x", handle_length, handle_material, plain=True))
    flap.mass(volume_m3=w * t * h, solid_fraction=0.0001, contents_kg=mass_kg)
    return flap


def add_lid(
    make: AssetBuilder,
    name: str,
    *,
    case: LinkBuilder,
    hinge_at: Vec3,
    size: Vec3,
    material: str,
    mass_kg: float,
    upper: float = 1.4,
    hold: float = 0.6,
    bevel: float = 0.006,
    physics_material: str | None = None,
) -> LinkBuilder:
    """Add a lid, hinged along its back edge, and return its link; it has no handle yet.

    `hinge_at` is the middle of the lower back edge, `size` its width, depth and thickness; `hold` the hinge's friction
    as a share of the moment of its weight: a lid stays open from the angle on whose cosine is `hold`.
    """
    w, d, t = size
    friction = round(hold * mass_kg * 9.81 * d / 2, 4)
    joint = hinge(f"{name}_hinge", (-1.0, 0.0, 0.0), upper, damping=0.1, friction=friction)
    material_of = physics_material or case.physics_material
    lid = make.link(name, material_of, parent=case.name, pose=Pose.of(hinge_at), joint=joint)
    if bevel:
        lid.panel((w, d, t), (0, -d / 2, t / 2), material, bevel=bevel)
    lid.mass(volume_m3=w * d * t, solid_fraction=0.0001, contents_kg=mass_kg)
    return lid


def wire_rack(link: LinkBuilder, size: tuple[float, float], center: Vec3, material: str, pitch: float = 0.04) -> None:
    """Add a level rack of wires over `size` (x, y), its top at `center`, collided with as a thin board."""
    w, d = size
    x, y, z = center
    wire = 0.004
    for at in np.linspace(-w / 2 + wire / 2, w / 2 - wire / 2, max(round(w / pitch), 2) + 1):
        link.visual(mesh.beveled_box((wire, d, wire), 0.0, center=(x + at, y, z - wire / 2)), material)
    for at in (-d / 2 + wire / 2, 0.0, d / 2 - wire / 2):
        link.visual(mesh.beveled_box((w, wire, wire), 0.0, center=(x, y + at, z - 1.5 * wire)), material)
    link.collide(colliders.box(f"rack_{len(link.shapes)}", (w, d, 2 * wire), (x, y, z - wire)))


def side_prism(link: LinkBuilder, profile: ArrayLike, width: float, material: str, *, x: float = 0.0) -> None:
    """Add a prism across X, `width` about `x`, over a convex `profile` (N, 2) of y and z, seen and collided with."""
    outline = np.asarray(profile, float)
    shape = extrude(outline, width)
    link.visual(mesh.transformed(shape, Pose.of((x - width / 2, 0, 0), _SIDE_QUAT)), material)
    corners = [(x + side * width / 2, y, z) for y, z in outline for side in (-1, 1)]
    link.collide(colliders.convex(f"prism_{len(link.shapes)}", corners))
