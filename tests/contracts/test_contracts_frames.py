import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from blueprint.contracts import frames
from blueprint.contracts.frames import Pose

settings.register_profile("quick", max_examples=60, deadline=None, derandomize=True)
settings.load_profile("quick")

finite = st.floats(-100, 100, allow_nan=False)
vectors = st.tuples(finite, finite, finite)
quats = (
    st.tuples(*[st.floats(-1, 1)] * 4)
    .filter(lambda q: np.linalg.norm(q) > 0.05)
    .map(lambda q: tuple(np.asarray(q) / np.linalg.norm(q)))
)
poses = st.builds(Pose.of, vectors, quats)
angles = st.floats(-math.pi, math.pi)


def same_rotation(a, b, tolerance=1e-6):
    return frames.quat_angle(a, b) < tolerance


@given(poses)
def test_a_pose_survives_its_matrix(pose):
    again = Pose.from_matrix(pose.matrix())
    np.testing.assert_allclose(again.position, pose.position, atol=1e-12)
    assert same_rotation(again.quat_wxyz, pose.quat_wxyz)


@given(poses, poses, st.lists(vectors, min_size=1, max_size=4))
def test_composition_applies_the_right_pose_first(a, b, points):
    np.testing.assert_allclose((a @ b).apply(points), a.apply(b.apply(points)), atol=1e-9)
    np.testing.assert_allclose((a @ b).matrix(), a.matrix() @ b.matrix(), atol=1e-9)


@given(poses, poses, poses)
def test_composition_is_associative_and_inverse_undoes(a, b, c):
    np.testing.assert_allclose(((a @ b) @ c).matrix(), (a @ (b @ c)).matrix(), atol=1e-9)
    np.testing.assert_allclose((a @ a.inverse()).matrix(), np.eye(4), atol=1e-9)
    np.testing.assert_allclose((a.inverse() @ a).matrix(), np.eye(4), atol=1e-9)


@given(quats)
def test_the_matrix_of_a_quaternion_is_scipys(quat):
    matrix = frames.matrix_from_quat_wxyz(quat)
    np.testing.assert_allclose(matrix, Rotation.from_quat(quat, scalar_first=True).as_matrix(), atol=1e-9)
    assert same_rotation(frames.quat_wxyz_from_matrix(matrix), quat)
    assert frames.quat_wxyz_from_matrix(matrix)[0] >= 0


@pytest.mark.parametrize("axis", [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (1, 1, 1), (-1, 2, 3)])
def test_half_turns_survive_the_matrix(axis):
    quat = frames.quat_wxyz_from_axis_angle(axis, math.pi)
    assert same_rotation(frames.quat_wxyz_from_matrix(frames.matrix_from_quat_wxyz(quat)), quat)


@given(angles, angles, angles)
def test_euler_angles_are_fixed_axes_x_y_z_as_in_scipy(roll, pitch, yaw):
    expected = Rotation.from_euler("xyz", [roll, pitch, yaw]).as_quat(scalar_first=True)
    assert same_rotation(frames.quat_wxyz_from_euler_xyz(roll, pitch, yaw), expected)


@given(quats)
def test_reordering_round_trips(quat):
    np.testing.assert_array_equal(frames.quat_wxyz_from_xyzw(frames.quat_xyzw_from_wxyz(quat)), quat)
    assert tuple(frames.quat_xyzw_from_wxyz((1, 2, 3, 4))) == (2, 3, 4, 1)


@given(angles)
def test_yaw_round_trips(yaw):
    found = frames.yaw_from_quat_wxyz(frames.quat_wxyz_from_yaw(yaw))
    assert abs(math.remainder(found - yaw, 2 * math.pi)) < 1e-9


@given(quats, vectors, st.floats(-3, 3))
def test_the_angle_between_rotations_is_the_angle_applied(quat, axis, angle):
    if np.linalg.norm(axis) < 1e-3:
        return
    turned = frames.quat_multiply(quat, frames.quat_wxyz_from_axis_angle(axis, angle))
    assert frames.quat_angle(quat, turned) == pytest.approx(abs(angle), abs=1e-6)
    assert frames.quat_angle(quat, -np.asarray(turned)) == pytest.approx(abs(angle), abs=1e-6)


@given(vectors, angles)
def test_an_upright_object_of_a_y_up_world_stays_upright_and_keeps_its_heading(position, yaw):
    about_y = frames.quat_wxyz_from_axis_angle((0, 1, 0), yaw)
    converted = frames.z_up_from_y_up(Pose.of(position, about_y))
    np.testing.assert_allclose(frames.rotate(converted.quat_wxyz, (0, 0, 1)), (0, 0, 1), atol=1e-9)
    assert same_rotation(converted.quat_wxyz, frames.quat_wxyz_from_yaw(yaw))
    x, y, z = position
    np.testing.assert_allclose(converted.position, (x, -z, y), atol=1e-9)


@given(poses, poses)
def test_the_y_up_conversion_respects_composition(a, b):
    convert = frames.z_up_from_y_up
    np.testing.assert_allclose(convert(a @ b).matrix(), (convert(a) @ convert(b)).matrix(), atol=1e-8)


@given(poses)
def test_rounding_is_idempotent_and_moves_less_than_a_micrometre(pose):
    once = pose.rounded()
    assert once.rounded() == once
    assert np.abs(np.subtract(once.position, pose.position)).max() <= 0.5000001e-6
    assert "-0.0," not in str(once.model_dump_json())


@pytest.mark.parametrize("quat", [(0, 0, 0, 0), (2, 0, 0, 0), (math.nan, 0, 0, 1), (math.inf, 0, 0, 0)])
def test_what_is_not_a_rotation_is_refused(quat):
    with pytest.raises(ValueError, match="quat"):
        Pose(position=(0, 0, 0), quat_wxyz=quat)
