"""Exporting one scene for Genie Sim, or seeing first what that would give."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from blueprint.contracts.errors import InputError
from blueprint.contracts.geniesim.export_manifest import ExportManifest
from blueprint.contracts.geniesim.export_settings import EXPORT_SETTINGS_FILE, GeniesimExportSettings
from blueprint.contracts.hashing import canonical_json
from blueprint.contracts.ids import validate_scene_id
from blueprint.export.geniesim.export import export_settings
from blueprint.pipeline.entry import run_one_stage
from blueprint.pipeline.runner import StageRun
from blueprint.pipeline.stage import Progress, silent
from blueprint.pipeline.steps.geniesim_export import preview_export
from blueprint.pipeline.workspace import Workspace, locked, open_workspace
from blueprint.storage import layout

__all__ = ["export_scene", "preview_scene"]


def export_scene(
    scene: str,
    root: str,
    changes: Mapping[str, Any],
    *,
    force: bool = False,
    progress: Progress = silent,
) -> StageRun:
    """Export a scene folder, or a scene id below `root`; `changes` to its export settings are saved in the scene.

    Raises InputError where there is no such scene or a setting is unusable, then what `run_one_stage` raises.
    """
    root, scene_id = _located(scene, root)
    workspace = _opened(root, scene_id)
    if changes:
        settings = _settings(workspace, changes)
        with locked(workspace):
            settings.write(workspace.scene_dir / EXPORT_SETTINGS_FILE)
            workspace.publish()
    return run_one_stage("geniesim-export", root, scene_id, force=force, progress=progress)


def preview_scene(scene: str, root: str, changes: Mapping[str, Any]) -> ExportManifest:
    """Return the manifest that an export with these settings would have, with its estimate; changes nothing."""
    workspace = _opened(*_located(scene, root))
    return preview_export(workspace.scene_dir, _settings(workspace, changes))


def _settings(workspace: Workspace, changes: Mapping[str, Any]) -> GeniesimExportSettings:
    saved = export_settings(workspace.scene_dir).model_dump(mode="json")
    return GeniesimExportSettings.parse(canonical_json({**saved, **changes}), where="the export's settings")


def _located(scene: str, root: str) -> tuple[str, str]:
    """Return root and scene id; a folder `<root>/scenes/<id>` is that scene of that root."""
    folder = Path(scene)
    if not folder.is_dir():
        return root, validate_scene_id(scene)
    folder = folder.resolve()
    if folder.parent.name != "scenes":
        message = f"{folder} is no scene of a root (…/scenes/<id>)."
        raise InputError(message, remedy="give a scene id and --root.")
    return str(folder.parent.parent), folder.name


def _opened(root: str, scene_id: str) -> Workspace:
    workspace = open_workspace(root, scene_id)
    if not (workspace.scene_dir / layout.SCENE_MANIFEST).is_file():
        raise InputError(f"there is no scene {scene_id!r} below {root}.", remedy="run `blueprint run` first.")
    return workspace
