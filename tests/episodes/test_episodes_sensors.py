"""Depth, segmentation, wrench, velocity and effort of a real episode; each against what physics or geometry says."""

import io
from dataclasses import replace

import mujoco
import numpy as np
import PIL.Image
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from blueprint.contracts.errors import InputError
from blueprint.datasets.lerobot_v3 import write_lerobot_v3
from blueprint.episodes.job import EpisodeJob, RenderSettings
from blueprint.episodes.picture_table import PictureTable, read_pictures
from blueprint.episodes.record import read_arrays
from blueprint.episodes.run import run_episode
from blueprint.episodes.segments import segment_names, segment_table
from blueprint.episodes.worlds import WorldCache
from blueprint.robots.embodiment import PREFIX

SETTINGS = RenderSettings(width_px=96, height_px=64, cameras=("left",), depth=True, segmentation=True, supersample=1)


@pytest.fixture(scope="module")
def episode(bench, tmp_path_factory):
    scene_dir, task = bench
    job = EpisodeJob(scene_dir, task, "episode_000000", 1, render=SETTINGS, records_dir=tmp_path_factory.mktemp("r"))
    worlds = WorldCache()
    record = run_episode(job, worlds)
    assert record.success, record.failure_detail
    world = worlds.world(scene_dir, task, None)
    return job, record, world, read_arrays(job.folder / "trajectory.npz")


def images(job, name):
    return [np.asarray(PIL.Image.open(io.BytesIO(data))) for data in read_pictures(job.folder / name)]


def camera_pose(world, qpos):
    """The camera in the world, computer vision's axes, from the body that it is mounted on."""
    data = mujoco.MjData(world.model)
    data.qpos[:] = qpos
    mujoco.mj_forward(world.model, data)
    return data


def test_depth_agrees_with_where_the_camera_and_the_block_are(episode):
    job, record, world, arrays = episode
    video = record.videos[0]
    depth, segments = images(job, video.depth_file), images(job, video.segmentation_file)
    assert len(depth) == len(segments) == record.frames
    assert depth[0].dtype == np.uint16
    assert depth[0].shape == (64, 96)
    data = camera_pose(world, arrays["qpos"][0])
    known = video.calibration
    body = data.body(PREFIX + known.frame)
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = body.xmat.reshape(3, 3), body.xpos
    in_camera = np.linalg.inv(pose @ known.pose_frame_camera.matrix()) @ [*data.body("block_1").xipos, 1.0]
    u = known.fx * in_camera[0] / in_camera[2] + known.cx
    v = known.fy * in_camera[1] / in_camera[2] + known.cy
    row, column = int(v), int(u)
    assert record.segments[segments[0][row, column]] == "block_1"
    nearest = depth[0][segments[0] == record.segments.index("block_1")] / 1000
    assert nearest.min() < in_camera[2] < nearest.max() + 0.05
    assert in_camera[2] - depth[0][row, column] / 1000 == pytest.approx(0.02, abs=0.03)  # its face is in front of it


def test_segments_name_what_is_there_and_the_robot(episode):
    job, record, world, _ = episode
    assert record.segments == segment_names(world.model)
    assert {"nothing", "robot", "table", "block_1", "room"} <= set(record.segments)
    assert segment_table(world.model)[0] == 0
    seen = {record.segments[value] for value in np.unique(images(job, record.videos[0].segmentation_file)[0])}
    assert {"robot", "block_1", "table"} <= seen


def test_the_wrench_on_the_hand_is_the_weight_that_it_carries(episode):
    _, record, world, arrays = episode
    assert record.arms == ["arm"]
    assert arrays["wrench"].shape == (record.frames + 1, 6)
    assert not arrays["wrench"][0].any()
    carried = record.subtasks[0].end - 1
    weight = float(world.model.body("block_1").mass[0]) * 9.81
    force = np.linalg.norm(arrays["wrench"][carried, :3])
    assert force == pytest.approx(weight, rel=0.2)  # the fingers' squeeze cancels, the weight stays
    assert arrays["contact_force"][carried] > 3 * force


def test_velocity_is_the_slope_of_the_state_and_effort_stays_within_the_motors(episode):
    _, record, world, arrays = episode
    slope = (arrays["state"][2:] - arrays["state"][:-2]) / 0.1
    moving = np.abs(slope[:, :7]) > 0.05
    assert np.abs(arrays["velocity"][1:-1, :7] - slope[:, :7])[moving].mean() < 0.02
    assert np.abs(arrays["velocity"][:, 7]).max() > 0.03
    limits = np.abs(world.model.actuator_forcerange).max(axis=1)
    assert arrays["effort"].shape == (record.frames + 1, 8)
    assert (np.abs(arrays["effort"]) <= limits + 1e-3).all()


def test_a_lerobot_dataset_has_them_as_columns_and_pictures(episode, tmp_path):
    job, record, _, arrays = episode
    write_lerobot_v3([job.folder], tmp_path / "data", repo_id="test/sensors")
    table = pq.read_table(tmp_path / "data" / "data" / "chunk-000" / "file-000.parquet")
    wrench = table["observation.wrench"].combine_chunks().flatten().to_numpy().reshape(-1, 6)
    np.testing.assert_array_equal(wrench, arrays["wrench"][:-1])
    depth = table["observation.depth.left"][5].as_py()
    assert depth["bytes"] == list(read_pictures(job.folder / "left.depth.parquet"))[5]
    assert b'"observation.depth.left": {"_type": "Image"}' in table.schema.metadata[b"huggingface"]
    rows = pq.read_table(tmp_path / "data" / "meta" / "episodes" / "chunk-000" / "file-000.parquet").to_pylist()
    assert rows[0]["segments"] == record.segments
    assert rows[0]["cameras/left/intrinsics"][2:] == [48.0, 32.0]
    assert rows[0]["cameras/left/frame"] == "link0"


@pytest.mark.slow
def test_without_them_a_record_has_neither_files_nor_segments(episode, bench, tmp_path):
    scene_dir, task = bench
    plain = replace(SETTINGS, depth=False, segmentation=False)
    job = EpisodeJob(scene_dir, task, "episode_000000", 1, render=plain, records_dir=tmp_path)
    record = run_episode(job)
    assert record.segments == []
    assert not list(job.folder.glob("*.parquet"))
    assert record.videos[0].depth_file is None
    assert record.hashes["trajectory"] == episode[1].hashes["trajectory"]


def test_pictures_of_another_type_and_files_of_others_are_refused(tmp_path):
    with pytest.raises(InputError, match="16 bits"), PictureTable(tmp_path / "a.parquet") as table:
        table.add(np.zeros((4, 4), np.uint8))
    pq.write_table(pa.table({"png": pa.array([b"no picture"], pa.binary())}), tmp_path / "b.parquet")
    with pytest.raises(InputError, match="no picture"):
        list(read_pictures(tmp_path / "b.parquet"))
    pq.write_table(pa.table({"other": [1]}), tmp_path / "c.parquet")
    with pytest.raises(InputError, match="not a table of pictures"):
        list(read_pictures(tmp_path / "c.parquet"))
    (tmp_path / "d.parquet").write_bytes(b"PAR1 and nothing else")
    with pytest.raises(InputError, match="cannot be read"):
        list(read_pictures(tmp_path / "d.parquet"))
