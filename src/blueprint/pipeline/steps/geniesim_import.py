"""Stage geniesim-import: episodes of a Genie Sim server, judged one by one, become certificates, datasets, a bundle."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from blueprint.contracts.disk import disk_error, is_disk_error
from blueprint.contracts.document import write_atomically
from blueprint.contracts.errors import InputError, StageError
from blueprint.contracts.geniesim.import_bundle import (
    REMEDIES,
    BundleManifest,
    EpisodesImportedEvent,
    FailedImport,
    FailedImports,
    ImportCompletion,
    ImportIdempotency,
    RefusalReason,
)
from blueprint.contracts.geniesim.job import JobOutput
from blueprint.contracts.hashing import canonical_json, sha256_file
from blueprint.contracts.ids import validate_scene_id
from blueprint.contracts.quality_certificate import QualityCertificate
from blueprint.contracts.quality_gate import GateCheck
from blueprint.pipeline.code_identity import code_sha
from blueprint.pipeline.geniesim.bundle import checksums_of, inventory_of, readme_text, write_bundle
from blueprint.pipeline.geniesim.datasets import write_datasets
from blueprint.pipeline.geniesim.import_state import (
    UNPACKED,
    folder_of,
    locked,
    read_state,
    remove_foreign,
    source_sha,
    write_state,
)
from blueprint.pipeline.geniesim.manifest import build_manifest
from blueprint.pipeline.stage import Outcome, StageContext
from blueprint.quality.geniesim.goal import read_templates
from blueprint.quality.geniesim.importer import RECORDER_NOTE, EpisodeSource, ImportedEpisode, Importer, episode_sources

__all__ = [
    "COMPLETE",
    "ImportRequest",
    "ImportResult",
    "import_geniesim",
    "is_imported",
    "job_of",
    "run_geniesim_import",
]

JOB = Path("geniesim") / "job.json"
COMPLETE = Path("geniesim") / ".geniesim_import_complete"
_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class ImportRequest:
    """`episodes` is a folder or an archive; by default the recordings folder that geniesim/job.json names.

    `overwrite` does everything anew; otherwise finished episodes are kept, and an import of the same files is not
    repeated. `min_quality_score` (0.5 to 0.95) also refuses episodes with a lower overall score.
    """

    scene_dir: Path
    episodes: Path | None = None
    job_id: str | None = None
    fail_on_partial_error: bool = False
    overwrite: bool = False
    min_quality_score: float | None = None
    min_episodes: int = 1
    now: Callable[[], datetime] = _now


@dataclass(frozen=True)
class ImportResult:
    status: Literal["completed", "unchanged"]
    manifest: BundleManifest
    folder: Path


def import_geniesim(context: StageContext) -> Outcome:
    """The stage: imports the job of this scene; its gate holds the counts."""

    def tell(done: int, total: int, note: str) -> None:
        context.progress(done, total, note)

    result = run_geniesim_import(ImportRequest(context.scene_dir), tell)
    counts = result.manifest.episodes
    checks = [
        GateCheck(
            name="accounting",
            passed=counts["downloaded"] == counts["passed_validation"] + counts["excluded_failed_count"],
            severity="ERROR",
            message="every episode is either accepted or refused with a reason",
            measured=counts["downloaded"],
        ),
        GateCheck(
            name="accepted",
            passed=counts["passed_validation"] >= 1,
            severity="ERROR",
            message="enough episodes were accepted",
            measured=counts["passed_validation"],
            limit=1,
        ),
    ]
    manifest = context.scene_dir / "geniesim" / "import_manifest.json"
    context.judge("geniesim_imported", "geniesim_import_complete", [manifest], checks)
    said = {note for episode in result.manifest.accepted for note in episode.notes if note.startswith(RECORDER_NOTE)}
    return Outcome(
        {"accepted": counts["passed_validation"], "rejected": counts["excluded_failed_count"]}, tuple(sorted(said))
    )


def run_geniesim_import(
    request: ImportRequest, progress: Callable[[int, int, str], None] = lambda _done, _total, _note: None
) -> ImportResult:
    """Import episodes into `episodes/geniesim_{job_id}/` and say so in markers, which are written last.

    Raises InputError for an unusable request, StageError where too few episodes are good (or one is not, with
    `fail_on_partial_error`): then failed_episodes.json and the manifest say why, and no marker is written. Raises
    StorageError where the disk refuses; the next import goes on with what is finished.
    """
    scene_dir = request.scene_dir
    if not scene_dir.is_dir():
        raise InputError(f"{scene_dir} is not a scene folder.", remedy="give scenes/<scene id>.")
    scene_id = validate_scene_id(scene_dir.resolve().name)
    if request.min_quality_score is not None and not 0.5 <= request.min_quality_score <= 0.95:
        raise InputError(
            f"min_quality_score {request.min_quality_score} is out of range.", remedy="choose one of 0.5 to 0.95."
        )
    job = job_of(scene_dir)
    job_id = _job_id(request, job)
    given = request.episodes or (Path(job.recordings_dir) if job else None)
    if given is None:
        raise InputError(f"{scene_dir / JOB} is missing.", remedy="run geniesim submit, or pass --episodes.")
    with locked(scene_dir):
        try:
            return _import(request, scene_id, job_id, job, given, progress)
        except OSError as error:
            if not is_disk_error(error):
                raise
            raise disk_error("write", scene_dir, error) from error


def job_of(scene_dir: Path) -> JobOutput | None:
    """Return the scene's data-collection job, or None; raises ContractError where the document is invalid."""
    path = scene_dir / JOB
    return JobOutput.read(path) if path.is_file() else None


def is_imported(scene_dir: Path, job_id: str) -> bool:
    """Say whether the marker of this job's import is there."""
    return _marker(scene_dir, job_id).is_file()


def _import(
    request: ImportRequest,
    scene_id: str,
    job_id: str,
    job: JobOutput | None,
    given: Path,
    progress: Callable[[int, int, str], None],
) -> ImportResult:
    scene_dir = request.scene_dir
    out = scene_dir / "episodes" / f"geniesim_{job_id}"
    state = {"code_sha": code_sha(), "source_sha": source_sha(given, request.min_quality_score)}
    if request.overwrite:
        shutil.rmtree(out, ignore_errors=True)
    elif is_imported(scene_dir, job_id) and read_state(out) == {**state, "completed": True}:
        manifest = out / "import_manifest.json"
        if manifest.is_file():
            return ImportResult("unchanged", BundleManifest.read(manifest), out)
    if read_state(out).get("code_sha") != state["code_sha"]:
        shutil.rmtree(out, ignore_errors=True)  # other code judges and converts otherwise
    write_state(out, state)
    sources = episode_sources(folder_of(given, out))
    if job is not None and request.episodes is None:
        own = {item.recording for item in job.episodes}  # the folder may hold those of other jobs too
        sources = [source for source in sources if source.path.name in own] if own else sources
    outcomes = _convert_all(request, scene_id, out, sources, progress)
    shutil.rmtree(out / UNPACKED, ignore_errors=True)
    return _conclude(request, scene_id, job_id, job, given.name, state, out, outcomes)


def _convert_all(
    request: ImportRequest,
    scene_id: str,
    out: Path,
    sources: Sequence[EpisodeSource],
    progress: Callable[[int, int, str], None],
) -> list[ImportedEpisode]:
    importer = Importer(
        out / "recordings",
        out / "certificates",
        scene_id,
        templates=read_templates(request.scene_dir / "geniesim" / "tasks"),
        judge_record=_record_judge(request.scene_dir, scene_id),
        min_quality_score=request.min_quality_score,
    )
    remove_foreign(out, {source.episode_id for source in sources})
    outcomes = []
    for outcome in importer.run(list(sources)):
        outcomes.append(outcome)
        good = sum(item.accepted for item in outcomes)
        progress(len(outcomes), len(sources), f"{good}/{len(outcomes)} accepted")
    return outcomes


def _conclude(
    request: ImportRequest,
    scene_id: str,
    job_id: str,
    job: JobOutput | None,
    source: str,
    state: dict[str, Any],
    out: Path,
    outcomes: Sequence[ImportedEpisode],
) -> ImportResult:
    accepted = [item for item in outcomes if item.accepted]
    refused = [item for item in outcomes if not item.accepted]
    failed = len(accepted) < request.min_episodes or (request.fail_on_partial_error and bool(refused))
    _failed_document(scene_id, job_id, refused).write(out / "failed_episodes.json")
    datasets, robots = write_datasets(scene_id, out, accepted, source)
    counts = {"found": len(outcomes), "accepted": len(accepted), "rejected": len(refused)}
    write_atomically(out / "README.md", readme_text(scene_id, job_id, counts, datasets).encode())
    content = inventory_of(out, [*datasets, "certificates", "recordings", "failed_episodes.json", "README.md"])
    files = checksums_of(out, content)
    write_atomically(out / "checksums.json", canonical_json({"algorithm": "sha256", "files": files}) + b"\n")
    name = f"lerobot_bundle_{job_id}.tar.gz"
    packed = inventory_of(out, [*datasets, "certificates", "failed_episodes.json", "README.md", "checksums.json"])
    write_bundle(out / name, out, packed)
    stamp = request.now().isoformat(timespec="seconds")
    manifest = build_manifest(
        scene_id=scene_id,
        job_id=job_id,
        output_dir=out.relative_to(request.scene_dir).as_posix(),
        generated_at=stamp,
        outcomes=outcomes,
        datasets=datasets,
        robot_types=robots,
        job=job,
        min_episodes=request.min_episodes,
        min_quality=request.min_quality_score,
        fail_on_partial=request.fail_on_partial_error,
        failed=failed,
        files=files,
        package={"path": name, "sha256": sha256_file(out / name), "size_bytes": (out / name).stat().st_size},
        source=source,
        source_sha=state["source_sha"],
        code_sha=state["code_sha"],
    )
    manifest.write(out / "import_manifest.json")
    manifest.write(request.scene_dir / "geniesim" / "import_manifest.json")
    if failed:
        reasons = ", ".join(f"{name} {count}" for name, count in manifest.episodes["refused_by_reason"].items())
        raise StageError(
            f"import of job {job_id}: {len(accepted)} of {len(outcomes)} episodes accepted, "
            f"at least {request.min_episodes} wanted{' and none refused' if request.fail_on_partial_error else ''} "
            f"({reasons or 'nothing refused'}).",
            remedy=f"see {(out / 'failed_episodes.json')}.",
        )
    _mark(request.scene_dir, out, manifest, stamp, state, counts)
    return ImportResult("completed", manifest, out)


def _mark(
    scene_dir: Path, out: Path, manifest: BundleManifest, stamp: str, state: dict[str, Any], counts: dict[str, int]
) -> None:
    """Write the event, then the markers: whoever sees a marker finds everything else."""
    digest = sha256_file(out / "import_manifest.json")
    event = EpisodesImportedEvent.model_validate(
        {
            "source": f"/scenes/{manifest.scene_id}/geniesim",
            "id": manifest.run_id,
            "time": stamp,
            "data": {
                "scene_id": manifest.scene_id,
                "job_id": manifest.job_id,
                "episode_count": counts["accepted"],
                "failed_count": counts["rejected"],
                "output_path": f"{manifest.output_dir}/lerobot",
                "manifest_path": f"{manifest.output_dir}/import_manifest.json",
                "manifest_sha256": digest,
                "robot_types": manifest.robot_types,
            },
        }
    )
    event.write(out / "episodes_imported.json")
    write_state(out, {**state, "completed": True})
    ImportIdempotency(scene_id=manifest.scene_id, job_id=manifest.job_id, timestamp=stamp).write(
        _marker(scene_dir, manifest.job_id)
    )
    ImportCompletion(
        scene_id=manifest.scene_id,
        job_id=manifest.job_id,
        status="completed_with_errors" if counts["rejected"] else "completed",
        timestamp=stamp,
        source_sha=state["source_sha"],
        manifest_sha256=digest,
        accepted=counts["accepted"],
        rejected=counts["rejected"],
    ).write(scene_dir / COMPLETE)


def _failed_document(scene_id: str, job_id: str, refused: Sequence[ImportedEpisode]) -> FailedImports:
    return FailedImports(
        scene_id=scene_id,
        job_id=job_id,
        episodes=[
            FailedImport(
                name=item.source.name,
                episode_id=item.source.episode_id,
                reason=item.refusal or RefusalReason.INVALID_DATA,
                detail=item.detail,
                remediation=REMEDIES[item.refusal or RefusalReason.INVALID_DATA],
            )
            for item in refused
        ],
    )


def _record_judge(scene_dir: Path, scene_id: str) -> Callable[[Path], QualityCertificate] | None:
    """Our own records are executed again in the scene; without a scene there is nobody to ask."""
    if not (scene_dir / "usd" / "scene.usda").is_file():
        return None

    def judge(folder: Path) -> QualityCertificate:
        from blueprint.episodes.replay import replay
        from blueprint.quality.importer import judge_record

        def execute_again(record_dir: Path) -> tuple[bool, str]:
            result = replay(record_dir, scene_dir)
            return result.success and result.identical, result.detail

        return judge_record(folder, scene_id, execute_again)

    return judge


def _job_id(request: ImportRequest, job: JobOutput | None) -> str:
    value = request.job_id or (job.job_id if job else "")
    if not value or len(value) > 128 or value[0] == "." or set(value) - _SAFE:
        raise InputError(
            f"job id {value[:80]!r} is not usable: 1 to 128 letters, digits, '_', '-' or '.'.",
            remedy="pass --job-id; it names the folder episodes/geniesim_<job id>.",
        )
    return value


def _marker(scene_dir: Path, job_id: str) -> Path:
    return scene_dir / "geniesim" / "idempotency" / "import" / f"{job_id}.json"
