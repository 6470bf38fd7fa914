"""Inverse kinematics, paths and grasps of the two-armed robots, in physics."""

import mujoco
import numpy as np
import pytest
from agibot_table import RATE_HZ, above, grasp_and_lift, open_bench

from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose
from blueprint.motion import PlanningError
from blueprint.motion.dual_arm import (
    ArmMotion,
    ArmScene,
    arm_chain,
    body_pose,
    carrier_pose,
    plan_free,
    plan_linear,
    solve_arm_ik,
    solve_arm_ik_batch,
    time_path,
)
from blueprint.motion.dual_arm.motion import joint_limits
from blueprint.motion.dual_arm.path import _follow, line_poses
from blueprint.motion.trajectory import spline_points
from blueprint.robots.agibot import agibot_robots
from blueprint.robots.agibot.robot import Side

ROBOTS = agibot_robots()
SIDES: list[Side] = ["left", "right"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ROBOTS)
@pytest.mark.parametrize("side", SIDES)
def test_ik_finds_98_of_100_random_reachable_poses_and_says_so_truly(name: str, side: Side) -> None:
    bench = open_bench(name)
    chain = arm_chain(bench.robot, side)
    goals = np.random.default_rng(1).uniform(chain.lower, chain.upper, size=(200, 7))
    targets = carrier_pose(bench.data, bench.index, side) @ chain.forward(goals)[:, 7]
    results = solve_arm_ik_batch(
        bench.model, bench.data, bench.index, side, targets, chain.home, np.random.default_rng(2)
    )
    assert np.mean([result.success for result in results]) >= 0.98
    arm = bench.index.arms[side]
    for target, result in zip(targets, results, strict=True):
        assert np.all((result.q >= chain.lower) & (result.q <= chain.upper))
        bench.data.qpos[arm.qpos] = result.q
        mujoco.mj_kinematics(bench.model, bench.data)
        reached = body_pose(bench.data, arm.center_body)
        distance = float(np.linalg.norm(reached[:3, 3] - target[:3, 3]))
        cosine = (np.trace(reached[:3, :3] @ target[:3, :3].T) - 1) / 2
        assert result.success == (distance < 1e-3 and np.arccos(np.clip(cosine, -1, 1)) < 5e-3)
        if result.success:
            assert result.position_error_m == pytest.approx(distance, abs=1e-6)


def test_ik_is_the_same_for_the_same_seed_and_refuses_what_is_out_of_reach() -> None:
    bench = open_bench("G2_omnipicker")
    chain = arm_chain(bench.robot, "left")
    pose = above("G2_omnipicker", "left", 0.1, 0.2)
    args = (bench.model, bench.data, bench.index, "left")
    first, second = (solve_arm_ik(*args, pose, chain.home, np.random.default_rng(5)) for _ in range(2))
    assert first.success
    assert np.array_equal(first.q, second.q)
    far = Pose.of((2.0, 0.2, 1.0))
    assert not solve_arm_ik(*args, far, chain.home, np.random.default_rng(5)).success
    asked: list[bool] = []
    refused = solve_arm_ik(
        *args, pose, chain.home, np.random.default_rng(5), is_accepted=lambda _: bool(asked.append(True))
    )
    assert asked
    assert not refused.success


def test_forward_kinematics_of_many_configurations_are_those_of_the_model() -> None:
    bench = open_bench("G1_omnipicker")
    for side in SIDES:
        chain, arm = arm_chain(bench.robot, side), bench.index.arms[side]
        configurations = np.random.default_rng(3).uniform(chain.lower, chain.upper, size=(4, 7))
        poses = carrier_pose(bench.data, bench.index, side) @ chain.forward(configurations)
        for q, wanted in zip(configurations, poses, strict=True):
            bench.data.qpos[arm.qpos] = q
            mujoco.mj_kinematics(bench.model, bench.data)
            for link, pose in zip(chain.link_names, wanted, strict=True):
                assert np.abs(body_pose(bench.data, bench.index.links[link]) - pose).max() < 1e-9


@pytest.mark.slow
@pytest.mark.parametrize("name", ROBOTS)
@pytest.mark.parametrize("side", SIDES)
def test_friction_holds_a_light_cube_and_not_a_heavy_one(name: str, side: Side) -> None:
    bench, rise, slip = grasp_and_lift(name, side, 0.1)
    assert rise == pytest.approx(0.1, abs=0.005)
    assert slip < 0.005
    assert np.all(bench.model.eq_type == int(mujoco.mjtEq.mjEQ_JOINT))  # the fingers' couplings: nothing is welded
    _, rise, _ = grasp_and_lift(name, side, 20.0)
    assert rise < 0.01


def test_the_hand_moves_on_a_straight_line_and_turns_evenly() -> None:
    bench = open_bench("G2_omnipicker")
    scene, chain = ArmScene(bench.model, bench.index), arm_chain(bench.robot, "right")
    scene.sync(bench.data)
    start = solve_arm_ik(
        bench.model,
        bench.data,
        bench.index,
        "right",
        above("G2_omnipicker", "right", 0.12, -0.2),
        chain.home,
        bench.rng,
    ).q
    to_world = carrier_pose(bench.data, bench.index, "right")
    begin = to_world @ chain.forward(start)[7]
    turn = Pose.of((0, 0, 0), (np.cos(0.25), 0, 0, np.sin(0.25))).matrix()
    goal = begin @ turn
    goal[:3, 3] += [0.05, -0.1, 0.03]
    control = plan_linear(scene, "right", start, Pose.from_matrix(goal))
    poses = to_world @ chain.forward(spline_points(control, np.linspace(0, 1, 60)))[:, 7]
    assert np.abs(poses[-1] - goal).max() < 2e-3
    direction = (goal - begin)[:3, 3] / np.linalg.norm((goal - begin)[:3, 3])
    ways = (poses[:, :3, 3] - begin[:3, 3]) @ direction
    aside = poses[:, :3, 3] - begin[:3, 3] - ways[:, None] * direction
    assert np.linalg.norm(aside, axis=1).max() < 1e-3
    assert np.all(np.diff(ways) > -1e-6)


def test_a_retreat_that_runs_into_a_limit_is_saved_by_another_elbow() -> None:
    bench = open_bench("G2_omnipicker", cube_y_m=0.4)
    scene, chain = ArmScene(bench.model, bench.index), arm_chain(bench.robot, "right")
    scene.sync(bench.data)
    start = np.array([-1.4, 0.43, 0.55, -0.2, -0.43, 0.62, 0.91])
    begin = chain.forward(start)[7]
    goal = begin.copy()
    goal[:3, 3] -= 0.15 * begin[:3, 2]
    poses = line_poses(begin, goal)
    assert len(_follow(chain, start, poses, None)) < len(poses) + 1
    to_world = carrier_pose(scene.data, bench.index, "right")
    control = plan_linear(scene, "right", start, Pose.from_matrix(to_world @ goal), avoid_obstacles=False)
    assert np.abs(chain.forward(control[-1])[7] - goal).max() < 2e-3


def test_a_path_goes_around_a_wall_within_the_joints_limits() -> None:
    bench = open_bench("G2_omnipicker", cube_y_m=0.4, wall_y_m=-0.28)
    scene = ArmScene(bench.model, bench.index)
    scene.sync(bench.data)

    def solve(y: float) -> np.ndarray:
        result = solve_arm_ik(
            bench.model,
            bench.data,
            bench.index,
            "right",
            above("G2_omnipicker", "right", 0.1, y),
            bench.commanded("right"),
            bench.rng,
            is_accepted=lambda q: scene.is_free("right", q),
        )
        assert result.success
        return result.q

    start, goal = solve(-0.13), solve(-0.43)
    straight = start + np.linspace(0, 1, 50)[:, None] * (goal - start)
    assert not all(scene.is_free("right", q) for q in straight)
    control = plan_free(scene, "right", start, goal, bench.rng)
    trajectory = time_path(bench.robot, "right", control, RATE_HZ)
    assert all(scene.is_free("right", q) for q in trajectory.q[::5])
    limits = joint_limits(bench.robot, "right")
    assert np.all(np.abs(np.diff(trajectory.q, axis=0)) * RATE_HZ <= limits.velocity_limits)
    slow = time_path(bench.robot, "right", control, RATE_HZ, pace=0.5)
    assert len(slow.q) == pytest.approx(2 * len(trajectory.q), abs=2)


def test_a_goal_in_the_table_is_refused_unless_the_table_is_ignored() -> None:
    bench = open_bench("G2_omnipicker")
    scene, start = ArmScene(bench.model, bench.index), bench.commanded("right")
    scene.sync(bench.data)
    low = above("G2_omnipicker", "right", -0.06, -0.3)
    goal = solve_arm_ik(bench.model, bench.data, bench.index, "right", low, start, bench.rng).q
    with pytest.raises(PlanningError, match=r"at the goal .*table"):
        plan_free(scene, "right", start, goal, bench.rng)
    scene.ignore(["table"])
    assert len(plan_free(scene, "right", start, goal, bench.rng)) > 1
    with pytest.raises(InputError, match="no_such_link"):
        scene.ignore(["no_such_link"])


def test_what_a_hand_holds_is_carried_along_and_may_not_hit_things() -> None:
    bench = open_bench("G2_omnipicker", wall_y_m=0.0)
    scene = ArmScene(bench.model, bench.index)
    scene.sync(bench.data)
    args = (bench.model, bench.data, bench.index, "right")
    grasp = solve_arm_ik(*args, above("G2_omnipicker", "right", 0.0, -0.15), bench.commanded("right"), bench.rng).q
    beside = solve_arm_ik(*args, above("G2_omnipicker", "right", 0.1, -0.065), grasp, bench.rng).q
    into = solve_arm_ik(*args, above("G2_omnipicker", "right", 0.1, -0.02), grasp, bench.rng).q
    bench.data.qpos[bench.index.arms["right"].qpos] = grasp
    bench.data.qpos[bench.index.arms["right"].gripper_qpos] = 0.54
    assert not scene.touches("right", "cube")
    scene.sync(bench.data)
    assert scene.touches("right", "cube")
    assert not scene.touches("left", "cube")
    scene.hold("right", "cube")
    scene.move("right", beside)
    assert scene.data.body("cube").xpos[2] == pytest.approx(0.925, abs=2e-3)
    assert "wall" in str(scene.collision("right", into))
    with pytest.raises(InputError, match="free joint"):
        scene.hold("right", "table")


def test_a_blocked_arm_reports_that_it_has_not_arrived() -> None:
    bench = open_bench("G2_omnipicker")
    scene, start = ArmScene(bench.model, bench.index), bench.commanded("right")
    scene.sync(bench.data)
    low = above("G2_omnipicker", "right", -0.10, -0.3)
    goal = solve_arm_ik(bench.model, bench.data, bench.index, "right", low, start, bench.rng).q
    scene.ignore(["table"])
    path = plan_free(scene, "right", start, goal, bench.rng)
    motion = ArmMotion(bench.index, time_path(bench.robot, "right", path, RATE_HZ), settle_s=0.3)
    assert not bench.run(motion)
    assert motion.progress == 1.0
