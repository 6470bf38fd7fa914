import os
from dataclasses import replace

import pytest
from pool_work import always_die, die_once, double, fail

from blueprint.contracts.errors import InputError, StageError
from blueprint.episodes.job import EpisodeJob, RenderSettings
from blueprint.episodes.pool import run_episodes, run_pool

DRY = RenderSettings(enabled=False)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_every_job_is_answered_once(workers):
    assert dict(run_pool(double, [3, 1, 2, 5], workers)) == {0: 6, 1: 2, 2: 4, 3: 10}


def test_what_a_killed_worker_loses_is_submitted_again(tmp_path):
    paths = [tmp_path / name for name in "abc"]
    for path in paths[1:]:
        path.write_text("seen")
    assert dict(run_pool(die_once, paths, 2)) == {0: "a", 1: "b", 2: "c"}


@pytest.mark.slow
def test_workers_that_always_die_end_the_run():
    with pytest.raises(StageError, match="died 2 times"):
        list(run_pool(always_die, [1, 2], 2, restarts=1))


@pytest.mark.slow
def test_an_error_keeps_its_remedy_across_the_pool():
    with pytest.raises(InputError, match="unusable") as caught:
        list(run_pool(fail, [1, 2], 2))
    assert caught.value.remedy == "choose another."


@pytest.mark.slow
def test_the_environment_is_as_before_after_a_pool(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    list(run_pool(double, [1, 2], 2))
    assert os.environ["OMP_NUM_THREADS"] == "7"


def test_two_jobs_for_one_folder_are_refused(bench):
    scene_dir, task = bench
    job = EpisodeJob(scene_dir, task, "twin", seed=0, render=DRY)
    with pytest.raises(InputError, match="same id"):
        run_episodes([job, replace(job, seed=1)])


def test_finished_episodes_are_not_made_again(bench, tmp_path):
    scene_dir, task = bench
    jobs = [EpisodeJob(scene_dir, task, f"e{n}", seed=n, render=DRY, records_dir=tmp_path) for n in range(2)]
    first = run_episodes(jobs)
    stamps = [(job.folder / "record.json").stat().st_mtime_ns for job in jobs]
    heard = []
    assert run_episodes(jobs, on_done=heard.append) == first == heard
    assert [(job.folder / "record.json").stat().st_mtime_ns for job in jobs] == stamps


@pytest.mark.slow
def test_one_and_two_workers_give_the_same_bytes(bench, tmp_path):
    scene_dir, task = bench
    small = RenderSettings(renderer="auto", cameras=("left",), width_px=96, height_px=72, supersample=1)
    folders = []
    for workers in (1, 2):
        folder = tmp_path / str(workers)
        jobs = [EpisodeJob(scene_dir, task, f"e{n}", seed=n, render=small, records_dir=folder) for n in range(3)]
        records = run_episodes(jobs, workers)
        assert all(record.success for record in records)
        folders.append(folder)
    for path in sorted(folders[0].rglob("*")):
        if path.is_file():
            assert path.read_bytes() == (folders[1] / path.relative_to(folders[0])).read_bytes(), path.name
