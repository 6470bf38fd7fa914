"""Reading the canonical tree of a reconstruction: `scene_info.json`, its objects, its background and its camera."""

from pathlib import Path

from blueprint.contracts.errors import InputError, UnsafePathError
from blueprint.contracts.frames import IDENTITY, Pose
from blueprint.sources.regen3d.canonical_camera import read_tree_camera
from blueprint.sources.regen3d.canonical_documents import OurInfo, OurPose
from blueprint.sources.regen3d.canonical_floor import on_floor
from blueprint.sources.regen3d.canonical_frames import pose_from_canonical
from blueprint.sources.regen3d.canonical_objects import canonical_objects
from blueprint.sources.regen3d.canonical_pose import pose_and_scale
from blueprint.sources.regen3d.canonical_tree import INFO, MESH_NAMES, CanonicalTree, canonical_root
from blueprint.sources.regen3d.contain import first_file
from blueprint.sources.regen3d.point_cloud import read_mesh_points
from blueprint.sources.regen3d.reconstruction import Reconstruction

__all__ = ["read_canonical"]

_FRAMES = ("y_up", "z_up")


def read_canonical(folder: Path, scene_id: str) -> Reconstruction:
    """Return the reconstruction in the canonical tree that `folder` is or holds, Z-up.

    An object that lacks its mesh or pose, or whose pose no rigid body has, is in `skipped`. Raises InputError where
    the tree is in another frame than "y_up" or "z_up" or has no object left, ContractError for a `scene_info.json`
    that does not follow its model, UnsafePathError where a link leaves the tree.
    """
    root = canonical_root(folder)
    if root is None:
        raise InputError(f"{folder} holds no {INFO}.", remedy="name the folder with scene_info.json in it.")
    tree = CanonicalTree(root, True, {}, [])
    info = tree.document(OurInfo, INFO)
    if info.coordinate_frame not in _FRAMES:
        raise InputError(
            f"{root / INFO}: coordinate_frame is {info.coordinate_frame[:40]!r}, which is not read.",
            remedy="turn the poses to 'y_up' (or 'z_up') and say so.",
        )
    tree = CanonicalTree(root, info.coordinate_frame == "y_up", dict(info.skipped), list(info.notes))
    if info.scene_id != scene_id:
        tree.note(f"{INFO} names the scene {info.scene_id[:100]!r}")
    reconstruction = _reconstruction(tree, info, scene_id)
    return reconstruction if info.gravity else on_floor(reconstruction)


def _reconstruction(tree: CanonicalTree, info: OurInfo, scene_id: str) -> Reconstruction:
    objects = canonical_objects(tree)
    if not objects:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in sorted(tree.skipped.items())[:5])
        raise InputError(
            f"no object of {tree.root} can be used: {reasons or 'there is none'}.", remedy="write it again."
        )
    background, pose_background, scale_background = _background(tree)
    return Reconstruction(
        scene_id=scene_id,
        root=tree.root,
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
        camera=read_tree_camera(tree),
        skipped=dict(sorted(tree.skipped.items())),
        notes=tree.notes,
    )


def _background(tree: CanonicalTree) -> tuple[Path | None, Pose, float]:
    """The mesh of the room, its pose and its scale; one that cannot be used is noted."""
    mesh = first_file(tree.root, "background", (*MESH_NAMES, "mesh.ply"))
    if mesh is None:
        return None, IDENTITY, 1.0
    try:
        found = read_mesh_points(mesh, tree.root)
        if mesh.suffix.lower() == ".ply" and not len(found.faces):
            raise InputError(f"{mesh.name} holds points and no triangles.", remedy="mesh them.")
        if not tree.has("background/pose.json"):
            return mesh, pose_from_canonical(IDENTITY, mesh, tree.y_up), 1.0
        pose, scale, note = pose_and_scale(tree.document(OurPose, "background/pose.json"))
    except UnsafePathError:
        raise
    except InputError as error:
        tree.note(f"the background is not used: {error}")
        return None, IDENTITY, 1.0
    if note:
        tree.note(f"background: {note}")
    return mesh, pose_from_canonical(pose, mesh, tree.y_up), scale
