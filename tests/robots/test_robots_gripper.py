"""Grippers: the opening that is commanded is the gap between the pads, by sliding fingers and by linkages."""

import mujoco
import numpy as np
import pytest
from pydantic import ValidationError

from blueprint.contracts.frames import Pose
from blueprint.robots import Embodiment, Gripper, load_embodiment

ROBOTS = [
    "primitive_arm",
    "primitive_six",
    pytest.param("panda", marks=pytest.mark.slow),
    pytest.param("vx300s", marks=pytest.mark.slow),
    pytest.param("ur5e_2f85", marks=pytest.mark.slow),
    pytest.param("xarm7", marks=pytest.mark.slow),
]


def _gripper(**more: object) -> Gripper:
    fingers = [{"joint": f"j{side}", "body": f"b{side}"} for side in (1, 2)]
    values = {
        "fingers": fingers,
        "opening_max_m": 0.1,
        "opening_speed_m_per_s": 0.1,
        "finger_force_n": 10.0,
        "finger_stiffness_n_per_m": 1000.0,
    }
    return Gripper.model_validate(values | more)


LINKAGE = {"openings_m": [0.0, 0.04, 0.1], "positions": [0.8, 0.5, 0.0]}


def test_sliding_fingers_go_half_of_the_opening_each() -> None:
    gripper = _gripper()
    np.testing.assert_array_equal(gripper.joint_at_opening(0.06), [0.03, 0.03])
    assert gripper.opening_of([0.01, 0.02]) == pytest.approx(0.03)


def test_a_linkage_is_interpolated_and_inverted_even_where_it_closes_upwards() -> None:
    gripper = _gripper(linkage=LINKAGE)
    assert gripper.driver_at(0.02) == pytest.approx(0.65)
    assert gripper.opening_at(0.65) == pytest.approx(0.02)
    assert (gripper.closed, gripper.open) == (0.8, 0.0)
    for opening in np.linspace(0, 0.1, 11):
        assert gripper.opening_of(gripper.joint_at_opening(opening)) == pytest.approx(opening, abs=1e-12)


def test_followers_are_polynomials_of_their_own_fingers_joint() -> None:
    fingers = [
        {"joint": "j1", "body": "b1", "followers": [{"joint": "f1", "polynomial": [0.1, -1.0]}]},
        {"joint": "j2", "body": "b2", "followers": [{"joint": "f2", "polynomial": [0.0, 0.0, 2.0]}]},
    ]
    gripper = _gripper(fingers=fingers, linkage=LINKAGE)
    assert gripper.joints == ["j1", "j2", "f1", "f2"]
    np.testing.assert_allclose(gripper.joint_at_opening(0.04), [0.5, 0.5, -0.4, 0.5])


@pytest.mark.parametrize(
    "linkage",
    [
        {"openings_m": [0.0, 0.05, 0.1], "positions": [0.0, 0.5, 0.4]},
        {"openings_m": [0.0, 0.1, 0.05], "positions": [0.0, 0.5, 0.6]},
        {"openings_m": [0.01, 0.1], "positions": [0.0, 0.5]},
        {"openings_m": [0.0, 0.09], "positions": [0.0, 0.5]},
        {"openings_m": [0.0, 0.1], "positions": [0.0, 0.3, 0.5]},
    ],
)
def test_a_linkage_that_is_no_function_of_the_whole_opening_is_refused(linkage: dict[str, list[float]]) -> None:
    with pytest.raises(ValidationError, match=r"linkage|opening"):
        _gripper(linkage=linkage)


def _world(robot: Embodiment) -> tuple[mujoco.MjModel, mujoco.MjData]:
    spec = mujoco.MjSpec()
    spec.option.timestep = 0.002
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    robot.attach(spec, Pose.of((0, 0, 0.5)))
    model = spec.compile()
    return model, mujoco.MjData(model)


def _pad_gap(robot: Embodiment, model: mujoco.MjModel, data: mujoco.MjData) -> float:
    """Return the distance between the inner faces of the finger bodies' box colliders along the closing axis, m."""
    index = robot.index(model).arm()
    axis = data.site_xmat[index.grasp_site].reshape(3, 3)[:, 1]
    sides = []
    for body in index.finger_bodies:
        boxes = (model.geom_bodyid == body) & (model.geom_contype > 0) & (model.geom_type == mujoco.mjtGeom.mjGEOM_BOX)
        reach = []
        for geom in np.flatnonzero(boxes):
            half = np.abs(data.geom_xmat[geom].reshape(3, 3).T @ axis) @ model.geom_size[geom]
            middle = axis @ (data.geom_xpos[geom] - data.site_xpos[index.grasp_site])
            reach.append(abs(middle) - half)
        sides.append(min(reach))
    return float(sum(sides))


@pytest.mark.parametrize("name", ROBOTS)
def test_the_opening_is_the_gap_between_the_pads(name: str) -> None:
    robot = load_embodiment(name)
    model, data = _world(robot)
    index = robot.index(model)
    for opening in np.linspace(0.0, robot.opening_max_m, 9):
        state = robot.home_action.astype(float)
        state[-1] = opening
        robot.set_state(index, data, state)
        mujoco.mj_kinematics(model, data)
        assert _pad_gap(robot, model, data) == pytest.approx(opening, abs=1e-4)
        assert robot.state(model, data)[-1] == pytest.approx(opening, abs=1e-6)


@pytest.mark.parametrize("name", ROBOTS)
def test_a_gripper_closes_and_opens_in_physics_and_its_fingers_move_alike(name: str) -> None:
    robot = load_embodiment(name)
    model, data = _world(robot)
    index = robot.index(model)
    open_hand = robot.home_action.astype(float)
    closed = open_hand.copy()
    closed[-1] = 0.0
    robot.set_state(index, data, open_hand)
    for start, goal in ((open_hand, closed), (closed, open_hand)):
        for step in range(1, 501):
            robot.write_ctrl(index, data, start + (goal - start) * min(1.0, step / 400))
            mujoco.mj_step(model, data)
            first, second = data.qpos[index.arm().gripper_qpos[:2]]
            assert abs(first - second) < 1e-3
        assert robot.state(model, data)[-1] == pytest.approx(goal[-1], abs=1e-4)
