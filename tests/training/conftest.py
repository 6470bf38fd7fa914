"""Demonstrations of moving a block, made by the planner without pictures, once per session."""

import pytest
from block_ground import Ground, moved_block

from bench_scene import author_bench
from blueprint.contracts.task import At, PlanCertificate, TaskSet
from blueprint.episodes.job import VARIATIONS, EpisodeJob, RenderSettings
from blueprint.episodes.run import run_episode


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    scene_dir = tmp_path_factory.mktemp("scenes") / "bench"
    task = author_bench(scene_dir)
    at = At(object_id="block_1", support_id="table", region="top", position=(-0.1, -0.05), tolerance_m=0.04)
    plan = PlanCertificate(grasp="top", waypoints=150, duration_s=7.5, subtasks=["pick", "place"])
    task = task.model_copy(update={"success": [at, *task.success], "plan": plan})
    TaskSet(scene_id="bench", embodiment="primitive_arm", tasks=[task]).write(scene_dir / "tasks" / "tasks.json")
    variations, folders = [], []
    for number in range(3):
        variations.append(moved_block(scene_dir, number))
        variations[-1].write(scene_dir / VARIATIONS / f"v{number:03d}.json")
        job = EpisodeJob(scene_dir, task, f"e{number}", 7, f"v{number:03d}", RenderSettings(enabled=False))
        assert run_episode(job).success
        folders.append(job.folder)
    return Ground(scene_dir, task, variations, folders)
