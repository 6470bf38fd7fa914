"""Forward and inverse kinematics of an arm alone, in its base frame."""

from collections.abc import Callable
from functools import cached_property, lru_cache

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.frames import IDENTITY
from blueprint.robots.embodiment import Embodiment

__all__ = ["ArmKinematics", "kinematics_of"]

Array = NDArray[np.float64]

POSITION_TOLERANCE_M = 2e-4
ROTATION_TOLERANCE_RAD = 1e-3
LIMIT_MARGIN_RAD = 0.02
DAMPING = 0.02
MAX_STEP_RAD = 0.4
MAX_ITERATIONS = 60
PARALLEL = 1e-3  # sin² of the angle between two axes that count as parallel


class ArmKinematics:
    """Kinematics of the grasp frame of one arm (the first for None) of an embodiment, the others at their homes.

    Poses are 4×4 matrices `base ← grasp`, where base is that of the robot, q is (n,) rad.
    """

    def __init__(self, embodiment: Embodiment, arm: str | None = None) -> None:
        spec = mujoco.MjSpec()
        embodiment.attach(spec, IDENTITY)
        self.embodiment = embodiment
        self.arm = embodiment.arm(arm)
        self.home = self.arm.home_qpos
        self.lower = self.arm.lower + LIMIT_MARGIN_RAD
        self.upper = self.arm.upper - LIMIT_MARGIN_RAD
        self._model = spec.compile()
        self._data = mujoco.MjData(self._model)
        index = embodiment.index(self._model)
        embodiment.set_state(index, self._data, embodiment.home_action)
        self._bodies, self._index = index.bodies, index.arm(self.arm.name)
        self._jacobian = np.zeros((6, self._model.nv))
        self.shoulder, self._tool_m = self._measure()

    def forward(self, q: Array) -> Array:
        """Return the pose (4, 4) of the grasp frame in the base frame."""
        self._move(q)
        pose = np.eye(4)
        pose[:3, :3] = self._data.site_xmat[self._index.grasp_site].reshape(3, 3)
        pose[:3, 3] = self._data.site_xpos[self._index.grasp_site]
        return pose

    def link_positions(self, q: Array) -> Array:
        """Return the origins (n, 3) of the moving links and of the grasp frame in the base frame, m."""
        self._move(q)
        moving = [body for body in sorted(self._bodies) if self._model.body_weldid[body] != 0]
        return np.vstack([self._data.xpos[moving], self._data.site_xpos[self._index.grasp_site]])

    def jacobian(self, q: Array) -> Array:
        """Return d(position m, rotation rad)/dq, (6, n), in the base frame."""
        self._move(q)
        return self._site_jacobian()

    def descend(self, pose_base_grasp: Array, start: Array, max_iterations: int = MAX_ITERATIONS) -> Array | None:
        """Return the solution that damped least squares reaches from `start`, or None.

        dq = Jᵀ (J Jᵀ + λ² I)⁻¹ e with the step bounded and joints clamped 0.02 rad inside their limits
        (Wampler 1986; Nakamura and Hanafusa 1986). Accurate to 0.2 mm and 1 mrad.
        """
        q = np.clip(start, self.lower, self.upper)
        for _ in range(max_iterations):
            error = self._error(q, pose_base_grasp)
            if np.linalg.norm(error[:3]) < POSITION_TOLERANCE_M and np.linalg.norm(error[3:]) < ROTATION_TOLERANCE_RAD:
                return q
            jacobian = self._site_jacobian()
            damping = DAMPING * min(1.0, float(np.linalg.norm(error)) * 4 + 0.05)
            step = jacobian.T @ np.linalg.solve(jacobian @ jacobian.T + damping**2 * np.eye(6), error)
            largest = np.abs(step).max()
            q = np.clip(q + step * min(1.0, MAX_STEP_RAD / max(largest, 1e-9)), self.lower, self.upper)
        return None

    def solutions(
        self, pose_base_grasp: Array, near: Array, rng: np.random.Generator, attempts: int = 8
    ) -> list[Array]:
        """Return different solutions, nearest to `near` first.

        Descends from `near`, from home and from random configurations drawn from `rng`, `attempts` in all.
        """
        if not self.is_within_reach(pose_base_grasp):
            return []
        starts = [near, self.home]
        starts += list(rng.uniform(self.lower, self.upper, size=(max(0, attempts - 2), len(near))))
        found: list[Array] = []
        for start in starts[:attempts]:
            q = self.descend(pose_base_grasp, start)
            if q is not None and all(np.abs(q - other).max() > 0.05 for other in found):
                found.append(q)
        return sorted(found, key=lambda q: float(np.linalg.norm(q - near)))

    def reaches(
        self,
        pose_base_grasp: Array,
        near: Array,
        rng: np.random.Generator,
        is_accepted: Callable[[Array], bool],
        attempts: int = 8,
    ) -> bool:
        """Return whether one of the solutions that `solutions` would look for is accepted; stops at the first."""
        if not self.is_within_reach(pose_base_grasp):
            return False
        starts = [near, self.home] if not np.array_equal(near, self.home) else [near]
        for attempt in range(attempts):
            start = starts[attempt] if attempt < len(starts) else rng.uniform(self.lower, self.upper)
            q = self.descend(pose_base_grasp, start)
            if q is not None and is_accepted(q):
                return True
        return False

    def is_within_reach(self, pose_base_grasp: Array) -> bool:
        """Return whether the wrist is no farther from the shoulder than the arm can be: a cheap first test."""
        return bool(self.extension(pose_base_grasp) < 1.0)

    def extension(self, pose_base_grasp: Array) -> Array:
        """Return how far the arm must stretch for grasp poses (..., 4, 4), (...): 1 is the farthest that it can."""
        return np.linalg.norm(self._wrist(pose_base_grasp) - self.shoulder, axis=-1) / self._longest

    @cached_property
    def _longest(self) -> float:
        """The largest distance from shoulder to wrist over 2000 seeded random configurations, m."""
        samples = np.random.default_rng(0).uniform(self.lower, self.upper, size=(2000, len(self.lower)))
        return max(float(np.linalg.norm(self._wrist(self.forward(q)) - self.shoulder)) for q in samples)

    def _measure(self) -> tuple[Array, float]:
        """Return where the shoulder is (3,), and how far along its Z the grasp frame is from the wrist, m.

        The shoulder is the point on the axis of the first joint that is nearest to the axis of the second; the wrist
        is as high on the hand's axis as the last joint but one.
        """
        self._move(self.home)
        data, joints = self._data, self._model.dof_jntid[self._index.dof]
        (first, second, *_), before_last = joints, joints[-2]
        u, v = data.xaxis[first], data.xaxis[second]
        between = data.xanchor[second] - data.xanchor[first]
        cosine = float(u @ v)
        along = float(u @ between)
        if 1.0 - cosine**2 > PARALLEL:
            along = (along - cosine * float(v @ between)) / (1.0 - cosine**2)
        site = self._index.grasp_site
        tool = data.site_xmat[site].reshape(3, 3)[:, 2] @ (data.site_xpos[site] - data.xanchor[before_last])
        return data.xanchor[first] + along * u, float(tool)

    def _wrist(self, pose_base_grasp: Array) -> Array:
        point: Array = pose_base_grasp[..., :3, 3] - self._tool_m * pose_base_grasp[..., :3, 2]
        return point

    def _move(self, q: Array) -> None:
        self._data.qpos[self._index.qpos] = q
        mujoco.mj_kinematics(self._model, self._data)
        mujoco.mj_comPos(self._model, self._data)

    def _site_jacobian(self) -> Array:
        full = self._jacobian
        mujoco.mj_jacSite(self._model, self._data, full[:3], full[3:], self._index.grasp_site)
        return full[:, self._index.dof]

    def _error(self, q: Array, pose_base_grasp: Array) -> Array:
        """Return (dx, dy, dz, rotation vector) from the frame at q to the wanted one, in the base frame."""
        self._move(q)
        rotation = self._data.site_xmat[self._index.grasp_site].reshape(3, 3)
        relative = pose_base_grasp[:3, :3] @ rotation.T
        return np.concatenate(
            [pose_base_grasp[:3, 3] - self._data.site_xpos[self._index.grasp_site], _rotation_vector(relative)]
        )


def kinematics_of(embodiment_name: str, arm: str | None = None) -> ArmKinematics:
    """Return the (shared, per process) kinematics of an arm of an embodiment, the first for None."""
    from blueprint.robots.embodiment import load_embodiment

    return _kinematics(embodiment_name, load_embodiment(embodiment_name).arm(arm).name)


@lru_cache
def _kinematics(embodiment_name: str, arm: str) -> ArmKinematics:
    from blueprint.robots.embodiment import load_embodiment

    return ArmKinematics(load_embodiment(embodiment_name), arm)


def _rotation_vector(rotation: Array) -> Array:
    axis = np.array([rotation[2, 1] - rotation[1, 2], rotation[0, 2] - rotation[2, 0], rotation[1, 0] - rotation[0, 1]])
    sine, cosine = np.linalg.norm(axis) / 2, (np.trace(rotation) - 1) / 2
    if sine < 1e-9:
        if cosine > 0:
            return axis / 2
        # Half a turn: the axis is an eigenvector of R for eigenvalue 1.
        column = int(np.argmax(np.diag(rotation)))
        direction = (rotation + np.eye(3))[:, column]
        return np.pi * direction / np.linalg.norm(direction)
    return axis / (2 * sine) * np.arctan2(sine, cosine)
