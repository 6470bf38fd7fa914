"""The queue of texts to embed (`automation/asset_embedding/queue/*.json`) and what became of each."""

from typing import Annotated, Literal

from pydantic import Field

from blueprint.contracts.document import Document, Part
from blueprint.contracts.hashing import sha256_bytes
from blueprint.contracts.ids import SceneId
from blueprint.contracts.scene_manifest import Dimensions

__all__ = [
    "AssetEmbeddingLedger",
    "AssetEmbeddingRequest",
    "AssetEmbeddingResult",
    "EmbeddingCounts",
    "EmbeddingItem",
    "idempotency_key",
]

MAX_ITEMS = 5000
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class EmbeddingItem(Part):
    """One asset to embed; its vector's id is `{asset_id}:text`."""

    asset_id: Annotated[str, Field(pattern=r"^text::[A-Za-z0-9_-]+::[A-Za-z0-9_]+$", max_length=300)]
    descriptor_text: Annotated[str, Field(min_length=1, max_length=2000)]
    descriptor_hash: Sha256
    idempotency_key: Sha256
    class_name: str
    sim_roles: list[str] = []
    usd_path: str
    gcs_uri: str | None = None
    source: str
    tags: list[str] = []
    dimensions: Dimensions


class AssetEmbeddingRequest(Document):
    """One scene's assets, to be embedded by `embedding_model`."""

    schema_version: Literal["v1"] = "v1"
    scene_id: SceneId
    created_at: str
    embedding_model: str
    source_pipeline: str
    assets_prefix: str
    assets: Annotated[list[EmbeddingItem], Field(max_length=MAX_ITEMS)]


class EmbeddingCounts(Part):
    """`skipped` were in the vector store already, with the same text and model."""

    processed: int
    upserted: int
    skipped: int
    errors: list[str] = []
    provider: str
    model: str


class AssetEmbeddingResult(Document):
    """Written to `processed/` or `failed/` under the name of the queue object, which is then removed."""

    schema_version: Literal["v1"] = "v1"
    status: Literal["succeeded", "failed"]
    bucket: str | None = None
    queue_object: str
    processed_at: str
    dry_run: bool = False
    result: EmbeddingCounts


class AssetEmbeddingLedger(Document):
    """Beside the vectors of a namespace: vector id → idempotency key, and → hash of the text it was made from."""

    schema_version: Literal["v1"] = "v1"
    model: str
    idempotency_keys: dict[str, Sha256] = {}
    descriptor_hashes: dict[str, Sha256] = {}


def idempotency_key(asset_id: str, model: str, descriptor_hash: str) -> str:
    """Return sha256(asset_id|model|descriptor_hash), hex: the same work has the same key."""
    return sha256_bytes(f"{asset_id}|{model}|{descriptor_hash}".encode())
