import mujoco
import numpy as np
import pytest
from hand_made_scene import SCENE_XML, make_world

from blueprint.contracts.episode import FailureReason
from blueprint.contracts.errors import InputError
from blueprint.sim.mujoco_simulator import MujocoSimulator
from blueprint.sim.protocol import SimulationError


def wave(world, ticks):
    """Return (ticks, 8) float32 actions that swing every joint and open and close the gripper."""
    home = world.embodiment.home_action
    phase = np.arange(ticks)[:, None] / 15
    arm = home[:7] + 0.3 * np.sin(phase + np.arange(7))
    opening = 0.08 * (np.arange(ticks) % 20 < 10)
    return np.column_stack([arm, opening]).astype(np.float32)


def test_a_tick_is_25_steps_of_2_ms(world):
    simulator = MujocoSimulator(world)
    start = simulator.reset({})
    assert start.time == 0
    assert simulator.steps_per_tick == 25
    assert simulator.step(world.embodiment.home_action).time == pytest.approx(0.05, abs=1e-12)


def test_targets_go_linearly_to_the_action_within_the_tick(world, monkeypatch):
    simulator = MujocoSimulator(world)
    simulator.reset({})
    goal = world.embodiment.home_action.copy()
    goal[0] += 0.25
    goal[7] = 0.04
    seen = []
    real = mujoco.mj_step
    monkeypatch.setattr(mujoco, "mj_step", lambda m, d: (seen.append(d.ctrl.copy()), real(m, d)))
    simulator.step(goal)
    seen = np.array(seen)
    steps = np.arange(1, 26) / 25
    np.testing.assert_allclose(seen[:, 0], world.embodiment.home_action[0] + 0.25 * steps, atol=1e-6)
    np.testing.assert_allclose(seen[:, 7], 0.04 - 0.02 * steps, atol=1e-6)  # half of the opening, 0.08 to 0.04 m


def test_the_first_state_is_at_rest_with_the_arm_at_home(world):
    start = MujocoSimulator(world).reset({})
    assert np.abs(start.qvel).max() < 0.01
    np.testing.assert_allclose(start.state, world.embodiment.home_action, atol=0.01)


def test_same_actions_give_the_same_bits_although_objects_sleep(world):
    assert world.model.opt.enableflags & int(mujoco.mjtEnableBit.mjENBL_SLEEP)
    runs = []
    for _ in range(2):
        simulator = MujocoSimulator(world)
        simulator.reset({})
        runs.append([simulator.step(action) for action in wave(world, 60)])
    for first, second in zip(*runs, strict=True):
        assert first.qpos.tobytes() == second.qpos.tobytes()
        assert first.qvel.tobytes() == second.qvel.tobytes()
        assert first.contact_force == second.contact_force


def test_a_planner_that_uses_its_copy_does_not_change_the_bits(world):
    actions = wave(world, 20)
    plain, disturbed = MujocoSimulator(world), MujocoSimulator(world)
    plain.reset({})
    disturbed.reset({})
    for action in actions:
        copy = disturbed.planning_data()
        copy.qpos[:7] += 0.3
        mujoco.mj_forward(world.model, copy)
        assert plain.step(action).qpos.tobytes() == disturbed.step(action).qpos.tobytes()


def test_a_drawer_that_starts_open_carries_what_stands_in_it(world):
    simulator = MujocoSimulator(world)
    simulator.reset({"drawer_unit/slide": 0.15})
    cup, drawer = simulator.data.body("cup").xpos, simulator.data.body("drawer_unit/drawer").xpos
    assert drawer[1] == pytest.approx(-0.2 + 0.15, abs=1e-3)
    assert cup[1] == pytest.approx(drawer[1], abs=1e-3)
    assert simulator.data.body("block").xpos[1] == pytest.approx(0.1, abs=1e-3)


def test_an_unknown_joint_is_refused_with_the_names_that_there_are(world):
    with pytest.raises(InputError, match="drawer_unit/slide"):
        MujocoSimulator(world).reset({"drawer_unit/door": 0.1})


def test_a_joint_value_outside_its_limits_is_refused(world):
    with pytest.raises(InputError, match=r"limits are 0\.0 to 0\.2"):
        MujocoSimulator(world).reset({"drawer_unit/slide": 0.5})


def test_an_object_that_falls_forever_is_an_unstable_start():
    world = make_world(SCENE_XML.replace('pos="0.5 0.1 0.425"', 'pos="-9 0.1 200"'))
    with pytest.raises(SimulationError) as caught:
        MujocoSimulator(world).reset({})
    assert caught.value.reason == FailureReason.UNSTABLE_START
    assert "block" in caught.value.detail


def test_a_velocity_that_is_not_a_number_is_diverged_physics(world):
    simulator = MujocoSimulator(world)
    simulator.reset({})
    simulator.data.qvel[-1] = np.nan
    with pytest.raises(SimulationError) as caught:
        simulator.step(world.embodiment.home_action)
    assert caught.value.reason == FailureReason.PHYSICS_DIVERGED


def test_ee_pose_is_the_grasp_site_in_the_base_frame(world):
    simulator = MujocoSimulator(world)
    seen = simulator.reset({})
    site = simulator.data.site("robot/grasp")
    np.testing.assert_allclose(seen.ee_pose[:3], site.xpos - [0, 0, 0.4], atol=1e-6)
    assert abs(np.linalg.norm(seen.ee_pose[3:]) - 1) < 1e-6


def test_contact_force_is_what_the_two_fingers_press_with():
    world = make_world(SCENE_XML.replace("<option ", '<option gravity="0 0 0" '))
    simulator = MujocoSimulator(world)
    assert simulator.reset({}).contact_force == 0.0
    address = world.model.joint("block/free").qposadr[0]
    simulator.data.qpos[address : address + 3] = simulator.data.site("robot/grasp").xpos
    closed = world.embodiment.home_action.copy()
    closed[7] = 0.0
    forces = [simulator.step(closed).contact_force for _ in range(40)]
    assert forces[-1] == pytest.approx(2 * world.embodiment.finger_force_n, rel=0.15)


def test_a_snapshot_restores_time_positions_and_controls(world):
    simulator = MujocoSimulator(world)
    simulator.reset({})
    actions = wave(world, 12)
    for action in actions[:6]:
        simulator.step(action)
    saved, before = simulator.snapshot(), simulator.state()
    for action in actions[6:]:
        simulator.step(action)
    simulator.restore(saved)
    after = simulator.state()
    assert after.time == before.time
    np.testing.assert_array_equal(after.qpos, before.qpos)
    np.testing.assert_array_equal(after.qvel, before.qvel)


def test_a_simulation_error_survives_a_process_boundary():
    import pickle

    error = pickle.loads(pickle.dumps(SimulationError(FailureReason.PHYSICS_DIVERGED, "x")))
    assert (error.reason, error.detail) == (FailureReason.PHYSICS_DIVERGED, "x")
