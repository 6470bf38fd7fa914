"""Extents of shapes and footprints of things against closed form."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blueprint.contracts.asset import BoxShape, CapsuleShape, ConvexShape, CylinderShape, Shape, SphereShape
from blueprint.physics.extent import shape_points
from blueprint.physics.footprint import Footprint, footprints_overlap
from blueprint.physics.polygon import polygon_gap

_TETRAHEDRON = [(0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)]


@pytest.mark.parametrize(
    ("shape", "high"),
    [
        (BoxShape(half_extents=(0.1, 0.2, 0.3)), (0.1, 0.2, 0.3)),
        (SphereShape(radius=0.1), (0.1, 0.1, 0.1)),
        (CylinderShape(radius=0.1, half_length=0.2), (0.1, 0.1, 0.2)),
        (CapsuleShape(radius=0.1, half_length=0.2), (0.1, 0.1, 0.3)),
        (ConvexShape(vertices=_TETRAHEDRON), (1, 1, 1)),
    ],
)
def test_the_box_of_a_shapes_points_is_the_shapes_box(shape: Shape, high: tuple[float, float, float]) -> None:
    assert shape_points(shape).max(axis=0) == pytest.approx(high)


def test_points_around_a_cylinder_hold_its_circle_and_no_more_than_two_percent() -> None:
    points = shape_points(CylinderShape(radius=0.1, half_length=0.2), around=True)
    circle = np.linspace(0, 2 * np.pi, 360)
    reach = points[:16, :2] @ np.stack([np.cos(circle), np.sin(circle)])
    assert reach.max(axis=0).min() >= 0.1 - 1e-12
    assert reach.max() <= 0.102


def test_a_footprint_turns_about_the_frame_and_not_about_its_own_middle() -> None:
    points = np.array([[0.0, -0.1, 0], [0.4, 0.1, 0.5]])
    turned = Footprint.of(points, 1.0, 1.0, np.pi / 2)
    assert (turned.x, turned.y) == pytest.approx((1.0, 1.2))
    low, high = turned.box()
    assert [*low, *high] == pytest.approx([0.9, 1.0, 1.1, 1.4])
    assert turned.covers(np.array([[1.09, 1.39], [1.11, 1.2], [1.0, 0.99]])).tolist() == [True, False, False]
    assert turned.to_world(np.array([[0.2, 0.0]]))[0] == pytest.approx([1.0, 1.4])


_NUMBERS = st.floats(-1, 1)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(_NUMBERS, _NUMBERS, st.floats(-3, 3), st.floats(0, 0.3))
def test_two_footprints_overlap_where_their_polygons_come_closer_than_the_gap(
    x: float, y: float, yaw: float, gap: float
) -> None:
    a = Footprint(0.0, 0.0, 0.5, 0.2, 0.4, 0.54)
    b = Footprint(x, y, 0.3, 0.1, yaw, 0.32)
    if abs((apart := polygon_gap(a.corners(), b.corners())) - gap) > 1e-9:
        circles = np.hypot(x, y) < a.radius + b.radius + gap
        assert footprints_overlap(a, b, gap) == (apart < gap and circles)
