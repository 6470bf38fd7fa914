"""The whole export of a scene: `write_export` makes the files, `finish_export` seals them when the gates have judged.

Everything lies in the scene's `geniesim/` folder; the manifest and the completion file come last.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from blueprint import __version__
from blueprint.contracts.certificate import PhysicsCertificate
from blueprint.contracts.document import write_atomically
from blueprint.contracts.frames import Vec3
from blueprint.contracts.geniesim.asset_index import AssetIndex
from blueprint.contracts.geniesim.export_manifest import (
    Checksums,
    Compatibility,
    CostEstimate,
    ExportCompletion,
    ExportInfo,
    ExportManifest,
    ExportOutputs,
    ExportResult,
    ExportSettingsUsed,
    ExportStatistics,
    FileChecksum,
    InventoryFile,
    SchemaCompatibility,
    SchemaDefinition,
)
from blueprint.contracts.geniesim.export_settings import EXPORT_SETTINGS_FILE, GeniesimExportSettings
from blueprint.contracts.geniesim.robot_config import MultiRobotConfig, RobotConfig
from blueprint.contracts.geniesim.scene_config import ExportedScene, MergedSceneManifest, RoomBounds
from blueprint.contracts.geniesim.scene_graph import SCHEMA_VERSION, SceneGraph
from blueprint.contracts.geniesim.task_config import TaskConfig
from blueprint.contracts.hashing import sha256_file
from blueprint.contracts.physics import ScenePhysics
from blueprint.contracts.quality_gate import GateCheck
from blueprint.contracts.scene import Scene, load_scene
from blueprint.contracts.task import TaskSet, TaskSpec
from blueprint.contracts.variation import Variation
from blueprint.export.geniesim import paths
from blueprint.export.geniesim.asset_index import build_asset_index, build_provenance
from blueprint.export.geniesim.background import background_file
from blueprint.export.geniesim.licences import commercial_scene
from blueprint.export.geniesim.overlay import Overlay, write_overlay
from blueprint.export.geniesim.robots import agibot_config, embodiment_config
from blueprint.export.geniesim.scene_graph import build_scene_graph
from blueprint.export.geniesim.tasks import build_task_config, goal_position, target_position, task_bounds
from blueprint.export.geniesim.yaml_text import yaml_text
from blueprint.physics.extent import asset_points
from blueprint.robots.agibot import load_agibot
from blueprint.robots.embodiment import load_embodiment
from blueprint.storage import layout

__all__ = ["Export", "estimate_cost", "export_settings", "exported_scene", "finish_export", "write_export"]

_GENIESIM_VERSION, _ISAAC_VERSION = "3.2.0", "5.1.0"
_OLDEST, _NEWEST = "3.0.3", "3.2.0"  # of these the templates and packages are read the same way
_AGIBOT_REACH_M = 1.0
_DROPPED = "this task is about {}, which the export leaves out"


@dataclass(frozen=True)
class Export:
    """What was written into `folder`, before it is sealed."""

    scene: Scene
    folder: Path
    settings: GeniesimExportSettings
    graph: SceneGraph
    index: AssetIndex
    tasks: TaskConfig
    overlay: Overlay
    warnings: list[str]

    @property
    def sealed_by(self) -> tuple[Path, Path]:
        return self.folder / paths.EXPORT_MANIFEST, self.folder / paths.COMPLETE


def export_settings(scene_dir: Path) -> GeniesimExportSettings:
    """Return the settings saved in the scene folder, or the defaults."""
    path = scene_dir / EXPORT_SETTINGS_FILE
    return GeniesimExportSettings.read(path) if path.exists() else GeniesimExportSettings()


def exported_scene(scene_dir: Path, settings: GeniesimExportSettings) -> tuple[Scene, dict[str, str]]:
    """Return what of a scene is exported, and object id → why it is left out."""
    scene = load_scene(scene_dir)
    return commercial_scene(scene) if settings.filter_commercial else (scene, {})


def write_export(
    scene_dir: Path,
    settings: GeniesimExportSettings,
    folder: Path,
    tell: Callable[[str], None] = lambda note: None,
) -> Export:
    """Write the triple, the package and what belongs to them into `folder`; the same inputs give the same bytes.

    Raises InputError where the scene, its tasks or an asset is missing or unusable.
    """
    scene, excluded = exported_scene(scene_dir, settings)
    task_set = TaskSet.read(scene_dir / layout.TASKS)
    there = {item.id for item in scene.objects}
    tasks = [task for task in task_set.tasks if _objects_of(task) <= there]
    variations = [
        Variation.read(path) for path in sorted((scene_dir / layout.VARIATIONS).glob("*.json")) if path.is_file()
    ]
    for path in (folder / paths.EXPORT_MANIFEST, folder / paths.COMPLETE):
        path.unlink(missing_ok=True)
    overlay = write_overlay(scene, scene_dir, tasks, variations, settings, folder, tell)
    tell("scene graph, tasks")
    physics = _physics(scene_dir)
    graph = build_scene_graph(scene, physics)
    index = build_asset_index(scene, overlay.packages, f"{paths.GENIESIM}/{paths.ASSET_ROOT}")
    robots = _robots(scene, task_set.embodiment, tasks, overlay, settings)
    config = build_task_config(scene, tasks, robots[0], settings.max_tasks, _task_metadata(overlay, settings))
    graph.write(folder / paths.SCENE_GRAPH)
    index.write(folder / paths.ASSET_INDEX)
    config.write(folder / paths.TASK_CONFIG)
    MultiRobotConfig(scene_id=scene.scene_id, primary=robots[0].type, robots=robots).write(folder / paths.MULTI_ROBOT)
    provenance = build_provenance(scene, scene_dir, excluded, settings.filter_commercial)
    provenance.write(folder / paths.PROVENANCE)
    _scene_config(scene, overlay, folder)
    _merged(scene, scene_dir, physics, variations).write(folder / paths.MERGED_MANIFEST)
    warnings = [f"{name}: {why}" for name, why in sorted({**excluded, **overlay.skipped}.items())]
    warnings += [
        f"{task.task_id}: {_DROPPED.format(sorted(_objects_of(task) - there))}"
        for task in task_set.tasks
        if task not in tasks
    ]
    if overlay.benchmarks:
        warnings.append("the benchmark scores a task only where its TASK_STEPS list it: add the names of eval_tasks/")
    return Export(scene, folder, settings, graph, index, config, overlay, warnings)


def finish_export(export: Export, gates: Mapping[str, list[GateCheck]], now: datetime) -> ExportManifest:
    """Write the export manifest over every file, then the completion file; return the manifest.

    `now` is what the contract's timestamps say; nothing else depends on it.
    """
    folder, scene = export.folder, export.scene
    sealed = {path.name for path in export.sealed_by}
    files = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".") and path.relative_to(folder).as_posix() not in sealed
    )
    inventory = [_inventory(path, folder) for path in files if _is_ours(path, folder)]
    errors = [
        f"{gate}: {item.name}: {item.message}"
        for gate, checks in gates.items()
        for item in checks
        if not item.passed and item.severity == "ERROR"
    ]
    stamp = now.isoformat(timespec="seconds")
    manifest = ExportManifest(
        schema_definition=_definition(),
        export_info=ExportInfo(timestamp=stamp, exporter_version=__version__, source_pipeline="blueprint-pipeline"),
        asset_provenance_path=paths.PROVENANCE,
        config=ExportSettingsUsed(
            robot_type=export.tasks.robot_config.type,
            generate_embeddings=False,
            embedding_model=None,
            require_embeddings=False,
            filter_commercial_only=export.settings.filter_commercial,
            max_tasks=export.settings.max_tasks,
            lerobot_export_format="lerobot_v3",
        ),
        result=ExportResult(
            success=not errors,
            scene_id=scene.scene_id,
            output_dir=paths.GENIESIM,
            outputs=ExportOutputs(
                scene_graph=paths.SCENE_GRAPH,
                asset_index=paths.ASSET_INDEX,
                task_config=paths.TASK_CONFIG,
                scene_config=paths.SCENE_CONFIG,
            ),
            statistics=ExportStatistics(
                nodes=len(export.graph.nodes),
                edges=len(export.graph.edges),
                assets=len(export.index.assets),
                tasks=len(export.tasks.suggested_tasks),
                templates=len(export.overlay.templates),
                packages=len(export.overlay.packages),
            ),
            errors=errors,
            warnings=export.warnings,
        ),
        geniesim_compatibility=Compatibility(
            version=_GENIESIM_VERSION,
            isaac_sim_version=_ISAAC_VERSION,
            formats={name: SCHEMA_VERSION for name in ("scene_graph", "asset_index", "task_config", "scene_config")},
        ),
        estimate=estimate_cost(export),
        quality_gates={name: all(c.passed or c.severity != "ERROR" for c in checks) for name, checks in gates.items()},
        file_inventory=[entry for entry, _ in inventory],
        checksums=Checksums(files={entry.path: checksum for entry, checksum in inventory}),
    )
    manifest.write(folder / paths.EXPORT_MANIFEST)
    ExportCompletion(
        export_schema_version=SCHEMA_VERSION,
        geniesim_schema_version=SCHEMA_VERSION,
        blueprintpipeline_version=__version__,
        export_timestamp=stamp,
        schema_compatibility=SchemaCompatibility(min_geniesim_version=_OLDEST, max_geniesim_version=_NEWEST),
    ).write(folder / paths.COMPLETE)
    return manifest


def estimate_cost(export: Export) -> CostEstimate:
    """Return what collecting every template's episodes would take, from the settings' figures for one episode."""
    figures = export.settings.figures
    episodes = sum(item.template.recording_setting.num_of_episode for item in export.overlay.templates)
    hours = episodes * figures.cpu_seconds / 3600
    price = export.settings.usd_per_cpu_hour
    return CostEstimate(
        episodes=episodes,
        cpu_seconds_per_episode=figures.cpu_seconds,
        megabytes_per_episode=figures.megabytes,
        figures_source=figures.source,
        cpu_hours=round(hours, 4),
        wall_seconds=round(episodes * figures.wall_seconds, 1),
        gigabytes=round(episodes * figures.megabytes / 1024, 4),
        usd_per_cpu_hour=price,
        cost_usd=round(hours * price, 4) if price is not None else None,
    )


_OURS = {
    paths.SCENE_GRAPH,
    paths.ASSET_INDEX,
    paths.TASK_CONFIG,
    paths.SCENE_CONFIG,
    paths.MULTI_ROBOT,
    paths.MERGED_MANIFEST,
    paths.PROVENANCE,
}
_OUR_FOLDERS = (paths.ASSET_ROOT, paths.TASKS, paths.BENCHMARK)


def _is_ours(path: Path, folder: Path) -> bool:
    """Job files and recordings may lie in the folder too; they are no part of the export."""
    relative = path.relative_to(folder)
    return relative.as_posix() in _OURS or relative.parts[0] in _OUR_FOLDERS


def _inventory(path: Path, folder: Path) -> tuple[InventoryFile, FileChecksum]:
    name, size = path.relative_to(folder).as_posix(), path.stat().st_size
    return InventoryFile(path=name, size_bytes=size), FileChecksum(sha256=sha256_file(path), size_bytes=size)


def _objects_of(task: TaskSpec) -> set[str]:
    goal = task.goal
    return {task.target_object, *([goal.support_id] if goal.kind == "place" else [])}


def _physics(scene_dir: Path) -> dict[str, Any]:
    path = scene_dir / layout.SCENE_PHYSICS
    if not path.exists():
        return {}
    return {name: item.model_dump(mode="json") for name, item in ScenePhysics.read(path).objects.items()}


def _robots(
    scene: Scene, embodiment_name: str, tasks: list[TaskSpec], overlay: Overlay, settings: GeniesimExportSettings
) -> list[RobotConfig]:
    """The robot that the tasks were certified with first, then those that the package is for."""
    embodiment = load_embodiment(embodiment_name)
    bases = list(dict.fromkeys(task.pose_world_base.position for task in tasks)) or [(0.0, 0.0, 0.0)]
    points = [target_position(scene, task.target_object) for task in tasks]
    points += [goal for task in tasks if (goal := goal_position(scene, task)) is not None]
    robots = [embodiment_config(embodiment, bases[0], _grown(task_bounds(bases, embodiment.reach_m), points))]
    for name in settings.robots:
        robot = load_agibot(name)
        stands = [item.pose_world_base.position for item in overlay.surfaces if name.startswith(item.robot)]
        stands = stands or [bases[0]]
        robots.append(agibot_config(robot, stands[0], task_bounds(stands, _AGIBOT_REACH_M)))
    return robots


def _grown(bounds: tuple[Vec3, Vec3], points: list[Vec3]) -> tuple[Vec3, Vec3]:
    """Bounds that hold the points, too: the middle of a cupboard may be further off than its handle."""
    both = np.array([*bounds, *points])
    x0, y0, z0 = (round(float(value), 4) for value in both.min(axis=0) - 1e-4)
    x1, y1, z1 = (round(float(value), 4) for value in both.max(axis=0) + 1e-4)
    return (x0, y0, z0), (x1, y1, z1)


def _task_metadata(overlay: Overlay, settings: GeniesimExportSettings) -> dict[str, object]:
    return {
        "episodes_per_task": settings.episodes_per_task,
        "quality_thresholds": settings.quality_thresholds,
        "templates": {
            f"{paths.TASKS}/{item.path}": {
                "target": item.target,
                "passive": item.passive,
                "surface": item.surface,
                "source_task": item.source_task,
                "grasps_reached": item.grasps_reached,
                "grasps_tried": item.grasps_tried,
            }
            for item in overlay.templates
        },
    }


def _scene_config(scene: Scene, overlay: Overlay, folder: Path) -> None:
    points = np.concatenate(
        [scene.pose_world_object(item.id).apply(asset_points(scene.asset(item.id))) for item in scene.objects]
    )
    (x0, y0, z0), (x1, y1, z1) = (np.round(corner, 4).tolist() for corner in (points.min(axis=0), points.max(axis=0)))
    gravity = scene.manifest.scene.physics_defaults.gravity
    config = ExportedScene(
        scene_id=scene.scene_id,
        environment_type=scene.manifest.scene.environment_type or "unknown",
        usd_path=f"../{layout.USD_SCENE}",
        gravity=(gravity.x, gravity.y, gravity.z),
        physics_dt_s=1 / scene.manifest.scene.physics_defaults.time_steps_per_second,
        bounds=RoomBounds(lower=(x0, y0, z0), upper=(x1, y1, z1)),
        backgrounds={
            surface.name: f"{paths.ASSET_ROOT}/{background_file(scene.scene_id, surface)}"
            for surface in overlay.surfaces
        },
        templates=[f"{paths.TASKS}/{item.path}" for item in overlay.templates],
    )
    write_atomically(folder / paths.SCENE_CONFIG, yaml_text(config.model_dump(mode="json")).encode())


def _merged(scene: Scene, scene_dir: Path, physics: dict[str, Any], variations: list[Variation]) -> MergedSceneManifest:
    certificate = scene_dir / layout.PHYSICS_CERTIFICATE
    return MergedSceneManifest(
        scene_id=scene.scene_id,
        manifest=json.loads(scene.manifest.to_json()),
        manifest_sha256=sha256_file(scene_dir / layout.SCENE_MANIFEST),
        physics=physics,
        variations=[item.variation_id for item in variations],
        certificate_passed=PhysicsCertificate.read(certificate).passed if certificate.exists() else None,
    )


def _definition() -> SchemaDefinition:
    return SchemaDefinition(
        description="A scene for Genie Sim: graph, assets, tasks, and an asset-root overlay with task templates.",
        fields={
            "result.outputs": "files of the triple, relative to output_dir",
            "file_inventory": "every file of the export but this one and the completion file",
            "checksums.files": "SHA-256 and size by path",
            "estimate": "what collecting the templates' episodes would take",
            "quality_gates": "whether each named gate let the export pass",
        },
        notes=["Paths are relative to output_dir. Z-up, metres, kilograms, radians, quaternions w,x,y,z."],
    )
