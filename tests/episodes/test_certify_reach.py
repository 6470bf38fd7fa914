"""A task that no arm reaches is refused before it is tried, with how far the arm was from it."""

from pathlib import Path

import pytest

from blueprint.contracts.frames import Pose
from blueprint.contracts.scene import Scene
from blueprint.contracts.task import TaskSpec
from blueprint.episodes import certify_tasks as certifying
from blueprint.robots import load_embodiment


def test_a_task_out_of_reach_is_refused_without_an_attempt(
    bench: tuple[Path, TaskSpec], scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene_dir, task = bench
    x, y, z = task.pose_world_base.position
    away = task.model_copy(update={"pose_world_base": Pose.of((x, y - 0.7, z), task.pose_world_base.quat_wxyz)})

    def roll_out(*_: object) -> None:
        raise AssertionError("it was tried")

    monkeypatch.setattr(certifying, "roll_out", roll_out)
    found = certifying.certify_tasks(scene, scene_dir, [away], load_embodiment(task.embodiment))
    (refused,) = found.refused
    assert not found.tasks
    assert refused.reason == "unreachable"
    assert "mm and" in refused.detail
