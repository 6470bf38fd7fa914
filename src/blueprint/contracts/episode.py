"""An episode: one attempt at a task. `episodes/records/{episode_id}/record.json` and the files beside it.

record.json            this document
trajectory.npz         arrays, T frames at `fps` (T+1 states): see ARRAYS
{camera}.mp4           T frames, only for successful episodes
{camera}.stats.npz     exact per-channel uint8 histograms of the rendered frames, (3, 256) int64, key `histogram`
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from blueprint.contracts.document import Document, Part
from blueprint.contracts.frames import Pose
from blueprint.contracts.ids import Identifier, SceneId

__all__ = [
    "ARRAYS",
    "SENSOR_ARRAYS",
    "CameraCalibration",
    "EpisodeRecord",
    "FailureReason",
    "PredicateResult",
    "Recovery",
    "Subtask",
    "VideoInfo",
]

Positive = Annotated[float, Field(gt=0)]

# name -> (shape, dtype, meaning). Row t of `action` is applied from state t to state t+1.
ARRAYS = {
    "time": ("(T+1,)", "float64", "simulation time, s"),
    "qpos": ("(T+1, nq)", "float64", "MuJoCo generalised positions, m and rad, quaternions w,x,y,z"),
    "qvel": ("(T+1, nv)", "float64", "MuJoCo generalised velocities, m/s and rad/s"),
    "state": ("(T+1, S)", "float32", "observation.state, as the embodiment names it"),
    "action": ("(T, A)", "float32", "action, as the embodiment names it"),
    "ee_pose": ("(T+1, E)", "float32", "of each arm, grasp frame in the robot base frame: x,y,z m, quaternion w,x,y,z"),
    "contact_force": ("(T+1,)", "float32", "sum of normal contact forces between gripper and anything, N"),
    "subtask": ("(T,)", "int64", "index into `subtasks`"),
}

# What MuJoCo measures beside these; recordings of other simulators may lack them.
SENSOR_ARRAYS = {
    "velocity": ("(T+1, S)", "float32", "rate of change of `state`, its units per second"),
    "effort": ("(T+1, A)", "float32", "force or torque of each servo, N or N·m; a gripper's is that of its motor"),
    "wrench": ("(T+1, W)", "float32", "contact force (N) and torque (N·m) on each hand, in its grasp frame"),
}


class FailureReason(StrEnum):
    """Why an episode (or a task candidate) did not succeed."""

    UNREACHABLE = "unreachable"
    NO_GRASP = "no_grasp"
    NO_PATH = "no_path"
    GRASP_MISSED = "grasp_missed"
    DROPPED = "dropped"
    GOAL_MISSED = "goal_missed"
    JOINT_STUCK = "joint_stuck"
    COLLISION = "collision"
    UNSTABLE_START = "unstable_start"
    STEP_LIMIT = "step_limit"
    PHYSICS_DIVERGED = "physics_diverged"
    REPLAY_FAILED = "replay_failed"
    INVALID_DATA = "invalid_data"
    RENDER_FAILED = "render_failed"
    CRASHED = "crashed"


class Subtask(Part):
    """Frames `start` (inclusive) to `end` (exclusive), of step `step` of the task."""

    name: str
    instruction: str
    start: int
    end: int
    step: Annotated[int, Field(ge=0)] = 0


class Recovery(Part):
    """A failure that was made good, or tried to: the sub-task `subtask` named `recover` got clear, then the step was
    planned again. `failed` names the skill that failed, or `check` where the step's success was judged."""

    step: Annotated[int, Field(ge=0)]
    failed: str
    reason: FailureReason
    detail: str
    subtask: Annotated[int, Field(ge=0)]


class PredicateResult(Part):
    predicate: str
    satisfied: bool
    measured: str


class CameraCalibration(Part):
    """Pinhole intrinsics in pixels and where the camera is, constant over an episode.

    `pose_frame_camera` is in the frame of the robot's body `frame` (a hand, or its base); the camera frame is that of
    computer vision: +Z forward, +X right, +Y down.
    """

    fx: Positive
    fy: Positive
    cx: float
    cy: float
    frame: str
    pose_frame_camera: Pose


class VideoInfo(Part):
    """Pictures of one camera. `depth_file` and `segmentation_file` are tables of PNG pictures, one row a frame: depth
    in millimetres (0 where there is nothing), and indices into the record's `segments`."""

    camera: Identifier
    file: str
    width_px: int
    height_px: int
    frames: int
    codec: str
    renderer: str
    depth_file: str | None = None
    segmentation_file: str | None = None
    calibration: CameraCalibration | None = None


class EpisodeRecord(Document):
    """One attempt, successful or not: a failed episode is data. Hashes bind it to scene, variation and trajectory."""

    schema_version: Literal["v1"] = "v1"
    episode_id: Identifier
    scene_id: SceneId
    task_id: str
    task_type: str
    instruction: str
    embodiment: str
    variation_id: str
    source: Literal["planned", "transformed", "teleoperated"] = "planned"
    source_episode: str | None = None
    seed: int
    fps: Annotated[int, Field(gt=0)]
    timestep_s: float
    frames: int
    success: bool
    failure_reason: FailureReason | None = None
    failure_detail: str | None = None
    predicates: list[PredicateResult] = []
    subtasks: list[Subtask] = []
    recoveries: list[Recovery] = []
    videos: list[VideoInfo] = []
    segments: list[str] = []
    arms: list[str] = []
    state_names: list[str] = []
    action_names: list[str] = []
    hashes: dict[str, str] = {}
    versions: dict[str, str] = {}
