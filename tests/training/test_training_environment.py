import numpy as np
import pytest
from block_ground import Ground

from blueprint.contracts.errors import InputError
from blueprint.episodes.record import read_arrays
from blueprint.training.demonstrations import read_demonstrations
from blueprint.training.environment import LASTING, TaskEnvironment


def test_recorded_actions_give_the_recorded_states_bit_for_bit_and_succeed(ground: Ground):
    environment = TaskEnvironment(ground.scene_dir, ground.task)
    arrays = read_arrays(ground.folders[1] / "trajectory.npz")
    seen = environment.reset(ground.variations[1])
    result = None
    for action, state in zip(arrays["action"], arrays["state"], strict=False):
        np.testing.assert_array_equal(seen.state, state)
        result = environment.step(action)
        seen = result.seen
        if result.ended:
            break
    assert result is not None
    assert result.success
    assert result.reason == "success"


def test_a_robot_that_holds_still_does_not_succeed_and_runs_out_of_time(ground: Ground):
    environment = TaskEnvironment(ground.scene_dir, ground.task, max_ticks=9)
    seen = environment.reset(ground.variations[0])
    results = [environment.step(seen.state) for _ in range(9)]
    assert [result.ended for result in results] == [False] * 8 + [True]
    assert not results[-1].success
    assert results[-1].reason == "step_limit"


def test_success_counts_only_when_it_lasts(ground: Ground):
    task = ground.task.model_copy(update={"success": ground.task.success[1:]})  # on the table: true from the start
    environment = TaskEnvironment(ground.scene_dir, task, max_ticks=40)
    seen = environment.reset(ground.variations[0])
    ticks = next(tick for tick in range(1, 41) if environment.step(seen.state).success)
    assert ticks == 4 * LASTING


def test_an_unknown_camera_is_refused_with_those_that_there_are(ground: Ground):
    with pytest.raises(InputError, match="wrist"):
        TaskEnvironment(ground.scene_dir, ground.task, cameras=["ceiling"])


def test_a_policy_is_told_where_the_thing_and_its_goal_are_in_the_frame_of_the_base(ground: Ground):
    environment = TaskEnvironment(ground.scene_dir, ground.task)
    seen = environment.reset(ground.variations[2])
    told = dict(zip(environment.observer.names, seen.environment, strict=True))
    to_base = ground.task.pose_world_base.inverse()
    block = to_base.apply(ground.variations[2].objects["block_1"].pose_world_object.position)
    np.testing.assert_allclose([told["block_1.x"], told["block_1.y"], told["block_1.z"]], block, atol=2e-3)
    table = np.array([told["table.x"], told["table.y"]])
    goal = np.array([told["goal_1.x"], told["goal_1.y"]])
    # the base looks along the world's Y: 10 cm to the world's left and 5 cm to the front, from its view
    np.testing.assert_allclose(goal - table, [-0.05, 0.1], atol=2e-3)


def test_a_failed_attempt_is_no_demonstration(ground: Ground, tmp_path):
    record = (ground.folders[0] / "record.json").read_text()
    (tmp_path / "record.json").write_text(record.replace('"success": true', '"success": false'))
    with pytest.raises(InputError, match="failed"):
        read_demonstrations(ground.scene_dir, ground.task, [tmp_path])
