"""A person's photo of a room: where the camera stands, and what its picture shows."""

from dataclasses import dataclass
from functools import cached_property

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.errors import StageError
from blueprint.contracts.frames import Pose
from blueprint.sources.regen3d.synthesis.room import Thing, ThingPart, TrueRoom

__all__ = ["IMAGE_SIZE_PX", "LEAST_INSIDE", "Eye", "Photo", "RayScene", "choose_eye", "share_inside"]

Array = NDArray[np.float64]
IMAGE_SIZE_PX = (640, 480)
LEAST_INSIDE = 0.6  # of the surface points: a thing that the edge of the picture cuts in half is not rebuilt whole
_CANDIDATES = 16
_CANDIDATE_WIDTH_PX = 96
_CANDIDATE_PX = 3
_WALL_M = 0.15  # a person at the wall
_NEAREST_M = 0.5
_FAR_M = 60.0
_LIGHT = np.array([0.4, -0.3, 0.87])


@dataclass(frozen=True)
class Eye:
    """A pinhole camera: looks along its -Z, +Y is up (OpenGL)."""

    pose_world_camera: Pose
    focal_px: float
    width_px: int
    height_px: int

    @property
    def angle_x_rad(self) -> float:
        return 2 * float(np.arctan(self.width_px / (2 * self.focal_px)))

    @property
    def position(self) -> Array:
        return np.asarray(self.pose_world_camera.position)

    def resized(self, width_px: int) -> "Eye":
        """Return the same view with fewer pixels."""
        factor = width_px / self.width_px
        return Eye(self.pose_world_camera, self.focal_px * factor, width_px, round(self.height_px * factor))

    def rays(self) -> Array:
        """Return the unit direction (height, width, 3) of every pixel's centre in the world."""
        u = (np.arange(self.width_px) + 0.5 - self.width_px / 2) / self.focal_px
        v = (np.arange(self.height_px) + 0.5 - self.height_px / 2) / self.focal_px
        across, down = np.meshgrid(u, v)
        local = np.stack([across, -down, -np.ones_like(across)], axis=-1)
        local /= np.linalg.norm(local, axis=-1, keepdims=True)
        return local @ self.pose_world_camera.matrix()[:3, :3].T

    def project(self, points: Array) -> Array:
        """Return the pixels (N, 2) of points (N, 3) in the world, NaN behind the camera."""
        x, y, z = self.pose_world_camera.inverse().apply(points).T
        depth = np.where(z < -1e-6, -z, np.nan)
        return np.column_stack(
            [self.width_px / 2 + self.focal_px * x / depth, self.height_px / 2 - self.focal_px * y / depth]
        )


@dataclass(frozen=True)
class Photo:
    """What the camera sees: per pixel the index of the thing (-1: architecture), the distance along the ray in m, the
    normal of the surface and its linear colour; `names` are the things' ids."""

    eye: Eye
    names: tuple[str, ...]
    owner: NDArray[np.int32]
    distance_m: Array
    normal: Array
    color: Array

    @cached_property
    def points(self) -> Array:
        """Return what is seen (height, width, 3) in the world."""
        return self.eye.position + self.eye.rays() * self.distance_m[..., None]

    @property
    def depth_m(self) -> Array:
        """Return the distance (height, width) along the camera's axis."""
        axis = -self.eye.pose_world_camera.matrix()[:3, 2]
        return self.distance_m * (self.eye.rays() @ axis)

    def picture(self) -> NDArray[np.uint8]:
        """Return the picture (height, width, 3), sRGB, lit from one side."""
        shade = 0.45 + 0.55 * np.clip(self.normal @ (_LIGHT / np.linalg.norm(_LIGHT)), 0, 1)
        linear = np.clip(self.color * shade[..., None], 0, 1)
        srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
        return np.round(255 * srgb).astype(np.uint8)


class RayScene:
    """The room as triangles that rays are shot at; no window, driver or graphics library is needed."""

    def __init__(self, room: TrueRoom) -> None:
        things = [*room.things, *room.architecture]
        spec = mujoco.MjSpec()
        owners: list[int] = []
        colors: list[tuple[float, float, float]] = []
        for number, thing in enumerate(things):
            for part in thing.parts:
                name = f"mesh_{len(owners)}"
                _add_mesh(spec, name, thing, part)
                owners.append(number if number < len(room.things) else -1)
                colors.append(_mean_color(part))
        self.names = tuple(thing.object_id for thing in room.things)
        self._owners, self._colors = np.array([*owners, -1]), np.array([*colors, (0.0, 0.0, 0.0)])
        self._model = spec.compile()
        self._data = mujoco.MjData(self._model)
        mujoco.mj_forward(self._model, self._data)

    def photo(self, eye: Eye) -> Photo:
        """Return what is seen; pixels that look out of the room are at 60 m and black."""
        rays = eye.rays().reshape(-1, 3)
        geom, distance = np.full(len(rays), -1, np.int32), np.zeros(len(rays))
        flat_normal = np.zeros(rays.size)
        everything, none_excluded = None, -1
        mujoco.mj_multiRay(
            self._model, self._data, eye.position, rays.ravel(), everything, True, none_excluded, geom, distance,
            flat_normal, len(rays), _FAR_M,
        )  # fmt: skip
        shape = (eye.height_px, eye.width_px)
        distance = np.where(geom < 0, _FAR_M, distance)
        normal = flat_normal.reshape(-1, 3)
        facing = np.where(np.sum(normal * rays, axis=1, keepdims=True) > 0, -normal, normal)
        return Photo(
            eye,
            self.names,
            self._owners[geom].reshape(shape).astype(np.int32),
            distance.reshape(shape),
            facing.reshape(*shape, 3),
            self._colors[geom].reshape(*shape, 3),
        )


def choose_eye(room: TrueRoom, rays: RayScene, rng: np.random.Generator) -> Eye:
    """Return the camera that sees most whole things of some that a person could have held: at a wall, 1.4 to 1.7 m up.

    Raises StageError where every one has something right before it.
    """
    best: tuple[int, Eye] | None = None
    for _ in range(_CANDIDATES):
        eye = _draw_eye(room, rng)
        view = rays.photo(eye.resized(_CANDIDATE_WIDTH_PX))
        if float(np.quantile(view.distance_m, 0.02)) < _NEAREST_M:
            continue
        pixels = np.bincount(view.owner[view.owner >= 0], minlength=len(room.things))
        whole = {
            thing.object_id
            for thing, count in zip(room.things, pixels, strict=True)
            if count >= _CANDIDATE_PX and share_inside(eye, thing) >= LEAST_INSIDE
        }
        carried = [thing for thing in room.things if thing.object_id in whole and thing.parent_id in {None, *whole}]
        score = len(whole) + len(carried)  # a person takes in the table, not only what is on it
        if best is None or score > best[0]:
            best = (score, eye)
    if best is None:
        raise StageError("no place for the camera is free in the made room.", remedy="use another seed.")
    return best[1]


def share_inside(eye: Eye, thing: Thing) -> float:
    """Return which share of a thing's surface points lies within the picture's borders, seen or hidden."""
    pixels = eye.project(thing.pose_world_object.apply(thing.outline))
    with np.errstate(invalid="ignore"):
        return float(np.all((pixels >= 0) & (pixels <= (eye.width_px, eye.height_px)), axis=1).mean())


def _draw_eye(room: TrueRoom, rng: np.random.Generator) -> Eye:
    """A camera at a wall or in a corner that looks at the middle of what stands on the floor."""
    low, high = room.low[:2] + _WALL_M, room.high[:2] - _WALL_M
    standing = [thing.centre_world()[:2] for thing in room.things if thing.item.mounting == "free"]
    target = np.mean(standing, axis=0) if standing else (low + high) / 2
    place = np.where(rng.uniform(size=2) < 0.5, low, high)
    if rng.uniform() < 0.5:  # along a wall, else in its corner
        side = int(rng.integers(2))
        place[side] = rng.uniform(low[side], high[side])
    height, pitch = rng.uniform(1.4, 1.7), np.radians(rng.uniform(10, 30))
    towards = target - place
    yaw = np.arctan2(towards[1], towards[0]) + rng.normal(0, 0.08)
    forward = np.array([np.cos(yaw) * np.cos(pitch), np.sin(yaw) * np.cos(pitch), -np.sin(pitch)])
    right = np.array([np.sin(yaw), -np.cos(yaw), 0.0])
    matrix = np.eye(4)
    matrix[:3, :3] = np.column_stack([right, np.cross(right, forward), -forward])
    matrix[:3, 3] = (*place, height)
    width, height_px = IMAGE_SIZE_PX
    angle = np.radians(rng.uniform(60, 75))  # the main camera of a phone, held across
    return Eye(Pose.from_matrix(matrix).rounded(), round(width / (2 * np.tan(angle / 2)), 3), width, height_px)


def _add_mesh(spec: mujoco.MjSpec, name: str, thing: Thing, part: ThingPart) -> None:
    points = thing.pose_world_object.apply(part.mesh.vertices)
    spec.add_mesh(
        name=name,
        uservert=points.ravel(),
        userface=part.mesh.faces.ravel(),
        inertia=mujoco.mjtMeshInertia.mjMESH_INERTIA_SHELL,  # walls and leaves have no volume
    )
    spec.worldbody.add_geom(type=mujoco.mjtGeom.mjGEOM_MESH, meshname=name, contype=0, conaffinity=0)


def _mean_color(part: ThingPart) -> tuple[float, float, float]:
    """The linear base colour, of a texture its mean."""
    if part.texture is None:
        return part.material.base_color
    mean = part.texture.reshape(-1, 3).mean(axis=0) / 255
    red, green, blue = (((mean + 0.055) / 1.055) ** 2.4).tolist()
    return red, green, blue
