"""Verbs about datasets: `blueprint dataset merge|split|filter|check`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from blueprint.cli.app import app
from blueprint.contracts.errors import GateError

if TYPE_CHECKING:
    from blueprint.datasets.description import DatasetSummary

__all__: list[str] = []

dataset_app = typer.Typer(help="LeRobot datasets: merge, split, filter, convert, look at and prepare for sharing.")
app.add_typer(dataset_app, name="dataset")

Source = Annotated[Path, typer.Argument(metavar="DATASET", help="A LeRobot v3.0 dataset that this program wrote.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace a dataset of other episodes.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of text for people.")]


@dataset_app.command("merge")
def merge(
    shards: Annotated[list[Path], typer.Argument(metavar="DATASET...", help="LeRobot v3.0 datasets, in order.")],
    out: Annotated[Path, typer.Option(help="The folder of the merged dataset.")],
    repo_id: Annotated[str, typer.Option(help="Its name, as OWNER/NAME.")],
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Make one dataset of several: nothing is encoded again, statistics stay exact, every episode is accounted for."""
    from blueprint.datasets.merge import merge_datasets

    _tell([merge_datasets(shards, out, repo_id=repo_id, overwrite=overwrite)], as_json)


@dataset_app.command("split")
def split(
    source: Source,
    out: Annotated[Path, typer.Option(help="Where the folders train and val go.")],
    val_fraction: Annotated[float, typer.Option(help="The least share of episodes in val.")] = 0.2,
    val_scene: Annotated[list[str] | None, typer.Option(help="A scene of val, instead of a draw; repeat it.")] = None,
    seed: Annotated[int, typer.Option(help="Of the draw of scenes.")] = 0,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Split by scene into train and val: no scene is on both sides."""
    from blueprint.datasets.split import split_dataset

    sides = split_dataset(
        source, out, val_fraction=val_fraction, val_scenes=val_scene or (), seed=seed, overwrite=overwrite
    )
    _tell(list(sides.values()), as_json)


@dataset_app.command("filter")
def select(
    source: Source,
    out: Annotated[Path, typer.Option(help="The folder of the smaller dataset.")],
    where: Annotated[
        list[str] | None,
        typer.Option(help="FIGURE>=VALUE or FIGURE<=VALUE of the quality certificate; repeat it, all have to hold."),
    ] = None,
    scene: Annotated[list[str] | None, typer.Option(help="Only this scene; repeat it.")] = None,
    task_type: Annotated[list[str] | None, typer.Option(help="Only this kind of task; repeat it.")] = None,
    scenes: Annotated[
        Path | None, typer.Option(help="The folder of scenes with the records; by default the one DATASET lies in.")
    ] = None,
    repo_id: Annotated[str | None, typer.Option(help="Its name; by default that of DATASET.")] = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Keep the episodes whose measured quality is within bounds; meta/conversion.json lists the others with reasons."""
    from blueprint.datasets.select import filter_dataset, parse_bound

    summary = filter_dataset(
        source,
        out,
        bounds=[parse_bound(text) for text in where or ()],
        scenes=scene or (),
        task_types=task_type or (),
        scenes_folder=scenes,
        repo_id=repo_id,
        overwrite=overwrite,
    )
    _tell([summary], as_json)


@dataset_app.command("check")
def check(source: Source, as_json: AsJson = False) -> None:
    """Check that what the metadata promises is there, row by row and picture by picture; exit code 4 if it is not."""
    from blueprint.datasets.check import check_dataset

    checks = check_dataset(source)
    if as_json:
        typer.echo(json.dumps([item.model_dump(mode="json", exclude_none=True) for item in checks]))
    else:
        for item in checks:
            typer.echo(f"{item.name:<24} {'ok' if item.passed else 'FAILS':<6} {item.message}")
    failed = [item.name for item in checks if not item.passed]
    if failed:
        raise GateError(f"{source} fails {', '.join(failed)}.", remedy="write the dataset again.")


def _tell(summaries: "list[DatasetSummary]", as_json: bool) -> None:
    from blueprint.datasets.assemble import CONVERSION

    left_out = [_left_out(item.path / CONVERSION) for item in summaries]
    if as_json:
        both = zip(summaries, left_out, strict=True)
        rows = [{"path": str(item.path), **_counts(item), "left_out": n} for item, n in both]
        typer.echo(json.dumps(rows if len(rows) > 1 else rows[0]))
        return
    for item, n in zip(summaries, left_out, strict=True):
        word = "" if item.written else ", kept as it was"
        gone = f", {n} left out (see {CONVERSION})" if n else ""
        typer.echo(f"{item.path}: {item.episodes} episodes, {item.frames} frames, {item.tasks} tasks{gone}{word}")


def _counts(summary: "DatasetSummary") -> dict[str, Any]:
    return {
        "episodes": summary.episodes,
        "frames": summary.frames,
        "tasks": summary.tasks,
        "cameras": list(summary.cameras),
        "written": summary.written,
    }


def _left_out(path: Path) -> int:
    from blueprint.contracts.dataset_conversion import DatasetConversion

    return len(DatasetConversion.read(path).left_out)
