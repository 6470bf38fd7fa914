"""Before a task is tried: does an arm reach what it needs, and if not, by how much does the nearest pose miss?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.scene import Scene
from blueprint.contracts.seeds import rng_for
from blueprint.contracts.task import TaskSpec
from blueprint.motion.ik import ArmKinematics, kinematics_of
from blueprint.motion.needs import Need, task_need
from blueprint.robots.embodiment import Embodiment

__all__ = ["ArmReach", "ReachReport", "nearest_miss", "reach_report"]

Array = NDArray[np.float64]

ROTATION_WEIGHT_M = 0.1  # a miss by 1 rad counts as much as one by 10 cm
STARTS = 3
MAX_EVALUATIONS = 40
MAX_CHAINS = 4
MAX_POSES = 6  # of a continuous chain; its ends are among them


@dataclass(frozen=True)
class ArmReach:
    """How near one arm comes to the hand pose that it reaches worst, of the way of doing the task that suits it best.

    `miss_mm` and `miss_deg` are 0 where everything is reached; `pose` counts the hand poses of the task from 0.
    """

    arm: str
    miss_mm: float
    miss_deg: float
    pose: int = 0

    @property
    def reached(self) -> bool:
        return self.miss_mm == 0.0 and self.miss_deg == 0.0


@dataclass(frozen=True)
class ReachReport:
    """One entry per arm that may do the task: the arm that it names, else all, in the robot's order."""

    task_id: str
    embodiment: str
    arms: tuple[ArmReach, ...]

    @property
    def nearest(self) -> ArmReach:
        """The arm that misses least."""
        return min(self.arms, key=lambda item: item.miss_mm / 1000 + ROTATION_WEIGHT_M * np.deg2rad(item.miss_deg))

    @property
    def reached(self) -> bool:
        return self.nearest.reached

    @property
    def text(self) -> str:
        """The report in one sentence."""
        best = self.nearest
        if best.miss_mm == float("inf"):
            return f"no hand of {self.embodiment} has a grasp for {self.task_id}"
        if best.reached:
            return f"arm {best.arm} reaches every hand pose of {self.task_id}"
        return (
            f"no arm reaches {self.task_id}: arm {best.arm} comes nearest and misses hand pose {best.pose + 1} "
            f"by {best.miss_mm:.0f} mm and {best.miss_deg:.0f} degrees"
        )


def reach_report(scene: Scene, task: TaskSpec, embodiment: Embodiment) -> ReachReport:
    """Return how well the arms reach a task's hand poses from its base, by kinematics alone.

    Of a task of several steps every step counts, and the one that is reached worst is reported. Obstacles do not count
    here: an arm that reaches may still be in the way of something. The search is seeded by the task's id, so that the
    same task gets the same figures.
    """
    arms = [embodiment.arm(task.arm)] if task.arm is not None else embodiment.arms
    need = task_need(scene, task, embodiment)
    to_base = task.pose_world_base.inverse().matrix()
    found = []
    for arm in arms:
        rng = rng_for(0, "reach_report", task.task_id, arm.name)
        kinematics = kinematics_of(embodiment.name, arm.name)
        parts = [_best_chain(kinematics, part, to_base, rng) for part in need.parts or (need,)]
        found.append(max(parts, key=_cost))
    return ReachReport(task.task_id, embodiment.name, tuple(found))


def _best_chain(kinematics: ArmKinematics, need: Need, to_base: Array, rng: np.random.Generator) -> ArmReach:
    """Return the worst pose of the chain of hand poses that is missed least."""
    name = kinematics.arm.name
    best = ArmReach(name, float("inf"), 180.0)
    for chain in need.chains[:MAX_CHAINS]:
        worst = ArmReach(name, 0.0, 0.0)
        for number in np.unique(np.linspace(0, len(chain) - 1, min(len(chain), MAX_POSES)).astype(int)):
            miss_m, miss_rad = nearest_miss(kinematics, to_base @ chain[number], rng)
            reach = ArmReach(name, round(1000 * miss_m, 1), round(float(np.rad2deg(miss_rad)), 1), int(number))
            worst = max(worst, reach, key=_cost)
        best = min(best, worst, key=_cost)
        if best.reached:
            break
    return best


def nearest_miss(kinematics: ArmKinematics, pose_base_grasp: Array, rng: np.random.Generator) -> tuple[float, float]:
    """Return by how much the nearest configuration misses a pose (4, 4), in m and rad; (0, 0) where one reaches it.

    Bounded least squares (trust region reflective) from home and from random configurations; a rotation by 1 rad
    weighs as much as 10 cm.
    """
    from scipy.optimize import least_squares

    home = kinematics.home
    if kinematics.solutions(pose_base_grasp, home, rng, attempts=STARTS):
        return 0.0, 0.0

    def residual(q: Array) -> Array:
        error = _error(kinematics.forward(q), pose_base_grasp)
        error[3:] *= ROTATION_WEIGHT_M
        return error

    best: tuple[float, Array] = (float("inf"), np.zeros(6))

    def slope(q: Array) -> Array:
        error = _error(kinematics.forward(q), pose_base_grasp)
        jacobian = -kinematics.jacobian(q)
        jacobian[3:] = ROTATION_WEIGHT_M * _inverse_right_jacobian(error[3:]) @ jacobian[3:]
        return jacobian

    for start in [home, *rng.uniform(kinematics.lower, kinematics.upper, size=(STARTS - 1, len(home)))]:
        inside = np.clip(start, kinematics.lower + 1e-6, kinematics.upper - 1e-6)
        result = least_squares(
            residual, inside, slope, bounds=(kinematics.lower, kinematics.upper), max_nfev=MAX_EVALUATIONS
        )
        if result.cost < best[0]:
            best = (float(result.cost), np.asarray(result.fun))
    miss = best[1]
    return float(np.linalg.norm(miss[:3])), float(np.linalg.norm(miss[3:])) / ROTATION_WEIGHT_M


def _error(pose: Array, wanted: Array) -> Array:
    """Return (dx, dy, dz m, rotation vector rad) from a pose to the wanted one, (6,)."""
    from scipy.spatial.transform import Rotation

    turn = Rotation.from_matrix(wanted[:3, :3] @ pose[:3, :3].T).as_rotvec()
    return np.concatenate([wanted[:3, 3] - pose[:3, 3], turn])


def _inverse_right_jacobian(turn: Array) -> Array:
    """Return d log(R exp(w)) / dw (3, 3) at w = 0 for R = exp(turn) (Chirikjian 2011, 10.86)."""
    x, y, z = turn
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    angle = float(np.linalg.norm(turn))
    factor = 1 / 12 if angle < 1e-3 else 1 / angle**2 - 1 / (2 * angle * np.tan(angle / 2))
    jacobian: Array = np.eye(3) + cross / 2 + factor * cross @ cross
    return jacobian


def _cost(reach: ArmReach) -> float:
    return reach.miss_mm / 1000 + ROTATION_WEIGHT_M * float(np.deg2rad(reach.miss_deg))
