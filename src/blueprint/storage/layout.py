"""The names of the objects of a scene (`scenes/{scene_id}/…`): one place, so that nobody spells a path twice.

Constants are relative to the scene folder; `scene_prefix(scene_id)` puts the scene's folder in front.
"""

from blueprint.contracts.errors import InputError
from blueprint.contracts.ids import validate_identifier, validate_scene_id
from blueprint.storage.keys import validate_key

__all__ = [
    "ABLATION",
    "ASSETS",
    "CURRICULUM",
    "EPISODE_RECORDS",
    "GATES",
    "GIVEN_PHOTO",
    "GIVEN_RECONSTRUCTION",
    "GIVEN_VARIATION_SPACE",
    "INTERACTIVE",
    "INTERACTIVE_SUMMARY",
    "INVENTORY",
    "LAYOUT",
    "LEROBOT_V3",
    "LEROBOT_V21",
    "MESH_REPORT",
    "METRIC_METADATA",
    "MJCF_SCENE",
    "PHYSICS_CERTIFICATE",
    "PHYSICS_ESTIMATION",
    "PLACEMENT_REGIONS",
    "RECONSTRUCTED_PHOTO",
    "RECONSTRUCTION",
    "REPORT",
    "SCENE_MANIFEST",
    "SCENE_PHYSICS",
    "SCENE_REQUEST",
    "SCENE_SCALE",
    "STAGE_MARKERS",
    "TASKS",
    "TRAINING_REQUEST",
    "TRAINING_SUMMARY",
    "USD_SCENE",
    "VARIATIONS",
    "VARIATION_INSTANCES",
    "asset_metadata",
    "checkpoint",
    "episode_record",
    "failure_marker",
    "gate_certificate",
    "is_marker",
    "marker_names",
    "scene_key",
    "scene_lock",
    "scene_prefix",
    "variation",
]

SCENE_REQUEST = "prompts/scene_request.json"
GIVEN_RECONSTRUCTION = "input/reconstruction"
GIVEN_PHOTO = "input/photo.json"
RECONSTRUCTED_PHOTO = "photo/reconstruction"
RECONSTRUCTION = "regen3d"
TEXTGEN_REQUEST = "textgen/request.normalized.json"
TEXTGEN_PACKAGE = "textgen/package.json"
TEXTGEN_PLACEMENT_GRAPH = "textgen/placement_graph.json"
ASSETS = "assets"
SCENE_MANIFEST = "assets/scene_manifest.json"
SCENE_PHYSICS = "assets/simready_physics.json"
PHYSICS_ESTIMATION = "assets/physics_estimation.json"
MESH_REPORT = "assets/mesh_report.json"
INTERACTIVE = "assets/interactive"
INTERACTIVE_SUMMARY = "assets/interactive/summary.json"
LAYOUT = "layout/scene_layout.json"
LAYOUT_SCALED = "layout/scene_layout_scaled.json"
SCENE_SCALE = "layout/scene_scale.json"
METRIC_METADATA = "regen3d/metric_metadata.json"
INVENTORY = "seg/inventory.json"
USD_SCENE = "usd/scene.usda"
SETTLED_TRANSFORMS = "usd/settled_transforms.json"
PHYSICS_CERTIFICATE = "usd/physics_certificate.json"
MJCF_SCENE = "mjcf/scene.xml"
PLACEMENT_REGIONS = "replicator/placement_regions.usda"
VARIATION_SPACE = "replicator/configs/variation_space.json"
GIVEN_VARIATION_SPACE = "prompts/variation_space.json"
TRAINING_REQUEST = "prompts/training.json"
TRAINING_SUMMARY = "training/summary.json"
ABLATION = "ablation/ablation.json"
CURRICULUM = "ablation/curriculum.json"
VARIATION_ASSETS_MANIFEST = "replicator/variation_assets/manifest.json"
AFFORDANCE_GRAPH = "replicator/affordance_graph.json"
VARIATIONS = "variation_assets/variations"
VARIATION_INSTANCES = "variation_assets/assets"
TASKS = "tasks/tasks.json"
EPISODE_RECORDS = "episodes/records"
IMPORT_MANIFEST = "episodes/import_manifest.json"
FAILED_EPISODES = "episodes/failed_episodes.json"
LEROBOT_V3 = "episodes/lerobot"
LEROBOT_V21 = "episodes/lerobot_v21"
REPORT = "report/index.html"
GATES = "gates"
QUALITY_GATE_REPORT = "quality_gate_report.json"
CHECKPOINTS = ".checkpoints"

# stage -> names of its completion marker: every one is written (both generations), any one is read, the first is ours
STAGE_MARKERS: dict[str, tuple[str, ...]] = {
    "regen3d": ("regen3d/.reconstruction_complete", ".reconstruction_complete"),
    "source": ("assets/.regen3d_complete", "assets/.stage1_complete", "layout/scene_layout_scaled.done"),
    "textgen": ("textgen/.textgen_complete",),
    "text_adapter": ("assets/.text_adapter_complete", "textgen/.text_adapter_complete"),
    "scale": ("layout/.scale_complete", "assets/.assets_ready"),
    "interactive": ("assets/interactive/.interactive_complete",),
    "simready": ("assets/.simready_complete",),
    "usd": ("usd/.usd_assembly_complete", "usd/.usd_complete"),
    "certify": ("usd/.certify_complete",),
    "replicator": ("replicator/.replicator_complete",),
    "variation": ("variation_assets/.variation_pipeline_complete",),
    "tasks": ("tasks/.tasks_complete",),
    "episodes": ("episodes/.episodes_complete",),
    "import": ("episodes/.import_complete",),
    "dataset": ("episodes/.dataset_complete",),
    "training": ("training/.training_complete",),
    "geniesim-export": ("geniesim/.geniesim_complete",),
    "geniesim-submit": ("geniesim/.geniesim_job_complete",),
    "geniesim-import": ("episodes/.geniesim_dataset_complete",),
    "report": ("report/.report_complete",),
}


def scene_prefix(scene_id: str) -> str:
    """Return `scenes/{scene_id}/`; raises InputError for an unsafe scene id."""
    return f"scenes/{validate_scene_id(scene_id)}/"


def scene_key(scene_id: str, name: str) -> str:
    """Return the key of an object of a scene; raises UnsafePathError for an unsafe name."""
    return scene_prefix(scene_id) + validate_key(name)


def scene_lock(name: str) -> str:
    """Return the name of a lock of the scene, `locks/{name}.lock`."""
    return validate_key(f"locks/{name}.lock")


def marker_names(stage: str) -> tuple[str, ...]:
    """Return the marker's names in both generations; raises InputError that lists the stages."""
    if stage not in STAGE_MARKERS:
        raise InputError(
            f"no stage {stage!r} has a marker; there are {sorted(STAGE_MARKERS)}.", remedy="use one of these."
        )
    return STAGE_MARKERS[stage]


def failure_marker(folder: str) -> str:
    """Return the name of the failure marker in a stage's folder, for example `usd/.failed`."""
    return validate_key(f"{folder}/.failed")


def is_marker(name: str) -> bool:
    """Return whether a name (relative to the scene) is a completion or failure marker: those are written last."""
    last = name.rsplit("/", 1)[-1]
    known = any(name in names for names in STAGE_MARKERS.values())
    return known or (last.startswith(".") and last.endswith(("_complete", "_failed", ".failed")))


def checkpoint(step: str) -> str:
    return f"{CHECKPOINTS}/{validate_identifier(step)}.json"


def gate_certificate(gate_id: str) -> str:
    return f"{GATES}/{validate_identifier(gate_id)}.json"


def asset_metadata(asset_id: str) -> str:
    return f"{ASSETS}/{validate_identifier(asset_id)}/metadata.json"


def variation(variation_id: str) -> str:
    return f"{VARIATIONS}/{validate_identifier(variation_id)}.json"


def episode_record(episode_id: str) -> str:
    return f"{EPISODE_RECORDS}/{validate_identifier(episode_id)}/record.json"
