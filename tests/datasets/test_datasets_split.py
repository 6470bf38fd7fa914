from pathlib import Path

import pytest
from synthetic_records import write_record

from blueprint.contracts.dataset import DatasetMetadata
from blueprint.contracts.dataset_conversion import DatasetConversion
from blueprint.contracts.episode import EpisodeRecord
from blueprint.contracts.errors import InputError
from blueprint.datasets import write_lerobot_v3
from blueprint.datasets.check import check_dataset
from blueprint.datasets.split import split_dataset


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> Path:
    """Five scenes of two short episodes each."""
    root = tmp_path_factory.mktemp("split")
    records = [write_record(root, n, frames=6, cameras=("left",)) for n in range(10)]
    for number, folder in enumerate(records):
        record = EpisodeRecord.read(folder / "record.json")
        record.model_copy(update={"scene_id": f"scene_{number // 2}"}).write(folder / "record.json")
    write_lerobot_v3(records, root / "lerobot", repo_id="blueprint/five")
    return root / "lerobot"


def scenes(folder: Path) -> set[str]:
    return {episode.scene_id for episode in DatasetMetadata.read(folder / "meta" / "blueprint.json").episodes}


def test_no_scene_is_on_both_sides_and_no_episode_is_lost(source: Path, tmp_path: Path):
    sides = split_dataset(source, tmp_path / "s", val_fraction=0.3, seed=3)
    assert (sides["train"].episodes, sides["val"].episodes) == (6, 4)
    assert not scenes(tmp_path / "s" / "train") & scenes(tmp_path / "s" / "val")
    assert scenes(tmp_path / "s" / "train") | scenes(tmp_path / "s" / "val") == {f"scene_{n}" for n in range(5)}
    for side in ("train", "val"):
        assert all(check.passed for check in check_dataset(tmp_path / "s" / side))
        conversion = DatasetConversion.read(tmp_path / "s" / side / "meta" / "conversion.json")
        assert [(output.name, output.episodes) for output in conversion.outputs] == [("train", 6), ("val", 4)]


def test_the_seed_decides_and_a_second_split_changes_nothing(source: Path, tmp_path: Path):
    split_dataset(source, tmp_path / "s", seed=1)
    first = scenes(tmp_path / "s" / "val")
    again = split_dataset(source, tmp_path / "s", seed=1)
    assert not any(side.written for side in again.values())
    drawn = set()
    for seed in range(8):
        split_dataset(source, tmp_path / "s", seed=seed, overwrite=True)
        drawn |= scenes(tmp_path / "s" / "val")
    assert first < drawn


def test_named_scenes_are_the_validation_side(source: Path, tmp_path: Path):
    split_dataset(source, tmp_path / "s", val_scenes=["scene_4", "scene_1"])
    assert scenes(tmp_path / "s" / "val") == {"scene_1", "scene_4"}


def test_a_split_that_leaves_a_side_empty_is_refused(source: Path, tmp_path: Path):
    with pytest.raises(InputError, match="no scene 'attic'"):
        split_dataset(source, tmp_path / "s", val_scenes=["attic"])
    with pytest.raises(InputError, match="one side would be empty"):
        split_dataset(source, tmp_path / "s", val_scenes=[f"scene_{n}" for n in range(5)])
    with pytest.raises(InputError, match="share is 1"):
        split_dataset(source, tmp_path / "s", val_fraction=1.0)
    split_dataset(source, tmp_path / "one", val_scenes=["scene_0"])
    with pytest.raises(InputError, match="one side would be empty"):
        split_dataset(tmp_path / "one" / "val", tmp_path / "t")
    assert not (tmp_path / "s").exists()
