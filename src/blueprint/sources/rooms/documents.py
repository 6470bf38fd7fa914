"""The manifest of furnished rooms, and the layout plan of their package."""

from typing import Any

from blueprint.assets.registry import AssetRequest
from blueprint.contracts.asset import AssetModel
from blueprint.contracts.frames import IDENTITY
from blueprint.contracts.house import HousePlan
from blueprint.contracts.scene_manifest import (
    Bounds,
    Placement,
    Relationship,
    Room,
    SceneFrame,
    SceneManifest,
    SceneObject,
)
from blueprint.contracts.scene_request import SceneRequest
from blueprint.sources.rooms.program import Item, Program
from blueprint.sources.text.documents import MANIFEST_VERSION, scene_object
from blueprint.sources.text.layout import Placed
from blueprint.sources.text.spec import SceneSpec, Unsatisfied

__all__ = ["house_box", "layout_plan", "rooms_manifest"]

SHELL_ID = "room"


def rooms_manifest(
    request: SceneRequest,
    run_seed: int,
    program: Program,
    house: HousePlan,
    placed: dict[str, Placed],
    models: dict[str, AssetModel],
    requests: dict[str, AssetRequest],
    unsatisfied: list[Unsatisfied],
    trials: list[str],
) -> SceneManifest:
    """Return the manifest; `models` and `requests` are keyed by object id, the shell ("room") included."""
    spec = program.spec
    shell = scene_object(SHELL_ID, models[SHELL_ID], requests[SHELL_ID], IDENTITY, placement=None, source={})
    objects = [shell]
    objects += [
        _placed_object(spec, program.items[name], record, models[name], models) for name, record in placed.items()
    ]
    (x0, y0), (x1, y1) = house_box(house)
    height = max(room.height for room in house.rooms)
    return SceneManifest(
        version=MANIFEST_VERSION,
        scene_id=request.scene_id,
        scene=SceneFrame(
            environment_type=spec.room_type if spec.scope == "room" else "house",
            room=Room(
                bounds=Bounds(width=round(x1 - x0, 4), depth=round(y1 - y0, 4), height=height),
                origin=[round((x0 + x1) / 2, 4), round((y0 + y1) / 2, 4), 0.0],
            ),
        ),
        objects=objects,
        metadata={
            "source": "text",
            "backend": "internal",
            "prompt": spec.prompt,
            "scope": spec.scope,
            "room_type": spec.room_type,
            "quality_tier": request.quality_tier,
            "seed": run_seed,
            "house": house.model_dump(),
            "completed": [item.id for item in objects[1:] if item.placement and not item.placement.required],
            "layout_trials": trials,
            "spec": spec.model_dump(mode="json", exclude={"prompt"}),
            "unsatisfied": [item.model_dump(mode="json", exclude_none=True) for item in unsatisfied],
            "licenses": sorted({model.license.spdx for model in models.values()}),
        },
    )


def layout_plan(spec: SceneSpec, house: HousePlan) -> dict[str, Any]:
    """Return the package's `layout_plan`: the box around the rooms, the rooms and their openings."""
    (x0, y0), (x1, y1) = house_box(house)
    height = max(room.height for room in house.rooms)
    return {
        "schema_version": "v1",
        "room_type": spec.room_type,
        "room_box": {"min": [round(x0, 4), round(y0, 4), 0.0], "max": [round(x1, 4), round(y1, 4), height]},
        "rooms": [room.model_dump() for room in house.rooms],
        "openings": [{"room_id": room.room_id, **hole.model_dump()} for room in house.rooms for hole in room.openings],
    }


def house_box(house: HousePlan) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the lower and upper corner (x, y) of the box around the rooms' inner faces, metres."""
    low = min(room.x for room in house.rooms), min(room.y for room in house.rooms)
    return low, (
        max(room.x + room.width for room in house.rooms),
        max(room.y + room.depth for room in house.rooms),
    )


def _placed_object(
    spec: SceneSpec, item: Item, record: Placed, model: AssetModel, models: dict[str, AssetModel]
) -> SceneObject:
    relationships = []
    if record.parent is not None and record.region is not None:
        kind = "in" if models[record.parent].region(record.region).is_container else "on"
        relationships.append(Relationship(type=kind, subject_id=item.object_id, object_id=record.parent))
    source: dict[str, Any] = {
        "room": item.room,
        "origin": "completion",
        "noun": (item.category or model.category).replace("_", " "),
    }
    if item.requirement is not None:
        requirement = spec.requirements[item.requirement]
        source |= {
            "requirement": item.requirement,
            "origin": requirement.source,
            "noun": requirement.noun,
            "evidence": spec.prompt[slice(*requirement.evidence)],
        }
    placement = Placement(
        parent_id=record.parent,
        region=record.region,
        pose_region_object=record.pose_region_object,
        required=item.required,
    )
    return scene_object(
        item.object_id,
        model,
        item.request,
        record.pose_world_object,
        placement,
        source,
        relationships or None,
        mounting=item.mount if item.mount in ("wall", "ceiling") else "free",
        category=item.category or model.category,
    )
