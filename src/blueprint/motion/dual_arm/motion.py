"""A path in time, and the blocking motion that executes it on the servos."""

from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.motion.trajectory import time_parametrize
from blueprint.robots.agibot import AgibotIndex, AgibotRobot
from blueprint.robots.agibot.model import SERVO_TIME_S
from blueprint.robots.agibot.robot import Side

__all__ = ["ArmMotion", "ArmTrajectory", "joint_limits", "time_path"]

Array = NDArray[np.float64]

# The published planner settings allow 15 rad/s² and 500 rad/s³; trajectory.py takes fractions of the limits.
ACCELERATION_RAD_S2 = 15.0
JERK_RAD_S3 = 5000.0
REACHED_RAD = 0.01
STILL_RAD_S = 0.05


@dataclass(frozen=True)
class ArmLimits:
    """Limits (7,) of an arm's joints: rad/s, rad/s², rad/s³."""

    velocity_limits: Array
    acceleration_limits: Array
    jerk_limits: Array


@dataclass(frozen=True)
class ArmTrajectory:
    """Configurations `q` (T, 7) rad at the end of each tick of `1 / rate_hz` seconds, from rest to rest."""

    side: Side
    rate_hz: float
    q: Array

    @property
    def velocity(self) -> Array:
        """Joint velocities (T, 7) in rad/s, by central differences; zero at the end."""
        if len(self.q) < 2:
            return np.zeros_like(self.q)
        velocity: Array = np.gradient(self.q, 1 / self.rate_hz, axis=0)
        velocity[-1] = 0.0
        return velocity


def joint_limits(robot: AgibotRobot, side: Side) -> ArmLimits:
    """Return the limits of an arm's joints: published velocities, accelerations and jerks of ours."""
    velocity = np.array([robot.joints[name].velocity for name in robot.arms[side].joints])
    return ArmLimits(velocity, np.full(7, ACCELERATION_RAD_S2), np.full(7, JERK_RAD_S3))


def time_path(robot: AgibotRobot, side: Side, control: Array, rate_hz: float, pace: float = 1.0) -> ArmTrajectory:
    """Return the trajectory at `rate_hz` along control points (m, 7); `pace` below 1 slows it down."""
    return ArmTrajectory(side, rate_hz, time_parametrize(control, joint_limits(robot, side), pace, rate_hz))


class ArmMotion:
    """A trajectory being executed: `step` before every control tick, until it returns False.

    The servo's delay is cancelled by leading the target: q + T q̇. After the last point the motion goes on until the
    arm has arrived and stands still, or `settle_s` has passed; `reached` tells which.
    """

    def __init__(self, index: AgibotIndex, trajectory: ArmTrajectory, settle_s: float = 1.0) -> None:
        self._arm = index.arms[trajectory.side]
        self._trajectory = trajectory
        self._targets = trajectory.q + SERVO_TIME_S * trajectory.velocity
        self._ticks = len(trajectory.q)
        self._last = self._ticks + int(np.ceil(settle_s * trajectory.rate_hz))
        self._tick = 0

    @property
    def progress(self) -> float:
        """How far the trajectory has been commanded, 0 to 1."""
        return min(1.0, self._tick / self._ticks)

    def step(self, data: mujoco.MjData) -> bool:
        """Write the targets of the next tick; returns False, writing nothing, when the motion is over."""
        if self._tick >= self._last or (self._tick >= self._ticks and self.reached(data)):
            return False
        data.ctrl[self._arm.ctrl] = self._targets[min(self._tick, self._ticks - 1)]
        self._tick += 1
        return True

    def reached(self, data: mujoco.MjData) -> bool:
        """Return whether the arm is within 10 mrad of the end and still."""
        error = np.abs(data.qpos[self._arm.qpos] - self._trajectory.q[-1]).max()
        return bool(error < REACHED_RAD and np.abs(data.qvel[self._arm.dof]).max() < STILL_RAD_S)
