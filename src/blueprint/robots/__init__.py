"""Embodiments as data: robot, gripper, cameras and control, attached to a scene as MJCF."""

from blueprint.robots.embodiment import CameraMount, Embodiment, JointLimits, RobotIndex, embodiments, load_embodiment

__all__ = ["CameraMount", "Embodiment", "JointLimits", "RobotIndex", "embodiments", "load_embodiment"]
