"""Dialect `scenesmith-ndjson`: SceneSmith's geometry server, POST /generate_geometries, lines of JSON come back.

It exchanges paths, not bytes: both sides see one folder under the same path.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic_core import from_json

from blueprint.contracts.document import write_atomically
from blueprint.services.mesh_generation.exchange import MAX_GLB_BYTES, excerpt, refusal, send
from blueprint.services.mesh_generation.provider import Deadline, Input, MeshRequest, MeshServiceError, Service

__all__ = ["SceneSmithProvider"]

_MAX_LINES_BYTES = 1 << 20


@dataclass(frozen=True)
class SceneSmithProvider:
    """`shared_dir` is the folder that the server sees as well; `backend` is which model it runs."""

    service: Service
    shared_dir: Path
    backend: Literal["sam3d", "hunyuan3d"] = "sam3d"
    dialect: ClassVar[str] = "scenesmith-ndjson"
    takes: ClassVar[Input] = "image"

    def make(self, wanted: MeshRequest, image: bytes | None, deadline: Deadline) -> bytes:
        if image is None:
            raise MeshServiceError(f"{self.service.name} takes images only.", "refused")
        folder = self.shared_dir.resolve() / wanted.identity
        write_atomically(folder / "image.png", image)
        body = [
            {
                "image_path": str(folder / "image.png"),
                "output_dir": str(folder),
                "prompt": wanted.prompt,
                "output_filename": "mesh.glb",
                "backend": self.backend,
            }
        ]
        raw = send(self.service, "POST", "/generate_geometries", deadline, body=body, limit_bytes=_MAX_LINES_BYTES)
        if raw.status != 200:
            raise refusal(self.service, raw)
        return self._file(_geometry_path(self.service, raw.data))

    def _file(self, name: str) -> bytes:
        """The bytes of a file inside the shared folder, links followed, and nowhere else."""
        root = self.shared_dir.resolve()
        try:
            path = (root / name).resolve()
            if not path.is_relative_to(root) or not path.is_file():
                raise MeshServiceError(f"{self.service.name} names no file in the shared folder.", "unusable")
            if path.stat().st_size > MAX_GLB_BYTES:
                raise MeshServiceError(f"{self.service.name} made more than {MAX_GLB_BYTES} bytes.", "unusable")
            return path.read_bytes()
        except (OSError, ValueError) as error:
            raise MeshServiceError(f"{self.service.name} made a file that cannot be read.", "unusable") from error


def _geometry_path(service: Service, data: bytes) -> str:
    """The path in the line of our only request, index 0."""
    for line in data.splitlines():
        value = _line(service, line) if line.strip() else {}
        if value.get("index") != 0:
            continue
        if value.get("status") != "success":
            raise MeshServiceError(f"{service.name} failed: {excerpt(value.get('error'))}.", "failed", 200)
        inner = value.get("data")
        path = inner.get("geometry_path") if isinstance(inner, dict) else None
        if isinstance(path, str) and path and "\0" not in path:
            return path
    raise MeshServiceError(f"{service.name} ended its stream without a geometry.", "unusable", 200)


def _line(service: Service, line: bytes) -> dict[str, Any]:
    try:
        value = from_json(line, allow_inf_nan=False)
    except ValueError as error:
        raise MeshServiceError(f"{service.name} sent a line that is no JSON.", "unusable", 200) from error
    return value if isinstance(value, dict) else {}
