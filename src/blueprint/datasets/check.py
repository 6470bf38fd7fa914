"""Checking a dataset on disk without `lerobot`: what its metadata promises is there, row by row and frame by frame."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from blueprint.contracts.dataset import DatasetMetadata
from blueprint.contracts.errors import ContractError, InputError
from blueprint.contracts.quality_gate import GateCheck
from blueprint.datasets.folder import METADATA
from blueprint.datasets.stats import STATISTICS

__all__ = ["check_dataset"]

_TOLERANCE_S = 1e-4  # LeRobotDataset's default for timestamps


def check_dataset(folder: Path) -> list[GateCheck]:
    """Return the checks of a dataset that this project wrote, v3.0 or v2.1.

    Rows: episodes, frames, indices and times as `meta/blueprint.json` lists them · videos: as many packets as rows, for
    every camera · statistics: every feature, finite, ordered. Raises InputError where the metadata cannot be read.
    """
    metadata = DatasetMetadata.read(folder / METADATA)
    info = _json(folder / "meta" / "info.json")
    rows = _rows(folder)
    lengths = [episode.frames for episode in metadata.episodes]
    total = sum(lengths)
    frame_index = np.concatenate([np.arange(length) for length in lengths])
    expected = {
        "index": np.arange(total),
        "frame_index": frame_index,
        "episode_index": np.repeat(np.arange(len(lengths)), lengths),
    }
    wrong = [name for name, values in expected.items() if not np.array_equal(rows[name], values)]
    declared = (info.get("total_episodes"), info.get("total_frames"), info.get("codebase_version"))
    promised = (len(lengths), total, metadata.lerobot_version)
    late = np.abs(rows["timestamp"] - frame_index / metadata.fps).max() if len(rows["timestamp"]) == total else np.inf
    checks = [
        _check("totals", declared == promised, "info.json counts what is inside", str(declared), str(promised)),
        _check("indices", not wrong, "rows are complete and in order", ", ".join(wrong) or None),
        _check(
            "timestamps",
            late < _TOLERANCE_S,
            "row k of an episode is at k/fps",
            float(late) if np.isfinite(late) else "other rows",
            _TOLERANCE_S,
        ),
    ]
    for camera in metadata.camera_names:
        shown = _packets(folder, f"observation.images.{camera}")
        checks.append(_check(f"video.{camera}", shown == total, "one picture per row", shown, total))
    stats = _json(folder / "meta" / "stats.json")
    features = info.get("features", {}).items()
    names = [name for name, feature in features if feature.get("dtype") not in ("string", "image")]
    bad = [name for name in names if not _sound(stats.get(name))]
    checks.append(
        _check("statistics", bool(names) and not bad, "every feature has sound statistics", ", ".join(bad) or None)
    )
    return checks


def _rows(folder: Path) -> dict[str, np.ndarray]:
    names = ["index", "frame_index", "episode_index", "timestamp"]
    try:
        tables = [pq.ParquetFile(path).read(columns=names) for path in sorted((folder / "data").rglob("*.parquet"))]
        table = pa.concat_tables(tables) if tables else None
    except (pa.ArrowException, OSError) as error:
        raise ContractError(f"data of {folder} cannot be read: {error}.", remedy="write the dataset again.") from error
    return {name: table[name].to_numpy() if table else np.empty(0) for name in names}


def _packets(folder: Path, key: str) -> int:
    """Count the pictures of a camera over its files, without decoding them."""
    import av

    count = 0
    for path in sorted((folder / "videos").rglob("*.mp4")):
        if key not in path.relative_to(folder).parts:
            continue
        try:
            with av.open(str(path), format="mp4") as container:
                count += sum(packet.size > 0 for packet in container.demux(video=0))
        except (av.FFmpegError, IndexError) as error:
            raise ContractError(f"{path} cannot be read: {error}.", remedy="write the dataset again.") from error
    return count


def _sound(values: Any) -> bool:
    if not isinstance(values, dict) or set(values) != set(STATISTICS):
        return False
    low, high, std = (np.asarray(values[name], float) for name in ("min", "max", "std"))
    return bool(np.isfinite([low, high, std]).all() and (low <= high).all() and (std >= 0).all())


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_bytes())
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}.", remedy="write the dataset again.") from error
    except ValueError as error:
        raise ContractError(f"{path} is not JSON: {error}.", remedy="write the dataset again.") from error
    if not isinstance(value, dict):
        raise ContractError(f"{path} is not a JSON object.", remedy="write the dataset again.")
    return value


def _check(
    name: str, passed: bool, message: str, measured: float | str | None, limit: float | str | None = None
) -> GateCheck:
    return GateCheck(name=name, passed=bool(passed), severity="ERROR", message=message, measured=measured, limit=limit)
