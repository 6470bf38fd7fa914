"""Joints: UsdPhysics authors limits and gains of rotations per degree, MuJoCo per radian."""

from dataclasses import dataclass
from math import degrees, radians

import numpy as np
from numpy.typing import NDArray
from pxr import Usd, UsdPhysics

from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose, matrix_from_quat_wxyz, quat_multiply
from blueprint.mjcf.body import RigidBody
from blueprint.mjcf.source import SourceStage
from blueprint.mjcf.transform import rigid_pose
from blueprint.usd.attributes import MJC_ARMATURE, MJC_FRICTIONLOSS

__all__ = ["Axis", "Drive", "JointPrim", "axis_in_frame", "joint_value", "read_joints"]

Array = NDArray[np.float64]
_AXES = {"X": np.array([1.0, 0, 0]), "Y": np.array([0, 1.0, 0]), "Z": np.array([0, 0, 1.0])}
_UNLIMITED = 1e10


@dataclass(frozen=True)
class Drive:
    """Gains in N/m, N·s/m (slide) or N·m/rad, N·m·s/rad (hinge); `target` in m or rad; `force_max` may be infinite."""

    stiffness: float
    damping: float
    target: float
    force_max: float


@dataclass(frozen=True)
class Axis:
    """One degree of freedom: `kind` slide, hinge or ball; the axis in the joint frame; limits in m or rad, or None."""

    kind: str
    direction: Array
    limits: tuple[float, float] | None
    drive: Drive | None
    frictionloss: float
    armature: float
    suffix: str = ""


@dataclass(frozen=True)
class JointPrim:
    """A joint of the stage. `body0` and `body1` are body paths or None (the world); `frame0` and `frame1` are the
    world poses of the joint frame as each side has it; `axes` is empty for a fixed joint."""

    path: str
    name: str
    body0: str | None
    body1: str | None
    frame0: Pose
    frame1: Pose
    axes: tuple[Axis, ...]
    collides: bool
    in_articulation: bool


def read_joints(source: SourceStage, prims: list[Usd.Prim], bodies: dict[str, RigidBody]) -> list[JointPrim]:
    """Return every enabled joint that a MuJoCo model can hold; others are noted."""
    joints = []
    for prim in prims:
        if not prim.IsA(UsdPhysics.Joint):
            continue
        joint = UsdPhysics.Joint(prim)
        if joint.GetJointEnabledAttr().Get() is False:
            continue
        axes = _axes(source, prim)
        if axes is None:
            source.note(f"{prim.GetPath()}: joints of type {prim.GetTypeName()} have no counterpart and are left out")
            continue
        body0, frame0 = _side(
            source, prim, joint.GetBody0Rel(), joint.GetLocalPos0Attr(), joint.GetLocalRot0Attr(), bodies
        )
        body1, frame1 = _side(
            source, prim, joint.GetBody1Rel(), joint.GetLocalPos1Attr(), joint.GetLocalRot1Attr(), bodies
        )
        if body0 == body1:
            source.note(f"{prim.GetPath()}: joins {body0 or 'the world'} to itself and is left out")
            continue
        joints.append(
            JointPrim(
                str(prim.GetPath()),
                prim.GetName(),
                body0,
                body1,
                frame0,
                frame1,
                axes,
                bool(joint.GetCollisionEnabledAttr().Get()),
                not bool(joint.GetExcludeFromArticulationAttr().Get()),
            )
        )
    return joints


def _side(
    source: SourceStage,
    prim: Usd.Prim,
    relationship: Usd.Relationship,
    position: Usd.Attribute,
    rotation: Usd.Attribute,
    bodies: dict[str, RigidBody],
) -> tuple[str | None, Pose]:
    targets = relationship.GetTargets()
    matrix, body = source.world_from_stage, None
    if targets:
        target = prim.GetStage().GetPrimAtPath(targets[0])
        if not target:
            raise InputError(f"{prim.GetPath()}: its body {targets[0]} does not exist.", remedy="correct the joint.")
        matrix = source.world_matrix(target)
        owner = target
        while owner and str(owner.GetPath()) not in bodies:
            owner = owner.GetParent()
        body = str(owner.GetPath()) if owner else None
    local = np.asarray(position.Get() or (0, 0, 0), float)
    quat = rotation.Get()
    turn = np.array([1.0, 0, 0, 0]) if quat is None else np.array([quat.GetReal(), *quat.GetImaginary()], float)
    if not np.isfinite(local).all() or np.linalg.norm(turn) < 0.5:
        raise InputError(f"{prim.GetPath()}: its local frame is not finite.", remedy="correct the joint.")
    point = matrix[:3, :3] @ local + matrix[:3, 3]
    return body, Pose.of(point, quat_multiply(rigid_pose(matrix, str(prim.GetPath())).quat_wxyz, turn))


def _axes(source: SourceStage, prim: Usd.Prim) -> tuple[Axis, ...] | None:
    if prim.IsA(UsdPhysics.FixedJoint):
        return ()
    if prim.IsA(UsdPhysics.RevoluteJoint):
        joint = UsdPhysics.RevoluteJoint(prim)
        limits = (joint.GetLowerLimitAttr().Get(), joint.GetUpperLimitAttr().Get())
        return _one(source, prim, "hinge", str(joint.GetAxisAttr().Get()), limits, "angular", "")
    if prim.IsA(UsdPhysics.PrismaticJoint):
        joint = UsdPhysics.PrismaticJoint(prim)
        limits = (joint.GetLowerLimitAttr().Get(), joint.GetUpperLimitAttr().Get())
        return _one(source, prim, "slide", str(joint.GetAxisAttr().Get()), limits, "linear", "")
    if prim.IsA(UsdPhysics.SphericalJoint):
        return (Axis("ball", _AXES["Z"], None, None, *_passive(prim)),)
    if prim.GetTypeName() != "PhysicsJoint":
        return None
    axes: tuple[Axis, ...] = ()
    for kind, family in (("slide", "trans"), ("hinge", "rot")):
        for letter in "XYZ":
            token = f"{family}{letter}"
            limit = UsdPhysics.LimitAPI(prim, token)
            pair = (
                (limit.GetLowAttr().Get(), limit.GetHighAttr().Get())
                if prim.HasAPI(UsdPhysics.LimitAPI, token)
                else (-np.inf, np.inf)
            )
            axes += _one(source, prim, kind, letter, pair, token, f"_{token}")
    return axes


def _one(
    source: SourceStage,
    prim: Usd.Prim,
    kind: str,
    letter: str,
    limits: tuple[float | None, float | None],
    drive_token: str,
    suffix: str,
) -> tuple[Axis, ...]:
    """Return the degree of freedom, or nothing where its limits lock it (UsdPhysics: low above high)."""
    unit = radians(1.0) if kind == "hinge" else source.metres
    low = -np.inf if limits[0] is None else float(limits[0])
    high = np.inf if limits[1] is None else float(limits[1])
    if low >= high:
        return ()
    bounds: tuple[float, float] | None = (low * unit, high * unit)
    if abs(low) > _UNLIMITED or abs(high) > _UNLIMITED:
        bounds = None
        if abs(low) <= _UNLIMITED or abs(high) <= _UNLIMITED:
            source.note(f"{prim.GetPath()}: limited on one side only; taken as unlimited")
    return (Axis(kind, _AXES[letter], bounds, _drive(source, prim, kind, drive_token), *_passive(prim), suffix),)


def _drive(source: SourceStage, prim: Usd.Prim, kind: str, token: str) -> Drive | None:
    if not prim.HasAPI(UsdPhysics.DriveAPI, token):
        return None
    api = UsdPhysics.DriveAPI(prim, token)
    hinge = kind == "hinge"
    # kg·m²/s² per degree → N·m/rad; or kg/s² → N/m
    gain = source.kilograms * source.metres**2 * degrees(1.0) if hinge else source.kilograms
    force = source.kilograms * source.metres * (source.metres if hinge else 1.0)
    limit = api.GetMaxForceAttr().Get()
    return Drive(
        float(api.GetStiffnessAttr().Get() or 0.0) * gain,
        float(api.GetDampingAttr().Get() or 0.0) * gain,
        float(api.GetTargetPositionAttr().Get() or 0.0) * (radians(1.0) if hinge else source.metres),
        np.inf if limit is None else float(limit) * force,
    )


def _passive(prim: Usd.Prim) -> tuple[float, float]:
    """Return MuJoCo's dry friction (N·m or N) and armature of a joint, 0 where they are not authored."""
    values = []
    for name in (MJC_FRICTIONLOSS, MJC_ARMATURE):
        value = prim.GetAttribute(name).Get() if prim.HasAttribute(name) else 0.0
        number = float(value or 0.0)
        if not np.isfinite(number) or number < 0:
            raise InputError(f"{prim.GetPath()}: {name} is {number}.", remedy="give a number that is not negative.")
        values.append(number)
    return values[0], values[1]


def axis_in_frame(pose_parent_frame: Pose, direction: Array) -> Array:
    """Return a direction given in the joint frame in the frame that holds it."""
    return matrix_from_quat_wxyz(pose_parent_frame.quat_wxyz) @ direction


def joint_value(joint: JointPrim, axis: Axis) -> float:
    """Return the value of a single-axis joint as the stage is authored: how far frame 1 moved against frame 0."""
    relative = joint.frame0.inverse() @ joint.frame1
    if axis.kind == "slide":
        return float(np.dot(relative.position, axis.direction))
    w, xyz = relative.quat_wxyz[0], np.asarray(relative.quat_wxyz[1:])
    angle = 2 * np.arctan2(float(np.dot(xyz, axis.direction)), w)
    return float((angle + np.pi) % (2 * np.pi) - np.pi)
