"""A block that is moved along a table: its demonstrations by the planner, without pictures, made once per session."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from bench_scene import author_bench
from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.contracts.scene import load_scene
from blueprint.contracts.seeds import rng_for
from blueprint.contracts.task import At, PlanCertificate, TaskSet, TaskSpec
from blueprint.contracts.variation import ObjectSample, Variation
from blueprint.episodes.job import VARIATIONS, EpisodeJob, RenderSettings
from blueprint.episodes.run import run_episode


@dataclass(frozen=True)
class Ground:
    """A scene with one task, the variations that demonstrations were made in, and the folders of their records."""

    scene_dir: Path
    task: TaskSpec
    variations: list[Variation]
    folders: list[Path]


def moved_block(scene_dir: Path, number: int, name: str | None = None) -> Variation:
    """Return a variation with the block up to 4 cm and 0.4 rad from where it is."""
    at = load_scene(scene_dir).object("block_1").transform.pose()
    dx, dy, yaw = rng_for(number, "moved block").uniform(-1, 1, 3) * (0.04, 0.04, 0.4)
    position = (at.position[0] + dx, at.position[1] + dy, at.position[2])
    turn = Pose.of(position, quat_wxyz_from_yaw(float(yaw)))
    return Variation(
        variation_id=name or f"v{number:03d}",
        scene_id="bench",
        seed=number,
        objects={"block_1": ObjectSample(pose_world_object=turn.rounded())},
    )


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
