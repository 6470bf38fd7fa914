"""Importing episodes one by one: read, judged, converted and certified, or refused; what is done is not done again."""

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.disk import disk_error
from blueprint.contracts.episode import EpisodeRecord, FailureReason, PredicateResult
from blueprint.contracts.errors import InputError
from blueprint.contracts.geniesim.import_bundle import RefusalReason
from blueprint.contracts.geniesim.raw_episode import STATE, TASK_RESULT
from blueprint.contracts.hashing import sha256_file
from blueprint.contracts.ids import slug
from blueprint.contracts.quality_certificate import QualityCertificate
from blueprint.contracts.quality_gate import GateCheck
from blueprint.quality.certificate import CERTIFICATE, certify_episode, data_hash
from blueprint.quality.episode_checks import EpisodeLimits, EpisodeQuality
from blueprint.quality.geniesim.convert import Converted, write_converted
from blueprint.quality.geniesim.folder import folder_digest, inspect_folder
from blueprint.quality.geniesim.goal import Templates, template_of, verify_goal
from blueprint.quality.geniesim.local_recording import convert_local_recording
from blueprint.quality.geniesim.motion import judge_motion, velocity_limits
from blueprint.quality.geniesim.pictures import DATASET_CAMERAS, CameraReport, check_preview_videos
from blueprint.quality.geniesim.reader import RawEpisode, read_raw_episode
from blueprint.quality.geniesim.refusal import EpisodeRefusedError
from blueprint.quality.video_checks import VideoMeasurement

__all__ = ["RECORDER_NOTE", "EpisodeSource", "ImportedEpisode", "Importer", "episode_sources"]

Kind = Literal["raw", "local", "record"]
RecordJudge = Callable[[Path], QualityCertificate]

_CODES = {
    RefusalReason.TASK_FAILED: FailureReason.GOAL_MISSED,
    RefusalReason.GOAL_NOT_REACHED: FailureReason.GOAL_MISSED,
    RefusalReason.REPLAY_FAILED: FailureReason.REPLAY_FAILED,
    RefusalReason.FROZEN_PICTURES: FailureReason.RENDER_FAILED,
    RefusalReason.BLACK_PICTURES: FailureReason.RENDER_FAILED,
    RefusalReason.NO_DEPTH: FailureReason.RENDER_FAILED,
}
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)  # ours to write; what cannot be read is the episode's
RECORDER_NOTE = "recorder: "  # before what the recording server itself interpreted or left out
_NOTE = "note"
_GOAL = "goal"
_CLAIMED = "no checker at hand: success is the recorder's word"


@dataclass(frozen=True)
class EpisodeSource:
    """Something that was handed in: a raw episode folder, a recording JSON, or a folder of our own record."""

    path: Path
    kind: Kind

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def episode_id(self) -> str:
        """An identifier made of the name alone, so that another import of the same folder finds it again."""
        if self.kind == "record":
            return self.name
        return f"{slug(self.name)[:80]}_{hashlib.sha256(self.name.encode('utf-8', 'surrogateescape')).hexdigest()[:8]}"


@dataclass(frozen=True)
class ImportedEpisode:
    """The outcome for one source. `record_dir` is where an accepted episode's record lies."""

    source: EpisodeSource
    certificate: QualityCertificate
    record_dir: Path | None = None
    refusal: RefusalReason | None = None
    detail: str = ""
    notes: tuple[str, ...] = ()

    @property
    def accepted(self) -> bool:
        return self.refusal is None


def episode_sources(folder: Path) -> list[EpisodeSource]:
    """Return what there is to import in `folder`, by name; `folder` may be a single episode itself.

    Hidden entries are unfinished recordings. A folder without any sign of an episode is handed on as a raw one, to be
    refused with its reason. Raises InputError where there is nothing.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder.", remedy="give the folder that holds the episodes.")
    if any((folder / name).is_file() for name in (TASK_RESULT, STATE)):
        return [EpisodeSource(folder, "raw")]
    sources = []
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        if path.name.startswith("."):
            continue
        if path.is_symlink() or path.is_dir():
            sources.append(EpisodeSource(path, "record" if (path / "record.json").is_file() else "raw"))
        elif path.name.startswith("episode") and path.suffix == ".json":
            sources.append(EpisodeSource(path, "local"))
    if not sources:
        raise InputError(f"{folder} holds no episode.", remedy="give the folder that holds the episodes.")
    return sources


@dataclass
class Importer:
    """Imports sources into `records/{episode_id}/` and `certificates/{episode_id}.json`, the latter last.

    An episode whose certificate is of the same bytes is taken as it is: an interrupted import goes on. `templates` are
    those of the scene's package, by task and robot; with them a success is computed from the recorded poses.
    `judge_record` is asked about our own records; without it they are refused.
    """

    records: Path
    certificates: Path
    scene_id: str
    templates: Templates = field(default_factory=dict)
    judge_record: RecordJudge | None = None
    min_quality_score: float | None = None
    _seen: dict[str, str] = field(default_factory=dict)

    def run(self, sources: list[EpisodeSource]) -> Iterator[ImportedEpisode]:
        """Yield the outcome of each source, in order; bad data raises nothing, a disk that refuses StorageError."""
        try:
            for folder in (self.records, self.certificates):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise disk_error("write", self.records, error) from error
        for source in sources:
            yield self._import(source)

    def _import(self, source: EpisodeSource) -> ImportedEpisode:
        digest = ""
        try:
            digest = _digest(source)
            twin = self._seen.get(digest)
            if twin is not None:
                raise EpisodeRefusedError(RefusalReason.DUPLICATE, f"the same bytes as {twin}")
            self._seen[digest] = source.name
            done = self._done(source, digest)
            if done is not None:
                return done
            outcome = self._convert(source, digest)
        except EpisodeRefusedError as error:
            outcome = self._refused(source, digest, error)
        except OSError as error:
            if error.errno in _FULL:
                raise disk_error("write", self.records, error) from error
            refused = EpisodeRefusedError(RefusalReason.UNREADABLE, error.strerror or type(error).__name__)
            outcome = self._refused(source, digest, refused)
        outcome.certificate.write(self._certificate(source))
        return outcome

    def _certificate(self, source: EpisodeSource) -> Path:
        return self.certificates / f"{source.episode_id}.json"

    def _done(self, source: EpisodeSource, digest: str) -> ImportedEpisode | None:
        """Return the outcome of an earlier run of this import, if its files are still what they were."""
        path = self._certificate(source)
        if not path.is_file():
            return None
        certificate = QualityCertificate.read(path)
        if certificate.data_hash != digest or not certificate.accepted:
            return None  # judging a refused one again costs little, and may go further
        folder = self.records / source.episode_id
        if not (folder / "record.json").is_file():
            return None
        record = EpisodeRecord.read(folder / "record.json")
        files = {name: sha for name, sha in record.hashes.items() if (folder / name).suffix in (".npz", ".mp4")}
        if not files or any(not (folder / n).is_file() or sha256_file(folder / n) != sha for n, sha in files.items()):
            return None
        notes = tuple(check.message for check in certificate.checks if check.name == _NOTE)
        return ImportedEpisode(source, certificate, folder, notes=notes)

    def _convert(self, source: EpisodeSource, digest: str) -> ImportedEpisode:
        out = self.records / source.episode_id
        if source.kind == "record":
            return self._own_record(source, out)
        notes: tuple[str, ...] = ()
        predicates: list[PredicateResult] = []
        if source.kind == "local":
            converted = convert_local_recording(
                source.path, out, episode_id=source.episode_id, scene_id=self.scene_id, raw_sha=digest
            )
            notes = (_CLAIMED,)
            quality = _quality(source, converted, [], notes)
            limits = None
        else:
            episode = read_raw_episode(source.path)
            motion = judge_motion(episode)
            check_preview_videos(episode)
            template = template_of(episode.task, episode.joints.robot_type, self.templates)
            if template is not None:
                predicates = verify_goal(episode, template)
            notes = (*(f"{RECORDER_NOTE}{note}" for note in episode.notes), *motion.notes)
            if not predicates:
                notes += (_CLAIMED,)
            absent = ", ".join(name for name in DATASET_CAMERAS if name not in episode.cameras)
            if absent:
                notes += (f"not recorded: camera {absent}; its extrinsics are zeros",)
            converted = write_converted(
                episode,
                motion,
                predicates,
                out,
                episode_id=source.episode_id,
                scene_id=self.scene_id,
                raw_sha=digest,
            )
            quality = _quality(source, converted, predicates, notes, episode)
            limits = EpisodeLimits(velocity=velocity_limits(episode.joints))
        certificate = certify_episode(quality, digest, failure=None, replayed=None, limits=limits)
        certificate = certificate.model_copy(update={"episode_id": source.episode_id, "scene_id": self.scene_id})
        score = certificate.overall_quality_score
        if self.min_quality_score is not None and (score is None or score < self.min_quality_score):
            shutil.rmtree(out, ignore_errors=True)
            raise EpisodeRefusedError(RefusalReason.INVALID_DATA, f"quality {score} is below {self.min_quality_score}")
        return ImportedEpisode(source, certificate, out, notes=notes)

    def _own_record(self, source: EpisodeSource, out: Path) -> ImportedEpisode:
        if self.judge_record is None:
            raise EpisodeRefusedError(RefusalReason.REPLAY_FAILED, "the scene to execute the record in is not at hand")
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        for path in sorted(source.path.iterdir()):
            if path.name != CERTIFICATE:
                try:
                    os.link(path, out / path.name)
                except OSError:  # another file system, or one without hard links
                    shutil.copyfile(path, out / path.name)
        certificate = self.judge_record(out)
        if not certificate.accepted:
            shutil.rmtree(out)
            replay = certificate.failure_reason is FailureReason.REPLAY_FAILED
            reason = RefusalReason.REPLAY_FAILED if replay else RefusalReason.INVALID_DATA
            raise EpisodeRefusedError(reason, f"{certificate.failure_reason}: {certificate.failure_detail}")
        return ImportedEpisode(source, certificate, out)

    def _refused(self, source: EpisodeSource, digest: str, error: EpisodeRefusedError) -> ImportedEpisode:
        check = GateCheck(name=error.reason.value, passed=False, severity="ERROR", message=error.detail)
        certificate = QualityCertificate(
            episode_id=source.episode_id,
            scene_id=self.scene_id,
            data_hash=digest,
            accepted=False,
            failure_reason=_CODES.get(error.reason, FailureReason.INVALID_DATA),
            failure_detail=f"{error.reason.value}: {error.detail}",
            quality_weights={},
            checks=[check],
        )
        return ImportedEpisode(source, certificate, None, error.reason, error.detail)


def _digest(source: EpisodeSource) -> str:
    if source.kind == "local":
        if source.path.is_symlink():
            raise EpisodeRefusedError(RefusalReason.UNSAFE_FILE, "a recording is a file, not a link")
        return sha256_file(source.path)
    inspect_folder(source.path)
    return data_hash(source.path) if source.kind == "record" else folder_digest(source.path)


def _quality(
    source: EpisodeSource,
    converted: Converted,
    predicates: list[PredicateResult],
    notes: tuple[str, ...],
    episode: RawEpisode | None = None,
) -> EpisodeQuality:
    """Return what the certificate is measured on: the arms' joints, the end that travels further, the pictures."""
    record = converted.record
    checks = [GateCheck(name="readable", passed=True, severity="ERROR", message="every file and frame was read")]
    checks += [
        GateCheck(name=_GOAL, passed=item.satisfied, severity="ERROR", message=item.predicate, measured=item.measured)
        for item in predicates
    ]
    checks += [GateCheck(name=_NOTE, passed=True, severity="INFO", message=note) for note in notes]
    arrays: dict[str, NDArray] | None = None
    if episode is not None:
        arms = slice(30, 44), slice(16, 30)  # arm joints in the state and in the action
        record = record.model_copy(
            update={"state_names": list(episode.joints.arms), "action_names": list(episode.joints.arms)}
        )
        ends = converted.state[:, 2:8].reshape(-1, 2, 3)
        travel = np.linalg.norm(np.diff(ends, axis=0), axis=2).sum(0)
        arrays = {
            "state": converted.state[:, arms[0]],
            "action": converted.action[:, arms[1]],
            "ee_pose": ends[:, int(travel.argmax())],
        }
    return EpisodeQuality(source.name, checks, record, arrays, {n: _measured(r) for n, r in converted.cameras.items()})


def _measured(report: CameraReport) -> VideoMeasurement:
    return VideoMeasurement(
        frames=len(report.brightness),
        width_px=report.width_px,
        height_px=report.height_px,
        on_time=True,
        brightness=np.array(report.brightness),
        sharpness=float(np.mean(report.sharpness)) if report.sharpness else 0.0,
        black_frames=0,
        uniform_frames=report.uniform,
        frozen_frames=0,
    )
