"""A demonstration cut into segments: where the hand was told to go, seen from the thing that each segment is about."""

from dataclasses import dataclass
from pathlib import Path

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.episode import EpisodeRecord
from blueprint.contracts.errors import InputError
from blueprint.contracts.task import HangGoal, InsertGoal, PlaceGoal, PourGoal, TaskSpec, TaskStep
from blueprint.contracts.variation import Variation
from blueprint.episodes.record import read_arrays
from blueprint.episodes.worlds import WorldCache
from blueprint.motion.context import MotionContext
from blueprint.motion.needs import link_pose_at
from blueprint.sim.mujoco_simulator import data_at

__all__ = ["Segment", "reference_pose", "segments_of"]

Array = NDArray[np.float64]

APPROACH_M = 0.1  # of the way to where the fingers act; the rest is travel, which is planned anew
FINGER_STEP_M = 1e-3
_AT_GOAL = ("place", "insert", "hang", "pour")  # these are about where something goes, the others about the thing


@dataclass(frozen=True)
class Segment:
    """One sub-task: where the hand was told to be, tick by tick (`poses_reference_hand`, (n, 4, 4)), and how far open
    (`openings`, (n,), m)."""

    name: str
    instruction: str
    step: int
    arm: str
    poses_reference_hand: Array
    openings: Array


def segments_of(record_dir: Path, scene_dir: Path, task: TaskSpec, worlds: WorldCache) -> list[Segment]:
    """Cut a successful record into its sub-tasks, without what was only travel.

    A segment's frame is that of the thing it is about, at its first tick: the target, or the goal where something is
    put down. Raises InputError for a record that failed, that recovered on the way, or of a robot with several arms.
    """
    record = EpisodeRecord.read(record_dir / "record.json")
    if not record.success or record.recoveries:
        raise InputError(
            f"episode {record.episode_id} {'recovered on the way' if record.success else 'failed'}.",
            remedy="carry over one that succeeded at once.",
        )
    variation = None if record.variation_id == "nominal" else _variation(scene_dir, record.variation_id)
    world = worlds.world(scene_dir, task, variation)
    if len(world.embodiment.arms) > 1:
        raise InputError(f"robot {record.embodiment} has several arms.", remedy="carry over those of one arm.")
    arrays = read_arrays(record_dir / "trajectory.npz")
    context = MotionContext(
        world.model, mujoco.MjData(world.model), world.scene, world.embodiment, task, np.random.default_rng(0)
    )
    slots = world.embodiment.slots()
    found = []
    for part in record.subtasks:
        context.data = data_at(world.model, arrays["qpos"][part.start], arrays["qvel"][part.start])
        step = task.step_list()[part.step]
        actions = arrays["action"][part.start : part.end].astype(np.float64)
        base = context.pose_world_base
        poses = np.array([base @ context.kinematics.forward(action[slots.joints]) for action in actions])
        openings = actions[:, slots.gripper]
        kept = slice(_first_kept(poses, openings), None)
        to_reference = np.linalg.inv(reference_pose(context, step, part.name))
        found.append(
            Segment(part.name, part.instruction, part.step, context.arm, to_reference @ poses[kept], openings[kept])
        )
    return found


def reference_pose(context: MotionContext, step: TaskStep | TaskSpec, name: str) -> Array:
    """Return the pose (4, 4) in the world of what a sub-task is about, as the context's state has it now.

    For putting down that is the pose which the goal wants the thing to have; a thing that was already moving along its
    joint is seen from its fixed part.
    """
    goal = step.goal
    if name in _AT_GOAL and isinstance(goal, PlaceGoal | InsertGoal | HangGoal):
        return context.region_pose(goal.support_id, goal.region) @ goal.pose_region_object.matrix()
    if name in _AT_GOAL and isinstance(goal, PourGoal):
        return context.region_pose(goal.container_id, goal.region)
    root = context.scene.asset(step.target_object).links[0]
    pose: Array = context.link_pose(step.target_object, root.name)
    return pose @ np.linalg.inv(link_pose_at(context.scene.asset(step.target_object), root, 0.0))


def _first_kept(poses: Array, openings: Array) -> int:
    """Return the tick from which on the hand is near where its fingers first move; 0 where they do not."""
    acting = np.flatnonzero(np.abs(np.diff(openings)) > FINGER_STEP_M)
    moving = [tick for tick in acting if np.linalg.norm(poses[tick, :3, 3] - poses[0, :3, 3]) > APPROACH_M]
    if not moving:
        return 0
    distances = np.linalg.norm(poses[: moving[0], :3, 3] - poses[moving[0], :3, 3], axis=1)
    far = np.flatnonzero(distances > APPROACH_M)
    return int(far[-1]) + 1 if len(far) else 0


def _variation(scene_dir: Path, name: str) -> Variation:
    return Variation.read(scene_dir / "variation_assets" / "variations" / f"{name}.json")
