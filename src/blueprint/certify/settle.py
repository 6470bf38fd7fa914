"""Let a scene come to rest, and measure how far everything moved."""

from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.certify.objects import ObjectIndex
from blueprint.contracts.errors import StageError
from blueprint.contracts.frames import Pose, quat_angle

__all__ = ["Motion", "Rest", "simulate"]


@dataclass(frozen=True)
class Motion:
    """Displacement of an object's origin (m), its rotation (rad), and its largest joint motion (rad or m)."""

    drift_m: float
    rotation_rad: float
    joint_drift: float


@dataclass(frozen=True)
class Rest:
    """What a simulation ended with: world poses, joint values by `<object>/<joint>`, and each object's motion.

    `motions` is the largest excursion from the start at any of 20 equally spaced times, the end included.
    """

    poses: dict[str, Pose]
    joints: dict[str, float]
    motions: dict[str, Motion]


def simulate(model: mujoco.MjModel, duration_s: float, timestep_s: float | None = None) -> Rest:
    """Simulate from the model's initial state without any control and report; raises StageError if it diverges.

    `timestep_s` replaces the model's own time step for this run.
    """
    own_timestep = model.opt.timestep
    model.opt.timestep = timestep_s or own_timestep
    try:
        data = mujoco.MjData(model)
        mujoco.mj_forward(model, data)
        return _simulate(model, data, round(duration_s / model.opt.timestep))
    finally:
        model.opt.timestep = own_timestep


_SAMPLES = 20


def _simulate(model: mujoco.MjModel, data: mujoco.MjData, steps: int) -> Rest:
    index = ObjectIndex(model)
    start_position, start_quat, start_joints = data.xpos.copy(), data.xquat.copy(), _joint_values(index, data)
    motions = dict.fromkeys(index.roots, Motion(0.0, 0.0, 0.0))
    done = 0
    for sample in range(1, _SAMPLES + 1):
        mujoco.mj_step(model, data, steps * sample // _SAMPLES - done)
        done = steps * sample // _SAMPLES
        if not np.isfinite(data.qpos).all() or data.warning[mujoco.mjtWarning.mjWARN_BADQACC].number:
            worst = max(index.free_joints, key=lambda name: _speed(model, data, index.free_joints[name]), default="?")
            raise StageError(
                f"physics diverged after {data.time:.3f} s; fastest object {worst!r}.", remedy="look there."
            )
        mujoco.mj_kinematics(model, data)
        values = _joint_values(index, data)
        for name, body in index.roots.items():
            joints = [abs(values[joint] - start_joints[joint]) for joint in index.joints_of(name)]
            seen = motions[name]
            motions[name] = Motion(
                max(seen.drift_m, float(np.linalg.norm(data.xpos[body] - start_position[body]))),
                max(seen.rotation_rad, quat_angle(start_quat[body], data.xquat[body])),
                max([seen.joint_drift, *joints]),
            )
    poses = {name: index.pose_world_object(data, name) for name in index.roots}
    joints_by_name = {model.joint(joint).name: value for joint, value in _joint_values(index, data).items()}
    return Rest(poses, joints_by_name, motions)


def _joint_values(index: ObjectIndex, data: mujoco.MjData) -> dict[int, float]:
    return {joint: float(data.qpos[index.model.jnt_qposadr[joint]]) for joint in index.articulated_joints}


def _speed(model: mujoco.MjModel, data: mujoco.MjData, joint: int) -> float:
    velocity: NDArray[np.float64] = data.qvel[model.jnt_dofadr[joint] :][:6]
    return float(np.nan_to_num(np.abs(velocity), nan=np.inf).max())
