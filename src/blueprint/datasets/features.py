"""Features of a LeRobot dataset: their declaration in info.json and their columns in Arrow."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from blueprint.contracts.episode import EpisodeRecord
from blueprint.datasets.video import VideoFormat

__all__ = ["Feature", "indexed_table", "info_features", "numeric", "row_features", "rows_table", "write_json"]

_EE_POSE = ("x", "y", "z", "qw", "qx", "qy", "qz")
_WRENCH = ("fx", "fy", "fz", "tx", "ty", "tz")


@dataclass(frozen=True)
class Feature:
    """One column: a shape of (1,) is a scalar column, (n,) a fixed-size list; of dtype "image", PNGs of `picture` size.

    picture: (height, width), px.
    """

    name: str
    dtype: str
    size: int
    names: tuple[str, ...] | None = None
    picture: tuple[int, int] | None = None


def row_features(record: EpisodeRecord) -> list[Feature]:
    """Return the features that are columns of the rows, in their order: numbers, then depth and segmentation.

    What MuJoCo alone measures is there when the record has it, which `arms` tells.
    """
    state_names, arms = tuple(record.state_names), record.arms
    measured = [
        Feature("observation.velocity", "float32", len(state_names), state_names),
        Feature("observation.effort", "float32", len(record.action_names), tuple(record.action_names)),
        Feature("observation.wrench", "float32", 6 * len(arms), _per_arm(_WRENCH, arms)),
    ]
    return [
        Feature("observation.state", "float32", len(state_names), state_names),
        Feature("action", "float32", len(record.action_names), tuple(record.action_names)),
        Feature("observation.ee_pose", "float32", 7 * max(1, len(arms)), _per_arm(_EE_POSE, arms)),
        *(measured if arms else []),
        Feature("next.reward", "float32", 1),
        Feature("next.done", "bool", 1),
        Feature("next.success", "bool", 1),
        Feature("subtask_index", "int64", 1),
        Feature("timestamp", "float32", 1),
        Feature("frame_index", "int64", 1),
        Feature("episode_index", "int64", 1),
        Feature("index", "int64", 1),
        Feature("task_index", "int64", 1),
        *(
            Feature(f"observation.{kind}.{video.camera}", "image", 1, picture=(video.height_px, video.width_px))
            for video in record.videos
            for kind, file in (("depth", video.depth_file), ("segmentation", video.segmentation_file))
            if file
        ),
    ]


def numeric(features: Sequence[Feature]) -> list[Feature]:
    """Return the features that have numbers, of which statistics are taken."""
    return [item for item in features if item.picture is None]


def _per_arm(names: tuple[str, ...], arms: Sequence[str]) -> tuple[str, ...]:
    return names if len(arms) < 2 else tuple(f"{arm}/{name}" for arm in arms for name in names)


def info_features(features: Sequence[Feature], videos: Mapping[str, VideoFormat], fps: int) -> dict[str, Any]:
    """Return the `features` entry of info.json. `videos`: feature key → format; image shapes are H, W, C."""
    declared: dict[str, Any] = {
        item.name: {"dtype": item.dtype, "shape": [item.size], "names": list(item.names) if item.names else None}
        for item in numeric(features)
    }
    for item in features:
        if item.picture is not None:
            names = ["height", "width", "channels"]
            declared[item.name] = {"dtype": "image", "shape": [*item.picture, 1], "names": names}
    for key, video in videos.items():
        declared[key] = {
            "dtype": "video",
            "shape": [video.height_px, video.width_px, 3],
            "names": ["height", "width", "channels"],
            "info": {
                "video.height": video.height_px,
                "video.width": video.width_px,
                "video.codec": video.codec,
                "video.pix_fmt": video.pixel_format,
                "video.is_depth_map": False,
                "video.fps": fps,
                "video.channels": 3,
                "has_audio": False,
            },
        }
    return declared


def rows_table(columns: Mapping[str, NDArray], features: Sequence[Feature]) -> pa.Table:
    """Return the frames as Arrow: scalars and fixed-size lists, with Hugging Face's schema metadata.

    `Sequence` rather than `List`: datasets < 4 (lerobot 0.3.3) does not know the latter, newer ones read both.
    """
    arrays = [_column(columns[item.name], item) for item in features]
    declared = {
        item.name: {"_type": "Image"}
        if item.picture is not None
        else {"dtype": item.dtype, "_type": "Value"}
        if item.size == 1
        else {"feature": {"dtype": item.dtype, "_type": "Value"}, "length": item.size, "_type": "Sequence"}
        for item in features
    }
    schema = pa.schema(
        [(item.name, array.type) for item, array in zip(features, arrays, strict=True)],
        metadata={"huggingface": json.dumps({"info": {"features": declared}})},
    )
    return pa.Table.from_arrays(arrays, schema=schema)


def indexed_table(index_name: str, labels: Sequence[str], columns: Mapping[str, pa.Array]) -> pa.Table:
    """Return a table that pandas reads with `labels` as its index (lerobot takes the task from the row's name)."""
    described = [
        {
            "name": name,
            "field_name": name,
            "pandas_type": "unicode" if pa.types.is_string(array.type) else "int64",
            "numpy_type": "object" if pa.types.is_string(array.type) else "int64",
            "metadata": None,
        }
        for name, array in {**columns, index_name: pa.array(labels, pa.string())}.items()
    ]
    pandas = {
        "index_columns": [index_name],
        "column_indexes": [],
        "columns": described,
        "creator": {"library": "pyarrow", "version": pa.__version__},
        "pandas_version": "2.3.0",
    }
    arrays = [*columns.values(), pa.array(labels, pa.string())]
    schema = pa.schema(
        [(name, array.type) for name, array in zip([*columns, index_name], arrays, strict=True)],
        metadata={"pandas": json.dumps(pandas)},
    )
    return pa.Table.from_arrays(arrays, schema=schema)


def _column(values: NDArray, feature: Feature) -> pa.Array:
    if feature.picture is not None:
        data = pa.array(list(values), pa.binary())
        return pa.StructArray.from_arrays([data, pa.nulls(len(data), pa.string())], names=["bytes", "path"])
    values = np.ascontiguousarray(values)
    if feature.size == 1:
        return pa.array(values.reshape(-1).astype(feature.dtype))
    flat = pa.array(values.astype(feature.dtype).reshape(-1))
    return pa.FixedSizeListArray.from_arrays(flat, feature.size)


def write_json(path: Path, value: Any) -> None:
    """Write indented JSON with a final newline."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=4, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
