"""Our own server as a process on the loopback interface, for as long as a job needs it.

A process of its own: an OpenGL context belongs to one thread, and a crash of the simulator must not take the job along.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from blueprint.contracts.errors import ServiceError
from blueprint.sim.geniesim.endpoint import Endpoint

__all__ = ["own_server"]

_SERVING = re.compile(r" on 127\.0\.0\.1:(\d+),")
_GRACE_S = 30.0


@contextmanager
def own_server(assets: Path, recordings: Path, log: Path, *, camera_scale: float = 1.0) -> Iterator[Endpoint]:
    """Start `blueprint geniesim serve` on a port that the system chooses, yield its endpoint, stop it at the end.

    `log` gets what it says on stderr. Raises ServiceError where it does not start.
    """
    command = [sys.executable, "-m", "blueprint", "geniesim", "serve", "--port", "0", "--stay"]
    command += ["--assets", str(assets), "--out", str(recordings), "--camera-scale", str(camera_scale)]
    log.parent.mkdir(parents=True, exist_ok=True)
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process,
    ):
        assert process.stdout is not None
        try:
            found = _SERVING.search(process.stdout.readline())
            if found is None:
                said = log.read_text(errors="replace").strip().splitlines()[-1:] or ["nothing"]
                raise ServiceError(f"our Genie Sim server did not start; it said {said[0]!r}.", remedy=f"see {log}.")
            yield Endpoint(host="127.0.0.1", port=int(found[1]))
        finally:
            process.terminate()
            try:
                process.wait(_GRACE_S)
            except subprocess.TimeoutExpired:
                process.kill()
