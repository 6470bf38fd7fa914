"""The head of a served robot looks at the work."""

import numpy as np
import pytest

from blueprint.export.geniesim.gaze import look_at
from blueprint.robots.agibot import load_agibot


@pytest.mark.parametrize("name", ["G2_omnipicker", "G1_omnipicker"])
def test_the_head_nods_as_far_as_the_work_is_low(name: str) -> None:
    robot = load_agibot(name)
    joint = robot.head_joints[-1]
    limits = robot.joints[joint]
    far, near, below = (
        look_at(robot, robot.initial_positions, np.array(point))[joint]
        for point in ((3.0, 0.0, 1.2), (1.5, 0.0, 0.9), (0.6, 0.0, 0.5))
    )
    assert limits.lower <= far <= near < below <= limits.upper
    assert below == pytest.approx(limits.upper, abs=0.02)
