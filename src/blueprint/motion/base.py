"""Where to stand: base poses from which the targets of tasks are within reach."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import AssetModel, Link
from blueprint.contracts.episode import FailureReason
from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.contracts.scene import Scene
from blueprint.contracts.task import JointGoal, PlaceGoal, TaskSpec
from blueprint.motion.articulate import joint_motion
from blueprint.motion.cartesian import follow
from blueprint.motion.context import PlanningError, body_name
from blueprint.motion.grasps import grasp_candidates, handle_candidates
from blueprint.motion.ik import ArmKinematics, kinematics_of
from blueprint.motion.standing_room import StandingRoom
from blueprint.motion.surroundings import Surroundings
from blueprint.robots.embodiment import Embodiment

__all__ = ["choose_base", "reachable_tasks"]

Array = NDArray[np.float64]

STAND_OFFS_M = (
    0.15,
    0.20,
    0.30,
    0.42,
    0.54,
    0.66,
)  # from the targets' nearest edge of the furniture to the base's centre
SIDE_SHIFTS_M = (0.0, -0.2, 0.2, -0.4, 0.4)
DROPS_M = (0.0, 0.2, 0.4, 0.6)
GRASPS_PER_TARGET = 4
GRASPS_PER_HANDLE = 10
GRASPS_PER_SHELF = 24
SHELF_HEADROOM_M = 0.45
LEVEL_COSINE = 0.7
LEVEL_HEIGHT_M = 0.3
BASES_TO_TRY = 6
BASES_FOR_ONE = 8
JOINT_STEPS = 24
IK_ATTEMPTS = 4
OPENING_M = 0.05
HANDLE_OPENING_M = 0.02
COMFORTABLE_EXTENSION = 0.7
FOOTPRINT_MARGIN_M = 0.03


@dataclass(frozen=True)
class _Need:
    """What a task needs: all hand poses (4, 4, world) of at least one chain, reached without a jump if `continuous`.

    `touched` are the bodies that the hand is to touch, or that are not where they stand at first. A door or drawer
    `moving` is at `along` (4, 4, world), pose by pose of a chain.
    """

    task_id: str
    chains: tuple[tuple[Array, ...], ...]
    continuous: bool
    touched: frozenset[str] = frozenset()
    moving: str = ""
    along: tuple[Array, ...] = ()
    closed: Array = field(default_factory=lambda: np.eye(4))


def choose_base(scene: Scene, tasks: list[TaskSpec], embodiment: Embodiment, rng: np.random.Generator) -> list[Pose]:
    """Return one base pose (upright, world) per task, in the order of `tasks`, with as few different ones as possible.

    Candidates stand on each side of the furniture that carries the targets, facing it, where the pedestal's footprint
    is free and on the connected floor of the room. Reach is judged by inverse kinematics of a few grasps and of the
    goal. Raises PlanningError UNREACHABLE where no candidate is free.
    """
    kinematics = kinematics_of(embodiment.name)
    needs = [_need(scene, task, embodiment, kinematics) for task in tasks]
    room = StandingRoom(scene, embodiment.pedestal_half_width_m + FOOTPRINT_MARGIN_M)
    home = kinematics.link_positions(embodiment.home_qpos)
    candidates = [base for base in _candidates(scene, tasks, room, embodiment) if room.is_clear(base.apply(home))]
    if not candidates:
        raise PlanningError(FailureReason.UNREACHABLE, f"scene {scene.scene_id} has no free place for the robot's base")
    to_bases = np.array([candidate.inverse().matrix() for candidate in candidates])
    strains = np.stack([_strains(need, to_bases, kinematics) for need in needs], axis=1)
    around = Surroundings(scene, embodiment)
    kept = _most_comfortable(strains)
    reached = {
        index: {k for k, need in enumerate(needs) if _is_met(need, candidates[index], kinematics, around, rng)}
        for index in kept
    }
    chosen: dict[int, Pose] = {}
    while len(chosen) < len(needs):
        left = set(range(len(needs))) - set(chosen)
        winner = max(reached, key=lambda index: len(reached[index] & left))  # the first of the best
        covered = reached[winner] & left
        if not covered:
            covered = {min(left)}
            winner = _own_base(needs[min(left)], strains[:, min(left)], candidates, kinematics, around, rng)
        chosen.update(dict.fromkeys(covered, candidates[winner]))
    return [chosen[k] for k in range(len(tasks))]


def _own_base(
    need: _Need,
    strains: Array,
    candidates: list[Pose],
    kinematics: ArmKinematics,
    around: Surroundings,
    rng: np.random.Generator,
) -> int:
    """Return the least strained base from which one need is met, else the least strained of all."""
    nearest = [int(index) for index in np.argsort(strains, kind="stable")[:BASES_FOR_ONE]]
    return next((at for at in nearest if _is_met(need, candidates[at], kinematics, around, rng)), nearest[0])


def reachable_tasks(
    scene: Scene, tasks: list[TaskSpec], embodiment: Embodiment, rng: np.random.Generator
) -> list[bool]:
    """Return for every task whether its grasp and goal are within reach of its own base pose."""
    kinematics = kinematics_of(embodiment.name)
    around = Surroundings(scene, embodiment)
    return [
        _is_met(
            _need(scene, task, embodiment, kinematics),
            task.pose_world_base,
            kinematics,
            around,
            rng,
        )
        for task in tasks
    ]


def _most_comfortable(strains: Array) -> list[int]:
    """Return the few candidates (rows) from which most needs (columns) are well within the arm's length.

    After the best one, each further candidate is the best for the needs that are still open, so that a drawer and a
    table top may each have theirs.
    """
    comforts = np.exp(-np.square(strains / 0.25))
    kept: list[int] = []
    best_so_far = np.zeros(strains.shape[1])
    for _ in range(min(BASES_TO_TRY, len(strains))):
        gains = np.maximum(comforts, best_so_far).sum(axis=1) + 0.25 * comforts.sum(axis=1)
        gains[kept] = -np.inf
        kept.append(int(np.argmax(gains)))
        best_so_far = np.maximum(best_so_far, comforts[kept[-1]])
    return kept


def _strains(need: _Need, to_bases: Array, kinematics: ArmKinematics) -> Array:
    """Return how far the worst of the needed hand poses is from a comfortable stretch of the arm, for every base.

    `to_bases` are (n, 4, 4), the world in the frames of the bases; the best chain of a need counts.
    """
    best = np.ones(len(to_bases)) if not need.chains else np.full(len(to_bases), np.inf)
    for chain in need.chains:
        poses = to_bases[:, None] @ np.stack(chain)
        best = np.minimum(best, _pose_strains(poses, kinematics).max(axis=1))
    return best


def _pose_strains(poses_base_grasp: Array, kinematics: ArmKinematics) -> Array:
    """How far from a comfortable stretch; a level hand should point away from the base, at about shoulder height."""
    strain = np.abs(kinematics.extension(poses_base_grasp) - COMFORTABLE_EXTENSION)
    turned = np.maximum(0.0, 0.8 - poses_base_grasp[..., 0, 2])
    turned += 0.5 * np.abs(poses_base_grasp[..., 2, 3] - LEVEL_HEIGHT_M)
    return strain + np.where(np.abs(poses_base_grasp[..., 2, 2]) < LEVEL_COSINE, turned, 0.0)


def _is_met(need: _Need, base: Pose, kinematics: ArmKinematics, around: Surroundings, rng: np.random.Generator) -> bool:
    to_base = base.inverse().matrix()
    home = kinematics.embodiment.home_qpos
    around.place(base)

    def solutions(pose: Array) -> list[Array]:
        found = kinematics.solutions(pose, home, rng, attempts=IK_ATTEMPTS)
        return [q for q in found if around.is_free(q, OPENING_M, need.touched)]

    def is_free_along(path: Array) -> bool:
        for q, pose in zip(path, need.along, strict=True):
            around.move(need.moving, pose)
            if not around.is_free(q, HANDLE_OPENING_M):
                return False
        return True

    for chain in need.chains:
        poses = [to_base @ pose for pose in chain]
        if any(abs(pose[2, 2]) < LEVEL_COSINE and pose[0, 2] < 0.0 for pose in poses):
            continue
        if need.continuous:
            starts = kinematics.solutions(poses[0], home, rng, attempts=IK_ATTEMPTS)
            paths = (follow(kinematics, q, poses[1:]) for q in starts)
            met = any(path is not None and is_free_along(path) for path in paths)
            around.move(need.moving, need.closed)
        else:
            met = all(solutions(pose) for pose in poses)
        if met:
            return True
    return False


def _need(scene: Scene, task: TaskSpec, embodiment: Embodiment, kinematics: ArmKinematics) -> _Need:
    target = task.target_object
    asset = scene.asset(target)
    pose = scene.pose_world_object(target).matrix()
    if isinstance(task.goal, JointGoal):
        joint = task.goal.joint
        link = next(link for link in asset.links if link.joint and link.joint.name == joint)
        start = task.initial_joints.get(f"{target}/{joint}", 0.0)
        grasps = handle_candidates(asset, link.name, embodiment.opening_max_m)[:GRASPS_PER_HANDLE]
        values = np.linspace(start, task.goal.value, JOINT_STEPS)
        link_poses_along = [pose @ link_pose_at(asset, link, value) for value in values]
        chains = [tuple(along @ grasp.pose_link_grasp for along in link_poses_along) for grasp in grasps]
        return _Need(
            task.task_id,
            tuple(chains),
            continuous=True,
            moving=body_name(target, link),
            along=tuple(link_poses_along),
            closed=pose @ link_pose_at(asset, link, 0.0),
        )
    assert isinstance(task.goal, PlaceGoal)
    home = np.eye(4)
    home[:3, :3] = np.diag([1.0, -1.0, -1.0])
    poses = {link.name: pose @ link_pose_at(asset, link, 0.0) for link in asset.links}
    grasps = grasp_candidates(asset, poses, home, embodiment.opening_max_m)
    if _headroom(scene, target) < SHELF_HEADROOM_M:
        level = [grasp for grasp in grasps if (poses[grasp.link] @ grasp.pose_link_grasp)[2, 2] > -0.5]
        grasps = (level or grasps)[:GRASPS_PER_SHELF]  # a hand from above would not fit
    else:
        grasps = grasps[:GRASPS_PER_TARGET]
    support = scene.asset(task.goal.support_id)
    region = support.region(task.goal.region)
    start_value = _initial_value(task, task.goal.support_id, support.link(region.link))
    goal = (
        scene.pose_world_object(task.goal.support_id).matrix()
        @ link_pose_at(support, support.link(region.link), start_value)
        @ region.pose_link_region.matrix()
        @ task.goal.pose_region_object.matrix()
    )
    goal[2, 3] += 0.05
    link_poses = {link.name: link_pose_at(asset, link, 0.0) for link in asset.links}
    pairs = [
        (poses[grasp.link] @ grasp.pose_link_grasp, goal @ link_poses[grasp.link] @ grasp.pose_link_grasp)
        for grasp in grasps
    ]
    # A held thing may go in at more heights and turns than these, so what it goes into is no obstacle here.
    touched = {body_name(owner, link) for owner in (target, task.goal.support_id) for link in scene.asset(owner).links}
    return _Need(task.task_id, tuple(pairs), continuous=False, touched=frozenset(touched))


def _headroom(scene: Scene, object_id: str) -> float:
    """Return the free height above what an object stands on, m."""
    placement = scene.object(object_id).placement
    if placement is None or placement.parent_id is None or placement.region is None:
        return float("inf")
    return scene.region(placement.parent_id, placement.region).clearance_m


def _initial_value(task: TaskSpec, object_id: str, link: Link) -> float:
    return task.initial_joints.get(f"{object_id}/{link.joint.name}", 0.0) if link.joint else 0.0


def link_pose_at(asset: AssetModel, link: Link, value: float) -> Array:
    """Return the pose (4, 4) of a link in the asset frame with its own joint at `value`, its ancestors' at 0."""
    pose = link.pose_parent_link.matrix()
    if link.joint:
        pose = pose @ joint_motion(link.joint, value)
    return pose if link.parent is None else link_pose_at(asset, asset.link(link.parent), 0.0) @ pose


def _candidates(scene: Scene, tasks: list[TaskSpec], room: StandingRoom, embodiment: Embodiment) -> list[Pose]:
    """Return free upright poses on the sides of the furniture, front first, in order of preference."""
    found: list[Pose] = []
    for furniture in _furniture(scene, tasks):
        targets = np.array([_target_position(scene, task) for task in tasks if _carrier(scene, task) == furniture])
        pose = scene.pose_world_object(furniture)
        size = scene.asset(furniture).size_m
        centre = pose.inverse().apply(targets).mean(axis=0)
        heights = _heights(scene, tasks, targets)
        for side in range(4):  # -Y is the front; then the right, the back, the left
            yaw = np.pi / 2 * (side + 1)
            outward = np.array([np.sin(np.pi / 2 * side), -np.cos(np.pi / 2 * side)])
            along = np.array([-outward[1], outward[0]])
            edge = np.abs(outward) @ np.array([size[0], size[1]]) / 2
            for height in heights:
                for shift in SIDE_SHIFTS_M:
                    for stand_off in STAND_OFFS_M:
                        if stand_off < embodiment.pedestal_half_width_m + FOOTPRINT_MARGIN_M:
                            continue
                        place = outward * (edge + stand_off) + along * (along @ centre[:2] + shift)
                        local = Pose.of((place[0], place[1], 0.0), quat_wxyz_from_yaw(yaw))
                        world = pose @ local
                        candidate = Pose.of((*world.position[:2], height), world.quat_wxyz).rounded()
                        if room.is_free(candidate):
                            found.append(candidate)
    return found


def _heights(scene: Scene, tasks: list[TaskSpec], targets: Array) -> list[float]:
    top = float(np.clip(np.round(np.median(targets[:, 2]), 3), 0.0, 1.1))
    return sorted({round(max(0.0, top - drop), 3) for drop in DROPS_M}, reverse=True)


def _furniture(scene: Scene, tasks: list[TaskSpec]) -> list[str]:
    """Return what carries the targets, most tasks first."""
    counts: dict[str, int] = {}
    for task in tasks:
        carrier = _carrier(scene, task)
        counts[carrier] = counts.get(carrier, 0) + 1
    return sorted(counts, key=lambda name: (-counts[name], name))


def _carrier(scene: Scene, task: TaskSpec) -> str:
    """Return the object on the floor or wall that, through whatever is between, carries a task's target."""
    current = task.target_object
    while True:
        placement = scene.object(current).placement
        parent = placement.parent_id if placement else None
        if parent is None or scene.object(parent).is_architecture:
            return current
        current = parent


def _target_position(scene: Scene, task: TaskSpec) -> Array:
    pose = scene.pose_world_object(task.target_object)
    if isinstance(task.goal, JointGoal):
        asset = scene.asset(task.target_object)
        for grasp in asset.grasps:
            link = asset.link(grasp.link)
            if link.joint and link.joint.name == task.goal.joint:
                return pose.apply((link_pose_at(asset, link, 0.0) @ grasp.pose_link_grasp.matrix())[:3, 3])
    return np.array(pose.position)
