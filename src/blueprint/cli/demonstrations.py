"""`blueprint demonstrations`: carry a demonstration over to other scenes, import what people recorded."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from blueprint.cli.app import app

if TYPE_CHECKING:
    from blueprint.contracts.episode import EpisodeRecord

__all__: list[str] = []

demonstrations_app = typer.Typer(help="Demonstrations from other sources than the planner, verified in physics.")
app.add_typer(demonstrations_app, name="demonstrations")

SceneDir = Annotated[Path, typer.Argument(help="The scene folder that they are made in.")]
Workers = Annotated[int, typer.Option(help="Processes; the results do not depend on it.")]


@demonstrations_app.command("carry-over")
def carry_over(
    episode: Annotated[Path, typer.Argument(help="Folder of a successful episode record, of this or another scene.")],
    scene: SceneDir,
    task: Annotated[str | None, typer.Option(help="Task id; by default the same, or the first of its type.")] = None,
    count: Annotated[int, typer.Option(help="How many, in the scene's variations in turn.")] = 4,
    workers: Workers = 1,
) -> None:
    """Carry a demonstration over: every segment moves with the thing that it is about, travel is planned anew."""
    from blueprint.pipeline.demonstrations import carry_over as carry

    carry(episode, scene, task_id=task, count=count, workers=workers, on_done=_tell)


@demonstrations_app.command("import")
def import_recordings(
    recording: Annotated[Path, typer.Argument(help="An .npz or .hdf5 file, or the folder of a LeRobot dataset.")],
    scene: SceneDir,
    task: Annotated[str, typer.Option(help="Id of the task that was shown.")],
    episodes: Annotated[str, typer.Option(help="Numbers of the episodes in it, comma-separated.")] = "0",
    workers: Workers = 1,
) -> None:
    """Execute teleoperation recordings in the scene; physics says whether the task was done."""
    from blueprint.contracts.errors import InputError
    from blueprint.pipeline.demonstrations import import_recordings as execute

    words = [word.strip() for word in episodes.split(",")]
    if not all(word.isdigit() for word in words):
        raise InputError(f"--episodes {episodes!r} are no numbers.", remedy="give for example --episodes 0,1,2.")
    execute(recording, scene, task_id=task, episodes=[int(word) for word in words], workers=workers, on_done=_tell)


def _tell(record: "EpisodeRecord") -> None:
    outcome = "success" if record.success else f"{record.failure_reason}: {record.failure_detail}"
    typer.echo(f"{record.episode_id}  {record.variation_id}  {record.frames} frames  {outcome}")
