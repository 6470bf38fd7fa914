"""A scene in memory: the manifest together with the assets that it refers to."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from blueprint.contracts.asset import AssetModel, Region
from blueprint.contracts.errors import ContractError, UnsafePathError
from blueprint.contracts.frames import Pose
from blueprint.contracts.manifest_stream import iter_objects
from blueprint.contracts.scene_manifest import SceneManifest, SceneObject

__all__ = ["Scene", "asset_dir", "asset_ids", "load_scene", "validate_scene"]


@dataclass(frozen=True)
class Scene:
    """`assets` maps asset ids to models; every object's asset id is a key of it."""

    manifest: SceneManifest
    assets: dict[str, AssetModel]

    @property
    def scene_id(self) -> str:
        return self.manifest.scene_id

    @property
    def objects(self) -> list[SceneObject]:
        return self.manifest.objects

    def object(self, object_id: str) -> SceneObject:
        return self._by_id[object_id]

    def asset(self, object_id: str) -> AssetModel:
        """Return the asset that an object is an instance of."""
        return self.assets[self.object(object_id).asset.asset_id or ""]

    @cached_property
    def _by_id(self) -> dict[str, SceneObject]:
        return {item.id: item for item in self.manifest.objects}

    def region(self, object_id: str, region: str) -> Region:
        return self.asset(object_id).region(region)

    def pose_world_object(self, object_id: str) -> Pose:
        return self.object(object_id).transform.pose()


def asset_dir(scene_dir: Path, asset_id: str) -> Path:
    return scene_dir / "assets" / asset_id


def load_scene(scene_dir: Path) -> Scene:
    """Read `assets/scene_manifest.json` and every `assets/{asset_id}/metadata.json`.

    Raises InputError where a file is missing, ContractError where one is invalid.
    """
    manifest = SceneManifest.read(scene_dir / "assets" / "scene_manifest.json")
    assets: dict[str, AssetModel] = {}
    for item in manifest.objects:
        asset_id = _asset_id(scene_dir, item)
        if asset_id not in assets:
            assets[asset_id] = AssetModel.read(asset_dir(scene_dir, asset_id) / "metadata.json")
    return Scene(manifest, assets)


def asset_ids(scene_dir: Path) -> list[str]:
    """Return the ids of the assets that a scene uses, sorted, without holding the scene; raises as `load_scene`."""
    objects = iter_objects(scene_dir / "assets" / "scene_manifest.json")
    return sorted({_asset_id(scene_dir, item) for item in objects})


def validate_scene(scene_dir: Path) -> tuple[int, int]:
    """Return how many objects and assets a scene has, all valid; raises as `load_scene`, and holds one at a time."""
    objects = 0
    assets: set[str] = set()
    for item in iter_objects(scene_dir / "assets" / "scene_manifest.json"):
        objects += 1
        asset_id = _asset_id(scene_dir, item)
        if asset_id not in assets:
            AssetModel.read(asset_dir(scene_dir, asset_id) / "metadata.json")
            assets.add(asset_id)
    return objects, len(assets)


def _asset_id(scene_dir: Path, item: SceneObject) -> str:
    asset_id = item.asset.asset_id
    if not asset_id:
        raise ContractError(f"object {item.id} names no asset_id.", remedy="re-run stage source.")
    if not asset_dir(scene_dir, asset_id).resolve().is_relative_to(scene_dir.resolve()):
        raise UnsafePathError(f"object {item.id}: asset id {asset_id!r} leaves the scene folder.")
    return asset_id
