"""Closed forms first: what mass and inertia a shape has, then that the code finds them."""

from math import pi

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blueprint.contracts.asset import (
    BoxShape,
    CapsuleShape,
    Collider,
    ConvexShape,
    CylinderShape,
    Inertial,
    Link,
    MassModel,
    SphereShape,
)
from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose, matrix_from_quat_wxyz, quat_wxyz_from_axis_angle
from blueprint.physics.inertia import check_inertia, link_inertial, link_mass
from blueprint.physics.materials import MATERIALS, physics_material
from blueprint.physics.shapes import solid_properties

BOX_CORNERS = [(x, y, z) for x in (-0.1, 0.1) for y in (-0.2, 0.2) for z in (-0.3, 0.3)]


def link_of(*colliders: Collider, mass: MassModel | None = None) -> Link:
    mass = mass or MassModel(material="wood", volume_m3=0.01)
    return Link(name="body", colliders=list(colliders), mass_model=mass, physics_material="wood")


def test_a_convex_hull_of_a_boxs_corners_has_the_boxs_properties():
    box, hull = (
        solid_properties(BoxShape(half_extents=(0.1, 0.2, 0.3))),
        solid_properties(ConvexShape(vertices=BOX_CORNERS)),
    )
    assert hull.volume == pytest.approx(box.volume)
    np.testing.assert_allclose(hull.inertia, box.inertia, atol=1e-12)


def test_a_shifted_hull_has_its_centroid_shifted_and_the_same_inertia():
    shifted = [(x + 1.0, y - 2.0, z + 3.0) for x, y, z in BOX_CORNERS]
    solid = solid_properties(ConvexShape(vertices=shifted))
    np.testing.assert_allclose(solid.centroid, (1, -2, 3))
    np.testing.assert_allclose(solid.inertia, solid_properties(ConvexShape(vertices=BOX_CORNERS)).inertia, atol=1e-9)


def test_a_capsule_without_a_cylinder_is_a_ball():
    ball, capsule = (
        solid_properties(SphereShape(radius=0.2)),
        solid_properties(CapsuleShape(radius=0.2, half_length=1e-9)),
    )
    assert capsule.volume == pytest.approx(ball.volume)
    np.testing.assert_allclose(capsule.inertia, ball.inertia, rtol=1e-6)


def test_a_flat_convex_collider_is_refused():
    with pytest.raises(InputError, match="flat or degenerate"):
        solid_properties(ConvexShape(vertices=[(0, 0, 0), (1, 0, 0), (0, 1, 0), (1, 1, 0)]))


def test_mass_is_density_times_volume_times_solid_fraction_plus_contents():
    model = MassModel(material="ceramic", volume_m3=4e-4, solid_fraction=0.3, contents_kg=0.1)
    assert link_mass(model) == pytest.approx(2400 * 4e-4 * 0.3 + 0.1)


def test_two_balls_on_a_stick_have_steiners_inertia():
    ball = SphereShape(radius=0.05)
    link = link_of(
        Collider(name="a", shape=ball, pose_link_shape=Pose.of((0.5, 0, 0))),
        Collider(name="b", shape=ball, pose_link_shape=Pose.of((-0.5, 0, 0))),
        mass=MassModel(material="wood", volume_m3=0.01),
    )
    inertial = link_inertial(link)
    assert inertial.mass_kg == pytest.approx(6.0)
    own = 0.4 * 6.0 * 0.05**2
    np.testing.assert_allclose(inertial.principal_moments, (own, own + 6 * 0.25, own + 6 * 0.25), rtol=1e-6)
    np.testing.assert_allclose(inertial.center_of_mass, (0, 0, 0), atol=1e-9)


@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(-3, 3))
def test_a_rotated_box_has_the_rotated_inertia_tensor(x, y, z):
    quat = quat_wxyz_from_axis_angle((1 + x, y, z) if abs(1 + x) > 1e-3 else (1, 0, 0), x + y + z)
    box = BoxShape(half_extents=(0.05, 0.1, 0.2))
    inertial = link_inertial(link_of(Collider(name="a", shape=box, pose_link_shape=Pose.of((0, 0, 0), quat))))
    axes = matrix_from_quat_wxyz(inertial.quat_wxyz_principal)
    tensor = axes @ np.diag(inertial.principal_moments) @ axes.T
    rotation = matrix_from_quat_wxyz(Pose.of((0, 0, 0), quat).quat_wxyz)
    expected = rotation @ (solid_properties(box).inertia * inertial.mass_kg / solid_properties(box).volume) @ rotation.T
    np.testing.assert_allclose(tensor, expected, atol=1e-7)


def test_a_cylinder_has_half_m_r_squared_about_its_axis():
    inertial = link_inertial(link_of(Collider(name="a", shape=CylinderShape(radius=0.04, half_length=0.1))))
    assert inertial.principal_moments[2] == pytest.approx(0.5 * 6.0 * 0.04**2)
    assert solid_properties(CylinderShape(radius=0.04, half_length=0.1)).volume == pytest.approx(pi * 0.04**2 * 0.2)


def test_moments_that_break_the_triangle_inequality_are_refused():
    with pytest.raises(InputError, match="triangle"):
        check_inertia(np.array([1.0, 1.0, 2.5]), "link 'x'")
    with pytest.raises(InputError, match="positive"):
        check_inertia(np.array([1.0, -1.0, 2.5]), "link 'x'")
    with pytest.raises(ValueError, match="triangle"):
        Inertial(mass_kg=1.0, center_of_mass=(0, 0, 0), principal_moments=(1.0, 1.0, 2.5))


def test_a_link_without_colliders_is_refused():
    with pytest.raises(InputError, match="no colliders"):
        link_inertial(link_of())


def test_every_material_is_plausible_and_an_unknown_one_is_refused_with_the_list():
    for material in MATERIALS.values():
        assert 10 < material.density < 9000
        assert 0 < material.dynamic_friction < material.static_friction <= 1.2
        assert 0 <= material.restitution < 1
        assert material.source
    with pytest.raises(InputError, match="ceramic"):
        physics_material("unobtainium")
