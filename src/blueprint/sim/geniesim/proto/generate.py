"""Generate the message modules from the .proto files: `python -m blueprint.sim.geniesim.proto.generate`.

The files import one another by their path in this package, so what protoc writes imports as it is. The services' stubs
are not generated: `methods.METHODS` is read from the descriptors and serves client and server alike.
"""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from blueprint.contracts.errors import BlueprintError, MissingDependencyError

__all__ = ["generate"]

_SOURCES = Path(__file__).with_name("aimdk")
_IMPORT_ROOT = Path(__file__).parents[4]  # the folder that holds the package `blueprint`


def generate(out: Path = _IMPORT_ROOT) -> list[Path]:
    """Write one `*_pb2.py` per .proto file below `out` (laid out like the package) and return them in order.

    Raises MissingDependencyError without grpcio-tools, BlueprintError where protoc refuses a file.
    """
    if find_spec("grpc_tools") is None:
        raise MissingDependencyError("grpcio-tools is not installed.", remedy="install the extra `dev`.")
    files = sorted(_SOURCES.glob("*.proto"))
    names = [file.relative_to(_IMPORT_ROOT).as_posix() for file in files]
    # In a process of its own: protoc's library does not bear another copy of protobuf beside it (OR-Tools has one).
    command = [sys.executable, "-m", "grpc_tools.protoc", f"--proto_path={_IMPORT_ROOT}", f"--python_out={out}", *names]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BlueprintError(f"protoc ended with code {done.returncode}.", remedy=done.stderr.strip()[-1000:])
    return [out / name.replace(".proto", "_pb2.py") for name in names]


if __name__ == "__main__":
    for written in generate():
        sys.stdout.write(f"{written.name}\n")
