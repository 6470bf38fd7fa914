"""The `blueprint` command and its exit codes.

0 done · 1 unexpected · 2 unusable input · 3 something is not installed · 4 a quality gate blocks ·
5 a stage failed · 6 storage · 7 a service · 130 stopped by Ctrl-C or SIGTERM (go on with --resume)
"""

import os
import signal
import sys
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console

from blueprint import __version__
from blueprint.contracts.errors import BlueprintError, InterruptedRunError
from blueprint.services.logs import Level, configure_logs

__all__ = ["app", "main", "register_verbs"]

app = typer.Typer(
    name="blueprint",
    help="One sentence in; a certified scene, replayable robot demonstrations and a LeRobot dataset out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback(invoke_without_command=True)
def _options(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
    log_level: Annotated[
        Level, typer.Option(envvar="BLUEPRINT_LOG_LEVEL", help="What is logged on stderr; info tells every stage.")
    ] = "warning",
    log_json: Annotated[
        bool, typer.Option("--log-json", envvar="BLUEPRINT_LOG_JSON", help="Log JSON, an object a line.")
    ] = False,
) -> None:
    configure_logs(json=log_json, level=log_level)
    if version:
        typer.echo(__version__)
        raise typer.Exit


def register_verbs() -> None:
    """Import the modules that add their verbs to `app`: they import it, so it cannot import them first."""
    from blueprint.cli import (  # noqa: F401
        ablation,
        batch,
        commands,
        dataset,
        demonstrations,
        geniesim,
        meshes,
        policy,
        reconstruction,
        scenes,
    )


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with the documented code; an error is one clear line on stderr."""
    register_verbs()
    os.environ.setdefault("MUJOCO_GL", "disable")  # else importing MuJoCo looks for a window library, with a process
    configure_logs()  # stderr: stdout is a command's own output
    signal.signal(signal.SIGTERM, _stop)
    try:
        code = app(args=arguments, standalone_mode=False) or 0
    except BlueprintError as error:
        _complain(str(error))
        code = error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        _complain("stopped. Remedy: go on with --resume.")
        code = InterruptedRunError.exit_code
    except typer.TyperException as error:
        _complain(error.format_message() + " Remedy: see --help.")
        code = 2
    except BrokenPipeError:
        sys.stderr.close()  # the reader went away (blueprint … | head): nothing left to tell
        code = 0
    sys.exit(code)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _complain(message: str) -> None:
    Console(stderr=True, soft_wrap=True, highlight=False, markup=False).print(f"error: {message}")
