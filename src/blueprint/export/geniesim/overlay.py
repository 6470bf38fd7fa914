"""The asset-root overlay of a scene: packages, backgrounds, templates, benchmark. `write_overlay` is its list."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from blueprint.assets.geometry import Asset
from blueprint.assets.library import load_asset
from blueprint.contracts.geniesim.export_settings import GeniesimExportSettings
from blueprint.contracts.scene import Scene, asset_dir
from blueprint.contracts.task import TaskSpec
from blueprint.contracts.variation import Variation
from blueprint.export.geniesim.background import background_file, is_near, write_background, write_material_config
from blueprint.export.geniesim.benchmark import plan_benchmark, write_benchmark
from blueprint.export.geniesim.footing import footing_of
from blueprint.export.geniesim.gaze import look_at
from blueprint.export.geniesim.grasps import tip_beyond_center_m
from blueprint.export.geniesim.package import AssetPackage, GripperReach, write_package
from blueprint.export.geniesim.paths import ASSET_ROOT, BENCHMARK, TASKS
from blueprint.export.geniesim.posture import posture_for
from blueprint.export.geniesim.start import StartReport, judge_start
from blueprint.export.geniesim.templates import (
    NamedTemplate,
    TemplateRobotFacts,
    pick_targets,
    robot_id_of,
    surface_templates,
)
from blueprint.export.geniesim.work_surface import WorkSurface, is_movable, work_surfaces
from blueprint.robots.agibot import AgibotRobot, load_agibot

__all__ = ["Overlay", "write_overlay"]

_BENCHMARK_ROBOT = "G2_omnipicker.json"


@dataclass(frozen=True)
class Overlay:
    """What was written. `packages` by asset id; `skipped` says which surfaces got no template, and why."""

    packages: dict[str, AssetPackage]
    surfaces: list[WorkSurface]
    templates: list[NamedTemplate]
    benchmarks: list[str]
    skipped: dict[str, str]


def write_overlay(
    scene: Scene,
    scene_dir: Path,
    tasks: Sequence[TaskSpec],
    variations: Sequence[Variation],
    settings: GeniesimExportSettings,
    folder: Path,
    tell: Callable[[str], None],
) -> Overlay:
    """Write `sim_assets/`, `tasks/` and `benchmark/` into `folder`, anew; the same scene gives the same bytes.

    `scene` is what is exported of the scene in `scene_dir`. Raises InputError where an asset is unusable.
    """
    root = folder / ASSET_ROOT
    for part in (ASSET_ROOT, TASKS, BENCHMARK):
        shutil.rmtree(folder / part, ignore_errors=True)
    root.mkdir(parents=True)
    robots = [load_agibot(name) for name in settings.robots]
    reach = {robot.name: tip_beyond_center_m(robot) for robot in robots}
    longest = max(reach.values())
    opening = min(arm.gripper.opening for robot in robots for arm in robot.arms.values())
    packages, assets = _write_packages(scene, scene_dir, root, settings.namespace, GripperReach(opening, longest), tell)
    surfaces: list[WorkSurface] = []
    templates: list[NamedTemplate] = []
    skipped: dict[str, str] = {}
    for robot in robots:
        tag = robot_id_of(robot)
        offset = round(longest - reach[robot.name], 6)
        found, why = work_surfaces(scene, tag, footing_of(robot))
        skipped |= {f"{name}_{tag.lower()}": reason for name, reason in why.items()}
        for stances in found:
            posture = posture_for(robot, stances[0].height_m)
            if posture is None:
                name = stances[0].name
                skipped[name] = f"the robot's waist does not reach for {stances[0].height_m:.2f} m"
                continue
            started = _start(scene, scene_dir, stances, robot, posture, packages, root, offset)
            if isinstance(started, str):
                skipped[stances[0].name] = started
                continue
            surface, start = started
            surfaces.append(surface)
            middle = np.mean([scene.pose_world_object(name).position for name in surface.in_reach], axis=0)
            gaze = look_at(robot, posture, surface.pose_world_base.inverse().apply(middle))
            facts = TemplateRobotFacts(robot, {**posture, **gaze}, offset)
            templates += surface_templates(
                scene, surface, facts, packages, start, tasks, settings.namespace, settings.episodes_per_task
            )
            tell(f"{len(templates)} templates")
    templates = templates[: settings.max_tasks * len(robots)]
    for named in templates:
        named.template.write(folder / TASKS / named.path)
    tell(f"{len(packages)} packages, {len(surfaces)} surfaces, {len(templates)} templates")
    if surfaces:
        write_material_config(scene, assets, surfaces, root)
    benchmarks = [
        _write_benchmark(scene, scene_dir, surface, tasks, variations, packages, folder)
        for surface in surfaces
        if surface.robot == "G2"
    ]
    return Overlay(packages, surfaces, templates, benchmarks, skipped)


def _start(
    scene: Scene,
    scene_dir: Path,
    stances: list[WorkSurface],
    robot: AgibotRobot,
    posture: dict[str, float],
    packages: dict[str, AssetPackage],
    root: Path,
    grasp_offset_m: float,
) -> tuple[WorkSurface, StartReport] | str:
    """Return the first stance from which the robot starts clear and reaches something, with its background written; or
    why there is none."""
    problem = ""
    for stance in stances:
        write_background(scene, scene_dir, stance, root)
        targets = pick_targets(scene, stance, packages)
        start = judge_start(scene, stance, robot, posture, packages, root, targets, grasp_offset_m)
        if any(start.is_reached(name) for name in start.reached):
            return stance, start
        touched = f"the robot would start touching {', '.join(start.touching)}"
        problem = problem or (touched if start.touching else "no grasp of anything on it is in reach")
    (root / background_file(scene.scene_id, stances[0])).unlink()
    return problem


def _write_packages(
    scene: Scene, scene_dir: Path, root: Path, namespace: str, gripper: GripperReach, tell: Callable[[str], None]
) -> tuple[dict[str, AssetPackage], dict[str, Asset]]:
    """Package what can be moved or opened; return the packages, and every asset of the scene with its meshes."""
    packages: dict[str, AssetPackage] = {}
    assets: dict[str, Asset] = {}
    wanted = {
        item.asset.asset_id
        for item in scene.objects
        if is_movable(item) or (scene.asset(item.id).is_articulated and not item.is_architecture)
    }
    for asset_id in sorted(scene.assets):
        loaded = load_asset(asset_dir(scene_dir, asset_id))
        assets[asset_id] = Asset(scene.assets[asset_id], loaded.meshes, loaded.textures)
        if asset_id in wanted:
            sim = asset_dir(scene_dir, asset_id) / "sim"
            packages[asset_id] = write_package(assets[asset_id], sim, root, namespace, gripper)
            tell(f"package {len(packages)} of {len(wanted)}")
    return packages, assets


def _write_benchmark(
    scene: Scene,
    scene_dir: Path,
    surface: WorkSurface,
    tasks: Sequence[TaskSpec],
    variations: Sequence[Variation],
    packages: dict[str, AssetPackage],
    folder: Path,
) -> str:
    """Furniture with joints near the robot moves from the background into the instances, if anything stays on it or
    not: what carries the surface's things keeps its place."""
    articulated = [
        item.id
        for item in scene.objects
        if (item.asset.asset_id or "") in packages
        and scene.asset(item.id).is_articulated
        and is_near(scene, item, surface)
    ]
    background = background_file(scene.scene_id, surface)
    if articulated:
        background = write_background(
            scene, scene_dir, surface, folder / ASSET_ROOT, absent=articulated, suffix="_benchmark"
        )
    planned = plan_benchmark(scene, surface, articulated, tasks, background)
    write_benchmark(scene, planned, packages, variations, folder / BENCHMARK, f"../{ASSET_ROOT}", _BENCHMARK_ROBOT)
    return planned.name
