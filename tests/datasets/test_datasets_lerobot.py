import hashlib
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from synthetic_records import FPS, encode, picture, read_strip, write_record

from blueprint.contracts.asset import License
from blueprint.contracts.dataset import DatasetMetadata
from blueprint.contracts.errors import ContractError, InputError
from blueprint.datasets import Provenance, write_lerobot_v3, write_lerobot_v21
from blueprint.datasets.video import join_videos

REPO = "blueprint/test"


@pytest.fixture(scope="module")
def v3(record_dirs: list[Path], tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("v3") / "lerobot"
    facts = Provenance(
        prompt="a <script>alert(1)</script> *mug*",
        licenses=[License(spdx="Apache-2.0", source="generated")],
        facts={"scene": "kitchen_001"},
    )
    write_lerobot_v3(record_dirs, out, repo_id=REPO, provenance=facts)
    return out


def decode(path: Path) -> list[np.ndarray]:
    import av

    with av.open(str(path)) as container:
        frames = sorted(container.decode(video=0), key=lambda frame: frame.pts)
        times = [float(frame.pts * frame.time_base) for frame in frames]
        np.testing.assert_allclose(times, np.arange(len(frames)) / FPS, atol=1e-9)
        return [frame.to_ndarray(format="rgb24") for frame in frames]


def tree(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_there_is_one_mp4_per_camera_and_every_frame_is_in_its_place(v3: Path):
    for number, camera in enumerate(("left", "wrist")):
        files = sorted((v3 / "videos" / f"observation.images.{camera}").rglob("*.mp4"))
        assert [file.name for file in files] == ["file-000.mp4"]
        shown = [read_strip(image) for image in decode(files[0])]
        wanted = [
            {"frame": t, "episode": episode, "camera": number}
            for episode, frames in enumerate((24, 31, 38))
            for t in range(frames)
        ]
        assert shown == wanted


def test_b_frames_keep_their_order_when_packets_are_copied(tmp_path: Path):
    parts = []
    for episode in range(3):
        parts.append(tmp_path / f"{episode}.mp4")
        encode(parts[-1], [picture(t, episode, 0) for t in range(15)], gop=12, b_frames=2)
    join_videos(parts, [15, 15, 15], FPS, tmp_path / "joined.mp4")
    shown = [(bits["episode"], bits["frame"]) for bits in map(read_strip, decode(tmp_path / "joined.mp4"))]
    assert shown == [(episode, t) for episode in range(3) for t in range(15)]


def test_a_video_that_is_three_frames_short_is_refused(tmp_path: Path):
    encode(tmp_path / "a.mp4", [picture(t, 0, 0) for t in range(12)])
    with pytest.raises(ContractError, match=r"12 frames, the record says 15"):
        join_videos([tmp_path / "a.mp4"], [15], FPS, tmp_path / "out.mp4")


def test_data_has_one_row_group_per_episode_fixed_size_lists_and_sequence_metadata(v3: Path):
    path = v3 / "data" / "chunk-000" / "file-000.parquet"
    file = pq.ParquetFile(path)
    assert [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)] == [24, 31, 38]
    assert str(file.schema_arrow.field("observation.state").type).startswith("fixed_size_list<")
    assert str(file.schema_arrow.field("next.done").type) == "bool"
    features = json.loads(file.schema_arrow.metadata[b"huggingface"])["info"]["features"]
    assert features["action"]["_type"] == "Sequence"
    assert features["timestamp"] == {"dtype": "float32", "_type": "Value"}
    rows = file.read().to_pydict()
    assert rows["index"] == list(range(93))
    assert rows["frame_index"][24:26] == [0, 1]
    assert rows["timestamp"][25] == np.float32(1 / FPS)
    assert [i for i, done in enumerate(rows["next.done"]) if done] == [23, 54, 92]
    assert rows["next.success"] == rows["next.done"]
    assert rows["task_index"][23:25] == [0, 1]
    assert rows["subtask_index"][:24] == [0] * 12 + [1] * 12


def test_row_t_pairs_state_t_with_action_t_and_the_last_state_has_no_row(v3: Path, record_dirs: list[Path]):
    rows = pq.read_table(v3 / "data" / "chunk-000" / "file-000.parquet").to_pydict()
    arrays = np.load(record_dirs[1] / "trajectory.npz")
    np.testing.assert_array_equal(rows["observation.state"][24:55], arrays["state"][:31])
    np.testing.assert_array_equal(rows["action"][24:55], arrays["action"])


def test_tasks_are_the_pandas_index(v3: Path):
    table = pq.read_table(v3 / "meta" / "tasks.parquet")
    pandas = json.loads(table.schema.metadata[b"pandas"])
    assert pandas["index_columns"] == ["task"]
    assert table["task"].to_pylist() == ["put the mug on the plate", "open the drawer"]
    assert table["task_index"].to_pylist() == [0, 1]


def test_episodes_say_where_they_lie_and_carry_their_statistics(v3: Path, record_dirs: list[Path]):
    rows = pq.read_table(v3 / "meta" / "episodes" / "chunk-000" / "file-000.parquet").to_pylist()
    assert [row["videos/observation.images.wrist/from_timestamp"] for row in rows] == [0.0, 24 / FPS, 55 / FPS]
    assert [row["dataset_to_index"] for row in rows] == [24, 55, 93]
    assert [row["seed"] for row in rows] == [0, 1, 2]
    assert all(row["success"] for row in rows)
    pixels = np.stack([picture(t, 1, 1) for t in range(31)]) / 255.0
    for name, value in {"mean": pixels.mean((0, 1, 2)), "q99": np.quantile(pixels, 0.99, axis=(0, 1, 2))}.items():
        stored = np.array(rows[1][f"stats/observation.images.wrist/{name}"])
        assert stored.shape == (3, 1, 1)
        np.testing.assert_allclose(stored.ravel(), value)
    assert rows[1]["stats/observation.images.wrist/count"] == [31]
    arrays = np.load(record_dirs[1] / "trajectory.npz")
    np.testing.assert_allclose(rows[1]["stats/action/q01"], np.quantile(arrays["action"].astype(float), 0.01, axis=0))


def test_dataset_statistics_are_those_of_all_rows_together(v3: Path):
    stats = json.loads((v3 / "meta" / "stats.json").read_text())
    states = np.array(
        pq.read_table(v3 / "data" / "chunk-000" / "file-000.parquet")["observation.state"].to_pylist(), np.float64
    )
    np.testing.assert_allclose(stats["observation.state"]["std"], states.std(0))
    np.testing.assert_allclose(stats["observation.state"]["q90"], np.quantile(states, 0.9, axis=0))
    assert stats["observation.images.left"]["count"] == [93]


def test_info_declares_what_lerobot_reads(v3: Path):
    info = json.loads((v3 / "meta" / "info.json").read_text())
    assert info["codebase_version"] == "v3.0"
    assert info["splits"] == {"train": "0:3"}
    assert info["features"]["observation.images.wrist"]["shape"] == [128, 192, 3]
    assert info["features"]["observation.images.wrist"]["info"]["video.codec"] == "h264"
    assert info["features"]["action"]["names"][-1] == "gripper_opening"


def test_the_card_escapes_the_prompt_and_the_metadata_names_every_record(v3: Path):
    card = (v3 / "README.md").read_text()
    assert "<script>" not in card
    assert "&lt;script&gt;" in card
    metadata = DatasetMetadata.read(v3 / "meta" / "blueprint.json")
    assert [item.episode_id for item in metadata.episodes] == ["episode_0000", "episode_0001", "episode_0002"]
    assert metadata.columns[0].units == ["rad"] * 7 + ["m"]


def test_the_same_records_give_the_same_bytes(v3: Path, record_dirs: list[Path], tmp_path: Path):
    for name in ("a", "b"):
        write_lerobot_v3(record_dirs, tmp_path / name, repo_id=REPO)
    assert tree(tmp_path / "a") == tree(tmp_path / "b")


def test_size_limits_start_new_files_and_times_restart_with_them(record_dirs: list[Path], tmp_path: Path):
    write_lerobot_v3(record_dirs, tmp_path / "d", repo_id=REPO, data_file_mb=1e-6, video_file_mb=1e-6)
    assert len(list((tmp_path / "d" / "data").rglob("*.parquet"))) == 3
    assert len(list((tmp_path / "d" / "videos" / "observation.images.left").rglob("*.mp4"))) == 3
    rows = pq.read_table(tmp_path / "d" / "meta" / "episodes" / "chunk-000" / "file-000.parquet").to_pylist()
    assert [row["videos/observation.images.left/from_timestamp"] for row in rows] == [0.0, 0.0, 0.0]
    assert [row["data/file_index"] for row in rows] == [0, 1, 2]


@pytest.mark.parametrize("write", [write_lerobot_v3, write_lerobot_v21])
def test_an_existing_dataset_is_kept_unless_told_otherwise(write, record_dirs: list[Path], tmp_path: Path):
    out = tmp_path / "d"
    assert write(record_dirs[:2], out, repo_id=REPO).written
    before = tree(out)
    assert not write(record_dirs[:2], out, repo_id=REPO).written
    with pytest.raises(InputError, match="other episodes"):
        write(record_dirs, out, repo_id=REPO)
    assert not write(record_dirs, out, repo_id=REPO, skip_existing=True).written
    assert tree(out) == before
    assert write(record_dirs, out, repo_id=REPO, overwrite=True).written
    assert tree(out) != before
    assert [path.name for path in tmp_path.iterdir()] == ["d"]


def test_a_failure_midway_leaves_the_old_dataset_alone(record_dirs: list[Path], tmp_path: Path):
    out = tmp_path / "d"
    write_lerobot_v3(record_dirs[:1], out, repo_id=REPO)
    before = tree(out)
    short = write_record(tmp_path / "records", 7, frames=24)
    encode(short / "left.mp4", [picture(t, 7, 0) for t in range(20)])
    with pytest.raises(ContractError, match="20 frames"):
        write_lerobot_v3([record_dirs[0], short], out, repo_id=REPO, overwrite=True)
    assert tree(out) == before
    assert not (tmp_path / ".d.part").exists()


def test_a_kill_between_the_two_renames_is_repaired(record_dirs: list[Path], tmp_path: Path):
    out = tmp_path / "d"
    write_lerobot_v3(record_dirs[:1], out, repo_id=REPO)
    before = tree(out)
    out.rename(tmp_path / ".d.old")
    assert not write_lerobot_v3(record_dirs[:1], out, repo_id=REPO).written
    assert tree(out) == before


def test_a_folder_that_is_no_dataset_is_not_replaced(record_dirs: list[Path], tmp_path: Path):
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="not a dataset"):
        write_lerobot_v3(record_dirs, tmp_path / "d", repo_id=REPO, overwrite=True)


def test_records_of_different_cameras_do_not_share_a_dataset(record_dirs: list[Path], tmp_path: Path):
    other = write_record(tmp_path, 9, cameras=("left",))
    with pytest.raises(InputError, match="differ in cameras"):
        write_lerobot_v3([record_dirs[0], other], tmp_path / "d", repo_id=REPO)
    with pytest.raises(InputError, match="at least one episode"):
        write_lerobot_v3([], tmp_path / "d", repo_id=REPO)


def test_statistics_of_another_video_are_refused(tmp_path: Path):
    folder = write_record(tmp_path, 3)
    np.savez(folder / "left.stats.npz", histogram=np.ones((3, 256), np.int64))
    with pytest.raises(ContractError, match="statistics of camera left"):
        write_lerobot_v3([folder], tmp_path / "d", repo_id=REPO)


def test_v21_has_one_file_per_episode_and_gr00t_modalities(record_dirs: list[Path], tmp_path: Path):
    out = tmp_path / "d"
    write_lerobot_v21(record_dirs, out, repo_id=REPO)
    for index, folder in enumerate(record_dirs):
        video = out / "videos" / "chunk-000" / "observation.images.wrist" / f"episode_{index:06d}.mp4"
        assert video.read_bytes() == (folder / "wrist.mp4").read_bytes()
        rows = pq.read_table(out / "data" / "chunk-000" / f"episode_{index:06d}.parquet").to_pydict()
        assert rows["episode_index"] == [index] * (24 + 7 * index)
    lines = [json.loads(line) for line in (out / "meta" / "episodes.jsonl").read_text().splitlines()]
    assert [line["length"] for line in lines] == [24, 31, 38]
    stats = [json.loads(line)["stats"] for line in (out / "meta" / "episodes_stats.jsonl").read_text().splitlines()]
    assert np.array(stats[0]["observation.images.left"]["mean"]).shape == (3, 1, 1)
    modality = json.loads((out / "meta" / "modality.json").read_text())
    assert modality["state"] == {"arm": {"start": 0, "end": 7}, "gripper": {"start": 7, "end": 8}}
    info = json.loads((out / "meta" / "info.json").read_text())
    assert (info["total_videos"], info["total_chunks"]) == (6, 1)
