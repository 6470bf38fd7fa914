"""Verbs about datasets: `blueprint dataset merge|split|filter|check|convert|view|push-ready`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from blueprint.cli.app import app
from blueprint.contracts.errors import GateError, InputError

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


@dataset_app.command("convert")
def convert(
    source: Source,
    to: Annotated[Literal["robomimic", "rlds", "rerun"], typer.Option(help="The format.")],
    out: Annotated[Path, typer.Option(help="The .hdf5 file (robomimic), or the folder (rlds, rerun).")],
    val_scene: Annotated[
        list[str] | None, typer.Option(help="A scene for validation (robomimic's mask, rlds' split val); repeat it.")
    ] = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Write the dataset for robomimic (HDF5), TensorFlow Datasets (RLDS) or Rerun; every episode is accounted for."""
    scenes = tuple(val_scene or ())
    if to == "robomimic":
        from blueprint.datasets.robomimic import write_robomimic

        path = write_robomimic(source, out, val_scenes=scenes, overwrite=overwrite)
    elif to == "rlds":
        from blueprint.datasets.rlds import write_rlds

        path = write_rlds(source, out, val_scenes=scenes, overwrite=overwrite)
    else:
        from blueprint.datasets.rerun_view import write_rerun

        if scenes:
            raise InputError("a Rerun recording has no validation side.", remedy="leave --val-scene out.")
        write_rerun(source, out, overwrite=overwrite)
        path = out
    typer.echo(json.dumps({"path": str(path)}) if as_json else str(path))


@dataset_app.command("view")
def view(
    source: Source,
    out: Annotated[Path, typer.Option(help="The folder of the recordings.")],
    episode: Annotated[list[int] | None, typer.Option(help="An episode, by index; repeat it. By default 0.")] = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Write Rerun recordings of episodes: `rerun FILE` shows pictures, states, actions and sub-tasks together."""
    from blueprint.datasets.rerun_view import write_rerun

    paths = write_rerun(source, out, episodes=episode or (0,), overwrite=overwrite)
    if as_json:
        typer.echo(json.dumps({"paths": [str(path) for path in paths]}))
    else:
        typer.echo("\n".join(f"rerun {path}" for path in paths))


@dataset_app.command("push-ready")
def push_ready(
    source: Source,
    out: Annotated[Path, typer.Option(help="The folder to upload.")],
    repo_id: Annotated[str, typer.Option(help="Its name on the Hub, as OWNER/NAME.")],
    accept: Annotated[
        list[str] | None, typer.Option(help="A licence word of parts that nobody licensed but you answer for; repeat.")
    ] = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Check a dataset and add card, licences and checksums, so that it can be uploaded; nothing is sent anywhere."""
    from blueprint.contracts.dataset import DatasetMetadata
    from blueprint.datasets.folder import METADATA
    from blueprint.datasets.publish import prepare_push, push_commands

    summary = prepare_push(source, out, repo_id=repo_id, accepted=accept or (), overwrite=overwrite)
    commands = push_commands(out, DatasetMetadata.read(out / METADATA))
    if as_json:
        typer.echo(json.dumps({"path": str(out), **_counts(summary), "commands": commands}))
    else:
        _tell([summary], as_json=False)
        typer.echo("\n".join(commands))


def _tell(summaries: "list[DatasetSummary]", as_json: bool) -> None:
    from blueprint.datasets.shard import CONVERSION

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
