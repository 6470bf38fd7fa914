"""Consuming the events that episodes were imported: a training run for each, and what became of it."""

from collections.abc import Callable

from blueprint.contracts.errors import BlueprintError, InputError
from blueprint.contracts.events import EpisodesImported, EventOutcome
from blueprint.contracts.training import TrainingRequest, TrainingSummary
from blueprint.pipeline.entry import run_one_stage
from blueprint.pipeline.stage import Progress, silent
from blueprint.pipeline.workspace import open_workspace
from blueprint.storage import layout
from blueprint.storage.event_queue import finish, queued
from blueprint.storage.store import open_store

__all__ = ["consume_imports", "train_scene"]


def train_scene(
    root: str, scene_id: str, request: TrainingRequest | None, *, force: bool = False, progress: Progress = silent
) -> TrainingSummary:
    """Ask a scene for a training run, run it, and return what was measured; None trains what was asked for last.

    Raises what `run_one_stage` raises.
    """
    workspace = open_workspace(root, scene_id)
    if not workspace.scene_dir.is_dir():
        raise InputError(f"there is no scene {scene_id!r} below {root}.", remedy="run `blueprint run` first.")
    if request is not None:
        request.write(workspace.scene_dir / layout.TRAINING_REQUEST)
        workspace.publish()
    run_one_stage("training", root, scene_id, force=force, progress=progress)
    return TrainingSummary.read(workspace.scene_dir / layout.TRAINING_SUMMARY)


def consume_imports(
    root: str,
    request: TrainingRequest | None = None,
    on_done: Callable[[EventOutcome], None] | None = None,
    progress: Progress = silent,
) -> list[EventOutcome]:
    """Train for every queued event, in order of name, and move each to processed or failed.

    A run that fails does not keep the others from running; its error stands in the outcome.
    """
    store = open_store(root)
    outcomes = []
    for event in list(queued(store)):
        outcomes.append(_consume(root, event, request, progress))
        finish(store, outcomes[-1])
        if on_done is not None:
            on_done(outcomes[-1])
    return outcomes


def _consume(root: str, event: EpisodesImported, request: TrainingRequest | None, progress: Progress) -> EventOutcome:
    try:
        summary = train_scene(root, event.data.scene_id, request, progress=progress)
    except BlueprintError as error:
        return EventOutcome(status="failed", event=event, detail=str(error))
    rate = summary.curve[-1].unseen
    detail = f"{rate.succeeded} of {rate.attempts} attempts in unseen variations succeed"
    return EventOutcome(status="succeeded", event=event, detail=detail, result={"summary": layout.TRAINING_SUMMARY})
