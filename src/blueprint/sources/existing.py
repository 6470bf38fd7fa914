"""An existing scene folder as a source: its manifest is accepted as it is, once it is safe and complete."""

import shutil
from pathlib import Path

from blueprint.contracts.document import write_atomically
from blueprint.contracts.errors import ContractError, InputError, UnsafePathError
from blueprint.contracts.ids import validate_identifier
from blueprint.contracts.scene import Scene, asset_dir, load_scene
from blueprint.contracts.scene_manifest import SceneManifest

__all__ = ["MAX_SCENE_BYTES", "adopt_scene", "check_scene", "is_scene_dir"]

MAX_SCENE_BYTES = 4 << 30
_MANIFEST = Path("assets/scene_manifest.json")


def is_scene_dir(path: Path) -> bool:
    """Whether `path` is a folder with a scene manifest."""
    return (path / _MANIFEST).is_file()


def check_scene(scene_dir: Path) -> Scene:
    """Return the scene of a folder after checking it.

    Raises InputError where the manifest or an asset is missing, ContractError where one is invalid or of another
    version, UnsafePathError where an id or path leaves the folder.
    """
    if not scene_dir.is_dir():
        raise InputError(f"{scene_dir} is not a folder.", remedy="give a scene folder, or a prompt.")
    if not is_scene_dir(scene_dir):
        raise InputError(f"{scene_dir} holds no {_MANIFEST}.", remedy="give a folder that a run has written.")
    _contained(scene_dir, _MANIFEST)
    manifest = SceneManifest.read(scene_dir / _MANIFEST)
    if manifest.scene.coordinate_frame != "z_up" or manifest.scene.meters_per_unit != 1.0:
        raise ContractError(
            f"scene {manifest.scene_id} is {manifest.scene.coordinate_frame} with "
            f"{manifest.scene.meters_per_unit} m per unit.",
            remedy="convert it to Z-up and metres.",
        )
    for item in manifest.objects:
        try:
            validate_identifier(item.asset.asset_id or "")
        except InputError as error:
            raise UnsafePathError(f"object {item.id}: asset id {item.asset.asset_id!r} is no plain name.") from error
        _contained(scene_dir, Path(item.asset.path))
        _contained(scene_dir, Path("assets") / (item.asset.asset_id or "") / "metadata.json")
    scene = load_scene(scene_dir)
    _check_placements(scene)
    return scene


def adopt_scene(source_dir: Path, scene_dir: Path) -> SceneManifest:
    """Copy the manifest, its assets and the source documents of a checked scene into `scene_dir`; in place is fine.

    Links are refused and at most 4 GiB are copied. Raises as `check_scene` does.
    """
    scene = check_scene(source_dir)
    if source_dir.resolve() == scene_dir.resolve():
        return scene.manifest
    folders = [asset_dir(Path(), asset_id) for asset_id in sorted(scene.assets)]
    folders += [Path(name) for name in ("textgen", "layout", "seg", "prompts")]
    files = [
        path.relative_to(source_dir)
        for folder in folders
        for path in sorted((source_dir / folder).rglob("*"))
        if not path.is_dir()
    ]
    total = 0
    for name in files:
        _contained(source_dir, name)
        total += (source_dir / name).stat().st_size
        if total > MAX_SCENE_BYTES:
            raise InputError(f"{source_dir} holds more than {MAX_SCENE_BYTES} bytes.", remedy="remove unused assets.")
    for name in files:
        (scene_dir / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source_dir / name, scene_dir / name)
    write_atomically(scene_dir / _MANIFEST, (source_dir / _MANIFEST).read_bytes())
    return scene.manifest


def _contained(folder: Path, name: Path) -> None:
    """Raise UnsafePathError unless folder/name stays inside the folder, links followed."""
    if name.is_absolute() or ".." in name.parts or not (folder / name).resolve().is_relative_to(folder.resolve()):
        raise UnsafePathError(f"{name} leaves the scene folder {folder}.", remedy="use relative paths without '..'.")


def _check_placements(scene: Scene) -> None:
    for item in scene.objects:
        placement = item.placement
        if placement is None or placement.parent_id is None or placement.region is None:
            continue
        names = [region.name for region in scene.asset(placement.parent_id).regions]
        if placement.region not in names:
            raise ContractError(
                f"object {item.id} stands in region {placement.region!r} of {placement.parent_id}, which has {names}.",
                remedy="name one of these regions.",
            )
