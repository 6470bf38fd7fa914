"""How a room is turned about the vertical: along its walls where they are seen, else by the rectangle around it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.sources.regen3d.gravity import Level, min_area_yaw
from blueprint.sources.regen3d.point_cloud import MeshPoints, thinned

__all__ = ["turned_to_room", "wall_yaw"]

Array = NDArray[np.float64]
_UPRIGHT = np.sin(np.radians(15))  # of a wall's normal: its greatest vertical part
_WALL_SHARE = 0.1
_AGREEMENT = 0.6  # of the walls' directions: 1 for right angles only, 0 for a round room
_POINTS = 20_000


def turned_to_room(level: Level, background: MeshPoints | None, clouds: Sequence[Array], notes: list[str]) -> Level:
    """Return the level frame turned by at most 45°, so that the room's walls are along X and Y.

    The walls of the background mesh decide where they agree. Else it is the smallest rectangle around the first that
    has one of the background's vertices and `clouds` (N, 3): what the camera saw of a floor is no rectangle, so this
    is less sure. All points are in the source's frame.
    """
    yaw, how = None, "the room's walls"
    if background is not None:
        turned = MeshPoints(level.pose_world_source.apply(background.vertices), background.faces)
        yaw = wall_yaw(turned)
        clouds = [background.vertices, *clouds]
    for points in clouds if yaw is None else []:
        flat = level.pose_world_source.apply(thinned(points, _POINTS))[:, :2]
        yaw, how = (min_area_yaw(flat) if len(flat) >= 3 else None), "the smallest rectangle around what was seen"
        if yaw is not None:
            break
    if yaw is None:
        notes.append("nothing tells how the room is turned")
        return level
    notes.append(f"turned by {np.degrees(-yaw):.1f}° to {how}")
    pose = Pose.of((0, 0, 0), quat_wxyz_from_yaw(-yaw)) @ level.pose_world_source
    return Level(pose, level.how, level.tilt_rad)


def wall_yaw(mesh: MeshPoints) -> float | None:
    """Return the yaw, rad, -π/4 to π/4, of the upright faces of a level mesh, or None where they do not agree.

    Walls meet at right angles, so four times the angle of each normal is the same: its mean, weighted by area, is
    taken on the circle, twice, the second time of what is within 10° of the first.
    """
    corners = mesh.vertices[mesh.faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    areas = np.linalg.norm(normals, axis=1)
    wall = (areas > 0) & (np.abs(normals[:, 2]) <= _UPRIGHT * areas)
    if areas[wall].sum() <= _WALL_SHARE * areas.sum():
        return None
    angles, weights = 4 * np.arctan2(normals[wall, 1], normals[wall, 0]), areas[wall]
    mean = np.sum(weights * np.exp(1j * angles))
    if abs(mean) < _AGREEMENT * weights.sum():
        return None
    near = np.cos(angles - np.angle(mean)) >= np.cos(4 * np.radians(10))
    return float(np.angle(np.sum(weights[near] * np.exp(1j * angles[near]))) / 4)
