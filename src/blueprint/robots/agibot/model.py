"""Building a robot in MuJoCo: bodies, primitives, position servos, gripper couplings, cameras."""

from typing import TYPE_CHECKING

import numpy as np

from blueprint.contracts.frames import Pose, quat_multiply
from blueprint.robots.agibot.robot import AgibotRobot, LinkGeom, LinkJoint, RobotCamera, RobotLink
from blueprint.robots.embodiment import PREFIX

if TYPE_CHECKING:
    import mujoco

__all__ = ["agibot_spec", "attach_agibot"]

# A servo answers a ramp with this delay: real drives feed velocity forward, a plain position servo lags.
SERVO_TIME_S = 0.02
PAD_FRICTION = (1.0, 0.02, 0.0005)
PAD_SOLREF = (0.004, 1.0)
PAD_SOLIMP = (0.95, 0.99, 0.001, 0.5, 2.0)
COUPLING_SOLREF = (0.004, 1.0)
_COLORS = {
    "shell": (0.87, 0.88, 0.89, 1.0),
    "dark": (0.13, 0.14, 0.16, 1.0),
    "metal": (0.45, 0.47, 0.50, 1.0),
    "glass": (0.03, 0.04, 0.06, 1.0),
    "accent": (0.16, 0.42, 0.72, 1.0),
    "rubber": (0.20, 0.20, 0.21, 1.0),
}
_OPENCV_TO_MUJOCO = (0.0, 1.0, 0.0, 0.0)  # half a turn about X: MuJoCo cameras look along -Z with +Y up


def attach_agibot(robot: AgibotRobot, spec: "mujoco.MjSpec", pose_world_base: Pose) -> None:
    """See `AgibotRobot.attach`."""
    child = agibot_spec(robot)
    child.option.integrator = spec.option.integrator  # the scene's options rule
    frame = spec.worldbody.add_frame(pos=pose_world_base.position, quat=pose_world_base.quat_wxyz)
    spec.attach(child, prefix=PREFIX, frame=frame)


def agibot_spec(robot: AgibotRobot) -> "mujoco.MjSpec":
    """Return the robot alone, names without prefix, gravity compensated, its base fixed at the origin."""
    import mujoco

    spec = mujoco.MjSpec()
    spec.compiler.degree = False
    bodies: dict[str, mujoco.MjsBody] = {}
    for link in robot.links:
        parent = bodies[link.parent] if link.parent else spec.worldbody
        bodies[link.name] = _add_link(parent, link)
    for name in robot.motors:
        _add_servo(spec, robot.joints[name])
    for joint, (control, polynomial) in robot.couplings.items():
        equality = spec.add_equality(name=joint, type=mujoco.mjtEq.mjEQ_JOINT, objtype=mujoco.mjtObj.mjOBJ_JOINT)
        equality.name1, equality.name2 = joint, control
        equality.data[:5] = polynomial
        equality.solref, equality.solimp = COUPLING_SOLREF, PAD_SOLIMP
    for camera in robot.cameras:
        _add_camera(bodies[camera.link], camera)
    for first, second in robot.collision_excludes:
        spec.add_exclude(bodyname1=first, bodyname2=second)
    return spec


def _add_link(parent: "mujoco.MjsBody", link: RobotLink) -> "mujoco.MjsBody":
    import mujoco

    pose = link.pose_parent_link
    body = parent.add_body(name=link.name, pos=pose.position, quat=pose.quat_wxyz, gravcomp=1.0)
    if link.inertial:
        body.explicitinertial = True
        body.mass, body.ipos = link.inertial.mass, link.inertial.center
        body.fullinertia = link.inertial.inertia
    if joint := link.joint:
        hinge = mujoco.mjtJoint.mjJNT_HINGE if joint.kind == "hinge" else mujoco.mjtJoint.mjJNT_SLIDE
        body.add_joint(
            name=joint.name,
            type=hinge,
            axis=joint.axis,
            range=[joint.lower, joint.upper],
            limited=True,
            armature=joint.armature,
            damping=[joint.damping, 0.0, 0.0],
        )
    for number, geom in enumerate(link.geoms):
        _add_geom(body, f"{link.name}/g{number}", geom)
    return body


def _add_geom(body: "mujoco.MjsBody", name: str, geom: LinkGeom) -> None:
    import mujoco

    added = body.add_geom(
        name=name,
        type=getattr(mujoco.mjtGeom, f"mjGEOM_{geom.shape.upper()}"),
        size=[*geom.size, 0.0, 0.0][:3],
        pos=geom.position,
        quat=geom.quat_wxyz,
        rgba=_COLORS[geom.color],
        group=2 if geom.visible else 3,
        contype=int(geom.collides),
        conaffinity=int(geom.collides),
        condim=4,
        mass=0.0,  # the link's inertia is given
    )
    if geom.is_pad:
        added.priority = 1
        added.friction, added.solref, added.solimp = PAD_FRICTION, PAD_SOLREF, PAD_SOLIMP


def _add_servo(spec: "mujoco.MjSpec", joint: LinkJoint) -> None:
    """Position servo: force = k (target - q) - k T q', within the joint's effort."""
    import mujoco

    actuator = spec.add_actuator(name=joint.name, target=joint.name, trntype=mujoco.mjtTrn.mjTRN_JOINT)
    actuator.gaintype = mujoco.mjtGain.mjGAIN_FIXED
    actuator.biastype = mujoco.mjtBias.mjBIAS_AFFINE
    actuator.gainprm[0] = joint.stiffness
    actuator.biasprm[1:3] = [-joint.stiffness, -joint.stiffness * SERVO_TIME_S]
    actuator.forcelimited = actuator.ctrllimited = True
    actuator.forcerange = [-joint.effort, joint.effort]
    actuator.ctrlrange = [joint.lower, joint.upper]


def _add_camera(body: "mujoco.MjsBody", camera: RobotCamera) -> None:
    pose = camera.pose_link_camera
    body.add_camera(
        name=camera.name,
        pos=pose.position,
        quat=quat_multiply(pose.quat_wxyz, _OPENCV_TO_MUJOCO),
        fovy=float(np.degrees(2 * np.arctan(camera.height_px / 2 / camera.fy_px))),
        resolution=[camera.width_px, camera.height_px],
    )
