"""Skills for tasks: inverse kinematics, grasps, collision-free paths, time-parametrised trajectories."""

from blueprint.motion.base import choose_base
from blueprint.motion.context import MotionContext, PlanningError
from blueprint.motion.recover import RECOVERABLE, Recover
from blueprint.motion.skills import Skill, skills_for

__all__ = ["RECOVERABLE", "MotionContext", "PlanningError", "Recover", "Skill", "choose_base", "skills_for"]
