"""Stage geniesim-export: the package for Genie Sim, judged before it is written and read back after."""

import os
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from blueprint.contracts.errors import GateError
from blueprint.contracts.geniesim.export_manifest import ExportManifest
from blueprint.contracts.geniesim.export_settings import GeniesimExportSettings
from blueprint.contracts.quality_gate import GateCheck
from blueprint.export.geniesim import paths
from blueprint.export.geniesim.checks import export_ready_checks, scene_graph_checks, task_config_checks
from blueprint.export.geniesim.export import Export, export_settings, exported_scene, finish_export, write_export
from blueprint.export.geniesim.package_checks import package_checks
from blueprint.pipeline.stage import Outcome, StageContext
from blueprint.quality.gates import require
from blueprint.storage import layout

__all__ = ["GATES", "ROLLBACK_MARKER", "export_geniesim", "preview_export", "rollback_marker"]

ROLLBACK_MARKER = "geniesim/.canary_rollback"
# gate → the checkpoint's name in the contract
GATES = {
    "geniesim_export_ready": "GENIESIM_EXPORT_READY",
    "geniesim_scene_graph_valid": "GENIESIM_SCENE_GRAPH_VALID",
    "geniesim_task_config_valid": "GENIESIM_TASK_CONFIG_VALID",
    "geniesim_package_valid": "GENIESIM_PACKAGE_VALID",
}


def export_geniesim(context: StageContext, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Outcome:
    """Judge the scene, write its package, judge that, and seal it with the manifest.

    Raises GateError where a canary was rolled back or the scene is not ready and nobody overrode that; then nothing is
    written. `clock` is what the contract's timestamps say.
    """
    scene_dir = context.scene_dir
    marker = rollback_marker(scene_dir)
    if marker is not None:
        message = f"Rollback marker present ({marker}). Skipping Genie Sim export."
        raise GateError(message, remedy="remove the marker when the roll-back is over.")
    settings = export_settings(scene_dir)
    scene, _ = exported_scene(scene_dir, settings)
    ready = export_ready_checks(scene, scene_dir)
    subject = [scene_dir / layout.SCENE_MANIFEST, scene_dir / layout.TASKS]
    context.judge("geniesim_export_ready", GATES["geniesim_export_ready"], subject, ready)
    require(scene_dir, "geniesim_export_ready")
    context.progress(1, 3, "ready")
    folder = scene_dir / paths.GENIESIM
    export = write_export(scene_dir, settings, folder, lambda note: context.progress(1, 3, note))
    context.progress(2, 3, "reading it back")
    gates = {"geniesim_export_ready": ready, **_judged(export)}
    for gate, files in _subjects(folder).items():
        context.judge(gate, GATES[gate], files, gates[gate])
    manifest = finish_export(export, gates, clock())
    statistics = manifest.result.statistics
    context.progress(3, 3, f"{statistics.templates} task templates, {statistics.packages} assets")
    return Outcome(
        {
            "robot_type": manifest.config.robot_type,
            "commercial_only": settings.filter_commercial,
            "ready_for_geniesim": manifest.result.success,
            "templates": statistics.templates,
            "packages": statistics.packages,
            "surfaces_without_template": dict(sorted(export.overlay.skipped.items())),
        }
    )


def preview_export(
    scene_dir: Path, settings: GeniesimExportSettings | None = None, *, now: datetime | None = None
) -> ExportManifest:
    """Make the whole export in a temporary folder, judge it and return its manifest with the estimate; the scene is
    left as it is. A scene that is not ready is previewed all the same: the manifest says what fails."""
    chosen = settings or export_settings(scene_dir)
    scene, _ = exported_scene(scene_dir, chosen)
    with tempfile.TemporaryDirectory(prefix="geniesim_") as temporary:
        export = write_export(scene_dir, chosen, Path(temporary) / paths.GENIESIM)
        gates = {"geniesim_export_ready": export_ready_checks(scene, scene_dir), **_judged(export)}
        return finish_export(export, gates, now or datetime.now(UTC))


def rollback_marker(scene_dir: Path) -> str | None:
    """Return the roll-back marker that is there: the scene's own, or the object that `CANARY_ROLLBACK_MARKER` names."""
    root = scene_dir.parent.parent
    own = f"scenes/{scene_dir.name}/{ROLLBACK_MARKER}"
    for name in (own, os.environ.get("CANARY_ROLLBACK_MARKER", "").strip()):
        if name and (root / name).resolve().is_relative_to(root.resolve()) and (root / name).is_file():
            return name
    return None


def _judged(export: Export) -> Mapping[str, list[GateCheck]]:
    return {
        "geniesim_scene_graph_valid": scene_graph_checks(export.graph, export.index),
        "geniesim_task_config_valid": task_config_checks(export.tasks, export.index),
        "geniesim_package_valid": package_checks(export.folder),
    }


def _subjects(folder: Path) -> dict[str, list[Path]]:
    """The files that each gate judges; of the package those that clients read first."""
    root = folder / paths.ASSET_ROOT
    package = [*root.rglob("object_parameters.json"), *root.rglob("interaction.json"), *root.rglob("*.npz")]
    package += [*root.glob("background/*/*.usda"), *(folder / paths.TASKS).rglob("*.json")]
    index = folder / paths.ASSET_INDEX
    return {
        "geniesim_scene_graph_valid": [folder / paths.SCENE_GRAPH, index],
        "geniesim_task_config_valid": [folder / paths.TASK_CONFIG, index],
        "geniesim_package_valid": [*package, index],
    }
