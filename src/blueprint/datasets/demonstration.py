"""A demonstration read from its episode record, with the per-frame columns that a dataset has of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.episode import SENSOR_ARRAYS, EpisodeRecord
from blueprint.contracts.errors import ContractError, InputError
from blueprint.contracts.hashing import sha256_file
from blueprint.episodes.picture_table import read_pictures
from blueprint.quality.record_files import contained_file, read_histogram, read_record, read_trajectory

__all__ = ["ArrayReader", "Catalogue", "Demonstration", "catalogue", "frame_columns", "read_demonstrations"]

ArrayReader = Callable[[Path, EpisodeRecord], dict[str, NDArray]]


@dataclass(frozen=True)
class Demonstration:
    """One episode record; its arrays stay on disk. Row t holds state t and action t; state T only tells success.

    videos: camera → mp4 · histograms: camera → (3, 256) int64.
    """

    folder: Path
    record: EpisodeRecord
    read_arrays: ArrayReader
    videos: dict[str, Path]
    histograms: dict[str, NDArray[np.int64]]
    trajectory_sha256: str

    @property
    def frames(self) -> int:
        return self.record.frames

    def arrays(self) -> dict[str, NDArray]:
        """Read the arrays, named as in `contracts.episode.ARRAYS`: a thousand episodes do not fit in memory."""
        return self.read_arrays(self.folder, self.record)


@dataclass(frozen=True)
class Catalogue:
    """The distinct instructions of a dataset, in order of first appearance; an index is a position in its list."""

    tasks: list[str]
    subtasks: list[tuple[str, str]]  # (instruction, skill name)


def read_demonstrations(record_dirs: Sequence[Path], read_arrays: ArrayReader = read_trajectory) -> list[Demonstration]:
    """Read the records of one dataset, in the order given; `read_arrays` reads and checks a trajectory.

    Raises InputError if there is none, if one is invalid, or if they do not fit in one dataset (other robot, rate,
    names, cameras or image size).
    """
    if not record_dirs:
        raise InputError("a dataset needs at least one episode, none was given.", remedy="see failed_episodes.json.")
    demonstrations = [_read(Path(record_dirs[0]), read_arrays)]
    record = demonstrations[0].record
    first = _signature(record)
    # A thousand records of a robot with 200 names would otherwise hold them a thousand times.
    shared = {"state_names": record.state_names, "action_names": record.action_names}
    for folder in record_dirs[1:]:
        other = _read(Path(folder), read_arrays)
        for name, value in _signature(other.record).items():
            if value != first[name]:
                raise InputError(
                    f"episodes {record.episode_id} and {other.record.episode_id} differ in {name}: "
                    f"{first[name]} and {value}.",
                    remedy="write a dataset of its own for each.",
                )
        demonstrations.append(replace(other, record=other.record.model_copy(update=shared)))
    return demonstrations


def catalogue(demonstrations: Sequence[Demonstration]) -> Catalogue:
    """Collect the distinct task instructions and sub-task instructions."""
    tasks = dict.fromkeys(item.record.instruction for item in demonstrations)
    subtasks = dict.fromkeys((part.instruction, part.name) for item in demonstrations for part in item.record.subtasks)
    return Catalogue(list(tasks), list(subtasks))


def frame_columns(
    demonstration: Demonstration, words: Catalogue, episode_index: int, first_index: int
) -> dict[str, NDArray]:
    """Return feature name → (T,) or (T, d) array of one episode.

    `timestamp` is frame_index/fps in float32 and restarts at 0; `next.reward` is 1 on the last row of a success.
    """
    record, arrays, frames = demonstration.record, demonstration.arrays(), demonstration.frames
    frame_index = np.arange(frames, dtype=np.int64)
    last = frame_index == frames - 1
    subtask_ids = np.array([words.subtasks.index((part.instruction, part.name)) for part in record.subtasks], np.int64)
    measured = {f"observation.{name}": arrays[name][:frames] for name in SENSOR_ARRAYS if record.arms}
    return {
        "observation.state": arrays["state"][:frames],
        "action": arrays["action"],
        "observation.ee_pose": arrays["ee_pose"][:frames],
        **measured,
        "next.reward": (last & record.success).astype(np.float32),
        "next.done": last,
        "next.success": last & record.success,
        "subtask_index": subtask_ids[arrays["subtask"]],
        "timestamp": (frame_index / record.fps).astype(np.float32),
        "frame_index": frame_index,
        "episode_index": np.full(frames, episode_index, np.int64),
        "index": frame_index + first_index,
        "task_index": np.full(frames, words.tasks.index(record.instruction), np.int64),
        **_pictures(demonstration),
    }


def _pictures(demonstration: Demonstration) -> dict[str, NDArray]:
    """Return depth and segmentation of one episode as PNGs, (T,) of bytes. Raises ContractError for another number."""
    found = {}
    for video in demonstration.record.videos:
        for kind, name in (("depth", video.depth_file), ("segmentation", video.segmentation_file)):
            if name is None:
                continue
            pictures = np.array(list(read_pictures(contained_file(demonstration.folder, name))), object)
            if len(pictures) != demonstration.frames:
                raise ContractError(
                    f"episode {demonstration.record.episode_id}: {name} has {len(pictures)} pictures of "
                    f"{demonstration.frames} frames.",
                    remedy="render the episode again.",
                )
            found[f"observation.{kind}.{video.camera}"] = pictures
    return found


def _read(folder: Path, read_arrays: ArrayReader) -> Demonstration:
    record = read_record(folder)
    arrays = read_arrays(folder, record)
    subtask = arrays["subtask"]
    if record.frames < 1 or not record.subtasks or subtask.min() < 0 or subtask.max() >= len(record.subtasks):
        raise ContractError(
            f"episode {record.episode_id}: {record.frames} frames and {len(record.subtasks)} sub-tasks do not fit.",
            remedy="check the episode first (quality.episode_checks).",
        )
    videos = {video.camera: contained_file(folder, video.file) for video in record.videos}
    histograms = {camera: read_histogram(folder, camera) for camera in videos}
    for video in record.videos:
        pixels = video.width_px * video.height_px * record.frames
        if (histograms[video.camera].sum(1) != pixels).any():
            raise ContractError(
                f"episode {record.episode_id}: the statistics of camera {video.camera} are not over "
                f"{record.frames} frames of {video.width_px}×{video.height_px}.",
                remedy="render the episode again.",
            )
    digest = sha256_file(folder / "trajectory.npz")
    return Demonstration(folder, record, read_arrays, videos, histograms, digest)


def _signature(record: EpisodeRecord) -> dict[str, object]:
    return {
        "embodiment": record.embodiment,
        "fps": record.fps,
        "state_names": record.state_names,
        "action_names": record.action_names,
        "cameras": sorted((video.camera, video.width_px, video.height_px) for video in record.videos),
        "sensors": sorted(
            (video.camera, video.depth_file is not None, video.segmentation_file is not None) for video in record.videos
        ),
        "arms": record.arms,
    }
