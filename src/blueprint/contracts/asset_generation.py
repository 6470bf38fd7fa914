"""What was asked of mesh services: every attempt, what came of it, and where a generated mesh comes from."""

from typing import Annotated, Literal

from pydantic import Field

from blueprint.contracts.asset import License
from blueprint.contracts.document import Document, Part
from blueprint.contracts.frames import Vec3
from blueprint.contracts.ids import SceneId

__all__ = [
    "GeneratedMeshEntry",
    "GenerationDecision",
    "GenerationReport",
    "GenerationScope",
    "MeshAttempt",
    "MeshDimensions",
    "MeshOrigin",
    "MeshOutcome",
]

MeshOutcome = Literal[
    "ok", "cached", "skipped", "unreachable", "busy", "refused", "failed", "timed_out", "unusable"
]  # fmt: skip
GenerationScope = Literal["stand-ins", "all"]
Count = Annotated[int, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]


class MeshAttempt(Part):
    """One service asked for one mesh: how it ended, the HTTP status that said so, and a short text without secrets."""

    service: str
    dialect: str
    model: str
    outcome: MeshOutcome
    status: int | None = None
    detail: str = ""


class MeshOrigin(Part):
    """Where a mesh came from: the service, what it was asked (a hash; extent x, y, z in m), the bytes it answered."""

    service: str
    dialect: str
    model: str
    picture_model: str | None = None
    request_sha256: str
    wanted_size_m: Vec3
    mesh_sha256: str
    mesh_bytes: Count
    triangles: Count


class MeshDimensions(Part):
    """Extent in metres: x, y, z of a Z-up world."""

    width: Positive
    depth: Positive
    height: Positive


class GeneratedMeshEntry(Document):
    """`metadata.json` beside a mesh in the cache: what an asset library reads of a mesh, and its origin."""

    schema_version: Literal["v1"] = "v1"
    name: str
    category: str
    description: str
    tags: list[str] = ["generated"]
    dimensions: MeshDimensions | None = None
    license: License
    file: str
    origin: MeshOrigin


class GenerationDecision(Part):
    """What was decided for one request, and every attempt; `origin` and `asset_id` where a mesh is used."""

    category: str
    prompt: str
    reason: str
    attempts: list[MeshAttempt] = []
    asset_id: str | None = None
    origin: MeshOrigin | None = None
    license: License | None = None
    from_cache: bool = False


class GenerationReport(Document):
    """`textgen/generation_report.json`: which things were made by services, and what was asked of whom."""

    schema_version: Literal["v1"] = "v1"
    scene_id: SceneId
    scope: GenerationScope
    decisions: list[GenerationDecision]
