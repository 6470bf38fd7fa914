"""From a scaled reconstruction to a settled scene: meshes prepared, put on their supports, moved apart, settled."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from blueprint.contracts.asset import Grasp
from blueprint.contracts.errors import InputError, StageError
from blueprint.contracts.mesh_report import MeshBatchReport
from blueprint.contracts.physics_estimation import PhysicsEstimation
from blueprint.contracts.scene_scale import SceneScale
from blueprint.sources.articulation.articulate import read_articulated, read_handles, read_licenses
from blueprint.sources.imported.adopt import adopt_imported
from blueprint.sources.meshes.batch import prepare_meshes
from blueprint.sources.meshes.mesh_input import PreparedMesh
from blueprint.sources.meshes.properties import guess_masses, physics_mode
from blueprint.sources.regen3d.assemble import assemble, mesh_inputs
from blueprint.sources.regen3d.read import read_reconstruction
from blueprint.sources.settled import SettledScene
from blueprint.storage import layout
from blueprint.storage.cache import cache_root

__all__ = ["ReconstructedScene", "make_reconstructed_scene", "min_success_rate"]

_MIN_SUCCESS_RATE = 0.5  # of the meshes of a scene, as in the seeds' partial-failure handling


@dataclass(frozen=True)
class ReconstructedScene:
    """The settled scene, how its meshes and their physical properties came about, and the ids of what was read."""

    settled: SettledScene
    meshes: MeshBatchReport
    estimation: PhysicsEstimation
    object_ids: tuple[str, ...]


def make_reconstructed_scene(
    scene_dir: Path, workers: int, progress: Callable[[int, int, str], None]
) -> ReconstructedScene:
    """Write the scene of `regen3d/`, `layout/scene_scale.json` and `assets/interactive/` into `scene_dir`, settled.

    Meshes are prepared by `workers` processes, which changes no byte. One that cannot be prepared, or does not hold
    where it was seen, is left out and named in the manifest's `skipped` or `unsatisfied`. Raises StageError where too
    few meshes can be prepared, and what reading, preparing and settling raise.
    """
    reconstruction = read_reconstruction(scene_dir / layout.RECONSTRUCTION, scene_dir.name)
    scale = SceneScale.read(scene_dir / layout.SCENE_SCALE)
    interactive = scene_dir / layout.INTERACTIVE
    links, handles, licenses = read_articulated(interactive), read_handles(interactive), read_licenses(interactive)
    masses, estimation = guess_masses(mesh_inputs(reconstruction, scale, links, {}), physics_mode(os.environ))
    estimation.write(scene_dir / layout.PHYSICS_ESTIMATION)
    items = [
        replace(item, license=licenses.get(item.name, item.license))
        for item in mesh_inputs(reconstruction, scale, links, masses)
    ]
    prepared: dict[str, PreparedMesh] = {}

    def keep(done: PreparedMesh) -> None:
        prepared[done.report.name] = _with_handles(done, handles.get(done.report.name, []))

    report = prepare_meshes(
        items,
        workers=workers,
        min_success_rate=min_success_rate(os.environ),
        save=keep,
        cache_dir=cache_root() / "colliders",
        progress=progress,
    )
    report.write(scene_dir / layout.MESH_REPORT)
    failures = {failure.name: failure.message for failure in report.failures}
    if not report.passed:
        named = "; ".join(f"{name}: {why}" for name, why in sorted(failures.items())[:5])
        message = f"{report.succeeded} of {report.total} meshes could be prepared, {report.min_success_rate:.0%} must."
        raise StageError(f"{message} {named}.", remedy=f"see {layout.MESH_REPORT}, or set MESH_MIN_SUCCESS_RATE.")
    scene = assemble(reconstruction, scale, prepared, failures)
    loose = [replace(item, required=False) for item in scene.objects]  # what a photo shows may be left out, by name
    settled = adopt_imported(replace(scene, objects=loose), scene_dir)
    return ReconstructedScene(settled, report, estimation, tuple(item.object_id for item in reconstruction.objects))


def _with_handles(done: PreparedMesh, handles: list[Grasp]) -> PreparedMesh:
    """Where the doors and drawers of a fitted thing are held; a moving link keeps its frame, so a handle keeps its."""
    asset = done.imported.asset
    moving = {link.name for link in asset.model.links if link.joint}
    held = [grasp for grasp in handles if grasp.link in moving]
    if not held:
        return done
    model = asset.model.model_copy(update={"grasps": [*asset.model.grasps, *held]})
    return replace(done, imported=replace(done.imported, asset=replace(asset, model=model)))


def min_success_rate(environ: Mapping[str, str]) -> float:
    """Return MESH_MIN_SUCCESS_RATE (0.5), the share of a scene's meshes that must be usable; raises InputError."""
    text = environ.get("MESH_MIN_SUCCESS_RATE", "").strip()
    try:
        value = float(text) if text else _MIN_SUCCESS_RATE
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        message = f"MESH_MIN_SUCCESS_RATE is {text[:40]!r}, expected 0 to 1."
        raise InputError(message, remedy="export MESH_MIN_SUCCESS_RATE=0.5.")
    return value
