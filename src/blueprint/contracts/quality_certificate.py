"""`episodes/records/{episode_id}/quality_certificate.json`: what was measured on the data of one episode.

A figure that could not be measured is absent, never a default. Scores are 0 to 1; `overall_quality_score` is the mean
of the group scores that exist, weighted by `quality_weights` (scaled to sum to 1 over those groups).
"""

from typing import Literal

from blueprint.contracts.document import Document, Part
from blueprint.contracts.episode import FailureReason
from blueprint.contracts.ids import SceneId
from blueprint.contracts.quality_gate import GateCheck

__all__ = ["QualityCertificate", "Sim2RealMetrics", "TaskMetrics", "TrajectoryMetrics", "VisualMetrics"]


class TrajectoryMetrics(Part):
    """Length is of the grasp frame's path; jerk in rad/s³, by finite differences at the record's rate.

    `dynamics_feasibility` is the share of ticks within the joints' velocity and acceleration limits, `smoothness_sparc`
    the spectral arc length of the grasp frame's speed (Balasubramanian et al. 2012: -1.5 is a smooth reach).
    """

    score: float
    trajectory_length_meters: float
    path_efficiency: float
    mean_jerk: float
    max_jerk: float
    smoothness_sparc: float
    max_joint_speed: float
    tracking_error_rms: float
    velocity_violations: int | None = None
    acceleration_violations: int | None = None
    dynamics_feasibility: float | None = None


class VisualMetrics(Part):
    """Over all cameras, on decoded luma 0 to 255; sharpness is the variance of the Laplacian."""

    score: float
    mean_brightness: float
    brightness_std: float
    mean_sharpness: float
    black_frames: int
    uniform_frames: int
    frozen_frames: int


class TaskMetrics(Part):
    """`goal_achievement_score` is the share of success predicates that hold; `replayed` that re-execution succeeded."""

    score: float
    goal_achievement_score: float
    predicates: int
    replayed: bool


class Sim2RealMetrics(Part):
    """`contact_forces_realistic` says that no tick exceeded `contact_force_limit_newtons`."""

    score: float
    max_contact_force_newtons: float
    mean_contact_force_newtons: float
    contact_force_limit_newtons: float
    contact_forces_realistic: bool
    episode_duration_seconds: float


class QualityCertificate(Document):
    """`data_hash` is over the SHA-256 of every file of the record but this one."""

    schema_version: Literal["v1"] = "v1"
    episode_id: str
    scene_id: SceneId | None = None
    task_id: str | None = None
    data_hash: str
    sensor_source: str | None = None
    physics_backend: str | None = None
    frame_count: int | None = None
    camera_count: int | None = None
    accepted: bool
    failure_reason: FailureReason | None = None
    failure_detail: str | None = None
    trajectory_metrics: TrajectoryMetrics | None = None
    visual_metrics: VisualMetrics | None = None
    task_metrics: TaskMetrics | None = None
    sim2real_metrics: Sim2RealMetrics | None = None
    quality_weights: dict[str, float]
    overall_quality_score: float | None = None
    replay_detail: str | None = None
    checks: list[GateCheck]
