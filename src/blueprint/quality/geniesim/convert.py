"""Turning a judged raw episode into an episode record: the state of 159 and the action of 40 dimensions, and videos."""

import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.episode import EpisodeRecord, PredicateResult, Subtask, VideoInfo
from blueprint.contracts.geniesim.import_bundle import RefusalReason
from blueprint.contracts.geniesim.raw_episode import RobotJoints, gripper_action, gripper_state
from blueprint.contracts.geniesim.vectors import ACTION_FIELDS, STATE_FIELDS, action_names, state_names
from blueprint.contracts.hashing import sha256_file
from blueprint.episodes.encode import CODEC
from blueprint.quality.geniesim.columns import Columns
from blueprint.quality.geniesim.motion import Motion
from blueprint.quality.geniesim.pictures import DATASET_CAMERAS, CameraReport, convert_pictures
from blueprint.quality.geniesim.reader import RawEpisode, read_extrinsics
from blueprint.quality.geniesim.refusal import EpisodeRefusedError

__all__ = ["EMBODIMENTS", "UNKNOWN_SEED", "Converted", "action_vectors", "state_vectors", "write_converted"]

EMBODIMENTS = {"G2A": "g2a", "A2D": "a2d"}  # robot types as the LeRobot datasets of AgiBot spell them
_ABSURD = 1e6  # m, rad, N·m or per s: no robot has such values
UNKNOWN_SEED = -1  # recordings do not say with which seed they were made


@dataclass(frozen=True)
class Converted:
    """The record, and what was measured on the way."""

    record: EpisodeRecord
    cameras: dict[str, CameraReport]
    state: NDArray[np.float32]
    action: NDArray[np.float32]


def write_converted(
    episode: RawEpisode,
    motion: Motion,
    predicates: Sequence[PredicateResult],
    out: Path,
    *,
    episode_id: str,
    scene_id: str,
    raw_sha: str,
) -> Converted:
    """Write `out/` as an episode record (record.json last) of T = last - first - 1 rows.

    Row t holds state t and the action from t to t+1, so that the last recorded frame is only a state. Raises
    EpisodeRefusedError where the pictures refuse the episode; `out` is then gone.
    """
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    with ExitStack() as undo:
        undo.callback(shutil.rmtree, out, ignore_errors=True)
        state = state_vectors(episode)[motion.first : motion.last]
        action = action_vectors(episode, motion)[motion.first : motion.last - 1]
        largest = max(float(np.abs(state).max()), float(np.abs(action).max()))
        if not largest < _ABSURD:
            raise EpisodeRefusedError(RefusalReason.NOT_FINITE, f"the vectors hold values up to {largest:g}")
        reports = convert_pictures(episode, motion.first, motion.last - 1, out)
        subtasks, column = _subtasks(episode, motion)
        np.savez(
            out / "trajectory.npz",
            time=episode.columns.time[motion.first : motion.last],
            state=state,
            action=action,
            subtask=column,
        )
        frames = len(action)
        record = EpisodeRecord(
            episode_id=episode_id,
            scene_id=scene_id,
            task_id=episode.task,
            task_type="_".join(dict.fromkeys(part.name for part in subtasks)),
            instruction=episode.instruction,
            embodiment=EMBODIMENTS[episode.joints.robot_type],
            variation_id="recorded",
            seed=UNKNOWN_SEED,
            fps=episode.fps,
            timestep_s=1 / episode.fps,
            frames=frames,
            success=True,
            predicates=list(predicates),
            subtasks=subtasks,
            videos=[
                VideoInfo(
                    camera=DATASET_CAMERAS[camera],
                    file=f"{DATASET_CAMERAS[camera]}.mp4",
                    width_px=report.width_px,
                    height_px=report.height_px,
                    frames=frames,
                    codec=CODEC,
                    renderer=episode.recorder or "unknown",
                )
                for camera, report in reports.items()
            ],
            state_names=state_names(episode.joints),
            action_names=action_names(episode.joints),
            hashes={
                "raw_episode": raw_sha,
                **{path.name: sha256_file(path) for path in sorted(out.iterdir())},
            },
            versions={"recorder": episode.recorder or "unknown"},
        )
        record.write(out / "record.json")
        undo.pop_all()
    return Converted(record, reports, state, action)


def state_vectors(episode: RawEpisode) -> NDArray[np.float32]:
    """Return the states (T, 159) float32 as `contracts.geniesim.vectors.STATE_FIELDS` orders them."""
    columns, joints, frames = episode.columns, episode.joints, episode.frames
    arms = columns.joint(joints.arms)
    values: dict[str, NDArray] = {
        "state/left_effector/position": gripper_state(_angle(columns, joints.left_effector)),
        "state/right_effector/position": gripper_state(_angle(columns, joints.right_effector)),
        "state/end/position": columns.end_position,
        "state/end/orientation": columns.end_orientation,
        "state/end/arm_orientation": columns.end_arm_orientation,
        "state/end/arm_position": columns.end_arm_position,
        "state/joint/position": columns.position[:, arms],
        "state/joint/effort": columns.effort[:, arms],
        "state/joint/velocity": columns.velocity[:, arms],
        **_head_and_waist("state", columns.position, columns, joints),
        "state/robot/position": columns.robot_position,
        "state/robot/orientation": columns.robot_orientation,
    }
    poses = {camera: read_extrinsics(episode.folder, camera, frames) for camera in episode.cameras}
    for item in STATE_FIELDS:
        if item.camera in poses:
            pose = poses[item.camera]
            values[item.key] = pose[:, :9] if item.size == 9 else pose[:, 9:]
    return _stacked(STATE_FIELDS, values, frames)


def action_vectors(episode: RawEpisode, motion: Motion) -> NDArray[np.float32]:
    """Return the actions (T, 40) float32 as `contracts.geniesim.vectors.ACTION_FIELDS` orders them."""
    columns, joints = episode.columns, episode.joints
    command = motion.command
    values: dict[str, NDArray] = {
        "action/left_effector/position": gripper_action(command[:, columns.names.index(joints.left_effector)]),
        "action/right_effector/position": gripper_action(command[:, columns.names.index(joints.right_effector)]),
        "action/end/position": motion.end_position,
        "action/end/orientation": motion.end_orientation,
        "action/joint/position": command[:, columns.joint(joints.arms)],
        **_head_and_waist("action", command, columns, joints),
    }
    return _stacked(ACTION_FIELDS, values, episode.frames)


def _head_and_waist(
    side: str, position: NDArray[np.float64], columns: Columns, joints: RobotJoints
) -> dict[str, NDArray]:
    return {
        f"{side}/{part}/position": position[:, columns.joint(names)]
        for part, names in (("head", joints.head), ("waist", joints.waist))
    }


def _stacked(fields: Sequence, values: dict[str, NDArray], frames: int) -> NDArray[np.float32]:
    """Return the fields side by side; what a robot does not have (and the base's velocity, which stands) is zeros."""
    parts = []
    for item in fields:
        part = np.zeros((frames, item.size), np.float32)
        if item.key in values:
            given = np.asarray(values[item.key], np.float64).reshape(frames, -1)
            with np.errstate(over="ignore"):  # values beyond float32 are for the caller to refuse
                part[:, : given.shape[1]] = given
        parts.append(part)
    return np.concatenate(parts, axis=1)


def _angle(columns: Columns, joint: str) -> NDArray[np.float64]:
    return columns.position[:, columns.names.index(joint)]


def _subtasks(episode: RawEpisode, motion: Motion) -> tuple[list[Subtask], NDArray[np.int64]]:
    """Return sub-tasks that cover every row once; rows between two labelled actions belong to the one before."""
    rows = motion.last - 1 - motion.first
    parts: list[Subtask] = []
    for segment in episode.segments:
        start, end = max(segment.start - motion.first, 0), min(segment.end - motion.first, rows)
        if end <= start:
            continue
        if parts:
            parts[-1] = parts[-1].model_copy(update={"end": start})
        parts.append(
            Subtask(
                name=segment.skill,
                instruction=segment.text or episode.instruction,
                start=start if parts else 0,
                end=end,
            )
        )
    if not parts:
        parts = [Subtask(name="task", instruction=episode.instruction, start=0, end=rows)]
    parts[-1] = parts[-1].model_copy(update={"end": rows})
    column = np.zeros(rows, np.int64)
    for index, part in enumerate(parts):
        column[part.start : part.end] = index
    return parts, column
