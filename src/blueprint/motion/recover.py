"""Getting clear after a skill has failed: let go, draw back, so that the step can be planned again."""

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.episode import FailureReason
from blueprint.motion.cartesian import shifted
from blueprint.motion.collision import Clearance
from blueprint.motion.context import MotionContext
from blueprint.motion.route import Route, straight_path

__all__ = ["RECOVERABLE", "Recover"]

# What a second try may put right. Where nothing is within reach or no path is found, the same will be true again.
RECOVERABLE = frozenset(
    {FailureReason.GRASP_MISSED, FailureReason.DROPPED, FailureReason.GOAL_MISSED, FailureReason.JOINT_STUCK}
)

BACK_M = (0.10, 0.06, 0.03)
UP_M = (0.12, 0.06)
OPEN_BY_M = (0.03, 0.012)
NEAR_DEPTH_M = 0.004  # what a hand that has slipped may be pressed into, until it is away
OPEN_SETTLE_TICKS = 6
SETTLE_TICKS = 4


class Recover:
    """Open as far as there is room, go back along the approach, then up. It only gets out of the way."""

    name = "recover"
    instruction = "let go and draw back"

    def plan(self, ctx: MotionContext) -> NDArray[np.float32]:
        """Return actions (n, A). They open the hand at least; each way out that is not free is left out."""
        ctx.planning.sync(ctx.data)
        near = Clearance(pad_m=0.0, near=_touched(ctx), near_depth_m=NEAR_DEPTH_M)
        route = Route(ctx)
        now = max(route.opening_m, 0.0)
        widest = ctx.arm_spec.opening_max_m
        openings = [widest, *(min(now + more, widest) for more in OPEN_BY_M)]
        wide = next((item for item in openings if ctx.planning.is_free(route.q, item, near)), openings[-1])
        route.move_gripper(wide, settle_ticks=OPEN_SETTLE_TICKS, speed_factor=0.4)
        for distance in BACK_M:
            back = np.eye(4)
            back[2, 3] = -distance
            path = straight_path(ctx, route.q, ctx.pose_world_grasp @ back, wide, near)
            if path is not None:
                route.move_along(path)
                break
        here = ctx.pose_world_base @ ctx.kinematics.forward(route.q)
        for height in UP_M:
            path = straight_path(ctx, route.q, shifted(here, np.array([0.0, 0.0, height])), wide, near)
            if path is not None:
                route.move_along(path)
                break
        route.wait(SETTLE_TICKS)
        return route.actions

    def verify(self, ctx: MotionContext) -> None:
        """Nothing is asked of it: whether it helped shows when the step is planned again."""


def _touched(ctx: MotionContext) -> frozenset[int]:
    """Return the root bodies that the robot touches now."""
    found: set[int] = set()
    for contact in ctx.data.contact[: ctx.data.ncon]:
        bodies = [int(ctx.model.geom_bodyid[geom]) for geom in contact.geom]
        if any(body in ctx.index.bodies for body in bodies):
            found |= {int(ctx.model.body_rootid[body]) for body in bodies if body not in ctx.index.bodies}
    return frozenset(found)
