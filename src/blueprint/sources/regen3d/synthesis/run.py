"""One made run: the true room, the photo of it, and everything in it as it was rebuilt."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.contracts.reconstruction_truth import NoiseLevel, ReconstructionKind, UnseenObject
from blueprint.contracts.seeds import rng_for
from blueprint.sources.regen3d.synthesis.background import Background, background
from blueprint.sources.regen3d.synthesis.camera import Eye, Photo, RayScene, choose_eye
from blueprint.sources.regen3d.synthesis.detection import detect
from blueprint.sources.regen3d.synthesis.noise import NOISE, FloorPlane, Noise, draw_floor
from blueprint.sources.regen3d.synthesis.rebuilt import Rebuilt, rebuild
from blueprint.sources.regen3d.synthesis.room import TrueRoom

__all__ = ["Run", "level_from_world", "photograph", "run_on"]

Array = NDArray[np.float64]
_VGGT_SCALE = 2.0  # `vggt_scene_scale` of 3D-RE-GEN
_UNIT_RANGE = (0.3, 1.5)  # of VGGT's unit in 1/m: it normalises by the mean distance of what it sees


@dataclass(frozen=True)
class Run:
    """`photo.distance_m` is true; `seen_points` (height, width, 3) is what a depth network made of it, in the world."""

    kind: ReconstructionKind
    seed: int
    level: NoiseLevel
    noise: Noise
    room: TrueRoom
    photo: Photo
    floor: FloorPlane
    floor_centre: tuple[float, float]
    units_per_meter: float
    things: list[Rebuilt]
    unseen: list[UnseenObject]
    background: Background
    seen_points: Array

    @property
    def eye(self) -> Eye:
        return self.photo.eye

    def source_from_world(self) -> Array:
        """Return the matrix (4, 4) from the world to the frame of native files: the camera's, OpenGL, in its unit."""
        return np.diag([*[self.units_per_meter] * 3, 1.0]) @ self.eye.pose_world_camera.inverse().matrix()

    def gravity_source(self) -> tuple[float, float, float]:
        """Return the direction of gravity in that frame."""
        x, y, z = (np.round(-self.eye.pose_world_camera.matrix()[2, :3], 9) + 0.0).tolist()
        return x, y, z


def photograph(room: TrueRoom, kind: ReconstructionKind, seed: int) -> Photo:
    """Take the one picture of a room; raises StageError where no place for the camera is free."""
    rays = RayScene(room)
    return rays.photo(choose_eye(room, rays, rng_for(seed, "reconstruction-eye", kind)))


def run_on(room: TrueRoom, photo: Photo, kind: ReconstructionKind, seed: int, level: NoiseLevel) -> Run:
    """Rebuild what a photo shows, with the errors of a level; those of one object do not depend on the others."""
    noise = NOISE[level]
    found, unseen = detect(room, photo, noise, rng_for(seed, "reconstruction-detect", kind, level))
    rng = rng_for(seed, "reconstruction-floor", kind, level)
    centre = _floor_centre(photo)
    floor = draw_floor(noise, centre, rng)
    units = _VGGT_SCALE * float(rng_for(seed, "reconstruction-unit", kind).uniform(*_UNIT_RANGE))
    things = [
        rebuild(item, photo.eye, floor, noise, rng_for(seed, "reconstruction-thing", kind, level, item.thing.object_id))
        for item in found
    ]
    depth_rng = rng_for(seed, "reconstruction-depth", kind, level)
    walls = background(room, photo, floor, noise, rng_for(seed, "reconstruction-background", kind, level))
    seen = _with_depth_errors(photo, noise, depth_rng)
    return Run(kind, seed, level, noise, room, photo, floor, centre, round(units, 6), things, unseen, walls, seen)


def _floor_centre(photo: Photo) -> tuple[float, float]:
    """The middle of the floor that is seen; the point below the middle of the picture where none is."""
    bare = (photo.owner < 0) & (photo.points[..., 2] < 0.02)
    points = photo.points[bare] if bare.any() else photo.points.reshape(-1, 3)
    x, y = np.median(points[:, :2], axis=0).tolist()
    return x, y


def _with_depth_errors(photo: Photo, noise: Noise, rng: np.random.Generator) -> Array:
    """Smooth errors over the picture, and a fifth of them per pixel."""
    shape = photo.distance_m.shape
    coarse = rng.standard_normal((7, 9))
    smooth = ndimage.zoom(coarse, (shape[0] / 7, shape[1] / 9), order=3)[: shape[0], : shape[1]]
    error = 1 + noise.depth * (smooth + 0.2 * rng.standard_normal(shape))
    return photo.eye.position + (photo.points - photo.eye.position) * error[..., None]


def level_from_world(run: Run, yaw_rad: float, shift_xy: tuple[float, float]) -> Pose:
    """Return the Z-up frame in which the fitted floor is z = 0, turned and shifted."""
    return Pose.of((*shift_xy, 0.0), quat_wxyz_from_yaw(yaw_rad)) @ run.floor.pose_world_plane.inverse()
