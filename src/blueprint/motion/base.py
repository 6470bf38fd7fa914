"""Where to stand: base poses from which the targets of tasks are within reach."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.episode import FailureReason
from blueprint.contracts.frames import Pose
from blueprint.contracts.scene import Scene
from blueprint.contracts.task import TaskSpec
from blueprint.motion.cartesian import follow
from blueprint.motion.context import PlanningError
from blueprint.motion.ik import ArmKinematics, kinematics_of
from blueprint.motion.needs import Need, grasp_need, task_need
from blueprint.motion.stances import FOOTPRINT_MARGIN_M, Target, carrier_of, stances, target_of
from blueprint.motion.standing_room import StandingRoom
from blueprint.motion.surroundings import Surroundings
from blueprint.robots.embodiment import Embodiment

__all__ = ["BaseFinder", "Standing", "choose_base"]

Array = NDArray[np.float64]

LEVEL_COSINE = 0.7
LEVEL_BELOW_SHOULDER_M = 0.035
BASES_TO_TRY = 6
BASES_FOR_ONE = 8
BASES_FOR_WISH = 24
IK_ATTEMPTS = 4
OPENING_M = 0.05
HANDLE_OPENING_M = 0.02
COMFORTABLE_EXTENSION = 0.7
FAR_M = 1.4  # no arm reaches as far as this from its base
APART_M = 0.15
HOPELESS = 1.5  # a strain that no arm stands


@dataclass(frozen=True)
class Standing:
    """A base pose (upright, world), and whether the task's hand poses are reached from it."""

    base: Pose
    reached: bool


class BaseFinder:
    """Judges bases for one arm (the first for None) of a robot in one scene.

    Draws come from `rng`: the same calls in order give the same bases.
    """

    def __init__(self, scene: Scene, embodiment: Embodiment, rng: np.random.Generator, arm: str | None = None) -> None:
        self.scene, self.embodiment, self._rng = scene, embodiment, rng
        self.kinematics = kinematics_of(embodiment.name, arm)
        self._room = StandingRoom(scene, embodiment.pedestal_half_width_m + FOOTPRINT_MARGIN_M)
        self._around = Surroundings(scene, embodiment, arm)
        self._home_points = self.kinematics.link_positions(self.kinematics.home)

    def choose(self, tasks: Sequence[TaskSpec]) -> list[Standing]:
        """Return where to stand for each task, in order, with as few different bases as possible.

        Candidates stand on each side of the furniture that carries the targets, facing it, where the pedestal's
        footprint is free and on floor that one gets to. Reach is judged by inverse kinematics of a few grasps and of
        the goal. Raises PlanningError UNREACHABLE where no candidate is free.
        """
        targets = [target_of(self.scene, task) for task in tasks]
        candidates = self._stances(targets)
        if not candidates:
            text = f"scene {self.scene.scene_id} has no free place for the robot's base"
            raise PlanningError(FailureReason.UNREACHABLE, text)
        needs = [task_need(self.scene, task, self.embodiment) for task in tasks]
        strains = np.stack(
            [self._strains(need, candidates) for need in needs],
            axis=1,
        )
        carriers = len({carrier_of(self.scene, target.object_id) for target in targets})
        kept = _most_comfortable(strains, BASES_TO_TRY * min(carriers, 3))
        reached = {
            index: {k for k, need in enumerate(needs) if strains[index, k] < HOPELESS and self._is_met(need, base)}
            for index, base in ((index, candidates[index]) for index in kept)
        }
        chosen: dict[int, Standing] = {}
        while len(chosen) < len(needs):
            left = set(range(len(needs))) - set(chosen)
            winner = max(reached, key=lambda index: len(reached[index] & left))  # the first of the best
            covered = reached[winner] & left
            if covered:
                chosen.update(dict.fromkeys(covered, Standing(candidates[winner], True)))
            else:
                alone = min(left)
                chosen[alone] = self._own_base(needs[alone], strains[:, alone], candidates)
        return [chosen[k] for k in range(len(tasks))]

    def bases_for(self, task: TaskSpec, limit: int) -> list[Pose]:
        """Return up to `limit` clearly different bases from which a task's hand poses are reached, best first."""
        return self.bases_meeting(task_need(self.scene, task, self.embodiment), [target_of(self.scene, task)], limit)

    def bases_meeting(self, need: Need, targets: Sequence[Target], limit: int) -> list[Pose]:
        """Return up to `limit` clearly different bases beside `targets` from which a need is met, best first."""
        candidates = self._stances(targets)
        found: list[Pose] = []
        for base in self._by_strain(need, candidates, BASES_FOR_WISH):
            if len(found) == limit:
                break
            if all(_distance(base, other) > APART_M for other in found) and self._is_met(need, base):
                found.append(base)
        return found

    def meets(self, need: Need, base: Pose) -> bool:
        """Return whether a need is met from a base."""
        return self._is_met(need, base)

    def can_grasp(self, object_id: str, bases: Sequence[Pose] = ()) -> bool:
        """Return whether the hand gets to a grasp of a thing from one of `bases`, or from one of its own."""
        need = grasp_need(self.scene, object_id, self.embodiment)
        position = np.array(self.scene.pose_world_object(object_id).position)
        if need.chains and self.scene.asset(object_id).is_articulated:
            position = need.chains[0][0][:3, 3]
        if any(self._is_met(need, base) for base in self._by_strain(need, bases, 3)):
            return True
        own = self._stances([Target(object_id, position)])
        return any(self._is_met(need, base) for base in self._by_strain(need, own, BASES_FOR_ONE))

    def strains(self, tasks: Sequence[TaskSpec]) -> Array:
        """Return for each task (n,) how far the arm is from a comfortable stretch at its best base, before any inverse
        kinematics: above 0.3 it is too short."""
        candidates = self._stances([target_of(self.scene, task) for task in tasks])
        needs = [task_need(self.scene, task, self.embodiment) for task in tasks]
        return np.array([self._strains(need, candidates).min(initial=np.inf) for need in needs])

    def _stances(self, targets: Sequence[Target]) -> list[Pose]:
        half, height = self.embodiment.pedestal_half_width_m, self.embodiment.base_height_m
        return stances(self.scene, targets, self._room, half, self._home_points, height)

    def _own_base(self, need: Need, strains: Array, candidates: Sequence[Pose]) -> Standing:
        """Return the least strained base from which one need is met, else the least strained of all."""
        nearest = [int(index) for index in np.argsort(strains, kind="stable")[:BASES_FOR_ONE]]
        for index in nearest:
            if strains[index] < HOPELESS and self._is_met(need, candidates[index]):
                return Standing(candidates[index], True)
        return Standing(candidates[nearest[0]], False)

    def _by_strain(self, need: Need, candidates: Sequence[Pose], limit: int) -> list[Pose]:
        """Return the least strained candidates from which a need may be met."""
        if not candidates:
            return []
        strains = self._strains(need, candidates)
        order = np.argsort(strains, kind="stable")[:limit]
        return [candidates[int(index)] for index in order if strains[index] < HOPELESS]

    def _strains(self, need: Need, candidates: Sequence[Pose]) -> Array:
        """Return how far the worst of the needed hand poses is from a comfortable stretch of the arm, per candidate.

        The best chain of a need counts, the worst of its parts. Candidates that are too far away have 10.
        """
        if need.parts:
            return np.max([self._strains(part, candidates) for part in need.parts], axis=0)
        result = np.full(len(candidates), 10.0)
        if not need.chains or not candidates:
            return result
        at = np.array([base.position[:2] for base in candidates])
        first = np.stack([chain[0] for chain in need.chains])[:, :2, 3].mean(axis=0)
        near = np.flatnonzero(np.linalg.norm(at - first, axis=1) < FAR_M)
        if not len(near):
            return result
        to_bases = np.array([candidates[int(index)].inverse().matrix() for index in near])
        best = np.full(len(near), np.inf)
        for chain in need.chains:
            poses = to_bases[:, None] @ np.stack(chain)
            best = np.minimum(best, _pose_strains(poses, self.kinematics).max(axis=1))
        result[near] = best
        return result

    def _is_met(self, need: Need, base: Pose) -> bool:
        if need.parts:
            return all(self._is_met(part, base) for part in need.parts)
        to_base = base.inverse().matrix()
        self._around.place(base)
        return any(self._is_chain_met(need, chain, to_base) for chain in need.chains)

    def _is_chain_met(self, need: Need, chain: Sequence[Array], to_base: Array) -> bool:
        kinematics, around, home = self.kinematics, self._around, self.kinematics.home
        poses = [to_base @ pose for pose in chain]
        if any(abs(pose[2, 2]) < LEVEL_COSINE and pose[0, 2] < 0.0 for pose in poses):
            return False
        if not all(kinematics.is_within_reach(pose) for pose in poses):
            return False
        if not need.continuous:

            def is_free(q: Array) -> bool:
                return around.is_free(q, OPENING_M, need.touched)

            return all(kinematics.reaches(pose, home, self._rng, is_free, IK_ATTEMPTS) for pose in poses)
        for start in kinematics.solutions(poses[0], home, self._rng, attempts=IK_ATTEMPTS):
            path = follow(kinematics, start, poses[1:])
            if path is not None and self._is_free_along(need, path):
                return True
        return False

    def _is_free_along(self, need: Need, path: Array) -> bool:
        try:
            for q, pose in zip(path, need.along, strict=True):
                self._around.move(need.moving, pose)
                if not self._around.is_free(q, HANDLE_OPENING_M):
                    return False
            return True
        finally:
            self._around.move(need.moving, need.closed)


def choose_base(scene: Scene, tasks: list[TaskSpec], embodiment: Embodiment, rng: np.random.Generator) -> list[Pose]:
    """Return one base pose (upright, world) per task, in the order of `tasks`; see `BaseFinder.choose`."""
    return [standing.base for standing in BaseFinder(scene, embodiment, rng).choose(tasks)]


def _most_comfortable(strains: Array, limit: int) -> list[int]:
    """Return the few candidates (rows) from which most needs (columns) are well within the arm's length.

    After the best one, each further candidate is the best for the needs that are still open, so that a drawer and a
    table top may each have theirs.
    """
    comforts = np.exp(-np.square(strains / 0.25))
    kept: list[int] = []
    best_so_far = np.zeros(strains.shape[1])
    for _ in range(min(limit, len(strains))):
        gains = np.maximum(comforts, best_so_far).sum(axis=1) + 0.25 * comforts.sum(axis=1)
        gains[kept] = -np.inf
        kept.append(int(np.argmax(gains)))
        best_so_far = np.maximum(best_so_far, comforts[kept[-1]])
    return kept


def _pose_strains(poses_base_grasp: Array, kinematics: ArmKinematics) -> Array:
    """How far from a comfortable stretch; a level hand should point away from the base, at about shoulder height."""
    strain = np.abs(kinematics.extension(poses_base_grasp) - COMFORTABLE_EXTENSION)
    turned = np.maximum(0.0, 0.8 - poses_base_grasp[..., 0, 2])
    level = kinematics.shoulder[2] - LEVEL_BELOW_SHOULDER_M
    turned += 0.5 * np.abs(poses_base_grasp[..., 2, 3] - level)
    return strain + np.where(np.abs(poses_base_grasp[..., 2, 2]) < LEVEL_COSINE, turned, 0.0)


def _distance(first: Pose, second: Pose) -> float:
    return float(np.linalg.norm(np.subtract(first.position, second.position)))
