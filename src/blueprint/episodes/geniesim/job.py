"""A data-collection job: every episode of every template of an export, driven over the wire, once.

`geniesim/job.json` is rewritten after each episode, so a job that was killed, timed out or lost its server goes on with
the episodes that it has not. The same export is the same job: a second submission of it does nothing.
"""

import fcntl
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from blueprint.contracts.disk import disk_error
from blueprint.contracts.document import write_atomically
from blueprint.contracts.errors import BlueprintError, InputError, StageError
from blueprint.contracts.geniesim.job import (
    EpisodeOutcome,
    JobIdempotency,
    JobOutput,
    JobProgress,
    JobStatus,
    SubmissionMarker,
)
from blueprint.contracts.geniesim.template import TaskTemplate
from blueprint.contracts.seeds import rng_for
from blueprint.episodes.geniesim.breaker import RECOVERY_S, THRESHOLD, CircuitBreaker
from blueprint.episodes.geniesim.drive import drive_episode, open_scene
from blueprint.episodes.geniesim.instance import EpisodeInstance, sample_instance
from blueprint.episodes.geniesim.submission_key import job_id_of, marker_hash, submission_key
from blueprint.sim.geniesim.client import CallSettings, GenieClient, RpcError
from blueprint.sim.geniesim.endpoint import Endpoint

__all__ = ["EVENTS", "FAILED", "JOB", "SUBMITTED", "JobRequest", "JobTimeoutError", "run_job"]

JOB = "job.json"
EVENTS = "job_events.jsonl"
SUBMITTED, FAILED = ".geniesim_submitted", ".geniesim_failed"
_DONE = ("completed", "completed_with_errors")
_PER_RUN = ("robot", "background", "candidate:")  # Genie Sim's client draws these once for all episodes of a template


class JobTimeoutError(StageError):
    """The job's overall time is over; what it has is kept."""


@dataclass(frozen=True)
class JobRequest:
    """What to collect and how long to wait. `recordings` is the folder that the server records into.

    `episodes` is a number in all, shared out among the templates; without it `episodes_per_task` counts, and without
    that each template's own number. Of a template's cameras (prim paths) those are recorded that `wants_camera`. Times
    are real seconds.
    """

    scene_dir: Path
    templates: tuple[Path, ...]
    assets: Path
    recordings: Path
    seed: int = 0
    episodes_per_task: int | None = None
    episodes: int | None = None
    timeout_s: float = 14_400.0
    reconnect_s: float = 60.0
    force: bool = False
    breaker_threshold: int = THRESHOLD
    breaker_recovery_s: float = RECOVERY_S
    calls: CallSettings = field(default_factory=CallSettings)
    wants_camera: Callable[[str], bool] = lambda prim: True

    @property
    def folder(self) -> Path:
        return self.scene_dir / "geniesim"


def run_job(
    request: JobRequest,
    endpoint: Endpoint,
    *,
    on_progress: Callable[[int, int, str], None] = lambda done, total, note: None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    clock: Callable[[], float] = time.monotonic,
) -> JobOutput:
    """Collect what the export asks for and return the job as it ended; what was collected before is not again.

    Raises InputError where nothing is exported or another client is submitting this scene, CircuitOpenError while the
    breaker is open, JobTimeoutError when the time is over, ServiceError when the server is gone for good. In each case
    job.json says so, and the next submission goes on from there.
    """
    with _exclusive(request.folder):
        key = submission_key(request.scene_dir.name, request.folder, now().isoformat())
        templates = [TaskTemplate.read(path) for path in request.templates]
        if not templates:
            raise InputError(f"{request.folder} has no task template.", remedy="run `blueprint geniesim export` first.")
        wanted = [(template, index) for template, count in _counts(request, templates) for index in range(count)]
        earlier = _earlier(request.folder)
        if earlier is not None and earlier.idempotency.key == key.key and not request.force:
            if earlier.status in _DONE and earlier.progress.total == len(wanted):
                return earlier
            kept = [item for item in earlier.episodes if item.status == "failed" or _recorded(request, item)]
            if all(item.status == "failed" for item in kept):
                kept = []  # what was wrong was the server or the set-up, not an episode
            job = earlier.model_copy(update={"episodes": kept, "progress": _progress(kept, len(wanted))})
        else:
            repeats = 0
            if earlier is not None and earlier.idempotency.key == key.key:
                repeats = int(earlier.generation_params.get("resubmission", 0)) + 1
            job = _new_job(request, endpoint, key, repeats, len(wanted), now().isoformat())
        run = _Run(request, endpoint, job, on_progress, now, clock)
        return run.collect(wanted)


class _Run:
    """One client at work on a job."""

    def __init__(
        self,
        request: JobRequest,
        endpoint: Endpoint,
        job: JobOutput,
        on_progress: Callable[[int, int, str], None],
        now: Callable[[], datetime],
        clock: Callable[[], float],
    ) -> None:
        self.request, self.endpoint, self.job = request, endpoint, job
        self.on_progress, self.now, self.clock = on_progress, now, clock
        self.started = clock()
        self.breaker = CircuitBreaker(
            request.folder,
            request.scene_dir.name,
            threshold=request.breaker_threshold,
            recovery_s=request.breaker_recovery_s,
            now=now,
        )

    def collect(self, wanted: list[tuple[TaskTemplate, int]]) -> JobOutput:
        self.breaker.before_call()
        self._write("running", None)
        self._submitted()
        done = {item.episode for item in self.job.episodes}
        try:
            with GenieClient(self.endpoint, self.request.calls) as client:
                self._reach(client)
                opened: str | None = None
                for template, index in wanted:
                    instance = sample_instance(template, self.request.assets, index, self._rng(template, index))
                    if instance.name not in done:
                        opened = self._episode(client, instance, opened)
        except JobTimeoutError as error:
            self._write("timed_out", str(error))
            raise
        except (BlueprintError, OSError) as error:
            self._write("failed", str(error)[:1000])
            raise
        failed, succeeded = self.job.progress.failed, self.job.progress.succeeded
        if failed:
            self._write("completed_with_errors" if succeeded else "failed", f"{failed} episodes failed")
        else:
            self._write("completed", None)
        return self.job

    def _episode(self, client: GenieClient, instance: EpisodeInstance, opened: str | None) -> str | None:
        """Drive one episode, again after the server was lost, until the breaker opens; returns the open template."""
        task = instance.template.task
        recording = f"[{instance.name}]"
        if (orphan := self._orphan(recording)) is not None:
            self._finished(
                EpisodeOutcome(episode=instance.name, task=task, status="succeeded", attempts=0, recording=orphan)
            )
            return opened
        while True:
            self._check_time()
            try:
                if opened != task:
                    open_scene(client, instance)
                    opened = task
                outcome = drive_episode(
                    client, instance, recording=recording, wants_camera=self.request.wants_camera, say=self._note
                )
            except RpcError as error:
                self.breaker.failed(str(error))
                self._event("server_lost", {"episode": instance.name, "error": str(error)[:500]})
                if not error.is_lost:
                    raise
                self.breaker.before_call()
                self._reach(client)
                opened = None
                continue
            self.breaker.succeeded()
            self._finished(self._verified(outcome))
            return task

    def _orphan(self, recording: str) -> str | None:
        """Return a recording of this job that was finished, but not entered before the client was stopped."""
        known = {*self.job.recordings_before, *(item.recording for item in self.job.episodes)}
        found = [folder.name for folder in _recordings(self.request, recording) if folder.name not in known]
        return found[-1] if found else None

    def _verified(self, outcome: EpisodeOutcome) -> EpisodeOutcome:
        """Believe a success only with its recording: exit codes and answers of a server prove nothing."""
        if outcome.status == "failed":
            return outcome
        folder = _recorded(self.request, outcome)
        if folder is not None:
            return outcome.model_copy(update={"recording": folder.name})
        return outcome.model_copy(
            update={
                "status": "failed",
                "recording": None,
                "error": f"the server said success, but {self.request.recordings} has no recording that says so",
            }
        )

    def _reach(self, client: GenieClient) -> None:
        try:
            client.wait_until_ready(self.request.reconnect_s)
        except RpcError as error:
            self.breaker.failed(str(error))
            raise

    def _rng(self, template: TaskTemplate, index: int) -> Callable[[str], np.random.Generator]:
        def draw(name: str) -> np.random.Generator:
            which = "run" if name.startswith(_PER_RUN) else index
            return rng_for(self.request.seed, "geniesim", self.request.scene_dir.name, template.task, which, name)

        return draw

    def _check_time(self) -> None:
        passed = self.clock() - self.started
        if passed > self.request.timeout_s:
            progress = self.job.progress
            raise JobTimeoutError(
                f"job {self.job.job_id} ran {passed:.0f} s, over its limit of {self.request.timeout_s:.0f} s, with "
                f"{progress.succeeded + progress.failed} of {progress.total} episodes.",
                remedy="submit it again: it goes on from there (or raise the limit).",
            )

    def _finished(self, outcome: EpisodeOutcome) -> None:
        episodes = [*self.job.episodes, outcome]
        progress = _progress(episodes, self.job.progress.total)
        self.job = self.job.model_copy(update={"episodes": episodes, "progress": progress})
        self._write("running", None)
        self._event("episode", outcome.model_dump(exclude_none=True))
        note = f"{progress.succeeded} succeeded, {progress.failed} failed"
        self.on_progress(progress.succeeded + progress.failed, progress.total, note)

    def _note(self, text: str) -> None:
        self._event("retry", {"detail": text[:500]})

    def _write(self, status: JobStatus, message: str | None) -> None:
        stamp = self.now().isoformat()
        ended = stamp if status not in ("submitted", "running") else None
        change = {"status": status, "message": message, "updated_at": stamp, "completed_at": ended}
        self.job = self.job.model_copy(update=change)
        self.job.write(self.request.folder / JOB)
        self._mark_failure(status, message, stamp)
        if ended:
            self._event(status, {"message": message})

    def _mark_failure(self, status: JobStatus, message: str | None, stamp: str) -> None:
        """`.geniesim_failed` stands as long as the job has failed, and no longer."""
        path = self.request.folder / FAILED
        if status in ("failed", "timed_out"):
            fields = {"scene_id": self.job.scene_id, "job_id": self.job.job_id, "status": status}
            _write_json(path, {**fields, "error": message, "timestamp": stamp})
        else:
            path.unlink(missing_ok=True)

    def _submitted(self) -> None:
        folder, job, key = self.request.folder, self.job, self.job.idempotency
        JobIdempotency(
            key=key.key,
            scene_id=job.scene_id,
            task_config_hash=key.task_config_hash,
            export_manifest_hash=key.export_manifest_hash,
            submitted_at=job.submitted_at,
            job_id=job.job_id,
            job_metadata_path=f"geniesim/{JOB}",
        ).write(folder / "job_idempotency.json")
        inputs = {
            "task_config": {"sha256": key.task_config_hash},
            "robot_types": job.generation_params["robot_types"],
            "episodes_per_task": str(job.generation_params["episodes_per_task"]),
            "quality_thresholds": {},
        }
        name = marker_hash(job.scene_id, inputs)
        SubmissionMarker(
            scene_id=job.scene_id, job_id=job.job_id, timestamp=job.submitted_at, hash=name, inputs=inputs
        ).write(folder / "idempotency" / f"{name}.json")
        marker = {"scene_id": job.scene_id, "job_id": job.job_id, "status": "submitted", "timestamp": job.submitted_at}
        _write_json(folder / SUBMITTED, marker)
        self._event("submitted", {"endpoint": job.endpoint, "episodes": job.progress.total})

    def _event(self, kind: str, fields: dict[str, Any]) -> None:
        progress = self.job.progress
        event = {
            "type": f"blueprintpipeline.geniesim.job.{kind}",
            "time": self.now().isoformat(),
            "job_id": self.job.job_id,
            "done": progress.succeeded + progress.failed,
            "total": progress.total,
            **fields,
        }
        path = self.request.folder / EVENTS
        try:
            with path.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(event, ensure_ascii=False) + "\n")
        except OSError as error:
            raise disk_error("write", path, error) from error


def _write_json(path: Path, fields: dict[str, Any]) -> None:
    write_atomically(path, (json.dumps(fields, indent=2, ensure_ascii=False) + "\n").encode())


def _counts(request: JobRequest, templates: list[TaskTemplate]) -> list[tuple[TaskTemplate, int]]:
    """Return how many episodes each template gets."""
    if request.episodes is None:
        return [(item, request.episodes_per_task or item.recording_setting.num_of_episode) for item in templates]
    each, more = divmod(request.episodes, len(templates))
    return [(item, each + (number < more)) for number, item in enumerate(templates)]


def _new_job(request: JobRequest, endpoint: Endpoint, key: Any, repeats: int, total: int, stamp: str) -> JobOutput:
    robots = sorted({TaskTemplate.read(path).robot.robot_id for path in request.templates})
    return JobOutput(
        job_id=job_id_of(key, repeats),
        scene_id=request.scene_dir.name,
        status="submitted",
        submitted_at=stamp,
        updated_at=stamp,
        idempotency=key,
        idempotency_key=key.key,
        endpoint=endpoint.target,
        profile=endpoint.profile,
        recordings_dir=str(request.recordings),
        recordings_before=sorted(path.name for path in request.recordings.glob("*") if path.is_dir()),
        bundle={name: f"geniesim/{name}.json" for name in ("scene_graph", "asset_index", "task_config")},
        generation_params={
            "robot_types": robots,
            "episodes_per_task": request.episodes_per_task or "template",
            "episodes": total,
            "seed": request.seed,
            "resubmission": repeats,
        },
        progress=JobProgress(total=total),
    )


def _progress(episodes: list[EpisodeOutcome], total: int) -> JobProgress:
    succeeded = sum(item.status == "succeeded" for item in episodes)
    return JobProgress(total=total, succeeded=succeeded, failed=len(episodes) - succeeded)


def _earlier(folder: Path) -> JobOutput | None:
    path = folder / JOB
    return JobOutput.read(path) if path.exists() else None


def _recorded(request: JobRequest, outcome: EpisodeOutcome) -> Path | None:
    """Return the newest recording of an episode that says that it succeeded, or None."""
    found = _recordings(request, outcome.recording or "")
    return found[-1] if found else None


def _recordings(request: JobRequest, name: str) -> list[Path]:
    """Return the recordings of a name that say that they succeeded: `name`, `name1`, `name2`, …, the newest last."""
    found = []
    for path in request.recordings.glob(f"{_escaped(name)}*/task_result.json"):
        suffix = path.parent.name[len(name) :]
        try:
            if (not suffix or suffix.isdigit()) and json.loads(path.read_bytes()).get("task_status") is True:
                found.append((int(suffix or 0), path.parent))
        except (OSError, ValueError, AttributeError):
            continue
    return [folder for _, folder in sorted(found)]


def _escaped(name: str) -> str:
    """Make a recording's name, which has square brackets, a glob pattern that matches it alone."""
    return "".join(f"[{sign}]" if sign in "[]*?" else sign for sign in name)


@contextmanager
def _exclusive(folder: Path) -> Iterator[None]:
    """Let one process of this machine submit a scene's job at a time; a killed one holds nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".submission.lock").open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InputError(
                f"another client is submitting scene {folder.parent.name}.", remedy="wait for it, or stop it first."
            ) from error
        yield
