"""The scene graph: a node per object, and edges measured on the poses and collision shapes of the scene.

on       the object's lowest point is within 1 cm of a region of the other, its middle over it
stacked  the same, and the other is a movable thing itself
in       its middle is over a container region of the other, below the region's clearance
adjacent both rest on the same thing, at most 5 cm apart seen from above
aligned  both rest on the same thing, turned alike (to 5°, modulo 90°), with middles on a line across (to 2 cm)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import Region
from blueprint.contracts.frames import yaw_from_quat_wxyz
from blueprint.contracts.geniesim.scene_graph import (
    EdgeRelation,
    GraphEdge,
    GraphNode,
    NodePose,
    SceneGraph,
    namespaced,
)
from blueprint.contracts.scene import Scene
from blueprint.contracts.scene_manifest import SceneObject
from blueprint.export.geniesim.affordances import task_types_of
from blueprint.export.geniesim.work_surface import is_movable
from blueprint.physics.extent import asset_points
from blueprint.physics.materials import physics_material
from blueprint.physics.polygon import convex_hull, polygon_gap
from blueprint.usd.asset import is_static

__all__ = ["ADJACENT_M", "build_scene_graph", "measure_edges"]

Array = NDArray[np.float64]
TOUCH_M = 0.01
ADJACENT_M = 0.05
_ALIGNED_M = 0.02
_ALIGNED_RAD = np.deg2rad(5)
_ALIGNED_WITHIN_M = 0.5
_ROUND = ("disc",)


@dataclass(frozen=True)
class _Solid:
    """An object's collision points in the world (N, 3), and what follows from them."""

    item: SceneObject
    points: Array
    hull: Array

    @property
    def low(self) -> Array:
        return np.asarray(self.points.min(axis=0))

    @property
    def middle(self) -> Array:
        return np.asarray((self.points.min(axis=0) + self.points.max(axis=0)) / 2)


def build_scene_graph(scene: Scene, physics: Mapping[str, Any]) -> SceneGraph:
    """Return the graph of a scene; `physics` is the entry of each object in `simready_physics.json`, by object id."""
    edges = measure_edges(scene)
    return SceneGraph(
        scene_id=scene.scene_id,
        nodes=[_node(scene, item, physics.get(item.id), edges) for item in scene.objects],
        edges=[
            edge.model_copy(
                update={
                    "source": namespaced(scene.scene_id, edge.source),
                    "target": namespaced(scene.scene_id, edge.target),
                }
            )
            for edge in edges
        ],
        metadata={"relations_measured_on": "collision shapes at the certified poses", "adjacent_m": ADJACENT_M},
    )


def measure_edges(scene: Scene) -> list[GraphEdge]:
    """Return the edges between objects, by their ids in the scene; each pair is adjacent or aligned once."""
    solids = {item.id: _solid(scene, item) for item in scene.objects}
    edges = []
    rests: dict[str, str] = {}
    for item in scene.objects:
        if item.is_architecture or item.mounting != "free":
            continue
        edge = _rest(scene, solids, solids[item.id])
        if edge is not None:
            edges.append(edge)
            rests[item.id] = edge.target
    for target in sorted(set(rests.values())):
        together = [solids[name] for name in rests if rests[name] == target]
        for first, second in combinations(together, 2):
            edges += _beside(first, second)
    return edges


def _solid(scene: Scene, item: SceneObject) -> _Solid:
    points = scene.pose_world_object(item.id).apply(asset_points(scene.asset(item.id)))
    return _Solid(item, points, convex_hull(points[:, :2]))


def _rest(scene: Scene, solids: Mapping[str, _Solid], solid: _Solid) -> GraphEdge | None:
    """What an object is in or on: the nearest region below it, containers first; else the floor of the architecture."""
    found: list[tuple[bool, float, str, Region]] = []
    for other in scene.objects:
        model = scene.asset(other.id)
        if other.id == solid.item.id or not model.regions:
            continue
        if float(np.linalg.norm(solids[other.id].middle[:2] - solid.middle[:2])) > float(np.linalg.norm(model.size_m)):
            continue
        pose = scene.pose_world_object(other.id)
        for region in model.regions:
            frame = pose @ model.pose_asset_region(region)
            local = frame.inverse().apply(solid.points)
            x, y, _ = (local.min(axis=0) + local.max(axis=0)) / 2
            lowest, middle = float(local[:, 2].min()), float((local[:, 2].min() + local[:, 2].max()) / 2)
            if not _is_over(region, float(x), float(y)):
                continue
            inside = region.is_container and lowest >= -TOUCH_M and middle <= region.clearance_m
            if inside or abs(lowest) <= TOUCH_M:
                found.append((not region.is_container, abs(lowest), other.id, region))
    best = min(found, key=lambda entry: entry[:3], default=None)
    if best is not None:
        _, gap, name, region = best
        stacked = is_movable(scene.object(name)) and not region.is_container
        relation: EdgeRelation = "in" if region.is_container else "stacked" if stacked else "on"
        return GraphEdge(source=solid.item.id, target=name, relation=relation, gap_m=round(gap, 5))
    for other in scene.objects:
        if other.is_architecture and abs(float(solid.low[2])) <= TOUCH_M:
            return GraphEdge(
                source=solid.item.id, target=other.id, relation="on", gap_m=round(abs(float(solid.low[2])), 5)
            )
    return None


def _is_over(region: Region, x: float, y: float) -> bool:
    if region.outline in _ROUND:
        return float(np.hypot(x, y)) <= region.half_extents[0] + TOUCH_M
    return abs(x) <= region.half_extents[0] + TOUCH_M and abs(y) <= region.half_extents[1] + TOUCH_M


def _beside(first: _Solid, second: _Solid) -> list[GraphEdge]:
    gap = polygon_gap(first.hull, second.hull)
    relations: list[EdgeRelation] = ["adjacent"] if gap <= ADJACENT_M else []
    yaw = yaw_from_quat_wxyz(first.item.transform.pose().quat_wxyz)
    turn = (yaw_from_quat_wxyz(second.item.transform.pose().quat_wxyz) - yaw) % (np.pi / 2)
    across = np.array([[np.cos(yaw), np.sin(yaw)], [-np.sin(yaw), np.cos(yaw)]]) @ (second.middle - first.middle)[:2]
    alike = min(turn, np.pi / 2 - turn) <= _ALIGNED_RAD
    if alike and float(np.abs(across).min()) <= _ALIGNED_M and gap <= _ALIGNED_WITHIN_M:
        relations.append("aligned")
    gap_m = round(max(gap, 0.0), 5)
    return [
        GraphEdge(source=first.item.id, target=second.item.id, relation=relation, gap_m=gap_m) for relation in relations
    ]


def _node(scene: Scene, item: SceneObject, physics: Any, edges: list[GraphEdge]) -> GraphNode:
    model = scene.asset(item.id)
    pose = item.transform.pose()
    surface = physics_material(model.links[0].physics_material)
    properties = {"friction": surface.static_friction, "restitution": surface.restitution}
    if not is_static(model) and all(link.inertial for link in model.links):
        properties["mass"] = round(model.mass_kg, 6)
    held = {"on", "in", "stacked"}
    container = [edge.target for edge in edges if edge.source == item.id and edge.relation == "in"]
    return GraphNode(
        asset_id=namespaced(scene.scene_id, item.id),
        semantic=f"{item.category or model.category}: {item.description or model.description or model.name}",
        size=model.size_m,
        pose=NodePose(position=pose.position, orientation=pose.quat_wxyz),
        task_tag=sorted(task_types_of(item, model)),
        usd_path=f"assets/{model.asset_id}/sim/{model.asset_id}.usda",
        properties=dict(sorted(properties.items())),
        bp_metadata={
            "object_id": item.id,
            "sim_role": item.sim_role,
            "category": item.category or model.category,
            "affordances": sorted(model.affordances),
            "articulation": [
                {
                    "joint": link.joint.name,
                    "type": link.joint.type,
                    "lower": link.joint.lower,
                    "upper": link.joint.upper,
                }
                for link in model.links
                if link.joint
            ],
            "placement_region": item.placement.region if item.placement else None,
            "physics": physics or {},
            "physics_hints": item.physics_hints or {},
            "contacts": sorted(edge.target for edge in edges if edge.source == item.id and edge.relation in held),
            "containment": "in" if container else None,
            "contained_in": container[0] if container else None,
            "contains": sorted(edge.source for edge in edges if edge.target == item.id and edge.relation == "in"),
            "dimensions_source": item.dimensions_source,
        },
    )
