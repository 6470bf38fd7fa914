"""Imported things in rooms → a scene folder of ours: manifest, assets, layout and inventory."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from blueprint.assets.geometry import Asset
from blueprint.assets.library import save_asset
from blueprint.contracts.asset import AssetModel
from blueprint.contracts.document import write_atomically
from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import IDENTITY, Pose
from blueprint.contracts.ids import slug, validate_scene_id
from blueprint.contracts.scene import asset_dir
from blueprint.contracts.scene_manifest import (
    AssetReference,
    Bounds,
    Dimensions,
    Placement,
    Relationship,
    Room,
    SceneFrame,
    SceneManifest,
    SceneObject,
    Semantics,
    Transform,
)  # fmt: skip
from blueprint.sources.imported.house import house_plan
from blueprint.sources.imported.shell import RoomRectangle, WallOpening, shell_asset
from blueprint.sources.text.documents import inventory, placement_graph, scene_layout

__all__ = [
    "MAX_OBJECTS",
    "ImportedObject",
    "ImportedScene",
    "articulation_of",
    "asset_reference",
    "unique_ids",
    "write_imported",
]

MAX_OBJECTS = 5000
SHELL_ID = "room"


@dataclass(frozen=True)
class ImportedObject:
    """`object_id` is ours; `parent` is another object's id or None for the floor. `origin` says where it came from.

    What does not hold is dropped unless it is `required`; None means that what stands on the floor is.
    """

    object_id: str
    asset: Asset
    pose_world_object: Pose
    name: str
    parent: str | None = None
    relation: Literal["on", "in"] = "on"
    mounting: Literal["free", "wall", "ceiling"] = "free"
    room: str | None = None
    origin: dict[str, Any] = field(default_factory=dict)
    asset_source: str = "imported"
    required: bool | None = None


@dataclass(frozen=True)
class ImportedScene:
    """Everything that was read, in the world frame: Z-up, metres. `skipped` maps foreign ids to the reason."""

    source: str
    prompt: str | None
    environment: str
    rooms: list[RoomRectangle]
    openings: list[WallOpening]
    objects: list[ImportedObject]
    skipped: dict[str, str] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)


def unique_ids(names: list[str]) -> list[str]:
    """Return `<slug>_<n>` per name, counted per slug from 1: usable as ids of objects."""
    counts: dict[str, int] = {}
    found = []
    for name in names:
        word = slug(name)[:60]
        counts[word] = counts.get(word, 0) + 1
        found.append(f"{word}_{counts[word]}")
    return found


def write_imported(scene: ImportedScene, scene_id: str, folder: Path) -> SceneManifest:
    """Write the scene into `folder` and return its manifest; the same input gives the same bytes.

    Raises InputError where it holds no object, or more than 5,000.
    """
    validate_scene_id(scene_id)
    if not 1 <= len(scene.objects) <= MAX_OBJECTS:
        raise InputError(
            f"the {scene.source} scene holds {len(scene.objects)} usable objects, expected 1 to {MAX_OBJECTS}"
            f" (skipped: {dict(sorted(scene.skipped.items())[:5]) or 'none'}).",
            remedy="look at what was skipped, and why.",
        )
    shell = shell_asset(scene.rooms, scene.openings, scene.source)
    assets = {item.asset.model.asset_id: item.asset for item in scene.objects} | {shell.model.asset_id: shell}
    manifest = _manifest(scene, scene_id, shell)
    for asset_id in sorted(assets):
        save_asset(assets[asset_id], asset_dir(folder, asset_id))
    models = {asset_id: asset.model for asset_id, asset in assets.items()}
    graph = json.dumps(placement_graph(manifest), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    write_atomically(folder / "textgen" / "placement_graph.json", graph.encode())
    from_source = {"metadata": {"source": scene.extra.get("source", "text"), "backend": scene.source}}
    layout = scene_layout(manifest, models).model_copy(update=from_source)
    layout.write(folder / "layout" / "scene_layout_scaled.json")
    inventory(manifest, models).model_copy(update=from_source).write(folder / "seg" / "inventory.json")
    manifest.write(folder / "assets" / "scene_manifest.json")
    return manifest


def asset_reference(model: AssetModel, source: str | None) -> AssetReference:
    """Return how an object refers to its asset; `source` says who made that."""
    path = f"assets/{model.asset_id}/sim/{model.asset_id}.usda"
    return AssetReference(asset_id=model.asset_id, source=source, path=path, format="usd")


def articulation_of(model: AssetModel) -> dict[str, Any] | None:
    """Return the manifest's entry for an asset's joints; None where it has none."""
    joints = [
        {"link": link.name, "joint": link.joint.name, **link.joint.model_dump(include={"type", "lower", "upper"})}
        for link in model.links
        if link.joint
    ]
    return {"required": True, "joints": joints} if joints else None


def _manifest(scene: ImportedScene, scene_id: str, shell: Asset) -> SceneManifest:
    low = np.min([(room.x, room.y) for room in scene.rooms], axis=0)
    high = np.max([(room.x + room.width, room.y + room.depth) for room in scene.rooms], axis=0)
    (x, y), (width, depth) = ((low + high) / 2).tolist(), (high - low).tolist()
    height = max(room.height for room in scene.rooms)
    shell_object = _scene_object(ImportedObject(SHELL_ID, shell, IDENTITY, "room"), scene.source)
    return SceneManifest(
        version="1.0.0",
        scene_id=scene_id,
        scene=SceneFrame(
            environment_type=scene.environment,
            room=Room(
                bounds=Bounds(width=round(width, 6), depth=round(depth, 6), height=round(height, 6)),
                origin=[round(x, 6), round(y, 6), 0.0],
            ),
        ),
        objects=[shell_object, *(_scene_object(item, scene.source) for item in scene.objects)],
        metadata={
            "source": "text",
            "backend": scene.source,
            "source_pipeline": scene.source,
            "prompt": scene.prompt or "",
            "house": house_plan(scene.rooms, scene.openings).model_dump(mode="json"),
            "skipped": dict(sorted(scene.skipped.items())),
            "unsatisfied": [],
            "licenses": sorted({item.asset.model.license.spdx for item in scene.objects}),
            **scene.extra,
        },
    )


def _scene_object(item: ImportedObject, source: str) -> SceneObject:
    model = item.asset.model
    width, depth, height = model.size_m
    is_shell = model.sim_role == "scene_shell"
    required = item.parent is None if item.required is None else item.required
    relations = None
    if item.parent is not None:
        relations = [Relationship(type=item.relation, subject_id=item.object_id, object_id=item.parent)]
    return SceneObject(
        id=item.object_id,
        name=item.name,
        category=model.category,
        description=model.description,
        sim_role=model.sim_role,  # type: ignore[arg-type]
        mounting=item.mounting,
        must_be_separate_asset=not is_shell,
        transform=Transform.of(item.pose_world_object),
        dimensions_est=Dimensions(width=width, depth=depth, height=height),
        dimensions_source="parametric" if is_shell else source,
        asset=asset_reference(model, "parametric" if is_shell else item.asset_source),
        semantics=Semantics.model_validate(
            {"class": model.category, "instance_id": item.object_id, "affordances": model.affordances}
        ),
        placement=None if is_shell else Placement(parent_id=item.parent, required=required),
        articulation=articulation_of(model),
        relationships=relations,
        variation_candidate=model.sim_role in ("manipulable_object", "clutter"),
        placement_region=item.room,
        source=item.origin or None,
    )
