"""`blueprint validate`: look at a scene, a USD file, a document, an episode or a dataset and say what is wrong."""

from pathlib import Path

from blueprint.contracts import schemas
from blueprint.contracts.errors import BlueprintError, InputError
from blueprint.contracts.manifest_stream import validate_manifest
from blueprint.contracts.quality_gate import GateCheck
from blueprint.contracts.scene import validate_scene
from blueprint.datasets.check import check_dataset
from blueprint.pipeline.stages import all_gates
from blueprint.quality.episode_checks import check_episode
from blueprint.quality.gates import require
from blueprint.storage import layout
from blueprint.usd.validate import validate_stage

__all__ = ["validate_path"]

_DOCUMENT_OF_FILE = {
    "scene_request.json": "scene_request",
    "scene_manifest.json": "scene_manifest",
    "scene_layout.json": "scene_layout",
    "scene_layout_scaled.json": "scene_layout",
    "inventory.json": "inventory",
    "simready_physics.json": "scene_physics",
    "metadata.json": "asset_model",
    "physics_certificate.json": "physics_certificate",
    "tasks.json": "task_set",
    "record.json": "episode_record",
    "import_manifest.json": "import_manifest",
    "variation_space.json": "variation_space",
}


def validate_path(path: Path) -> list[GateCheck]:
    """Return the checks of whatever `path` is; raises InputError for something that is none of these."""
    if path.is_dir() and (path / "record.json").is_file():
        return check_episode(path).checks
    if path.is_dir() and (path / "meta" / "info.json").is_file():
        return check_dataset(path)
    if path.is_dir() and (path / layout.SCENE_MANIFEST).is_file():
        return _scene_checks(path)
    if path.is_file() and path.suffix in {".usda", ".usdc", ".usd", ".usdz"}:
        return validate_stage(path)
    if path.is_file() and path.suffix == ".json":
        return [_document_check(path)]
    message = f"{path} is not a scene folder, a USD file, a JSON document, an episode record or a dataset."
    raise InputError(message, remedy="name one of these.")


def _scene_checks(scene_dir: Path) -> list[GateCheck]:
    objects, assets = validate_scene(scene_dir)
    checks = [_check("manifest", True, f"{objects} objects, {assets} assets")]
    if (scene_dir / layout.USD_SCENE).is_file():
        checks += validate_stage(scene_dir / layout.USD_SCENE)
    for gate_id in all_gates():
        if not (scene_dir / layout.gate_certificate(gate_id)).is_file():
            checks.append(_check(f"gate {gate_id}", False, "not judged yet", severity="WARNING"))
            continue
        try:
            certificate = require(scene_dir, gate_id)
        except BlueprintError as error:
            checks.append(_check(f"gate {gate_id}", False, str(error)))
        else:
            word = "passed" if certificate.passed else "overridden"
            checks.append(_check(f"gate {gate_id}", certificate.passed, word, severity="WARNING"))
    return checks


def _document_check(path: Path) -> GateCheck:
    name = _DOCUMENT_OF_FILE.get(path.name)
    models = schemas.documents()
    if name is None or name not in models:
        message = f"{path.name} is no document of this project."
        raise InputError(message, remedy=f"known names are {', '.join(sorted(_DOCUMENT_OF_FILE))}.")
    try:
        if path.name == Path(layout.SCENE_MANIFEST).name:
            return _check(name, True, f"{validate_manifest(path)} objects")
        models[name].read(path)
    except BlueprintError as error:
        return _check(name, False, str(error))
    return _check(name, True, "valid")


def _check(name: str, passed: bool, message: str, *, severity: str = "ERROR") -> GateCheck:
    return GateCheck.model_validate({"name": name, "passed": passed, "severity": severity, "message": message})
