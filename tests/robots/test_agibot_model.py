"""AgiBot robots as data and as MuJoCo models."""

import os
import xml.etree.ElementTree as ET
from pathlib import Path

import mujoco
import numpy as np
import pytest

from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import IDENTITY, Pose, quat_wxyz_from_axis_angle, quat_wxyz_from_yaw
from blueprint.robots.agibot import AgibotRobot, agibot_robots, load_agibot
from blueprint.robots.agibot.model import SERVO_TIME_S

REAL = os.environ.get("BLUEPRINT_GENIESIM_SOURCE")
URDFS = {"G2_omnipicker": "G2/G2_omnipicker_fixed_dual.urdf", "G1_omnipicker": "G1/G1_omnipicker.urdf"}
ROBOTS = agibot_robots()


def _model(robot: AgibotRobot, pose: Pose = IDENTITY) -> tuple[mujoco.MjModel, mujoco.MjData]:
    spec = mujoco.MjSpec()
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    robot.attach(spec, pose)
    model = spec.compile()
    return model, mujoco.MjData(model)


def _forward(robot: AgibotRobot, positions: np.ndarray) -> dict[str, np.ndarray]:
    """Link poses (4, 4) in the base link, straight from the document's numbers."""
    values = dict(zip(robot.dof_order, positions, strict=True))
    poses: dict[str, np.ndarray] = {}
    for link in robot.links:
        motion = IDENTITY
        if link.joint and link.joint.kind == "hinge":
            motion = Pose.of((0, 0, 0), quat_wxyz_from_axis_angle(link.joint.axis, values[link.joint.name]))
        elif link.joint:
            motion = Pose.of(np.multiply(link.joint.axis, values[link.joint.name]))
        above = poses[link.parent] if link.parent else np.eye(4)
        poses[link.name] = above @ link.pose_parent_link.matrix() @ motion.matrix()
    return poses


def _random(robot: AgibotRobot, rng: np.random.Generator) -> np.ndarray:
    return rng.uniform(np.maximum(robot.lower, -3), np.minimum(robot.upper, 3))


@pytest.mark.parametrize(("name", "count", "kind"), [("G2_omnipicker", 46, "G2A"), ("G1_omnipicker", 34, "A2D")])
def test_every_joint_of_the_server_s_order_is_in_the_model(name: str, count: int, kind: str) -> None:
    robot = load_agibot(name)
    model, _ = _model(robot)
    index = robot.index(model)
    assert len(robot.dof_order) == len(set(robot.dof_order)) == count == model.nq
    assert robot.robot_type == kind
    assert len(robot.joint_state_order) == count
    assert [model.joint(f"robot/{joint}").qposadr[0] for joint in robot.dof_order] == list(index.qpos)
    assert sorted(index.qpos) == list(range(count))


@pytest.mark.parametrize("name", ["G2_omnipicker_fixed_dual.json", "G2_omnipicker", "G2_omnipicker_fixed.json"])
def test_configuration_file_names_name_the_robot(name: str) -> None:
    assert load_agibot(name) is load_agibot("G2_omnipicker")


@pytest.mark.parametrize("name", ["G3_omnipicker.json", "../G2_omnipicker.json", "panda", ""])
def test_an_unknown_robot_is_refused_with_the_list(name: str) -> None:
    with pytest.raises(InputError, match="G1_omnipicker"):
        load_agibot(name)


@pytest.mark.parametrize("name", ROBOTS)
def test_the_document_survives_writing_and_reading(name: str) -> None:
    robot = load_agibot(name)
    assert AgibotRobot.parse(robot.to_json()) == robot


@pytest.mark.parametrize("name", ROBOTS)
def test_the_model_s_kinematics_are_the_document_s(name: str) -> None:
    robot = load_agibot(name)
    base = Pose.of((0.3, -0.2, 0.1), quat_wxyz_from_yaw(0.7))
    model, data = _model(robot, base)
    index, rng = robot.index(model), np.random.default_rng(0)
    for _ in range(5):
        positions = _random(robot, rng)
        data.qpos[index.qpos] = positions
        mujoco.mj_kinematics(model, data)
        for link, pose in _forward(robot, positions).items():
            wanted = base.matrix() @ pose
            assert np.abs(data.xpos[index.links[link]] - wanted[:3, 3]).max() < 1e-9
            assert np.abs(data.xmat[index.links[link]].reshape(3, 3) - wanted[:3, :3]).max() < 1e-9


@pytest.mark.parametrize("name", ROBOTS)
def test_limits_of_the_model_are_those_of_the_document(name: str) -> None:
    robot = load_agibot(name)
    model, _ = _model(robot)
    for joint in robot.joints.values():
        assert tuple(model.joint(f"robot/{joint.name}").range) == (joint.lower, joint.upper)
    for motor in robot.motors:
        assert model.actuator(f"robot/{motor}").forcerange[1] == robot.joints[motor].effort


@pytest.mark.parametrize("name", ROBOTS)
def test_fingers_close_symmetrically_along_x_of_the_center_link(name: str) -> None:
    robot = load_agibot(name)
    model, data = _model(robot)
    index = robot.index(model)
    for side, arm in robot.arms.items():
        widths = []
        for control in (0.95, 0.6, 0.3, 0.0):
            controls = {other.gripper.control_joint: control for other in robot.arms.values()}
            index.teleport(data, robot.complete({**robot.initial_positions, **controls}))
            mujoco.mj_kinematics(model, data)
            center = index.arms[side].center_body
            axes, origin = data.xmat[center].reshape(3, 3), data.xpos[center]
            base = axes.T @ (data.xpos[index.links[arm.gripper.base_link]] - origin)
            assert base[2] < -0.1  # Z points from the palm to the tips
            assert np.abs(base[:2]).max() < 1e-6
            pads = [geom for geom in range(model.ngeom) if model.geom_priority[geom] == 1]
            pads = [geom for geom in pads if model.geom_bodyid[geom] in index.arms[side].pad_bodies]
            first, second = (axes.T @ (data.geom_xpos[pad] - origin) for pad in pads)
            assert first[0] == pytest.approx(-second[0], abs=1e-6)
            assert first[2] == pytest.approx(second[2], abs=1e-6)
            assert np.abs([first[1], second[1]]).max() < 1e-3
            widths.append(abs(first[0] - second[0]) - 0.008)  # between the faces of pads 8 mm thick
            if control < 0.65:
                normal = axes.T @ data.geom_xmat[pads[0]].reshape(3, 3)[:, 1]
                assert abs(normal[0]) > np.cos(0.05)  # parallel pads
        assert widths[0] > 0.1
        assert sorted(widths, reverse=True) == widths
        assert widths[-1] == pytest.approx(0.0, abs=1e-3)


@pytest.mark.parametrize("name", ROBOTS)
def test_the_ready_pose_touches_nothing_and_few_geoms_collide(name: str) -> None:
    robot = load_agibot(name)
    model, data = _model(robot)
    robot.index(model).teleport(data, robot.initial_qpos)
    mujoco.mj_forward(model, data)
    assert data.ncon == 0
    assert (model.geom_contype > 0).sum() <= 60


@pytest.mark.parametrize("name", ROBOTS)
def test_servos_hold_against_gravity_and_follow_a_radian_per_second(name: str) -> None:
    robot = load_agibot(name)
    model, data = _model(robot)
    index = robot.index(model)
    index.teleport(data, robot.initial_qpos)
    motors = index.ctrl >= 0
    for _ in range(500):
        mujoco.mj_step(model, data)
    assert np.abs(index.positions(data) - robot.initial_qpos)[motors].max() < 2e-3
    arm = index.arms["right"]
    start, worst = data.ctrl[arm.ctrl].copy(), 0.0
    direction = np.where(start > 0, -1.0, 1.0)
    for step in range(1, 301):
        time = step * model.opt.timestep
        speed, way = (time / 0.2, time**2 / 0.4) if time < 0.2 else (1.0, time - 0.1)
        data.ctrl[arm.ctrl] = start + direction * (way + SERVO_TIME_S * speed)
        mujoco.mj_step(model, data)
        worst = max(worst, float(np.abs(data.qpos[arm.qpos] - start - direction * way).max()))
    assert worst < 5e-3


def test_a_gripper_closes_in_half_a_second_with_both_fingers_in_step() -> None:
    robot = load_agibot("G2_omnipicker")
    model, data = _model(robot)
    index = robot.index(model)
    index.teleport(data, robot.initial_qpos)
    arm = index.arms["left"]
    data.ctrl[arm.gripper_ctrl] = 0.0
    fastest, apart = 0.0, 0.0
    for _ in range(250):
        mujoco.mj_step(model, data)
        fastest = max(fastest, -float(data.qvel[arm.gripper_dof]))
        measured = dict(zip(robot.dof_order, index.positions(data), strict=True))
        apart = max(apart, float(np.abs(robot.complete(measured) - index.positions(data)).max()))
    assert data.qpos[arm.gripper_qpos] == pytest.approx(0.0, abs=0.01)
    assert 2.0 < fastest < 3.5
    assert apart < 6e-3  # rad, while they start


def test_coupled_fingers_are_computed_and_strange_joints_refused() -> None:
    robot = load_agibot("G2_omnipicker")
    positions = dict(zip(robot.dof_order, robot.complete({"idx41_gripper_l_outer_joint1": 0.4}), strict=True))
    assert positions["idx31_gripper_l_inner_joint1"] == pytest.approx(-0.4)
    assert positions["idx81_gripper_r_outer_joint1"] == 0.0
    with pytest.raises(InputError, match="idx99"):
        robot.complete({"idx99": 0.0})


@pytest.mark.parametrize("name", ROBOTS)
def test_cameras_look_at_the_workspace(name: str) -> None:
    """The head sees the hands' ready positions; each hand camera sees the point between its fingertips."""
    robot = load_agibot(name)
    model, data = _model(robot)
    index = robot.index(model)
    index.teleport(data, robot.initial_qpos)
    mujoco.mj_forward(model, data)
    for camera in robot.cameras:
        link = index.links[camera.link]
        pose_world_link = np.eye(4)
        pose_world_link[:3, :3], pose_world_link[:3, 3] = data.xmat[link].reshape(3, 3), data.xpos[link]
        pose = pose_world_link @ camera.pose_link_camera.matrix()
        built = model.camera(f"robot/{camera.name}").id
        assert np.abs(data.cam_xpos[built] - pose[:3, 3]).max() < 1e-6
        assert np.abs(data.cam_xmat[built].reshape(3, 3) @ np.diag([1, -1, -1]) - pose[:3, :3]).max() < 1e-6
        sides = [side for side in robot.arms if f"_{side[0]}_" in camera.link] or list(robot.arms)
        for side in sides:
            seen = np.linalg.inv(pose) @ [*data.xpos[index.arms[side].center_body], 1]
            assert seen[2] > 0
            if len(sides) == 1:
                pixel = np.array([camera.fx_px, camera.fy_px]) * seen[:2] / seen[2]
                assert np.all(np.abs(pixel) < [camera.width_px / 2, camera.height_px / 2])
    with pytest.raises(InputError, match="Right_Camera"):
        robot.camera("/G9/Camera")


@pytest.mark.slow
@pytest.mark.skipif(REAL is None, reason="BLUEPRINT_GENIESIM_SOURCE names no checkout of Genie Sim")
@pytest.mark.parametrize("name", ROBOTS)
def test_hands_are_where_the_published_urdf_has_them(name: str) -> None:
    robot = load_agibot(name)
    urdf = _urdf_model(Path(str(REAL), "source/data_collection/config/robot_cfg", URDFS[name]))
    published, model_data = mujoco.MjData(urdf), _model(robot)
    index, rng = robot.index(model_data[0]), np.random.default_rng(1)
    shared = [joint for joint in robot.dof_order if "_arm_" in joint or "_body_" in joint or "_head_" in joint]
    for _ in range(20):
        positions = _random(robot, rng)
        model_data[1].qpos[index.qpos] = positions
        for joint, value in zip(robot.dof_order, positions, strict=True):
            if joint in shared:
                published.joint(joint).qpos[0] = value
        mujoco.mj_kinematics(*model_data)
        mujoco.mj_kinematics(urdf, published)
        for arm in robot.arms.values():
            for link in (arm.elbow_link, arm.end_link, arm.center_link):
                ours, theirs = model_data[1].xpos[index.links[link]], published.body(link).xpos
                assert np.abs(ours - theirs).max() < 1e-6
                turned = model_data[1].xmat[index.links[link]] - published.body(link).xmat
                assert np.abs(turned).max() < 1e-6
    for joint in shared:
        ours = robot.joints[joint]
        assert (ours.lower, ours.upper) == pytest.approx(tuple(urdf.joint(joint).range))


def _urdf_model(path: Path) -> mujoco.MjModel:
    """Load a published URDF by MuJoCo's own reader, without its meshes (they are not public) and nothing fused."""
    root = ET.fromstring(path.read_text())
    for link in root.findall("link"):
        for part in [*link.findall("visual"), *link.findall("collision")]:
            link.remove(part)
    settings = ET.SubElement(ET.SubElement(root, "mujoco"), "compiler")
    settings.attrib.update(fusestatic="false", balanceinertia="true", boundmass="1e-6", boundinertia="1e-9")
    return mujoco.MjModel.from_xml_string(ET.tostring(root, encoding="unicode"))
