"""Stage geniesim-import: episodes of a Genie Sim server, judged one by one, become certificates, datasets, a bundle."""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from blueprint.contracts.disk import disk_error
from blueprint.contracts.document import write_atomically
from blueprint.contracts.episode import EpisodeRecord
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
from blueprint.contracts.hashing import canonical_json, sha256_file, sha256_json
from blueprint.contracts.ids import validate_scene_id
from blueprint.contracts.quality_certificate import QualityCertificate
from blueprint.contracts.quality_gate import GateCheck
from blueprint.datasets.agibot import AGIBOT_V3, AGIBOT_V21, CONTROL_MODE, FOREIGN_V3, FOREIGN_V21
from blueprint.datasets.description import DatasetSummary, Provenance
from blueprint.datasets.lerobot_v3 import write_lerobot_v3
from blueprint.datasets.lerobot_v21 import write_lerobot_v21
from blueprint.datasets.profile import RECORDS, DatasetProfile
from blueprint.pipeline.code_identity import code_sha
from blueprint.pipeline.geniesim.bundle import checksums_of, inventory_of, readme_text, write_bundle
from blueprint.pipeline.geniesim.manifest import build_manifest
from blueprint.pipeline.stage import Outcome, StageContext
from blueprint.quality.geniesim.archive import is_archive, unpack
from blueprint.quality.geniesim.convert import EMBODIMENTS
from blueprint.quality.geniesim.goal import read_templates
from blueprint.quality.geniesim.importer import EpisodeSource, ImportedEpisode, Importer, episode_sources
from blueprint.quality.geniesim.local_recording import LOCAL_EMBODIMENT

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
_STATE = ".import_state.json"
_UNPACKED = ".unpacked"
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
    return Outcome({"accepted": counts["passed_validation"], "rejected": counts["excluded_failed_count"]})


def run_geniesim_import(
    request: ImportRequest, progress: Callable[[int, int, str], None] = lambda _done, _total, _note: None
) -> ImportResult:
    """Import episodes into `episodes/geniesim_{job_id}/` and say so in markers, which are written last.

    Raises InputError for an unusable request, StageError where too few episodes are good (or one is not, with
    `fail_on_partial_error`): then failed_episodes.json and the manifest say why, and no marker is written.
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
    with _locked(scene_dir):
        return _import(request, scene_id, job_id, job, given, progress)


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
    source_sha = _source_sha(given, request)
    state = {"code_sha": code_sha(), "source_sha": source_sha}
    if request.overwrite:
        shutil.rmtree(out, ignore_errors=True)
    elif is_imported(scene_dir, job_id) and _read_state(out) == {**state, "completed": True}:
        manifest = out / "import_manifest.json"
        if manifest.is_file():
            return ImportResult("unchanged", BundleManifest.read(manifest), out)
    if _read_state(out).get("code_sha") != state["code_sha"]:
        shutil.rmtree(out, ignore_errors=True)  # other code judges and converts otherwise
    _write_state(out, state)
    sources = episode_sources(_folder_of(given, out))
    outcomes = _convert_all(request, scene_id, out, sources, progress)
    shutil.rmtree(out / _UNPACKED, ignore_errors=True)
    return _conclude(request, scene_id, job_id, job, given.name, source_sha, state, out, outcomes)


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
    _remove_foreign(out, {source.episode_id for source in sources})
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
    source_sha: str,
    state: dict[str, Any],
    out: Path,
    outcomes: Sequence[ImportedEpisode],
) -> ImportResult:
    accepted = [item for item in outcomes if item.accepted]
    refused = [item for item in outcomes if not item.accepted]
    failed = len(accepted) < request.min_episodes or (request.fail_on_partial_error and bool(refused))
    _failed_document(scene_id, job_id, refused).write(out / "failed_episodes.json")
    datasets, robots = _write_datasets(scene_id, out, accepted, source)
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
        source_sha=source_sha,
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
    _write_state(out, {**state, "completed": True})
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


def _write_datasets(
    scene_id: str, out: Path, accepted: Sequence[ImportedEpisode], source: str
) -> tuple[dict[str, DatasetSummary], list[str]]:
    """Write `lerobot/` and `lerobot_v21/`, and numbered ones for episodes that do not fit in one dataset with them."""
    for path in out.glob("lerobot*"):
        if path.is_dir():
            shutil.rmtree(path)
    groups: dict[str, list[Path]] = {}
    robots: dict[str, str] = {}
    for item in accepted:
        if item.record_dir is None:
            continue
        record = EpisodeRecord.read(item.record_dir / "record.json")
        key = sha256_json(
            {
                "robot": record.embodiment,
                "fps": record.fps,
                "names": [record.state_names, record.action_names],
                "videos": sorted([video.camera, video.width_px, video.height_px] for video in record.videos),
            }
        )
        groups.setdefault(key, []).append(item.record_dir)
        robots[key] = record.embodiment
    summaries: dict[str, DatasetSummary] = {}
    for number, (key, folders) in enumerate(sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))):
        suffix = f"_{number + 1}" if number else ""
        v21, v3, control = _profiles(robots[key])
        provenance = Provenance(facts={"scene_id": scene_id, "source": source}, control_mode=control)
        repo_id = f"blueprint/{scene_id}"
        name = f"lerobot_v21{suffix}"
        summaries[name] = write_lerobot_v21(folders, out / name, repo_id=repo_id, provenance=provenance, profile=v21)
        name = f"lerobot{suffix}"
        summaries[name] = write_lerobot_v3(folders, out / name, repo_id=repo_id, provenance=provenance, profile=v3)
    return dict(sorted(summaries.items())), sorted(set(robots.values()))


def _profiles(robot: str) -> tuple[DatasetProfile, DatasetProfile, str]:
    """Return the profiles of v2.1 and v3.0 and the control mode of a robot's episodes."""
    if robot in EMBODIMENTS.values():
        return AGIBOT_V21, AGIBOT_V3, CONTROL_MODE
    if robot == LOCAL_EMBODIMENT:
        return FOREIGN_V21, FOREIGN_V3, "as recorded"
    return RECORDS, RECORDS, Provenance().control_mode


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


def _folder_of(given: Path, out: Path) -> Path:
    if not is_archive(given):
        return given
    folder = out / _UNPACKED
    shutil.rmtree(folder, ignore_errors=True)
    unpack(given, folder)
    entries = [path for path in folder.iterdir() if not path.name.startswith(".")]
    inside = entries[0] if len(entries) == 1 and entries[0].is_dir() else None
    wrapped = inside is not None and not any((inside / n).is_file() for n in ("state.json", "task_result.json"))
    return inside if wrapped and inside is not None else folder


def _source_sha(given: Path, request: ImportRequest) -> str:
    """Return a hash of the names and sizes of what is to be imported, and of how: cheap enough for every poll."""
    digest = hashlib.sha256(canonical_json({"min_quality_score": request.min_quality_score}))
    if given.is_file():
        digest.update(f"{given.name}\x00{given.stat().st_size}\n".encode())
    for place, folders, names in os.walk(given):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            size = -1 if path.is_symlink() else path.stat().st_size
            relative = path.relative_to(given).as_posix()
            digest.update(f"{relative}\x00{size}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _remove_foreign(out: Path, wanted: set[str]) -> None:
    """What another choice of episodes left behind is no part of this import."""
    for path in [*out.glob("recordings/*"), *out.glob("certificates/*")]:
        if path.name.removesuffix(".json") not in wanted:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _read_state(out: Path) -> dict[str, Any]:
    from pydantic_core import from_json

    try:
        value = from_json((out / _STATE).read_bytes())
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _write_state(out: Path, state: dict[str, Any]) -> None:
    write_atomically(out / _STATE, canonical_json(state) + b"\n")


@contextmanager
def _locked(scene_dir: Path) -> Iterator[None]:
    """Hold the scene's import lock; it ends with the process, so that a killed import blocks nobody."""
    path = scene_dir / "geniesim" / ".import.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a")
    except OSError as error:
        raise disk_error("write", path, error) from error
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
