import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from depth_columns import add_stills
from synthetic_records import encode, picture

from blueprint.contracts.errors import ContractError, InputError
from blueprint.datasets import write_lerobot_v3, write_lerobot_v21
from blueprint.datasets.check import check_dataset

WRITERS = [write_lerobot_v3, write_lerobot_v21]


@pytest.fixture(params=WRITERS, ids=["v3.0", "v2.1"])
def dataset(request, record_dirs: list[Path], tmp_path: Path) -> Path:
    request.param(record_dirs, tmp_path / "d", repo_id="blueprint/test")
    return tmp_path / "d"


def failed(folder: Path) -> list[str]:
    return [check.name for check in check_dataset(folder) if not check.passed]


def test_what_the_writers_write_passes(dataset: Path):
    assert failed(dataset) == []
    assert len(check_dataset(dataset)) == 6


def test_a_shortened_video_is_found(dataset: Path):
    video = next(path for path in sorted(dataset.rglob("*.mp4")) if "observation.images.wrist" in path.parts)
    video.unlink()  # a hard link: the record keeps its file
    encode(video, [picture(t, 0, 1) for t in range(20)])
    assert failed(dataset) == ["video.wrist"]


def test_drifting_timestamps_and_missing_rows_are_found(dataset: Path):
    path = min(dataset.glob("data/**/*.parquet"))
    table = pq.read_table(path)
    drifted = pa.array(table["timestamp"].to_numpy() * np.float32(1.001))
    pq.write_table(table.set_column(table.schema.get_field_index("timestamp"), "timestamp", drifted), path)
    assert failed(dataset) == ["timestamps"]
    pq.write_table(table.slice(0, len(table) - 1), path)
    assert failed(dataset) == ["indices", "timestamps"]


def test_missing_statistics_and_wrong_totals_are_found(dataset: Path):
    stats = json.loads((dataset / "meta" / "stats.json").read_text())
    del stats["action"]["q99"]
    stats["observation.state"]["std"][0] = float("nan")
    (dataset / "meta" / "stats.json").write_text(json.dumps(stats))
    info = json.loads((dataset / "meta" / "info.json").read_text())
    (dataset / "meta" / "info.json").write_text(json.dumps(info | {"total_frames": 1}))
    assert failed(dataset) == ["totals", "statistics"]


def test_a_truncated_parquet_is_an_error_that_says_what_to_do(dataset: Path):
    path = min(dataset.glob("data/**/*.parquet"))
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ContractError, match="write the dataset again"):
        check_dataset(dataset)


def test_a_folder_without_a_dataset_is_an_input_error(tmp_path: Path):
    with pytest.raises(InputError):
        check_dataset(tmp_path)


def test_depth_has_no_statistics_and_is_sound_without(record_dirs: list[Path], tmp_path: Path):
    write_lerobot_v3(record_dirs[:1], tmp_path / "d", repo_id="blueprint/x")
    assert all(check.passed for check in check_dataset(add_stills(tmp_path / "d")))
