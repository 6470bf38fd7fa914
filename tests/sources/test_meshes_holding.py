"""Joints that hold their parts against their weight."""

import pytest

from blueprint.contracts.asset import AssetModel, BoxShape, Collider, Joint, License, Link, MassModel
from blueprint.contracts.frames import Pose
from blueprint.sources.meshes.holding import with_steady_joints


def model_with(joint: Joint, position=(0.0, 0.0, 0.0), density_volume=0.001) -> AssetModel:
    """A part of 0.1 m cube, hung by its side, of 0.95 kg (plastic)."""
    box = Collider(name="box", shape=BoxShape(half_extents=(0.05, 0.05, 0.05)), pose_link_shape=Pose.of(position))
    body = Collider(name="body", shape=BoxShape(half_extents=(0.2, 0.2, 0.2)))
    mass = MassModel(material="plastic", volume_m3=density_volume)
    return AssetModel(
        asset_id="a", category="toaster", name="a", description="a", generator="test", params={}, seed=0,
        size_m=(0.4, 0.4, 0.4), materials=[], sim_role="articulated_appliance",
        license=License(spdx="CC0-1.0", source="test"),
        links=[
            Link(name="body", colliders=[body], mass_model=mass, physics_material="plastic"),
            Link(
                name="part", parent="body", pose_parent_link=Pose.of((0, 0, 0.3)), joint=joint, colliders=[box],
                mass_model=mass, physics_material="plastic",
            ),
        ],
    )  # fmt: skip


def joint(kind: str, axis, friction=0.5) -> Joint:
    return Joint(name="j", type=kind, axis=axis, upper=0.1, damping=1, friction=friction)


def friction_of(model: AssetModel) -> float:
    held = with_steady_joints(model).links[1].joint
    assert held is not None
    return held.friction


def test_a_lever_that_slides_down_is_held_by_more_than_its_weight():
    assert friction_of(model_with(joint("prismatic", (0, 0, -1)))) == pytest.approx(1.3 * 0.95 * 9.81, rel=1e-3)


def test_a_drawer_and_a_door_on_an_upright_hinge_need_no_more():
    assert friction_of(model_with(joint("prismatic", (0, -1, 0)))) == 0.5
    assert friction_of(model_with(joint("revolute", (0, 0, 1)), (0.2, 0, 0))) == 0.5


def test_a_lid_that_sticks_out_is_held_by_its_moment():
    held = friction_of(model_with(joint("revolute", (1, 0, 0)), (0, -0.2, 0)))
    assert held == pytest.approx(1.3 * 0.95 * 9.81 * 0.2, rel=1e-3)


def test_a_joint_that_is_stiff_enough_and_moves_enough_stays_as_it_is():
    model = model_with(joint("prismatic", (0, 0, -1), friction=20.0))
    assert with_steady_joints(model) == model


def test_a_lever_of_some_grams_has_a_carriage():
    light = with_steady_joints(model_with(joint("prismatic", (0, 0, -1)), density_volume=4e-6)).links[1].joint
    assert light is not None
    assert light.armature == pytest.approx(0.4 - 950 * 4e-6, abs=1e-4)
