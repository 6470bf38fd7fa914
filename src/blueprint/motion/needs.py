"""What a base must reach for a task, or to get hold of a thing: poses of the hand."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import AssetModel, Link
from blueprint.contracts.scene import Scene
from blueprint.contracts.task import HangGoal, InsertGoal, JointGoal, PlaceGoal, TaskSpec
from blueprint.motion.articulate import joint_motion
from blueprint.motion.context import body_name
from blueprint.motion.grasps import GraspCandidate, grasp_candidates, handle_candidates
from blueprint.motion.skill_table import skill_module
from blueprint.robots import Arm, Embodiment

__all__ = ["Need", "grasp_need", "is_far", "joint_need", "link_pose_at", "place_need", "task_need"]

Array = NDArray[np.float64]

GRASPS_PER_TARGET = 4
GRASPS_PER_HANDLE = 10
GRASPS_PER_SHELF = 24
SHELF_HEADROOM_M = 0.45
JOINT_STEPS = 14
FAR_M = 1.1  # things nearer to each other than this are within reach of one base, if of any
BACK_M = (0.015, 0.03, 0.05)


@dataclass(frozen=True)
class Need:
    """All hand poses (4, 4, world) of at least one chain must be reached, without a jump if `continuous`.

    A task of several steps has `parts` instead, one need for each, all to be met from one base. `touched` are the
    bodies that the hand is to touch, or that are not where they stand at first. A door or drawer `moving` is at `along`
    (4, 4, world), pose by pose of a chain.
    """

    chains: tuple[tuple[Array, ...], ...]
    continuous: bool
    touched: frozenset[str] = frozenset()
    moving: str = ""
    along: tuple[Array, ...] = ()
    closed: Array = field(default_factory=lambda: np.eye(4))
    parts: tuple["Need", ...] = ()


def task_need(scene: Scene, task: TaskSpec, embodiment: Embodiment) -> Need:
    """Return what a base must reach for a task: what its skill says, else what its goal needs.

    Of a chain, that of every step, with joints and things where the steps before it leave them. A robot on a mobile
    base that puts a thing far away needs to reach it only: it drives on with it.
    """
    if task.steps:
        return Need((), continuous=False, parts=tuple(_step_needs(scene, task, embodiment)))
    if embodiment.base_joints and is_far(scene, task):
        return _target_need(scene, task, embodiment)
    module = skill_module(task.task_type)
    if hasattr(module, "need"):
        found: Need = module.need(scene, task, embodiment)
        return found
    return _GOAL_NEEDS.get(task.goal.kind, _target_need)(scene, task, embodiment)


def is_far(scene: Scene, task: TaskSpec) -> bool:
    """Return whether a thing is to be put so far from where it stands that no base reaches both places."""
    if not isinstance(task.goal, PlaceGoal):
        return False
    start = scene.pose_world_object(task.target_object).position
    region = scene.region(task.goal.support_id, task.goal.region)
    on_support = region.pose_link_region @ task.goal.pose_region_object
    goal = (scene.pose_world_object(task.goal.support_id) @ on_support).position
    return float(np.hypot(goal[0] - start[0], goal[1] - start[1])) > FAR_M


def _step_needs(scene: Scene, task: TaskSpec, embodiment: Embodiment) -> Iterator[Need]:
    joints = dict(task.initial_joints)
    for step in task.steps:
        yield task_need(scene, task.step_task(step).model_copy(update={"initial_joints": dict(joints)}), embodiment)
        if isinstance(step.goal, JointGoal):
            joints[f"{step.target_object}/{step.goal.joint}"] = step.goal.value


def joint_need(scene: Scene, task: TaskSpec, embodiment: Embodiment) -> Need:
    """Return the hand poses along the path of the joint of a JointGoal, for every grasp of its handle."""
    assert isinstance(task.goal, JointGoal)
    target, joint = task.target_object, task.goal.joint
    asset = scene.asset(target)
    pose = scene.pose_world_object(target).matrix()
    link = next(link for link in asset.links if link.joint and link.joint.name == joint)
    start = task.initial_joints.get(f"{target}/{joint}", 0.0)
    grasps = handle_candidates(asset, link.name, embodiment.arm(task.arm).opening_max_m)[:GRASPS_PER_HANDLE]
    values = np.linspace(start, task.goal.value, JOINT_STEPS)
    moving = [pose @ link_pose_at(asset, link, value) for value in values]
    offsets = [np.eye(4) for _ in moving]
    for back in BACK_M:  # the hand comes straight in and goes straight out
        moving = [moving[0], *moving, moving[-1]]
        offsets = [_back(back), *offsets, _back(back)]
    link_poses_along = moving
    chains = [
        tuple(along @ grasp.pose_link_grasp @ offset for along, offset in zip(moving, offsets, strict=True))
        for grasp in grasps
    ]
    return Need(
        tuple(chains),
        continuous=True,
        moving=body_name(target, link),
        along=tuple(link_poses_along),
        closed=pose @ link_pose_at(asset, link, 0.0),
    )


def _back(distance_m: float) -> Array:
    pose = np.eye(4)
    pose[2, 3] = -distance_m
    return pose


def place_need(scene: Scene, task: TaskSpec, embodiment: Embodiment) -> Need:
    """Return the hand poses of a few grasps of a task's target, each where it stands and over its goal."""
    assert isinstance(task.goal, PlaceGoal | InsertGoal | HangGoal)
    target = task.target_object
    asset = scene.asset(target)
    grasps = _grasps(scene, target, embodiment.arm(task.arm))
    poses = _link_poses(scene, target)
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
    return Need(tuple(pairs), continuous=False, touched=frozenset(touched))


def grasp_need(scene: Scene, object_id: str, embodiment: Embodiment, arm: str | None = None) -> Need:
    """Return the hand poses of a few grasps of a thing or, of an articulated one, of its handles."""
    hand = embodiment.arm(arm)
    asset = scene.asset(object_id)
    poses = _link_poses(scene, object_id)
    if asset.is_articulated:
        grasps = [
            grasp
            for link in asset.links
            if link.joint
            for grasp in handle_candidates(asset, link.name, hand.opening_max_m)[:GRASPS_PER_HANDLE]
        ]
    else:
        grasps = _grasps(scene, object_id, hand)
    touched = frozenset(body_name(object_id, link) for link in asset.links)
    return Need(tuple((poses[item.link] @ item.pose_link_grasp,) for item in grasps), continuous=False, touched=touched)


def _target_need(scene: Scene, task: TaskSpec, embodiment: Embodiment) -> Need:
    return grasp_need(scene, task.target_object, embodiment, task.arm)


_GOAL_NEEDS: dict[str, Callable[[Scene, TaskSpec, Embodiment], Need]] = {
    "place": place_need,
    "insert": place_need,
    "hang": place_need,
    "joint": joint_need,
}


def _grasps(scene: Scene, object_id: str, arm: Arm) -> list[GraspCandidate]:
    home = np.eye(4)
    home[:3, :3] = np.diag([1.0, -1.0, -1.0])
    poses = _link_poses(scene, object_id)
    grasps = grasp_candidates(scene.asset(object_id), poses, home, arm.opening_max_m)
    if _headroom(scene, object_id) < SHELF_HEADROOM_M:
        level = [grasp for grasp in grasps if (poses[grasp.link] @ grasp.pose_link_grasp)[2, 2] > -0.5]
        return (level or grasps)[:GRASPS_PER_SHELF]  # a hand from above would not fit
    return grasps[:GRASPS_PER_TARGET]


def _link_poses(scene: Scene, object_id: str) -> dict[str, Array]:
    asset, pose = scene.asset(object_id), scene.pose_world_object(object_id).matrix()
    return {link.name: pose @ link_pose_at(asset, link, 0.0) for link in asset.links}


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
