"""Kinematics, paths and trajectories, against closed form and limits."""

from itertools import pairwise

import numpy as np
import pytest

from blueprint.contracts.frames import matrix_from_quat_wxyz, quat_wxyz_from_axis_angle
from blueprint.motion.cartesian import follow, line, shifted
from blueprint.motion.ik import ArmKinematics, kinematics_of
from blueprint.motion.rrt import edge_is_free, plan_path
from blueprint.motion.trajectory import (
    ACCELERATION,
    CONTROL_RATE_HZ,
    SPEED,
    gripper_actions,
    smooth_path,
    spline_points,
    time_parametrize,
)


@pytest.fixture(scope="module")
def arm() -> ArmKinematics:
    return kinematics_of("primitive_arm")


def _down(x: float, y: float, z: float) -> np.ndarray:
    pose = np.eye(4)
    pose[:3, :3] = np.diag([-1.0, 1.0, -1.0])
    pose[:3, 3] = x, y, z
    return pose


def test_the_jacobian_is_the_derivative_of_forward_kinematics(arm: ArmKinematics) -> None:
    q = np.array([0.2, 0.3, -0.4, 1.2, 0.5, 0.8, -0.3])
    jacobian = arm.jacobian(q)
    step = 1e-6
    for joint in range(7):
        dq = np.zeros(7)
        dq[joint] = step
        numeric = (arm.forward(q + dq) - arm.forward(q - dq))[:3, 3] / (2 * step)
        np.testing.assert_allclose(jacobian[:3, joint], numeric, atol=1e-8)


def test_inverse_kinematics_is_within_a_fifth_of_a_millimetre_and_a_milliradian(arm: ArmKinematics) -> None:
    rng = np.random.default_rng(3)
    for x, y, z in rng.uniform([0.35, -0.25, 0.0], [0.55, 0.25, 0.25], size=(15, 3)):
        wanted = _down(x, y, z)
        solutions = arm.solutions(wanted, arm.embodiment.home_qpos, rng)
        assert solutions
        for q in solutions:
            found = arm.forward(q)
            assert np.linalg.norm(found[:3, 3] - wanted[:3, 3]) < 2e-4
            assert np.arccos(np.clip((np.trace(found[:3, :3].T @ wanted[:3, :3]) - 1) / 2, -1, 1)) < 1.1e-3
            assert np.all(q >= arm.embodiment.lower)
            assert np.all(q <= arm.embodiment.upper)


def test_the_nearest_solution_comes_first(arm: ArmKinematics) -> None:
    home = arm.embodiment.home_qpos
    solutions = arm.solutions(_down(0.45, 0.1, 0.1), home, np.random.default_rng(0), attempts=12)
    distances = [np.linalg.norm(q - home) for q in solutions]
    assert len(distances) > 1
    assert distances == sorted(distances)


def test_a_pose_beyond_the_arm_has_no_solution(arm: ArmKinematics) -> None:
    assert arm.solutions(_down(1.5, 0, 0.2), arm.embodiment.home_qpos, np.random.default_rng(0)) == []


def test_a_line_is_straight_in_space_and_continuous_in_the_joints(arm: ArmKinematics) -> None:
    start = arm.forward(arm.embodiment.home_qpos)
    end = shifted(start, np.array([0.05, 0.1, -0.15]))
    path = follow(arm, arm.embodiment.home_qpos, line(start, end))
    assert path is not None
    points = np.array([arm.forward(q)[:3, 3] for q in path])
    direction = (end - start)[:3, 3] / np.linalg.norm((end - start)[:3, 3])
    offsets = points - start[:3, 3]
    assert np.linalg.norm(offsets - np.outer(offsets @ direction, direction), axis=1).max() < 4e-4
    assert np.abs(np.diff(path, axis=0)).max() < 0.25


def test_a_line_out_of_reach_is_refused(arm: ArmKinematics) -> None:
    start = arm.forward(arm.embodiment.home_qpos)
    assert follow(arm, arm.embodiment.home_qpos, line(start, shifted(start, np.array([1.0, 0, 0])))) is None


def test_a_pose_turned_by_half_a_turn_is_found(arm: ArmKinematics) -> None:
    wanted = _down(0.45, 0.0, 0.1)
    wanted[:3, :3] = matrix_from_quat_wxyz(quat_wxyz_from_axis_angle((0, 0, 1), np.pi)) @ wanted[:3, :3]
    assert arm.solutions(wanted, arm.embodiment.home_qpos, np.random.default_rng(1), attempts=12)


def _wall(q: np.ndarray) -> bool:
    """Free unless in a wall at x = 0 with a gap above y = 1."""
    return not (abs(q[0]) < 0.1 and q[1] < 1.0)


def _core(q: np.ndarray) -> bool:
    """The wall, less one collision-checking step (0.02) on every side."""
    return not (abs(q[0]) < 0.08 and q[1] < 0.98)


def test_rrt_goes_around_a_wall_that_blocks_the_straight_line() -> None:
    lower, upper = np.full(2, -2.0), np.full(2, 2.0)
    start, goal = np.array([-1.0, 0.0]), np.array([1.0, 0.0])
    assert not edge_is_free(start, goal, _wall)
    path = plan_path(start, goal, _wall, lower, upper, np.random.default_rng(5))
    assert path is not None
    np.testing.assert_array_equal(path[[0, -1]], [start, goal])
    assert all(edge_is_free(a, b, _core) for a, b in pairwise(path))
    assert path[:, 1].max() > 0.95


def test_rrt_gives_the_same_path_for_the_same_seed_and_none_for_a_closed_wall() -> None:
    lower, upper = np.full(2, -2.0), np.full(2, 2.0)
    ends = np.array([-1.0, 0.0]), np.array([1.0, 0.0])
    first, second = (plan_path(*ends, _wall, lower, upper, np.random.default_rng(9)) for _ in range(2))
    np.testing.assert_array_equal(first, second)

    def closed(q: np.ndarray) -> bool:
        return abs(q[0]) > 0.1

    assert plan_path(*ends, closed, lower, upper, np.random.default_rng(9), max_iterations=300) is None


@pytest.mark.parametrize("corner", [0.0, 0.8])
def test_a_trajectory_keeps_to_the_limits_and_ends_at_the_goal(arm: ArmKinematics, corner: float) -> None:
    robot = arm.embodiment
    home = robot.home_qpos
    path = np.array([home, home + 0.5, home + 0.5 + corner * np.array([1, -1, 0.5, -0.5, 1, -1, 0.5])])
    actions = time_parametrize(smooth_path(path, 0.1), robot)
    full = np.vstack([home, home, actions, actions[-1:], actions[-1:]])
    velocity = np.diff(full, axis=0) * CONTROL_RATE_HZ
    acceleration = np.diff(velocity, axis=0) * CONTROL_RATE_HZ
    assert np.all(np.abs(velocity) <= SPEED * robot.velocity_limits * 1.001)
    assert np.all(np.abs(acceleration) <= ACCELERATION * robot.acceleration_limits * 1.05)
    np.testing.assert_allclose(actions[-1], path[-1], atol=1e-9)


def test_a_slower_pace_takes_proportionally_longer(arm: ArmKinematics) -> None:
    home = arm.embodiment.home_qpos
    control = smooth_path(np.array([home, home + 0.6]), 0.1)
    fast, slow = (len(time_parametrize(control, arm.embodiment, pace)) for pace in (1.0, 0.5))
    assert slow == pytest.approx(2 * fast, abs=2)


def test_the_spline_reproduces_a_straight_line_and_cuts_a_corner_by_less_than_its_spacing() -> None:
    straight = smooth_path(np.array([[0.0, 0.0], [1.0, 2.0]]), 0.1)
    points = spline_points(straight, np.linspace(0, 1, 50))
    np.testing.assert_allclose(points[:, 1], 2 * points[:, 0], atol=1e-12)
    bent = spline_points(smooth_path(np.array([[0.0, 0], [1, 0], [1, 1]]), 0.1), np.linspace(0, 1, 500))
    assert np.linalg.norm(bent - [1, 0], axis=1).min() < 0.1


def test_the_gripper_moves_at_its_speed_and_then_waits() -> None:
    actions = gripper_actions(np.zeros(7), 0.08, 0.0, 0.1, settle_ticks=3)
    assert actions.dtype == np.float32
    assert np.abs(np.diff(actions[:, 7])).max() * CONTROL_RATE_HZ <= 0.1 + 1e-6
    np.testing.assert_array_equal(actions[-4:, 7], 0)
