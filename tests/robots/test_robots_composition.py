"""Robots put together from arms, and AgiBot's robot as an arm robot."""

import mujoco
import numpy as np
import pytest

from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose
from blueprint.motion.ik import kinematics_of
from blueprint.robots import Embodiment, load_embodiment
from blueprint.robots.agibot import load_agibot
from blueprint.robots.composition import composed_spec, with_mounted_arms
from blueprint.robots.model_source import ComposedModel, MountedArm


def _world(name: str) -> tuple[Embodiment, mujoco.MjModel, mujoco.MjData]:
    robot = load_embodiment(name)
    spec = mujoco.MjSpec()
    robot.attach(spec, Pose.of((0.0, 0.0, robot.base_height_m or 0.7)))
    model = spec.compile()
    data = mujoco.MjData(model)
    robot.set_state(robot.index(model), data, robot.home_action)
    mujoco.mj_forward(model, data)
    return robot, model, data


def test_two_arms_on_a_beam_are_the_same_arm_half_a_metre_apart() -> None:
    robot = load_embodiment("primitive_bimanual")
    single = kinematics_of("primitive_arm")
    for arm, y in (("left", 0.25), ("right", -0.25)):
        expected = single.forward(single.home)
        expected[1, 3] += y
        np.testing.assert_allclose(kinematics_of(robot.name, arm).forward(single.home), expected, atol=1e-9)


def test_an_action_names_the_arm_of_every_joint_and_gripper() -> None:
    names = load_embodiment("primitive_bimanual").action_names
    assert names[:1] + names[7:9] + names[-1:] == [
        "left/joint1.target",
        "left/gripper.opening_target",
        "right/joint1.target",
        "right/gripper.opening_target",
    ]


def test_a_composed_robot_survives_being_written_and_read_again() -> None:
    robot = load_embodiment("primitive_bimanual")
    assert Embodiment.model_validate(robot.model_dump(mode="json")) == robot


def test_a_mount_that_the_carrier_lacks_is_an_error_that_lists_those_that_there_are() -> None:
    model = ComposedModel(
        file="primitive_bimanual.xml", arms=[MountedArm(name="left", like="primitive_arm", mount="head")]
    )
    with pytest.raises(InputError, match=r"left_mount.*right_mount"):
        composed_spec(model)


def test_a_robot_of_two_arms_is_no_part_of_another() -> None:
    model = {
        "kind": "composed",
        "file": "primitive_bimanual.xml",
        "arms": [{"name": "left", "like": "primitive_bimanual", "mount": "left_mount"}],
    }
    with pytest.raises(InputError, match="no single arm"):
        with_mounted_arms({"model": model, "cameras": [], "collision_excludes": []})


def test_the_g2_stands_free_of_itself_with_only_arms_and_grippers_moving() -> None:
    robot, model, data = _world("agibot_g2")
    assert data.ncon == 0
    names = {model.joint(k).name.removeprefix("robot/") for k in range(model.njnt)}
    assert names == {joint for arm in robot.arms for joint in (*(one.name for one in arm.joints), *arm.gripper.joints)}
    published = load_agibot("G2_omnipicker")
    for arm in robot.arms:
        for joint in arm.joints:
            assert (joint.lower, joint.upper) == (
                published.joints[joint.name].lower,
                published.joints[joint.name].upper,
            )


@pytest.mark.parametrize("opening", [0.02, 0.05, 0.08])
def test_the_pads_of_the_g2_are_as_far_apart_as_the_opening_says(opening: float) -> None:
    robot, model, data = _world("agibot_g2")
    state = robot.home_action.astype(float)
    state[robot.slots("left").gripper] = opening
    robot.set_state(robot.index(model), data, state)
    mujoco.mj_forward(model, data)
    left, right = (next(g for g in range(model.ngeom) if _is_pad(model, g, side)) for side in ("outer", "inner"))
    gap = mujoco.mj_geomDistance(model, data, left, right, 1.0, None)
    assert gap == pytest.approx(opening, abs=0.0015)


def _is_pad(model: mujoco.MjModel, geom: int, side: str) -> bool:
    body = model.body(int(model.geom_bodyid[geom])).name
    is_box = model.geom_type[geom] == mujoco.mjtGeom.mjGEOM_BOX
    return bool(body == f"robot/gripper_l_{side}_link4" and is_box and model.geom_contype[geom])
