"""`blueprint policy`: train policies on a scene's demonstrations, try them, hand scenes out as environments."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from blueprint.cli.app import app
from blueprint.cli.progress import shown

if TYPE_CHECKING:
    from blueprint.contracts.training import CurvePoint, SuccessRate

__all__: list[str] = []

policy_app = typer.Typer(help="Policies learned from demonstrations, and environments to try any policy in.")
app.add_typer(policy_app, name="policy")

Root = Annotated[str, typer.Option(help="Where scenes are kept: a folder, gs://bucket/prefix or s3://bucket/prefix.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of text for people.")]
Kind = Annotated[str, typer.Option("--policy", help="state (no further libraries), state_torch, or image.")]


@policy_app.command("train")
def train(
    scene_id: Annotated[str, typer.Argument(help="The scene, with imported episodes.")],
    root: Root = "runs",
    policy: Kind = "state",
    task: Annotated[str | None, typer.Option(help="Task id; by default the task with the most episodes.")] = None,
    demonstrations: Annotated[str, typer.Option(help="Sizes of the learning curve, with commas.")] = "50,200,500",
    episodes: Annotated[int, typer.Option(help="Attempts per evaluation, each in a variation of its own.")] = 20,
    seed: Annotated[int, typer.Option(help="Seed of the training and of the unseen variations.")] = 0,
    force: Annotated[bool, typer.Option("--force", help="Train although nothing has changed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Train a policy on growing numbers of demonstrations and try it in seen and unseen variations."""
    from blueprint.contracts.training import TrainingRequest
    from blueprint.pipeline.training_events import train_scene

    asked = {
        "policy": policy,
        "task_id": task,
        "demonstrations": [size.strip() for size in demonstrations.split(",")],
        "seed": seed,
        "evaluation_episodes": episodes,
    }
    request = TrainingRequest.parse(json.dumps(asked), where="the command line")
    with shown(as_json) as progress:
        summary = train_scene(root, scene_id, request, force=force, progress=progress)
    if as_json:
        typer.echo(summary.to_json())
        return
    typer.echo(f"{summary.instruction} ({summary.embodiment}, policy {summary.policy})")
    for point in summary.curve:
        rates = (f"{name} {rate.succeeded}/{rate.attempts}" for name, rate in _rates(point))
        typer.echo(f"{point.demonstrations:>5} demonstrations  {'  '.join(rates)}  {point.policy}")
    for note in summary.notes:
        typer.echo(f"note: {note}")


def _rates(point: "CurvePoint") -> "tuple[tuple[str, SuccessRate], tuple[str, SuccessRate]]":
    return (("seen", point.seen), ("unseen", point.unseen))


@policy_app.command("evaluate")
def evaluate(
    policy: Annotated[Path, typer.Argument(help="Folder of a policy (policy.json, weights.npz).")],
    scene: Annotated[Path, typer.Option(help="The scene folder.")],
    variations: Annotated[
        Path | None, typer.Option(help="Folder of variations; by default those that training kept unseen.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Try a policy in variations of its scene, judged in physics."""
    from blueprint.training.trial import try_policy

    with shown(as_json) as progress:
        trial = try_policy(policy, scene, variations, lambda done, total, note: progress("evaluate", done, total, note))
    if as_json:
        typer.echo(json.dumps({**trial.rate.model_dump(), "episodes": [item.model_dump() for item in trial.episodes]}))
        return
    for item in trial.episodes:
        typer.echo(f"{item.variation_id:<16} {item.reason} after {item.ticks} ticks")
    typer.echo(f"{trial.rate.succeeded} of {trial.rate.attempts} ({trial.rate.low:.0%} to {trial.rate.high:.0%})")


@policy_app.command("envhub")
def envhub(
    scene: Annotated[Path, typer.Argument(help="The scene folder, with tasks.")],
    out: Annotated[Path, typer.Option(help="Folder to write; it must not exist, or be empty.")],
    repo_id: Annotated[str | None, typer.Option(help="Where it will be published, user/name.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write a LeRobot EnvHub package of a scene: env.py with make_env, the scene, requirements, README."""
    from blueprint.export.envhub.package import write_envhub

    package = write_envhub(scene, out, repo_id)
    typer.echo(json.dumps(package.as_dict()) if as_json else package.as_text())


@policy_app.command("consume")
def consume(
    root: Root = "runs",
    policy: Kind = "state",
    as_json: AsJson = False,
) -> None:
    """Train for every queued event blueprintpipeline.episodes.imported of a root."""
    from blueprint.contracts.training import TrainingRequest
    from blueprint.pipeline.training_events import consume_imports

    request = TrainingRequest.parse(json.dumps({"policy": policy}), where="the command line")
    with shown(as_json) as progress:
        outcomes = consume_imports(root, request, progress=progress)
    if as_json:
        typer.echo(json.dumps([outcome.model_dump(mode="json") for outcome in outcomes], indent=2))
        return
    for outcome in outcomes:
        typer.echo(f"{outcome.status:<9} {outcome.event.data.scene_id}: {outcome.detail}")
    typer.echo(f"{len(outcomes)} events")
