import json
from pathlib import Path

import h5py
import numpy as np
import pyarrow.parquet as pq
import pytest
from depth_columns import add_stills, png, still
from synthetic_records import read_strip

from blueprint.contracts.dataset_conversion import DatasetConversion
from blueprint.contracts.errors import ContractError, InputError
from blueprint.datasets import write_lerobot_v3
from blueprint.datasets.columns import decoded_still
from blueprint.datasets.robomimic import write_robomimic


@pytest.fixture(scope="module")
def source(record_dirs: list[Path], tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("robomimic") / "d"
    write_lerobot_v3(record_dirs, out, repo_id="blueprint/x")
    return out


@pytest.fixture(scope="module")
def written(source: Path, tmp_path_factory) -> Path:
    return write_robomimic(source, tmp_path_factory.mktemp("hdf5") / "x.hdf5")


def test_every_episode_is_a_demonstration_with_its_rows_and_pictures(written: Path, source: Path):
    rows = pq.read_table(source / "data").to_pydict()
    with h5py.File(written) as file:
        assert sorted(file["data"]) == ["demo_0", "demo_1", "demo_2"]
        assert file["data"].attrs["total"] == 93
        demo = file["data/demo_1"]
        assert demo.attrs["num_samples"] == 31
        assert demo.attrs["language_instruction"] == "open the drawer"
        np.testing.assert_array_equal(demo["actions_raw"], np.array(rows["action"][24:55], np.float32))
        np.testing.assert_array_equal(demo["obs/state"], np.array(rows["observation.state"][24:55], np.float32))
        assert sorted(demo["obs"]) == ["ee_pose", "left_image", "state", "wrist_image"]
        shown = [read_strip(image) for image in demo["obs/wrist_image"]]
        assert shown == [{"frame": t, "episode": 1, "camera": 1} for t in range(31)]
        assert demo["dones"][-1] == 1
        assert demo["rewards"][:].sum() == 1
    assert DatasetConversion.read(written.with_name("x.hdf5.conversion.json")).outputs[0].episodes == 3


def test_actions_fill_the_range_of_robomimic_and_lead_back_to_what_was_commanded(written: Path):
    with h5py.File(written) as file:
        offset, scale = file["data"].attrs["action_offset"], file["data"].attrs["action_scale"]
        scaled = np.concatenate([file[f"data/demo_{n}/actions"] for n in range(3)])
        raw = np.concatenate([file[f"data/demo_{n}/actions_raw"] for n in range(3)])
    np.testing.assert_allclose(scaled.min(0), -1, atol=1e-6)
    np.testing.assert_allclose(scaled.max(0), 1, atol=1e-6)
    np.testing.assert_allclose(offset + scale * scaled, raw, atol=1e-6)


def test_masks_separate_scenes(source: Path, tmp_path: Path):
    path = write_robomimic(source, tmp_path / "x.hdf5", val_scenes=("kitchen_001",))
    with h5py.File(path) as file:
        assert file["mask/valid"][:].tolist() == [b"demo_0", b"demo_1", b"demo_2"]
        assert "train" not in file["mask"]
        assert json.loads(file["data"].attrs["env_args"])["type"] == 2
    with pytest.raises(InputError, match="no scene 'attic'"):
        write_robomimic(source, tmp_path / "y.hdf5", val_scenes=("attic",))
    assert sorted(item.name for item in tmp_path.iterdir()) == ["x.hdf5", "x.hdf5.conversion.json"]


def test_the_same_dataset_gives_the_same_bytes_and_no_file_is_replaced_unasked(
    source: Path, written: Path, tmp_path: Path
):
    again = write_robomimic(source, tmp_path / "x.hdf5")
    assert again.read_bytes() == written.read_bytes()  # HDF5 of 1.10 would hold the time of day
    with pytest.raises(InputError, match="exists"):
        write_robomimic(source, again)
    write_robomimic(source, again, overwrite=True)


def test_depth_in_millimetres_and_segmentation_go_along(record_dirs: list[Path], tmp_path: Path):
    write_lerobot_v3(record_dirs, tmp_path / "d", repo_id="blueprint/x")
    path = write_robomimic(add_stills(tmp_path / "d"), tmp_path / "x.hdf5")
    with h5py.File(path) as file:
        for kind in ("depth", "segmentation"):
            shown = file[f"data/demo_2/obs/wrist_{kind}"]
            assert shown.dtype == np.uint16
            np.testing.assert_array_equal(shown[5, :, :, 0], still(2, 5, kind))


def test_a_damaged_or_smaller_picture_is_refused_and_leaves_no_file(record_dirs: list[Path], tmp_path: Path):
    write_lerobot_v3(record_dirs[:1], tmp_path / "d", repo_id="blueprint/x")
    info = add_stills(tmp_path / "d") / "meta" / "info.json"
    info.write_text(info.read_text().replace("[12, 16, 1]", "[12, 17, 1]"))
    with pytest.raises(ContractError, match="16×12 I;16, expected 17×12"):
        write_robomimic(tmp_path / "d", tmp_path / "x.hdf5")
    with pytest.raises(ContractError, match="damaged"):
        decoded_still(png(still(0, 0, "depth"))[:60], (12, 16, 1))
    assert [item.name for item in tmp_path.iterdir()] == ["d"]
