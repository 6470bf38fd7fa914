"""The output folder of 3D-RE-GEN, as a run of it would leave it behind."""

import io
from pathlib import Path

import numpy as np
import trimesh
from numpy.typing import NDArray
from PIL import Image

from blueprint.sources.regen3d.synthesis.background import Background
from blueprint.sources.regen3d.synthesis.detection import eroded
from blueprint.sources.regen3d.synthesis.files import colored_mesh, glb, ply, put, put_picture, textured_meshes
from blueprint.sources.regen3d.synthesis.rebuilt import Rebuilt
from blueprint.sources.regen3d.synthesis.room import ThingPart
from blueprint.sources.regen3d.synthesis.run import Run

__all__ = ["LEFT_OUT", "canonical_matrix", "write_native"]

Array = NDArray[np.float64]
LEFT_OUT = [
    "output/findings/banana/",
    "output/vggt/sparse/*.bin",
    "output/normals/",
    "output/rendering/",
    "output/evaluation/",
    "output/gif/",
    "output/figures/",
]
_MASK_WIDTH_PX = 1024  # `image_size_DR`
_CLOUD_POINTS = 3000
_SCENE_POINTS = 30_000
_PLANE_SIDE, _PLANE_HALF = 100, 3.0
_R_FIX = np.array([[1, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]], np.float32)  # VGGT's axes to Blender's
_UP = np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1]], float)  # Z-up to glTF's Y-up
_VGGT_SCALE = 2.0


def write_native(run: Run, folder: Path) -> None:
    """Write `tmp/` and `output/`; lengths are in the run's unit, in the camera's OpenGL frame."""
    output = folder / "output"
    picture = run.photo.picture()
    put_picture(folder / "tmp" / "converted_from_webp.png", picture)
    combined: dict[str, trimesh.Trimesh] = {}
    for thing in run.things:
        combined |= _write_thing(run, thing, picture, output)
    put(output / "glb" / "scene" / "combined_scene.glb", glb(combined))
    _write_floor(run, picture, output)
    _write_camera(run, output / "pre_3D")
    _write_background(run, run.background, output / "pointclouds" / "meshed")
    depth = run.photo.depth_m
    put_picture(output / "findings" / "depth.png", np.round(255 * depth.min() / depth).astype(np.uint8))


def canonical_matrix(thing: Rebuilt) -> Array:
    """Return the matrix (4, 4) from the thing's frame (Z-up, m) to its canonical file (Y-up, about a unit cube)."""
    return np.diag([*[thing.unit] * 3, 1.0]) @ _UP @ trimesh.transformations.translation_matrix(-thing.centre)


def posed_matrix(run: Run, thing: Rebuilt) -> Array:
    """Return the matrix (4, 4) from the thing's frame to the frame of the posed files."""
    scale = np.diag([*[thing.size_factor] * 3, 1.0])
    return np.asarray(run.source_from_world() @ thing.pose_world_object.matrix() @ scale)


def named(parts: list[ThingPart], matrix: Array, prefix: str, overwritten: bool = False) -> dict[str, trimesh.Trimesh]:
    meshes = textured_meshes(parts, matrix, overwritten)
    return {f"{prefix}{number:03d}": mesh for number, mesh in enumerate(meshes)}


def _write_thing(run: Run, thing: Rebuilt, picture: NDArray[np.uint8], output: Path) -> dict[str, trimesh.Trimesh]:
    name, mask = thing.found.name, thing.found.mask
    put(output / "3D" / name / f"{name}.glb", glb(named(thing.canonical, canonical_matrix(thing), "geometry_")))
    put(output / "glb" / f"{name}.glb", glb(named(thing.posed, posed_matrix(run, thing), "geometry_")))
    _write_finding(name, mask, picture, output)
    put(output / "pointclouds" / f"{name}.ply", _cloud(run, eroded(mask), _CLOUD_POINTS, picture))
    return named(thing.posed, posed_matrix(run, thing), f"{name}_geometry_", overwritten=True)


def _write_finding(name: str, mask: NDArray[np.bool_], picture: NDArray[np.uint8], output: Path) -> None:
    """The picture of what was found, whole and cut out, and its mask."""
    shown = np.where(mask[..., None], picture, np.uint8(255))
    rows, columns = np.nonzero(mask)
    put_picture(output / "findings" / "fullSize" / f"{name}.png", shown)
    cut = shown[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    put_picture(output / "findings" / "cropped" / f"{name}.png", cut)
    height = round(_MASK_WIDTH_PX * mask.shape[0] / mask.shape[1])
    small = Image.fromarray((255 * eroded(mask)).astype(np.uint8))
    put_picture(
        output / "masks" / f"{name}.png",
        np.asarray(small.resize((_MASK_WIDTH_PX, height), Image.Resampling.NEAREST)),
    )


def _cloud(run: Run, mask: NDArray[np.bool_], most: int, picture: NDArray[np.uint8]) -> bytes:
    points, colors = run.seen_points[mask], picture[mask]
    step = max(1, int(np.ceil(len(points) / most)))
    return ply(_to_source(run, points[::step]), colors[::step])


def _to_source(run: Run, points: Array) -> Array:
    matrix = run.source_from_world()
    return points @ matrix[:3, :3].T + matrix[:3, 3]


def _write_floor(run: Run, picture: NDArray[np.uint8], output: Path) -> None:
    """The floor as a finding, the plane that was fitted to it as a grid, and the points that it was fitted to."""
    clouds = output / "pointclouds"
    mask = (run.photo.owner < 0) & (run.photo.points[..., 2] < 0.02) & (run.photo.normal[..., 2] > 0.9)
    if eroded(mask).any():
        rows, columns = np.nonzero(mask)
        middle = int(columns.min() + columns.max()) // 2, int(rows.min() + rows.max()) // 2
        name = f"floor__({middle[0]}, {middle[1]})"
        _write_finding(name, mask, picture, output)
        put(clouds / f"{name}.ply", _cloud(run, eroded(mask), 4 * _CLOUD_POINTS, picture))
        put(clouds / "FLOOR_RESIDUALS.ply", _cloud(run, eroded(mask), 4 * _CLOUD_POINTS, picture))
        source = _to_source(run, run.seen_points[eroded(mask)])[::7]
        put(clouds / "FLOOR.ply", ply(np.column_stack([source[:, 0], -source[:, 2], source[:, 1]])))
    middle_world = run.floor.pose_world_plane.apply((*run.floor_centre, 0.0))
    matrix = run.source_from_world()[:3, :3] @ run.floor.pose_world_plane.matrix()[:3, :3] / run.units_per_meter
    steps = np.linspace(-_PLANE_HALF, _PLANE_HALF, _PLANE_SIDE)
    u, v = np.meshgrid(steps, steps)
    grid = _to_source(run, middle_world[None]) + u.reshape(-1, 1) * matrix[:, 0] + v.reshape(-1, 1) * matrix[:, 1]
    put(clouds / "PLANE_SAMPLED.ply", ply(grid))


def _write_camera(run: Run, folder: Path) -> None:
    eye = run.eye
    stream = io.BytesIO()
    np.savez(
        stream,
        allow_pickle=False,
        extrinsic=_R_FIX,
        focal=np.float32(eye.focal_px),
        image_size=np.array([eye.width_px, eye.height_px], np.int32),
        camera_angle_x=np.float32(eye.angle_x_rad),
    )
    for name in ("camera.npz", "camera_emptyRoom.npz"):
        put(folder / name, stream.getvalue())
    step = max(1, int(np.sqrt(run.seen_points[..., 0].size / _SCENE_POINTS)))
    points = _to_source(run, run.seen_points[::step, ::step].reshape(-1, 3))
    colors = run.photo.picture()[::step, ::step].reshape(-1, 3)
    # Frames of 3D-RE-GEN's own intermediates: PyTorch3D's for the scene, VGGT's (OpenCV, unscaled) for its points.
    put(folder / "scene_vggt.ply", ply(np.column_stack([-points[:, 0], points[:, 1], -points[:, 2]]), colors))
    sparse = folder.parent / "vggt" / "sparse"
    put(sparse / "points.ply", ply(points * (1, -1, -1) / _VGGT_SCALE, colors))
    put(sparse / "image_list.txt", b"converted_from_webp.png\nempty_room.png\n")


def _write_background(run: Run, walls: Background, folder: Path) -> None:
    points = _to_source(run, walls.points)
    put(folder / "ground_aligned.ply", ply(points, walls.colors))
    put(folder / "ground_aligned.glb", glb({"geometry_0": colored_mesh(points, walls.faces, walls.colors)}))
