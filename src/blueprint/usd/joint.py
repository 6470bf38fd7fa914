"""Joints of an articulated asset. UsdPhysics limits and drive gains of a revolute joint are per degree."""

import math

import numpy as np
from pxr import Gf, Sdf, Usd, UsdPhysics

from blueprint.contracts.asset import Joint, Link
from blueprint.contracts.frames import matrix_from_quat_wxyz, quat_multiply, quat_wxyz_from_matrix
from blueprint.usd.attributes import MJC_ARMATURE, MJC_FRICTIONLOSS
from blueprint.usd.prims import quatf

__all__ = ["define_joint"]


def define_joint(stage: Usd.Stage, path: Sdf.Path, link: Link, parent: Sdf.Path, child: Sdf.Path) -> Usd.Prim:
    """Define the joint of `link` to its parent body; a link without a joint is fixed to its parent.

    The joint frame stands at the child's origin with its X along the joint axis, so that the axis token is always X.
    """
    joint = link.joint
    kind = {None: UsdPhysics.FixedJoint, "revolute": UsdPhysics.RevoluteJoint, "prismatic": UsdPhysics.PrismaticJoint}
    api = kind[joint.type if joint else None].Define(stage, path)
    turn = _quat_x_to(joint.axis) if joint else np.array([1.0, 0.0, 0.0, 0.0])
    api.CreateBody0Rel().SetTargets([parent])
    api.CreateBody1Rel().SetTargets([child])
    api.CreateLocalPos0Attr(Gf.Vec3f(*link.pose_parent_link.position))
    api.CreateLocalRot0Attr(quatf(tuple(quat_multiply(link.pose_parent_link.quat_wxyz, turn))))
    api.CreateLocalPos1Attr(Gf.Vec3f(0, 0, 0))
    api.CreateLocalRot1Attr(quatf(tuple(turn)))
    api.CreateCollisionEnabledAttr(False)
    if joint:
        _author_motion(api, joint)
    return api.GetPrim()


def _author_motion(api: UsdPhysics.Joint, joint: Joint) -> None:
    revolute = joint.type == "revolute"
    per_unit = math.degrees(1.0) if revolute else 1.0
    prim = api.GetPrim()
    api.CreateAxisAttr("X")
    api.CreateLowerLimitAttr(joint.lower * per_unit)
    api.CreateUpperLimitAttr(joint.upper * per_unit)
    drive = UsdPhysics.DriveAPI.Apply(prim, "angular" if revolute else "linear")
    drive.CreateTypeAttr("force")
    drive.CreateStiffnessAttr(0.0)
    drive.CreateDampingAttr(joint.damping / per_unit)
    drive.CreateTargetVelocityAttr(0.0)
    prim.CreateAttribute(MJC_FRICTIONLOSS, Sdf.ValueTypeNames.Double).Set(joint.friction)
    prim.CreateAttribute(MJC_ARMATURE, Sdf.ValueTypeNames.Double).Set(joint.armature)


def _quat_x_to(axis: tuple[float, float, float]) -> np.ndarray:
    """Return the rotation w,x,y,z that takes +X to `axis`."""
    x = np.asarray(axis, float)
    helper = np.eye(3)[int(np.argmin(np.abs(x)))]
    y = np.cross(helper, x)
    y /= np.linalg.norm(y)
    quat = quat_wxyz_from_matrix(np.column_stack([x, y, np.cross(x, y)]))
    assert np.allclose(matrix_from_quat_wxyz(quat)[:, 0], x)
    return quat
