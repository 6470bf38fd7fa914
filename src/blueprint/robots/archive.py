"""Robot models that are too large to ship: fetched once, checked by hash, cut down to one folder, cached.

The model comes from `MENAGERIE_ROOT` where that is set, else from a pinned wheel of pip's configured package index,
which is used as an archive of files and never installed.
"""

import hashlib
import os
import re
import shutil
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

from blueprint.contracts.errors import InputError, UnsafePathError
from blueprint.robots.decimation import decimate_meshes
from blueprint.robots.model_source import WheelModel
from blueprint.storage.cache import cache_root
from blueprint.storage.pinned_wheel import PinnedWheel, checked_wheel, download_wheel, read_member

__all__ = ["extract_model", "model_file", "publish"]

MAX_FILE_BYTES = 32 << 20
MAX_TOTAL_BYTES = 256 << 20
VISUAL_TRIANGLES = 13_000
_MESH_FILE = re.compile(r"""<mesh\b[^>]*?\bfile\s*=\s*["']([^"']+)["']""")
_PREPARATION = "2"  # part of the cache key: raise it when the preparation changes


def model_file(model: WheelModel) -> Path:
    """Return the path of the prepared MJCF file (visual meshes decimated), making it on first use.

    Raises MissingDependencyError where neither MENAGERIE_ROOT nor the package index has it, InputError where the
    file at MENAGERIE_ROOT is missing or the download's hash is another.
    """
    menagerie = os.environ.get("MENAGERIE_ROOT")
    if menagerie:
        source = Path(menagerie) / model.menagerie_folder
        if not (source / model.file).is_file():
            raise InputError(
                f"MENAGERIE_ROOT is {menagerie}, but {source / model.file} is not there.",
                remedy="point MENAGERIE_ROOT to a checkout of mujoco_menagerie, or unset it.",
            )
        key = _folder_hash(source)
    else:
        key = model.sha256
    stem = hashlib.sha256(f"{key} {_PREPARATION}".encode()).hexdigest()[:12]
    folder = cache_root() / "robots" / f"{Path(model.file).stem}-{stem}"
    if not (folder / model.file).is_file():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".part-") as scratch:
            prepared = Path(scratch) / "model"
            if menagerie:
                _copy_model(source, prepared, model)
            else:
                extract_model(download_wheel(_pinned(model), Path(scratch)), model, prepared)
            decimate_meshes(prepared / "assets", _visual_meshes(prepared / model.file), VISUAL_TRIANGLES)
            publish(prepared, folder)
    return folder / model.file


def extract_model(wheel: Path, model: WheelModel, out: Path) -> None:
    """Extract the model's file, the meshes that it names and the licence files of a wheel into `out`.

    Raises InputError where the wheel's SHA-256 is not the pinned one or a file is missing or too large, and
    UnsafePathError for a mesh whose name leaves the folder.
    """
    checked_wheel(wheel, _pinned(model))
    out.mkdir(parents=True)
    with zipfile.ZipFile(wheel) as archive:
        text = read_member(archive, f"{model.folder}/{model.file}", MAX_FILE_BYTES)
        (out / model.file).write_bytes(text)
        total = len(text)
        for name in _mesh_names(text.decode()):
            data = read_member(archive, f"{model.folder}/assets/{name}", MAX_FILE_BYTES)
            total += len(data)
            if total > MAX_TOTAL_BYTES:
                raise InputError(f"{wheel.name}: the model is larger than {MAX_TOTAL_BYTES} bytes.")
            (out / "assets").mkdir(exist_ok=True)
            (out / "assets" / name).write_bytes(data)
        for name in model.licence_files:
            (out / PurePosixPath(name).name).write_bytes(read_member(archive, name, MAX_FILE_BYTES))


def _pinned(model: WheelModel) -> PinnedWheel:
    return PinnedWheel(
        model.distribution,
        model.version,
        model.sha256,
        "the robot model",
        "connect to a package index, or set MENAGERIE_ROOT to a checkout of mujoco_menagerie, "
        "or use the arm that needs no download: --robot primitive_arm.",
    )


def _mesh_names(text: str) -> list[str]:
    names = sorted(set(_MESH_FILE.findall(text)))
    for name in names:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*\.(obj|stl)", name):
            raise UnsafePathError(f"mesh file {name!r} of a robot model is not a plain file name.")
    return names


def _visual_meshes(file: Path) -> list[str]:
    """Return the mesh files that are shown: in Menagerie, the .obj files without `collision` in their names."""
    return [name for name in _mesh_names(file.read_text()) if name.endswith(".obj") and "collision" not in name]


def _copy_model(source: Path, out: Path, model: WheelModel) -> None:
    text = (source / model.file).read_text()
    (out / "assets").mkdir(parents=True)
    shutil.copyfile(source / model.file, out / model.file)
    for name in _mesh_names(text):
        shutil.copyfile(source / "assets" / name, out / "assets" / name)
    if (source / "LICENSE").is_file():
        shutil.copyfile(source / "LICENSE", out / "LICENSE")


def publish(prepared: Path, folder: Path) -> None:
    """Rename into place; where another process was first, keep its folder (the bytes are the same)."""
    try:
        prepared.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise


def _folder_hash(source: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted([*source.glob("*.xml"), *source.glob("assets/*")]):
        digest.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
