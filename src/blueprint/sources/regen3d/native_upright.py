"""Standing things upright: the small tilt that a reconstruction leaves against gravity, and the camera's own pitch."""

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.frames import Pose, quat_wxyz_from_axis_angle
from blueprint.sources.regen3d.names import leans

__all__ = ["upright"]

Array = NDArray[np.float64]
_SNAP_RAD = np.radians(15)
_CAMERA_UP_RAD = np.radians(1)
_NOTED_RAD = np.radians(0.1)  # less is rounding
_UP = np.array([0.0, 0.0, 1.0])


def upright(pose: Pose, label: str, center: Array, camera_up: Array) -> tuple[Pose, str | None]:
    """Return the pose with the tilt of the mesh's own axes against +Z removed about `center` (3,), and what was done.

    A tilt under 15° is removed, except of what may well lean. So is any tilt of a thing whose axis is along
    `camera_up` (3,): 3D-RE-GEN turns what does not stand on the floor about the camera's up axis only, so the tilt is
    the camera's pitch and not the thing's.
    """
    rotation = pose.matrix()[:3, :3]
    axes = np.concatenate([rotation.T, -rotation.T])
    nearest = axes[int(np.argmax(axes @ _UP))]
    tilt = _angle(nearest, _UP)
    if tilt < 1e-6:
        return pose, None
    # Only the mesh's +Z: the other axes of a thing that was turned about the camera's up are nowhere near it.
    own_up = rotation[:, 2]
    if tilt > _NOTED_RAD and _angle(own_up, camera_up) < _CAMERA_UP_RAD:
        return _turned(pose, own_up, center), f"stood up by {np.degrees(_angle(own_up, _UP)):.1f}°, the camera's pitch"
    if tilt < _SNAP_RAD and not leans(label):
        return _turned(pose, nearest, center), f"stood up by {np.degrees(tilt):.1f}°" if tilt > _NOTED_RAD else None
    return pose, None


def _turned(pose: Pose, axis: Array, center: Array) -> Pose:
    turn = np.cross(axis, _UP)
    if np.linalg.norm(turn) < 1e-12:
        return pose
    rotation = Pose.of((0, 0, 0), quat_wxyz_from_axis_angle(turn, _angle(axis, _UP)))
    return Pose.of(center) @ rotation @ Pose.of(-center) @ pose


def _angle(a: Array, b: Array) -> float:
    return float(np.arctan2(np.linalg.norm(np.cross(a, b)), a @ b))
