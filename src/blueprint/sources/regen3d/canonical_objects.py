"""The objects of a canonical tree: one folder each, with a mesh, a pose, and maybe a label and a material."""

from pathlib import Path

import numpy as np

from blueprint.contracts.errors import InputError, UnsafePathError
from blueprint.contracts.frames import Pose
from blueprint.contracts.ids import slug, validate_identifier
from blueprint.contracts.reconstruction import ReconstructedLabel, ReconstructedMaterial
from blueprint.sources.regen3d.canonical_documents import OurPose
from blueprint.sources.regen3d.canonical_frames import pose_from_canonical
from blueprint.sources.regen3d.canonical_pose import pose_and_scale
from blueprint.sources.regen3d.canonical_tree import MESH_NAMES, CanonicalTree
from blueprint.sources.regen3d.contain import entries, first_file
from blueprint.sources.regen3d.point_cloud import read_mesh_points
from blueprint.sources.regen3d.reconstruction import ReconstructedObject

__all__ = ["canonical_objects"]

_MIN_SIZE, _MAX_REACH = 1e-6, 1e5  # units; smaller is a point, further is in no room


def canonical_objects(tree: CanonicalTree) -> list[ReconstructedObject]:
    """Return the objects by name; one that lacks its mesh or pose, or cannot be, goes to `skipped` with the reason."""
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


def _object(tree: CanonicalTree, name: str, object_id: str) -> ReconstructedObject:
    folder = f"objects/{name}"
    mesh = first_file(tree.root, folder, MESH_NAMES)
    if mesh is None:
        raise InputError(f"{folder} holds none of {', '.join(MESH_NAMES)}.", remedy="put its mesh there.")
    document = tree.document(OurPose, f"{folder}/pose.json")
    pose, scale, note = pose_and_scale(document)
    if note:
        tree.note(f"{name}: {note}")
    _check_extent(mesh, tree.root, pose, scale)
    return ReconstructedObject(
        object_id=object_id,
        label=_label(tree, name),
        mesh=mesh,
        pose_world_mesh=pose_from_canonical(pose, mesh, tree.y_up),
        scale=scale,
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


def _label(tree: CanonicalTree, name: str) -> str:
    """What the detector called it, else the words of its id."""
    path, words = f"objects/{name}/label.json", name.replace("_", " ").strip() or name
    if not tree.has(path):
        return words
    try:
        return tree.document(ReconstructedLabel, path).label
    except InputError as error:
        tree.note(f"{name}: its label is not known: {error}")
        return words


def _material_type(tree: CanonicalTree, name: str) -> str | None:
    path = f"objects/{name}/material.json"
    if not tree.has(path):
        return None
    try:
        found = tree.document(ReconstructedMaterial, path).material_type
    except InputError as error:
        tree.note(f"{name}: its material is not known: {error}")
        return None
    return found if found and found != "unknown" else None
