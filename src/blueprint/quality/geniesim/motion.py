"""Judging and repairing the joints of a raw episode: time, cuts, teleports, standstill, and actions that are none."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.geniesim.import_bundle import RefusalReason
from blueprint.contracts.geniesim.raw_episode import RobotJoints
from blueprint.quality.geniesim.columns import Columns
from blueprint.quality.geniesim.reader import RawEpisode
from blueprint.quality.geniesim.refusal import EpisodeRefusedError
from blueprint.robots.agibot import agibot_robots, load_agibot

__all__ = ["Motion", "judge_motion", "velocity_limits"]

_FAST = 1.5  # times a joint's velocity limit, which positions sampled at 30 Hz may show
_GAP = 1.5  # times 1/fps
_CUT_JUMP_RAD = 0.05  # the world is put back to its state at the cut, up to how it settles
_STANDSTILL_RAD = 0.01
_STALL_S = 1.0
_STALL_COMMAND_RAD = 0.1
_COPY = 1e-6
_ACTS_RAD = 0.05


@dataclass(frozen=True)
class Motion:
    """What is used of an episode: frames `first` to `last` (exclusive); row t's action leads from state t to t+1.

    command: (T, J) rad or m · end_position, end_orientation: the action's end poses, (T, 2, 3) and (T, 2, 4); all for
    all T frames of the episode. `notes` says what was done to them.
    """

    first: int
    last: int
    command: NDArray[np.float64]
    end_position: NDArray[np.float64]
    end_orientation: NDArray[np.float64]
    notes: tuple[str, ...]


def velocity_limits(joints: RobotJoints) -> dict[str, float]:
    """Return the speed limit (rad/s or m/s) of the arm, head and waist joints of a robot."""
    robot = next(robot for robot in map(load_agibot, agibot_robots()) if robot.robot_type == joints.robot_type)
    return {name: robot.joints[name].velocity for name in (*joints.arms, *joints.head, *joints.waist)}


def judge_motion(episode: RawEpisode) -> Motion:
    """Return the part of an episode that can be learned from; raises EpisodeRefusedError with the reason."""
    columns = episode.columns
    _finite(columns, episode.joints)
    notes: list[str] = []
    first = _segment_start(episode, notes)
    last = columns.frames
    if last - first < 10:
        raise EpisodeRefusedError(RefusalReason.TOO_SHORT, f"{last - first} frames after the last cut")
    _moves(episode, first)
    command = _commands(episode, notes)
    position, orientation = _end_action(columns, notes)
    _stalls(episode, command, first)
    return Motion(first, last, command, position, orientation, tuple(notes))


def _finite(columns: Columns, joints: RobotJoints) -> None:
    used = columns.joint((*joints.arms, *joints.head, *joints.waist, joints.left_effector, joints.right_effector))
    arrays = {
        "timestamp": columns.time,
        "state/joint/position": columns.position[:, used],
        "state/joint/velocity": columns.velocity[:, used],
        "state/joint/effort": columns.effort[:, used],
        "state/end": columns.end_position,
        "state/end orientation": columns.end_orientation,
        "state/end/arm_position": columns.end_arm_position,
        "state/end/arm_orientation": columns.end_arm_orientation,
        "state/robot": np.concatenate([columns.robot_position, columns.robot_orientation], axis=1),
    }
    bad = [name for name, array in arrays.items() if not np.isfinite(array).all()]
    partly = np.isnan(columns.command[:, used]).any(0) & ~np.isnan(columns.command[:, used]).all(0)
    if partly.any() or np.isinf(columns.command[:, used]).any():
        bad.append("action/joint/position")
    if bad:
        raise EpisodeRefusedError(RefusalReason.NOT_FINITE, ", ".join(bad))


def _segment_start(episode: RawEpisode, notes: list[str]) -> int:
    """Judge every step in time. A cut that the joints do not bridge starts the episode anew, any other jump refuses."""
    columns, joints, fps = episode.columns, episode.joints, episode.fps
    step = np.diff(columns.time)
    if (step <= 0).any():
        raise EpisodeRefusedError(RefusalReason.INVALID_DATA, f"time runs backwards at frame {int(step.argmin()) + 1}")
    if abs(float(np.median(step)) * fps - 1) > 0.1:
        raise EpisodeRefusedError(
            RefusalReason.INVALID_DATA, f"frames are {float(np.median(step)):.4f} s apart, not 1/{fps} s"
        )
    limits = velocity_limits(joints)
    names = (*joints.arms, *joints.head, *joints.waist)
    bounds = np.array([limits[name] for name in names])
    jump = np.abs(np.diff(columns.position[:, columns.joint(names)], axis=0))
    first = 0
    for index in np.flatnonzero(step > _GAP / fps):
        start, end = columns.time[index], columns.time[index + 1]
        if not any(low <= end and high >= start for low, high in episode.cuts):
            raise EpisodeRefusedError(
                RefusalReason.DROPPED_FRAMES, f"{round(step[index] * fps) - 1} frames are missing at {start:.3f} s"
            )
        allowed = np.maximum(_CUT_JUMP_RAD, _FAST * bounds / fps)
        if (jump[index] <= allowed).all():
            notes.append(f"{end - start:.3f} s cut by playback before frame {index + 1}; the joints go on")
        else:
            first = int(index) + 1
            notes.append(f"{end - start:.3f} s cut by playback; the joints jump there: frames before {first} left out")
    speed = jump / step[:, None]
    regular = step <= _GAP / fps
    too_fast = (speed > _FAST * bounds) & regular[:, None]
    too_fast[:first] = False
    if too_fast.any():
        frame, joint = np.unravel_index(int((np.where(too_fast, speed / bounds, 0)).argmax()), speed.shape)
        raise EpisodeRefusedError(
            RefusalReason.TELEPORTING,
            f"{names[joint]} moves at {speed[frame, joint]:.2f}/s at frame {frame + 1}, its limit is {bounds[joint]}",
        )
    return first


def _moves(episode: RawEpisode, first: int) -> None:
    columns, joints = episode.columns, episode.joints
    used = columns.joint((*joints.arms, *joints.waist, joints.left_effector, joints.right_effector))
    travel = float(np.ptp(columns.position[first:, used], axis=0).max())
    if travel < _STANDSTILL_RAD:
        raise EpisodeRefusedError(RefusalReason.FROZEN_JOINTS, f"no joint moves by more than {travel:.4f} rad")


def _commands(episode: RawEpisode, notes: list[str]) -> NDArray[np.float64]:
    """Return commands per joint; a column that only repeats the state, or stands still while it moves, is rebuilt.

    What takes its place is the next state: the position that the joint had at the end of the tick.
    """
    columns, joints = episode.columns, episode.joints
    following = _next(columns.position)
    command = columns.command.copy()
    rebuilt: list[str] = []
    for name in (*joints.arms, *joints.head, *joints.waist, joints.left_effector, joints.right_effector):
        column = columns.names.index(name)
        state, told = columns.position[:, column], command[:, column]
        moves = float(np.ptp(state)) > _ACTS_RAD
        empty = bool(np.isnan(told).all())
        if name in columns.commanded and not empty:
            continue
        if empty or float(np.abs(told - state).max()) < _COPY or (moves and float(np.ptp(told)) < _COPY):
            command[:, column] = following[:, column]
            if moves or empty:
                rebuilt.append(name)
    if rebuilt:
        notes.append(f"no commands recorded for {', '.join(rebuilt)}: action rebuilt from the next state")
    return command


def _end_action(columns: Columns, notes: list[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """AgiBot's recorder copies the end poses of the state into the action; the next state's are what was aimed at."""
    apart = np.abs(columns.action_end_position - columns.end_position).max()
    turned = np.abs(columns.action_end_orientation - columns.end_orientation).max()
    if np.isfinite([apart, turned]).all() and max(apart, turned) >= _COPY:
        return columns.action_end_position, columns.action_end_orientation
    notes.append("action/end is a copy of state/end: rebuilt from the next state")
    return _next(columns.end_position), _next(columns.end_orientation)


def _stalls(episode: RawEpisode, command: NDArray[np.float64], first: int) -> None:
    """Refuse an episode whose arms stand still for a second while they are told to move."""
    columns = episode.columns
    arms = columns.joint(episode.joints.arms)
    window = round(_STALL_S * episode.fps)
    still = np.abs(np.diff(columns.position[first:, arms], axis=0)).max(1) < 1e-7
    told = command[first:, arms]
    run = 0
    for frame, stands in enumerate(still):
        run = run + 1 if stands else 0
        if run >= window and float(np.ptp(told[frame - run + 1 : frame + 2], axis=0).max()) > _STALL_COMMAND_RAD:
            raise EpisodeRefusedError(
                RefusalReason.FROZEN_JOINTS, f"the arms stand still before frame {first + frame + 1}, told to move"
            )


def _next(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate([values[1:], values[-1:]])
