"""Declared two-finger grasps of simple shapes.

Grasp frame: origin between the finger tips, +Z approaches, fingers close along ±Y.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from blueprint.contracts.asset import Grasp
from blueprint.contracts.frames import Pose, Vec2, quat_wxyz_from_matrix

__all__ = ["MAX_WIDTH_M", "bar_grasp", "box_grasps", "grasp_pose", "rim_grasps", "side_grasps", "top_grasps"]

MAX_WIDTH_M = 0.075  # the widest thing that a gripper of 80 mm opening takes with room to approach
_TIP_DEPTH_M = 0.022  # how far the finger tips reach past the edge that they take hold of
_FLOOR_GAP_M = 0.008  # finger tips stay this far above what the object stands on


def grasp_pose(origin: ArrayLike, approach: ArrayLike, closing: ArrayLike) -> Pose:
    """Return the grasp frame with +Z along `approach` and +Y along `closing` (made perpendicular)."""
    z = np.asarray(approach, float) / np.linalg.norm(approach)
    y = np.asarray(closing, float) - np.dot(closing, z) * z
    y = y / np.linalg.norm(y)
    return Pose.of(origin, quat_wxyz_from_matrix(np.column_stack([np.cross(y, z), y, z])))


def box_grasps(size: Sequence[float], link: str = "body", center: Vec2 = (0.0, 0.0), z0: float = 0.0) -> list[Grasp]:
    """Return the grasps of an upright box of extent `size` (x, y, z) standing on `z0`: from above, and from the sides
    where it is tall enough for a hand (60 mm); only across sides of at most 75 mm."""
    sx, sy, sz = size
    cx, cy = center
    z_tip = z0 + max(sz - _TIP_DEPTH_M, min(_FLOOR_GAP_M, sz / 2))
    found = []
    for axis, width in enumerate((sx, sy)):
        if width > MAX_WIDTH_M:
            continue
        closing, approach = np.eye(3)[axis], np.eye(3)[1 - axis]
        word = "xy"[axis]
        found.append(
            Grasp(
                name=f"top_{word}",
                link=link,
                kind="top",
                pose_link_grasp=grasp_pose((cx, cy, z_tip), (0, 0, -1), closing),
                width_m=width,
            )
        )
        if sz >= 0.06:
            reach = min((sx, sy)[1 - axis] / 2, _TIP_DEPTH_M)
            for sign, side in ((1, "near"), (-1, "far")):
                edge = sign * ((sx, sy)[1 - axis] / 2 - reach)
                origin = np.array([cx, cy, z0 + max(0.55 * sz, 0.05)]) - edge * approach
                found.append(
                    Grasp(
                        name=f"side_{word}_{side}",
                        link=link,
                        kind="side",
                        pose_link_grasp=grasp_pose(origin, sign * approach, closing),
                        width_m=width,
                    )
                )
    return found


def side_grasps(
    radius: float, z: float, link: str = "body", axis_xy: Vec2 = (0.0, 0.0), name: str = "side"
) -> list[Grasp]:
    """Return the grasp around an upright round body of `radius` at height `z`, from any direction; none if too wide."""
    if 2 * radius > MAX_WIDTH_M:
        return []
    pose = grasp_pose((axis_xy[0] + min(radius, 0.012), axis_xy[1], z), (1, 0, 0), (0, 1, 0))
    return [
        Grasp(
            name=name,
            link=link,
            kind="side",
            pose_link_grasp=pose,
            width_m=2 * radius,
            free_spin=True,
            spin_axis_xy=axis_xy,
        )
    ]


def top_grasps(
    radius: float, z_top: float, link: str = "body", axis_xy: Vec2 = (0.0, 0.0), depth: float = _TIP_DEPTH_M
) -> list[Grasp]:
    """Return the grasp from above of a round thing of `radius`, tips `depth` below `z_top`; none if too wide."""
    if 2 * radius > MAX_WIDTH_M:
        return []
    pose = grasp_pose((*axis_xy, max(z_top - depth, _FLOOR_GAP_M)), (0, 0, -1), (0, 1, 0))
    return [
        Grasp(
            name="top",
            link=link,
            kind="top",
            pose_link_grasp=pose,
            width_m=2 * radius,
            free_spin=True,
            spin_axis_xy=axis_xy,
        )
    ]


def rim_grasps(
    radius: float,
    wall: float,
    z_rim: float,
    link: str = "body",
    *,
    depth: float = 0.018,
    angles_rad: Sequence[float] | None = None,
    axis_xy: Vec2 = (0.0, 0.0),
) -> list[Grasp]:
    """Return grasps of a vessel's rim from above, one finger inside; `radius` is that of the wall's middle.

    Without `angles_rad` it is one grasp that may be turned about the axis; with them (to keep clear of a handle) one
    grasp per angle.
    """

    def one(name: str, angle: float, free: bool) -> Grasp:
        out = np.array([np.cos(angle), np.sin(angle), 0.0])
        origin = np.array([*axis_xy, z_rim - depth]) + radius * out
        return Grasp(
            name=name,
            link=link,
            kind="rim",
            pose_link_grasp=grasp_pose(origin, (0, 0, -1), out),
            width_m=wall,
            free_spin=free,
            spin_axis_xy=axis_xy if free else (0.0, 0.0),
        )

    if angles_rad is None:
        return [one("rim", 0.0, True)]
    return [one(f"rim_{i}", float(angle), False) for i, angle in enumerate(angles_rad)]


def bar_grasp(
    name: str, link: str, center: ArrayLike, thickness: float, approach: ArrayLike, closing: ArrayLike
) -> Grasp:
    """Return the grasp of a handle bar at `center`, approached along `approach`, fingers closing along `closing`.

    The tips reach 10 mm past the middle of the bar; the handle must stand off at least 30 mm.
    """
    z = np.asarray(approach, float) / np.linalg.norm(approach)
    return Grasp(
        name=name,
        link=link,
        kind="handle",
        pose_link_grasp=grasp_pose(np.asarray(center, float) + 0.010 * z, approach, closing),
        width_m=thickness,
    )
