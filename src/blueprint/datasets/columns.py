"""The numbers and pictures of one episode of a LeRobot v3.0 dataset, for writers of other formats."""

from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from blueprint.contracts.errors import ContractError
from blueprint.datasets.shard import Shard
from blueprint.datasets.video_spans import VideoSpan

__all__ = ["INDEX_COLUMNS", "episode_columns", "numbers_of", "pictures", "short_name", "subtask_spans"]

INDEX_COLUMNS = ("index", "frame_index", "episode_index", "task_index", "subtask_index", "timestamp")


def episode_columns(shard: Shard, episode: int) -> dict[str, NDArray]:
    """Return the numeric columns of an episode: (T,) or (T, n), in the dataset's own types."""
    return numbers_of(shard.rows(episode))


def numbers_of(table: pa.Table) -> dict[str, NDArray]:
    """Return the numeric columns of a table as (rows,) or (rows, n) arrays; lists must have one length."""
    numbers = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        kind, values = column.type, column.combine_chunks()
        is_list = False
        while pa.types.is_fixed_size_list(kind) or pa.types.is_list(kind):
            kind, values, is_list = kind.value_type, values.flatten(), True
        if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind):
            flat = values.to_numpy(zero_copy_only=False)
            numbers[name] = flat.reshape(len(table), -1) if is_list else flat
    return numbers


def pictures(span: VideoSpan, fps: int) -> Iterator[NDArray[np.uint8]]:
    """Decode a span, one (H, W, 3) picture after the other; raises ContractError where one is missing."""
    import av

    count = 0
    with av.open(str(span.path), format="mp4") as container:
        stream = container.streams.video[0]
        if stream.time_base is None:
            raise ContractError(f"{span.path.name} has no time base.", remedy="write the dataset again.")
        container.seek(round(span.first / fps / stream.time_base), stream=stream, backward=True)
        for frame in container.decode(stream):
            if frame.pts is None or count == span.frames:
                break
            shown = round(frame.pts * stream.time_base * fps)
            if shown == span.first + count:
                yield np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
                count += 1
    if count != span.frames:
        raise ContractError(
            f"{span.path.name} has {count} of {span.frames} pictures from frame {span.first} on.",
            remedy="write the dataset again.",
        )


def short_name(feature: str) -> str:
    """Return a feature's name without its room: `observation.images.wrist` is `wrist`."""
    return feature.removeprefix("observation.images.").removeprefix("observation.")


def subtask_spans(shard: Shard, columns: Mapping[str, NDArray]) -> list[tuple[int, str]]:
    """Return (first frame, instruction) of every run of a sub-task, in order; empty without sub-tasks."""
    numbers = columns.get("subtask_index")
    if numbers is None or not shard.subtasks:
        return []
    starts = [0, *(int(i) + 1 for i in np.flatnonzero(np.diff(numbers)))]
    return [(start, shard.subtasks[int(numbers[start])][0]) for start in starts]
