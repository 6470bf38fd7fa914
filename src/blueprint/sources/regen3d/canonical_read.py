"""Reading the canonical tree of a reconstruction: `scene_info.json`, one folder per object, background and camera."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from blueprint.contracts.document import Document
from blueprint.contracts.errors import InputError, UnsafePathError
from blueprint.contracts.frames import IDENTITY, Pose
from blueprint.contracts.ids import slug, validate_identifier
from blueprint.contracts.reconstruction import (
    CameraExtrinsics,
    CameraIntrinsics,
    ReconstructedLabel,
    ReconstructedMaterial,
)  # fmt: skip
from blueprint.sources.imported.files import MAX_JSON_BYTES, read_bounded
from blueprint.sources.regen3d.canonical_documents import OurInfo, OurPose
from blueprint.sources.regen3d.canonical_frames import pose_from_canonical, stored
from blueprint.sources.regen3d.canonical_pose import pose_and_scale
from blueprint.sources.regen3d.contain import entries, first_file, optional_file
from blueprint.sources.regen3d.point_cloud import read_mesh_points
from blueprint.sources.regen3d.reconstruction import Camera, ReconstructedObject, Reconstruction

__all__ = ["MESH_NAMES", "canonical_root", "read_canonical"]

MESH_NAMES = ("mesh.glb", "model.glb", "asset.glb", "mesh.obj")
_BACKGROUND_NAMES = (*MESH_NAMES, "mesh.ply")
_Model = TypeVar("_Model", bound=Document)
_INFO = "scene_info.json"
_MIN_SIZE, _MAX_REACH = 1e-6, 1e5  # units; smaller is a point, further is in no room
_FLOOR_SHARE = 0.02  # of the scene's diagonal, by which the lowest things may miss y = 0 without the floor being there


def canonical_root(folder: Path) -> Path | None:
    """Return the canonical tree that `folder` is or holds (`regen3d/`), or None."""
    return next((root for root in (folder, folder / "regen3d") if (root / _INFO).is_file()), None)


def read_canonical(folder: Path, scene_id: str) -> Reconstruction:
    """Return the reconstruction in the canonical tree that `folder` is or holds, Z-up.

    An object that lacks its mesh or pose, or whose pose no rigid body has, is in `skipped`. Raises InputError where
    the tree is in another frame than "y_up" or "z_up" or has no object left, ContractError for a `scene_info.json`
    that does not follow its model, UnsafePathError where a link leaves the tree.
    """
    root = canonical_root(folder)
    if root is None:
        raise InputError(f"{folder} holds no {_INFO}.", remedy="name the folder with scene_info.json in it.")
    info = _document(OurInfo, root, _INFO)
    if info.coordinate_frame not in ("y_up", "z_up"):
        raise InputError(
            f"{root / _INFO}: coordinate_frame is {info.coordinate_frame[:40]!r}, which is not read.",
            remedy="turn the poses to 'y_up' (or 'z_up') and say so.",
        )
    tree = _Tree(root, info.coordinate_frame == "y_up", dict(info.skipped), list(info.notes))
    if info.scene_id != scene_id:
        tree.note(f"{_INFO} names the scene {info.scene_id[:100]!r}")
    objects = _objects(tree)
    if not objects:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in sorted(tree.skipped.items())[:5])
        raise InputError(f"no object of {root} can be used: {reasons or 'there is none'}.", remedy="write it again.")
    background, pose_background, scale_background = _background(tree)
    reconstruction = Reconstruction(
        scene_id=scene_id,
        root=root,
        environment=info.environment_type,
        method=info.reconstruction_method,
        objects=objects,
        gravity=info.gravity or "given",
        tilt_rad=info.tilt_rad,
        meters_per_unit=info.meters_per_unit if info.scale == "claimed" else None,
        confidence=info.confidence,
        background=background,
        pose_world_background=pose_background,
        scale_background=scale_background,
        camera=_camera(tree),
        skipped=dict(sorted(tree.skipped.items())),
        notes=tree.notes,
    )
    return reconstruction if info.gravity else _on_floor(reconstruction)


@dataclass
class _Tree:
    root: Path
    y_up: bool
    skipped: dict[str, str]
    notes: list[str]

    def note(self, text: str) -> None:
        """Say it once, however often the tree is read and written again."""
        if text not in self.notes:
            self.notes.append(text)


def _document(model: type[_Model], root: Path, name: str) -> _Model:
    path = optional_file(root, name)
    if path is None:
        raise InputError(f"there is no {name}.", remedy="write it.")
    return model.parse(read_bounded(path, MAX_JSON_BYTES), where=name)


def _objects(tree: _Tree) -> list[ReconstructedObject]:
    objects: list[ReconstructedObject] = []
    names = entries(tree.root, "objects")
    taken = set(names)
    for name in names:
        if name.startswith(".") or not (tree.root / "objects" / name).is_dir():
            continue
        try:
            objects.append(_object(tree, name, _identifier(name, taken)))
        except UnsafePathError:
            raise
        except InputError as error:
            tree.skipped[name] = str(error)
    return objects


def _identifier(name: str, taken: set[str]) -> str:
    """The folder's name where it is usable in files and scenes, else words made of it that no other folder has."""
    try:
        return validate_identifier(name)
    except InputError:
        stem, count = slug(name), 1
    unique = stem
    while unique in taken:
        count += 1
        unique = f"{stem}_{count}"
    taken.add(unique)
    return unique


def _object(tree: _Tree, name: str, object_id: str) -> ReconstructedObject:
    folder = f"objects/{name}"
    mesh = first_file(tree.root, folder, MESH_NAMES)
    if mesh is None:
        raise InputError(f"{folder} holds none of {', '.join(MESH_NAMES)}.", remedy="put its mesh there.")
    document = _document(OurPose, tree.root, f"{folder}/pose.json")
    pose, scale, note = pose_and_scale(document)
    if note:
        tree.note(f"{name}: {note}")
    _check_extent(mesh, tree.root, pose, scale)
    return ReconstructedObject(
        object_id=object_id,
        label=_label(tree, name),
        mesh=mesh,
        pose_world_mesh=pose_from_canonical(pose, mesh, tree.y_up),
        scale=float(f"{scale:.9g}"),
        fit=document.fit,
        confidence=document.confidence,
        residual=document.residual,
        is_floor_contact=document.is_floor_contact,
        material_type=_material_type(tree, name),
        source_name=document.source_name or name,
    )


def _check_extent(mesh: Path, root: Path, pose: Pose, scale: float) -> None:
    """Refuse a broken mesh by name before anything is built on it, and one that is nowhere near a room."""
    points = read_mesh_points(mesh, root)
    size = scale * points.diagonal
    reach = size + float(np.abs(pose.apply(scale * points.vertices[:1])).max())
    if size < _MIN_SIZE or reach > _MAX_REACH:
        message = f"it measures {size:.3g} and reaches to {reach:.3g} units, expected {_MIN_SIZE:g} to {_MAX_REACH:g}."
        raise InputError(message, remedy="correct its scale and place.")


def _label(tree: _Tree, name: str) -> str:
    """What the detector called it, else the words of its id."""
    words = name.replace("_", " ").strip() or name
    if optional_file(tree.root, f"objects/{name}/label.json") is None:
        return words
    try:
        return _document(ReconstructedLabel, tree.root, f"objects/{name}/label.json").label
    except UnsafePathError:
        raise
    except InputError as error:
        tree.note(f"{name}: its label is not known: {error}")
        return words


def _material_type(tree: _Tree, name: str) -> str | None:
    path = f"objects/{name}/material.json"
    if optional_file(tree.root, path) is None:
        return None
    try:
        found = _document(ReconstructedMaterial, tree.root, path).material_type
    except UnsafePathError:
        raise
    except InputError as error:
        tree.note(f"{name}: its material is not known: {error}")
        return None
    return found if found and found != "unknown" else None


def _background(tree: _Tree) -> tuple[Path | None, Pose, float]:
    mesh = first_file(tree.root, "background", _BACKGROUND_NAMES)
    if mesh is None:
        return None, IDENTITY, 1.0
    try:
        found = read_mesh_points(mesh, tree.root)
        if mesh.suffix.lower() == ".ply" and not len(found.faces):
            raise InputError(f"{mesh.name} holds points and no triangles.", remedy="mesh them.")
        if optional_file(tree.root, "background/pose.json") is None:
            return mesh, pose_from_canonical(IDENTITY, mesh, tree.y_up), 1.0
        pose, scale, note = pose_and_scale(_document(OurPose, tree.root, "background/pose.json"))
    except UnsafePathError:
        raise
    except InputError as error:
        tree.note(f"the background is not used: {error}")
        return None, IDENTITY, 1.0
    if note:
        tree.note(f"background: {note}")
    return mesh, pose_from_canonical(pose, mesh, tree.y_up), float(f"{scale:.9g}")


def _camera(tree: _Tree) -> Camera | None:
    names = ("camera/intrinsics.json", "camera/extrinsics.json")
    if any(optional_file(tree.root, name) is None for name in names):
        return None
    try:
        inner = _document(CameraIntrinsics, tree.root, names[0])
        outer = np.array(_document(CameraExtrinsics, tree.root, names[1]).matrix)
        if np.abs(outer[:3, :3] @ outer[:3, :3].T - np.eye(3)).max() > 1e-2 or np.linalg.det(outer[:3, :3]) < 0:
            raise InputError("camera/extrinsics.json holds no rotation.", remedy="write world-from-camera.")
    except UnsafePathError:
        raise
    except InputError as error:
        tree.note(f"the camera is not known: {error}")
        return None
    pose = pose_from_canonical(Pose.from_matrix(outer), None, tree.y_up)
    return Camera(np.array(inner.matrix), inner.width, inner.height, pose)


def _on_floor(reconstruction: Reconstruction) -> Reconstruction:
    """Others' trees are upright but may have their floor anywhere: bring it to z = 0, by what is said to touch it."""
    bottoms, lows, highs = [], [], []
    for item in reconstruction.objects:
        points = item.pose_world_mesh.apply(item.scale * read_mesh_points(item.mesh, reconstruction.root).vertices)
        lows.append(points.min(axis=0))
        highs.append(points.max(axis=0))
        if item.is_floor_contact:
            bottoms.append(lows[-1][2])
    diagonal = float(np.linalg.norm(np.max(highs, axis=0) - np.min(lows, axis=0)))
    if not bottoms:
        note = "nothing is said to touch the floor, so it is taken to be at height 0"
        return replace(reconstruction, notes=[*reconstruction.notes, note])
    floor = float(np.median(bottoms))
    if abs(floor) <= _FLOOR_SHARE * diagonal:
        return reconstruction
    return _raised(reconstruction, -floor)


def _raised(reconstruction: Reconstruction, height: float) -> Reconstruction:
    lift = Pose.of((0.0, 0.0, height))
    objects = [replace(item, pose_world_mesh=stored(lift @ item.pose_world_mesh)) for item in reconstruction.objects]
    camera, background = reconstruction.camera, reconstruction.pose_world_background
    return replace(
        reconstruction,
        objects=objects,
        pose_world_background=stored(lift @ background) if reconstruction.background else background,
        camera=replace(camera, pose_world_camera=stored(lift @ camera.pose_world_camera)) if camera else None,
        notes=[*reconstruction.notes, f"raised by {height:.4g} units, so that what touches the floor is at height 0"],
    )
