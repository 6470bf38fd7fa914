"""Stage episodes: every attempt in physics, successes rendered, finished ones kept on resume."""

import shutil
from collections import Counter
from pathlib import Path

from blueprint.contracts.episode import EpisodeRecord
from blueprint.contracts.quality_gate import GateCheck
from blueprint.contracts.seeds import derive_seed
from blueprint.contracts.task import TaskSet
from blueprint.episodes.job import EpisodeJob, RenderSettings
from blueprint.episodes.pool import run_episodes
from blueprint.pipeline.code_identity import code_sha
from blueprint.pipeline.settings import RunSettings
from blueprint.pipeline.stage import Outcome, StageContext
from blueprint.storage import layout

__all__ = ["episode_jobs", "render_settings", "roll_out", "success_checks"]

_SUCCESS_BAR = 0.9


def episode_jobs(scene_dir: Path, settings: RunSettings) -> list[EpisodeJob]:
    """Return the jobs: tasks in turn, and for each round of the tasks the next variation (the nominal scene first)."""
    tasks = TaskSet.read(scene_dir / layout.TASKS).tasks
    variations = sorted((scene_dir / layout.VARIATIONS).glob("*.json"), key=lambda path: (path.stem != "nominal", path))
    render = render_settings(settings)
    return [
        EpisodeJob(
            scene_dir=scene_dir,
            task=tasks[number % len(tasks)],
            episode_id=f"episode_{number:06d}",
            seed=derive_seed(settings.seed, "episodes", scene_dir.name, number),
            variation_id=variations[number // len(tasks) % len(variations)].stem,
            render=render,
            code_sha=code_sha(),
        )
        for number in range(settings.episodes)
    ]


def render_settings(settings: RunSettings) -> RenderSettings:
    """Return how a run draws its episodes."""
    return RenderSettings(
        renderer=settings.renderer,
        width_px=settings.width_px,
        height_px=settings.height_px,
        depth=settings.depth,
        segmentation=settings.segmentation,
    )


def roll_out(context: StageContext) -> Outcome:
    """Make every episode that is not there yet; the gate fails if none succeeded."""
    jobs = episode_jobs(context.scene_dir, context.settings)
    records_dir = context.scene_dir / layout.EPISODE_RECORDS
    _remove_foreign(records_dir, {job.episode_id for job in jobs})
    done: list[EpisodeRecord] = []

    def tell(record: EpisodeRecord) -> None:
        done.append(record)
        succeeded = sum(item.success for item in done)
        context.progress(len(done), len(jobs), f"{succeeded}/{len(done)} succeed")

    context.progress(0, len(jobs))
    records = run_episodes(jobs, context.settings.workers, tell, context.engine)
    succeeded = sum(record.success for record in records)
    reasons = Counter(str(record.failure_reason) for record in records if not record.success)
    checks = success_checks(len(jobs), len(records), succeeded, dict(reasons) or "none")
    files = sorted(records_dir.glob("*/record.json"))
    context.judge("episodes_generated", "episodes_generated", files, checks)
    return Outcome({"episodes": len(records), "succeeded": succeeded, "failures": dict(reasons)})


def success_checks(wanted: int, attempted: int, succeeded: int, failures: object) -> list[GateCheck]:
    """Judge attempts at demonstrations: all made, at least one a success, and (a warning) enough of them."""
    rate = succeeded / attempted if attempted else 0.0
    return [
        GateCheck(
            name="accounted",
            passed=attempted == wanted,
            severity="ERROR",
            message=f"{attempted} records of {wanted} episodes",
        ),
        GateCheck(
            name="any_success",
            passed=succeeded > 0,
            severity="ERROR",
            message=f"{succeeded} of {attempted} episodes succeed; failures: {failures}",
        ),
        GateCheck(
            name="success_rate",
            passed=rate >= _SUCCESS_BAR,
            severity="WARNING",
            message=f"success rate {rate:.0%}",
            measured=rate,
            limit=_SUCCESS_BAR,
        ),
    ]


def _remove_foreign(records_dir: Path, wanted: set[str]) -> None:
    """Episodes of an earlier, larger or different run are not part of this one; those of other sources stay."""
    for path in sorted(records_dir.glob("*")) if records_dir.is_dir() else []:
        is_planned = path.name.startswith("episode_")
        if is_planned and path.name not in wanted and path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
