"""Submitting an exported scene: everything is checked first, then the job runs on the server that is named."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from blueprint.contracts.errors import InputError, ServiceError
from blueprint.contracts.geniesim.health import HealthReport
from blueprint.contracts.geniesim.job import JobOutput
from blueprint.episodes.geniesim.health import check_health
from blueprint.episodes.geniesim.job import JobRequest, run_job
from blueprint.quality.gates import require
from blueprint.sim.geniesim.endpoint import endpoint_from_environment

__all__ = ["EXPORT_GATE", "Submission", "recordings_of", "submit_scene", "templates_of"]

EXPORT_GATE = "geniesim_export_ready"
_PREFLIGHT = "preflight_report.json"


@dataclass(frozen=True)
class Submission:
    """What is submitted and where; None takes the environment's value, or the package's own."""

    scene_dir: Path
    host: str | None = None
    port: int | None = None
    assets: Path | None = None
    recordings: Path | None = None
    episodes_per_task: int | None = None
    robot: str | None = None
    task: str | None = None
    seed: int = 0
    timeout_s: float = 14_400.0
    force: bool = False
    validate_only: bool = False


def submit_scene(
    submission: Submission, on_progress: Callable[[int, int, str], None] = lambda done, total, note: None
) -> JobOutput | HealthReport:
    """Return the job as it ended, or with `validate_only` the report of the checks.

    Raises GateError where the export has not passed its gate, ServiceError where a check fails (the report is in
    `geniesim/preflight_report.json`), InputError for values that cannot be used, and what `run_job` raises.
    """
    scene_dir = submission.scene_dir.resolve()
    endpoint = endpoint_from_environment(host=submission.host, port=submission.port)
    require(scene_dir, EXPORT_GATE)
    templates = templates_of(scene_dir, submission.robot, submission.task)
    assets = submission.assets or scene_dir / "geniesim" / "sim_assets"
    recordings = submission.recordings or recordings_of(scene_dir)
    report = check_health(endpoint, scene_dir=scene_dir, assets=assets, recordings=recordings)
    report.write(scene_dir / "geniesim" / _PREFLIGHT)
    if submission.validate_only and report.healthy:
        return report
    request = JobRequest(
        scene_dir=scene_dir,
        templates=templates,
        assets=assets,
        recordings=recordings,
        seed=submission.seed,
        episodes_per_task=submission.episodes_per_task,
        timeout_s=submission.timeout_s,
        force=submission.force,
    )
    blocking = [check for check in report.checks if check.status == "failed" and check.name != "connection"]
    if submission.validate_only or blocking:
        failed = "; ".join(f"{check.name}: {check.detail}" for check in report.checks if check.status == "failed")
        message = f"not ready to submit {scene_dir.name} to {endpoint.target}: {failed}."
        raise ServiceError(message, remedy="see `blueprint geniesim health`.")
    return run_job(request, endpoint, on_progress=on_progress)  # it waits for the server, and counts if there is none


def recordings_of(scene_dir: Path) -> Path:
    """Return the folder that GENIESIM_RECORDINGS names, or the scene's own."""
    named = os.environ.get("GENIESIM_RECORDINGS")
    return Path(named) if named else scene_dir / "geniesim" / "recording_data"


def templates_of(scene_dir: Path, robot: str | None = None, task: str | None = None) -> tuple[Path, ...]:
    """Return the exported task templates, in order; raises InputError if none fits."""
    root = scene_dir / "geniesim" / "tasks"
    found = tuple(
        path
        for path in sorted(root.glob("*/*/*/*.json"))
        if (robot is None or path.parent.name == robot) and (task is None or task in path.stem)
    )
    if not found:
        wanted = f" for robot {robot!r}" * (robot is not None) + f" with {task!r} in its name" * (task is not None)
        raise InputError(f"{root} has no task template{wanted}.", remedy="run `blueprint geniesim export` first.")
    return found
