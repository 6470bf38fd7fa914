"""White goods with a drum or a chest: washing machine, dryer and chest freezer."""

import numpy as np

from blueprint.assets import colliders, mesh, textures
from blueprint.assets.builder import AssetBuilder, LinkBuilder, hinge
from blueprint.assets.extrusion import extrude
from blueprint.assets.families.casework import wanted_size
from blueprint.assets.families.fittings import FRONT_QUAT, add_button, add_knob, add_lid, facing_front, lip
from blueprint.assets.finish import finish
from blueprint.assets.geometry import Asset, TriangleMesh
from blueprint.assets.joinery import GAP_M, bar_handle
from blueprint.assets.registry import AssetRequest, generator
from blueprint.contracts.frames import Pose, Vec3, quat_wxyz_from_axis_angle

__all__ = ["chest_freezer", "dryer", "washing_machine"]

_SIZES = ("width", "depth", "height")
_DRUM_SIDES = 8


@generator(
    "washing_machine",
    nouns=("washing machine", "washer", "laundry machine", "front loader"),
    footing="floor",
    sim_role="articulated_appliance",
    size_range_m=((0.50, 0.48, 0.75), (0.75, 0.80, 0.95)),
    options=_SIZES,
)
def washing_machine(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A front-loading washing machine: a round door with a bulging glass, a drum, a programme dial, a start button."""
    make = AssetBuilder(request, "Washing machine", "a front-loading washing machine")
    size = wanted_size(request, (0.60, 0.57, 0.85), (0.03, 0.12, 0.0))
    return _drum_machine(make, request, rng, size, 0.160, "1:10", True)


@generator(
    "dryer",
    nouns=("dryer", "tumble dryer", "clothes dryer", "drying machine"),
    footing="floor",
    sim_role="articulated_appliance",
    size_range_m=((0.50, 0.48, 0.75), (0.75, 0.80, 0.95)),
    options=_SIZES,
)
def dryer(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A tumble dryer: a wide round door with a dark glass, a steel drum, a programme dial, a start button."""
    make = AssetBuilder(request, "Dryer", "a tumble dryer")
    size = wanted_size(request, (0.60, 0.59, 0.85), (0.03, 0.12, 0.0))
    return _drum_machine(make, request, rng, size, 0.190, "0:45", False)


def _drum_machine(
    make: AssetBuilder,
    request: AssetRequest,
    rng: np.random.Generator,
    size: Vec3,
    mouth: float,
    clock: str,
    washes: bool,
) -> Asset:
    w, d, h = size
    color = request.color or str(rng.choice(["white", "white", "silver"]))
    metal = request.material or ("steel" if color == "silver" else "plastic")
    shell = finish(make, "shell", rng, metal, color, default_material="plastic", default_color="white")
    steel = finish(make, "drum", rng, "steel", None, default_material="steel", default_color="steel")
    ring = finish(
        make, "ring", rng, "steel", "silver" if washes else "gray", default_material="steel", default_color="steel"
    )
    dark = make.material("trim", (0.03, 0.03, 0.033), roughness=0.5)
    pane = make.material("window", (0.05, 0.06, 0.07), roughness=0.05, opacity=0.75)
    mark = make.material("marks", (0.05, 0.05, 0.05), roughness=0.4)
    body = make.link("body", "steel")
    side, strip, foot, face = 0.02, 0.13, 0.02, 0.02
    middle = foot + (h - strip - foot) / 2
    front = -d / 2
    tall = h - foot
    for sx in (-1, 1):
        for sy in (-1, 1):
            body.panel((0.05, 0.05, foot), (sx * (w / 2 - 0.05), sy * (d / 2 - 0.05), foot / 2), dark, bevel=0.0)
        body.panel((side, d, tall), (sx * (w - side) / 2, 0, foot + tall / 2), shell, bevel=0.004, grain="z")
    inner = w - 2 * side
    body.panel((inner, d, 0.03), (0, 0, h - 0.015), shell, bevel=0.004)
    body.panel((inner, d - face, 0.03), (0, face / 2, foot + 0.015), dark, bevel=0.0)
    body.panel((inner, 0.02, tall - 0.06), (0, d / 2 - 0.01, foot + tall / 2), dark, bevel=0.0)
    _front_with_hole(body, (inner, h - strip - foot), (0, front, middle), face, mouth, shell)
    body.panel(
        (inner, face + 0.012, strip - 0.036),
        (0, front + face / 2 - 0.006, h - 0.030 - (strip - 0.036) / 2 - 0.003),
        shell,
    )
    drum_r = min(mouth + 0.045, inner / 2 - 0.03, (h - strip - foot) / 2 - 0.04)
    depth = d - face - 0.14
    _drum(make, body, drum_r, depth, (0, front + face, middle), steel)
    z = h - 0.03 - (strip - 0.036) / 2 - 0.003
    y = front - 0.012
    display = make.material(
        "display", (0.01, 0.01, 0.01), roughness=0.2, tile_m=None, texture=textures.label(
            rng, (0.012, 0.012, 0.014), clock, band=(0.012, 0.012, 0.014), ink=(0.5, 0.85, 0.95), band_v=(0.05, 0.95)
        )
    )  # fmt: skip
    body.visual(facing_front(0.26 * w, y - 0.0006, z, 0.11, 0.05), display)
    if washes:  # the detergent drawer
        body.visual(mesh.beveled_box((0.30 * w, 0.004, strip - 0.056), 0.0015, center=(-0.31 * w, y - 0.001, z)), shell)
        body.visual(mesh.beveled_box((0.10 * w, 0.003, 0.016), 0.001, center=(-0.31 * w, y - 0.0025, z - 0.01)), dark)
    for i in range(4):
        at = (0.12 * w + 0.032 * i, y - 0.001, z - 0.036)
        body.visual(mesh.beveled_box((0.018, 0.003, 0.008), 0.001, center=at), dark)
    body.mass(volume_m3=w * d * h, solid_fraction=0.006, contents_kg=48.0 if washes else 26.0)
    make.region("top", "top", center=(0, 0, h), half_extents=(w / 2 - 0.03, d / 2 - 0.03), clearance_m=0.5)
    _round_door(make, body, mouth + 0.035, (0, front - GAP_M, middle), ring, pane, steel)
    add_knob(make, "dial", case=body, at=(-0.06 * w, y, z), radius=0.029, material=ring, mark=mark)
    add_button(make, "start_button", case=body, at=(0.43 * w, y, z), radius=0.013, material=ring, travel=0.005)
    return make.build()


def _front_with_hole(
    body: LinkBuilder, size: tuple[float, float], middle: Vec3, thick: float, radius: float, material: str
) -> None:
    """Add a front plate (width, height) behind the plane of `middle` with a round hole; its colliders' is square."""
    w, h = size
    x, y, z = middle
    angle = np.linspace(-np.pi / 2, np.pi / 2, 21)
    arc = radius * np.column_stack([np.cos(angle), np.sin(angle)])
    half = np.concatenate([[(0, -h / 2), (w / 2, -h / 2), (w / 2, h / 2), (0, h / 2)], arc[::-1]])
    for sign in (1, -1):
        plate = extrude(half * (sign, 1), thick)
        body.visual(mesh.transformed(plate, Pose.of((x, y + thick, z), FRONT_QUAT)), material)
    gap = 0.9 * radius
    for sign in (-1, 1):
        level = (w, thick, h / 2 - gap)
        body.collide(
            colliders.box(f"front_{len(body.shapes)}", level, (x, y + thick / 2, z + sign * (gap + level[2] / 2)))
        )
        upright = (w / 2 - gap, thick, 2 * gap)
        at = (x + sign * (gap + upright[0] / 2), y + thick / 2, z)
        body.collide(colliders.box(f"front_{len(body.shapes)}", upright, at))


def _drum(make: AssetBuilder, body: LinkBuilder, radius: float, depth: float, mouth: Vec3, material: str) -> None:
    """Add a drum that is open at `mouth` (its middle) and reaches `depth` towards +Y; its colliders are a prism."""
    x, y, z = mouth
    profile = [(radius, depth), (radius, 0.0), (0.0, 0.0)]  # seen from inside
    body.visual(mesh.transformed(mesh.lathe(profile, 40), Pose.of((x, y + depth, z), FRONT_QUAT)), material)
    body.collide(colliders.box("drum_back", (1.6 * radius, 0.01, 1.6 * radius), (x, y + depth + 0.005, z)))
    wall, across = 0.012, 2 * radius * np.tan(np.pi / _DRUM_SIDES)
    for i in range(_DRUM_SIDES):
        angle = 2 * np.pi * i / _DRUM_SIDES - np.pi / 2
        at = (x + (radius + wall / 2) * np.cos(angle), y + depth / 2, z + (radius + wall / 2) * np.sin(angle))
        turn = quat_wxyz_from_axis_angle((0, -1, 0), angle)
        body.collide(colliders.box(f"drum_{i}", (wall, depth, across), at, turn))
    for angle in (np.pi / 6, np.pi * 5 / 6):  # the paddles
        spoke = np.array([np.cos(angle), 0.0, np.sin(angle)])
        place = Pose.of(
            np.array([x, y + depth / 2, z]) + (radius - 0.015) * spoke, quat_wxyz_from_axis_angle((0, -1, 0), angle)
        )
        body.visual(mesh.transformed(mesh.beveled_box((0.03, depth * 0.9, 0.025), 0.008), place), material)
    make.region(
        "inside",
        "interior",
        center=(x, y + depth / 2, z - radius),
        half_extents=(0.40 * radius, depth / 2 - 0.02),
        clearance_m=1.6 * radius,
        is_container=True,
    )


def _round_door(
    make: AssetBuilder, body: LinkBuilder, radius: float, at: Vec3, ring: str, pane: str, handle: str
) -> None:
    """Add a round glazed door, hinged on the left, its back's middle at `at`."""
    x, y, z = at
    thick, arm = 0.036, 0.012
    joint = hinge("door_hinge", (0.0, 0.0, -1.0), 1.57, damping=0.8, friction=0.25)
    door = make.link("door", "plastic", parent="body", pose=Pose.of((x - radius - arm, y - thick, z)), joint=joint)
    middle = (radius + arm, thick, 0.0)
    inner = radius - 0.05
    profile = [(inner, 0.0), (radius - 0.004, 0.0), (radius, 0.006), (radius, thick - 0.010), (radius - 0.010, thick)]
    profile += [(inner + 0.008, thick), (inner, thick - 0.008), (inner, 0.0)]
    door.visual(_turned(mesh.lathe(profile, 44), middle), ring)
    bulge = [(0.0, 0.004), (inner, 0.004), (inner, thick - 0.012)]
    bulge += [(inner * np.cos(a), thick - 0.012 + 0.014 * np.sin(a)) for a in np.linspace(0.3, np.pi / 2, 6)]
    bulge[-1] = (0.0, bulge[-1][1])
    door.visual(_turned(mesh.lathe(bulge, 40), middle), pane)
    for sign in (-1, 1):
        hinge_box = mesh.beveled_box((0.05, 0.02, 0.05), 0.004, center=(0.029, 0.014, sign * 0.06))
        door.visual(hinge_box, ring)
    door.collide(
        colliders.cylinder("leaf", radius, -thick / 2, thick / 2, (middle[0], thick / 2), FRONT_QUAT),
        colliders.box("arm", (0.05, 0.02, 0.17), (0.029, 0.014, 0)),
    )
    make.grasp(*bar_handle(door, (2 * radius + arm - 0.025, 0, 0), "z", 0.11, handle))
    door.mass(volume_m3=np.pi * radius**2 * thick, solid_fraction=0.45)


def _turned(shape: TriangleMesh, at: Vec3) -> TriangleMesh:
    """Return a solid of revolution with its axis to -Y, standing on `at`."""
    return mesh.transformed(shape, Pose.of(at, FRONT_QUAT))


@generator(
    "chest_freezer",
    nouns=("chest freezer", "deep freezer", "freezer chest", "freezer"),
    footing="floor",
    sim_role="articulated_appliance",
    size_range_m=((0.5, 0.5, 0.75), (1.6, 0.95, 1.0)),
    options=_SIZES,
)
def chest_freezer(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A chest freezer: an insulated tub under a lid that is hinged behind."""
    make = AssetBuilder(request, "Chest freezer", "a chest freezer with a lid")
    w, d, h = wanted_size(request, (0.95, 0.62, 0.85), (0.02, 0.06, 0.0))
    color = request.color or "white"
    shell = finish(
        make, "shell", rng, request.material or "plastic", color, default_material="plastic", default_color="white"
    )
    liner = make.material("liner", (0.80, 0.83, 0.85), roughness=0.35)
    dark = make.material("trim", (0.06, 0.06, 0.065), roughness=0.6)
    body = make.link("body", "steel")
    t, foot, lid_t = 0.06, 0.05, 0.055
    rim = h - lid_t - GAP_M
    floor_z = foot + t
    body.panel((w - 0.06, d - 0.06, foot), (0, 0, foot / 2), dark, bevel=0.0)
    body.panel((w, d, t), (0, 0, foot + t / 2), shell, bevel=0.004)
    tall = rim - floor_z
    for sign in (-1, 1):
        body.panel((t, d, tall), (sign * (w - t) / 2, 0, floor_z + tall / 2), shell, bevel=0.004, grain="z")
        body.panel((w - 2 * t, t, tall), (0, sign * (d - t) / 2, floor_z + tall / 2), shell, bevel=0.004)
    inner = (w - 2 * t, d - 2 * t)
    body.visual(mesh.moved(mesh.beveled_box((inner[0], inner[1], 0.002), 0.0), (0, 0, floor_z + 0.001)), liner)
    for sign in (-1, 1):
        body.visual(
            mesh.beveled_box(
                (0.002, inner[1], tall), 0.0, center=(sign * (inner[0] / 2 - 0.001), 0, floor_z + tall / 2)
            ),
            liner,
        )
        body.visual(
            mesh.beveled_box(
                (inner[0], 0.002, tall), 0.0, center=(0, sign * (inner[1] / 2 - 0.001), floor_z + tall / 2)
            ),
            liner,
        )
    grille = [
        mesh.beveled_box((0.16, 0.003, 0.005), 0.0, center=(w / 2 - 0.14, -d / 2, 0.10 + 0.014 * i)) for i in range(6)
    ]
    body.visual(mesh.merge(grille), dark)
    body.mass(volume_m3=body.panel_volume_m3, solid_fraction=0.02, contents_kg=14.0)
    make.region(
        "inside",
        "interior",
        center=(0, 0, floor_z + 0.002),
        half_extents=(inner[0] / 2 - 0.02, inner[1] / 2 - 0.02),
        clearance_m=tall - 0.01,
        is_container=True,
    )
    lid = add_lid(
        make,
        "lid",
        case=body,
        hinge_at=(0, d / 2, rim + GAP_M),
        size=(w, d, lid_t),
        material=shell,
        mass_kg=round(1.36 / d, 3),  # what the hinges' springs leave of its weight
        upper=1.35,
        bevel=0.012,
        physics_material="plastic",
    )
    make.grasp(lip(lid, (0, -d, lid_t * 0.55), dark, 0.16, 0.036))
    return make.build()
