"""The asset index and the provenance of every asset of the package."""

from collections.abc import Mapping
from pathlib import Path

from blueprint.contracts.asset import AssetModel
from blueprint.contracts.geniesim.asset_index import (
    AssetIndex,
    AssetProvenance,
    IndexedAsset,
    IndexedMaterial,
    ProvenanceEntry,
)
from blueprint.contracts.geniesim.scene_graph import namespaced
from blueprint.contracts.hashing import sha256_file
from blueprint.contracts.scene import Scene, asset_dir
from blueprint.export.geniesim.licences import is_commercial
from blueprint.export.geniesim.object_usd import COLLISION
from blueprint.export.geniesim.package import AssetPackage
from blueprint.physics.materials import physics_material
from blueprint.physics.shapes import solid_properties
from blueprint.usd.asset import interface_path, is_static

__all__ = ["build_asset_index", "build_provenance"]


def build_asset_index(scene: Scene, packages: Mapping[str, AssetPackage], asset_root: str) -> AssetIndex:
    """Return the index: an entry per object of the scene; `asset_root` is the asset root relative to the scene."""
    return AssetIndex(
        scene_id=scene.scene_id,
        assets=[
            _indexed(scene, item.id, packages.get(item.asset.asset_id or ""), asset_root) for item in scene.objects
        ],
        metadata={"asset_root": asset_root, "packages": len(packages)},
    )


def _indexed(scene: Scene, object_id: str, package: AssetPackage | None, asset_root: str) -> IndexedAsset:
    item, model = scene.object(object_id), scene.asset(object_id)
    weighed = not is_static(model) and all(link.inertial for link in model.links)
    surface = physics_material(model.links[0].physics_material)
    return IndexedAsset(
        asset_id=namespaced(scene.scene_id, object_id),
        usd_path=f"assets/{model.asset_id}/sim/{model.asset_id}.usda",
        semantic_description=f"{model.name}: {model.description}" if model.description else model.name,
        categories=list(dict.fromkeys([item.category or model.category, model.category, item.sim_role])),
        mass=round(model.mass_kg, 6) if weighed else None,
        material=IndexedMaterial(
            friction=surface.static_friction, restitution=surface.restitution, density=_density(model, weighed)
        ),
        collision_hull_path=f"{asset_root}/{package.folder}{COLLISION}" if package else None,
        commercial_ok=is_commercial(model.license),
        license=model.license.spdx,
        source=model.license.source,
        bp_metadata={
            "object_id": object_id,
            "asset": model.asset_id,
            "package": package.folder if package else None,
            "grasps": len(package.grasps) if package else 0,
            "generator": model.generator,
        },
    )


def _density(model: AssetModel, weighed: bool) -> float | None:
    """Mass over the volume of the collision shapes, kg/m³."""
    volume = sum(solid_properties(item.shape).volume for link in model.links for item in link.colliders)
    return round(model.mass_kg / volume, 3) if weighed and volume > 0 else None


def build_provenance(scene: Scene, scene_dir: Path, excluded: dict[str, str], commercial_only: bool) -> AssetProvenance:
    """Return where every asset comes from, with the hash of its USD interface."""
    users: dict[str, list[str]] = {}
    for item in scene.objects:
        users.setdefault(item.asset.asset_id or "", []).append(item.id)
    entries = []
    for asset_id in sorted(users):
        model = scene.assets[asset_id]
        entries.append(
            ProvenanceEntry(
                asset_id=asset_id,
                objects=users[asset_id],
                license=model.license.spdx,
                license_source=model.license.source,
                attribution=model.license.attribution,
                commercial_ok=is_commercial(model.license),
                generator=model.generator,
                sha256=sha256_file(interface_path(asset_dir(scene_dir, asset_id), asset_id)),
            )
        )
    return AssetProvenance(
        scene_id=scene.scene_id,
        commercial_only=commercial_only,
        assets=entries,
        excluded=dict(sorted(excluded.items())),
    )
