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


class ArmKinematics:
    """Kinematics of the grasp frame of one embodiment. Poses are 4×4 matrices `base ← grasp`, q is (7,) rad."""

    def __init__(self, embodiment: Embodiment) -> None:
        spec = mujoco.MjSpec()
        embodiment.attach(spec, IDENTITY)
        self.embodiment = embodiment
        self.lower = embodiment.lower + LIMIT_MARGIN_RAD
        self.upper = embodiment.upper - LIMIT_MARGIN_RAD
        self._model = spec.compile()
        self._data = mujoco.MjData(self._model)
        self._index = embodiment.index(self._model)
        self._jacobian = np.zeros((6, self._model.nv))

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
        moving = [body for body in sorted(self._index.bodies) if self._model.body_weldid[body] != 0]
        return np.vstack([self._data.xpos[moving], self._data.site_xpos[self._index.grasp_site]])

    def jacobian(self, q: Array) -> Array:
        """Return d(position m, rotation rad)/dq, (6, 7), in the base frame."""
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
        starts = [near, self.embodiment.home_qpos]
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
        starts = [near, self.embodiment.home_qpos] if not np.array_equal(near, self.embodiment.home_qpos) else [near]
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
        return np.linalg.norm(_wrist(pose_base_grasp) - _SHOULDER, axis=-1) / self._longest

    @cached_property
    def _longest(self) -> float:
        """The largest distance from shoulder to wrist over 2000 seeded random configurations, m."""
        samples = np.random.default_rng(0).uniform(self.lower, self.upper, size=(2000, len(self.lower)))
        return max(float(np.linalg.norm(_wrist(self.forward(q)) - _SHOULDER)) for q in samples)

    def _move(self, q: Array) -> None:
        self._data.qpos[self._index.arm_qpos] = q
        mujoco.mj_kinematics(self._model, self._data)
        mujoco.mj_comPos(self._model, self._data)

    def _site_jacobian(self) -> Array:
        full = self._jacobian
        mujoco.mj_jacSite(self._model, self._data, full[:3], full[3:], self._index.grasp_site)
        return full[:, self._index.arm_dof]

    def _error(self, q: Array, pose_base_grasp: Array) -> Array:
        """Return (dx, dy, dz, rotation vector) from the frame at q to the wanted one, in the base frame."""
        self._move(q)
        rotation = self._data.site_xmat[self._index.grasp_site].reshape(3, 3)
        relative = pose_base_grasp[:3, :3] @ rotation.T
        return np.concatenate(
            [pose_base_grasp[:3, 3] - self._data.site_xpos[self._index.grasp_site], _rotation_vector(relative)]
        )


_SHOULDER = np.array([0.0, 0.0, 0.335])  # above the base, in both arms within 1 cm
_TOOL_M = 0.2  # from the wrist to the grasp frame, in both arms within 1 cm


def _wrist(pose_base_grasp: Array) -> Array:
    point: Array = pose_base_grasp[..., :3, 3] - _TOOL_M * pose_base_grasp[..., :3, 2]
    return point


@lru_cache
def kinematics_of(embodiment_name: str) -> ArmKinematics:
    """Return the (shared, per process) kinematics of an embodiment."""
    from blueprint.robots.embodiment import load_embodiment

    return ArmKinematics(load_embodiment(embodiment_name))


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
