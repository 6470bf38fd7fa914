"""Grasp candidates of an object: declared ones and antipodal ones from simple colliders, best first."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import AssetModel, BoxShape, CylinderShape, Grasp, Link, SphereShape
from blueprint.contracts.frames import Pose, quat_wxyz_from_axis_angle, quat_wxyz_from_matrix, quat_wxyz_from_yaw

__all__ = ["GraspCandidate", "grasp_candidates", "handle_candidates"]

Array = NDArray[np.float64]

SPINS = 12
FINGER_DEPTH_M = 0.035  # from the finger tips up to the palm, less a safety distance
WIDTH_MARGIN_M = 0.006
HANDLE_TILTS_DEG = (0, 20, -20, 40, -40, 60, -60, 80, -80)
_KIND_COST = {"top": 0.0, "rim": 0.3, "side": 0.6, "handle": 0.8}


@dataclass(frozen=True)
class GraspCandidate:
    """`pose_link_grasp` (4, 4); `cost` is smaller for grasps to be tried first."""

    name: str
    link: str
    pose_link_grasp: Array
    width_m: float
    cost: float


def grasp_candidates(
    asset: AssetModel, pose_world_link: dict[str, Array], pose_world_home: Array, opening_max_m: float
) -> list[GraspCandidate]:
    """Return grasps of a free object, best first: top before rim before side, and little turning of the hand.

    `pose_world_link` gives the pose of every link; `pose_world_home` that of the hand at home. Grasps that are wider
    than the gripper are left out.
    """
    declared = [grasp for grasp in asset.grasps if grasp.kind != "handle" or asset.link(grasp.link).joint is None]
    grasps = declared + [grasp for grasp in _antipodal_grasps(asset.links[0])]
    candidates = [
        candidate
        for index, grasp in enumerate(grasps)
        if grasp.width_m <= opening_max_m - WIDTH_MARGIN_M
        for candidate in _expand(grasp, 0.0 if index < len(declared) else 0.25)
    ]
    return sorted(
        candidates,
        key=lambda item: item.cost + _turning_cost(pose_world_link[item.link] @ item.pose_link_grasp, pose_world_home),
    )


def handle_candidates(asset: AssetModel, link: str, opening_max_m: float) -> list[GraspCandidate]:
    """Return grasps on the handle of an articulated link, least tilted first, with the other way round of each.

    A bar may be gripped from any direction around it, so each grasp is also tilted about its X axis: a hand that is
    20 cm wide would otherwise touch the table in front of a low handle.
    """
    grasps = [grasp for grasp in asset.grasps if grasp.link == link and grasp.width_m < opening_max_m]
    return [
        GraspCandidate(
            f"{turned.name}~{tilt}", link, turned.pose_link_grasp @ _about_x(tilt), turned.width_m, abs(tilt)
        )
        for tilt in HANDLE_TILTS_DEG
        for grasp in grasps
        for turned in _expand(grasp, 0.0)
    ]


def _about_x(angle_deg: float) -> Array:
    return Pose.of((0, 0, 0), quat_wxyz_from_axis_angle((1, 0, 0), np.deg2rad(angle_deg))).matrix()


def _expand(grasp: Grasp, extra_cost: float) -> list[GraspCandidate]:
    """Spin where the object is round about the link's Z; turn by π about the approach (a gripper is symmetric)."""
    base = grasp.pose_link_grasp.matrix()
    x, y = grasp.spin_axis_xy
    centre = Pose.of((x, y, 0))
    spins = [
        (centre @ Pose.of((0, 0, 0), quat_wxyz_from_yaw(2 * np.pi * k / SPINS)) @ centre.inverse()).matrix()
        for k in range(SPINS if grasp.free_spin else 1)
    ]
    half_turn = np.diag([-1.0, -1.0, 1.0, 1.0])
    cost = _KIND_COST[grasp.kind] + extra_cost
    return [
        GraspCandidate(f"{grasp.name}#{2 * k + flip}", grasp.link, turned, grasp.width_m, cost)
        for k, spin in enumerate(spins)
        for flip, turned in enumerate((spin @ base, spin @ base @ half_turn))
    ]


def _turning_cost(pose_world_grasp: Array, pose_world_home: Array) -> float:
    """Return the angle to the home orientation, 0 to π, plus a fine for hands that point upwards."""
    relative = pose_world_home[:3, :3].T @ pose_world_grasp[:3, :3]
    angle = float(np.arccos(np.clip((np.trace(relative) - 1) / 2, -1, 1)))
    return 0.3 * angle + max(0.0, float(pose_world_grasp[2, 2])) * 2


def _antipodal_grasps(link: Link) -> list[Grasp]:
    """Return top grasps of a link whose colliders are one box, cylinder or sphere."""
    if len(link.colliders) != 1:
        return []
    collider = link.colliders[0]
    shape, pose = collider.shape, collider.pose_link_shape
    z_is_up = abs(pose.matrix()[2, 2]) > 0.999
    if isinstance(shape, BoxShape) and z_is_up:
        hx, hy, hz = shape.half_extents
        sides = [(2 * hy, 0.0), (2 * hx, np.pi / 2)]
        return [
            _top_grasp(f"auto_top_{k}", link.name, pose @ Pose.of((0, 0, 0), quat_wxyz_from_yaw(yaw)), hz, width)
            for k, (width, yaw) in enumerate(sides)
        ]
    if isinstance(shape, CylinderShape) and z_is_up:
        grasp = _top_grasp("auto_top", link.name, pose, shape.half_length, 2 * shape.radius)
        return [grasp.model_copy(update={"free_spin": True, "spin_axis_xy": pose.position[:2]})]
    if isinstance(shape, SphereShape):
        centre = Pose.of(pose.position)
        grasp = _top_grasp("auto_top", link.name, centre, shape.radius, 2 * shape.radius)
        grasp = grasp.model_copy(update={"pose_link_grasp": centre @ Pose.of((0, 0, 0), _DOWN)})
        return [grasp.model_copy(update={"free_spin": True, "spin_axis_xy": pose.position[:2]})]
    return []


_DOWN = quat_wxyz_from_matrix(np.diag([1.0, -1.0, -1.0]))


def _top_grasp(name: str, link: str, pose_link_centre: Pose, half_height: float, width: float) -> Grasp:
    """Down onto the top, as deep as the fingers allow, closing along the centre frame's Y."""
    height = half_height - min(FINGER_DEPTH_M - 0.005, half_height)
    pose = pose_link_centre @ Pose.of((0, 0, height), _DOWN)
    return Grasp(name=name, link=link, kind="top", pose_link_grasp=pose, width_m=width)
