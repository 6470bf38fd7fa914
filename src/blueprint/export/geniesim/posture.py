"""How a two-armed robot holds its torso before a surface of some height."""

import mujoco
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from blueprint.robots.agibot import AgibotRobot
from blueprint.robots.agibot.model import agibot_spec

__all__ = ["REFERENCE_HEIGHT_M", "posture_for"]

Array = NDArray[np.float64]
REFERENCE_HEIGHT_M = 0.8  # of the tables in the public task templates, which the initial positions are for
_AHEAD_WEIGHT = 0.1  # the height counts, how far ahead hardly
_TOLERANCE_M = (0.15, 0.01, 0.06)  # ahead, sideways, up
_TOLERANCE_RAD = 0.05
_LIMIT_MARGIN = 1e-3


def posture_for(robot: AgibotRobot, height_m: float) -> dict[str, float] | None:
    """Return joint positions (rad, m) with the arms' base raised or lowered as the surface is above or below that of
    the public templates, turned as before; None where the waist does not come within 6 cm of that.

    Arms and hands keep their initial angles, so that the hands are as high above the surface as there.
    """
    torso = _Torso(robot)
    position, rotation = torso.base(torso.start)
    goal = np.array([*position[:2], position[2] + height_m - REFERENCE_HEIGHT_M])
    weights = np.array([_AHEAD_WEIGHT, 1.0, 1.0])

    def residual(values: Array) -> Array:
        here, turned = torso.base(values)
        twist = rotation.T @ turned
        vector = np.array([twist[2, 1] - twist[1, 2], twist[0, 2] - twist[2, 0], twist[1, 0] - twist[0, 1]]) / 2
        return np.concatenate([weights * (here - goal), vector, 1e-4 * (values - torso.start)])

    begin = np.clip(torso.start, *torso.bounds)
    found = least_squares(residual, begin, bounds=torso.bounds, xtol=1e-12, ftol=1e-12, max_nfev=200)
    reached, turned = torso.base(found.x)
    turn = float(np.arccos(np.clip((np.trace(rotation.T @ turned) - 1) / 2, -1, 1)))
    if (np.abs(reached - goal) > _TOLERANCE_M).any() or turn > _TOLERANCE_RAD:
        return None
    solved = {name: round(float(value), 6) + 0.0 for name, value in zip(robot.waist_joints, found.x, strict=True)}
    return {**robot.initial_positions, **solved}


class _Torso:
    """Where the arms' base is for values of the waist joints, everything else at its initial position."""

    def __init__(self, robot: AgibotRobot) -> None:
        self._robot = robot
        self._model = agibot_spec(robot).compile()
        self._data = mujoco.MjData(self._model)
        limits = [robot.joints[name] for name in robot.waist_joints]
        self.start = np.array([robot.initial_positions.get(name, 0.0) for name in robot.waist_joints])
        self.bounds = (
            np.array([joint.lower + _LIMIT_MARGIN for joint in limits]),
            np.array([joint.upper - _LIMIT_MARGIN for joint in limits]),
        )

    def base(self, values: Array) -> tuple[Array, Array]:
        """Return position (3,) and rotation (3, 3) of the arms' base in the robot's base frame."""
        robot = self._robot
        given = dict(zip(robot.waist_joints, (float(value) for value in values), strict=True))
        positions = robot.complete({**robot.initial_positions, **given})
        for name, value in zip(robot.dof_order, positions, strict=True):
            self._data.qpos[self._model.joint(name).qposadr[0]] = value
        mujoco.mj_kinematics(self._model, self._data)
        body = self._data.body(robot.arm_base_link)
        return body.xpos.copy(), body.xmat.reshape(3, 3).copy()
