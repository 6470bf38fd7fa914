"""The numbers and pictures of one episode of a LeRobot v3.0 dataset, for writers of other formats."""

import io
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import PIL.Image
import pyarrow as pa
from numpy.typing import NDArray

from blueprint.contracts.errors import ContractError
from blueprint.datasets.shard import Shard
from blueprint.datasets.video_spans import VideoSpan

__all__ = [
    "INDEX_COLUMNS",
    "decoded_still",
    "episode_columns",
    "numbers_of",
    "pictures",
    "short_name",
    "stills",
    "subtask_spans",
]

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


def stills(shard: Shard, episode: int, feature: str) -> list[bytes]:
    """Return the PNGs of a feature that is not a video, one a frame; raises ContractError where one is missing."""
    rows = shard.rows(episode)[feature].to_pylist()
    for frame, row in enumerate(rows):
        if not isinstance(row, dict) or not isinstance(row.get("bytes"), bytes):
            raise ContractError(
                f"episode {episode} has no picture {feature} at frame {frame}.", remedy="write the dataset again."
            )
    return [row["bytes"] for row in rows]


def decoded_still(data: bytes, shape: Sequence[int]) -> NDArray[np.uint16]:
    """Return a 16-bit PNG as (H, W, 1) uint16; raises ContractError for another size or kind of picture."""
    try:
        with PIL.Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            if (image.height, image.width) == tuple(shape[:2]) and image.mode == "I;16":
                return np.asarray(image, np.uint16)[..., None]
            found = f"{image.width}×{image.height} {image.mode}"
    except (OSError, ValueError, SyntaxError) as error:  # what Pillow raises on damaged files
        found = f"damaged ({error})"
    raise ContractError(
        f"a picture is {found}, expected {shape[1]}×{shape[0]} of 16 bits.", remedy="write the dataset again."
    )


def short_name(feature: str) -> str:
    """Return a feature's name without its room: `observation.images.wrist` is `wrist`, its depth `wrist_depth`."""
    parts = feature.split(".")
    if len(parts) == 3 and parts[1] in ("depth", "segmentation"):
        return f"{parts[2]}_{parts[1]}"
    return feature.removeprefix("observation.images.").removeprefix("observation.")


def subtask_spans(shard: Shard, columns: Mapping[str, NDArray]) -> list[tuple[int, str]]:
    """Return (first frame, instruction) of every run of a sub-task, in order; empty without sub-tasks."""
    numbers = columns.get("subtask_index")
    if numbers is None or not shard.subtasks:
        return []
    starts = [0, *(int(i) + 1 for i in np.flatnonzero(np.diff(numbers)))]
    return [(start, shard.subtasks[int(numbers[start])][0]) for start in starts]
