"""Antipodal grasps and their trials: what can be held is held, what cannot is not."""

import numpy as np
import pytest
import trimesh

from blueprint.assets import colliders
from blueprint.assets.grasps import MAX_WIDTH_M, grasp_pose
from blueprint.contracts.asset import Grasp, Inertial
from blueprint.contracts.frames import matrix_from_quat_wxyz
from blueprint.sources.meshes.grasp_trial import GraspTrials
from blueprint.sources.meshes.mesh_grasps import FoundGrasps, antipodal_grasps


def block(size: tuple[float, float, float]) -> trimesh.Trimesh:
    return trimesh.creation.box(size, trimesh.transformations.translation_matrix((0, 0, size[2] / 2)))


def found_on(shape: trimesh.Trimesh) -> FoundGrasps:
    return antipodal_grasps(
        np.asarray(shape.vertices), np.asarray(shape.faces, np.int32), np.asarray(shape.center_mass), "body"
    )


def trials(size: tuple[float, float, float], mass_kg: float) -> GraspTrials:
    x, y, z = size
    moments = [mass_kg / 12 * (a * a + b * b) for a, b in ((y, z), (x, z), (x, y))]
    inertial = Inertial(
        mass_kg=mass_kg, center_of_mass=(0, 0, z / 2), principal_moments=(moments[0], moments[1], moments[2])
    )
    return GraspTrials([colliders.box("box", size, (0, 0, z / 2))], inertial, 0.5)


def top_grasp(height: float, width: float = 0.05, x: float = 0.0) -> Grasp:
    return Grasp(
        name="top",
        link="body",
        kind="top",
        pose_link_grasp=grasp_pose((x, 0, height), (0, 0, -1), (0, 1, 0)),
        width_m=width,
    )


def test_grasps_of_a_block_close_across_it_and_none_comes_from_below() -> None:
    found = found_on(block((0.05, 0.12, 0.1)))
    assert found.candidates > len(found.grasps) > 4
    for grasp in found.grasps:
        frame = matrix_from_quat_wxyz(grasp.pose_link_grasp.quat_wxyz)
        assert abs(frame[0, 1]) > 0.89  # across the 5 cm, within the friction cone
        assert grasp.width_m == pytest.approx(0.05, rel=0.13)
        assert frame[2, 2] < 0.3
        assert grasp.pose_link_grasp.position[2] > 0


def test_what_is_wider_than_a_gripper_has_no_grasps() -> None:
    assert found_on(block((0.3, 0.3, 0.3))) == FoundGrasps([], 0)


def test_a_hand_does_not_reach_through_a_wall() -> None:
    shelf = trimesh.creation.box((0.3, 0.3, 0.02), trimesh.transformations.translation_matrix((0, 0, 0.13)))
    roofed = trimesh.util.concatenate([block((0.04, 0.04, 0.08)), shelf])
    free = found_on(block((0.04, 0.04, 0.08)))
    assert any(grasp.kind == "top" for grasp in free.grasps)
    low = [grasp for grasp in found_on(roofed).grasps if grasp.pose_link_grasp.position[2] < 0.09]
    assert not any(grasp.kind == "top" for grasp in low)


def test_the_wall_of_a_cup_is_taken_at_its_rim() -> None:
    wall = trimesh.creation.annulus(
        0.045, 0.05, 0.09, transform=trimesh.transformations.translation_matrix((0, 0, 0.05))
    )
    floor = trimesh.creation.cylinder(0.0475, 0.01, transform=trimesh.transformations.translation_matrix((0, 0, 0.005)))
    rims = [grasp for grasp in found_on(trimesh.util.concatenate([wall, floor])).grasps if grasp.kind == "rim"]
    assert rims
    assert all(grasp.width_m < MAX_WIDTH_M / 5 for grasp in rims)


def test_grasps_of_a_block_hold_it() -> None:
    size = (0.05, 0.12, 0.1)
    tried = trials(size, 0.4)
    held = [tried.holds(grasp) for grasp in found_on(block(size)).grasps]
    assert np.mean(held) > 0.8


def test_a_grasp_beside_the_thing_holds_nothing() -> None:
    assert not trials((0.05, 0.05, 0.1), 0.2).holds(top_grasp(0.08, x=0.2))
    assert trials((0.05, 0.05, 0.1), 0.2).holds(top_grasp(0.08))


def test_a_grasp_whose_fingers_start_inside_the_thing_does_not_count() -> None:
    assert not trials((0.05, 0.05, 0.1), 0.2).holds(top_grasp(0.08, width=0.02))


def test_what_is_too_heavy_slips() -> None:
    # two pads of friction 1 with 30 N each carry 60 N: 6 kg at rest
    assert not trials((0.05, 0.05, 0.1), 9.0).holds(top_grasp(0.08))


def test_the_same_mesh_has_the_same_grasps() -> None:
    shape = trimesh.creation.icosphere(3, 0.03)
    shape.apply_translation((0, 0, 0.03))
    assert found_on(shape) == found_on(shape.copy())
