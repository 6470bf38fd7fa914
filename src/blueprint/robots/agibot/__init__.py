"""AgiBot G2 and G1 with omnipicker grippers: published kinematics, geometry written here."""

from blueprint.robots.agibot.index import AgibotIndex, ArmIndex
from blueprint.robots.agibot.robot import AgibotRobot, RobotArm, RobotCamera, RobotGripper, agibot_robots, load_agibot

__all__ = [
    "AgibotIndex",
    "AgibotRobot",
    "ArmIndex",
    "RobotArm",
    "RobotCamera",
    "RobotGripper",
    "agibot_robots",
    "load_agibot",
]
