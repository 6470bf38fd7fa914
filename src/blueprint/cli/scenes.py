"""Verbs about scenes as such: `blueprint scene eval`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from blueprint.cli.app import app
from blueprint.contracts.scene_eval import SceneEval

__all__: list[str] = []

scene_app = typer.Typer(help="Scenes as such: evaluate them.")
app.add_typer(scene_app, name="scene")


@scene_app.callback()
def _scene() -> None:
    """Keep `scene` a group although it has one verb."""


@scene_app.command("eval")
def evaluate(
    path: Annotated[Path, typer.Argument(metavar="SCENE|FOLDER", help="A scene folder, or a folder of scene folders.")],
    out: Annotated[
        Path | None, typer.Option(help="Where scene_eval.json, index.html and pictures go; by default <path>/eval.")
    ] = None,
    perturb: Annotated[bool, typer.Option("--perturb", help="Disturb the scene too; takes twice as long.")] = False,
    renderer: Annotated[str, typer.Option(help="auto, egl, osmesa or filament; none for no pictures.")] = "auto",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON for machines instead of text for people.")
    ] = False,
) -> None:
    """Measure scenes by code alone: physics, supports, room to move, what was asked for, diversity."""
    from blueprint.quality.scene_eval import EvalOptions, evaluate_path

    target = out or path / "eval"
    options = EvalOptions(perturb=perturb, renderer=None if renderer == "none" else renderer)
    result = evaluate_path(
        path, target, options, lambda number, count, name: typer.echo(f"{number + 1}/{count} {name}", err=True)
    )
    if as_json:
        typer.echo(json.dumps(result.model_dump(mode="json", exclude_none=True)))
        return
    if isinstance(result, SceneEval):
        typer.echo(f"{result.scene_id} ({result.source}), package {result.package_sha256[:12]}")
    else:
        typer.echo(f"{len(result.scenes)} scenes, {len(result.unreadable)} unreadable")
    for item in result.metrics:
        value = "n/a" if item.value is None else f"{item.value:.4g}{item.unit and ' ' + item.unit}"
        verdict = {None: "", True: "ok", False: "MISSED"}[item.meets_target]
        typer.echo(f"{item.id:<11} {value:>12}  {verdict:<7} {item.not_applicable or item.name}")
        for line in item.offenders[:5]:
            typer.echo(f"{'':<34}{line}")
    typer.echo(str(target / "index.html"))
