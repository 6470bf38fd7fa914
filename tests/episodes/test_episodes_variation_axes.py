"""A varied world: another block in place of the first, a sunk mount, late servos; what the robot reads and hears."""

import numpy as np
import pytest

from blueprint.contracts.errors import InputError
from blueprint.contracts.seeds import rng_for
from blueprint.contracts.variation import ObjectSample, RobotSample, Variation
from blueprint.episodes.observed import noisy_state, spoken_instruction
from blueprint.episodes.rollout import roll_out
from blueprint.episodes.worlds import WorldCache
from blueprint.randomize import write_instances
from blueprint.randomize.instances import instance_of, scene_with_instances
from blueprint.sim.mujoco_simulator import MujocoSimulator


def varied(**fields) -> Variation:
    return Variation(variation_id="v1", scene_id="bench", seed=1, **fields)


@pytest.fixture(scope="module")
def other_block(scene):
    made = instance_of(scene, "block_1", 1)
    assert made is not None
    return made.model


def test_an_instance_is_another_thing_of_the_same_kind(scene, other_block):
    own = scene.asset("block_1")
    assert other_block.asset_id != own.asset_id
    assert (other_block.category, other_block.params.get("color")) == (own.category, own.params.get("color"))
    assert all(link.inertial for link in other_block.links)
    assert instance_of(scene, "block_1", 1).model == other_block
    assert instance_of(scene, "block_1", 2).model != other_block


def test_the_world_has_the_instance_where_the_block_was_and_its_grasps(bench, scene, other_block):
    scene_dir, task = bench
    variation = varied(objects={"block_1": ObjectSample(asset_id=other_block.asset_id)})
    with pytest.raises(InputError):
        scene_with_instances(scene, scene_dir / "elsewhere", variation)
    write_instances(scene, scene_dir, variation)
    world = WorldCache().world(scene_dir, task, variation)
    assert world.scene.asset("block_1").asset_id == other_block.asset_id
    assert world.model.body("block_1").mass[0] == pytest.approx(other_block.mass_kg, rel=1e-4)
    start = MujocoSimulator(world).reset(task.initial_joints)
    address = world.model.joint("block_1/free").qposadr[0]
    np.testing.assert_allclose(start.qpos[address : address + 2], (0.08, -0.05), atol=2e-3)


@pytest.mark.slow
def test_the_task_succeeds_with_the_instance_a_sunk_mount_and_late_soft_servos(bench, scene, other_block):
    scene_dir, task = bench
    variation = varied(
        objects={"block_1": ObjectSample(asset_id=other_block.asset_id)},
        robot=RobotSample(sink_m=0.02, gain_factor=0.9, latency_s=0.02),
    )
    write_instances(scene, scene_dir, variation)
    world = WorldCache().world(scene_dir, task, variation)
    attempts = [roll_out(world, task, rng_for(1, "axes"), 600) for _ in range(2)]
    assert attempts[0].success, attempts[0].detail
    first, again = ([seen.qpos for seen in item.trace.observations] for item in attempts)
    np.testing.assert_array_equal(first, again)


def test_late_servos_hold_the_arm_still_from_the_first_step(bench):
    scene_dir, task = bench
    world = WorldCache().world(scene_dir, task, varied(robot=RobotSample(latency_s=0.05)))
    simulator = MujocoSimulator(world)
    start = simulator.reset(task.initial_joints)
    home = world.embodiment.home_action
    after = [simulator.step(home) for _ in range(4)][-1]
    np.testing.assert_allclose(after.state, start.state, atol=2e-3)


def test_late_servos_answer_later(bench):
    scene_dir, task = bench
    reached = {}
    for latency in (0.0, 0.05):
        world = WorldCache().world(scene_dir, task, varied(robot=RobotSample(latency_s=latency)))
        simulator = MujocoSimulator(world)
        simulator.reset(task.initial_joints)
        action = world.embodiment.home_action.copy()
        action[0] += 0.05
        reached[latency] = float(simulator.step(action).state[0])
    assert reached[0.0] > 3 * max(reached[0.05], 1e-3)


def test_readings_are_noisy_by_the_variations_deviation_and_always_the_same_way():
    state = np.zeros((4000, 2), np.float32)
    variation = varied(robot=RobotSample(joint_noise_rad=0.01))
    noisy = noisy_state(state, ["rad", "m"], variation, 5)
    np.testing.assert_allclose(noisy.std(axis=0), (0.01, 0.001), rtol=0.05)
    np.testing.assert_array_equal(noisy, noisy_state(state, ["rad", "m"], variation, 5))
    assert not np.array_equal(noisy, noisy_state(state, ["rad", "m"], variation, 6))
    assert noisy_state(state, ["rad", "m"], varied(), 5) is state


def test_the_variation_chooses_the_words_and_never_unseen_ones(bench):
    _, task = bench
    task = task.model_copy(update={"paraphrases": ["b", "c", "d"], "unseen_paraphrases": ["c"]})
    heard = [spoken_instruction(task, varied(instruction=share)) for share in (0.0, 0.34, 0.67, 1.0)]
    assert heard == [task.instruction, "b", "d", "d"]
    assert spoken_instruction(task, None) == task.instruction


def test_a_mount_sinks_and_a_robot_that_stands_on_the_floor_stays_there(bench):
    scene_dir, task = bench
    heights = {}
    for robot in ("primitive_arm", "primitive_mobile"):
        mine = task.model_copy(update={"embodiment": robot})
        world = WorldCache().world(scene_dir, mine, varied(robot=RobotSample(sink_m=0.03)))
        heights[robot] = task.pose_world_base.position[2] - world.pose_world_base.position[2]
    assert heights == pytest.approx({"primitive_arm": 0.03, "primitive_mobile": 0.0})
