"""Which candidate tasks are emitted: those that the planner solved and that then succeeded in physics, unvaried."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from blueprint.contracts.episode import FailureReason
from blueprint.contracts.errors import InputError
from blueprint.contracts.scene import Scene
from blueprint.contracts.seeds import rng_for
from blueprint.contracts.task import PlanCertificate, RefusedTask, TaskSet, TaskSpec
from blueprint.episodes.job import MAX_TICKS
from blueprint.episodes.pool import run_pool
from blueprint.episodes.rollout import roll_out
from blueprint.episodes.worlds import process_worlds
from blueprint.motion.reach_check import reach_report
from blueprint.robots import Embodiment
from blueprint.sim.mujoco_simulator import CONTROL_RATE_HZ
from blueprint.sim.world import World

__all__ = ["certify_tasks"]

HOPELESS_MM = 150.0  # grasps of a thing are not farther apart than this; what is reached less badly is tried


@dataclass(frozen=True)
class _Trial:
    scene_dir: Path
    task: TaskSpec
    seed: int
    attempts: int
    max_ticks: int


def certify_tasks(
    scene: Scene,
    scene_dir: Path,
    candidates: Sequence[TaskSpec],
    embodiment: Embodiment,
    *,
    seed: int = 0,
    workers: int = 1,
    attempts: int = 2,
    max_ticks: int = MAX_TICKS,
) -> TaskSet:
    """Try every candidate in the unvaried scene and return those that succeeded, with what the planner found.

    A candidate gets `attempts` planner seeds; a refused one is listed with the last attempt's reason. Order is that of
    the candidates. Raises InputError for a candidate of another robot.
    """
    for task in candidates:
        if task.embodiment != embodiment.name:
            raise InputError(f"task {task.task_id} is for {task.embodiment}, not {embodiment.name}.", remedy="--robot")
    trials = [_Trial(scene_dir, task, seed, attempts, max_ticks) for task in candidates]
    outcomes = dict(run_pool(_try, trials, workers))
    ordered = [outcomes[index] for index in range(len(trials))]
    return TaskSet(
        scene_id=scene.scene_id,
        embodiment=embodiment.name,
        tasks=[item for item in ordered if isinstance(item, TaskSpec)],
        refused=[item for item in ordered if isinstance(item, RefusedTask)],
    )


def _try(trial: _Trial) -> TaskSpec | RefusedTask:
    world = process_worlds().world(trial.scene_dir, trial.task, None)
    hopeless = _out_of_reach(world, trial.task)
    if hopeless is not None:
        return hopeless
    refused = RefusedTask(task_id=trial.task.task_id, reason="unreachable", detail="no attempt was made")
    for attempt in range(trial.attempts):
        rng = rng_for(trial.seed, "certify_task", trial.task.task_id, attempt)
        result = roll_out(world, trial.task, rng, trial.max_ticks)
        if result.success:
            frames = result.trace.frames
            certificate = PlanCertificate(
                grasp=result.grasps[0] if result.grasps else "",
                waypoints=frames,
                duration_s=frames / CONTROL_RATE_HZ,
                subtasks=[item.name for item in result.trace.subtasks],
            )
            return trial.task.model_copy(update={"plan": certificate})
        reason = result.reason.value if result.reason else "goal_missed"
        refused = RefusedTask(task_id=trial.task.task_id, reason=reason, detail=result.detail or "")
    return refused


def _out_of_reach(world: World, task: TaskSpec) -> RefusedTask | None:
    """Return a refusal that says by how much the arm misses, where it misses by more than other grasps could mend."""
    if world.embodiment.base_joints:
        return None  # it drives to where it reaches
    report = reach_report(world.scene, task, world.embodiment)
    if not HOPELESS_MM < report.nearest.miss_mm < float("inf"):
        return None  # without a grasp in sight the planner says why
    return RefusedTask(task_id=task.task_id, reason=FailureReason.UNREACHABLE.value, detail=report.text)
