"""Which doors and drawers plainly open, by shapes alone: a filter before the sweep in physics, never instead of it."""

from collections.abc import Sequence

import mujoco
import numpy as np

from blueprint.certify.joint_sweep import HAND_FORCE
from blueprint.certify.moving_part import MovingPart, moving_parts, place, space_apart
from blueprint.certify.objects import ObjectIndex
from blueprint.certify.settle import stepping
from blueprint.contracts.certificate import Thresholds

__all__ = ["doubtful_joints"]

_POSITIONS = 48  # a door of 0.9 m moves by 3 cm between two of them: no more than it is thick


def doubtful_joints(model: mujoco.MjModel) -> list[int]:
    """Return the hinges and slides with limits that may not open from the model's initial state.

    Each is put at 48 positions of its range with what it carries, without dynamics. It is in doubt where that enters
    anything by more than the certificate lets things overlap, be it a box that a hand could push away; where its
    weight is more than a hand holds; and where an actuator drives it. All others clear everything they pass, which
    leaves out what only dynamics show (contents that topple, a chest that tips over).
    """
    with stepping(model):
        index = ObjectIndex(model)
        rest = mujoco.MjData(model)
        mujoco.mj_fwdPosition(model, rest)
        parts = moving_parts(index, rest, [joint for joint in index.articulated_joints if model.jnt_limited[joint]])
        found = {part.joint for part in parts if part.joint in model.actuator_trnid[:, 0]}
        for batch in space_apart([part.swept for part in parts]):
            found |= _in_doubt(index, rest, [parts[number] for number in batch])
    return sorted(found)


def _in_doubt(index: ObjectIndex, rest: mujoco.MjData, parts: Sequence[MovingPart]) -> set[int]:
    model = index.model
    data = mujoco.MjData(model)
    data.qpos[:] = rest.qpos
    mover = np.full(model.nbody, -1)
    for part in parts:
        mover[part.bodies] = part.joint
    found: set[int] = set()
    for fraction in np.linspace(0.0, 1.0, _POSITIONS):
        place(index, data, rest, parts, float(fraction))
        mujoco.mj_collision(model, data)
        deep = data.contact.dist < -Thresholds().penetration_m
        movers = mover[model.geom_bodyid[data.contact.geom[deep]]]
        found |= set(movers[movers[:, 0] != movers[:, 1]].ravel().tolist())
        found |= {part.joint for part in parts if _load(model, data, part) > HAND_FORCE[model.jnt_type[part.joint]]}
    return found - {-1}


def _load(model: mujoco.MjModel, data: mujoco.MjData, part: MovingPart) -> float:
    """Return the force (N) or torque (N·m) of the part's weight along the joint; kinematics must be up to date."""
    axis = data.xaxis[part.joint]
    weights = model.body_mass[part.bodies, None] * model.opt.gravity
    if model.jnt_type[part.joint] == mujoco.mjtJoint.mjJNT_HINGE:
        weights = np.cross(data.xipos[part.bodies] - data.xanchor[part.joint], weights)
    return abs(float(weights.sum(axis=0) @ axis))
