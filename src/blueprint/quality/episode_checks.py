"""Checking one episode record from its data: files, arrays, time, limits, jumps, sub-tasks, predicates, videos."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.episode import EpisodeRecord, FailureReason
from blueprint.contracts.errors import InputError
from blueprint.contracts.hashing import sha256_file
from blueprint.contracts.quality_gate import GateCheck
from blueprint.quality.record_files import contained_file, read_histogram, read_record, read_trajectory
from blueprint.quality.video_checks import VideoMeasurement, measure_video, video_checks
from blueprint.robots.embodiment import Embodiment

__all__ = ["EpisodeLimits", "EpisodeQuality", "check_episode", "limits_of"]

_RECORD_FILE = re.compile(r"[A-Za-z0-9_.]+\.(npz|mp4)")  # other keys bind the record to its inputs


@dataclass(frozen=True)
class EpisodeLimits:
    """What an episode's data may contain.

    position, velocity and acceleration are keyed by names of the state (rad or m, per s, per s²); `max_speed` bounds
    every position in qpos that is not a quaternion, m/s or rad/s; an episode without `cameras` given may have any.
    `moved_by` names, for cameras that not everything moves, the entries of the state that do: the wrist of an arm that
    rests while another one works shows a still picture.
    """

    position: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    velocity: Mapping[str, float] = field(default_factory=dict)
    acceleration: Mapping[str, float] = field(default_factory=dict)
    max_speed: float = 8.0
    contact_force_n: float = 200.0
    require_videos: bool = True
    cameras: tuple[str, ...] | None = None
    moved_by: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class EpisodeQuality:
    """What was found. `record` and `arrays` are None where they could not be read."""

    name: str
    checks: list[GateCheck]
    record: EpisodeRecord | None = None
    arrays: dict[str, NDArray] | None = None
    videos: dict[str, VideoMeasurement] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        return not self.failed

    @property
    def failed(self) -> list[GateCheck]:
        return [check for check in self.checks if check.severity == "ERROR" and not check.passed]

    @property
    def failure(self) -> tuple[FailureReason, str] | None:
        """The reason to refuse the record, with every failed check; None if the data is sound."""
        if not self.failed:
            return None
        only_video = all(check.name.startswith("video") for check in self.failed)
        detail = "; ".join(
            f"{check.name}: {check.message}" + (f" (measured {check.measured})" if check.measured is not None else "")
            for check in self.failed
        )
        return (FailureReason.RENDER_FAILED if only_video else FailureReason.INVALID_DATA), detail


def limits_of(embodiment: Embodiment, *, require_videos: bool = True) -> EpisodeLimits:
    """Return the limits of a robot: its joints' ranges (with 0.02 for soft stops, rad or m; 5 mm for what grippers
    open), speeds and accelerations."""
    channels = dict(zip(embodiment.state_names, embodiment.channels, strict=True))
    margins = {name: 0.005 if channel.velocity is None else 0.02 for name, channel in channels.items()}
    return EpisodeLimits(
        position={
            name: (channel.lower - margins[name], channel.upper + margins[name]) for name, channel in channels.items()
        },
        velocity={name: channel.velocity for name, channel in channels.items() if channel.velocity},
        acceleration={name: channel.acceleration for name, channel in channels.items() if channel.acceleration},
        require_videos=require_videos,
        cameras=tuple(sorted(embodiment.camera_names)) if require_videos else None,
        moved_by=_moved_by(embodiment),
    )


def _moved_by(embodiment: Embodiment) -> dict[str, frozenset[str]]:
    names = embodiment.state_names
    base = names[: len(embodiment.base_joints)]
    return {
        camera.name: frozenset([*base, *names[embodiment.slots(camera.arm).all]])
        for camera in embodiment.cameras
        if camera.frame == "hand"
    }


def check_episode(record_dir: Path, *, limits: EpisodeLimits | None = None) -> EpisodeQuality:
    """Check a record's folder; every finding is a GateCheck, nothing is raised for bad data.

    Checks that need what could not be read are left out: the failed reading itself refuses the record.
    """
    limits = limits or EpisodeLimits()
    checks: list[GateCheck] = []
    try:
        record = read_record(record_dir)
    except InputError as error:
        return EpisodeQuality(record_dir.name, [_check("record", False, _said(error, record_dir))])
    checks.append(_check("record", True, "record.json follows the contract"))
    checks += _file_checks(record_dir, record)
    try:
        arrays = read_trajectory(record_dir, record)
    except InputError as error:
        return EpisodeQuality(record_dir.name, [*checks, _check("arrays", False, _said(error, record_dir))], record)
    checks.append(_check("arrays", True, "names, shapes and dtypes are those of the contract"))
    finite = [
        name for name, array in sorted(arrays.items()) if array.dtype.kind == "f" and not np.isfinite(array).all()
    ]
    checks.append(_check("finite", not finite, "no NaN or Inf", ", ".join(finite) or None))
    if finite:
        return EpisodeQuality(record_dir.name, checks, record, arrays)
    if record.frames == 0:
        checks.append(_check("frames", not record.success, "an attempt without any action is a failed one"))
        return EpisodeQuality(record_dir.name, checks, record, arrays)
    with np.errstate(over="ignore"):  # values of absurd size are for the checks to refuse
        checks += _motion_checks(record, arrays, limits)
    checks += _subtask_checks(record, arrays)
    checks += _predicate_checks(record)
    videos, findings = _videos(record_dir, record, arrays, limits)
    return EpisodeQuality(record_dir.name, checks + findings, record, arrays, videos)


def _file_checks(folder: Path, record: EpisodeRecord) -> list[GateCheck]:
    """Compare the files with the hashes that the record holds; a key is such a file's name, or `trajectory`."""
    names = {"trajectory": "trajectory.npz"} | {key: key for key in record.hashes if _RECORD_FILE.fullmatch(key)}
    files = {names[key]: digest for key, digest in record.hashes.items() if key in names}
    wrong = []
    for name, digest in sorted(files.items()):
        try:
            if sha256_file(contained_file(folder, name)) != digest:
                wrong.append(name)
        except InputError as error:
            wrong.append(_said(error, folder))
    covered = "trajectory.npz" in files
    return [
        _check("hashes", not wrong, "every file has the recorded SHA-256", "; ".join(wrong) or None),
        _check("hashes.trajectory", covered, "the record is bound to its trajectory by a hash"),
    ]


def _motion_checks(record: EpisodeRecord, arrays: dict[str, NDArray], limits: EpisodeLimits) -> list[GateCheck]:
    steps = np.diff(arrays["time"])
    deviation = float(np.abs(steps - 1 / record.fps).max()) if len(steps) else 0.0
    state = arrays["state"].astype(np.float64)
    checks = [
        _check("time", len(steps) > 0 and deviation < 1e-6, "time advances by 1/fps", deviation, 1e-6),
        *_limit_checks("joint_limits", record.state_names, state, limits.position),
    ]
    speed = np.abs(np.diff(state, axis=0)) * record.fps
    fast = {
        name: float(speed[:, i].max())
        for i, name in enumerate(record.state_names)
        if name in limits.velocity and speed[:, i].max() > 1.5 * limits.velocity[name]
    }
    checks.append(
        _check(
            "joint_speed",
            not fast,
            "no joint moves faster than 1.5 times its limit",
            ", ".join(f"{name} {value:.2f}/s" for name, value in fast.items()) or None,
        )
    )
    moving = ~_quaternion_columns(arrays["qpos"])
    jump = np.abs(np.diff(arrays["qpos"][:, moving], axis=0)) * record.fps
    fastest = float(jump.max()) if jump.size else 0.0
    where = (
        f" (column {np.flatnonzero(moving)[jump.max(0).argmax()]} at frame {jump.max(1).argmax()})" if jump.size else ""
    )
    message = f"no position jumps between two frames{where if fastest > limits.max_speed else ''}"
    checks.append(_check("jumps", fastest <= limits.max_speed, message, round(fastest, 4), limits.max_speed))
    tracking = np.abs(arrays["action"].astype(np.float64) - state[1:]).max() if _same_names(record) else 0.0
    checks.append(
        _check("tracking", tracking < 0.3, "the state follows the action", round(float(tracking), 4), 0.3, "WARNING")
    )
    return checks


def _limit_checks(
    name: str, names: list[str], values: NDArray[np.float64], limits: Mapping[str, tuple[float, float]]
) -> list[GateCheck]:
    outside = [
        f"{column} in [{values[:, i].min():.4f}, {values[:, i].max():.4f}] outside [{low:.4f}, {high:.4f}]"
        for i, column in enumerate(names)
        for low, high in [limits.get(column, (-np.inf, np.inf))]
        if values[:, i].min() < low or values[:, i].max() > high
    ]
    return [_check(name, not outside, "every joint stays in its range", "; ".join(outside) or None)]


def _quaternion_columns(qpos: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Mark columns that belong to unit quaternions: four neighbours after a position whose norm is 1 in every row.

    A rolling can turns so fast that its quaternion jumps; its position does not.
    """
    marked = np.zeros(qpos.shape[1], bool)
    column = 0
    while column + 4 <= qpos.shape[1]:
        norms = np.linalg.norm(qpos[:, column : column + 4], axis=1)
        if np.abs(norms - 1).max() < 1e-6:
            marked[column : column + 4] = True
            column += 4
        else:
            column += 1
    return marked


def _subtask_checks(record: EpisodeRecord, arrays: dict[str, NDArray]) -> list[GateCheck]:
    expected = np.full(record.frames, -1)
    position, contiguous = 0, bool(record.subtasks)
    for index, part in enumerate(record.subtasks):
        contiguous &= part.start == position and part.end > part.start
        position = part.end
        expected[max(part.start, 0) : max(part.end, 0)] = index
    return [
        _check(
            "subtasks.cover", contiguous and position == record.frames, "sub-tasks cover every frame once", position
        ),
        _check("subtasks.column", np.array_equal(expected, arrays["subtask"]), "the column agrees with the sub-tasks"),
    ]


def _predicate_checks(record: EpisodeRecord) -> list[GateCheck]:
    if not record.success:
        return [_check("failure", record.failure_reason is not None, "a failed episode says why")]
    unmet = [item.predicate for item in record.predicates if not item.satisfied]
    return [
        _check("predicates.recorded", bool(record.predicates), "success predicates are recorded"),
        _check("predicates.satisfied", not unmet, "a success satisfies every predicate", "; ".join(unmet) or None),
    ]


def _videos(
    folder: Path, record: EpisodeRecord, arrays: dict[str, NDArray], limits: EpisodeLimits
) -> tuple[dict[str, VideoMeasurement], list[GateCheck]]:
    checks: list[GateCheck] = []
    if record.success and limits.require_videos:
        cameras = tuple(sorted(video.camera for video in record.videos))
        complete = cameras == limits.cameras if limits.cameras is not None else bool(cameras)
        wanted = ", ".join(limits.cameras or ()) or "at least one"
        checks.append(_check("video", complete, "every camera has a video", ", ".join(cameras) or "none", wanted))
    steps = np.abs(np.diff(arrays["state"].astype(np.float64), axis=0))
    measured: dict[str, VideoMeasurement] = {}
    for video in record.videos:
        movers = limits.moved_by.get(video.camera, frozenset(record.state_names))
        columns = [k for k, name in enumerate(record.state_names[: steps.shape[1]]) if name in movers]
        travel = np.concatenate([[0.0], np.cumsum((steps[:, columns] if columns else steps).max(1))])
        try:
            path = contained_file(folder, video.file)
            histogram = read_histogram(folder, video.camera)
            measurement = measure_video(path, record.fps, travel, record.frames)
        except InputError as error:
            checks.append(_check(f"video.{video.camera}", False, _said(error, folder)))
            continue
        measured[video.camera] = measurement
        checks += video_checks(video, record.frames, measurement, histogram)
    return measured, checks


def _said(error: InputError, folder: Path) -> str:
    """The message without this machine's paths: it becomes part of an artefact."""
    return str(error).replace(f"{folder}/", "")


def _same_names(record: EpisodeRecord) -> bool:
    return len(record.state_names) == len(record.action_names) > 0


def _check(
    name: str,
    passed: bool,
    message: str,
    measured: float | str | None = None,
    limit: float | str | None = None,
    severity: str = "ERROR",
) -> GateCheck:
    if isinstance(measured, float) and not np.isfinite(measured):
        measured = "overflow"  # finite data of absurd size; a document holds no infinities
    return GateCheck.model_validate(
        {
            "name": name,
            "passed": bool(passed),
            "severity": severity,
            "message": message,
            "measured": measured,
            "limit": limit,
        }
    )
