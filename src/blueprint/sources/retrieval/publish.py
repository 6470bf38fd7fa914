"""After the source stage: scene and assets in the catalogue, and their texts in the queue of the embedding job."""

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from blueprint.assets.lexicon import ancestors
from blueprint.contracts.asset import AssetModel
from blueprint.contracts.asset_embedding import AssetEmbeddingRequest, EmbeddingItem, idempotency_key
from blueprint.contracts.catalogue import AssetEntry, SceneEntry
from blueprint.contracts.errors import InputError
from blueprint.contracts.hashing import sha256_bytes, sha256_json
from blueprint.contracts.scene import Scene, load_scene
from blueprint.contracts.scene_manifest import Dimensions
from blueprint.physics.materials import physics_material
from blueprint.services.embeddings import embedder_from
from blueprint.sources.retrieval.query import descriptor_text
from blueprint.sources.retrieval.session import automation_store
from blueprint.storage.keys import validate_prefix
from blueprint.storage.local import LocalStore
from blueprint.storage.store import ObjectStore

if TYPE_CHECKING:
    from blueprint.services.catalogue import Catalogue

__all__ = ["ENQUEUED", "catalogued_asset_id", "enqueue_embedding", "publish_if_configured", "publish_scene"]

ENQUEUED = "assets/.asset_embedding_enqueued"
_QUEUE = "automation/asset_embedding/queue"


def publish_if_configured(
    scene_dir: Path, environ: Mapping[str, str] | None = None, now: Callable[[], str] | None = None
) -> str | None:
    """Publish a scene and enqueue its texts where the settings say so; returns what was done, None if nothing.

    TEXT_ASSET_CATALOG names the catalogue (sqlite, sqlite:///…, postgresql+pg8000://…, firestore);
    TEXT_ASSET_CATALOG_ENABLED switches it (by default on where a catalogue is named). Raises InputError for a setting
    that cannot be used, ServiceError where the catalogue fails, StorageError where the queue cannot be written.
    """
    variables = os.environ if environ is None else environ
    named = variables.get("TEXT_ASSET_CATALOG", "").strip()
    switch = variables.get("TEXT_ASSET_CATALOG_ENABLED", "").strip().lower()
    if switch not in ("", "true", "1", "yes", "on", "false", "0", "no", "off"):
        raise InputError(f"TEXT_ASSET_CATALOG_ENABLED is {switch[:40]!r}.", remedy="use true or false.")
    if switch in ("false", "0", "no", "off") or not (switch or named):
        return None
    from blueprint.services.catalogue import catalogue_from  # with SQLAlchemy, which no other command needs

    store = automation_store(scene_dir, variables, variables.get("TEXT_ASSET_LIBRARY", ""))
    folder = Path(store.url) if isinstance(store, LocalStore) else scene_dir.parent
    scene = load_scene(scene_dir)
    count = publish_scene(scene, catalogue_from(named, folder / "automation" / "catalogue"))
    model = embedder_from(variables.get("TEXT_ASSET_EMBEDDING_PROVIDER", "").strip() or "local").name
    prefix = variables.get("TEXT_ASSET_EMBEDDING_QUEUE_PREFIX", _QUEUE)
    key = enqueue_embedding(scene, scene_dir, store, model, prefix, (now or _utc_stamp)())
    return f"{count} assets in the catalogue, {key or 'nothing new'} in the embedding queue"


def publish_scene(scene: Scene, catalogue: "Catalogue") -> int:
    """Write the entries of a scene and of each of its assets; doing it twice is the same as once. Returns how many
    assets there are."""
    manifest = scene.manifest
    assets = _movable(scene)
    for asset_id, model in assets.items():
        catalogue.put_asset(_entry(scene, asset_id, model))
    catalogue.put_scene(
        SceneEntry(
            scene_id=manifest.scene_id,
            prompt=manifest.metadata.get("prompt"),
            environment_type=manifest.scene.environment_type,
            asset_ids=[catalogued_asset_id(manifest.scene_id, asset_id) for asset_id in assets],
            extra_metadata={"objects": len(manifest.objects), "room_type": manifest.metadata.get("room_type")},
        )
    )
    return len(assets)


def enqueue_embedding(
    scene: Scene, scene_dir: Path, store: ObjectStore, model: str, prefix: str, stamp: str
) -> str | None:
    """Write `{stamp}-{scene}-{hash10}.json` into the queue and return its key; None where the same texts were enqueued
    before (`assets/.asset_embedding_enqueued` says so). `stamp` is the time as in the name: `20260101T120000Z`.
    """
    items = [_item(scene, asset_id, asset, model) for asset_id, asset in _movable(scene).items()]
    digest = sha256_json([item.idempotency_key for item in items])
    marker = scene_dir / ENQUEUED
    if marker.is_file() and marker.read_text() == f"{digest}\n":
        return None
    request = AssetEmbeddingRequest(
        scene_id=scene.scene_id,
        created_at=stamp,
        embedding_model=model,
        source_pipeline=str(scene.manifest.metadata.get("backend", "text")),
        assets_prefix=f"scenes/{scene.scene_id}/assets",
        assets=items,
    )
    key = f"{validate_prefix(prefix.strip('/'))}{stamp}-{scene.scene_id}-{digest[:10]}.json"
    store.write(key, request.to_json().encode())
    marker.write_text(f"{digest}\n")
    return key


def catalogued_asset_id(scene_id: str, asset_id: str) -> str:
    return f"text::{scene_id}::{asset_id}"


def _utc_stamp() -> str:
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")


def _movable(scene: Scene) -> dict[str, AssetModel]:
    """Assets by id, sorted, without architecture."""
    return {name: model for name, model in sorted(scene.assets.items()) if model.sim_role != "scene_shell"}


def _usd_path(scene: Scene, asset_id: str) -> str:
    return f"scenes/{scene.scene_id}/assets/{asset_id}/sim/{asset_id}.usda"


def _origin(scene: Scene, asset_id: str) -> str:
    return next(item.asset.source or "parametric" for item in scene.objects if item.asset.asset_id == asset_id)


def _tags(model: AssetModel) -> list[str]:
    kinds = [name.replace("_", " ") for name in ancestors(model.category) if name not in (model.category, "object")]
    return [*kinds, *sorted({link.physics_material for link in model.links})]


def _entry(scene: Scene, asset_id: str, model: AssetModel) -> AssetEntry:
    name = catalogued_asset_id(scene.scene_id, asset_id)
    root = model.links[0].physics_material
    return AssetEntry(
        asset_id=name,
        logical_id=asset_id,
        source=_origin(scene, asset_id),
        usd_path=_usd_path(scene, asset_id),
        sim_roles=[model.sim_role],
        class_name=model.category,
        description=model.description,
        physics_profile={
            "mass_kg": None if any(link.inertial is None for link in model.links) else round(model.mass_kg, 6),
            "material": root,
            "static_friction": physics_material(root).static_friction,
        },
        articulation_profile={link.joint.name: link.joint.type for link in model.links if link.joint},
        embedding=f"{name}:text",
        extra_metadata={"size_m": list(model.size_m), "license": model.license.model_dump(exclude_none=True)},
    )


def _item(scene: Scene, asset_id: str, model: AssetModel, embedding_model: str) -> EmbeddingItem:
    name = catalogued_asset_id(scene.scene_id, asset_id)
    tags = _tags(model)
    text = descriptor_text(model.name, model.category, model.description, [])
    digest = sha256_bytes(text.encode())
    width, depth, height = model.size_m
    return EmbeddingItem(
        asset_id=name,
        descriptor_text=text,
        descriptor_hash=digest,
        idempotency_key=idempotency_key(name, embedding_model, digest),
        class_name=model.category,
        sim_roles=[model.sim_role],
        usd_path=_usd_path(scene, asset_id),
        source=_origin(scene, asset_id),
        tags=tags,
        dimensions=Dimensions(width=width, depth=depth, height=height),
    )
