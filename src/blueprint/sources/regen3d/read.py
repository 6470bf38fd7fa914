"""Reading a photo reconstruction of either form: the output folder of 3D-RE-GEN, or the canonical tree."""

from pathlib import Path

from blueprint.contracts.errors import BlueprintError, InputError
from blueprint.contracts.ids import validate_scene_id
from blueprint.sources.regen3d.canonical_read import read_canonical
from blueprint.sources.regen3d.canonical_tree import canonical_root
from blueprint.sources.regen3d.native import is_native, read_native
from blueprint.sources.regen3d.reconstruction import Reconstruction

__all__ = ["is_reconstruction", "read_reconstruction"]


def is_reconstruction(path: Path) -> bool:
    """Whether `path` is the folder of a reconstruction: it holds `scene_info.json` or meshes named after detections.

    Only names are looked at, and whatever is wrong with the folder, it is not an error here.
    """
    try:
        return path.is_dir() and (canonical_root(path) is not None or is_native(path))
    except (BlueprintError, OSError, RuntimeError, ValueError):  # no rights, links in a circle, a NUL in a name
        return False


def read_reconstruction(folder: Path, scene_id: str) -> Reconstruction:
    """Return the reconstruction in `folder`: a canonical tree where there is a `scene_info.json`, else 3D-RE-GEN's.

    Metric only where the source claims it; Z-up, floor at z = 0. Raises InputError, with what to do, for a folder of
    neither form and for one without an object that can be used; UnsafePathError where a link leaves the folder.
    """
    validate_scene_id(scene_id)
    try:
        return _read(folder, scene_id)
    except OSError as error:
        raise InputError(f"cannot read {folder}: {error.strerror or error}.", remedy="check its rights.") from error


def _read(folder: Path, scene_id: str) -> Reconstruction:
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder.", remedy="name the folder of a reconstruction.")
    if canonical_root(folder) is not None:
        return read_canonical(folder, scene_id)
    if is_native(folder):
        return read_native(folder, scene_id)
    raise InputError(
        f"{folder} is no reconstruction: it holds neither scene_info.json nor glb/<label>__(<x>, <y>).glb.",
        remedy="name the output folder of 3D-RE-GEN, or a tree with regen3d/scene_info.json.",
    )
