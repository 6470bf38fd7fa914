"""Stage training: policies from the accepted episodes, evaluated in physics."""

from pathlib import Path

from blueprint.contracts.episode import EpisodeRecord
from blueprint.contracts.quality_gate import GateCheck
from blueprint.contracts.scene import load_scene
from blueprint.contracts.seeds import derive_seed
from blueprint.contracts.task import TaskSet
from blueprint.contracts.training import (
    UNSEEN_VARIATIONS,
    TrainingRequest,
    TrainingSummary,
)
from blueprint.contracts.variation import Variation, VariationSpace
from blueprint.pipeline.stage import Outcome, StageContext
from blueprint.pipeline.steps.variation import refusal_of
from blueprint.quality.importer import accepted_records
from blueprint.randomize import sample_certified
from blueprint.storage import layout
from blueprint.training.learning_curve import learning_curve, most_demonstrated

__all__ = ["train_policy", "unseen_variations"]

_SUCCESS_BAR = 0.8


def train_policy(context: StageContext) -> Outcome:
    """Train what `prompts/training.json` asks for (its defaults without one) and measure how often it succeeds."""
    scene_dir = context.scene_dir
    path = scene_dir / layout.TRAINING_REQUEST
    request = TrainingRequest.read(path) if path.exists() else TrainingRequest(seed=context.settings.seed)
    records = [(folder, EpisodeRecord.read(folder / "record.json")) for folder in accepted_records(scene_dir)]
    tasks = TaskSet.read(scene_dir / layout.TASKS).tasks
    task = most_demonstrated(tasks, [record for _, record in records], request.task_id)
    unseen = unseen_variations(scene_dir, request)
    folders = [folder for folder, record in records if record.task_id == task.task_id]
    summary = learning_curve(scene_dir, task, folders, unseen, request, context.progress)
    summary.write(scene_dir / layout.TRAINING_SUMMARY)
    context.judge(
        "policy_evaluated", "policy_evaluated", [scene_dir / layout.TRAINING_SUMMARY], training_checks(summary)
    )
    best = summary.curve[-1]
    return Outcome(
        {"task_id": task.task_id, "demonstrations": best.demonstrations, "unseen_success": round(best.unseen.rate, 4)},
        tuple(summary.notes),
    )


def unseen_variations(scene_dir: Path, request: TrainingRequest) -> list[Variation]:
    """Draw and write certified variations for evaluation alone, from seeds of their own."""
    scene = load_scene(scene_dir)
    space = VariationSpace.read(scene_dir / layout.VARIATION_SPACE)
    refuse = refusal_of(scene, scene_dir)
    seed = derive_seed(request.seed, "training", "unseen")
    drawn = [
        sample_certified(scene, space, seed, f"unseen_{number:03d}", certify=refuse)
        for number in range(request.evaluation_episodes)
    ]
    kept = [variation for variation in drawn if variation is not None]
    for variation in kept:
        variation.write(scene_dir / UNSEEN_VARIATIONS / f"{variation.variation_id}.json")
    return kept


def training_checks(summary: TrainingSummary) -> list[GateCheck]:
    """Judge a curve: every point was measured (else nothing is known), and the last one is good (a warning)."""
    measured = [point for point in summary.curve if point.unseen.attempts == len(point.unseen_episodes) > 0]
    best = summary.curve[-1].unseen if summary.curve else None
    rate = best.rate if best else 0.0
    said = f"{best.succeeded} of {best.attempts}" if best else "no"
    return [
        GateCheck(
            name="curve_measured",
            passed=len(measured) == len(summary.curve) > 0,
            severity="ERROR",
            message=f"{len(measured)} of {len(summary.curve)} policies were tried in unseen variations",
        ),
        GateCheck(
            name="unseen_success",
            passed=rate >= _SUCCESS_BAR,
            severity="WARNING",
            message=f"{said} attempts in unseen variations succeed",
            measured=rate,
            limit=_SUCCESS_BAR,
        ),
    ]
