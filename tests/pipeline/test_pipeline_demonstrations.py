"""What cannot be carried over or read is refused before anything is made, and what is there stays."""

import numpy as np
import pytest

from bench_scene import author_bench
from blueprint.contracts.episode import EpisodeRecord
from blueprint.contracts.errors import InputError
from blueprint.contracts.scene import load_scene
from blueprint.episodes.demonstrated.recording import read_recording
from blueprint.episodes.job import EpisodeJob, RenderSettings
from blueprint.episodes.run import run_episode
from blueprint.pipeline.demonstrations import carry_over, import_recordings
from blueprint.randomize import nominal_variation
from blueprint.robots.embodiment import load_embodiment
from blueprint.storage import layout


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A scene with one variation and one planned record: the scene's folder, the record's, the task."""
    scene_dir = tmp_path_factory.mktemp("root") / "scenes" / "bench"
    task = author_bench(scene_dir)
    nominal_variation(load_scene(scene_dir)).write(scene_dir / layout.variation("nominal"))
    job = EpisodeJob(scene_dir, task, "episode_000000", 3, render=RenderSettings(enabled=False))
    assert run_episode(job).success
    return scene_dir, job.folder, task


def records(scene_dir):
    return sorted(path.name for path in (scene_dir / layout.EPISODE_RECORDS).iterdir())


def test_a_failed_record_is_refused_and_nothing_is_made(made):
    scene_dir, folder, _ = made
    record = EpisodeRecord.read(folder / "record.json")
    before = records(scene_dir)
    try:
        record.model_copy(update={"success": False}).write(folder / "record.json")
        with pytest.raises(InputError, match=r"episode_000000 failed"):
            carry_over(folder, scene_dir, count=1)
    finally:
        record.write(folder / "record.json")
    assert records(scene_dir) == before


def test_a_recording_of_another_robot_is_refused_and_nothing_is_made(made, tmp_path):
    scene_dir, _, task = made
    before = records(scene_dir)
    np.savez(tmp_path / "a.npz", action=np.zeros((5, 8)), action_names=["a"] * 8, fps=20)
    with pytest.raises(InputError, match="are not those of primitive_arm"):
        import_recordings(tmp_path / "a.npz", scene_dir, task_id=task.task_id)
    np.savez(tmp_path / "b.npz", action=np.full((5, 8), "x"), fps=20)
    with pytest.raises(InputError):
        import_recordings(tmp_path / "b.npz", scene_dir, task_id=task.task_id)
    with pytest.raises(InputError, match="has no task 'other'"):
        import_recordings(tmp_path / "a.npz", scene_dir, task_id="other")
    assert records(scene_dir) == before


def test_a_dataset_that_links_out_of_its_folder_is_refused(tmp_path):
    (tmp_path / "data" / "meta").mkdir(parents=True)
    (tmp_path / "elsewhere.json").write_text("{}")
    (tmp_path / "data" / "meta" / "info.json").symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(InputError, match="is a link out of"):
        read_recording(tmp_path / "data", 0, load_embodiment("primitive_arm"))
