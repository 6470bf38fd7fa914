"""Robot configurations of the export, from the data of the embodiments: nothing here is about a single robot."""

from blueprint.contracts.frames import Vec3
from blueprint.contracts.geniesim.robot_config import (
    CameraSensor,
    ControlMode,
    GripperSpace,
    JointSpec,
    RobotConfig,
    VectorSpace,
)
from blueprint.robots.agibot import AgibotRobot
from blueprint.robots.embodiment import Embodiment

__all__ = ["Bounds", "agibot_config", "embodiment_config"]

Bounds = tuple[Vec3, Vec3]
_EMBODIMENT_RATE_HZ = 20.0  # a tick of our action space
_AGIBOT_RATE_HZ = 30.0  # the rate at which Genie Sim records


def embodiment_config(embodiment: Embodiment, base: Vec3, bounds: Bounds) -> RobotConfig:
    """Return the configuration of one of our robots: action and observation are joint positions and openings."""
    lower = [channel.lower for channel in embodiment.channels]
    upper = [channel.upper for channel in embodiment.channels]
    joints = [*embodiment.base_joints, *(joint for arm in embodiment.arms for joint in arm.joints)]
    home = [*[0.0] * len(embodiment.base_joints), *(value for arm in embodiment.arms for value in arm.home)]
    return RobotConfig(
        type=embodiment.name,
        base_position=base,
        workspace_bounds=bounds,
        joints=[
            JointSpec(
                name=joint.name, lower=joint.lower, upper=joint.upper, velocity=joint.velocity, effort=joint.torque
            )
            for joint in joints
        ],
        initial_joint_positions={joint.name: value for joint, value in zip(joints, home, strict=True)},
        grippers=[
            GripperSpace(
                name=embodiment.part_name(arm, "gripper"),
                kind="parallel",
                closed=0.0,
                open=arm.opening_max_m,
                unit="m",
                max_force=arm.gripper.finger_force_n,
            )
            for arm in embodiment.arms
        ],
        cameras=[
            CameraSensor(name=camera.name, frame=camera.frame, fovy_deg=camera.fovy_deg)
            for camera in embodiment.cameras
        ],
        control_modes=_modes(_EMBODIMENT_RATE_HZ, end_effector=False),
        action_space=VectorSpace(names=embodiment.action_names, units=embodiment.units, lower=lower, upper=upper),
        observation_space=VectorSpace(names=embodiment.state_names, units=embodiment.units, lower=lower, upper=upper),
        source=embodiment.source,
    )


def agibot_config(robot: AgibotRobot, base: Vec3, bounds: Bounds) -> RobotConfig:
    """Return the configuration of a two-armed robot: actions for its motors, observations of all joints."""
    joints = robot.joints
    motors = [joints[name] for name in robot.motors]
    grippers = {arm.gripper.control_joint: side for side, arm in robot.arms.items()}
    return RobotConfig(
        type=robot.name,
        base_position=base,
        workspace_bounds=bounds,
        joints=[
            JointSpec(name=name, lower=joint.lower, upper=joint.upper, velocity=joint.velocity, effort=joint.effort)
            for name, joint in joints.items()
        ],
        initial_joint_positions=dict(robot.initial_positions),
        grippers=[
            GripperSpace(
                name=f"{grippers[arm.gripper.control_joint]}_omnipicker",
                kind="angular",
                control_joint=arm.gripper.control_joint,
                closed=arm.gripper.closed,
                open=arm.gripper.open,
                unit="rad",
                max_force=joints[arm.gripper.control_joint].effort,
            )
            for arm in robot.arms.values()
        ],
        cameras=[
            CameraSensor(
                name=camera.name,
                prim_path=camera.prim_path,
                frame=camera.link,
                width_px=camera.width_px,
                height_px=camera.height_px,
            )
            for camera in robot.cameras
        ],
        control_modes=_modes(_AGIBOT_RATE_HZ, end_effector=True),
        action_space=VectorSpace(
            names=[joint.name for joint in motors],
            units=["m" if joint.kind == "slide" else "rad" for joint in motors],
            lower=[joint.lower for joint in motors],
            upper=[joint.upper for joint in motors],
        ),
        observation_space=VectorSpace(
            names=list(joints),
            units=["m" if joint.kind == "slide" else "rad" for joint in joints.values()],
            lower=robot.lower.tolist(),
            upper=robot.upper.tolist(),
        ),
        source=robot.source,
    )


def _modes(rate_hz: float, *, end_effector: bool) -> list[ControlMode]:
    return [
        ControlMode(mode="joint_position", supported=True, rate_hz=rate_hz),
        ControlMode(mode="end_effector_pose", supported=end_effector, rate_hz=rate_hz if end_effector else None),
        ControlMode(mode="joint_velocity", supported=False),
        ControlMode(mode="joint_torque", supported=False),
    ]
