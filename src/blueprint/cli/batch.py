"""The verb `batch`: many scenes, on this machine or on a cluster."""

import json
from typing import Annotated, Literal

import typer

from blueprint.cli.app import app
from blueprint.cli.progress import shown
from blueprint.contracts.errors import StageError

__all__: list[str] = []


@app.command()
def batch(
    manifest: Annotated[str, typer.Argument(help="A JSON list of prompts, paths or scene ids, or {scenes: […]}.")],
    root: Annotated[str, typer.Option(help="Where scenes are kept: a folder, gs://… or s3://….")] = "runs",
    batch_id: Annotated[str | None, typer.Option(help="Name of the batch; by default the manifest's.")] = None,
    seed: Annotated[int, typer.Option(help="Batch seed: each scene's own derives from it.")] = 0,
    episodes: Annotated[int, typer.Option(help="How many episodes a scene, where the manifest says nothing.")] = 8,
    tasks: Annotated[int, typer.Option(help="At most how many tasks a scene.")] = 4,
    variations: Annotated[int, typer.Option(help="How many certified variations of each scene.")] = 4,
    robot: Annotated[str, typer.Option(help="Embodiment, where the manifest names none.")] = "panda",
    width: Annotated[int, typer.Option(help="Video width in pixels.")] = 320,
    height: Annotated[int, typer.Option(help="Video height in pixels.")] = 240,
    renderer: Annotated[str, typer.Option(help="auto, egl, osmesa or filament.")] = "auto",
    engine: Annotated[str, typer.Option(help="Where jobs run: local, dask or ray; the same bytes.")] = "local",
    engine_address: Annotated[
        str | None, typer.Option(help="A running cluster: tcp://host:8786 (dask), host:6379 (ray).")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes, unless a cluster is named.")] = 1,
    max_concurrent: Annotated[
        int, typer.Option(min=0, help="At most how many scenes are begun and not finished; 0 for one per slot.")
    ] = 0,
    rate_limit: Annotated[
        float, typer.Option(min=0.0, help="At most how many scenes begin per minute; 0 for no limit.")
    ] = 0.0,
    retries: Annotated[int, typer.Option(min=0, help="How often a job that failed is tried again.")] = 1,
    retry_delay: Annotated[float, typer.Option(min=0.0, help="Seconds before that; doubles each time.")] = 1.0,
    on_failure: Annotated[
        Literal["continue", "abort"], typer.Option(help="What a scene that fails means for the others.")
    ] = "continue",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Start existing scenes again.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON for machines instead of text for people.")
    ] = False,
) -> None:
    """Run many scenes; what is done is skipped, what is lost is done again, one dataset comes out for each robot."""
    from blueprint.engines.batch import BatchLimits, run_batch
    from blueprint.engines.batch_plan import batch_key, plan_batch
    from blueprint.engines.batch_record import REPORT, BatchRecord
    from blueprint.engines.open import open_engine
    from blueprint.pipeline.settings import RunSettings

    given = {"seed": seed, "episodes": episodes, "tasks": tasks, "variations": variations, "robot": robot}
    given |= {"width_px": width, "height_px": height, "renderer": renderer, "engine": engine, "workers": workers}
    settings = RunSettings.parse(json.dumps(given), where="the command line")
    plan = plan_batch(manifest, root, settings, batch_id=batch_id, overwrite=overwrite)
    limits = BatchLimits(max_concurrent, rate_limit, retries, retry_delay, on_failure)
    record = BatchRecord(root, plan.batch_id, settings.engine)
    with open_engine(settings.engine, workers, engine_address) as opened, shown(as_json) as progress:
        scenes = run_batch(plan, opened, limits, record, progress)
    report = record.merge(scenes)
    if as_json:
        typer.echo(json.dumps(report.model_dump(mode="json", exclude_none=True)))
    else:
        counts = ("success", "skipped", "failed", "cancelled")
        typer.echo(f"scenes   {', '.join(f'{getattr(report, name)} {name}' for name in counts)}")
        for item in report.datasets:
            typer.echo(f"dataset  {item.path}  {item.episodes} episodes of {item.scenes} scenes")
        typer.echo(f"report   {root}/{batch_key(plan.batch_id, REPORT)}")
    if report.failed or report.cancelled:
        told = "; ".join(f"{item.scene_id}: {item.error_message[:200]}" for item in report.failures[:5])
        message = f"{report.failed} of {report.total} scenes failed, {report.cancelled} were cancelled: {told}"
        raise StageError(message, remedy="see the dead letters; the same command goes on.")
    if report.dataset_problem:
        raise StageError(f"the scenes' datasets could not be merged: {report.dataset_problem}", remedy="see there.")
