"""Importing episodes: every record is checked, re-executed and certified, then accepted or rejected with a reason."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from blueprint.contracts.episode import FailureReason
from blueprint.contracts.errors import InputError
from blueprint.contracts.hashing import sha256_file
from blueprint.contracts.ids import validate_scene_id
from blueprint.contracts.import_manifest import (
    EpisodeCounts,
    FailedEpisodes,
    ImportedFile,
    ImportManifest,
    QualitySummary,
    RejectedEpisode,
)
from blueprint.contracts.quality_certificate import QualityCertificate
from blueprint.contracts.quality_gate import GateCheck
from blueprint.quality.certificate import CERTIFICATE, certify_episode, data_hash
from blueprint.quality.episode_checks import EpisodeLimits, check_episode

__all__ = [
    "FAILED",
    "MANIFEST",
    "REMEDIES",
    "Replay",
    "accepted_records",
    "import_checks",
    "import_episodes",
    "judge_record",
]

MANIFEST = Path("episodes") / "import_manifest.json"
FAILED = Path("episodes") / "failed_episodes.json"
RECORDS = Path("episodes") / "records"

Replay = Callable[[Path], tuple[bool, str]]

REMEDIES = {
    FailureReason.UNREACHABLE: "place the target or the robot's base nearer, or choose another robot.",
    FailureReason.NO_GRASP: "clear the surroundings of the target, or declare a grasp for its asset.",
    FailureReason.NO_PATH: "remove obstacles, or allow the planner more time.",
    FailureReason.GRASP_MISSED: "check the grasp and the friction of the asset; run more episodes with other seeds.",
    FailureReason.DROPPED: "check mass, friction and gripper force; move more slowly.",
    FailureReason.GOAL_MISSED: "widen the goal, or check the placement's clearance.",
    FailureReason.JOINT_STUCK: "check the joint's friction and what blocks it (physics_certificate.json, joints).",
    FailureReason.COLLISION: "give the planner more clearance.",
    FailureReason.UNSTABLE_START: "narrow the variation, or settle it for longer.",
    FailureReason.STEP_LIMIT: "raise the step limit, or look at where the motion hangs.",
    FailureReason.PHYSICS_DIVERGED: "lower the time step, or look for interpenetrating colliders.",
    FailureReason.REPLAY_FAILED: "record it again with this build; the same actions must give the same states.",
    FailureReason.INVALID_DATA: "delete the record and run the episode again.",
    FailureReason.RENDER_FAILED: "check the renderer with `blueprint doctor` and render the episode again.",
    FailureReason.CRASHED: "see the traceback in the record's detail; run the episode again.",
}


@dataclass(frozen=True)
class _Judged:
    folder: Path
    certificate: QualityCertificate
    embodiment: str | None


def import_episodes(
    scene_dir: Path,
    replay: Replay,
    *,
    limits: EpisodeLimits | None = None,
    on_done: Callable[[str, bool], None] | None = None,
) -> ImportManifest:
    """Judge every folder of `episodes/records/` in the order of its name and write what was found.

    `replay` re-executes a record's actions and returns whether the task succeeded again, and what was seen; it is
    called for sound, successful records only. A certificate that came with a record counts for nothing. Writes
    `quality_certificate.json` into each record, then `episodes/failed_episodes.json`, and
    `episodes/import_manifest.json` last. Raises InputError where there is no folder of records.
    """
    root = scene_dir / RECORDS
    if not root.is_dir():
        raise InputError(f"{root} is missing.", remedy="run stage episodes first.")
    scene_id = validate_scene_id(scene_dir.resolve().name)
    judged = []
    # A dot marks an unfinished record of a running or killed worker: it was never handed in.
    for folder in sorted(path for path in root.iterdir() if not path.name.startswith(".")):
        item = _judge(folder, scene_id, replay, limits or EpisodeLimits())
        judged.append(item)
        if on_done:
            on_done(folder.name, item.certificate.accepted)
    rejected = [_rejection(item) for item in judged if not item.certificate.accepted]
    manifest = _manifest(scene_dir, scene_id, judged, rejected)
    FailedEpisodes(scene_id=scene_id, episodes=rejected).write(scene_dir / FAILED)
    manifest.write(scene_dir / MANIFEST)
    return manifest


def accepted_records(scene_dir: Path) -> list[Path]:
    """Return the folders of the accepted episodes, in the order of the manifest; raises InputError without one."""
    manifest = ImportManifest.read(scene_dir / MANIFEST)
    return [scene_dir / RECORDS / episode_id for episode_id in manifest.accepted]


def import_checks(scene_dir: Path, manifest: ImportManifest, *, min_accepted: int = 1) -> list[GateCheck]:
    """Judge an import for the gate: nothing lost, enough accepted, every accepted file still as it was imported."""
    found = [path.name for path in sorted((scene_dir / RECORDS).iterdir()) if not path.name.startswith(".")]
    accounted = sorted([*manifest.accepted, *(item.name for item in manifest.rejected)])
    changed = [
        item.path
        for item in manifest.file_inventory
        if not (scene_dir / item.path).is_file() or sha256_file(scene_dir / item.path) != item.sha256
    ]
    counts = manifest.episodes
    return [
        GateCheck(
            name="accounting",
            passed=found == accounted,
            severity="ERROR",
            message="every record is either accepted or rejected with a reason",
            measured=f"{len(found)} found, {counts.accepted} accepted, {counts.rejected} rejected",
        ),
        GateCheck(
            name="accepted",
            passed=counts.accepted >= min_accepted,
            severity="ERROR",
            message="enough episodes were accepted",
            measured=counts.accepted,
            limit=min_accepted,
        ),
        GateCheck(
            name="unchanged",
            passed=not changed,
            severity="ERROR",
            message="accepted records are as they were imported",
            measured="; ".join(changed) or None,
        ),
    ]


def judge_record(
    folder: Path, scene_id: str, replay: Replay, limits: EpisodeLimits | None = None
) -> QualityCertificate:
    """Check, re-execute and certify one record, and write its certificate; nothing is raised for bad data."""
    return _judge(folder, scene_id, replay, limits or EpisodeLimits()).certificate


def _judge(folder: Path, scene_id: str, replay: Replay, limits: EpisodeLimits) -> _Judged:
    if folder.is_symlink() or not folder.is_dir():
        check = GateCheck(name="record", passed=False, severity="ERROR", message="a record is a folder, not a link")
        certificate = QualityCertificate(
            episode_id=folder.name,
            data_hash="",
            accepted=False,
            failure_reason=FailureReason.INVALID_DATA,
            failure_detail=check.message,
            quality_weights={},
            checks=[check],
        )
        return _Judged(folder, certificate, None)
    digest = data_hash(folder)
    quality = check_episode(folder, limits=limits)
    embodiment = quality.record.embodiment if quality.record else None
    failure = quality.failure
    if quality.record and not quality.record.success and quality.record.failure_reason:
        # A failed attempt is refused for its own reason; it may have ended before there was anything to record.
        failure = (quality.record.failure_reason, quality.record.failure_detail or "")
    replayed: bool | None = None
    detail: str | None = None
    if failure is None and quality.record and quality.record.scene_id != scene_id:
        failure = (FailureReason.INVALID_DATA, f"the record is of scene {quality.record.scene_id}, not {scene_id}")
    if failure is None:
        replayed, detail = replay(folder)
        if not replayed:
            failure = (FailureReason.REPLAY_FAILED, detail)
    certificate = certify_episode(
        quality, digest, failure=failure, replayed=replayed, replay_detail=detail, limits=limits
    )
    certificate.write(folder / CERTIFICATE)
    return _Judged(folder, certificate, embodiment)


def _rejection(item: _Judged) -> RejectedEpisode:
    reason = item.certificate.failure_reason or FailureReason.INVALID_DATA
    return RejectedEpisode(
        name=item.folder.name,
        task_id=item.certificate.task_id,
        reason=reason,
        detail=item.certificate.failure_detail or "",
        remediation=REMEDIES[reason],
    )


def _manifest(scene_dir: Path, scene_id: str, judged: list[_Judged], rejected: list[RejectedEpisode]) -> ImportManifest:
    accepted = [item for item in judged if item.certificate.accepted]
    scores = [
        item.certificate.overall_quality_score
        for item in accepted
        if item.certificate.overall_quality_score is not None
    ]
    files = [
        ImportedFile(
            path=path.relative_to(scene_dir).as_posix(), size_bytes=path.stat().st_size, sha256=sha256_file(path)
        )
        for item in accepted
        for path in sorted(item.folder.iterdir())
        if path.is_file() and not path.is_symlink()
    ]
    reasons = Counter(item.reason.value for item in rejected)
    return ImportManifest(
        scene_id=scene_id,
        robot_types=sorted({item.embodiment for item in accepted if item.embodiment}),
        episodes=EpisodeCounts(
            found=len(judged),
            accepted=len(accepted),
            rejected=len(rejected),
            rejected_by_reason=dict(sorted(reasons.items())),
        ),
        quality=QualitySummary(
            average_score=round(sum(scores) / len(scores), 6), min_score=min(scores), max_score=max(scores)
        )
        if scores
        else None,
        accepted=[item.folder.name for item in accepted],
        rejected=rejected,
        file_inventory=files,
    )
