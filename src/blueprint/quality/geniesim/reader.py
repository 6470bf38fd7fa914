"""Reading a raw episode: its documents, its columns and its states agree with each other, or it is refused."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.errors import ContractError, InputError
from blueprint.contracts.frames import Pose
from blueprint.contracts.geniesim.import_bundle import RefusalReason
from blueprint.contracts.geniesim.raw_episode import (
    ALIGNED_FRAMES,
    DATA_INFO,
    META_INFO,
    OURS,
    RECORDING_INFO,
    STATE,
    TASK_RESULT,
    RobotJoints,
    robot_joints,
    sensor_name,
)
from blueprint.contracts.manifest_stream import iter_list
from blueprint.quality.geniesim.columns import Columns, count_frame_groups, read_columns
from blueprint.quality.geniesim.folder import MAX_FRAMES, episode_file, inspect_folder, read_json
from blueprint.quality.geniesim.refusal import EpisodeRefusedError

__all__ = ["ActionSegment", "RawEpisode", "iter_object_poses", "read_extrinsics", "read_raw_episode"]

_MAX_STATE_BYTES = 4 << 30
_MAX_FRAME_BYTES = 4 << 20
_CAMERAS = ("head", "hand_left", "hand_right")
_MIN_FRAMES = 10
_MAX_NOTES = 100


@dataclass(frozen=True)
class ActionSegment:
    """Frames `start` to `end` (exclusive) of one skill, with the words for it."""

    start: int
    end: int
    skill: str
    text: str


@dataclass(frozen=True)
class RawEpisode:
    """A recording whose files fit together; `cuts` are the spans (s) that playback took out.

    `success` is what the recorder says. `ours` tells the recordings of our own server, whose actions are commands;
    `notes` is what it says that it interpreted or left out.
    """

    folder: Path
    joints: RobotJoints
    fps: int
    task: str
    instruction: str
    success: bool
    ours: bool
    columns: Columns
    segments: tuple[ActionSegment, ...]
    cuts: tuple[tuple[float, float], ...]
    cameras: tuple[str, ...]
    recorder: str
    notes: tuple[str, ...] = ()

    @property
    def frames(self) -> int:
        return self.columns.frames


def read_raw_episode(folder: Path) -> RawEpisode:
    """Read and cross-check an episode; pictures are only counted. Raises EpisodeRefusedError with the reason."""
    inspect_folder(folder)
    result = read_json(folder, TASK_RESULT, RefusalReason.TRUNCATED)
    if result.get("task_status") is not True:
        said = f"task_status is {str(result.get('task_status'))[:40]}, metric_status {result.get('metric_status')!r}"
        raise EpisodeRefusedError(RefusalReason.TASK_FAILED, said)
    meta = read_json(folder, META_INFO, RefusalReason.TRUNCATED)
    info = read_json(folder, DATA_INFO, RefusalReason.TRUNCATED)
    recording = read_json(folder, RECORDING_INFO)
    try:
        joints = robot_joints(str(meta.get("robot_type")))
    except InputError as error:
        raise EpisodeRefusedError(RefusalReason.UNKNOWN_ROBOT, str(error.args[0])) from error
    columns = read_columns(folder, joints)
    fps = result.get("fps")
    if type(fps) is not int or not 1 <= fps <= 1000:
        raise EpisodeRefusedError(RefusalReason.INVALID_DOCUMENT, f"{TASK_RESULT}: fps is {str(fps)[:40]}")
    cameras = _cameras(folder, columns.frames, recording)
    groups = count_frame_groups(folder)
    states = _state_times(folder, fps)
    _same_counts(columns, {ALIGNED_FRAMES: groups, STATE: len(states)})
    late = float(np.abs(states - columns.time).max())
    if late > 0.5 / fps:
        raise EpisodeRefusedError(RefusalReason.WRONG_COUNT, f"{STATE} and the joints are {late:.3f} s apart in time")
    words = info.get("english_task_name") or info.get("task_name")
    return RawEpisode(
        folder=folder,
        joints=joints,
        fps=fps,
        task=str(result.get("task_name") or folder.name).strip("[]")[:200],
        instruction=_words(words) or _words(result.get("task_name")) or folder.name,
        success=True,
        ours=isinstance(meta.get(OURS), dict),
        columns=columns,
        segments=_segments(info, columns.frames),
        cuts=_cuts(recording),
        cameras=cameras,
        recorder=str(meta.get("sw_version", ""))[:80],
        notes=_notes(meta.get(OURS)),
    )


def _notes(ours: Any) -> tuple[str, ...]:
    notes = ours.get("notes") if isinstance(ours, dict) else None
    return tuple(str(note)[:300] for note in notes[:_MAX_NOTES]) if isinstance(notes, list) else ()


def iter_object_poses(folder: Path) -> Iterator[tuple[dict[str, Pose], dict[str, Pose]]]:
    """Yield per frame the objects' poses in the world by name, and those of the gripper centres "left" and "right".

    "gripper" is that of the arm which the frame's state names.
    """
    for frame in _frames(folder, {}):
        objects = {str(name)[:200]: _pose(value) for name, value in _mapping(frame, "objects").items()}
        grippers = {side: _pose(value) for side, value in _mapping(frame, "ee_center").items()}
        state = frame.get("frame_state")
        arm = state.get("arm") if isinstance(state, dict) else None
        if isinstance(arm, str) and arm in grippers:
            grippers["gripper"] = grippers[arm]
        yield objects, grippers


def read_extrinsics(folder: Path, camera: str, frames: int) -> NDArray[np.float64]:
    """Return a camera's pose in the robot's base frame, (T, 12): rotation row by row, then translation (m)."""
    name = f"parameters/sensor/extrinsic_end_T_{sensor_name(camera)}_aligned.json"
    path = episode_file(folder, name, RefusalReason.TRUNCATED)
    rows = []
    try:
        for entry in _list_of(path):
            extrinsic = entry["extrinsic"]
            rows.append([*np.ravel(extrinsic["rotation_matrix"]), *np.ravel(extrinsic["translation_vector"])])
        values = np.array(rows, np.float64).reshape(-1, 12)
    except (KeyError, TypeError, ValueError) as error:
        raise EpisodeRefusedError(RefusalReason.INVALID_DOCUMENT, f"{name}: {error}") from error
    if len(values) != frames:
        raise EpisodeRefusedError(RefusalReason.WRONG_COUNT, f"{name} has {len(values)} poses for {frames} frames")
    if not np.isfinite(values).all():
        raise EpisodeRefusedError(RefusalReason.NOT_FINITE, name)
    if not _rigid(values[:, :9].reshape(-1, 3, 3)):
        raise EpisodeRefusedError(RefusalReason.INVALID_DATA, f"{name}: a rotation_matrix is no rotation")
    return values


def _list_of(path: Path) -> Sequence[Any]:
    from pydantic_core import from_json

    if path.stat().st_size > 2048 * MAX_FRAMES:
        raise EpisodeRefusedError(RefusalReason.TOO_LARGE, path.name)
    value = from_json(path.read_bytes(), allow_inf_nan=False)
    if not isinstance(value, list):
        raise ValueError("not a list")
    return value


def _cameras(folder: Path, frames: int, recording: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the cameras of the dataset that were recorded; refuses gaps, other folders, and pictures that are gone."""
    root = folder / "camera"
    names = {path.name for path in root.iterdir()} if root.is_dir() else set()
    if names != {str(number) for number in range(len(names))} or len(names) != frames:
        leftover = sorted(path.name for path in folder.glob("camera_*"))
        reason = RefusalReason.TRUNCATED if leftover or len(names) < frames else RefusalReason.WRONG_COUNT
        raise EpisodeRefusedError(reason, f"{len(names)} folders of pictures for {frames} frames {leftover[:2] or ''}")
    first = {path.name for path in (root / "0").iterdir()}
    told = recording.get("camera_info")
    cameras = tuple(name for name in _CAMERAS if isinstance(told, dict) and name in told)
    missing = [name for name in cameras if f"{name}_color.jpg" not in first]
    if missing or not cameras:
        raise EpisodeRefusedError(RefusalReason.TRUNCATED, f"no pictures of camera {', '.join(missing) or 'any'}")
    return cameras


def _state_times(folder: Path, fps: int) -> NDArray[np.float64]:
    head: dict[str, Any] = {}
    times = []
    for frame in _frames(folder, head):
        stamp = frame.get("time_stamp")
        if isinstance(stamp, bool) or not isinstance(stamp, int | float) or not math.isfinite(stamp):
            raise EpisodeRefusedError(RefusalReason.INVALID_DOCUMENT, f"{STATE}: a frame has no time_stamp")
        times.append(float(stamp))
    if head.get("schema") != "v6":
        raise EpisodeRefusedError(
            RefusalReason.INVALID_DOCUMENT, f"{STATE}: schema {str(head.get('schema'))[:20]!r}, expected 'v6'"
        )
    if head.get("fps") not in (None, fps):
        raise EpisodeRefusedError(RefusalReason.INVALID_DOCUMENT, f"{STATE} and {TASK_RESULT} differ in fps")
    return np.array(times)


def _frames(folder: Path, head: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the frames of state.json one by one: a real episode's is tens of megabytes."""
    path = episode_file(folder, STATE, RefusalReason.TRUNCATED)
    try:
        for frame in iter_list(
            path,
            "frames",
            head,
            max_items=MAX_FRAMES,
            max_item_bytes=_MAX_FRAME_BYTES,
            max_bytes=_MAX_STATE_BYTES,
        ):
            if not isinstance(frame, dict):
                raise EpisodeRefusedError(RefusalReason.INVALID_DOCUMENT, f"{STATE}: a frame is no object")
            yield frame
    except ContractError as error:
        text = str(error.args[0]).replace(f"{path}: ", "").replace(str(path), STATE)
        raise EpisodeRefusedError(RefusalReason.INVALID_DOCUMENT, f"{STATE}: {text}") from error


def _same_counts(columns: Columns, counts: Mapping[str, int]) -> None:
    for name, count in counts.items():
        if count != columns.frames:
            reason = RefusalReason.TRUNCATED if count < columns.frames else RefusalReason.WRONG_COUNT
            raise EpisodeRefusedError(reason, f"{name} has {count} frames, the joints have {columns.frames}")
    if columns.frames < _MIN_FRAMES:
        raise EpisodeRefusedError(RefusalReason.TOO_SHORT, f"{columns.frames} frames")


def _segments(info: Mapping[str, Any], frames: int) -> tuple[ActionSegment, ...]:
    """Return the labelled actions in order, without overlap; a label outside of the episode refuses it."""
    label = info.get("label_info")
    entries = label.get("action_config", []) if isinstance(label, dict) else []
    if not isinstance(entries, list) or len(entries) > 1000:
        raise EpisodeRefusedError(RefusalReason.INVALID_DOCUMENT, f"{DATA_INFO}: action_config is no short list")
    segments: list[ActionSegment] = []
    for entry in entries:
        low, high = (entry.get("start_frame"), entry.get("end_frame")) if isinstance(entry, dict) else (None, None)
        if not isinstance(low, int) or not isinstance(high, int):
            raise EpisodeRefusedError(RefusalReason.INVALID_DOCUMENT, f"{DATA_INFO}: an action has no frames")
        if not 0 <= low < frames:
            raise EpisodeRefusedError(RefusalReason.TRUNCATED, f"{DATA_INFO}: an action starts at frame {low}")
        start, end = max(low, segments[-1].end if segments else 0), min(high + 1, frames)
        if end > start:
            text = _words(entry.get("english_action_text")) or _words(entry.get("action_text"))
            segments.append(ActionSegment(start, end, _words(entry.get("skill")) or "action", text))
    return tuple(segments)


def _cuts(recording: Mapping[str, Any]) -> tuple[tuple[float, float], ...]:
    spans = recording.get("playback_timerange") or []
    try:
        cuts = tuple((float(low), float(high)) for low, high in spans)
    except (TypeError, ValueError) as error:
        raise EpisodeRefusedError(RefusalReason.INVALID_DOCUMENT, f"{RECORDING_INFO}: playback_timerange") from error
    return cuts


def _mapping(frame: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = frame.get(name, {})
    if not isinstance(value, dict):
        raise EpisodeRefusedError(RefusalReason.INVALID_DOCUMENT, f"{STATE}: {name} is no object")
    return value


def _pose(value: Any) -> Pose:
    """Return a 4×4 matrix as a pose; refuses what is no rigid transform."""
    try:
        matrix = np.array(value["pose"], np.float64).reshape(4, 4)
    except (KeyError, TypeError, ValueError) as error:
        raise EpisodeRefusedError(RefusalReason.INVALID_DOCUMENT, f"{STATE}: a pose is no 4×4 matrix") from error
    if not np.isfinite(matrix).all() or not _rigid(matrix[None, :3, :3]):
        raise EpisodeRefusedError(RefusalReason.INVALID_DATA, f"{STATE}: a pose is no rigid transform")
    return Pose.from_matrix(matrix)


def _rigid(rotations: NDArray[np.float64]) -> bool:
    """Say whether matrices (N, 3, 3) are rotations, to 1 %."""
    with np.errstate(over="ignore", invalid="ignore"):
        error = np.abs(rotations @ rotations.transpose(0, 2, 1) - np.eye(3)).max()
        return bool(error < 1e-2) and bool((np.linalg.det(rotations) > 0).all())


def _words(value: Any) -> str:
    """One line of text, at most 300 characters."""
    return " ".join(value.split())[:300] if isinstance(value, str) else ""
