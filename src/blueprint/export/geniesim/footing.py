"""How much floor a two-armed robot stands on, and how near it comes to furniture."""

from dataclasses import dataclass

import mujoco
import numpy as np

from blueprint.robots.agibot import AgibotRobot
from blueprint.robots.agibot.model import agibot_spec

__all__ = ["Footing", "footing_of"]


@dataclass(frozen=True)
class Footing:
    """`half_m` is half the square that holds the base seen from above, whose middle is `center_x_m` before the base's
    origin; `parts` are the body's (lowest z, foremost x) without the arms, at the robot's initial joint positions, base
    frame, m."""

    half_m: float
    center_x_m: float
    parts: tuple[tuple[float, float], ...]

    def front_m(self, height_m: float) -> float:
        """Return how far the body reaches forward anywhere below a height."""
        return max(front for low, front in self.parts if low < height_m)


def footing_of(robot: AgibotRobot) -> Footing:
    """Measure the footing of a robot on its collision shapes."""
    model = agibot_spec(robot).compile()
    data = mujoco.MjData(model)
    for name, value in zip(robot.dof_order, robot.initial_qpos, strict=True):
        data.qpos[model.joint(name).qposadr[0]] = value
    mujoco.mj_kinematics(model, data)
    hands = {name for arm in robot.arms.values() for name in (*arm.links, *arm.gripper.links, arm.end_link)}
    parts: list[tuple[float, float]] = []
    boxes: list[np.ndarray] = []
    for geom in range(model.ngeom):
        body = model.body(model.geom_bodyid[geom]).name
        if not model.geom_contype[geom] or body in hands:
            continue
        center = data.geom_xpos[geom]
        reach = _half_extent(model, data, geom)
        low = float(center[2] - reach[2])
        parts.append((round(low, 4), round(float(center[0] + reach[0]), 4)))
        if low < _BASE_HEIGHT_M:
            boxes += [(center - reach)[:2], (center + reach)[:2]]
    low_xy, high_xy = np.min(boxes, axis=0), np.max(boxes, axis=0)
    middle = float(low_xy[0] + high_xy[0]) / 2
    half = max(float(high_xy[0] - low_xy[0]) / 2, float(np.abs([low_xy[1], high_xy[1]]).max()))
    return Footing(round(half, 4), round(middle, 4), tuple(sorted(parts)))


_BASE_HEIGHT_M = 0.35  # what starts below this stands on the floor's free space


def _half_extent(model: mujoco.MjModel, data: mujoco.MjData, geom: int) -> np.ndarray:
    """Half of the box (3,) around a shape, along the world's axes."""
    rotation = np.abs(data.geom_xmat[geom].reshape(3, 3))
    size = model.geom_size[geom]
    kind = model.geom_type[geom]
    if kind == mujoco.mjtGeom.mjGEOM_BOX or kind == mujoco.mjtGeom.mjGEOM_ELLIPSOID:
        return np.asarray(rotation @ size)
    if kind == mujoco.mjtGeom.mjGEOM_CYLINDER:
        return np.asarray(rotation @ np.array([size[0], size[0], size[1]]))
    if kind == mujoco.mjtGeom.mjGEOM_CAPSULE:
        return np.asarray(rotation[:, 2] * size[1] + size[0])
    return np.full(3, float(model.geom_rbound[geom]))
