"""Where the parts of an export lie, relative to the scene's `geniesim/` folder."""

__all__ = [
    "ASSET_INDEX",
    "ASSET_ROOT",
    "BENCHMARK",
    "COMPLETE",
    "EXPORT_MANIFEST",
    "GENIESIM",
    "MERGED_MANIFEST",
    "MULTI_ROBOT",
    "PROVENANCE",
    "SCENE_CONFIG",
    "SCENE_GRAPH",
    "TASKS",
    "TASK_CONFIG",
]

GENIESIM = "geniesim"
SCENE_GRAPH = "scene_graph.json"
ASSET_INDEX = "asset_index.json"
TASK_CONFIG = "task_config.json"
SCENE_CONFIG = "scene_config.yaml"
MULTI_ROBOT = "multi_robot_config.json"
MERGED_MANIFEST = "merged_scene_manifest.json"
PROVENANCE = "legal/asset_provenance.json"
EXPORT_MANIFEST = "export_manifest.json"
COMPLETE = "_GENIESIM_EXPORT_COMPLETE"
ASSET_ROOT = "sim_assets"  # $SIM_ASSETS
TASKS = "tasks"
BENCHMARK = "benchmark"
