"""How far the fingers reach around the grasp frame: what a hand pushes and presses with."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blueprint.motion.collision import Clearance
from blueprint.motion.context import MotionContext

__all__ = ["FingerTips", "finger_tips"]

Array = NDArray[np.float64]

TIP_M = 0.02  # what counts as the tip of a finger


@dataclass(frozen=True)
class FingerTips:
    """Both tips in the grasp frame, m: `reach_m` along +Z beyond its origin, half their width along X and along Y."""

    reach_m: float
    half_x_m: float
    half_y_m: float


def finger_tips(ctx: MotionContext, opening_m: float) -> FingerTips:
    """Return the extent of the last 2 cm of both fingers at an opening, measured on their collision shapes."""
    planning, index = ctx.planning, ctx.arm_index
    planning.collision(ctx.commanded_q, opening_m, Clearance())  # only to put the fingers there
    model, data = planning.model, planning.data
    rotation = data.site_xmat[index.grasp_site].reshape(3, 3)
    corners = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
    points = []
    for geom in np.flatnonzero(np.isin(model.geom_bodyid, index.finger_bodies) & (model.geom_contype > 0)):
        middle, half = model.geom_aabb[geom][:3], model.geom_aabb[geom][3:]
        world = (middle + corners * half) @ data.geom_xmat[geom].reshape(3, 3).T + data.geom_xpos[geom]
        points.append((world - data.site_xpos[index.grasp_site]) @ rotation)
    boxes = np.array(points)
    reach = float(boxes[..., 2].max())
    tips = boxes[boxes[..., 2].max(axis=1) > reach - TIP_M]
    return FingerTips(reach, float(np.abs(tips[..., 0]).max()), float(np.abs(tips[..., 1]).max()))
