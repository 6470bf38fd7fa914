"""Where a robot's head looks."""

from collections.abc import Mapping

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.robots.agibot import AgibotRobot
from blueprint.robots.agibot.model import agibot_spec

__all__ = ["look_at"]

_SAMPLES = 81
_LIMIT_MARGIN_RAD = 0.01


def look_at(robot: AgibotRobot, posture: Mapping[str, float], point_base: NDArray[np.float64]) -> dict[str, float]:
    """Return the position (rad) of the joint that nods the head, by name, with which the head's camera looks most
    nearly at a point (3,) in the robot's base frame, m; the rest of the robot is in `posture`."""
    model = agibot_spec(robot).compile()
    data = mujoco.MjData(model)
    camera, joint = robot.cameras[0], robot.head_joints[-1]
    for name, value in zip(robot.dof_order, robot.complete(dict(posture)), strict=True):
        data.qpos[model.joint(name).qposadr[0]] = value
    limits = robot.joints[joint]
    best, nearest = 0.0, -np.inf
    for angle in np.linspace(limits.lower + _LIMIT_MARGIN_RAD, limits.upper - _LIMIT_MARGIN_RAD, _SAMPLES):
        data.qpos[model.joint(joint).qposadr[0]] = angle
        mujoco.mj_kinematics(model, data)
        link = data.body(camera.link)
        mount = camera.pose_link_camera.matrix()
        axes = link.xmat.reshape(3, 3) @ mount[:3, :3]
        away = point_base - (link.xpos + link.xmat.reshape(3, 3) @ mount[:3, 3])
        ahead = float(axes[:, 2] @ away / np.linalg.norm(away))
        if ahead > nearest:
            best, nearest = float(angle), ahead
    return {joint: round(best, 4)}
