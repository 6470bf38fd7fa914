"""Stages geniesim-submit and geniesim-import: demonstrations from a Genie Sim server, ending in the same dataset.

With GENIESIM_HOST set, that server collects them. Without it our own does, started for the job on the loopback
interface: the same package, the same calls, physics by MuJoCo.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from blueprint.contracts.geniesim.job import JobOutput
from blueprint.episodes.geniesim.job import JOB, JobRequest, run_job
from blueprint.pipeline.geniesim.submission import recordings_of, templates_of
from blueprint.pipeline.stage import Outcome, StageContext
from blueprint.pipeline.steps.episodes import success_checks
from blueprint.pipeline.steps.geniesim_import import import_geniesim
from blueprint.sim.geniesim.endpoint import Endpoint, endpoint_from_environment
from blueprint.sim.geniesim.own_server import own_server
from blueprint.storage import layout

__all__ = ["collect", "import_dataset"]

_ROBOT = "g2"
_CAMERA_SCALE = 0.25  # of the real cameras' sides, for the embedded server; a named server has its own
_STEREO = ("/head_left_Camera", "/head_right_Camera")


def collect(context: StageContext) -> Outcome:
    """Collect `settings.episodes` episodes, shared out among the package's templates of G2; resumes a killed job."""
    scene_dir, settings = context.scene_dir, context.settings
    assets, recordings = scene_dir / "geniesim" / "sim_assets", recordings_of(scene_dir)
    templates = templates_of(scene_dir, _ROBOT)
    with _server(assets, recordings) as (endpoint, is_own):
        job = run_job(
            JobRequest(
                scene_dir,
                templates,
                assets,
                recordings,
                seed=settings.seed,
                episodes=settings.episodes,
                wants_camera=_for_dataset if is_own else _any,
            ),
            endpoint,
            on_progress=context.progress,
        )
    progress = job.progress
    reasons = sorted({item.error for item in job.episodes if item.error})[:5]
    checks = success_checks(progress.total, progress.succeeded + progress.failed, progress.succeeded, reasons or "none")
    context.judge("geniesim_job_submitted", "geniesim_job_submitted", [scene_dir / "geniesim" / JOB], checks)
    where = "our own server on MuJoCo" if is_own else f"the server at {endpoint.target}"
    return Outcome(
        {
            "job_id": job.job_id,
            "collected_by": where,
            "episodes": job.progress.total,
            "succeeded": job.progress.succeeded,
        }
    )


def import_dataset(context: StageContext) -> Outcome:
    """Import the job's recordings and put their datasets where those of the other simulator are."""
    outcome = import_geniesim(context)
    job = JobOutput.read(context.scene_dir / "geniesim" / JOB)
    bundle = context.scene_dir / "episodes" / f"geniesim_{job.job_id}"
    wanted = [layout.LEROBOT_V3, *([layout.LEROBOT_V21] if context.settings.lerobot_v21 else [])]
    for place in (layout.LEROBOT_V3, layout.LEROBOT_V21):
        shutil.rmtree(context.scene_dir / place, ignore_errors=True)
    for place in wanted:
        source = bundle / Path(place).name
        if source.is_dir():
            shutil.copytree(source, context.scene_dir / place, copy_function=_link_or_copy)
    return outcome


@contextmanager
def _server(assets: Path, recordings: Path) -> Iterator[tuple[Endpoint, bool]]:
    """Yield the endpoint to use, and whether the server there is our own, started for this job."""
    if os.environ.get("GENIESIM_HOST"):
        yield endpoint_from_environment(), False
        return
    with own_server(assets, recordings, assets.parent / "server.log", camera_scale=_CAMERA_SCALE) as endpoint:
        yield endpoint, True


def _for_dataset(prim: str) -> bool:
    """Whether a camera's pictures go into the dataset; the stereo pair, most of the pixels, does not."""
    return not prim.endswith(_STEREO)


def _any(prim: str) -> bool:
    return True


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
