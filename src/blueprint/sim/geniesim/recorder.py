"""Writing the raw episode folder of Genie Sim as frames come, with memory that does not grow with the episode."""

import json
import math
import shutil
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.disk import disk_error
from blueprint.contracts.document import write_atomically
from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import IDENTITY, Pose, quat_xyzw_from_wxyz
from blueprint.contracts.geniesim.raw_episode import (
    ALIGNED_ALL,
    ALIGNED_FRAMES,
    DATA_INFO,
    FRAME_STATE,
    G1_PIN_NAMES,
    META_INFO,
    METRIC_CONFIG,
    RECORDING_INFO,
    STATE,
    TASK_RESULT,
    FrameSample,
    RecordedCamera,
    robot_joints,
)
from blueprint.sim.geniesim.recorder_cameras import camera_info, write_pictures, write_sensors
from blueprint.sim.geniesim.recorder_documents import (
    action_segments,
    data_info,
    dropped_share,
    meta_info,
    rosbag_metadata,
)
from blueprint.sim.geniesim.recorder_h5 import JointColumns, write_frame_groups
from blueprint.sim.geniesim.recorder_video import encode_pictures

__all__ = ["EpisodeWriter", "RecordedRobot", "RecordingContext"]

_SIDES = ("left", "right")
_FRAMES = ".frames.jsonl"


class RecordedRobot(Protocol):
    """What the recorder asks of a robot (robots.agibot.AgibotRobot has it)."""

    @property
    def name(self) -> str: ...
    @property
    def prim_path(self) -> str: ...
    @property
    def robot_type(self) -> str: ...
    @property
    def dof_order(self) -> Sequence[str]: ...


@dataclass(frozen=True)
class RecordingContext:
    """What a server knows of the world besides its frames; it ends up in state.json and recording_info.json.

    object_assets: prim path → what add_object said of it · metric: the last set_task_metric · start_ns: the clock's
    time of frame time 0 in ns since 1970 (0: the recording is undated, and the same frames give the same bytes) ·
    notes: what was interpreted or left out (colliders that are hulls of meshes), for whoever imports the episode.
    """

    scene_name: str = ""
    scene_usd: str = ""
    robot_pose: Pose = IDENTITY
    lights: Any = None
    object_assets: Mapping[str, Any] = field(default_factory=dict)
    articulated_prims: Sequence[str] = ()
    metric: Any = None
    start_ns: int = 0
    notes: Sequence[str] = ()


class EpisodeWriter:
    """Writes one episode into a hidden `.part` folder beside `folder`, which takes its name when it is finished.

    A killed writer leaves at most that `.part`, which the next writer of the same folder removes. Where `folder` is
    taken, the first free of `folder1`, `folder2`, … is used, as the real server does. Any refusal of the disk is a
    StorageError, after which the episode is lost and nothing of it remains.
    """

    def __init__(
        self,
        folder: Path,
        robot: RecordedRobot,
        task_name: str,
        fps: int,
        cameras: Sequence[RecordedCamera],
        context: RecordingContext | None = None,
        *,
        depth_videos: bool = True,
    ) -> None:
        """Begin an episode. Raises InputError for a bad rate, an odd picture size, or a robot with other joints."""
        if not 1 <= fps <= 1000:
            raise InputError(f"fps {fps} is not usable.", remedy="record at 1 to 1000 frames per second.")
        for camera in cameras:
            if camera.width_px % 2 or camera.height_px % 2:
                raise InputError(
                    f"camera {camera.name} of {camera.width_px}×{camera.height_px} px cannot be encoded.",
                    remedy="use even sides.",
                )
        self._joints = robot_joints(robot.robot_type)
        self._order = _columns(robot.dof_order, self._joints.state_order)
        self._robot, self._task_name, self._fps = robot, task_name, fps
        self._cameras = tuple(cameras)
        self._context = context or RecordingContext()
        self._depth_videos = depth_videos
        self._folder = folder
        self._part = folder.with_name(f".{folder.name}.part")
        self._times: list[float] = []
        self._offsets: list[int] = []
        self._cuts: list[tuple[float, float]] = []
        self._cut_frames = 0
        self._frame_states: list[dict[str, Any]] = []
        self._task_description: Any = {}
        self._last_text = ""
        self._keys: list[int] = []  # per frame the index of its frame state, -1 before the first
        try:
            shutil.rmtree(self._part, ignore_errors=True)
            (self._part / "camera").mkdir(parents=True)
            self._columns = JointColumns(self._part / ALIGNED_ALL, self._joints, robot.name)
            self._states = (self._part / _FRAMES).open("w+b")
        except OSError as error:
            raise disk_error("write", self._part, error) from error

    @property
    def frames(self) -> int:
        return len(self._times)

    def set_frame_state(self, time_s: float, text: str) -> None:
        """Take the JSON of a set_frame_state: a `task_description` holds for all that follow, else it is a state."""
        self._last_text = text
        state = _parsed(text)
        if isinstance(state, dict) and "task_description" in state:
            self._task_description = state["task_description"]
            return
        self._frame_states.append(
            {"time_stamp": time_s, "frame_state": state, "task_description": self._task_description}
        )

    def add(self, sample: FrameSample) -> None:
        """Append a frame; raises InputError where its time, its joints or its pictures do not fit the episode."""
        if not math.isfinite(sample.time_s) or (self._times and sample.time_s <= self._times[-1]):
            raise InputError(f"a frame at {sample.time_s} s follows one at {self._times[-1:]} s.")
        if sample.frame_state and sample.frame_state != self._last_text:
            self.set_frame_state(sample.time_s, sample.frame_state)
        row, commanded = self._row(sample)
        number = self.frames
        try:
            write_pictures(self._part / "camera" / str(number), self._cameras, sample)
            self._offsets.append(self._states.tell())
            self._states.write(json.dumps(self._frame(sample, row), allow_nan=False).encode() + b"\n")
            self._columns.append(row, commanded)
        except OSError as error:
            self.abandon()
            raise disk_error("write", self._part, error) from error
        self._keys.append(len(self._frame_states) - 1)
        self._times.append(sample.time_s)

    def cut_from(self, time_s: float) -> None:
        """Take back the frames from `time_s` on: the world was put back to how it was then."""
        keep = sum(time < time_s - 1e-9 for time in self._times)
        if keep == self.frames:
            return
        self._cuts.append((time_s, self._times[-1]))
        self._cut_frames += self.frames - keep
        for number in range(keep, self.frames):
            shutil.rmtree(self._part / "camera" / str(number), ignore_errors=True)
        self._columns.truncate(keep)
        self._states.seek(self._offsets[keep])
        self._states.truncate()
        self._times, self._offsets, self._keys = self._times[:keep], self._offsets[:keep], self._keys[:keep]
        before = [item for item in self._frame_states if item["time_stamp"] < time_s]
        self._frame_states = before
        self._last_text = ""

    def note_cut(self, start_s: float, end_s: float, frames: int) -> None:
        """Tell of a rewound span whose frames were never added."""
        self._cuts.append((start_s, end_s))
        self._cut_frames += frames

    def abandon(self) -> None:
        """Leave nothing behind; a full disk may refuse to close what is open, which no longer matters."""
        self._columns.abandon()
        with suppress(OSError):
            self._states.close()
        shutil.rmtree(self._part, ignore_errors=True)

    def finish(
        self,
        *,
        task_status: bool,
        fail_steps: Sequence[Any] = (),
        metric_status: str = "",
        playback_times: int | None = None,
        return_code: int = 0,
        keep_failed: bool = False,
    ) -> Path:
        """Complete the folder and return it. A failed episode is deleted, as by the real server, unless it is kept.

        Raises InputError for an episode without a frame (nothing remains of it).
        """
        folder = self._free_folder()
        if not task_status and not keep_failed:
            self.abandon()
            return folder
        if not self.frames:
            self.abandon()
            raise InputError("an episode without a frame cannot be written.", remedy="record before finishing it.")
        result = {
            "task_name": self._task_name,
            "fail_stage_step": list(fail_steps),
            "fps": self._fps,
            "task_status": task_status,
            "camera_info": camera_info(self._cameras),
            "return_code": return_code,
            "metric_status": metric_status,
            "playback_times": len(self._cuts) if playback_times is None else playback_times,
        }
        with ExitStack() as undo:
            undo.callback(self.abandon)
            try:
                self._columns.close()
                write_frame_groups(
                    self._part / ALIGNED_ALL, self._part / ALIGNED_FRAMES, self._joints, self._context.start_ns
                )
                self._write_state()
                write_sensors(self._part / "parameters" / "sensor", self._cameras, self._part / STATE)
                self._write_videos()
                self._write_documents(task_status)
                self._json(TASK_RESULT, result)
                self._part.rename(folder)
            except OSError as error:
                raise disk_error("write", self._part, error) from error
            undo.pop_all()
        return folder

    def _free_folder(self) -> Path:
        folder, number = self._folder, 0
        while folder.exists():
            number += 1
            folder = self._folder.with_name(f"{self._folder.name}{number}")
        return folder

    def _row(self, sample: FrameSample) -> tuple[dict[str, Any], NDArray[np.bool_]]:
        arrays = (sample.joint_position, sample.joint_velocity, sample.joint_effort, sample.joint_command)
        if any(array.shape != (len(self._robot.dof_order),) for array in arrays):
            raise InputError(
                f"joint arrays of {[array.shape for array in arrays]} do not fit the {len(self._robot.dof_order)} "
                f"joints of {self._robot.name}."
            )
        position, velocity, effort, command = (np.asarray(array, np.float64)[self._order] for array in arrays)
        commanded = np.isfinite(command)
        robot, base = sample.robot_pose.inverse(), sample.arm_base_pose.inverse()
        in_robot = [robot @ sample.arm_end_pose_world[side] for side in _SIDES]
        in_base = [base @ sample.arm_end_pose_world[side] for side in _SIDES]
        orientation = quat_xyzw_from_wxyz(sample.robot_pose.quat_wxyz)
        return {
            "timestamp": sample.time_s,
            "state/joint/position": position,
            "state/joint/velocity": velocity,
            "state/joint/effort": effort,
            "action/joint/position": np.where(commanded, command, position),
            "action/joint/velocity": np.zeros_like(velocity),
            "action/joint/effort": np.zeros_like(effort),
            "end/position": [pose.position for pose in in_robot],
            "end/orientation": [quat_xyzw_from_wxyz(pose.quat_wxyz) for pose in in_robot],
            "end/arm_position": [pose.position for pose in in_base],
            "end/arm_orientation": [quat_xyzw_from_wxyz(pose.quat_wxyz) for pose in in_base],
            "effector/index": float(self.frames),
            "effector/force": 0.0,
            "state/robot/position": sample.robot_pose.position,
            "state/robot/orientation": orientation,
            "state/robot/position_drift": [0.0, 0.0, 0.0],
            "state/robot/orientation_drift": [0.0, 0.0, 0.0, 1.0],
            "action/robot/velocity": 0.0,
            "action/robot/orientation": orientation,
        }, commanded

    def _frame(self, sample: FrameSample, row: dict[str, Any]) -> dict[str, Any]:
        state = self._frame_states[-1]["frame_state"] if self._frame_states else {}
        names = list(self._joints.state_order)

        def joints(side: str) -> dict[str, Any]:
            return {
                "joint_name": names,
                "joint_position": row[f"{side}/joint/position"].tolist(),
                "joint_velocity": row[f"{side}/joint/velocity"].tolist(),
                "joint_effort": row[f"{side}/joint/effort"].tolist(),
            }

        return {
            "time_stamp": sample.time_s,
            "frame_state": state,
            "objects": {name: _pose(pose) for name, pose in sorted(sample.objects.items())},
            "articulated_object": {
                name: {
                    "joints": {
                        "joint_name": list(values),
                        "joint_position": list(values.values()),
                        "joint_velocity": [],
                        "joint_effort": [],
                    }
                }
                for name, values in sorted(sample.articulated.items())
            },
            "cameras": {name: _pose(pose) for name, pose in sorted(sample.camera_pose_world.items())},
            "ee": {side: _pose(sample.arm_end_pose_world[side]) for side in _SIDES},
            "ee_center": {side: _pose(sample.ee_pose_world[side]) for side in _SIDES},
            "robot": {
                "joints": joints("state"),
                "joints_action": joints("action"),
                "pose": sample.robot_pose.matrix().tolist(),
                "arm_base_pose": sample.arm_base_pose.matrix().tolist(),
            },
        }

    def _write_state(self) -> None:
        """Write state.json: its head, then the frames as they were stored, one per line."""
        context = self._context
        head = {
            "schema": "v6",
            "scene": {
                "name": context.scene_name,
                "metadata": None,
                "scene_usd": context.scene_usd,
                "scene_glb": "",
            },
            "lights": context.lights,
            "objects": [{"name": path.split("/")[-1], "metadata": None} for path in context.object_assets],
            "articulated_objects": [
                {"name": path.split("/")[-1], "metadata": None} for path in context.articulated_prims
            ],
            "cameras": camera_info(self._cameras),
            "robot": {"name": self._robot.name, "metadata": None},
            "fps": self._fps,
        }
        self._states.seek(0)
        with (self._part / STATE).open("wb") as out:
            out.write(json.dumps(head, indent=4, ensure_ascii=False).encode()[:-2] + b',\n    "frames": [\n')
            for number, line in enumerate(self._states):
                out.write((b",\n" if number else b"") + line.rstrip(b"\n"))
            out.write(b"\n    ]\n}\n")
        self._states.close()
        (self._part / _FRAMES).unlink()

    def _write_videos(self) -> None:
        videos = self._part / "observations" / "videos"
        videos.mkdir(parents=True)
        for camera in self._cameras:
            kinds = [("color", "jpg")] + ([("depth", "png")] if camera.depth and self._depth_videos else [])
            for kind, suffix in kinds:
                name = f"{camera.name}_{kind}"
                pictures = (self._part / "camera" / str(k) / f"{name}.{suffix}" for k in range(self.frames))
                encode_pictures(pictures, videos / f"{name}.mp4", self._fps, depth=kind == "depth")

    def _write_documents(self, task_status: bool) -> None:
        context, start = self._context, self._context.start_ns
        duration = self._times[-1] - self._times[0]
        segments = action_segments(self._frame_states, self._keys)
        description = self._frame_states[0]["task_description"] if self._frame_states else self._task_description
        total = self.frames + self._cut_frames
        dropped = dropped_share(self._times, self._fps)
        self._json(DATA_INFO, data_info(description, segments, task_status, self._cut_frames / total, dropped))
        self._json(METRIC_CONFIG, context.metric)
        self._json(FRAME_STATE, self._frame_states)
        self._json(
            RECORDING_INFO,
            {
                "robot_init_position": list(context.robot_pose.position),
                "robot_init_rotation": list(context.robot_pose.quat_wxyz),
                "camera_info": camera_info(self._cameras),
                "scene_name": context.scene_name,
                "scene_usd": context.scene_usd,
                "object_names": {
                    "object_prims": list(context.object_assets),
                    "articulated_object_prims": list(context.articulated_prims),
                },
                "fps": self._fps,
                "robot_name": self._robot.name,
                "frame_status": self._frame_states,
                "light_config": context.lights,
                "gripper_names": ["zhiyuan_gripper_omnipicker", "zhiyuan_gripper_omnipicker"],
                "with_img": True,
                "with_video": True,
                "playback_timerange": [list(cut) for cut in self._cuts],
                "end_effector_prim_path": {s: f"{self._robot.prim_path}/arm_{s[0]}_end_link" for s in _SIDES},
                "end_effector_center_prim_path": {
                    s: f"{self._robot.prim_path}/gripper_{s[0]}_center_link" for s in _SIDES
                },
                "arm_base_prim_path": f"{self._robot.prim_path}/arm_base_link",
                "task_name": self._task_name,
                "object_asset_dict": dict(context.object_assets),
            },
        )
        write_atomically(self._part / "metadata.yaml", rosbag_metadata(start, duration, self.frames).encode())
        for name in ("logs", "record", "post_proc"):
            (self._part / name).mkdir()
            (self._part / name / ".keep").touch()
        size = sum(path.stat().st_size for path in self._part.rglob("*") if path.is_file())
        self._json(META_INFO, meta_info(self._joints.robot_type, start, duration, size, dropped, context.notes))

    def _json(self, name: str, value: Any) -> None:
        text = json.dumps(value, indent=4, ensure_ascii=False, allow_nan=False)
        write_atomically(self._part / name, text.encode())


def _columns(dof_order: Sequence[str], state_order: Sequence[str]) -> list[int]:
    """Return for each recorded column its place in the simulator's order; raises InputError for other joints."""
    places = {name: position for position, name in enumerate(dof_order)}
    found = [places.get(name, places.get(G1_PIN_NAMES.get(name, ""))) for name in state_order]
    missing = [name for name, place in zip(state_order, found, strict=True) if place is None]
    if missing:
        raise InputError(
            f"the robot lacks {len(missing)} of the recorded joints: {', '.join(missing[:5])}.",
            remedy="record with robots.agibot's G2 or G1.",
        )
    return [place for place in found if place is not None]


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise InputError(f"frame state {text[:80]!r} is not JSON: {error}.") from error


def _pose(pose: Pose) -> dict[str, Any]:
    return {"pose": pose.matrix().tolist()}
