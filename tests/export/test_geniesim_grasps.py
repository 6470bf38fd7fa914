import pickletools

import numpy as np
import pytest
from geniesim_scene import made
from hypothesis import given, settings
from hypothesis import strategies as st

from blueprint.contracts.asset import Grasp
from blueprint.contracts.frames import Pose, quat_wxyz_from_axis_angle, y_up_frame
from blueprint.contracts.geniesim.grasp_file import npz_bytes, pickle_bytes, read_npz
from blueprint.export.geniesim.frame import package_frame
from blueprint.export.geniesim.grasps import grasp_set, tip_beyond_center_m
from blueprint.export.geniesim.start import CENTER_FROM_GRASPNET
from blueprint.robots.agibot import load_agibot

COORDINATE = st.floats(-0.2, 0.2)
ANGLE = st.floats(-3.0, 3.0)
CAN = made("can")
FRAME = package_frame(CAN)
TIP = 0.0145


def with_one_grasp(pose: Pose) -> object:
    """The can with a single declared grasp, and a collider that no grasp is made up for."""
    grasp = Grasp(name="g", link=CAN.model.links[0].name, kind="side", pose_link_grasp=pose, width_m=0.03)
    link = CAN.model.links[0]
    doubled = [link.colliders[0], link.colliders[0].model_copy(update={"name": "again"})]
    links = [link.model_copy(update={"colliders": doubled})]
    return CAN.model.model_copy(update={"grasps": [grasp], "links": links})


@settings(max_examples=40, deadline=None)
@given(COORDINATE, COORDINATE, COORDINATE, ANGLE, st.floats(1.7, 3.1))
def test_column_0_approaches_column_1_closes_and_the_tips_go_where_our_grasp_says(x, y, z, yaw, pitch):
    turn = quat_wxyz_from_axis_angle((0, 0, 1), yaw)
    tilt = quat_wxyz_from_axis_angle((0, 1, 0), pitch)  # the approach +Z points down
    pose = Pose.of((x, y, z), turn) @ Pose.of((0, 0, 0), tilt)
    grasps = grasp_set(with_one_grasp(pose), FRAME, 0.1, TIP)
    untilted = grasps.poses[0]
    to_asset = FRAME.pose_asset_package
    approach = to_asset.matrix()[:3, :3] @ untilted[:3, 0]
    closing = to_asset.matrix()[:3, :3] @ untilted[:3, 1]
    np.testing.assert_allclose(approach, pose.matrix()[:3, 2], atol=1e-6)
    np.testing.assert_allclose(np.abs(closing @ pose.matrix()[:3, 1]), 1.0, atol=1e-6)
    tips = to_asset.apply(untilted[:3, 3] + TIP * untilted[:3, 0])
    np.testing.assert_allclose(tips, pose.position, atol=1e-6)
    assert grasps.width[0] == 0.03


def test_the_clients_product_makes_gripper_z_the_approach_and_gripper_x_the_closing_axis():
    grasps = grasp_set(CAN.model, FRAME, 0.1, TIP)
    gripper = grasps.poses[:, :3, :3] @ CENTER_FROM_GRASPNET
    np.testing.assert_allclose(gripper[:, :, 2], grasps.poses[:, :3, 0], atol=1e-9)
    np.testing.assert_allclose(gripper[:, :, 0], -grasps.poses[:, :3, 1], atol=1e-9)
    np.testing.assert_allclose(np.linalg.det(gripper), 1.0, atol=1e-6)


def test_no_grasp_comes_from_below_and_the_closing_axis_of_a_can_crosses_its_own_axis():
    grasps = grasp_set(CAN.model, FRAME, 0.1, TIP)
    assert len(grasps) > 60
    assert (grasps.poses[:, 1, 0] <= 0.1 + 1e-9).all()  # package +Y is up
    assert (np.abs(grasps.poses[:, 1, 1]) < 1e-6).all()  # fingers close horizontally around an upright can


def test_a_gripper_that_is_too_small_gets_no_grasps():
    assert len(grasp_set(CAN.model, FRAME, 0.02, TIP)) == 0


@settings(max_examples=40, deadline=None)
@given(COORDINATE, COORDINATE, COORDINATE, ANGLE)
def test_points_survive_the_way_to_the_package_frame_and_back(x, y, z, yaw):
    pose = Pose.of((x, y, z), quat_wxyz_from_axis_angle((0, 0, 1), yaw))
    points = np.array([[0.1, -0.2, 0.3], [x, y, z]])
    back = FRAME.pose_world_package(pose).apply(FRAME.points(points))
    np.testing.assert_allclose(back, pose.apply(points), atol=1e-9)


def test_in_the_package_frame_y_is_up_z_is_the_front_and_x_stays():
    frame = y_up_frame((0.0, 0.0, 0.5)).inverse()
    np.testing.assert_allclose(frame.apply([(0, 0, 1.5)]), [(0, 1, 0)], atol=1e-12)
    np.testing.assert_allclose(frame.apply([(0, -1, 0.5)]), [(0, 0, 1)], atol=1e-12)  # our front is -Y
    np.testing.assert_allclose(frame.apply([(1, 0, 0.5)]), [(1, 0, 0)], atol=1e-12)


def test_the_pickle_names_no_class_and_holds_the_grasps_of_the_npz():
    grasps = grasp_set(CAN.model, FRAME, 0.1, TIP)
    names = {operation.name for operation, _, _ in pickletools.genops(pickle_bytes(grasps))}
    assert not names & {"GLOBAL", "STACK_GLOBAL", "REDUCE", "BUILD", "INST", "OBJ", "NEWOBJ"}
    assert pickle_bytes(grasps) == pickle_bytes(grasps)
    assert npz_bytes(grasps) == npz_bytes(grasps)
    np.testing.assert_array_equal(read_npz(npz_bytes(grasps)).poses, grasps.poses)


@pytest.mark.parametrize("name", ["G1_omnipicker", "G2_omnipicker"])
def test_the_finger_tips_are_a_little_beyond_the_grippers_centre(name):
    assert 0.0 <= tip_beyond_center_m(load_agibot(name)) < 0.03
