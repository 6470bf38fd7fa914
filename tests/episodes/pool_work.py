"""What the workers of the pool tests run; imports nothing of the project, so that they start fast."""

import os
import signal
from pathlib import Path


def double(value: int) -> int:
    return 2 * value


def die_once(path: Path) -> str:
    """Kill the worker the first time that it meets a path."""
    if not path.exists():
        path.write_text("seen")
        os.kill(os.getpid(), signal.SIGKILL)
    return path.name


def always_die(value: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fail(value: int) -> None:
    from blueprint.contracts.errors import InputError

    raise InputError(f"value {value} is unusable.", remedy="choose another.")
