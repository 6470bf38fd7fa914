"""Which way is down, where the floor is, and how a room is turned."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from regen3d_folders import room
from scipy.spatial.transform import Rotation

from blueprint.contracts.frames import Pose, quat_wxyz_from_axis_angle
from blueprint.sources.regen3d.gravity import UP, fit_plane, floor_in_points, level_at, min_area_yaw, usable
from blueprint.sources.regen3d.native_upright import upright
from blueprint.sources.regen3d.native_yaw import turned_to_room, wall_yaw
from blueprint.sources.regen3d.point_cloud import MeshPoints

HALF_RIGHT = np.pi / 4


@settings(deadline=None, max_examples=50)
@given(st.floats(-40, 40), st.floats(-15, 15), st.floats(0.3, 5))
def test_a_plane_below_a_tilted_camera_gives_up_and_height(pitch_deg, roll_deg, height):
    turn = Rotation.from_euler("xy", (pitch_deg, roll_deg), degrees=True).as_matrix()
    floor = grid(3.0) + np.array([0, 1, -height])
    plane = fit_plane(floor @ turn.T)
    assert plane is not None
    assert usable(plane)
    np.testing.assert_allclose(plane.normal, turn[:, 2], atol=1e-9)
    level = level_at(plane.normal, float(plane.normal @ plane.point), "plane")
    np.testing.assert_allclose(level.pose_world_source.apply(floor @ turn.T)[:, 2], 0, atol=1e-9)
    assert level.tilt_rad == pytest.approx(np.arccos(turn[2, 2]), abs=1e-7)
    np.testing.assert_allclose(level.pose_world_source.position[2], height, atol=1e-9)  # the camera is that high


def test_a_plane_above_the_camera_is_a_floor_seen_from_below_and_not_used():
    plane = fit_plane(grid(3.0) + np.array([0, 0, 2.0]))
    assert plane is not None
    assert plane.normal[2] < -0.99  # it points to the camera
    assert not usable(plane)


def test_a_wall_is_no_floor():
    assert not usable(fit_plane(grid(2.0)[:, [0, 2, 1]] + (0, 4, 0)))


@pytest.mark.parametrize("points", [np.zeros((0, 3)), np.zeros((10, 3)), np.arange(9.0)[:, None] * [1, 0, 0]])
def test_points_that_spread_over_no_plane_give_none(points):
    assert fit_plane(points) is None


def test_a_ball_of_points_is_no_plane():
    assert fit_plane(np.random.default_rng(1).normal(size=(500, 3))) is None


def test_a_floor_is_found_among_a_third_of_strays_and_the_same_twice():
    rng = np.random.default_rng(2)
    floor = np.column_stack([rng.uniform(-2, 2, (2000, 2)), rng.normal(-1.5, 0.004, 2000)])
    points = np.concatenate([floor, rng.uniform((-2, -2, -1.4), (2, 2, 1), (1000, 3))])
    found = floor_in_points(points)
    assert found is not None
    plane, share = found
    assert np.degrees(np.arccos(plane.normal[2])) < 0.3
    assert 0.6 < share < 0.75
    again = floor_in_points(points)
    assert again is not None
    assert again[0].normal.tobytes() == plane.normal.tobytes()


def test_strays_alone_hold_no_floor():
    assert floor_in_points(np.random.default_rng(3).uniform(-1, 1, (3000, 3))) is None


@settings(deadline=None, max_examples=25)
@given(st.floats(-0.78, 0.78), st.floats(1.2, 3))
def test_the_smallest_rectangle_tells_the_yaw(yaw, aspect):
    points = np.random.default_rng(4).uniform(-1, 1, (3000, 2)) * (aspect, 1)
    found = min_area_yaw(points @ Rotation.from_euler("z", yaw).as_matrix()[:2, :2].T)
    assert found is not None
    assert apart(found, yaw) < np.radians(0.5)


def test_stray_points_do_not_turn_the_rectangle():
    rng = np.random.default_rng(5)
    floor = rng.uniform(-1, 1, (5000, 2)) * (3, 2)
    strays = rng.uniform(-4, 4, (50, 2))
    turn = Rotation.from_euler("z", 0.2).as_matrix()[:2, :2]
    found = min_area_yaw(np.concatenate([floor, strays]) @ turn.T)
    assert found is not None
    assert apart(found, 0.2) < np.radians(2)


def test_points_on_a_line_have_no_rectangle():
    assert min_area_yaw(np.arange(10.0)[:, None] * [1, 2]) is None


@settings(deadline=None, max_examples=25)
@given(st.floats(-0.78, 0.78))
def test_walls_tell_the_yaw_of_a_room_of_which_a_wedge_was_seen(yaw):
    shell = room()
    seen = np.abs(shell.vertices[:, 0]) <= 0.5 + 0.4 * shell.vertices[:, 1]  # what a camera at the origin sees
    faces = np.asarray(shell.faces)[seen[shell.faces].all(axis=1)]
    turn = Rotation.from_euler("z", yaw).as_matrix()
    found = wall_yaw(MeshPoints(np.asarray(shell.vertices) @ turn.T, faces))
    assert found is not None
    assert apart(found, yaw) < 1e-6


def test_a_room_without_walls_is_turned_by_its_floor():
    floor = grid(2.0) * (1.5, 1, 1) @ Rotation.from_euler("z", 0.3).as_matrix().T
    level, notes = level_at(UP, 0.0, "plane"), []
    turned = turned_to_room(level, None, [np.zeros((0, 3)), floor], notes)
    spread = np.ptp(turned.pose_world_source.apply(floor), axis=0)
    np.testing.assert_allclose(spread, (6, 4, 0), atol=0.02)
    assert "smallest rectangle" in notes[-1]


def test_nothing_to_turn_to_leaves_the_frame_and_says_so():
    level, notes = level_at(UP, 0.0, "plane"), []
    assert turned_to_room(level, None, [], notes) == level
    assert notes == ["nothing tells how the room is turned"]


@pytest.mark.parametrize("tilt_deg", [1, 8, 14.9])
def test_a_small_tilt_is_removed_about_the_centre(tilt_deg):
    center = np.array([1.0, 2.0, 0.5])
    pose = about(center, (1, 1, 0), tilt_deg)
    straight, note = upright(pose, "mug", center, UP_OF_CAMERA)
    np.testing.assert_allclose(straight.matrix()[:3, 2], UP, atol=1e-9)
    np.testing.assert_allclose(straight.apply(pose.inverse().apply(center)), center, atol=1e-9)
    assert note is not None
    assert f"{tilt_deg:.1f}°" in note


@pytest.mark.parametrize(("label", "tilt_deg"), [("mug", 15.1), ("mug", 44), ("broom", 10), ("mirrors", 8)])
def test_a_large_tilt_and_that_of_what_leans_stays(label, tilt_deg):
    pose = about(np.zeros(3), (1, 0, 0), tilt_deg)
    assert upright(pose, label, np.zeros(3), UP_OF_CAMERA) == (pose, None)


def test_a_lying_thing_stays_lying_and_becomes_flat():
    pose = about(np.zeros(3), (1, 0, 0), 83)
    straight, _ = upright(pose, "bottle", np.zeros(3), UP_OF_CAMERA)
    assert abs(straight.matrix()[2, 2]) < 1e-9


@pytest.mark.parametrize("pitch_deg", [20, 40])
def test_a_thing_along_the_cameras_up_has_the_cameras_pitch_and_stands_up(pitch_deg):
    pose = about(np.zeros(3), (1, 0, 0), pitch_deg)
    camera_up = pose.matrix()[:3, 2]
    straight, note = upright(pose, "broom", np.zeros(3), camera_up)
    np.testing.assert_allclose(straight.matrix()[:3, 2], UP, atol=1e-9)
    assert note is not None
    assert "camera's pitch" in note


UP_OF_CAMERA = np.array([0, 0.6, 0.8])


def about(center: np.ndarray, axis: tuple[float, float, float], angle_deg: float) -> Pose:
    turn = Pose.of((0, 0, 0), quat_wxyz_from_axis_angle(axis, np.radians(angle_deg)))
    return Pose.of(center) @ turn @ Pose.of(-center)


def grid(half: float) -> np.ndarray:
    x, y = np.meshgrid(np.linspace(-half, half, 40), np.linspace(-half, half, 40))
    return np.column_stack([x.ravel(), y.ravel(), np.zeros(x.size)])


def apart(a: float, b: float) -> float:
    """Between two directions of right angles."""
    return abs((a - b + HALF_RIGHT) % (np.pi / 2) - HALF_RIGHT)
