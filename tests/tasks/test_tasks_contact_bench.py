"""Every proposed contact task of a real scene, loaded from its USD, is done and judged in physics, and replays."""

from pathlib import Path

import numpy as np
import pytest
from contact_bench import author_contact_bench

from blueprint.contracts.task import TaskSpec
from blueprint.episodes.rollout import Rollout, execute, judge, roll_out
from blueprint.episodes.worlds import WorldCache
from blueprint.motion.base import BaseFinder
from blueprint.robots import load_embodiment
from blueprint.sim.mujoco_simulator import MujocoSimulator
from blueprint.tasks import pressing, pushing, turning, wiping

pytestmark = pytest.mark.slow
KINDS = {"push": pushing, "press": pressing, "turn": turning, "wipe": wiping}


@pytest.fixture(scope="module")
def scene_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scenes") / "contact"


@pytest.fixture(scope="module")
def tasks(scene_dir: Path) -> list[TaskSpec]:
    scene, robot = author_contact_bench(scene_dir), load_embodiment("primitive_arm")
    found = [task for module in KINDS.values() for task in module.proposals(scene, robot, 0)]
    standings = BaseFinder(scene, robot, np.random.default_rng(0)).choose(found)
    assert all(item.reached for item in standings)
    return [task.model_copy(update={"pose_world_base": item.base}) for task, item in zip(found, standings, strict=True)]


@pytest.fixture(scope="module")
def worlds() -> WorldCache:
    return WorldCache()


@pytest.fixture(scope="module")
def rollouts(tasks: list[TaskSpec], scene_dir: Path, worlds: WorldCache) -> list[tuple[TaskSpec, Rollout]]:
    rng = np.random.default_rng
    return [(task, roll_out(worlds.world(scene_dir, task, None), task, rng(0), 1200)) for task in tasks]


def test_every_proposed_push_press_turn_and_wipe_succeeds_without_a_second_try(
    rollouts: list[tuple[TaskSpec, Rollout]],
) -> None:
    assert {task.task_type for task, _ in rollouts} == set(KINDS)
    assert len(rollouts) == 12
    for task, result in rollouts:
        assert result.success, (task.task_id, result.detail)
        assert not result.trace.recoveries, task.task_id


def test_their_actions_alone_lead_to_the_same_states_and_the_same_verdict(
    rollouts: list[tuple[TaskSpec, Rollout]], scene_dir: Path, worlds: WorldCache
) -> None:
    first = {task.task_type: (task, result) for task, result in reversed(rollouts)}
    for task, result in first.values():
        world = worlds.world(scene_dir, task, None)
        simulator = MujocoSimulator(world)
        seen = [simulator.reset(task.initial_joints), *execute(simulator, result.trace.actions)]
        states = np.array([item.qpos for item in seen])
        np.testing.assert_array_equal(states, [item.qpos for item in result.trace.observations])
        assert all(item.satisfied for item in judge(world, task, states, seen[-1].qvel))
