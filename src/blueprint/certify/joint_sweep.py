"""Sweep every joint over its range in physics, with a limited force, and see how far it gets."""

import copy

import mujoco
import numpy as np

from blueprint.certify.objects import ObjectIndex
from blueprint.certify.settle import stepping
from blueprint.contracts.certificate import JointCertificate

__all__ = ["sweep_joints"]

_TIMESTEP_S = 0.002
_TRAVEL_S = 1.5  # each way
_HOLD_S = 0.4
_REST_S = 0.5
_TOLERANCE = 0.03  # of the range
# What a hand applies beyond the joint's own friction and damping: 25 N at a drawer, 8 N·m at a door.
_EXTRA_FORCE = {int(mujoco.mjtJoint.mjJNT_SLIDE): 25.0, int(mujoco.mjtJoint.mjJNT_HINGE): 8.0}


def sweep_joints(model: mujoco.MjModel) -> list[JointCertificate]:
    """Open and close every hinge and slide of the scene, one at a time, each from the state that the scene comes to
    rest in.

    Things that lie still sleep until something touches them: what a door meets wakes up and pushes back, the rest of
    the room costs nothing (95 objects: 9 times faster, the same values to the last bit).
    """
    with stepping(model, _TIMESTEP_S, sleep=True):
        index = ObjectIndex(model)
        joints = [joint for joint in index.articulated_joints if model.jnt_limited[joint]]
        rest = mujoco.MjData(model)
        mujoco.mj_step(model, rest, round(_REST_S / _TIMESTEP_S) if joints else 0)
        return [_sweep(index, joint, copy.copy(rest)) for joint in joints]


def _sweep(index: ObjectIndex, joint: int, data: mujoco.MjData) -> JointCertificate:
    model = index.model
    lower, upper = (float(value) for value in model.jnt_range[joint])
    blocked_by = None
    _drive(index, data, joint, upper)
    reached_upper = float(data.qpos[model.jnt_qposadr[joint]])
    if not _close_to(reached_upper, upper, upper - lower):
        blocked_by = _blocking_partner(index, data, joint)
    _drive(index, data, joint, lower)
    reached_lower = float(data.qpos[model.jnt_qposadr[joint]])
    if blocked_by is None and not _close_to(reached_lower, lower, upper - lower):
        blocked_by = _blocking_partner(index, data, joint)
    passed = _close_to(reached_upper, upper, upper - lower) and _close_to(reached_lower, lower, upper - lower)
    object_id, _, name = model.joint(joint).name.partition("/")
    return JointCertificate(
        object_id=object_id,
        joint=name,
        lower=lower,
        upper=upper,
        reached_lower=round(reached_lower, 6),
        reached_upper=round(reached_upper, 6),
        blocking_partner=blocked_by,
        passed=passed,
    )


def _drive(index: ObjectIndex, data: mujoco.MjData, joint: int, target: float) -> None:
    """Follow a linear ramp from the current value to `target` by a PD force that is limited to a hand's."""
    model = index.model
    position, dof = int(model.jnt_qposadr[joint]), int(model.jnt_dofadr[joint])
    start = float(data.qpos[position])
    speed = abs(target - start) / _TRAVEL_S
    limit = _EXTRA_FORCE[int(model.jnt_type[joint])]
    limit += float(model.dof_frictionloss[dof] + model.dof_damping[dof] * speed)
    stiffness = limit / (0.02 * max(abs(target - start), 1e-3))  # full force at 2 % of the travel behind the ramp
    damping = 2 * np.sqrt(stiffness / model.dof_invweight0[dof])  # critical, with the inertia seen at the joint
    travel = round(_TRAVEL_S / model.opt.timestep)
    for step in range(travel + round(_HOLD_S / model.opt.timestep)):
        ramp = start + (target - start) * min(1.0, (step + 1) / travel)
        force = stiffness * (ramp - data.qpos[position]) - damping * data.qvel[dof]
        data.qfrc_applied[dof] = np.clip(force, -limit, limit)
        mujoco.mj_step(model, data)
    data.qfrc_applied[dof] = 0.0


def _close_to(value: float, limit: float, span: float) -> bool:
    return abs(value - limit) <= _TOLERANCE * span


def _blocking_partner(index: ObjectIndex, data: mujoco.MjData, joint: int) -> str | None:
    """Return the object that presses hardest on the moving link."""
    model = index.model
    moving = int(model.jnt_bodyid[joint])
    strongest, partner = 0.0, None
    force = np.zeros(6)
    for i in range(data.ncon):
        bodies = [int(model.geom_bodyid[geom]) for geom in data.contact[i].geom]
        if moving in bodies:
            mujoco.mj_contactForce(model, data, i, force)
            if force[0] > strongest:
                strongest = float(force[0])
                partner = index.object_of_body[bodies[1 - bodies.index(moving)]]
    return partner
