"""From a path to actions: smooth in space, limited in velocity, acceleration and jerk in time."""

from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ruckig import Trajectory

__all__ = [
    "CONTROL_RATE_HZ",
    "MotionLimits",
    "gripper_actions",
    "hold_actions",
    "smooth_path",
    "spline_points",
    "time_parametrize",
]

Array = NDArray[np.float64]

CONTROL_RATE_HZ = 20
SPEED = 0.55  # fractions of the robot's published limits: a demonstration is brisk, not frantic
ACCELERATION = 0.35
JERK = 0.02
_DEGREE = 5
_SAMPLES = 400


class MotionLimits(Protocol):
    """What an arm's joints can do, each (dof,): rad/s, rad/s², rad/s³."""

    @property
    def velocity_limits(self) -> Array: ...
    @property
    def acceleration_limits(self) -> Array: ...
    @property
    def jerk_limits(self) -> Array: ...


def smooth_path(path: Array, spacing_rad: float) -> Array:
    """Return control points (m, dof) spaced evenly along a polyline, about `spacing_rad` apart (Euclidean).

    They are those of a clamped quintic B-spline, which is C⁴, reproduces straight lines and rounds corners within
    about two spacings.
    """
    lengths = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    count = max(_DEGREE + 1, int(np.ceil(lengths[-1] / spacing_rad)) + _DEGREE + 1)
    return np.column_stack([np.interp(_greville(count) * lengths[-1], lengths, column) for column in path.T])


def spline_points(control: Array, parameter: Array) -> Array:
    """Return points (n, dof) of the B-spline of `smooth_path` at `parameter` (n,) in 0 to 1."""
    from scipy.interpolate import BSpline

    points: Array = BSpline(_knots(len(control)), control, _DEGREE)(np.clip(parameter, 0.0, 1.0))
    return points


def time_parametrize(control: Array, arm: MotionLimits, pace: float = 1.0, rate_hz: float = CONTROL_RATE_HZ) -> Array:
    """Return configurations (n, dof) at the end of each tick (20 Hz), from rest to rest along the spline.

    The path parameter follows a jerk-limited profile (Ruckig, one degree of freedom). Joint velocity, acceleration and
    jerk are then measured on a fine grid and time is stretched by max(v, √a, ∛j) of their ratios to the limits, which
    is exact: stretching time by k divides the n-th derivative by kⁿ. `pace` below 1 slows the whole motion down.
    """
    if np.abs(control - control[0]).max() < 1e-9:
        return control[:1]
    length = float(np.linalg.norm(np.diff(control, axis=0), axis=1).sum())
    jerk = JERK * float(arm.jerk_limits.min()) / length
    profile = _unit_profile(
        SPEED * float(arm.velocity_limits.min()) / length,
        ACCELERATION * float(arm.acceleration_limits.min()) / length,
        jerk,
    )
    duration = profile.duration
    samples = np.array([np.ravel(profile.at_time(time)) for time in np.linspace(0.0, duration, _SAMPLES)])
    derivatives = _joint_derivatives(control, np.clip(samples, [0, -np.inf, -np.inf], [1, np.inf, np.inf]), jerk)
    limits = (
        SPEED * arm.velocity_limits,
        ACCELERATION * arm.acceleration_limits,
        JERK * arm.jerk_limits,
    )
    stretch = max(
        float((np.abs(values) / limit).max()) ** (1 / order)
        for order, (values, limit) in enumerate(zip(derivatives, limits, strict=True), start=1)
    )
    ticks = max(1, int(np.ceil(duration * stretch / pace * rate_hz - 1e-6)))
    wanted = np.arange(1, ticks + 1) / ticks * duration  # a whole number of ticks: stretches by under one tick more
    return spline_points(control, np.array([profile.at_time(time)[0][0] for time in wanted]))


def hold_actions(q: Array, opening_m: float, ticks: int) -> NDArray[np.float32]:
    """Return `ticks` actions (ticks, dof + 1) that stay."""
    return np.tile(np.append(q, opening_m), (ticks, 1)).astype(np.float32)


def gripper_actions(
    q: Array, start_m: float, end_m: float, speed_m_per_s: float, settle_ticks: int
) -> NDArray[np.float32]:
    """Return actions (n, dof + 1) that move the gripper from one opening to another, then wait."""
    ticks = max(1, int(np.ceil(abs(end_m - start_m) / speed_m_per_s * CONTROL_RATE_HZ)))
    openings = np.concatenate([np.linspace(start_m, end_m, ticks + 1)[1:], np.full(settle_ticks, end_m)])
    return np.column_stack([np.tile(q, (len(openings), 1)), openings]).astype(np.float32)


def _unit_profile(velocity: float, acceleration: float, jerk: float) -> "Trajectory":
    """Return Ruckig's profile from 0 to 1, at rest at both ends."""
    from ruckig import InputParameter, Result, Ruckig, Trajectory

    request = InputParameter(1)
    request.current_position, request.target_position = [0.0], [1.0]
    request.max_velocity, request.max_acceleration, request.max_jerk = [velocity], [acceleration], [jerk]
    trajectory = Trajectory(1)
    result = Ruckig(1).calculate(request, trajectory)
    if result not in (Result.Working, Result.Finished):
        raise ArithmeticError(f"no time profile for limits {velocity}, {acceleration}, {jerk}: {result}")
    return trajectory


def _joint_derivatives(control: Array, profile: Array, jerk: float) -> tuple[Array, Array, Array]:
    """Return bounds of the first three time derivatives of q, each (n, dof), by the chain rule.

    `profile` (n, 3) is the path parameter and its first two derivatives; its third is at most `jerk`.
    """
    from scipy.interpolate import BSpline

    spline = BSpline(_knots(len(control)), control, _DEGREE)
    parameter, speed, rate = profile[:, 0], profile[:, 1, None], profile[:, 2, None]
    first, second, third = (spline.derivative(order)(parameter) for order in (1, 2, 3))
    velocity = first * speed
    acceleration = second * speed**2 + first * rate
    jerks = np.abs(third * speed**3 + 3 * second * speed * rate) + np.abs(first) * jerk
    return velocity, acceleration, jerks


def _knots(count: int) -> Array:
    inner = np.linspace(0.0, 1.0, count - _DEGREE + 1)
    return np.concatenate([np.zeros(_DEGREE), inner, np.ones(_DEGREE)])


def _greville(count: int) -> Array:
    knots = _knots(count)
    return np.array([knots[i + 1 : i + 1 + _DEGREE].mean() for i in range(count)])
