"""The verbs. Each calls one public function and prints what came back."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from blueprint.cli.app import app
from blueprint.cli.progress import shown
from blueprint.contracts.errors import GateError, InputError

__all__: list[str] = []

Root = Annotated[str, typer.Option(help="Where scenes are kept: a folder, gs://bucket/prefix or s3://bucket/prefix.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of text for people.")]
EngineAddress = Annotated[
    str | None, typer.Option(help="A running cluster: tcp://host:8786 (dask), host:6379 (ray); by default one here.")
]
gate_app = typer.Typer(help="Quality gates of a scene: list them, or let work go on past a failed one.")
app.add_typer(gate_app, name="gate")


@app.command()
def run(
    source: Annotated[str, typer.Argument(metavar="PROMPT|scene_request.json|SCENE_DIR")],
    root: Root = "runs",
    scene_id: Annotated[str | None, typer.Option(help="Name of the scene; by default made from the prompt.")] = None,
    seed: Annotated[int, typer.Option(help="Run seed: the same seed gives the same bytes.")] = 0,
    episodes: Annotated[int, typer.Option(help="How many episodes to roll out.")] = 8,
    tasks: Annotated[int, typer.Option(help="At most how many tasks to emit.")] = 4,
    variations: Annotated[int, typer.Option(help="How many certified variations of the scene to sample.")] = 4,
    robot: Annotated[
        str, typer.Option(help="Embodiment (see docs/robots.md); those called primitive_… need no download.")
    ] = "panda",
    simulator: Annotated[
        str, typer.Option(help="mujoco, or geniesim: a Genie Sim server (GENIESIM_HOST), or our own if none is named.")
    ] = "mujoco",
    width: Annotated[int, typer.Option(help="Video width in pixels.")] = 320,
    height: Annotated[int, typer.Option(help="Video height in pixels.")] = 240,
    renderer: Annotated[str, typer.Option(help="auto, egl, osmesa or filament.")] = "auto",
    lerobot_v21: Annotated[bool, typer.Option("--lerobot-v21", help="Write a LeRobot v2.1 dataset as well.")] = False,
    depth: Annotated[bool, typer.Option("--depth", help="Store depth beside every camera's video, mm.")] = False,
    segmentation: Annotated[
        bool, typer.Option("--segmentation", help="Store which thing each pixel shows, beside every camera's video.")
    ] = False,
    workers: Annotated[int, typer.Option(help="Processes; the results do not depend on it.")] = 1,
    engine: Annotated[str, typer.Option(help="What makes the episodes: local, dask or ray; the same bytes.")] = "local",
    engine_address: EngineAddress = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an existing scene where it stopped.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Start an existing scene again.")] = False,
    from_stage: Annotated[str | None, typer.Option(help="First stage to run.")] = None,
    to_stage: Annotated[str | None, typer.Option(help="Last stage to run.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would run; change nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run the pipeline: from a sentence, a request or a scene folder to a dataset and a report."""
    from blueprint.engines.open import open_engine
    from blueprint.pipeline.entry import plan_run, run_pipeline
    from blueprint.pipeline.settings import RunSettings

    settings = RunSettings.parse(
        json.dumps(
            {
                "seed": seed,
                "simulator": simulator,
                "robot": robot,
                "tasks": tasks,
                "episodes": episodes,
                "variations": variations,
                "width_px": width,
                "height_px": height,
                "renderer": renderer,
                "lerobot_v21": lerobot_v21,
                "depth": depth,
                "segmentation": segmentation,
                "workers": workers,
                "engine": engine,
            }
        ),
        where="the command line",
    )
    if dry_run:
        plan = plan_run(source, root, scene_id, settings, resume=resume, from_stage=from_stage, to_stage=to_stage)
        typer.echo(json.dumps(plan.as_dict()) if as_json else plan.as_text())
        return
    with open_engine(settings.engine, workers, engine_address) as opened, shown(as_json) as progress:
        result = run_pipeline(
            source,
            root,
            scene_id,
            settings,
            resume=resume,
            overwrite=overwrite,
            from_stage=from_stage,
            to_stage=to_stage,
            progress=progress,
            on_done=progress.finished,
            engine=opened if settings.engine != "local" or workers > 1 else None,
        )
    typer.echo(json.dumps(result.as_dict()) if as_json else result.as_text())


@app.command()
def stage(
    name: Annotated[str, typer.Argument(help="The stage (see `blueprint stages`).")],
    scene_id: Annotated[str, typer.Option(help="The scene.")],
    root: Root = "runs",
    workers: Annotated[int | None, typer.Option(help="Processes; the results do not depend on it.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Run it although nothing has changed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run one stage of a scene: the entry point that any engine calls."""
    from blueprint.pipeline.entry import run_one_stage

    with shown(as_json) as progress:
        done = run_one_stage(name, root, scene_id, workers=workers, force=force, progress=progress)
        progress.finished(done)


@app.command()
def stages(as_json: AsJson = False) -> None:
    """List the stages in order, with what each reads, writes and requires."""
    from blueprint.pipeline.stages import describe_stages, stage_table

    typer.echo(json.dumps(describe_stages(), indent=2) if as_json else stage_table())


@app.command()
def validate(
    path: Annotated[
        Path, typer.Argument(help="A scene folder, a USD file, a document, an episode record or a dataset.")
    ],
    as_json: AsJson = False,
) -> None:
    """Check a scene, a USD stage, a JSON document, an episode or a dataset; exit code 4 if something is wrong."""
    from blueprint.pipeline.validation import validate_path

    checks = validate_path(path)
    if as_json:
        typer.echo(json.dumps([check.model_dump(exclude_none=True) for check in checks], indent=2))
    else:
        for check in checks:
            typer.echo(f"{'ok  ' if check.passed else check.severity.lower():<8} {check.name}: {check.message}")
    bad = [check for check in checks if not check.passed and check.severity == "ERROR"]
    if bad:
        raise GateError(f"{path} has {len(bad)} errors.", remedy="see the list above.")


@app.command()
def replay(
    episode: Annotated[Path, typer.Argument(help="Folder of an episode record.")],
    as_json: AsJson = False,
) -> None:
    """Execute the recorded actions again; exit code 4 if the task does not succeed again."""
    from blueprint.pipeline.replaying import replay_episode

    result = replay_episode(episode)
    typer.echo(json.dumps(result.as_dict()) if as_json else result.as_text())
    if not result.success:
        raise GateError(f"replay of {episode} did not succeed.", remedy="it must not be in a dataset; re-run import.")


@app.command()
def report(
    scene: Annotated[str, typer.Argument(help="A scene folder, or a scene id below --root.")],
    root: Root = "runs",
) -> None:
    """Write the HTML report of a scene again and print where it is."""
    from blueprint.pipeline.entry import write_report

    typer.echo(str(write_report(scene, root)))


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Say what this machine has and what is missing, with the names of the packages."""
    from blueprint.pipeline.doctor import diagnose

    findings = diagnose()
    if as_json:
        typer.echo(json.dumps([finding.as_dict() for finding in findings], indent=2))
    else:
        for finding in findings:
            typer.echo(finding.as_text())
    if any(finding.needed and not finding.ok for finding in findings):
        raise typer.Exit(3)


@gate_app.command("list")
def list_gates(
    scene: Annotated[Path, typer.Argument(help="The scene folder.")],
    as_json: AsJson = False,
) -> None:
    """List the gates of a scene."""
    from blueprint.pipeline.stages import all_gates
    from blueprint.quality.gates import gate_report

    if not scene.is_dir():
        raise InputError(f"{scene} is not a scene folder.", remedy="name a folder below <root>/scenes/.")
    result = gate_report(scene, all_gates())
    if as_json:
        typer.echo(result.to_json())
        return
    for item in result.results:
        typer.echo(f"{'passed' if item.passed else 'FAILED':<7} {item.gate_id}: {item.message}")
    for gate_id in result.skipped_checkpoints:
        typer.echo(f"-       {gate_id}: {result.skip_reasons[gate_id]}")


@gate_app.command("override")
def override_gate(
    scene: Annotated[Path, typer.Argument(help="The scene folder.")],
    gate_id: Annotated[str, typer.Argument(help="The gate (see `blueprint gate list`).")],
    requester: Annotated[str, typer.Option(help="Who asks.")],
    approver: Annotated[str, typer.Option(help="Who allows it: somebody else.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    days: Annotated[float, typer.Option(help="How long it holds.")] = 1.0,
) -> None:
    """Let work go on past a failed gate, for exactly these bytes and a limited time; it is written to an audit log."""
    from blueprint.quality.gates import grant_override

    certificate = grant_override(
        scene, gate_id, requester=requester, approver=approver, reason=reason, valid_for=timedelta(days=days)
    )
    assert certificate.override is not None
    typer.echo(f"gate {gate_id} of {scene.name} is overridden until {certificate.override.expires_at}")
