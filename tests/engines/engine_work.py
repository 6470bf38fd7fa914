"""What the workers of the engine tests run."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path

from blueprint.contracts.errors import InputError


@dataclass(frozen=True)
class Marked:
    """A job that leaves a file behind when it was begun, so that only the first attempt is killed."""

    folder: Path
    number: int


def double(value: int) -> int:
    return 2 * value


def threads_and_gl(_: int) -> dict[str, str | None]:
    return {name: os.environ.get(name) for name in ("OMP_NUM_THREADS", "LP_NUM_THREADS")}


def die_once(job: Marked) -> int:
    path = job.folder / str(job.number)
    if job.number == 1 and not path.exists():
        path.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return job.number


def refuse(value: int) -> None:
    raise InputError(f"value {value} is unusable.", remedy="choose another.")


def break_down(value: int) -> None:
    raise ZeroDivisionError(f"value {value}")
