"""The documents of a generated scene: manifest, package, placement graph, layout and inventory."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from blueprint.assets.registry import AssetRequest
from blueprint.contracts.asset import AssetModel
from blueprint.contracts.frames import Pose, Vec3, matrix_from_quat_wxyz
from blueprint.contracts.inventory import Inventory, InventoryObject
from blueprint.contracts.layout import LayoutObject, OrientedBox, RoomBox, SceneLayout
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
)
from blueprint.contracts.scene_request import SceneRequest
from blueprint.physics.extent import asset_points
from blueprint.sources.text.floor import FloorPlan
from blueprint.sources.text.layout import Layout, Placed
from blueprint.sources.text.plan import Plan, Wanted
from blueprint.sources.text.sides import side_holds
from blueprint.sources.text.spec import SceneSpec

__all__ = [
    "MANIFEST_VERSION",
    "ROOM_HEIGHT_M",
    "inventory",
    "layout_plan",
    "manifest",
    "package",
    "placement_graph",
    "scene_layout",
    "scene_object",
]

MANIFEST_VERSION = "1.0.0"
ROOM_HEIGHT_M = 2.6
_ENVIRONMENTS = {
    "kitchen": "kitchen",
    "dining": "dining_room",
    "office": "office",
    "workshop": "workshop",
    "shelf": "storage",
}


def manifest(
    request: SceneRequest,
    run_seed: int,
    spec: SceneSpec,
    plan: Plan,
    layout: Layout,
    models: dict[str, AssetModel],
    requests: dict[str, AssetRequest],
    room_id: str,
) -> SceneManifest:
    """Return the manifest; `models` and `requests` are keyed by object id, the room shell included."""
    center = layout.floor.center
    room = scene_object(room_id, models[room_id], requests[room_id], Pose.of((*center, 0.0)), placement=None, source={})
    objects = [room]
    boxes = {name: _world_box(models[name], record.pose_world_object) for name, record in layout.placed.items()}
    for item in plan.wanted:
        record = layout.placed.get(item.object_id)
        if record is not None:
            objects.append(_placed_object(spec, item, record, models[item.object_id], boxes))
    return SceneManifest(
        version=MANIFEST_VERSION,
        scene_id=request.scene_id,
        scene=SceneFrame(
            environment_type=_ENVIRONMENTS.get(spec.room_type, spec.room_type),
            room=Room(
                bounds=Bounds(width=layout.floor.width, depth=layout.floor.depth, height=ROOM_HEIGHT_M),
                origin=[center[0], center[1], 0.0],
            ),
        ),
        objects=objects,
        metadata={
            "source": "text",
            "backend": "internal",
            "prompt": spec.prompt,
            "room_type": spec.room_type,
            "seed": run_seed,
            "anchor": plan.anchor,
            "completed": [
                item.object_id for item in plan.wanted if spec.requirements[item.requirement].source == "completion"
            ],
            "spec": spec.model_dump(mode="json", exclude={"prompt"}),
            "unsatisfied": [item.model_dump(mode="json", exclude_none=True) for item in layout.unsatisfied],
            "licenses": sorted({model.license.spdx for model in models.values()}),
        },
    )


def _placed_object(
    spec: SceneSpec, item: Wanted, record: Placed, model: AssetModel, boxes: dict[str, Any]
) -> SceneObject:
    requirement = spec.requirements[item.requirement]
    relationships = []
    if record.parent:
        kind = "in" if item.within and record.parent == item.parent else "on"
        relationships.append(Relationship(type=kind, subject_id=item.object_id, object_id=record.parent))
    for kind, target in item.sides:
        if target in boxes and side_holds(kind, boxes[item.object_id], boxes[target]):
            relationships.append(Relationship(type=kind, subject_id=item.object_id, object_id=target))
    placement = Placement(
        parent_id=record.parent,
        region=record.region,
        pose_region_object=record.pose_region_object,
        required=requirement.source != "completion",
    )
    source = {
        "requirement": item.requirement,
        "origin": requirement.source,
        "noun": requirement.noun,
        "evidence": spec.prompt[slice(*requirement.evidence)],
    }
    return scene_object(
        item.object_id, model, item.request, record.pose_world_object, placement, source, relationships or None
    )


def scene_object(
    object_id: str,
    model: AssetModel,
    request: AssetRequest,
    pose: Pose,
    placement: Placement | None,
    source: dict[str, Any],
    relationships: list[Relationship] | None = None,
    mounting: Literal["free", "wall", "ceiling"] = "free",
    category: str | None = None,
) -> SceneObject:
    """Return the manifest's entry of an object; `category` (default: the asset's) is what a reader would call it."""
    width, depth, height = model.size_m
    joints = [
        {"link": link.name, "joint": link.joint.name, **link.joint.model_dump(include={"type", "lower", "upper"})}
        for link in model.links
        if link.joint
    ]  # fmt: skip
    return SceneObject(
        id=object_id,
        name=str(source.get("noun") or model.name),
        category=category or model.category,
        description=model.description,
        sim_role=model.sim_role,  # type: ignore[arg-type]
        mounting=mounting,
        must_be_separate_asset=model.sim_role != "scene_shell",
        transform=Transform.of(pose),
        dimensions_est=Dimensions(width=round(width, 6), depth=round(depth, 6), height=round(height, 6)),
        dimensions_source="parametric",
        asset=AssetReference(
            asset_id=model.asset_id,
            source="parametric",
            path=f"assets/{model.asset_id}/sim/{model.asset_id}.usda",
            format="usd",
        ),
        semantics=Semantics.model_validate(
            {"class": category or model.category, "instance_id": object_id, "affordances": model.affordances}
        ),
        placement=placement,
        asset_generation={
            "generator": model.generator,
            "params": model.params,
            "seed": model.seed,
            "request": {
                "category": request.category,
                "color": request.color,
                "material": request.material,
                "size": request.size,
                "options": dict(request.options),
            },
            "license": model.license.spdx,
        },
        articulation={"required": True, "joints": joints} if joints else None,
        relationships=relationships,
        variation_candidate=model.sim_role in ("manipulable_object", "clutter"),
        source=source or None,
    )


def package(
    spec: SceneSpec, plan: dict[str, Any], document: SceneManifest, request: SceneRequest, run_seed: int
) -> dict[str, Any]:
    """Return `textgen/package.json`: the spec, the objects, the shell (`plan`), and how they were made."""
    objects = [item for item in document.objects if item.sim_role != "scene_shell"]
    return {
        "schema_version": "v1",
        "scene_id": request.scene_id,
        "room_type": spec.room_type,
        "seed": run_seed,
        "quality_tier": request.quality_tier,
        "provider_policy": request.provider_policy,
        "provider_used": "internal",
        "used_llm": False,
        "llm_attempts": [],
        "prompt": spec.prompt,
        "constraints": request.constraints,
        "spec": spec.model_dump(mode="json"),
        "objects": [item.model_dump(mode="json", exclude_none=True, by_alias=True) for item in objects],
        "layout_plan": plan,
        "placement_graph": placement_graph(document),
        "unsatisfied": document.metadata["unsatisfied"],
        "provenance": {"assets": "parametric", "generation": "deterministic", "backends": ["internal"]},
        "backend": {"selected": "internal", "backends": ["internal"]},
        "text_backend": request.text_backend,
    }


def layout_plan(spec: SceneSpec, floor: FloorPlan) -> dict[str, Any]:
    """Return the package's `layout_plan` of a table-top scene: its room's box, which has no openings."""
    (cx, cy), w, d = floor.center, floor.width, floor.depth
    return {
        "schema_version": "v1",
        "room_type": spec.room_type,
        "room_box": {
            "min": [round(cx - w / 2, 4), round(cy - d / 2, 4), 0.0],
            "max": [round(cx + w / 2, 4), round(cy + d / 2, 4), ROOM_HEIGHT_M],
        },
        "openings": [],
    }


def placement_graph(document: SceneManifest) -> dict[str, Any]:
    """Return `textgen/placement_graph.json`: what stands on, in or beside what."""
    relations = []
    for item in document.objects:
        for relation in item.relationships or []:
            entry = {"type": relation.type, "subject_id": relation.subject_id, "object_id": relation.object_id}
            on_parent = relation.type in ("on", "in") and item.placement is not None
            if on_parent and item.placement and item.placement.region:
                entry["surface_name"] = item.placement.region
            relations.append(entry)
    return {"schema_version": "v1", "relations": relations}


def scene_layout(document: SceneManifest, models: dict[str, AssetModel]) -> SceneLayout:
    """Return `layout/scene_layout_scaled.json`: an oriented box (half extents) per object but the shell."""
    room = document.scene.room
    assert room is not None
    objects = []
    for item in document.objects:
        if item.sim_role == "scene_shell":
            continue
        points = asset_points(models[item.asset.asset_id or ""])
        low, high = points.min(axis=0), points.max(axis=0)
        pose = item.transform.pose()
        center = _vec3(pose.apply((low + high) / 2))
        rows = matrix_from_quat_wxyz(pose.quat_wxyz)
        half = _vec3((high - low) / 2)
        objects.append(
            LayoutObject(
                id=item.id,
                class_name=item.category or "unknown",
                center3d=center,
                obb=OrientedBox(center=center, extents=half, R=(_vec3(rows[0]), _vec3(rows[1]), _vec3(rows[2]))),
                approx_location=_location(item, document),
                is_floor_contact=_on_floor(item),
            )
        )
    (x, y, _), bounds = room.origin, room.bounds
    return SceneLayout(
        scene_id=document.scene_id,
        objects=objects,
        room_box=RoomBox(
            min=(round(x - bounds.width / 2, 4), round(y - bounds.depth / 2, 4), 0.0),
            max=(round(x + bounds.width / 2, 4), round(y + bounds.depth / 2, 4), bounds.height),
        ),
        metadata={"source": "text", "backend": "internal"},
    )


def inventory(document: SceneManifest, models: dict[str, AssetModel]) -> Inventory:
    """Return `seg/inventory.json`."""
    objects = []
    for item in document.objects:
        model = models[item.asset.asset_id or ""]
        joints = {link.joint.type for link in model.links if link.joint}
        objects.append(
            InventoryObject(
                id=item.id,
                category=item.category or "unknown",
                short_description=model.description,
                sim_role=item.sim_role,
                articulation_hint=", ".join(sorted(joints)) or None,
                approx_location=_location(item, document),
                is_floor_contact=_on_floor(item),
                material_type=model.links[0].physics_material,
            )
        )
    return Inventory(
        scene_id=document.scene_id,
        environment_type=document.scene.environment_type or "unknown",
        total_objects=len(objects),
        objects=objects,
        metadata={"source": "text", "backend": "internal"},
    )


def _on_floor(item: SceneObject) -> bool:
    return item.placement is not None and item.placement.parent_id is None and item.mounting == "free"


def _location(item: SceneObject, document: SceneManifest) -> str:
    if item.placement and item.placement.parent_id:
        kinds = {relation.object_id: relation.type for relation in item.relationships or []}
        return f"{kinds.get(item.placement.parent_id, 'on')} {item.placement.parent_id}"
    if item.mounting != "free":
        return f"on the {item.mounting}"
    return "on the floor" if item.placement else "around the scene"


def _vec3(values: NDArray[np.float64]) -> Vec3:
    x, y, z = (round(float(value), 6) + 0.0 for value in values)
    return x, y, z


def _world_box(model: AssetModel, pose: Pose) -> tuple[Any, Any]:
    points = pose.apply(asset_points(model))
    return points.min(axis=0), points.max(axis=0)
