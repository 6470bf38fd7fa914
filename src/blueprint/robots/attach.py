"""Attaching a robot to a scene: its MJCF tree, pedestal, cameras, grasp site, servos and contact settings."""

from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.frames import Pose, Vec3, quat_wxyz_from_matrix
from blueprint.robots.archive import model_file
from blueprint.robots.embodiment import PREFIX, BundledModel, CameraMount, Embodiment, Pad

if TYPE_CHECKING:
    import mujoco

__all__ = ["attach_robot", "robot_spec"]

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
    _add_pedestal(base, embodiment, pose_world_base.position[2])
    for camera in embodiment.cameras:
        owner = spec.body(PREFIX + embodiment.hand_body) if camera.frame == "hand" else base
        owner.add_camera(name=PREFIX + camera.name, pos=camera.position, quat=_look_at(camera), fovy=camera.fovy_deg)


def robot_spec(embodiment: Embodiment) -> "mujoco.MjSpec":
    """Return the robot alone, names without prefix: tuned contacts and servos, gravity compensated, no lights."""
    import mujoco

    if isinstance(embodiment.model, BundledModel):
        text = (resources.files("blueprint.robots") / "data" / embodiment.model.file).read_text()
        spec = mujoco.MjSpec.from_string(text)
    else:
        spec = mujoco.MjSpec.from_file(str(model_file(embodiment.model)))
    for element in [*spec.lights, *spec.cameras, *spec.keys, *spec.actuators, *spec.tendons, *spec.equalities]:
        spec.delete(element)
    for body in spec.bodies:
        body.gravcomp = 1.0
    _add_servos(spec, embodiment)
    if embodiment.pad:
        _replace_pads(spec, embodiment, embodiment.pad)
    fingers = {finger.body for finger in embodiment.fingers}
    for geom in spec.geoms:
        if geom.contype or geom.conaffinity:
            geom.condim = 4
            geom.group = 3
            if geom.parent.name in fingers:
                _make_pad(geom)
    hand = spec.body(embodiment.hand_body)
    hand.add_site(
        name="grasp",
        pos=embodiment.pose_hand_grasp.position,
        quat=embodiment.pose_hand_grasp.quat_wxyz,
        size=[0.004, 0.004, 0.004],
        group=4,
    )
    for first, second in embodiment.collision_excludes:
        spec.add_exclude(bodyname1=first, bodyname2=second)
    return spec


def _replace_pads(spec: "mujoco.MjSpec", embodiment: Embodiment, pad: Pad) -> None:
    """Give each finger one flat pad: thin round things wedge themselves between the small boxes of the stock model."""
    import mujoco

    for finger in embodiment.fingers:
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


def _add_servos(spec: "mujoco.MjSpec", embodiment: Embodiment) -> None:
    """Position servos: force = k (target - q) - k T q', within the joint's torque; one servo for both fingers."""
    import mujoco

    for joint in embodiment.joints:
        mj_joint = spec.joint(joint.name)
        mj_joint.range = [joint.lower, joint.upper]
        actuator = spec.add_actuator(name=joint.name, target=joint.name, trntype=mujoco.mjtTrn.mjTRN_JOINT)
        _make_servo(actuator, joint.stiffness, joint.stiffness * SERVO_TIME_S, joint.torque)
        actuator.ctrllimited = True
        actuator.ctrlrange = [joint.lower, joint.upper]
    travel = embodiment.opening_max_m / 2
    tendon = spec.add_tendon(name="fingers")
    for finger in embodiment.fingers:
        mj_joint = spec.joint(finger.joint)
        mj_joint.range = [0.0, travel]
        mj_joint.armature = FINGER_ARMATURE_KG
        mj_joint.damping = [FINGER_DAMPING, 0.0, 0.0]
        tendon.wrap_joint(finger.joint, 0.5)
    equality = spec.add_equality(name="fingers", type=mujoco.mjtEq.mjEQ_JOINT, objtype=mujoco.mjtObj.mjOBJ_JOINT)
    equality.name1, equality.name2 = (finger.joint for finger in embodiment.fingers)
    equality.data[:5] = [0, 1, 0, 0, 0]
    equality.solref = [0.005, 1.0]
    equality.solimp = PAD_SOLIMP
    gripper = spec.add_actuator(name="gripper", target="fingers", trntype=mujoco.mjtTrn.mjTRN_TENDON)
    # The tendon is the mean of the two travels: it gives each finger half of its force.
    _make_servo(gripper, 2 * embodiment.finger_stiffness_n_per_m, 2 * FINGER_DAMPING, 2 * embodiment.finger_force_n)
    gripper.ctrllimited = True
    gripper.ctrlrange = [0.0, travel]


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
