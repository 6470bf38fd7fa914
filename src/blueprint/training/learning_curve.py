"""The learning curve of a task: policies from more and more demonstrations, tried in seen and unseen variations."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from blueprint.contracts.episode import EpisodeRecord
from blueprint.contracts.errors import InputError
from blueprint.contracts.hashing import sha256_json
from blueprint.contracts.seeds import rng_for
from blueprint.contracts.task import TaskSpec
from blueprint.contracts.training import (
    POLICIES,
    CurvePoint,
    EvaluationEpisode,
    PolicyDescription,
    PolicyKind,
    TrainingRequest,
    TrainingSummary,
)
from blueprint.contracts.variation import Variation
from blueprint.episodes.job import MAX_TICKS
from blueprint.episodes.rollout import roll_out
from blueprint.episodes.worlds import process_worlds
from blueprint.training.chunk_policy import CHUNK, HORIZON
from blueprint.training.demonstrations import Demonstration, read_demonstrations, variation_of
from blueprint.training.environment import TaskEnvironment
from blueprint.training.evaluation import Policy, evaluate_policy, success_rate
from blueprint.training.hand_space import HandSpace
from blueprint.training.network import Fitter, Schedule, fit_network
from blueprint.training.policy_files import save_policy, state_weights
from blueprint.training.state_policy import fit_state_policy

__all__ = ["learning_curve", "most_demonstrated", "sizes_of"]

Tell = Callable[[int, int, str], None]
_STEPS = (3000, 8000)  # fewest and most; in between 20 for each demonstration


@dataclass(frozen=True)
class _Ground:
    """What every point of a curve has in common."""

    scene_dir: Path
    request: TrainingRequest
    environment: TaskEnvironment
    hand: HandSpace
    demonstrations: Sequence[Demonstration]
    unseen: Sequence[Variation]

    @property
    def task(self) -> TaskSpec:
        return self.environment.task


def learning_curve(
    scene_dir: Path,
    task: TaskSpec,
    folders: Sequence[Path],
    unseen: Sequence[Variation],
    request: TrainingRequest,
    tell: Tell = lambda done, total, note: None,
) -> TrainingSummary:
    """Train on the first n of the records in `folders` for every n of the request, evaluate, and keep every policy.

    `unseen` are variations that none of the records was made in; it raises InputError for one that was, for too few
    records, and where the robot cannot be learned for. Policies go to `training/policies/` of the scene.
    """
    sizes = sizes_of(request, len(folders))
    demonstrations = read_demonstrations(scene_dir, task, folders[: sizes[-1]])
    _check_unseen(demonstrations, unseen)
    environment = _environment(scene_dir, task, request.policy, demonstrations)
    hand = HandSpace(environment.embodiment, task.arm)
    ground = _Ground(scene_dir, request, environment, hand, demonstrations, unseen)
    points = []
    for number, size in enumerate(sizes):
        tell(number, len(sizes) + 1, f"{size} demonstrations")
        points.append(_point(ground, size))
        rate = points[-1].unseen
        tell(number + 1, len(sizes) + 1, f"{size} demonstrations: {rate.succeeded}/{rate.attempts} unseen")
    demonstrator = success_rate([_demonstrate(ground, variation) for variation in unseen])
    return TrainingSummary(
        scene_id=demonstrations[0].record.scene_id,
        task_id=task.task_id,
        instruction=task.instruction,
        embodiment=task.embodiment,
        policy=request.policy,
        seed=request.seed,
        available=len(folders),
        curve=points,
        demonstrator=demonstrator,
        notes=_notes(request, len(folders), demonstrations),
    )


def most_demonstrated(tasks: Sequence[TaskSpec], records: Sequence[EpisodeRecord], task_id: str | None) -> TaskSpec:
    """Return the task that was asked for, else the one with the most records; raises InputError where there is none."""
    counts = Counter(record.task_id for record in records)
    found = [task for task in tasks if counts[task.task_id] and task_id in (None, task.task_id)]
    if not found:
        wanted = f"task {task_id!r}" if task_id else "any task"
        raise InputError(f"there are no demonstrations of {wanted}.", remedy="run stages episodes and import first.")
    return max(found, key=lambda task: counts[task.task_id])


def sizes_of(request: TrainingRequest, available: int) -> list[int]:
    """Return the sizes of the curve: those asked for that can be filled, or all that there are where none can."""
    fitting = sorted({size for size in request.demonstrations if size <= available})
    missed = any(size > available for size in request.demonstrations)
    return sorted({*fitting, available}) if missed else fitting


def _point(ground: _Ground, size: int) -> CurvePoint:
    chosen = ground.demonstrations[:size]
    policy, losses, folder = _train(ground, chosen)
    count = ground.request.evaluation_episodes
    seen_in = list({item.record.variation_id: item for item in chosen}.values())[:count]
    seen = [variation_of(ground.scene_dir, item.record) for item in seen_in]
    seen_episodes = evaluate_policy(policy, ground.environment, seen)
    unseen_episodes = evaluate_policy(policy, ground.environment, ground.unseen)
    return CurvePoint(
        demonstrations=size,
        variations=len({item.record.variation_id for item in chosen}),
        frames=sum(item.ticks for item in chosen),
        policy=folder,
        train_loss=losses[0],
        validation_loss=losses[1],
        seen=success_rate(seen_episodes),
        unseen=success_rate(unseen_episodes),
        seen_episodes=seen_episodes,
        unseen_episodes=unseen_episodes,
    )


def _train(ground: _Ground, chosen: Sequence[Demonstration]) -> tuple[Policy, tuple[float, float], str]:
    """Fit a policy, keep it, and return it with its losses and its folder in the scene."""
    request, environment = ground.request, ground.environment
    rng = rng_for(request.seed, "training", request.policy, ground.task.task_id, len(chosen))
    schedule = Schedule(steps=request.passes or min(max(20 * len(chosen), _STEPS[0]), _STEPS[1]))
    folder = f"{POLICIES}/{request.policy}_{len(chosen)}"
    record = chosen[0].record
    description = PolicyDescription(
        kind=request.policy,
        scene_id=record.scene_id,
        task_id=ground.task.task_id,
        instruction=ground.task.instruction,
        embodiment=ground.task.embodiment,
        rate_hz=TaskEnvironment.RATE_HZ,
        chunk=CHUNK,
        horizon=HORIZON,
        state_names=record.state_names,
        environment_names=environment.observer.names,
        action_names=record.action_names,
        cameras=list(environment.cameras),
        width_px=environment.width_px if environment.cameras else None,
        height_px=environment.height_px if environment.cameras else None,
        demonstrations=len(chosen),
        seed=request.seed,
        weights_sha256="",
    )
    if request.policy == "image":
        from blueprint.training.image_policy import fit_image_policy, image_weights

        pictures, losses = fit_image_policy(chosen, ground.hand, environment.cameras, schedule, rng)
        save_policy(ground.scene_dir / folder, description, image_weights(pictures))
        return pictures, losses, folder
    states, fitted = fit_state_policy(
        chosen, ground.hand, environment.observer.poses, _fitter(request.policy), schedule, rng
    )
    save_policy(ground.scene_dir / folder, description, state_weights(states))
    return states, (fitted.train_loss, fitted.validation_loss), folder


def _fitter(kind: PolicyKind) -> Fitter:
    if kind == "state":
        return fit_network
    from blueprint.training.torch_network import fit_network_torch

    return fit_network_torch


def _environment(
    scene_dir: Path, task: TaskSpec, kind: PolicyKind, demonstrations: Sequence[Demonstration]
) -> TaskEnvironment:
    """Return an environment that draws what the demonstrations show, for a policy that looks at pictures."""
    if kind != "image":
        return TaskEnvironment(scene_dir, task)
    videos = demonstrations[0].record.videos
    if not videos:
        raise InputError("the demonstrations have no videos.", remedy="train a state policy, or render the episodes.")
    cameras = [video.camera for video in videos]
    return TaskEnvironment(scene_dir, task, cameras=cameras, width_px=videos[0].width_px, height_px=videos[0].height_px)


def _demonstrate(ground: _Ground, variation: Variation) -> EvaluationEpisode:
    """Let the planner try what the policies tried."""
    world = process_worlds().world(ground.scene_dir, ground.task, variation)
    rng = rng_for(ground.request.seed, "training", "demonstrator", variation.variation_id)
    made = roll_out(world, ground.task, rng, MAX_TICKS)
    reason = "success" if made.success else str(made.reason)
    return EvaluationEpisode(
        variation_id=variation.variation_id, success=made.success, ticks=made.trace.frames, reason=reason
    )


def _check_unseen(demonstrations: Sequence[Demonstration], unseen: Sequence[Variation]) -> None:
    seen = {item.record.hashes.get("variation") for item in demonstrations}
    known = [item.variation_id for item in unseen if sha256_json(item.model_dump()) in seen]
    if known or not unseen:
        raise InputError(
            f"variations {known} were trained on: they are not unseen.", remedy="draw others, at least one."
        )


def _notes(request: TrainingRequest, available: int, demonstrations: Sequence[Demonstration]) -> list[str]:
    missing = [size for size in request.demonstrations if size > available]
    notes = [f"{size} demonstrations were asked for; there are {available}" for size in missing]
    places = len({item.record.variation_id for item in demonstrations})
    if places < len(demonstrations) / 2:
        notes.append(
            f"{len(demonstrations)} demonstrations share {places} variations; more variations teach more than repeats"
        )
    return notes
