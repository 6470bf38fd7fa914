"""Reading a recording JSON of the former pipeline, frame by frame, and turning it into an episode record."""

import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from blueprint.contracts.document import explain
from blueprint.contracts.episode import EpisodeRecord, Subtask, VideoInfo
from blueprint.contracts.errors import InputError
from blueprint.contracts.geniesim.import_bundle import RefusalReason
from blueprint.contracts.geniesim.recording import LocalEpisodeHead, LocalFrame
from blueprint.contracts.hashing import sha256_file
from blueprint.contracts.manifest_stream import iter_list
from blueprint.episodes.encode import CODEC, VideoWriter
from blueprint.quality.geniesim.convert import UNKNOWN_SEED, Converted
from blueprint.quality.geniesim.folder import MAX_FRAMES
from blueprint.quality.geniesim.pictures import CameraReport
from blueprint.quality.geniesim.refusal import EpisodeRefusedError

__all__ = ["LOCAL_EMBODIMENT", "convert_local_recording"]

LOCAL_EMBODIMENT = "geniesim_local"
_MAX_BYTES = 8 << 30
_MAX_FRAME_BYTES = 64 << 20
_MAX_JOINTS = 128
_MAX_SPEED = 10.0  # rad/s; the file does not name its robot, and no arm is faster
_MIN_FRAMES = 10
_CAMERA = "front"


def convert_local_recording(path: Path, out: Path, *, episode_id: str, scene_id: str, raw_sha: str) -> Converted:
    """Read `path` and write `out/` as an episode record; one frame is in memory at a time.

    The file's own `validation_passed` must be true, and is not enough: time, joints and pictures are judged. Its action
    is taken as recorded. Raises EpisodeRefusedError with the reason; `out` is then gone.
    """
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    with ExitStack() as undo:
        undo.callback(shutil.rmtree, out, ignore_errors=True)
        converted = _convert(path, out, episode_id, scene_id, raw_sha)
        undo.pop_all()
    return converted


def _convert(path: Path, out: Path, episode_id: str, scene_id: str, raw_sha: str) -> Converted:
    head_values: dict[str, Any] = {}
    reader = _Reader(out)
    try:
        for value in iter_list(
            path, "frames", head_values, max_items=MAX_FRAMES, max_item_bytes=_MAX_FRAME_BYTES, max_bytes=_MAX_BYTES
        ):
            reader.add(LocalFrame.model_validate(value))
        head = LocalEpisodeHead.model_validate(head_values)
    except ValidationError as error:
        raise EpisodeRefusedError(RefusalReason.INVALID_DOCUMENT, explain(error)) from error
    except EpisodeRefusedError:
        raise
    except InputError as error:
        text = str(error.args[0]).replace(str(path), path.name)
        raise EpisodeRefusedError(RefusalReason.INVALID_DOCUMENT, text) from error
    if not head.validation_passed:
        raise EpisodeRefusedError(RefusalReason.TASK_FAILED, "validation_passed is false")
    if head.frame_count != len(reader.times):
        raise EpisodeRefusedError(
            RefusalReason.WRONG_COUNT, f"frame_count is {head.frame_count}, there are {len(reader.times)} frames"
        )
    state, action, fps = reader.judged()
    rows = len(action)
    np.savez(
        out / "trajectory.npz",
        time=np.array(reader.times),
        state=state,
        action=action,
        subtask=np.zeros(rows, np.int64),
    )
    videos = reader.finish(out, rows)
    words = " ".join(head.task_name.split())
    record = EpisodeRecord(
        episode_id=episode_id,
        scene_id=scene_id,
        task_id=words[:200],
        task_type="recorded",
        instruction=words,
        embodiment=LOCAL_EMBODIMENT,
        variation_id="recorded",
        seed=UNKNOWN_SEED,
        fps=fps,
        timestep_s=1 / fps,
        frames=rows,
        success=True,
        subtasks=[Subtask(name="task", instruction=words, start=0, end=rows)],
        videos=videos,
        state_names=[f"joint_{number}" for number in range(state.shape[1])],
        action_names=[f"action_{number}" for number in range(action.shape[1])],
        hashes={"raw_episode": raw_sha, **{file.name: sha256_file(file) for file in sorted(out.iterdir())}},
    )
    record.write(out / "record.json")
    return Converted(record, {_CAMERA: reader.report} if videos else {}, state, action)


class _Reader:
    """Collects the numbers of the frames; pictures go straight into the encoder."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self.times: list[float] = []
        self._states: list[list[float]] = []
        self._actions: list[list[float]] = []
        self._writer: VideoWriter | None = None
        self._held: NDArray[np.uint8] | None = None
        self.report = CameraReport()

    def add(self, frame: LocalFrame) -> None:
        state = frame.observation.joint_positions or frame.observation.robot_state or frame.robot_state
        number = len(self.times)
        if not state or not frame.action or max(len(state), len(frame.action)) > _MAX_JOINTS:
            raise EpisodeRefusedError(
                RefusalReason.INVALID_DOCUMENT, f"frame {number} has no joint positions or action"
            )
        if self._states and (len(state) != len(self._states[0]) or len(frame.action) != len(self._actions[0])):
            raise EpisodeRefusedError(RefusalReason.WRONG_COUNT, f"frame {number} has other joints than the first")
        self.times.append(frame.timestamp)
        self._states.append(state)
        self._actions.append(frame.action)
        picture = frame.observation.rgb_image if frame.observation.rgb_image is not None else frame.rgb_image
        self._picture(picture, number)

    def judged(self) -> tuple[NDArray[np.float32], NDArray[np.float32], int]:
        """Return states (T, S), actions (T-1, A) and the rate; refuses irregular time, jumps and standstill."""
        if len(self.times) < _MIN_FRAMES:
            raise EpisodeRefusedError(RefusalReason.TOO_SHORT, f"{len(self.times)} frames")
        step = np.diff(self.times)
        if (step <= 0).any():
            raise EpisodeRefusedError(
                RefusalReason.INVALID_DATA, f"time runs backwards at frame {int(step.argmin()) + 1}"
            )
        fps = _rate(self.times)
        if abs(float(np.median(step)) * fps - 1) > 0.1:
            raise EpisodeRefusedError(RefusalReason.INVALID_DATA, f"frames are not 1/{fps} s apart, as the first two")
        if float(step.max()) * fps > 1.5:
            raise EpisodeRefusedError(RefusalReason.DROPPED_FRAMES, f"a gap of {step.max():.3f} s at {fps} frames/s")
        state = np.array(self._states)
        speed = np.abs(np.diff(state, axis=0)) / step[:, None]
        if float(speed.max()) > _MAX_SPEED:
            raise EpisodeRefusedError(RefusalReason.TELEPORTING, f"a joint moves at {speed.max():.2f} rad/s")
        if float(np.ptp(state, axis=0).max()) < 0.01:
            raise EpisodeRefusedError(RefusalReason.FROZEN_JOINTS, "no joint moves by 0.01 rad")
        return state.astype(np.float32), np.array(self._actions[:-1], np.float32), fps

    def finish(self, out: Path, rows: int) -> list[VideoInfo]:
        """Close the video, whose last picture is a state without an action, and say what it is."""
        if self._writer is None:
            return []
        self._writer.close()
        np.savez(out / f"{_CAMERA}.stats.npz", histogram=self._writer.histogram)
        return [
            VideoInfo(
                camera=_CAMERA,
                file=f"{_CAMERA}.mp4",
                width_px=self._writer.width,
                height_px=self._writer.height,
                frames=rows,
                codec=CODEC,
                renderer="unknown",
            )
        ]

    def _picture(self, value: Any, number: int) -> None:
        """Encode the picture before this one: the last of all has no row."""
        if value is None:
            if self._held is not None:
                raise EpisodeRefusedError(RefusalReason.TRUNCATED, f"frame {number} has no picture, others have")
            return
        if number and self._held is None:
            raise EpisodeRefusedError(RefusalReason.TRUNCATED, f"frame {number - 1} has no picture, others have")
        picture = _pixels(value, number)
        if self._held is not None:
            self._encode(self._held, picture.shape, number)
        self._held = picture

    def _encode(self, picture: NDArray[np.uint8], shape: tuple[int, ...], number: int) -> None:
        if picture.shape != shape:
            raise EpisodeRefusedError(RefusalReason.WRONG_COUNT, f"picture {number} is of another size")
        if self._writer is None:
            self._writer = VideoWriter(self._out / f"{_CAMERA}.mp4", shape[1], shape[0], _rate(self.times))
        if int(picture.max()) < 12:
            raise EpisodeRefusedError(RefusalReason.BLACK_PICTURES, f"picture {number - 1} is black")
        self._writer.add(picture)
        self.report.brightness.append(float(picture.mean()))
        self.report.height_px, self.report.width_px = picture.shape[:2]


def _rate(times: list[float]) -> int:
    """Frames per second, from the first two: the video is encoded before the others are read."""
    step = times[1] - times[0]
    if not 1e-3 <= step <= 1.0:
        raise EpisodeRefusedError(RefusalReason.INVALID_DATA, f"the first two frames are {step:.4f} s apart")
    return round(1 / step)


def _pixels(value: Any, number: int) -> NDArray[np.uint8]:
    try:
        picture = np.array(value, np.float64)
    except (TypeError, ValueError) as error:
        raise EpisodeRefusedError(RefusalReason.INVALID_DOCUMENT, f"picture {number} is not rectangular") from error
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.shape[0] % 2 or picture.shape[1] % 2 or not picture.size:
        raise EpisodeRefusedError(RefusalReason.INVALID_DOCUMENT, f"picture {number} has shape {picture.shape}")
    if picture.min() < 0 or picture.max() > 255 or (picture != np.rint(picture)).any():
        raise EpisodeRefusedError(RefusalReason.INVALID_DOCUMENT, f"picture {number} has levels outside 0 to 255")
    return picture.astype(np.uint8)
