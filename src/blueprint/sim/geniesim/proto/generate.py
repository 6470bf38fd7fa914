"""Generate the message modules from the .proto files: `python -m blueprint.sim.geniesim.proto.generate`.

The files import one another by their path in this package, so what protoc writes imports as it is. The services' stubs
are not generated: `methods.METHODS` is read from the descriptors and serves client and server alike.
"""

import sys
from pathlib import Path

from blueprint.contracts.errors import BlueprintError, MissingDependencyError

__all__ = ["generate"]

_SOURCES = Path(__file__).with_name("aimdk")
_IMPORT_ROOT = Path(__file__).parents[4]  # the folder that holds the package `blueprint`


def generate(out: Path = _IMPORT_ROOT) -> list[Path]:
    """Write one `*_pb2.py` per .proto file below `out` (laid out like the package) and return them in order.

    Raises MissingDependencyError without grpcio-tools, BlueprintError where protoc refuses a file.
    """
    try:
        from grpc_tools import protoc
    except ImportError as error:
        raise MissingDependencyError("grpcio-tools is not installed.", remedy="install the extra `dev`.") from error
    files = sorted(_SOURCES.glob("*.proto"))
    names = [file.relative_to(_IMPORT_ROOT).as_posix() for file in files]
    code = protoc.main(["protoc", f"--proto_path={_IMPORT_ROOT}", f"--python_out={out}", *names])
    if code != 0:
        raise BlueprintError(f"protoc ended with code {code}.", remedy="see its message above.")
    return [out / name.replace(".proto", "_pb2.py") for name in names]


if __name__ == "__main__":
    for written in generate():
        sys.stdout.write(f"{written.name}\n")
