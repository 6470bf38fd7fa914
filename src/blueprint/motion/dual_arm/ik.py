"""Inverse kinematics of one arm for many target poses at once: damped least squares with limits and restarts."""

from collections.abc import Callable
from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import ArrayLike, NDArray

from blueprint.contracts.frames import Pose
from blueprint.motion.dual_arm.chain import ArmChain, arm_chain, carrier_pose
from blueprint.robots.agibot import AgibotIndex
from blueprint.robots.agibot.robot import Side

__all__ = ["IkResult", "descend", "postures", "solve_arm_ik", "solve_arm_ik_batch"]

Array = NDArray[np.float64]
IsAccepted = Callable[[Array], bool]

POSITION_TOLERANCE_M = 2e-4  # of the search; success allows SUCCESS_* below
ROTATION_TOLERANCE_RAD = 1e-3
SUCCESS_POSITION_M = 1e-3
SUCCESS_ROTATION_RAD = 5e-3
MAX_ITERATIONS = 60
MAX_STEP_RAD = 0.4
DAMPING = 0.02
LIMIT_MARGIN_RAD = 1e-3
RESTARTS = 24
_PER_ROUND = 6


@dataclass(frozen=True)
class IkResult:
    """The best configuration found, `q` (7,) rad, and its errors; `success`: below 1 mm and 5 mrad and accepted."""

    success: bool
    q: Array
    position_error_m: float
    rotation_error_rad: float


def solve_arm_ik(
    model: mujoco.MjModel,
    data: mujoco.MjData,
    index: AgibotIndex,
    side: Side,
    pose_world_target: Pose | ArrayLike,
    seed_q: ArrayLike,
    rng: np.random.Generator,
    *,
    restarts: int = RESTARTS,
    is_accepted: IsAccepted | None = None,
) -> IkResult:
    """Return the configuration that puts the gripper's center link at a pose in the world; see the batched variant."""
    matrix = pose_world_target.matrix() if isinstance(pose_world_target, Pose) else np.asarray(pose_world_target, float)
    return solve_arm_ik_batch(
        model, data, index, side, matrix[None], seed_q, rng, restarts=restarts, is_accepted=is_accepted
    )[0]


def solve_arm_ik_batch(
    model: mujoco.MjModel,
    data: mujoco.MjData,
    index: AgibotIndex,
    side: Side,
    poses_world_target: ArrayLike,
    seed_q: ArrayLike,
    rng: np.random.Generator,
    *,
    restarts: int = RESTARTS,
    is_accepted: IsAccepted | None = None,
) -> list[IkResult]:
    """Return one result per target pose (n, 4, 4) of the center link in the world.

    The torso stays as it is in `data`. Each target is first descended to from `seed_q` (7,) and from the ready pose,
    then, where that fails, from up to `restarts` configurations drawn from `rng`; of the solutions of a round the one
    nearest to `seed_q` that `is_accepted` is taken. Deterministic for a given generator state.
    """
    chain = arm_chain(index.robot, side)
    mujoco.mj_kinematics(model, data)
    targets = np.linalg.inv(carrier_pose(data, index, side)) @ np.asarray(poses_world_target, float)
    seed = np.asarray(seed_q, float)
    results = [IkResult(False, np.clip(seed, chain.lower, chain.upper), np.inf, np.inf)] * len(targets)
    open_targets = np.array([k for k in range(len(targets)) if _is_within_reach(chain, targets[k])], int)
    starts = np.array([seed, chain.home])
    drawn = 0
    while len(open_targets):
        q, errors = _descend(
            chain, np.repeat(targets[open_targets], len(starts), axis=0), np.tile(starts, (len(open_targets), 1))
        )
        for row, target in enumerate(open_targets):
            lanes = slice(row * len(starts), (row + 1) * len(starts))
            results[target] = _choose(q[lanes], errors[lanes], seed, is_accepted, results[target])
        open_targets = np.array([target for target in open_targets if not results[target].success], int)
        count = min(_PER_ROUND, restarts - drawn)
        if count <= 0:
            break
        starts = rng.uniform(chain.lower, chain.upper, size=(count, 7))
        drawn += count
    return results


def descend(chain: ArmChain, pose_carrier_target: Array, start: Array) -> Array | None:
    """Return the solution (7,) reached from `start` for a pose (4, 4) in the carrier's frame, or None."""
    q, errors = _descend(chain, pose_carrier_target[None], np.asarray(start, float)[None])
    is_found = errors[0, 0] < SUCCESS_POSITION_M and errors[0, 1] < SUCCESS_ROTATION_RAD
    return np.array(q[0]) if is_found else None


def postures(chain: ArmChain, pose_carrier_target: Array, near: Array, count: int = 24) -> Array:
    """Return different solutions (n, 7) for a pose (4, 4) in the carrier's frame, the nearest to `near` first.

    Descends from `near` and from `count` points of a Kronecker lattice over the joints' ranges: no chance is involved.
    """
    ratios = np.modf(np.sqrt([2.0, 3.0, 5.0, 7.0, 11.0, 13.0, 17.0]))[0]
    lattice = np.modf(np.arange(1, count + 1)[:, None] * ratios)[0]
    starts = np.vstack([near, chain.lower + lattice * (chain.upper - chain.lower)])
    q, errors = _descend(chain, np.repeat(pose_carrier_target[None], len(starts), axis=0), starts)
    q = q[(errors[:, 0] < SUCCESS_POSITION_M) & (errors[:, 1] < SUCCESS_ROTATION_RAD)]
    return q[np.argsort(np.linalg.norm(q - near, axis=1), kind="stable")]


def _choose(q: Array, errors: Array, seed: Array, is_accepted: IsAccepted | None, best: IkResult) -> IkResult:
    """Return the accepted solution nearest to the seed among lanes (n, 7), else the most accurate one so far."""
    found = [k for k in range(len(q)) if errors[k, 0] < SUCCESS_POSITION_M and errors[k, 1] < SUCCESS_ROTATION_RAD]
    for k in sorted(found, key=lambda k: float(np.linalg.norm(q[k] - seed))):
        if is_accepted is None or is_accepted(q[k]):
            return IkResult(True, q[k], float(errors[k, 0]), float(errors[k, 1]))
    closest = int(np.argmin(errors[:, 0] + 0.2 * errors[:, 1]))
    if errors[closest, 0] + 0.2 * errors[closest, 1] < best.position_error_m + 0.2 * best.rotation_error_rad:
        return IkResult(False, q[closest], float(errors[closest, 0]), float(errors[closest, 1]))
    return best


def _descend(chain: ArmChain, targets: Array, starts: Array) -> tuple[Array, Array]:
    """Return configurations (n, 7) and errors (n, 2; m, rad) that damped least squares reaches from each start.

    dq = Jᵀ (J Jᵀ + λ² I)⁻¹ e, steps bounded, joints clamped to their limits (Wampler 1986; Nakamura, Hanafusa 1986).
    """
    q = np.clip(starts, chain.lower + LIMIT_MARGIN_RAD, chain.upper - LIMIT_MARGIN_RAD)
    errors = np.full((len(q), 2), np.inf)
    active = np.arange(len(q))
    for iteration in range(MAX_ITERATIONS + 1):
        frames = chain.frames(q[active])
        error = _error(frames, targets[active])
        errors[active] = np.linalg.norm(error.reshape(-1, 2, 3), axis=2)
        going = (errors[active, 0] > POSITION_TOLERANCE_M) | (errors[active, 1] > ROTATION_TOLERANCE_RAD)
        active, error = active[going], error[going]
        if not len(active) or iteration == MAX_ITERATIONS:
            break
        jacobian = chain.jacobian((frames[0][going], frames[1][going]))
        damping = DAMPING * np.minimum(1.0, 4 * np.linalg.norm(error, axis=1) + 0.05)
        gram = jacobian @ jacobian.swapaxes(1, 2) + (damping**2)[:, None, None] * np.eye(6)
        step = (jacobian.swapaxes(1, 2) @ np.linalg.solve(gram, error[..., None]))[..., 0]
        step *= np.minimum(1.0, MAX_STEP_RAD / np.maximum(np.abs(step).max(axis=1), 1e-9))[:, None]
        q[active] = np.clip(q[active] + step, chain.lower + LIMIT_MARGIN_RAD, chain.upper - LIMIT_MARGIN_RAD)
    return q, errors


def _error(frames: tuple[Array, Array], targets: Array) -> Array:
    """Return (dx, dy, dz, rotation vector) (n, 6) from the center link to the target, in the carrier's frame."""
    relative = targets[:, :3, :3] @ frames[0][:, 7].swapaxes(1, 2)
    return np.concatenate([targets[:, :3, 3] - frames[1][:, 7], _rotation_vectors(relative)], axis=1)


def _rotation_vectors(rotations: Array) -> Array:
    """Return rotation vectors (n, 3) of matrices (n, 3, 3), by way of quaternions: safe at half turns."""
    from scipy.spatial.transform import Rotation

    vectors: Array = Rotation.from_matrix(rotations).as_rotvec()
    return vectors


def _is_within_reach(chain: ArmChain, target: Array) -> bool:
    return bool(np.linalg.norm(target[:3, 3] - chain.shoulder) <= chain.reach)
