"""Pieces of a skill: free motions, straight motions and gripper motions, appended to one list of actions."""

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.episode import FailureReason
from blueprint.motion.cartesian import follow, line
from blueprint.motion.collision import Clearance
from blueprint.motion.context import MotionContext, PlanningError
from blueprint.motion.rrt import plan_path
from blueprint.motion.trajectory import gripper_actions, hold_actions, smooth_path, spline_points, time_parametrize

__all__ = ["Route", "straight_path"]

Array = NDArray[np.float64]

PADS_M = (0.010, 0.007, 0.004, 0.001, -0.0005)  # distances to keep on free motions, tried in this order
ROUNDING_M = 0.002  # how much nearer than that the rounded path may come
FINE_RAD = 0.005  # a check every 0.02 rad, 1 cm at the hand, would step over a handle's bar
SPACINGS_RAD = (0.25, 0.1, 0.04)  # how roundly corners are cut, tried in this order
CARTESIAN_SPACING_RAD = 0.05


class Route:
    """Actions so far, and the commanded configuration and opening of the acting arm at their end.

    Whatever does not act, other arms and a mobile base, holds its last command.
    """

    def __init__(self, ctx: MotionContext) -> None:
        self.ctx = ctx
        self._last = ctx.commanded_action.astype(np.float32)
        self._parts: list[NDArray[np.float32]] = []
        self.q = ctx.commanded_q
        self.opening_m = ctx.commanded_opening_m

    @property
    def actions(self) -> NDArray[np.float32]:
        """All actions (n, A)."""
        return np.concatenate(self._parts)

    @property
    def last_action(self) -> NDArray[np.float32]:
        """The action (A,) at the end; the last command where there is none yet."""
        return self._last.copy()

    def use(self, arm: str) -> None:
        """Let another arm act from here on, in the context and in its planning copy, too."""
        self.ctx.planning.set_arm(self.ctx.arm, self.q, self.opening_m)
        self.ctx.arm = arm
        self._read_last()

    def move_gripper(self, opening_m: float, settle_ticks: int, speed_factor: float = 1.0) -> None:
        speed = self.ctx.arm_spec.gripper.opening_speed_m_per_s * speed_factor
        self._add(gripper_actions(self.q, self.opening_m, opening_m, speed, settle_ticks))
        self.opening_m = opening_m

    def wait(self, ticks: int) -> None:
        self._add(hold_actions(self.q, self.opening_m, ticks))

    def move_free(
        self, q_goal: Array, near: frozenset[int] = frozenset(), planned_opening_m: float | None = None
    ) -> None:
        """Go to a configuration around all obstacles; raises PlanningError NO_PATH.

        `planned_opening_m` is where the fingers really are when they hold something; the command then is 0.
        """
        if np.abs(q_goal - self.q).max() < 1e-4:
            return
        opening = self.opening_m if planned_opening_m is None else planned_opening_m
        self._append(plan_free(self.ctx, self.q, q_goal, opening, near))

    def move_along(self, path: Array, pace: float = 1.0) -> None:
        """Go along configurations (n, dof) that have been checked; `pace` below 1 is slower."""
        self._append(smooth_path(path, CARTESIAN_SPACING_RAD), pace)

    def _append(self, control: Array, pace: float = 1.0) -> None:
        trajectory = time_parametrize(control, self.ctx.arm_spec, pace)
        openings = np.full((len(trajectory), 1), self.opening_m)
        self._add(np.hstack([trajectory, openings]).astype(np.float32))
        self.q = np.asarray(self._last[self.ctx.embodiment.slots(self.ctx.arm).joints], np.float64)

    def append(self, actions: NDArray[np.float32]) -> None:
        """Append actions (n, A) of the whole robot, which start where the last ones ended."""
        self._extend(actions)
        self._read_last()

    def _extend(self, actions: NDArray[np.float32]) -> None:
        if len(actions):
            self._parts.append(actions)
            self._last = actions[-1]

    def _add(self, arm_actions: NDArray[np.float32]) -> None:
        """Append actions (n, dof + 1) of the acting arm and its gripper."""
        actions = np.tile(self._last, (len(arm_actions), 1))
        actions[:, self.ctx.embodiment.slots(self.ctx.arm).all] = arm_actions
        self._extend(actions)

    def _read_last(self) -> None:
        slots = self.ctx.embodiment.slots(self.ctx.arm)
        self.q = self._last[slots.joints].astype(np.float64)
        self.opening_m = float(self._last[slots.gripper])


def plan_free(ctx: MotionContext, start: Array, goal: Array, opening_m: float, near: frozenset[int]) -> Array:
    """Return control points of a smooth, collision-free path; raises PlanningError NO_PATH with what is in the way."""
    kinematics, planning = ctx.kinematics, ctx.planning
    detail = ""
    for pad in PADS_M:
        clearance = Clearance(pad_m=pad, near=near)
        ends = [planning.collision(q, opening_m, clearance) for q in (start, goal)]
        if any(ends):
            detail = "; ".join(
                f"at the {where} {text}" for where, text in zip(("start", "goal"), ends, strict=True) if text
            )
            continue

        def is_free(q: Array, clearance: Clearance = clearance) -> bool:
            return planning.is_free(q, opening_m, clearance)

        path = plan_path(start, goal, is_free, kinematics.lower, kinematics.upper, ctx.rng)
        if path is None:
            detail = f"no path {1000 * pad:.0f} mm clear of obstacles"
            continue
        relaxed = Clearance(pad_m=max(pad - ROUNDING_M, min(pad, 0.0)), near=near)
        for spacing in SPACINGS_RAD:
            control = smooth_path(path, spacing)
            samples = spline_points(control, np.linspace(0, 1, 2 + int(len(control) * spacing / FINE_RAD)))
            if all(planning.is_free(q, opening_m, relaxed) for q in samples):
                return control
        detail = "the smoothed path touches an obstacle"
    raise PlanningError(FailureReason.NO_PATH, detail)


def straight_path(
    ctx: MotionContext, q_start: Array, target: Array, opening_m: float, clearance: Clearance
) -> Array | None:
    """Return configurations (n, dof) on a straight line of the grasp frame from `q_start` to the world pose `target`.

    None where the arm cannot follow or something is too close on the way (the start excluded).
    """
    to_base = np.linalg.inv(ctx.pose_world_base)
    start = ctx.kinematics.forward(q_start)
    path = follow(ctx.kinematics, q_start, line(start, to_base @ target))
    if path is None or not all(ctx.planning.is_free(q, opening_m, clearance) for q in path[1:]):
        return None
    return path
