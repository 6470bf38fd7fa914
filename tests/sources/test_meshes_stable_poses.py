"""Resting poses against closed forms."""

import numpy as np
import pytest

from blueprint.assets import colliders
from blueprint.contracts.frames import matrix_from_quat_wxyz
from blueprint.sources.meshes.stable_poses import stable_poses


def test_a_cube_lies_on_each_of_six_faces_alike() -> None:
    found = stable_poses([colliders.box("b", (0.1, 0.1, 0.1), (0, 0, 0.05))], np.array([0, 0, 0.05]))
    assert len(found) == 6
    assert [one.probability for one in found] == pytest.approx([1 / 6] * 6, abs=1e-3)
    assert sum(one.is_upright for one in found) == 1


def test_a_flat_box_rarely_stands_on_its_edge() -> None:
    found = stable_poses([colliders.box("b", (0.2, 0.2, 0.02), (0, 0, 0.01))], np.array([0, 0, 0.01]))
    flat = [one for one in found if abs(matrix_from_quat_wxyz(one.quat_wxyz_up)[2, 2]) > 0.99]
    assert sum(one.probability for one in flat) > 0.9
    assert sum(one.is_upright for one in flat) == 1


def test_a_thing_whose_weight_is_beside_its_foot_does_not_stand() -> None:
    leaning = [
        colliders.box("foot", (0.05, 0.05, 0.1), (0, 0, 0.05)),
        colliders.box("arm", (0.4, 0.05, 0.02), (0.2, 0, 0.11)),
    ]
    found = stable_poses(leaning, np.array([0.19, 0, 0.11]))
    assert not any(one.is_upright for one in found)
