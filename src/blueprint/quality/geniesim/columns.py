"""Reading `aligned_joints_all.h5` as hostile input: known names, no links, sizes checked before a value is read."""

from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.geniesim.import_bundle import RefusalReason
from blueprint.contracts.geniesim.raw_episode import ALIGNED_ALL, ALIGNED_FRAMES, RobotJoints
from blueprint.quality.geniesim.folder import MAX_FRAMES, episode_file
from blueprint.quality.geniesim.refusal import EpisodeRefusedError

__all__ = ["Columns", "count_frame_groups", "read_columns"]

_MAX_FILE_BYTES = 2 << 30
_MAX_CHUNK_BYTES = 64 << 20
_MAX_JOINTS = 128
_MAX_NAME = 200
_BUILT_IN = (None, "gzip", "lzf", "szip")
_PINS = 4  # joints that the G1's recorder names but has no values of; they are its last


@dataclass(frozen=True)
class Columns:
    """T frames; joint arrays (T, J) float64 with `names`; poses of both arm end links, left then right.

    time: s (T,) · position, velocity, effort, command: rad or m, per s, N·m or N · end_*: (T, 2, 3) m and (T, 2, 4)
    quaternions x,y,z,w, `end` in the robot's base frame, `end_arm` in the arms' · action_end_*: as recorded ·
    robot_*: (T, 3) and (T, 4) x,y,z,w in the world · commanded: names that the recorder vouches for as commands.
    """

    time: NDArray[np.float64]
    names: tuple[str, ...]
    position: NDArray[np.float64]
    velocity: NDArray[np.float64]
    effort: NDArray[np.float64]
    command: NDArray[np.float64]
    end_position: NDArray[np.float64]
    end_orientation: NDArray[np.float64]
    end_arm_position: NDArray[np.float64]
    end_arm_orientation: NDArray[np.float64]
    action_end_position: NDArray[np.float64]
    action_end_orientation: NDArray[np.float64]
    robot_position: NDArray[np.float64]
    robot_orientation: NDArray[np.float64]
    commanded: tuple[str, ...]

    @property
    def frames(self) -> int:
        return len(self.time)

    def joint(self, names: tuple[str, ...]) -> list[int]:
        return [self.names.index(name) for name in names]


def read_columns(folder: Path, joints: RobotJoints) -> Columns:
    """Read the joints and poses of an episode; refuses it where the file is not what a recorder writes."""
    path = _bounded(folder, ALIGNED_ALL)
    try:
        with h5py.File(path, "r") as file:
            return _read(file, joints)
    except (OSError, KeyError, RuntimeError, ValueError, TypeError, MemoryError, AttributeError) as error:
        raise EpisodeRefusedError(RefusalReason.UNREADABLE, f"{ALIGNED_ALL}: {_said(error)}") from error


def count_frame_groups(folder: Path) -> int:
    """Return how many frames `aligned_joints.h5` has; refuses an episode whose groups are not "0", "1", …"""
    path = _bounded(folder, ALIGNED_FRAMES)
    try:
        with h5py.File(path, "r") as file:
            if len(file) > MAX_FRAMES:
                raise EpisodeRefusedError(RefusalReason.TOO_LARGE, f"{ALIGNED_FRAMES} has {len(file)} frames")
            names = set(file)
    except (OSError, KeyError, RuntimeError, ValueError) as error:
        raise EpisodeRefusedError(RefusalReason.UNREADABLE, f"{ALIGNED_FRAMES}: {_said(error)}") from error
    if names != {str(number) for number in range(len(names))}:
        raise EpisodeRefusedError(RefusalReason.WRONG_COUNT, f"{ALIGNED_FRAMES}: frames are missing in between")
    return len(names)


def _bounded(folder: Path, name: str) -> Path:
    path = episode_file(folder, name, RefusalReason.TRUNCATED)
    if path.stat().st_size > _MAX_FILE_BYTES:
        raise EpisodeRefusedError(RefusalReason.TOO_LARGE, f"{name} is larger than {_MAX_FILE_BYTES} bytes")
    return path


def _read(file: h5py.File, joints: RobotJoints) -> Columns:
    time = _array(file, "timestamp", (None,))
    frames = len(time)
    if frames == 0:
        raise EpisodeRefusedError(RefusalReason.TRUNCATED, f"{ALIGNED_ALL} holds no frame")
    names = _names(file, joints)
    position = _array(file, "state/joint/position", (frames, None))
    width = position.shape[1]
    if width == len(names) - _PINS and joints.robot_type == "A2D":
        names = names[:width]
    if width != len(names):
        raise EpisodeRefusedError(
            RefusalReason.WRONG_COUNT, f"{ALIGNED_ALL}: {width} columns of joints for {len(names)} names"
        )
    commanded = _group(file, "action/joint").attrs.get("commanded", [])
    return Columns(
        time=time,
        names=names,
        position=position,
        velocity=_array(file, "state/joint/velocity", (frames, width)),
        effort=_array(file, "state/joint/effort", (frames, width)),
        command=_array(file, "action/joint/position", (frames, width)),
        end_position=_array(file, "state/end/position", (frames, 2, 3)),
        end_orientation=_array(file, "state/end/orientation", (frames, 2, 4)),
        end_arm_position=_array(file, "state/end/arm_position", (frames, 2, 3)),
        end_arm_orientation=_array(file, "state/end/arm_orientation", (frames, 2, 4)),
        action_end_position=_array(file, "action/end/position", (frames, 2, 3)),
        action_end_orientation=_array(file, "action/end/orientation", (frames, 2, 4)),
        robot_position=_array(file, "state/robot/position", (frames, 3)),
        robot_orientation=_array(file, "state/robot/orientation", (frames, 4)),
        commanded=tuple(name for name in names if name in {_text(item) for item in commanded}),
    )


def _names(file: h5py.File, joints: RobotJoints) -> tuple[str, ...]:
    """Return the columns' joints from the attribute: their order differs between the G2 and the G1."""
    stored = _group(file, "state/joint").attrs.get("name")
    if stored is None or len(stored) > _MAX_JOINTS:
        raise EpisodeRefusedError(
            RefusalReason.INVALID_DOCUMENT, f"{ALIGNED_ALL}: state/joint does not name its joints"
        )
    names = tuple(_text(item) for item in stored)
    wanted = {*joints.arms, *joints.head, *joints.waist, joints.left_effector, joints.right_effector}
    missing = sorted(wanted - set(names))
    if missing or len(set(names)) != len(names):
        raise EpisodeRefusedError(
            RefusalReason.UNKNOWN_ROBOT,
            f"{ALIGNED_ALL}: joints are missing or twice: {', '.join(missing[:3]) or names}",
        )
    return names


def _group(file: h5py.File, name: str) -> h5py.Group:
    node = file
    for part in name.split("/"):
        link = node.get(part, getlink=True)
        if not isinstance(link, h5py.HardLink):
            raise EpisodeRefusedError(RefusalReason.UNSAFE_FILE, f"{ALIGNED_ALL}: {name} is missing or a link")
        node = node[part]
    return node


def _array(file: h5py.File, name: str, shape: tuple[int | None, ...]) -> NDArray[np.float64]:
    """Return a dataset as float64; its shape, type and storage are judged before a value is read."""
    data = _group(file, name)
    if not isinstance(data, h5py.Dataset) or data.external or data.is_virtual or data.compression not in _BUILT_IN:
        raise EpisodeRefusedError(RefusalReason.UNSAFE_FILE, f"{ALIGNED_ALL}: {name} is not a plain dataset")
    if data.dtype.kind not in "fiu" or len(data.shape) != len(shape):
        raise EpisodeRefusedError(RefusalReason.INVALID_DOCUMENT, f"{ALIGNED_ALL}: {name} is {data.dtype}{data.shape}")
    limits = [MAX_FRAMES, _MAX_JOINTS, 4]
    if any(size > limit for size, limit in zip(data.shape, limits, strict=False)):
        raise EpisodeRefusedError(RefusalReason.TOO_LARGE, f"{ALIGNED_ALL}: {name} has shape {data.shape}")
    if data.chunks and int(np.prod(data.chunks, dtype=np.float64)) * data.dtype.itemsize > _MAX_CHUNK_BYTES:
        raise EpisodeRefusedError(RefusalReason.TOO_LARGE, f"{ALIGNED_ALL}: {name} has chunks of {data.chunks}")
    if any(want is not None and have != want for have, want in zip(data.shape, shape, strict=True)):
        raise EpisodeRefusedError(
            RefusalReason.WRONG_COUNT, f"{ALIGNED_ALL}: {name} has shape {data.shape}, expected {shape}"
        )
    return np.asarray(data[()], np.float64)


def _text(value: object) -> str:
    return (value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value))[:_MAX_NAME]


def _said(error: BaseException) -> str:
    """The first line without this machine's paths."""
    lines = str(error).splitlines() or [type(error).__name__]
    return lines[0].split("name = ")[0][:200]
