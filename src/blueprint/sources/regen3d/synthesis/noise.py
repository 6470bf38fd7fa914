"""How wrong a made reconstruction is: three levels, and the random draws of one object.

| what, standard deviation unless a share of the objects | low | medium | high | why |
|---|---|---|---|---|
| position across the ray, cm | 0.5 | 1.5 | 4 | a few pixels of the mask at 3 m |
| position along the ray, cm | 1 | 3 | 8 | twice as far: depth is the weak direction of one picture |
| yaw, degrees | 1 | 3 | 8 | its first search looks at 18 turns, then it is refined |
| tilt of what is not on the floor, degrees | 0.5 | 2 | 5 | camera-up is kept, nothing makes it upright |
| size, % | 1 | 4 | 8 | one uniform factor per object, from its depth |
| tilt of the floor's plane, degrees | 0.2 | 1 | 2.5 | a plane through noisy depth of the floor that is seen |
| height of the floor's plane, cm | 0.2 | 0.8 | 2 | the same |
| contact with the floor, cm | 0.1 | 0.5 | 1.5 | floats or sinks |
| depth of the points, % | 0.3 | 1 | 3 | smooth over the picture, a fifth of it per pixel |
| vertices, % of the diagonal | 0 | 0.15 | 0.4 | generated surfaces are wavy |
| decimated meshes, share | 0 | 0.2 | 0.5 | generators reduce their meshes to a limit |
| posed meshes with a piece missing, share | 0 | 0.08 | 0.2 | hidden behind others |
| posed meshes with other vertices, share | 0 | 0.08 | 0.2 | exported again by another tool |
| objects not detected, share | 0 | 0.05 | 0.15 | a detector's misses |
| unusual labels, share | 0 | 0.3 | 0.6 | free words of a detector |
| claimed metres per unit (canonical), % | 0 | 5 | 15 | metric scale of one picture |

What is on the floor is moved on it and turned about its normal only, as 3D-RE-GEN does (4 degrees of freedom). The
levels are chosen by us to bracket a good and a bad run; they were not measured on real ones, since nobody publishes
these errors per object. Errors are cut at 2.5 standard deviations.
"""

from dataclasses import dataclass

import numpy as np

from blueprint.contracts.frames import Pose, quat_wxyz_from_axis_angle, quat_wxyz_from_yaw
from blueprint.contracts.reconstruction_truth import NoiseLevel

__all__ = ["NOISE", "FloorPlane", "Noise", "draw_floor", "moved_freely", "moved_on_floor"]


@dataclass(frozen=True)
class Noise:
    """One column of the table, in m, rad and shares."""

    across_m: float
    along_m: float
    yaw_rad: float
    tilt_rad: float
    size: float
    floor_tilt_rad: float
    floor_m: float
    contact_m: float
    depth: float
    vertex: float
    decimated: float
    missing_piece: float
    reindexed: float
    missed: float
    relabelled: float
    claimed_scale: float


_DEG = float(np.pi / 180)
NOISE: dict[NoiseLevel, Noise] = {
    "low": Noise(
        0.005, 0.01, 1 * _DEG, 0.5 * _DEG, 0.01, 0.2 * _DEG, 0.002, 0.001, 0.003, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    ),
    "medium": Noise(
        0.015, 0.03, 3 * _DEG, 2 * _DEG, 0.04, 1 * _DEG, 0.008, 0.005, 0.01, 0.0015, 0.2, 0.08, 0.08, 0.05, 0.3, 0.05
    ),
    "high": Noise(
        0.04, 0.08, 8 * _DEG, 5 * _DEG, 0.08, 2.5 * _DEG, 0.02, 0.015, 0.03, 0.004, 0.5, 0.2, 0.2, 0.15, 0.6, 0.15
    ),
}  # fmt: skip
_MOST = 2.5  # standard deviations; a run with one wild object is what `missed` is for


@dataclass(frozen=True)
class FloorPlane:
    """The fitted floor: `pose_world_plane` maps the true floor (z = 0) to it."""

    pose_world_plane: Pose
    tilt_rad: float
    offset_m: float


def draw_floor(noise: Noise, centre_xy: tuple[float, float], rng: np.random.Generator) -> FloorPlane:
    """Return the floor as it was fitted: turned about a horizontal axis through `centre_xy`, and raised."""
    tilt, offset = _normal(rng, noise.floor_tilt_rad), _normal(rng, noise.floor_m)
    heading = rng.uniform(0, 2 * np.pi)
    about = Pose.of((*centre_xy, 0.0))
    turn = Pose.of((0, 0, offset), quat_wxyz_from_axis_angle((np.cos(heading), np.sin(heading), 0.0), tilt))
    return FloorPlane(about @ turn @ about.inverse(), abs(tilt), offset)


def moved_on_floor(pose: Pose, floor: FloorPlane, towards: np.ndarray, noise: Noise, rng: np.random.Generator) -> Pose:
    """Return where an object that stands on the floor is found: slid on the fitted plane and turned about its normal.

    `towards` (3,) is the direction from the camera to it.
    """
    ray = np.array([towards[0], towards[1], 0.0]) / max(float(np.hypot(towards[0], towards[1])), 1e-9)
    across = np.array([-ray[1], ray[0], 0.0])
    shift = _normal(rng, noise.along_m) * ray + _normal(rng, noise.across_m) * across
    shift[2] = _normal(rng, noise.contact_m)
    turn = Pose.of((0, 0, 0), quat_wxyz_from_yaw(_normal(rng, noise.yaw_rad)))
    at = Pose.of(np.add(pose.position, shift))
    return floor.pose_world_plane @ at @ turn @ Pose.of((0, 0, 0), pose.quat_wxyz)


def moved_freely(pose: Pose, towards: np.ndarray, noise: Noise, rng: np.random.Generator) -> Pose:
    """Return where any other object is found: moved and turned in all directions, most along the ray `towards` it."""
    ray = towards / np.linalg.norm(towards)
    across = np.cross(ray, (0.0, 0.0, 1.0))
    across = across / max(float(np.linalg.norm(across)), 1e-9)
    up = np.cross(across, ray)
    shift = _normal(rng, noise.along_m) * ray
    shift = shift + _normal(rng, noise.across_m) * across + _normal(rng, noise.across_m) * up
    heading = rng.uniform(0, 2 * np.pi)
    tilt = quat_wxyz_from_axis_angle((np.cos(heading), np.sin(heading), 0.0), _normal(rng, noise.tilt_rad))
    turn = Pose.of((0, 0, 0), tilt) @ Pose.of((0, 0, 0), quat_wxyz_from_yaw(_normal(rng, noise.yaw_rad)))
    return Pose.of(np.add(pose.position, shift)) @ turn @ Pose.of((0, 0, 0), pose.quat_wxyz)


def _normal(rng: np.random.Generator, deviation: float) -> float:
    """A normal draw of at most 2.5 standard deviations."""
    return deviation * float(np.clip(rng.standard_normal(), -_MOST, _MOST))
