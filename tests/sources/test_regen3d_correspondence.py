"""Where a canonical mesh lies, recovered from its posed copy."""

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st
from regen3d_folders import block, l_shape
from scipy.spatial.transform import Rotation

from blueprint.contracts.errors import InputError
from blueprint.sources.regen3d.correspondence import place, similarity
from blueprint.sources.regen3d.point_cloud import MeshPoints

UP = np.array([0.0, 0.0, 1.0])
angles = st.floats(-np.pi, np.pi)
lengths = st.floats(-5, 5)
rotations = st.tuples(angles, st.floats(-np.pi / 2, np.pi / 2), angles).map(
    lambda euler: Rotation.from_euler("zyx", euler).as_matrix()
)
translations = st.tuples(lengths, lengths, lengths).map(np.array)
scales = st.floats(0.05, 20)


@settings(deadline=None, max_examples=60)
@given(rotations, translations, scales)
def test_a_similarity_is_recovered_exactly(rotation, translation, scale):
    source = np.asarray(l_shape().vertices)
    found = similarity(source, scale * source @ rotation.T + translation)
    assert found is not None
    np.testing.assert_allclose(found.rotation, rotation, atol=1e-9)
    np.testing.assert_allclose(found.translation, translation, atol=1e-8)
    assert found.scale == pytest.approx(scale, rel=1e-9)
    assert found.residual < 1e-8 * scale


@settings(deadline=None, max_examples=40)
@given(rotations, translations, scales, st.integers(0, 2**31))
def test_noise_of_a_hundredth_moves_a_similarity_by_less_than_it(rotation, translation, scale, seed):
    source = np.asarray(l_shape().subdivide().subdivide().vertices)
    noise = np.random.default_rng(seed).normal(0, 0.01 * scale, source.shape)
    found = similarity(source, scale * source @ rotation.T + translation + noise)
    assert found is not None
    angle = np.arccos(np.clip((np.trace(found.rotation.T @ rotation) - 1) / 2, -1, 1))
    assert angle < 0.02
    assert found.scale == pytest.approx(scale, rel=0.02)
    assert 0.012 * scale < found.residual < 0.022 * scale  # √3 · 0.01


@settings(deadline=None, max_examples=30)
@given(rotations, scales)
def test_a_mirrored_copy_gets_a_proper_rotation_and_a_residual(rotation, scale):
    source = np.asarray(l_shape().vertices)
    found = similarity(source, scale * (source * (-1, 1, 1)) @ rotation.T)
    assert found is not None
    assert np.linalg.det(found.rotation) == pytest.approx(1)
    assert found.residual > 0.01 * scale


@pytest.mark.parametrize("points", [np.zeros((5, 3)), np.arange(5.0)[:, None] * [1, 2, 3], np.eye(3)[:2]])
def test_points_on_a_line_determine_no_similarity(points):
    assert similarity(points, points) is None


def test_flat_points_determine_one():
    flat = np.array([[0, 0, 0], [1, 0, 0], [0, 2, 0], [1, 2, 0.0]])
    turn = Rotation.from_euler("xyz", (0.3, 0.5, -1.0)).as_matrix()
    found = similarity(flat, 2 * flat @ turn.T)
    assert found is not None
    np.testing.assert_allclose(found.rotation, turn, atol=1e-12)


def test_equal_vertices_are_placed_exactly():
    mesh = l_shape()
    turn = Rotation.from_euler("xyz", (0.4, -0.2, 2.0)).as_matrix()
    found = place(points(mesh), points(moved(mesh, turn, 1.7, (1, 2, -3))), UP)
    assert (found.fit, found.scale) == ("vertices", pytest.approx(1.7))
    assert found.residual < 1e-9
    np.testing.assert_allclose(found.pose.matrix()[:3, :3], turn, atol=1e-9)
    np.testing.assert_allclose(found.pose.position, (1, 2, -3), atol=1e-9)


@pytest.mark.parametrize("yaw_deg", [0, 33, 90, 171, 260])
@pytest.mark.parametrize("tilt_deg", [0, 8, 30])
def test_another_number_of_vertices_is_placed_by_its_box(yaw_deg, tilt_deg):
    turn = Rotation.from_euler("zx", (yaw_deg, tilt_deg), degrees=True).as_matrix()
    posed = moved(l_shape().subdivide(), turn, 0.6, (0.5, 2, 1))
    found = place(points(l_shape()), points(posed), UP)
    assert found.fit == "oriented_box"
    assert angle_deg(found.pose.matrix()[:3, :3], turn) < 2
    assert found.scale == pytest.approx(0.6, rel=0.02)
    assert found.residual < 0.01


def test_equal_numbers_in_another_order_are_placed_by_the_box():
    mesh = l_shape()
    order = np.random.default_rng(0).permutation(len(mesh.vertices))
    place_of = np.argsort(order)
    turn = Rotation.from_euler("z", 40, degrees=True).as_matrix()
    shuffled = trimesh.Trimesh(mesh.vertices[order] @ turn.T, place_of[mesh.faces], process=False)
    found = place(points(mesh), points(shuffled), UP)
    assert found.fit == "oriented_box"
    assert angle_deg(found.pose.matrix()[:3, :3], turn) < 2


def test_a_symmetric_thing_keeps_its_up_axis():
    # A cube looks the same on every side: of its 24 rotations one that leaves +Z up is taken.
    found = place(points(block((0.4, 0.4, 0.4))), points(block((0.4, 0.4, 0.4)).subdivide()), UP)
    assert found.pose.matrix()[2, 2] > 0.99


def test_a_box_fit_is_the_same_every_time():
    posed = moved(l_shape().subdivide(), Rotation.from_euler("z", 1).as_matrix(), 1.2, (0, 1, 0))
    assert place(points(l_shape()), points(posed), UP) == place(points(l_shape()), points(posed), UP)


def test_another_shape_leaves_a_residual_that_says_so():
    assert place(points(block((1, 0.2, 0.2))), points(l_shape().subdivide()), UP).residual > 0.05


def test_a_mesh_that_is_a_point_is_refused():
    point = MeshPoints(np.ones((4, 3)), np.array([[0, 1, 2]]))
    with pytest.raises(InputError, match="single point"):
        place(point, points(l_shape()), UP)


def points(mesh: trimesh.Trimesh) -> MeshPoints:
    return MeshPoints(np.asarray(mesh.vertices, float), np.asarray(mesh.faces, np.int64))


def moved(mesh: trimesh.Trimesh, rotation, scale: float, translation) -> trimesh.Trimesh:
    return trimesh.Trimesh(scale * mesh.vertices @ rotation.T + translation, mesh.faces, process=False)


def angle_deg(a, b) -> float:
    return float(np.degrees(np.arccos(np.clip((np.trace(a.T @ b) - 1) / 2, -1, 1))))
