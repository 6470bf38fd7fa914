"""A batch of scenes on an engine: what may start starts, what is lost is sent again, what fails is put aside."""

import time
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from blueprint.contracts.dead_letter import DeadLetter
from blueprint.contracts.errors import InterruptedRunError
from blueprint.engines.batch_plan import BatchPlan, batch_key
from blueprint.engines.batch_record import BatchRecord
from blueprint.engines.scene_jobs import EpisodesOrder, finish_scene, make_episodes, prepare_scene
from blueprint.engines.scene_state import SceneJob, SceneState, may_pass
from blueprint.episodes.engine import Engine, WorkerLostError
from blueprint.pipeline.stage import Progress, silent
from blueprint.pipeline.workspace import locked_key
from blueprint.services.logs import logger
from blueprint.sim.gl import choose_gl
from blueprint.storage.store import open_store

__all__ = ["BatchLimits", "run_batch"]

_MAX_LOSSES = 5  # of one job, in all
_LOOK_S = 5.0  # between looks for new nodes while jobs wait
_ALONE_AFTER = 3  # losses after which a job runs alone, so that it takes nobody else's worker along


@dataclass(frozen=True)
class BatchLimits:
    """How a batch may use its engine and how patient it is.

    At most `max_concurrent` scenes are begun and not finished (0: one for each slot); at most `rate_limit` scenes begin
    per minute (0: no limit). A job that fails in a way that may pass is tried `retries` times more, after
    `retry_delay_s`, twice as long each time. `episodes_per_job` are made by one worker in a row.
    """

    max_concurrent: int = 0
    rate_limit: float = 0.0
    retries: int = 1
    retry_delay_s: float = 1.0
    on_failure: Literal["continue", "abort"] = "continue"
    episodes_per_job: int = 4


@dataclass
class _Batch:
    engine: Engine
    plan: BatchPlan
    limits: BatchLimits
    record: BatchRecord
    progress: Progress
    scenes: list[SceneState]
    queue: list[SceneJob] = field(default_factory=list)
    running: dict[Future[Any], SceneJob] = field(default_factory=dict)
    next_start_s: float = 0.0
    renderer: str | None = None
    episodes_wanted: int = 0
    episodes_made: int = 0


def run_batch(
    plan: BatchPlan, engine: Engine, limits: BatchLimits, record: BatchRecord, progress: Progress = silent
) -> list[SceneState]:
    """Run every scene of a batch and return their states; `record` keeps the report and the dead letters up to date.

    Raises LockHeldError while another process runs this batch, InterruptedRunError when it was stopped, after the
    report says so. A scene that fails does not raise.
    """
    batch = _Batch(engine, plan, limits, record, progress, [SceneState(order) for order in plan.orders])
    with locked_key(open_store(plan.root), batch_key(plan.batch_id, "locks/run.lock")):
        _run(batch)
    return batch.scenes


def _run(batch: _Batch) -> None:
    batch.record.keep(batch.scenes)
    try:
        while any(scene.status in ("waiting", "running") for scene in batch.scenes):
            _begin_scenes(batch)
            _submit(batch)
            _settle(batch)
    except KeyboardInterrupt as error:
        _cancel_rest(batch)
        message = f"batch {batch.plan.batch_id} was stopped; what was finished is kept."
        raise InterruptedRunError(message, remedy="go on with the same command.") from error
    finally:
        for future in batch.running:
            future.cancel()
        batch.record.keep(batch.scenes)


def _begin_scenes(batch: _Batch) -> None:
    """Let scenes begin as far as the limits allow."""
    most = batch.limits.max_concurrent or batch.engine.slots
    begun = sum(scene.status == "running" for scene in batch.scenes)
    for scene in batch.scenes:
        now = time.monotonic()
        if begun >= most or now < batch.next_start_s:
            return
        if scene.status != "waiting":
            continue
        scene.status = "running"
        begun += 1
        if batch.limits.rate_limit > 0:
            batch.next_start_s = now + 60.0 / batch.limits.rate_limit
        _add(batch, SceneJob(scene, "prepare"))


def _add(batch: _Batch, *jobs: SceneJob) -> None:
    for job in jobs:
        job.scene.open_jobs += 1
        batch.queue.append(job)


def _submit(batch: _Batch) -> None:
    """Hand the most urgent jobs to free slots; one that lost its worker too often waits until it can be alone."""
    batch.queue.sort(key=lambda job: (job.losses >= _ALONE_AFTER, job.urgency))
    for job in list(batch.queue):
        is_alone = job.losses >= _ALONE_AFTER
        taken = any(other.losses >= _ALONE_AFTER for other in batch.running.values())
        if taken or len(batch.running) >= (1 if is_alone else batch.engine.slots):
            return
        if job.not_before_s > time.monotonic():
            continue
        batch.queue.remove(job)
        batch.running[_start(batch, job)] = job


def _start(batch: _Batch, job: SceneJob) -> Future[Any]:
    scene, order = job.scene, job.scene.order
    if job.kind == "prepare":
        scene.attempts += 1
        return batch.engine.submit(prepare_scene, order)
    if job.kind == "finish":
        return batch.engine.submit(finish_scene, order)
    assert scene.prepared is not None
    if batch.renderer is None:
        chosen = order.settings.renderer
        batch.renderer = choose_gl() if chosen == "auto" else chosen
    part = EpisodesOrder(scene.prepared.version, order.settings, job.numbers, batch.renderer)
    return batch.engine.submit(make_episodes, part)


def _settle(batch: _Batch) -> None:
    """Wait until a job ends or another may start, and draw the conclusions."""
    done, _ = wait(batch.running, timeout=_pause_s(batch), return_when=FIRST_COMPLETED)
    if not batch.running:
        time.sleep(_pause_s(batch) or 0.0)
    for future in done:
        job = batch.running.pop(future)
        job.scene.open_jobs -= 1
        error = future.exception()
        if error is None:
            _go_on(batch, job, future.result())
        else:
            _try_again(batch, job, error)
    if done:
        _tell(batch)


def _pause_s(batch: _Batch) -> float | None:
    """Return how long nothing can start, in seconds; None while only the end of a job can change that."""
    due = [job.not_before_s for job in batch.queue if job.not_before_s > 0.0]
    if batch.queue:
        due.append(time.monotonic() + _LOOK_S)
    if batch.next_start_s and any(scene.status == "waiting" for scene in batch.scenes):
        due.append(batch.next_start_s)
    if not due:
        return None
    return max(0.01, min(due) - time.monotonic())


def _go_on(batch: _Batch, job: SceneJob, result: Any) -> None:
    """Take a job's result and add the jobs that it makes possible."""
    scene = job.scene
    if scene.status != "running":
        return
    if job.kind == "prepare":
        scene.prepared = result
        size, todo = batch.limits.episodes_per_job, result.episodes
        parts = [todo[first : first + size] for first in range(0, len(todo), size)]
        _add(batch, *(SceneJob(scene, "episodes", numbers) for numbers in parts))
        batch.episodes_wanted += len(todo)
    batch.episodes_made += len(job.numbers)
    if job.kind == "finish":
        scene.finished, scene.status = result, "success"
        logger().info("scene finished", scene=scene.order.scene_id, skipped=scene.skipped)
        batch.record.keep(batch.scenes)
    elif scene.open_jobs == 0:
        _add(batch, SceneJob(scene, "finish"))


def _try_again(batch: _Batch, job: SceneJob, error: BaseException) -> None:
    """Send a job again that lost its worker or failed in a way that may pass, else give its scene up."""
    scene, log = job.scene, logger()
    if scene.status != "running":
        return
    now = datetime.now(UTC).isoformat(timespec="seconds")
    job.first_failure = job.first_failure or now
    if isinstance(error, WorkerLostError):
        job.losses += 1
        batch.record.lost_workers += 1
        again = job.losses < _MAX_LOSSES
    else:
        job.failures += 1
        again = may_pass(error) and job.failures <= batch.limits.retries
        job.not_before_s = time.monotonic() + batch.limits.retry_delay_s * 2 ** (job.failures - 1)
    log.info("job failed", scene=scene.order.scene_id, job=job.kind, error=str(error)[:300], again=again)
    if again:
        _add(batch, job)
        return
    letter = scene.bury(job, error, batch.plan.batch_id, batch.engine.name, now, 1 + batch.limits.retries)
    batch.queue = [other for other in batch.queue if other.scene is not scene]
    _put_aside(batch, letter)


def _put_aside(batch: _Batch, letter: DeadLetter) -> None:
    batch.record.bury(letter)
    if batch.limits.on_failure == "abort":
        _cancel_rest(batch)
    batch.record.keep(batch.scenes)


def _cancel_rest(batch: _Batch) -> None:
    batch.queue.clear()
    for scene in batch.scenes:
        if scene.status in ("waiting", "running"):
            scene.status = "cancelled"


def _tell(batch: _Batch) -> None:
    ended = sum(scene.status in ("success", "failed", "cancelled") for scene in batch.scenes)
    failed = sum(scene.status == "failed" for scene in batch.scenes)
    batch.progress("scenes", ended, len(batch.scenes), f"{failed} failed" if failed else "")
    if batch.episodes_wanted:
        batch.progress("episodes", batch.episodes_made, batch.episodes_wanted)
