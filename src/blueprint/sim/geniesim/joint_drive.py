"""Driving joints: a gripper until nothing moves any more, the whole robot along a blend. Motors push as they can."""

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.errors import InputError
from blueprint.robots.agibot.robot import Side
from blueprint.sim.geniesim.stepping import CONTROL_PERIOD_S, Stepper

__all__ = ["drive_gripper", "drive_joints", "gripper_target"]

STILL_RAD_PER_S = 0.02
STILL_TICKS = 10
LEAST_S = 0.2
MOST_S = 3.0
_COMMANDS = ("open", "close")


def gripper_target(stepper: Stepper, side: Side, command: str) -> None:
    """Tell a gripper's motor to open or close; raises InputError for another word."""
    if command not in _COMMANDS:
        raise InputError(f"gripper command {command[:40]!r}.", remedy=f"there are {_COMMANDS}.")
    robot = stepper.scene.scene.robot
    gripper = robot.robot.arms[side].gripper
    stepper.scene.data.ctrl[robot.arms[side].gripper_ctrl] = gripper.open if command == "open" else gripper.closed


def drive_gripper(stepper: Stepper, side: Side, command: str) -> None:
    """Open or close a gripper and wait until it stalls, at its end or on an object; what it let go of comes to rest."""
    gripper_target(stepper, side, command)
    dof = stepper.scene.scene.robot.arms[side].gripper_dof
    still = 0
    for number in range(round(MOST_S / CONTROL_PERIOD_S)):
        stepper.tick()
        moving = abs(float(stepper.scene.data.qvel[dof])) > STILL_RAD_PER_S
        still = 0 if moving else still + 1
        if still >= STILL_TICKS and number * CONTROL_PERIOD_S >= LEAST_S:
            break
    stepper.settle()


def drive_joints(stepper: Stepper, positions: NDArray[np.float64], settle_s: float = 1.0) -> bool:
    """Drive the joints to positions (N,) in `dof_order` (NaN: stay) along a quintic blend; return whether they arrived.

    Half of every joint's velocity limit is used; a joint that cannot get there (an obstacle) ends the wait.
    """
    scene = stepper.scene
    robot = scene.scene.robot
    start = robot.positions(scene.data)
    goal = np.clip(np.where(np.isfinite(positions), positions, start), robot.robot.lower, robot.robot.upper)
    limits = np.array([joint.velocity for joint in robot.robot.joints.values()])
    driven = (robot.ctrl >= 0) & np.isfinite(positions)
    peak = 1.875  # of a quintic blend, relative to its mean velocity
    duration = float((np.abs(goal - start)[driven] * peak / (0.5 * limits[driven])).max(initial=0.0))
    ticks = max(1, int(np.ceil(duration / CONTROL_PERIOD_S)))
    for tick in range(1, ticks + 1):
        s = tick / ticks
        stepper.tick(np.where(driven, start + (goal - start) * s**3 * (10 - 15 * s + 6 * s * s), np.nan))
    for _ in range(round(settle_s / CONTROL_PERIOD_S)):
        if np.abs(robot.velocities(scene.data)[driven]).max(initial=0.0) < STILL_RAD_PER_S:
            break
        stepper.tick()
    return bool(np.abs(robot.positions(scene.data) - goal)[driven].max(initial=0.0) < 0.02)
