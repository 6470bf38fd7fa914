"""What fills the openings of walls: doors and windows.

Their frame is at the bottom centre of the opening, in the middle of the wall's thickness; the room that a leaf opens
into lies towards -Y.
"""

import numpy as np

from blueprint.assets import colliders, mesh
from blueprint.assets.builder import AssetBuilder, LinkBuilder, hinge
from blueprint.assets.families.casework import count_of
from blueprint.assets.families.fittings import front_cylinder
from blueprint.assets.finish import finish, physics_material_of
from blueprint.assets.geometry import Asset
from blueprint.assets.grasps import bar_grasp
from blueprint.assets.joinery import BAR_M, add_door
from blueprint.assets.registry import AssetRequest, generator
from blueprint.contracts.asset import Grasp
from blueprint.contracts.frames import Pose, Vec3

__all__ = ["casement_window", "interior_door"]

_TRIM_M = 0.012  # architraves stand out from the wall by this
_LEVER_STANDOFF_M = 0.045


def _opening(request: AssetRequest, width: float, height: float, low: Vec3, high: Vec3) -> Vec3:
    """Return width and height of the opening and the wall's thickness, from the options of these names."""
    drawn = {"width": width, "height": height, "wall": 0.10}
    w, h, wall = (
        float(np.clip(float(request.option(name, value)), low[i], high[i]))
        for i, (name, value) in enumerate(drawn.items())
    )
    return w, h, wall


@generator(
    "interior_door",
    nouns=("interior door", "room door", "hinged door", "wooden door"),
    footing="wall",
    sim_role="articulated_furniture",
    size_range_m=((0.6, 0.08, 1.8), (1.5, 0.45, 2.6)),
    options=("width", "height", "wall"),
    mount_height_m=0.0,
)
def interior_door(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A door that fills an opening of `width` × `height` in a wall of thickness `wall`: lining, architraves on both
    sides, a panelled leaf hinged on the left and flush with the -Y side, lever handles on both sides."""
    make = AssetBuilder(request, "Interior door", "a hinged door in its frame")
    w, h, wall = _opening(request, 0.9, 2.05, (0.6, 1.8, 0.06), (1.1, 2.4, 0.3))
    color = request.color or (None if request.material else str(rng.choice(["white", "white", "oak", "walnut"])))
    wood = finish(make, "leaf", rng, request.material, color, default_material="oak", default_color="oak")
    frame = finish(make, "frame", rng, request.material, color, default_material="oak", default_color="oak")
    steel = finish(make, "handles", rng, "steel", None, default_material="steel", default_color="steel")
    lining, gap, thick, trim = 0.03, 0.003, 0.04, 0.06
    body = make.link("frame", physics_material_of(request.material, "wood"))
    for sign in (-1, 1):
        body.panel((lining, wall, h), (sign * (w - lining) / 2, 0, h / 2), frame, bevel=0.001, grain="z")
    body.panel((w - 2 * lining, wall, lining), (0, 0, h - lining / 2), frame, bevel=0.001)
    inner, front = w - 2 * lining, -wall / 2
    for face in (-1, 1):
        y = face * (wall / 2 + _TRIM_M / 2)
        for sign in (-1, 1):
            upright = (trim, _TRIM_M, h + trim - 0.01)
            center = (sign * (w / 2 - 0.01 + trim / 2), y, upright[2] / 2)
            body.visual(mesh.beveled_box(upright, 0.003, center=center), frame)
        level = (w - 0.02, _TRIM_M, trim)
        body.visual(mesh.beveled_box(level, 0.003, center=(0, y, h - 0.01 + trim / 2)), frame)
    stop_y = front + thick + 0.003 + 0.006  # the rebate that the leaf rests against
    for sign in (-1, 1):
        stop = mesh.beveled_box(
            (0.012, 0.012, h - lining), 0.0, center=(sign * (inner / 2 - 0.006), stop_y, (h - lining) / 2)
        )
        body.visual(stop, frame)
    body.mass(contents_kg=1.0)
    leaf_w, foot = inner - 2 * gap, 0.008
    leaf_h = h - lining - gap - foot
    joint = hinge("door_hinge", (0.0, 0.0, -1.0), 1.57, damping=1.2, friction=0.4)
    at = Pose.of((-inner / 2 + gap, front, foot))
    leaf = make.link("door", body.physics_material, parent="frame", pose=at, joint=joint)
    leaf.panel((leaf_w, thick, leaf_h), (leaf_w / 2, thick / 2, leaf_h / 2), wood, bevel=0.002, grain="z")
    for z0, z1 in ((0.12, 0.42), (0.50, 0.94)):
        size = (leaf_w - 0.26, 0.006, (z1 - z0) * leaf_h)
        for y in (0.0, thick):
            center = (leaf_w / 2, y, (z0 + z1) / 2 * leaf_h)
            leaf.visual(mesh.beveled_box(size, 0.003, center=center), wood)
    for z in (0.2, leaf_h - 0.2):
        leaf.visual(mesh.moved(mesh.cylinder(0.006, 0.09, 16), (0, 0, z - 0.045)), steel)
    lever = (leaf_w - 0.06, min(1.03, 0.52 * leaf_h))
    make.grasp(_lever(leaf, lever[0], 0.0, lever[1], -1, steel), _lever(leaf, lever[0], thick, lever[1], 1, steel))
    leaf.mass(solid_fraction=0.3)  # a hollow core
    return make.build(recenter=False)


def _lever(link: LinkBuilder, x: float, y: float, z: float, side: int, material: str) -> Grasp:
    """Add a lever handle on the face at `y` of a leaf (`side` -1: the face to -Y), and return its grasp."""
    length, rise = 0.125, _LEVER_STANDOFF_M + BAR_M / 2
    bar_at = (x - length / 2 + 0.01, y + side * rise, z)
    link.visual(mesh.beveled_box((length, BAR_M, BAR_M + 0.006), 0.004, 2, center=bar_at), material)
    post = (0.016, _LEVER_STANDOFF_M, 0.016)
    post_at = (x, y + side * _LEVER_STANDOFF_M / 2, z)
    link.visual(mesh.beveled_box(post, 0.004, center=post_at), material)
    rose_y = y if side < 0 else y + 0.006
    front_cylinder(link, 0.025, 0.006, (x, rose_y, z), material, collides=False)
    number = len(link.shapes)
    link.collide(
        colliders.box(f"lever_{number}", (length, BAR_M, BAR_M + 0.006), bar_at),
        colliders.box(f"lever_{number + 1}", post, post_at),
    )
    name = f"{link.name}_handle" if side < 0 else f"{link.name}_handle_behind"
    grip = (bar_at[0] - 0.02, bar_at[1], z)
    return bar_grasp(name, link.name, grip, BAR_M + 0.006, (0, -side, 0), (0, 0, 1))


@generator(
    "casement_window",
    nouns=("casement window", "window", "hinged window", "glass window"),
    footing="wall",
    sim_role="articulated_furniture",
    size_range_m=((0.4, 0.1, 0.4), (2.6, 0.60, 2.4)),
    options=("width", "height", "wall", "sashes"),
    mount_height_m=0.9,
)
def casement_window(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A window that fills an opening of `width` × `height`: one or two glazed sashes that open inwards, a sill."""
    make = AssetBuilder(request, "Casement window", "a window with glazed sashes and a sill")
    w, h, wall = _opening(request, 1.2, 1.2, (0.45, 0.5, 0.06), (2.4, 2.2, 0.3))
    sashes = count_of(request, "sashes", 2 if w > 0.85 else 1, 1, 2)
    own = request.color or (None if request.material else str(rng.choice(["white", "white", "oak", "gray"])))
    wood = finish(make, "frame", rng, request.material, own, default_material="oak", default_color="oak")
    steel = finish(make, "handles", rng, "steel", None, default_material="steel", default_color="steel")
    pane = make.material("pane", (0.72, 0.84, 0.90), roughness=0.04, opacity=0.25)
    lining, gap, thick, board, reach = 0.05, 0.004, 0.045, 0.025, 0.10
    deep = min(0.08, wall)
    front = -wall / 2 + 0.01
    middle_y = front + deep / 2
    body = make.link("frame", physics_material_of(request.material, "wood"))
    low = board + lining
    for sign in (-1, 1):
        center = (sign * (w - lining) / 2, middle_y, (h + board) / 2)
        body.panel((lining, deep, h - board), center, wood, bevel=0.002, grain="z")
    inner = w - 2 * lining
    body.panel((inner, deep, lining), (0, middle_y, board + lining / 2), wood, bevel=0.002)
    body.panel((inner, deep, lining), (0, middle_y, h - lining / 2), wood, bevel=0.002)
    sill_d = reach + wall
    body.panel((w, sill_d, board), (0, wall / 2 - sill_d / 2, board / 2), wood, bevel=0.005)
    trim = 0.05
    for sign in (-1, 1):
        upright = (trim, _TRIM_M, h + trim - 0.01)
        center = (sign * (w / 2 - 0.01 + trim / 2), -wall / 2 - _TRIM_M / 2, upright[2] / 2)
        body.visual(mesh.beveled_box(upright, 0.003, center=center), wood)
    level = (w - 0.02, _TRIM_M, trim)
    body.visual(mesh.beveled_box(level, 0.003, center=(0, -wall / 2 - _TRIM_M / 2, h - 0.01 + trim / 2)), wood)
    body.mass(contents_kg=2.0)
    make.region(
        "sill",
        "top",
        center=(0, -wall / 2 - reach / 2 - 0.004, board),
        half_extents=(w / 2 - 0.03, reach / 2 - 0.008),
        clearance_m=0.30 * h,
    )
    pitch = inner / sashes
    for i in range(sashes):
        side = "left" if i == 0 else "right"
        leaf = add_door(
            make,
            "sash" if sashes == 1 else f"{side}_sash",
            case=body,
            hinge_at=((-1 if side == "left" else 1) * (inner / 2 - gap), front + thick, low + gap),
            size=(pitch - (1.5 if sashes == 2 else 2.0) * gap, thick, h - lining - low - 2 * gap),
            side=side,
            material=wood,
            handle_material=steel,
            handle_length=0.13,
            axis_depth=thick,
            pane=pane,
            rail=0.055,
            damping=1.0,
            friction=0.4,
            plain=True,
        )
        leaf.mass(solid_fraction=1.0, contents_kg=2.5)  # double glazing
    make.param(sashes=sashes)
    return make.build(recenter=False)
