"""A scene of ours in the words of the scene services' contract: Y-up, quaternions w,x,y,z, extents in metres."""

from typing import Any

import numpy as np

from blueprint.contracts.frames import Pose, quat_wxyz_from_axis_angle
from blueprint.contracts.scene import Scene
from blueprint.contracts.scene_manifest import SceneObject
from blueprint.sources.settled import SettledScene
from blueprint.sources.text.documents import placement_graph
from blueprint.sources.text.evaluate import evaluate_spec
from blueprint.sources.text.spec import SceneSpec

__all__ = ["contract_objects", "contract_package", "y_up"]

_TURN = Pose.of((0, 0, 0), quat_wxyz_from_axis_angle((1, 0, 0), np.pi / 2))  # Y-up coordinates to Z-up ones


def contract_package(settled: SettledScene, scene: Scene, seed: int) -> dict[str, Any]:
    """Return the package of a settled scene; every figure in its reports was measured on it."""
    document = scene.manifest
    room = document.scene.room
    package: dict[str, Any] = {
        "schema_version": "v1",
        "scene_id": document.scene_id,
        "room_type": str(document.metadata.get("room_type") or document.scene.environment_type or "room"),
        "seed": seed,
        "coordinate_frame": "y_up",
        "meters_per_unit": 1.0,
        "objects": contract_objects(scene),
        "placement_graph": placement_graph(document),
        "support_surfaces": [surface for item in document.objects for surface in _surfaces(scene, item)],
        "quality_gate_report": {
            "metrics": {
                "object_count": sum(item.sim_role != "scene_shell" for item in document.objects),
                "layouts_tried": settled.attempts,
                "unstable_objects": len(settled.unstable),
                "dropped_objects": len(settled.dropped),
            },
            "unstable": dict(sorted(settled.unstable.items())),
            "dropped": settled.dropped,
            "status": "failed" if settled.unstable else "passed",
        },
        "unsatisfied": document.metadata.get("unsatisfied", []),
        "critic_scores": {},
    }
    if room is not None:
        (x, y, _), size = room.origin, room.bounds
        low, high = (
            (x - size.width / 2, 0.0, -y - size.depth / 2),
            (x + size.width / 2, size.height, -y + size.depth / 2),
        )
        package["layout_plan"] = {"room_box": {"min": [_r(v) for v in low], "max": [_r(v) for v in high]}}
    if "spec" in document.metadata:
        spec = SceneSpec.model_validate({"prompt": "", **document.metadata["spec"]})
        checks = evaluate_spec(spec, scene).checks
        met = sum(check.passed for check in checks)
        package["faithfulness_report"] = {
            "checks": len(checks),
            "met": met,
            "score": round(met / len(checks), 4) if checks else 1.0,
            "status": "passed" if met == len(checks) else "partial",
        }
    return package


def contract_objects(scene: Scene) -> list[dict[str, Any]]:
    """Return every object but the shell as the contract has it; positions are of bottoms."""
    return [_object(scene, item) for item in scene.objects if item.sim_role != "scene_shell"]


def _object(scene: Scene, item: SceneObject) -> dict[str, Any]:
    model = scene.asset(item.id)
    pose = y_up(item.transform.pose())
    width, depth, height = model.size_m
    (x, y, z), (qw, qx, qy, qz) = pose.position, pose.quat_wxyz
    hints: dict[str, Any] = {"dynamic": not item.is_fixed, "material_name": model.links[0].physics_material}
    if all(link.inertial for link in model.links):
        hints["mass_kg"] = _r(model.mass_kg)
    return {
        "id": item.id,
        "name": item.name or item.id,
        "category": model.category,
        "sim_role": item.sim_role,
        "description": model.description,
        "transform": {
            "position": {"x": _r(x), "y": _r(y), "z": _r(z)},
            "scale": {"x": 1.0, "y": 1.0, "z": 1.0},
            "rotation_quaternion": {"w": _r(qw, 9), "x": _r(qx, 9), "y": _r(qy, 9), "z": _r(qz, 9)},
        },
        "dimensions_est": {"width": _r(width), "height": _r(height), "depth": _r(depth)},
        "physics_hints": hints,
        "articulation": {"candidate": model.is_articulated, "required": model.is_articulated, "backend_hint": None},
        "placement_stage": _stage(item),
        "parent_support_id": item.placement.parent_id if item.placement else None,
        "asset_strategy": "generated",
    }


def _stage(item: SceneObject) -> str:
    if item.mounting != "free":
        return f"{item.mounting}_mounted"
    if item.sim_role == "background":
        return "thin_covering"
    return "manipuland" if item.sim_role in ("manipulable_object", "clutter", "deformable_object") else "furniture"


def _surfaces(scene: Scene, item: SceneObject) -> list[dict[str, Any]]:
    if item.sim_role == "scene_shell":
        return []
    model = scene.asset(item.id)
    poses = model.poses_asset_link()
    found = []
    for region in model.regions:
        center = y_up(item.transform.pose() @ poses[region.link] @ region.pose_link_region).position
        found.append(
            {
                "id": f"{item.id}/{region.name}",
                "owner_object_id": item.id,
                "kind": region.kind,
                "center": [_r(value) for value in center],
                "extents": {"x": _r(2 * region.half_extents[0]), "z": _r(2 * region.half_extents[1])},
                "normal": [0.0, 1.0, 0.0],
            }
        )
    return found


def y_up(pose: Pose) -> Pose:
    """Return a Z-up pose in the Y-up world, (x, y, z) → (x, z, -y): the inverse of `frames.z_up_from_y_up`."""
    return _TURN.inverse() @ pose @ _TURN


def _r(value: float, digits: int = 6) -> float:
    return round(float(value), digits) + 0.0
