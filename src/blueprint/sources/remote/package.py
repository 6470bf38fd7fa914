"""A service's package → an imported scene: sized assets at the stated places, or the native folder it points to."""

import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import ValidationError

from blueprint.assets.geometry import Asset
from blueprint.assets.lexicon import all_categories, is_a
from blueprint.contracts.errors import InputError, UnsafePathError
from blueprint.contracts.frames import Pose, yaw_from_quat_wxyz
from blueprint.contracts.ids import slug
from blueprint.sources.imported.files import parse_foreign
from blueprint.sources.imported.nouns import category_of
from blueprint.sources.imported.scene import ImportedObject, ImportedScene, unique_ids
from blueprint.sources.imported.shell import RoomRectangle, WallOpening
from blueprint.sources.imported.sized import sized_asset
from blueprint.sources.remote.documents import Package, PackageObject
from blueprint.sources.sage.reader import is_sage_dir, is_sage_zip, read_sage
from blueprint.sources.scenesmith.documents import HouseState
from blueprint.sources.scenesmith.reader import is_scenesmith_dir, read_scenesmith

__all__ = ["package_objects", "read_native", "scene_of_package"]

_ROOM_HEIGHT_M = 2.7
_MARGIN_M = 0.4
_LIFT_M = 0.0004  # above what it stands on: settling closes the gap
_SEAT_M = 0.25  # a thing is put on its parent's surface if that is this near to where it was put
_ON = ("on", "on_surface", "in", "inside", "on_top_of")


def scene_of_package(value: dict[str, Any], service: str, seed: int) -> ImportedScene:
    """Return the scene of an answer `{"package": {…}}` or `{"objects": […]}`.

    `native_dir` (below {SERVICE}_NATIVE_ROOT) wins, then `house_state`, then `objects`: transforms are Y-up, each
    object becomes an asset of its category in its `dimensions_est`. Objects that are invalid are left out and named in
    `skipped`. Raises InputError where no valid object is left, ContractError where the answer is no package,
    UnsafePathError for a native folder outside its root.
    """
    package = _package(value, service)
    native = _native_dir(package, service)
    if native is not None:
        return replace(read_native(native), extra={"native": True})
    if package.house_state is not None:
        return _scene_of(_house_objects(package, service), package, service, seed, {}, reference="bottom")
    objects, skipped = _valid_objects(package)
    return _scene_of(objects, package, service, seed, skipped, reference=None)


def package_objects(value: dict[str, Any], service: str) -> tuple[str | None, list[dict[str, Any]]]:
    """Return the room type and the raw valid objects of an answer: what hybrid_serial hands to SAGE."""
    package = _package(value, service)
    valid = {item.id for item in _valid_objects(package)[0]}
    return package.room_type, [item for item in package.objects if isinstance(item, dict) and item.get("id") in valid]


def read_native(path: Path) -> ImportedScene:
    """Read a native folder or archive, whichever generator made it; raises InputError where it is none of them."""
    if is_scenesmith_dir(path):
        return read_scenesmith(path)
    if is_sage_dir(path) or is_sage_zip(path):
        return read_sage(path)
    raise InputError(f"{path} is neither a SceneSmith scene nor a SAGE layout.", remedy="name scene_NNN or the layout.")


def _package(value: dict[str, Any], service: str) -> Package:
    inner = value.get("package", value)
    if not isinstance(inner, dict):
        raise InputError(f"{service} answered a package of type {type(inner).__name__}.", remedy="check the service.")
    extra = {key: value[key] for key in ("native_dir", "house_state") if key in value}
    return parse_foreign(Package, json.dumps({**inner, **extra}), f"the package of {service}")


def _native_dir(package: Package, service: str) -> Path | None:
    """A folder that the service names, if it lies below the root that the user allows it to name folders in."""
    if package.native_dir is None:
        return None
    variable = f"{service.upper()}_NATIVE_ROOT"
    root = os.environ.get(variable, "").strip()
    if not root:
        if package.objects or package.house_state:
            return None
        raise InputError(
            f"{service} answered a native folder only, and {variable} is not set.",
            remedy=f"export {variable} as the folder that both machines share.",
        )
    target = (Path(root) / package.native_dir).resolve()
    if not target.is_relative_to(Path(root).resolve()):
        raise UnsafePathError(f"{service} names {package.native_dir[:200]!r}, outside {variable}.")
    return target


def _valid_objects(package: Package) -> tuple[list[PackageObject], dict[str, str]]:
    found: dict[str, PackageObject] = {}
    skipped: dict[str, str] = {}
    for index, raw in enumerate(package.objects):
        name = str(raw.get("id", f"objects[{index}]"))[:100] if isinstance(raw, dict) else f"objects[{index}]"
        try:
            item = PackageObject.model_validate(raw)
            item.transform.pose_z_up()
        except ValidationError as error:
            first = error.errors()[0]
            skipped[name] = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"[:200]
            continue
        except ValueError as error:
            skipped[name] = str(error)[:200]
            continue
        if item.id in found:
            skipped[name] = "its id occurs twice"
        else:
            found[item.id] = item
    return list(found.values()), skipped


def _house_objects(package: Package, service: str) -> list[PackageObject]:
    """SceneSmith's state without its files: true poses and boxes, in the contract's own terms."""
    state = parse_foreign(HouseState, json.dumps(package.house_state), f"house_state of {service}")
    found = []
    for room_id, room in sorted(state.rooms.items()):
        placed = next((item for item in state.layout.placed_rooms if item.room_id == room_id), None)
        offset = np.zeros(3)
        if placed is not None:
            offset[:2] = np.array(placed.position) + np.array([placed.width, placed.depth]) / 2
        for key, item in room.objects.items():
            if item.object_type in ("wall", "floor") or item.bbox_min is None or item.bbox_max is None:
                continue
            low, high = np.array(item.bbox_min), np.array(item.bbox_max)
            size = np.maximum(high - low, 0.002)
            pose = item.transform.pose()
            # Our frame is the bottom centre and looks to -Y, theirs looks to +Y.
            bottom = pose @ Pose.of(((low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]), (0, 0, 0, 1))
            x, y, z = np.array(bottom.position) + offset
            w, qx, qy, qz = bottom.quat_wxyz
            found.append(
                PackageObject.model_validate(
                    {
                        "id": f"{room_id}/{key}"[:200],
                        "name": item.name or key,
                        "category": item.name or key,
                        "description": item.description,
                        "transform": {
                            "position": {"x": x, "y": z, "z": -y},
                            "rotation_quaternion": {"w": w, "x": qx, "y": qz, "z": -qy},
                        },
                        "dimensions_est": {"width": size[0], "depth": size[1], "height": size[2]},
                        "placement_stage": item.object_type,
                    }
                )
            )
    return found


@dataclass
class _Draft:
    """One object under way, keyed by the service's id."""

    item: PackageObject
    object_id: str
    asset: Asset
    how: str
    pose: Pose
    parent: str | None
    relation: str


def _scene_of(
    objects: list[PackageObject],
    package: Package,
    service: str,
    seed: int,
    skipped: dict[str, str],
    reference: str | None,
) -> ImportedScene:
    if not objects:
        reasons = "; ".join(f"{key}: {why}" for key, why in sorted(skipped.items())[:3])
        raise InputError(
            f"{service} answered no valid object ({reasons or 'the list is empty'}).", remedy="see the service's log."
        )
    reference = reference or _position_reference(objects)
    parents = _parents(objects, package)
    names = [(item.category or item.name or "object").replace("_", " ") for item in objects]
    openings = [item for item in objects if _is_opening(item)]
    no_parents = {item.id for item in openings}
    names = [name for item, name in zip(objects, names, strict=True) if item not in openings]
    objects = [item for item in objects if item not in openings]
    if not objects:
        raise InputError(f"{service} answered no valid object but doors and windows.", remedy="see the service's log.")
    drafts: dict[str, _Draft] = {}
    for item, name, object_id in zip(objects, names, unique_ids(names), strict=True):
        scale, size = item.transform.scale, item.dimensions_est
        wanted = (size.width * scale.x, size.depth * scale.z, size.height * scale.y)
        asset, how = sized_asset(name, wanted, seed)
        pose = item.transform.pose_z_up()
        if reference == "center":
            pose = pose @ Pose.of((0, 0, -wanted[2] / 2))
        parent, relation = parents.get(item.id, (None, "on"))
        parent = None if parent in no_parents else parent
        drafts[item.id] = _Draft(item, object_id, asset, how, pose, parent, relation)
    for draft in _parents_first(drafts):
        draft.pose = _seated(draft, drafts)
    return ImportedScene(
        source=service,
        prompt=None,
        environment=slug(package.room_type or "room"),
        rooms=[_room(package, list(drafts.values()))],
        openings=[_opening(item, reference) for item in openings],
        objects=[_imported(draft, drafts, service) for draft in drafts.values()],
        skipped=skipped,
        extra={"position_reference": reference, "native": False},
    )


def _imported(draft: _Draft, drafts: dict[str, _Draft], service: str) -> ImportedObject:
    parent = drafts[draft.parent].object_id if draft.parent else None
    return ImportedObject(
        object_id=draft.object_id,
        asset=draft.asset,
        pose_world_object=draft.pose,
        name=draft.item.name or draft.object_id,
        parent=parent,
        relation="in" if draft.relation in ("in", "inside") else "on",
        mounting=_mounting(draft.item),
        origin={"backend": service, "key": draft.item.id, "asset": draft.how},
        asset_source="parametric",
    )


def _is_opening(item: PackageObject) -> bool:
    """Doors and windows of the room are holes in its walls; those of furniture are no objects of their own."""
    return is_a(category_of((item.category or item.name or "").replace("_", " ")), "opening")


def _opening(item: PackageObject, reference: str) -> WallOpening:
    pose, size = item.transform.pose_z_up(), item.dimensions_est
    x, y, z = pose.position
    bottom = z - size.height / 2 if reference == "center" else z
    turned = abs(np.sin(yaw_from_quat_wxyz(pose.quat_wxyz))) > 0.7
    is_window = is_a(category_of((item.category or item.name or "").replace("_", " ")), "casement_window")
    return WallOpening(
        "window" if is_window else "door", x, y, "y" if turned else "x", size.width, size.height, max(0.0, bottom)
    )


def _position_reference(objects: list[PackageObject]) -> str:
    """Say whether positions are of bottoms or of centres: the contract does not, but floor things tell.

    Of the third of the objects that stand lowest, the one reading that puts their bottoms nearer to the floor wins.
    """
    lowest = sorted(objects, key=lambda item: (item.transform.position.y, item.id))[: max(1, len(objects) // 3)]
    heights = np.array([item.transform.position.y for item in lowest])
    halves = np.array([item.dimensions_est.height * item.transform.scale.y / 2 for item in lowest])
    return "center" if np.median(np.abs(heights - halves)) < np.median(np.abs(heights)) else "bottom"


def _parents(objects: list[PackageObject], package: Package) -> dict[str, tuple[str, str]]:
    """Return id → (parent's id, relation) from `parent_support_id`, else from the placement graph; cycles are cut."""
    known = {item.id for item in objects}
    found = {
        relation.subject_id: (relation.object_id, relation.type)
        for relation in package.placement_graph.relations
        if relation.type in _ON and {relation.subject_id, relation.object_id} <= known
    }
    for item in objects:
        if item.parent_support_id in known and item.parent_support_id is not None:
            found.setdefault(item.id, (item.parent_support_id, "on"))
    for start in sorted(found):
        seen, current = {start}, found[start][0]
        while current in found and current not in seen:
            seen.add(current)
            current = found[current][0]
        if current in seen:
            del found[start]
    return found


def _parents_first(drafts: dict[str, _Draft]) -> list[_Draft]:
    def depth(draft: _Draft) -> int:
        return 0 if draft.parent is None else 1 + depth(drafts[draft.parent])

    return sorted(drafts.values(), key=depth)


def _seated(draft: _Draft, drafts: dict[str, _Draft]) -> Pose:
    """Stand a thing on the floor or on its parent's nearest region: our assets' heights are not exactly theirs."""
    x, y, z = draft.pose.position
    if _mounting(draft.item) != "free":
        return draft.pose
    levels = [0.0]
    if draft.parent is not None:
        parent = drafts[draft.parent]
        levels = []
        for region in parent.asset.model.regions:
            frame = parent.pose @ parent.asset.model.poses_asset_link()[region.link] @ region.pose_link_region
            local = frame.inverse().apply((x, y, z))
            if abs(local[0]) <= region.half_extents[0] and abs(local[1]) <= region.half_extents[1]:
                levels.append(float(frame.apply((local[0], local[1], 0.0))[2]))
    near = [level for level in levels if abs(level - z) < _SEAT_M]
    if not near:
        return draft.pose
    level = min(near, key=lambda value: (abs(value - z), value))
    return Pose.of((x, y, level + _LIFT_M), draft.pose.quat_wxyz)


def _mounting(item: PackageObject) -> Literal["free", "wall", "ceiling"]:
    stage = (item.placement_stage or "").lower()
    known = all_categories().get(category_of((item.category or item.name or "").replace("_", " ")))
    footing = known.footing if known else None
    if stage.startswith("wall") or (footing == "wall" and stage not in ("furniture", "manipuland")):
        return "wall"
    return "ceiling" if stage.startswith("ceiling") or footing == "ceiling" else "free"


def _room(package: Package, drafts: list[_Draft]) -> RoomRectangle:
    box = package.layout_plan.room_box
    if box is not None:
        x0, y0, x1, y1 = box.min[0], -box.max[2], box.max[0], -box.min[2]
        height = box.max[1] - box.min[1]
        if x1 - x0 > 0.5 and y1 - y0 > 0.5 and height > 1.0:
            return RoomRectangle("room", slug(package.room_type or "room"), x0, y0, x1 - x0, y1 - y0, height)
    reach = [max(draft.asset.model.size_m[:2]) / 2 for draft in drafts]
    points = np.array([draft.pose.position[:2] for draft in drafts])
    low = (points - np.array(reach)[:, None]).min(axis=0) - _MARGIN_M
    high = (points + np.array(reach)[:, None]).max(axis=0) + _MARGIN_M
    low, high = np.floor(low * 100) / 100, np.ceil(high * 100) / 100
    width, depth = np.maximum(high - low, 2.0).tolist()
    x, y = low.tolist()
    return RoomRectangle("room", slug(package.room_type or "room"), x, y, width, depth, _ROOM_HEIGHT_M)
