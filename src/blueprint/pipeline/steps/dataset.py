"""Stages import and dataset: what the episodes are worth, and the dataset of those that are."""

from pathlib import Path

from blueprint.contracts.asset import License
from blueprint.contracts.episode import EpisodeRecord
from blueprint.contracts.import_manifest import ImportManifest
from blueprint.contracts.quality_gate import GateCheck
from blueprint.contracts.scene import load_scene
from blueprint.contracts.scene_request import SceneRequest
from blueprint.datasets.description import DatasetSummary, Provenance
from blueprint.datasets.lerobot_v3 import write_lerobot_v3
from blueprint.datasets.lerobot_v21 import write_lerobot_v21
from blueprint.episodes.replay import replay
from blueprint.pipeline.stage import Outcome, StageContext
from blueprint.quality.episode_checks import limits_of
from blueprint.quality.importer import accepted_records, import_checks, import_episodes
from blueprint.robots.embodiment import load_embodiment
from blueprint.storage import layout

__all__ = ["import_records", "write_datasets"]


def import_records(context: StageContext) -> Outcome:
    """Validate, execute again, certify: accepted or rejected with a reason, nothing lost."""
    scene_dir = context.scene_dir
    total = sum(1 for path in (scene_dir / layout.EPISODE_RECORDS).iterdir() if not path.name.startswith("."))
    done = 0
    accepted = 0

    def tell(_name: str, good: bool) -> None:
        nonlocal done, accepted
        done, accepted = done + 1, accepted + good
        context.progress(done, total, f"{accepted}/{done} accepted")

    def execute_again(record_dir: Path) -> tuple[bool, str]:
        result = replay(record_dir, scene_dir)
        return result.success and result.identical, result.detail

    manifest = import_episodes(
        scene_dir, execute_again, limits=limits_of(load_embodiment(context.settings.robot)), on_done=tell
    )
    checks = import_checks(scene_dir, manifest)
    context.judge("episodes_imported", "episodes_imported", [scene_dir / layout.IMPORT_MANIFEST], checks)
    counts = manifest.episodes
    return Outcome({"accepted": counts.accepted, "rejected": counts.rejected, "reasons": counts.rejected_by_reason})


def write_datasets(context: StageContext) -> Outcome:
    """LeRobot v3.0, and v2.1 if asked for, of the accepted records."""
    scene_dir = context.scene_dir
    records = accepted_records(scene_dir)
    provenance = _provenance(scene_dir)
    repo_id = f"blueprint/{context.scene_id}"
    wanted = 1 + context.settings.lerobot_v21
    summaries = [
        write_lerobot_v3(records, scene_dir / layout.LEROBOT_V3, repo_id=repo_id, provenance=provenance, overwrite=True)
    ]
    context.progress(1, wanted, f"{summaries[0].episodes} episodes, {summaries[0].frames} frames")
    if context.settings.lerobot_v21:
        out = scene_dir / layout.LEROBOT_V21
        summaries.append(write_lerobot_v21(records, out, repo_id=repo_id, provenance=provenance, overwrite=True))
        context.progress(2, wanted, f"{summaries[0].episodes} episodes, {summaries[0].frames} frames, both versions")
    files = [summary.path / "meta" / "info.json" for summary in summaries]
    context.judge("dataset_complete", "delivered", files, [_complete(scene_dir, summary) for summary in summaries])
    return Outcome({"episodes": summaries[0].episodes, "frames": summaries[0].frames})


def _provenance(scene_dir: Path) -> Provenance:
    scene = load_scene(scene_dir)
    path = scene_dir / layout.SCENE_REQUEST
    licenses = {asset.license.model_dump_json(): asset.license for asset in scene.assets.values()}
    embodiment = load_embodiment(EpisodeRecord.read(accepted_records(scene_dir)[0] / "record.json").embodiment)
    robot = License(spdx=embodiment.license, source=embodiment.source)
    licenses[robot.model_dump_json()] = robot
    return Provenance(
        prompt=SceneRequest.read(path).prompt if path.exists() else None,
        licenses=[licenses[key] for key in sorted(licenses)],
        facts={"scene_id": scene.scene_id},
    )


def _complete(scene_dir: Path, summary: DatasetSummary) -> GateCheck:
    """Every accepted episode and frame is in the dataset."""
    manifest = ImportManifest.read(scene_dir / layout.IMPORT_MANIFEST)
    records = [EpisodeRecord.read(path / "record.json") for path in accepted_records(scene_dir)]
    frames = sum(record.frames for record in records)
    return GateCheck(
        name=f"lerobot {summary.version}",
        passed=summary.episodes == manifest.episodes.accepted and summary.frames == frames,
        severity="ERROR",
        message=f"{summary.episodes} of {manifest.episodes.accepted} episodes, {summary.frames} of {frames} frames",
    )
