"""A recording while it runs: physics states at the frame rate. Pictures are drawn when an episode is kept.

Drawing is nine tenths of an episode's cost; failed attempts and rewound spans never pay it.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose
from blueprint.contracts.geniesim.raw_episode import CameraImage, FrameSample, RecordedCamera
from blueprint.robots.agibot.robot import Side
from blueprint.sim.geniesim.compiled_scene import CompiledScene, body_pose, opencv_pose
from blueprint.sim.geniesim.recorder import EpisodeWriter, RecordingContext
from blueprint.sim.geniesim.scene_model import SceneModel
from blueprint.sim.geniesim.stepping import CallStoppedError
from blueprint.sim.renderer import ClassicRenderer, open_renderer

__all__ = ["MAX_FRAMES", "Recording", "RecordingMark", "recorded_camera"]

Array = NDArray[np.float64]
MAX_FRAMES = 54_000  # half an hour at 30 frames per second
MAX_FRAME_STATES = 5_000
_SMOOTHED_PX = 400_000  # larger pictures are drawn at their own size: four times as many pixels cost four times as much
_SIDES: tuple[Side, Side] = ("left", "right")
_NO_DEPTH = ("stereo", "fisheye")


@dataclass(frozen=True)
class RecordingMark:
    """How much had been recorded at some moment."""

    frames: int = 0
    events: int = 0


@dataclass(frozen=True)
class _Frame:
    time_s: float
    scene: CompiledScene
    qpos: Array
    qvel: Array
    command: Array
    effort: Array


class Recording:
    """Frames of one episode, to be written to `folder` or forgotten."""

    def __init__(
        self, scene: SceneModel, folder: Path, task_name: str, fps: int, cameras: Sequence[RecordedCamera]
    ) -> None:
        self._scene, self._folder, self._task_name, self.fps = scene, folder, task_name, fps
        self._cameras = tuple(cameras)
        self._frames: list[_Frame] = []
        self._events: list[tuple[float, str]] = []
        self._cuts: list[tuple[float, float, int]] = []

    @property
    def frames(self) -> int:
        return len(self._frames)

    def capture(self) -> None:
        """Keep the present state; raises InputError where the recording has become too long."""
        if len(self._frames) >= MAX_FRAMES:
            raise InputError(f"a recording of {MAX_FRAMES} frames.", remedy="stop it, or record at a lower rate.")
        scene, data = self._scene.scene, self._scene.data
        time_s = float(data.time)
        if self._frames and time_s <= self._frames[-1].time_s:
            return
        robot = scene.robot
        self._frames.append(
            _Frame(time_s, scene, data.qpos.copy(), data.qvel.copy(), robot.targets(data), robot.efforts(data))
        )

    def set_frame_state(self, text: str) -> None:
        """Take JSON text that describes the present step; raises InputError where there have been too many."""
        if len(self._events) >= MAX_FRAME_STATES:
            raise InputError(f"{MAX_FRAME_STATES} frame states in one recording.", remedy="record shorter episodes.")
        self._events.append((float(self._scene.data.time), text))

    def mark(self) -> RecordingMark:
        return RecordingMark(len(self._frames), len(self._events))

    def rewind(self, mark: RecordingMark, time_s: float) -> None:
        """Forget what was recorded since a mark: the world was put back to how it was then, at `time_s`."""
        end = self._frames[-1].time_s if self._frames else time_s
        self._cuts.append((time_s, max(end, time_s), len(self._frames) - mark.frames))
        del self._frames[mark.frames :]
        del self._events[mark.events :]

    def write(
        self, context: RecordingContext, *, fail_steps: Sequence[int], given_up: Callable[[], bool] = lambda: False
    ) -> Path:
        """Draw the pictures, write the episode's folder and return it.

        Raises InputError where it has no frame, StorageError where the disk refuses, CallStoppedError where `given_up`
        says so between two frames; nothing half-written remains.
        """
        writer = EpisodeWriter(self._folder, self._scene.robot, self._task_name, self.fps, self._cameras, context)
        with ExitStack() as undo:
            undo.callback(writer.abandon)
            self._write_frames(writer, given_up)
            undo.pop_all()
        for start, end, count in self._cuts:
            writer.note_cut(start, end, count)
        return writer.finish(task_status=True, fail_steps=fail_steps, playback_times=len(self._cuts))

    def _write_frames(self, writer: EpisodeWriter, given_up: Callable[[], bool]) -> None:
        events = list(self._events)
        state = ""
        with ExitStack() as stack:
            drawn: CompiledScene | None = None
            data: mujoco.MjData | None = None
            pens: dict[str, ClassicRenderer] = {}
            for frame in self._frames:
                if given_up():
                    raise CallStoppedError("the episode was given up while its pictures were drawn.")
                while events and events[0][0] <= frame.time_s + 1e-9:
                    time_s, state = events.pop(0)
                    writer.set_frame_state(time_s, state)
                if frame.scene is not drawn or data is None:
                    stack.close()
                    drawn, data = frame.scene, mujoco.MjData(frame.scene.model)
                    pens = {camera.name: stack.enter_context(_open(drawn, camera)) for camera in self._cameras}
                data.qpos[:], data.qvel[:], data.time = frame.qpos, frame.qvel, frame.time_s
                mujoco.mj_forward(drawn.model, data)
                writer.add(self._sample(frame, data, pens, state))
        for time_s, state in events:
            writer.set_frame_state(time_s, state)

    def _sample(self, frame: _Frame, data: mujoco.MjData, pens: dict[str, ClassicRenderer], state: str) -> FrameSample:
        scene, robot = frame.scene, self._scene.robot
        arm_base = scene.pose_link(data, robot.arm_base_link)
        centers: dict[str, Pose] = {side: scene.pose_center(data, side) for side in _SIDES}
        images, poses = {}, {}
        for camera in self._cameras:
            name = scene.cameras[camera.prim_path]
            color = pens[camera.name].render(data, name)
            depth = pens[camera.name].depth(data, name) if camera.depth else None
            images[camera.name] = CameraImage(color, depth)
            poses[camera.name] = opencv_pose(data, scene.model.camera(name).id)
        return FrameSample(
            time_s=frame.time_s,
            joint_position=frame.qpos[scene.robot.qpos],
            joint_velocity=frame.qvel[scene.robot.dof],
            joint_effort=frame.effort,
            joint_command=frame.command,
            ee_pose={side: arm_base.inverse() @ centers[side] for side in _SIDES},
            ee_pose_world=centers,
            arm_end_pose_world={side: body_pose(data, scene.robot.arms[side].end_body) for side in _SIDES},
            robot_pose=self._scene.pose_world_base,
            arm_base_pose=arm_base,
            objects={path.rpartition("/")[2]: scene.pose_object(data, path) for path in scene.objects},
            articulated={
                path.rpartition("/")[2]: scene.joint_values(data, placed)
                for path, placed in scene.objects.items()
                if placed.articulated
            },
            images=images,
            camera_pose_world=poses,
            frame_state=state,
        )


def recorded_camera(scene: SceneModel, prim_path: str, scale: float = 1.0) -> RecordedCamera:
    """Return how a camera of the robot, or one that a client added, is recorded; sides are `scale` of its own, even.

    Pixels are square and the principal point is in the middle, as it is drawn. Raises InputError for an unknown one.
    """
    added = scene.added_camera(prim_path)
    if added is not None:
        name, width, height, focal = prim_path.rpartition("/")[2], added.width_px, added.height_px, added.fx_px
    else:
        own = scene.robot.camera(prim_path)
        name, width, height, focal = own.record_name, own.width_px, own.height_px, own.fy_px
    across, down = (max(16, 2 * round(side * scale / 2)) for side in (width, height))
    return RecordedCamera(
        name=name,
        prim_path=prim_path,
        width_px=across,
        height_px=down,
        fx_px=focal * down / height,
        fy_px=focal * down / height,
        cx_px=across / 2,
        cy_px=down / 2,
        depth=not any(word in name.lower() for word in _NO_DEPTH),
    )


def _open(scene: CompiledScene, camera: RecordedCamera) -> ClassicRenderer:
    smooth = 2 if camera.width_px * camera.height_px <= _SMOOTHED_PX else 1
    renderer = open_renderer(scene.model, "auto", camera.width_px, camera.height_px, supersample=smooth)
    assert isinstance(renderer, ClassicRenderer)
    return renderer
