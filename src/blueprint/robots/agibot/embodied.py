"""AgiBot's robot as an arm robot: its two arms and grippers move, everything else stands as in its ready pose."""

from typing import TYPE_CHECKING

import numpy as np

from blueprint.contracts.frames import Pose, quat_wxyz_from_axis_angle
from blueprint.robots.agibot.model import agibot_spec
from blueprint.robots.agibot.robot import AgibotRobot, RobotLink

if TYPE_CHECKING:
    import mujoco

__all__ = ["armed_spec"]

VISUAL_GROUP = 2


def armed_spec(robot: AgibotRobot) -> "mujoco.MjSpec":
    """Return the robot with body, head and wheels fixed at their initial positions, names without prefix.

    Motors, couplings and cameras are left out. The inner finger's driving joint turns about the opposite axis, so that
    both fingers of a gripper open as their joints grow.
    """
    spec = agibot_spec(robot)
    for element in [*spec.cameras, *spec.actuators, *spec.equalities, *spec.excludes]:
        spec.delete(element)
    moving = {joint for arm in robot.arms.values() for joint in arm.joints}
    for arm in robot.arms.values():
        moving |= {arm.gripper.control_joint, *(coupling.joint for coupling in arm.gripper.couplings)}
    for link in robot.links:
        if link.joint and link.joint.name not in moving:
            _fix(spec, robot, link)
    for name in _mirrored(robot):
        joint = spec.joint(name)
        joint.axis = -np.asarray(joint.axis)
        joint.range = sorted(-np.asarray(joint.range))
    for geom in list(spec.geoms):
        if geom.contype and geom.group == VISUAL_GROUP:
            _split(geom)
    return spec


def _mirrored(robot: AgibotRobot) -> list[str]:
    """Return the joints that are exactly the negative of their gripper's control joint."""
    return [
        coupling.joint
        for arm in robot.arms.values()
        for coupling in arm.gripper.couplings
        if coupling.polynomial == [0.0, -1.0, 0.0, 0.0, 0.0]
    ]


def _fix(spec: "mujoco.MjSpec", robot: AgibotRobot, link: RobotLink) -> None:
    assert link.joint is not None
    value = robot.initial_positions.get(link.joint.name, 0.0)
    turn = Pose.of((0.0, 0.0, 0.0), quat_wxyz_from_axis_angle(link.joint.axis, value))
    pose = link.pose_parent_link @ turn
    body = spec.body(link.name)
    body.pos, body.quat = pose.position, pose.quat_wxyz
    for joint in list(body.joints):
        spec.delete(joint)


def _split(geom: "mujoco.MjsGeom") -> None:
    """Let what is seen and what collides be two geoms: those that collide are hidden by whoever tunes contacts."""
    geom.parent.add_geom(
        type=geom.type,
        size=geom.size,
        pos=geom.pos,
        quat=geom.quat,
        rgba=geom.rgba,
        group=VISUAL_GROUP,
        contype=0,
        conaffinity=0,
        mass=0.0,
    )
    geom.group = VISUAL_GROUP + 1
