"""Reading the output folder of 3D-RE-GEN: poses from vertices, gravity from the floor, all turned level and Z-up."""

from pathlib import Path

import numpy as np

from blueprint.contracts.errors import InputError, UnsafePathError
from blueprint.contracts.frames import IDENTITY, Pose
from blueprint.sources.regen3d.camera_file import read_camera
from blueprint.sources.regen3d.canonical_frames import pose_from_canonical, stored
from blueprint.sources.regen3d.contain import entries, first_file, optional_file
from blueprint.sources.regen3d.gravity import Level
from blueprint.sources.regen3d.names import object_ids, parse_name
from blueprint.sources.regen3d.native_environment import guess_environment
from blueprint.sources.regen3d.native_level import find_level
from blueprint.sources.regen3d.native_things import FoundThing, detections, find_thing, level_object
from blueprint.sources.regen3d.native_yaw import turned_to_room
from blueprint.sources.regen3d.point_cloud import MeshPoints, read_mesh_points
from blueprint.sources.regen3d.reconstruction import Camera, Reconstruction

__all__ = ["is_native", "native_root", "read_native"]

_BACKGROUNDS = ("ground_aligned.glb", "ground_aligned.ply")


def native_root(folder: Path) -> Path | None:
    """Return the output folder of 3D-RE-GEN that `folder` is or holds, or None."""
    for root in (folder / "output", folder):
        if (root / "glb").is_dir() or (root / "3D").is_dir():
            return root
    return None


def is_native(folder: Path) -> bool:
    """Whether `folder` is or holds an output folder of 3D-RE-GEN: meshes named after detections."""
    root = native_root(folder)
    if root is None:
        return False
    stems = [Path(name).stem for name in entries(root, "glb")] + entries(root, "3D")
    return any(parse_name(stem) is not None for stem in stems)


def read_native(folder: Path, scene_id: str) -> Reconstruction:
    """Return the reconstruction in the output folder of 3D-RE-GEN that `folder` is or holds.

    A thing is its canonical mesh, placed where its posed mesh is. What cannot be read, what is part of the room, and
    what was detected but not reconstructed is in `skipped`, with the reason. Raises InputError where no object is
    left, UnsafePathError where a link leaves the folder.
    """
    root = native_root(folder)
    if root is None:
        raise InputError(f"{folder} holds no output of 3D-RE-GEN.", remedy="name the folder with 3D/ and glb/ in it.")
    skipped: dict[str, str] = {}
    notes: list[str] = []
    things = _things(root, skipped, notes)
    background, shell = _background(root, notes)
    level = _level(root, things, shell, notes)
    ids = object_ids(thing.name for thing in things)
    objects = [level_object(thing, ids[thing.name.name], level, notes) for thing in things]
    environment, note = guess_environment([item.label for item in objects])
    return Reconstruction(
        scene_id=scene_id,
        root=root,
        environment=environment,
        method="3d-re-gen",
        objects=sorted(objects, key=lambda item: item.object_id),
        gravity=level.how,
        tilt_rad=round(level.tilt_rad, 9),
        confidence=round(float(np.mean([item.confidence for item in objects])), 6),
        background=background,
        pose_world_background=stored(level.pose_world_source @ _source_pose(background)) if background else IDENTITY,
        camera=_camera(root, level, notes),
        skipped=dict(sorted(skipped.items())),
        notes=[*notes, note],
    )


def _things(root: Path, skipped: dict[str, str], notes: list[str]) -> list[FoundThing]:
    things = []
    for name in detections(root, skipped, notes):
        try:
            things.append(find_thing(root, name, notes))
        except UnsafePathError:
            raise
        except InputError as error:
            skipped[name.name] = str(error)
    if not things:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in sorted(skipped.items())[:5])
        raise InputError(f"no object of {root} can be used: {reasons or 'there is none'}.", remedy="run it again.")
    return things


def _background(root: Path, notes: list[str]) -> tuple[Path | None, MeshPoints | None]:
    """The mesh of the room, and its points in the camera's frame turned Z-up."""
    path = first_file(root, "pointclouds/meshed", _BACKGROUNDS)
    if path is None:
        return None, None
    try:
        found = read_mesh_points(path, root)
    except UnsafePathError:
        raise
    except InputError as error:
        notes.append(f"the background is not used: {error}")
        return None, None
    shell = MeshPoints(_source_pose(path).apply(found.vertices), found.faces)
    if len(found.faces):
        return path, shell
    notes.append(f"{path.name} holds points and no triangles: the room has no mesh")
    return None, shell


def _level(root: Path, things: list[FoundThing], shell: MeshPoints | None, notes: list[str]) -> Level:
    """The level frame, turned to the room's walls."""
    level, floor = find_level(root, things, notes)
    return turned_to_room(level, shell, [floor, np.concatenate([thing.sample for thing in things])], notes)


def _source_pose(background: Path) -> Pose:
    """The background lies in the camera's Y-up frame, whatever its file type; this is its pose there, turned Z-up."""
    return pose_from_canonical(IDENTITY, background)


def _camera(root: Path, level: Level, notes: list[str]) -> Camera | None:
    path = optional_file(root, "pre_3D/camera.npz")
    if path is None:
        return None
    try:
        camera = read_camera(path, root)
    except UnsafePathError:
        raise
    except InputError as error:
        notes.append(f"the camera is not known: {error}")
        return None
    pose = stored(level.pose_world_source @ camera.pose_world_camera)
    return Camera(camera.matrix, camera.width_px, camera.height_px, pose)
