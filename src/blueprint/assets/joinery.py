"""Parts that pieces of furniture share: carcasses, drawers, doors and bar handles.

Carcass frame: bottom centre of the case, its open front in the plane y = -depth/2. Moving parts stand `GAP_M` in
front of that plane, so that a closed case is free of contact and nothing collides on the way open.
"""

import numpy as np
from numpy.typing import ArrayLike

from blueprint.assets import colliders, mesh
from blueprint.assets.builder import AssetBuilder, LinkBuilder, hinge, slider
from blueprint.assets.finish import build_fraction
from blueprint.assets.grasps import bar_grasp
from blueprint.contracts.asset import Grasp
from blueprint.contracts.frames import Pose, Vec3, quat_wxyz_from_matrix, rotate

__all__ = ["BAR_M", "GAP_M", "STANDOFF_M", "add_door", "add_drawer", "bar_handle", "carcass", "framed_panel", "legs"]

GAP_M = 0.004
STANDOFF_M = 0.040  # free space between a front and its bar: a finger of 20 mm fits with room to spare
BAR_M = 0.012  # thickness of a handle bar
_PULL_TIP_RAD = np.deg2rad(35)


def carcass(
    link: LinkBuilder,
    size: Vec3,
    thickness: float,
    material: str,
    *,
    base: Vec3 = (0, 0, 0),
    back: float | None = None,
    inside: str | None = None,
) -> None:
    """Add an open-fronted case of outer `size` standing at `base`: two sides, bottom, top and back, without overlap."""
    w, d, h = size
    t, tb = thickness, thickness if back is None else back
    x, y, z = base
    for sign in (-1, 1):
        link.panel((t, d, h), (x + sign * (w - t) / 2, y, z + h / 2), material, grain="z")
    inner = w - 2 * t
    link.panel((inner, d, t), (x, y, z + t / 2), material)
    link.panel((inner, d, t), (x, y, z + h - t / 2), material)
    link.panel((inner, tb, h - 2 * t), (x, y + (d - tb) / 2, z + h / 2), inside or material, bevel=0.0)


def legs(
    link: LinkBuilder, width: float, depth: float, height: float, leg: float, material: str, bevel: float = 0.003
) -> None:
    """Add four square legs from the floor to `height` at the corners of a `width` × `depth` rectangle."""
    for sx in (-1, 1):
        for sy in (-1, 1):
            center = (sx * (width - leg) / 2, sy * (depth - leg) / 2, height / 2)
            link.panel((leg, leg, height), center, material, bevel=bevel, grain="z")


def add_drawer(
    make: AssetBuilder,
    name: str,
    *,
    case: LinkBuilder,
    slot: tuple[float, float, float],
    slot_z: tuple[float, float],
    front_size: tuple[float, float],
    depth: float,
    front_material: str,
    box_material: str,
    handle_material: str,
    travel: float,
    handle_along: str,
    front_thickness: float = 0.016,
    friction: float = 1.5,
    plain: bool = False,
) -> LinkBuilder:
    """Add a drawer that slides out along -Y, and return its link.

    `slot` is (x of the middle, y of the case's front plane, inner width), `slot_z` the opening's lower and upper z in
    the case's frame, `front_size` the front's width and height, `depth` that of the box. One of many is `plain`: its
    box has sharp edges, its handle is as in `bar_handle`.
    """
    x, y_front, inner_width = slot
    z0, z1 = slot_z
    middle = (z0 + z1) / 2
    joint = slider(f"{name}_slide", (0.0, -1.0, 0.0), round(travel, 4), friction=friction)
    drawer = make.link(name, case.physics_material, parent=case.name, pose=Pose.of((x, y_front, middle)), joint=joint)
    width, height, wall = inner_width - 0.012, (z1 - z0) - 0.018, 0.009
    low = -(z1 - z0) / 2 + 0.006
    fw, fh = front_size
    drawer.panel((fw, front_thickness, fh), (0, -GAP_M - front_thickness / 2, 0), front_material)
    drawer.panel((width, depth, wall), (0, -GAP_M + depth / 2, low + wall / 2), box_material, bevel=0.0)
    inner_bevel = 0.0 if plain else 0.001
    side_height, back_height = height - wall, 0.85 * (height - wall)
    for sign in (-1, 1):
        center = (sign * (width - wall) / 2, -GAP_M + depth / 2, low + wall + side_height / 2)
        drawer.panel((wall, depth, side_height), center, box_material, bevel=inner_bevel, grain="y")
    inner = width - 2 * wall
    back_center = (0, -GAP_M + depth - wall / 2, low + wall + back_height / 2)
    drawer.panel((inner, wall, back_height), back_center, box_material, bevel=2 * inner_bevel)
    make.grasp(
        *bar_handle(
            drawer,
            (0, -GAP_M - front_thickness, 0),
            handle_along,
            min(0.12, 0.7 * fw, 0.7 * fh + 0.2) if handle_along == "x" else min(0.075, fh - 0.012),
            handle_material,
            plain=plain,
        )
    )
    drawer.mass(solid_fraction=build_fraction(case.physics_material))
    make.region(
        f"{name}_inside",
        "drawer",
        link=name,
        center=(0, -GAP_M + (depth - wall) / 2, low + wall),
        half_extents=(inner / 2 - 0.004, (depth - wall) / 2 - 0.004),
        clearance_m=side_height,
        is_container=True,
    )
    return drawer


def add_door(
    make: AssetBuilder,
    name: str,
    *,
    case: LinkBuilder,
    hinge_at: Vec3,
    size: Vec3,
    side: str,
    material: str,
    handle_material: str,
    upper: float = 1.57,
    handle_length: float = 0.16,
    handle_z: float | None = None,
    physics_material: str | None = None,
    damping: float = 0.8,
    friction: float = 0.2,
    axis_depth: float = 0.0,
    pane: str | None = None,
    rail: float = 0.05,
    plain: bool = False,
) -> LinkBuilder:
    """Add a door that is hinged on its `side` ("left" or "right" as seen from the front), and return its link.

    `hinge_at` is the back lower outer corner in the case's frame: the axis passes `axis_depth` in front of it. No point
    of the door ever moves behind its closed back face (up to 90°); with the door's thickness as `axis_depth` none moves
    beyond its hinged side either, so that another front may stand there. `size` is width, thickness, height. With the
    material of a `pane` the door is a frame of `rail` around it. The link has no mass yet.
    """
    w, t, h = size
    inward = 1.0 if side == "left" else -1.0
    joint = hinge(f"{name}_hinge", (0.0, 0.0, -inward), upper, damping=damping, friction=friction)
    door = make.link(
        name,
        physics_material or case.physics_material,
        parent=case.name,
        pose=Pose.of((hinge_at[0], hinge_at[1] - axis_depth, hinge_at[2])),
        joint=joint,
    )
    middle = (inward * w / 2, axis_depth - t / 2, h / 2)
    if pane is None:
        door.panel((w, t, h), middle, material, bevel=0.003, grain="z")
    else:
        framed_panel(door, (w, t, h), middle, rail, material, pane)
    at = (inward * (w - 0.035), axis_depth - t, h / 2 if handle_z is None else handle_z)
    make.grasp(*bar_handle(door, at, "z", handle_length, handle_material, plain=plain))
    return door


def framed_panel(
    link: LinkBuilder, size: Vec3, center: Vec3, rail: float, frame: str, pane: str, pane_thickness: float = 0.005
) -> None:
    """Add an upright panel (width, thickness, height) seen as a frame of `rail` around a pane, collided with as a box.

    Its share of the link's panel volume is that of the frame and the pane.
    """
    w, t, h = size
    x, y, z = center
    inner_w, inner_h = w - 2 * rail, h - 2 * rail
    for sign in (-1, 1):
        upright = mesh.beveled_box((rail, t, h), 0.003, center=(x + sign * (w - rail) / 2, y, z))
        link.visual(upright, frame)
        link.visual(mesh.beveled_box((inner_w, t, rail), 0.003, center=(x, y, z + sign * (h - rail) / 2)), frame)
    link.visual(mesh.beveled_box((inner_w, pane_thickness, inner_h), 0.0, center=center), pane)
    link.collide(colliders.box(f"panel_{len(link.shapes)}", size, center))
    link.panel_volume_m3 += w * t * h - inner_w * inner_h * (t - pane_thickness)


def bar_handle(
    link: LinkBuilder, center: ArrayLike, along: str, length: float, material: str, *, plain: bool = False
) -> list[Grasp]:
    """Add a bar handle and return its grasps.

    `center` lies on the surface that carries it. `along` "x" or "z": the bar runs along that axis on a front that faces
    -Y; "lid": along X on a surface that faces up. A bar is gripped straight on; a horizontal one on a front also
    from above, one finger behind it (that pulls by shape, not by friction alone), a vertical one also from 35° above.
    A `plain` one, for cases of many fronts, is simpler to see and only its bar is collided with.
    """
    rotation = np.column_stack(_FRAMES[along])
    quat = quat_wxyz_from_matrix(rotation)
    origin = np.asarray(center, float)

    def place(size: Vec3, offset: Vec3, collides: bool = True) -> None:
        at = origin + rotate(quat, offset)
        part = mesh.beveled_box(size, min(size) * 0.3, 2 if size[0] == length and not plain else 1)
        link.visual(mesh.transformed(part, Pose.of(at, quat)), material)
        if collides:
            extent = np.abs(rotation @ np.asarray(size))
            link.collide(colliders.box(f"handle_{len(link.shapes)}", extent, at))

    rise = STANDOFF_M + BAR_M / 2
    place((length, BAR_M, BAR_M), (0, 0, rise))
    for sign in (-1, 1):
        place((BAR_M, 0.010, STANDOFF_M), (sign * (length - BAR_M) / 2, 0, STANDOFF_M / 2), not plain)
    bar = origin + rotate(quat, (0, 0, rise))
    approach, closing = -rotation[:, 2], rotation[:, 1]
    found = [bar_grasp(f"{link.name}_handle", link.name, bar, BAR_M, approach, closing)]
    if along == "x":
        found.append(bar_grasp(f"{link.name}_handle_above", link.name, bar, BAR_M, (0, 0, -1), (0, 1, 0)))
    if along == "z":
        tilted = np.cos(_PULL_TIP_RAD) * approach + np.sin(_PULL_TIP_RAD) * np.array([0, 0, -1.0])
        found.append(bar_grasp(f"{link.name}_handle_tilted", link.name, bar, BAR_M, tilted, closing))
    return found


_FRAMES: dict[str, tuple[Vec3, Vec3, Vec3]] = {  # columns: along the bar, across it, away from the surface
    "x": ((1, 0, 0), (0, 0, 1), (0, -1, 0)),
    "z": ((0, 0, 1), (-1, 0, 0), (0, -1, 0)),
    "lid": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
}
