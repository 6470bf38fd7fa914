"""`blueprint ablate` and `blueprint curriculum`: what each axis of variation costs, and how wide a space may be."""

from pathlib import Path
from typing import Annotated

import typer

from blueprint.cli.app import app

__all__: list[str] = []

SceneDir = Annotated[Path, typer.Argument(help="The scene folder, with tasks.")]
Attempts = Annotated[int, typer.Option(help="Attempts of each row or round, in physics, without pictures.")]
Seed = Annotated[int, typer.Option(help="Seed of variations and planner.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of text for people.")]


def _tell(text: str, done: int, total: int) -> None:
    typer.echo(f"{done}/{total}  {text}", err=True)


@app.command()
def ablate(
    scene: SceneDir,
    axes: Annotated[str, typer.Option(help="Axes to switch, comma-separated; by default all of the scene's.")] = "",
    attempts: Attempts = 4,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Attempt a scene's tasks with each axis of variation alone on and alone off; the report shows the table."""
    from blueprint.pipeline.ablation import ablate as measure

    chosen = [word for word in axes.split(",") if word]
    found = measure(scene, axes=chosen, attempts=attempts, seed=seed, on_done=_tell)
    if as_json:
        typer.echo(found.to_json())
        return
    for row in found.rows:
        reasons = ", ".join(f"{count} {reason}" for reason, count in row.failures.items())
        typer.echo(f"{row.state:<8} {row.axis:<20} {row.succeeded}/{row.attempts}  {reasons}")


@app.command()
def curriculum(
    scene: SceneDir,
    rounds: Annotated[int, typer.Option(help="How many rounds.")] = 5,
    attempts: Attempts = 4,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Widen a scene's variation while attempts succeed, narrow it while they fail; sets its variation space."""
    from blueprint.pipeline.ablation import grow_curriculum

    found = grow_curriculum(scene, rounds=rounds, attempts=attempts, seed=seed, on_done=_tell)
    typer.echo(found.to_json() if as_json else f"the scene bears {found.scale:.0%} of the wide space")
