"""The quality certificate of an episode: figures measured on its arrays and frames, and a weighted score.

trajectory (0.30)  mean of: share of ticks within the joints' limits of speed and acceleration; 1 - rms error / 0.05
task (0.30)        mean of: share of success predicates that hold; re-execution succeeded
visual (0.20)      share of frames that are not black, flat or frozen
sim2real (0.15)    share of ticks whose contact force is within the limit
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.episode import EpisodeRecord, FailureReason
from blueprint.contracts.hashing import sha256_file, sha256_json
from blueprint.contracts.quality_certificate import (
    QualityCertificate,
    Sim2RealMetrics,
    TaskMetrics,
    TrajectoryMetrics,
    VisualMetrics,
)
from blueprint.quality.episode_checks import EpisodeLimits, EpisodeQuality

__all__ = ["CERTIFICATE", "WEIGHTS", "certify_episode", "data_hash"]

CERTIFICATE = "quality_certificate.json"
WEIGHTS = {"trajectory": 0.30, "task": 0.30, "visual": 0.20, "sim2real": 0.15}
_TRACKING_SCALE = 0.05  # an rms error of 0.05 rad scores 0


def data_hash(record_dir: Path) -> str:
    """Return one SHA-256 over the regular files of a record, its certificate excepted; links are not followed."""
    files = {
        path.name: sha256_file(path)
        for path in sorted(record_dir.iterdir())
        if path.is_file() and not path.is_symlink() and path.name != CERTIFICATE
    }
    return sha256_json(files)


def certify_episode(
    quality: EpisodeQuality,
    record_hash: str,
    *,
    failure: tuple[FailureReason, str] | None,
    replayed: bool | None,
    replay_detail: str | None = None,
    limits: EpisodeLimits | None = None,
) -> QualityCertificate:
    """Return the certificate; `failure` is why the episode is refused, `replayed` None if it was not re-executed."""
    limits = limits or EpisodeLimits()
    record, arrays = quality.record, quality.arrays
    measurable = (
        record is not None
        and record.frames > 0
        and arrays is not None
        and not any(c.name == "finite" and not c.passed for c in quality.checks)
    )
    trajectory = _trajectory(record, arrays, limits) if measurable and record and arrays else None
    forces = arrays is not None and "contact_force" in arrays  # recordings of other simulators have none
    sim2real = _sim2real(record, arrays, limits) if measurable and record and arrays and forces else None
    task = _task(record, replayed) if record and replayed is not None and record.predicates else None
    visual = _visual(quality)
    scores = {
        name: metrics.score
        for name, metrics in (
            ("trajectory", trajectory),
            ("task", task),
            ("visual", visual),
            ("sim2real", sim2real),
        )
        if metrics is not None
    }
    total = sum(WEIGHTS[name] for name in scores)
    return QualityCertificate(
        episode_id=quality.name,
        scene_id=record.scene_id if record else None,
        task_id=record.task_id if record else None,
        data_hash=record_hash,
        sensor_source=", ".join(sorted({video.renderer for video in record.videos})) or None if record else None,
        physics_backend=f"mujoco {record.versions['mujoco']}" if record and "mujoco" in record.versions else None,
        frame_count=record.frames if record else None,
        camera_count=len(record.videos) if record else None,
        accepted=failure is None,
        failure_reason=failure[0] if failure else None,
        failure_detail=failure[1] if failure else None,
        trajectory_metrics=trajectory,
        visual_metrics=visual,
        task_metrics=task,
        sim2real_metrics=sim2real,
        quality_weights=WEIGHTS,
        overall_quality_score=_round(sum(WEIGHTS[n] * s for n, s in scores.items()) / total) if total else None,
        replay_detail=replay_detail,
        checks=quality.checks,
    )


def _trajectory(record: EpisodeRecord, arrays: dict[str, NDArray], limits: EpisodeLimits) -> TrajectoryMetrics | None:
    if record.frames < 4:
        return None  # a third difference needs four states
    state = arrays["state"].astype(np.float64)
    position = arrays["ee_pose"][:, :3].astype(np.float64)
    steps = np.linalg.norm(np.diff(position, axis=0), axis=1)
    length = float(steps.sum())
    straight = sum(float(np.linalg.norm(position[part.end] - position[part.start])) for part in record.subtasks)
    velocity = np.diff(state, axis=0) * record.fps
    acceleration = np.diff(velocity, axis=0) * record.fps
    jerk = np.abs(np.diff(acceleration, axis=0)) * record.fps
    error = arrays["action"].astype(np.float64) - state[1:] if arrays["action"].shape[1] == state.shape[1] else None
    rms = float(np.sqrt((error**2).mean())) if error is not None else 0.0
    scores = [max(0.0, 1 - rms / _TRACKING_SCALE)]
    fast = slow = feasibility = None
    if limits.velocity and limits.acceleration:
        over_speed = _over(np.abs(velocity), record.state_names, limits.velocity)
        over_acceleration = _over(np.abs(acceleration), record.state_names, limits.acceleration)
        fast, slow = int(over_speed.sum()), int(over_acceleration.sum())
        feasibility = 1 - float((over_speed[1:] | over_acceleration).mean())
        scores.append(feasibility)
    return TrajectoryMetrics(
        score=_round(float(np.mean(scores))),
        trajectory_length_meters=_round(length),
        path_efficiency=_round(min(straight / length, 1.0)) if length > 1e-6 else 0.0,
        mean_jerk=_round(float(jerk.mean())),
        max_jerk=_round(float(jerk.max())),
        smoothness_sparc=_round(_spectral_arc_length(steps * record.fps, record.fps)),
        max_joint_speed=_round(float(np.abs(velocity).max())),
        tracking_error_rms=_round(rms),
        velocity_violations=fast,
        acceleration_violations=slow,
        dynamics_feasibility=_round(feasibility) if feasibility is not None else None,
    )


def _over(values: NDArray[np.float64], names: list[str], limits: Mapping[str, float]) -> NDArray[np.bool_]:
    bounds = np.array([limits.get(name, np.inf) for name in names])
    return np.asarray((values > bounds).any(axis=1))


def _spectral_arc_length(speed: NDArray[np.float64], rate_hz: float) -> float:
    """SPARC (Balasubramanian, Melendez-Calderon, Burdet 2012): minus the arc length of the normalised speed spectrum,
    up to 10 Hz or the last frequency whose amplitude exceeds 5 %."""
    size = 2 ** (int(np.ceil(np.log2(len(speed)))) + 4)
    spectrum = np.abs(np.fft.rfft(speed, size))
    if spectrum.max() <= 0:
        return 0.0
    frequency = np.fft.rfftfreq(size, 1 / rate_hz)
    spectrum = (spectrum / spectrum.max())[frequency <= 10]
    last = int(np.flatnonzero(spectrum >= 0.05)[-1])
    if last < 1:
        return 0.0
    return -float(np.sqrt((1 / last) ** 2 + np.diff(spectrum[: last + 1]) ** 2).sum())


def _visual(quality: EpisodeQuality) -> VisualMetrics | None:
    videos = [item for item in quality.videos.values() if item.frames]
    if not videos:
        return None
    frames = sum(item.frames for item in videos)
    bad = sum(min(item.frames, max(item.black_frames, item.uniform_frames) + item.frozen_frames) for item in videos)
    brightness = np.concatenate([item.brightness for item in videos])
    return VisualMetrics(
        score=_round(1 - bad / frames),
        mean_brightness=_round(float(brightness.mean())),
        brightness_std=_round(float(brightness.std())),
        mean_sharpness=_round(float(np.mean([item.sharpness for item in videos]))),
        black_frames=sum(item.black_frames for item in videos),
        uniform_frames=sum(item.uniform_frames for item in videos),
        frozen_frames=sum(item.frozen_frames for item in videos),
    )


def _task(record: EpisodeRecord, replayed: bool) -> TaskMetrics:
    share = sum(item.satisfied for item in record.predicates) / len(record.predicates)
    return TaskMetrics(
        score=_round((share + replayed) / 2),
        goal_achievement_score=_round(share),
        predicates=len(record.predicates),
        replayed=replayed,
    )


def _sim2real(record: EpisodeRecord, arrays: dict[str, NDArray], limits: EpisodeLimits) -> Sim2RealMetrics:
    force = arrays["contact_force"].astype(np.float64)
    return Sim2RealMetrics(
        score=_round(float((force <= limits.contact_force_n).mean())),
        max_contact_force_newtons=_round(float(force.max())),
        mean_contact_force_newtons=_round(float(force.mean())),
        contact_force_limit_newtons=limits.contact_force_n,
        contact_forces_realistic=bool(force.max() <= limits.contact_force_n),
        episode_duration_seconds=_round(record.frames / record.fps),
    )


def _round(value: float) -> float:
    """Six decimals: the same text whatever the order of a sum was."""
    return round(value, 6) + 0.0
