"""Recordings of people: actions at a rate, in the order of their names, from npz, HDF5 or a LeRobot dataset."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from blueprint.contracts.errors import ContractError, InputError
from blueprint.contracts.frames import Pose
from blueprint.contracts.task import TaskSpec
from blueprint.motion import MotionContext, Skill
from blueprint.motion.ik import kinematics_of
from blueprint.motion.route import Route
from blueprint.motion.trajectory import CONTROL_RATE_HZ
from blueprint.robots.embodiment import Embodiment
from blueprint.storage.npz import SMALL_BYTES, load_npz

__all__ = ["Recording", "executed", "read_recording"]

MAX_BYTES = 256 << 20
MAX_TICKS = 20_000
OVER_LIMIT = 0.02  # rad or m that a recording may exceed a limit by: encoders are not exact


@dataclass(frozen=True)
class Recording:
    """Actions (n, A) float32 at 20 Hz, as the embodiment orders them."""

    actions: NDArray[np.float32]


def read_recording(path: Path, episode: int, embodiment: Embodiment) -> Recording:
    """Read episode `episode` of a recording for a robot.

    `.npz`: arrays `action` (T, A) with `action_names`, or `ee_pose` (T, 7: x, y, z in m and quaternion w,x,y,z of the
    grasp frame in the robot's base) with `gripper` (T,) in m; `fps`. `.hdf5`: group `data/demo_N` with `actions_raw`
    or `actions`, and attributes `action_names` and `fps` on it or on `data`. A folder: a LeRobot v3.0 dataset. Other
    rates are brought to 20 Hz by linear interpolation. Raises InputError for a file of another kind, names that are
    not the robot's, values beyond its limits or that are not numbers, and for end-effector poses out of reach.
    """
    if path.is_dir():
        actions, names, rate = _from_lerobot(path, episode)
    elif path.suffix == ".npz":
        arrays = load_npz(path, MAX_BYTES)
        rate = float(np.asarray(arrays.get("fps", CONTROL_RATE_HZ)))
        if "ee_pose" in arrays:
            actions, names = _from_poses(arrays, embodiment, path), embodiment.action_names
        else:
            actions = arrays.get("action", np.zeros(0))
            names = [str(name) for name in arrays.get("action_names", np.zeros(0, "U1"))]
    elif path.suffix in (".hdf5", ".h5"):
        actions, names, rate = _from_hdf5(path, episode)
    else:
        raise InputError(f"{path} is no recording.", remedy="give an .npz, an .hdf5, or a LeRobot dataset's folder.")
    return Recording(_checked(actions, names, rate, embodiment, path))


class _Executed:
    """A recording as one skill: go to where it starts, then execute it."""

    name = "recorded"
    instruction = "as it was recorded"

    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    def plan(self, ctx: MotionContext) -> NDArray[np.float32]:
        """Return actions (n, A); raises PlanningError NO_PATH where its start cannot be reached."""
        route = Route(ctx)
        ctx.planning.sync(ctx.data)
        first = self._recording.actions[0].astype(np.float64)
        for arm in ctx.embodiment.arm_names:
            if len(ctx.embodiment.arms) > 1:
                route.use(arm)
            slots = ctx.embodiment.slots(arm)
            if abs(route.opening_m - first[slots.gripper]) > 1e-3:
                route.move_gripper(float(first[slots.gripper]), settle_ticks=0)
            route.move_free(first[slots.joints])
        route.append(self._recording.actions)
        return route.actions

    def verify(self, ctx: MotionContext) -> None:
        """Nothing of its own: the task is judged when it is done."""


def executed(recording: Recording) -> Callable[[TaskSpec], list[Skill]]:
    """Return what gives the skills of a step: the whole recording in the first step, nothing in the others."""
    waiting: list[Skill] = [_Executed(recording)]

    def skills_of(_step: TaskSpec) -> list[Skill]:
        return [waiting.pop()] if waiting else []

    return skills_of


def _checked(
    actions: NDArray, names: Sequence[str], rate: float, embodiment: Embodiment, path: Path
) -> NDArray[np.float32]:
    wanted = embodiment.action_names
    if sorted(names) != sorted(wanted):
        raise InputError(
            f"{path.name}: actions {list(names)} are not those of {embodiment.name}: {wanted}.",
            remedy="name them as the robot does, or choose the robot with --robot.",
        )
    if not np.issubdtype(actions.dtype, np.number):
        raise InputError(f"{path.name}: actions are {actions.dtype}, not numbers.", remedy="write float32.")
    if actions.ndim != 2 or actions.shape[1] != len(wanted) or not 1 <= len(actions) <= MAX_TICKS:
        raise InputError(f"{path.name}: actions have shape {actions.shape}, expected (n, {len(wanted)}).")
    if not np.isfinite(actions).all() or not 1 <= rate <= 1000:
        raise InputError(f"{path.name}: an action is not a number, or the rate {rate} is none.", remedy="repair it.")
    ordered = np.asarray(actions, np.float64)[:, [list(names).index(name) for name in wanted]]
    for column, channel in enumerate(embodiment.channels):
        low, high = ordered[:, column].min(), ordered[:, column].max()
        if low < channel.lower - OVER_LIMIT or high > channel.upper + OVER_LIMIT:
            raise InputError(
                f"{path.name}: {channel.name} goes from {low:.3f} to {high:.3f} {channel.unit}, its limits are "
                f"{channel.lower} and {channel.upper}.",
                remedy="check the units: radians and metres, absolute.",
            )
    limits = np.array([(channel.lower, channel.upper) for channel in embodiment.channels]).T
    times = np.arange(len(ordered)) / rate
    ticks = np.arange(int(np.floor(times[-1] * CONTROL_RATE_HZ + 1e-9)) + 1) / CONTROL_RATE_HZ
    resampled = np.column_stack([np.interp(ticks, times, column) for column in ordered.T])
    return np.clip(resampled, *limits).astype(np.float32)


def _from_poses(arrays: dict[str, NDArray], embodiment: Embodiment, path: Path) -> NDArray[np.float64]:
    poses, grippers = arrays["ee_pose"], arrays.get("gripper", np.zeros(0))
    if len(embodiment.arms) > 1 or embodiment.base_joints:
        raise InputError(f"{path.name}: hand poses suffice for one arm on a fixed base only.", remedy="give `action`.")
    if poses.ndim != 2 or poses.shape[1] != 7 or grippers.shape != poses.shape[:1] or len(poses) > MAX_TICKS:
        raise InputError(f"{path.name}: ee_pose {poses.shape}, gripper {grippers.shape}; expected (T, 7) and (T,).")
    if not np.isfinite(poses).all() or (np.abs(np.linalg.norm(poses[:, 3:], axis=1) - 1) > 1e-2).any():
        raise InputError(f"{path.name}: a quaternion w,x,y,z has not the length 1.", remedy="normalise it.")
    kinematics = kinematics_of(embodiment.name, embodiment.arms[0].name)
    rng = np.random.default_rng(0)
    q = np.asarray(embodiment.home, np.float64)
    rows = []
    for tick, row in enumerate(poses):
        pose = Pose.of(row[:3], row[3:] / np.linalg.norm(row[3:])).matrix()
        found = kinematics.descend(pose, q)
        if found is None and tick == 0:
            found = next(iter(kinematics.solutions(pose, q, rng)), None)
        if found is None:
            raise InputError(f"{path.name}: the hand pose of tick {tick} is out of reach of {embodiment.name}.")
        q = found
        rows.append(np.append(q, grippers[tick]))
    return np.array(rows)


def _from_hdf5(path: Path, episode: int) -> tuple[NDArray, list[str], float]:
    if path.stat().st_size > MAX_BYTES:
        raise InputError(f"{path.name} has more than {MAX_BYTES} bytes.", remedy="split it.")
    try:
        with h5py.File(path, "r") as file:
            data = file["data"]
            demo = data[f"demo_{episode}"]
            actions = demo["actions_raw" if "actions_raw" in demo else "actions"]
            if actions.size * 8 > MAX_BYTES:
                raise InputError(f"{path.name}: demo_{episode} is too large.", remedy="split it.")
            told = {**dict(data.attrs), **dict(demo.attrs)}
            names = told.get("action_names", [])
            listed = json.loads(names) if isinstance(names, str) else [_text(name) for name in names]
            return np.asarray(actions), listed, float(told.get("fps", CONTROL_RATE_HZ))
    except (OSError, KeyError, AttributeError, TypeError, ValueError) as error:
        raise InputError(f"{path.name} has no readable data/demo_{episode}: {error}.", remedy="see docs.") from error


def _text(name: str | bytes) -> str:
    return name.decode() if isinstance(name, bytes) else str(name)


def _bounded(folder: Path, path: Path, most: int) -> Path:
    """Return a file of a dataset that lies in its folder and is not too large; raises InputError for any other."""
    if not path.resolve().is_relative_to(folder.resolve()):
        raise InputError(f"{path} is a link out of {folder}.", remedy="copy the dataset as a whole.")
    if path.stat().st_size > most:
        raise InputError(f"{path} has more than {most} bytes.", remedy="split it.")
    return path


def _from_lerobot(folder: Path, episode: int) -> tuple[NDArray, list[str], float]:
    try:
        info = json.loads(_bounded(folder, folder / "meta" / "info.json", SMALL_BYTES).read_text())
        names = info["features"]["action"]["names"]
        listed = names if isinstance(names, list) else next(iter(names.values()))
        files = sorted((folder / "data").glob("chunk-*/file-*.parquet"))
        for path in files:
            table = pq.read_table(_bounded(folder, path, MAX_BYTES), columns=["action", "episode_index"])
            rows = np.asarray(table["episode_index"]) == episode
            if rows.any():
                chosen = table.filter(pa.array(rows))["action"].to_pylist()
                return np.array(chosen, np.float64), [str(name) for name in listed], float(info["fps"])
    except (OSError, ValueError, KeyError, TypeError, StopIteration, pa.ArrowInvalid) as error:
        raise ContractError(f"{folder} is no LeRobot v3.0 dataset: {error}.", remedy="check the folder.") from error
    raise InputError(f"{folder} has no episode {episode}.", remedy="count from 0.")
