"""A scene in memory: the manifest together with the assets that it refers to."""

from dataclasses import dataclass
from pathlib import Path

from blueprint.contracts.asset import AssetModel, Region
from blueprint.contracts.errors import ContractError, UnsafePathError
from blueprint.contracts.frames import Pose
from blueprint.contracts.scene_manifest import SceneManifest, SceneObject

__all__ = ["Scene", "asset_dir", "load_scene"]


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
        return self.manifest.object(object_id)

    def asset(self, object_id: str) -> AssetModel:
        """Return the asset that an object is an instance of."""
        return self.assets[self.object(object_id).asset.asset_id or ""]

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
        asset_id = item.asset.asset_id
        if not asset_id:
            raise ContractError(
                f"object {item.id} of scene {manifest.scene_id} names no asset_id.", remedy="re-run stage source."
            )
        if asset_id not in assets:
            path = asset_dir(scene_dir, asset_id) / "metadata.json"
            if not path.resolve().is_relative_to(scene_dir.resolve()):
                raise UnsafePathError(f"object {item.id}: asset id {asset_id!r} leaves the scene folder.")
            assets[asset_id] = AssetModel.read(path)
    return Scene(manifest, assets)
