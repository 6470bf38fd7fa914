"""Reading a LeRobot v3.0 dataset of ours as the source of another: rows and pictures by episode, nothing decoded."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from blueprint.contracts.dataset import DatasetMetadata
from blueprint.contracts.dataset_conversion import DatasetConversion
from blueprint.contracts.errors import ContractError, InputError
from blueprint.contracts.hashing import sha256_file
from blueprint.datasets.folder import METADATA
from blueprint.datasets.histograms import read_histograms
from blueprint.datasets.video_spans import VideoSpan
from blueprint.sources.imported.files import Foreign, inside, parse_foreign, read_bounded

__all__ = ["CONVERSION", "DatasetInfo", "FeatureInfo", "Shard", "read_shard"]

CONVERSION = Path("meta") / "conversion.json"
_INFO_BYTES = 16 << 20


class FeatureInfo(BaseModel):
    """An entry of `features`: keys that only some versions know are kept."""

    model_config = ConfigDict(extra="allow", frozen=True)

    dtype: str
    shape: list[int]
    names: Any = None


class DatasetInfo(Foreign):
    """`meta/info.json`, in the order in which it is written; keys that we do not know are kept."""

    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False)

    codebase_version: Literal["v3.0"]
    robot_type: str | None
    total_episodes: int
    total_frames: int
    total_tasks: int
    chunks_size: int
    data_files_size_in_mb: int | float
    video_files_size_in_mb: int | float
    fps: int
    splits: dict[str, str]
    data_path: Literal["data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"]
    video_path: Literal["videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4"] | None
    features: dict[str, FeatureInfo]

    @property
    def videos(self) -> list[str]:
        """The features whose pictures lie in mp4 files."""
        return [name for name, feature in self.features.items() if feature.dtype == "video"]

    @property
    def stills(self) -> list[str]:
        """The features whose pictures are PNGs in the rows: depth and segmentation."""
        return [name for name, feature in self.features.items() if feature.dtype == "image"]


@dataclass(frozen=True)
class Shard:
    """A dataset on disk. `episodes` is meta/episodes as it lies there, one row per episode, in order."""

    path: Path
    info: DatasetInfo
    metadata: DatasetMetadata
    metadata_sha256: str
    tasks: list[str]
    subtasks: list[tuple[str, str]]
    episodes: pa.Table
    _open: dict[Path, pq.ParquetFile] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.metadata.episodes)

    @cached_property
    def conversion(self) -> DatasetConversion | None:
        """The account of the conversion that made this dataset, None where it was written of records."""
        return DatasetConversion.read(self.path / CONVERSION) if (self.path / CONVERSION).is_file() else None

    @cached_property
    def histograms(self) -> dict[str, NDArray[np.int64]]:
        """Camera feature → (episodes, 3, 256) counts, empty where the dataset has none."""
        return read_histograms(self.path, len(self))

    def rows(self, episode: int) -> pa.Table:
        """Return the frames of an episode as they lie on disk; raises ContractError where they are not all there."""
        path = self._data_file(episode)
        if path not in self._open:
            self._open.clear()  # episodes are asked for in order: one open file at a time
            self._open[path] = pq.ParquetFile(path)
        file = self._open[path]
        groups, first = self._groups(file, episode)
        start = self._int("dataset_from_index", episode) - first
        length = self._int("length", episode)
        table = file.read_row_groups(groups).slice(start, length) if groups else None
        if table is None or len(table) != length or set(table["episode_index"].unique().to_pylist()) != {episode}:
            raise ContractError(
                f"{path} does not hold the {length} frames of episode {episode}.", remedy="write the dataset again."
            )
        return _plain(table)

    def span(self, feature: str, episode: int) -> VideoSpan:
        """Return where the pictures of an episode lie. Frames are counted, as times are exact multiples of 1/fps."""
        key = f"videos/{feature}"
        chunk, number = (self._int(f"{key}/{name}", episode) for name in ("chunk_index", "file_index"))
        name = str(self.info.video_path).format(video_key=feature, chunk_index=chunk, file_index=number)
        first = round(self.episodes[f"{key}/from_timestamp"][episode].as_py() * self.info.fps)
        return VideoSpan(inside(self.path, name), first, self._int("length", episode))

    def _data_file(self, episode: int) -> Path:
        chunk, number = (self._int(f"data/{name}", episode) for name in ("chunk_index", "file_index"))
        return inside(self.path, self.info.data_path.format(chunk_index=chunk, file_index=number))

    def _groups(self, file: pq.ParquetFile, episode: int) -> tuple[list[int], int]:
        """Return the row groups that overlap an episode and the global index of the first row in them."""
        begin, end = (self._int(f"dataset_{name}_index", episode) for name in ("from", "to"))
        sizes = [file.metadata.row_group(number).num_rows for number in range(file.num_row_groups)]
        starts = np.cumsum([self._first_index_of_file(episode), *sizes])
        groups = [n for n in range(len(sizes)) if starts[n] < end and starts[n + 1] > begin]
        return groups, int(starts[groups[0]]) if groups else begin

    def _first_index_of_file(self, episode: int) -> int:
        same = pc.and_(
            pc.equal(self.episodes["data/chunk_index"], self.episodes["data/chunk_index"][episode]),
            pc.equal(self.episodes["data/file_index"], self.episodes["data/file_index"][episode]),
        )
        return int(pc.min(self.episodes["dataset_from_index"].filter(same)).as_py())

    def _int(self, column: str, episode: int) -> int:
        return int(self.episodes[column][episode].as_py())


def read_shard(path: Path) -> Shard:
    """Read the metadata of a LeRobot v3.0 dataset that this project wrote.

    Raises InputError where there is none, ContractError where its parts contradict each other.
    """
    if not (path / METADATA).is_file():
        raise InputError(
            f"{path} is no dataset of this project: {METADATA} is missing.",
            remedy="name a folder such as scenes/ID/episodes/lerobot.",
        )
    metadata = DatasetMetadata.read(inside(path, str(METADATA)))
    if metadata.lerobot_version != "v3.0":
        raise InputError(
            f"{path} is LeRobot {metadata.lerobot_version}.", remedy="name the v3.0 dataset of the same episodes."
        )
    info = parse_foreign(
        DatasetInfo, read_bounded(inside(path, "meta/info.json"), _INFO_BYTES), str(path / "info.json")
    )
    tasks = _labels(path, "tasks", "task_index", "task")
    subtasks = (
        _labels(path, "subtasks", "subtask_index", "subtask", "skill") if "subtask_index" in info.features else []
    )
    episodes = _episodes(path)
    lengths = [episode.frames for episode in metadata.episodes]
    told = (len(episodes), episodes["length"].to_pylist(), info.total_episodes, info.total_frames)
    if told != (len(lengths), lengths, len(lengths), sum(lengths)):
        raise ContractError(
            f"{path}: blueprint.json lists {len(lengths)} episodes of {sum(lengths)} frames, info.json "
            f"{info.total_episodes} of {info.total_frames}, and meta/episodes has {len(episodes)} rows.",
            remedy="write the dataset again.",
        )
    return Shard(
        path=path,
        info=info,
        metadata=metadata,
        metadata_sha256=sha256_file(path / METADATA),
        tasks=[task for (task,) in tasks],
        subtasks=[(text, skill) for text, skill in subtasks],
        episodes=episodes,
    )


def _episodes(path: Path) -> pa.Table:
    files = sorted((path / "meta" / "episodes").rglob("*.parquet"))
    if not files:
        raise ContractError(f"{path}: meta/episodes is empty.", remedy="write the dataset again.")
    table = _plain(pa.concat_tables([_table(path, file) for file in files]))
    needed = {"episode_index", "tasks", "length", "dataset_from_index", "dataset_to_index", "data/file_index"}
    missing = sorted(needed - set(table.column_names))
    if missing or table["episode_index"].to_pylist() != list(range(len(table))):
        raise ContractError(
            f"{path}: meta/episodes lacks {', '.join(missing) or 'the order of its episodes'}.",
            remedy="write the dataset again.",
        )
    return table


def _labels(path: Path, name: str, index: str, *columns: str) -> list[tuple[str, ...]]:
    table = _table(path, path / "meta" / f"{name}.parquet")
    missing = [column for column in (index, *columns) if column not in table.column_names]
    if missing or table[index].to_pylist() != list(range(len(table))):
        raise ContractError(
            f"{path}: meta/{name}.parquet lacks {', '.join(missing) or f'the order of its {index}'}.",
            remedy="write the dataset again.",
        )
    return list(zip(*(table[column].to_pylist() for column in columns), strict=True))


def _table(root: Path, path: Path) -> pa.Table:
    try:
        return pq.ParquetFile(inside(root, str(path.relative_to(root)))).read()
    except (pa.ArrowException, OSError) as error:
        raise ContractError(f"{path} cannot be read: {error}.", remedy="write the dataset again.") from error


def _plain(table: pa.Table) -> pa.Table:
    """Return the table with list items called `item` as Arrow does: Parquet calls them `element`, and files differ."""

    def plain(kind: pa.DataType) -> pa.DataType:
        if pa.types.is_fixed_size_list(kind):
            return pa.list_(plain(kind.value_type), kind.list_size)
        return pa.list_(plain(kind.value_type)) if pa.types.is_list(kind) else kind

    fields = [field.with_type(plain(field.type)) for field in table.schema]
    return table.cast(pa.schema(fields, metadata=table.schema.metadata))
