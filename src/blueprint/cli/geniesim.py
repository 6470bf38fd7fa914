"""Verbs about Genie Sim 3: its package, its server, jobs on it, and what comes back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from blueprint.cli.app import app
from blueprint.contracts.errors import GateError, ServiceError

if TYPE_CHECKING:
    from blueprint.contracts.geniesim.export_manifest import ExportManifest

__all__: list[str] = []

geniesim_app = typer.Typer(help="Genie Sim 3: export a package, serve, submit, check health, import episodes.")
app.add_typer(geniesim_app, name="geniesim")

Host = Annotated[str | None, typer.Option(help="Where the server is; by default GENIESIM_HOST, or localhost.")]
Port = Annotated[int | None, typer.Option(help="Its port; by default GENIESIM_PORT, or 50051.")]
Assets = Annotated[Path | None, typer.Option(envvar="SIM_ASSETS", help="The asset root that client and server share.")]
Recordings = Annotated[
    Path | None, typer.Option(envvar="GENIESIM_RECORDINGS", help="The folder that the server records into.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of text for people.")]


@geniesim_app.command("export")
def export(
    scene: Annotated[str, typer.Argument(metavar="SCENE", help="A scene folder, or the id of a scene below --root.")],
    root: Annotated[str, typer.Option(help="Where scenes are kept: a folder, gs:// or s3://.")] = "runs",
    commercial: Annotated[
        bool | None, typer.Option("--commercial/--any-licence", help="Leave out what may not be used commercially.")
    ] = None,
    episodes: Annotated[int | None, typer.Option(help="Episodes that a task template asks for; at first 10.")] = None,
    max_tasks: Annotated[int | None, typer.Option(help="At most how many tasks, and templates per robot.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Make and judge it elsewhere; change nothing.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Export again even if nothing has changed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write a scene's package for Genie Sim: asset root, task templates, benchmark, scene graph and tasks."""
    from blueprint.cli.progress import shown
    from blueprint.pipeline.geniesim.export import export_scene, preview_scene

    given = {"filter_commercial": commercial, "episodes_per_task": episodes, "max_tasks": max_tasks}
    changes = {name: value for name, value in given.items() if value is not None}
    if dry_run:
        manifest = preview_scene(scene, root, changes)
        if as_json:
            typer.echo(manifest.to_json(), nl=False)
        else:
            typer.echo(_preview_text(manifest))
        if not manifest.result.success:
            raise typer.Exit(GateError.exit_code)
        return
    with shown(as_json) as progress:
        run = export_scene(scene, root, changes, force=force, progress=progress)
        progress.finished(run)


def _preview_text(manifest: "ExportManifest") -> str:
    counts, cost = manifest.result.statistics, manifest.estimate
    price = f", {cost.cost_usd:.2f} USD" if cost.cost_usd is not None else ""
    lines = [
        f"scene {manifest.result.scene_id}: {counts.nodes} objects, {counts.edges} relations, {counts.tasks} tasks",
        f"package: {counts.packages} assets, {counts.templates} task templates, {len(manifest.file_inventory)} files",
        f"collecting {cost.episodes} episodes: {cost.cpu_hours:.2f} CPU h, {cost.gigabytes:.2f} GiB{price} "
        f"({cost.figures_source})",
    ]
    lines += [f"gate {name}: {'passed' if passed else 'FAILED'}" for name, passed in manifest.quality_gates.items()]
    lines += [f"error: {text}" for text in manifest.result.errors]
    return "\n".join([*lines, *(f"note: {text}" for text in manifest.result.warnings)])


@geniesim_app.command("health")
def health(
    scene: Annotated[Path | None, typer.Argument(help="A scene folder, to look at its circuit breaker too.")] = None,
    host: Host = None,
    port: Port = None,
    assets: Assets = None,
    recordings: Recordings = None,
    timeout: Annotated[float, typer.Option(help="Seconds to wait for an answer.")] = 5.0,
    as_json: AsJson = False,
) -> None:
    """Try the server and the folders that a job needs; exit code 7 if something is not well."""
    from blueprint.episodes.geniesim.health import check_health
    from blueprint.sim.geniesim.endpoint import endpoint_from_environment

    endpoint = endpoint_from_environment(host=host, port=port)
    report = check_health(endpoint, scene_dir=scene, assets=assets, recordings=recordings, timeout_s=timeout)
    if as_json:
        typer.echo(report.to_json(), nl=False)
    else:
        for check in report.checks:
            remedy = f" Remedy: {check.remedy}" if check.remedy and check.status != "ok" else ""
            typer.echo(f"{check.status:<8} {check.name}: {check.detail.rstrip('.')}.{remedy}")
    if not report.healthy:
        raise typer.Exit(ServiceError.exit_code)


@geniesim_app.command("serve")
def serve(
    assets: Annotated[Path, typer.Option(envvar="SIM_ASSETS", help="The asset root, shared with the client.")],
    out: Annotated[Path, typer.Option(envvar="GENIESIM_RECORDINGS", help="Where episodes are written.")] = Path(
        "recording_data"
    ),
    host: Annotated[str, typer.Option(help="Address to listen on; the protocol has no authentication.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 lets the system choose.")] = 50051,
    physics_step: Annotated[float, typer.Option(help="Physics step in seconds.")] = 0.002,
    camera_scale: Annotated[float, typer.Option(help="Recorded pictures' sides, relative to the cameras'.")] = 1.0,
    stay: Annotated[bool, typer.Option("--stay", help="Go on serving after a client's exit call.")] = False,
    headless: Annotated[bool, typer.Option("--headless", help="Accepted: there is never a window.")] = False,
) -> None:
    """Serve Genie Sim's protocol on MuJoCo until a client calls exit, or Ctrl-C or SIGTERM."""
    import time

    from blueprint.sim.geniesim.server import GenieServer, ServerSettings
    from blueprint.sim.geniesim.world import GenieWorld, WorldSettings

    settings = WorldSettings(assets, out, physics_step, camera_scale, time.time_ns)
    server = GenieServer(GenieWorld(settings), ServerSettings(host, port, stay=stay))
    number = server.start()
    typer.echo(f"serving {assets} on {host}:{number}, episodes go to {out}")
    try:
        server.wait()
    except KeyboardInterrupt:
        typer.echo("stopping", err=True)
    finally:
        server.stop()


@geniesim_app.command("submit")
def submit(
    scene: Annotated[Path, typer.Argument(help="The scene folder; its package must have been exported.")],
    host: Host = None,
    port: Port = None,
    assets: Annotated[
        Path | None,
        typer.Option(envvar="SIM_ASSETS", help="The asset root, shared with the server; by default the package's own."),
    ] = None,
    recordings: Recordings = None,
    episodes: Annotated[
        int | None, typer.Option(help="Episodes of each task; by default as the task templates say.")
    ] = None,
    robot: Annotated[str | None, typer.Option(help="g1 or g2: only this robot's templates.")] = None,
    task: Annotated[str | None, typer.Option(help="Only templates whose name contains this.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the layouts that are drawn.")] = 0,
    timeout: Annotated[float, typer.Option(help="Seconds for the whole job.")] = 14_400.0,
    force_resubmit: Annotated[
        bool, typer.Option("--force-resubmit", help="Collect again what was collected of this very export.")
    ] = False,
    validate_only: Annotated[
        bool, typer.Option("--validate-only", help="Check endpoint, credentials, folders and gates; submit nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Collect the episodes that a package asks for on a Genie Sim server: ours, or AgiBot's."""
    import json

    from blueprint.cli.progress import shown
    from blueprint.pipeline.geniesim.submission import Submission, submit_scene

    submission = Submission(
        scene_dir=scene,
        host=host,
        port=port,
        assets=assets,
        recordings=recordings,
        episodes_per_task=episodes,
        robot=robot,
        task=task,
        seed=seed,
        timeout_s=timeout,
        force=force_resubmit,
        validate_only=validate_only,
    )
    with shown(as_json) as progress:
        result = submit_scene(submission, lambda done, total, note: progress("geniesim-submit", done, total, note))
    if as_json:
        typer.echo(result.to_json(), nl=False)
    elif validate_only:
        typer.echo("ready to submit")
    else:
        typer.echo(json.dumps(result.model_dump(mode="json", include={"job_id", "status", "progress", "message"})))


@geniesim_app.command("import")
def import_episodes(
    scene: Annotated[Path, typer.Argument(help="The scene folder.")],
    episodes: Annotated[
        Path | None,
        typer.Option(
            help="Folder or archive (zip, tar, tar.gz) of episodes; by default where geniesim/job.json says they are."
        ),
    ] = None,
    job_id: Annotated[str | None, typer.Option("--job-id", help="Names episodes/geniesim_<job id>.")] = None,
    fail_on_partial_error: Annotated[
        bool, typer.Option("--fail-on-partial-error", help="Fail if a single episode is refused.")
    ] = False,
    min_quality_score: Annotated[
        float | None, typer.Option(help="Refuse episodes with a lower score, 0.5 to 0.95; by default none is refused.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Import again what was imported before.")] = False,
    as_json: AsJson = False,
) -> None:
    """Judge recorded episodes one by one; certificates, LeRobot v2.1 and v3.0, and a bundle of the good ones."""
    from blueprint.cli.progress import shown
    from blueprint.pipeline.steps.geniesim_import import ImportRequest, run_geniesim_import

    request = ImportRequest(
        scene_dir=scene,
        episodes=episodes,
        job_id=job_id,
        fail_on_partial_error=fail_on_partial_error,
        overwrite=overwrite,
        min_quality_score=min_quality_score,
    )
    if as_json:
        typer.echo(run_geniesim_import(request).manifest.to_json(), nl=False)
        return
    with shown(as_json=False) as progress:
        result = run_geniesim_import(request, lambda done, total, note: progress("geniesim-import", done, total, note))
    counts = result.manifest.episodes
    said = ", ".join(f"{name} {count}" for name, count in counts["refused_by_reason"].items())
    typer.echo(
        f"{result.status}: {counts['passed_validation']} of {counts['downloaded']} episodes accepted"
        + (f"; refused: {said}" if said else "")
    )
    typer.echo(str(result.folder))


@geniesim_app.command("poll")
def poll_jobs(
    root: Annotated[Path, typer.Argument(help="The folder that holds scenes/.")],
    once: Annotated[bool, typer.Option("--once", help="Look once instead of again and again.")] = False,
    interval: Annotated[float, typer.Option(min=1.0, help="Seconds between two rounds.")] = 300.0,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="With --once: try failed imports again.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Import the episodes of every finished job that has no import marker; exit code 5 if an import failed (--once)."""
    import dataclasses
    import json
    import time

    from blueprint.contracts.errors import StageError
    from blueprint.pipeline.geniesim.poller import poll, poll_forever

    results = poll(root, retry_failed=retry_failed) if once else poll_forever(root, interval, time.sleep)
    failed = False
    for result in results:
        failed |= result.status == "failed"
        if as_json:
            typer.echo(json.dumps(dataclasses.asdict(result)))
        else:
            typer.echo(f"{result.status:<14} {result.scene_id} {result.job_id} {result.detail}".rstrip())
    if failed:
        raise typer.Exit(StageError.exit_code)


@geniesim_app.command("webhook")
def webhook(
    root: Annotated[Path, typer.Argument(help="The folder that holds scenes/.")],
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 lets the system choose.")] = 8088,
) -> None:
    """Wait for signed job-complete messages and import; the secret is in GENIESIM_WEBHOOK_SECRET."""
    import os
    import time

    from blueprint.pipeline.geniesim.webhook import PATH, SECRET, ImportWebhook

    server = ImportWebhook(
        root,
        os.environ.get(SECRET, ""),
        time.time,
        host=host,
        port=port,
        on_done=lambda done: typer.echo(f"{done.status:<14} {done.scene_id} {done.job_id} {done.detail}".rstrip()),
    )
    server.start()
    typer.echo(f"waiting for messages at http://{host}:{server.port}{PATH}")
    try:
        server.wait()
    except KeyboardInterrupt:
        typer.echo("stopping", err=True)
    finally:
        server.stop()
