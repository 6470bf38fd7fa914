"""Attaching a robot to a scene: its MJCF tree, pedestal, cameras, grasp site, servos and contact settings."""

from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.frames import Pose, Vec3, quat_wxyz_from_matrix
from blueprint.robots.archive import model_file
from blueprint.robots.arm import Arm, JointLimits
from blueprint.robots.embodiment import PREFIX, CameraMount, Embodiment
from blueprint.robots.gripper import Gripper, Pad
from blueprint.robots.meshes import meshed_file
from blueprint.robots.model_source import AgibotModel, BundledModel, ComposedModel, MeshedModel, Model, WheelModel

if TYPE_CHECKING:
    import mujoco

__all__ = ["attach_robot", "model_spec", "robot_spec"]

# Every joint's servo answers with the same time constant, so that the arm follows the commanded path with a pure delay.
SERVO_TIME_S = 0.04
# Measured on 40 unseen grasps (shared study of contact settings): stiff pads cut slip in the hand from 8 to 2 mm.
PAD_SOLREF = (0.004, 1.0)
PAD_SOLIMP = (0.95, 0.99, 0.001, 0.5, 2.0)
PAD_FRICTION = (1.0, 0.02, 0.0005)
FINGER_ARMATURE_KG = 0.1
FINGER_DAMPING = 150.0


def attach_robot(embodiment: Embodiment, spec: "mujoco.MjSpec", pose_world_base: Pose) -> None:
    """See `Embodiment.attach`."""
    robot = robot_spec(embodiment)
    robot.option.integrator = spec.option.integrator  # the scene's options rule
    frame = spec.worldbody.add_frame(pos=pose_world_base.position, quat=pose_world_base.quat_wxyz)
    spec.attach(robot, prefix=PREFIX, frame=frame)
    base = spec.body(PREFIX + embodiment.base_body)
    if embodiment.base_height_m is None:
        _add_pedestal(base, embodiment, pose_world_base.position[2])
    for camera in embodiment.cameras:
        owner = spec.body(PREFIX + embodiment.arm(camera.arm).hand_body) if camera.frame == "hand" else base
        owner.add_camera(name=PREFIX + camera.name, pos=camera.position, quat=_look_at(camera), fovy=camera.fovy_deg)


def robot_spec(embodiment: Embodiment) -> "mujoco.MjSpec":
    """Return the robot alone, names without prefix: tuned contacts and servos, gravity compensated, no lights."""
    spec = model_spec(embodiment.model)
    for element in [*spec.lights, *spec.cameras, *spec.keys, *spec.actuators, *spec.tendons, *spec.equalities]:
        spec.delete(element)
    for body in spec.bodies:
        body.gravcomp = 1.0
    for joint in embodiment.base_joints:
        _add_servo(spec, joint)
    for arm in embodiment.arms:
        _prepare_arm(spec, embodiment, arm)
    for geom in spec.geoms:
        if geom.contype or geom.conaffinity:
            geom.condim = 4
            geom.group = 3
            if geom.parent.name in {finger.body for arm in embodiment.arms for finger in arm.gripper.fingers}:
                _make_pad(geom)
    for first, second in embodiment.collision_excludes:
        spec.add_exclude(bodyname1=first, bodyname2=second)
    return spec


def model_spec(model: Model) -> "mujoco.MjSpec":
    """Return a robot's model as it was published."""
    import mujoco

    from blueprint.robots.agibot import load_agibot
    from blueprint.robots.agibot.embodied import armed_spec
    from blueprint.robots.composition import composed_spec

    match model:
        case BundledModel():
            text = (resources.files("blueprint.robots") / "data" / model.file).read_text()
            return mujoco.MjSpec.from_string(text)
        case ComposedModel():
            return composed_spec(model)
        case AgibotModel():
            return armed_spec(load_agibot(model.robot))
        case MeshedModel():
            return mujoco.MjSpec.from_file(str(meshed_file(model)))
        case WheelModel():
            return mujoco.MjSpec.from_file(str(model_file(model)))


def _prepare_arm(spec: "mujoco.MjSpec", embodiment: Embodiment, arm: Arm) -> None:
    """Add an arm's servos, the motor of its gripper, flat pads and the grasp site."""
    for joint in arm.joints:
        _add_servo(spec, joint)
    _add_gripper(spec, arm.gripper, embodiment.part_name(arm, "fingers"), embodiment.part_name(arm, "gripper"))
    if arm.gripper.pad:
        _replace_pads(spec, arm.gripper, arm.gripper.pad)
    spec.body(arm.hand_body).add_site(
        name=embodiment.part_name(arm, "grasp"),
        pos=arm.pose_hand_grasp.position,
        quat=arm.pose_hand_grasp.quat_wxyz,
        size=[0.004, 0.004, 0.004],
        group=4,
    )


def _replace_pads(spec: "mujoco.MjSpec", gripper: Gripper, pad: Pad) -> None:
    """Give each finger one flat pad: thin round things wedge themselves between the small boxes of the stock model."""
    import mujoco

    for finger in gripper.fingers:
        body = spec.body(finger.body)
        for geom in list(body.geoms):
            if geom.type == mujoco.mjtGeom.mjGEOM_BOX:
                spec.delete(geom)
        body.add_geom(
            name=f"{finger.body}/pad",
            type=mujoco.mjtGeom.mjGEOM_BOX,
            pos=pad.position,
            size=pad.half_extents,
            group=3,
            contype=1,
            conaffinity=1,
            mass=0.0,
        )


def _make_pad(geom: "mujoco.MjsGeom") -> None:
    geom.priority = 1
    geom.friction = PAD_FRICTION
    geom.solref = PAD_SOLREF
    geom.solimp = PAD_SOLIMP


def _add_servo(spec: "mujoco.MjSpec", joint: JointLimits) -> None:
    """A position servo: force = k (target - q) - k T q', within the joint's torque."""
    import mujoco

    spec.joint(joint.name).range = [joint.lower, joint.upper]
    actuator = spec.add_actuator(name=joint.name, target=joint.name, trntype=mujoco.mjtTrn.mjTRN_JOINT)
    _make_servo(actuator, joint.stiffness, joint.stiffness * SERVO_TIME_S, joint.torque)
    actuator.ctrllimited = True
    actuator.ctrlrange = [joint.lower, joint.upper]


def _add_gripper(spec: "mujoco.MjSpec", gripper: Gripper, tendon_name: str, motor_name: str) -> None:
    """One servo for both fingers, which move alike; the joints of a linkage follow their finger's driving joint.

    Inertia, damping, stiffness and force are given at the pad; at a joint that turns they count by its lever.
    """
    import mujoco

    lever = 1.0 if gripper.linkage is None else gripper.travel_per_position
    limits = sorted((gripper.closed, gripper.open))
    tendon = spec.add_tendon(name=tendon_name)
    for finger in gripper.fingers:
        mj_joint = spec.joint(finger.joint)
        mj_joint.range = limits
        mj_joint.armature = FINGER_ARMATURE_KG * lever**2
        mj_joint.damping = [FINGER_DAMPING * lever**2, 0.0, 0.0]
        tendon.wrap_joint(finger.joint, 0.5)
    first, second = (finger.joint for finger in gripper.fingers)
    _couple(spec, tendon_name, first, second, [0.0, 1.0])
    for finger in gripper.fingers:
        for follower in finger.followers:
            _couple(spec, follower.joint, follower.joint, finger.joint, follower.polynomial)
    motor = spec.add_actuator(name=motor_name, target=tendon_name, trntype=mujoco.mjtTrn.mjTRN_TENDON)
    # The tendon is the mean of the two travels: it gives each finger half of its force.
    stiffness = 2 * gripper.finger_stiffness_n_per_m * lever**2
    _make_servo(motor, stiffness, 2 * FINGER_DAMPING * lever**2, 2 * gripper.finger_force_n * lever)
    motor.ctrllimited = True
    motor.ctrlrange = limits


def _couple(spec: "mujoco.MjSpec", name: str, joint: str, driver: str, polynomial: list[float]) -> None:
    """Let `joint` be a polynomial of `driver`, stiffly."""
    import mujoco

    equality = spec.add_equality(name=name, type=mujoco.mjtEq.mjEQ_JOINT, objtype=mujoco.mjtObj.mjOBJ_JOINT)
    equality.name1, equality.name2 = joint, driver
    equality.data[:5] = [*polynomial, *[0.0] * (5 - len(polynomial))]
    equality.solref = [0.005, 1.0]
    equality.solimp = PAD_SOLIMP


def _make_servo(actuator: "mujoco.MjsActuator", stiffness: float, damping: float, force: float) -> None:
    import mujoco

    actuator.gaintype = mujoco.mjtGain.mjGAIN_FIXED
    actuator.biastype = mujoco.mjtBias.mjBIAS_AFFINE
    actuator.gainprm[0] = stiffness
    actuator.biasprm[1:3] = [-stiffness, -damping]
    actuator.forcelimited = True
    actuator.forcerange = [-force, force]


def _add_pedestal(base: "mujoco.MjsBody", embodiment: Embodiment, height_m: float) -> None:
    """A box from the floor to the base; it belongs to the robot and, like the base, never moves."""
    import mujoco

    if height_m < 0.01:
        return
    half = embodiment.pedestal_half_width_m
    body = base.add_body(name=PREFIX + "pedestal", pos=[0.0, 0.0, -height_m / 2])
    for suffix, group, collides in (("c0", 3, 1), ("v0", 2, 0)):
        body.add_geom(
            name=f"{PREFIX}pedestal/{suffix}",
            type=mujoco.mjtGeom.mjGEOM_BOX,
            size=[half, half, height_m / 2 - 0.001],
            group=group,
            contype=collides,
            conaffinity=collides,
            rgba=[0.22, 0.24, 0.27, 1.0],
            mass=0.0 if not collides else 10.0,
        )


def _look_at(camera: CameraMount) -> NDArray[np.float64]:
    """Return the camera's orientation w,x,y,z: MuJoCo cameras look along their -Z, with +Y up in the image."""
    return _orientation(camera.position, camera.target, camera.up)


def _orientation(position: Vec3, target: Vec3, up: Vec3) -> NDArray[np.float64]:
    back = np.subtract(position, target)
    back = back / np.linalg.norm(back)
    right = np.cross(up, back)
    right /= np.linalg.norm(right)
    return quat_wxyz_from_matrix(np.column_stack([right, np.cross(back, right), back]))
