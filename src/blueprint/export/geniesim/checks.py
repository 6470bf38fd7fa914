"""The rules that an export must meet, as checks of the named gates: before it, on the triple, and on the package."""

import json
import struct
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from blueprint.assets.geometry import Asset
from blueprint.assets.library import load_asset
from blueprint.contracts.errors import BlueprintError
from blueprint.contracts.geniesim.asset_index import AssetIndex
from blueprint.contracts.geniesim.scene_graph import SceneGraph
from blueprint.contracts.geniesim.task_config import TaskConfig
from blueprint.contracts.quality_gate import GateCheck
from blueprint.contracts.scene import Scene, asset_dir
from blueprint.physics.inertia import check_inertia
from blueprint.usd.asset import interface_path, is_static
from blueprint.usd.containment import stage_files

__all__ = [
    "check",
    "export_ready_checks",
    "failures",
    "scene_graph_checks",
    "task_config_checks",
    "validate_export_consistency",
]

MASS_RANGE_KG = (0.001, 500.0)
SIZE_RANGE_M = (0.001, 30.0)
SAME_SIZE = 0.25  # a mesh may be this much larger or smaller than the document says
_SHOWN = 5
_JSON_CHUNK = 0x4E4F534A
_IN_PLACE = {"on", "in", "stacked"}


def check(name: str, problems: Sequence[str], good: str, *, severity: str = "ERROR") -> GateCheck:
    """Return a check that passed if there are no problems; the message lists the first five."""
    more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
    return GateCheck(
        name=name,
        passed=not problems,
        severity="ERROR" if severity == "ERROR" else "WARNING",
        message="; ".join(problems[:_SHOWN]) + more if problems else good,
        measured=float(len(problems)),
        limit=0.0,
    )


def export_ready_checks(scene: Scene, scene_dir: Path) -> list[GateCheck]:
    """Return what is judged before anything is exported: the manifest is complete, files are there and whole, masses,
    friction and inertia are physical, sizes are those of real things."""
    assets = sorted(scene.assets)
    broken: list[str] = []
    scale: list[str] = []
    for asset_id in assets:
        folder = asset_dir(scene_dir, asset_id)
        try:
            loaded = load_asset(folder)
        except BlueprintError as error:
            broken.append(f"{asset_id}: {error}")
            continue
        points = _closed_points(loaded)
        scale += _scale_problems(asset_id, scene.assets[asset_id].size_m, np.concatenate(points) if points else None)
    usd_problems = [problem for asset_id in assets for problem in _usd_problems(scene_dir, asset_id)]
    return [
        check("manifest", _manifest_problems(scene), f"{len(scene.objects)} objects, complete"),
        check("asset_files", broken, f"the meshes and textures of {len(assets)} assets load"),
        check(
            "glb_files", [p for asset_id in assets for p in _glb_problems(scene_dir, asset_id)], "GLB files are whole"
        ),
        check("usd_references", usd_problems, f"the references of {len(assets)} assets resolve"),
        check("physics", _physics_problems(scene), "masses, friction and inertia are physical"),
        check("scale", scale, f"sizes between {SIZE_RANGE_M[0]} and {SIZE_RANGE_M[1]} m, meshes as large as stated"),
    ]


def _closed_points(asset: Asset) -> list[np.ndarray]:
    """The vertices of every mesh in the asset frame, joints closed."""
    poses = asset.model.poses_asset_link()
    return [
        poses[link.name].apply(asset.meshes[visual.mesh].vertices)
        for link in asset.model.links
        for visual in link.visuals
    ]


def _manifest_problems(scene: Scene) -> list[str]:
    problems = [] if any(not item.is_fixed for item in scene.objects) else ["there is no movable object"]
    for item in scene.objects:
        if not (item.category or scene.asset(item.id).category):
            problems.append(f"{item.id} has no category")
        if item.mounting == "free" and not item.is_architecture and item.placement is None:
            problems.append(f"{item.id} says not what it stands on")
    return problems


def _glb_problems(scene_dir: Path, asset_id: str) -> list[str]:
    """A binary glTF 2.0 says its own length, and begins with a JSON chunk that fits; an asset need not have one."""
    path = asset_dir(scene_dir, asset_id) / "asset.glb"
    if not path.is_file():
        return []
    data = path.read_bytes()
    if len(data) < 20 or data[:4] != b"glTF":
        return [f"{asset_id}: {path.name} is no binary glTF"]
    version, length, first, kind = struct.unpack("<IIII", data[4:20])
    if version != 2 or length != len(data) or kind != _JSON_CHUNK or 20 + first > length:
        return [f"{asset_id}: {path.name} is cut off or damaged: {len(data)} bytes, it says {length}"]
    try:
        content = json.loads(data[20 : 20 + first])
    except ValueError as error:
        return [f"{asset_id}: the JSON of {path.name} is damaged: {error}"]
    return [] if isinstance(content, dict) and content.get("meshes") else [f"{asset_id}: {path.name} has no mesh"]


def _usd_problems(scene_dir: Path, asset_id: str) -> list[str]:
    path = interface_path(asset_dir(scene_dir, asset_id), asset_id)
    if not path.is_file():
        return [f"{asset_id}: {path.name} is missing"]
    try:
        return [f"{asset_id}: {problem}" for problem in stage_files(path).problems]
    except BlueprintError as error:
        return [f"{asset_id}: {error}"]


def _physics_problems(scene: Scene) -> list[str]:
    problems = []
    for asset_id, model in sorted(scene.assets.items()):
        if is_static(model):
            continue
        if any(link.inertial is None for link in model.links):
            problems.append(f"{asset_id} has no mass")
            continue
        if not MASS_RANGE_KG[0] <= model.mass_kg <= MASS_RANGE_KG[1]:
            problems.append(f"{asset_id}: mass {model.mass_kg:.4g} kg is outside of {MASS_RANGE_KG}")
        for link in model.links:
            assert link.inertial is not None
            try:
                check_inertia(np.array(link.inertial.principal_moments), f"{asset_id}/{link.name}")
            except BlueprintError as error:
                problems.append(str(error))
    return problems


def _scale_problems(asset_id: str, stated: Sequence[float], points: np.ndarray | None) -> list[str]:
    problems = []
    if not all(SIZE_RANGE_M[0] <= value <= SIZE_RANGE_M[1] for value in stated):
        problems.append(f"{asset_id}: size {tuple(round(value, 4) for value in stated)} m is no size of a thing")
    if points is not None and len(points):
        span = float(np.ptp(points, axis=0).max())
        if not (1 - SAME_SIZE) * 0.5 * max(stated) <= span <= (1 + SAME_SIZE) * max(stated):
            problems.append(f"{asset_id}: its meshes span {span:.4g} m, its document says {max(stated):.4g} m")
    return problems


def scene_graph_checks(graph: SceneGraph, index: AssetIndex) -> list[GateCheck]:
    """Return the rules of the graph: ids are namespaced and known, edges join nodes, nothing is in or on itself or
    in a circle, what rests touches."""
    ids = [node.asset_id for node in graph.nodes]
    known = {asset.asset_id for asset in index.assets}
    twice = sorted({name for name in ids if ids.count(name) > 1})
    names = [name for name in ids if not name.startswith(f"{graph.scene_id}_obj_")]
    sizes = [node.asset_id for node in graph.nodes if not all(value > 0 for value in node.size)]
    masses = [
        f"{node.asset_id}: mass {node.properties['mass']}"
        for node in graph.nodes
        if "mass" in node.properties and not 0 < node.properties["mass"] <= MASS_RANGE_KG[1]
    ]
    edges = [
        f"{edge.source} {edge.relation} {edge.target}"
        for edge in graph.edges
        if edge.source not in ids or edge.target not in ids or edge.source == edge.target
    ]
    return [
        check("nodes", [] if ids else ["the graph has no nodes"], f"{len(ids)} nodes"),
        check("node_ids", [*twice, *names], "ids are namespaced and occur once"),
        check("nodes_indexed", sorted(set(ids) - known), "every node is in the asset index"),
        check("node_sizes", sizes, "every node has a size"),
        check("node_masses", masses, "masses are physical"),
        check("edges", edges, f"{len(graph.edges)} edges between nodes"),
        check("resting", _circles(graph), "nothing rests on itself through others"),
    ]


def _circles(graph: SceneGraph) -> list[str]:
    below = {edge.source: edge.target for edge in graph.edges if edge.relation in _IN_PLACE}
    found = []
    for start in below:
        seen, current = {start}, below[start]
        while current in below and current not in seen:
            seen.add(current)
            current = below[current]
        if current == start:
            found.append(f"{start} rests on itself")
    return found


def task_config_checks(config: TaskConfig, index: AssetIndex) -> list[GateCheck]:
    """Return the rules of the tasks: at least one that a planner solved, ids that occur once, criteria and resets for
    each, known objects inside of the workspace, joint limits that are limits."""
    tasks = config.suggested_tasks
    ids = [task.task_id for task in tasks]
    solved = [task for task in tasks if task.certification == "plan_solved"]
    robot = config.robot_config
    limits = [joint.name for joint in robot.joints if not joint.lower < joint.upper]
    spaces = [
        name
        for name, space in (("action_space", robot.action_space), ("observation_space", robot.observation_space))
        if not len(space.names) == len(space.units) == len(space.lower) == len(space.upper) > 0
    ]
    without = [task.task_id for task in solved if not (task.success_criteria and task.reward_hints)]
    endless = [task.task_id for task in tasks if not any(item.kind == "time_limit" for item in task.reset_conditions)]
    return [
        check("tasks", [] if solved else ["no task that a planner solved"], f"{len(solved)} of {len(tasks)} solved"),
        check("task_ids", sorted({name for name in ids if ids.count(name) > 1}), "task ids occur once"),
        check("criteria", without, "solved tasks have success criteria and reward hints"),
        check("resets", endless, "every task has a time limit"),
        check("joint_limits", limits, f"{len(robot.joints)} joints with limits"),
        check("spaces", spaces, "action and observation spaces are complete"),
        check("grippers", [] if robot.grippers else ["the robot has no gripper"], "the gripper's space is given"),
        check("cameras", [] if robot.cameras else ["the robot has no camera"], f"{len(robot.cameras)} cameras"),
        *validate_export_consistency(None, index, config),
    ]


def validate_export_consistency(graph: SceneGraph | None, index: AssetIndex, config: TaskConfig) -> list[GateCheck]:
    """Return the contract's rules across files: nodes are in the index, tasks are about objects of the index (raw or
    namespaced ids), their positions lie in the robot's workspace."""
    known = {asset.asset_id for asset in index.assets}
    raw = {name.partition("_obj_")[2] for name in known}
    targets = [
        f"{task.task_id}: {name}"
        for task in config.suggested_tasks
        for name in (task.target_object, task.goal_region)
        if name is not None and name not in known and name not in raw
    ]
    low, high = (np.array(corner) for corner in config.robot_config.workspace_bounds)
    outside = [
        f"{task.task_id}: {position}"
        for task in config.suggested_tasks
        for position in (task.target_position, task.goal_position)
        if position is not None and not ((low <= position).all() and (np.array(position) <= high).all())
    ]
    checks = [
        check("targets_indexed", targets, "every task is about objects of the index"),
        check("workspace", outside, "every target lies in the workspace"),
        check("bounds", [] if (low < high).all() else [f"{low} is not below {high}"], "the workspace is a box"),
    ]
    if graph is not None:
        missing = sorted({node.asset_id for node in graph.nodes} - known)
        checks.append(check("nodes_indexed", missing, "every node is in the asset index"))
    return checks


def failures(checks: Iterable[GateCheck]) -> Mapping[str, str]:
    """Return the messages of the checks of severity ERROR that failed, by name."""
    return {item.name: item.message for item in checks if not item.passed and item.severity == "ERROR"}
