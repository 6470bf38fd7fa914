"""Writing LeRobot v3.0: many episodes per parquet and per video file, metadata in parquet.

Layout and fields as lerobot 0.4.0 to 0.6.x read them (its datasets/utils.py and dataset_writer.py).
"""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from blueprint.contracts.document import write_atomically
from blueprint.contracts.episode import CameraCalibration
from blueprint.datasets.card import dataset_card
from blueprint.datasets.demonstration import Catalogue, Demonstration, catalogue, read_demonstrations
from blueprint.datasets.description import DatasetSummary, Provenance, describe
from blueprint.datasets.features import Feature, indexed_table, info_features, numeric, rows_table, write_json
from blueprint.datasets.folder import METADATA, replace_folder, should_write
from blueprint.datasets.histograms import write_histograms
from blueprint.datasets.profile import RECORDS, DatasetProfile
from blueprint.datasets.stats import (
    STATISTICS,
    Stats,
    ValueSpool,
    histogram_stats,
    merged_histogram_stats,
    stats_json,
    value_stats,
)
from blueprint.datasets.video import VideoFormat, join_videos, probe_video

__all__ = ["write_lerobot_v3"]

_CHUNK_FILES = 1000
_EPISODES_AT_ONCE = 64
_DATA_PATH = "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"
_VIDEO_PATH = "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4"


@dataclass(frozen=True)
class _VideoSpan:
    """Where an episode lies in its camera's files: file number (over all chunks) and first frame in that file."""

    file: int
    first_frame: int


def write_lerobot_v3(
    record_dirs: Sequence[Path],
    out: Path,
    *,
    repo_id: str,
    provenance: Provenance | None = None,
    overwrite: bool = False,
    skip_existing: bool = False,
    data_file_mb: float = 100,
    video_file_mb: float = 200,
    profile: DatasetProfile = RECORDS,
) -> DatasetSummary:
    """Write the records, in the order given, as a LeRobot v3.0 dataset at `out`.

    The same records give the same bytes. `out` is replaced whole, or not at all. An existing dataset of the same
    episodes is kept. Raises InputError where records do not fit together, where `out` holds other episodes, or is no
    dataset; ContractError where a record is invalid.
    """
    demonstrations = read_demonstrations(record_dirs, profile.read_arrays)
    metadata = describe(demonstrations, "v3.0", repo_id, provenance or Provenance(), profile.described)
    words = catalogue(demonstrations)
    cameras = tuple(metadata.camera_names)
    write = should_write(out, metadata, overwrite=overwrite, skip_existing=skip_existing)
    summary = DatasetSummary(
        path=out,
        version="v3.0",
        episodes=len(demonstrations),
        frames=sum(item.frames for item in demonstrations),
        tasks=len(words.tasks),
        cameras=cameras,
        written=write,
    )
    if not write:
        return summary
    features = profile.features(demonstrations[0].record)
    with replace_folder(out) as part:
        formats = {f"observation.images.{camera}": probe_video(demonstrations[0].videos[camera]) for camera in cameras}
        spool = ValueSpool(part / ".values")
        columns = _columns(demonstrations, words, profile)
        data_files = _write_data(part, columns, features, int(data_file_mb * 1e6), spool)
        spans = {camera: _write_videos(part, demonstrations, camera, int(video_file_mb * 1e6)) for camera in cameras}
        _write_words(part, words)
        _write_episodes(part, demonstrations, _columns(demonstrations, words, profile), data_files, spans, features)
        write_json(part / "meta" / "stats.json", _dataset_stats(demonstrations, spool, cameras))
        shutil.rmtree(part / ".values")
        info = _info(summary, metadata.robot_type, metadata.fps, features, formats)
        for name, keys in profile.declared.items():
            info["features"][name] |= keys
        write_json(part / "meta" / "info.json", info)
        size = next((f"{item.width_px}×{item.height_px}" for item in formats.values()), "")
        write_histograms(
            part, ({f"observation.images.{name}": item.histograms[name] for name in cameras} for item in demonstrations)
        )
        write_atomically(part / "README.md", dataset_card(metadata, words.tasks, size).encode())
        metadata.write(part / METADATA)
    return summary


def _columns(
    demonstrations: Sequence[Demonstration], words: Catalogue, profile: DatasetProfile
) -> Iterator[dict[str, NDArray]]:
    """Yield the columns of one episode after the other: only one is in memory."""
    first_index = 0
    for episode_index, item in enumerate(demonstrations):
        yield profile.columns(item, words, episode_index, first_index)
        first_index += item.frames


def _write_data(
    part: Path,
    columns: Iterable[dict[str, NDArray]],
    features: Sequence[Feature],
    limit_bytes: int,
    spool: ValueSpool,
) -> list[int]:
    """Write the frames, one row group per episode (streaming prunes by it); return each episode's file number."""
    files: list[int] = []
    writer: pq.ParquetWriter | None = None
    written, number = 0, -1
    try:
        for episode in columns:
            spool.add({feature.name: episode[feature.name] for feature in numeric(features)})
            table = rows_table(episode, features)
            if writer is None or written + table.nbytes > limit_bytes:
                if writer is not None:
                    writer.close()
                number, written = number + 1, 0
                path = part / _DATA_PATH.format(**_place(number))
                path.parent.mkdir(parents=True, exist_ok=True)
                writer = pq.ParquetWriter(path, table.schema, compression="snappy", use_dictionary=True)
            writer.write_table(table, row_group_size=len(table))
            written += table.nbytes
            files.append(number)
    finally:
        if writer is not None:
            writer.close()
    return files


def _write_videos(
    part: Path, demonstrations: Sequence[Demonstration], camera: str, limit_bytes: int
) -> list[_VideoSpan]:
    """Join the episodes of a camera; a new file starts past the size limit or where the encoder's settings change."""
    groups: list[list[Demonstration]] = []
    spans: list[_VideoSpan] = []
    size, current, frames = 0, None, 0
    for item in demonstrations:
        path = item.videos[camera]
        form, extent = probe_video(path), path.stat().st_size
        if current != form or size + extent > limit_bytes:
            groups.append([])
            current, size, frames = form, 0, 0
        groups[-1].append(item)
        spans.append(_VideoSpan(len(groups) - 1, frames))
        size, frames = size + extent, frames + item.frames
    for number, group in enumerate(groups):
        name = _VIDEO_PATH.format(video_key=f"observation.images.{camera}", **_place(number))
        paths = [item.videos[camera] for item in group]
        join_videos(paths, [item.frames for item in group], group[0].record.fps, part / name)
    return spans


def _write_words(part: Path, words: Catalogue) -> None:
    meta = part / "meta"
    meta.mkdir(parents=True, exist_ok=True)
    tasks = indexed_table("task", words.tasks, {"task_index": pa.array(range(len(words.tasks)), pa.int64())})
    pq.write_table(tasks, meta / "tasks.parquet")
    subtasks = indexed_table(
        "subtask",
        [instruction for instruction, _ in words.subtasks],
        {
            "subtask_index": pa.array(range(len(words.subtasks)), pa.int64()),
            "skill": pa.array([skill for _, skill in words.subtasks], pa.string()),
        },
    )
    pq.write_table(subtasks, meta / "subtasks.parquet")


def _write_episodes(
    part: Path,
    demonstrations: Sequence[Demonstration],
    columns: Iterable[dict[str, NDArray]],
    data_files: Sequence[int],
    spans: dict[str, list[_VideoSpan]],
    features: Sequence[Feature],
) -> None:
    path = part / "meta" / "episodes" / "chunk-000" / "file-000.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    writer: pq.ParquetWriter | None = None
    rows: list[dict[str, tuple[Any, pa.DataType]]] = []
    try:
        for index, (item, values) in enumerate(zip(demonstrations, columns, strict=True)):
            where = {camera: places[index] for camera, places in spans.items()}
            rows.append(_episode_row(item, values, data_files[index], where, features))
            if len(rows) == _EPISODES_AT_ONCE or index == len(demonstrations) - 1:
                names = list(rows[0])
                arrays = [pa.array([row[name][0] for row in rows], rows[0][name][1]) for name in names]
                table = pa.Table.from_arrays(arrays, names=names)
                writer = writer or pq.ParquetWriter(path, table.schema, compression="snappy")
                writer.write_table(table)
                rows.clear()
    finally:
        if writer is not None:
            writer.close()


def _episode_row(
    item: Demonstration,
    columns: dict[str, NDArray],
    data_file: int,
    spans: dict[str, _VideoSpan],
    features: Sequence[Feature],
) -> dict[str, tuple[Any, pa.DataType]]:
    """Return column → (value, Arrow type). Times are computed from frame counts, never accumulated."""
    record, first, index = item.record, int(columns["index"][0]), int(columns["episode_index"][0])
    place = _place(data_file)
    row: dict[str, tuple[Any, pa.DataType]] = {
        "episode_index": (index, pa.int64()),
        "tasks": ([record.instruction], pa.list_(pa.string())),
        "length": (item.frames, pa.int64()),
        "data/chunk_index": (place["chunk_index"], pa.int64()),
        "data/file_index": (place["file_index"], pa.int64()),
        "dataset_from_index": (first, pa.int64()),
        "dataset_to_index": (first + item.frames, pa.int64()),
    }
    for camera, span in spans.items():
        key, where = f"videos/observation.images.{camera}", _place(span.file)
        row[f"{key}/chunk_index"] = (where["chunk_index"], pa.int64())
        row[f"{key}/file_index"] = (where["file_index"], pa.int64())
        row[f"{key}/from_timestamp"] = (span.first_frame / record.fps, pa.float64())
        row[f"{key}/to_timestamp"] = ((span.first_frame + item.frames) / record.fps, pa.float64())
    row["meta/episodes/chunk_index"] = (0, pa.int64())
    row["meta/episodes/file_index"] = (0, pa.int64())
    row |= {
        "episode_id": (record.episode_id, pa.string()),
        "scene_id": (record.scene_id, pa.string()),
        "task_id": (record.task_id, pa.string()),
        "task_type": (record.task_type, pa.string()),
        "variation_id": (record.variation_id, pa.string()),
        "seed": (record.seed, pa.int64()),
        "success": (record.success, pa.bool_()),
        "segments": (record.segments, pa.list_(pa.string())),
    }
    for video in record.videos:
        if video.calibration is not None:
            row |= _calibration_columns(f"cameras/{video.camera}", video.calibration)
    stats: dict[str, Stats] = {feature.name: value_stats(columns[feature.name]) for feature in numeric(features)}
    for camera in spans:
        stats[f"observation.images.{camera}"] = histogram_stats(item.histograms[camera], item.frames)
    for name, values in stats.items():
        for statistic in STATISTICS:
            row[f"stats/{name}/{statistic}"] = (values[statistic].tolist(), _stat_type(values[statistic]))
    return row


def _calibration_columns(key: str, known: CameraCalibration) -> dict[str, tuple[Any, pa.DataType]]:
    """fx, fy, cx, cy in px; x, y, z in m and quaternion w,x,y,z in the frame of the robot's body that is named."""
    pose = known.pose_frame_camera
    numbers = pa.list_(pa.float64())
    return {
        f"{key}/intrinsics": ([known.fx, known.fy, known.cx, known.cy], numbers),
        f"{key}/frame": (known.frame, pa.string()),
        f"{key}/pose": ([*pose.position, *pose.quat_wxyz], numbers),
    }


def _stat_type(value: NDArray) -> pa.DataType:
    kind = pa.int64() if value.dtype == np.int64 else pa.float64()
    for _ in value.shape:
        kind = pa.list_(kind)
    return kind


def _dataset_stats(
    demonstrations: Sequence[Demonstration], spool: ValueSpool, cameras: Sequence[str]
) -> dict[str, dict[str, list]]:
    stats = spool.stats()
    frames = sum(item.frames for item in demonstrations)
    for camera in cameras:
        histograms = [item.histograms[camera] for item in demonstrations]
        stats[f"observation.images.{camera}"] = merged_histogram_stats(histograms, frames)
    return {name: stats_json(values) for name, values in stats.items()}


def _info(
    summary: DatasetSummary, robot_type: str, fps: int, features: Sequence[Feature], formats: dict[str, VideoFormat]
) -> dict[str, Any]:
    return {
        "codebase_version": "v3.0",
        "robot_type": robot_type,
        "total_episodes": summary.episodes,
        "total_frames": summary.frames,
        "total_tasks": summary.tasks,
        "chunks_size": _CHUNK_FILES,
        "data_files_size_in_mb": 100,
        "video_files_size_in_mb": 200,
        "fps": fps,
        "splits": {"train": f"0:{summary.episodes}"},
        "data_path": _DATA_PATH,
        "video_path": _VIDEO_PATH if formats else None,
        "features": info_features(features, formats, fps),
    }


def _place(number: int) -> dict[str, int]:
    return {"chunk_index": number // _CHUNK_FILES, "file_index": number % _CHUNK_FILES}
