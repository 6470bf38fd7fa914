"""Motion of two-armed robots: inverse kinematics, collision-checked paths, blocking motion."""

from blueprint.motion.dual_arm.chain import ArmChain, arm_chain, body_pose, carrier_pose
from blueprint.motion.dual_arm.collision import ArmScene
from blueprint.motion.dual_arm.ik import IkResult, solve_arm_ik, solve_arm_ik_batch
from blueprint.motion.dual_arm.motion import ArmMotion, ArmTrajectory, joint_limits, time_path
from blueprint.motion.dual_arm.path import plan_free, plan_linear

__all__ = [
    "ArmChain",
    "ArmMotion",
    "ArmScene",
    "ArmTrajectory",
    "IkResult",
    "arm_chain",
    "body_pose",
    "carrier_pose",
    "joint_limits",
    "plan_free",
    "plan_linear",
    "solve_arm_ik",
    "solve_arm_ik_batch",
    "time_path",
]
