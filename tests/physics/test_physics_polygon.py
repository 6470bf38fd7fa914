"""Convex polygons against distances that are known or measured point by point."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.physics.polygon import convex_hull, polygon_gap, rectangle


def test_the_gap_of_two_squares_is_their_distance() -> None:
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], float)
    assert polygon_gap(square, np.add(square, (3, 0))) == pytest.approx(2)
    assert polygon_gap(square, np.add(square, (0.5, 0))) == pytest.approx(-0.5)
    diamond = convex_hull(np.array([[2, 0.5], [2.5, 1], [3, 0.5], [2.5, 0], [2.5, 0.5]]))
    assert len(diamond) == 4
    assert polygon_gap(square, diamond) == pytest.approx(1)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), min_size=3, max_size=12), st.floats(-2, 2))
def test_a_positive_gap_means_that_no_points_are_nearer(points: list[tuple[float, float]], shift: float) -> None:
    a = convex_hull(np.array(points))
    b = a[:, ::-1] + (shift, 0.3)
    b = convex_hull(b)
    gap = polygon_gap(a, b)
    nearest = np.linalg.norm(a[:, None] - b[None], axis=2).min()
    assert gap <= nearest + 1e-9


def test_a_rectangle_turned_by_a_quarter_is_as_wide_as_it_was_deep() -> None:
    corners = rectangle(Pose.of((1, 2, 0), quat_wxyz_from_yaw(np.pi / 2)), (0.3, 0.1))
    assert np.ptp(corners, axis=0) == pytest.approx([0.2, 0.6])
    assert corners.mean(axis=0) == pytest.approx([1, 2])
    assert len(convex_hull(corners)) == 4
