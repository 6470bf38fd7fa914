"""Sweep every joint over its range in physics, with a limited force, and see how far it gets."""

import copy
from collections.abc import Sequence

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.certify.objects import ObjectIndex
from blueprint.certify.settle import stepping
from blueprint.contracts.certificate import JointCertificate

__all__ = ["sweep_joints"]

_TIMESTEP_S = 0.002
_TRAVEL_S = 1.5  # each way
_HOLD_S = 0.4
_REST_S = 0.5
_TOLERANCE = 0.03  # of the range
_APART_M = 0.5  # between what two joints reach, where they are swept at once; what one pushes does not go further
# What a hand applies beyond the joint's own friction and damping: 25 N at a drawer, 8 N·m at a door.
_EXTRA_FORCE = {int(mujoco.mjtJoint.mjJNT_SLIDE): 25.0, int(mujoco.mjtJoint.mjJNT_HINGE): 8.0}


def sweep_joints(model: mujoco.MjModel) -> list[JointCertificate]:
    """Open and close every hinge and slide of the scene, each from the state that the scene comes to rest in.

    Joints that are far apart (see `_apart`) are swept at once, the others one after the other. Things that lie still
    sleep until something touches them: what a door meets wakes up and pushes back, the rest of the room costs nothing
    (95 objects: 9 times faster, the same values to the last bit).
    """
    with stepping(model, _TIMESTEP_S, sleep=True):
        index = ObjectIndex(model)
        joints = [joint for joint in index.articulated_joints if model.jnt_limited[joint]]
        rest = mujoco.MjData(model)
        mujoco.mj_step(model, rest, round(_REST_S / _TIMESTEP_S) if joints else 0)
        found: dict[int, JointCertificate] = {}
        for batch in _apart(index, rest, joints):
            found |= _sweep(index, batch, copy.copy(rest))
        return [found[joint] for joint in joints]


def _apart(index: ObjectIndex, data: mujoco.MjData, joints: Sequence[int]) -> list[list[int]]:
    """Return the joints in batches whose objects cannot reach one another, nor the same third thing: the number of
    batches follows how crowded a room is, not how many rooms there are."""
    batches: list[tuple[list[int], list[NDArray[np.float64]]]] = []
    for joint in joints:
        low, high = reach = _reach(index, data, joint)
        free = (pair for pair in batches if all((low > other[1]).any() or (high < other[0]).any() for other in pair[1]))
        batch, taken = next(free, ([], []))
        if not batch:
            batches.append((batch, taken))
        batch.append(joint)
        taken.append(reach)
    return [batch for batch, _ in batches]


def _reach(index: ObjectIndex, data: mujoco.MjData, joint: int) -> NDArray[np.float64]:
    """Lower and upper corner (2, 3), m, of a box that holds the joint's object and all that its link sweeps, with
    half of `_APART_M` around it."""
    model = index.model
    tree = model.body_rootid[model.jnt_bodyid[joint]]
    geoms = np.flatnonzero(model.body_rootid[model.geom_bodyid] == tree)
    centres, radii = data.geom_xpos[geoms], model.geom_rbound[geoms][:, None]
    if model.jnt_type[joint] == mujoco.mjtJoint.mjJNT_SLIDE:
        travel = np.full(3, float(np.ptp(model.jnt_range[joint])))
        low, high = (centres - radii).min(axis=0) - travel, (centres + radii).max(axis=0) + travel
    else:
        anchor = data.xanchor[joint]
        swing = float((np.linalg.norm(centres - anchor, axis=1) + radii[:, 0]).max())
        low, high = anchor - swing, anchor + swing
    return np.array([low - _APART_M / 2, high + _APART_M / 2])


def _sweep(index: ObjectIndex, joints: Sequence[int], data: mujoco.MjData) -> dict[int, JointCertificate]:
    model = index.model
    ranges = [tuple(float(value) for value in model.jnt_range[joint]) for joint in joints]
    blocked: dict[int, str | None] = dict.fromkeys(joints)
    reached: list[list[float]] = []
    for end in (1, 0):
        targets = [limits[end] for limits in ranges]
        _drive(index, data, joints, targets)
        reached.append([float(data.qpos[model.jnt_qposadr[joint]]) for joint in joints])
        for joint, value, target, (lower, upper) in zip(joints, reached[-1], targets, ranges, strict=True):
            if blocked[joint] is None and not _close_to(value, target, upper - lower):
                blocked[joint] = _blocking_partner(index, data, joint)
    return {
        joint: _certificate(model, joint, limits, low, high, blocked[joint])
        for joint, limits, high, low in zip(joints, ranges, *reached, strict=True)
    }


def _certificate(
    model: mujoco.MjModel,
    joint: int,
    limits: tuple[float, ...],
    reached_lower: float,
    reached_upper: float,
    blocked_by: str | None,
) -> JointCertificate:
    lower, upper = limits
    object_id, _, name = model.joint(joint).name.partition("/")
    return JointCertificate(
        object_id=object_id,
        joint=name,
        lower=lower,
        upper=upper,
        reached_lower=round(reached_lower, 6),
        reached_upper=round(reached_upper, 6),
        blocking_partner=blocked_by,
        passed=_close_to(reached_upper, upper, upper - lower) and _close_to(reached_lower, lower, upper - lower),
    )


def _drive(index: ObjectIndex, data: mujoco.MjData, joints: Sequence[int], targets: Sequence[float]) -> None:
    """Follow linear ramps from the current values to `targets` by PD forces that are limited to a hand's."""
    model = index.model
    positions, dofs = model.jnt_qposadr[list(joints)], model.jnt_dofadr[list(joints)]
    start = data.qpos[positions].copy()
    way = np.asarray(targets) - start
    limit = np.array([_EXTRA_FORCE[int(model.jnt_type[joint])] for joint in joints])
    limit += model.dof_frictionloss[dofs] + model.dof_damping[dofs] * np.abs(way) / _TRAVEL_S
    stiffness = limit / (0.02 * np.maximum(np.abs(way), 1e-3))  # full force at 2 % of the travel behind the ramp
    damping = 2 * np.sqrt(stiffness / model.dof_invweight0[dofs])  # critical, with the inertia seen at the joint
    travel = round(_TRAVEL_S / model.opt.timestep)
    for step in range(travel + round(_HOLD_S / model.opt.timestep)):
        ramp = start + way * min(1.0, (step + 1) / travel)
        force = stiffness * (ramp - data.qpos[positions]) - damping * data.qvel[dofs]
        data.qfrc_applied[dofs] = np.clip(force, -limit, limit)
        mujoco.mj_step(model, data)
    data.qfrc_applied[dofs] = 0.0


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
