"""A demonstration carried over to where the block stands otherwise, and recordings of people; judged by physics."""

import json

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from blueprint.contracts.episode import EpisodeRecord, FailureReason
from blueprint.contracts.errors import BlueprintError, InputError
from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.contracts.hashing import sha256_file
from blueprint.contracts.task import At
from blueprint.contracts.variation import ObjectSample, Variation
from blueprint.episodes.demonstrated.recording import read_recording
from blueprint.episodes.demonstrated.segments import segments_of
from blueprint.episodes.job import EpisodeJob, Given, RenderSettings
from blueprint.episodes.record import read_arrays
from blueprint.episodes.replay import replay
from blueprint.episodes.run import run_episode
from blueprint.episodes.worlds import WorldCache
from blueprint.robots.embodiment import load_embodiment

BLIND = RenderSettings(enabled=False)


def task_of_bench(bench):
    """The bench's task, with the spot where the block must end: standing somewhere on the table is not enough."""
    task = bench[1]
    at = At(object_id="block_1", support_id="table", region="top", position=(-0.1, -0.05))
    return task.model_copy(update={"success": [*task.success, at]})


@pytest.fixture(scope="module")
def shown(bench, tmp_path_factory):
    """A planned demonstration: its folder and arrays."""
    scene_dir, task = bench[0], task_of_bench(bench)
    folder = tmp_path_factory.mktemp("shown")
    job = EpisodeJob(scene_dir, task, "episode_000000", 3, render=BLIND, records_dir=folder)
    record = run_episode(job)
    assert record.success, record.failure_detail
    return job.folder, read_arrays(job.folder / "trajectory.npz")


@pytest.fixture
def moved(bench, scene):
    """A variation in which the block stands elsewhere, turned."""
    pose = scene.pose_world_object("block_1")
    x, y, z = pose.position
    elsewhere = Pose.of((x + 0.05, y + 0.04, z), quat_wxyz_from_yaw(0.4))
    sample = {"block_1": ObjectSample(pose_world_object=elsewhere)}
    variation = Variation(variation_id="turned", scene_id="bench", seed=0, objects=sample)
    path = bench[0] / "variation_assets" / "variations" / "turned.json"
    variation.write(path)
    yield variation
    path.unlink()


def given_of(folder, scene_dir, task):
    digest = sha256_file(folder / "trajectory.npz")
    return Given("transformed", folder, digest, scene_dir=scene_dir, task=task)


def test_segments_begin_near_where_the_fingers_act(bench, shown):
    folder = shown[0]
    pick, place = segments_of(folder, bench[0], task_of_bench(bench), WorldCache())
    assert (pick.name, place.name) == ("pick", "place")
    assert len(pick.openings) < EpisodeRecord.read(folder / "record.json").subtasks[0].end
    closing = int(np.argmax(np.diff(pick.openings) < -1e-3))
    travelled = np.linalg.norm(pick.poses_reference_hand[closing, :3, 3] - pick.poses_reference_hand[0, :3, 3])
    assert travelled <= 0.101
    assert np.abs(pick.poses_reference_hand[closing, :2, 3]).max() < 0.02  # over the block's middle, in its own frame


def test_carried_over_it_succeeds_where_the_block_stands_otherwise_and_replays(bench, shown, moved, tmp_path):
    scene_dir, task = bench[0], task_of_bench(bench)
    given = given_of(shown[0], scene_dir, task)
    job = EpisodeJob(
        scene_dir, task, "carried_000000", 5, variation_id="turned", render=BLIND, records_dir=tmp_path, given=given
    )
    record = run_episode(job)
    assert record.success, record.failure_detail
    assert (record.source, record.source_episode) == ("transformed", "episode_000000")
    again = replay(job.folder, scene_dir, task=task)
    assert again.success
    assert again.identical


def test_the_same_actions_without_carrying_over_miss_the_block(bench, shown, moved, tmp_path):
    scene_dir, task = bench[0], task_of_bench(bench)
    path = tmp_path / "shown.npz"
    names = load_embodiment("primitive_arm").action_names
    np.savez(path, action=shown[1]["action"], action_names=names, fps=20)
    given = Given("teleoperated", path, sha256_file(path))
    job = EpisodeJob(scene_dir, task, "t_0", 5, variation_id="turned", render=BLIND, records_dir=tmp_path, given=given)
    record = run_episode(job)
    assert not record.success
    assert record.failure_reason in (FailureReason.GOAL_MISSED, FailureReason.COLLISION)


def test_a_failed_record_is_not_carried_over(bench, shown, tmp_path):
    record = EpisodeRecord.read(shown[0] / "record.json")
    failed = record.model_copy(update={"success": False, "failure_reason": FailureReason.DROPPED})
    failed.write(tmp_path / "record.json")
    with pytest.raises(InputError, match=r"failed"):
        segments_of(tmp_path, bench[0], task_of_bench(bench), WorldCache())


# --- recordings


@pytest.fixture
def recording(shown):
    """Actions and names of a person who did what the planner did."""
    return shown[1]["action"], load_embodiment("primitive_arm").action_names


def write_hdf5(path, actions, names):
    with h5py.File(path, "w") as file:
        demo = file.create_group("data/demo_0")
        demo["actions"] = actions
        demo.attrs["action_names"] = json.dumps(names)
        demo.attrs["fps"] = 20.0
    return path


def write_dataset(folder, actions, names):
    (folder / "meta").mkdir(parents=True)
    (folder / "data" / "chunk-000").mkdir(parents=True)
    info = {"fps": 20, "features": {"action": {"names": names}}}
    (folder / "meta" / "info.json").write_text(json.dumps(info))
    table = pa.table({"action": actions.tolist(), "episode_index": [0] * len(actions)})
    pq.write_table(table, folder / "data" / "chunk-000" / "file-000.parquet")
    return folder


def test_a_recording_that_does_the_task_becomes_a_record(bench, recording, tmp_path):
    scene_dir, task = bench[0], task_of_bench(bench)
    actions, names = recording
    path = write_hdf5(tmp_path / "person.hdf5", actions, names)
    given = Given("teleoperated", path, sha256_file(path))
    record = run_episode(EpisodeJob(scene_dir, task, "t_1", 5, render=BLIND, records_dir=tmp_path, given=given))
    assert record.success, record.failure_detail
    assert (record.source, record.source_episode) == ("teleoperated", "person.hdf5")


def test_npz_hdf5_and_lerobot_say_the_same_and_names_are_put_in_order(recording, tmp_path):
    actions, names = recording
    robot = load_embodiment("primitive_arm")
    np.savez(tmp_path / "a.npz", action=actions[:, ::-1], action_names=names[::-1], fps=20)
    write_hdf5(tmp_path / "b.hdf5", actions, names)
    write_dataset(tmp_path / "c", actions, names)
    for path in (tmp_path / "a.npz", tmp_path / "b.hdf5", tmp_path / "c"):
        np.testing.assert_allclose(read_recording(path, 0, robot).actions, actions, atol=1e-6)


def test_another_rate_is_brought_to_twenty_hertz(recording, tmp_path):
    actions, names = recording
    np.savez(tmp_path / "a.npz", action=actions, action_names=names, fps=10)
    found = read_recording(tmp_path / "a.npz", 0, load_embodiment("primitive_arm")).actions
    assert len(found) == 2 * len(actions) - 1
    np.testing.assert_allclose(found[::2], actions, atol=1e-6)
    np.testing.assert_allclose(found[1], (actions[0] + actions[1]) / 2, atol=1e-6)


def test_hand_poses_are_followed_by_inverse_kinematics(shown, tmp_path):
    arrays = shown[1]
    np.savez(tmp_path / "hand.npz", ee_pose=arrays["ee_pose"], gripper=arrays["state"][:, 7], fps=20)
    found = read_recording(tmp_path / "hand.npz", 0, load_embodiment("primitive_arm")).actions
    assert found.shape == (len(arrays["ee_pose"]), 8)
    far = arrays["ee_pose"].copy()
    far[3, :3] = (3.0, 0.0, 0.5)
    np.savez(tmp_path / "far.npz", ee_pose=far, gripper=arrays["state"][:, 7], fps=20)
    with pytest.raises(InputError, match=r"tick 3 is out of reach"):
        read_recording(tmp_path / "far.npz", 0, load_embodiment("primitive_arm"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"action_names": ["a"] * 8}, "are not those of primitive_arm"),
        ({"action": np.zeros((5, 7))}, r"shape \(5, 7\)"),
        ({"action": np.full((5, 8), 9.0)}, "check the units"),
        ({"action": np.full((5, 8), np.nan)}, "not a number"),
        ({"fps": 0}, "the rate 0.0 is none"),
        ({"ee_pose": np.zeros((5, 7)), "gripper": np.zeros(5)}, "has not the length 1"),
        ({"ee_pose": np.zeros((5, 6)), "gripper": np.zeros(5)}, r"expected \(T, 7\)"),
    ],
)
def test_bad_recordings_are_refused(recording, tmp_path, change, message):
    actions, names = recording
    np.savez(tmp_path / "a.npz", **({"action": actions, "action_names": names, "fps": 20} | change))
    with pytest.raises(InputError, match=message):
        read_recording(tmp_path / "a.npz", 0, load_embodiment("primitive_arm"))


def test_files_of_another_kind_and_missing_episodes_are_refused(recording, tmp_path):
    robot = load_embodiment("primitive_arm")
    (tmp_path / "a.bag").write_bytes(b"x")
    (tmp_path / "b.hdf5").write_bytes(b"x")
    (tmp_path / "c.npz").write_bytes(b"x")
    (tmp_path / "d").mkdir()
    for name in ("a.bag", "b.hdf5", "c.npz", "d"):
        with pytest.raises(BlueprintError):
            read_recording(tmp_path / name, 0, robot)
    folder = write_dataset(tmp_path / "e", *recording)
    with pytest.raises(InputError, match="no episode 4"):
        read_recording(folder, 4, robot)
