"""Grasps tried in physics: a floating gripper closes, lifts the thing off the ground and shakes it."""

from collections.abc import Callable
from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import (
    BoxShape,
    CapsuleShape,
    Collider,
    ConvexShape,
    CylinderShape,
    Grasp,
    Inertial,
    SphereShape,
)
from blueprint.contracts.frames import Pose, quat_angle
from blueprint.mjcf.usd_loader import physics_options
from blueprint.robots.attach import FINGER_ARMATURE_KG, FINGER_DAMPING, PAD_FRICTION, PAD_SOLIMP, PAD_SOLREF
from blueprint.sources.meshes.mesh_grasps import HAND

__all__ = ["GraspTrials"]

Array = NDArray[np.float64]
_FORCE_N, _STIFFNESS = 30.0, 15_000.0  # of each finger, as the bundled arm's
_CLOSE_S, _LIFT_S, _SHAKE_S = 0.2, 0.3, 0.36
_LIFT_M = 0.1
_SHAKE_MPS2, _SHAKE_HZ = 0.3 * 9.81, 5.0
_SLIP_M, _TURN_RAD = 0.02, 0.5
_PENETRATION_M = 0.002  # before the fingers close: then they start inside the thing


@dataclass(frozen=True)
class _Held:
    """The thing in the hand's frame."""

    position: Array
    quat_wxyz: Array


class GraspTrials:
    """One thing that rests on the ground (its link frame at the origin), and a gripper that is put at any grasp of it.

    The gripper has 30 N a finger and pads of friction 1, moves with its base alone, and has no arm: a grasp that holds
    here may still be out of an arm's reach.
    """

    def __init__(self, colliders: list[Collider], inertial: Inertial, static_friction: float) -> None:
        spec = mujoco.MjSpec()
        physics_options(spec)
        ground = spec.worldbody.add_geom(type=mujoco.mjtGeom.mjGEOM_PLANE, size=[1, 1, 0.1])
        ground.friction = [0.5, 0.005, 0.0001]
        _add_thing(spec, colliders, inertial, static_friction)
        _add_gripper(spec)
        self._model = spec.compile()
        self._hand, self._thing = self._model.body("hand").id, self._model.body("thing").id

    def holds(self, grasp: Grasp) -> bool:
        """Whether the thing moves less than 2 cm and 0.5 rad in the hand while it is lifted by 10 cm against gravity
        and shaken sideways with 0.3 g, and both fingers still touch it at the end."""
        model = self._model
        model.body_pos[self._hand] = grasp.pose_link_grasp.position
        model.body_quat[self._hand] = grasp.pose_link_grasp.quat_wxyz
        data = mujoco.MjData(model)
        opening = grasp.width_m / 2 + HAND.open_by
        for name in ("left", "right"):
            data.joint(name).qpos[0] = opening
        mujoco.mj_forward(model, data)
        if self._deepest_touch(data) > _PENETRATION_M:
            return False
        self._run(data, _CLOSE_S, lambda _: np.zeros(3))
        before = self._held(data)
        self._run(data, _LIFT_S, lambda share: np.array([0, 0, _LIFT_M * (3 - 2 * share) * share * share]))
        reach = _SHAKE_MPS2 / (2 * np.pi * _SHAKE_HZ) ** 2
        self._run(data, _SHAKE_S, lambda share: _shaken(share, reach))
        after = self._held(data)
        slipped = float(np.linalg.norm(after.position - before.position))
        turned = quat_angle(before.quat_wxyz, after.quat_wxyz)
        return bool(slipped < _SLIP_M and turned < _TURN_RAD and self._fingers_touching(data) == 2)

    def _run(self, data: mujoco.MjData, duration_s: float, offset: Callable[[float], Array]) -> None:
        steps = round(duration_s / self._model.opt.timestep)
        for step in range(steps):
            data.ctrl[:3] = offset((step + 1) / steps)
            mujoco.mj_step(self._model, data)

    def _held(self, data: mujoco.MjData) -> _Held:
        world_hand = Pose.of(data.xpos[self._hand], data.xquat[self._hand])
        hand_thing = world_hand.inverse() @ Pose.of(data.xpos[self._thing], data.xquat[self._thing])
        return _Held(np.array(hand_thing.position), np.array(hand_thing.quat_wxyz))

    def _touches(self, data: mujoco.MjData) -> list[tuple[str, float]]:
        """The gripper's bodies that touch the thing, and how deep."""
        found = []
        for contact in data.contact[: data.ncon]:
            bodies = [int(self._model.geom_bodyid[geom]) for geom in (contact.geom1, contact.geom2)]
            if self._thing in bodies and 0 not in bodies:
                other = bodies[0] if bodies[1] == self._thing else bodies[1]
                found.append((self._model.body(other).name, -float(contact.dist)))
        return found

    def _deepest_touch(self, data: mujoco.MjData) -> float:
        return max((depth for _, depth in self._touches(data)), default=0.0)

    def _fingers_touching(self, data: mujoco.MjData) -> int:
        return len({name for name, _ in self._touches(data)} & {"left", "right"})


def _shaken(share: float, reach: float) -> Array:
    """First along X, then along Y, at full height."""
    wave = reach * np.sin(2 * np.pi * _SHAKE_HZ * _SHAKE_S * share)
    return np.array([wave, 0, _LIFT_M]) if share < 0.5 else np.array([0, wave, _LIFT_M])


def _add_thing(spec: mujoco.MjSpec, colliders: list[Collider], inertial: Inertial, friction: float) -> None:
    body = spec.worldbody.add_body(name="thing")
    body.add_freejoint()
    body.explicitinertial = True
    body.mass = inertial.mass_kg
    body.ipos, body.iquat = inertial.center_of_mass, inertial.quat_wxyz_principal
    body.inertia = inertial.principal_moments
    for number, item in enumerate(colliders):
        geom = body.add_geom(pos=item.pose_link_shape.position, quat=item.pose_link_shape.quat_wxyz)
        geom.friction, geom.condim = [friction, 0.005, 0.0001], 4
        match item.shape:
            case BoxShape(half_extents=half):
                geom.type, geom.size = mujoco.mjtGeom.mjGEOM_BOX, list(half)
            case SphereShape(radius=radius):
                geom.type, geom.size = mujoco.mjtGeom.mjGEOM_SPHERE, [radius, 0, 0]
            case CylinderShape(radius=radius, half_length=half_length):
                geom.type, geom.size = mujoco.mjtGeom.mjGEOM_CYLINDER, [radius, half_length, 0]
            case CapsuleShape(radius=radius, half_length=half_length):
                geom.type, geom.size = mujoco.mjtGeom.mjGEOM_CAPSULE, [radius, half_length, 0]
            case ConvexShape(vertices=vertices):
                mesh = spec.add_mesh(name=f"hull_{number}", uservert=np.array(vertices, float).ravel())
                mesh.inertia = mujoco.mjtMeshInertia.mjMESH_INERTIA_CONVEX
                geom.type, geom.meshname = mujoco.mjtGeom.mjGEOM_MESH, mesh.name


def _add_gripper(spec: mujoco.MjSpec) -> None:
    """A base on three slides along the world's axes, the hand turned in it, two fingers with flat pads."""
    base = spec.worldbody.add_body(name="base", gravcomp=1.0)
    base.mass, base.inertia, base.explicitinertial = 2.0, [0.01] * 3, True
    for axis in range(3):
        name = "xyz"[axis]
        base.add_joint(name=name, type=mujoco.mjtJoint.mjJNT_SLIDE, axis=np.eye(3)[axis])
        servo = spec.add_actuator(name=name, target=name, trntype=mujoco.mjtTrn.mjTRN_JOINT)
        _servo(servo, 40_000.0, 800.0, 400.0)
    hand = base.add_body(name="hand", gravcomp=1.0)
    half_x, half_y = HAND.palm_half
    hand.add_geom(
        type=mujoco.mjtGeom.mjGEOM_BOX, size=[half_x, half_y, 0.023], pos=[0, 0, -HAND.palm - 0.023], mass=0.5
    )
    half_z = (HAND.palm + HAND.tip) / 2
    for name, side in (("left", 1.0), ("right", -1.0)):
        finger = hand.add_body(name=name, gravcomp=1.0)
        finger.add_joint(
            name=name,
            type=mujoco.mjtJoint.mjJNT_SLIDE,
            axis=[0, side, 0],
            range=[0, 0.045],
            armature=FINGER_ARMATURE_KG,
            damping=[FINGER_DAMPING, 0, 0],
        )
        finger.add_geom(
            type=mujoco.mjtGeom.mjGEOM_BOX,
            size=[HAND.finger_width / 2, HAND.finger_depth / 2, half_z],
            pos=[0, side * HAND.finger_depth / 2, HAND.tip - half_z],
            mass=0.03,
            condim=4,
            priority=1,
            friction=PAD_FRICTION,
            solref=PAD_SOLREF,
            solimp=PAD_SOLIMP,
        )
        servo = spec.add_actuator(name=name, target=name, trntype=mujoco.mjtTrn.mjTRN_JOINT)
        _servo(servo, _STIFFNESS, 0.0, _FORCE_N)
    spec.add_exclude(bodyname1="left", bodyname2="right")
    equality = spec.add_equality(name="fingers", type=mujoco.mjtEq.mjEQ_JOINT, objtype=mujoco.mjtObj.mjOBJ_JOINT)
    equality.name1, equality.name2 = "left", "right"
    equality.data[:5] = [0, 1, 0, 0, 0]
    equality.solref, equality.solimp = [0.005, 1.0], PAD_SOLIMP


def _servo(actuator: mujoco.MjsActuator, stiffness: float, damping: float, force: float) -> None:
    actuator.gainprm[0] = stiffness
    actuator.biastype = mujoco.mjtBias.mjBIAS_AFFINE
    actuator.biasprm[1:3] = [-stiffness, -damping]
    actuator.forcelimited, actuator.forcerange = True, [-force, force]
