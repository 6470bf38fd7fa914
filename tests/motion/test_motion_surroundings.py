"""Where the arm would be in the furniture, a base is not good; what the hand is to touch does not count."""

import numpy as np
import pytest
from tabletop import TABLE_TOP, block, make_scene

from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.motion.surroundings import Surroundings
from blueprint.robots import load_embodiment

BESIDE = Pose.of((0, -0.62, TABLE_TOP), quat_wxyz_from_yaw(np.pi / 2))
TOO_LOW = Pose.of((0, -0.62, 0.1), quat_wxyz_from_yaw(np.pi / 2))


@pytest.fixture(scope="module")
def around() -> Surroundings:
    scene = make_scene({"block_1": (block(), 0.0, -0.15, 0.0)})
    return Surroundings(scene, load_embodiment("primitive_arm"))


def test_the_home_arm_is_free_beside_a_table_and_not_from_a_pedestal_under_its_edge(around: Surroundings) -> None:
    home = load_embodiment("primitive_arm").home_qpos
    around.place(BESIDE)
    assert around.is_free(home, 0.05, frozenset())
    around.place(TOO_LOW)
    assert not around.is_free(home, 0.05, frozenset())


def test_what_is_to_be_touched_is_no_obstacle(around: Surroundings) -> None:
    around.place(TOO_LOW)
    assert around.is_free(load_embodiment("primitive_arm").home_qpos, 0.05, frozenset({"table_1", "block_1"}))
