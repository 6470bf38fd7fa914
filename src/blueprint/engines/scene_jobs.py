"""The three kinds of jobs that a scene of a batch is made of: prepare it, make some of its episodes, finish it."""

from dataclasses import dataclass
from pathlib import Path

from blueprint.contracts.episode import EpisodeRecord
from blueprint.contracts.hashing import sha256_json
from blueprint.contracts.import_manifest import ImportManifest
from blueprint.contracts.markers import CompletionMarker
from blueprint.contracts.scene_request import SceneRequest
from blueprint.episodes.pool import run_episodes
from blueprint.episodes.record import finished_record
from blueprint.pipeline.entry import RunResult, run_pipeline
from blueprint.pipeline.settings import RunSettings
from blueprint.pipeline.shared_scene import SceneVersion, publish_episode, scene_on_node, scene_version
from blueprint.pipeline.stages import STAGES
from blueprint.pipeline.steps.episodes import episode_jobs
from blueprint.pipeline.workspace import Workspace, open_workspace
from blueprint.storage import layout

__all__ = [
    "EpisodesOrder",
    "FinishedScene",
    "PreparedScene",
    "SceneOrder",
    "finish_scene",
    "make_episodes",
    "prepare_scene",
    "results_sha256",
]

_FANNED_OUT = "episodes"  # the stage whose jobs are tasks of their own
_TELL_TIME = ("export_manifest.json", "_GENIESIM_EXPORT_COMPLETE")


@dataclass(frozen=True)
class SceneOrder:
    """One scene. `source` is None for a scene that is there; `holder` is on whose behalf it is locked.

    `overwrite` starts an existing scene again; otherwise it is gone on with.
    """

    root: str
    scene_id: str
    source: str | SceneRequest | None
    settings: RunSettings
    holder: str
    overwrite: bool = False


@dataclass(frozen=True)
class PreparedScene:
    """A scene whose episodes can be made: the numbers of those that are still missing."""

    version: SceneVersion
    episodes: tuple[int, ...]
    unchanged: bool


@dataclass(frozen=True)
class EpisodesOrder:
    """Some of the episodes of a prepared scene, drawn with the driver `renderer` on whichever node."""

    version: SceneVersion
    settings: RunSettings
    numbers: tuple[int, ...]
    renderer: str


@dataclass(frozen=True)
class FinishedScene:
    """What a finished scene has; `results_sha256` is over the outputs of its stages but the report."""

    unchanged: bool
    episodes: int
    succeeded: int
    accepted: int
    has_dataset: bool
    results_sha256: str


def prepare_scene(order: SceneOrder) -> PreparedScene:
    """Run the stages before the episodes; where another simulator makes those, run everything.

    Raises what `run_pipeline` raises.
    """
    names = [stage.name for stage in STAGES if stage.simulator in (None, order.settings.simulator)]
    before = names[names.index(_FANNED_OUT) - 1] if _FANNED_OUT in names else None
    result = _run(order, to_stage=before, overwrite=order.overwrite)
    workspace = open_workspace(order.root, order.scene_id, fetch=False)
    missing = _missing_episodes(workspace.scene_dir, order.settings) if before else ()
    return PreparedScene(scene_version(order.root, workspace), missing, _is_unchanged(result))


def make_episodes(order: EpisodesOrder) -> int:
    """Make the episodes that are not there yet, publish each, and return how many succeeded.

    Raises what `run_episodes` and `scene_on_node` raise.
    """
    workspace = scene_on_node(order.version)
    jobs = episode_jobs(workspace.scene_dir, order.settings)
    chosen = [jobs[number].resolved(order.renderer) for number in order.numbers]
    by_folder = {job.episode_id: job for job in chosen}

    def publish(record: EpisodeRecord) -> None:
        publish_episode(workspace, by_folder[record.episode_id])

    records = run_episodes(chosen, 1, publish)
    return sum(record.success for record in records)


def finish_scene(order: SceneOrder) -> FinishedScene:
    """Run all stages once more: those that are done are skipped, the episodes are found, the rest is made of them.

    Raises what `run_pipeline` raises.
    """
    result = _run(order)
    workspace = open_workspace(order.root, order.scene_id, fetch=False)
    scene_dir = workspace.scene_dir
    accepted = 0
    if (scene_dir / layout.IMPORT_MANIFEST).is_file():
        accepted = ImportManifest.read(scene_dir / layout.IMPORT_MANIFEST).episodes.accepted
    records = [EpisodeRecord.read(path) for path in sorted((scene_dir / layout.EPISODE_RECORDS).glob("*/record.json"))]
    return FinishedScene(
        unchanged=_is_unchanged(result),
        episodes=len(records),
        succeeded=sum(record.success for record in records),
        accepted=accepted,
        has_dataset=result.dataset is not None,
        results_sha256=results_sha256(workspace),
    )


def results_sha256(workspace: Workspace) -> str:
    """Return one hash over every artefact that the stages of a scene wrote, but those that tell the time."""
    outputs: dict[str, str] = {}
    for stage in STAGES:
        marker = workspace.scene_dir / stage.marker
        if stage.name != "report" and marker.is_file():
            outputs |= CompletionMarker.read(marker).outputs
    return sha256_json({name: sha for name, sha in outputs.items() if not name.endswith(_TELL_TIME)})


def _run(order: SceneOrder, *, to_stage: str | None = None, overwrite: bool = False) -> RunResult:
    source = order.source
    if source is None:
        source = str(open_workspace(order.root, order.scene_id).scene_dir)
    return run_pipeline(
        source,
        order.root,
        order.scene_id,
        order.settings,
        resume=not overwrite,
        overwrite=overwrite,
        to_stage=to_stage,
        holder=order.holder,
    )


def _missing_episodes(scene_dir: Path, settings: RunSettings) -> tuple[int, ...]:
    jobs = episode_jobs(scene_dir, settings)
    return tuple(number for number, job in enumerate(jobs) if finished_record(job) is None)


def _is_unchanged(result: RunResult) -> bool:
    return all(status in ("unchanged", "not needed") for status in result.stages.values())
