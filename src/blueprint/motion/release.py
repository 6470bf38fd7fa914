"""Letting go of what is held and drawing the hand back; and holding a moving part from grip to release."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from blueprint.motion.collision import Clearance
from blueprint.motion.context import MotionContext
from blueprint.motion.route import Route, straight_path

__all__ = ["SETTLE_TICKS", "grip_along", "let_go"]

Array = NDArray[np.float64]

SETTLE_TICKS = 6


def let_go(
    ctx: MotionContext,
    route: Route,
    pose_world_grasp: Array,
    opening_m: float,
    clearance: Clearance,
    *,
    open_by_m: Sequence[float],
    retreats_m: Sequence[float],
    open_ticks: int = SETTLE_TICKS,
    speed_factor: float = 0.4,
    pace: float = 1.0,
    wait_ticks: int = SETTLE_TICKS,
) -> bool:
    """Open slowly and draw back along the approach, as far and as wide as there is room; False where there is none.

    `pose_world_grasp` (4, 4) is where the hand is, `opening_m` how far its fingers are apart on the thing. Of
    `open_by_m` and `retreats_m` the first that fit are taken. The planning copy holds nothing any more.
    """
    back = np.eye(4)
    for open_by in open_by_m:
        wide = min(opening_m + open_by, ctx.arm_spec.opening_max_m)
        for distance in retreats_m:
            back[2, 3] = -distance
            retreat = straight_path(ctx, route.q, pose_world_grasp @ back, wide, clearance)
            if retreat is not None:
                route.move_gripper(opening_m, settle_ticks=1)
                route.move_gripper(wide, settle_ticks=open_ticks, speed_factor=speed_factor)
                route.move_along(retreat, pace=pace)
                route.wait(wait_ticks)
                return True
    return False


def grip_along(
    ctx: MotionContext, *, approach: Array, moving: Array, retreat: Array, opening_m: float, width_m: float, pace: float
) -> Route:
    """Return the route that opens, goes in, closes, moves with what it holds, opens and draws back.

    `approach` leads away from the grasp, as it was found; `moving` and `retreat` lead on from it, each (n, dof).
    Raises PlanningError NO_PATH where there is no way to the approach.
    """
    route = Route(ctx)
    route.move_gripper(opening_m, settle_ticks=0)
    route.move_free(approach[-1])
    route.move_along(approach[::-1])
    route.wait(4)
    route.move_gripper(0.0, settle_ticks=SETTLE_TICKS)
    route.move_along(moving, pace=pace)
    route.wait(SETTLE_TICKS)
    route.move_gripper(width_m, settle_ticks=1)
    route.move_gripper(opening_m, settle_ticks=SETTLE_TICKS, speed_factor=0.5)
    route.move_along(retreat)
    route.wait(SETTLE_TICKS)
    return route
