"""`geniesim/export_manifest.json` and the files that say that an export is whole."""

import json
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from blueprint.contracts.document import Document, Part
from blueprint.contracts.geniesim.scene_graph import SCHEMA_VERSION
from blueprint.contracts.hashing import sha256_json
from blueprint.contracts.ids import SceneId

__all__ = [
    "Checksums",
    "Compatibility",
    "CostEstimate",
    "ExportCompletion",
    "ExportInfo",
    "ExportManifest",
    "ExportOutputs",
    "ExportResult",
    "ExportSettingsUsed",
    "ExportStatistics",
    "FileChecksum",
    "InventoryFile",
    "SchemaCompatibility",
    "SchemaDefinition",
]

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class ExportOutputs(Part):
    model_config = ConfigDict(extra="allow", frozen=True)

    scene_graph: str | None
    asset_index: str | None
    task_config: str | None
    scene_config: str | None


class ExportStatistics(Part):
    model_config = ConfigDict(extra="allow", frozen=True)

    nodes: int
    edges: int
    assets: int
    tasks: int
    templates: int = 0
    packages: int = 0


class InventoryFile(Part):
    path: str
    size_bytes: int


class ExportInfo(Part):
    timestamp: str
    exporter_version: str
    source_pipeline: str


class ExportSettingsUsed(Part):
    model_config = ConfigDict(extra="allow", frozen=True)

    robot_type: str
    generate_embeddings: bool
    embedding_model: str | None
    require_embeddings: bool
    filter_commercial_only: bool
    max_tasks: int
    lerobot_export_format: str


class ExportResult(Part):
    success: bool
    scene_id: SceneId
    output_dir: str
    outputs: ExportOutputs
    statistics: ExportStatistics
    errors: list[str]
    warnings: list[str]


class SchemaDefinition(Part):
    version: Literal["3.0"] = SCHEMA_VERSION
    description: str
    fields: dict[str, str]
    notes: list[str] = []


class Compatibility(Part):
    version: str
    isaac_sim_version: str
    formats: dict[str, str]


class FileChecksum(Part):
    sha256: Sha256
    size_bytes: int


class Checksums(Part):
    files: dict[str, FileChecksum]


class CostEstimate(Part):
    """What collecting would take: per-episode figures (with their source) times the number of episodes.

    `wall_seconds` is for one episode after the other. `cost_usd` is None where no price was given.
    """

    episodes: Annotated[int, Field(ge=0)]
    cpu_seconds_per_episode: Annotated[float, Field(gt=0)]
    megabytes_per_episode: Annotated[float, Field(gt=0)]
    figures_source: str
    cpu_hours: float
    wall_seconds: float
    gigabytes: float
    usd_per_cpu_hour: float | None = None
    cost_usd: float | None = None


class ExportManifest(Document):
    """Null stays in the file: the format wants these keys present. `content_hash` leaves the timestamp out."""

    schema_version: Literal["3.0"] = SCHEMA_VERSION
    schema_definition: SchemaDefinition
    export_info: ExportInfo
    asset_provenance_path: str | None
    config: ExportSettingsUsed
    result: ExportResult
    geniesim_compatibility: Compatibility
    estimate: CostEstimate
    quality_gates: dict[str, bool]
    file_inventory: list[InventoryFile]
    checksums: Checksums

    def to_json(self) -> str:
        return json.dumps(self.model_dump(mode="json"), indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    @property
    def content_hash(self) -> str:
        """The SHA-256 of the manifest but for when it was written: what makes two exports the same."""
        data: dict[str, Any] = self.model_dump(mode="json")
        data["export_info"].pop("timestamp")
        return sha256_json(data)


class SchemaCompatibility(Part):
    min_geniesim_version: str
    max_geniesim_version: str


class ExportCompletion(Document):
    """`geniesim/_GENIESIM_EXPORT_COMPLETE`."""

    export_schema_version: str
    geniesim_schema_version: str
    blueprintpipeline_version: str
    export_timestamp: str
    schema_compatibility: SchemaCompatibility
