"""Writing LeRobot v2.1: one parquet and one mp4 per episode, metadata in JSON lines; for lerobot 0.3, openpi, GR00T.

Layout and fields as lerobot 0.3.3 reads them (datasets/utils.py); `stats.json` and `modality.json` are GR00T's.
"""

import json
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from numpy.typing import NDArray

from blueprint.contracts.document import write_atomically
from blueprint.datasets.card import dataset_card
from blueprint.datasets.demonstration import Demonstration, catalogue, read_demonstrations
from blueprint.datasets.description import DatasetSummary, Provenance, describe
from blueprint.datasets.features import Feature, info_features, numeric, rows_table, write_json
from blueprint.datasets.folder import METADATA, replace_folder, should_write
from blueprint.datasets.profile import RECORDS, DatasetProfile
from blueprint.datasets.stats import (
    Stats,
    ValueSpool,
    histogram_stats,
    merged_histogram_stats,
    stats_json,
    value_stats,
)
from blueprint.datasets.video import VideoFormat, probe_video

__all__ = ["write_lerobot_v21"]

_CHUNK_EPISODES = 1000
_DATA_PATH = "data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet"
_VIDEO_PATH = "videos/chunk-{episode_chunk:03d}/{video_key}/episode_{episode_index:06d}.mp4"


def write_lerobot_v21(
    record_dirs: Sequence[Path],
    out: Path,
    *,
    repo_id: str,
    provenance: Provenance | None = None,
    overwrite: bool = False,
    skip_existing: bool = False,
    profile: DatasetProfile = RECORDS,
) -> DatasetSummary:
    """Write the records, in the order given, as a LeRobot v2.1 dataset at `out`.

    Videos are hard links to the records' files where the file system has them, else copies. Guarantees and errors are
    those of `write_lerobot_v3`.
    """
    demonstrations = read_demonstrations(record_dirs, profile.read_arrays)
    metadata = describe(demonstrations, "v2.1", repo_id, provenance or Provenance(), profile.described)
    words = catalogue(demonstrations)
    cameras = tuple(metadata.camera_names)
    write = should_write(out, metadata, overwrite=overwrite, skip_existing=skip_existing)
    frames = sum(item.frames for item in demonstrations)
    summary = DatasetSummary(out, "v2.1", len(demonstrations), frames, len(words.tasks), cameras, write)
    if not write:
        return summary
    features = profile.features(demonstrations[0].record)
    with replace_folder(out) as part:
        meta = part / "meta"
        meta.mkdir()
        formats = {f"observation.images.{camera}": probe_video(demonstrations[0].videos[camera]) for camera in cameras}
        spool = ValueSpool(part / ".values")
        first_index = 0
        for index, item in enumerate(demonstrations):
            columns = profile.columns(item, words, index, first_index)
            _write_episode(part, index, item, columns, features)
            spool.add({feature.name: columns[feature.name] for feature in numeric(features)})
            values = {feature.name: value_stats(columns[feature.name]) for feature in numeric(features)}
            line = {"episode_index": index, "stats": _with_pictures(values, [item], cameras)}
            _append_line(meta / "episodes_stats.jsonl", line)
            first_index += item.frames
        _write_lines(meta / "tasks.jsonl", [{"task_index": i, "task": task} for i, task in enumerate(words.tasks)])
        _write_lines(
            meta / "episodes.jsonl",
            [
                {
                    "episode_index": index,
                    "tasks": [item.record.instruction],
                    "length": item.frames,
                    "episode_id": item.record.episode_id,
                    "scene_id": item.record.scene_id,
                    "variation_id": item.record.variation_id,
                    "seed": item.record.seed,
                    "success": item.record.success,
                }
                for index, item in enumerate(demonstrations)
            ],
        )
        write_json(meta / "stats.json", _with_pictures(spool.stats(), demonstrations, cameras))
        shutil.rmtree(part / ".values")
        parts = profile.parts or _parts
        write_json(meta / "modality.json", _modality(parts, metadata.state_names, metadata.action_names, cameras))
        info = _info(summary, metadata.robot_type, metadata.fps, features, formats)
        for name, keys in profile.declared.items():
            info["features"][name] |= keys
        write_json(meta / "info.json", info)
        size = next((f"{item.width_px}×{item.height_px}" for item in formats.values()), "")
        write_atomically(part / "README.md", dataset_card(metadata, words.tasks, size).encode())
        metadata.write(part / METADATA)
    return summary


def _write_episode(
    part: Path, index: int, item: Demonstration, columns: dict[str, NDArray], features: Sequence[Feature]
) -> None:
    place = {"episode_chunk": index // _CHUNK_EPISODES, "episode_index": index}
    path = part / _DATA_PATH.format(**place)
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(rows_table(columns, features), path, compression="snappy")
    for camera, video in sorted(item.videos.items()):
        target = part / _VIDEO_PATH.format(video_key=f"observation.images.{camera}", **place)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(video.resolve(), target)
        except OSError:  # another file system, or one without hard links
            shutil.copyfile(video, target)


def _with_pictures(
    values: dict[str, Stats], demonstrations: Sequence[Demonstration], cameras: Sequence[str]
) -> dict[str, dict[str, list]]:
    """Return the statistics of the columns and, after them, of the cameras of some episodes."""
    stats = dict(values)
    frames = sum(item.frames for item in demonstrations)
    for camera in cameras:
        histograms = [item.histograms[camera] for item in demonstrations]
        merged = merged_histogram_stats(histograms, frames) if len(histograms) > 1 else None
        stats[f"observation.images.{camera}"] = merged or histogram_stats(histograms[0], frames)
    return {name: stats_json(entry) for name, entry in stats.items()}


def _modality(
    parts: Callable[[Sequence[str]], dict[str, dict[str, int]]],
    state_names: Sequence[str],
    action_names: Sequence[str],
    cameras: Sequence[str],
) -> dict[str, Any]:
    """GR00T's map from parts of the robot to ranges of the vectors."""
    return {
        "state": parts(state_names),
        "action": parts(action_names),
        "video": {camera: {"original_key": f"observation.images.{camera}"} for camera in cameras},
        "annotation": {"human.task_description": {"original_key": "task_index"}},
    }


def _parts(names: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return runs of neighbouring dimensions of the arm and of the gripper as half-open ranges."""
    parts: dict[str, dict[str, int]] = {}
    for index, name in enumerate(names):
        part = "gripper" if "gripper" in name else "arm"
        if part in parts and parts[part]["end"] == index:
            parts[part]["end"] = index + 1
        else:
            key = part if part not in parts else f"{part}_{index}"
            parts[key] = {"start": index, "end": index + 1}
    return parts


def _info(
    summary: DatasetSummary, robot_type: str, fps: int, features: Sequence[Feature], formats: dict[str, VideoFormat]
) -> dict[str, Any]:
    return {
        "codebase_version": "v2.1",
        "robot_type": robot_type,
        "total_episodes": summary.episodes,
        "total_frames": summary.frames,
        "total_tasks": summary.tasks,
        "total_videos": summary.episodes * len(summary.cameras),
        "total_chunks": (summary.episodes - 1) // _CHUNK_EPISODES + 1,
        "chunks_size": _CHUNK_EPISODES,
        "fps": fps,
        "splits": {"train": f"0:{summary.episodes}"},
        "data_path": _DATA_PATH,
        "video_path": _VIDEO_PATH if formats else None,
        "features": info_features(features, formats, fps),
    }


def _write_lines(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def _append_line(path: Path, row: dict[str, Any]) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")
