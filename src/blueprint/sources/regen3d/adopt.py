"""A reconstruction's folder is copied into the scene: only what is read, only from inside, and not without bound."""

import shutil
from pathlib import Path

from blueprint.contracts.errors import InputError, UnsafePathError
from blueprint.sources.existing import MAX_SCENE_BYTES

__all__ = ["MAX_FILES", "adopt_reconstruction"]

MAX_FILES = 50_000
_SUFFIXES = {
    ".glb", ".gltf", ".bin", ".obj", ".mtl", ".ply", ".npz", ".npy", ".json", ".png", ".jpg", ".jpeg", ".exr",
}  # fmt: skip
# Large, and nothing of it is read; nobody may look at a truth.
_UNUSED = {"findings", "masks", "vggt", "rendering", "evaluation", "gif", "figures", "truth.json"}


def adopt_reconstruction(source: Path, target: Path) -> int:
    """Copy the meshes, clouds, cameras and documents of `source` into `target` and return how many files.

    Pictures of the run's own steps are left where they are. Raises InputError for more than 4 GiB or 50,000 files,
    UnsafePathError for a link that leads out of the folder.
    """
    names = []
    total = 0
    for path in sorted(source.rglob("*")):
        name = path.relative_to(source)
        if path.is_dir() or path.suffix.lower() not in _SUFFIXES or _UNUSED & {*name.parts[:-1], name.name}:
            continue
        if not path.resolve().is_relative_to(source.resolve()):
            raise UnsafePathError(f"{name} leads out of {source}.", remedy="copy the file itself into the folder.")
        names.append(name)
        total += path.stat().st_size
        if total > MAX_SCENE_BYTES or len(names) > MAX_FILES:
            message = f"{source} holds more than {MAX_SCENE_BYTES} bytes or {MAX_FILES} files."
            raise InputError(message, remedy="hand over the meshes and clouds of one room.")
    for name in names:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, target / name)
    return len(names)
