"""Boxes with a hinged lid: a wooden chest and a toolbox."""

import numpy as np

from blueprint.assets import textures
from blueprint.assets.builder import AssetBuilder, hinge
from blueprint.assets.colors import color_of
from blueprint.assets.finish import finish, physics_material_of, size_factor
from blueprint.assets.geometry import Asset
from blueprint.assets.joinery import GAP_M, bar_handle
from blueprint.assets.registry import AssetRequest, generator
from blueprint.contracts.frames import Pose, Vec3
from blueprint.physics.materials import physics_material

__all__ = ["box_with_lid", "toolbox"]

_OPEN_RAD = 1.85  # past upright
_HOLD = 0.6  # the hinge's friction as a share of the lid's weight moment: from 53° on the lid stays where it is left
_LID_SOLID = {"wood": 0.6, "steel": 0.07, "aluminium": 0.1}  # sheet of 0.8 mm where it is metal


@generator(
    "box_with_lid",
    nouns=("box with lid", "box with a lid", "lidded box", "chest", "wooden chest", "treasure chest", "storage chest"),
    footing="surface",
    sim_role="articulated_furniture",
    size_range_m=((0.15, 0.12, 0.1), (0.42, 0.34, 0.32)),
)
def box_with_lid(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A wooden box whose lid is hinged behind, with a bar handle on the lid."""
    make = AssetBuilder(request, "Box with lid", "a box with a hinged lid")
    own = str(rng.choice(["oak", "walnut", "pine"]))
    shell = finish(make, "shell", rng, request.material, request.color, default_material=own, default_color=own)
    trim = finish(make, "trim", rng, "brass", None, default_material="brass", default_color="brass")
    factor = size_factor(request.size)
    return _lidded(make, request, (0.28 * factor, 0.20 * factor, 0.14 * factor), 0.010, shell, trim, 0.35)


@generator(
    "toolbox",
    nouns=("toolbox", "tool box", "tool chest"),
    footing="surface",
    sim_role="articulated_furniture",
    size_range_m=((0.25, 0.14, 0.14), (0.60, 0.36, 0.36)),
)
def toolbox(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A sheet-metal toolbox with a hinged lid and a carrying bar."""
    make = AssetBuilder(request, "Toolbox", "a toolbox with a hinged lid and a carrying handle")
    tint = color_of(request.color or str(rng.choice(["red", "navy", "dark green"])), "red")
    shell = make.material("shell", tint, roughness=0.4, texture=textures.plaster(rng, tint), tile_m=0.4)
    dark = make.material("trim", (0.03, 0.03, 0.032), roughness=0.6)
    factor = size_factor(request.size)
    return _lidded(make, request, (0.40 * factor, 0.20 * factor, 0.17 * factor), 0.008, shell, dark, 0.15, "steel")


def _lidded(
    make: AssetBuilder,
    request: AssetRequest,
    size: Vec3,
    wall: float,
    shell: str,
    trim: str,
    solid_fraction: float,
    default_physics: str = "wood",
) -> Asset:
    w, d, h = size
    lid_t = 0.024
    material = physics_material_of(request.material, default_physics)
    solid = 1.0 if material == "wood" else solid_fraction
    body = make.link("body", material)
    body.panel((w, d, wall), (0, 0, wall / 2), shell)
    tall = h - wall
    for sign in (-1, 1):
        body.panel((wall, d, tall), (sign * (w - wall) / 2, 0, wall + tall / 2), shell, grain="y")
        body.panel((w - 2 * wall, wall, tall), (0, sign * (d - wall) / 2, wall + tall / 2), shell)
    for x in (-0.3 * w, 0.3 * w):  # clasps on the front
        body.panel((0.022, 0.002, 0.03), (x, -d / 2 - 0.001, h - 0.03), trim, bevel=0.0005)
    body.mass(solid_fraction=solid, contents_kg=0.8)
    make.region(
        "inside",
        "interior",
        center=(0, 0, wall),
        half_extents=(w / 2 - wall - 0.005, d / 2 - wall - 0.005),
        clearance_m=tall - 0.005,
        is_container=True,
    )
    lid_solid = _LID_SOLID.get(material, 0.4)
    lid_kg = physics_material(material).density * w * d * lid_t * lid_solid
    friction = round(_HOLD * lid_kg * 9.81 * d / 2, 4)
    joint = hinge("lid_hinge", (-1.0, 0.0, 0.0), _OPEN_RAD, damping=0.05, friction=friction)
    lid = make.link("lid", material, parent="body", pose=Pose.of((0, d / 2, h + GAP_M)), joint=joint)
    lid.panel((w, d, lid_t), (0, -d / 2, lid_t / 2), shell, bevel=0.005)
    make.grasp(*bar_handle(lid, (0, -d * 0.72, lid_t), "lid", min(0.12, 0.5 * w), trim))
    lid.mass(volume_m3=w * d * lid_t, solid_fraction=lid_solid)
    return make.build()
