"""Does a scene that stands still also stand a nudge? Pose noise, a coarser time step, and pushes."""

from collections.abc import Iterable

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.certify.objects import ObjectIndex
from blueprint.certify.settle import Motion, displacement, larger, snapshot, stepping, watch
from blueprint.contracts.certificate import PerturbationCertificate, Thresholds
from blueprint.contracts.errors import StageError
from blueprint.contracts.frames import quat_multiply, quat_wxyz_from_axis_angle, rotate
from blueprint.contracts.seeds import rng_for

__all__ = ["fraction", "perturb"]

Array = NDArray[np.float64]
_POSITION_M = 0.001
_ROTATION_RAD = 0.0174533  # 1°
_CORNER_M = 0.002  # 1° at a wardrobe's far corner would push it centimetres into the wall
_SETTLE_S = 1.0
_HOLD_S = 2.0
_COARSER = 2.0
_FORCE_N = 5.0
_FORCE_S = 0.1
_PUSHED_SHARE = 0.1


def perturb(model: mujoco.MjModel, seed: int, limits: Thresholds) -> list[PerturbationCertificate]:
    """Return what a scene at rest does after pose noise, at twice its time step, and when objects are pushed.

    Noise and pushes are drawn per object by hashing the seed with its id, so they do not depend on the other objects.
    A run that diverges is reported as such, with nothing stable.
    """
    index = ObjectIndex(model)
    return [_pose_noise(index, seed, limits), _time_step(index, seed, limits), _push(index, seed, limits)]


def _pose_noise(index: ObjectIndex, seed: int, limits: Thresholds) -> PerturbationCertificate:
    model = index.model
    with stepping(model):
        data = mujoco.MjData(model)
        mujoco.mj_forward(model, data)
        meant = snapshot(index, data)
        for name, joint in index.free_joints.items():
            _displace(index, data, name, joint, rng_for(seed, "pose_noise", name))
        settled: dict[str, Motion] = {}
        motions: dict[str, Motion] = {}
        diverged = None
        try:
            watch(index, data, _SETTLE_S, meant)
            settled = displacement(index, data, meant)
            motions = watch(index, data, _HOLD_S, snapshot(index, data))
        except StageError as error:
            diverged = str(error)
    away = [settled[name].drift_m for name in index.free_joints if name in settled]
    p95, most = (round(float(value), 7) for value in np.quantile(away, (0.95, 1.0))) if away else (None, None)
    fallen = {
        name
        for name, motion in settled.items()
        if motion.drift_m > limits.loose_drift_m or motion.rotation_rad > limits.loose_rotation_rad
    }
    return _verdict(
        index,
        motions,
        limits,
        kind="pose_noise",
        seed=seed,
        position_m=_POSITION_M,
        rotation_rad=_ROTATION_RAD,
        corner_m=_CORNER_M,
        settle_s=_SETTLE_S,
        duration_s=_HOLD_S,
        timestep_s=model.opt.timestep,
        disturbed_objects=len(index.free_joints),
        displaced_p95_m=p95,
        displaced_max_m=most,
        diverged=diverged,
        fallen=fallen,
    )


def _displace(index: ObjectIndex, data: mujoco.MjData, name: str, joint: int, rng: np.random.Generator) -> None:
    """Turn an object about its centre of mass and shift it, through its free joint's seven coordinates."""
    model, body = index.model, index.roots[name]
    start = int(model.jnt_qposadr[joint])
    position, quat = data.qpos[start : start + 3].copy(), data.qpos[start + 3 : start + 7].copy()
    shift = rng.uniform(-_POSITION_M, _POSITION_M, 3)
    axis = rng.normal(size=3)
    limit = min(_ROTATION_RAD, _CORNER_M / max(_reach(index, data, name), 1e-3))
    turn = quat_wxyz_from_axis_angle(axis, rng.uniform(-limit, limit))
    center = data.subtree_com[body]
    data.qpos[start : start + 3] = center + rotate(turn, position - center) + shift
    data.qpos[start + 3 : start + 7] = quat_multiply(turn, quat)


def _reach(index: ObjectIndex, data: mujoco.MjData, name: str) -> float:
    """Return how far the object's colliders reach from its centre of mass at most, m."""
    center = data.subtree_com[index.roots[name]]
    own = [geom for geom in range(index.model.ngeom) if index.object_of_geom(geom) == name]
    reaches = [float(np.linalg.norm(data.geom_xpos[g] - center) + index.model.geom_rbound[g]) for g in own]
    return max(reaches, default=0.0)


def _time_step(index: ObjectIndex, seed: int, limits: Thresholds) -> PerturbationCertificate:
    model = index.model
    timestep = _COARSER * model.opt.timestep
    motions: dict[str, Motion] = {}
    diverged = None
    with stepping(model, timestep):
        data = mujoco.MjData(model)
        mujoco.mj_forward(model, data)
        try:
            motions = watch(index, data, limits.duration_s, snapshot(index, data))
        except StageError as error:
            diverged = str(error)
    return _verdict(
        index,
        motions,
        limits,
        kind="time_step",
        seed=seed,
        duration_s=limits.duration_s,
        timestep_s=timestep,
        disturbed_objects=0,
        diverged=diverged,
    )


def _push(index: ObjectIndex, seed: int, limits: Thresholds) -> PerturbationCertificate:
    model = index.model
    names = sorted(index.free_joints, key=lambda name: float(rng_for(seed, "pushed", name).random()))
    pushed = names[: round(_PUSHED_SHARE * len(names)) or min(1, len(names))]
    motions: dict[str, Motion] = {}
    diverged = None
    with stepping(model):
        data = mujoco.MjData(model)
        mujoco.mj_forward(model, data)
        start = snapshot(index, data)
        for name in pushed:
            heading = rng_for(seed, "push", name).uniform(0, 2 * np.pi)
            data.xfrc_applied[index.roots[name], :2] = _FORCE_N * np.array([np.cos(heading), np.sin(heading)])
        try:
            during = watch(index, data, _FORCE_S, start)
            data.xfrc_applied[:] = 0.0
            motions = larger(during, watch(index, data, _HOLD_S - _FORCE_S, start))
        except StageError as error:
            diverged = str(error)
    return _verdict(
        index,
        motions,
        limits,
        kind="push",
        seed=seed,
        force_n=_FORCE_N,
        force_s=_FORCE_S,
        duration_s=_HOLD_S,
        timestep_s=model.opt.timestep,
        disturbed_objects=len(pushed),
        diverged=diverged,
        apart=frozenset(pushed),
    )


def _verdict(
    index: ObjectIndex,
    motions: dict[str, Motion],
    limits: Thresholds,
    *,
    fallen: Iterable[str] = (),
    apart: frozenset[str] = frozenset(),
    **what: object,
) -> PerturbationCertificate:
    """Judge every free object, those `apart` for themselves; without motions (diverged) nothing is stable."""
    judged = [name for name in index.free_joints if name not in apart]
    drifts = [motions[name].drift_m for name in judged if name in motions]
    p50, p95, most = (round(float(v), 7) for v in np.quantile(drifts, (0.5, 0.95, 1.0))) if drifts else (None,) * 3
    down = set(fallen)
    stable = {
        name: name in motions
        and name not in down
        and motions[name].drift_m <= limits.drift_m
        and motions[name].rotation_rad <= limits.rotation_rad
        and motions[name].joint_drift <= limits.drift_m
        for name in index.free_joints
    }
    strict = [
        stable[name]
        and motions[name].drift_m <= limits.strict_drift_m
        and motions[name].rotation_rad <= limits.strict_rotation_rad
        for name in judged
    ]
    return PerturbationCertificate.model_validate(
        {
            **what,
            "free_objects": len(index.free_joints),
            "stable_fraction": fraction([stable[name] for name in judged]),
            "strictly_stable_fraction": fraction(strict),
            "disturbed_stable_fraction": fraction([stable[name] for name in sorted(apart)]) if apart else None,
            "drift_p50_m": p50,
            "drift_p95_m": p95,
            "drift_max_m": most,
            "unstable": sorted(name for name in judged if not stable[name]),
        }
    )


def fraction(flags: list[bool]) -> float:
    """Return the share of true flags. Of nothing, all is well: an empty scene has no unstable object."""
    return round(sum(flags) / len(flags), 6) if flags else 1.0
