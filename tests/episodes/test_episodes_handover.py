"""A handover as an episode: proposed, certified, replayed bit by bit, judged from its states alone."""

from pathlib import Path

import numpy as np
import pytest

from blueprint.contracts.scene import Scene
from blueprint.contracts.task import TaskSpec
from blueprint.episodes.rollout import execute, judge, roll_out
from blueprint.robots import load_embodiment
from blueprint.sim.mujoco_simulator import MujocoSimulator
from blueprint.sim.world import World, build_world
from blueprint.tasks import propose_tasks


@pytest.fixture(scope="module")
def handover(bench: tuple[Path, TaskSpec], scene: Scene) -> tuple[World, TaskSpec]:
    robot = load_embodiment("primitive_bimanual")
    task = next(item for item in propose_tasks(scene, robot) if item.task_type == "handover")
    return build_world(scene, bench[0], robot, task.pose_world_base), task


def test_a_handover_is_done_and_replays_to_the_same_bytes(handover: tuple[World, TaskSpec]) -> None:
    world, task = handover
    result = roll_out(world, task, np.random.default_rng(0), 1200)
    assert result.success, result.detail
    assert [item.name for item in result.trace.subtasks] == ["pick", "present", "receive", "let_go"]
    seen = result.trace.observations
    simulator = MujocoSimulator(world)
    simulator.reset(task.initial_joints)
    again = execute(simulator, result.trace.actions)
    assert again[-1].qpos.tobytes() == seen[-1].qpos.tobytes()
    states = np.array([item.qpos for item in seen])
    assert all(item.satisfied for item in judge(world, task, states, seen[-1].qvel))
    half = len(states) // 3  # while only the first hand holds it
    assert not judge(world, task, states[:half], seen[half - 1].qvel)[0].satisfied
