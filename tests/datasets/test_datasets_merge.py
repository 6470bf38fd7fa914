import hashlib
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from synthetic_records import read_strip

from blueprint.contracts.dataset_conversion import DatasetConversion
from blueprint.contracts.errors import ContractError
from blueprint.datasets import Provenance, write_lerobot_v3
from blueprint.datasets.check import check_dataset
from blueprint.datasets.demonstration import read_demonstrations
from blueprint.datasets.histograms import write_histograms
from blueprint.datasets.merge import merge_datasets

REPO = "blueprint/all"


def dataset(records: list[Path], out: Path, **facts: str) -> Path:
    """Write a dataset as the pipeline does, with its histograms."""
    write_lerobot_v3(records, out, repo_id=REPO, provenance=Provenance(prompt="a kitchen", facts=facts))
    write_histograms(
        out,
        [
            {f"observation.images.{camera}": counts for camera, counts in item.histograms.items()}
            for item in read_demonstrations(records)
        ],
    )
    return out


def tree(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "conversion.json"
    }


@pytest.fixture(scope="module")
def shards(record_dirs: list[Path], tmp_path_factory) -> list[Path]:
    root = tmp_path_factory.mktemp("shards")
    return [dataset(record_dirs[:1], root / "a"), dataset(record_dirs[1:], root / "b")]


@pytest.fixture(scope="module")
def merged(shards: list[Path], tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("merged") / "all"
    merge_datasets(shards, out, repo_id=REPO)
    return out


def test_a_merge_has_the_bytes_of_a_dataset_written_at_once(merged: Path, record_dirs: list[Path], tmp_path: Path):
    assert tree(merged) == tree(dataset(record_dirs, tmp_path / "once"))


def test_every_episode_is_accounted_for(merged: Path):
    conversion = DatasetConversion.read(merged / "meta" / "conversion.json")
    assert [source.episodes for source in conversion.sources] == [1, 2]
    assert [(output.episodes, output.frames) for output in conversion.outputs] == [(3, 93)]
    assert conversion.approximations == []
    with pytest.raises(ContractError, match="3 episodes came in, 2 went out and 0 were left out"):
        DatasetConversion.parse(
            conversion.to_json().replace('"episodes": 3', '"episodes": 2'), where="a conversion that lost one"
        )


def test_every_frame_of_a_merge_is_in_its_place(merged: Path):
    import av

    rows = pq.read_table(merged / "data").to_pydict()
    path = merged / "videos" / "observation.images.wrist" / "chunk-000" / "file-000.mp4"
    with av.open(str(path)) as container:
        shown = [read_strip(frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0)]
    wanted = zip(rows["frame_index"], rows["episode_index"], strict=True)
    assert shown == [{"frame": frame, "episode": episode, "camera": 1} for frame, episode in wanted]
    assert rows["index"] == list(range(93))
    assert all(check.passed for check in check_dataset(merged))
