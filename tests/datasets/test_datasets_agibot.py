"""AgiBot's layout as LeRobot v2.1 and v3.0, without the defects of AgiBot's own converter."""

import json
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "quality" / "geniesim"))

from synthetic_episode import G1, write_episode

from blueprint.datasets.agibot import write_agibot_v3, write_agibot_v21
from blueprint.datasets.check import check_dataset
from blueprint.datasets.stats import STATISTICS, ValueSpool, value_stats
from blueprint.quality.geniesim.convert import state_vectors
from blueprint.quality.geniesim.importer import Importer, episode_sources
from blueprint.quality.geniesim.reader import read_raw_episode


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("raw")
    for number in range(2):
        write_episode(folder / f"[put_cube_{number}]", frames=20 + 4 * number, seed=number)
    return folder


@pytest.fixture(scope="module")
def records(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    out = tmp_path_factory.mktemp("records")
    importer = Importer(out / "records", out / "certificates", "kitchen")
    return [item.record_dir for item in importer.run(episode_sources(raw)) if item.record_dir]


@pytest.fixture(scope="module")
def v21(records: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_agibot_v21(records, tmp_path_factory.mktemp("v21") / "d", repo_id="blueprint/kitchen").path


@pytest.fixture(scope="module")
def v3(records: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_agibot_v3(records, tmp_path_factory.mktemp("v3") / "d", repo_id="blueprint/kitchen").path


def test_info_declares_159_and_40_by_field_descriptions(v21: Path) -> None:
    info = json.loads((v21 / "meta" / "info.json").read_text())
    assert (info["codebase_version"], info["robot_type"], info["fps"]) == ("v2.1", "g2a", 30)
    assert set(info["features"]) == {
        "observation.images.top_head", "observation.images.hand_left", "observation.images.hand_right",
        "observation.state", "action", "episode_index", "frame_index", "index", "task_index", "timestamp",
    }  # fmt: skip
    for name, size in (("observation.state", 159), ("action", 40)):
        feature = info["features"][name]
        assert feature["shape"] == [size]
        indices = [i for entry in feature["field_descriptions"].values() for i in entry["indices"]]
        assert indices == list(range(size))
    fields = info["features"]["observation.state"]["field_descriptions"]
    assert fields["state/joint/position"]["indices"] == list(range(30, 44))
    assert fields["state/waist/position"]["indices"] == list(range(75, 80))


def test_rows_are_the_recorded_states_and_index_runs_on(raw: Path, v21: Path) -> None:
    tables = [pq.read_table(path) for path in sorted((v21 / "data").rglob("*.parquet"))]
    assert [len(table) for table in tables] == [19, 23]  # the last state has no action
    index = np.concatenate([table["index"].to_numpy() for table in tables])
    np.testing.assert_array_equal(index, np.arange(42))
    for number, table in enumerate(tables):
        state = np.array(table["observation.state"].to_pylist(), np.float32)
        wanted = state_vectors(read_raw_episode(raw / f"[put_cube_{number}]"))[:-1]
        np.testing.assert_array_equal(state, wanted)


def test_videos_lie_where_video_path_says_and_the_task_is_the_episodes_own(v21: Path) -> None:
    info = json.loads((v21 / "meta" / "info.json").read_text())
    for camera in ("top_head", "hand_left", "hand_right"):
        place = {"episode_chunk": 0, "video_key": f"observation.images.{camera}", "episode_index": 1}
        assert (v21 / info["video_path"].format(**place)).is_file()
    assert json.loads((v21 / "meta" / "tasks.jsonl").read_text())["task"] == "Put the cube in the bin"


def test_both_versions_pass_our_own_checks(v21: Path, v3: Path) -> None:
    for folder in (v21, v3):
        assert [check.name for check in check_dataset(folder) if not check.passed] == []


def test_v3_has_sub_tasks_beside_agibots_columns(v3: Path) -> None:
    info = json.loads((v3 / "meta" / "info.json").read_text())
    assert {"next.success", "subtask_index"} <= set(info["features"])
    words = pq.read_table(v3 / "meta" / "subtasks.parquet")["subtask"].to_pylist()
    assert words == ["Pick up the cube", "Place the cube in the bin"]


def test_groot_finds_the_parts_of_the_vectors(v21: Path) -> None:
    modality = json.loads((v21 / "meta" / "modality.json").read_text())
    assert modality["state"]["joint_position"] == {"start": 30, "end": 44}
    assert modality["action"]["left_effector_position"] == {"start": 0, "end": 1}


def test_a_g1_fills_what_it_has(tmp_path: Path) -> None:
    write_episode(tmp_path / "raw" / "[put_cube_0]", robot=G1, frames=16)
    importer = Importer(tmp_path / "records", tmp_path / "certificates", "kitchen")
    [outcome] = importer.run(episode_sources(tmp_path / "raw"))
    out = write_agibot_v21([outcome.record_dir], tmp_path / "d", repo_id="blueprint/kitchen").path
    info = json.loads((out / "meta" / "info.json").read_text())
    assert info["robot_type"] == "a2d"
    assert "state/head/position/unused_2" in info["features"]["observation.state"]["names"]


def test_spooled_statistics_are_those_of_all_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("blueprint.datasets.stats._SPOOL_BLOCK_BYTES", 512)
    rng = np.random.default_rng(1)
    episodes = [{"a": rng.random((n, 7), np.float32), "b": rng.integers(0, 9, n)} for n in (5, 11, 3)]
    spool = ValueSpool(tmp_path / "spool")
    for episode in episodes:
        spool.add(episode)
    for name, stats in spool.stats().items():
        whole = value_stats(np.concatenate([episode[name] for episode in episodes]))
        for key in STATISTICS:
            np.testing.assert_allclose(stats[key], whole[key], rtol=1e-12)
