"""What the catalogue holds: one entry per asset of the library and one per scene."""

from typing import Annotated, Any, Literal

from pydantic import Field

from blueprint.contracts.document import Document
from blueprint.contracts.ids import SceneId

__all__ = ["AssetEntry", "SceneEntry"]


class AssetEntry(Document):
    """One asset. `asset_id` is unique in the catalogue; `embedding` names the vector in the vector store."""

    schema_version: Literal["v1"] = "v1"
    asset_id: Annotated[str, Field(min_length=1, max_length=200)]
    logical_id: str
    source: str
    usd_path: str | None = None
    gcs_uri: str | None = None
    thumbnail_uri: str | None = None
    sim_roles: list[str] = []
    class_name: str
    description: str = ""
    physics_profile: dict[str, Any] = {}
    articulation_profile: dict[str, Any] = {}
    embedding: str | None = None
    extra_metadata: dict[str, Any] = {}


class SceneEntry(Document):
    """One scene and the assets that stand in it."""

    schema_version: Literal["v1"] = "v1"
    scene_id: SceneId
    prompt: str | None = None
    environment_type: str | None = None
    asset_ids: list[str] = []
    extra_metadata: dict[str, Any] = {}
