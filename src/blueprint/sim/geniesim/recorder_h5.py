"""The two HDF5 files of a raw episode: all frames as columns, appended to as they come, and one group per frame."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.geniesim.raw_episode import RobotJoints, column_index, gripper_action, gripper_state

__all__ = ["JointColumns", "write_frame_groups"]

_FLUSH_ROWS = 64
_SIDES = ["left", "right"]
_EMPTY = {
    "joint": ("current_value",),
    "end": ("velocity", "angular", "wrench"),
    "effector": ("position",),
}


class JointColumns:
    """`aligned_joints_all.h5`: rows are kept in memory 64 at a time, and can be taken back.

    `command_names` are the joints of which `action/joint` holds commands; the others' columns hold the measured state,
    because a passive joint is told nothing. `action/end` is a copy of `state/end`, as in AgiBot's recordings.
    """

    def __init__(self, path: Path, joints: RobotJoints, robot_name: str) -> None:
        self._file = h5py.File(path, "w")
        self._joints = joints
        self._robot_name = robot_name
        self._pending: list[dict[str, Any]] = []
        self._commanded: NDArray[np.bool_] | None = None
        self.rows = 0

    def append(self, row: dict[str, Any], commanded: NDArray[np.bool_]) -> None:
        """Add a frame: dataset name (without `state/` or `action/` where both have it) → value; see `_DATASETS`."""
        if self._commanded is None:
            self._commanded = commanded
            self._create(row)
        else:
            self._commanded = self._commanded & commanded
        self._pending.append(row)
        self.rows += 1
        if len(self._pending) == _FLUSH_ROWS:
            self._flush()

    def truncate(self, rows: int) -> None:
        """Keep the first `rows` frames."""
        self._flush()
        self.rows = rows
        self._each(lambda dataset, _: dataset.resize(rows, axis=0))

    def close(self) -> None:
        self._flush()
        if self._commanded is not None:
            names = [name for name, on in zip(self._joints.state_order, self._commanded, strict=True) if on]
            self._file["action/joint"].attrs["commanded"] = names
        self._file.close()

    def abandon(self) -> None:
        """Close the file as it is: what could not be written may not be written now either."""
        self._pending.clear()
        with suppress(OSError, RuntimeError, ValueError):
            self._file.close()

    def _create(self, row: dict[str, Any]) -> None:
        for name, value in row.items():
            shape = np.shape(value)
            for place in _places(name):
                self._file.create_dataset(
                    place, (0, *shape), maxshape=(None, *shape), chunks=(_FLUSH_ROWS, *shape), dtype="float32"
                )
        for side in ("state", "action"):
            for group, names in _EMPTY.items():
                for name in names:
                    self._file.create_dataset(f"{side}/{group}/{name}", data=np.empty(0, np.float32))
            self._file[f"{side}/joint"].attrs["name"] = list(self._joints.state_order)
            self._file[f"{side}/end"].attrs["name"] = _SIDES
            self._file[f"{side}/effector"].attrs["name"] = _SIDES
            self._file[f"{side}/effector"].attrs["category"] = ["continuous"]
            self._file[f"{side}/robot"].attrs["name"] = [self._robot_name]

    def _flush(self) -> None:
        if not self._pending:
            return
        pending, self._pending = self._pending, []
        first = self.rows - len(pending)

        def write(dataset: h5py.Dataset, name: str) -> None:
            dataset.resize(self.rows, axis=0)
            dataset[first:] = np.array([row[name] for row in pending], np.float32)

        self._names = tuple(pending[0])
        self._each(write)

    def _each(self, do: Any) -> None:
        for name in getattr(self, "_names", ()):
            for place in _places(name):
                do(self._file[place], name)


def _places(name: str) -> tuple[str, ...]:
    """Return where a column stands: `timestamp`, one side's own, or both sides'."""
    if name == "timestamp" or name.startswith(("state/", "action/")):
        return (name,)
    return f"state/{name}", f"action/{name}"


def write_frame_groups(columns: Path, path: Path, joints: RobotJoints, start_ns: int) -> None:
    """Write `aligned_joints.h5` from `aligned_joints_all.h5`: per frame what robot software calls action and state.

    The gripper's action is that of its commanded angle, its state that of the measured one.
    """
    order = joints.state_order
    parts = {
        name: column_index(order, wanted, "the recording")
        for name, wanted in (("head", joints.head), ("joint", joints.arms), ("waist", joints.waist))
    }
    names = {"head": joints.head, "joint": joints.arms, "waist": joints.waist}
    grippers = {"left_effector": joints.left_effector, "right_effector": joints.right_effector}
    with h5py.File(columns, "r") as source, h5py.File(path, "w") as target:
        read = {place: source[place][:] for place in _READ}
        for frame in range(len(read["timestamp"])):
            group = target.create_group(str(frame))
            stamp = np.uint64(start_ns + round(float(read["timestamp"][frame]) * 1e6) * 1000)
            group["main_timestamp"] = stamp
            action, state = group.create_group("action"), group.create_group("state")
            for side, node in (("action", action), ("state", state)):
                end = node.create_group("end")
                end["orientation"] = read["state/end/orientation"][frame]
                end["position"] = read["state/end/position"][frame]
                for name, index in parts.items():
                    part = node.create_group(name)
                    part.attrs["name"] = list(names[name])
                    part["position"] = read[f"{side}/joint/position"][frame, index]
                    if side == "state":
                        part["effort"] = read["state/joint/effort"][frame, index]
                        part["velocity"] = read["state/joint/velocity"][frame, index]
                        part["mode"] = np.zeros(len(index))
                for name, joint in grippers.items():
                    angle = read[f"{side}/joint/position"][frame, order.index(joint)]
                    convert = gripper_action if side == "action" else gripper_state
                    node.create_group(name)["position"] = np.atleast_1d(convert(float(angle)))
            action.create_group("robot")["velocity"] = [0.0, 0.0]
            _end_state(state["end"], read, frame)
            robot = state.create_group("robot")
            robot["orientation"] = read["state/robot/orientation"][frame]
            robot["position"] = read["state/robot/position"][frame]
            cameras = group.create_group("timestamp/camera")
            for camera in _STAMPED:
                cameras[camera] = stamp


_READ = (
    "timestamp",
    "action/joint/position",
    "state/joint/position",
    "state/joint/effort",
    "state/joint/velocity",
    "state/end/orientation",
    "state/end/position",
    "state/end/arm_orientation",
    "state/end/arm_position",
    "state/robot/orientation",
    "state/robot/position",
)
_STAMPED = (
    "hand_left_color",
    "hand_right_color",
    "head_color",
    "head_depth",
    "head_stereo_left",
    "head_stereo_right",
)


def _end_state(end: h5py.Group, read: dict[str, NDArray], frame: int) -> None:
    position, orientation = read["state/end/arm_position"][frame], read["state/end/arm_orientation"][frame]
    end["arm_orientation"] = orientation
    end["arm_position"] = position
    end["pose"] = np.concatenate([position[0], orientation[0], position[1], orientation[1]])
    end["mode"] = np.array([5], np.int32)
    end["errcode"] = np.zeros(1, np.int32)
    end["errmsg"] = np.empty(0)
    for name in ("velocity", "wrench"):
        end[name] = np.zeros((12, 1), np.float32)
        end[name].attrs["recorded"] = False  # as in AgiBot's recordings, where these are zeros too
