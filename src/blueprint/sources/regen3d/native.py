"""Reading the output folder of 3D-RE-GEN: poses from vertices, gravity from the floor, all turned level and Z-up."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from blueprint.assets.lexicon import stands_on_floor
from blueprint.contracts.errors import InputError, UnsafePathError
from blueprint.contracts.frames import IDENTITY, Pose
from blueprint.sources.imported.nouns import category_of
from blueprint.sources.regen3d.camera_file import read_camera
from blueprint.sources.regen3d.canonical_frames import pose_from_canonical, stored
from blueprint.sources.regen3d.contain import entries, first_file, optional_file
from blueprint.sources.regen3d.correspondence import Placement, place
from blueprint.sources.regen3d.gravity import Level, turned_to_axes
from blueprint.sources.regen3d.names import DetectionName, is_background, is_opening, object_ids, parse_name
from blueprint.sources.regen3d.native_environment import guess_environment
from blueprint.sources.regen3d.native_level import find_level
from blueprint.sources.regen3d.native_upright import upright
from blueprint.sources.regen3d.point_cloud import MeshPoints, read_mesh_points, thinned
from blueprint.sources.regen3d.reconstruction import Camera, ReconstructedObject, Reconstruction

__all__ = ["is_native", "native_root", "read_native"]

Array = NDArray[np.float64]
_UP = np.array([0.0, 0.0, 1.0])
_CONTACT = 0.05  # of the diagonal: how far above or below the floor the lowest point of a thing on it may be
_CONTACT_OF_FURNITURE = 0.15
_BAD_RESIDUAL = 0.1  # share of the diagonal at which a pose is worth nothing
_BACKGROUNDS = ("ground_aligned.glb", "ground_aligned.ply")


@dataclass
class _Found:
    """A thing while it is read: its mesh, its points, and where they lie in the Z-up camera frame."""

    name: DetectionName
    mesh: Path
    points: MeshPoints
    placement: Placement


@dataclass
class _Reading:
    """What has been found so far."""

    root: Path
    found: list[_Found] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


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
    reading = _Reading(root)
    names = _names(reading)
    for name in names:
        _read_thing(reading, name)
    if not reading.found:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in sorted(reading.skipped.items())[:5])
        raise InputError(f"no object of {root} can be used: {reasons or 'there is none'}.", remedy="run it again.")
    background = first_file(root, "pointclouds/meshed", _BACKGROUNDS)
    level = _level(reading, background)
    objects = _objects(reading, level)
    environment, note = guess_environment([item.label for item in objects])
    return Reconstruction(
        scene_id=scene_id,
        root=root,
        environment=environment,
        method="3d-re-gen",
        objects=objects,
        gravity=level.how,
        tilt_rad=round(level.tilt_rad, 9),
        confidence=round(float(np.mean([item.confidence for item in objects])), 6),
        background=background,
        pose_world_background=_background_pose(level, background),
        camera=_camera(reading, level),
        skipped=dict(sorted(reading.skipped.items())),
        notes=[*reading.notes, note],
    )


def _names(reading: _Reading) -> list[DetectionName]:
    """Names of all detections that should be objects; the others go to `skipped`."""
    root = reading.root
    posed = [name for name in entries(root, "glb") if (root / "glb" / name).suffix.lower() == ".glb"]
    pictures = [Path(name).stem for name in entries(root, "findings/fullSize") if name.lower().endswith(".png")]
    names = []
    for stem in sorted({*(Path(name).stem for name in posed), *entries(root, "3D"), *pictures}):
        parsed = parse_name(stem)
        if parsed is None:
            if "scene" not in stem and not stem.startswith("."):
                reading.skipped[stem] = "its name is not of the form <label>__(<x>, <y>)"
        elif "scene" in stem:
            reading.skipped[stem] = "its name has 'scene' in it, as those of whole scenes"
        elif is_background(parsed.label):
            reading.skipped[stem] = "a part of the room, not an object"
            if is_opening(parsed.label):
                x, y = parsed.center_px
                reading.notes.append(f"the room has a {parsed.label} at ({x}, {y}) px of the picture")
        else:
            names.append(parsed)
    return names


def _read_thing(reading: _Reading, name: DetectionName) -> None:
    root = reading.root
    posed = optional_file(root, f"glb/{name.name}.glb")
    canonical = optional_file(root, f"3D/{name.name}/{name.name}.glb")
    if posed is None:
        made = "it was never placed" if canonical else "it was detected but not reconstructed"
        reading.skipped[name.name] = f"there is no glb/{name.name}.glb: {made}"
        return
    try:
        target = read_mesh_points(posed, root)
        source = read_mesh_points(canonical, root) if canonical else None
        if canonical is None or source is None:
            reading.notes.append(f"{name.name}: the canonical mesh is missing, the placed one is used as it is")
            reading.found.append(_Found(name, posed, target, Placement(IDENTITY, 1.0, "given", 0.0)))
            return
        reading.found.append(_Found(name, canonical, source, place(source, target, _UP)))
    except UnsafePathError:
        raise
    except InputError as error:
        reading.skipped[name.name] = str(error)


def _level(reading: _Reading, background: Path | None) -> Level:
    """The level frame, turned to the room's walls."""
    level, floor_points = find_level(reading.root, _placed(reading), reading.notes)
    clouds = [floor_points, np.concatenate([points for _, _, points in _placed(reading)])]
    if background is not None:
        try:
            pose = _background_pose(Level(IDENTITY, "", 0.0), background)
            clouds.insert(0, pose.apply(read_mesh_points(background, reading.root).vertices))
        except UnsafePathError:
            raise
        except InputError as error:
            reading.notes.append(f"the background does not say how the room is turned: {error}")
    return turned_to_axes(level, clouds)


def _placed(reading: _Reading) -> list[tuple[str, Pose | None, Array]]:
    """Label, pose where it was found, and points of every thing, in the Z-up camera frame."""
    placed: list[tuple[str, Pose | None, Array]] = []
    for item in reading.found:
        found = item.placement
        points = _points(found.pose, found.scale, item.points)
        placed.append((item.name.label, None if found.fit == "given" else found.pose, points))
    return placed


def _points(pose: Pose, scale: float, mesh: MeshPoints) -> Array:
    return pose.apply(scale * thinned(mesh.vertices, 5000))


def _objects(reading: _Reading, level: Level) -> list[ReconstructedObject]:
    ids = object_ids(item.name for item in reading.found)
    camera_up = level.pose_world_source.matrix()[:3, :3] @ _UP
    objects = []
    for item in reading.found:
        scale = float(f"{item.placement.scale:.9g}")
        pose = level.pose_world_source @ item.placement.pose
        if item.placement.fit != "given":  # a placed mesh used as it is has no axes of its own to stand on
            points = _points(pose, scale, item.points)
            pose, note = upright(pose, item.name.label, (points.min(axis=0) + points.max(axis=0)) / 2, camera_up)
            if note:
                reading.notes.append(f"{ids[item.name.name]}: {note}")
        pose = stored(pose)
        objects.append(
            ReconstructedObject(
                object_id=ids[item.name.name],
                label=item.name.label,
                mesh=item.mesh,
                pose_world_mesh=pose,
                scale=scale,
                fit=item.placement.fit,
                confidence=round(max(0.0, 1.0 - item.placement.residual / _BAD_RESIDUAL), 6),
                residual=round(item.placement.residual, 9),
                is_floor_contact=_touches_floor(item.name.label, _points(pose, scale, item.points)),
                source_name=item.name.name,
            )
        )
    return sorted(objects, key=lambda item: item.object_id)


def _touches_floor(label: str, points: Array) -> bool:
    share = _CONTACT_OF_FURNITURE if stands_on_floor(category_of(label)) else _CONTACT
    return bool(abs(points[:, 2].min()) <= share * np.linalg.norm(np.ptp(points, axis=0)))


def _background_pose(level: Level, background: Path | None) -> Pose:
    """The background is in the camera's Y-up frame, whatever its file type."""
    return stored(level.pose_world_source @ pose_from_canonical(IDENTITY, background)) if background else IDENTITY


def _camera(reading: _Reading, level: Level) -> Camera | None:
    path = optional_file(reading.root, "pre_3D/camera.npz")
    if path is None:
        return None
    try:
        camera = read_camera(path, reading.root)
    except UnsafePathError:
        raise
    except InputError as error:
        reading.notes.append(f"the camera is not known: {error}")
        return None
    pose = stored(level.pose_world_source @ camera.pose_world_camera)
    return Camera(camera.matrix, camera.width_px, camera.height_px, pose)
