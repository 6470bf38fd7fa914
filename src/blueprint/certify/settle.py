"""Let a scene come to rest, and measure how far everything moved."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.certify.objects import ObjectIndex
from blueprint.contracts.errors import StageError
from blueprint.contracts.frames import Pose, quat_angle

__all__ = ["Motion", "Rest", "Snapshot", "displacement", "larger", "simulate", "snapshot", "stepping", "watch"]

_SAMPLES = 20
_FULL = (mujoco.mjtWarning.mjWARN_CONTACTFULL, mujoco.mjtWarning.mjWARN_CNSTRFULL)


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


@dataclass(frozen=True)
class Snapshot:
    """Where everything is at one time: (nbody, 3) m, (nbody, 4) w,x,y,z, values by joint number (rad or m)."""

    positions: NDArray[np.float64]
    quats_wxyz: NDArray[np.float64]
    joints: dict[int, float]


def simulate(model: mujoco.MjModel, duration_s: float, timestep_s: float | None = None) -> Rest:
    """Simulate from the model's initial state without any control and report; raises StageError if it diverges.

    `timestep_s` replaces the model's own time step for this run. Nothing sleeps: every object is integrated.
    """
    with stepping(model, timestep_s):
        data = mujoco.MjData(model)
        mujoco.mj_forward(model, data)
        index = ObjectIndex(model)
        motions = watch(index, data, duration_s, snapshot(index, data))
    poses = {name: index.pose_world_object(data, name) for name in index.roots}
    joints_by_name = {model.joint(joint).name: value for joint, value in _joint_values(index, data).items()}
    return Rest(poses, joints_by_name, motions)


@contextmanager
def stepping(model: mujoco.MjModel, timestep_s: float | None = None, *, sleep: bool = False) -> Iterator[None]:
    """Set the time step, and whether what lies still sleeps until it is touched; the model's own are put back.

    Raises StageError where MuJoCo runs out of memory for contacts meanwhile.
    """
    own_timestep, own_flags = model.opt.timestep, model.opt.enableflags
    bit = int(mujoco.mjtEnableBit.mjENBL_SLEEP)
    model.opt.timestep = timestep_s or own_timestep
    model.opt.enableflags = own_flags | bit if sleep else own_flags & ~bit
    try:
        yield
    except mujoco.FatalError as error:
        raise _full(str(error).splitlines()[0]) from error
    finally:
        model.opt.timestep, model.opt.enableflags = own_timestep, own_flags


def snapshot(index: ObjectIndex, data: mujoco.MjData) -> Snapshot:
    """Return where everything is; kinematics must be up to date."""
    return Snapshot(data.xpos.copy(), data.xquat.copy(), _joint_values(index, data))


def watch(index: ObjectIndex, data: mujoco.MjData, duration_s: float, since: Snapshot) -> dict[str, Motion]:
    """Advance `data` and return each object's largest excursion from `since`; raises StageError if it diverges, or if
    contacts find no room in memory (things would fall through one another)."""
    model, done = index.model, 0
    steps = round(duration_s / model.opt.timestep)
    motions = dict.fromkeys(index.roots, Motion(0.0, 0.0, 0.0))
    for sample in range(1, _SAMPLES + 1):
        mujoco.mj_step(model, data, steps * sample // _SAMPLES - done)
        done = steps * sample // _SAMPLES
        if not np.isfinite(data.qpos).all() or data.warning[mujoco.mjtWarning.mjWARN_BADQACC].number:
            worst = max(index.free_joints, key=lambda name: _speed(model, data, index.free_joints[name]), default="?")
            raise StageError(
                f"physics diverged after {data.time:.3f} s; fastest object {worst!r}.", remedy="look there."
            )
        if any(data.warning[kind].number for kind in _FULL):
            raise _full(f"some of {data.ncon} contacts were left out of {data.narena >> 10} KiB")
        mujoco.mj_kinematics(model, data)
        motions = larger(motions, displacement(index, data, since))
    return motions


def displacement(index: ObjectIndex, data: mujoco.MjData, since: Snapshot) -> dict[str, Motion]:
    """Return how far every object is from where it was; kinematics must be up to date."""
    values = _joint_values(index, data)
    return {
        name: Motion(
            float(np.linalg.norm(data.xpos[body] - since.positions[body])),
            quat_angle(since.quats_wxyz[body], data.xquat[body]),
            max((abs(values[joint] - since.joints[joint]) for joint in index.joints_of(name)), default=0.0),
        )
        for name, body in index.roots.items()
    }


def larger(first: dict[str, Motion], second: dict[str, Motion]) -> dict[str, Motion]:
    """Return the larger of two motions of every object, figure by figure."""
    return {
        name: Motion(
            max(a.drift_m, second[name].drift_m),
            max(a.rotation_rad, second[name].rotation_rad),
            max(a.joint_drift, second[name].joint_drift),
        )
        for name, a in first.items()
    }


def _full(why: str) -> StageError:
    return StageError(
        f"MuJoCo has no room for the contacts of this scene: {why}.",
        remedy="pile up fewer things, or give colliders fewer shapes.",
    )


def _joint_values(index: ObjectIndex, data: mujoco.MjData) -> dict[int, float]:
    return {joint: float(data.qpos[index.model.jnt_qposadr[joint]]) for joint in index.articulated_joints}


def _speed(model: mujoco.MjModel, data: mujoco.MjData, joint: int) -> float:
    velocity: NDArray[np.float64] = data.qvel[model.jnt_dofadr[joint] :][:6]
    return float(np.nan_to_num(np.abs(velocity), nan=np.inf).max())
