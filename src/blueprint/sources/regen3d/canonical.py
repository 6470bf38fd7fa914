"""Writing the canonical tree of a reconstruction, `regen3d/**`: Y-up, meshes as they are, the same bytes every time."""

import shutil
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.disk import disk_error
from blueprint.contracts.document import write_atomically
from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose, y_up_frame
from blueprint.contracts.ids import validate_identifier
from blueprint.contracts.reconstruction import ReconstructedBounds, ReconstructedLabel
from blueprint.sources.imported.files import inside, read_bounded
from blueprint.sources.imported.mesh_file import MAX_FILE_BYTES
from blueprint.sources.regen3d.canonical_camera import write_tree_camera
from blueprint.sources.regen3d.canonical_documents import UNRECORDED, OurInfo, OurPose
from blueprint.sources.regen3d.canonical_frames import canonical_pose
from blueprint.sources.regen3d.canonical_material import companions, material_of
from blueprint.sources.regen3d.canonical_tree import INFO
from blueprint.sources.regen3d.contain import optional_file
from blueprint.sources.regen3d.point_cloud import read_mesh_points
from blueprint.sources.regen3d.reconstruction import ReconstructedObject, Reconstruction

__all__ = ["write_canonical"]

Array = NDArray[np.float64]
_VERSION = "1.0"
_PARTS = ("objects", "background", "camera", INFO)  # what a tree of ours consists of; what else lies there stays


def write_canonical(reconstruction: Reconstruction, folder: Path) -> None:
    """Write the tree into `folder`; what it held of an older tree is replaced once the new one is whole.

    `meters_per_unit` is 1 with `"scale": "unknown"` where the reconstruction does not claim any, and material types
    that nobody said are "unknown". `read_reconstruction` gives the same reconstruction back. Raises InputError for a
    mesh that cannot be read, StorageError where the disk refuses.
    """
    ids = [validate_identifier(item.object_id) for item in reconstruction.objects]
    if len(set(ids)) < len(ids):
        raise InputError(f"object ids of {reconstruction.scene_id} occur twice.", remedy="give each object its own.")
    folder = folder.resolve()
    draft = folder.with_name(f".{folder.name}.part")
    with ExitStack() as undo:
        _remove(draft)
        undo.callback(_remove, draft)
        notes = list(reconstruction.notes)
        for item in reconstruction.objects:
            _write_object(reconstruction.root, item, draft / "objects" / item.object_id, notes)
        _write_background(reconstruction, draft / "background")
        if reconstruction.camera is not None:
            write_tree_camera(reconstruction.camera, draft / "camera")
        _info(reconstruction, notes).write(draft / INFO)
        _replace(draft, folder)


def _write_object(root: Path, item: ReconstructedObject, folder: Path, notes: list[str]) -> None:
    _copy(root, item.mesh, folder / f"mesh{item.mesh.suffix.lower()}")
    for path in companions(item.mesh, root):
        _copy(root, path, folder / path.relative_to(item.mesh.parent))
    pose = canonical_pose(item.pose_world_mesh, item.mesh)
    _pose(pose, item.scale, item).write(folder / "pose.json")
    _bounds(root, item.mesh, item.pose_world_mesh, item.scale).write(folder / "bounds.json")
    material, problem = material_of(item.mesh, root, item.material_type)
    if problem and (note := f"{item.object_id}: its colour is not known: {problem}") not in notes:
        notes.append(note)
    material.write(folder / "material.json")
    ReconstructedLabel(label=item.label).write(folder / "label.json")


def _write_background(reconstruction: Reconstruction, folder: Path) -> None:
    mesh, scale = reconstruction.background, reconstruction.scale_background
    if mesh is None:
        return
    _copy(reconstruction.root, mesh, folder / f"mesh{mesh.suffix.lower()}")
    for path in companions(mesh, reconstruction.root):
        _copy(reconstruction.root, path, folder / path.relative_to(mesh.parent))
    _pose(canonical_pose(reconstruction.pose_world_background, mesh), scale, None).write(folder / "pose.json")
    bounds = _bounds(reconstruction.root, mesh, reconstruction.pose_world_background, scale)
    bounds.write(folder / "bounds.json")


def _pose(pose: Pose, scale: float, item: ReconstructedObject | None) -> OurPose:
    matrix = pose.matrix()
    matrix[:3, :3] *= scale
    rows = [tuple(float(value) for value in row) for row in matrix + 0.0]
    return OurPose(
        transform_matrix=rows,  # type: ignore[arg-type]
        translation=pose.position,
        rotation_quaternion=pose.quat_wxyz,
        scale=(scale, scale, scale),
        confidence=item.confidence if item else 1.0,
        is_floor_contact=item.is_floor_contact if item else True,
        fit=item.fit if item else "given",
        residual=item.residual if item else 0.0,
        source_name=item.source_name if item else "",
    )


def _bounds(root: Path, mesh: Path, pose: Pose, scale: float) -> ReconstructedBounds:
    """The box in the Y-up world."""
    points = y_up_frame((0, 0, 0)).inverse().apply(pose.apply(scale * read_mesh_points(mesh, root).vertices))
    low, high = (np.round(values, 9) + 0.0 for values in (points.min(axis=0), points.max(axis=0)))
    return ReconstructedBounds(
        min=_point(low), max=_point(high), center=_point((low + high) / 2), size=_point(high - low)
    )


def _point(values: Array) -> tuple[float, float, float]:
    x, y, z = (round(float(value), 9) for value in values)
    return x, y, z


def _info(reconstruction: Reconstruction, notes: list[str]) -> OurInfo:
    camera = reconstruction.camera
    claimed = reconstruction.meters_per_unit
    return OurInfo(
        scene_id=reconstruction.scene_id,
        image_size=(camera.width_px, camera.height_px) if camera else (1, 1),
        picture="known" if camera else "unknown",
        meters_per_unit=1.0 if claimed is None else claimed,
        scale="unknown" if claimed is None else "claimed",
        confidence=reconstruction.confidence,
        version=_VERSION,
        environment_type=reconstruction.environment,
        reconstruction_method=reconstruction.method,
        generated_at=_generated_at(reconstruction.root),
        gravity=reconstruction.gravity,
        tilt_rad=reconstruction.tilt_rad,
        skipped=dict(sorted(reconstruction.skipped.items())),
        notes=notes,
    )


def _generated_at(root: Path) -> str:
    path = optional_file(root, INFO)
    return OurInfo.read(path).generated_at if path else UNRECORDED


def _copy(root: Path, source: Path, target: Path) -> None:
    data = read_bounded(inside(root, source.relative_to(root).as_posix()), MAX_FILE_BYTES)
    write_atomically(target, data)


def _replace(draft: Path, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in _PARTS:
            _remove(folder / name)
            if (draft / name).exists():
                (draft / name).rename(folder / name)
    except OSError as error:
        raise disk_error("write", folder, error) from error


def _remove(path: Path) -> None:
    """Remove a file or a folder; a link is removed and not followed."""
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise disk_error("remove", path, error) from error
