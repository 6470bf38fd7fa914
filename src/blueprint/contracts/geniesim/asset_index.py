"""`geniesim/asset_index.json` and `geniesim/legal/asset_provenance.json`: what every asset is, and its licence."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from blueprint.contracts.document import Document, Part
from blueprint.contracts.geniesim.scene_graph import SCHEMA_VERSION
from blueprint.contracts.ids import SceneId

__all__ = ["AssetIndex", "AssetProvenance", "IndexedAsset", "IndexedMaterial", "ProvenanceEntry"]


class IndexedMaterial(Part):
    """Coefficient of static friction, restitution, and bulk density in kg/m³."""

    friction: Annotated[float, Field(ge=0)]
    restitution: Annotated[float, Field(ge=0, le=1)]
    density: Annotated[float, Field(gt=0)] | None = None


class IndexedAsset(Part):
    """`usd_path` and `collision_hull_path` are relative to the scene folder; `commercial_ok` follows from `license`."""

    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False)

    asset_id: str
    usd_path: str
    semantic_description: str
    categories: list[str]
    mass: Annotated[float, Field(gt=0)] | None = None
    material: IndexedMaterial | None = None
    collision_hull_path: str | None = None
    texture_variants: dict[str, Any] = {}
    embedding: list[float] | None = None
    commercial_ok: bool
    license: str
    source: str
    bp_metadata: dict[str, Any] = {}


class AssetIndex(Document):
    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False)

    schema_version: Literal["3.0"] = SCHEMA_VERSION
    scene_id: SceneId
    assets: list[IndexedAsset]
    metadata: dict[str, Any] = {}


class ProvenanceEntry(Part):
    asset_id: str
    objects: list[str]
    license: str
    license_source: str
    attribution: str | None = None
    commercial_ok: bool
    generator: str
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class AssetProvenance(Document):
    """One entry per asset of the package; `excluded` are objects that the commercial filter left out, with licences."""

    schema_version: Literal["3.0"] = SCHEMA_VERSION
    scene_id: SceneId
    commercial_only: bool
    assets: list[ProvenanceEntry]
    excluded: dict[str, str] = {}
