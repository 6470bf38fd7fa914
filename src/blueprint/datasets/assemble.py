"""Making a LeRobot v3.0 dataset of episodes of others: rows are re-indexed, pictures copied, statistics taken anew."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from blueprint.contracts.dataset import DatasetMetadata
from blueprint.contracts.dataset_conversion import DatasetConversion
from blueprint.contracts.document import write_atomically
from blueprint.contracts.errors import ContractError
from blueprint.datasets.card import dataset_card
from blueprint.datasets.columns import numbers_of
from blueprint.datasets.description import DatasetSummary
from blueprint.datasets.features import indexed_table, write_json
from blueprint.datasets.folder import METADATA, replace_folder
from blueprint.datasets.histograms import HISTOGRAMS, write_histograms
from blueprint.datasets.pooled_stats import pooled_stats
from blueprint.datasets.shard import CONVERSION, Shard
from blueprint.datasets.stats import STATISTICS, Stats, ValueSpool, merged_histogram_stats, stats_json, value_stats
from blueprint.datasets.video import VideoFormat, probe_video
from blueprint.datasets.video_spans import VideoSpan, frame_bytes, join_spans

__all__ = ["Pick", "assemble", "unknown_files"]

_EPISODES_AT_ONCE = 64
_KNOWN = {"info.json", "stats.json", "tasks.parquet", "subtasks.parquet", METADATA.name, HISTOGRAMS.name}
_KNOWN |= {CONVERSION.name, "episodes"}


@dataclass(frozen=True)
class Pick:
    """An episode of a dataset, by its row."""

    shard: Shard
    episode: int


@dataclass(frozen=True)
class _Words:
    """The united tasks and sub-tasks; `renumbered` maps (shard's path, column) to new indices by old ones."""

    tasks: list[str]
    subtasks: list[tuple[str, str]]
    renumbered: dict[tuple[Path, str], NDArray[np.int64]]


def assemble(
    picks: Sequence[Pick],
    metadata: DatasetMetadata,
    conversion: DatasetConversion,
    out: Path,
    *,
    split: str = "train",
) -> DatasetSummary:
    """Write the picked episodes, in the order given, as a LeRobot v3.0 dataset at `out`.

    The shards must have passed `check_alike`; `metadata` lists the episodes in the same order. `out` is replaced whole,
    or not at all. No picture is decoded and no number changes but the indices. In memory are the rows of one episode
    and one video file at a time. Raises ContractError where a shard does not hold what its metadata says.
    """
    shards = list({pick.shard.path: pick.shard for pick in picks}.values())
    info = shards[0].info
    words = _unite(picks, shards)
    approximations: list[str] = []
    with replace_folder(out) as part:
        spool = ValueSpool(part / ".values")
        places, columns = _write_data(part, picks, words, spool)
        for feature in info.videos:
            places |= _write_videos(part, picks, feature)
        _write_words(part, words, "subtask_index" in info.features)
        _write_episodes(part, picks, places, columns)
        stats = spool.stats()
        shutil.rmtree(part / ".values")
        for name in info.features:
            if name not in stats and f"stats/{name}/mean" in shards[0].episodes.column_names:
                stats[name], exact = _other_stats(picks, shards, name)
                approximations += [] if exact else [f"{name}: quantiles are frame-weighted means of the episodes'"]
        _write_histograms(part, picks)
        frames = sum(episode.frames for episode in metadata.episodes)
        write_json(part / "meta" / "stats.json", {n: stats_json(stats[n]) for n in info.features if n in stats})
        told = {"total_episodes": len(picks), "total_frames": frames, "total_tasks": len(words.tasks)}
        now = info.model_copy(update={**told, "splits": {split: f"0:{len(picks)}"}})
        write_json(part / "meta" / "info.json", now.model_dump(exclude_unset=True))
        write_atomically(part / "README.md", dataset_card(metadata, words.tasks, _picture_size(shards[0])).encode())
        conversion.model_copy(update={"approximations": approximations}).write(part / CONVERSION)
        metadata.write(part / METADATA)
    cameras = tuple(metadata.camera_names)
    return DatasetSummary(out, "v3.0", len(picks), frames, len(words.tasks), cameras, True)


def unknown_files(shards: Sequence[Shard]) -> list[str]:
    """Return the names in the shards' `meta` folders that `assemble` does not carry over."""
    found = {path.name for shard in shards for path in (shard.path / "meta").iterdir()}
    return sorted(name for name in found - _KNOWN if not name.startswith("."))


def _unite(picks: Sequence[Pick], shards: Sequence[Shard]) -> _Words:
    tasks = list(dict.fromkeys(task for pick in picks for task in pick.shard.episodes["tasks"][pick.episode].as_py()))
    subtasks = list(dict.fromkeys(words for shard in shards for words in shard.subtasks))
    renumbered = {}
    for shard in shards:
        # A task of no picked episode has no new number; -1 is refused where a row would get it.
        numbers = [tasks.index(task) if task in tasks else -1 for task in shard.tasks]
        renumbered[shard.path, "task_index"] = np.array(numbers, np.int64)
        renumbered[shard.path, "subtask_index"] = np.array(
            [subtasks.index(words) for words in shard.subtasks], np.int64
        )
    return _Words(tasks, subtasks, renumbered)


def _write_data(
    part: Path, picks: Sequence[Pick], words: _Words, spool: ValueSpool
) -> tuple[dict[str, list[Any]], list[dict[str, NDArray]]]:
    """Write the frames, one row group per episode; return where each lies, and its re-indexed columns' values."""
    info = picks[0].shard.info
    limit, names = info.data_files_size_in_mb * 1e6, [n for n, item in info.features.items() if item.dtype != "video"]
    places: dict[str, list[Any]] = {key: [] for key in ("data/chunk_index", "data/file_index")}
    places |= {"dataset_from_index": [], "dataset_to_index": []}
    indices = []
    writer: pq.ParquetWriter | None = None
    written, number, first = 0, -1, 0
    schema: pa.Schema | None = None
    try:
        for index, pick in enumerate(picks):
            table, changed = _reindexed(pick, names, words, index, first)
            schema = schema or table.schema
            table = table.cast(schema)
            spool.add(numbers_of(table))
            if writer is None or written + table.nbytes > limit:
                if writer is not None:
                    writer.close()
                number, written = number + 1, 0
                path = part / info.data_path.format(**_place(number, info.chunks_size))
                path.parent.mkdir(parents=True, exist_ok=True)
                writer = pq.ParquetWriter(path, schema, compression="snappy", use_dictionary=True)
            writer.write_table(table, row_group_size=len(table))
            written += table.nbytes
            place = _place(number, info.chunks_size)
            values = (place["chunk_index"], place["file_index"], first, first + len(table))
            for key, value in zip(places, values, strict=True):
                places[key].append(value)
            indices.append(changed)
            first += len(table)
    finally:
        if writer is not None:
            writer.close()
    return places, indices


def _reindexed(
    pick: Pick, names: Sequence[str], words: _Words, index: int, first: int
) -> tuple[pa.Table, dict[str, NDArray]]:
    table = pick.shard.rows(pick.episode).select(names)
    changed = {"index": np.arange(first, first + len(table)), "episode_index": np.full(len(table), index)}
    for name in ("task_index", "subtask_index"):
        if name in names:
            old, new = table[name].to_numpy(), words.renumbered[pick.shard.path, name]
            if len(old) and not (old.min() >= 0 and old.max() < len(new) and new[old].min() >= 0):
                raise ContractError(
                    f"{pick.shard.path}: a row of episode {pick.episode} has a {name} that is not in its table.",
                    remedy="write the dataset again.",
                )
            changed[name] = new[old]
    for name, values in changed.items():
        table = table.set_column(table.schema.get_field_index(name), table.schema.field(name), pa.array(values))
    return table.combine_chunks(), changed


def _write_videos(part: Path, picks: Sequence[Pick], feature: str) -> dict[str, list[Any]]:
    """Copy the pictures of a camera; a new file starts past the size limit or where the encoder's settings change."""
    info = picks[0].shard.info
    probed: dict[Path, tuple[VideoFormat, float]] = {}
    groups: list[list[VideoSpan]] = []
    keys = [f"videos/{feature}/{name}" for name in ("chunk_index", "file_index", "from_timestamp", "to_timestamp")]
    places: dict[str, list[Any]] = {key: [] for key in keys}
    size, frames, form = 0.0, 0, None
    for pick in picks:
        span = pick.shard.span(feature, pick.episode)
        if span.path not in probed:
            probed[span.path] = probe_video(span.path), frame_bytes(span.path)
        own, extent = probed[span.path][0], probed[span.path][1] * span.frames
        if not groups or own != form or size + extent > info.video_files_size_in_mb * 1e6:
            groups.append([])
            size, frames, form = 0.0, 0, own
        groups[-1].append(span)
        place = _place(len(groups) - 1, info.chunks_size)
        values = (place["chunk_index"], place["file_index"], frames / info.fps, (frames + span.frames) / info.fps)
        for key, value in zip(keys, values, strict=True):
            places[key].append(value)
        size, frames = size + extent, frames + span.frames
    for number, group in enumerate(groups):
        name = str(info.video_path).format(video_key=feature, **_place(number, info.chunks_size))
        join_spans(group, info.fps, part / name)
    return places


def _write_words(part: Path, words: _Words, has_subtasks: bool) -> None:
    meta = part / "meta"
    meta.mkdir(exist_ok=True)
    numbers = pa.array(range(len(words.tasks)), pa.int64())
    pq.write_table(indexed_table("task", words.tasks, {"task_index": numbers}), meta / "tasks.parquet")
    if has_subtasks:
        columns = {
            "subtask_index": pa.array(range(len(words.subtasks)), pa.int64()),
            "skill": pa.array([skill for _, skill in words.subtasks], pa.string()),
        }
        table = indexed_table("subtask", [instruction for instruction, _ in words.subtasks], columns)
        pq.write_table(table, meta / "subtasks.parquet")


def _write_episodes(
    part: Path, picks: Sequence[Pick], places: dict[str, list[Any]], columns: Sequence[dict[str, NDArray]]
) -> None:
    """Write meta/episodes: the rows of the shards, with new places, indices and statistics of the indices."""
    schema = picks[0].shard.episodes.schema
    path = part / "meta" / "episodes" / "chunk-000" / "file-000.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    with pq.ParquetWriter(path, schema, compression="snappy") as writer:
        for start in range(0, len(picks), _EPISODES_AT_ONCE):
            numbers = range(start, min(start + _EPISODES_AT_ONCE, len(picks)))
            rows = pa.concat_tables(
                [picks[n].shard.episodes.slice(picks[n].episode, 1).select(schema.names).cast(schema) for n in numbers]
            )
            new: dict[str, list[Any]] = {key: [values[n] for n in numbers] for key, values in places.items()}
            new["episode_index"] = list(numbers)
            for key in ("meta/episodes/chunk_index", "meta/episodes/file_index"):
                new[key] = [0] * len(numbers)
            for n in numbers:
                for name, numbered in columns[n].items():
                    for statistic, value in value_stats(numbered).items():
                        new.setdefault(f"stats/{name}/{statistic}", []).append(value.tolist())
            for key, values in new.items():
                if key in schema.names:
                    at = schema.get_field_index(key)
                    rows = rows.set_column(at, schema.field(at), pa.array(values, schema.field(at).type))
            writer.write_table(rows.combine_chunks())


def _other_stats(picks: Sequence[Pick], shards: Sequence[Shard], name: str) -> tuple[Stats, bool]:
    """Return the statistics of a feature that is not in the rows, and whether they are exact."""
    if all(name in shard.histograms for shard in shards):
        frames = sum(pick.shard.metadata.episodes[pick.episode].frames for pick in picks)
        return merged_histogram_stats([pick.shard.histograms[name][pick.episode] for pick in picks], frames), True
    return pooled_stats(
        [
            {
                statistic: np.array(pick.shard.episodes[f"stats/{name}/{statistic}"][pick.episode].as_py())
                for statistic in STATISTICS
            }
            for pick in picks
        ]
    ), len(picks) == 1


def _write_histograms(part: Path, picks: Sequence[Pick]) -> None:
    """Carry the histograms over where every shard has those of the same cameras."""
    names = set.intersection(*(set(pick.shard.histograms) for pick in picks))
    write_histograms(part, [{name: pick.shard.histograms[name][pick.episode] for name in names} for pick in picks])


def _picture_size(shard: Shard) -> str:
    shapes = [shard.info.features[name].shape for name in shard.info.videos]
    return next((f"{shape[1]}×{shape[0]}" for shape in shapes), "")


def _place(number: int, chunk_files: int) -> dict[str, int]:
    return {"chunk_index": number // chunk_files, "file_index": number % chunk_files}
