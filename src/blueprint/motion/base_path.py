"""A path for a mobile base: x, y and yaw around everything, with the arm and what it holds as they are."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from blueprint.motion.collision import Clearance
from blueprint.motion.context import MotionContext
from blueprint.motion.rrt import plan_path
from blueprint.motion.trajectory import smooth_path, spline_points, time_parametrize
from blueprint.robots import Embodiment

__all__ = ["plan_drive"]

Array = NDArray[np.float64]

PADS_M = (0.010, 0.004)  # distances to keep, tried in this order
ROUNDING_M = 0.003  # how much nearer than that the rounded path may come
AROUND_M = 2.0  # how far beyond start and goal a way around may lead
SPACINGS_M = (0.25, 0.1, 0.05)  # how roundly corners are cut, tried in this order
FINE_M = 0.02


@dataclass(frozen=True)
class _BaseLimits:
    """What the joints of a base can do, see `trajectory.MotionLimits`."""

    embodiment: Embodiment

    @cached_property
    def velocity_limits(self) -> Array:
        return np.array([joint.velocity for joint in self.embodiment.base_joints])

    @cached_property
    def acceleration_limits(self) -> Array:
        return np.array([joint.acceleration for joint in self.embodiment.base_joints])

    @cached_property
    def jerk_limits(self) -> Array:
        return np.array([joint.jerk for joint in self.embodiment.base_joints])


def plan_drive(ctx: MotionContext, goal: Array, q: Array, opening_m: float, near: frozenset[int]) -> Array | None:
    """Return where the base's joints are at the end of each tick (n, 3), m and rad, or None where no way is found.

    From the last command to `goal` (3,), with the arm at `q` (dof,). The planning copy may hold something, which may
    touch the root bodies in `near`. The base is a robot like the arm: whatever stands on the floor is around it.
    """
    start = ctx.commanded_base
    planning, index = ctx.planning, ctx.index
    lower = np.array([joint.lower for joint in ctx.embodiment.base_joints])
    upper = np.array([joint.upper for joint in ctx.embodiment.base_joints])
    around = np.array([AROUND_M, AROUND_M, np.pi])
    low = np.maximum(np.minimum(start, goal) - around, lower)
    high = np.minimum(np.maximum(start, goal) + around, upper)
    for pad in PADS_M:
        clearance = Clearance(pad_m=pad, near=near)

        def is_free(base: Array, clearance: Clearance = clearance) -> bool:
            planning.data.qpos[index.base_qpos] = base
            return planning.is_free(q, opening_m, clearance)

        path = plan_path(start, goal, is_free, low, high, ctx.rng)
        if path is None:
            continue
        relaxed = Clearance(pad_m=pad - ROUNDING_M, near=near)
        for spacing in SPACINGS_M:
            control = smooth_path(path, spacing)
            samples = spline_points(control, np.linspace(0, 1, 2 + int(len(control) * spacing / FINE_M)))
            if all(is_free(base, relaxed) for base in samples):
                return time_parametrize(control, _BaseLimits(ctx.embodiment))
    return None
