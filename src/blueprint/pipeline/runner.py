"""The local runner: go through the stages, skip what is unchanged, stop at a failed gate, leave a marker last."""

import shutil
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Protocol

from structlog.contextvars import bound_contextvars

from blueprint.contracts.disk import disk_error, is_disk_error
from blueprint.contracts.document import write_atomically
from blueprint.contracts.errors import (
    BlueprintError,
    ContractError,
    GateError,
    InputError,
    InterruptedRunError,
    StageError,
    StorageError,
)
from blueprint.contracts.hashing import sha256_file
from blueprint.contracts.markers import Checkpoint, CompletionMarker, FailureError, FailureMarker
from blueprint.episodes.engine import Engine
from blueprint.pipeline.code_identity import code_sha, versions
from blueprint.pipeline.settings import RunSettings
from blueprint.pipeline.stage import Outcome, Progress, Stage, StageContext, expand, silent
from blueprint.quality.gates import require
from blueprint.services.logs import logger

__all__ = ["StageRun", "is_current", "is_needed", "run_stage", "run_stages", "select", "status_of"]


@dataclass(frozen=True)
class StageRun:
    """What became of a stage in this run."""

    stage: str
    status: Literal["completed", "unchanged"]
    duration_s: float
    marker: CompletionMarker


def select(
    stages: Sequence[Stage], from_stage: str | None, to_stage: str | None, simulator: str | None = None
) -> list[Stage]:
    """Return the stages from one to another, both included, that belong to a simulator (None: whichever).

    Raises InputError for a name that is none of them.
    """
    stages = [stage for stage in stages if simulator is None or stage.simulator in (None, simulator)]
    names = [stage.name for stage in stages]
    for name in (from_stage, to_stage):
        if name is not None and name not in names:
            raise InputError(f"there is no stage {name!r}; the stages are {', '.join(names)}.", remedy="use one.")
    first = names.index(from_stage) if from_stage else 0
    last = names.index(to_stage) if to_stage else len(names) - 1
    if first > last:
        raise InputError(f"stage {from_stage!r} comes after stage {to_stage!r}.", remedy="swap them.")
    return list(stages[first : last + 1])


def run_stages(
    stages: Sequence[Stage],
    scene_dir: Path,
    settings: RunSettings,
    *,
    progress: Progress = silent,
    force_first: bool = False,
    on_done: "OnDone | None" = None,
    engine: Engine | None = None,
) -> list[StageRun]:
    """Run the stages in order; an unchanged one is skipped, the first one only unless `force_first`.

    A stage that this scene does not need is passed over.

    Raises what `run_stage` raises.
    """
    runs = []
    for position, stage in enumerate(stages):
        if not is_needed(stage, scene_dir):
            continue
        force = force_first and position == 0
        run = run_stage(stage, scene_dir, settings, progress=progress, force=force, engine=engine)
        runs.append(run)
        if on_done is not None:
            on_done(run)
    return runs


def is_needed(stage: Stage, scene_dir: Path) -> bool:
    """Return False for a stage that nothing in this scene asks for."""
    return not stage.asked_by or bool(expand(scene_dir, stage.asked_by))


class OnDone(Protocol):
    """Called after each stage, skipped ones included (a remote root uploads the stage's files here)."""

    def __call__(self, run: StageRun) -> None: ...


def run_stage(
    stage: Stage,
    scene_dir: Path,
    settings: RunSettings,
    *,
    progress: Progress = silent,
    force: bool = False,
    engine: Engine | None = None,
) -> StageRun:
    """Run one stage unless its marker says that nothing has changed. Its jobs go to `engine`, if there is one.

    Raises GateError before anything is touched if a gate that the stage requires does not let work go on, StageError
    if the stage fails (a failure marker tells where), InterruptedRunError if it was stopped.
    """
    for gate_id in stage.requires:
        require(scene_dir, gate_id)
    inputs = _hashes(scene_dir, stage.reads)
    if not inputs:
        message = f"stage {stage.name} of scene {scene_dir.name} finds none of its inputs ({', '.join(stage.reads)})."
        raise InputError(message, remedy="run the stages before it first.")
    current = None if force else is_current(stage, scene_dir, settings, inputs)
    if current is not None:
        return StageRun(stage.name, "unchanged", 0.0, current)
    with bound_contextvars(scene=scene_dir.name, stage=stage.name):
        return _run(stage, StageContext(stage.name, scene_dir, settings, progress, engine), inputs)


def _run(stage: Stage, context: StageContext, inputs: dict[str, str]) -> StageRun:
    scene_dir, settings = context.scene_dir, context.settings
    log = logger()
    _clear(stage, scene_dir)
    started, begun = datetime.now(UTC), time.monotonic()
    log.info("stage started")
    try:
        outcome = stage.run(context)
    except (KeyboardInterrupt, InterruptedRunError) as error:
        log.info("stage stopped", duration_s=round(time.monotonic() - begun, 3))
        message = f"stopped in stage {stage.name} of scene {scene_dir.name}; what was finished is kept."
        raise InterruptedRunError(message, remedy="go on with --resume.") from error
    except Exception as error:  # the stage boundary: whatever happened goes into the failure marker
        log.info("stage failed", duration_s=round(time.monotonic() - begun, 3), error=type(error).__name__)
        _write_failure(stage, scene_dir, settings, error)
        if isinstance(error, BlueprintError):
            raise
        if isinstance(error, OSError) and is_disk_error(error):
            place = error.filename or f"what stage {stage.name} makes in {scene_dir}"
            raise disk_error("read or write", place, error) from error
        one_line = " ".join(str(error).split())[:500]
        message = f"stage {stage.name} of scene {scene_dir.name} failed: {type(error).__name__}: {one_line}."
        raise StageError(message, remedy=f"see {_failure_path(stage, scene_dir)}.") from error
    duration = time.monotonic() - begun
    marker = _complete(stage, scene_dir, settings, inputs, outcome, duration, started)
    log.info("stage finished", duration_s=round(duration, 3), fallbacks=marker.fallbacks)
    return StageRun(stage.name, "completed", duration, marker)


def status_of(stage: Stage, scene_dir: Path, settings: RunSettings) -> str:
    """Return what `run_stages` would do now: `unchanged`, `run`, `not needed`, or `blocked: …`. Changes nothing."""
    if not is_needed(stage, scene_dir):
        return "not needed"
    try:
        for gate_id in stage.requires:
            require(scene_dir, gate_id)
    except GateError as error:
        return f"blocked: {error}"
    return "unchanged" if is_current(stage, scene_dir, settings, _hashes(scene_dir, stage.reads)) else "run"


def is_current(stage: Stage, scene_dir: Path, settings: RunSettings, inputs: dict[str, str]) -> CompletionMarker | None:
    """Return the marker if this code made it from these inputs and settings, and its outputs are intact."""
    path = scene_dir / stage.marker
    if not path.exists():
        return None
    try:
        marker = CompletionMarker.read(path)
    except ContractError:
        return None  # another generation's marker: run again
    same = (
        marker.inputs == inputs
        and marker.settings_sha == settings.digest(stage.settings)
        and marker.code_sha == code_sha()
        and marker.outputs == _hashes(scene_dir, stage.writes)
    )
    return marker if same else None


def _hashes(scene_dir: Path, patterns: Sequence[str]) -> dict[str, str]:
    return {path.relative_to(scene_dir).as_posix(): sha256_file(path) for path in expand(scene_dir, patterns)}


def _clear(stage: Stage, scene_dir: Path) -> None:
    """Remove markers first, so that a kill from here on cannot pass for a finished stage, then stale outputs."""
    for name in (stage.marker, *stage.also_marks):
        (scene_dir / name).unlink(missing_ok=True)
    _failure_path(stage, scene_dir).unlink(missing_ok=True)
    for gate_id in stage.judges:
        _forget_unless_overridden(scene_dir / "gates" / f"{gate_id}.json")
    if stage.incremental:
        return
    for path in expand(scene_dir, stage.writes):
        path.unlink()
    for leftover in [*scene_dir.rglob("*.part"), *scene_dir.rglob(".*.part.*")]:
        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()


def _forget_unless_overridden(certificate: Path) -> None:
    if certificate.exists() and b'"override"' not in certificate.read_bytes():
        certificate.unlink()


def _complete(
    stage: Stage,
    scene_dir: Path,
    settings: RunSettings,
    inputs: dict[str, str],
    outcome: Outcome,
    duration_s: float,
    started: datetime,
) -> CompletionMarker:
    outputs = _hashes(scene_dir, stage.writes)
    finished = datetime.now(UTC)
    fields: dict[str, Any] = {
        "scene_id": scene_dir.name,
        "stage": stage.name,
        "timestamp": finished.isoformat(timespec="seconds"),
        "duration_s": round(duration_s, 3),
        "inputs": inputs,
        "settings_sha": settings.digest(stage.settings),
        "code_sha": code_sha(),
        "outputs": outputs,
        "fallbacks": list(outcome.fallbacks),
    }
    marker = CompletionMarker.model_validate(outcome.marker_fields | fields)
    checkpoint = Checkpoint(
        step=stage.name,
        status="completed",
        started_at=started.isoformat(timespec="seconds"),
        completed_at=finished.isoformat(timespec="seconds"),
        output_paths=sorted(outputs),
        output_hashes=outputs,
        scene_id=scene_dir.name,
    )
    checkpoint.write(scene_dir / ".checkpoints" / f"{stage.name}.json")
    for name in (*stage.also_marks, stage.marker):
        marker.write(scene_dir / name)
    return marker


def _failure_path(stage: Stage, scene_dir: Path) -> Path:
    return (scene_dir / stage.marker).parent / ".failed"


def _write_failure(stage: Stage, scene_dir: Path, settings: RunSettings, error: Exception) -> None:
    remedy = getattr(error, "remedy", None)
    marker = FailureMarker(
        scene_id=scene_dir.name,
        job_name=stage.name,
        timestamp=datetime.now(UTC).isoformat(timespec="seconds"),
        error=FailureError(
            code=str(getattr(error, "code", f"{stage.name}_failed")),
            message=str(error),
            type=type(error).__name__,
            stack_trace="".join(traceback.format_exception(error)),
        ),
        context={"failed_step": stage.name},
        input_params=settings.model_dump(mode="json"),
        environment=versions(),
        recommendations=[remedy] if remedy else [],
    )
    path = _failure_path(stage, scene_dir)
    try:
        marker.write(path)
        write_atomically(path.parent / ".failed.summary", f"{stage.name}: {error}\n".encode())
    except StorageError:
        return  # the disk that made the stage fail cannot take the marker either; the error itself is raised
