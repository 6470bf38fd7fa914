"""The user's own reconstruction program: run without a shell or our secrets, watched, and stopped with its children."""

import os
import re
import select
import signal
import subprocess
import time
from collections import deque
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import BinaryIO

from blueprint.contracts.disk import disk_error
from blueprint.contracts.errors import InputError, StageError
from blueprint.services.secrets import MASK, is_secret_name, known_secret_values
from blueprint.sources.photo.settings import CommandSettings

__all__ = ["MAX_LOG_BYTES", "run_command"]

MAX_LOG_BYTES = 16 << 20
_MAX_LINE_BYTES = 64 << 10
_TAIL_LINES = 20
_POLL_S = 0.05
_GRACE_S = 5.0  # between asking it to stop and killing it: a container's client passes the signal on
_READ_BYTES = 1 << 16
_READS = 64
_MIN_SECRET = 6
_PLACEHOLDER = re.compile(r"\{(image|out|scene_id)\}")


def run_command(
    settings: CommandSettings, image: Path, out: Path, scene_id: str, log: Path, environ: Mapping[str, str]
) -> None:
    """Run the program in an empty working folder beside `out`, which it is to fill; `log` gets what it prints.

    The log ends at 16 MiB, and secrets in it are masked. The program, and every child that stayed in its process group,
    is gone afterwards. Raises InputError where it cannot be started, StageError where it fails or takes longer than its
    time, with the last lines that it printed.
    """
    words = {"{image}": str(image), "{out}": str(out), "{scene_id}": scene_id}
    arguments = [_PLACEHOLDER.sub(lambda found: words[found[0]], word) for word in settings.template]
    scratch = out.parent / "work"  # what it writes to its working folder goes when the folder above goes
    scratch.mkdir()
    with ExitStack() as stack:
        record = _Log(stack.enter_context(_opened(log)), _hidden_values(environ))
        process = stack.enter_context(_started(arguments, scratch, _environment(settings, environ)))
        stack.callback(_signal_group, process.pid, signal.SIGKILL)  # whoever is left of it, on every way out
        has_ended = _watch(process, record, time.monotonic() + settings.timeout_s)
        if not has_ended:
            _signal_group(process.pid, signal.SIGTERM)
            _watch(process, record, time.monotonic() + _GRACE_S)
            _signal_group(process.pid, signal.SIGKILL)
        code = process.wait()
        record.drain(process)
        record.close()
    if not has_ended:
        raise StageError(
            f"the reconstruction command did not finish in {settings.timeout_s:g} s. It said: {record.tail()}",
            remedy="raise REGEN3D_TIMEOUT_SECONDS, or see photo/reconstruction.log in the scene.",
        )
    if code != 0:
        ended = f"ended with code {code}" if code > 0 else f"was killed by signal {-code}"
        raise StageError(
            f"the reconstruction command {ended}. It said: {record.tail()}",
            remedy="see photo/reconstruction.log in the scene; run the command by hand.",
        )


class _Log:
    """What a program prints, line by line: masked, bounded on disk, its last lines kept for the error."""

    def __init__(self, file: BinaryIO, hidden: list[str]) -> None:
        self._file = file
        self._hidden = hidden
        self._left = MAX_LOG_BYTES
        self._open_line = b""
        self._tail: deque[str] = deque(maxlen=_TAIL_LINES)

    def drain(self, process: subprocess.Popen[bytes]) -> bool:
        """Take what there is to read now, at most 4 MiB; returns False where the program has closed its output."""
        assert process.stdout is not None
        for _ in range(_READS):  # a program that never stops talking must not keep us from looking at the clock
            try:
                data = os.read(process.stdout.fileno(), _READ_BYTES)
            except BlockingIOError:
                return True
            if not data:
                return False
            *lines, self._open_line = (self._open_line + data).split(b"\n")
            if len(self._open_line) > _MAX_LINE_BYTES:
                lines, self._open_line = [*lines, self._open_line], b""
            for line in lines:
                self._take(line)
        return True

    def close(self) -> None:
        if self._open_line:
            self._take(self._open_line)

    def tail(self) -> str:
        return ascii("\n".join(self._tail)[-2000:])[1:-1] if self._tail else "nothing."

    def _take(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace")
        for value in self._hidden:
            text = text.replace(value, MASK)
        self._tail.append(text[:500])
        data = f"{text}\n".encode()[: self._left]
        self._left -= len(data)
        self._file.write(data)
        self._file.flush()


def _watch(process: subprocess.Popen[bytes], record: _Log, ends_at: float) -> bool:
    """Record what it prints until it has ended (True) or the time is over (False)."""
    assert process.stdout is not None
    os.set_blocking(process.stdout.fileno(), False)
    is_open = True
    while process.poll() is None:
        left = ends_at - time.monotonic()
        if left <= 0:
            return False
        if is_open:
            select.select([process.stdout], [], [], min(_POLL_S, left))
            is_open = record.drain(process)
        else:
            time.sleep(min(_POLL_S, left))
    return True


def _signal_group(pid: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def _started(arguments: list[str], folder: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            arguments,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InputError(
            f"REGEN3D_COMMAND cannot be started: {arguments[0][:200]!a}: {reason}.",
            remedy="name the program with its whole path, and make it executable.",
        ) from error


def _opened(log: Path) -> BinaryIO:
    try:
        return log.open("wb")
    except OSError as error:
        raise disk_error("write", log, error) from error


def _environment(settings: CommandSettings, environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if not is_secret_name(name) or name in settings.secrets}


def _hidden_values(environ: Mapping[str, str]) -> list[str]:
    given = {value for name, value in environ.items() if is_secret_name(name) and len(value) >= _MIN_SECRET}
    return sorted(given | set(known_secret_values()), key=lambda value: (-len(value), value))
