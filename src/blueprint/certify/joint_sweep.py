"""Sweep every joint over its range in physics, with a limited force, and see how far it gets."""

import copy
from collections.abc import Sequence
from itertools import combinations

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.certify.moving_part import MovingPart, boxes_meet, moving_parts, space_apart
from blueprint.certify.objects import ObjectIndex
from blueprint.certify.settle import stepping
from blueprint.contracts.certificate import JointCertificate

__all__ = ["HAND_FORCE", "sweep_joints"]

_TIMESTEP_S = 0.002
_TRAVEL_S = 1.5  # each way
_HOLD_S = 0.4
_REST_S = 0.5
_TOLERANCE = 0.03  # of the range
_LOOK_STEPS = 10  # between two looks at what touches what
_APART_M = 0.5  # between what two joints reach, where they are swept at once; what one pushes does not go further
# What a hand applies beyond the joint's own friction and damping: 25 N at a drawer, 8 N·m at a door.
HAND_FORCE = {int(mujoco.mjtJoint.mjJNT_SLIDE): 25.0, int(mujoco.mjtJoint.mjJNT_HINGE): 8.0}


def sweep_joints(model: mujoco.MjModel, only: Sequence[int] | None = None) -> list[JointCertificate]:
    """Open and close every hinge and slide that has limits (or `only` these), each from the scene's state of rest.

    What counts is what a joint reaches when nothing helps it. First, joints are swept at once where their parts do not
    pass through the same space (the drawers of a chest, which leans more with all of them open than with one). Where
    one does not pass, or its part touches something movable that it does not carry, it and those near it (see
    `_reach`) are swept again, each on its own: two drawers never push the same box away.

    Things that lie still sleep until something touches them: what a door meets wakes up and pushes back, the rest of
    the room costs nothing (95 objects: 9 times faster, the same values to the last bit).
    """
    with stepping(model, _TIMESTEP_S, sleep=True):
        index = ObjectIndex(model)
        limited = [joint for joint in index.articulated_joints if model.jnt_limited[joint]]
        joints = limited if only is None else [joint for joint in limited if joint in only]
        if not joints:
            return []
        rest = mujoco.MjData(model)
        mujoco.mj_step(model, rest, round(_REST_S / _TIMESTEP_S))
        found: dict[int, JointCertificate] = {}
        doubtful: list[int] = []
        batches = _together(index, rest, joints)
        for batch in batches:
            swept, touched = _sweep(index, batch, copy.copy(rest))
            found |= swept
            troubled = touched | {joint for joint, item in swept.items() if not item.passed}
            doubtful += _influenced(index, rest, list(swept), troubled)
        parts = {part.joint: part for batch in batches for part in batch}
        for alone in _apart(index, rest, doubtful):
            found |= _sweep(index, [parts[joint] for joint in alone], copy.copy(rest))[0]
    return [found[joint] for joint in joints]


def _together(index: ObjectIndex, rest: mujoco.MjData, joints: Sequence[int]) -> list[list[MovingPart]]:
    """Return what the joints move, in batches of parts that do not pass through the same space."""
    awake = mujoco.MjData(index.model)  # what sleeps has no contacts
    awake.qpos[:] = rest.qpos
    mujoco.mj_fwdPosition(index.model, awake)
    parts = moving_parts(index, awake, joints)
    return [[parts[number] for number in batch] for batch in space_apart([part.swept for part in parts])]


def _influenced(index: ObjectIndex, rest: mujoco.MjData, batch: Sequence[int], troubled: set[int]) -> list[int]:
    """Return which joints of a batch may have reached something else than alone: two that are near, one in trouble."""
    reaches = {joint: _reach(index, rest, joint) for joint in batch}
    near = [pair for pair in combinations(batch, 2) if troubled & {*pair} and boxes_meet(*(reaches[j] for j in pair))]
    return sorted({joint for pair in near for joint in pair})


def _apart(index: ObjectIndex, data: mujoco.MjData, joints: Sequence[int]) -> list[list[int]]:
    """Return the joints in batches whose objects cannot reach one another, nor the same third thing."""
    batches = space_apart([_reach(index, data, joint) for joint in joints])
    return [[joints[number] for number in batch] for batch in batches]


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


def _sweep(
    index: ObjectIndex, parts: Sequence[MovingPart], data: mujoco.MjData
) -> tuple[dict[int, JointCertificate], set[int]]:
    """Return what the joints of the parts reach, and those whose parts touched something that they do not carry."""
    model = index.model
    joints = [part.joint for part in parts]
    ranges = [tuple(float(value) for value in model.jnt_range[joint]) for joint in joints]
    blocked: dict[int, str | None] = dict.fromkeys(joints)
    reached: list[list[float]] = []
    touch = _Touch(index, parts)
    for end in (1, 0):
        targets = [limits[end] for limits in ranges]
        _drive(index, data, joints, targets, touch)
        reached.append([float(data.qpos[model.jnt_qposadr[joint]]) for joint in joints])
        for joint, value, target, (lower, upper) in zip(joints, reached[-1], targets, ranges, strict=True):
            if blocked[joint] is None and not _close_to(value, target, upper - lower):
                blocked[joint] = _blocking_partner(index, data, joint)
    certificates = {
        joint: _certificate(model, joint, limits, low, high, blocked[joint])
        for joint, limits, high, low in zip(joints, ranges, *reached, strict=True)
    }
    return certificates, touch.joints


class _Touch:
    """Which `joints` have moved something against a movable body that does not move with them.

    The rest of the joint's own object does not count: a drawer slides in its chest.
    """

    def __init__(self, index: ObjectIndex, parts: Sequence[MovingPart]) -> None:
        model = index.model
        self.joints: set[int] = set()
        self._geom_bodyid, self._movable = model.geom_bodyid, model.body_weldid > 0
        self._object = np.unique(index.object_of_body, return_inverse=True)[1]
        self._mover = np.full(model.nbody, -1)
        self._frame = np.full(model.njnt + 1, -1)  # the last one is that of mover -1
        for part in parts:
            self._mover[part.bodies] = part.joint
            self._frame[part.joint] = self._object[model.jnt_bodyid[part.joint]]

    def note(self, data: mujoco.MjData) -> None:
        """Add what touches now."""
        bodies = self._geom_bodyid[data.contact.geom]
        own, other = np.concatenate([bodies, bodies[:, ::-1]]).T
        joint, by = self._mover[own], self._mover[other]
        frame = (by < 0) & (self._object[other] == self._frame[joint])
        self.joints |= set(joint[(joint >= 0) & (by != joint) & self._movable[other] & ~frame].tolist())


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


def _drive(
    index: ObjectIndex, data: mujoco.MjData, joints: Sequence[int], targets: Sequence[float], touch: _Touch
) -> None:
    """Follow linear ramps from the current values to `targets` by PD forces that are limited to a hand's."""
    model = index.model
    positions, dofs = model.jnt_qposadr[list(joints)], model.jnt_dofadr[list(joints)]
    start = data.qpos[positions].copy()
    way = np.asarray(targets) - start
    limit = np.array([HAND_FORCE[int(model.jnt_type[joint])] for joint in joints])
    limit += model.dof_frictionloss[dofs] + model.dof_damping[dofs] * np.abs(way) / _TRAVEL_S
    stiffness = limit / (0.02 * np.maximum(np.abs(way), 1e-3))  # full force at 2 % of the travel behind the ramp
    damping = 2 * np.sqrt(stiffness / model.dof_invweight0[dofs])  # critical, with the inertia seen at the joint
    travel = round(_TRAVEL_S / model.opt.timestep)
    for step in range(travel + round(_HOLD_S / model.opt.timestep)):
        ramp = start + way * min(1.0, (step + 1) / travel)
        force = stiffness * (ramp - data.qpos[positions]) - damping * data.qvel[dofs]
        data.qfrc_applied[dofs] = np.clip(force, -limit, limit)
        mujoco.mj_step(model, data)
        if step % _LOOK_STEPS == 0:
            touch.note(data)
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
