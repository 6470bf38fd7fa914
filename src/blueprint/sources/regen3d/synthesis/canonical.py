"""The canonical tree, `regen3d/**`, as another producer would write it: Y-up, the fitted floor at y = 0."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.frames import Pose, quat_wxyz_from_matrix
from blueprint.contracts.seeds import rng_for
from blueprint.sources.regen3d.synthesis.files import colored_mesh, glb, put
from blueprint.sources.regen3d.synthesis.native import canonical_matrix, named
from blueprint.sources.regen3d.synthesis.rebuilt import Rebuilt
from blueprint.sources.regen3d.synthesis.run import Run, level_from_world

__all__ = ["level_frame", "object_folders", "write_canonical_form"]

Array = NDArray[np.float64]
_UP = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]], float)  # Z-up to Y-up


def write_canonical_form(run: Run, folder: Path, scene_id: str) -> None:
    """Write `regen3d/`, with a folder per object as `object_folders` names them."""
    tree = folder / "regen3d"
    frame, folders = level_frame(run), object_folders(run)
    for thing in run.things:
        _write_object(run, thing, frame, tree / "objects" / folders[thing.found.name])
    _write_background(run, frame, tree / "background")
    _write_camera(run, frame, tree / "camera")
    rng = rng_for(run.seed, "reconstruction-claim", run.kind, run.level)
    claimed = float(np.exp(run.noise.claimed_scale * np.clip(rng.standard_normal(), -2.5, 2.5))) / run.units_per_meter
    _write_json(
        tree / "scene_info.json",
        {
            "scene_id": scene_id,
            "image_size": [run.eye.width_px, run.eye.height_px],
            "coordinate_frame": "y_up",
            "meters_per_unit": round(claimed, 9),
            "confidence": 0.8,
            "version": "1.0",
            "environment_type": run.kind,
            "reconstruction_method": "made",
            "generated_at": "1970-01-01T00:00:00Z",
        },
    )


def object_folders(run: Run) -> dict[str, str]:
    """Return the folder's name of every object by its detection's name: `<label>_<n>`."""
    folders: dict[str, str] = {}
    counts: dict[str, int] = {}
    for thing in run.things:
        word = thing.found.label.strip("_").lower()
        counts[word] = counts.get(word, 0) + 1
        folders[thing.found.name] = f"{word}_{counts[word]}"
    return folders


def level_frame(run: Run) -> Pose:
    """Return the pose that maps the true world to the tree's, Z-up and in metres: any yaw and shift, floor level."""
    rng = rng_for(run.seed, "reconstruction-frame", run.kind)
    x, y = rng.uniform(-3, 3, 2).tolist()
    return level_from_world(run, float(rng.uniform(0, 2 * np.pi)), (x, y))


def _write_object(run: Run, thing: Rebuilt, frame: Pose, folder: Path) -> None:
    put(folder / "mesh.glb", glb(named(thing.posed, canonical_matrix(thing), "geometry_")))
    pose, scale = _pose_of_file(run, thing, frame)
    points = np.concatenate([part.mesh.vertices for part in thing.posed])
    world = run.units_per_meter * frame.apply(thing.posed_world(points)) @ _UP.T
    on_floor = thing.found.thing.parent_id is None and thing.found.thing.item.mounting == "free"
    _write_json(folder / "pose.json", _pose_document(pose, scale, on_floor))
    _write_json(folder / "bounds.json", _bounds_document(world))
    look = thing.found.thing.parts[0].material
    material = {
        "base_color": list(look.base_color),
        "metallic": look.metallic,
        "roughness": look.roughness,
        "material_type": "metal" if look.metallic > 0.5 else "unknown",
    }
    _write_json(folder / "material.json", material)
    _write_json(folder / "label.json", {"label": thing.found.label})


def _pose_of_file(run: Run, thing: Rebuilt, frame: Pose) -> tuple[Pose, float]:
    """Pose and scale, Y-up, that bring the file's points to the tree's world."""
    level = frame @ thing.pose_world_object
    rotation = level.matrix()[:3, :3]
    turned = _UP @ rotation @ _UP.T
    position = _UP @ (run.units_per_meter * (rotation @ (thing.size_factor * thing.centre) + level.position))
    scale = run.units_per_meter * thing.size_factor / thing.unit
    return Pose.of(position, quat_wxyz_from_matrix(turned)), scale


def _pose_document(pose: Pose, scale: float, on_floor: bool) -> dict[str, Any]:
    matrix = pose.matrix()
    matrix[:3, :3] *= scale
    return {
        "transform_matrix": matrix.tolist(),
        "translation": list(pose.position),
        "rotation_quaternion": list(pose.quat_wxyz),
        "scale": [scale] * 3,
        "confidence": 0.8,
        "is_floor_contact": on_floor,
    }


def _bounds_document(points: Array) -> dict[str, Any]:
    low, high = points.min(axis=0), points.max(axis=0)
    return {
        "min": low.tolist(),
        "max": high.tolist(),
        "center": ((low + high) / 2).tolist(),
        "size": (high - low).tolist(),
    }


def _write_background(run: Run, frame: Pose, folder: Path) -> None:
    points = run.units_per_meter * frame.apply(run.background.points) @ _UP.T
    put(folder / "mesh.glb", glb({"geometry_0": colored_mesh(points, run.background.faces, run.background.colors)}))
    _write_json(folder / "pose.json", _pose_document(Pose(), 1.0, on_floor=True))
    _write_json(folder / "bounds.json", _bounds_document(points))


def _write_camera(run: Run, frame: Pose, folder: Path) -> None:
    eye = run.eye
    matrix = [[eye.focal_px, 0, eye.width_px / 2], [0, eye.focal_px, eye.height_px / 2], [0, 0, 1]]
    _write_json(folder / "intrinsics.json", {"matrix": matrix, "width": eye.width_px, "height": eye.height_px})
    camera = (frame @ eye.pose_world_camera).matrix()
    world = np.eye(4)
    world[:3, :3] = _UP @ camera[:3, :3]  # the camera's own axes are OpenGL's in both worlds
    world[:3, 3] = run.units_per_meter * _UP @ camera[:3, 3]
    _write_json(folder / "extrinsics.json", {"matrix": world.tolist()})


def _write_json(path: Path, value: dict[str, Any]) -> None:
    put(path, (json.dumps(value, indent=2, allow_nan=False) + "\n").encode())
