"""Trying a kept policy in variations of its scene."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from blueprint.contracts.errors import InputError
from blueprint.contracts.task import TaskSet
from blueprint.contracts.training import UNSEEN_VARIATIONS, EvaluationEpisode, PolicyDescription, SuccessRate
from blueprint.contracts.variation import Variation
from blueprint.storage import layout
from blueprint.training.environment import HEIGHT_PX, WIDTH_PX, TaskEnvironment
from blueprint.training.evaluation import attempt, success_rate
from blueprint.training.policy_files import DESCRIPTION, load_policy

__all__ = ["Trial", "try_policy"]


@dataclass(frozen=True)
class Trial:
    """The attempts of a policy, and how many succeeded."""

    rate: SuccessRate
    episodes: list[EvaluationEpisode]


def try_policy(
    folder: Path,
    scene_dir: Path,
    variations: Path | None = None,
    tell: Callable[[int, int, str], None] = lambda done, total, note: None,
) -> Trial:
    """Try the policy in `folder` once in every variation of a folder, those kept for it by default.

    Raises InputError where the policy is of a task that the scene does not have, or there are no variations.
    """
    described = PolicyDescription.read(folder / DESCRIPTION)
    tasks = [task for task in TaskSet.read(scene_dir / layout.TASKS).tasks if task.task_id == described.task_id]
    if not tasks:
        raise InputError(f"scene {scene_dir} has no task {described.task_id}.", remedy="name the policy's own scene.")
    policy, _ = load_policy(folder, tasks[0].arm)
    files = sorted((variations or scene_dir / UNSEEN_VARIATIONS).glob("*.json"))
    if not files:
        raise InputError("there are no variations to try it in.", remedy="name a folder with --variations.")
    environment = TaskEnvironment(
        scene_dir,
        tasks[0],
        cameras=described.cameras,
        width_px=described.width_px or WIDTH_PX,
        height_px=described.height_px or HEIGHT_PX,
    )
    episodes: list[EvaluationEpisode] = []
    for path in files:
        episodes.append(attempt(policy, environment, Variation.read(path)))
        succeeded = sum(item.success for item in episodes)
        tell(len(episodes), len(files), f"{succeeded}/{len(episodes)} succeed")
    return Trial(success_rate(episodes), episodes)
