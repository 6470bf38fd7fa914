"""Where to put a free camera so that a set of geoms fills the picture."""

from collections.abc import Sequence

import mujoco
import numpy as np
from numpy.typing import NDArray

__all__ = ["corners_of", "frame_points", "frame_tightly", "hide_blocking"]

Array = NDArray[np.float64]
MARGIN = 1.06
_UNSEEN_GROUP = 5
_TIGHTENINGS = 5
_SIGNS = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)


def corners_of(model: mujoco.MjModel, data: mujoco.MjData, geoms: Sequence[int]) -> Array:
    """Return the corners (8 n, 3) of the geoms' bounding boxes in the world, m. Planes have none."""
    points = [np.zeros((0, 3))]
    for geom in geoms:
        if model.geom_type[geom] == mujoco.mjtGeom.mjGEOM_PLANE:
            continue
        box = model.geom_aabb[geom]
        rotation = data.geom_xmat[geom].reshape(3, 3)
        points.append((box[:3] + _SIGNS * box[3:]) @ rotation.T + data.geom_xpos[geom])
    return np.concatenate(points)


def frame_points(
    points: Array, azimuth_deg: float, elevation_deg: float, fovy_deg: float, aspect: float
) -> mujoco.MjvCamera:
    """Return the nearest free camera in a direction from which every point (n, 3) is in the picture.

    Azimuth and elevation are MuJoCo's: the camera looks along (cos a cos e, sin a cos e, sin e). For a point at right,
    up, forward = (r, u, f) from the centre it takes a distance of at least |u| / tan(fovy/2) - f, and the like for r.
    """
    camera = mujoco.MjvCamera()
    camera.azimuth, camera.elevation = azimuth_deg, elevation_deg
    a, e = np.radians([azimuth_deg, elevation_deg])
    forward = np.array([np.cos(a) * np.cos(e), np.sin(a) * np.cos(e), np.sin(e)])
    right = np.array([np.sin(a), -np.cos(a), 0.0])
    up = np.cross(right, forward)
    tangent = np.tan(np.radians(fovy_deg) / 2)
    if not len(points):
        points = np.zeros((1, 3))
    centre = (points.min(axis=0) + points.max(axis=0)) / 2
    r, u, _ = _split(points - centre, right, up, forward)
    # The middle of what is seen, not of the box, goes to the middle of the picture.
    centre = centre + right * (r.max() + r.min()) / 2 + up * (u.max() + u.min()) / 2
    r, u, f = _split(points - centre, right, up, forward)
    needed = np.maximum(np.abs(u) / tangent, np.abs(r) / (tangent * aspect)) - f
    camera.lookat = centre
    camera.distance = MARGIN * max(float(needed.max(initial=0.0)), 0.05)
    return camera


def frame_tightly(
    points: Array, azimuth_deg: float, elevation_deg: float, fovy_deg: float, aspect: float
) -> mujoco.MjvCamera:
    """Return a camera as `frame_points` does, with what is seen in the middle of the picture in perspective too: what
    is near looks larger, so the middle of the points lies beside the middle of their picture."""
    camera = frame_points(points, azimuth_deg, elevation_deg, fovy_deg, aspect)
    a, e = np.radians([azimuth_deg, elevation_deg])
    forward = np.array([np.cos(a) * np.cos(e), np.sin(a) * np.cos(e), np.sin(e)])
    right = np.array([np.sin(a), -np.cos(a), 0.0])
    up = np.cross(right, forward)
    tangent = np.tan(np.radians(fovy_deg) / 2)
    centre, distance = np.array(camera.lookat), float(camera.distance)
    for _ in range(_TIGHTENINGS if len(points) else 0):
        r, u, f = _split(points - centre, right, up, forward)
        x, y = r / (f + distance), u / (f + distance)
        centre = centre + distance * ((x.max() + x.min()) / 2 * right + (y.max() + y.min()) / 2 * up)
        r, u, f = _split(points - centre, right, up, forward)
        needed = np.maximum(np.abs(u) / tangent, np.abs(r) / (tangent * aspect)) - f
        distance = MARGIN * max(float(needed.max()), 0.05)
    camera.lookat, camera.distance = centre, distance
    return camera


def hide_blocking(
    model: mujoco.MjModel, data: mujoco.MjData, camera: mujoco.MjvCamera, walls: frozenset[int]
) -> list[tuple[int, int]]:
    """Move the geoms of `walls` that stand between camera and centre to a group that is not drawn.

    Returns (geom, its group before) of each, to be put back.
    """
    a, e = np.radians([camera.azimuth, camera.elevation])
    forward = np.array([np.cos(a) * np.cos(e), np.sin(a) * np.cos(e), np.sin(e)])
    start = np.array(camera.lookat) - forward * camera.distance
    hidden: list[tuple[int, int]] = []
    groups = np.array([1, 1, 1, 0, 0, 0], np.uint8)
    found = np.zeros(1, np.int32)
    while True:
        distance = mujoco.mj_ray(model, data, start, forward, groups, 1, -1, found)
        geom = int(found[0])
        if geom not in walls or not 0 <= distance < 0.9 * camera.distance:
            return hidden
        hidden.append((geom, int(model.geom_group[geom])))
        model.geom_group[geom] = _UNSEEN_GROUP


def _split(points: Array, *axes: Array) -> tuple[Array, ...]:
    return tuple(points @ axis for axis in axes)
