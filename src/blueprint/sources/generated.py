"""A generated scene before it is written, and the files that it is written to."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from blueprint.assets.geometry import Asset
from blueprint.assets.library import save_asset
from blueprint.assets.registry import AssetRequest, generate
from blueprint.contracts.asset import AssetModel
from blueprint.contracts.document import write_atomically
from blueprint.contracts.scene import Scene, asset_dir
from blueprint.contracts.scene_manifest import SceneManifest
from blueprint.contracts.scene_request import SceneRequest
from blueprint.sources.text.documents import inventory, package, placement_graph, scene_layout
from blueprint.sources.text.spec import SceneSpec, Unsatisfied

__all__ = ["AssetProvider", "AssetShelf", "GeneratedScene", "write_generated"]


AssetProvider = Callable[[AssetRequest, Asset], Asset | None]


class AssetShelf:
    """Assets by request, each made once.

    `provider` is shown every request with its procedural asset and may return another one in its place, of the size
    and use of the first; it must be deterministic.
    """

    def __init__(self, provider: AssetProvider | None = None) -> None:
        self._built: dict[AssetRequest, Asset] = {}
        self._provider = provider

    def asset(self, request: AssetRequest) -> Asset:
        if request not in self._built:
            made = generate(request)
            found = self._provider(request, made) if self._provider else None
            self._built[request] = made if found is None else found
        return self._built[request]

    def model(self, request: AssetRequest) -> AssetModel:
        return self.asset(request).model


@dataclass(frozen=True)
class GeneratedScene:
    """`assets` are keyed by asset id, `layout_plan` is the package's: the shell and its openings."""

    spec: SceneSpec
    manifest: SceneManifest
    assets: dict[str, Asset]
    layout_plan: dict[str, Any]
    unsatisfied: list[Unsatisfied]

    @property
    def scene(self) -> Scene:
        return Scene(self.manifest, {name: asset.model for name, asset in self.assets.items()})


def write_generated(
    generated: GeneratedScene,
    request: SceneRequest,
    run_seed: int,
    scene_dir: Path,
) -> None:
    """Write textgen/{request.normalized,package,placement_graph}.json, assets/{asset_id}/…,
    layout/scene_layout_scaled.json, seg/inventory.json and, last, assets/scene_manifest.json below `scene_dir`."""
    for asset_id in sorted(generated.assets):
        save_asset(generated.assets[asset_id], asset_dir(scene_dir, asset_id))
    document, models = generated.manifest, generated.scene.assets
    request.write(scene_dir / "textgen" / "request.normalized.json")
    _write_json(
        scene_dir / "textgen" / "package.json",
        package(generated.spec, generated.layout_plan, document, request, run_seed),
    )
    _write_json(scene_dir / "textgen" / "placement_graph.json", placement_graph(document))
    scene_layout(document, models).write(scene_dir / "layout" / "scene_layout_scaled.json")
    inventory(document, models).write(scene_dir / "seg" / "inventory.json")
    document.write(scene_dir / "assets" / "scene_manifest.json")


def _write_json(path: Path, value: object) -> None:
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False, sort_keys=True) + "\n"
    write_atomically(path, text.encode())
