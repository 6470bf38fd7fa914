"""The stage geniesim-export as the list of stages has it, and running it for one scene."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from blueprint.contracts.errors import InputError
from blueprint.contracts.geniesim.export_manifest import ExportManifest
from blueprint.contracts.geniesim.export_settings import EXPORT_SETTINGS_FILE, GeniesimExportSettings
from blueprint.contracts.hashing import canonical_json
from blueprint.contracts.ids import validate_scene_id
from blueprint.pipeline.runner import StageRun, run_stage
from blueprint.pipeline.settings import read_settings
from blueprint.pipeline.stage import Outcome, Progress, Stage, StageContext, silent
from blueprint.pipeline.workspace import Workspace, locked, open_workspace
from blueprint.quality.gates import require
from blueprint.storage import layout

__all__ = ["GENIESIM_EXPORT", "export_scene", "preview_scene"]


def _run(context: StageContext) -> Outcome:
    from blueprint.pipeline.steps.geniesim_export import export_geniesim

    return export_geniesim(context)


GENIESIM_EXPORT = Stage(
    name="geniesim-export",
    summary="the package for Genie Sim 3: scene graph, tasks, asset-root overlay, task templates, benchmark",
    run=_run,
    reads=(
        layout.SCENE_MANIFEST,
        "assets/*/metadata.json",
        "assets/*/source/**/*",
        "assets/*/sim/**/*",
        layout.SCENE_PHYSICS,
        layout.PHYSICS_CERTIFICATE,
        layout.TASKS,
        "variation_assets/variations/*.json",
        EXPORT_SETTINGS_FILE,
    ),
    writes=(
        "geniesim/scene_graph.json",
        "geniesim/asset_index.json",
        "geniesim/task_config.json",
        "geniesim/scene_config.yaml",
        "geniesim/multi_robot_config.json",
        "geniesim/merged_scene_manifest.json",
        "geniesim/export_manifest.json",
        "geniesim/_GENIESIM_EXPORT_COMPLETE",
        "geniesim/legal/*.json",
        "geniesim/sim_assets/**/*",
        "geniesim/tasks/**/*",
        "geniesim/benchmark/**/*",
    ),
    marker="geniesim/.geniesim_complete",
    requires=("usd_certified", "tasks_solved"),
    judges=(
        "geniesim_export_ready",
        "geniesim_scene_graph_valid",
        "geniesim_task_config_valid",
        "geniesim_package_valid",
    ),
    timeout_s=2700,
)


def export_scene(
    scene: str,
    root: str,
    changes: Mapping[str, Any],
    *,
    force: bool = False,
    progress: Progress = silent,
) -> StageRun:
    """Export a scene folder, or a scene id below `root`; `changes` to its export settings are saved in the scene.

    Raises what `run_stage` raises, and GateError if a gate of the export failed (its files are kept).
    """
    workspace = _workspace(scene, root)
    with locked(workspace):
        if changes:
            _settings(workspace, changes).write(workspace.scene_dir / EXPORT_SETTINGS_FILE)
        chosen = read_settings(workspace.scene_dir)
        run = run_stage(GENIESIM_EXPORT, workspace.scene_dir, chosen, progress=progress, force=force)
        workspace.publish()
        for gate_id in GENIESIM_EXPORT.judges:
            require(workspace.scene_dir, gate_id)
    return run


def preview_scene(scene: str, root: str, changes: Mapping[str, Any]) -> ExportManifest:
    """Return the manifest that an export with these settings would have, with its estimate; changes nothing."""
    from blueprint.pipeline.steps.geniesim_export import preview_export

    workspace = _workspace(scene, root)
    return preview_export(workspace.scene_dir, _settings(workspace, changes))


def _settings(workspace: Workspace, changes: Mapping[str, Any]) -> GeniesimExportSettings:
    from blueprint.export.geniesim.export import export_settings

    saved = export_settings(workspace.scene_dir).model_dump(mode="json")
    return GeniesimExportSettings.parse(canonical_json({**saved, **changes}), where="the export's settings")


def _workspace(scene: str, root: str) -> Workspace:
    """A folder `<root>/scenes/<id>` is opened as that scene of that root."""
    folder = Path(scene)
    if folder.is_dir():
        folder = folder.resolve()
        if folder.parent.name != "scenes":
            message = f"{folder} is no scene of a root (…/scenes/<id>)."
            raise InputError(message, remedy="give a scene id and --root.")
        root, scene = str(folder.parent.parent), folder.name
    workspace = open_workspace(root, validate_scene_id(scene))
    if not (workspace.scene_dir / layout.SCENE_MANIFEST).is_file():
        raise InputError(f"there is no scene {scene!r} below {root}.", remedy="run `blueprint run` first.")
    return workspace
