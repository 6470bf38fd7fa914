"""Readers of SceneSmith's and SAGE's folders: evaluated as they were delivered, neither relaxed nor settled by us."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from blueprint.assets.library import load_asset
from blueprint.contracts.ids import slug
from blueprint.contracts.scene import asset_dir, asset_ids, load_scene
from blueprint.physics.inertia import with_inertials
from blueprint.quality.scene_eval.subject import Reader
from blueprint.sources.imported.scene import ImportedScene, write_imported
from blueprint.sources.sage import is_sage_dir, read_sage
from blueprint.sources.scenesmith import is_scenesmith_dir, read_scenesmith
from blueprint.usd.asset import author_asset
from blueprint.usd.scene import author_scene

__all__ = ["PEER_READERS"]


def _converter(read: Callable[[Path], ImportedScene]) -> Callable[[Path, Path], Path]:
    def convert(folder: Path, work: Path) -> Path:
        scene = read(folder)
        target = work / "scene"
        write_imported(scene, slug(folder.resolve().name), target)
        for asset_id in asset_ids(target):
            own = asset_dir(target, asset_id)
            asset = load_asset(own)
            prepared = replace(asset, model=with_inertials(asset.model))
            prepared.model.write(own / "metadata.json")
            author_asset(prepared, own)
        author_scene(load_scene(target), target)
        return target

    return convert


PEER_READERS = (
    Reader("scenesmith", is_scenesmith_dir, _converter(read_scenesmith)),
    Reader("sage", is_sage_dir, _converter(read_sage)),
)
