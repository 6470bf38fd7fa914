"""The stages, in order: the table of contents of this project. Everything that runs stages reads this list."""

from collections.abc import Callable
from importlib import import_module
from itertools import pairwise

from blueprint.pipeline.stage import Outcome, Stage, StageContext
from blueprint.storage import layout

__all__ = ["STAGES", "all_gates", "describe_stages", "stage_page", "stage_table"]

_SCENE = ("assets/scene_manifest.json", "assets/*/metadata.json")
_RECORDS = tuple(
    f"episodes/records/*/{name}"
    for name in ("record.json", "trajectory.npz", "*.mp4", "*.stats.npz", "*.parquet", "traceback.txt")
)
_USD = ("usd/scene.usda", "assets/*/sim/**/*")
_GENIESIM_PACKAGE = (
    *(f"geniesim/{name}.json" for name in ("scene_graph", "asset_index", "task_config", "multi_robot_config")),
    "geniesim/export_manifest.json",
    "geniesim/merged_scene_manifest.json",
    "geniesim/scene_config.yaml",
    "geniesim/_GENIESIM_EXPORT_COMPLETE",
    *(f"geniesim/{folder}/**/*" for folder in ("legal", "sim_assets", "tasks", "benchmark")),
)


def _step(name: str) -> Callable[[StageContext], Outcome]:
    """Return the function `module.function` of `pipeline.steps`, whose module is imported when the stage runs.

    A command that runs three stages need not load the libraries of all ten.
    """
    module, _, function = name.partition(".")

    def run(context: StageContext) -> Outcome:
        implementation: Callable[[StageContext], Outcome] = getattr(
            import_module(f"blueprint.pipeline.steps.{module}"), function
        )
        return implementation(context)

    run.__name__, run.__qualname__ = function, name
    return run


def _marks(stage: str) -> tuple[str, ...]:
    return layout.marker_names(stage)


STAGES: tuple[Stage, ...] = (
    Stage(
        name="regen3d",
        summary="a photo, reconstructed, or a reconstruction's folder → the canonical tree: gravity down, poses",
        run=_step("reconstruction.canonical_reconstruction"),
        reads=(f"{layout.GIVEN_RECONSTRUCTION}/**/*", layout.GIVEN_PHOTO),
        writes=(f"{layout.RECONSTRUCTION}/**/*",),
        marker=_marks("regen3d")[0],
        also_marks=_marks("regen3d")[1:],
        judges=("reconstruction_complete",),
        asked_by=(f"{layout.GIVEN_RECONSTRUCTION}/**/*", layout.GIVEN_PHOTO),
        timeout_s=14_400,
    ),
    Stage(
        name="scale",
        summary="metres per unit of a reconstruction: references, the room, what things usually measure",
        run=_step("reconstruction.scale_scene"),
        reads=(f"{layout.RECONSTRUCTION}/**/*",),
        writes=(layout.SCENE_SCALE, layout.LAYOUT),
        marker=_marks("scale")[0],
        also_marks=_marks("scale")[1:],
        judges=("scale_complete",),
        asked_by=(f"{layout.RECONSTRUCTION}/**/*",),
    ),
    Stage(
        name="interactive",
        summary="joints for the doors and drawers of rigid meshes: a service, or our own furniture fitted to them",
        run=_step("reconstruction.articulate_objects"),
        reads=(f"{layout.RECONSTRUCTION}/**/*", layout.SCENE_SCALE),
        writes=(f"{layout.INTERACTIVE}/**/*",),
        marker=_marks("interactive")[0],
        judges=("interactive_complete",),
        asked_by=(f"{layout.RECONSTRUCTION}/**/*", layout.SCENE_SCALE),
    ),
    Stage(
        name="source",
        summary="prompt or reconstruction → manifest, layout, inventory; settled in physics, compared with the prompt",
        run=_step("scene.make_source"),
        reads=(
            layout.SCENE_REQUEST,
            "input/**/*",
            f"{layout.RECONSTRUCTION}/**/*",
            layout.SCENE_SCALE,
            f"{layout.INTERACTIVE}/**/*",
        ),
        writes=(
            "textgen/*.json",
            layout.SCENE_MANIFEST,
            "assets/*/metadata.json",
            "assets/*/asset.glb",
            "assets/*/source/**/*",
            layout.PHYSICS_ESTIMATION,
            layout.MESH_REPORT,
            layout.LAYOUT_SCALED,
            "seg/*.json",
        ),
        marker=_marks("source")[0],
        also_marks=(*_marks("source")[1:], *_marks("textgen"), *_marks("text_adapter")),
        judges=("manifest_validated",),
        settings=("seed",),
        timeout_s=3600,
    ),
    Stage(
        name="simready",
        summary="every asset as a validated SimReady USD folder; masses, inertia, friction of every object",
        run=_step("scene.author_assets"),
        reads=(*_SCENE, "assets/*/source/**/*", layout.PHYSICS_ESTIMATION),
        writes=(
            "assets/*/sim/**/*",
            layout.SCENE_PHYSICS,
        ),
        marker=_marks("simready")[0],
        also_marks=_marks("simready")[1:],
        requires=("manifest_validated",),
        judges=("simready",),
        timeout_s=3600,
    ),
    Stage(
        name="usd",
        summary="scene.usda, the MuJoCo model loaded from it, validators, and the physics certificate of that file",
        run=_step("scene.author_certified_scene"),
        reads=(*_SCENE, *_USD[1:]),
        writes=("usd/*.usda", "usd/*.json", "mjcf/**/*"),
        marker=_marks("usd")[0],
        also_marks=_marks("usd")[1:],
        requires=("simready",),
        judges=("usd_certified",),
        timeout_s=3600,
    ),
    Stage(
        name="replicator",
        summary="placement regions, affordance graph and the distribution of every variation axis",
        run=_step("variation.make_regions"),
        reads=(*_SCENE, layout.USD_SCENE, layout.GIVEN_VARIATION_SPACE),
        writes=("replicator/**/*",),
        marker=_marks("replicator")[0],
        requires=("usd_certified",),
        timeout_s=1800,
    ),
    Stage(
        name="variation",
        summary="constant-only variations of the scene, each certified in physics",
        run=_step("variation.sample_variations"),
        reads=(*_SCENE, *_USD, layout.VARIATION_SPACE),
        writes=("variation_assets/**/*",),  # instances are named by their content: who reads the samples reads them
        marker=_marks("variation")[0],
        requires=("usd_certified",),
        judges=("variations_certified",),
        settings=("seed", "variations"),
        timeout_s=3600,
    ),
    Stage(
        name="tasks",
        summary="the tasks that the planner solved in physics, and the candidates that it did not",
        run=_step("tasks.emit_tasks"),
        reads=(*_SCENE, *_USD),
        writes=(layout.TASKS,),
        marker=_marks("tasks")[0],
        requires=("usd_certified",),
        judges=("tasks_solved",),
        settings=("seed", "robot", "tasks"),
        timeout_s=3600,
    ),
    Stage(
        name="episodes",
        summary="roll-outs in physics; successes rendered from their states",
        run=_step("episodes.roll_out"),
        reads=(*_SCENE, *_USD, layout.TASKS, "variation_assets/variations/*.json"),
        writes=_RECORDS,
        marker=_marks("episodes")[0],
        requires=("usd_certified", "variations_certified", "tasks_solved"),
        judges=("episodes_generated",),
        settings=("seed", "robot", "episodes", "width_px", "height_px", "depth", "segmentation", "renderer"),
        incremental=True,
        simulator="mujoco",
        timeout_s=21600,
        memory_gib=4.0,
    ),
    Stage(
        name="import",
        summary="every record validated, its actions executed again, certified or rejected with a reason",
        run=_step("dataset.import_records"),
        reads=(*_RECORDS, *_SCENE, *_USD, layout.TASKS, "variation_assets/variations/*.json"),
        writes=(layout.IMPORT_MANIFEST, layout.FAILED_EPISODES, "episodes/records/*/quality_certificate.json"),
        marker=_marks("import")[0],
        requires=("episodes_generated",),
        judges=("episodes_imported",),
        settings=("robot",),
        incremental=True,
        simulator="mujoco",
        timeout_s=7200,
    ),
    Stage(
        name="dataset",
        summary="LeRobot v3.0 (and v2.1 on request) of the accepted episodes, with card and statistics",
        run=_step("dataset.write_datasets"),
        reads=(layout.IMPORT_MANIFEST, *_RECORDS, layout.SCENE_MANIFEST, layout.TASKS),
        writes=("episodes/lerobot/**/*", "episodes/lerobot_v21/**/*"),
        marker=_marks("dataset")[0],
        requires=("episodes_imported",),
        judges=("dataset_complete",),
        settings=("robot", "lerobot_v21"),
        simulator="mujoco",
        timeout_s=7200,
    ),
    Stage(
        name="training",
        summary="a policy learned from growing numbers of demonstrations, tried in seen and in unseen variations",
        run=_step("training.train_policy"),
        reads=(
            layout.TRAINING_REQUEST,
            layout.IMPORT_MANIFEST,
            *_RECORDS,
            *_SCENE,
            *_USD,
            layout.TASKS,
            "variation_assets/variations/*.json",
            layout.VARIATION_SPACE,
        ),
        writes=("training/**/*",),
        marker=_marks("training")[0],
        requires=("episodes_imported",),
        judges=("policy_evaluated",),
        settings=("seed", "robot"),
        asked_by=(layout.TRAINING_REQUEST,),
        simulator="mujoco",
        timeout_s=21_600,
        memory_gib=4.0,
    ),
    Stage(
        name="geniesim-export",
        summary="the Genie Sim 3 package: asset root, task templates for G2 and G1, benchmark scenes, scene graph",
        run=_step("geniesim_export.export_geniesim"),
        reads=(*_SCENE, *_USD, layout.TASKS, "variation_assets/variations/*.json", "prompts/geniesim_export.json"),
        writes=_GENIESIM_PACKAGE,
        marker=_marks("geniesim-export")[0],
        requires=("usd_certified", "tasks_solved"),
        judges=(
            "geniesim_export_ready",
            "geniesim_scene_graph_valid",
            "geniesim_task_config_valid",
            "geniesim_package_valid",
        ),
        timeout_s=2700,
    ),
    Stage(
        name="geniesim-submit",
        summary="the package's tasks collected on a Genie Sim server: the one that is named, or our own",
        run=_step("geniesim_submit.collect"),
        reads=("geniesim/task_config.json", "geniesim/tasks/**/*.json", "geniesim/sim_assets/**/*"),
        writes=("geniesim/job.json", "geniesim/recording_data/**/*"),
        marker=_marks("geniesim-submit")[0],
        requires=("geniesim_export_ready", "geniesim_package_valid"),
        judges=("geniesim_job_submitted",),
        settings=("seed", "episodes"),
        incremental=True,
        simulator="geniesim",
        timeout_s=14_400,
        memory_gib=4.0,
    ),
    Stage(
        name="geniesim-import",
        summary="the server's recordings validated, certified or refused; LeRobot v3.0 and v2.1 of the good ones",
        run=_step("geniesim_submit.import_dataset"),
        reads=("geniesim/job.json", "geniesim/recording_data/**/*", "geniesim/tasks/**/*.json"),
        writes=("episodes/geniesim_*/**/*", "episodes/lerobot/**/*", "episodes/lerobot_v21/**/*"),
        marker=_marks("geniesim-import")[0],
        requires=("geniesim_job_submitted",),
        judges=("geniesim_imported",),
        settings=("lerobot_v21",),
        incremental=True,
        simulator="geniesim",
        timeout_s=7200,
    ),
    Stage(
        name="report",
        summary="one HTML page: scene, certificate, gates, tasks, episodes, videos, 3-D view, timings",
        run=_step("report.write_scene_report"),
        reads=(
            *_SCENE,
            *_USD,
            layout.SCENE_REQUEST,
            layout.PHYSICS_CERTIFICATE,
            layout.TASKS,
            layout.IMPORT_MANIFEST,
            "gates/*.json",
            "textgen/spec_report.json",
            layout.ABLATION,
            layout.CURRICULUM,
            layout.TRAINING_SUMMARY,
            "episodes/records/*/record.json",
            "episodes/records/*/quality_certificate.json",
            "episodes/lerobot/meta/*",
        ),
        writes=("report/**/*",),
        marker=_marks("report")[0],
        settings=("renderer",),
        timeout_s=1800,
    ),
)


def all_gates() -> list[str]:
    """Return every gate that some stage judges, in order."""
    return [gate for stage in STAGES for gate in stage.judges]


def describe_stages() -> list[dict[str, object]]:
    """Return the stages as plain data, for machines."""
    names = ("name", "summary", "reads", "writes", "marker", "also_marks", "requires", "judges", "settings")
    more = ("incremental", "simulator", "timeout_s", "cpus", "memory_gib")
    return [{name: getattr(stage, name) for name in (*names, *more)} for stage in STAGES]


def stage_table() -> str:
    """Return the stages as text, for people."""
    rows = [f"{stage.name:<11} {stage.summary}" for stage in STAGES]
    return "\n".join(rows)


def stage_page() -> str:
    """Return docs/stages.md: the stages with their files and gates, and the graph that the gates make."""
    lines = ["# Stages", "", "Generated by `make docs` from `pipeline/stages.py`.", ""]
    lines += ["A stage with a simulator runs only with that `--simulator`.", ""]
    heads = ("stage", "simulator", "what it does", "marker", "requires gate", "judges gate", "settings")
    lines += [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for stage in STAGES:
        cells = (stage.requires, stage.judges, stage.settings)
        joined = " | ".join(", ".join(f"`{item}`" for item in cell) or "-" for cell in cells)
        only = stage.simulator or "any"
        lines.append(f"| `{stage.name}` | {only} | {stage.summary} | `{stage.marker}` | {joined} |")
    lines += ["", "```mermaid", "flowchart LR"]
    judged = {gate: stage.name for stage in STAGES for gate in stage.judges}
    lines += [f"  {first} --> {second}" for first, second in _order()]
    lines += [
        f"  {judged[gate]} -. {gate} .-> {stage.name}"
        for stage in STAGES
        for gate in stage.requires
        if (judged[gate], stage.name) not in _order()
    ]
    lines += ["```", ""]
    for stage in STAGES:
        reads, writes = (", ".join(f"`{name}`" for name in part) for part in (stage.reads, stage.writes))
        lines += [f"**{stage.name}** reads {reads}; writes {writes}.", ""]
    return "\n".join(lines)


def _order() -> list[tuple[str, str]]:
    """Return which stage follows which, for any simulator."""
    chains = (
        [stage.name for stage in STAGES if stage.simulator in (None, simulator)] for simulator in ("mujoco", "geniesim")
    )
    return list(dict.fromkeys(pair for chain in chains for pair in pairwise(chain)))
