"""Verbs about photo reconstructions: make one whose truth is known, and compare a scene with it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from blueprint.cli.app import app

if TYPE_CHECKING:
    from blueprint.contracts.reconstruction_truth import ErrorSpread, ReconstructionAccuracy, Share

__all__: list[str] = []

reconstruction_app = typer.Typer(help="Photo reconstructions: make one whose truth is known, compare a scene with it.")
app.add_typer(reconstruction_app, name="reconstruction")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of text for people.")]


@reconstruction_app.command("make")
def make(
    kind: Annotated[Literal["kitchen", "office", "warehouse"], typer.Argument(help="The kind of room.")],
    out: Annotated[Path, typer.Argument(help="A new folder; truth.json is written into it as well.")],
    seed: Annotated[int, typer.Option(help="Another seed gives another room, view and errors.")] = 0,
    noise: Annotated[Literal["low", "medium", "high"], typer.Option(help="How wrong the reconstruction is.")] = "low",
    form: Annotated[
        Literal["native", "canonical"], typer.Option(help="As 3D-RE-GEN leaves it, or the canonical tree regen3d/.")
    ] = "native",
    as_json: AsJson = False,
) -> None:
    """Make a reconstruction of a generated room: meshes, poses, camera and clouds, wrong by a known amount."""
    from blueprint.sources.regen3d.synthesis import synthesise

    truth = synthesise(kind, seed, noise, out, form)
    if as_json:
        typer.echo(truth.to_json(), nl=False)
        return
    typer.echo(f"prompt: {truth.prompt}")
    typer.echo(f"{len(truth.objects)} objects detected, {len(truth.unseen)} not; {truth.units_per_meter:.3f} units/m")
    typer.echo(str(out))


@reconstruction_app.command("compare")
def compare(
    scene: Annotated[Path, typer.Argument(help="The scene folder that was made of the reconstruction.")],
    truth: Annotated[Path, typer.Argument(help="The truth.json that was written beside the reconstruction.")],
    as_json: AsJson = False,
) -> None:
    """Measure how far a scene is from the truth of its reconstruction: poses, sizes, scale, supports, losses."""
    from blueprint.contracts.reconstruction_truth import ReconstructionTruth
    from blueprint.quality.reconstruction_accuracy import compare_with_truth

    accuracy = compare_with_truth(scene, ReconstructionTruth.read(truth))
    typer.echo(accuracy.to_json() if as_json else _text(accuracy), nl=not as_json)


def _text(accuracy: "ReconstructionAccuracy") -> str:
    scale = "n/a" if accuracy.scale_error is None else f"{100 * accuracy.scale_error:+.1f} %"
    bias = "n/a" if accuracy.size_bias is None else f"{100 * accuracy.size_bias:+.1f} %"
    lines = [
        f"objects found    {_share(accuracy.recall)}",
        f"position         {_spread(accuracy.position_m, 1000, 'mm')}",
        f"  before settling {_spread(accuracy.before_settling_m, 1000, 'mm')}",
        f"height           {_spread(accuracy.height_m, 1000, 'mm')}",
        f"yaw              {_spread(accuracy.yaw_rad, 57.29578, '°')}",
        f"tilt             {_spread(accuracy.tilt_rad, 57.29578, '°')}",
        f"size             {_spread(accuracy.size_error, 100, '%')}; bias {bias}",
        f"scale            {scale}",
        f"parents right    {_share(accuracy.parents)}",
        f"on/in right      {_share(accuracy.relations)}",
    ]
    lines += [f"missing          {name}: {reason}" for name, reason in accuracy.missing.items()]
    lines += [f"unexpected       {name}" for name in accuracy.unexpected]
    return "\n".join(lines)


def _spread(errors: "ErrorSpread | None", factor: float, unit: str) -> str:
    if errors is None:
        return "n/a"
    values = [f"{factor * value:.1f}" for value in (errors.median, errors.p90, errors.largest)]
    return f"median {values[0]}, p90 {values[1]}, largest {values[2]} {unit} (of {errors.count})"


def _share(share: "Share | None") -> str:
    return "n/a" if share is None else f"{share.count} of {share.total}"
