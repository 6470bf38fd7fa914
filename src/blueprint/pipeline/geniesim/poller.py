"""Looking for finished data-collection jobs whose episodes are not imported yet, and importing them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from blueprint.contracts.document import Document
from blueprint.contracts.errors import BlueprintError, InputError
from blueprint.contracts.geniesim.job import JobOutput
from blueprint.contracts.hashing import sha256_file
from blueprint.contracts.ids import SceneId
from blueprint.pipeline.steps.geniesim_import import ImportRequest, is_imported, job_of, run_geniesim_import

__all__ = ["FAILED", "FINISHED", "ImportFailure", "Polled", "import_if_due", "poll", "poll_forever", "scene_folders"]

FAILED = Path("geniesim") / ".geniesim_import_failed"
FINISHED = ("completed", "completed_with_errors")
Now = Callable[[], datetime]


class ImportFailure(Document):
    """`geniesim/.geniesim_import_failed`: the import of this very job.json failed, and is not tried again by itself."""

    scene_id: SceneId
    job_id: str
    status: Literal["failed"] = "failed"
    timestamp: str
    job_sha256: str
    error: str


@dataclass(frozen=True)
class Polled:
    """What became of a scene: `imported`, or why not."""

    scene_id: str
    job_id: str
    status: Literal["imported", "unchanged", "done_before", "not_finished", "failed", "failed_before", "unreadable"]
    detail: str = ""


def scene_folders(root: Path) -> list[Path]:
    """Return the scenes with a job, by name; raises InputError where `root` is no folder."""
    if not root.is_dir():
        raise InputError(f"{root} is not a folder.", remedy="give the folder that holds scenes/.")
    scenes = root / "scenes" if (root / "scenes").is_dir() else root
    return sorted(
        path for path in scenes.iterdir() if not path.is_symlink() and (path / "geniesim" / "job.json").is_file()
    )


def poll(root: Path, *, now: Now = lambda: datetime.now(UTC), retry_failed: bool = False) -> Iterator[Polled]:
    """Go through the scenes once; one scene's trouble does not keep the others from theirs."""
    for scene_dir in scene_folders(root):
        yield import_if_due(scene_dir, now=now, retry_failed=retry_failed)


def poll_forever(
    root: Path,
    interval_s: float,
    sleep: Callable[[float], None],
    *,
    now: Now = lambda: datetime.now(UTC),
) -> Iterator[Polled]:
    """Yield what was done, round after round, until the caller stops."""
    while True:
        for result in poll(root, now=now):
            if result.status in ("imported", "failed"):
                yield result
        sleep(interval_s)


def import_if_due(
    scene_dir: Path, *, job_id: str | None = None, now: Now = lambda: datetime.now(UTC), retry_failed: bool = False
) -> Polled:
    """Import the job of a scene if it is finished and was not imported; asked twice, it does nothing the second time.

    `job_id`, where given, must be the job's. An import that failed is tried again when job.json changes, or with
    `retry_failed`. Nothing is raised for what is wrong with a scene.
    """
    scene_id = scene_dir.name
    try:
        job = job_of(scene_dir)
        if job is None:
            return Polled(scene_id, job_id or "", "unreadable", "there is no geniesim/job.json")
        if job_id is not None and job.job_id != job_id:
            return Polled(scene_id, job_id, "unreadable", f"the scene's job is {job.job_id}")
        if job.status not in FINISHED:
            return Polled(scene_id, job.job_id, "not_finished", job.status)
        if is_imported(scene_dir, job.job_id):
            return Polled(scene_id, job.job_id, "done_before")
        return _import(scene_dir, job, now, retry_failed)
    except BlueprintError as error:
        return Polled(scene_id, job_id or "", "unreadable", str(error))


def _import(scene_dir: Path, job: JobOutput, now: Now, retry_failed: bool) -> Polled:
    digest = sha256_file(scene_dir / "geniesim" / "job.json")
    marker = scene_dir / FAILED
    if marker.is_file() and not retry_failed:
        failure = ImportFailure.read(marker)
        if failure.job_sha256 == digest:
            return Polled(scene_dir.name, job.job_id, "failed_before", failure.error)
    try:
        result = run_geniesim_import(ImportRequest(scene_dir, now=now))
    except BlueprintError as error:
        ImportFailure(
            scene_id=scene_dir.name,
            job_id=job.job_id,
            timestamp=now().isoformat(timespec="seconds"),
            job_sha256=digest,
            error=str(error),
        ).write(marker)
        return Polled(scene_dir.name, job.job_id, "failed", str(error))
    marker.unlink(missing_ok=True)
    status: Literal["imported", "unchanged"] = "imported" if result.status == "completed" else "unchanged"
    return Polled(scene_dir.name, job.job_id, status, f"{result.manifest.episodes['passed_validation']} episodes")
