"""What was written is read by TensorFlow Datasets itself, so most of this needs the extra `rlds`."""

import importlib.util
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from depth_columns import add_stills, still
from synthetic_records import read_strip

from blueprint.contracts.dataset_conversion import DatasetConversion
from blueprint.contracts.errors import InputError, MissingDependencyError
from blueprint.datasets import write_lerobot_v3
from blueprint.datasets.rlds import write_rlds

_HERE = importlib.util.find_spec("tensorflow_datasets") is not None
needs_tensorflow = pytest.mark.skipif(not _HERE, reason="the extra rlds is not installed")


@pytest.fixture(scope="module")
def source(record_dirs: list[Path], tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("rlds") / "d"
    write_lerobot_v3(record_dirs, out, repo_id="blueprint/all")
    return out


@pytest.mark.slow
@needs_tensorflow
def test_tensorflow_datasets_reads_every_step_in_its_place(source: Path, tmp_path: Path):
    import tensorflow_datasets as tfds

    folder = write_rlds(source, tmp_path / "r")
    assert folder == tmp_path / "r" / "all" / "1.0.0"
    rows = pq.read_table(source / "data").to_pydict()
    index = 0
    for number, episode in enumerate(
        tfds.builder_from_directory(folder).as_dataset(split="train", shuffle_files=False)
    ):
        assert episode["episode_metadata"]["episode_id"].numpy().decode() == f"episode_{number:04d}"
        steps = list(episode["steps"])
        for frame, step in enumerate(steps):
            assert read_strip(step["observation"]["wrist"].numpy()) == {"frame": frame, "episode": number, "camera": 1}
            np.testing.assert_array_equal(step["action"], np.array(rows["action"][index], np.float32))
            np.testing.assert_array_equal(step["observation"]["state"], rows["observation.state"][index])
            assert bool(step["is_terminal"]) == bool(step["is_last"]) == (frame == len(steps) - 1)
            index += 1
    assert (number, index) == (2, 93)
    assert DatasetConversion.read(tmp_path / "r" / "conversion.json").outputs[0].frames == 93


@needs_tensorflow
def test_a_side_without_scenes_is_refused(source: Path, tmp_path: Path):
    with pytest.raises(InputError, match="some, but not all"):
        write_rlds(source, tmp_path / "r", val_scenes=("kitchen_001",))
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="exists"):
        write_rlds(source, tmp_path / "thesis", overwrite=True)


@pytest.mark.skipif(_HERE, reason="the extra rlds is installed")
def test_without_the_extra_the_error_says_how_to_install_it(source: Path, tmp_path: Path):
    with pytest.raises(MissingDependencyError, match=r"blueprint-pipeline\[rlds\]"):
        write_rlds(source, tmp_path / "r")


@pytest.mark.slow
@needs_tensorflow
def test_depth_and_segmentation_keep_their_16_bits(record_dirs: list[Path], tmp_path: Path):
    import tensorflow_datasets as tfds

    write_lerobot_v3(record_dirs[:1], tmp_path / "d", repo_id="blueprint/all")
    folder = write_rlds(add_stills(tmp_path / "d"), tmp_path / "r")
    (episode,) = tfds.builder_from_directory(folder).as_dataset(split="train")
    for frame, step in enumerate(episode["steps"]):
        for kind in ("depth", "segmentation"):
            np.testing.assert_array_equal(step["observation"][f"wrist_{kind}"][..., 0], still(0, frame, kind))
