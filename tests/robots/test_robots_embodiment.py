"""Embodiments: data, control and tracking."""

import mujoco
import numpy as np
import pytest

from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.robots import Embodiment, embodiments, load_embodiment
from blueprint.robots.fetch import fetch_model


@pytest.fixture(scope="module")
def arm() -> Embodiment:
    return load_embodiment("primitive_arm")


def _model(embodiment: Embodiment, base: Pose) -> tuple[mujoco.MjModel, mujoco.MjData]:
    spec = mujoco.MjSpec()
    spec.option.timestep = 0.002
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    embodiment.attach(spec, base)
    model = spec.compile()
    data = mujoco.MjData(model)
    embodiment.set_state(embodiment.index(model), data, embodiment.home_action)
    mujoco.mj_forward(model, data)
    return model, data


BUNDLED = ["primitive_arm", "primitive_six"]


def test_there_are_published_robots_and_two_that_need_no_download() -> None:
    assert set(embodiments()) >= {"panda", *BUNDLED}
    assert all(load_embodiment(name).model.kind == "bundled" for name in BUNDLED)


def test_an_unknown_robot_is_refused_with_the_names_that_exist() -> None:
    with pytest.raises(InputError, match=r"panda.*primitive_arm"):
        load_embodiment("../panda")


@pytest.mark.parametrize(("name", "joints"), [("panda", 7), ("primitive_arm", 7), ("primitive_six", 6)])
def test_state_and_action_of_one_arm_are_its_joints_and_the_opening(name: str, joints: int) -> None:
    robot = load_embodiment(name)
    assert (
        len(robot.state_names) == len(robot.action_names) == len(robot.home_action) == robot.action_size == joints + 1
    )
    assert robot.action_names[0] == "joint1.target"
    assert robot.action_names[-1] == "gripper.opening_target"
    assert robot.units == ["rad"] * joints + ["m"]
    assert np.all(robot.lower < robot.home_qpos)
    assert np.all(robot.home_qpos < robot.upper)


def test_everything_of_the_robot_is_prefixed_and_the_cameras_are_named(arm: Embodiment) -> None:
    model, _ = _model(arm, Pose.of((0, 0, 0.5)))
    names = {model.camera(k).name for k in range(model.ncam)}
    assert names == {"robot/wrist", "robot/left", "robot/right"}
    assert all(model.body(k).name.startswith("robot/") for k in range(1, model.nbody))


@pytest.mark.parametrize("name", BUNDLED)
def test_the_grasp_frame_points_down_at_home_and_closes_along_its_y_axis(name: str) -> None:
    arm = load_embodiment(name)
    model, data = _model(arm, Pose.of((0.2, 0.1, 0.5), quat_wxyz_from_yaw(0.7)))
    index = arm.index(model)
    rotation = data.site_xmat[index.grasp_site].reshape(3, 3)
    np.testing.assert_allclose(rotation[:, 2], [0, 0, -1], atol=1e-6)
    fingers = [data.xpos[body] for body in index.finger_bodies]
    pads = fingers[0] - fingers[1]
    np.testing.assert_allclose(np.abs(rotation.T @ pads / np.linalg.norm(pads)), [0, 1, 0], atol=1e-6)


def test_forward_kinematics_of_the_primitive_arm_has_a_closed_form(arm: Embodiment) -> None:
    """Joints 2, 4 and 6 turn about +Y: x = 0.40 sin a + 0.39 sin b + 0.20 sin c above a shoulder at 0.34 m."""
    model, data = _model(arm, Pose())
    q = np.array([0.0, 0.3, 0.0, 0.9, 0.0, 0.8, 0.0])
    arm.set_state(arm.index(model), data, np.append(q, 0.08))
    mujoco.mj_forward(model, data)
    angles, lengths = np.cumsum([0.3, 0.9, 0.8]), np.array([0.40, 0.39, 0.20])
    expected = [lengths @ np.sin(angles), 0.0, 0.34 + lengths @ np.cos(angles)]
    np.testing.assert_allclose(data.site_xpos[arm.index(model).grasp_site], expected, atol=1e-9)


def test_gravity_is_compensated_so_that_the_arm_holds_home_within_a_tenth_of_a_milliradian(arm: Embodiment) -> None:
    model, data = _model(arm, Pose.of((0, 0, 0.5)))
    for _ in range(500):
        mujoco.mj_step(model, data)
    assert np.abs(arm.state(model, data)[:7] - arm.home_qpos).max() < 1e-4


def test_the_arm_is_within_two_milliradians_a_quarter_of_a_second_after_a_motion(arm: Embodiment) -> None:
    model, data = _model(arm, Pose.of((0, 0, 0.5)))
    index = arm.index(model)
    start = arm.home_action.astype(float)
    goal = start + np.array([0.4, 0.3, -0.4, -0.5, 0.4, 0.3, 0.4, -0.08])
    for step in range(1, 501):
        arm.write_ctrl(index, data, start + (goal - start) * step / 500)
        mujoco.mj_step(model, data)
    for _ in range(125):
        mujoco.mj_step(model, data)
    assert np.abs(arm.state(model, data)[:7] - goal[:7]).max() < 2e-3
    assert arm.state(model, data)[7] == pytest.approx(0.0, abs=1e-4)


def test_the_pedestal_fills_the_space_between_floor_and_base(arm: Embodiment) -> None:
    model, data = _model(arm, Pose.of((0.3, -0.2, 0.6)))
    geom = model.geom("robot/pedestal/c0")
    bottom = data.geom("robot/pedestal/c0").xpos[2] - geom.size[2]
    assert 0 <= bottom < 0.003
    assert data.geom("robot/pedestal/c0").xpos[2] + geom.size[2] == pytest.approx(0.6, abs=0.003)


def test_a_model_without_a_robot_is_refused(arm: Embodiment) -> None:
    with pytest.raises(InputError, match="robot/"):
        arm.index(mujoco.MjSpec().compile())


@pytest.mark.slow
@pytest.mark.parametrize("name", ["vx300s", "ur5e_2f85", "xarm7"])
def test_a_robot_with_the_meshes_of_a_pinned_wheel_stands_still_at_home(name: str) -> None:
    robot = load_embodiment(name)
    fetch_model(robot.model)
    model, data = _model(robot, Pose.of((0, 0, 0.7)))
    assert model.nmesh == len(robot.model.meshes)
    assert model.nmeshface < 40_000
    assert data.ncon == 0
    for _ in range(500):
        mujoco.mj_step(model, data)
    assert np.abs(robot.state(model, data) - robot.home_action).max() < 1e-4


@pytest.mark.slow
def test_the_panda_of_the_pinned_wheel_stands_still_at_home() -> None:
    panda = load_embodiment("panda")
    model, data = _model(panda, Pose.of((0, 0, 0.7)))
    assert model.nmeshface < 20_000
    assert model.nlight == 0
    np.testing.assert_allclose(data.site_xpos[panda.index(model).grasp_site], [0.3069, 0, 0.7 + 0.4869], atol=1e-3)
    for _ in range(500):
        mujoco.mj_step(model, data)
    assert np.abs(panda.state(model, data)[:7] - panda.home_qpos).max() < 1e-4
