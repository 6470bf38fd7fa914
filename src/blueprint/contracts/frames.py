"""Frames and units. Inside: Z-up, right-handed, metres, radians, quaternions w,x,y,z; every conversion lives here.

A transform names both frames: `pose_world_object` maps points given in the object frame to the world frame,
`p_world = R(q) p_object + t`.
"""

import math
from typing import Annotated, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import AfterValidator

from blueprint.contracts.document import Part

__all__ = [
    "IDENTITY",
    "Pose",
    "QuatWxyz",
    "Vec2",
    "Vec3",
    "matrix_from_quat_wxyz",
    "quat_angle",
    "quat_multiply",
    "quat_wxyz_from_axis_angle",
    "quat_wxyz_from_euler_xyz",
    "quat_wxyz_from_matrix",
    "quat_wxyz_from_xyzw",
    "quat_wxyz_from_yaw",
    "quat_xyzw_from_wxyz",
    "rotate",
    "y_up_frame",
    "yaw_from_quat_wxyz",
    "z_up_from_y_up",
]

Array = NDArray[np.float64]
Vec2 = tuple[float, float]
Vec3 = tuple[float, float, float]


def _unit(quat: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    norm = math.sqrt(sum(value * value for value in quat))
    if abs(norm - 1.0) > 1e-3:
        raise ValueError(f"quaternion {quat} has norm {norm:.6g}, expected 1")
    return quat


_STORED_NORM_ERROR = 2e-9

QuatWxyz = Annotated[tuple[float, float, float, float], AfterValidator(_unit)]


class Pose(Part):
    """A rigid transform: position in metres and a unit quaternion w,x,y,z."""

    position: Vec3 = (0.0, 0.0, 0.0)
    quat_wxyz: QuatWxyz = (1.0, 0.0, 0.0, 0.0)

    @classmethod
    def of(cls, position: ArrayLike, quat_wxyz: ArrayLike = (1.0, 0.0, 0.0, 0.0)) -> Self:
        """Build from array-likes; the quaternion is normalised, unless it is one already to the nine stored digits."""
        quat = np.asarray(quat_wxyz, float)
        qw, qx, qy, qz = quat.tolist()  # Python's floats: arithmetic of NumPy's scalars takes several times as long
        norm = math.sqrt(qw * qw + qx * qx + qy * qy + qz * qz)
        if abs(norm - 1.0) > _STORED_NORM_ERROR:  # else a stored pose would change its last digit whenever it is read
            qw, qx, qy, qz = (quat / np.linalg.norm(quat)).tolist()
        x, y, z = np.asarray(position, float).tolist()
        return cls(position=(x, y, z), quat_wxyz=(qw, qx, qy, qz))

    @classmethod
    def from_matrix(cls, matrix: ArrayLike) -> Self:
        """Build from a 4×4 homogeneous matrix (column vectors)."""
        m = np.asarray(matrix, float)
        return cls.of(m[:3, 3], quat_wxyz_from_matrix(m[:3, :3]))

    def matrix(self) -> Array:
        """Return the 4×4 homogeneous matrix."""
        m = np.eye(4)
        m[:3, :3] = matrix_from_quat_wxyz(self.quat_wxyz)
        m[:3, 3] = self.position
        return m

    def __matmul__(self, other: "Pose") -> "Pose":
        """Compose: `pose_a_b @ pose_b_c` is `pose_a_c`."""
        position = rotate(self.quat_wxyz, other.position) + np.asarray(self.position)
        return Pose.of(position, quat_multiply(self.quat_wxyz, other.quat_wxyz))

    def inverse(self) -> "Pose":
        w, x, y, z = self.quat_wxyz
        conjugate = (w, -x, -y, -z)
        return Pose.of(-rotate(conjugate, self.position), conjugate)

    def apply(self, points: ArrayLike) -> Array:
        """Map points (..., 3) from the child frame to the parent frame."""
        return np.asarray(points, float) @ matrix_from_quat_wxyz(self.quat_wxyz).T + np.asarray(self.position)

    def rounded(self, digits: int = 6) -> "Pose":
        """Round for storage: equal to about a micrometre; rounding again changes nothing."""
        return Pose.of(np.round(self.position, digits) + 0.0, np.round(self.quat_wxyz, digits + 3) + 0.0)


def quat_multiply(a: ArrayLike, b: ArrayLike) -> Array:
    """Return the Hamilton product a·b, both w,x,y,z."""
    aw, ax, ay, az = np.asarray(a, float).tolist()
    bw, bx, by, bz = np.asarray(b, float).tolist()
    return np.array(
        [
            aw * bw - ax * bx - ay * by - az * bz,
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
        ]
    )


def matrix_from_quat_wxyz(quat_wxyz: ArrayLike) -> Array:
    """Return the 3×3 rotation matrix of a unit quaternion."""
    w, x, y, z = np.asarray(quat_wxyz, float).tolist()
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


def quat_wxyz_from_matrix(matrix: ArrayLike) -> Array:
    """Return the unit quaternion (w ≥ 0) of a rotation matrix (Shepperd's method)."""
    m = np.asarray(matrix, float)
    candidates = np.array([np.trace(m), m[0, 0], m[1, 1], m[2, 2]])
    i = int(np.argmax(candidates))
    if i == 0:
        quat = np.array([1 + candidates[0], m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1]])
    else:
        a, b, c = i - 1, i % 3, (i + 1) % 3
        quat = np.empty(4)
        quat[0] = m[c, b] - m[b, c]
        quat[1 + a] = 1 + m[a, a] - m[b, b] - m[c, c]
        quat[1 + b] = m[b, a] + m[a, b]
        quat[1 + c] = m[c, a] + m[a, c]
    quat /= np.linalg.norm(quat)
    return -quat if quat[0] < 0 else quat


def rotate(quat_wxyz: ArrayLike, points: ArrayLike) -> Array:
    """Rotate points (..., 3) by a unit quaternion."""
    return np.asarray(points, float) @ matrix_from_quat_wxyz(quat_wxyz).T


def quat_angle(a: ArrayLike, b: ArrayLike) -> float:
    """Return the angle in radians, 0 to π, of the rotation between two unit quaternions."""
    relative = quat_multiply(np.asarray(a, float) * (1, -1, -1, -1), b)
    return float(2 * np.arctan2(np.linalg.norm(relative[1:]), abs(relative[0])))


def quat_wxyz_from_axis_angle(axis: ArrayLike, angle: float) -> Array:
    """Return the rotation by `angle` radians about `axis` (any length)."""
    unit = np.asarray(axis, float) / np.linalg.norm(axis)
    return np.concatenate([[np.cos(angle / 2)], np.sin(angle / 2) * unit])


def quat_wxyz_from_yaw(yaw: float) -> Array:
    """Return the rotation by `yaw` radians about +Z."""
    return np.array([np.cos(yaw / 2), 0.0, 0.0, np.sin(yaw / 2)])


def yaw_from_quat_wxyz(quat_wxyz: ArrayLike) -> float:
    """Return the heading of the rotated X axis in the XY plane, radians."""
    m = matrix_from_quat_wxyz(quat_wxyz)
    return float(np.arctan2(m[1, 0], m[0, 0]))


def quat_wxyz_from_euler_xyz(roll: float, pitch: float, yaw: float) -> Array:
    """Return R = Rz(yaw)·Ry(pitch)·Rx(roll), radians (fixed axes x, y, z)."""
    about_z = quat_wxyz_from_axis_angle((0, 0, 1), yaw)
    about_y = quat_wxyz_from_axis_angle((0, 1, 0), pitch)
    return quat_multiply(quat_multiply(about_z, about_y), quat_wxyz_from_axis_angle((1, 0, 0), roll))


def quat_wxyz_from_xyzw(quat_xyzw: ArrayLike) -> Array:
    """Reorder x,y,z,w (ROS, SciPy, Isaac Sim's USD exports) to w,x,y,z."""
    return np.roll(np.asarray(quat_xyzw, float), 1)


def quat_xyzw_from_wxyz(quat_wxyz: ArrayLike) -> Array:
    """Reorder w,x,y,z to x,y,z,w."""
    return np.roll(np.asarray(quat_wxyz, float), -1)


_QUAT_ZUP_YUP = quat_wxyz_from_axis_angle((1, 0, 0), np.pi / 2)


def z_up_from_y_up(pose: Pose) -> Pose:
    """Convert a pose given in a Y-up world (glTF) to the Z-up world: (x, y, z) becomes (x, -z, y).

    Both the world and the object frame change their up axis, so an upright object stays upright.
    """
    change = Pose.of((0, 0, 0), _QUAT_ZUP_YUP)
    return change @ pose @ change.inverse()


def y_up_frame(origin: ArrayLike) -> Pose:
    """Return the Y-up frame that stands at `origin` (3,) in a Z-up frame.

    Its +Y is up, its +X is the Z-up frame's +X, and its +Z is -Y: the front of an asset.
    """
    return Pose.of(origin, _QUAT_ZUP_YUP)


IDENTITY = Pose()
