"""Making one episode: roll out, judge, render if it succeeded, and write its record."""

import traceback

import numpy as np

from blueprint.contracts.disk import disk_error, is_disk_error
from blueprint.contracts.document import write_atomically
from blueprint.contracts.episode import EpisodeRecord, FailureReason, VideoInfo
from blueprint.contracts.errors import MissingDependencyError, StorageError
from blueprint.contracts.hashing import sha256_bytes
from blueprint.contracts.seeds import rng_for
from blueprint.contracts.variation import Variation
from blueprint.episodes.demonstrated.given import skills_given
from blueprint.episodes.job import EpisodeJob
from blueprint.episodes.observed import noisy_state, spoken_instruction
from blueprint.episodes.record import commit_record, npz_bytes, start_record
from blueprint.episodes.render import render_episode
from blueprint.episodes.rollout import Rollout, roll_out, versions
from blueprint.episodes.segments import segment_names
from blueprint.episodes.worlds import WorldCache, process_worlds
from blueprint.robots import load_embodiment
from blueprint.sim.mujoco_simulator import CONTROL_RATE_HZ
from blueprint.sim.protocol import SimulationError
from blueprint.sim.world import PHYSICS_TIMESTEP_S

__all__ = ["run_episode", "watched_episode"]


def run_episode(job: EpisodeJob, worlds: WorldCache | None = None) -> EpisodeRecord:
    """Make one episode and write its record folder; a failed attempt is a record without videos.

    Raises InputError or MissingDependencyError where the attempt could not even be made.
    """
    worlds = worlds or process_worlds()
    variation = job.read_variation()
    world = worlds.world(job.scene_dir, job.task, variation)
    rng = rng_for(job.seed, "episode", job.episode_id)
    rollout = roll_out(world, job.task, rng, job.max_ticks, skills_given(job.given, world, worlds))
    arrays = rollout.trace.arrays(len(world.embodiment.action_names))
    arrays["state"] = noisy_state(arrays["state"], world.embodiment.units, variation, job.seed)
    part = start_record(job)
    trajectory = npz_bytes(arrays)
    write_atomically(part / "trajectory.npz", trajectory)
    videos: list[VideoInfo] = []
    segments: list[str] = []
    success, reason, detail = rollout.success, rollout.reason, rollout.detail
    if success and job.render.enabled:
        renderer = worlds.renderer(job.scene_dir, job.task, variation, job.render)
        states: np.ndarray = arrays["qpos"][: rollout.trace.frames]
        try:
            videos = render_episode(world, renderer, states, part, job.render, CONTROL_RATE_HZ)
            segments = segment_names(world.model) if job.render.segmentation else []
        except SimulationError as error:
            success, reason, detail = False, error.reason, error.detail
            for pattern in ("*.mp4", "*.stats.npz", "*.parquet"):
                for path in sorted(part.glob(pattern)):
                    path.unlink()
    record = _record(job, variation, rollout).model_copy(
        update={
            "success": success,
            "failure_reason": reason,
            "failure_detail": detail,
            "videos": videos,
            "segments": segments,
            "hashes": {**job.input_hashes, "trajectory": sha256_bytes(trajectory)},
        }
    )
    return commit_record(job, part, record)


def watched_episode(job: EpisodeJob) -> EpisodeRecord:
    """Like `run_episode`, but a defect in it becomes the record of a crashed episode, with the traceback."""
    try:
        return run_episode(job)
    except (MissingDependencyError, StorageError):
        raise  # nothing that another episode could do better
    except Exception as error:  # the watchdog: one broken episode must not lose the others
        if isinstance(error, OSError) and is_disk_error(error):
            raise disk_error("read or write", error.filename or job.folder, error) from error
        part = start_record(job)
        write_atomically(part / "traceback.txt", traceback.format_exc().encode())
        record = _empty_record(job).model_copy(
            update={
                "failure_reason": FailureReason.CRASHED,
                "failure_detail": f"{type(error).__name__}: {error}"[:2000],
                "hashes": {},
            }
        )
        return commit_record(job, part, record)


def _record(job: EpisodeJob, variation: Variation | None, rollout: Rollout) -> EpisodeRecord:
    return _empty_record(job).model_copy(
        update={
            "variation_id": variation.variation_id if variation else "nominal",
            "instruction": spoken_instruction(job.task, variation),
            "frames": rollout.trace.frames,
            "predicates": rollout.predicates,
            "subtasks": rollout.trace.subtasks,
            "recoveries": rollout.trace.recoveries,
        }
    )


def _empty_record(job: EpisodeJob) -> EpisodeRecord:
    task = job.task
    embodiment = load_embodiment(task.embodiment)
    return EpisodeRecord(
        episode_id=job.episode_id,
        scene_id=task.task_id.split("::")[0],
        task_id=task.task_id,
        task_type=task.task_type,
        instruction=task.instruction,
        embodiment=task.embodiment,
        variation_id=job.variation_id or "nominal",
        source=job.given.source if job.given else "planned",
        source_episode=job.given.path.name if job.given else None,
        seed=job.seed,
        fps=CONTROL_RATE_HZ,
        timestep_s=PHYSICS_TIMESTEP_S,
        frames=0,
        success=False,
        state_names=embodiment.state_names,
        action_names=embodiment.action_names,
        arms=embodiment.arm_names,
        versions=versions(),
    )
