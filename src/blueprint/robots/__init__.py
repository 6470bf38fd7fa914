"""Embodiments as data: robot, grippers, cameras and control, attached to a scene as MJCF."""

from blueprint.robots.arm import Arm, JointLimits
from blueprint.robots.embodiment import CameraMount, Embodiment, embodiments, load_embodiment
from blueprint.robots.gripper import Gripper
from blueprint.robots.index import ArmIndex, RobotIndex

__all__ = [
    "Arm",
    "ArmIndex",
    "CameraMount",
    "Embodiment",
    "Gripper",
    "JointLimits",
    "RobotIndex",
    "embodiments",
    "load_embodiment",
]
