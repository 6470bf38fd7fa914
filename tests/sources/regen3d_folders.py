"""Writes tiny reconstructions, a 3D-RE-GEN folder or a canonical tree, and says where things truly are."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import trimesh
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

Array = NDArray[np.float64]
Y_UP_FROM_Z_UP = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]], float)


@dataclass(frozen=True)
class Thing:
    """A canonical mesh (Z-up here), and where it is in a level Z-up world: p = position + Rz(yaw) · scale · mesh."""

    name: str
    mesh: trimesh.Trimesh
    position: tuple[float, float, float] = (0.0, 0.0, 0.0)
    yaw: float = 0.0
    scale: float = 1.0

    def world(self) -> Array:
        """Vertices in the level world (V, 3)."""
        turn = Rotation.from_euler("z", self.yaw).as_matrix()
        return self.scale * self.mesh.vertices @ turn.T + self.position


def l_shape(size: float = 1.0) -> trimesh.Trimesh:
    """A seat with a back, of no symmetry: its bottom at z = 0."""
    parts = [
        _box((0.5, 0.6, 0.4), (0.0, 0.0, 0.2)),
        _box((0.5, 0.1, 0.5), (0.0, 0.25, 0.65)),
        _box((0.1, 0.3, 0.2), (0.2, -0.05, 0.5)),
    ]
    mesh = trimesh.util.concatenate(parts)
    mesh.apply_scale(size)
    return mesh


def block(size: Sequence[float] = (0.3, 0.2, 0.1)) -> trimesh.Trimesh:
    """A box that stands on z = 0."""
    return _box(size, (0, 0, size[2] / 2))


def room(width: float = 4.0, depth: float = 5.0, height: float = 2.5) -> trimesh.Trimesh:
    """A floor and two walls, from (-width/2, 0) to (width/2, depth)."""
    floor = _box((width, depth, 0.02), (0, depth / 2, -0.01))
    back = _box((width, 0.02, height), (0, depth, height / 2))
    side = _box((0.02, depth, height), (-width / 2, depth / 2, height / 2))
    mesh = trimesh.util.concatenate([floor, back, side])
    return mesh.subdivide().subdivide().subdivide()


def default_things() -> list[Thing]:
    return [
        Thing("armchair__(300, 400)", l_shape(), (-0.8, 2.5, 0.0), 0.7, 0.9),
        Thing("dining_table__(512, 433)", block((1.4, 0.8, 0.75)), (0.9, 3.0, 0.0), -0.2, 1.1),
        Thing("coffee_mug__(530, 300)", l_shape(0.2), (0.8, 2.9, 0.825), 1.9, 0.5),
    ]


@dataclass
class NativeFolder:
    """An output folder of 3D-RE-GEN seen from a camera 1.5 units above the floor, pitched down by `pitch`."""

    root: Path
    pitch: float = np.radians(20)
    heading: float = 0.0
    camera_height: float = 1.5
    unit: float = 1.0  # of the folder, in metres
    things: list[Thing] = field(default_factory=default_things)
    seed: int = 0

    def camera_from_world(self) -> tuple[Array, Array]:
        """Rotation and translation, level Z-up world → glTF camera frame (X right, Y up, Z to the viewer)."""
        level = Rotation.from_euler("z", self.heading).as_matrix()
        look = Rotation.from_euler("x", self.pitch).as_matrix()
        rotation = look @ Y_UP_FROM_Z_UP @ level.T
        return rotation, -rotation @ np.array([0, 0, self.camera_height])

    def seen(self, world: Array) -> Array:
        """Points of the level world in the folder's frame."""
        rotation, translation = self.camera_from_world()
        return (world @ rotation.T + translation) / self.unit

    def write(self, *, plane: bool = True, floor: bool = True, background: bool = True, camera: bool = True) -> Path:
        for thing in self.things:
            self.write_thing(thing)
        clouds = self.root / "output/pointclouds"
        (clouds / "meshed").mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng(self.seed)
        if plane:
            grid = np.stack(np.meshgrid(np.linspace(-3, 3, 30), np.linspace(-3, 3, 30)), -1).reshape(-1, 2)
            self.write_cloud("PLANE_SAMPLED.ply", np.column_stack([grid, np.zeros(len(grid))]))
        if floor:
            points = np.column_stack([rng.uniform(-2, 2, 3000), rng.uniform(0, 5, 3000), rng.normal(0, 0.004, 3000)])
            stray = rng.uniform((-2, 0, 0), (2, 5, 1), (600, 3))
            self.write_cloud("floor__(640, 700).ply", np.concatenate([points, stray]))
        if background:
            shell = room()
            shell.vertices = self.seen(np.asarray(shell.vertices))
            (clouds / "meshed/ground_aligned.glb").write_bytes(shell.export(file_type="glb"))
        if camera:
            self.write_camera()
        return self.root

    def write_thing(self, thing: Thing, *, canonical: bool = True, posed: trimesh.Trimesh | None = None) -> None:
        """`posed` (level world, Z-up) takes the place of the exact copy of the canonical mesh."""
        target = self.root / "output/glb"
        target.mkdir(parents=True, exist_ok=True)
        if posed is None:
            posed = trimesh.Trimesh(thing.world(), thing.mesh.faces, process=False)
        moved = trimesh.Trimesh(self.seen(np.asarray(posed.vertices)), posed.faces, process=False)
        (target / f"{thing.name}.glb").write_bytes(moved.export(file_type="glb"))
        if canonical:
            own = self.root / "output/3D" / thing.name
            own.mkdir(parents=True, exist_ok=True)
            (own / f"{thing.name}.glb").write_bytes(y_up_glb(thing.mesh))

    def write_cloud(self, name: str, world: Array) -> None:
        cloud = trimesh.PointCloud(self.seen(world))
        (self.root / "output/pointclouds" / name).write_bytes(cloud.export(file_type="ply"))

    def write_camera(self) -> None:
        folder = self.root / "output/pre_3D"
        folder.mkdir(parents=True, exist_ok=True)
        extrinsic = np.eye(4, dtype=np.float32)
        extrinsic[:3, :3] = [[1, 0, 0], [0, 0, -1], [0, 1, 0]]
        np.savez(
            folder / "camera.npz",
            extrinsic=extrinsic,
            focal=np.float32(900),
            image_size=np.array([1280, 720], np.int32),
            camera_angle_x=np.float32(1.2),
        )


@dataclass
class CanonicalTree:
    """A canonical tree, Y-up, of the things of a level world."""

    root: Path
    things: list[Thing] = field(default_factory=default_things)
    frame: str = "y_up"
    floor: float = 0.0

    def write(self) -> Path:
        self.root.mkdir(parents=True, exist_ok=True)
        self.write_json("scene_info.json", self.info())
        for thing in self.things:
            self.write_thing(thing)
        return self.root

    def info(self) -> dict:
        return {
            "scene_id": "demo",
            "image_size": [1280, 720],
            "coordinate_frame": self.frame,
            "meters_per_unit": 1.0,
            "confidence": 0.8,
            "version": "1.0",
            "environment_type": "kitchen",
            "reconstruction_method": "test",
            "generated_at": "2025-01-01T00:00:00Z",
        }

    def matrix(self, thing: Thing) -> Array:
        """Row-major 4×4: points of the Y-up mesh file → the tree's world."""
        matrix = np.eye(4)
        matrix[:3, :3] = thing.scale * Rotation.from_euler("z", thing.yaw).as_matrix()
        matrix[:3, 3] = np.add(thing.position, (0, 0, self.floor))
        turn = np.eye(4)
        turn[:3, :3] = Y_UP_FROM_Z_UP
        return turn @ matrix @ turn.T if self.frame == "y_up" else matrix @ turn.T

    def pose(self, thing: Thing) -> dict:
        matrix = self.matrix(thing)
        x, y, z, w = Rotation.from_matrix(matrix[:3, :3] / thing.scale).as_quat()
        return {
            "transform_matrix": matrix.tolist(),
            "translation": matrix[:3, 3].tolist(),
            "rotation_quaternion": [w, x, y, z],
            "scale": [thing.scale] * 3,
            "confidence": 0.9,
            "is_floor_contact": thing.position[2] == 0.0,
        }

    def write_thing(self, thing: Thing, **changes: object) -> Path:
        """Write one object; `changes` replace keys of its pose."""
        name = thing.name.split("__")[0]
        self.write_json(f"objects/{name}/pose.json", self.pose(thing) | changes)
        self.write_json(f"objects/{name}/label.json", {"label": name.replace("_", " ")})
        path = self.root / "objects" / name / "mesh.glb"
        path.write_bytes(y_up_glb(thing.mesh))
        return path.parent

    def write_json(self, name: str, document: dict) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document))


def y_up_glb(mesh: trimesh.Trimesh) -> bytes:
    """The bytes of a Z-up mesh as glTF has it."""
    return trimesh.Trimesh(mesh.vertices @ Y_UP_FROM_Z_UP.T, mesh.faces, process=False).export(file_type="glb")


def _box(size: Sequence[float], center: Sequence[float]) -> trimesh.Trimesh:
    return trimesh.creation.box(size, trimesh.transformations.translation_matrix(center))
