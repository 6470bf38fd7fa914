import json
import shutil
from dataclasses import replace

import av
import numpy as np
import pytest

from blueprint.contracts.episode import ARRAYS, SENSOR_ARRAYS, EpisodeRecord, FailureReason
from blueprint.contracts.errors import ContractError, InputError
from blueprint.contracts.frames import Pose
from blueprint.contracts.scene import load_scene
from blueprint.contracts.task import AtRest, JointAbove, PlaceGoal
from blueprint.contracts.variation import CameraSample, ObjectSample, Variation
from blueprint.episodes import run as run_module
from blueprint.episodes.certify_tasks import certify_tasks
from blueprint.episodes.job import EpisodeJob, RenderSettings
from blueprint.episodes.record import finished_record, npz_bytes, read_arrays
from blueprint.episodes.replay import replay
from blueprint.episodes.run import run_episode, watched_episode
from blueprint.episodes.worlds import WorldCache
from blueprint.robots import load_embodiment

SMALL = RenderSettings(renderer="auto", cameras=("left", "wrist"), width_px=96, height_px=72, supersample=1)


@pytest.fixture(scope="session")
def success(bench):
    """One successful episode: its job and its record."""
    scene_dir, task = bench
    job = EpisodeJob(scene_dir, task, "episode_0", seed=3, render=SMALL, code_sha="0" * 64)
    record = run_episode(job)
    assert record.success, record.failure_detail
    return job, record


def rewrite(folder, target, **changes):
    """Copy a record with changed arrays."""
    shutil.copytree(folder, target)
    arrays = read_arrays(target / "trajectory.npz") | changes
    (target / "trajectory.npz").write_bytes(npz_bytes(arrays))
    return target


def test_a_record_holds_every_array_of_the_contract(success):
    job, record = success
    arrays = read_arrays(job.folder / "trajectory.npz")
    frames = record.frames
    assert set(arrays) == set(ARRAYS) | set(SENSOR_ARRAYS)
    assert arrays["action"].shape == (frames, 8)
    assert arrays["state"].shape == (frames + 1, 8)
    np.testing.assert_allclose(np.diff(arrays["time"]), 0.05, atol=1e-9)
    assert [part.name for part in record.subtasks] == ["pick", "place"]
    assert record.subtasks[0].start == 0
    assert record.subtasks[-1].end == frames
    for index, part in enumerate(record.subtasks):
        assert (arrays["subtask"][part.start : part.end] == index).all()


def test_the_gripper_presses_on_the_block_while_it_is_carried(success):
    job, record = success
    arrays = read_arrays(job.folder / "trajectory.npz")
    force = arrays["contact_force"]
    assert force[0] == 0.0
    assert force[record.subtasks[0].end] > 5.0
    assert force[-1] == 0.0


def test_a_success_has_a_video_of_as_many_frames_per_camera(success):
    job, record = success
    assert [video.camera for video in record.videos] == ["left", "wrist"]
    for video in record.videos:
        with av.open(str(job.folder / video.file)) as container:
            assert sum(1 for _ in container.decode(video=0)) == video.frames == record.frames
        histogram = np.load(job.folder / f"{video.camera}.stats.npz")["histogram"]
        assert (histogram.sum(axis=1) == record.frames * 96 * 72).all()


def test_a_record_is_bound_to_scene_task_code_and_trajectory(success):
    job, record = success
    assert {"scene_usd", "task", "variation", "code", "trajectory", "job"} <= set(record.hashes)
    assert EpisodeRecord.read(job.folder / "record.json") == record
    assert finished_record(job) == record


def test_a_changed_job_or_a_missing_video_is_not_finished(success, tmp_path):
    job, _ = success
    assert finished_record(replace(job, seed=4)) is None
    shutil.copytree(job.folder, tmp_path / "episode_0")
    copied = replace(job, records_dir=tmp_path)
    assert finished_record(copied) is not None
    (tmp_path / "episode_0" / "left.mp4").unlink()
    assert finished_record(copied) is None


@pytest.mark.slow
def test_the_same_job_gives_the_same_bytes(success, tmp_path):
    job, _ = success
    again = replace(job, records_dir=tmp_path)
    run_episode(again)
    names = sorted(path.name for path in job.folder.iterdir())
    assert names == sorted(path.name for path in again.folder.iterdir())
    for name in names:
        assert (again.folder / name).read_bytes() == (job.folder / name).read_bytes(), name


def test_replaying_the_actions_reaches_the_same_states_bit_by_bit(success):
    job, record = success
    result = replay(job.folder)
    assert result.success
    assert result.identical
    assert result.max_qpos_error == 0.0
    assert result.frames == record.frames


def test_replaying_mutated_actions_fails(success, tmp_path):
    job, record = success
    action = read_arrays(job.folder / "trajectory.npz")["action"].copy()
    action[:, 7] = 0.08  # the gripper never closes
    result = replay(rewrite(job.folder, tmp_path / "mutated", action=action), job.scene_dir)
    assert not result.identical
    assert not result.success or result.first_difference is not None
    action = read_arrays(job.folder / "trajectory.npz")["action"].copy()
    action[record.subtasks[1].start + 20 :, 0] += 0.4  # put down somewhere else
    elsewhere = replay(rewrite(job.folder, tmp_path / "elsewhere", action=action), job.scene_dir)
    assert not elsewhere.identical


def test_replaying_does_not_trust_the_recorded_states(success, tmp_path):
    job, _ = success
    qpos = read_arrays(job.folder / "trajectory.npz")["qpos"].copy()
    qpos[-1, 0] += 0.01
    result = replay(rewrite(job.folder, tmp_path / "forged", qpos=qpos), job.scene_dir)
    assert not result.identical
    assert result.max_qpos_error == pytest.approx(0.01)


def test_replaying_against_another_scene_is_refused(success, tmp_path):
    job, _ = success
    other = tmp_path / "other"
    shutil.copytree(job.scene_dir, other, ignore=shutil.ignore_patterns("records"))
    stage = other / "usd" / "scene.usda"
    stage.write_text(stage.read_text() + "\n")
    with pytest.raises(InputError, match="another scene_usd"):
        replay(job.folder, other)


def test_a_pickled_array_is_refused(tmp_path):
    np.savez(tmp_path / "trajectory.npz", time=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ContractError, match="not a readable npz file"):
        read_arrays(tmp_path / "trajectory.npz")


def test_an_unreachable_goal_is_a_failed_record_without_videos(bench, tmp_path):
    scene_dir, task = bench
    goal = PlaceGoal(support_id="table", region="top", pose_region_object=Pose(position=(3.0, 0.0, 0.0)))
    job = EpisodeJob(
        scene_dir, task.model_copy(update={"goal": goal}), "far", seed=0, render=SMALL, records_dir=tmp_path
    )
    record = run_episode(job)
    assert not record.success
    assert record.failure_reason in (FailureReason.UNREACHABLE, FailureReason.NO_PATH, FailureReason.NO_GRASP)
    assert record.videos == []
    assert sorted(path.name for path in job.folder.iterdir()) == ["record.json", "trajectory.npz"]


def test_a_predicate_that_physics_does_not_meet_is_a_missed_goal(bench, tmp_path):
    scene_dir, task = bench
    impossible = task.model_copy(update={"success": [AtRest(object_id="block_1", max_speed_m_per_s=-1.0)]})
    record = run_episode(EpisodeJob(scene_dir, impossible, "missed", seed=0, render=SMALL, records_dir=tmp_path))
    assert record.failure_reason == FailureReason.GOAL_MISSED
    assert "at_rest" in (record.failure_detail or "")


def test_the_watchdog_stops_after_a_number_of_ticks(bench, tmp_path):
    scene_dir, task = bench
    record = run_episode(EpisodeJob(scene_dir, task, "slow", seed=0, render=SMALL, records_dir=tmp_path, max_ticks=20))
    assert record.failure_reason == FailureReason.STEP_LIMIT
    assert record.frames == 20


def test_a_defect_becomes_a_crashed_record_with_the_traceback(bench, tmp_path):
    scene_dir, task = bench
    broken = task.model_copy(update={"success": [JointAbove(object_id="block_1", joint="none", value=0)]})
    record = watched_episode(EpisodeJob(scene_dir, broken, "broken", seed=0, render=SMALL, records_dir=tmp_path))
    assert record.failure_reason == FailureReason.CRASHED
    assert "Traceback" in (tmp_path / "broken" / "traceback.txt").read_text()
    assert json.loads((tmp_path / "broken" / "record.json").read_text())["success"] is False


def test_a_black_camera_is_a_failed_render(bench, tmp_path, monkeypatch):
    scene_dir, task = bench

    class BlackCache(run_module.WorldCache):
        def renderer(self, *args):
            real = super().renderer(*args)
            monkeypatch.setattr(real, "render", lambda data, camera: np.zeros((72, 96, 3), np.uint8))
            return real

    worlds = BlackCache()
    record = run_episode(EpisodeJob(scene_dir, task, "black", seed=3, render=SMALL, records_dir=tmp_path), worlds)
    worlds.close()
    assert record.failure_reason == FailureReason.RENDER_FAILED
    assert not list((tmp_path / "black").glob("*.mp4"))


def test_only_tasks_that_succeed_are_emitted(bench, scene):
    scene_dir, task = bench
    goal = PlaceGoal(support_id="table", region="top", pose_region_object=Pose(position=(3.0, 0.0, 0.0)))
    hopeless = task.model_copy(update={"task_id": "bench::pick_place::far", "goal": goal})
    emitted = certify_tasks(scene, scene_dir, [hopeless, task], load_embodiment("primitive_arm"), attempts=1)
    assert [item.task_id for item in emitted.tasks] == [task.task_id]
    assert emitted.tasks[0].plan.subtasks == ["pick", "place"]
    assert emitted.tasks[0].plan.duration_s > 2
    assert [item.task_id for item in emitted.refused] == ["bench::pick_place::far"]
    assert emitted.refused[0].detail


def test_a_variation_moves_the_object_and_shifts_the_cameras(bench):
    scene_dir, task = bench
    moved = Pose(position=(0.12, 0.02, 0.0))
    height = load_scene(scene_dir).pose_world_object("block_1").position[2]
    variation = Variation(
        variation_id="v000",
        scene_id="bench",
        seed=1,
        objects={"block_1": ObjectSample(pose_world_object=Pose(position=(*moved.position[:2], height)))},
        cameras={"left": CameraSample(offset_m=(0.0, 0.0, 0.05))},
    )
    worlds = WorldCache()
    plain, varied = (worlds.world(scene_dir, task, item).model for item in (None, variation))
    np.testing.assert_allclose(varied.body("block_1").pos[:2], moved.position[:2])
    difference = varied.camera("robot/left").pos - plain.camera("robot/left").pos
    np.testing.assert_allclose(difference, [0, 0, 0.05], atol=1e-9)


def test_an_episode_of_a_variation_replays_and_the_nominal_one_is_the_scene_itself(bench, success, tmp_path):
    scene_dir, _ = bench
    job, record = success
    folder = scene_dir / "variation_assets" / "variations"
    samples = {"block_1": ObjectSample(friction_factor=0.9, mass_factor=1.3)}
    Variation(variation_id="nominal", scene_id="bench", seed=0).write(folder / "nominal.json")
    Variation(variation_id="v001", scene_id="bench", seed=0, objects=samples).write(folder / "v001.json")
    dry = RenderSettings(enabled=False)
    nominal = replace(job, variation_id="nominal", render=dry, records_dir=tmp_path)
    assert run_episode(nominal).hashes["trajectory"] == record.hashes["trajectory"]
    heavier = replace(job, episode_id="heavier", variation_id="v001", render=dry, records_dir=tmp_path)
    varied = run_episode(heavier)
    assert varied.variation_id == "v001"
    assert varied.hashes["trajectory"] != record.hashes["trajectory"]
    assert replay(heavier.folder, scene_dir).identical


def test_an_episode_id_cannot_leave_the_records_folder(bench):
    scene_dir, task = bench
    with pytest.raises(InputError):
        EpisodeJob(scene_dir, task, "../evil", seed=0)
